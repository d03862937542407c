# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads that show resources as if they had the owner's tags already."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws import claims
from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Aws

OWNER, NAME = "closednet:managed", "closednet:name"
VPCS = [
    {"VpcId": "vpc-hand", "Tags": [{"Key": "Name", "Value": "hand"}]},
    {"VpcId": "vpc-none"},
    {"VpcId": "vpc-old", "Tags": [{"Key": OWNER, "Value": "tiered_vpc/old"}, {"Key": NAME, "Value": "main"}]},
    {"VpcId": "vpc-beta", "Tags": [{"Key": OWNER, "Value": "tiered_vpc/beta"}, {"Key": NAME, "Value": "main"}]},
]
ADOPTED = {"tiered_vpc/alpha": {"vpc.main": "vpc-hand", "nat_gateway.euc1-az1": "nat-1"}}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function (items, **options) -> cloud whose account answers these items; its `asked` has the calls."""

    def of(items: list[dict[str, Any]], **params: Any) -> Any:
        asked: list[tuple[str, dict[str, Any]]] = []

        def read(self: Any, operation: str, result: str, none_if: str = "", **arguments: Any) -> list[dict[str, Any]]:
            asked.append((operation, arguments))
            return items

        monkeypatch.setattr(Aws, "__init__", lambda self, params: None)
        monkeypatch.setattr(Aws, "read", read)
        one = claims.ClaimingAws(params)
        one.asked = asked  # type: ignore[attr-defined]
        return one

    return of


def of_owner(value: str) -> dict[str, Any]:
    return {"Name": f"tag:{OWNER}", "Values": [value]}


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["VpcId"] for item in items]


def test_only_options_that_name_something_claim(cloud: Any) -> None:
    assert not claims.claims({}) and not claims.claims({"moved": {}, "adopted_ids": None})
    assert claims.claims({"moved": {"old": "new"}}) and claims.claims({"adopted_ids": ADOPTED})


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("tiered_vpc/alpha", ["vpc-hand"]),
        ("tiered_vpc/new", ["vpc-old"]),
        ("tiered_vpc/old", []),
        ("tiered_vpc/*", ["vpc-hand", "vpc-old", "vpc-beta"]),
        ("tiered_vpc/be?a", ["vpc-beta"]),
        ("tiered_vpc/[ab]*", []),
    ],
)
def test_filters_by_owner_are_applied_to_the_tags_that_are_shown(cloud: Any, pattern: str, found: list[str]) -> None:
    aws = cloud(VPCS, adopted_ids=ADOPTED, moved={"old": "new"})
    state = {"Name": "state", "Values": ["available"]}
    assert ids(aws.read("ec2.describe_vpcs", "Vpcs", Filters=[of_owner(pattern), state])) == found
    # AWS gets the other filters only, since it would hide what lacks the tags.
    assert aws.asked == [("ec2.describe_vpcs", {"Filters": [state]})]


def test_real_tags_are_noted_where_they_differ(cloud: Any) -> None:
    aws = cloud(VPCS, adopted_ids=ADOPTED, moved={"old": "new"})
    aws.read("ec2.describe_vpcs", "Vpcs")
    hand, old = aws.claimed["vpc-hand"], aws.claimed["vpc-old"]
    assert hand.own == {OWNER: "tiered_vpc/alpha", NAME: "main"} and hand.tags == {}
    assert old.own == {OWNER: "tiered_vpc/new"} and old.tags == {OWNER: "tiered_vpc/old"}
    assert aws.claimed.keys() == {"vpc-hand", "vpc-old"}


def test_what_has_its_tags_already_differs_in_nothing(cloud: Any) -> None:
    aws = cloud(VPCS, adopted_ids={"tiered_vpc/beta": {"vpc.main": "vpc-beta"}})
    assert ids(aws.read("ec2.describe_vpcs", "Vpcs", Filters=[of_owner("tiered_vpc/beta")])) == ["vpc-beta"]
    assert aws.claimed == {}


def test_a_hubs_attachment_has_the_spokes_name(cloud: Any) -> None:
    tags = [{"Key": OWNER, "Value": "tgw_hub/hub"}, {"Key": NAME, "Value": "old"}]
    table = {"TransitGatewayRouteTableId": "tgw-rtb-1", "Tags": tags}
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", "Tags": tags}
    aws = cloud([attachment], moved={"old": "new"})
    (shown,) = aws.read("ec2.describe_transit_gateway_attachments", "TransitGatewayAttachments")
    assert {"Key": NAME, "Value": "new"} in shown["Tags"]
    # A segment may be called as the host was.
    aws = cloud([table], moved={"old": "new"})
    assert aws.read("ec2.describe_transit_gateway_route_tables", "TransitGatewayRouteTables") == [table]


def test_the_list_of_tags_has_what_is_claimed(cloud: Any) -> None:
    there = {"ResourceId": "vpc-old", "ResourceType": "vpc", "Key": OWNER, "Value": "tiered_vpc/old"}
    aws = cloud([there], adopted_ids=ADOPTED, moved={"old": "alpha"})
    found = aws.read("ec2.describe_tags", "Tags", Filters=[of_owner("tiered_vpc/alpha")])
    assert {(tag["ResourceId"], tag["ResourceType"]) for tag in found} == {
        *(("vpc-old", "vpc"), ("vpc-hand", "vpc"), ("nat-1", "natgateway")),
    }
    (asked,) = aws.asked[0][1]["Filters"]
    assert asked["Values"] == ["tiered_vpc/alpha", "tiered_vpc/old"]


def test_shares_have_tags_in_lower_case(cloud: Any) -> None:
    share = {"resourceShareArn": "arn:share", "status": "ACTIVE"}
    aws = cloud([share], adopted_ids={"tgw_hub/hub": {"resource_share.main": "arn:share"}})
    wanted = [{"tagKey": OWNER, "tagValues": ["tgw_hub/hub"]}]
    (found,) = aws.read("ram.get_resource_shares", "resourceShares", resourceOwner="SELF", tagFilters=wanted)
    assert {"key": OWNER, "value": "tgw_hub/hub"} in found["tags"]
    assert aws.asked == [("ram.get_resource_shares", {"resourceOwner": "SELF"})]


def test_other_tools_are_named_only_of_what_is_adopted(cloud: Any) -> None:
    stack = {"Key": "aws:cloudformation:stack-name", "Value": "network"}
    items = [{**one, "Tags": [*one.get("Tags", ()), stack]} for one in VPCS]
    aws = cloud(items, adopted_ids=ADOPTED, moved={"old": "new"})
    aws.read("ec2.describe_vpcs", "Vpcs")
    assert aws.claimed["vpc-hand"].owner == "CloudFormation stack network" and aws.claimed["vpc-old"].owner == ""
    aws = cloud(items, adopted_ids=ADOPTED, adopt_release=["network"])
    aws.read("ec2.describe_vpcs", "Vpcs")
    assert aws.claimed["vpc-hand"].owner == ""
