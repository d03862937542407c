# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls and their endpoints. D: AWS's documentation or API model; V: seen on AWS; U: not verified."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, Emulator, error_of, filters
from tests.emulator.firewalls import UNPROTECTED, Firewalls
from tests.emulator.networks import wait_for


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


def test_subnets_are_of_the_vpc_and_one_of_a_zone(firewalls: Firewalls) -> None:
    """D: API_CreateFirewall, "Each subnet must belong to a different Availability Zone in the VPC"; U: the texts."""
    policy = firewalls.policy()
    firewalls.vpc()
    twin = {"SubnetId": firewalls.subnet("10.100.9.0/28", "a")}
    create = firewalls.nfw.create_firewall
    parameters = {"FirewallName": "egress", "FirewallPolicyArn": policy, "VpcId": firewalls.vpc_id}
    for mappings in ([*firewalls.mappings("a"), twin], [{"SubnetId": "subnet-0"}], []):
        assert error_of(create, **parameters, SubnetMappings=mappings)[0] == "InvalidRequestException"
    own = firewalls.mappings("a")
    other_vpc = firewalls.vpc("10.101.0.0/16")
    refused = error_of(create, **parameters | {"VpcId": other_vpc}, SubnetMappings=own)
    assert refused[0] == "InvalidRequestException"
    unknown = parameters | {"FirewallPolicyArn": f"{policy}-none"}
    assert error_of(create, **unknown, SubnetMappings=own)[0] == "InvalidRequestException"
    assert firewalls.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert firewalls.nfw.list_firewalls()["Firewalls"] == []


def test_subnets_come_and_go(firewalls: Firewalls) -> None:
    """D: API_AssociateSubnets, API_DisassociateSubnets, SubnetChangeProtection; U: that routes prevent it."""
    firewalls.vpc(zones="abc")
    firewalls.create(SubnetMappings=firewalls.mappings("a"))
    associate, disassociate = firewalls.nfw.associate_subnets, firewalls.nfw.disassociate_subnets
    answer = associate(FirewallName="egress", SubnetMappings=firewalls.mappings("bc"))
    assert {mapping["SubnetId"] for mapping in answer["SubnetMappings"]} == set(firewalls.subnets.values())
    assert set(firewalls.attachments()) == {f"eu-central-1{zone}" for zone in "abc"}
    again = error_of(associate, FirewallName="egress", SubnetMappings=firewalls.mappings("b"))
    assert again[0] == "InvalidRequestException"
    table, second = route_table(firewalls), firewalls.endpoint_ids()[1]
    firewalls.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=second)
    leaving = {"FirewallName": "egress", "SubnetIds": [firewalls.subnets["b"]]}
    assert error_of(disassociate, **leaving)[0] == "InvalidRequestException"
    firewalls.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    disassociate(**leaving)
    assert set(firewalls.attachments()) == {"eu-central-1a", "eu-central-1c"}
    assert error_of(disassociate, **leaving)[0] == "InvalidRequestException"
    firewalls.nfw.update_subnet_change_protection(FirewallName="egress", SubnetChangeProtection=True)
    joining = {"FirewallName": "egress", "SubnetMappings": firewalls.mappings("b")}
    protected = ("InvalidOperationException", "SubnetChangeProtection is enabled on the firewall")
    assert error_of(associate, **joining) == protected
    assert error_of(disassociate, **leaving) == protected


def test_policy_is_exchanged_unless_protected(firewalls: Firewalls) -> None:
    """D: API_AssociateFirewallPolicy, FirewallPolicyChangeProtection."""
    firewalls.create()
    other = firewalls.policy(name="other")
    associate = firewalls.nfw.associate_firewall_policy
    assert associate(FirewallName="egress", FirewallPolicyArn=other)["FirewallPolicyArn"] == other
    assert firewalls.described()["Firewall"]["FirewallPolicyArn"] == other
    protect = firewalls.nfw.update_firewall_policy_change_protection
    protect(FirewallName="egress", FirewallPolicyChangeProtection=True)
    assert error_of(associate, FirewallName="egress", FirewallPolicyArn=other)[0] == "InvalidOperationException"


