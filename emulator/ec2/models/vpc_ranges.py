# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CIDR blocks that AWS refuses to add to a VPC, depending on the ones that it has.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network

from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value

_BLOCKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_OF_SERVICES = IPv4Network("198.19.0.0/16")
_NEVER = tuple(map(IPv4Network, ("169.254.0.0/16", "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4")))


def network(cidr: str, parameter: str = "cidrBlock") -> IPv4Network:
    """Return the CIDR block in canonical form, as AWS stores it: 100.68.0.18/18 is 100.68.0.0/18.

    Raises InvalidParameterValue, with the parameter's name, if the block is invalid.
    """
    try:
        if not re.fullmatch(r"[0-9.]+/[0-9]+", cidr):
            raise ValueError(cidr)
        return IPv4Network(cidr, strict=False)
    except ValueError:
        raise _invalid(cidr, parameter) from None


def network_ipv6(cidr: str, parameter: str) -> IPv6Network:
    """Return the IPv6 CIDR block in canonical form; the text of a refusal is that of IPv4, not verified for IPv6."""
    try:
        return IPv6Network(cidr, strict=False)
    except ValueError:
        raise _invalid(cidr, parameter) from None


def _invalid(cidr: str, parameter: str) -> EC2ClientError:
    return invalid_value(f"Value ({cidr}) for parameter {parameter} is invalid. This is not a valid CIDR block.")


def check_size(block: IPv4Network) -> None:
    """Raise InvalidVpc.Range for a block of a size or of a kind that no VPC has.

    Sizes, and link-local addresses: vpc-cidr-blocks.html. That AWS refuses the other reserved ones (loopback,
    multicast, ...), and with this code, is not verified.
    """
    if not 16 <= block.prefixlen <= 28 or any(map(block.overlaps, _NEVER)):
        raise EC2ClientError("InvalidVpc.Range", f"The CIDR '{block}' is invalid.")


def check_added(existing: list[IPv4Network], block: IPv4Network) -> None:
    """Raise InvalidVpc.Range if AWS refuses to add the block; checks only what the table restricts explicitly.

    existing: the VPC's CIDR blocks, the primary first.
    """
    mine = [private for private in _BLOCKS if block.subnet_of(private)]
    primary = existing[0]
    restricted = (
        (block.subnet_of(_OF_SERVICES) and not primary.subnet_of(_OF_SERVICES))
        # "You can also associate a CIDR in one of the RFC 1918 ranges, but to do this you have to add that CIDR first
        # when you create the VPC"
        or (bool(mine) and not primary.subnet_of(mine[0]))
        or (
            block.subnet_of(IPv4Network("10.0.0.0/16"))
            and any(one.subnet_of(IPv4Network("10.0.0.0/15")) for one in existing)
        )
        or block.subnet_of(IPv4Network("172.31.0.0/16"))
    )
    if restricted:
        # Code and text as users quote AWS's answer: "Error creating VPC IPv4 CIDR block association:
        # InvalidVpc.Range: The CIDR '192.168.0.0/16' is restricted. Use a CIDR from ..."
        raise EC2ClientError(
            "InvalidVpc.Range",
            f"The CIDR '{block}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR,"
            " or use a publicly-routable CIDR. For additional restrictions, see"
            " https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
        )
