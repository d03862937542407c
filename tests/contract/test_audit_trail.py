# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""audit_trail beyond its case: trails of others, adoption, trusted access, what may not be switched off by accident."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.audit_trail_cases import ACCOUNT, BUCKETS, CARDS, CLOUDTRAIL, ORGANIZATION, archive, arn, trails
from tests.contract.conftest import converge
from tests.contract.world import World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, STRANGER

OPTIONS = {"name": "audit", "bucket": BUCKETS[0]}


def run(world: World, check: bool = False, **options: Any) -> dict[str, Any]:
    return world.run("audit_trail", SPOKE, {**OPTIONS, **options}, check=check)


def failure(world: World, account: str = SPOKE, **options: Any) -> str:
    text = str(world.failure("audit_trail", account, {**OPTIONS, **options}))
    assert world.writes == [] and "Nothing was written" in text
    return text


def steps(result: dict[str, Any]) -> list[str]:
    return [f"{step['action']} {step['address']}" for step in result["plan"]]


def create(world: World, account: str, name: str, logging: bool = True, **settings: Any) -> str:
    """Create a trail by hand that logs all regions, with validation; return its ARN."""
    wanted = {"S3BucketName": BUCKETS[0], "IsMultiRegionTrail": True, "EnableLogFileValidation": True, **settings}
    made = trails(world, account).create_trail(Name=name, **wanted)["TrailARN"]
    if logging:
        trails(world, account).start_logging(Name=made)
    return made


@pytest.fixture
def there(world: World) -> World:
    archive(world)
    return world


def test_a_trail_of_somebody_else_is_verified_and_not_doubled(there: World) -> None:
    other = create(there, SPOKE, "by-hand")
    result = run(there)
    assert (result["plan"], result["findings"]) == ([], [])
    assert (result["trail_arn"], result["managed"]) == (other, False)
    assert any(f"trail.main isn't created: account {SPOKE}'s trail {other}" in note for note in result["notes"])


def test_the_organizations_trail_is_verified_in_its_members(there: World) -> None:
    there.client(MANAGEMENT, "organizations").enable_aws_service_access(ServicePrincipal=CLOUDTRAIL)
    other = create(there, MANAGEMENT, "landing-zone", IsOrganizationTrail=True)
    result = run(there)
    assert (result["plan"], result["findings"], result["trail_arn"]) == ([], [], other)
    assert any("the organization's trail" in note for note in result["notes"])


