# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the steps of one account's plan do to the connections of others: who moves to another segment, and who is cut.

A step stands in the plan of the account that takes it (a hub, a provider). Those whom it moves or cuts off have no step
of their own, so it is told in their plans, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ASSOCIATION, CONNECTION = "transit_gateway_association", "endpoint_connection"
TABLE = "transit_gateway_route_table"
# Kinds whose deletion ends connections of the account itself.
ENDS = {
    "interface_endpoint": "an endpoint",
    "psc_endpoint": "an endpoint",
    "transit_gateway_attachment": "an attachment",
}
STOPS = "traffic stops"


@dataclass(frozen=True)
class Mark:
    """What a plan does to an account's connections.

    kind: cut or moved; text: in words; by: the host that does it; short: a move's segments, for a picture
    """

    kind: str
    text: str
    by: str
    short: str = ""

    @property
    def line(self) -> str:
        return f"{'-' if self.kind == 'cut' else '~'} {self.text}"


def marks(
    plans: Mapping[str, Sequence[Mapping[str, Any]]], accounts: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Mark]]:
    """Return {host: its marks}; those of what is no host of the inventory are of the host that does it.

    plans: the steps of each host; accounts: the variables of each host.
    """
    names = names_of_ids(accounts)
    by_account: dict[str, list[str]] = defaultdict(list)
    for host, variables in accounts.items():
        by_account[str(variables.get("account_id"))].append(host)
    found: dict[str, list[Mark]] = {host: [] for host in accounts}
    for by, steps in plans.items():
        for who, kind, text, short in _of_steps(by, steps, names):
            hosts = [who] if who in accounts else by_account.get(who, [])
            for host in hosts or [by]:
                mark = Mark(kind, text if hosts else f"{who}: {text}", by, short)
                if mark not in found[host]:
                    found[host].append(mark)
    return found


def names_of_ids(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return {id: name} of the hubs' route tables and attachments: a segment, a host."""
    names: dict[str, str] = {}
    for variables in accounts.values():
        result = variables.get("hub_result") or {}
        names |= {id_: segment for segment, id_ in (result.get("route_table_ids") or {}).items()}
        for address, id_ in (result.get("ids") or {}).items():
            kind, _dot, name = address.partition(".")
            if kind in ("spoke_attachment", "other_attachment", "transit_gateway_attachment"):
                names[id_] = name
    return names


def is_cut(step: Mapping[str, Any]) -> bool:
    """Return true if the step ends connections, whatever call it is."""
    kind = str(step["address"]).partition(".")[0]
    if kind == CONNECTION:
        return (step.get("after") or {}).get("state") == "rejected" and (step.get("before") or {}).get("state") in USED
    if step["action"] == "delete":
        return kind in ENDS or _stops(step.get("before"))
    return _stops(step.get("after"))


# States of an endpoint's connection that carry traffic, or are about to (VpcEndpointConnection, vpcEndpointState).
USED = ("available", "partial", "pending")


def _stops(side: Mapping[str, Any] | None) -> bool:
    return any(STOPS in str(line) for line in (side or {}).get("effect") or ())


def _of_steps(
    by: str, steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield (host, name or account id of whom it concerns, kind, text, short)."""
    created = {step["address"] for step in steps if step["action"] == "create"}
    for step in steps:
        kind, _dot, rest = str(step["address"]).partition(".")
        name = rest.partition(":")[0]
        before, after = step.get("before") or {}, step.get("after") or {}
        if kind == ASSOCIATION and step["action"] == "change" and "table" in after:
            old, new = (_segment(side["table"], names) for side in (before, after))
            yield name, "moved", f"moves from segment {old} to segment {new} (a step of {by})", f"moves: {old} to {new}"
        elif kind == ASSOCIATION and step["action"] == "delete" and step["address"] not in created:
            old = _segment(before.get("table"), names)
            yield (
                name,
                "cut",
                f"leaves segment {old}: it reaches nothing through the Transit Gateway (a step of {by})",
                "",
            )
        elif kind == CONNECTION and is_cut(step):
            why = f": {after['reason']}" if after.get("reason") else ""
            yield str(after.get("account_id")), "cut", f"its endpoint {name} is rejected{why} (a step of {by})", ""
        elif is_cut(step) and (kind not in ENDS or step["address"] not in created):
            yield by, "cut", f"{ENDS.get(kind, 'a connection')} ends: {step['address']}", ""


def _segment(table: Any, names: Mapping[str, str]) -> str:
    text = str(table)
    # Of a table that the same plan creates: "(known after transit_gateway_route_table.NAME)".
    if text.startswith(f"(known after {TABLE}."):
        return text[len(f"(known after {TABLE}.") :].rstrip(")")
    return names.get(text, text)
