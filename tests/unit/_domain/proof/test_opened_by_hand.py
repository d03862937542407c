# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody opens by hand between two customers, of which one lets everybody in, and what only looks open."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    acl,
    attachment,
    group,
    route,
    subnet,
    table,
    vpc,
    vpc_attachment,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof import large_networks
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_own_routes import (
    HUB,
    PART,
    copied,
    hubs,
    of_account,
    spokes_table,
    to,
    without_blackholes,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_prove import (
    ONE,
    OTHER,
    OTHERS_CIDR,
    items,
    let_in,
    verdicts,
)

ONES_CIDR, THIRD = "10.16.0.0/20", "200000000002"


@pytest.fixture
def places():
    found = copied()
    let_in(found)
    return found


def route_to(places, account, cidr, **target):
    for one in items(places, "RouteTables", account):
        one["Routes"].append(route(cidr, **target))


# ---- opened


def association_with_the_hubs_table(places):
    hubs(places, "tgw-attach-s0")["Association"]["TransitGatewayRouteTableId"] = "tgw-rtb-hub"


def propagation(places):
    without_blackholes(places)
    spokes_table(places).append(large_networks.to(OTHERS_CIDR, "propagated", "tgw-attach-s1"))


def reference_to_a_prefix_list(places):
    """https://docs.aws.amazon.com/vpc/latest/tgw/create-prefix-list-reference.html"""
    of_account(places, HUB)["PrefixLists"] = [{"PrefixListId": "pl-1", "PrefixListName": "one", "Cidrs": [PART]}]
    spokes_table(places).append({**to(PART, "tgw-attach-s1"), "PrefixListId": "pl-1"})


def back_from_the_hubs_vpc(places):
    """The hub's VPC, to which the default route leads, has a route back to the transit gateway."""
    without_blackholes(places)
    spokes_table(places).append(to("0.0.0.0/0", "tgw-attach-hub"))


def second_vpc(places):
    files = of_account(places, ONE)
    files["Vpcs"].append(vpc(ONE, "w", "10.99.0.0/16"))
    files["Subnets"].append({**subnet("w", "w-app", "10.99.0.0/24", "az1"), "OwnerId": ONE})
    files["RouteTables"].append(table("w", "w", [route("10.0.0.0/8", TransitGatewayId="tgw-1")], cidr="10.99.0.0/16"))
    files["NetworkAcls"].append(acl("w", "w", "w-app"))
    files["SecurityGroups"].append(group("w", "w", []))
    files["TransitGatewayVpcAttachments"].append(vpc_attachment("w", "w-app"))
    associated = {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-hub"}
    of_account(places, HUB)["TransitGatewayAttachments"].append({**attachment("w", ONE), "Association": associated})


def second_gateway(places):
    """Both are attached to another transit gateway, with its default table: all propagate to it."""
    hub, name = of_account(places, HUB), "tgw-rtb-default"
    routes = [large_networks.to(cidr, "propagated", f"tgw-attach-2-s{at}") for at, cidr in enumerate(CIDRS)]
    hub["TransitGatewayRouteTables"].append({"TransitGatewayRouteTableId": name, "TransitGatewayId": "tgw-2"})
    hub["TransitGatewayRoutes"].append({"TransitGatewayRouteTableId": name, "Routes": routes})
    associated = {"State": "associated", "TransitGatewayRouteTableId": name}
    for at, account in enumerate((ONE, OTHER)):
        second = {"TransitGatewayAttachmentId": f"tgw-attach-2-s{at}", "TransitGatewayId": "tgw-2"}
        made = {**attachment(f"s{at}", account), **second, "Association": associated}
        hub["TransitGatewayAttachments"].append(made)
        of_vpc = {**vpc_attachment(f"s{at}", f"s{at}-tgw-az1", f"s{at}-tgw-az2"), **second}
        of_account(places, account)["TransitGatewayVpcAttachments"].append(of_vpc)


def second_gateway_with_routes(places):
    second_gateway(places)
    for account, cidr in ((ONE, OTHERS_CIDR), (OTHER, ONES_CIDR)):
        route_to(places, account, cidr.replace("/20", "/21"), TransitGatewayId="tgw-2")


def over_another_gateway(places, back=True):
    """A peered transit gateway sends packets back, to the table that leads to all."""
    without_blackholes(places)
    spokes_table(places).append(to(OTHERS_CIDR, "tgw-attach-peer"))
    peer = {"TransitGatewayAttachmentId": "tgw-attach-peer", "ResourceType": "peering", "State": "available"}
    ends = ((HUB, "tgw-1", "tgw-2", THIRD, "tgw-rtb-hub"), (THIRD, "tgw-2", "tgw-1", HUB, "tgw-rtb-far"))
    for account, here, there, owner, name in ends:
        made = {**peer, "TransitGatewayId": here, "ResourceId": there, "ResourceOwnerId": owner}
        made["Association"] = {"State": "associated", "TransitGatewayRouteTableId": name}
        of_account(places, account).setdefault("TransitGatewayAttachments", []).append(made)
    far = of_account(places, THIRD)
    far["TransitGatewayRouteTables"] = [{"TransitGatewayRouteTableId": "tgw-rtb-far", "TransitGatewayId": "tgw-2"}]
    routes = [to(OTHERS_CIDR, "tgw-attach-peer")] if back else []
    far["TransitGatewayRoutes"] = [{"TransitGatewayRouteTableId": "tgw-rtb-far", "Routes": routes}]


def peering(places, *accounts):
    accounts = accounts or (ONE, OTHER)
    made = {"VpcPeeringConnectionId": f"pcx-{'-'.join(accounts)}", "Status": {"Code": "active"}}
    for side, account in zip(("RequesterVpcInfo", "AccepterVpcInfo"), accounts):
        made[side] = {"VpcId": f"vpc-s{account[-1]}", "OwnerId": account}
    for account in accounts:
        of_account(places, account).setdefault("VpcPeeringConnections", []).append(made)
    return made["VpcPeeringConnectionId"]


def peering_with_a_route_one_way(places):
    route_to(places, ONE, OTHERS_CIDR, VpcPeeringConnectionId=peering(places))


CIDRS = (ONES_CIDR, OTHERS_CIDR)
OPENED = (
    association_with_the_hubs_table,
    propagation,
    reference_to_a_prefix_list,
    back_from_the_hubs_vpc,
    second_vpc,
    second_gateway_with_routes,
    over_another_gateway,
    peering_with_a_route_one_way,
)


@pytest.mark.parametrize("opened", OPENED, ids=lambda one: one.__name__)
def test_what_was_opened_has_a_packet(places, opened):
    opened(places)
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == "counterexample" and " to 10.16." in told.packet, told.says


def test_an_address_without_an_interface_is_named_by_itself(places):
    second_vpc(places)
    assert "network_interface 10.99.0.4: it has no security group" in verdicts(places)[ONE, OTHER].hops[0]


def test_a_second_gateway_that_no_route_leads_to_yet_is_told(places):
    second_gateway(places)
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == "unknown" and told.reasons[0].id == "tgw-rtb-default"


# ---- not opened


def default_route_to_a_hub_that_sends_nothing_back(places):
    back_from_the_hubs_vpc(places)
    (main,) = items(places, "RouteTables", HUB)
    main["Routes"] = [one for one in main["Routes"] if "TransitGatewayId" not in one]


def gateway_that_sends_nothing_back(places):
    over_another_gateway(places, back=False)


def peerings_in_a_row(places):
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html: they aren't transitive."""
    route_to(places, ONE, OTHERS_CIDR, VpcPeeringConnectionId=peering(places, ONE, THIRD))
    route_to(places, THIRD, OTHERS_CIDR, VpcPeeringConnectionId=peering(places, THIRD, OTHER))


def attachment_without_a_table(places):
    del hubs(places, "tgw-attach-s0")["Association"]


CLOSED = (
    default_route_to_a_hub_that_sends_nothing_back,
    gateway_that_sends_nothing_back,
    peerings_in_a_row,
    attachment_without_a_table,
)


@pytest.mark.parametrize("closed", CLOSED, ids=lambda one: one.__name__)
def test_what_only_looks_open_is_proven(places, closed):
    closed(places)
    told = verdicts(places)[ONE, OTHER]
    assert (told.verdict, told.level) == ("proven", "routes"), told.says
