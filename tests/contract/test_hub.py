# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes that an account makes to its own VPCs and attachments: they open and cut no connection of others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.cases import CIDRS, NAMES, closed_vpc, member, spoke, tgw, tgw_attachment, tgw_table
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2
from tests.emulator.networks import MANUAL, wait_for

SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}


def hub(world: World, known: bool = True, check: bool = False, **more: Any) -> dict[str, Any]:
    """Run tgw_hub; return its result. known: with the VPCs that the spokes' phases told; False: the hub run alone."""
    return world.run("tgw_hub", HUB, options(world, known, **more), check=check)


def options(world: World, known: bool = True, **more: Any) -> dict[str, Any]:
    attachments = [member(world, account) for account in (SPOKE, SPOKE_2)]
    if not known:
        attachments = alone(attachments)
    own = {"name": "shared-services", "segment": "shared", "cidrs": [CIDRS[HUB]]}
    return {
        "name": "hub",
        "segments": SEGMENTS,
        "share_with": {"organization": True},
        "vpc_attachments": [own],
        "attachments": attachments,
        **more,
    }


def alone(attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in a.items() if k not in ("vpc_id", "actual_cidrs")} for a in attachments]


@pytest.fixture
def connected(world: World) -> World:
    for account in (HUB, SPOKE, SPOKE_2):
        closed_vpc(world, account)
    hub(world)
    for account in (SPOKE, SPOKE_2):
        spoke(world, account)
    hub(world)
    return world


def routes(world: World, name: str) -> dict[str, tuple[str, list[str]]]:
    """Return {CIDR: (type, attachment ids)} of a segment's route table."""
    found = world.ec2(HUB).search_transit_gateway_routes(
        TransitGatewayRouteTableId=tgw_table(name)(world),
        Filters=[{"Name": "state", "Values": ["active", "blackhole"]}],
    )["Routes"]
    return {
        route["DestinationCidrBlock"]: (
            route["Type"],
            [a["TransitGatewayAttachmentId"] for a in route.get("TransitGatewayAttachments", [])],
        )
        for route in found
    }


def test_a_replaced_attachment_is_not_accepted_by_a_hub_run_alone_nor_by_any_other(connected: World) -> None:
    """From the issue: alpha replaces its attachment by one of a VPC 10.2.128.0/17, half of beta's CIDR."""
    ec2 = connected.ec2(SPOKE)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=tgw_attachment(NAMES[SPOKE])(connected))
    other = ec2.create_vpc(CidrBlock="10.2.128.0/17")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=other, CidrBlock="10.2.128.0/24")["Subnet"]["SubnetId"]
    asked = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=tgw(connected), VpcId=other, SubnetIds=[subnet])[
        "TransitGatewayVpcAttachment"
    ]["TransitGatewayAttachmentId"]
    for known in (False, True):
        result = hub(connected, known)
        assert result["unidentified"] == ([] if known else [NAMES[SPOKE]])
        (finding,) = result["findings"]
        assert finding.startswith(f"{NAMES[SPOKE]}: account {SPOKE} asks with {asked} of {other}")
        assert result["undeclared"][0]["state"] == "pendingAcceptance"
        assert set(routes(connected, "shared")) == {CIDRS[HUB], CIDRS[SPOKE_2]}
    # The spoke's own phase attaches the declared VPC again, and the hub accepts that one.
    spoke(connected, SPOKE)
    assert hub(connected)["findings"] == []
    assert set(routes(connected, "shared")) == {CIDRS[HUB], CIDRS[SPOKE], CIDRS[SPOKE_2]}


def test_a_hub_run_alone_keeps_what_was_accepted(connected: World) -> None:
    result = hub(connected, known=False)
    assert (result["plan"], result["findings"], result["unidentified"]) == ([], [], [])
    # The same where somebody has deleted the hub's tags.
    tags = [{"Key": key} for key in ("closednet:managed", "closednet:name", "Name")]
    attachment = tgw_attachment(NAMES[SPOKE])(connected)
    connected.ec2(HUB).delete_tags(Resources=[attachment], Tags=tags)
    result = hub(connected, known=False)
    assert [step["address"] for step in result["plan"]] == [f"spoke_attachment.{NAMES[SPOKE]}:tags.add"]


