# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the log archives, their sources and trails of a whole inventory, before any API call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid, refusal
from ..inventory.relations import same_region
from ..values import identifiers
from . import policies, subscriptions, tables, trails
from .options import DEFAULT_DAYS, PCI_DAYS
from .sources import TABLE, Accounts, Groups, archive_of, archives, members, trail_archive_of

# The host variables that `problems` reads.
READ = (
    *("account_id", "region", "egress_logs", "vpc_flow_logs", "log_archive_state", "log_archive_name"),
    *("log_archive_bucket", "log_archive_trail_bucket", "log_archive_tables", "log_archive_transport"),
    "log_archive_organization_id",
    *("log_archive_retention_days", "log_archive_trail_retention_days", "log_archive_object_lock"),
    *("log_archive_trail_object_lock", "log_archive_auditors", "log_archive_auditor_role"),
    *("log_archive_trail_kms_key_arn", "log_source_table", "log_source_all_log_groups", "log_source_log_groups"),
    *("log_source_role_arn", "log_source_state", "audit_trail_state", "audit_trail_name", "audit_trail_organization"),
    *("audit_trail_data_events",),
)


def problems(accounts: Accounts, groups: Groups | None) -> list[Invalid]:
    """Return every problem of these hosts; option is "<host>.<variable>", with an index for an item of a list.

    groups: group -> hosts; without them nobody is known to be a source.
    """
    groups = groups or {}
    found = archives(accounts, groups)
    return [
        *_of_regions(found),
        *_of_buckets(found),
        *(one for host in found for one in _of_archive(host, found[host], accounts, groups)),
        *(one for host in members(accounts, groups, "log_sources") for one in _of_source(host, accounts, groups)),
        *_of_trails(accounts, groups),
        *_of_deliveries(accounts, groups, found),
    ]


def _of_regions(found: Accounts) -> Iterator[Invalid]:
    """Yield a problem for each archive in a region that has one: a source wouldn't know which is its own."""
    hosts = list(found)
    for index, host in enumerate(hosts):
        for other in hosts[:index]:
            if same_region(found[host], found[other]):
                problem = f"is also the region of the log archive {other}"
                expected = "one archive for the sources of a region"
                yield Invalid(f"{host}.region", found[host].get("region"), problem, expected)
                break


def _of_buckets(found: Accounts) -> Iterator[Invalid]:
    owners: dict[Any, str] = {}
    for host, archive in found.items():
        for variable in ("log_archive_bucket", "log_archive_trail_bucket"):
            bucket = archive.get(variable)
            if bucket is None:
                continue
            if bucket in owners:
                problem = f"is also {owners[bucket]}, and a bucket has one policy and one retention"
                yield Invalid(f"{host}.{variable}", bucket, problem, "a bucket of its own")
            owners.setdefault(bucket, f"{host}.{variable}")


def _of_archive(host: str, archive: Mapping[str, Any], accounts: Accounts, groups: Groups) -> Iterator[Invalid]:
    sources = [name for name, one in members(accounts, groups, "log_sources").items() if same_region(one, archive)]
    pci = [name for name in sources if name in groups.get("pci", ())]
    yield from _of_retention(host, archive, pci, "log_archive_retention_days", "log_archive_object_lock")
    if archive.get("log_archive_trail_bucket"):
        of_trails = [name for name in groups.get("pci", ()) if name in accounts]
        lock = "log_archive_trail_object_lock"
        lock = lock if archive.get(lock) is not None else "log_archive_object_lock"
        yield from _of_retention(host, archive, of_trails, "log_archive_trail_retention_days", lock)
    option, declared = f"{host}.log_archive_tables", archive.get("log_archive_tables")
    if declared == []:
        yield Invalid(option, [], "keep nothing", "at least one table, such as type: cloudwatch")
    invalid = refusal(tables.parse, option, declared or [])
    if invalid:
        yield invalid
    if archive.get("log_archive_transport") == "centralization" and host not in sources:
        problem = f"copies log groups into this account, and {host} subscribes nothing"
        yield Invalid(
            f"{host}.log_archive_transport", "centralization", problem, f"{host} in the group log_sources too"
        )
    known = {str(accounts[name].get("account_id")) for name in sources}
    option = f"{host}.log_archive_auditors"
    invalid = refusal(policies.auditors, option, archive.get("log_archive_auditors") or [], known)
    if invalid:
        yield invalid


def _of_retention(
    host: str, archive: Mapping[str, Any], pci: Sequence[str], variable: str, lock: str
) -> Iterator[Invalid]:
    """Yield problems of the days after which S3 deletes objects; 0 keeps them for ever."""
    days = archive.get(variable, DEFAULT_DAYS)
    if not days:
        return
    if pci and days < PCI_DAYS:
        problem = f"deletes what PCI DSS 10.5.1 wants kept for 12 months, of {', '.join(pci)} (group pci)"
        yield Invalid(f"{host}.{variable}", days, problem, f"{PCI_DAYS} or more")
    locked = (archive.get(lock) or {}).get("days")
    if locked and days < locked:
        problem = f"is less than {lock}.days ({locked}): S3 keeps what is locked"
        yield Invalid(f"{host}.{variable}", days, problem, f"{locked} or more")


