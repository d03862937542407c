# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plans of each host, from the modules' results, as data that plan_text, plan_html and topology_dot show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._core import escape
from ..inventory import relations
from ..roster import RESULTS
from . import connections
from .connections import Mark

# The note for an endpoint that the role privatelink_consumer skips.
UNPUBLISHED = "its provider has yet to publish the service; run the provider, then this account"
SIGNS = {"create": "+", "change": "~", "delete": "-"}
# A change of what may leave, as network_firewall returns it: `payments: + api.stripe.com:443 from alpha (10.1.0.0/16)`.
LEAVES = re.compile(r"(?P<group>.*?): (?P<sign>[+-]) (?P<what>.*)", re.DOTALL)
# Its words of a change of the mode, by what it does: without enforcement, everything may leave.
MODES = {"mode: enforce -> monitor": True, "mode: monitor -> enforce": False}

# Of a longer list, a change shows only what differs.
LONG = 8
# A line has no more items than that, more than a security group has rules; plan_json has all.
MOST_SHOWN = 60


@dataclass(frozen=True)
class PlannedStep:
    """A step of a plan that people see. text: the step as one line.

    before, after: its fields; for a change, only those that it changes; None: the module reports none.
    cuts: it ends connections.
    """

    address: str
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    text: str
    cuts: bool = False


@dataclass(frozen=True)
class Leaving:
    """A change of what may leave for the internet. opens: None if the module's words don't tell.

    text: the change in the module's words; signed: the same with its sign first, as in a diff
    """

    opens: bool | None
    text: str
    signed: str


@dataclass(frozen=True)
class HostPlan:
    """Contents of the results of a host's roles.

    steps     those that people see
    notes     of the modules, then those of relations.advice
    findings  what isn't as declared and no step changes
    failures  messages of failed results
    leaving   what the steps open and close for traffic that leaves: first what they open
    marks     what the inventory's steps, those of others too, do to the host's connections
    unnamed   what a hub would open, and refuses until allow_opens names it
    """

    steps: list[PlannedStep]
    notes: list[str]
    findings: list[str]
    failures: list[str]
    leaving: list[Leaving] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """True if there is nothing to tell but notes."""
        return not (self.steps or self.findings or self.failures or self.leaving or self.marks or self.unnamed)

    @property
    def counts(self) -> Counter[str]:
        """Number of steps by action."""
        return Counter(step.action for step in self.steps)


def host_plans(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, HostPlan]:
    """Return the plan of each host.

    accounts: the variables of each host: account_id and region (for reports), what relations.advice reads, and the
    result (RESULTS) of each role that ran: plan, notes, findings, failed, msg; or results, of a role that loops.
    """
    advice, names = relations.advice(accounts), connections.names_of_ids(accounts)
    parts = {host: list(parts_of(variables)) for host, variables in accounts.items()}
    steps = {host: [step for part in listed for step in part[2].get("plan", [])] for host, listed in parts.items()}
    marks = connections.marks(steps, accounts)
    return {host: _host_plan(parts[host], advice[host], marks[host], names) for host in accounts}


def _host_plan(
    parts: list[tuple[str, str, Mapping[str, Any]]], advice: list[str], marks: list[Mark], names: Mapping[str, str]
) -> HostPlan:
    return HostPlan(
        [
            _planned(step, prefix, names)
            for _name, prefix, part in parts
            for step in _once(seen_by_people(part.get("plan", [])))
        ],
        [f"{prefix}{note}" for _name, prefix, part in parts for note in part.get("notes", [])] + advice,
        [f"{prefix}{finding}" for _name, prefix, part in parts for finding in part.get("findings", [])],
        [part.get("msg", "no message") for _name, _prefix, part in parts if part.get("failed")],
        _leaving((prefix, change) for _name, prefix, part in parts for change in part.get("egress_changes") or ()),
        marks,
        [
            f"{name}: {text}"
            for _name, _prefix, part in parts
            for name, text in (part.get("unnamed_opens") or {}).items()
        ],
    )


def _leaving(changes: Iterable[tuple[str, str]]) -> list[Leaving]:
    """Return the changes, given as (prefix of its lines, words of the module): first what they open."""
    found = [_one_leaving(prefix, words) for prefix, words in sorted(changes)]
    return sorted(found, key=lambda change: (True, False, None).index(change.opens))


def _one_leaving(prefix: str, words: str) -> Leaving:
    text = f"{prefix}{words}"
    for mode, opens in MODES.items():
        if words == mode or words.startswith(f"{mode}:"):
            return Leaving(opens, text, f"{'+' if opens else '-'} {text}")
    match = LEAVES.fullmatch(text)
    if match is None:
        return Leaving(None, text, f"~ {text}")
    return Leaving(match["sign"] == "+", text, f"{match['sign']} {match['group']}: {match['what']}")


