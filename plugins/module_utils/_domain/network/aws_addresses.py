# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses at which AWS itself answers in every VPC; neither security groups nor network ACLs filter their packets.

https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html
https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-ec2-ntp.html
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import NamedTuple

from .addresses import parsed
from .packet_filters import Address, Packet
from .snapshot import Item

LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fd00:ec2::/32"), ip_network("fe80::/10"))


class Service(NamedTuple):
    """what: in words; protocols, port: at which it answers; note: what the verdict leaves open"""

    what: str
    protocols: tuple[str, ...]
    port: int
    note: str


RESOLVER = Service("the VPC's resolver", ("tcp", "udp"), 53, "whether the VPC has DNS support isn't in the snapshot")
METADATA = Service("the instance metadata service", ("tcp",), 80, "what the instance's metadata options require")
TIME = Service("the time service", ("udp",), 123, "")
SERVICES = {
    ip_address("169.254.169.253"): RESOLVER,
    ip_address("fd00:ec2::253"): RESOLVER,
    ip_address("169.254.169.254"): METADATA,
    ip_address("fd00:ec2::254"): METADATA,
    ip_address("169.254.169.123"): TIME,
    ip_address("fd00:ec2::123"): TIME,
}


def is_own(vpc: Item, address: Address) -> bool:
    """Return true for an address that AWS itself has in a VPC, which no route leads to."""
    return any(address in network for network in LINK_LOCAL) or address == _resolver(vpc)


def service(vpc: Item, packet: Packet) -> Service | None:
    """Return what answers the packet at its destination; None if no page says that anything does."""
    found = RESOLVER if packet.destination == _resolver(vpc) else SERVICES.get(packet.destination)
    answers = found and packet.protocol in found.protocols and packet.ports == (found.port, found.port)
    return found if answers else None


def _resolver(vpc: Item) -> Address | None:
    cidr = vpc.get("CidrBlock")
    return parsed(cidr)[2] if cidr else None
