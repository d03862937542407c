# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of tiered_vpc with flows: network ACLs and security groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, tags
from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import SPOKE

CIDR, OWNER = "10.7.0.0/16", "tiered_vpc/tiers"
FLOWS = [
    {"from": "internet", "to": "public", "tcp": ["443"]},
    {"from": "public", "to": "app", "tcp": ["8443"]},
    {"from": "app", "to": "s3", "tcp": ["443"]},
]
OPTIONS = {
    "name": "tiers",
    "cidrs": [CIDR],
    "availability_zone_ids": ZONES[:1],
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "app", "prefix": 24, "client_ports": "linux"},
        {"name": "tgw", "prefix": 28, "network_acl": "open"},
        {"name": "spare", "prefix": 28, "network_acl": "default"},
    ],
    "flows": FLOWS,
    "network_acl_denied_ports": [3389],
    "default_network_acl": "empty",
    "security_groups": True,
    "tags": TAGS,
}


def of_tiers(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(SPOKE, operation, result, key, OWNER, name)


def acl(name: str) -> Callable[[World], str]:
    return of_tiers("describe_network_acls", "NetworkAcls", "NetworkAclId", name)


def group(name: str) -> Callable[[World], str]:
    return of_tiers("describe_security_groups", "SecurityGroups", "GroupId", name)


def described(world: World, id_: str) -> dict[str, Any]:
    return world.ec2(SPOKE).describe_network_acls(NetworkAclIds=[id_])["NetworkAcls"][0]


def default_acl(world: World) -> str:
    vpc = of_tiers("describe_vpcs", "Vpcs", "VpcId", "main")(world)
    query = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    return only(world.ec2(SPOKE).describe_network_acls(Filters=query)["NetworkAcls"], "NetworkAclId")


def to_default(world: World, name: str) -> None:
    for association in described(world, acl(name)(world))["Associations"]:
        id_ = association["NetworkAclAssociationId"]
        world.ec2(SPOKE).replace_network_acl_association(AssociationId=id_, NetworkAclId=default_acl(world))


def removed(world: World) -> None:
    to_default(world, "app")
    world.ec2(SPOKE).delete_network_acl(NetworkAclId=acl("app")(world))


def an_entry(world: World, name: str, egress: bool) -> dict[str, Any]:
    entries = [e for e in described(world, acl(name)(world))["Entries"] if e["Egress"] == egress]
    return {"NetworkAclId": acl(name)(world), "RuleNumber": entries[0]["RuleNumber"], "Egress": egress}


def everything(world: World, id_: str, egress: bool) -> None:
    more = {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    world.ec2(SPOKE).create_network_acl_entry(NetworkAclId=id_, RuleNumber=1, Egress=egress, **more)


def entry_changed(world: World) -> None:
    changed = {"Protocol": "17", "RuleAction": "deny", "CidrBlock": "192.0.2.0/24", "PortRange": {"From": 1, "To": 2}}
    world.ec2(SPOKE).replace_network_acl_entry(**an_entry(world, "app", False), **changed)


def group_rules(operation: str, direction: str, port: int, cidr: str) -> Callable[[World], Any]:
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
    return lambda world: getattr(world.ec2(SPOKE), f"{operation}_security_group_{direction}")(
        GroupId=group("public")(world), IpPermissions=[permission]
    )


def group_removed(world: World) -> None:
    world.ec2(SPOKE).delete_security_group(GroupId=group("spare")(world))


def described_rule(world: World) -> None:
    described = {"CidrIp": "0.0.0.0/0", "Description": "by hand"}
    world.ec2(SPOKE).update_security_group_rule_descriptions_ingress(
        GroupId=group("public")(world),
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [described]}],
    )


def by_hand(world: World) -> str:
    """Create a VPC with tiered_vpc's tags and return its id; what is in it has no tags."""
    pairs = [{"Key": OWNER_TAG, "Value": OWNER}, {"Key": NAME_TAG, "Value": "main"}]
    tagged = [{"ResourceType": "vpc", "Tags": pairs}]
    return world.ec2(SPOKE).create_vpc(CidrBlock=CIDR, TagSpecifications=tagged)["Vpc"]["VpcId"]


def foreign_acl(world: World) -> str:
    named = [{"ResourceType": "network-acl", "Tags": [{"Key": NAME_TAG, "Value": "app"}]}]
    made = world.ec2(SPOKE).create_network_acl(VpcId=by_hand(world), TagSpecifications=named)
    return made["NetworkAcl"]["NetworkAclId"]


def foreign_group(world: World) -> str:
    made = world.ec2(SPOKE).create_security_group(GroupName="tiers-app", Description="a", VpcId=by_hand(world))
    return made["GroupId"]


def foreign_subnet(world: World) -> str:
    """Create a subnet that an empty default network ACL would cut off; return its id."""
    return world.ec2(SPOKE).create_subnet(VpcId=by_hand(world), CidrBlock="10.7.200.0/24")["Subnet"]["SubnetId"]


ENTRY = ("action", "protocol", "cidr", "ports")
FLOWING = Case(
    "tiered_vpc",
    SPOKE,
    OPTIONS,
    [SPOKE],
    [
        Drift("network_acl: removed", "network_acl", ("vpc",), "create", removed),
        *tags("network_acl", SPOKE, acl("app")),
        Drift(
            "network_acl_entry: removed",
            "network_acl_entry",
            ("network_acl", "direction", "number", *ENTRY),
            "create",
            lambda world: world.ec2(SPOKE).delete_network_acl_entry(**an_entry(world, "app", True)),
        ),
        Drift("network_acl_entry: changed", "network_acl_entry", ENTRY, "change", entry_changed),
        Drift(
            "network_acl_entry: all let in",
            "network_acl_entry",
            ENTRY,
            "delete",
            lambda world: everything(world, acl("app")(world), False),
        ),
        Drift(
            "network_acl_association: the default one",
            "network_acl_association",
            ("network_acl",),
            "change",
            lambda world: to_default(world, "public"),
        ),
        *(
            Drift(
                f"default_network_acl: {direction}",
                "default_network_acl",
                (direction,),
                "change",
                lambda world, egress=egress: everything(world, default_acl(world), egress),
            )
            for direction, egress in (("inbound", False), ("outbound", True))
        ),
        Drift(
            "security_group: removed",
            "security_group",
            ("vpc", "group_name", "description"),
            "create",
            group_removed,
        ),
        Drift(
            "security_group: a port opened",
            "security_group",
            ("ingress",),
            "change",
            group_rules("authorize", "ingress", 22, "10.0.0.0/8"),
        ),
        Drift(
            "security_group: a way out",
            "security_group",
            ("egress",),
            "change",
            group_rules("authorize", "egress", 22, CIDR),
        ),
        Drift("security_group: a rule described", "security_group", ("ingress",), "change", described_rule),
        *tags("security_group", SPOKE, group("app")),
    ],
    foreign={"network ACL": foreign_acl, "security group": foreign_group, "subnet": foreign_subnet},
    name="flows",
)

CASES = [FLOWING]
