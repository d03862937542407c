# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spokes whose own tables lead to the hub alone: what the hub's tables, peerings and what isn't known leave open."""

from __future__ import annotations

from copy import deepcopy

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    acl,
    attachment,
    group,
    route,
    subnet,
    table,
    vpc,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof import large_networks
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_prove import (
    ONE,
    OTHER,
    OTHERS_CIDR,
    SPOKES,
    items,
    verdicts,
)

HUB = large_networks.HUB
PART = OTHERS_CIDR.replace("/20", "/24")


@pytest.fixture
def places():
    found = copied()
    for at in range(SPOKES):
        for one in items(found, "RouteTables", f"{200000000000 + at}"):
            one["Routes"] = [r for r in one["Routes"] if "TransitGatewayId" not in r]
            one["Routes"].append(route(large_networks.HUB_CIDR, TransitGatewayId="tgw-1"))
    return found


def network():
    return large_networks.network(SPOKES).places.items()


def copied():
    """Return the network's kinds by place, in lists that a test may change."""
    return {place: {kind: list(some) for kind, some in deepcopy(dict(kinds)).items()} for place, kinds in network()}


def of_account(places, account):
    return next(kinds for place, kinds in places.items() if place.account_id == account)


def spokes_table(places):
    tables = items(places, "TransitGatewayRoutes")
    return next(t["Routes"] for t in tables if t["TransitGatewayRouteTableId"] == "tgw-rtb-spokes")


def to(cidr, target, **more):
    return {**large_networks.to(cidr, "static", target), **more}


def hubs(places, name):
    found = of_account(places, HUB)["TransitGatewayAttachments"]
    return next(one for one in found if one["TransitGatewayAttachmentId"] == name)


# ---- what leaves it unknown, by what an account's own tables don't lead to


def pending(places):
    spokes_table(places).append(to(PART, "tgw-attach-s1", State="pending"))


def list_not_read(places):
    spokes_table(places).append({**to("", "tgw-attach-s1"), "DestinationCidrBlock": "", "PrefixListId": "pl-1"})


def associating(places):
    hubs(places, "tgw-attach-s0")["Association"]["State"] = "associating"


def policies_not_read(places):
    association = {"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}
    hubs(places, "tgw-attach-s0")["Association"] = association


def nat_of_the_receiver(places):
    hubs(places, "tgw-attach-s1")["NatGatewaySupport"] = "enabled"
    spokes_table(places).append(to("100.64.0.0/24", "tgw-attach-s1"))


def nat_of_the_sender(places):
    hubs(places, "tgw-attach-s0")["NatGatewaySupport"] = "enabled"


def peered_gateway_not_read(places):
    other = {"TransitGatewayAttachmentId": "tgw-attach-x", "TransitGatewayId": "tgw-1", "ResourceType": "peering"}
    other |= {"ResourceId": "tgw-2", "ResourceOwnerId": HUB, "State": "available"}
    of_account(places, HUB)["TransitGatewayAttachments"].append(other)
    spokes_table(places).append(to(PART, "tgw-attach-x"))


def instance_in_the_hub(places):
    spokes_table(places).append(to(PART, "tgw-attach-hub"))
    interface = items(places, "NetworkInterfaces", HUB)[0]
    interface["SourceDestCheck"] = False
    (main,) = items(places, "RouteTables", HUB)
    main["Routes"].append(route(OTHERS_CIDR, NetworkInterfaceId=interface["NetworkInterfaceId"]))


def one_zone_of_the_hub(places):
    """Only the hub's subnet of the second zone sends on what comes for the other spoke."""
    spokes_table(places).append(to(PART, "tgw-attach-hub"))
    on = table("hub", "on", [route("10.0.0.0/8", TransitGatewayId="tgw-1")], "hub-shared-az2", cidr="10.0.0.0/16")
    of_account(places, HUB)["RouteTables"] = [table("hub", "hub", [], cidr="10.0.0.0/16"), on]


def ipv6_beyond_the_attachment(places):
    """Subnets of the attachment have no IPv6, nor has the attachment: the sender may modify both."""
    for at, account in enumerate((ONE, OTHER)):
        for one in items(places, "Subnets", account):
            if "-app-" in one["SubnetId"]:
                six = f"fd00:{at}:0:{1 if 'az1' in one['SubnetId'] else 2}::/64"
                state = {"State": "associated"}
                one["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": six, "Ipv6CidrBlockState": state}]
    for one in items(places, "RouteTables", OTHER):
        local = {"DestinationIpv6CidrBlock": "fd00:1::/32", "GatewayId": "local", "State": "active"}
        one["Routes"].append(local)
    for one in items(places, "TransitGatewayVpcAttachments", ONE):
        one["Options"] = {"Ipv6Support": "disable"}
    spokes_table(places).append(to("fd00:1::/32", "tgw-attach-s1"))


def ipv6_that_the_sender_may_get(places):
    ipv6_beyond_the_attachment(places)
    for one in items(places, "Subnets", ONE):
        one.pop("Ipv6CidrBlockAssociationSet", None)


