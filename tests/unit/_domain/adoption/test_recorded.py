# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks that Batfish recorded from AWS: each gets an inventory, or is told why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption import infer, inventory, report
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder

ROOT = Path(__file__).parents[4]
RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", ROOT.parent / "shared" / "aws-recordings"))
pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="no recordings beside the repository")


def inferred(name: str):
    return infer.infer(snapshot.parse(snapshot_folder.load(RECORDINGS / name / "aws_configs")), {})


def test_every_recording_is_told():
    folders = [path.parent.name for path in RECORDINGS.glob("*/aws_configs")]
    assert folders
    for name in folders:
        network = inferred(name)
        assert inventory.files(network, {}) and report.markdown(network) and len(report.lines(network)) > 1


def test_a_transit_gateway_with_several_tables():
    """The account's VPCs are in two tables, and an account is in one segment: that is told, with each attachment."""
    network = inferred("transit-gateway-multi-table")
    host = next(iter(network.hosts.values()))
    assert len(network.hosts) == 1
    assert host.groups == ["hub"] and set(host.variables["hub_segments"]) == {"default", "rt-B"}
    told = [one.why for one in network.unexpressed if one.kind == "difference"]
    assert any("is in segment default already" in why for why in told)
    assert any("associates new attachments with its default route table" in why for why in told)
    assert "differences keep the network from being as the inventory says" in report.lines(network)[0]