def test_update_token_of_a_firewall_is_optional_and_checked(firewalls: Firewalls) -> None:
    """D: UpdateToken, "To make an unconditional change to the firewall, omit the token"; floci-io/floci#3198."""
    firewalls.create()
    first = firewalls.described()["UpdateToken"]
    update = firewalls.nfw.update_firewall_description
    second = update(FirewallName="egress", Description="a", UpdateToken=first)["UpdateToken"]
    assert second != first
    assert error_of(update, FirewallName="egress", Description="b", UpdateToken=first)[0] == "InvalidTokenException"
    update(FirewallName="egress", Description="c")
    assert firewalls.described()["Firewall"]["Description"] == "c"
    assert firewalls.described()["UpdateToken"] != second


def test_settings_of_a_firewall(firewalls: Firewalls) -> None:
    """D: API_UpdateFirewallAnalysisSettings, API_UpdateFirewallEncryptionConfiguration, API_ListFirewalls."""
    firewalls.create()
    firewalls.nfw.update_firewall_analysis_settings(FirewallName="egress", EnabledAnalysisTypes=["TLS_SNI"])
    key = {"Type": "CUSTOMER_KMS", "KeyId": "alias/firewall"}
    firewalls.nfw.update_firewall_encryption_configuration(FirewallName="egress", EncryptionConfiguration=key)
    firewall = firewalls.described()["Firewall"]
    assert (firewall["EnabledAnalysisTypes"], firewall["EncryptionConfiguration"]) == (["TLS_SNI"], key)
    metadata = firewalls.nfw.describe_firewall_metadata(FirewallArn=firewall["FirewallArn"])
    assert metadata["Status"] == "READY"
    assert set(metadata["SupportedAvailabilityZones"]) == {"eu-central-1a", "eu-central-1b"}
    listed = firewalls.nfw.list_firewalls(VpcIds=[firewalls.vpc_id])["Firewalls"]
    assert listed == [{"FirewallName": "egress", "FirewallArn": firewall["FirewallArn"]}]
    assert firewalls.nfw.list_firewalls(VpcIds=["vpc-0"])["Firewalls"] == []


