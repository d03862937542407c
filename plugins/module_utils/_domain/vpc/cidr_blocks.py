# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check which IPv4 CIDRs a VPC can have together, and how many.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html: "Considerations" and "IPv4 CIDR block association
restrictions"; https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "IPv4 CIDR blocks per VPC".
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from ..._core.errors import Invalid
from ..values import quotas

QUOTA, MOST = 5, 50
_RESERVED = [IPv4Network(cidr) for cidr in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]
_PRIVATE = [IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
# AWS's own services use these addresses.
_SERVICES = IPv4Network("198.19.0.0/16")
_LOW_10, _LOWEST_10, _DEFAULT_172 = (IPv4Network(cidr) for cidr in ("10.0.0.0/15", "10.0.0.0/16", "172.31.0.0/16"))


def check(option: str, cidrs: Sequence[str], quota: int, quota_option: str, adopted: bool) -> None:
    """Check the IPv4 CIDRs of a VPC against the quota and AWS's restrictions. Raises Invalid.

    cidrs: valid CIDRs, the primary first. adopted: the VPC exists and has them, so only the quota is checked.
    """
    quotas.check(quota_option, quota, QUOTA, MOST)
    if len(cidrs) > quota:
        expected = f"{quota} at most, or {quota_option} with the quota of this account (IPv4 CIDR blocks per VPC)"
        raise Invalid(option, list(cidrs), f"are {len(cidrs)} ranges", expected)
    for index, cidr in enumerate([] if adopted else cidrs):
        problem = restriction(cidrs[:1] if index else [], cidr)
        if problem:
            raise Invalid(f"{option}[{index}]", cidr, problem, "one that AWS associates (VPC CIDR blocks)")


def restriction(existing: Sequence[str], cidr: str) -> str:
    """Return why AWS refuses to add this CIDR to a VPC that has the existing ones; "" if AWS accepts it."""
    added = IPv4Network(cidr)
    reserved = _within(added, _RESERVED)
    if reserved:
        return f"is in {reserved}, which no VPC can have"
    for other in existing:
        problem = _together(IPv4Network(other), added)
        if problem:
            return f"can't be added to a VPC with {other}: {problem}"
    return ""


def _together(there: IPv4Network, added: IPv4Network) -> str:
    private, other = _within(added, _PRIVATE), _within(there, _PRIVATE)
    if added.subnet_of(_SERVICES) and not there.subnet_of(_SERVICES):
        return f"{_SERVICES} is for AWS's own services"
    if private and private != other:
        return "it takes private ranges (RFC 1918) only of the block that its primary range is of"
    if there.subnet_of(_LOW_10) and added.subnet_of(_LOWEST_10):
        return f"beside a range in {_LOW_10} there can't be a further one in {_LOWEST_10}"
    if other and added.subnet_of(_DEFAULT_172):
        return f"{_DEFAULT_172} can only be a primary range"
    return ""


def _within(network: IPv4Network, blocks: Sequence[IPv4Network]) -> IPv4Network | None:
    return next((block for block in blocks if network.subnet_of(block)), None)
