# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets of one network in another: what peering, gateways and rules that name groups don't do for them.

Peering isn't transitive: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html. Central egress of IPv6
needs NAT66 or a proxy: https://docs.aws.amazon.com/whitepapers/latest/
building-scalable-secure-multi-vpc-network-infrastructure/centralized-egress-for-ipv6.html. Behind a middlebox a rule
that names the other side's group doesn't allow its packets:
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_ipv6 import BLOCKS, DNS, six
from ansible_collections.closednet.aws.tests.unit._domain.network.test_ipv6 import world as _dual_stack
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    EVERYWHERE,
    HUB,
    World,
    route,
    table,
)

dual_stack = _dual_stack
TO_HUB = {"TransitGatewayId": "tgw-1"}


def by_hub(world, cidr):
    """Have a transit gateway's table send a range to the hub's VPC."""
    to_shared = [{"TransitGatewayAttachmentId": "tgw-attach-shared"}]
    static = {"DestinationCidrBlock": cidr, "Type": "static", "State": "active", "TransitGatewayAttachments": to_shared}
    world.files[HUB]["TransitGatewayStaticRoutes"][0]["Routes"].append(static)


def test_peering_takes_nothing_that_came_by_a_transit_gateway():
    """One way, since the answer finds no way back in any case."""
    world = World()
    peering = {
        "VpcPeeringConnectionId": "pcx-2",
        "Status": {"Code": "active"},
        "RequesterVpcInfo": {"VpcId": "vpc-shared"},
        "AccepterVpcInfo": {"VpcId": "vpc-beta"},
    }
    for account in (HUB, BETA):
        world.files[account].setdefault("VpcPeeringConnections", []).append(peering)
    world.item("rtb-app")["Routes"][2:3] = [route("10.2.0.0/16", **TO_HUB)]
    world.item("rtb-shared", HUB)["Routes"].append(route("10.2.0.0/16", VpcPeeringConnectionId="pcx-2"))
    by_hub(world, "10.2.0.0/16")
    verdict = world.trace("i-app", "eni-beta", protocol="udp", port=514, one_way=True)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", ("pcx-2",)), verdict


def test_an_egress_only_gateway_serves_its_own_vpc(dual_stack):
    dual_stack.item("rtb-app")["Routes"] = [six("::/0", **TO_HUB)]
    dual_stack.item("rtb-shared", HUB)["Routes"].append(six("::/0", EgressOnlyInternetGatewayId="eigw-hub"))
    by_hub(dual_stack, "::/0")
    verdict = dual_stack.trace("i-app", DNS, port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", ("eigw-hub",)), verdict
    assert f"{BLOCKS['alpha']}:" not in verdict.decided_by.message


@pytest.fixture
def inspected():
    """A VPC whose tables send what goes between two subnets to a firewall's endpoint in a third one."""
    world = World()
    firewall = {
        "VpcEndpointId": "vpce-fw",
        "VpcEndpointType": "GatewayLoadBalancer",
        "VpcId": "vpc-alpha",
        "SubnetIds": ["subnet-public"],
        "State": "available",
        "RequesterManaged": True,
    }
    world.files[ALPHA]["VpcEndpoints"].append(firewall)
    world.item("rtb-app")["Routes"].append(route("10.1.2.0/24", GatewayId="vpce-fw"))
    back = [route("10.1.1.0/24", GatewayId="vpce-fw")]
    world.files[ALPHA]["RouteTables"].append(table("alpha", "data", back, "data", cidr="10.1.0.0/16"))
    return world


OF_GROUP = {"sg-app": "sg-data", "sg-data": "sg-app"}


@pytest.mark.parametrize(
    ("group", "key", "expected"),
    [
        ("", "", "delivered"),
        ("sg-data", "IpPermissions", "denied"),
        # The page speaks of sources only.
        ("sg-app", "IpPermissionsEgress", "unknown"),
    ],
)
def test_no_group_counts_behind_a_firewall(inspected, group, key, expected):
    if group:
        pairs = [{"GroupId": OF_GROUP[group], "VpcId": "vpc-alpha"}]
        inspected.item(group)[key] = [{"IpProtocol": "-1", "UserIdGroupPairs": pairs}]
    verdict = inspected.trace("i-app", "eni-data", port=443)
    assert (verdict.verdict, group in (*verdict.decided_by.ids, "")) == (expected, True), verdict
    # Without the firewall it counts.
    for table_id in ("rtb-app", "rtb-data"):
        inspected.item(table_id)["Routes"] = inspected.item(table_id)["Routes"][:-1]
    assert inspected.trace("i-app", "eni-data", port=443).verdict == "delivered"
    assert EVERYWHERE in inspected.item("sg-app")["IpPermissions"]
