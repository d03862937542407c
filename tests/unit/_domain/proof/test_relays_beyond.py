# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relays whose clients come from elsewhere, or behind which is another one, and relays that aren't shown."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import edges, reachability
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import INTERNET
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import (
    ON_ADDRESSES,
    ON_INSTANCES,
    Balanced,
    health,
)
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HUB,
    REGION,
    interface,
    route,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_edges import reach_of, sent, site

CLIENTS, PROVIDER = site(BETA, "beta"), site(ALPHA, "data")


def without_peering():
    world = Balanced()
    for account in (ALPHA, BETA):
        world.files[account]["VpcPeeringConnections"] = []
    return world


def hidden(world):
    shown = world.files[BETA]["NetworkInterfaces"]
    shown[:] = [one for one in shown if one["NetworkInterfaceId"] != "eni-service"]


UNSHOWN = {
    "an interface that isn't shown": hidden,
    "no interface that is told": lambda world: world.item("vpce-service", BETA).update(NetworkInterfaceIds=[]),
}


@pytest.mark.parametrize("level", ["routes", "filters"])
@pytest.mark.parametrize("name", UNSHOWN)
def test_an_endpoint_without_addresses_is_unknown_for_its_vpc(name, level):
    world = without_peering()
    UNSHOWN[name](world)
    flow = reach_of(world, level).between(CLIENTS, PROVIDER)
    assert flow.forward.is_empty and "vpce-service" in {one.id for one in flow.unknown}


@pytest.mark.parametrize("protocol", ["UDP", "TCP_UDP"])
def test_whether_a_service_takes_udp_is_unknown_as_the_tracer_says(protocol):
    world = without_peering()
    for listener in world.files[ALPHA]["LoadBalancerListeners"][0]["Listeners"]:
        listener["Protocol"] = protocol
    for target_group in world.files[ALPHA]["TargetGroups"][:2]:
        target_group["Protocol"] = protocol
    udp = {"protocol": "udp", "port": (443, 443)}
    assert world.trace("eni-client", "vpce-service", **udp).verdict == "unknown"
    flow = reach_of(world, "routes").between(CLIENTS, PROVIDER)
    assert "vpce-service" in {one.id for one in flow.unknown}
    assert flow.forward.contains(sent("10.2.1.20", "10.2.1.30", 443)) == (protocol == "TCP_UDP")


def test_what_lies_behind_two_relays_is_unknown_by_the_second():
    """The service's load balancer leads to an endpoint of its own account, of somebody's service."""
    world = without_peering()
    files = world.files[ALPHA]
    files["NetworkInterfaces"].append(
        interface("alpha", "data", "second", "10.1.2.60", ["data"], InterfaceType="vpc_endpoint")
    )
    second = {"VpcEndpointId": "vpce-second", "VpcId": "vpc-alpha", "NetworkInterfaceIds": ["eni-second"]}
    of_somebody = {"ServiceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-other", "State": "available"}
    files["VpcEndpoints"].append({**second, **of_somebody, "VpcEndpointType": "Interface"})
    for account in (HUB, BETA):
        world.files[account]["ServiceConfigurations"] = []
    assert not reach_of(world, "routes").between(CLIENTS, site(HUB, "dns")).unknown
    world.targets(ON_ADDRESSES, health("10.1.2.60", 9444))
    flow = reach_of(world, "routes").between(CLIENTS, site(HUB, "dns"))
    assert "vpce-second" in {one.id for one in flow.unknown}
    files["VpcEndpoints"][-1]["ServiceName"] = f"com.amazonaws.{REGION}.logs"
    assert not reach_of(world, "routes").between(CLIENTS, site(HUB, "dns")).unknown


def to_beta():
    """Return the world whose load balancer has a target in the peered VPC, which nothing else leads to."""
    world = Balanced()
    world.files[BETA]["VpcEndpoints"] = []
    for account in (HUB, BETA):
        world.files[account]["InternetGateways"] = []
    world.item(ON_INSTANCES, kind="TargetGroups")["TargetType"] = "ip"
    world.targets(ON_INSTANCES, health("10.2.1.10", 9443, AvailabilityZone="all"))
    for table in world.files[ALPHA]["RouteTables"]:
        table["Routes"] = [one for one in table["Routes"] if "VpcPeeringConnectionId" not in one]
    world.item("rtb-lb")["Routes"].append(route("10.2.0.0/16", VpcPeeringConnectionId="pcx-1"))
    return world


@pytest.mark.parametrize("level", ["routes", "filters"])
def test_the_internet_reaches_the_targets_of_a_public_load_balancer(level):
    world = to_beta()
    assert reach_of(world, level).between(INTERNET, CLIENTS).forward.is_empty
    world.item("rtb-lb")["Routes"].append(route("0.0.0.0/0", GatewayId="igw-1"))
    world.item("eni-net")["PrivateIpAddresses"][0]["Association"] = {"PublicIp": "3.120.0.77"}
    assert reach_of(world, level).between(INTERNET, CLIENTS).forward.contains(sent("8.8.8.8", "10.1.6.10", 443))


def test_a_vpn_reaches_the_targets_of_a_load_balancer():
    world = to_beta()
    attached = [{"VpcId": "vpc-alpha", "State": "attached"}]
    world.files[ALPHA]["VpnGateways"] = [{"VpnGatewayId": "vgw-1", "VpcAttachments": attached}]
    reach = reach_of(world)
    office = next(one.source for one in edges.further(reach) if one.source.tier == "vgw-1")
    assert reach.between(office, CLIENTS).forward.contains(sent("192.168.1.5", "10.1.6.10", 443))


@pytest.mark.parametrize("kind", ["LoadBalancers", "NetworkInterfaces"])
def test_what_an_account_may_pass_on_is_unknown_where_it_could_not_be_read(kind):
    """The hub reaches the load balancer, and beta nothing but its targets."""
    world = to_beta()
    files = {
        f"accounts/{account}/{REGION}/{one}.json": {one: items}
        for account, kinds in world.files.items()
        for one, items in kinds.items()
        if (account, one) != (ALPHA, kind)
    }
    denied = {"Kind": kind, "Operation": f"Describe{kind}", "Code": "UnauthorizedOperation"}
    files[f"accounts/{ALPHA}/{REGION}/Unread.json"] = {"Unread": [denied]}
    reach = reachability.compute(snapshot.parse(files), "routes", edges=edges.Edges())
    flow = reach.between(site(HUB, "dns"), CLIENTS)
    assert f"accounts/{ALPHA}/{REGION}/{kind}.json" in {one.id for one in flow.unknown}
