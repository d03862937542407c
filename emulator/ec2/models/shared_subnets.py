# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets that other accounts share with this one by RAM, and what comes into sight with them.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html and vpc-sharing-responsibilities.html: participants
see the subnets, their VPC, route tables, network ACLs, DHCP options and internet gateway (ekristen/aws-nuke#497 lists
them), without tags; they create interfaces, instances and security groups in them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends

from emulator.ec2.models.subnets import Subnet
from emulator.ram.models import resource_shares


def shared_subnets(account_id: str, region: str) -> Iterator[Subnet]:
    """Yield the subnets that other accounts share with this one now."""
    shares = resource_shares(region)
    seen = set()
    for arn in shares.with_subnets:
        share = shares.known(arn)
        if share is None or share.owner_id == account_id or not share.reaches(account_id):
            continue
        for association in share.resources.values():
            subnet_id = association.entity.rpartition("/")[2]
            if association.is_associated and subnet_id not in seen and ":subnet/" in association.entity:
                seen.add(subnet_id)
                subnets = ec2_backends[share.owner_id][region].subnets.values()
                yield from (by_id[subnet_id] for by_id in subnets if subnet_id in by_id)


class Seen:
    """What a participant sees of other accounts' networks, by kind of id: {"vpc": {id: VPC}, ...}."""

    def __init__(self, account_id: str, region: str):
        self.subnet = {subnet.id: subnet for subnet in shared_subnets(account_id, region)}

    @functools.cached_property
    def vpc(self) -> dict[str, Any]:
        return {subnet.vpc_id: subnet.ec2_backend.vpcs[subnet.vpc_id] for subnet in self.subnet.values()}

    @functools.cached_property
    def rtb(self) -> dict[str, Any]:
        """Route tables of the subnets: their own, or the VPC's main one."""
        tables = {}
        for backend, vpc in self._networks():
            own = [table for table in backend.route_tables.values() if table.vpc_id == vpc.id]
            for subnet in self.subnet.values():
                if subnet.vpc_id == vpc.id:
                    found = [table for table in own if subnet.id in table._associations.values()]
                    tables |= {table.id: table for table in found or [one for one in own if one.main_association_id]}
        return tables

    @functools.cached_property
    def acl(self) -> dict[str, Any]:
        return {
            acl.id: acl
            for backend, vpc in self._networks()
            for acl in backend.network_acls.values()
            if acl.vpc_id == vpc.id and any(one.subnet_id in self.subnet for one in acl.associations)
        }

    @functools.cached_property
    def igw(self) -> dict[str, Any]:
        return {
            gateway.id: gateway
            for backend, vpc in self._networks()
            for gateway in backend.internet_gateways.values()
            if gateway.vpc and gateway.vpc.id == vpc.id
        }

    @functools.cached_property
    def dopt(self) -> dict[str, Any]:
        return {vpc.dhcp_options.id: vpc.dhcp_options for vpc in self.vpc.values() if vpc.dhcp_options}

    def _networks(self) -> list[tuple[Any, Any]]:
        return [(vpc.ec2_backend, vpc) for vpc in self.vpc.values()]

    def has(self, resource_id: str) -> bool:
        kind = resource_id.partition("-")[0]
        return kind in KINDS and resource_id in getattr(self, kind)


KINDS = ("subnet", "vpc", "rtb", "acl", "igw", "dopt")


class SharedSubnets:
    """Mixin of the EC2 backend: subnets and VPCs that are shared with the account can be used like its own."""

    account_id: str
    region_name: str
    # Accounts with interfaces or security groups in this account's subnets, now or before.
    guests: set[str]

    def get_subnet(self, subnet_id: str) -> Any:
        for by_id in self.subnets.values():  # type: ignore[attr-defined]
            if subnet_id in by_id:
                return by_id[subnet_id]
        for subnet in shared_subnets(self.account_id, self.region_name):
            if subnet.id == subnet_id:
                return subnet
        return super().get_subnet(subnet_id)  # type: ignore[misc]

    def get_vpc(self, vpc_id: str) -> Any:
        if vpc_id not in self.vpcs:  # type: ignore[attr-defined]
            for subnet in shared_subnets(self.account_id, self.region_name):
                if subnet.vpc_id == vpc_id:
                    return subnet.ec2_backend.vpcs[vpc_id]
        return super().get_vpc(vpc_id)  # type: ignore[misc]

    def note_guest(self, owner: Any) -> None:
        """Note at the owner's backend that this account has something in its subnets."""
        if owner is not self:
            owner.guests.add(self.account_id)

    def guests_interfaces(self) -> list[Any]:
        """Return other accounts' interfaces in this account's subnets.

        vpc-sharing-responsibilities: "VPC owners can view the details for all of the network interfaces ... that are
        attached to the participant resources".
        """
        if not self.guests:
            return []
        subnets = [subnet for by_id in self.subnets.values() for subnet in by_id.values()]  # type: ignore[attr-defined]
        return [
            interface
            for subnet in subnets
            for interface in subnet.interfaces.values()
            if interface.owner_id != self.account_id
        ]

    def guests_groups(self, vpc_id: str) -> bool:
        """Return true if another account has security groups in a VPC of this one."""
        return any(ec2_backends[guest][self.region_name].groups.get(vpc_id) for guest in self.guests)
