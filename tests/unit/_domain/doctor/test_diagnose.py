# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy
import json
import random
from ipaddress import IPv4Network
from itertools import combinations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.causes import CAUSES, HIDES
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.diagnose import diagnose
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.error_text import host_in, points_at
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.facts import KINDS
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.filters import representatives
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.findings import CAUSE, NOTE, UNKNOWN
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import profiles
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.ports import CLIENT_PORTS
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts

ANYWHERE = "0.0.0.0/0"


@pytest.fixture(scope="module")
def healthy():
    kept = doctor_facts.healthy()
    return lambda: copy.deepcopy(kept)


def found(facts, **options):
    return [(finding.id, finding.status) for finding in diagnose(facts, doctor_facts.target(**options))]


def one(facts, kind, key, value):
    (item,) = [item for item in facts[kind] if item[key] == value]
    return item


def endpoint(facts, service):
    return one(facts, "VpcEndpoints", "VpcEndpointId", f"vpce-{service}")


def group(facts, name):
    return one(facts, "SecurityGroups", "GroupId", name)


def entry(facts, acl, egress, number=100):
    entries = one(facts, "NetworkAcls", "NetworkAclId", acl)["Entries"]
    (wanted,) = [item for item in entries if item["Egress"] == egress and item["RuleNumber"] == number]
    return wanted


def deny(facts, acl, egress, cidr, first, last):
    entries = one(facts, "NetworkAcls", "NetworkAclId", acl)["Entries"]
    ports = {"PortRange": {"From": first, "To": last}}
    entries.append(
        {"RuleNumber": 1, "Protocol": "6", "RuleAction": "deny", "Egress": egress, "CidrBlock": cidr, **ports}
    )


def table(facts, name):
    return one(facts, "RouteTables", "RouteTableId", name)


def remove(facts, service):
    facts["VpcEndpoints"].remove(endpoint(facts, service))


def route(facts, destination, state="active", **by):
    for name in ("rtb-main", "rtb-app"):
        table(facts, name)["Routes"].append({"DestinationCidrBlock": destination, "State": state, **by})


def policy(facts, service, *statements):
    endpoint(facts, service)["PolicyDocument"] = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statements(facts, service):
    return json.loads(endpoint(facts, service)["PolicyDocument"])["Statement"]


def without_objects(facts):
    policy(facts, "s3", *(s for s in statements(facts, "s3") if s["Sid"] != "ObjectsOfAWS"))


def other_organization(facts):
    document = endpoint(facts, "logs")["PolicyDocument"]
    endpoint(facts, "logs")["PolicyDocument"] = document.replace(doctor_facts.ORGANIZATION, "o-otherother")


def withdraw(facts, service):
    facts["ServiceDetails"].remove(one(facts, "ServiceDetails", "ServiceName", doctor_facts.name_of(service)))


DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
# name -> break(facts), the cause, and what it is about
BREAKS = {
    "endpoint removed": (lambda f: remove(f, "ecr.api"), "endpoint_missing", "vpc-1"),
    "gateway removed": (lambda f: remove(f, "s3"), "endpoint_missing", "vpc-1"),
    "endpoint deleted": (lambda f: endpoint(f, "logs").update(State="deleted"), "endpoint_missing", "vpc-1"),
    "not offered": (
        lambda f: (remove(f, "logs"), withdraw(f, "logs")),
        "service_without_endpoint",
        "vpc-1",
    ),
    "endpoint failed": (lambda f: endpoint(f, "logs").update(State="Failed"), "endpoint_not_available", "vpce-logs"),
    "endpoint pending": (
        lambda f: endpoint(f, "logs").update(State="pendingAcceptance"),
        "endpoint_not_available",
        "vpce-logs",
    ),
    "endpoint without subnets": (
        lambda f: endpoint(f, "logs").update(NetworkInterfaceIds=[], SubnetIds=[]),
        "endpoint_not_available",
        "vpce-logs",
    ),
    "private DNS off": (lambda f: endpoint(f, "logs").update(PrivateDnsEnabled=False), "private_dns_off", "vpce-logs"),
    "DNS support off": (lambda f: f["VpcAttributes"].update(EnableDnsSupport=False), "vpc_dns_attributes", "vpc-1"),
    "DNS hostnames off": (lambda f: f["VpcAttributes"].update(EnableDnsHostnames=False), "vpc_dns_attributes", "vpc-1"),
    "endpoint group empty": (
        lambda f: group(f, "sg-endpoints").update(IpPermissions=[]),
        "endpoint_sg_ingress",
        "sg-endpoints",
    ),
    "endpoint group admits another port": (
        lambda f: group(f, "sg-endpoints")["IpPermissions"][0].update(FromPort=80, ToPort=80),
        "endpoint_sg_ingress",
        "sg-endpoints",
    ),
    "endpoint group covers one subnet": (
        lambda f: group(f, "sg-endpoints")["IpPermissions"][0]["IpRanges"].pop(),
        "endpoint_sg_ingress",
        "sg-endpoints",
    ),
    "endpoint group covers half a subnet": (
        lambda f: group(f, "sg-endpoints")["IpPermissions"][0]["IpRanges"][1].update(CidrIp="10.4.1.0/25"),
        "endpoint_sg_ingress",
        "sg-endpoints",
    ),
    "endpoint group names another group": (
        lambda f: group(f, "sg-endpoints").update(
            IpPermissions=[doctor_facts.permission(UserIdGroupPairs=[{"GroupId": "sg-other"}])]
        ),
        "endpoint_sg_ingress",
        "sg-endpoints",
    ),
    "workload group without rules": (
        lambda f: group(f, "sg-app").update(IpPermissionsEgress=[]),
        "workload_sg_egress",
        "sg-app",
    ),
    "workload group without the prefix lists": (
        lambda f: group(f, "sg-app")["IpPermissionsEgress"].pop(),
        "workload_sg_egress",
        "sg-app",
    ),
    "workload group without the endpoints": (
        lambda f: group(f, "sg-app")["IpPermissionsEgress"].pop(0),
        "workload_sg_egress",
        "sg-app",
    ),
    "workload ACL stops calls": (
        lambda f: deny(f, "acl-app", True, "10.4.8.0/25", 443, 443),
        "nacl_workload_subnet",
        "subnet-a1",
    ),
    "workload ACL stops answers": (
        lambda f: entry(f, "acl-app", False).update(RuleAction="deny"),
        "nacl_workload_subnet",
        "subnet-a1",
    ),
    "workload ACL admits a part of the answers": (
        lambda f: entry(f, "acl-app", False)["PortRange"].update(To=40000),
        "nacl_workload_subnet",
        "subnet-a1",
    ),
    "workload ACL as on AWS's page about ECS": (
        lambda f: (
            entry(f, "acl-app", True).update(PortRange={"From": 1024, "To": 65535}),
            entry(f, "acl-app", False).update(PortRange={"From": 443, "To": 443}),
        ),
        "nacl_workload_subnet",
        "subnet-a1",
    ),
    "one endpoint ACL stops calls": (
        lambda f: entry(f, "acl-e2", False).update(RuleAction="deny"),
        "nacl_endpoint_subnet",
        "subnet-e2",
    ),
    "one endpoint ACL stops answers": (
        lambda f: entry(f, "acl-e1", True).update(CidrBlock="10.5.0.0/16"),
        "nacl_endpoint_subnet",
        "subnet-e1",
    ),
    "an endpoint ACL denies some before it allows": (
        lambda f: deny(f, "acl-e1", False, "10.4.1.128/25", 443, 443),
        "nacl_endpoint_subnet",
        "subnet-e1",
    ),
    "workload ACL for the VPC only": (
        lambda f: entry(f, "acl-app", True, 110).update(CidrBlock="10.4.0.0/16"),
        "nacl_gateway_endpoint",
        "subnet-a1",
    ),
    "answers of one of S3's ranges stopped": (
        lambda f: entry(f, "acl-app", False, 120).update(RuleAction="deny"),
        "nacl_gateway_endpoint",
        "subnet-a1",
    ),
    "gateway not in the main table": (
        lambda f: (
            endpoint(f, "s3")["RouteTableIds"].remove("rtb-main"),
            table(f, "rtb-main")["Routes"].pop(),
        ),
        "gateway_not_associated",
        "rtb-main",
    ),
    "gateway not in a table": (
        lambda f: (endpoint(f, "s3")["RouteTableIds"].remove("rtb-app"), table(f, "rtb-app")["Routes"].pop()),
        "gateway_not_associated",
        "rtb-app",
    ),
    "subnet moved to a table without gateway": (
        lambda f: (
            table(f, "rtb-app")["Associations"].pop(0),
            f["RouteTables"].append(doctor_facts.table("rtb-new", [], [{"SubnetId": "subnet-a1"}])),
        ),
        "gateway_not_associated",
        "rtb-new",
    ),
    "gateway's route gone": (lambda f: table(f, "rtb-app")["Routes"].pop(), "blackhole_or_specific_route", "rtb-app"),
    "gateway's route blackholed": (
        lambda f: table(f, "rtb-app")["Routes"][-1].update(State="blackhole"),
        "blackhole_or_specific_route",
        "rtb-app",
    ),
    "a narrower route wins": (
        lambda f: route(f, "52.219.171.0/24", "blackhole", NatGatewayId="nat-gone"),
        "blackhole_or_specific_route",
        "rtb-app",
    ),
    "no endpoint, and the NAT gateway is gone": (
        lambda f: (remove(f, "logs"), route(f, ANYWHERE, "blackhole", NatGatewayId="nat-gone")),
        "blackhole_or_specific_route",
        "rtb-app",
    ),
    "no free address": (
        lambda f: one(f, "Subnets", "SubnetId", "subnet-a1").update(AvailableIpAddressCount=0),
        "ip_exhaustion",
        "subnet-a1",
    ),
    "policy denies": (
        lambda f: policy(f, "logs", *statements(f, "logs"), DENIAL),
        "endpoint_policy_denies",
        "vpce-logs",
    ),
    "policy allows nothing": (lambda f: policy(f, "logs"), "endpoint_policy_denies", "vpce-logs"),
    "policy of another organization": (other_organization, "endpoint_policy_denies", "vpce-logs"),
    "policy without ECR's layers": (without_objects, "endpoint_policy_denies", "vpce-s3"),
}


@pytest.mark.parametrize("workload", profiles.PROFILES)
def test_a_healthy_network_has_no_finding(workload):
    needs = [workload], ["s3", "dynamodb", "backup-gateway"]
    facts = doctor_facts.healthy(*needs)
    rule = doctor_facts.permission(IpRanges=[{"CidrIp": "10.4.0.0/16"}]) | {"FromPort": 1, "ToPort": 65535}
    group(facts, "sg-app")["IpPermissionsEgress"].append(rule)
    group(facts, "sg-endpoints")["IpPermissions"].append(rule)
    for acl in facts["NetworkAcls"]:
        for item in acl["Entries"]:
            if "PortRange" in item and item["CidrBlock"].startswith("10.4."):
                item["PortRange"] = {"From": 1, "To": 65535}
    assert diagnose(facts, doctor_facts.target(*needs)) == []


@pytest.mark.parametrize("name", BREAKS)
def test_one_break_is_named_and_nothing_else(healthy, name):
    make, cause, resource = BREAKS[name]
    facts = healthy()
    make(facts)
    findings = diagnose(facts, doctor_facts.target())
    assert {(finding.id, finding.status) for finding in findings} == {(cause, CAUSE)}
    assert resource in [finding.resource for finding in findings]
    shown = findings[0].describe()
    assert shown["evidence"] and shown["fix"] and shown["says"] and shown["confidence"] == CAUSES[cause].confidence


# Breaks of one thing, of which one may leave nothing for another: a missing endpoint has no policy to look at.
OF_ONE_THING = {
    "the endpoint for logs": {
        *("endpoint deleted", "not offered", "endpoint failed", "endpoint pending", "endpoint without subnets"),
        *("private DNS off", "policy denies", "policy allows nothing", "policy of another organization"),
        "no endpoint, and the NAT gateway is gone",
    },
    "the gateway and its routes": {
        *("gateway removed", "gateway not in the main table", "gateway not in a table"),
        *("subnet moved to a table without gateway", "gateway's route gone", "gateway's route blackholed"),
        *("a narrower route wins", "workload ACL for the VPC only", "answers of one of S3's ranges stopped"),
        *("policy without ECR's layers", "workload group without the prefix lists"),
        "no endpoint, and the NAT gateway is gone",
    },
    "the default route": {"endpoint removed", "no endpoint, and the NAT gateway is gone"},
    "the endpoints' group": {name for name in BREAKS if name.startswith("endpoint group")},
    "the workload's group": {name for name in BREAKS if name.startswith("workload group")},
}
PAIRS = [
    pair for pair in combinations(BREAKS, 2) if not any(things.issuperset(pair) for things in OF_ONE_THING.values())
]


