# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stages in which an account moves from its own proxy to the central way out, and when the next one is safe.

proxy: the account leaves by its own proxy. both: its groups are in the centre, too, and nothing of it is dropped there:
either the centre is in monitor mode and the account's default route leads to it, or the account still leaves by itself
and the logs of its proxy are compared with its groups. central: the centre enforces. One variable of the account says
the stage, and back is the same variable. Central is refused until the logs of enough days have nothing that would be
dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from ipaddress import IPv4Network
from typing import Any

from ..._core import escape
from ..._core.errors import Invalid
from ..values.internet import EVERYWHERE_IPV4
from . import learn, observations
from .groups import Egress
from .importing import patterns
from .observations import Flow, Tally
from .parts import MONITOR

PROXY, BOTH, CENTRAL = STAGES = ("proxy", "both", "central")
STAGE, DAYS = "egress_migration", "egress_migration_quiet_days"
EVIDENCE, IGNORED = "egress_migration_evidence", "egress_migration_ignored"
MODE = "egress_mode"
DEFAULT_DAYS, MOST_DAYS = 14, 400
# Logs that end earlier than this many days ago say nothing about today.
STALE = 3
SHOWN = 50
READ = (STAGE, DAYS, EVIDENCE, IGNORED, MODE, "spoke_destinations", "vpc_cidrs", "region", "egress_groups")
Accounts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Judgement:
    """What logs say of an account. dropped: what the centre would drop, the latest first; last_dropped: None: nothing.

    quiet_days: days with logs since; ready: they are as many as asked, and the logs show the account until now
    """

    host: str
    stage: str
    ready: bool
    says: str
    quiet_days: int
    needed: int
    last_dropped: date | None
    first: date | None
    last: date | None
    dropped: tuple[Mapping[str, Any], ...]


def problems(accounts: Accounts) -> Iterator[Invalid]:
    """Yield what is wrong with the stages of these accounts' variables, as far as an inventory shows it."""
    for host, variables in accounts.items():
        if variables.get(STAGE) is None:
            continue
        found = list(values(host, variables))
        yield from found or _of_stage(host, variables, accounts)


