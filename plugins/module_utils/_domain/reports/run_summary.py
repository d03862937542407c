# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Summary of a run over any number of accounts in a few lines: what it changed, left pending and failed at."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ..._core import escape
from . import host_plans, plan_text

NAMES_SHOWN = 3
GROUPS_SHOWN = 10
SENTENCE_SHOWN = 400
# The one module whose skipped loop items mean something; see host_plans.UNPUBLISHED.
CONSUMER = "privatelink_endpoint"
# The action of a result that Ansible hides because of no_log.
HIDDEN = "hidden by no_log"
DONE = {"create": "created", "change": "changed", "delete": "deleted", HIDDEN: HIDDEN}
WOULD = {"create": "to create", "change": "to change", "delete": "to delete", HIDDEN: HIDDEN}
# Worst first.
ACTIONS = ("delete", "change", HIDDEN, "create")
# Words of the modules' notes about what is pending.
WAITING = re.compile(r"\b(yet|waits|turn|follow once)\b|\bpending", re.IGNORECASE)
# (true for pending notes, kind of their lines, word before them).
NOTES = ((True, "open", "pending"), (False, "quiet", "note"))
# What differs between accounts with the same message: a leading name, ids of accounts and resources, addresses; of
# Google Cloud, the relative names of resources.
OWN = re.compile(
    r"^[\w.-]+: |\b\d{12}\b|\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}\b|\b\d+\.\d+\.\d+\.\d+(?:/\d+|:\d+)?\b"
    r"|\bprojects(?:/[\w.:-]*\w)+"
)
PLACE = re.compile(r"^\w+ in (?:account \d{12}|project [\w.:-]+) \([\w-]*\): ")
NEXT = " Next: "


class Line(NamedTuple):
    """A line of the summary. kind: bad, open, changed or quiet."""

    kind: str
    text: str


class Failed(NamedTuple):
    what: str
    sentence: str
    next: str


class Summary:
    """Collects results during a run; keeps only counts, notes and findings of each, and one failure of each host."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        # Changes add up over the phases; of planned changes, notes and findings, the last phase of a task counts.
        self._done: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._would: dict[str, dict[tuple[str, ...], Counter[str]]] = defaultdict(dict)
        self._notes: dict[str, dict[tuple[str, ...], dict[str, tuple[str, int]]]] = defaultdict(dict)
        self._findings: dict[str, dict[tuple[str, ...], dict[str, tuple[str, int]]]] = defaultdict(dict)
        self._failed: dict[str, Failed] = {}

    def hear(self, host: str, capability: str, task: str, result: Mapping[str, Any], check_mode: bool = False) -> None:
        """Add the result of a module of this collection, or of one item of its loop, failed or not."""
        skipped = bool(result.get("skipped"))
        if skipped and capability != CONSUMER:
            return
        self._hosts.add(host)
        item = host_plans.item_name(result)
        turn = (capability, task, item)
        counts = _counts(result)
        if check_mode:
            self._would[host][turn] = counts
        else:
            self._done[host].update({(capability, action): count for action, count in counts.items()})
        if "failed" not in result or not result["failed"]:
            notes = [host_plans.UNPUBLISHED] if skipped else result.get("notes", [])
            for kept, lines in ((self._notes, notes), (self._findings, result.get("findings", []))):
                kept[host][turn] = _alike(f"{item}: {line}" if item else line for line in lines)

    def fail(self, host: str, what: str, result: Mapping[str, Any]) -> None:
        """Add a failure of a host, rescued or not. what: the module or the task."""
        self._hosts.add(host)
        message = result.get("msg", HIDDEN if "censored" in result else "no message")
        if isinstance(message, (list, tuple)):
            message = f"{message[0]} (and {len(message) - 1} more)" if len(message) > 1 else "".join(map(str, message))
        head, _next, then = PLACE.sub("", str(message)).partition(NEXT)
        self._failed[host] = Failed(what, _sentence(head.partition(" Done: ")[0]), then)

    def lines(self, failed: Collection[str], everything: bool = False) -> list[Line]:
        """Return the summary's lines, the worst first; none if no module of this collection ran and nothing failed.

        failed: the hosts that Ansible counts as failed or unreachable at the end; failures of other hosts were rescued.
        everything: show all names and groups.
        """
        if not self._hosts:
            return []
        limit = None if everything else NAMES_SHOWN
        told = [
            self._failed_lines([host for host in failed if host in self._failed], limit),
            _lines_alike(self._findings, "bad", plan_text.NOT_AS_DECLARED.lower(), limit),
            *(_lines_alike(self._notes, kind, word, limit, waits) for waits, kind, word in NOTES),
            self._changed_lines(limit),
        ]
        shown = None if everything else GROUPS_SHOWN
        lines = [line for groups in told for group in groups[:shown] for line in group]
        left = sum(len(groups[shown:]) for groups in told) if shown else 0
        lines += [Line("quiet", f"{left} more groups of accounts are left out: -v shows them")] if left else []
        quiet = len(self._hosts - {*failed, *self._changes()})
        lines += [Line("quiet", f"unchanged: {_accounts(quiet)}")] if quiet else []
        return [Line(line.kind, escape.text(line.text)) for line in lines]

    def _failed_lines(self, hosts: list[str], limit: int | None) -> list[list[Line]]:
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for host in hosts:
            failure = self._failed[host]
            groups[failure.what, OWN.sub("*", failure.sentence)].append(host)
        return [
            [
                Line("bad", f"FAILED: {_named(of_group, limit)}"),
                Line("bad", f"  {self._failed[of_group[0]].what}: {self._failed[of_group[0]].sentence}"),
                *(Line("bad", f"  next: {then}") for then in [self._failed[of_group[0]].next] if then),
            ]
            for of_group in _largest_first(groups)
        ]

    def _changed_lines(self, limit: int | None) -> list[list[Line]]:
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        severity: dict[tuple[str, ...], tuple[int, ...]] = {}
        for host, of_host in self._changes().items():
            by_capability: dict[str, list[str]] = defaultdict(list)
            total: Counter[str] = Counter()
            for (capability, action, would), count in sorted(of_host.items(), key=_by_severity):
                word = (WOULD if would else DONE)[action]
                by_capability[capability].append(word if action == HIDDEN else f"{count} {word}")
                total[action] += count
            title = "would change" if all(would for _capability, _action, would in of_host) else "changed"
            key = (title, *(f"{capability}: {', '.join(words)}" for capability, words in by_capability.items()))
            groups[key].append(host)
            severity[key] = tuple(-total[action] for action in ACTIONS)
        keys = sorted(groups, key=lambda key: (severity[key][:-1], -len(groups[key]), severity[key]))
        return [
            [
                Line("changed", f"{key[0]}: {_named(groups[key], limit)}"),
                *(Line("changed", f"  {line}") for line in key[1:]),
            ]
            for key in keys
        ]

    def _changes(self) -> dict[str, Counter[tuple[str, str, bool]]]:
        """Return {host: {(capability, action, true if only planned): count}} of the hosts with a change."""
        changes: dict[str, Counter[tuple[str, str, bool]]] = defaultdict(Counter)
        for host, done in self._done.items():
            for (capability, action), count in done.items():
                changes[host][capability, action, False] += count
        for host, turns in self._would.items():
            for (capability, _task, _item), counts in turns.items():
                for action, count in counts.items():
                    changes[host][capability, action, True] += count
        return {host: found for host, found in changes.items() if found.total()}


def _counts(result: Mapping[str, Any]) -> Counter[str]:
    """Count a result's steps that people see, by action; of a failed result, only steps that it did."""
    if "censored" in result:
        return Counter({HIDDEN: 1} if result.get("changed") else {})
    plan = result.get("plan", [])
    if result.get("failed"):
        plan = [step for step in plan if step["address"] in result.get("done", [])]
    return Counter(step["action"] for step in host_plans.seen_by_people(plan))


