# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""closed_vpc_doctor in a VPC that tiered_vpc and closed_vpc_endpoints created: healthy, then with one fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.profiles import PROFILES
from tests.contract import closed_cases as closed
from tests.contract.case import subnets
from tests.contract.conftest import Converged
from tests.contract.world import REGION, World, capability, validated
from tests.emulator.conftest import SPOKE
from tests.emulator.networks import wait_for

ALL = {**closed.ENDPOINTS, "workloads": list(PROFILES), "services": ["dynamodb", "backup-gateway"]}
DENIED = {
    "action": "error",
    "code": "UnauthorizedOperation",
    "status": 403,
    "message": "You are not authorized to perform this operation.",
}


@pytest.fixture(scope="module")
def closed_world(new_world: Callable[[], World], kept: Converged) -> Iterator[World]:
    """World with endpoints for every workload; tests don't change it."""
    kept.forget()
    world = new_world()
    closed.closed_vpc(world)
    world.run("closed_vpc_endpoints", SPOKE, ALL)
    yield world


@pytest.fixture
def broken(world: World) -> World:
    closed.before_doctor(world)
    return world


def ask(world: World, **more: Any) -> dict[str, Any]:
    return world.run("closed_vpc_doctor", SPOKE, {**closed.CLOSED_VPC_DOCTOR.options, **more})


def found(world: World, **more: Any) -> set[tuple[str, str]]:
    return {(finding["id"], finding["status"]) for finding in ask(world, **more)["findings"]}


@pytest.mark.parametrize("workload", PROFILES)
def test_what_our_own_modules_made_is_healthy_for_every_workload(closed_world: World, workload: str) -> None:
    # No group is given, since the default group has no rules and could call nothing: only the subnets are judged.
    result = ask(closed_world, workloads=[workload], services=["s3"], security_group_ids=[])
    assert [finding["id"] for finding in result["findings"]] == ["workload_sg_egress"]
    assert result["findings"][0]["status"] == "note" and result["healthy"]


def test_a_healthy_network_has_no_finding_and_costs_fewer_than_30_calls(broken: World) -> None:
    result = ask(broken)
    assert result["findings"] == [] and result["healthy"]
    assert len(result["subnet_ids"]) == 2 and result["services"]["secretsmanager"] == ["services"]
    assert sum(result["api_calls"].values()) < 30


def test_a_throttled_account_costs_its_retries_and_no_more(broken: World) -> None:
    calls = sum(ask(broken)["api_calls"].values())
    for service in ("ec2", "route53", "route53resolver"):
        fault = {"action": "throttle", "service": service, "account": SPOKE, "times": 3}
        broken.emulator.control("POST", "faults", fault)
    result = ask(broken)
    assert result["findings"] == [] and result["healthy"]
    # The budget is 40 calls; three services throttle three calls each.
    assert sum(result["api_calls"].values()) == calls + 9 < 40


def to_other_table(world: World) -> None:
    """Associate app's first subnet with a route table that was created by hand."""
    ec2 = world.ec2(SPOKE)
    subnet_id = subnets(world, SPOKE, "delta", "app")[0]
    table_id = ec2.create_route_table(VpcId=closed.vpc_id(world))["RouteTable"]["RouteTableId"]
    query = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    (table,) = ec2.describe_route_tables(Filters=query)["RouteTables"]
    (there,) = [a for a in table["Associations"] if a.get("SubnetId") == subnet_id]
    ec2.replace_route_table_association(AssociationId=there["RouteTableAssociationId"], RouteTableId=table_id)


