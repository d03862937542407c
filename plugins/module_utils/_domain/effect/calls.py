# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes to the network that a plan of a whole inventory has, by host and in the order of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..inventory import relations
from ..roster import RESULTS, of_cloud


@dataclass(frozen=True)
class Part:
    """Calls of one result of a host, as the module returns them: {address, operation, params, later}.

    name: of the result, with that of the loop's item after a dot; ids: {address: id} of what the module found
    """

    name: str
    calls: tuple[Mapping[str, Any], ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HostCalls:
    """What a run would write for one host. hub: the host that has its Transit Gateway; unknown: what isn't told."""

    host: str
    account_id: str
    region: str | None
    parts: tuple[Part, ...] = ()
    hub: str = ""
    unknown: tuple[str, ...] = ()


def of_accounts(
    accounts: Mapping[str, Mapping[str, Any]], approved: Mapping[str, Any] | None = None
) -> list[HostCalls]:
    """Return the calls of each host of AWS.

    accounts: the variables of each host, with the results of the roles, run in check mode. approved: an approved plan,
    whose calls are taken in place of the results': {"accounts": {host: {"network_calls": {result: [call]}}}}.
    """
    ours = of_cloud(accounts, "aws")
    hubs = {host: variables for host, variables in ours.items() if "hub_segments" in variables}
    found = []
    for host, variables in ours.items():
        if variables.get("account_id") is None:
            continue
        if approved is None:
            parts, unknown = _of_results(host, variables)
        else:
            parts, unknown = _of_approved(host, approved)
        near = relations.hubs_of(variables, hubs)
        hub = host if host in hubs else near[0] if len(near) == 1 else ""
        region = variables.get("region")
        found.append(HostCalls(host, str(variables["account_id"]), region, tuple(parts), hub, tuple(unknown)))
    return found


def _of_results(host: str, variables: Mapping[str, Any]) -> tuple[list[Part], list[str]]:
    parts, unknown = [], []
    for name, result in _results(variables):
        if result.get("failed"):
            unknown.append(f"{host}: {name} failed: {result.get('msg', 'no message')}")
        elif result.get("skipped"):
            unknown += _waiting(host, name)
        elif "network_calls" in result:
            parts.append(Part(name, tuple(result["network_calls"]), result.get("ids") or {}))
            unknown += [f"{host}: {call['address']}: {call['unknown']}" for call in _unforeseen(result)]
        elif result.get("plan"):
            unknown.append(f"{host}: {name} has steps without what they write")
    return parts, unknown


def _waiting(host: str, name: str) -> list[str]:
    """Return what a skipped result keeps unknown: an endpoint of a loop waits for its service, a task wasn't wanted."""
    _result, in_loop, endpoint = name.partition(".")
    text = f"{host}: what endpoint {endpoint} reaches, once its provider has published the service"
    return [text] if in_loop else []


def _unforeseen(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [call for call in result["network_calls"] if call.get("unknown")]


def _of_approved(host: str, approved: Mapping[str, Any]) -> tuple[list[Part], list[str]]:
    planned = (approved.get("accounts") or {}).get(host) or {}
    calls: Mapping[str, Any] = planned.get("network_calls") or {}
    return [Part(name, tuple(listed)) for name, listed in calls.items()], []


def _results(variables: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (name, result) of each role that ran, in the order of a run; of a loop, one for each item."""
    for name in RESULTS:
        result = variables.get(name)
        if not isinstance(result, Mapping):
            continue
        if "results" not in result:
            yield name, result
        for part in result.get("results", ()):
            item = part.get(part.get("ansible_loop_var", ""), "")
            named = item.get("name", "") if isinstance(item, Mapping) else item
            yield f"{name}.{named}", part


def in_order(hosts: Sequence[HostCalls]) -> list[tuple[HostCalls, Part, Mapping[str, Any]]]:
    """Return the calls in the order of a run: all parts in the roster's order, then what waits for others."""
    order = {name: number for number, name in enumerate(RESULTS)}
    listed = [(host, part) for host in hosts for part in host.parts]
    listed.sort(key=lambda pair: order.get(pair[1].name.partition(".")[0], len(order)))
    return [
        (host, part, call)
        for later in (False, True)
        for host, part in listed
        for call in part.calls
        if bool(call.get("later")) is later and not call.get("unknown")
    ]