def test_firewall_is_ready_when_endpoints_and_configuration_are(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: API_FirewallStatus, Status and its summary; U: no EndpointId before the endpoint is ready."""
    emulator.control("POST", "settings", {"transition": {"network-firewall-endpoint": 300}})
    firewalls.create()
    status = firewalls.described()["FirewallStatus"]
    assert (status["Status"], status["ConfigurationSyncStateSummary"]) == ("PROVISIONING", "IN_SYNC")
    assert {attachment["Status"] for attachment in firewalls.attachments().values()} == {"CREATING"}
    assert not any("EndpointId" in attachment for attachment in firewalls.attachments().values())
    states = [endpoint["State"] for endpoint in firewalls.ec2.describe_vpc_endpoints()["VpcEndpoints"]]
    assert states == ["pending", "pending"]
    seen = wait_for(lambda: firewalls.described()["FirewallStatus"]["Status"], "READY")
    assert seen == ["PROVISIONING", "READY"]
    emulator.control("POST", "settings", {"transition": {"network-firewall-endpoint": 100}})
    firewalls.nfw.delete_firewall(FirewallName="egress")
    assert firewalls.described()["FirewallStatus"]["Status"] == "DELETING"
    assert {attachment["Status"] for attachment in firewalls.attachments().values()} == {"DELETING"}
    wait_for(lambda: firewalls.nfw.list_firewalls()["Firewalls"], [])


def test_change_of_rules_or_policy_is_distributed(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: ConfigurationSyncStateSummary, "distributes the configuration changes to all Availability Zones"."""
    firewalls.create()
    emulator.control("POST", "settings", {"transition": {"network-firewall-configuration": 200}})
    group = firewalls.nfw.describe_rule_group(RuleGroupName="payments", Type="STATEFUL")
    token = firewalls.nfw.update_rule_group(
        RuleGroupName="payments", Type="STATEFUL", UpdateToken=group["UpdateToken"], RuleGroup=group["RuleGroup"]
    )["UpdateToken"]
    status = firewalls.described()["FirewallStatus"]
    assert (status["Status"], status["ConfigurationSyncStateSummary"]) == ("PROVISIONING", "PENDING")
    config = status["SyncStates"]["eu-central-1a"]["Config"]
    arn = group["RuleGroupResponse"]["RuleGroupArn"]
    assert config[arn] == {"SyncStatus": "PENDING", "UpdateToken": token}
    sync = lambda: firewalls.described()["FirewallStatus"]["ConfigurationSyncStateSummary"]  # noqa: E731
    wait_for(sync, "IN_SYNC")
    policy = firewalls.nfw.describe_firewall_policy(FirewallPolicyName="central")
    firewalls.nfw.update_firewall_policy(
        FirewallPolicyName="central", UpdateToken=policy["UpdateToken"], FirewallPolicy=policy["FirewallPolicy"]
    )
    assert sync() == "PENDING"
    wait_for(sync, "IN_SYNC")


def test_route_needs_a_gateway_load_balancer_endpoint_of_the_vpc(firewalls: Firewalls) -> None:
    """D: API_CreateRoute, "Supported for Gateway Load Balancer endpoints only"; U: the texts."""
    firewalls.create()
    first = firewalls.endpoint_ids()[0]
    interface = firewalls.ec2.create_vpc_endpoint(
        VpcId=firewalls.vpc_id,
        ServiceName="com.amazonaws.eu-central-1.ssm",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]
    table = route_table(firewalls)
    create = firewalls.ec2.create_route
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    assert error_of(create, **route, VpcEndpointId=interface)[0] == "InvalidParameterValue"
    assert error_of(create, **route, VpcEndpointId="vpce-00000000000000000")[0] == "InvalidVpcEndpointId.NotFound"
    firewalls.vpc("10.101.0.0/16")
    elsewhere = route | {"RouteTableId": route_table(firewalls)}
    assert error_of(create, **elsewhere, VpcEndpointId=first)[0] == "InvalidParameterValue"


def test_route_to_a_subnet_by_an_endpoint(firewalls: Firewalls) -> None:
    """D: https://docs.aws.amazon.com/vpc/latest/userguide/gwlb-route.html: more specific than the local route."""
    firewalls.create()
    table, first = route_table(firewalls), firewalls.endpoint_ids()[0]
    firewalls.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.100.0.0/28", VpcEndpointId=first)
    assert routes(firewalls, table)[-1]["GatewayId"] == first


def test_subnet_and_vpc_with_an_endpoint_are_not_deleted(firewalls: Firewalls) -> None:
    """D: a subnet with network interfaces, a VPC with endpoints: API_DeleteSubnet, API_DeleteVpc."""
    firewalls.create()
    assert error_of(firewalls.ec2.delete_subnet, SubnetId=firewalls.subnets["a"])[0] == "DependencyViolation"
    assert error_of(firewalls.ec2.delete_vpc, VpcId=firewalls.vpc_id)[0] == "DependencyViolation"
    firewalls.nfw.delete_firewall(FirewallName="egress")
    for subnet_id in firewalls.subnets.values():
        firewalls.ec2.delete_subnet(SubnetId=subnet_id)
    firewalls.ec2.delete_vpc(VpcId=firewalls.vpc_id)


def test_five_firewalls_of_an_account(firewalls: Firewalls) -> None:
    """D: quotas.html; the code: the model's LimitExceededException. One name is taken once (U: the text)."""
    policy = firewalls.policy()
    firewalls.create(policy)
    firewalls.vpc("10.101.0.0/16")
    assert error_of(firewalls.create, policy_arn=policy)[0] == "InvalidRequestException"
    for number in range(4):
        firewalls.create(policy, f"other-{number}")
    assert error_of(firewalls.create, policy_arn=policy, name="one-more")[0] == "LimitExceededException"


def test_first_firewall_brings_the_service_linked_role(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: using-service-linked-roles.html of the developer guide."""
    firewalls.create()
    role = emulator.client(SPOKE, "iam").get_role(RoleName="AWSServiceRoleForNetworkFirewall")["Role"]
    assert role["Path"] == "/aws-service-role/network-firewall.amazonaws.com/"


def test_proxy_mode_says_that_it_is_not_emulated(firewalls: Firewalls) -> None:
    """Proxy mode firewalls aren't emulated, and say so with a code of the model."""
    refused = error_of(firewalls.create, ProxySettings={"ListenerProperties": []})
    assert refused[0] == "InvalidOperationException"
