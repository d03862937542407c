# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls and their endpoints. D: AWS's documentation or API model; V: seen on AWS; U: not verified."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, Emulator, error_of, filters
from tests.emulator.firewalls import UNPROTECTED, Firewalls


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


def test_firewall_has_an_endpoint_in_each_zone(firewalls: Firewalls) -> None:
    """D: API_CreateFirewall ("creates a firewall endpoint in each subnet"), API_FirewallStatus."""
    made = firewalls.create()
    assert made["FirewallStatus"]["Status"] == "PROVISIONING"
    described = firewalls.described()
    status = described["FirewallStatus"]
    assert (status["Status"], status["ConfigurationSyncStateSummary"]) == ("READY", "IN_SYNC")
    assert set(status["SyncStates"]) == {"eu-central-1a", "eu-central-1b"}
    for zone, attachment in firewalls.attachments().items():
        assert attachment["SubnetId"] == firewalls.subnets[zone[-1]]
        assert attachment["Status"] == "READY"
    assert described["Firewall"]["VpcId"] == firewalls.vpc_id
    assert described["Firewall"]["FirewallArn"] == f"arn:aws:network-firewall:eu-central-1:{SPOKE}:firewall/egress"


def test_endpoints_are_gateway_load_balancer_endpoints_of_ec2(firewalls: Firewalls) -> None:
    """V: tags by which configurations of others find the endpoint; D: firewall-components.html."""
    firewalls.create()
    first = firewalls.endpoint_ids()[0]
    endpoint = firewalls.ec2.describe_vpc_endpoints(VpcEndpointIds=[first])["VpcEndpoints"][0]
    assert endpoint["VpcEndpointType"] == "GatewayLoadBalancer"
    assert endpoint["RequesterManaged"] is True
    assert endpoint["State"] == "available"
    assert {tag["Key"]: tag["Value"] for tag in endpoint["Tags"]} == {
        "AWSNetworkFirewallManaged": "true",
        "Firewall": f"arn:aws:network-firewall:eu-central-1:{SPOKE}:firewall/egress",
        "Name": "egress (eu-central-1a)",
    }
    wanted = filters(subnet_id=firewalls.subnets["a"])
    interface = firewalls.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"][0]
    assert interface["NetworkInterfaceId"] == endpoint["NetworkInterfaceIds"][0]
    assert interface["InterfaceType"] == "gateway_load_balancer_endpoint"


def test_owner_cannot_delete_or_modify_an_endpoint(firewalls: Firewalls) -> None:
    """V: the text for deletion, as AWS answered for an endpoint of ElastiCache; U: for a change."""
    firewalls.create()
    first = firewalls.endpoint_ids()[0]
    failed = firewalls.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])["Unsuccessful"]
    assert failed[0]["Error"]["Code"] == "InvalidParameter"
    assert "not allowed for requester-managed VPC endpoints" in failed[0]["Error"]["Message"]
    change = firewalls.ec2.modify_vpc_endpoint
    assert error_of(change, VpcEndpointId=first, AddSubnetIds=[firewalls.subnets["b"]])[0] == "InvalidParameter"


def route_table(firewalls: Firewalls) -> str:
    return firewalls.ec2.create_route_table(VpcId=firewalls.vpc_id)["RouteTable"]["RouteTableId"]


def routes(firewalls: Firewalls, table_id: str) -> list[dict[str, Any]]:
    return firewalls.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]


def test_route_to_an_endpoint_is_shown_with_its_gateway_id(firewalls: Firewalls) -> None:
    """V: terraform-provider-aws, flattenRoute of vpc_route_table.go; D: any AZ may be used, vpc-config.html."""
    firewalls.create()
    table, (first, second) = route_table(firewalls), firewalls.endpoint_ids()
    firewalls.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=first)
    shown = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": first, "Origin": "CreateRoute", "State": "active"}
    assert routes(firewalls, table)[-1] == shown
    firewalls.ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=second)
    assert routes(firewalls, table)[-1]["GatewayId"] == second


def test_delete_waits_for_routes_logging_and_protection(firewalls: Firewalls) -> None:
    """V: the text about route tables (grucloud waits for its end); D: protection, API_DeleteFirewall."""
    firewalls.create(DeleteProtection=True)
    table, first = route_table(firewalls), firewalls.endpoint_ids()[0]
    firewalls.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=first)
    assert error_of(firewalls.nfw.delete_firewall, FirewallName="egress")[0] == "InvalidOperationException"
    firewalls.nfw.update_firewall_delete_protection(FirewallName="egress", DeleteProtection=False)
    assert error_of(firewalls.nfw.delete_firewall, FirewallName="egress") == (
        "InvalidRequestException",
        "Unable to fulfill request because the following related VPC endpoint(s) still exist in route table(s): "
        f"[{first}]",
    )
    firewalls.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    assert firewalls.nfw.delete_firewall(FirewallName="egress")["FirewallStatus"]["Status"] == "DELETING"
    assert error_of(firewalls.described)[0] == "ResourceNotFoundException"
    assert firewalls.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert firewalls.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_protections_are_on_unless_the_request_turns_them_off(firewalls: Firewalls) -> None:
    """D: API_CreateFirewall, "the operation initializes this flag to TRUE"; AvailabilityZoneChangeProtection: FALSE."""
    options: dict[str, Any] = dict.fromkeys(UNPROTECTED, True)
    firewall = firewalls.create(**options)["Firewall"]
    assert {name: firewall[name] for name in UNPROTECTED} == options
    assert firewall["AvailabilityZoneChangeProtection"] is False
