# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""audit_trail_info verifies the digests of each region with that region's keys: API_ListPublicKeys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.world import World
from tests.emulator.conftest import HUB
from tests.emulator.trails import BUCKET, TRAIL, make_bucket, names

HOURS = 2


@pytest.fixture
def trailed(world: World) -> World:
    """World with two hours of digests in two regions: IAM's calls are recorded in us-east-1."""
    world.emulator.control("POST", "settings", {"clock_ahead": -HOURS * 3600 - 300})
    make_bucket(world.client(HUB, "s3"), HUB)
    cloudtrail = world.client(HUB, "cloudtrail")
    cloudtrail.create_trail(Name=TRAIL, S3BucketName=BUCKET, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    cloudtrail.start_logging(Name=TRAIL)
    world.client(HUB, "iam").list_roles()
    world.client(HUB, "ec2").describe_vpcs()
    world.emulator.control("POST", "settings", {"clock_ahead": 0})
    return world


def chains(world: World) -> dict[str, Any]:
    found = world.run("audit_trail_info", HUB, {"days": 1, "digests": {"bucket": BUCKET}})
    return {chain["region"]: (chain["verdict"], chain["digests"], chain["log_files"]) for chain in found["chains"]}


def test_the_chains_of_two_regions_are_valid(trailed: World) -> None:
    valid = ("valid", {"valid": HOURS}, {"valid": 1})
    assert chains(trailed) == {"eu-central-1": valid, "us-east-1": valid}


def test_a_log_file_that_was_changed_is_found(trailed: World) -> None:
    s3 = trailed.client(HUB, "s3")
    (name,) = names(s3, f"AWSLogs/{HUB}/CloudTrail/us-east-1/")
    other = names(s3, f"AWSLogs/{HUB}/CloudTrail/eu-central-1/")[0]
    s3.copy_object(Bucket=BUCKET, Key=name, CopySource=f"{BUCKET}/{other}")
    found = chains(trailed)
    assert found["eu-central-1"][0] == "valid"
    assert found["us-east-1"] == ("invalid", {"valid": HOURS}, {"invalid": 1})
