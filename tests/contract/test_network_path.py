# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""network_path_info on two VPCs of an account, and on a snapshot of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from tests.contract.balanced_network import node_of
from tests.contract.network_cases import NETWORK_PATH_INFO, RANGES
from tests.contract.world import REGION, World, capability, validated
from tests.emulator.conftest import HUB
from tests.emulator.networks import wait_for


@pytest.fixture
def network(world: World) -> World:
    NETWORK_PATH_INFO.before(world)
    return world


def told(world: World, **options: object) -> dict:
    return world.run("network_path_info", HUB, {**NETWORK_PATH_INFO.options, **options})


def test_through_the_transit_gateway(network: World) -> None:
    result = told(network)
    of = network.made
    there = [of["app_instance"], of["app_subnet"], of["app_vpc"]]
    assert result["path"] == [*there, of["gateway"], of["data_vpc"], of["data_subnet"], of["data_instance"]]
    assert (result["verdict"], result["decided_by"]["ids"]) == ("delivered", [of["data_group"]])
    assert result["decided_by"]["says"].startswith("ingress rule allows tcp/443 from pl-")
    # 19 kinds, the transit gateway's route table and policy table, NAT of an attachment, a customer's prefix list.
    assert sum(count for call, count in result["api_calls"].items() if call.startswith("ec2:")) == 23
    # 2 kinds, listeners of 2 load balancers, attributes of one, rules of a listener, 2 of a target group.
    assert sum(count for call, count in result["api_calls"].items() if call.startswith("elbv2:")) == 8


def test_what_is_not_allowed(network: World) -> None:
    result = told(network, port=80)
    assert (result["verdict"], result["decided_by"]["by"]) == ("denied", "security_group")


def test_no_route_back(network: World) -> None:
    table = network.made["data_table"]
    network.ec2(HUB).delete_route(RouteTableId=table, DestinationCidrBlock=RANGES["app"])
    result = told(network)
    assert (result["verdict"], result["decided_by"]["ids"]) == ("no_route", [table])
    assert "the answer doesn't get back" in result["decided_by"]["says"]


