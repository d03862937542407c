# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run over many accounts changed, left waiting and failed at, in a few lines however many accounts there are."""

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
# The one module whose skipped loop items mean something; see report.UNPUBLISHED.
CONSUMER = "privatelink_endpoint"
# What Ansible hides because of no_log.
HIDDEN = "hidden by no_log"
DONE = {"create": "created", "change": "changed", "delete": "deleted", HIDDEN: HIDDEN}
WOULD = {"create": "to create", "change": "to change", "delete": "to delete", HIDDEN: HIDDEN}
# Worst first.
ACTIONS = ("delete", "change", HIDDEN, "create")
# In what the modules note, the words of what waits for somebody.
WAITING = re.compile(r"\b(yet|waits|turn|follow once)\b|\bpending", re.IGNORECASE)
# Whether they wait -> how they are told.
NOTES = ((True, "open", "pending"), (False, "quiet", "note"))
# What differs between accounts that have the same to say: a leading name, ids of accounts and resources, addresses.
OWN = re.compile(r"^[\w.-]+: |\b\d{12}\b|\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}\b|\b\d+\.\d+\.\d+\.\d+(?:/\d+|:\d+)?\b")
PLACE = re.compile(r"^\w+ in account \d{12} \([\w-]*\): ")
NEXT = " Next: "


class Line(NamedTuple):
    """kind: bad, open, changed or quiet."""

    kind: str
    text: str


class Failed(NamedTuple):
    what: str
    sentence: str
    next: str


class Summary:
    """Hears results as they come and keeps of each only counts, notes and one failure."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        # What was done adds up from turn to turn; what would be done and what is noted is what the last turn says.
        self._done: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._would: dict[str, dict[tuple[str, ...], Counter[str]]] = defaultdict(dict)
        self._notes: dict[str, dict[tuple[str, ...], dict[str, tuple[str, int]]]] = defaultdict(dict)
        self._findings: dict[str, dict[tuple[str, ...], dict[str, tuple[str, int]]]] = defaultdict(dict)
        self._failed: dict[str, Failed] = {}

    def hear(self, host: str, capability: str, task: str, result: Mapping[str, Any], check_mode: bool = False) -> None:
        """The result of a module of this collection, or of one item of its loop, which failed or not."""
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
        """A host's run ended, be it rescued or not. what: the module or the task."""
        self._hosts.add(host)
        message = result.get("msg", HIDDEN if "censored" in result else "no message")
        if isinstance(message, (list, tuple)):
            message = f"{message[0]} (and {len(message) - 1} more)" if len(message) > 1 else "".join(map(str, message))
        head, _next, then = PLACE.sub("", str(message)).partition(NEXT)
        self._failed[host] = Failed(what, _sentence(head.partition(" Done: ")[0]), then)

    def lines(self, failed: Collection[str], everything: bool = False) -> list[Line]:
        """failed: the hosts that Ansible counts as failed or unreachable at the end: others' failures were rescued.
        everything: all names and groups.
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
        """By host: (capability, action, whether it only would be) -> count, of those with a change."""
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
    """By action, of what a plan's reader sees; of a run that failed in the middle only what it did."""
    if "censored" in result:
        return Counter({HIDDEN: 1} if result.get("changed") else {})
    plan = result.get("plan", [])
    if result.get("failed"):
        plan = [step for step in plan if step["address"] in result.get("done", [])]
    return Counter(step["action"] for step in host_plans.seen_by_people(plan))


def _alike(notes: Any) -> dict[str, tuple[str, int]]:
    """What notes have in common -> the first of them, how many there are."""
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
    """What accounts have in common, the most frequent first. waits: only what waits for somebody, or only the rest."""
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
    """3 accounts (alpha, beta, gamma); a rest of one is named, since its name is as short as its count."""
    hosts = sorted(hosts)  # they come in as they end
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
