# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a participant of a shared VPC sees and may do: models/shared_subnets.py."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from moto.core.responses import BaseResponse
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.models.shared_subnets import KINDS, Seen

# Operations in which a participant may name a shared subnet or its VPC.
OF_PARTICIPANTS = ("CreateNetworkInterface", "CreateSecurityGroup", "RunInstances")
READING = ("Describe", "Get", "Search")


class SharedNetworkResponse(BaseResponse):
    ec2_backend: Any

    @functools.cached_property
    def seen(self) -> Seen:
        return Seen(self.current_account, self.region)

    def refuse_participant(self, operation: str, given: Iterable[tuple[str, str]]) -> None:
        """Raise UnauthorizedOperation if the account would change what is only shared with it.

        Code, text and status: ekristen/aws-nuke#497, hashicorp/terraform-provider-aws#46953.
        """
        if operation.startswith(READING):
            return
        if operation in OF_PARTICIPANTS:
            self._need_groups(operation)
            return
        for _, value in given:
            kind = value.partition("-")[0]
            if kind in KINDS and not self._owns(kind, value) and self.seen.has(value):
                raise EC2ClientError(
                    "UnauthorizedOperation",
                    f"You are not authorized to perform {operation} operation. A subnet in this vpc is shared but the "
                    "provided object is not owned by you",
                )

    def _need_groups(self, operation: str) -> None:
        """Raise InvalidGroup.NotFound if an interface in a shared subnet would get the VPC's default group.

        vpc-sharing-responsibilities.html: "Participants can't launch resources using the default security group for the
        VPC because it belongs to the owner." The code is not verified.
        """
        subnet_id = self._get_param("SubnetId")
        groups = self._get_param("Groups") or self._get_param("SecurityGroupIds")
        if operation == "CreateSecurityGroup" or groups or not subnet_id or self._owns("subnet", subnet_id):
            return
        if self.seen.has(subnet_id):
            raise EC2ClientError("InvalidGroup.NotFound", "The security group 'default' does not exist")

    def interfaces_seen(self) -> list[Any]:
        return [*self.ec2_backend.enis.values(), *self.ec2_backend.guests_interfaces()]

    def _owns(self, kind: str, resource_id: str) -> bool:
        backend = self.ec2_backend
        if kind == "subnet":
            return any(resource_id in by_id for by_id in backend.subnets.values())
        owned = {
            "vpc": backend.vpcs,
            "rtb": backend.route_tables,
            "acl": backend.network_acls,
            "igw": backend.internet_gateways,
            "dopt": backend.dhcp_options_sets,
        }
        return resource_id in owned[kind]

    def shared_subnet_item(self, subnet: Any, item: dict[str, Any]) -> dict[str, Any]:
        """Return a shared subnet's item with this account's name of the AZ: working-with-az-ids.html"""
        zones = self.ec2_backend.describe_availability_zones(zone_ids=[subnet.availability_zone_id])
        return item | {"AvailabilityZone": zones[0].name if zones else subnet.availability_zone}
