# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof that logs arrive, and what is wrong: from what logs_verify has read of all hosts.

Variables of the hosts that it reads, apart from those of the inventory; what logs_verify registers:
    log_source_result     of a source in check mode: log groups without a path, without retention
    log_archive_result    of an archive in check mode, log_archive_trails_result of its trail bucket
    audit_trail_result    of a trail in check mode
    logs_verify_probe     log_probe of a source
    logs_verify_answers   log_query of an archive for each item of `queries`, as a loop's result
    logs_verify_archive   log_archive_info of an archive
    logs_verify_files     audit_trail_info of an archive, with digests
    logs_verify_trail     audit_trail_info of a host of audit_trails
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..._core import escape
from . import layout
from .digests import LATE, VALID
from .sources import TABLE, archive_of, archives, members

Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Sequence[str]]
# Of the hours around a probe: a clock may differ, and Firehose's hour is that of arrival.
BEFORE, AFTER = timedelta(hours=1), timedelta(hours=6)
# Firehose tries again for as long as it can't deliver, so what it said before has ended.
RECENT = timedelta(hours=1)


def table_of(source: Mapping[str, Any]) -> str:
    """Name of the table to which a source's probe log group goes: that of all its log groups."""
    return source.get("log_source_table") or TABLE


def queries(hosts: Hosts, groups: Groups, archive: str) -> list[dict[str, Any]]:
    """Return the queries that look for the probes of an archive's sources: {table, sql, probes: {marker: events}}.

    A source whose probe could not be written has none; `problems` tells of it.
    """
    wanted: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {}
    for host, source in members(hosts, groups, "log_sources").items():
        probe = source.get("logs_verify_probe") or {}
        if "time" in probe and _archive(hosts, groups, source)["host"] == archive:
            if not layout.MARKER.fullmatch(str(probe["marker"])):
                raise ValueError(f"{host}: {probe['marker']!r} is no marker")
            wanted.setdefault(table_of(source), {})[probe["marker"]] = (str(source["account_id"]), probe)
    database = layout.database(_name(hosts, archive))
    return [
        {
            "table": table,
            "sql": _sql(database, table, probes),
            "probes": {marker: probe["events"] for marker, (_account, probe) in probes.items()},
        }
        for table, probes in sorted(wanted.items())
    ]


def _archive(hosts: Hosts, groups: Groups, source: Mapping[str, Any]) -> dict[str, Any]:
    return archive_of(hosts, groups, source.get("region"))


def _name(hosts: Hosts, archive: str) -> str:
    return str(hosts[archive].get("log_archive_name") or archive)


def _sql(database: str, table: str, probes: Mapping[str, tuple[str, Mapping[str, Any]]]) -> str:
    """Ids that are counted twice came twice; fewer events than were written are lost."""
    times = [_time(probe["time"]) for _account, probe in probes.values()]
    hours = [f"{moment:%Y/%m/%d/%H}" for moment in (min(times) - BEFORE, max(times) + AFTER)]
    accounts = sorted({account for account, _probe in probes.values()})
    return (
        "SELECT account, log_stream AS marker, count(*) AS lines, count(DISTINCT id) AS ids,"
        f' count(DISTINCT coalesce(message, rest)) AS events FROM "{database}"."{table}"'
        f" WHERE account IN ({_texts(accounts)}) AND hour BETWEEN {_texts(hours[:1])} AND {_texts(hours[1:])}"
        f" AND log_stream IN ({_texts(sorted(probes))}) GROUP BY account, log_stream"
    )


