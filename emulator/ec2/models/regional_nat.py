# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regional NAT gateways.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html. In automatic mode the gateway has an
Elastic IP address of AWS's in each Availability Zone where its VPC has subnets; at once, on AWS it takes up to an hour.
In manual mode it has the addresses that the request names, by Availability Zone.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.utils import random_eip_association_id, random_nat_gateway_id, random_subnet_association_id

from emulator.ec2.models.gateways import DELETED_IS_LISTED_MS, internet_gateway_of
from emulator.ec2.models.route_tables import Route
from emulator.transitions import StateClock, Transition

PER_ZONE = 32  # "up to 32 Elastic IP addresses per Availability Zone"


class RegionalNatGateway:
    """A NAT gateway of a VPC, without subnet and interface. DescribeNatGateways lists it among the zonal ones.

    zones: Availability Zone's name -> addresses in it.
    """

    state = StateClock("nat-gateway")
    subnet_id = interface = None
    connectivity = "public"

    def __init__(self, backend: Any, vpc_id: str, zones: dict[str, list[ElasticAddress]] | None):
        self.id = random_nat_gateway_id()
        self.backend, self.vpc_id = backend, vpc_id
        self.is_automatic = zones is None
        self.zones: dict[str, list[ElasticAddress]] = {}
        self.created, self.deleted = datetime.now(timezone.utc), None
        self.failure: tuple[str, str] | None = None
        self.is_released = False
        self.table: Any = None
        # Addresses in the API's shape that a failed or deleted gateway had.
        self._left: list[dict[str, Any]] = []
        self.state = Transition("pending", "available")
        taken = next((one for group in (zones or {}).values() for one in group if one.association_id), None)
        if not (attached := internet_gateway_of(backend, vpc_id)):
            self._fail("Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")
        elif taken:
            self._fail(
                "Resource.AlreadyAssociated", f"Elastic IP address [{taken.allocation_id}] is already associated"
            )
        else:
            for zone, addresses in (zones or {}).items():
                for address in addresses:
                    self.associate(zone, address)
            self._create_table(attached.id)
            backend.unsettled.append(self.settle)
            self.settle()

    def _fail(self, code: str, message: str) -> None:
        self.failure, self.is_released = (code, message), True
        self.state = Transition("pending", "failed")

    def _create_table(self, internet_gateway_id: str) -> None:
        """Create the gateway's route table: "AWS automatically creates a route table for it, which comes with a
        pre-configured route to the internet gateway". That it is associated like that of a gateway is not verified.
        """
        self.table = self.backend.create_route_table(self.vpc_id)
        destination = ("DestinationCidrBlock", "0.0.0.0/0")
        self.table._routes[f"{self.table.id}~{destination[1]}"] = Route(destination, ("GatewayId", internet_gateway_id))
        self.table._associations[random_subnet_association_id()] = self.id

    def associate(self, zone: str, address: ElasticAddress) -> None:
        self.zones.setdefault(zone, []).append(address)
        address.association_id = random_eip_association_id()
        address.regional_nat = self

    def dissociate(self, address: ElasticAddress) -> None:
        """Take an address from the gateway; one that AWS allocated is released."""
        for zone, addresses in list(self.zones.items()):
            if address in addresses:
                addresses.remove(address)
                if not addresses:
                    del self.zones[zone]
        address.association_id = address.regional_nat = None
        if is_service_managed(address):
            self.backend.addresses.remove(address)

    @property
    def addresses(self) -> list[dict[str, Any]]:
        if self.is_released:
            return self._left
        ids = {zone.name: zone.zone_id for zone in self.backend.describe_availability_zones()}
        return [
            {
                "AllocationId": address.allocation_id,
                "PublicIp": address.public_ip,
                "AssociationId": address.association_id,
                "AvailabilityZone": zone,
                "AvailabilityZoneId": ids[zone],
                "Status": "succeeded",
            }
            for zone, addresses in sorted(self.zones.items())
            for address in addresses
        ]

    def delete(self) -> None:
        self.deleted = datetime.now(timezone.utc)
        self.state = Transition("deleting", "deleted")
        self.settle()

    def settle(self) -> bool:
        """Follow the VPC's subnets, or release everything of a deleted gateway; return whether that is over."""
        if self.state == "deleted" and not self.is_released:
            self._left, self.is_released = self.addresses, True
            for address in [one for group in self.zones.values() for one in group]:
                self.dissociate(address)
            self.backend.route_tables.pop(self.table.id, None)
            self.backend.tags.pop(self.table.id, None)
        elif self.is_automatic and self.state in ("pending", "available"):
            self._follow_subnets()
        return self.is_released

    def _follow_subnets(self) -> None:
        wanted = {
            zone
            for zone, subnets in self.backend.subnets.items()
            if any(subnet.vpc_id == self.vpc_id for subnet in subnets.values())
        }
        for zone in sorted(wanted - set(self.zones)):
            address = self.backend.allocate_address("vpc")
            address.service_managed = "rnat"
            self.associate(zone, address)
        for zone in set(self.zones) - wanted:
            for address in list(self.zones[zone]):
                self.dissociate(address)

    @property
    def forgotten(self) -> bool:
        clock = type(self).state
        return self.state in ("deleted", "failed") and clock.ms_in_state(self) > DELETED_IS_LISTED_MS


def is_service_managed(address: ElasticAddress) -> bool:
    """Return true for an address that AWS allocated (ServiceManaged)."""
    return getattr(address, "service_managed", None) is not None


def regional_gateway_of(address: ElasticAddress) -> RegionalNatGateway | None:
    return getattr(address, "regional_nat", None)
