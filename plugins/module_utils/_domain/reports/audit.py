# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of evidence for an auditor: one for each account, and an index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..logs.digests import INVALID, UNKNOWN, VALID, WORST_FIRST
from ..logs.evidence import CALLS, CHANGES, DENIED, LIMITS, ROLES, Answer, Evidence
from . import html
from .traffic_page import file_names

KINDS = {INVALID: "bad", UNKNOWN: "open", VALID: "good"}
WORDS = {
    INVALID: "something is wrong",
    UNKNOWN: "not everything is known",
    VALID: "the trail is on, and its files are unchanged",
}
TITLES = {
    ROLES: ("Who used which role", "No role was used in this time."),
    DENIED: ("Calls that were denied", "No call was denied in this time."),
    CHANGES: ("Changes to the trail itself", "Nobody changed a trail in this time."),
    CALLS: ("All calls", "No call was recorded in this time."),
}
DISCLAIMER = "This is evidence; what it means for a standard, an assessor says."
INDEX_HEAD = (
    "Account",
    "Verdict",
    "Files",
    "Trail",
    "Role sessions without MFA, also of services",
    "Denied calls",
    "Changes to the trail",
)
STYLE = html.TABLE_STYLE + "tr.bad td{color:var(--bad)}"


def index(found: Sequence[Evidence]) -> str:
    """Return the page that lists all accounts, the worst first."""
    names = file_names([one.host for one in found])
    rows = [("bad" if one.verdict == INVALID else "", _summary(one)) for one in _worst_first(found)]
    sections = [
        html.paragraph(f"{len(found)} accounts. {DISCLAIMER}"),
        html.table(INDEX_HEAD, rows, names),
    ]
    return html.page("Audit evidence", sections, STYLE)


def _worst_first(found: Sequence[Evidence]) -> list[Evidence]:
    return sorted(found, key=lambda one: (WORST_FIRST.index(one.verdict), one.host))


def _summary(one: Evidence) -> list[str]:
    without = _without_mfa(one)
    return [
        one.host,
        WORDS[one.verdict],
        _integrity(one),
        "; ".join(_trail_words(trail) for trail in one.trails) or "none",
        "not known" if without is None else str(len(without)),
        _times(one, DENIED),
        _times(one, CHANGES),
    ]


def _trail_words(trail: Mapping[str, Any]) -> str:
    state = {True: "on", False: "off", None: "not known"}[trail["logging"]]
    return f"{trail['name']}: {state}"


def _integrity(one: Evidence) -> str:
    checked = sum(count for chain in one.chains for count in chain["log_files"].values())
    valid = sum(chain["log_files"].get(VALID, 0) for chain in one.chains)
    return f"{one.integrity}: {valid} of {checked} log files are valid" if one.chains else "not verified"


def _answers(one: Evidence, query: str) -> list[Answer]:
    return [answer for answer in one.answers if answer.query == query]


def _times(one: Evidence, query: str) -> str:
    """Sum of the rows' `times`, or the number of rows; "not known" if a query failed."""
    answers = _answers(one, query)
    if not answers or any(answer.error for answer in answers):
        return "not known"
    counted = sum(_number(row.get("times")) for answer in answers for row in answer.rows)
    return f"{counted}{' or more' if any(answer.truncated for answer in answers) else ''}"


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdigit() else 1


def _without_mfa(one: Evidence) -> list[Mapping[str, Any]] | None:
    answers = _answers(one, ROLES)
    if not answers or any(answer.error for answer in answers):
        return None
    return [row for answer in answers for row in answer.rows if row.get("mfa") != "true"]


def page(one: Evidence) -> str:
    """Return the page of one account."""
    sections = [
        html.paragraph(html.place(one.host, {"account_id": one.account_id, "region": one.region})),
        html.paragraph(f"The last {one.days} {'day' if one.days == 1 else 'days'}. {DISCLAIMER}"),
        html.section("Verdict", KINDS[one.verdict], WORDS[one.verdict], _verdict(one)),
        html.section("The trail", *_trail_verdict(one), _trails(one)),
        html.section("Files", KINDS[one.integrity], _integrity(one), _chains(one)),
        *(part for query in (ROLES, DENIED, CHANGES, CALLS) for part in _rows(one, query)),
        html.section("What isn't known", "open" if one.unknown else "quiet", "", _not_known(one)),
    ]
    return html.page(f"Audit evidence of {one.host}", sections, STYLE)