def denying_acl(tier: str, egress: bool, first: int, last: int) -> Callable[[World], None]:
    def deny(world: World) -> None:
        ec2 = world.ec2(SPOKE)
        subnet_id = subnets(world, SPOKE, "delta", tier)[0]
        (acl,) = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}])[
            "NetworkAcls"
        ]
        made = ec2.create_network_acl(VpcId=closed.vpc_id(world))["NetworkAcl"]["NetworkAclId"]
        (there,) = [a for a in acl["Associations"] if a["SubnetId"] == subnet_id]
        ec2.replace_network_acl_association(AssociationId=there["NetworkAclAssociationId"], NetworkAclId=made)
        for number, way, action, ports in (
            (50, egress, "deny", {"From": first, "To": last}),
            (100, True, "allow", {"From": 0, "To": 65535}),
            (100, False, "allow", {"From": 0, "To": 65535}),
        ):
            ec2.create_network_acl_entry(
                NetworkAclId=made,
                RuleNumber=number,
                Protocol="6",
                RuleAction=action,
                Egress=way,
                CidrBlock="0.0.0.0/0",
                PortRange=ports,
            )

    return deny


def workload_shut(world: World) -> None:
    world.made["workload"] = world.ec2(SPOKE).create_security_group(
        GroupName="shut", Description="shut", VpcId=closed.vpc_id(world)
    )["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    world.ec2(SPOKE).revoke_security_group_egress(GroupId=world.made["workload"], IpPermissions=everything)


def half_admitted(world: World) -> None:
    closed.DELTA.group_rule("revoke_security_group_ingress", 443, closed.CIDR)(world)
    closed.DELTA.group_rule("authorize_security_group_ingress", 443, "10.4.0.0/25")(world)


BREAKS = {
    "interface removed": (closed.removed("logs"), {"endpoint_missing"}),
    "gateway removed": (closed.removed("s3"), {"endpoint_missing"}),
    "private names off": (closed.modify("ecr.api", PrivateDnsEnabled=False), {"private_dns_off"}),
    "DNS hostnames off": (closed.DELTA.dns_off("EnableDnsHostnames"), {"vpc_dns_attributes"}),
    "endpoints' group shut": (
        closed.DELTA.group_rule("revoke_security_group_ingress", 443, closed.CIDR),
        {"endpoint_sg_ingress"},
    ),
    "endpoints' group admits some": (half_admitted, {"endpoint_sg_ingress"}),
    "endpoint in the default group": (
        closed.modify(
            "logs",
            AddSecurityGroupIds=lambda world: [closed.DELTA.default_group(world)],
            RemoveSecurityGroupIds=lambda world: [closed.DELTA.group(world)],
        ),
        {"endpoint_sg_ingress"},
    ),
    "workload's group shut": (workload_shut, {"workload_sg_egress"}),
    "gateway off a table": (
        closed.modify("s3", RemoveRouteTableIds=lambda world: closed.DELTA.described(world, "s3")["RouteTableIds"]),
        {"gateway_not_associated"},
    ),
    "subnet on another table": (to_other_table, {"gateway_not_associated"}),
    "nobody may, through the gateway": (
        closed.modify("s3", PolicyDocument=closed.NOTHING),
        {"endpoint_policy_denies"},
    ),
    "calls stopped at an endpoint's subnet": (denying_acl("endpoint", False, 443, 443), {"nacl_endpoint_subnet"}),
    "answers stopped at an endpoint's subnet": (denying_acl("endpoint", True, 1024, 65535), {"nacl_endpoint_subnet"}),
    "answers stopped at the workload's subnet": (
        denying_acl("app", False, 1024, 65535),
        {"nacl_workload_subnet", "nacl_gateway_endpoint"},
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_somebody_broke_is_named_and_nothing_else(broken: World, name: str) -> None:
    make, causes = BREAKS[name]
    make(broken)
    assert found(broken) == {(cause, "cause") for cause in causes}


@pytest.mark.parametrize(
    ("operation", "hidden"),
    [
        ("DescribeNetworkAcls", {"nacl_workload_subnet", "nacl_endpoint_subnet", "nacl_gateway_endpoint"}),
        ("DescribeVpcAttribute", {"vpc_dns_attributes"}),
        ("DescribeDhcpOptions", {"custom_dhcp_dns"}),
        ("GetManagedPrefixListEntries", {"workload_sg_egress"}),
        ("ListProfileAssociations", {"resolver_rule_or_phz_override"}),
        ("ListFirewallRuleGroupAssociations", {"resolver_rule_or_phz_override"}),
        ("ListResolverRules", {"resolver_rule_or_phz_override"}),
    ],
)
def test_what_may_not_be_read_is_unknown_and_the_rest_is_looked_at(
    broken: World, operation: str, hidden: set[str]
) -> None:
    closed.modify("s3", PolicyDocument=closed.NOTHING)(broken)
    service = {"ListProfileAssociations": "route53profiles"}.get(
        operation, "ec2" if operation[0] in "DG" else "route53resolver"
    )
    rule = {"service": service, "operation": operation, "account": SPOKE}
    broken.emulator.control("POST", "faults", DENIED | rule)
    result = ask(broken)
    assert not result["healthy"]
    assert result["findings"][0]["id"] == "endpoint_policy_denies"
    rest = result["findings"][1:]
    assert {finding["id"] for finding in rest} - {"endpoint_policy_denies"} == hidden
    assert {finding["status"] for finding in rest if finding["id"] in hidden} == {"unknown"}


def forwarding_rule(world: World) -> None:
    resolver = world.client(SPOKE, "route53resolver")
    of = subnets(world, SPOKE, "delta", "app")
    by_id = {s["SubnetId"]: s["CidrBlock"] for s in world.ec2(SPOKE).describe_subnets(SubnetIds=of)["Subnets"]}
    endpoint = resolver.create_resolver_endpoint(
        CreatorRequestId="1",
        Direction="OUTBOUND",
        SecurityGroupIds=[world.made["workload"]],
        IpAddresses=[{"SubnetId": id_, "Ip": str(IPv4Network(cidr)[20])} for id_, cidr in by_id.items()],
    )["ResolverEndpoint"]["Id"]
    rule = resolver.create_resolver_rule(
        CreatorRequestId="2",
        RuleType="FORWARD",
        DomainName=f"logs.{REGION}.amazonaws.com",
        TargetIps=[{"Ip": "10.9.0.53", "Port": 53}],
        ResolverEndpointId=endpoint,
    )["ResolverRule"]["Id"]
    resolver.associate_resolver_rule(ResolverRuleId=rule, VPCId=closed.vpc_id(world))


def firewall(world: World) -> None:
    resolver = world.client(SPOKE, "route53resolver")
    group = resolver.create_firewall_rule_group(CreatorRequestId="1", Name="block")["FirewallRuleGroup"]["Id"]
    of = {"FirewallRuleGroupId": group, "VpcId": closed.vpc_id(world)}
    resolver.associate_firewall_rule_group(CreatorRequestId="2", Priority=101, Name="block", **of)


def profile(world: World) -> None:
    profiles = world.client(SPOKE, "route53profiles")
    id_ = profiles.create_profile(Name="names", ClientToken="1")["Profile"]["Id"]
    where = {"VPCRegion": REGION, "VPCId": world.ec2(SPOKE).create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"]}
    zone = world.client(SPOKE, "route53").create_hosted_zone(Name="example.org", CallerReference="1", VPC=where)
    arn = f"arn:aws:route53:::hostedzone/{zone['HostedZone']['Id'].rpartition('/')[2]}"
    profiles.associate_resource_to_profile(ProfileId=id_, ResourceArn=arn, Name="zone")
    profiles.associate_profile(ProfileId=id_, ResourceId=closed.vpc_id(world), Name="names")


def test_a_profile_without_resources_answers_for_nothing(broken: World) -> None:
    profiles = broken.client(SPOKE, "route53profiles")
    id_ = profiles.create_profile(Name="names", ClientToken="1")["Profile"]["Id"]
    profiles.associate_profile(ProfileId=id_, ResourceId=closed.vpc_id(broken), Name="names")
    assert found(broken) == set()


@pytest.mark.parametrize("make", [forwarding_rule, firewall, profile])
def test_who_else_answers_for_names_is_unknown(broken: World, make: Callable[[World], None]) -> None:
    make(broken)
    assert found(broken) == {("resolver_rule_or_phz_override", "unknown")}


def attached_elsewhere(world: World) -> None:
    """Move logs to a hub: delete the endpoint, route app to a transit gateway, deny calls where it is attached."""
    closed.removed("logs")(world)
    ec2, gateway = world.ec2(SPOKE), world.made["gateway"]
    query = [{"Name": "association.subnet-id", "Values": subnets(world, SPOKE, "delta", "app")}]
    for table in ec2.describe_route_tables(Filters=query)["RouteTables"]:
        ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.0.0.0/8", TransitGatewayId=gateway
        )
    denying_acl("endpoint", False, 443, 443)(world)


def test_vpc_block_public_access_counts_where_a_way_leads_to_the_internet(broken: World) -> None:
    ec2, vpc_id = broken.ec2(SPOKE), closed.vpc_id(broken)
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert found(broken) == set()
    closed.removed("logs")(broken)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    query = [{"Name": "association.subnet-id", "Values": subnets(broken, SPOKE, "delta", "app")}]
    for table in ec2.describe_route_tables(Filters=query)["RouteTables"]:
        ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    by_gateway = ("eni_without_public_path", "unknown")
    assert found(broken) == {("vpc_block_public_access", "cause"), by_gateway}
    ec2.create_vpc_block_public_access_exclusion(VpcId=vpc_id, InternetGatewayExclusionMode="allow-egress")
    exclusions = ec2.describe_vpc_block_public_access_exclusions
    wait_for(lambda: exclusions()["VpcBlockPublicAccessExclusions"][0]["State"], "create-complete")
    assert found(broken) == {by_gateway}


def test_acls_where_a_transit_gateway_is_attached(broken: World) -> None:
    attached_elsewhere(broken)
    assert found(broken) == {
        ("nacl_transit_gateway_subnet", "cause"),
        ("nacl_endpoint_subnet", "cause"),
        ("centralised_endpoints", "unknown"),
    }


SAVED = {"nothing wrong": lambda world: None, "through a hub": attached_elsewhere, "names": forwarding_rule}


@pytest.mark.parametrize("name", SAVED)
def test_what_is_saved_gives_the_same_findings_without_the_account(broken: World, name: str, tmp_path: Path) -> None:
    SAVED[name](broken)
    folder = {"save_snapshot_dir": str(tmp_path / "case")}
    there = ask(broken, **folder)
    assert "has accounts/" in str(
        broken.failure("closed_vpc_doctor", SPOKE, {**closed.CLOSED_VPC_DOCTOR.options, **folder})
    )
    asked = {
        key: value(broken) if callable(value) else value for key, value in closed.CLOSED_VPC_DOCTOR.options.items()
    }
    with broken.recorded():
        options = validated("closed_vpc_doctor", {"snapshot_dir": str(tmp_path / "case"), **asked})
        offline = execute(capability("closed_vpc_doctor"), options, check_mode=False)
    assert broken.calls == [] and offline["api_calls"] == {}
    # Through JSON, like a module's result.
    assert offline["findings"] == json.loads(json.dumps(there["findings"]))
    assert {**offline, "api_calls": {}} == {**there, "api_calls": {}}


def test_subnets_of_a_vpc_are_found_by_their_ids(broken: World) -> None:
    ids = subnets(broken, SPOKE, "delta", "app")
    result = ask(broken, vpc_name=None, tiers=[], subnet_ids=ids)
    assert (result["subnet_ids"], result["vpc_id"], result["findings"]) == (ids, closed.vpc_id(broken), [])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tiers": ["data"]}, "tiers[0]: 'data' has no subnet in vpc-"),
        ({"vpc_name": "nowhere"}, "vpc_name: subnets of tiered_vpc/nowhere are in no VPC"),
        ({"services": ["secretmanager"]}, "services: 'secretmanager' is no endpoint service of AWS in eu-central-1"),
        ({"security_group_ids": ["sg-0123456789abcdef0"]}, "security_group_ids[0]: 'sg-0123456789abcdef0' isn't in"),
    ],
)
def test_what_isnt_there_is_told(broken: World, options: dict[str, Any], text: str) -> None:
    failure = broken.failure("closed_vpc_doctor", SPOKE, {**closed.CLOSED_VPC_DOCTOR.options, **options})
    assert text in str(failure) and SPOKE in str(failure)
