# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody changes by hand at a module's VPC endpoints and at their security group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.case import Drift, by_tags, only, tags
from tests.contract.world import World


@dataclass(frozen=True)
class Endpoints:
    """Endpoints in a VPC of tiered_vpc.

    account     that has them
    vpc_name    name of the VPC in tiered_vpc
    owner       value of the owner's tag of the endpoints and of their security group
    group_name  name of the security group among the module's resources
    """

    account: str
    vpc_name: str
    owner: str
    group_name: str = "endpoints"

    def vpc_id(self, world: World) -> str:
        return by_tags(self.account, "describe_vpcs", "Vpcs", "VpcId", f"tiered_vpc/{self.vpc_name}", "main")(world)

    def endpoint(self, name: str) -> Callable[[World], str]:
        return by_tags(self.account, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", self.owner, name)

    def described(self, world: World, name: str) -> dict[str, Any]:
        ids = [self.endpoint(name)(world)]
        (found,) = world.ec2(self.account).describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]
        return found

    def group(self, world: World) -> str:
        ids = ("describe_security_groups", "SecurityGroups", "GroupId")
        return by_tags(self.account, *ids, self.owner, self.group_name)(world)

    def default_group(self, world: World) -> str:
        query = [
            {"Name": "vpc-id", "Values": [self.vpc_id(world)]},
            {"Name": "group-name", "Values": ["default"]},
        ]
        return only(world.ec2(self.account).describe_security_groups(Filters=query)["SecurityGroups"], "GroupId")

    def foreign_group(self, group_name: str) -> Callable[[World], str]:
        """Return a function that creates somebody else's group of this name in the VPC, and returns its id."""
        return lambda world: world.ec2(self.account).create_security_group(
            GroupName=group_name, Description="by hand", VpcId=self.vpc_id(world)
        )["GroupId"]

    def modify(self, name: str, **arguments: Any) -> Callable[[World], Any]:
        """Return a change of an endpoint; an argument that is a function is called with the world."""
        return lambda world: world.ec2(self.account).modify_vpc_endpoint(
            VpcEndpointId=self.endpoint(name)(world),
            **{key: value(world) if callable(value) else value for key, value in arguments.items()},
        )

    def group_rule(self, operation: str, port: int, cidr: str, **described: str) -> Callable[[World], Any]:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        return lambda world: getattr(world.ec2(self.account), operation)(
            GroupId=self.group(world), IpPermissions=[permission | {"IpRanges": [{"CidrIp": cidr, **described}]}]
        )

    def group_removed(self, world: World) -> None:
        """Delete the endpoints' group, after giving the endpoints another: AWS deletes no group in use."""
        ours, other = self.group(world), self.default_group(world)
        query = [
            {"Name": "vpc-id", "Values": [self.vpc_id(world)]},
            {"Name": "vpc-endpoint-type", "Values": ["Interface"]},
        ]
        for found in world.ec2(self.account).describe_vpc_endpoints(Filters=query)["VpcEndpoints"]:
            world.ec2(self.account).modify_vpc_endpoint(
                VpcEndpointId=found["VpcEndpointId"], AddSecurityGroupIds=[other], RemoveSecurityGroupIds=[ours]
            )
        world.ec2(self.account).delete_security_group(GroupId=ours)

    def dns_off(self, name: str) -> Callable[[World], Any]:
        value = {name: {"Value": False}}
        return lambda world: world.ec2(self.account).modify_vpc_attribute(VpcId=self.vpc_id(world), **value)

    def dns_drifts(self) -> list[Drift]:
        return [
            Drift("vpc_dns: support off", "vpc_dns", ("dns_support",), "change", self.dns_off("EnableDnsSupport")),
            Drift(
                "vpc_dns: hostnames off", "vpc_dns", ("dns_hostnames",), "change", self.dns_off("EnableDnsHostnames")
            ),
        ]

    def rule_drifts(self, cidr: str) -> list[Drift]:
        """Build the drifts of the group's rules and tags. cidr: that the group admits to port 443"""
        kind = "security_group"
        described = self.group_rule("update_security_group_rule_descriptions_ingress", 443, cidr, Description="by hand")
        opened = self.group_rule("authorize_security_group_ingress", 22, "0.0.0.0/0")
        closed = self.group_rule("revoke_security_group_ingress", 443, cidr)
        way_out = self.group_rule("authorize_security_group_egress", 443, "0.0.0.0/0")
        return [
            Drift("security_group: a port opened", kind, ("ingress",), "change", opened),
            Drift("security_group: the port closed", kind, ("ingress",), "change", closed),
            Drift("security_group: a rule described", kind, ("ingress",), "change", described),
            Drift("security_group: a way out", kind, ("egress",), "change", way_out),
            *tags(kind, self.account, self.group),
        ]

    def replaced_group_drift(self) -> Drift:
        return Drift(
            "security_group: removed, and another in its place",
            "security_group",
            ("vpc", "group_name", "description"),
            "create",
            self.group_removed,
        )

    def place_drifts(self, name: str) -> list[Drift]:
        """Build the drifts of an interface endpoint's subnets, groups and tags."""
        one_zone = self.modify(name, RemoveSubnetIds=lambda world: sorted(self.described(world, name)["SubnetIds"])[:1])
        another_group = self.modify(
            name,
            AddSecurityGroupIds=lambda world: [self.default_group(world)],
            RemoveSecurityGroupIds=lambda world: [self.group(world)],
        )
        return [
            Drift("vpc_endpoint: one zone", "vpc_endpoint", ("subnets",), "change", one_zone),
            Drift("vpc_endpoint: another group", "vpc_endpoint", ("groups",), "change", another_group),
            *tags("vpc_endpoint", self.account, self.endpoint(name)),
        ]