def _of_source(host: str, accounts: Accounts, groups: Groups) -> Iterator[Invalid]:
    source = accounts[host]
    for index, group in enumerate(source.get("log_source_log_groups") or ()):
        # The module's own check needs the archive, so it isn't asked before the run.
        option = f"{host}.log_source_log_groups[{index}].name"
        invalid = refusal(subscriptions.check_group, option, group.get("name"))
        if invalid:
            yield invalid
    if source.get("log_source_role_arn") is not None:
        invalid = refusal(identifiers.role_arn, f"{host}.log_source_role_arn", source["log_source_role_arn"])
        if invalid:
            yield invalid
    if source.get("log_source_state") == "absent":
        return
    found = archives(accounts, groups)
    if not any(same_region(one, source) for one in found.values()):
        there = ", ".join(f"{name} in {one.get('region')}" for name, one in found.items()) or "none"
        problem = f"has no log archive, to which {host} would send (archives: {there})"
        yield Invalid(f"{host}.region", source.get("region"), problem, "a region with a host of the group logs")
        return
    if refusal(archive_of, accounts, groups, source.get("region")):
        # Two archives in a region are reported once, of the archives.
        return
    archive = archive_of(accounts, groups, source.get("region"))
    declared = accounts[archive["host"]].get("log_archive_tables", [{"type": TABLE}])
    if declared and not refusal(tables.parse, "", declared):
        yield from _of_tables(host, source, archive)


def _of_tables(host: str, source: Mapping[str, Any], archive: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of the tables to which a source sends, which are the archive's."""
    named = [(f"{host}.log_source_table", source.get("log_source_table") or TABLE)]
    if source.get("log_source_all_log_groups") is False and "log_source_table" not in source:
        named = []
    for index, group in enumerate(source.get("log_source_log_groups") or ()):
        if group.get("table"):
            named.append((f"{host}.log_source_log_groups[{index}].table", group["table"]))
    for option, table in named:
        if table not in archive["tables"]:
            problem = f"is no table of {archive['host']} that CloudWatch Logs can fill"
            expected = " or ".join(archive["tables"]) or "a table of type cloudwatch in the archive"
            yield Invalid(option, table, problem, expected)


def _of_trails(accounts: Accounts, groups: Groups) -> Iterator[Invalid]:
    declared = {
        host: one
        for host, one in members(accounts, groups, "audit_trails").items()
        if one.get("audit_trail_state") != "absent"
    }
    of_organization = [host for host, one in declared.items() if one.get("audit_trail_organization")]
    buckets = {
        str(one.get(variable))
        for one in archives(accounts, groups).values()
        for variable in ("log_archive_bucket", "log_archive_trail_bucket")
    }
    for host, trail in declared.items():
        # The module's own check needs the archive, so it isn't asked before the run.
        for check, variable, default in (
            (trails.check_name, "audit_trail_name", host),
            (lambda option, events: trails.check_data_events(option, events, buckets), "audit_trail_data_events", []),
        ):
            told = refusal(check, f"{host}.{variable}", trail.get(variable) or default)
            if told:
                yield told
        invalid = refusal(trail_archive_of, accounts, groups, trail.get("region"))
        if invalid:
            problem = f"has no log archive with a trail bucket, to which {host} would write"
            yield Invalid(f"{host}.region", trail.get("region"), problem, invalid.expected)
            continue
        archive = trail_archive_of(accounts, groups, trail.get("region"))
        if host in of_organization and not accounts[archive["host"]].get("log_archive_organization_id"):
            problem = f"is missing, and {host} has the trail of an organization"
            yield Invalid(f"{archive['host']}.log_archive_organization_id", None, problem, "one such as o-abcdefghij")
    if not of_organization:
        return
    for host in declared:
        if host != of_organization[0]:
            problem = f"would be recorded a second time, which costs: {of_organization[0]} has the organization's trail"
            yield Invalid(f"{host}.audit_trail_state", None, problem, "absent, or no host of audit_trails")


def _of_deliveries(accounts: Accounts, groups: Groups, found: Accounts) -> Iterator[Invalid]:
    """Yield problems of logs that services deliver to an archive's bucket: who may, and where a table reads them."""
    owners = {str(one["log_archive_bucket"]): host for host, one in found.items() if one.get("log_archive_bucket")}
    delivered = [(host, *place) for host, variables in accounts.items() for place in _places(variables)]
    for host, variable, place in delivered:
        bucket, _slash, folder = place.rpartition(":::")[2].partition("/")
        archive = owners.get(bucket)
        if archive is None:
            continue
        sources = members(accounts, groups, "log_sources").values()
        writers = {str(one.get("account_id")) for one in sources if same_region(one, found[archive])}
        writers.add(str(found[archive].get("account_id")))
        option = f"{host}.{variable}"
        if str(accounts[host].get("account_id")) not in writers:
            problem = f"is the bucket of {archive}, whose policy admits its sources only"
            yield Invalid(option, place, problem, f"{host} in the group log_sources too")
        if folder:
            problem = f"has a folder, in which no table of {archive} looks for logs"
            yield Invalid(option, place, problem, place.partition("/")[0])


def _places(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (variable, bucket or its ARN, with a folder if any) of flow logs and of firewalls' logs in S3."""
    flow_logs, of_firewall = variables.get("vpc_flow_logs"), variables.get("egress_logs")
    if isinstance(flow_logs, Mapping):
        yield "vpc_flow_logs.destination", str(flow_logs.get("destination") or "")
    for index, logs in enumerate(of_firewall if isinstance(of_firewall, Sequence) else ()):
        if isinstance(logs, Mapping) and logs.get("destination_type", "s3") == "s3":
            yield f"egress_logs[{index}].destination", str(logs.get("destination") or "")
