# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules' results say about a whole inventory, for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain import inventory, segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.segments import Attachment, Table

# What the role privatelink_consumer leaves out.
UNPUBLISHED = "its provider has yet to publish the service; run the provider, then this account"
SIGNS = {"create": "+", "change": "~", "delete": "-"}
RESULTS = (
    "vpc_result",
    "hub_result",
    "spoke_result",
    "privatelink_provider_result",
    "privatelink_consumer_result",
    "closed_network_result",
    "closed_network_block_result",
    "pci_people_result",
    "pci_account_result",
    "pci_account_policy_result",
)


def plan_lines(accounts: Mapping[str, Mapping[str, Any]], notes: bool = True) -> list[str]:
    """One line for each step, note (unless notes is False) and failure of each account, then the sum.

    accounts: for each host its variables, of which are read: account_id, region, what inventory.advice reads, and of
    each role that ran its result (RESULTS): plan, notes, failed, msg; or results, of a role that loops.
    """
    advice = inventory.advice(accounts) if notes else {}
    lines: list[str] = []
    total: Counter[str] = Counter()
    failed = []
    for host, variables in accounts.items():
        of_host = []
        results = [part for name in RESULTS if (result := variables.get(name)) is not None for part in _parts(result)]
        for prefix, result in results:
            steps = _seen_by_people(result.get("plan", []))
            total.update(step["action"] for step in steps)
            of_host += [_step_line(step, prefix) for step in steps]
        if notes:
            of_host += [f"! {prefix}{note}" for prefix, result in results for note in result.get("notes", [])]
            of_host += [f"! {line}" for line in advice[host]]
        failures = [result.get("msg", "no message") for _prefix, result in results if result.get("failed")]
        of_host += [f"FAILED {message}" for message in failures]
        if failures:
            failed.append(host)
        if of_host:
            region = f", {variables['region']}" if variables.get("region") else ""
            lines += [f"{host} ({variables.get('account_id')}{region})", *(f"  {line}" for line in of_host)]
    return [*lines, _sum(len(accounts), total, failed)]


def _parts(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(prefix of its lines, result) of a task, or of each item of one that loops, which is told by the item's name."""
    if "results" not in result:
        return [("", result)]
    return [
        (f"{part[part['ansible_loop_var']]['name']}: ", {"notes": [UNPUBLISHED]} if part.get("skipped") else part)
        for part in result["results"]
    ]


def _seen_by_people(steps: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without what only completes something that the same plan makes: its `after` says it already."""
    made = {step["address"] for step in steps if step["action"] == "create"}
    return [step for step in steps if step["address"] in made or step["address"].partition(":")[0] not in made]


def _sum(accounts: int, total: Mapping[str, int], failed: list[str]) -> str:
    counts = ", ".join(f"{total[action]} to {action}" for action in SIGNS if total[action])
    text = f"{accounts} accounts: {counts or 'nothing to do'}"
    return f"{text}; FAILED: {', '.join(failed)}" if failed else text


def _step_line(step: Mapping[str, Any], prefix: str) -> str:
    before, after = step["before"], step["after"]
    if step["action"] == "create":
        # Ids that aren't known yet tell nothing that the addresses don't.
        shown = {key: _shown(value) for key, value in after.items() if key != "tags" and value not in ("", [], None)}
        fields = ", ".join(f"{key} {text}" for key, text in shown.items() if "(known after " not in text)
    elif step["action"] == "change":
        fields = ", ".join(f"{key} {_shown(before.get(key))} -> {_shown(after[key])}" for key in after)
    else:
        fields = ""
    return f"{SIGNS[step['action']]} {prefix}{step['address']}" + (f": {fields}" if fields else "")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


def reach(
    tables: Mapping[str, Mapping[str, Any]], declaration: Any, attachments: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """{"reaches": {attachment: [those it reaches]}, "problems": [sentences]}, by the tables of the Transit Gateway.

    tables: tgw_hub's result of that name; declaration: its `segments`; attachments: both its lists of them.
    """
    known = {a["name"]: Attachment(a["name"], a["segment"], tuple(a["cidrs"]), "") for a in attachments}
    problems = []
    actual = {}
    for segment, table in tables.items():
        for what in ("associations", "propagations"):
            problems += [
                f"table {segment}: {name} of its {what} isn't declared" for name in table[what] if name not in known
            ]
        routes = table["static_routes"]
        problems += [
            f"table {segment}: its static route {cidr} to {target} isn't declared"
            for cidr, target in routes.items()
            if target != "blackhole"
        ]
        actual[segment] = Table(
            tuple(name for name in table["associations"] if name in known),
            tuple(name for name in table["propagations"] if name in known),
            tuple(cidr for cidr, target in routes.items() if target == "blackhole"),
        )
    declared = segments.declared(declaration, known.values())
    reached = segments.reachable(actual, known.values())
    problems += [f"{one} reaches {other}, which isn't declared" for one, other in sorted(reached - declared)]
    problems += [f"{one} does not reach {other}, which is declared" for one, other in sorted(declared - reached)]
    return {
        "reaches": {name: sorted(other for one, other in reached if one == name) for name in known},
        "problems": problems,
    }


def plan_markdown(accounts: Mapping[str, Mapping[str, Any]]) -> str:
    """The same as a page: a section for each account, its lines as a diff."""
    *lines, total = plan_lines(accounts)
    return "\n".join([f"# Plan: {total}", *_sections(lines)]) + "\n"


def _sections(lines: Iterable[str]) -> Iterator[str]:
    opened = False
    for line in lines:
        if not line.startswith(" "):
            yield from ["```"] if opened else []
            yield from ["", f"## {line}", "", "```diff"]
            opened = True
        else:
            yield line.strip()
    if opened:
        yield "```"
