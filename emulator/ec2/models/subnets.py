# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets: moto's, with the addresses and the interfaces that are in them."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidCidrReservationNotWithinSubnetCidr,
    InvalidCidrReservationOverlapExisting,
)
from moto.ec2.models.subnets import Subnet as MotoSubnet
from moto.ec2.models.subnets import SubnetCidrReservation

from emulator.ec2.models.addresses import Pool, Pool6
from emulator.ec2.models.ipv6 import ipv6_of_subnet


class Subnet(MotoSubnet):
    """A subnet.

    pool: IPv4 addresses, None in an IPv6-only subnet; interfaces: by id, those of accounts that share the subnet, too.
    """

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.interfaces: dict[str, Any] = {}
        self.pool = Pool(self.cidr) if isinstance(self.cidr, IPv4Network) else None
        self.pool6 = Pool6()

    @property
    def available_ip_address_count(self) -> int:
        return self.pool.free if self.pool else 0

    @property
    def ipv4(self) -> Pool:
        """IPv4 addresses; raises AWS's error in an IPv6-only subnet. Its text is not verified."""
        if self.pool is None:
            raise EC2ClientError("InvalidParameterCombination", f"Subnet {self.id} is an IPv6 only subnet")
        return self.pool

    @property
    def ipv6_block(self) -> IPv6Network | None:
        blocks = ipv6_of_subnet(self, "associating", "associated")
        return IPv6Network(blocks[0]["ipv6CidrBlock"], strict=False) if blocks else None

    # What moto's other services call before they create an interface, which takes the address.

    def get_available_subnet_ip(self, instance: Any) -> str:
        return self.pool.peek() if self.pool else ""

    def request_ip(self, ip: str, instance: Any) -> None:
        self.ipv4.check(ip)

    def del_subnet_ip(self, ip: str) -> None:
        """Do nothing: the interface gives its addresses back."""

    # Reservations

    def create_cidr_reservation(
        self,
        reservation_type: Literal["explicit", "prefix"],
        cidr_block: Any,
        tag_specifications: list[dict[str, Any]] | None = None,
    ) -> SubnetCidrReservation:
        """Reserve a CIDR block; moto's method enumerates its addresses, of IPv6, too."""
        if not self._cidr_within_subnet_cidr_blocks(cidr_block):
            raise InvalidCidrReservationNotWithinSubnetCidr(str(self.cidr))
        if self._cidr_overlaps_with_existing_reservation(cidr_block):
            raise InvalidCidrReservationOverlapExisting(str(cidr_block))
        made = SubnetCidrReservation(
            self.ec2_backend, self.id, cidr_block, reservation_type, self.owner_id, tag_specifications
        )
        self._cidr_reservations.append(made)
        self._note_reservations()
        return made

    def delete_subnet_cidr_reservation(self, reservation_id: str) -> SubnetCidrReservation | None:
        for reservation in self._cidr_reservations:
            if reservation.id == reservation_id:
                self._cidr_reservations.remove(reservation)
                self._note_reservations()
                return reservation
        return None

    def _note_reservations(self) -> None:
        if self.pool is None:
            return
        blocks = [(one, one.cidr) for one in self._cidr_reservations if isinstance(one.cidr, IPv4Network)]
        ranges = [(one, int(cidr.network_address) - self.pool.first, cidr.num_addresses) for one, cidr in blocks]
        self.pool.reservations = [range(start, start + size) for _, start, size in ranges]
        self.pool.for_prefixes = [
            range(start, start + size) for one, start, size in ranges if one.reservation_type == "prefix"
        ]