def _texts(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def missing(answer: Mapping[str, Any], probes: Mapping[str, int]) -> list[str]:
    """Return the markers of which not all events have arrived. answer: log_query's result."""
    arrived = {row["marker"]: int(row["events"] or 0) for row in answer.get("rows", ())}
    return sorted(marker for marker, events in probes.items() if arrived.get(marker, 0) < events)


def problems(hosts: Hosts, groups: Groups, now: datetime) -> list[str]:
    """Return all that is wrong, of all hosts, each with the host's name."""
    found = []
    for host, archive in archives(hosts, groups).items():
        found += [f"{host}: {line}" for line in _of_archive(archive, now)]
    for host, source in members(hosts, groups, "log_sources").items():
        if source.get("log_source_state") != "absent":
            found += [f"{host}: {line}" for line in _of_source(hosts, groups, source)]
    for host, trail in members(hosts, groups, "audit_trails").items():
        if trail.get("audit_trail_state") != "absent":
            found += [f"{host}: {line}" for line in _of_trail(trail)]
    for host, archive in archives(hosts, groups).items():
        if archive.get("log_archive_trail_bucket") and groups.get("audit_trails"):
            began = _latest_start(hosts, groups)
            found += [f"{host}: {line}" for line in _of_files(archive, began, now)]
    return [escape.text(line) for line in found]


def _converged(variables: Mapping[str, Any], name: str, what: str) -> Iterator[str]:
    """Yield what a run would change, and its findings."""
    result = variables.get(name) or {}
    if result.get("skipped"):
        return
    if "plan" not in result:
        yield f"{what} could not be read: {result.get('msg', 'not looked at')}"
        return
    if steps := result["plan"]:
        listed = ", ".join(f"{step['action']} {step['address']}" for step in steps[:5])
        more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
        yield f"{what}: not as declared; run closednet.aws.logs: {listed}{more}"
    yield from result.get("findings", ())


def _of_archive(archive: Mapping[str, Any], now: datetime) -> Iterator[str]:
    yield from _converged(archive, "log_archive_result", "the archive")
    if archive.get("log_archive_trail_bucket"):
        yield from _converged(archive, "log_archive_trails_result", "the trail bucket")
    info = archive.get("logs_verify_archive") or {}
    if "errors" not in info:
        yield f"what is in the archive could not be read: {info.get('msg', 'not looked at')}"
    yield from _of_errors(info, archive.get("log_archive_unreadable_records") or {})
    for error in info.get("delivery_errors", ()):
        if now - _time(error["latest"]) < RECENT:
            times = f"{error['times']} times, last at {error['latest']}"
            said = f"{error['code'] or 'an error'}, {times}: {error['message']}"
            yield f"Firehose can't deliver to table {error['table']}: {said}"
    for stream in info.get("streams", ()):
        if stream["state"] != "ACTIVE":
            failure = f": {stream['failure']}" if stream["failure"] else ""
            yield f"the stream of table {stream['table']} is {stream['state']}{failure}"
    for table, accounts in info.get("undeclared_accounts", {}).items():
        yield f"{table}: accounts write that no query shows, since they aren't sources: {', '.join(accounts)}"


def _of_errors(info: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is in the error prefixes. known: numbers of records that nobody can read, by table."""
    for errors in info.get("errors", ()):
        place = f"errors/{errors['table']}/"
        if errors["pending"]:
            size, oldest = errors["pending_bytes"], errors["oldest_pending"]
            objects = f"{errors['pending']} objects ({size} bytes, the oldest of {oldest})"
            instead = "" if errors["declared"] else "no table is declared for it, so declare it again, then "
            yield f"{place} has {objects} that were not delivered: {instead}closednet.aws.log_replay"
        of_table = int(known.get(errors["table"], 0))
        if errors["unreadable_records"] > of_table:
            seen = f", of which {of_table} are known" if of_table else ""
            looked = "once somebody has looked at them, declare log_archive_unreadable_records"
            yield f"{place} has {errors['unreadable_records']} records that nobody can read{seen}; {looked}"


def _of_source(hosts: Hosts, groups: Groups, source: Mapping[str, Any]) -> Iterator[str]:
    yield from _converged(source, "log_source_result", "the subscriptions")
    result = source.get("log_source_result") or {}
    forever = [name for name, group in result.get("log_groups", {}).items() if not group["retention_days"]]
    if forever:
        listed = ", ".join(forever[:5]) + (f" and {len(forever) - 5} more" if len(forever) > 5 else "")
        yield f"log groups without retention keep their events for ever: {listed} (log_source_retention_days)"
    probe = source.get("logs_verify_probe") or {}
    if "time" not in probe:
        yield f"no marked event could be written: {probe.get('msg', 'not looked at')}"
        return
    answer = _answer(hosts[_archive(hosts, groups, source)["host"]], table_of(source))
    row = next((row for row in answer.get("rows", ()) if row["marker"] == probe["marker"]), None)
    if answer.get("msg") and "rows" not in answer:
        yield f"the archive could not be asked for its {probe['events']} marked events: {answer['msg']}"
    elif row is None:
        yield f"none of {probe['events']} marked events of {probe['time']} arrived in table {table_of(source)}"
    else:
        yield from _counts(probe, row)


def _counts(probe: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    events, lines, ids = (int(row[name] or 0) for name in ("events", "lines", "ids"))
    if events != probe["events"]:
        yield f"{events} of {probe['events']} marked events of {probe['time']} arrived"
    if lines != ids:
        yield f"{lines - ids} marked events arrived twice ({lines} lines of {ids} ids)"


def _answer(archive: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    results = (archive.get("logs_verify_answers") or {}).get("results", ())
    of_table = [result for result in results if (result.get("item") or {}).get("table") == table]
    return of_table[0] if of_table else {"msg": "not asked"}


def _of_trail(variables: Mapping[str, Any]) -> Iterator[str]:
    yield from _converged(variables, "audit_trail_result", "the trail")
    status = variables.get("logs_verify_trail") or {}
    arn = (variables.get("audit_trail_result") or {}).get("trail_arn")
    if "trails" not in status:
        yield f"its trails could not be read: {status.get('msg', 'not looked at')}"
        return
    for what, why in (status.get("unread") or {}).items():
        yield f"{what} could not be read: {why}"
    own = [trail for trail in status["trails"] if arn in (None, trail["arn"])]
    if not own:
        yield "no trail records this account" if not arn else f"trail {arn} doesn't exist"
    for trail in own:
        yield from trail["problems"]


def _latest_start(hosts: Hosts, groups: Groups) -> datetime | None:
    """When the trails were last turned on: before that, and for some time after it, there are no digests."""
    statuses = [one.get("logs_verify_trail") or {} for one in members(hosts, groups, "audit_trails").values()]
    times = [trail["logging_since"] for status in statuses for trail in status.get("trails", ())]
    return max((_time(time) for time in times if time), default=None)


def _of_files(archive: Mapping[str, Any], began: datetime | None, now: datetime) -> Iterator[str]:
    files = archive.get("logs_verify_files") or {}
    if "chains" not in files:
        yield f"the trails' files could not be read: {files.get('msg', 'not looked at')}"
        return
    for what, why in (files.get("unread") or {}).items():
        yield f"{what} of the trail bucket could not be read: {why}"
    # A new trail has no digest before its first hour is over.
    is_new = began is not None and now - began < LATE
    if not files["chains"] and not is_new:
        yield "the trail bucket has no digest files, so nothing proves that its log files are unchanged"
    for chain in files["chains"]:
        if chain["verdict"] == VALID or (is_new and not chain["digests"]):
            continue
        worst = chain["problems"][0]
        where = f"account {chain['account_id']}, {chain['region'] or 'all regions'}"
        more = f", and {len(chain['problems']) - 1} more" if len(chain["problems"]) > 1 else ""
        file = f"{worst['file']}: " * bool(worst["file"])
        yield f"the trail's files of {where} are {chain['verdict']}: {file}{worst['says']}{more}"


def _within(probe: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return the time from the events to the query that found them, which includes the pause between two looks."""
    if "completed" not in answer:
        return ""
    return f" within {max(0, int((_time(answer['completed']) - _time(probe['time'])).total_seconds()))} s"


def lines(hosts: Hosts, groups: Groups) -> list[str]:
    """Return what arrived how late, for people; problems apart."""
    told = []
    for host, source in members(hosts, groups, "log_sources").items():
        probe = source.get("logs_verify_probe") or {}
        if "time" in probe:
            answer = _answer(hosts[_archive(hosts, groups, source)["host"]], table_of(source))
            rows = [row for row in answer.get("rows", ()) if row["marker"] == probe["marker"]]
            arrived = rows[0]["events"] if rows else 0
            told.append(f"{host}: {arrived} of {probe['events']} marked events arrived{_within(probe, answer)}")
    for host, archive in archives(hosts, groups).items():
        for one in (archive.get("logs_verify_archive") or {}).get("newest", ()):
            age = f"{one['lag_seconds']} s old" if one["time"] else "none in the last day"
            told.append(f"{host}: newest object of {one['account_id'] or 'all accounts'} in {one['table']}: {age}")
        for chain in (archive.get("logs_verify_files") or {}).get("chains", ()):
            files = sum(chain["log_files"].values())
            where = f"{chain['account_id']} {chain['region'] or ''}".strip()
            told.append(f"{host}: trail of {where}: {chain['verdict']}, {files} log files until {chain['end']}")
    return [escape.text(line) for line in told]
