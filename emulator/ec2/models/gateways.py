# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT gateways."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.utils import random_eip_association_id, random_nat_gateway_id

from emulator.interfaces import add_interface
from emulator.transitions import StateClock, Transition

# Deleted NAT gateways stay listed "for about an hour":
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
DELETED_IS_LISTED_MS = 3_600_000


class NatGateway:
    """A NAT gateway; it keeps its subnet (by the network interface) and its address in use until it is deleted."""

    state = StateClock("nat-gateway")

    def __init__(self, backend: Any, subnet: Any, address: ElasticAddress | None, connectivity: str):
        self.id = random_nat_gateway_id()
        self.backend = backend
        self.subnet_id, self.vpc_id = subnet.id, subnet.vpc_id
        self.connectivity = connectivity
        self.created, self.deleted = _now(), None
        self.failure: tuple[str, str] | None = None
        self.interface = add_interface(backend, subnet, [], f"Interface for NAT Gateway {self.id}", "nat_gateway")
        self.address = address
        self.state = Transition("pending", "available")
        if address:
            if not internet_gateway_of(backend, self.vpc_id):
                self._fail("Gateway.NotAttached", f"Network {self.vpc_id} has no Internet gateway attached")
            elif address.association_id:
                self._fail(
                    "Resource.AlreadyAssociated",
                    f"Elastic IP address [{address.allocation_id}] is already associated",
                )
            else:
                address.eni, address.association_id = self.interface, random_eip_association_id()
                self.interface.public_ip = address.public_ip
        self.addresses = [self._address_item()]

    def _fail(self, code: str, message: str) -> None:
        """Let the gateway fail after pending, with AWS's code and message:
        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
        """
        self.failure, self.address = (code, message), None
        self.state = Transition("pending", "failed")
        self._release()

    def _address_item(self) -> dict[str, Any]:
        item = {
            "NetworkInterfaceId": self.interface.id,
            "PrivateIp": self.interface.private_ip_address,
            "IsPrimary": True,
            "Status": "succeeded",
        }
        if self.address:
            item |= {
                "AllocationId": self.address.allocation_id,
                "PublicIp": self.address.public_ip,
                "AssociationId": self.address.association_id,
            }
        return item

    def _release(self) -> None:
        self.backend.enis.pop(self.interface.id, None)
        if self.address:
            self.address.eni = self.address.association_id = None
            self.address = None

    def delete(self) -> None:
        self.deleted = _now()
        self.state = Transition("deleting", "deleted")

    def settle(self) -> None:
        """Release the network interface and the address if the gateway is deleted."""
        if self.state == "deleted":
            self._release()

    @property
    def forgotten(self) -> bool:
        clock = type(self).state
        return self.state in ("deleted", "failed") and clock.ms_in_state(self) > DELETED_IS_LISTED_MS


def _now() -> datetime:
    return datetime.now(timezone.utc)


def internet_gateway_of(backend: Any, vpc_id: str) -> InternetGateway | None:
    return next((g for g in backend.internet_gateways.values() if g.vpc and g.vpc.id == vpc_id), None)