@pytest.mark.parametrize("seed", range(25))
def test_two_breaks_at_random_are_both_named(healthy, seed):
    for first, second in random.Random(seed).sample(PAIRS, 5):
        facts = healthy()
        BREAKS[first][0](facts)
        BREAKS[second][0](facts)
        assert set(found(facts)) == {(BREAKS[name][1], CAUSE) for name in (first, second)}, (first, second)


@pytest.mark.parametrize("second", ["private DNS off", "policy denies"])
@pytest.mark.parametrize("first", ["endpoint failed", "endpoint deleted", "endpoint without subnets"])
def test_behind_what_is_missing_nothing_is_looked_at(healthy, first, second):
    facts = healthy()
    BREAKS[second][0](facts)
    BREAKS[first][0](facts)
    assert found(facts) == [(BREAKS[first][1], CAUSE)]


def change(facts, path, **fields):
    """A copy in which what lies at the path has other fields."""
    changed = item = copy.deepcopy(facts)
    for key in path:
        item = item[key]
    item.update(fields)
    return changed


def mutations(facts):
    """Every field that decides, broken alone: (path, fields)."""
    for index, item in enumerate(facts["VpcEndpoints"]):
        at = ("VpcEndpoints", index)
        yield at, {"State": "deleted"}
        yield at, {"State": "failed"}
        yield at, {"PolicyDocument": '{"Statement": []}'}
        if item["VpcEndpointType"] == "Gateway":
            yield from ((at, {"RouteTableIds": [id_]}) for id_ in item["RouteTableIds"])
        else:
            yield from ((at, {"PrivateDnsEnabled": False}), (at, {"Groups": [{"GroupId": "sg-app"}]}))
    for number, tables in enumerate(facts["RouteTables"]):
        # The first route is the local one.
        for index in range(1, len(tables["Routes"])):
            yield ("RouteTables", number, "Routes", index), {"State": "blackhole"}
    for number, item in enumerate(facts["NetworkAcls"]):
        for index, rule in enumerate(item["Entries"]):
            # What denies all is last, and nobody needs DynamoDB here.
            if rule["RuleAction"] == "allow" and rule["CidrBlock"] not in doctor_facts.OF_DYNAMODB:
                at = ("NetworkAcls", number, "Entries", index)
                yield from ((at, {field: value}) for field, value in OF_AN_ENTRY.items())
    for number, key, index in ((0, "IpPermissionsEgress", 0), (0, "IpPermissionsEgress", 1), (1, "IpPermissions", 0)):
        at = ("SecurityGroups", number, key, index)
        yield from ((at, {"IpProtocol": "udp"}), (at, {"FromPort": 444, "ToPort": 444}))
    yield from ((("VpcAttributes",), {attribute: False}) for attribute in facts["VpcAttributes"])


OF_AN_ENTRY = {
    "RuleAction": "deny",
    "Protocol": "17",
    "CidrBlock": "192.0.2.0/24",
    "PortRange": {"From": 1, "To": 2},
}


def test_every_single_broken_field_is_a_cause(healthy):
    broken = list(mutations(healthy()))
    named = [found(change(healthy(), path, **fields)) for path, fields in broken]
    unnamed = [(how, what) for how, what in zip(broken, named) if {status for _id, status in what} != {CAUSE}]
    assert len(broken) > 60 and unnamed == []


# ---- what can't be known ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in HIDES])
def test_what_may_not_be_read_is_unknown_and_the_rest_goes_on(healthy, kind):
    facts = healthy()
    del facts[kind]
    facts["denied"][kind] = "ec2:SomeAction"
    assert {status for _id, status in found(facts)} == {UNKNOWN}
    assert set(HIDES[kind]) <= {cause for cause, _status in found(facts)}
    assert "ec2:SomeAction" in diagnose(facts, doctor_facts.target())[0].fix

    facts["VpcAttributes"] = {"EnableDnsSupport": False, "EnableDnsHostnames": True}
    assert found(facts)[0] == ("vpc_dns_attributes", CAUSE)


def test_a_vpc_shared_by_another_account_is_unknown(healthy):
    facts = healthy()
    for subnet in facts["Subnets"]:
        subnet["OwnerId"] = "111111111111"
    facts["VpcEndpoints"] = facts["RouteTables"] = facts["NetworkAcls"] = []
    assert found(facts) == [("shared_vpc_blind", UNKNOWN)] * 2


@pytest.mark.parametrize(
    "by", [{"TransitGatewayId": "tgw-1"}, {"VpcPeeringConnectionId": "pcx-1"}, {"GatewayId": "vgw-1"}], ids=str
)
def test_a_missing_endpoint_may_be_in_a_hub(healthy, by):
    facts = healthy()
    remove(facts, "logs")
    route(facts, "10.0.0.0/8", **by)
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]


def test_a_route_to_a_hub_is_no_way_to_a_gateway_endpoint(healthy):
    facts = healthy()
    BREAKS["gateway not in the main table"][0](facts)
    route(facts, "10.0.0.0/8", TransitGatewayId="tgw-1")
    assert found(facts) == [("gateway_not_associated", CAUSE)]


def test_a_private_zone_may_answer_instead_of_the_endpoint(healthy):
    zone = {"HostedZoneId": "Z99", "Name": "logs.eu-central-1.amazonaws.com.", "Owner": {"OwningAccount": "1"}}
    facts = healthy()
    facts["HostedZones"].append(zone)
    assert found(facts) == [("resolver_rule_or_phz_override", UNKNOWN)]
    endpoint(facts, "logs")["PrivateDnsEnabled"] = False
    assert found(facts) == [("resolver_rule_or_phz_override", UNKNOWN)]
    remove(facts, "logs")
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]