def values(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield what is wrong with the values of a host that has a stage."""
    if variables[STAGE] not in STAGES:
        yield Invalid(f"{host}.{STAGE}", variables[STAGE], "is no stage", " -> ".join(STAGES))
    days = variables.get(DAYS, DEFAULT_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        yield Invalid(f"{host}.{DAYS}", days, "is no number of days", f"1 to {MOST_DAYS}, such as {DEFAULT_DAYS}")
    ignored = variables.get(IGNORED)
    if ignored is not None and not (isinstance(ignored, list) and all(isinstance(one, str) for one in ignored)):
        yield Invalid(f"{host}.{IGNORED}", ignored, "is no list", "names and CIDRs that may be dropped")


def _of_stage(host: str, variables: Mapping[str, Any], accounts: Accounts) -> Iterator[Invalid]:
    stage, destinations = variables[STAGE], variables.get("spoke_destinations")
    leads = isinstance(destinations, list) and EVERYWHERE_IPV4 in destinations
    option = f"{host}.{STAGE}"
    if stage == PROXY and leads:
        problem = f"is the stage in which the account leaves by itself, but spoke_destinations has {EVERYWHERE_IPV4}"
        yield Invalid(option, stage, problem, f"{BOTH}, or spoke_destinations without it")
    if stage == BOTH and leads:
        enforcing = [name for name, centre in _centres(variables, accounts) if centre.get(MODE) != MONITOR]
        if enforcing:
            problem = f"is the stage in which nothing is dropped, but {enforcing[0]} enforces its groups"
            expected = (
                f"{enforcing[0]}.{MODE}: {MONITOR}, or spoke_destinations without {EVERYWHERE_IPV4} (its proxy's logs)"
            )
            yield Invalid(option, stage, problem, expected)
    if stage == CENTRAL:
        if not leads:
            yield Invalid(
                option, stage, f"needs the route, and spoke_destinations lacks {EVERYWHERE_IPV4}", EVERYWHERE_IPV4
            )
        open_ = [name for name, centre in _centres(variables, accounts) if centre.get(MODE) == MONITOR]
        if open_:
            problem = f"is the stage in which the centre enforces, but {open_[0]}.{MODE} is {MONITOR}"
            yield Invalid(option, stage, problem, f"{open_[0]}.{MODE}: enforce, or {BOTH} for this account, too")
        yield from _of_evidence(host, variables)


def _centres(variables: Mapping[str, Any], accounts: Accounts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    region = variables.get("region")
    for name, one in accounts.items():
        if one.get("egress_groups") is not None and (region is None or one.get("region") in (None, region)):
            yield name, one


def _of_evidence(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    evidence = variables.get(EVIDENCE)
    mine = evidence.get(host) if isinstance(evidence, Mapping) else None
    needed = variables.get(DAYS, DEFAULT_DAYS)
    expected = f"{BOTH}, until closednet.aws.egress_migration reports {needed} days in which nothing would be dropped"
    quiet = mine.get("quiet_days") if isinstance(mine, Mapping) else None
    if not isinstance(quiet, int):
        yield Invalid(f"{host}.{STAGE}", CENTRAL, f"has no evidence of quiet days in {EVIDENCE}", expected)
    elif quiet < needed:
        yield Invalid(f"{host}.{STAGE}", CENTRAL, f"has evidence of only {quiet} quiet days", expected)


def judge(
    accounts: Accounts, seen: Mapping[Flow, Tally], egress: Egress, today: date
) -> tuple[list[Judgement], dict[str, dict[str, Any]]]:
    """Return a judgement of each account with a stage, and the evidence for those that are ready, by host.

    seen: from the logs of the centre, of proxies, or both. What a proxy refused is no loss. egress: the groups as they
    are declared now, whatever they were when the logs were written.
    """
    groups = learn.Judge(egress)
    of_address = learn.Accounts({host: variables.get("vpc_cidrs") or [] for host, variables in accounts.items()})
    by_host: dict[str, list[tuple[Flow, Tally]]] = {}
    for flow, one in sorted(seen.items()):
        host = of_address.of(flow.source)
        if host is not None:
            by_host.setdefault(host, []).append((flow, one))
    days = sorted({day for one in seen.values() for day in one.days})
    found = [
        _judged(host, variables, by_host.get(host, []), groups, days, today)
        for host, variables in accounts.items()
        if variables.get(STAGE) is not None
    ]
    evidence = {
        one.host: {
            "judged": today.isoformat(),
            "quiet_days": one.quiet_days,
            "first": str(one.first),
            "last": str(one.last),
        }
        for one in found
        if one.ready
    }
    return found, evidence


def _judged(
    host: str,
    variables: Mapping[str, Any],
    flows: Sequence[tuple[Flow, Tally]],
    groups: learn.Judge,
    days: Sequence[date],
    today: date,
) -> Judgement:
    needed = variables.get(DAYS, DEFAULT_DAYS)
    ignored = variables.get(IGNORED) or []
    lost = [
        (flow, one)
        for flow, one in flows
        if one.hits > one.blocked and not groups.allows(flow) and not _may_be_lost(flow, ignored)
    ]
    when = [max(one.days) for _flow, one in lost if one.days]
    last_dropped = max(when, default=None)
    quiet_days = [day for day in days if last_dropped is None or day > last_dropped]
    quiet, present = len(quiet_days), {day for _flow, one in flows for day in one.days} & {*quiet_days}
    undated = any(not one.days for _flow, one in lost)
    why = _why_not_ready(bool(flows), days, today, quiet, needed, undated)
    if why is None and not present:
        why = f"the logs of these {quiet} days have nothing of this account: what it reaches isn't known"
    return Judgement(
        host,
        variables[STAGE],
        why is None,
        why or f"nothing would have been dropped on {quiet} days with logs, until {days[-1]}",
        0 if undated else quiet,
        needed,
        last_dropped,
        days[0] if days else None,
        days[-1] if days else None,
        tuple(_rows(lost)),
    )


def _may_be_lost(flow: Flow, ignored: Sequence[str]) -> bool:
    """Return true for what the account's owner lets go, and for QUIC: clients fall back to TCP, which is judged."""
    return flow.protocol == "quic" or any(_is_of(flow.destination, one) for one in ignored)


def _is_of(destination: str, ignored: str) -> bool:
    network = patterns.network(ignored)
    if network is not None:
        return observations.ipv4(destination) is not None and IPv4Network(destination).subnet_of(network)
    name = patterns.name(ignored)
    return name is not None and patterns.covers(name, destination)


def _why_not_ready(
    is_seen: bool, days: Sequence[date], today: date, quiet: int, needed: int, undated: bool
) -> str | None:
    if not days:
        return "the logs have no event with a time: nothing is known"
    if not is_seen:
        return "the logs have nothing of this account: what it reaches isn't known"
    if (today - days[-1]).days > STALE:
        return f"the logs end on {days[-1]}: what was reached since isn't known"
    if undated:
        return "some of what would be dropped has no time"
    if quiet < needed:
        return f"{quiet} of {needed} days with logs in which nothing would have been dropped"
    return None


def _rows(lost: Sequence[tuple[Flow, Tally]]) -> Iterator[Mapping[str, Any]]:
    """Yield what would be dropped, by source, the latest first."""
    newest = date.min
    for flow, one in sorted(lost, key=lambda pair: (max(pair[1].days, default=newest), pair[1].hits), reverse=True):
        days = sorted(one.days)
        yield {
            **flow._asdict(),
            "hits": one.hits - one.blocked,
            "first": days[0].isoformat() if days else None,
            "last": days[-1].isoformat() if days else None,
        }


def lines(found: Sequence[Judgement]) -> list[str]:
    """Return the judgements in words, for a terminal: hostile text is escaped."""
    told: list[str] = []
    for one in found:
        state = (
            "may become central" if one.ready and one.stage != CENTRAL else "quiet" if one.ready else "not yet quiet"
        )
        told.append(f"{one.host} ({one.stage}): {state}: {one.says}")
        told += [
            f"{one.host}: would drop {row['destination']}:{row['port']} ({row['protocol']}) from {row['source']}, "
            f"{row['hits']:,} times, last on {row['last'] or 'an unknown day'}"
            for row in one.dropped[:SHOWN]
        ]
        if len(one.dropped) > SHOWN:
            told.append(f"{one.host}: would drop {len(one.dropped) - SHOWN} more")
    return [escape.short(line, 1000) for line in told]


def as_data(found: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Return the judgements as plain data, for JSON."""
    return [
        {
            **asdict(one),
            "dropped": [dict(row) for row in one.dropped],
            **{
                name: day and day.isoformat()
                for name in ("last_dropped", "first", "last")
                for day in [getattr(one, name)]
            },
        }
        for one in found
    ]
