# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of AWS's services that lead a closed VPC to the hub's endpoints instead of the internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..endpoints import moves, resolution
from .question import Destination

Accounts = Mapping[str, Mapping[str, Any]]


def leads_to(
    accounts: Accounts, members: Mapping[str, Sequence[str]], host: str, to: Destination
) -> tuple[Destination, str]:
    """Return a name's destination from a host, and a note; what was asked and "" if the inventory doesn't change it.

    It is the hub's endpoint if the host declares that the service is central: at its address, if central_endpoints
    returned it in this run, else anywhere in the hub's VPC.
    """
    if not to.name or host not in members.get("closed", ()) or host not in accounts:
        return to, ""
    hubs = moves.hubs(accounts, members, accounts[host].get("region"))
    if len(hubs) != 1:
        return to, ""
    hub, variables = hubs[0], accounts[hubs[0]]
    told = (variables.get("central_endpoints_result") or {}).get("endpoints") or {}
    wanted = moves.central_services(accounts[host], host in members.get("pci", ()))
    for service in wanted:
        endpoint = told.get(service) or {}
        names = endpoint.get("names") or _usual(service, str(accounts[host].get("region")))
        if service in moves.offered(variables) and any(_is_named(to.name, name) for name in names):
            note = (
                f"{to.name} is {service}'s, which the endpoint of {hub} serves (closed_network_endpoints of {host}):"
                " closed_vpc_doctor shows what answers for it now"
            )
            return _at(to, hub, variables, resolution.addresses(endpoint)), note
    return to, ""


def _usual(service: str, region: str) -> list[str]:
    """Return the names that most services have, such as api.ecr.eu-central-1.amazonaws.com of ecr.api."""
    name = ".".join(reversed(service.split(".")))
    names = [f"{name}.{region}.amazonaws.com", f"{service}.{region}.amazonaws.com"]
    return [*names, *(f"*.{one}" for one in names if service == "ecr.dkr")]


def _is_named(asked: str, name: str) -> bool:
    bare = name.removeprefix("*.")
    return asked == bare if bare == name else asked != bare and resolution.is_within(asked, bare)


def _at(to: Destination, hub: str, variables: Mapping[str, Any], addresses: Sequence[str]) -> Destination:
    here = replace(to, name="", protocol="tcp", host=hub)
    if addresses:
        return replace(here, address=IPv4Address(addresses[0]))
    return replace(here, address=IPv4Network(variables["vpc_cidrs"][0])[0], is_host=True)