def test_a_vpc_that_grows_takes_nobodys_traffic_and_is_back_when_it_has_shrunk(connected: World) -> None:
    """From the issue: alpha adds a CIDR to its attached VPC."""
    vpc_id = member(connected, SPOKE)["vpc_id"]
    ec2 = connected.ec2(SPOKE)
    made = ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.2.128.0/17")["CidrBlockAssociation"]
    wait_for(lambda: "10.2.128.0/17" in routes(connected, "shared"), True)

    checked = hub(connected, known=False, check=True)
    reads = {call["operation"] for call in connected.calls}
    result = hub(connected, known=False)
    assert checked["plan"] == result["plan"] and connected.writes == [
        "CreateTransitGatewayRoute",
        "DisableTransitGatewayRouteTablePropagation",
    ]
    assert "SearchTransitGatewayRoutes" in reads
    attachment = tgw_attachment(NAMES[SPOKE])(connected)
    assert routes(connected, "shared")[CIDRS[SPOKE]] == ("static", [attachment])
    assert "10.2.128.0/17" not in routes(connected, "shared")
    again = hub(connected, known=False)
    assert (
        again["plan"] == [] and "or was more than declared: only its declared ranges are routed" in again["findings"][0]
    )

    ec2.disassociate_vpc_cidr_block(AssociationId=made["AssociationId"])
    # A hub run alone can't know ...
    assert hub(connected, known=False)["plan"] == []
    # ... what the spoke's own phase tells.
    back = hub(connected)
    assert back["findings"] == [] and connected.writes == [
        "EnableTransitGatewayRouteTablePropagation",
        "DeleteTransitGatewayRoute",
    ]
    assert routes(connected, "shared")[CIDRS[SPOKE]] == ("propagated", [attachment])


def test_what_decides_beside_route_tables_is_found(connected: World) -> None:
    """Policy tables and NAT; and an attachment of another kind that nobody declared."""
    ec2, attachment = connected.ec2(HUB), tgw_attachment(NAMES[SPOKE])(connected)
    ec2.modify_transit_gateway_attachment_nat_configuration(
        TransitGatewayAttachmentId=attachment,
        NatGatewaySupport="enable",
        NatGatewayRules=[{"RuleNumber": 1, "MatchSourceCidr": "10.250.0.0/24", "NatCidr": "100.64.0.0/24"}],
    )
    ec2.disassociate_transit_gateway_route_table(
        TransitGatewayRouteTableId=tgw_table("customers")(connected), TransitGatewayAttachmentId=attachment
    )
    policies = ec2.create_transit_gateway_policy_table(TransitGatewayId=tgw(connected))["TransitGatewayPolicyTable"]
    policies_id = policies["TransitGatewayPolicyTableId"]
    pair = {"TransitGatewayPolicyTableId": policies_id, "TransitGatewayAttachmentId": attachment}
    ec2.associate_transit_gateway_policy_table(**pair)
    customer = ec2.create_customer_gateway(BgpAsn=65000, PublicIp="198.51.100.1", Type="ipsec.1")["CustomerGateway"]
    ec2.create_vpn_connection(
        CustomerGatewayId=customer["CustomerGatewayId"], Type="ipsec.1", TransitGatewayId=tgw(connected)
    )
    findings = "\n".join(hub(connected, check=True)["findings"])
    assert f"is associated with policy table {policies_id}" in findings
    assert "has NAT (enabl" in findings
    assert "undeclared: tgw-attach-" in findings and "(vpn vpn-" in findings


def test_members_made_elsewhere(connected: World) -> None:
    """A VPN is associated and propagates; a peering is associated and has static routes."""
    ec2 = connected.ec2(HUB)
    customer = ec2.create_customer_gateway(BgpAsn=65000, PublicIp="198.51.100.1", Type="ipsec.1")["CustomerGateway"]
    ec2.create_vpn_connection(
        CustomerGatewayId=customer["CustomerGatewayId"], Type="ipsec.1", TransitGatewayId=tgw(connected)
    )
    other = connected.ec2(SPOKE_2).create_transit_gateway(Options=MANUAL)["TransitGateway"]["TransitGatewayId"]
    asked = ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=tgw(connected),
        PeerTransitGatewayId=other,
        PeerAccountId=SPOKE_2,
        PeerRegion="eu-central-1",
    )["TransitGatewayPeeringAttachment"]
    peering = asked["TransitGatewayAttachmentId"]
    listed = ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-type", "Values": ["vpn"]}])
    vpn = listed["TransitGatewayAttachments"][0]["TransitGatewayAttachmentId"]
    others = [
        {"name": "office", "attachment_id": vpn, "resource_type": "vpn"},
        {"name": "frankfurt", "attachment_id": peering, "resource_type": "peering"},
    ]
    cidrs = {"office": ["192.168.0.0/16"], "frankfurt": ["10.50.0.0/16"]}
    declared = [{**other, "segment": "shared", "cidrs": cidrs[other["name"]]} for other in others]
    static = [{"destination": "172.16.0.0/12", "attachment": "office"}]
    segments = {**SEGMENTS, "customers": {**SEGMENTS["customers"], "static_routes": static}}
    more = {"other_attachments": declared, "segments": segments}
    waiting = hub(connected, **more)
    # The peering waits for its other side; the finding says who has to act.
    assert any(f"frankfurt: {peering} (peering {other}" in finding for finding in waiting["findings"])

    # Within a Region the other side has an id of its own.
    connected.ec2(SPOKE_2).accept_transit_gateway_peering_attachment(
        TransitGatewayAttachmentId=asked["AccepterTransitGatewayAttachmentId"]
    )
    wait_for(
        lambda: ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[peering])[
            "TransitGatewayAttachments"
        ][0]["State"],
        "available",
    )
    assert hub(connected, **more)["findings"] == []
    assert hub(connected, **more)["plan"] == []
    assert routes(connected, "customers")["172.16.0.0/12"] == ("static", [vpn])
    assert routes(connected, "customers")["10.50.0.0/16"] == ("static", [peering])
    propagated = ec2.get_transit_gateway_route_table_propagations(
        TransitGatewayRouteTableId=tgw_table("customers")(connected),
    )["TransitGatewayRouteTablePropagations"]
    assert vpn in [found["TransitGatewayAttachmentId"] for found in propagated]
    # They keep the transit gateway from being deleted, and no module here deletes them.
    for account in (SPOKE, SPOKE_2):
        spoke(connected, account, state="absent")
    text = str(connected.failure("tgw_hub", HUB, {"name": "hub", "state": "absent"}))
    assert vpn in text and peering in text and "remove those first" in text


