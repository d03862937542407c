# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on secondary addresses of zonal NAT gateways.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html#nat-gateway-edit-secondary. What is
refused is documented there or on the operation's page; the codes without a link are not verified.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress

from emulator.ec2.describe import Describing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.models.gateways import MAX_ADDRESSES, NatGateway
from emulator.ec2.responses.elastic_addresses import refuse_second

# (private addresses, number of others, Elastic IP addresses) to assign
Secondary = tuple[list[str], int, list[ElasticAddress]]


class NatAddressResponse(Describing):
    # Of CreateNatGateway

    def secondary_of_new(self, connectivity: str) -> Secondary:
        """Return the secondary addresses that CreateNatGateway asks for."""
        named, count = (
            self._get_param("SecondaryPrivateIpAddresses", []),
            self._get_param("SecondaryPrivateIpAddressCount"),
        )
        elastic = self._unassociated(self._get_param("SecondaryAllocationIds", []))
        if named and count:
            raise EC2ClientError(
                "InvalidParameterCombination",
                "SecondaryPrivateIpAddressCount and SecondaryPrivateIpAddresses cannot be set at the same time.",
            )
        if connectivity == "private" and elastic:
            raise EC2ClientError(
                "InvalidParameterCombination", "SecondaryAllocationIds is not supported for a private NAT gateway"
            )
        if connectivity == "public":
            if count:
                raise EC2ClientError(
                    "InvalidParameterCombination",
                    "SecondaryPrivateIpAddressCount is not supported for a public NAT gateway",
                )
            count = self._others(named, elastic)
        _need_room(1, len(named) + (count or 0))
        return named, count or 0, elastic

    @staticmethod
    def put_secondary(gateway: NatGateway, secondary: Secondary) -> None:
        """Assign a new gateway's secondary addresses; if one is taken, raises AWS's error and leaves no interface."""
        if gateway.failure is not None or not (secondary[0] or secondary[1]):
            return
        try:
            gateway.assign(*secondary)
        except EC2ClientError:
            gateway.release()
            raise

    # Public NAT gateways

    def associate_nat_gateway_address(self) -> ActionResult:
        gateway = self._nat_gateway("public")
        elastic = self._unassociated(self.required("AllocationIds"))
        named = self._get_param("PrivateIpAddresses", [])
        count = self._others(named, elastic)
        _need_room(len(gateway.addresses), len(elastic))
        return self._answer(gateway, gateway.assign(named, count, elastic), "associating")

    def disassociate_nat_gateway_address(self) -> ActionResult:
        gateway, wanted = self._nat_gateway("public"), self.required("AssociationIds")
        by_id = {one.get("AssociationId"): one for one in gateway.addresses}
        for association_id in wanted:
            if association_id not in by_id:
                raise not_found(association_id, "eipassoc")
        return self._end(gateway, [by_id[one] for one in wanted], "disassociating")

    # Private NAT gateways

    def assign_private_nat_gateway_address(self) -> ActionResult:
        gateway = self._nat_gateway("private")
        named, count = self._get_param("PrivateIpAddresses", []), self._get_param("PrivateIpAddressCount")
        if bool(named) == bool(count):
            raise EC2ClientError(
                "InvalidParameterCombination", "Either PrivateIpAddresses or PrivateIpAddressCount must be specified"
            )
        _need_room(len(gateway.addresses), len(named) + (count or 0))
        return self._answer(gateway, gateway.assign(named, count or 0, []), "assigning")

    def unassign_private_nat_gateway_address(self) -> ActionResult:
        gateway, wanted = self._nat_gateway("private"), self.required("PrivateIpAddresses")
        by_address = {one["PrivateIp"]: one for one in gateway.addresses}
        if missing := [address for address in wanted if address not in by_address]:
            raise invalid_value(f"Some of [{', '.join(missing)}] are not assigned to NAT gateway {gateway.id}")
        return self._end(gateway, [by_address[one] for one in wanted], "unassigning")

    # Common parts

    def _nat_gateway(self, connectivity: str) -> NatGateway:
        gateway_id = self.required("NatGatewayId")
        gateway = self.ec2_backend.nat_gateways.get(gateway_id)
        if gateway is None:
            raise not_found(gateway_id, "nat")
        if gateway.connectivity != connectivity:
            raise EC2ClientError(
                "InvalidParameterCombination", f"The NAT gateway {gateway_id} has connectivity {gateway.connectivity}"
            )
        if gateway.state != "available":
            raise EC2ClientError("IncorrectState", f"The NAT gateway {gateway_id} is {gateway.state}")
        if any(one["Status"] in ("unassigning", "disassociating") for one in gateway.addresses):
            raise EC2ClientError("IncorrectState", f"Addresses of the NAT gateway {gateway_id} are being drained")
        return gateway

    def _unassociated(self, allocation_ids: list[str]) -> list[ElasticAddress]:
        addresses = [self.address_for_nat(allocation_id) for allocation_id in allocation_ids]
        for address in addresses:
            refuse_second(address.allocation_id, address)
        if len(set(allocation_ids)) < len(allocation_ids):
            raise invalid_value("An allocation ID is specified more than once.")
        return addresses

    @staticmethod
    def _others(named: list[str], elastic: list[ElasticAddress]) -> int:
        """Return how many private addresses the Elastic ones need besides those named."""
        if len(named) > len(elastic):
            raise EC2ClientError(
                "InvalidParameterCombination", "There are more private IP addresses than allocation IDs."
            )
        return len(elastic) - len(named)

    def _end(self, gateway: NatGateway, ended: list[dict[str, Any]], passing: str) -> ActionResult:
        if any(one["IsPrimary"] for one in ended):
            raise invalid_value(f"The primary address of the NAT gateway {gateway.id} cannot be removed")
        gateway.unassign([one["PrivateIp"] for one in ended], passing)
        answer = [one | {"Status": passing} for one in ended]
        return ActionResult({"NatGatewayId": gateway.id, "NatGatewayAddresses": answer})

    @staticmethod
    def _answer(gateway: NatGateway, taken: list[str], passing: str) -> ActionResult:
        answer = [one | {"Status": passing} for one in gateway.addresses if one["PrivateIp"] in taken]
        return ActionResult({"NatGatewayId": gateway.id, "NatGatewayAddresses": answer})


def _need_room(present: int, more: int) -> None:
    """Raise AddressLimitExceeded beyond 8 addresses: hashicorp/terraform-provider-aws#29471; the code not verified."""
    if present + more > MAX_ADDRESSES:
        raise EC2ClientError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