def peering(places, state="active"):
    sides = [{"VpcId": f"vpc-s{at}", "OwnerId": account} for at, account in enumerate((ONE, OTHER))]
    made = {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": state}}
    made |= {"RequesterVpcInfo": sides[0], "AccepterVpcInfo": sides[1]}
    for account in (ONE, OTHER):
        of_account(places, account)["VpcPeeringConnections"] = [made]


def peering_in_a_state_that_nobody_knows(places):
    peering(places, "merging")


def attachment_in_a_state_that_nobody_knows(places):
    spokes_table(places).append(to(PART, "tgw-attach-s1"))
    for one in items(places, "TransitGatewayAttachments") + items(places, "TransitGatewayVpcAttachments"):
        if one["TransitGatewayAttachmentId"] == "tgw-attach-s1":
            one["State"] = "migrating"


UNKNOWN = {
    pending: "about to be created or deleted",
    list_not_read: "PrefixLists hasn't pl-1",
    associating: "is associating",
    policies_not_read: "it isn't in the snapshot",
    nat_of_the_receiver: "has NAT",
    nat_of_the_sender: "has NAT",
    peered_gateway_not_read: "its route tables aren't in the snapshot",
    instance_in_the_hub: "an interface that forwards packets by its own rules",
    one_zone_of_the_hub: "only the sender's own route tables",
    ipv6_that_the_sender_may_get: "from a range that it may get to fd00:1:",
    ipv6_beyond_the_attachment: "from fd00:0:0:1:: to fd00:1:",
    attachment_in_a_state_that_nobody_knows: "is migrating: a state that isn't known",
    peering_in_a_state_that_nobody_knows: "it is merging, and only",
    peering: "it is active, and only the sender's own route tables keep vpc-s0 from vpc-s1",
}


@pytest.mark.parametrize("changed", UNKNOWN, ids=lambda one: one.__name__)
def test_what_the_sender_s_own_tables_keep_back_is_not_proven(places, changed):
    changed(places)
    told = verdicts(places)[ONE, OTHER]
    assert (told.verdict, told.level) == ("unknown", "routes")
    assert UNKNOWN[changed] in told.says


def test_a_peering_is_told_of_both_ends(places):
    peering(places)
    assert verdicts(places)[OTHER, ONE].verdict == "unknown"


# ---- ordinary networks


def as_it_is(_places):
    pass


def without_blackholes(places):
    spokes_table(places)[:] = [one for one in spokes_table(places) if one["State"] != "blackhole"]


def without_interfaces(places):
    for account in (ONE, OTHER):
        of_account(places, account)["NetworkInterfaces"] = []


def deleted_attachment(places):
    """A route that is left over leads to an attachment that was deleted."""
    spokes_table(places).append(to(PART, "tgw-attach-s1"))
    for one in items(places, "TransitGatewayAttachments") + items(places, "TransitGatewayVpcAttachments"):
        if one["TransitGatewayAttachmentId"] == "tgw-attach-s1":
            one["State"] = "deleted"


def peering_not_accepted(places):
    peering(places, "pending-acceptance")


def default_vpcs(places):
    for at, account in enumerate((ONE, OTHER)):
        name, files = f"d{at}", of_account(places, account)
        files["Vpcs"].append({**vpc(account, name, "172.31.0.0/16"), "IsDefault": True})
        files["Subnets"].append({**subnet(name, name, "172.31.0.0/20", "az1"), "OwnerId": account})
        files["RouteTables"].append(table(name, name, [], cidr="172.31.0.0/16"))
        files["NetworkAcls"].append(acl(name, name, name))
        files["SecurityGroups"].append(group(name, name, []))


ORDINARY = [as_it_is, without_blackholes, without_interfaces, deleted_attachment, peering_not_accepted, default_vpcs]


@pytest.mark.parametrize("changed", ORDINARY, ids=lambda one: one.__name__)
def test_ordinary_spokes_are_kept_apart(places, changed):
    changed(places)
    found = verdicts(places)
    for pair in ((ONE, OTHER), (OTHER, ONE)):
        assert (found[pair].verdict, found[pair].level) == ("proven", "routes"), found[pair].says


# ---- VPCs that are attached, and weren't read

STRANGER = "999999999999"


def attach(places, account, to_table):
    made = {**attachment("foreign", account), "State": "available"}
    made["Association"] = {"State": "associated", "TransitGatewayRouteTableId": to_table}
    of_account(places, HUB)["TransitGatewayAttachments"].append(made)


def test_an_attached_account_that_nobody_declares_is_told(places):
    attach(places, STRANGER, "tgw-rtb-hub")
    found = verdicts(places)
    assert found[STRANGER, ONE].verdict == found[STRANGER, OTHER].verdict == "counterexample"
    assert found[STRANGER, ONE].says.startswith(f"{STRANGER}/tgw-attach-foreign -> s0/app: tcp/443 ")
    assert (found[ONE, STRANGER].verdict, found[ONE, STRANGER].level) == ("proven", "routes")
    assert (STRANGER, "internet") not in found


def test_an_attached_account_that_a_route_leads_to_is_not_proven(places):
    attach(places, STRANGER, "tgw-rtb-none")
    spokes_table(places).append(to("10.99.0.0/16", "tgw-attach-foreign"))
    spokes_table(places).append(to(PART, "tgw-attach-foreign"))
    found = verdicts(places)
    assert "only the sender's own route tables" in found[ONE, STRANGER].says
    # What the unread VPC sends on isn't known.
    assert found[ONE, OTHER].verdict == "unknown" and found[ONE, OTHER].reasons[0].id == "vpc-foreign"


def test_another_vpc_of_an_account_counts_though_it_was_not_read(places):
    attach(places, ONE, "tgw-rtb-hub")
    assert verdicts(places)[ONE, OTHER].verdict == "counterexample"


def test_a_declared_account_that_was_not_read_is_compared_with_the_internet_too(places):
    del places[next(place for place in places if place.account_id == ONE)]
    assert {(ONE, "internet"), ("internet", ONE)} <= verdicts(places).keys()
