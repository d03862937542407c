# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ends of a question are in a snapshot: interfaces, one of each class that the network treats alike.

A class is a tier, the security groups, the route table and the network ACL. Where a tier has no interface, an address
that is free stands for the next one, without a security group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..network import kinds
from ..network.addresses import Network, blocks_of, either
from ..network.ends import as_address
from ..network.packet_filters import Address
from ..network.points import Lookups
from ..network.snapshot import Item, Snapshot, Unknown
from ..network.tracer import assumed_at, subnet_with
from .question import Accounts, End, hosts_of
from .variants import tags

NAME_TAG = "closednet:name"
# AWS's own addresses of a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_FIRST = 4


class Candidate(NamedTuple):
    """Interface, or subnet, that stands for a class.

    id: that the tracer takes; name: HOST/TIER and what it is; assumed: nobody has the address; subnet: its, if assumed
    """

    id: str
    name: str
    assumed: bool = False
    subnet: str = ""


def tier_of(subnet: Item) -> str:
    """Return a subnet's tier: its tag closednet:name before the first ".", else its Name, else its id."""
    named = tags(subnet)
    return named.get(NAME_TAG, "").partition(".")[0] or named.get("Name") or str(subnet["SubnetId"])


def candidates(accounts: Accounts, snapshot: Snapshot, lookups: Lookups, end: End, sends: bool) -> list[Candidate]:
    """Return what stands for an end; [] if AWS has no subnet of it. sends: it is the sender.

    Raises Unknown for a host whose account isn't in the snapshot.
    """
    if end.id or end.name:
        return [Candidate(end.id or end.name, end.text)]
    hosts = hosts_of(accounts, end)
    if not hosts or len(end.networks) == 1 and end.networks[0].num_addresses == 1:
        # One address: the tracer knows whose it is, or that it is outside.
        return [_of_address(network, snapshot, lookups, end) for network in end.networks]
    found: list[Candidate] = []
    for host in hosts:
        subnets = list(_subnets(accounts[host], snapshot, host, end))
        found += _of_host(host, subnets, lookups, end, sends)
    return found


def _of_address(network: Network, snapshot: Snapshot, lookups: Lookups, end: End) -> Candidate:
    """Return what stands for an address: what has it; of a subnet, its next interface; else what is outside."""
    address = network[0]
    name = end.text if network.num_addresses == 1 else f"{address}, for all of {end.text}"
    subnets = subnet_with(snapshot, address)
    blocks = [block for subnet in subnets for block in blocks_of(subnet, 4)]
    free = any(
        address in block and RESERVED_FIRST <= int(address) - int(block[0]) < block.num_addresses - 1
        for block in blocks
    )
    if not free or len(subnets) != 1 or lookups.having(address):
        return Candidate(str(address), name)
    return Candidate(str(address), name, True, subnets[0]["SubnetId"])


def assume(candidate: Candidate, lookups: Lookups) -> None:
    """Let the lookups have an interface at an assumed candidate's address; a subnet's is found by the tracer."""
    address = as_address(candidate.id)
    if candidate.assumed and address:
        assumed_at(lookups, subnet_with(lookups.snapshot, address)[0], address)


def _subnets(variables: Mapping[str, Any], snapshot: Snapshot, host: str, end: End) -> Iterator[Item]:
    """Yield a host's own subnets that an end means; all but the attachment's tier if none is named."""
    account, region = str(variables.get("account_id")), variables.get("region")
    places = [place for place in snapshot.places if place.account_id == account and region in (None, place.region, "")]
    if not places:
        why = f"{host}: {snapshot.not_read(account, region)}"
        raise Unknown(host, why, f"a snapshot with {account}" + (f" in {region}" if region else ""))
    attached = str(variables.get("spoke_attachment_tier") or "tgw")
    own = [either(str(cidr)) for cidr in variables.get("vpc_cidrs") or ()]
    for place in places:
        for subnet in snapshot.items("Subnets", place):
            tier = tier_of(subnet)
            if subnet.get("OwnerId", account) != account or not _in_vpc(variables, snapshot, subnet, own):
                continue
            if end.networks and not any(_overlaps(subnet, net) for net in end.networks):
                continue
            if tier == end.tier or not end.tier and (tier != attached or end.networks):
                yield subnet


def _in_vpc(variables: Mapping[str, Any], snapshot: Snapshot, subnet: Item, own: Sequence[Network]) -> bool:
    if variables.get("vpc_id"):
        return bool(subnet["VpcId"] == variables["vpc_id"])
    return any(_overlaps(subnet, cidr) for cidr in own)


def _overlaps(subnet: Item, cidr: Network) -> bool:
    return any(block.overlaps(cidr) for block in blocks_of(subnet, cidr.version))


def _of_host(host: str, subnets: Sequence[Item], lookups: Lookups, end: End, sends: bool) -> list[Candidate]:
    found: dict[tuple[Any, ...], Candidate] = {}
    by_subnet: dict[str, list[Item]] = {}
    for item in lookups.interfaces.values():
        by_subnet.setdefault(item["SubnetId"], []).append(item)
    with_interface = set()
    for subnet in subnets:
        key = (tier_of(subnet), _table(lookups, subnet), _acl(lookups, subnet))
        for item in by_subnet.get(subnet["SubnetId"], ()):
            if not _is_end(item, sends) or not _within(item, end.networks):
                continue
            with_interface.add(key)
            groups = tuple(sorted(group["GroupId"] for group in item.get("Groups", ())))
            kind = item.get("InterfaceType", "interface")
            id_ = item["NetworkInterfaceId"]
            name = f"{host}/{key[0]} ({', '.join([id_, *groups])})"
            found.setdefault((*key, groups, kind), Candidate(id_, name))
    for subnet in subnets:
        key = (tier_of(subnet), _table(lookups, subnet), _acl(lookups, subnet))
        if key not in with_interface and blocks_of(subnet, 4):
            name = f"{host}/{key[0]} (any address of {subnet['SubnetId']})"
            found.setdefault(key, Candidate(subnet["SubnetId"], name, True, subnet["SubnetId"]))
    return list(found.values())


def _is_end(item: Item, sends: bool) -> bool:
    kind = item.get("InterfaceType", "interface")
    if item.get("Status") == "available":
        return False  # attached to nothing, it neither sends nor takes packets
    return kind in kinds.WORKLOADS or not sends and kind in kinds.TAKE


def _within(item: Item, networks: Sequence[Network]) -> bool:
    if not networks:
        return True
    found: list[Address] = [*_addresses(item)]
    return any(address in network for address in found for network in networks)


def _addresses(item: Item) -> Iterator[Address]:
    listed = item.get("PrivateIpAddresses") or ([item] if "PrivateIpAddress" in item else [])
    yield from (either(one["PrivateIpAddress"])[0] for one in listed)
    yield from (either(one["Ipv6Address"])[0] for one in item.get("Ipv6Addresses", ()))


def _table(lookups: Lookups, subnet: Item) -> str:
    try:
        return str(lookups.table_of(subnet)[0]["RouteTableId"])
    except Unknown:
        return ""


def _acl(lookups: Lookups, subnet: Item) -> str:
    for _place, acl in lookups.snapshot.every("NetworkAcls"):
        if any(one["SubnetId"] == subnet["SubnetId"] for one in acl["Associations"]):
            return str(acl["NetworkAclId"])
    return ""
