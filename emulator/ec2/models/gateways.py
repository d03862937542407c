# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT gateways."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.utils import random_eip_association_id, random_nat_gateway_id

from emulator.ec2.models.addresses import insufficient
from emulator.ec2.models.interfaces import NetworkInterface
from emulator.interfaces import add_interface, remove_interface
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: private addresses of one NAT gateway
MAX_ADDRESSES = 8
# Deleted NAT gateways stay listed "for about an hour":
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
DELETED_IS_LISTED_MS = 3_600_000


class Assignment:
    """State of a secondary address of a NAT gateway."""

    state = StateClock("nat-gateway-address")

    def __init__(self, passing: str):
        self.state = Transition(passing, "succeeded")


class NatGateway:
    """A NAT gateway; it keeps its subnet (by the network interface) and its address in use until it is deleted."""

    state = StateClock("nat-gateway")

    def __init__(
        self, backend: Any, subnet: Any, address: ElasticAddress | None, connectivity: str, private: str | None = None
    ):
        self.id = random_nat_gateway_id()
        self.backend = backend
        self.subnet_id, self.vpc_id = subnet.id, subnet.vpc_id
        self.connectivity = connectivity
        self.created, self.deleted = _now(), None
        self.failure: tuple[str, str] | None = None
        self.state = Transition("pending", "available")
        self.interface: NetworkInterface | None = None
        # Private address -> state, of secondary ones.
        self.assignments: dict[str, Assignment] = {}
        # Addresses in the API's shape, the primary first; what they were when a gateway failed or is deleted.
        self._left: list[dict[str, Any]] | None = None
        description = f"Interface for NAT Gateway {self.id}"
        try:
            if subnet.pool is None:
                raise insufficient()  # a NAT gateway in an IPv6-only subnet: code and text not verified
            self.interface = add_interface(backend, subnet, [], description, "nat_gateway", private)
        except EC2ClientError as error:
            if private or error.code != "InsufficientFreeAddressesInSubnet":
                raise
            self._fail(error.code, "Subnet has insufficient free addresses to create this NAT gateway")
            return
        if address:
            self._associate(address)

    def _associate(self, address: ElasticAddress) -> None:
        if not internet_gateway_of(self.backend, self.vpc_id):
            self._fail("Gateway.NotAttached", f"Network {self.vpc_id} has no Internet gateway attached")
        elif address.association_id:
            self._fail(
                "Resource.AlreadyAssociated", f"Elastic IP address [{address.allocation_id}] is already associated"
            )
        elif self.interface:
            self.interface.associate(address, None, random_eip_association_id())

    def _fail(self, code: str, message: str) -> None:
        """Let the gateway fail after pending, with AWS's code and message:
        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
        """
        self.failure = (code, message)
        self.state = Transition("pending", "failed")
        self.release()

    @property
    def addresses(self) -> list[dict[str, Any]]:
        """Addresses in the API's shape, the primary first; those that it had, of a failed or deleted gateway."""
        if self._left is not None or self.interface is None:
            return self._left or []
        return [self._address_item(one) for one in self.interface.private_ip_addresses]

    def _address_item(self, address: dict[str, Any]) -> dict[str, Any]:
        interface: Any = self.interface
        private = address["PrivateIpAddress"]
        item = {
            "NetworkInterfaceId": interface.id,
            "PrivateIp": private,
            "IsPrimary": address["Primary"],
            "Status": self.assignments[private].state if private in self.assignments else "succeeded",
        }
        if elastic := interface.associations.get(private):
            item |= {
                "AllocationId": elastic.allocation_id,
                "PublicIp": elastic.public_ip,
                "AssociationId": elastic.association_id,
            }
        return item

    # Secondary addresses

    def assign(self, addresses: list[str], count: int, elastic: list[ElasticAddress]) -> list[str]:
        """Assign secondary private addresses, each with the Elastic IP address at its place; return them.

        Raises AWS's error, with nothing assigned, if one is not free.
        """
        interface: Any = self.interface
        taken = interface.take_addresses(addresses, count)
        for private, one in zip(taken, elastic, strict=False):
            interface.associate(one, private, random_eip_association_id())
        for private in taken:
            self.assignments[private] = Assignment("associating" if elastic else "assigning")
        return taken

    def unassign(self, addresses: list[str], passing: str) -> None:
        """Give secondary private addresses back, and dissociate their Elastic IP addresses, after `passing`."""
        for private in addresses:
            self.assignments[private].state = Transition(passing, "over")
        self.backend.unsettled.append(self._drop)
        self._drop()

    def _drop(self) -> bool:
        """Drop what is over; return whether nothing else is leaving."""
        over = [private for private, one in self.assignments.items() if one.state == "over"]
        for private in over:
            del self.assignments[private]
        if over and self.interface is not None and self._left is None:
            self.interface.drop_addresses(over)
        return not any(one.state in ("unassigning", "disassociating") for one in self.assignments.values())

    def release(self) -> None:
        """Delete the interface, which releases its private and Elastic IP addresses."""
        if self.interface is not None and self._left is None:
            self._left = self.addresses
            remove_interface(self.backend, self.interface.id)

    def delete(self) -> None:
        self.deleted = _now()
        self.state = Transition("deleting", "deleted")
        self.backend.unsettled.append(self.settle)
        self.settle()

    def settle(self) -> bool:
        """Release the interface and its addresses if the gateway is deleted; return whether that is over."""
        if self.state == "deleted":
            self.release()
        return self._left is not None

    @property
    def forgotten(self) -> bool:
        clock = type(self).state
        return self.state in ("deleted", "failed") and clock.ms_in_state(self) > DELETED_IS_LISTED_MS


def _now() -> datetime:
    return datetime.now(timezone.utc)


def internet_gateway_of(backend: Any, vpc_id: str) -> InternetGateway | None:
    return next((g for g in backend.internet_gateways.values() if g.vpc and g.vpc.id == vpc_id), None)
