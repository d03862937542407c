# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shipped policies refuse what is not the module's own, whatever the module's code does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.pci_cases import switched_on
from tests.contract.world import World
from tests.emulator.conftest import HUB, MANAGEMENT, STRANGER, error_of
from tests.emulator.firewalls import FORWARD, Firewalls, rule
from tests.emulator.people import Person, allow, make_role, person, policy, trust
from tools.iam_policies import text

OWNER = "closednet:managed"
EVERYTHING = policy(allow("*"))
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def tagged(kind: str, owner: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": OWNER, "Value": owner}]}]}


@dataclass
class Place:
    """World in which every resource is somebody else's."""

    world: World

    def operator(self, module: str, account: str) -> Person:
        operator = person(self.world.emulator, account, f"operator-{module}")
        iam = self.world.client(account, "iam")
        arn = iam.create_policy(PolicyName=module, PolicyDocument=text(module))["Policy"]["Arn"]
        iam.attach_user_policy(UserName=operator.name, PolicyArn=arn)
        return operator

    def theirs(self, service: str, account: str = HUB) -> Any:
        return self.world.client(account, service)


def vpc(place: Place) -> str:
    return place.theirs("ec2").create_vpc(CidrBlock="10.9.0.0/16", **tagged("vpc", "others/x"))["Vpc"]["VpcId"]


def subnet(place: Place) -> dict[str, Any]:
    return place.theirs("ec2").create_subnet(VpcId=vpc(place), CidrBlock="10.9.0.0/24")["Subnet"]


def gateway(place: Place) -> str:
    return place.theirs("ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]


def firewalls(place: Place) -> Firewalls:
    return Firewalls(place.world.emulator, HUB)


def rule_group(**more: Any) -> dict[str, Any]:
    rules = {"RulesSource": {"RulesString": rule("a.example", 1)}}
    return {"RuleGroupName": "theirs", "Type": "STATEFUL", "Capacity": 10, "RuleGroup": rules, **more}


def opened(place: Place) -> dict[str, Any]:
    """Return a change of another's policy, which lets everything pass."""
    arn = firewalls(place).policy()
    token = place.theirs("network-firewall").describe_firewall_policy(FirewallPolicyArn=arn)["UpdateToken"]
    passing = dict.fromkeys(FORWARD, ["aws:pass"])
    return {"FirewallPolicyArn": arn, "UpdateToken": token, "FirewallPolicy": passing}


def share(place: Place) -> str:
    return place.theirs("ram").create_resource_share(name="theirs")["resourceShare"]["resourceShareArn"]


def balancer(place: Place) -> str:
    made = place.theirs("elbv2").create_load_balancer(
        Name="theirs", Type="network", Scheme="internal", Subnets=[subnet(place)["SubnetId"]]
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def endpoint(place: Place) -> str:
    service = "com.amazonaws.eu-central-1.s3"
    return place.theirs("ec2").create_vpc_endpoint(VpcId=vpc(place), ServiceName=service)["VpcEndpoint"][
        "VpcEndpointId"
    ]


def role(place: Place, name: str = "theirs", path: str = "/") -> str:
    return make_role(place.world.emulator, HUB, name, LAMBDA, trust(STRANGER), Path=path)


def function(place: Place, name: str) -> dict[str, Any]:
    return {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": b"not looked at"},
        "Role": role(place),
    }


def scp(place: Place) -> str:
    switched_on(place.world)
    made = place.theirs("organizations", MANAGEMENT).create_policy(
        Content=EVERYTHING, Description="-", Name="theirs", Type="SERVICE_CONTROL_POLICY"
    )
    return made["Policy"]["PolicySummary"]["Id"]


def group(place: Place, name: str, path: str) -> str:
    place.theirs("iam").create_group(GroupName=name, Path=path)
    return name


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
# (module, what is refused) -> service, operation, parameters
TRIES: dict[tuple[str, str], tuple[str, str, Callable[[Place], dict[str, Any]]]] = {
    ("tiered_vpc", "delete a VPC"): ("ec2", "delete_vpc", lambda p: {"VpcId": vpc(p)}),
    ("tiered_vpc", "tag a VPC as its own"): (
        "ec2",
        "create_tags",
        lambda p: {"Resources": [vpc(p)], "Tags": [{"Key": OWNER, "Value": "tiered_vpc/x"}]},
    ),
    ("tiered_vpc", "create a VPC that nobody owns"): ("ec2", "create_vpc", lambda p: {"CidrBlock": "10.9.0.0/16"}),
    ("tiered_vpc", "create one in another's name"): (
        "ec2",
        "create_vpc",
        lambda p: {"CidrBlock": "10.9.0.0/16", **tagged("vpc", "tgw_hub/x")},
    ),
    ("tiered_vpc", "delete a subnet"): ("ec2", "delete_subnet", lambda p: {"SubnetId": subnet(p)["SubnetId"]}),
    ("tiered_vpc", "create a subnet that nobody owns"): (
        "ec2",
        "create_subnet",
        lambda p: {"VpcId": vpc(p), "CidrBlock": "10.9.1.0/24"},
    ),
    ("tgw_hub", "delete a transit gateway"): (
        "ec2",
        "delete_transit_gateway",
        lambda p: {"TransitGatewayId": gateway(p)},
    ),
    ("tgw_hub", "delete a share"): ("ram", "delete_resource_share", lambda p: {"resourceShareArn": share(p)}),
    ("tgw_hub", "let a principal into a share"): (
        "ram",
        "associate_resource_share",
        lambda p: {"resourceShareArn": share(p), "principals": [STRANGER]},
    ),
    ("privatelink_service", "delete a load balancer"): (
        "elbv2",
        "delete_load_balancer",
        lambda p: {"LoadBalancerArn": balancer(p)},
    ),
    ("closed_vpc_endpoints", "delete an endpoint"): (
        "ec2",
        "delete_vpc_endpoints",
        lambda p: {"VpcEndpointIds": [endpoint(p)]},
    ),
    ("privatelink_endpoint", "delete an endpoint"): (
        "ec2",
        "delete_vpc_endpoints",
        lambda p: {"VpcEndpointIds": [endpoint(p)]},
    ),
    ("codeartifact_domain", "delete a domain"): (
        "codeartifact",
        "delete_domain",
        lambda p: {"domain": p.theirs("codeartifact").create_domain(domain="theirs")["domain"]["name"]},
    ),
    ("network_firewall", "delete another's rule group"): (
        "network-firewall",
        "delete_rule_group",
        lambda p: {"RuleGroupArn": firewalls(p).group()},
    ),
    ("network_firewall", "open another's policy"): ("network-firewall", "update_firewall_policy", opened),
    ("network_firewall", "create a rule group that nobody owns"): (
        "network-firewall",
        "create_rule_group",
        lambda p: rule_group(),
    ),
    ("network_firewall", "create one in another's name"): (
        "network-firewall",
        "create_rule_group",
        lambda p: rule_group(Tags=[{"Key": OWNER, "Value": "others/x"}]),
    ),
    ("pci_role_guard", "give rights to a role outside its path"): (
        "iam",
        "put_role_policy",
        lambda p: {"RoleName": role(p).rpartition("/")[2], "PolicyName": "x", "PolicyDocument": EVERYTHING},
    ),
    ("pci_role_guard", "rewrite a policy outside its path"): (
        "iam",
        "create_policy_version",
        lambda p: {
            "PolicyArn": p.theirs("iam").create_policy(PolicyName="x", PolicyDocument=EVERYTHING)["Policy"]["Arn"],
            "PolicyDocument": EVERYTHING,
        },
    ),
    ("pci_role_guard", "pass a role outside its path"): (
        "lambda",
        "create_function",
        lambda p: function(p, "closednet-pci-x"),
    ),
    ("pci_role_guard", "rewrite another function"): (
        "lambda",
        "update_function_code",
        lambda p: {
            "FunctionName": p.theirs("lambda").create_function(**function(p, "theirs"))["FunctionName"],
            "ZipFile": b"other",
        },
    ),
    ("pci_identity", "make administrators of a group"): (
        "iam",
        "attach_group_policy",
        lambda p: {"GroupName": group(p, "pci-admins", "/pci/"), "PolicyArn": ADMINISTRATOR},
    ),
    ("pci_identity", "put a user into another's group"): (
        "iam",
        "add_user_to_group",
        lambda p: {"GroupName": group(p, "admins", "/"), "UserName": "operator-pci_identity"},
    ),
    ("pci_identity", "delete another's user"): (
        "iam",
        "delete_user",
        lambda p: {"UserName": p.theirs("iam").create_user(UserName="theirs")["User"]["UserName"]},
    ),
    ("service_control_policy", "delete another's policy"): (
        "organizations",
        "delete_policy",
        lambda p: {"PolicyId": scp(p)},
    ),
    ("service_control_policy", "attach another's policy"): (
        "organizations",
        "attach_policy",
        lambda p: {"PolicyId": scp(p), "TargetId": HUB},
    ),
}


@pytest.mark.parametrize(("module", "what"), TRIES)
def test_what_is_of_others_is_refused_by_the_policy_itself(world: World, module: str, what: str) -> None:
    place = Place(world)
    operator = place.operator(module, MANAGEMENT if module == "service_control_policy" else HUB)
    service, operation, parameters = TRIES[module, what]
    code, message = error_of(getattr(operator.client(service), operation), **parameters(place))
    assert code in ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
    assert "is not authorized to perform" in message