def parts_of(variables: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (name, prefix of its lines, result) of each role that ran; of a role that loops, one for each item."""
    for name in RESULTS:
        result = variables.get(name)
        if result is None:
            continue
        if "results" not in result:
            yield name, "", result
        for part in result.get("results", []):
            item = item_name(part)
            yield f"{name}.{item}", f"{item}: ", {"notes": [UNPUBLISHED]} if part.get("skipped") else part


def item_name(part: Mapping[str, Any]) -> str:
    """Return the name of the loop item that this result is of, or "" if it isn't of a loop."""
    item = part.get(part.get("ansible_loop_var", ""), "")
    return str(item.get("name", "") if isinstance(item, Mapping) else item)


def seen_by_people(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the steps without those that only complete a resource that the same plan creates.

    The `after` of the step that creates it already shows them. A deletion of the resource that it replaces stays.
    """
    created = {step["address"] for step in steps if step["action"] == "create"}

    def completes(address: str) -> bool:
        # A name may contain colons, too, such as an IPv6 CIDR.
        return any(address[: colon.start()] in created for colon in re.finditer(":", address))

    return [
        step
        for step in steps
        if step["address"] in created or step["action"] == "delete" or not completes(step["address"])
    ]


def _once(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the steps with one in place of several calls for the same fields: an association leaves, and joins."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for step in steps:
        address, dot, _call = str(step["address"]).rpartition(".")
        whole = step["action"] != "change" or ":" not in address or not dot or step["after"] is None
        key = (str(step["address"]) if whole else f"{address}.", repr((step["before"], step["after"])))
        first = found.setdefault(key, step)
        if first is not step:
            found[key] = {**first, "address": address}
    return list(found.values())


def total(plans: Mapping[str, HostPlan]) -> Counter[str]:
    """Return the number of steps of all hosts by action."""
    return sum((plan.counts for plan in plans.values()), Counter())


def connections_sum(plans: Mapping[str, HostPlan]) -> str:
    """Return the number of accounts by what happens to their connections, such as `1 cut, 2 moved`; "" if nothing."""
    counts = Counter(kind for plan in plans.values() for kind in {mark.kind for mark in plan.marks})
    return ", ".join(f"{counts[kind]} {kind}" for kind in ("cut", "moved") if counts[kind])


def leaving_sum(plans: Mapping[str, HostPlan]) -> str:
    """Return the number of changes of what may leave, such as `2 opened, 1 closed`; "" if there is none."""
    counts = Counter(change.opens for plan in plans.values() for change in plan.leaving)
    words = {True: "opened", False: "closed", None: "changed"}
    return ", ".join(f"{counts[opens]} {word}" for opens, word in words.items() if counts[opens])


def _planned(step: Mapping[str, Any], prefix: str, names: Mapping[str, str]) -> PlannedStep:
    text = _step_line(step, prefix, names)
    return PlannedStep(step["address"], step["action"], step["before"], step["after"], text, connections.is_cut(step))


def _step_line(step: Mapping[str, Any], prefix: str, names: Mapping[str, str]) -> str:
    before, after = step["before"], step["after"]
    if step["action"] == "create":
        # Ids that aren't known yet add nothing to the addresses.
        shown = {
            key: _shown(value, names) for key, value in after.items() if key != "tags" and value not in ("", [], None)
        }
        fields = ", ".join(f"{key} {text}" for key, text in shown.items() if "(known after " not in text)
    elif step["action"] == "change":
        # What `before` lacks isn't a field but what the step does, such as its effect on connections.
        fields = ", ".join(
            f"{key} {_change(before[key], after[key], names) if key in before else _shown(after[key], names)}"
            for key in after
            if not (key in before and before[key] == after[key])
        )
    else:
        # What a deletion does to others, such as the connections that it closes.
        fields = f"effect {_shown(before['effect'])}" if before.get("effect") else ""
    return f"{SIGNS[step['action']]} {prefix}{step['address']}" + (f": {fields}" if fields else "")


def _change(before: Any, after: Any, names: Mapping[str, str]) -> str:
    """Return a field's change in one line; of a long list, such as a firewall's rules, only what differs."""
    if not all(isinstance(value, (list, tuple)) for value in (before, after)) or max(len(before), len(after)) <= LONG:
        return f"{_shown(before, names)} -> {_shown(after, names)}"
    parts = {"-": [item for item in before if item not in after], "+": [item for item in after if item not in before]}
    shown = " ".join(f"{sign}{_shown(items)}" for sign, items in parts.items() if items)
    return f"{shown or 'in another order'} (of {len(before)})"


def _shown(value: Any, names: Mapping[str, str] | None = None) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{len(value)} items]" if len(value) > MOST_SHOWN else "[" + ", ".join(map(_shown, value)) + "]"
    if names and isinstance(value, str) and value in names:
        return f"{names[value]} ({value})"
    return value if isinstance(value, str) else escape.literal(value)