def test_gateways_and_endpoints(network: World) -> None:
    """The module understands what the emulator's Describe calls return for them."""
    ec2, of = network.ec2(HUB), network.made
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=of["app_vpc"])
    endpoint_id = ec2.create_vpc_endpoint(
        VpcId=of["app_vpc"],
        ServiceName="com.amazonaws.eu-central-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[of["app_table"]],
    )["VpcEndpoint"]["VpcEndpointId"]
    lists = ec2.describe_prefix_lists()["PrefixLists"]
    cidr = next(item["Cidrs"][0] for item in lists if item["PrefixListName"].endswith(".s3"))
    s3 = cidr.partition("/")[0]
    assert told(network, destination=s3)["path"][-1] == endpoint_id

    ec2.create_route(RouteTableId=of["app_table"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    private = told(network, destination="9.9.9.9")
    assert (private["verdict"], private["path"][-1]) == ("denied", gateway_id)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=of["app"])
    public = told(network, destination="9.9.9.9")
    assert (public["verdict"], public["path"][-1]) == ("delivered", gateway_id)


def test_an_interface_endpoint_and_a_nat_gateway(network: World) -> None:
    ec2, of = network.ec2(HUB), network.made
    ec2.modify_vpc_attribute(VpcId=of["app_vpc"], EnableDnsHostnames={"Value": True})
    endpoint = ec2.create_vpc_endpoint(
        VpcId=of["app_vpc"],
        ServiceName="com.amazonaws.eu-central-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[of["app_subnet"]],
        SecurityGroupIds=[of["app_group"]],
    )["VpcEndpoint"]
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"][0]
    to_logs = told(network, destination=found["NetworkInterfaceIds"][0])
    assert (to_logs["verdict"], to_logs["path"]) == ("denied", [of["app_instance"], endpoint["VpcEndpointId"]])

    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=of["app_vpc"])
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=of["app_subnet"], AllocationId=address)["NatGateway"]["NatGatewayId"]
    wait_for(lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"], "available")
    described = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
    to_nat = told(network, destination=described["NatGatewayAddresses"][0]["PrivateIp"])
    assert (to_nat["verdict"], to_nat["path"]) == ("denied", [of["app_instance"], nat])


def test_a_saved_snapshot_gives_the_same_answer_without_the_account(network: World, tmp_path: Path) -> None:
    there = told(network, save_snapshot_dir=str(tmp_path / "case"))
    saved = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json"))
    assert f"case/accounts/{HUB}/{REGION}/TransitGatewayRoutes.json" in saved and len(saved) == 56
    assert there["unread"] == []

    flow = {name: value(network) if callable(value) else value for name, value in NETWORK_PATH_INFO.options.items()}
    with network.recorded():
        options = validated("network_path_info", {"snapshot_dir": str(tmp_path / "case"), **flow})
        offline = execute(capability("network_path_info"), options, check_mode=False)
    assert network.calls == [] and offline["api_calls"] == {}
    assert [offline[key] for key in ("verdict", "path", "decided_by")] == [
        there[key] for key in ("verdict", "path", "decided_by")
    ]


def test_a_snapshot_that_cannot_be_saved(network: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    options = {**NETWORK_PATH_INFO.options, "save_snapshot_dir": str(tmp_path / "file")}
    assert "save_snapshot_dir: " in str(network.failure("network_path_info", HUB, options))


def test_what_an_interface_forwards_is_unknown(network: World) -> None:
    """An interface drops what isn't addressed to it, unless its source/destination check is off:
    https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
    """
    table, app = network.made["app_table"], network.made["app"]
    ec2 = network.ec2(HUB)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", NetworkInterfaceId=app)
    denied = told(network, destination="192.168.0.1")
    assert (denied["verdict"], denied["decided_by"]["ids"]) == ("denied", [app])
    ec2.modify_network_interface_attribute(NetworkInterfaceId=app, SourceDestCheck={"Value": False})
    unknown = told(network, destination="192.168.0.1")
    assert (unknown["verdict"], unknown["decided_by"]["ids"]) == ("unknown", [table])


def test_a_name_is_no_source(network: World) -> None:
    failure = network.failure("network_path_info", HUB, {**NETWORK_PATH_INFO.options, "source": "web"})
    assert "source: 'web' is neither an id nor an IP address" in str(failure)


def test_through_a_load_balancer(network: World) -> None:
    """Its interface, listener, target group and targets are read as the emulator describes them."""
    of, node = network.made, node_of(network)
    found = told(network, destination=node)
    assert (found["verdict"], found["path"][-1]) == ("delivered", of["data_instance"]), found
    assert node in found["path"] and found["decided_by"]["ids"] == [of["data_group"]]
    assert "from 10.0.1.250" not in found["decided_by"]["says"]

    closed = told(network, destination=node, port=80)
    assert (closed["verdict"], closed["decided_by"]["by"]) == ("denied", "load_balancer")
    assert closed["decided_by"]["ids"] == [of["balancer"]] and "listeners: TCP 443" in closed["decided_by"]["says"]

    elbv2 = network.client(HUB, "elbv2")
    off = [{"Key": "preserve_client_ip.enabled", "Value": "false"}]
    elbv2.modify_target_group_attributes(TargetGroupArn=of["target_group"], Attributes=off)
    from_node = told(network, destination=node)
    assert (from_node["verdict"], from_node["decided_by"]["ids"]) == ("denied", [of["data_group"]])
    assert "from 10.1.1." in from_node["decided_by"]["says"]


def test_through_an_endpoint_to_its_providers_target(network: World) -> None:
    ec2, of = network.ec2(HUB), network.made
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ec2.authorize_security_group_ingress(
        GroupId=of["app_group"], IpPermissions=[{**https, "IpRanges": [{"CidrIp": "10.0.1.250/32"}]}]
    )
    by_node = told(network, destination=of["endpoint"])
    assert (by_node["verdict"], by_node["decided_by"]["ids"]) == ("denied", [of["data_group"]]), by_node
    pairs = [{"GroupId": of["balancer_group"]}]
    ec2.authorize_security_group_ingress(GroupId=of["data_group"], IpPermissions=[{**https, "UserIdGroupPairs": pairs}])
    found = told(network, destination=of["endpoint"])
    assert (found["verdict"], found["blockers"]) == ("delivered", []), found
    assert found["path"][:3] == [of["app_instance"], of["endpoint"], node_of(network)]
    assert found["path"][-1] == of["data_instance"]

    ec2.modify_vpc_endpoint_service_configuration(ServiceId=of["service"], AcceptanceRequired=True)
    ec2.reject_vpc_endpoint_connections(ServiceId=of["service"], VpcEndpointIds=[of["endpoint"]])
    rejected = told(network, destination=of["endpoint"])
    assert (rejected["verdict"], rejected["decided_by"]["ids"]) == ("denied", [of["endpoint"]])
    assert "rejected" in rejected["decided_by"]["says"]


def test_tables_of_more_than_a_thousand_routes_are_read_to_their_end(network: World) -> None:
    """SearchTransitGatewayRoutes answers at most 1,000, and a NextToken:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
    """
    ec2 = network.ec2(HUB)
    (table,) = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    table_id = table["TransitGatewayRouteTableId"]
    for number in range(1000):
        ec2.create_transit_gateway_route(
            TransitGatewayRouteTableId=table_id,
            DestinationCidrBlock=f"172.{16 + number // 256}.{number % 256}.0/24",
            Blackhole=True,
        )
    result = told(network)
    assert (result["verdict"], result["api_calls"]["ec2:SearchTransitGatewayRoutes"]) == ("delivered", 2)
    last = told(network, destination="172.19.231.1")
    assert last["verdict"] == "no_route"


def test_what_the_role_may_not_read_is_listed_and_unknown_later(network: World, tmp_path: Path) -> None:
    control = network.emulator.control
    denied = {"action": "error", "code": "UnauthorizedOperation", "status": 403, "message": "no"}
    for operation in ("DescribeNetworkAcls", "GetTransitGatewayPolicyTableEntries"):
        control("POST", "faults", {"service": "ec2", "operation": operation, **denied})
    result = network.run("network_path_info", HUB, {"save_snapshot_dir": str(tmp_path), "read_twice": True})
    control("DELETE", "faults")
    assert [(one["kind"], one["operation"], one["code"]) for one in result["unread"]] == [
        ("NetworkAcls", "DescribeNetworkAcls", "UnauthorizedOperation"),
        ("TransitGatewayPolicyTableEntries", "GetTransitGatewayPolicyTableEntries", "UnauthorizedOperation"),
    ]
    assert result["api_calls"]["ec2:DescribeVpcs"] == 2
    flow = {name: value(network) if callable(value) else value for name, value in NETWORK_PATH_INFO.options.items()}
    options = validated("network_path_info", {"snapshot_dir": str(tmp_path), **flow})
    found = execute(capability("network_path_info"), options, check_mode=False)
    assert found["verdict"] == "unknown"
    assert "NetworkAcls.json" in found["decided_by"]["ids"][0]
    assert "couldn't be read (DescribeNetworkAcls: UnauthorizedOperation)" in found["decided_by"]["says"]