def test_a_peering_of_two_customers_is_found_on_both_sides(connected: World) -> None:
    """From the issue: a peering joins two customers, past the hub."""
    ec2, theirs = connected.ec2(SPOKE), connected.ec2(SPOKE_2)
    peering = ec2.create_vpc_peering_connection(
        VpcId=member(connected, SPOKE)["vpc_id"], PeerVpcId=member(connected, SPOKE_2)["vpc_id"], PeerOwnerId=SPOKE_2
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    theirs.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for account in (SPOKE, SPOKE_2):
        options = {"name": NAMES[account], "hub_account_id": HUB}
        (finding,) = connected.run("tgw_spoke", account, options, check=True)["findings"]
        assert f"peering connection {peering} with" in finding and "is active" in finding
        known = connected.run("tgw_spoke", account, {**options, "other_targets": [peering]}, check=True)
        assert known["findings"] == []


def test_two_vpcs_of_an_account_are_kept_by_a_hub_run_alone_and_neither_is_lost_with_its_name(connected: World) -> None:
    ec2 = connected.ec2(SPOKE)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=tgw(connected), VpcId=vpc, SubnetIds=[subnet])
    first, other = member(connected, SPOKE), member(connected, SPOKE_2)
    second = {**first, "name": "second", "cidrs": ["10.9.0.0/16"], "vpc_id": vpc, "actual_cidrs": ["10.9.0.0/16"]}
    assert hub(connected, attachments=[first, second, other])["changed"]
    result = hub(connected, attachments=alone([first, second, other]))
    assert (result["plan"], result["findings"]) == ([], [])

    text = str(connected.failure("tgw_hub", HUB, options(connected, attachments=[first, other])))
    assert "would remove second (tgw-attach-" in text and connected.writes == []
    # A typo in the VPC's id needs confirmation, too.
    slip = {**second, "vpc_id": f"{vpc[:-1]}{'0' if vpc[-1] != '0' else '1'}"}
    assert "would remove second (" in str(
        connected.failure("tgw_hub", HUB, options(connected, attachments=[first, slip, other]))
    )
    # One spoke may leave by declaration; where one is declared to leave, two need confirmation.
    text = str(connected.failure("tgw_hub", HUB, options(connected, attachments=[other], detached=[SPOKE])))
    assert f"-e confirm_removals={NAMES[SPOKE]},second" in text
    assert hub(connected, attachments=[first, other], detached=[SPOKE])["changed"]


def test_ranges_that_nobody_has_read_are_not_propagated(world: World) -> None:
    """An account may attach the declared VPC again, with one more CIDR."""
    for account in (HUB, SPOKE, SPOKE_2):
        closed_vpc(world, account)
    hub(world)
    for account in (SPOKE, SPOKE_2):
        spoke(world, account)
    adopted = {key: value for key, value in member(world, SPOKE).items() if key != "actual_cidrs"}
    world.ec2(SPOKE).associate_vpc_cidr_block(VpcId=adopted["vpc_id"], CidrBlock="10.2.128.0/17")
    result = hub(world, attachments=[adopted, member(world, SPOKE_2)], check=True)
    assert result["unidentified"] == [NAMES[SPOKE]]
    hub(world, attachments=[adopted, member(world, SPOKE_2)])
    assert {cidr: kind for cidr, (kind, _to) in routes(world, "shared").items()} == {
        CIDRS[HUB]: "propagated",
        CIDRS[SPOKE]: "static",
        CIDRS[SPOKE_2]: "propagated",
    }