@pytest.mark.parametrize(
    ("by", "cause"),
    [({"NatGatewayId": "nat-1"}, "endpoint_missing"), ({"GatewayId": "igw-1"}, "eni_without_public_path")],
)
def test_a_way_to_the_internet_is_no_pass_and_no_cause(healthy, by, cause):
    facts = healthy()
    remove(facts, "logs")
    route(facts, ANYWHERE, **by)
    assert {*found(facts)} == {(cause, UNKNOWN)}


@pytest.mark.parametrize("servers", [["10.4.0.10"], ["AmazonProvidedDNS", "10.4.0.10"], []])
def test_dns_servers_of_ones_own_may_forward(healthy, servers):
    facts = healthy()
    facts["DhcpOptions"][0]["DhcpConfigurations"][0]["Values"] = [{"Value": server} for server in servers]
    assert found(facts) == [("custom_dhcp_dns", UNKNOWN)]


@pytest.mark.parametrize("servers", [["10.4.0.2"], ["169.254.169.253"]])
def test_amazons_dns_has_other_names(healthy, servers):
    facts = healthy()
    facts["DhcpOptions"][0]["DhcpConfigurations"][0]["Values"] = [{"Value": server} for server in servers]
    assert found(facts) == []


def test_a_rule_with_an_unread_prefix_list_is_unknown(healthy):
    facts = healthy()
    listed = [{"PrefixListId": "pl-ours"}]
    group(facts, "sg-endpoints")["IpPermissions"] = [doctor_facts.permission(PrefixListIds=listed)]
    assert found(facts) == [("endpoint_sg_ingress", UNKNOWN)]
    facts["PrefixLists"].append({"PrefixListId": "pl-ours", "Cidrs": ["10.4.0.0/16"]})
    assert found(facts) == []
    facts["PrefixLists"][-1]["Cidrs"] = ["10.4.0.0/24"]
    assert found(facts) == [("endpoint_sg_ingress", CAUSE)]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Principal": "*", "Action": "logs:PutLogEvents", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:logs:*:*:log-group:a"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444444444444:role/a"}, "Action": "*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "network"}},
        },
    ],
)
def test_what_a_policy_lets_through_in_part_is_unknown(healthy, statement):
    facts = healthy()
    policy(facts, "logs", statement)
    assert found(facts) == [("endpoint_policy_denies", UNKNOWN)]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, []),
        ({"StringNotEquals": {"aws:sourceVpce": "vpce-logs"}}, [("endpoint_policy_denies", CAUSE)]),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444444444444:role/*"}}, []),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444444444444:role/b"}}, [("endpoint_policy_denies", CAUSE)]),
        ({"StringNotEqualsIfExists": {"aws:PrincipalAccount": ["1", "2"]}}, []),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, [("endpoint_policy_denies", CAUSE)]),
        ({"IpAddress": {"aws:VpcSourceIp": "10.4.0.0/16"}}, [("endpoint_policy_denies", UNKNOWN)]),
    ],
    ids=str,
)
def test_conditions_that_are_known_decide(healthy, condition, status):
    facts = healthy()
    allow = {"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "*"}
    policy(facts, "logs", {**allow, "Condition": condition})
    assert found(facts, role_arn="arn:aws:iam::444444444444:role/a") == status


def test_an_account_outside_of_any_organization_is_no_member_of_one(healthy):
    facts = healthy()
    facts["Organization"] = {}
    # What AWS keeps in S3 is for everybody, so S3's policy lets some of it through.
    assert {f.resource: f.status for f in diagnose(facts, doctor_facts.target())} == {
        item["VpcEndpointId"]: UNKNOWN if item["VpcEndpointId"] == "vpce-s3" else CAUSE
        for item in facts["VpcEndpoints"]
    }


def test_amazon_linux_repositories_have_a_cause_of_their_own():
    facts = doctor_facts.healthy(["ec2_ssm"])
    document = json.loads(endpoint(facts, "s3")["PolicyDocument"])
    for statement in document["Statement"]:
        if statement["Sid"] == "ObjectsOfAWS":
            statement["Resource"] = [arn for arn in statement["Resource"] if "al2023" not in arn]
    policy(facts, "s3", *document["Statement"])
    assert found(facts, workloads=["ec2_ssm"]) == [("os_repo_or_update_host", CAUSE)]


def test_without_the_workloads_groups_theirs_arent_judged(healthy):
    facts = healthy()
    target = doctor_facts.target()
    target = type(target)(target.subnets, (), target.services, target.objects)
    assert [(f.id, f.status) for f in diagnose(facts, target)] == [("workload_sg_egress", NOTE)]
    pairs = [{"GroupId": "sg-app"}]
    group(facts, "sg-endpoints")["IpPermissions"] = [doctor_facts.permission(UserIdGroupPairs=pairs)]
    assert ("endpoint_sg_ingress", UNKNOWN) in [(f.id, f.status) for f in diagnose(facts, target)]


def test_what_the_reads_lack_is_unknown(healthy):
    for kind, cause in (
        ("NetworkInterfaces", "endpoint_sg_ingress"),
        ("SecurityGroups", "endpoint_sg_ingress"),
        ("NetworkAcls", "nacl_endpoint_subnet"),
        ("PrefixLists", "nacl_gateway_endpoint"),
    ):
        facts = healthy()
        facts[kind] = [item for item in facts[kind] if item.get("GroupId") == "sg-app"]
        assert (cause, UNKNOWN) in found(facts)


# ---- names -----------------------------------------------------------------------------------------------------------


def resolver_rule(facts, domain, kind="FORWARD"):
    id_ = f"rslvr-rr-{len(facts['ResolverRules'])}"
    rule = {"Id": id_, "DomainName": domain, "RuleType": kind, "TargetIps": [{"Ip": "10.9.0.53", "Port": 53}]}
    facts["ResolverRules"].append(rule if kind == "FORWARD" else {**rule, "TargetIps": []})
    facts["ResolverRuleAssociations"].append(
        {"Id": f"assoc-{id_}", "ResolverRuleId": id_, "VPCId": "vpc-1", "Status": "COMPLETE"}
    )
    return facts["ResolverRuleAssociations"][-1]


OVERRIDDEN = [("resolver_rule_or_phz_override", UNKNOWN)]
LOGS = "logs.eu-central-1.amazonaws.com"


@pytest.mark.parametrize(
    ("rules", "services"),
    [
        # The endpoint's own zone is more specific; a gateway has none.
        ([("amazonaws.com.", "FORWARD")], ["s3"]),
        ([(".", "FORWARD")], ["s3"]),
        ([(f"{LOGS}.", "FORWARD")], ["logs"]),
        ([(LOGS, "FORWARD")], ["logs"]),
        ([("s3.eu-central-1.amazonaws.com.", "FORWARD")], ["s3"]),
        ([("example.com.", "FORWARD")], []),
        ([("ogs.eu-central-1.amazonaws.com.", "FORWARD")], []),
        ([(".", "FORWARD"), ("amazonaws.com.", "SYSTEM")], []),
        ([(".", "SYSTEM"), ("amazonaws.com.", "FORWARD")], ["s3"]),
        # The autodefined "Internet Resolver".
        ([(".", "RECURSIVE")], []),
    ],
)
def test_a_rule_of_the_resolver_counts_where_it_is_the_most_specific(healthy, rules, services):
    facts = healthy()
    for domain, kind in rules:
        resolver_rule(facts, domain, kind)
    findings = diagnose(facts, doctor_facts.target())
    assert [(f.id, f.status) for f in findings] == OVERRIDDEN * bool(services)
    assert [list(f.services) for f in findings] == [services] * bool(services)
    assert all("10.9.0.53" in f.message for f in findings)


def test_a_rule_of_another_vpc_or_one_that_goes_is_none(healthy):
    facts = healthy()
    resolver_rule(facts, LOGS)["VPCId"] = "vpc-2"
    resolver_rule(facts, LOGS)["Status"] = "DELETING"
    facts["ResolverRules"].append({"Id": "rslvr-rr-unused", "DomainName": LOGS, "RuleType": "FORWARD"})
    assert found(facts) == []


def test_without_private_dns_a_less_specific_rule_counts(healthy):
    facts = healthy()
    endpoint(facts, "logs")["PrivateDnsEnabled"] = False
    resolver_rule(facts, "eu-central-1.amazonaws.com.")
    assert found(facts) == [("private_dns_off", CAUSE), *OVERRIDDEN]


def of_profile(facts, arn):
    facts["ProfileResourceAssociations"].append({"ProfileId": "rp-1", "ResourceArn": arn, "Status": "COMPLETE"})


def test_dns_firewall_and_profiles_are_unknown(healthy):
    facts = healthy()
    facts["FirewallRuleGroupAssociations"] = [{"Id": "rslvr-frgassoc-1", "FirewallRuleGroupId": "rslvr-frg-1"}]
    of_profile(facts, "arn:aws:route53resolver:eu-central-1:999999999999:firewall-rule-group/rslvr-frg-2")
    of_profile(facts, "arn:aws:route53:::hostedzone/Z77")
    assert [(f.id, f.status, f.resource) for f in diagnose(facts, doctor_facts.target())] == [
        (*OVERRIDDEN[0], "rp-1"),
        (*OVERRIDDEN[0], "rslvr-frg-1"),
        (*OVERRIDDEN[0], "rslvr-frg-2"),
    ]


# ---- other paths out ------------------------------------------------------------------------------------------------


def to_hub(facts, destination="10.0.0.0/8", attached=("subnet-e1", "subnet-e2")):
    route(facts, destination, TransitGatewayId="tgw-1")
    facts["TransitGatewayVpcAttachments"] = [
        {
            "TransitGatewayAttachmentId": "tgw-attach-1",
            "TransitGatewayId": "tgw-1",
            "VpcId": "vpc-1",
            "State": "available",
            "SubnetIds": list(attached),
        }
    ]


def open_acl(facts, name):
    for item in one(facts, "NetworkAcls", "NetworkAclId", name)["Entries"]:
        item.update(RuleAction="allow", Protocol="-1", CidrBlock=ANYWHERE)


def test_acls_where_the_transit_gateway_is_attached_count(healthy):
    facts = healthy()
    remove(facts, "logs")
    to_hub(facts)
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]
    deny(facts, "acl-e1", False, "10.4.0.128/25", 443, 443)
    causes = {(f.id, f.resource) for f in diagnose(facts, doctor_facts.target()) if f.status == CAUSE}
    assert ("nacl_transit_gateway_subnet", "subnet-e1") in causes
    assert ("nacl_transit_gateway_subnet", "subnet-e2") not in causes


@pytest.mark.parametrize(("egress", "first", "last"), [(False, 443, 443), (True, 1024, 65535)])
def test_only_one_way_counts_where_the_transit_gateway_is_attached(healthy, egress, first, last):
    facts = healthy()
    remove(facts, "logs")
    facts["Subnets"].append(doctor_facts.subnet("subnet-e1", "10.4.9.0/28") | {"SubnetId": "subnet-t1"})
    facts["NetworkAcls"].append(doctor_facts.acl("acl-t1", ["subnet-t1"], [], []))
    to_hub(facts, attached=["subnet-t1"])
    open_acl(facts, "acl-t1")
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]
    deny(facts, "acl-t1", not egress, ANYWHERE, first, last)
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]
    deny(facts, "acl-t1", egress, "10.4.0.0/24", first, last)
    assert found(facts) == [("nacl_transit_gateway_subnet", CAUSE), ("centralised_endpoints", UNKNOWN)]


def test_of_its_own_subnet_answers_by_the_transit_gateway_arent_looked_at(healthy):
    facts = healthy()
    remove(facts, "logs")
    to_hub(facts, attached=["subnet-a1"])
    assert found(facts) == [("nacl_transit_gateway_subnet", CAUSE), ("centralised_endpoints", UNKNOWN)]
    call = {"RuleNumber": 1, "Protocol": "6", "RuleAction": "allow", "Egress": False, "CidrBlock": "10.4.0.0/24"}
    one(facts, "NetworkAcls", "NetworkAclId", "acl-app")["Entries"].append(
        {**call, "PortRange": {"From": 443, "To": 443}}
    )
    assert found(facts) == [("centralised_endpoints", UNKNOWN)]


def test_attachments_that_were_not_read_are_unknown(healthy):
    facts = healthy()
    remove(facts, "logs")
    to_hub(facts)
    del facts["TransitGatewayVpcAttachments"]
    facts["denied"]["TransitGatewayVpcAttachments"] = "ec2:DescribeTransitGatewayVpcAttachments"
    assert found(facts) == [("centralised_endpoints", UNKNOWN), ("nacl_transit_gateway_subnet", UNKNOWN)]


def test_a_gateway_endpoint_beyond_a_transit_gateway_takes_nothing_from_here(healthy):
    facts = healthy()
    remove(facts, "s3")
    to_hub(facts, ANYWHERE, attached=[])
    assert found(facts) == [("gateway_used_across_vpc_boundary", UNKNOWN)]
    # Public addresses aren't behind a route to private ones, unless the name leads elsewhere.
    facts = healthy()
    remove(facts, "s3")
    to_hub(facts, attached=[])
    assert found(facts) == [("endpoint_missing", CAUSE)]
    of_profile(facts, "arn:aws:ec2:eu-central-1:999999999999:vpc-endpoint/vpce-77")
    assert ("gateway_used_across_vpc_boundary", UNKNOWN) in found(facts)


EXCLUDED = "arn:aws:ec2:eu-central-1:444444444444:"
BLOCKED = {
    "by NAT": ("block-bidirectional", "NatGatewayId", [], CAUSE),
    "by an internet gateway": ("block-bidirectional", "GatewayId", [], CAUSE),
    "incoming only, by NAT": ("block-ingress", "NatGatewayId", [], None),
    "incoming only, by an internet gateway": ("block-ingress", "GatewayId", [], CAUSE),
    "the VPC is excluded": ("block-bidirectional", "NatGatewayId", [("vpc/vpc-1", "allow-egress")], None),
    "another VPC is excluded": ("block-bidirectional", "GatewayId", [("vpc/vpc-2", "allow-bidirectional")], CAUSE),
    "an exclusion for the other mode": ("block-ingress", "GatewayId", [("vpc/vpc-1", "allow-egress")], CAUSE),
    "a subnet of NAT may be excluded": (
        *("block-bidirectional", "NatGatewayId"),
        *([("subnet/subnet-e1", "allow-bidirectional")], UNKNOWN),
    ),
    "the subnets are excluded": (
        *("block-bidirectional", "GatewayId"),
        *([(f"subnet/{id_}", "allow-bidirectional") for id_ in doctor_facts.APP], None),
    ),
    "off": ("off", "GatewayId", [], None),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_vpc_block_public_access_stops_what_leaves_to_the_internet(healthy, name):
    mode, by, exclusions, status = BLOCKED[name]
    facts = healthy()
    remove(facts, "logs")
    facts["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] = mode
    facts["VpcBlockPublicAccessExclusions"] = [
        {"ResourceArn": EXCLUDED + resource, "InternetGatewayExclusionMode": how, "State": "create-complete"}
        for resource, how in exclusions
    ]
    route(facts, ANYWHERE, **{by: "igw-1" if by == "GatewayId" else "nat-1"})
    assert {s for id_, s in found(facts) if id_ == "vpc_block_public_access"} == ({status} - {None})


def test_vpc_block_public_access_does_not_matter_to_a_closed_vpc(healthy):
    facts = healthy()
    facts["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] = "block-bidirectional"
    assert found(facts) == []
    del facts["VpcBlockPublicAccessOptions"]
    facts["denied"]["VpcBlockPublicAccessOptions"] = "ec2:DescribeVpcBlockPublicAccessOptions"
    assert found(facts) == []
    remove(facts, "logs")
    route(facts, ANYWHERE, NatGatewayId="nat-1")
    assert ("vpc_block_public_access", UNKNOWN) in found(facts)


@pytest.mark.parametrize(
    ("text", "stalls"),
    [
        ("Read timeout on endpoint URL: https://logs.eu-central-1.amazonaws.com", True),
        ("net/http: TLS handshake timeout", True),
        ("Connect timeout on endpoint URL: https://logs.eu-central-1.amazonaws.com", False),
        ("ReadTimeoutError: HTTPSConnectionPool(host='index.example.org', port=443)", False),
    ],
)
def test_a_stall_may_be_packets_that_are_too_large(healthy, text, stalls):
    assert (("mtu_8500", UNKNOWN) in found(healthy(), error_text=text)) == stalls


# ---- notes, other address families -----------------------------------------------------------------------------------


def test_an_endpoint_in_one_zone_is_a_note(healthy):
    facts = healthy()
    endpoint(facts, "logs").update(SubnetIds=["subnet-e1"], NetworkInterfaceIds=["eni-logs-subnet-e1"])
    assert found(facts) == [("endpoint_az_coverage", NOTE)]


def test_few_addresses_are_a_note(healthy):
    facts = healthy()
    facts["Subnets"][0]["AvailableIpAddressCount"] = 3
    assert found(facts) == [("ip_exhaustion", NOTE)]


def test_a_subnet_with_ipv6_only_needs_endpoints_with_ipv6(healthy):
    facts = healthy()
    for id_ in doctor_facts.APP:
        assert ("ipv6_or_dualstack", CAUSE) not in found(facts)
        subnet = one(facts, "Subnets", "SubnetId", id_)
        subnet["Ipv6Native"] = True
        del subnet["CidrBlock"]
        assert {*found(facts)} == {("ipv6_or_dualstack", CAUSE), ("ipv6_or_dualstack", UNKNOWN)}
        del subnet["Ipv6Native"]
        subnet["CidrBlock"] = doctor_facts.APP[id_]
    for id_ in doctor_facts.APP:
        subnet = one(facts, "Subnets", "SubnetId", id_)
        subnet["Ipv6Native"] = True
        del subnet["CidrBlock"]
    for item in facts["VpcEndpoints"]:
        item["IpAddressType"] = "dualstack"
    assert found(facts) == [("ipv6_or_dualstack", UNKNOWN)]


def with_ipv6(facts):
    for number, id_ in enumerate(doctor_facts.APP):
        block = {"Ipv6CidrBlock": f"2001:db8:0:{number}::/64", "Ipv6CidrBlockState": {"State": "associated"}}
        one(facts, "Subnets", "SubnetId", id_)["Ipv6CidrBlockAssociationSet"] = [block]


def test_endpoints_with_ipv6_addresses_in_dual_stack_subnets_are_unknown(healthy):
    """Red before: only subnets with IPv6 alone were told of. Clients try IPv6 first (RFC 6724)."""
    facts = healthy()
    with_ipv6(facts)
    assert found(facts) == []
    for item in facts["VpcEndpoints"]:
        item["IpAddressType"] = "dualstack"
    assert found(facts) == [("ipv6_or_dualstack", UNKNOWN)]


def test_an_endpoint_with_ipv6_only_and_a_subnet_without(healthy):
    facts = healthy()
    endpoint(facts, "logs")["IpAddressType"] = "ipv6"
    assert found(facts) == [("ipv6_or_dualstack", CAUSE)]


@pytest.mark.parametrize(
    ("route", "status"),
    [
        ({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}, UNKNOWN),
        ({"DestinationIpv6CidrBlock": "2000::/3", "GatewayId": "igw-1"}, UNKNOWN),
        ({"DestinationIpv6CidrBlock": "fd00:1::/48", "GatewayId": "igw-1"}, CAUSE),
    ],
)
def test_a_way_out_by_ipv6_leaves_open_what_a_missing_endpoint_means(healthy, route, status):
    """Red before: it told of no other route."""
    facts = healthy()
    facts["VpcEndpoints"] = [item for item in facts["VpcEndpoints"] if not item["ServiceName"].endswith(".logs")]
    for table in facts["RouteTables"]:
        table["Routes"].append({**route, "State": "active"})
    assert found(facts) == [("endpoint_missing", CAUSE)]  # no subnet has an address for it
    with_ipv6(facts)
    assert found(facts) == [("endpoint_missing", status)]


def test_acls_dont_count_within_a_subnet(healthy):
    facts = healthy()
    for item in facts["NetworkAcls"]:
        item["Entries"] = [rule for rule in item["Entries"] if not rule["CidrBlock"].startswith("10.4.")]
    target = doctor_facts.target()
    inside = type(target)(("subnet-e1",), target.groups, ("logs",), client_ports=CLIENT_PORTS["linux"])
    endpoint(facts, "logs")["NetworkInterfaceIds"].pop()
    endpoint(facts, "logs")["SubnetIds"].pop()
    sources = group(facts, "sg-endpoints")["IpPermissions"][0]["IpRanges"]
    sources.append({"CidrIp": "10.4.8.0/26"})
    assert diagnose(facts, inside) == []


# ---- what the error says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("dial tcp 10.4.8.5:443: i/o timeout", "sg"),
        ("dial tcp 52.94.1.1:443: i/o timeout", "endpoint"),
        ('Connect timeout on endpoint URL: "https://logs.eu-central-1.amazonaws.com/"', "route"),
        ("Could not connect to the endpoint URL", "dns"),
        ("An error occurred (AccessDenied) ... no VPC endpoint policy allows", "endpoint_policy"),
        ("Read timeout on endpoint URL", "mtu"),
        ("Task timed out after 3.00 seconds", "route"),
    ],
)
def test_an_errors_text_points_somewhere(text, first):
    assert points_at(text)[0] == first


# Texts of AWS's pages, of botocore and of the tools, and the causes that come first for them.
TEXTS = {
    "Connect timeout on endpoint URL: https://logs.eu-central-1.amazonaws.com": "endpoint_not_available",
    "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp {public}:443: i/o timeout": (
        "endpoint_missing private_dns_off vpc_dns_attributes custom_dhcp_dns"
    ),
    "dial tcp {public}:443: i/o timeout": "endpoint_missing private_dns_off gateway_not_associated",
    "dial tcp {private}:443: i/o timeout": "endpoint_sg_ingress workload_sg_egress nacl_workload_subnet",
    "dial tcp [2600:9000::1]:443: i/o timeout": "ipv6_or_dualstack endpoint_missing",
    "Connect timeout on endpoint URL: https://sts.amazonaws.com/": "endpoint_missing",
    "context deadline exceeded": "endpoint_missing nacl_endpoint_subnet",
    "connect ETIMEDOUT {public}:443": "endpoint_missing",
    "Client.Timeout exceeded while awaiting headers": "endpoint_missing nacl_gateway_endpoint",
    "net/http: request canceled while waiting for connection": "gateway_not_associated endpoint_missing",
    "CannotPullContainerError: ref pull has been retried 1 time(s): context canceled": "gateway_not_associated",
    "CannotPullContainerError: request canceled": "gateway_not_associated nacl_gateway_endpoint",
    "CannotPullContainerError: https://registry-1.docker.io/v2/: timed out": "public_registry_image",
    "Task timed out after 3.00 seconds": "endpoint_missing nacl_transit_gateway_subnet vpc_block_public_access",
    "net/http: TLS handshake timeout": "endpoint_missing mtu_8500",
    "signal: killed": "endpoint_missing",
    "Could not connect to the endpoint URL": "resolver_rule_or_phz_override endpoint_for_other_region_or_global",
    "lookup logs.eu-central-1.amazonaws.com: no such host": "vpc_dns_attributes custom_dhcp_dns",
    "java.net.UnknownHostException": "custom_dhcp_dns sts_global_name",
    "Temporary failure in name resolution": "custom_dhcp_dns",
    "private-dns-enabled cannot be set: conflicting DNS domain for logs": "private_dns_off",
    "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames": "vpc_dns_attributes",
    "AccessDenied": "endpoint_policy_denies",
    "AccessDeniedException": "endpoint_policy_denies",
    "An error occurred (403) when calling the HeadObject operation: Forbidden": "endpoint_policy_denies",
    "is not authorized to perform: logs:PutLogEvents": "endpoint_policy_denies",
    "with an explicit deny in a VPC endpoint policy": "endpoint_policy_denies",
    "because no VPC endpoint policy allows the action": "endpoint_policy_denies",
    "Read timeout on endpoint URL": "mtu_8500 nacl_workload_subnet",
    "ReadTimeoutError": "mtu_8500 nacl_workload_subnet",
    "connection refused": "ip_exhaustion",
    "service app was unable to place a task: no tasks running": "ip_exhaustion",
    "ConnectionLost": "ip_exhaustion",
    "Timeout waiting for network interface provisioning, RESOURCE:ENI": "ip_exhaustion",
    "StateReasonCode SubnetOutOfIPAddresses": "ip_exhaustion",
    "StateReasonCode EniLimitExceeded": "ip_exhaustion",
    "Could not find S3 endpoint or NAT gateway for subnetId": "gateway_not_associated endpoint_missing",
    "At least one security group must open all ingress ports": "workload_sg_egress",
    "HTTPSConnectionPool(host='index.example.org', port=443): Read timed out": "pip_or_npm_to_internet",
    "ReadTimeoutError: HTTPSConnectionPool(host='index.example.org', port=443)": "pip_or_npm_to_internet",
    "ConnectTimeoutError: HTTPSConnectionPool(host='index.example.org', port=443)": "pip_or_npm_to_internet",
    "npm ERR! network request to https://registry.example.org/left-pad failed": "pip_or_npm_to_internet",
    'Failed to pull image "public.ecr.aws/nginx/nginx:latest"': "public_registry_image",
    "dnf: Status code: 403 for https://al2023-repos-eu-central-1-de612dc2.s3.dualstack.eu-central-1.amazonaws.com": (
        "os_repo_or_update_host endpoint_policy_denies"
    ),
    "Curl error (28): Timeout was reached for https://mirror.example.org/": "os_repo_or_update_host",
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_causes_that_a_text_points_at_come_first(text):
    areas = points_at(text.format(private="10.4.8.5", public="52.94.1.1"))
    assert {CAUSES[cause].area for cause in TEXTS[text].split()} <= {*areas}
    # And not all of them, or it would point nowhere.
    assert {cause.area for cause in CAUSES.values()} - {*areas}


def test_a_number_within_another_is_no_403():
    assert points_at("task 403a1 of vpc-0403: dial tcp 52.94.1.1:443: i/o timeout")[0] == "endpoint"


def test_what_isnt_known_points_nowhere():
    assert points_at("") == points_at("it hangs") == ()
    assert points_at("it hangs at 10.4.8.5") == ()


def test_what_the_error_points_at_comes_first(healthy):
    facts = healthy()
    remove(facts, "ecr.api")
    BREAKS["one endpoint ACL stops calls"][0](facts)
    assert found(facts)[0][0] == "endpoint_missing"
    assert found(facts, error_text="dial tcp 10.4.8.69:443: i/o timeout")[0][0] == "nacl_endpoint_subnet"
    assert found(facts, error_text="dial tcp 52.94.1.1:443: i/o timeout")[0][0] == "endpoint_missing"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Connect timeout on endpoint URL: https://sts.amazonaws.com/", "sts_global_name"),
        ("Connect timeout on endpoint URL: https://iam.amazonaws.com/", "endpoint_for_other_region_or_global"),
        ("Could not connect to https://sqs.us-east-1.amazonaws.com/", "endpoint_for_other_region_or_global"),
        ("Connect timeout on endpoint URL: https://codecommit.eu-central-1.amazonaws.com", "wrong_hostname_variant"),
        ("Connect timeout on endpoint URL: https://logs-fips.eu-central-1.amazonaws.com", "wrong_hostname_variant"),
        ("HTTPSConnectionPool(host='packages.example.org', port=443): timed out", "pip_or_npm_to_internet"),
        ('CannotPullContainerError: Get "https://registry.example.org/v2/": i/o timeout', "public_registry_image"),
        ("Curl error (28): Timeout was reached for https://mirror.example.org/repo", "os_repo_or_update_host"),
        ("npm ERR! network request to https://registry.example.org/left-pad failed", "pip_or_npm_to_internet"),
        ('Failed to pull image "public.ecr.aws/nginx/nginx:latest": i/o timeout', "public_registry_image"),
    ],
)
def test_a_host_that_no_endpoint_answers_to_is_a_cause(healthy, text, cause):
    assert found(healthy(), error_text=text) == [(cause, CAUSE)]


@pytest.mark.parametrize(
    "text",
    [
        "Connect timeout on endpoint URL: https://logs.eu-central-1.amazonaws.com/",
        "timed out: https://bucket.s3.eu-central-1.amazonaws.com/key",
        "timed out: https://bucket.s3.amazonaws.com/key",
        "dial tcp 10.4.8.5:443: i/o timeout",
    ],
)
def test_a_host_that_an_endpoint_answers_to_is_none(healthy, text):
    assert found(healthy(), error_text=text) == []


def test_hosts_are_found_in_errors():
    assert host_in('Get "https://api.ecr.eu-central-1.amazonaws.com/": dial tcp 1.2.3.4:443') == (
        "api.ecr.eu-central-1.amazonaws.com"
    )
    assert (
        host_in("dial tcp: lookup logs.eu-central-1.amazonaws.com: no such host") == "logs.eu-central-1.amazonaws.com"
    )
    assert host_in("dial tcp 1.2.3.4:443") == host_in("http://1.2.3.4/") == ""


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_what_isnt_in_the_vpc_is_invalid(healthy):
    target = doctor_facts.target()
    for wrong, text in (
        (type(target)(("subnet-x",), (), ("s3",)), "subnet_ids[0]: 'subnet-x' isn't in vpc-1"),
        (type(target)(target.subnets, ("sg-x",), ("s3",)), "security_group_ids[0]: 'sg-x' isn't in vpc-1"),
        (type(target)(target.subnets, (), ("loggs",)), "services: 'loggs' is no endpoint service"),
    ):
        with pytest.raises(Invalid) as invalid:
            diagnose(healthy(), wrong)
        assert text in str(invalid.value)
    assert "one like logs" in str(invalid.value)


def test_representatives_are_one_for_each_part():
    cuts = [IPv4Network("10.0.0.128/25"), IPv4Network("10.0.0.16/28"), IPv4Network("10.9.0.0/16")]
    found = representatives(IPv4Network("10.0.0.0/24"), cuts)
    assert [str(address) for address in found] == ["10.0.0.4", "10.0.0.16", "10.0.0.32", "10.0.0.128"]
    assert str(representatives(IPv4Network("10.0.0.0/32"), cuts, is_subnet=False)[0]) == "10.0.0.0"


def test_one_finding_says_all_that_ends_it(healthy):
    facts = healthy()
    group(facts, "sg-app")["IpPermissionsEgress"] = []
    BREAKS["workload ACL stops calls"][0](facts)
    ends = {finding.id: finding.fix for finding in diagnose(facts, doctor_facts.target())}
    assert ends["workload_sg_egress"] == (
        "an egress rule for tcp/443 to the groups of the endpoint, sg-endpoints"
        "; and an egress rule for tcp/443 to the prefix list pl-s3"
    )
    assert ends["nacl_workload_subnet"] == (
        "an outbound rule, before any that denies, for tcp/443 to 10.4.8.0/26"
        "; and an outbound rule, before any that denies, for tcp/443 to 10.4.8.64/26"
    )
