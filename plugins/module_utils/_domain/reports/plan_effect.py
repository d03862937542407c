# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan opens and closes, as the filter plan_effect returns it, in words for every form of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..effect import binding
from ..inventory.relations import as_list

TITLE = "What this opens and closes"
# Kind of the entries -> the sign and word of a line.
KINDS = {"opens": "+ opens", "loses_inspection": "~ loses inspection", "closes": "- closes"}
UNKNOWN = "? unknown"
# What isn't known with or without the plan.
BEFORE = "? unknown today already, and may hide what this opens"
# Lines of a kind that a person is shown; plan_json has all.
MOST = 40
NOTHING = "opens and closes nothing"


@dataclass(frozen=True)
class Line:
    """A line of an effect. kind: opens, loses_inspection, closes or unknown; hosts: whom it concerns."""

    kind: str
    text: str
    needs_name: bool = False
    hosts: tuple[str, ...] = ()


def lines(effect: Mapping[str, Any] | None) -> list[Line]:
    """Return the lines, first what opens and needs a name; at most MOST of a kind, then how many more there are."""
    if not effect:
        return []
    found: list[Line] = []
    for kind, sign in KINDS.items():
        entries = sorted(effect.get(kind) or (), key=lambda entry: not entry.get("needs_name"))
        found += [_line(kind, sign, entry) for entry in entries[:MOST]]
        found += _more(kind, sign, len(entries) - MOST)
    for key, sign in (("unknown", UNKNOWN), ("unknown_before", BEFORE)):
        unknown = effect.get(key) or ()
        found += [Line("unknown", f"{sign}: {text}") for text in unknown[:MOST]]
        found += _more("unknown", sign, len(unknown) - MOST)
    return found


def _line(kind: str, sign: str, entry: Mapping[str, Any]) -> Line:
    needs_name = bool(kind == "opens" and entry.get("needs_name"))
    text = f"{sign} {entry['text']}"
    if needs_name:
        text += f" (crosses {entry['crosses']}: allow_opens)" if entry.get("crosses") else " (allow_opens)"
    hosts = tuple(str(entry[key]) for key in ("from_host", "to_host") if entry.get(key))
    return Line(kind, text, needs_name, hosts)


def _more(kind: str, sign: str, number: int) -> Iterator[Line]:
    if number > 0:
        yield Line(kind, f"{sign}: {number} more, see the plan as JSON")


def words(effect: Mapping[str, Any] | None) -> str:
    """Return the numbers, such as `opens 3 (1 across an isolated segment), closes 1, 2 unknown`; "" if none."""
    effect = effect or {}
    counts = Counter({kind: len(effect.get(kind) or ()) for kind in (*KINDS, "unknown")})
    named = sum(bool(entry.get("needs_name")) for entry in effect.get("opens") or ())
    parts = []
    if counts["opens"]:
        parts.append(f"opens {counts['opens']}" + (f" ({named} across an isolated segment)" if named else ""))
    parts += [f"closes {counts['closes']}"] if counts["closes"] else []
    parts += [f"loses inspection on {counts['loses_inspection']}"] if counts["loses_inspection"] else []
    parts += [f"{counts['unknown']} unknown"] if counts["unknown"] else []
    before = len(effect.get("unknown_before") or ())
    parts += [f"{before} unknown today already"] if before else []
    return ", ".join(parts)


def text_lines(effect: Mapping[str, Any] | None) -> list[str]:
    """Return the effect as lines of text under TITLE; [] if nothing opens or closes."""
    shown = [f"  {line.text}" for line in lines(effect)]
    return [f"{TITLE}:", *shown] if shown else []


def unused(accounts: Mapping[str, Mapping[str, Any]], effect: Mapping[str, Any] | None) -> list[str]:
    """Return a line for each name of the accounts' allow_opens that nothing needs, such as a misspelt one."""
    names = {str(name) for variables in accounts.values() for name in as_list(variables.get("allow_opens") or [])}
    found = binding.unused(effect, sorted(names)) if effect else []
    return [f"! allow_opens: {name}: nothing that this plan opens needs this name" for name in found]


def pairs(effect: Mapping[str, Any] | None) -> dict[tuple[str, str], str]:
    """Return {(from, to): opens or closes} of the pairs of hosts; a pair that both opens and closes counts as opens."""
    found: dict[tuple[str, str], str] = {}
    for kind in ("closes", "opens"):
        for entry in (effect or {}).get(kind) or ():
            if entry.get("from_host") and entry.get("to_host"):
                found[entry["from_host"], entry["to_host"]] = kind
    return found
