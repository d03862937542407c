# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""audit_trail_info: what trails record, what their digests prove, and what could not be read."""

from __future__ import annotations

import pytest

from tests.contract.log_cases import AUDIT_TRAIL_INFO, trailed
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE
from tests.emulator.trails import BUCKET, TRAIL, names

DENIED = {"action": "error", "code": "AccessDenied", "status": 403, "message": "no"}


def ask(world: World, account: str = HUB, **digests):
    return world.run("audit_trail_info", account, {"days": 1, "digests": {"bucket": BUCKET, **digests}})


def deny(world: World, operation: str, **more) -> None:
    world.emulator.control("POST", "faults", {**DENIED, "operation": operation, "account": HUB, **more})


def test_a_trail_that_is_on_and_whole(world: World) -> None:
    trailed(world)
    result = ask(world)
    (trail,) = result["trails"]
    assert (trail["name"], trail["logging"], trail["management_events"], trail["problems"]) == (TRAIL, True, "all", [])
    assert {(chain["account_id"], chain["region"], chain["verdict"]) for chain in result["chains"]} == {
        (HUB, "eu-central-1", "valid"),
        (HUB, "us-east-1", "valid"),
    }
    assert (result["verdict"], result["unread"], world.writes) == ("valid", {}, [])
    # One list of accounts, one of an account's regions, two of each region: its digests and its log files.
    assert result["api_calls"]["s3:ListObjectsV2"] == 6 and result["api_calls"]["cloudtrail:ListPublicKeys"] == 2


def test_a_trail_that_is_off(world: World) -> None:
    trailed(world)
    world.client(HUB, "cloudtrail").stop_logging(Name=TRAIL)
    (trail,) = ask(world)["trails"]
    (problem,) = trail["problems"]
    assert trail["logging"] is False and problem.startswith(f"trail {TRAIL} is off since ")


def test_without_digests_nothing_is_verified(world: World) -> None:
    trailed(world)
    result = world.run("audit_trail_info", HUB, {})
    assert (result["verdict"], result["chains"]) == (None, []) and "s3:GetObject" not in result["api_calls"]


def test_only_what_is_asked_for(world: World) -> None:
    trailed(world)
    (chain,) = ask(world, account_ids=[HUB], regions=["us-east-1"], trail_name=TRAIL)["chains"]
    assert (chain["region"], chain["trail"], chain["verdict"]) == ("us-east-1", TRAIL, "valid")


@pytest.mark.parametrize(
    ("asked", "account", "region"),
    [
        ({"account_ids": [SPOKE]}, SPOKE, None),
        ({"account_ids": [HUB], "regions": ["eu-west-1"]}, HUB, "eu-west-1"),
        ({"account_ids": [HUB], "regions": ["us-east-1"], "trail_name": "other"}, HUB, "us-east-1"),
    ],
)
def test_what_is_asked_for_and_has_no_digests_is_unknown(world: World, asked, account, region) -> None:
    trailed(world)
    result = ask(world, **asked)
    (chain,) = result["chains"]
    assert (chain["account_id"], chain["region"], chain["verdict"]) == (account, region, "unknown")
    assert chain["problems"][0]["says"].startswith("no digest file since") and result["verdict"] == "unknown"


def test_another_account_sees_no_trail(world: World) -> None:
    trailed(world)
    result = world.run("audit_trail_info", SPOKE, {})
    assert result["trails"] == []


@pytest.mark.parametrize(
    ("operation", "unread", "says"),
    [
        ("ListObjectsV2", {"chains": "s3:ListObjectsV2"}, None),
        ("GetObject", {}, "it may not be read: GetObject: AccessDenied"),
        ("ListPublicKeys", {}, "CloudTrail's public keys are not known: cloudtrail:ListPublicKeys"),
    ],
)
def test_what_may_not_be_read_is_never_valid(world: World, operation: str, unread, says) -> None:
    trailed(world)
    deny(world, operation)
    result = ask(world)
    assert (result["verdict"], result["unread"]) == ("unknown", unread)
    assert bool(result["chains"]) == bool(says)
    for chain in result["chains"]:
        assert chain["verdict"] == "unknown" and chain["problems"][0]["says"].startswith(says)


def test_a_log_file_that_may_not_be_read(world: World) -> None:
    trailed(world)
    deny(world, "GetObject", nth=5)  # after the four digests
    result = ask(world)
    assert sorted(chain["verdict"] for chain in result["chains"]) == ["unknown", "valid"]


@pytest.mark.parametrize("operation", ["GetTrailStatus", "GetEventSelectors"])
def test_a_trail_that_hides_from_the_account(world: World, operation: str) -> None:
    trailed(world)
    deny(world, operation)
    (trail,) = world.run("audit_trail_info", HUB, {})["trails"]
    assert any("is not known: " in problem and operation in problem for problem in trail["problems"])


def test_a_deleted_log_file(world: World) -> None:
    trailed(world)
    s3 = world.client(HUB, "s3")
    (name,) = names(s3, f"AWSLogs/{HUB}/CloudTrail/us-east-1/")
    s3.delete_object(Bucket=BUCKET, Key=name)
    result = ask(world)
    (problem,) = [problem for chain in result["chains"] for problem in chain["problems"]]
    assert problem == {"file": f"s3://{BUCKET}/{name}", "verdict": "invalid", "says": "it doesn't exist any more"}


def test_a_bucket_that_does_not_exist(world: World) -> None:
    assert "NoSuchBucket" in str(world.failure("audit_trail_info", HUB, AUDIT_TRAIL_INFO.options))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"days": 8}, "days: 8 is no number of days"),
        ({"digests": {"bucket": "No Bucket"}}, "digests.bucket: 'No Bucket' is no name of a bucket"),
        ({"digests": {"bucket": BUCKET, "organization_id": "o"}}, "digests.organization_id: 'o' is no id of"),
        ({"digests": {"bucket": BUCKET, "regions": ["x"]}}, "digests.regions[0]: 'x' is no AWS region"),
    ],
)
def test_bad_input(world: World, options, text: str) -> None:
    assert text in str(world.failure("audit_trail_info", HUB, options))
    assert world.calls == []


def test_a_file_after_the_last_digest_is_not_judged(world: World) -> None:
    """The next digest may name it."""
    trailed(world)
    s3 = world.client(HUB, "s3")
    name = names(s3, f"AWSLogs/{HUB}/CloudTrail/us-east-1/")[0]
    s3.put_object(Bucket=BUCKET, Key=name.replace("_us-east-1_", "_us-east-1_0"), Body=b"")
    assert ask(world)["verdict"] == "valid"
