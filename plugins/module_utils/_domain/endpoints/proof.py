# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof that a VPC reaches the hub's endpoints: names lead there, and the networks of both accounts deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..network.snapshot import Snapshot
from ..network.trip import Way
from ..network.trips import problem
from . import profiles, resolution

Item = Mapping[str, Any]


def unproven(
    doctor: Item, central: Item, services: Iterable[str], network: Snapshot | None, paths_only: bool = False
) -> list[str]:
    """Return what isn't proven, in words; [] if all is. What isn't known isn't proven.

    doctor: result of closed_vpc_doctor on the VPC, with these services and `central`; it has answers, subnet_ids
    central: result of central_endpoints in the hub's account; it has profile_id, endpoints
    network: of both accounts, and of the transit gateway's; None if it wasn't read
    paths_only: whoever answers for the names now
    """
    answers, endpoints = doctor.get("answers") or {}, central.get("endpoints") or {}
    subnets = doctor.get("subnet_ids") or ()
    if not subnets:
        return ["no subnet of the VPC was read"]
    found: list[str] = []
    addresses: dict[str, list[str]] = {}
    for service in services:
        of_hub = endpoints.get(service) or {}
        addresses[service] = resolution.addresses(of_hub)
        if not of_hub.get("id") or not addresses[service]:
            found.append(f"{service}: the hub has no endpoint with addresses")
        elif not paths_only:
            found += _names(service, answers.get(service), of_hub, central.get("profile_id"))
    if network is None:
        return [*found, "the networks between the VPC and the hub's endpoints weren't read"]
    return [*found, *_paths(network, subnets, addresses)]


def _names(service: str, answer: Item | None, of_hub: Item, profile_id: str | None) -> Iterator[str]:
    if not answer:
        yield f"{service}: what answers for its names wasn't read"
    elif answer["by"] != resolution.PROFILE_ENDPOINT:
        yield f"{service}: {answer['says']}"
    elif (answer["id"], answer["profile_id"]) != (of_hub["id"], profile_id):
        yield f"{service}: {answer['says']}, instead of {of_hub['id']} of {profile_id}"


def _paths(network: Snapshot, subnets: Sequence[str], addresses: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for service, listed in addresses.items():
        for subnet_id, where, stopped in blocked(network, subnets, service, listed):
            yield f"{service}: from {subnet_id} to {where}: {stopped.verdict}: {stopped.decided_by.message}"


def blocked(
    network: Snapshot, subnets: Sequence[str], service: str, addresses: Sequence[str]
) -> Iterator[tuple[str, str, Way]]:
    """Yield (subnet id, "address:port", the direction that isn't delivered) of calls to a service's endpoint.

    On each of the service's ports, since rules of security groups and network ACLs differ by port.
    """
    for subnet_id in subnets:
        for address in addresses:
            for port in profiles.ports([service]):
                stopped = problem(network, subnet_id, address, "tcp", port)
                if stopped:
                    yield subnet_id, f"{address}:{port}", stopped