def _verdict(one: Evidence) -> Iterator[str]:
    for problem in one.problems:
        yield html.article("bad", "problem", problem, [])


def _trail_verdict(one: Evidence) -> tuple[str, str]:
    states = {trail["logging"] for trail in one.trails}
    if True in states:
        return "good", "on"
    return ("open", "not known") if None in states or not states else ("bad", "off")


def _trails(one: Evidence) -> Iterator[str]:
    for trail in one.trails:
        kind = "bad" if trail["problems"] else "good"
        told = {
            "Logging since": trail["logging_since"],
            "Regions": "all" if trail["multi_region"] else trail["home_region"],
            "Log file validation": "on" if trail["validation"] else "off",
            "Management events": trail["management_events"],
            "Latest log file": trail["latest_delivery"],
            "Latest digest": trail["latest_digest_delivery"],
            "Bucket": trail["bucket"],
        }
        rows = [html.paragraph(str(value or "not known"), f"{label}:") for label, value in told.items()]
        yield html.article(kind, _trail_words(trail), trail["arn"], [*rows, html.evidence("all of it", trail)])


def _chains(one: Evidence) -> Iterator[str]:
    if not one.chains:
        return
    head = ("Region", "Verdict", "From", "To", "Digests", "Log files")
    yield html.table(head, [("bad" if c["verdict"] == INVALID else "", _chain(c)) for c in one.chains])
    bad = [problem for chain in one.chains for problem in chain["problems"]]
    if bad:
        cells = [(problem["verdict"], problem["file"] or "-", problem["says"]) for problem in bad]
        rows = [("bad" if row[0] == INVALID else "", row) for row in cells]
        yield html.table(("Verdict", "File", "Why"), rows)


def _chain(chain: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [", ".join(f"{count} {verdict}" for verdict, count in chain[what].items()) for what in COUNTED]
    region, trail = chain["region"] or "-", chain["trail"] or ""
    return (f"{region} {trail}".strip(), chain["verdict"], chain["start"] or "-", chain["end"] or "-", *counts)


COUNTED = ("digests", "log_files")


def _rows(one: Evidence, query: str) -> Iterator[str]:
    title, none = TITLES[query]
    answers = _answers(one, query)
    if not answers:
        yield html.section(title, "open", "not known: not asked", [])
    for answer in answers:
        if answer.error:
            yield html.section(title, "open", f"not known: {answer.error}", [])
        elif not answer.rows:
            yield html.section(title, "quiet", none, [])
        else:
            rows = [(_kind(query), [row.get(name) or "-" for name in answer.columns]) for row in answer.rows]
            more = f"the first {len(answer.rows)} rows" if answer.truncated else f"{len(answer.rows)} rows"
            yield html.section(title, "quiet", more, [html.table(answer.columns, rows)])


def _kind(query: str) -> str:
    return "bad" if query == CHANGES else ""


def _not_known(one: Evidence) -> Iterator[str]:
    for text in one.unknown:
        yield html.article("open", "unknown", text, [])
    for text in LIMITS:
        yield html.article("quiet", "limit", text, [])


def pages(found: Sequence[Evidence]) -> dict[str, Any]:
    """Return {"index": page, "json": all as JSON, "accounts": {host: {"file", "page", "json"}}}."""
    names = file_names([one.host for one in found])
    return {
        "index": index(found),
        "json": as_json(found),
        "accounts": {one.host: {"file": names[one.host], "page": page(one), "json": as_json([one])} for one in found},
    }


def as_json(found: Sequence[Evidence]) -> str:
    """Return the evidence of accounts as JSON: {host: ...}."""
    return json.dumps({one.host: one.as_data() for one in found}, indent=2, default=str) + "\n"
