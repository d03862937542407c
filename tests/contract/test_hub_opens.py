# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hub's run opens nothing across an isolated segment that allow_opens doesn't name."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from tests.contract.cases import NAMES
from tests.contract.test_hub import SEGMENTS, connected, hub, options, routes
from tests.contract.world import World
from tests.emulator.conftest import SPOKE

__all__ = ["connected"]

ALPHA = NAMES[SPOKE]
OPEN = {"shared": {}, "customers": {"reaches": ["shared"]}}


def test_a_segment_that_is_no_longer_isolated_is_refused_until_named(connected: World) -> None:
    with pytest.raises(Failure, match=r"allow_opens: this would open customers>customers \(.*Nothing was written"):
        hub(connected, segments=OPEN)
    planned = hub(connected, segments=OPEN, check=True)
    assert list(planned["unnamed_opens"]) == ["customers>customers"]
    assert any("-e 'allow_opens=customers>customers'" in note for note in planned["notes"])
    assert {step["action"] for step in planned["plan"]} == {"create"}
    assert len(routes(connected, "customers")) == 1

    named = hub(connected, segments=OPEN, allow_opens=["customers>customers"])
    assert named["changed"] and named["unnamed_opens"] == {}
    assert len(routes(connected, "customers")) == 3
    # What is open is open: nothing needs a name any more.
    assert not hub(connected, segments=OPEN)["changed"]


def test_an_account_that_moves_is_named_itself(connected: World) -> None:
    moved = options(connected)["attachments"]
    for attachment in moved:
        if attachment["name"] == ALPHA:
            attachment["segment"] = "shared"
    with pytest.raises(Failure, match="allow_opens") as refused:
        hub(connected, attachments=moved, allow_opens=["shared>customers", "customers>shared"])
    assert f"{ALPHA}>customers" in str(refused.value) and f"customers>{ALPHA}" in str(refused.value)
    assert hub(connected, attachments=moved, allow_opens=[f"{ALPHA}>customers", f"customers>{ALPHA}"])["changed"]


def test_a_blackhole_that_is_no_longer_declared_opens(connected: World) -> None:
    """An account in quarantine comes back: a static route for its CIDR hid what it propagates."""
    cidr = next(a["cidrs"][0] for a in options(connected)["attachments"] if a["name"] == ALPHA)
    quarantine = {**SEGMENTS, "shared": {"static_routes": [{"destination": cidr, "blackhole": True}]}}
    hub(connected, segments=quarantine)
    with pytest.raises(Failure, match="this would open shared>customers"):
        hub(connected)
    hub(connected, allow_opens=["shared>customers"])


def test_what_names_no_opening_is_refused_before_anything_is_read(connected: World) -> None:
    with pytest.raises(Failure, match=r"allow_opens\[0\].*FROM>TO.*nothing was read"):
        hub(connected, allow_opens=["customers"])