def _alike(notes: Any) -> dict[str, tuple[str, int]]:
    """Group notes that differ only in OWN: {their common text: (the first of them, how many)}."""
    found: dict[str, tuple[str, int]] = {}
    for note in notes:
        alike = OWN.sub("*", note)
        text, count = found.get(alike, (note, 0))
        found[alike] = (text, count + 1)
    return found


def _lines_alike(
    of_hosts: Mapping[str, Mapping[Any, Mapping[str, tuple[str, int]]]],
    kind: str,
    word: str,
    limit: int | None,
    waits: bool | None = None,
) -> list[list[Line]]:
    """Return the lines of each text that accounts have in common, the most frequent first.

    waits: true: only what is pending; false: only the rest; None: all.
    """
    texts: dict[str, str] = {}
    counts: Counter[str] = Counter()
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    for host, turns in of_hosts.items():
        for lines in turns.values():
            for alike, (text, count) in lines.items():
                texts.setdefault(alike, text)
                counts[alike] += count
                groups[alike][host] = None
    found = [alike for alike in groups if waits is None or bool(WAITING.search(texts[alike])) == waits]
    return [
        [
            Line(kind, f"{word}: {_named(list(groups[alike]), limit)}"),
            Line(kind, f"  {texts[alike]}" + _more(counts[alike], len(groups[alike]))),
        ]
        for alike in sorted(found, key=lambda alike: -len(groups[alike]))
    ]


def _sentence(text: str) -> str:
    first = re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n", text.strip(), maxsplit=1)[0]
    return first if len(first) <= SENTENCE_SHOWN else f"{first[:SENTENCE_SHOWN]}..."


def _more(count: int, hosts: int) -> str:
    return f" ({count} like this)" if count > hosts else ""


def _named(hosts: list[str], limit: int | None) -> str:
    """Return "3 accounts (alpha, beta, gamma)"; a rest of one is named, since its name is as short as its count."""
    hosts = sorted(hosts)  # they arrive as they finish
    shown = hosts if limit is None or len(hosts) <= limit + 1 else hosts[:limit]
    rest = f" and {len(hosts) - len(shown)} more" if len(shown) < len(hosts) else ""
    return f"{_accounts(len(hosts))} ({', '.join(shown)}{rest})"


def _accounts(count: int) -> str:
    return f"{count} account{'s' if count != 1 else ''}"


def _largest_first(groups: Mapping[Any, list[str]]) -> list[list[str]]:
    return sorted(groups.values(), key=lambda hosts: -len(hosts))


def _by_severity(item: tuple[tuple[str, str, bool], int]) -> tuple[str, int]:
    (capability, action, _would), _count = item
    return capability, ACTIONS.index(action)
