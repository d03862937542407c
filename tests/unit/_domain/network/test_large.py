# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paths in large networks: 200 VPCs with 6,000 interfaces behind a transit gateway, the last one with a load balancer.

Times are compared with each other and with reading the same files, never with a clock of this machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot, trace
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import ON_INSTANCES, health, listener, node
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    HUB,
    REGION,
    acl,
    attachment,
    group,
    instance,
    interface,
    on,
    route,
    subnet,
    table,
    vpc,
    vpc_attachment,
)

FEW, MANY = 50, 200
SUBNETS, IN_SUBNET = 6, 5


def spoke(number: int) -> dict[str, list]:
    """Files of an account with one VPC."""
    name, account = f"n{number}", f"{300000000000 + number}"
    blocks = [f"10.{number}.{one}.0/24" for one in range(SUBNETS)]
    subnets = [f"{name}-{one}" for one in range(SUBNETS)]
    cidr = f"10.{number}.0.0/16"
    return {
        "Vpcs": [vpc(account, name, cidr)],
        "Subnets": [
            subnet(name, one, block, f"az{zone % 3}") for zone, (one, block) in enumerate(zip(subnets, blocks))
        ],
        "RouteTables": [table(name, name, [route("10.0.0.0/8", TransitGatewayId="tgw-1")], *subnets, cidr=cidr)],
        "NetworkAcls": [acl(name, name, *subnets)],
        "SecurityGroups": [group(name, name)],
        "NetworkInterfaces": [
            interface(name, one, f"{one}-{host}", block.replace("0/24", f"{10 + host}"), [name], **on(f"{one}-{host}"))
            for one, block in zip(subnets, blocks)
            for host in range(IN_SUBNET)
        ],
        "Reservations": [instance(f"{one}-{host}") for one in subnets for host in range(IN_SUBNET)],
        "TransitGatewayVpcAttachments": [vpc_attachment(name, *subnets[:3])],
        "TransitGatewayAttachments": [],
        **{kind: [] for kind in ("VpcEndpoints", "NatGateways", "InternetGateways", "VpcPeeringConnections")},
    }


def balanced(files: dict[str, list], number: int) -> None:
    """Give a VPC a Network Load Balancer, whose target is one of its instances."""
    arn = f"arn:aws:elasticloadbalancing:{REGION}:1:loadbalancer/net/large/1"
    found = node("large", arn, f"10.{number}.0.99", [], InterfaceType="network_load_balancer")
    files["NetworkInterfaces"].append({**found, "VpcId": f"vpc-n{number}", "SubnetId": f"subnet-n{number}-0"})
    of_group = {"TargetGroupArn": ON_INSTANCES}
    files |= {
        "LoadBalancers": [{"LoadBalancerArn": arn, "Type": "network"}],
        "LoadBalancerListeners": [{"LoadBalancerArn": arn, "Listeners": [listener(arn, "TCP", 443, ON_INSTANCES)]}],
        "TargetGroups": [{**of_group, "Protocol": "TCP", "Port": 443, "TargetType": "instance"}],
        "LoadBalancerTargetHealth": [{**of_group, "TargetHealthDescriptions": [health(f"i-n{number}-3-1", 443)]}],
        "TargetGroupAttributes": [{**of_group, "Attributes": []}],
    }


def network(size: int) -> dict[str, str]:
    """Return the files of a network of so many VPCs, as text."""
    accounts = {f"{300000000000 + number}": spoke(number) for number in range(size)}
    balanced(accounts[f"{300000000000 + size - 1}"], size - 1)
    attachments = [attachment(f"n{number}", f"{300000000000 + number}") for number in range(size)]
    for item in attachments:
        item["Association"]["TransitGatewayRouteTableId"] = "tgw-rtb-hub"
    routes = [
        {
            "DestinationCidrBlock": f"10.{number}.0.0/16",
            "Type": "propagated",
            "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": f"tgw-attach-n{number}"}],
        }
        for number in range(size)
    ]
    accounts[HUB] = {
        "TransitGatewayAttachments": attachments,
        "TransitGatewayVpcAttachments": [
            vpc_attachment(f"n{one}", *(f"n{one}-{z}" for z in range(3))) for one in range(size)
        ],
        "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-hub", "TransitGatewayId": "tgw-1"}],
        "TransitGatewayRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-hub", "Routes": routes}],
    }
    return {
        f"accounts/{account}/{REGION}/{kind}.json": json.dumps({kind: items})
        for account, kinds in accounts.items()
        for kind, items in kinds.items()
    }


def loaded(files: dict[str, str]) -> dict[str, object]:
    return {path: json.loads(text) for path, text in files.items()}


def seconds(run: Callable[[], object]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def asked(documents: dict[str, object]) -> float:
    """Return the shortest of some times of a query, each of a snapshot that nobody has asked before."""
    found = []
    for _number in range(3):
        parsed = snapshot.parse(documents)

        def ask(parsed: snapshot.Snapshot = parsed) -> None:
            assert trace.trace(parsed, "i-n0-0-0", "eni-large", "tcp", 443).verdict == "delivered"

        found.append(seconds(ask))
    return min(found)


@pytest.fixture(scope="module")
def networks() -> dict[int, dict[str, str]]:
    return {size: network(size) for size in (FEW, MANY)}


def test_a_path_goes_through_the_large_network(networks):
    verdict = trace.trace(snapshot.parse(loaded(networks[MANY])), "i-n0-0-0", "eni-large", "tcp", 443)
    ids = ["i-n0-0-0", "subnet-n0-0", "vpc-n0", "tgw-1", "vpc-n199", "subnet-n199-0", "eni-large"]
    assert list(verdict.path)[:7] == ids and verdict.path[-1] == "i-n199-3-1"


def test_a_query_takes_no_longer_than_reading_the_files(networks):
    """By far: both take about as long, 0.1 s where this was written; half a second is the most it may take there."""
    documents = loaded(networks[MANY])
    reading = min(seconds(lambda: loaded(networks[MANY])) for _number in range(3))
    assert asked(documents) < 3 * reading


def test_time_grows_with_the_network_and_no_faster(networks):
    few, many = (asked(loaded(networks[size])) for size in (FEW, MANY))
    assert many < 2 * few * MANY / FEW