def test_what_is_wrong_with_a_trail_of_somebody_else_is_told(there: World) -> None:
    other = create(there, SPOKE, "by-hand", logging=False, S3BucketName=BUCKETS[1], EnableLogFileValidation=False)
    trails(there, SPOKE).put_event_selectors(
        TrailName=other, EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    found = "\n".join(run(there, data_events=[CARDS])["findings"])
    for text in (
        "logging is off",
        "log file validation is off",
        "of management events it logs WriteOnly, not all",
        f"it delivers to the bucket {BUCKETS[1]}, declared is {BUCKETS[0]}",
        f"it doesn't log the declared data events of {CARDS}",
    ):
        assert f"{other}: {text}" in found
    assert found.count(f"(account {SPOKE} has to act)") == 5 and there.writes == []


@pytest.mark.parametrize("how", ["of one region", "of data events only"])
def test_a_trail_that_doesnt_log_what_is_declared_is_no_reason_to_have_none(there: World, how: str) -> None:
    other = create(there, SPOKE, "by-hand", IsMultiRegionTrail=how != "of one region")
    if how == "of data events only":
        data = [{"Type": "AWS::S3::Object", "Values": [CARDS]}]
        trails(there, SPOKE).put_event_selectors(
            TrailName=other, EventSelectors=[{"IncludeManagementEvents": False, "DataResources": data}]
        )
    result = run(there)
    assert "create trail.main" in steps(result) and result["trail_arn"] == arn(SPOKE)
    costs = [line for line in result["findings"] if "each copy after the first costs" in line and other in line]
    assert bool(costs) == (how == "of one region")


def test_a_second_trail_that_comes_later_is_a_finding(world: World) -> None:
    converge(world, ACCOUNT)
    other = create(world, SPOKE, "by-hand")
    (finding,) = run(world)["findings"]
    assert f"{other} logs management events, too" in finding and f"(account {SPOKE})" in finding


def test_a_trail_is_adopted(there: World) -> None:
    other = create(there, SPOKE, "audit", logging=False, S3BucketName=BUCKETS[1], EnableLogFileValidation=False)
    assert run(there)["managed"] is False
    result = run(there, adopt=True)
    assert {step["action"] for step in result["plan"]} == {"change"}
    assert (result["trail_arn"], result["managed"], result["findings"]) == (other, True, [])
    (trail,) = trails(there, SPOKE).describe_trails()["trailList"]
    assert (trail["S3BucketName"], trail["LogFileValidationEnabled"]) == (BUCKETS[0], True)
    assert trails(there, SPOKE).get_trail_status(Name=other)["IsLogging"]
    # From now on, it is the module's.
    assert run(there)["plan"] == [] and run(there)["managed"]


def test_a_trail_of_one_region_names_adopt(there: World) -> None:
    other = create(there, SPOKE, "audit", IsMultiRegionTrail=False)
    text = failure(there)
    assert f"{other} exists, isn't managed by this module" in text and "Set adopt: true" in text
    assert run(there, adopt=True)["trail_arn"] == other


def test_control_towers_trail_isnt_adopted(there: World) -> None:
    name = "aws-controltower-BaselineCloudTrail"
    create(there, SPOKE, name)
    assert "Control Tower's, which forbids changes" in failure(there, name=name, adopt=True)
    assert run(there, name=name)["managed"] is False


def test_absent_leaves_what_isnt_the_modules(there: World) -> None:
    create(there, SPOKE, "audit")
    assert run(there, state="absent", adopt=True)["plan"] == []


def test_trusted_access_is_asked_for(there: World) -> None:
    options = {"organization": True}
    checked = there.run("audit_trail", MANAGEMENT, {**OPTIONS, **options}, check=True)
    advice = f"aws organizations enable-aws-service-access --service-principal {CLOUDTRAIL}"
    assert any(advice in finding for finding in checked["findings"])
    assert advice in failure(there, MANAGEMENT, **options)
    text = failure(there, SPOKE, **options)
    assert f"neither the management account {MANAGEMENT} nor a delegated administrator" in text
    assert f"register-delegated-administrator --account-id {SPOKE}" in text
    assert "this account is in no organization" in failure(there, STRANGER, **options)


def test_a_delegated_administrator_has_the_organizations_trail(there: World) -> None:
    """The trail is the management account's: https://github.com/hashicorp/terraform-provider-aws/issues/28440"""
    organizations = there.client(MANAGEMENT, "organizations")
    organizations.enable_aws_service_access(ServicePrincipal=CLOUDTRAIL)
    organizations.register_delegated_administrator(AccountId=HUB, ServicePrincipal=CLOUDTRAIL)
    options = {**OPTIONS, "organization": True}
    result = there.run("audit_trail", HUB, options)
    assert (result["trail_arn"], result["managed"]) == (arn(MANAGEMENT), True)
    again = there.run("audit_trail", HUB, options)
    assert (again["plan"], again["findings"]) == ([], [])


def test_data_events_that_are_left_out_are_asked_for(world: World) -> None:
    converge(world, ORGANIZATION)
    fewer = {**ORGANIZATION.options, "data_events": []}
    text = str(world.failure("audit_trail", MANAGEMENT, fewer))
    assert f"audit/data_events.{CARDS}" in text and world.writes == []
    assert world.run("audit_trail", MANAGEMENT, fewer, confirm_removals=[f"audit/data_events.{CARDS}"])["changed"]


def test_members_arent_left_out_by_accident(world: World) -> None:
    converge(world, ORGANIZATION)
    own = {**ORGANIZATION.options, "organization": False}
    text = str(world.failure("audit_trail", MANAGEMENT, own))
    assert "-e confirm_removals=audit/organization" in text and world.writes == []


def test_who_stopped_it_is_undone(world: World) -> None:
    converge(world, ACCOUNT)
    trails(world, SPOKE).stop_logging(Name=arn(SPOKE))
    assert steps(run(world, check=True)) == ["change trail.main:logging"]
    result = run(world)
    assert result["findings"] == [] and trails(world, SPOKE).get_trail_status(Name=arn(SPOKE))["IsLogging"]
