# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relate the hosts of an inventory to their log archive: a source, a trail and the archive of their region.

accounts: host -> its variables; groups: group -> hosts, as Ansible's variable of this name. The archives are the hosts
of the group logs, sources those of log_sources, trails those of audit_trails. All hosts count, also those outside of
--limit: an account that is missing would lose its way to the archive.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid
from ..inventory.relations import same_region
from . import layout
from .tables import STREAMED

Accounts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Collection[str]]
# The archive's table if a source names none, and the only one if the archive declares none.
TABLE = "cloudwatch"
# By the beginning of a region's name (botocore's partitions.json).
PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}


def partition_of(region: str) -> str:
    return next((partition for prefix, partition in PARTITIONS.items() if region.startswith(prefix)), "aws")


def members(accounts: Accounts, groups: Groups, group: str) -> dict[str, Mapping[str, Any]]:
    """Return the hosts of a group that have variables here."""
    return {host: accounts[host] for host in groups.get(group, ()) if host in accounts}


def archives(accounts: Accounts, groups: Groups) -> dict[str, Mapping[str, Any]]:
    """Return the log archives of an inventory, without those that are to be deleted."""
    of_group = members(accounts, groups, "logs")
    return {host: one for host, one in of_group.items() if one.get("log_archive_state", "present") != "absent"}


def archive_of(accounts: Accounts, groups: Groups, region: str | None) -> dict[str, Any]:
    """Return the archive of a region's sources: host, name, account_id, region, partition, bucket, transport, tables.

    trail_bucket, trail_key_arn: None if not declared, or not known in this run. Raises Invalid unless there is one.
    """
    found = archives(accounts, groups)
    of_region = [host for host, one in found.items() if same_region(one, {"region": region})]
    return _only(found, of_region, region)


def trail_archive_of(accounts: Accounts, groups: Groups, region: str | None) -> dict[str, Any]:
    """Return the archive to whose trail bucket a trail of a region writes, as archive_of does.

    It is the one of the trail's region that has a trail bucket, otherwise the only one of the inventory that has.
    """
    found = {host: one for host, one in archives(accounts, groups).items() if one.get("log_archive_trail_bucket")}
    of_region = [host for host, one in found.items() if same_region(one, {"region": region})]
    return _only(found, of_region or list(found), region, "log_archive_trail_bucket")


def _only(
    found: Accounts, hosts: Sequence[str], region: str | None, needed: str = "log_archive_bucket"
) -> dict[str, Any]:
    if len(hosts) != 1:
        there = ", ".join(f"{host} in {one.get('region')}" for host, one in found.items()) or "none"
        problem = f"has {len(hosts)} log archives"
        raise Invalid("region", region, problem, f"one host of the group logs with {needed} there; found: {there}")
    (host,) = hosts
    archive = found[host]
    where = archive.get("region") or region
    if not isinstance(where, str):
        raise Invalid(
            f"{host}.region", None, "is missing, and sources name their archive by it", "the archive's region"
        )
    return {
        "host": host,
        "name": archive.get("log_archive_name") or host,
        "account_id": archive["account_id"],
        "region": where,
        "partition": partition_of(where),
        "bucket": archive.get("log_archive_bucket"),
        "trail_bucket": archive.get("log_archive_trail_bucket"),
        "trail_key_arn": archive.get("log_archive_trail_kms_key_arn") or _told(archive, "kms_key_arn"),
        "transport": archive.get("log_archive_transport") or "firehose",
        "centralization": _rule(archive.get("log_archive_centralization") or {}),
        "tables": streamed_tables(archive),
    }


def _rule(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what log_source knows of a centralization rule; the default is log_archive's."""
    return {
        "excluded_log_groups": list(declared.get("excluded_log_groups") or ()),
        "encrypted_log_groups": declared.get("encrypted_log_groups", True),
    }


def _told(archive: Mapping[str, Any], key: str) -> Any:
    return (archive.get("log_archive_trails_result") or {}).get(key)


def streamed_tables(archive: Mapping[str, Any]) -> list[str]:
    """Return the names of an archive's tables to which sources can subscribe."""
    declared = archive.get("log_archive_tables")
    if declared is None:
        return [TABLE]
    return [str(table.get("name") or table.get("type")) for table in declared if table.get("type") in STREAMED]


def destinations(
    archive: Mapping[str, Any],
    all_log_groups: bool,
    table: str | None,
    log_groups: Sequence[Mapping[str, Any]],
    account_id: str = "",
) -> dict[str, Any]:
    """Return log_source's destination_arn (None: no subscription of the account), role_arn, log_groups, centralization.

    archive         of archive_of
    all_log_groups  whether the account's log groups go to `table` (default: cloudwatch)
    log_groups      [{name, table, filter_pattern}], whose table is `table` by default
    account_id      the source's. In the archive's own account, the streams themselves are subscribed, with the role of
                    the archive: of an archive that centralizes by itself, too, since there are the copies of the
                    others' log groups. The others then subscribe nothing.
    """
    own = account_id == archive["account_id"]
    if archive["transport"] == "centralization" and not own:
        nothing: dict[str, Any] = {"destination_arn": None, "role_arn": None, "log_groups": []}
        return {**nothing, "centralization": dict(archive["centralization"])}
    place = (archive["partition"], archive["region"], archive["account_id"], archive["name"])
    arn_of = layout.stream_arn if own else layout.destination_arn
    role = layout.destination_role(archive["name"], archive["region"])
    role_arn = layout.role_arn(archive["partition"], archive["account_id"], role) if own else None
    default = table or TABLE
    groups = [
        {
            **{key: value for key, value in group.items() if key != "table"},
            "destination_arn": arn_of(*place, group.get("table") or default),
            **({"role_arn": role_arn} if own else {}),
        }
        for group in log_groups
    ]
    return {
        "destination_arn": arn_of(*place, default) if all_log_groups else None,
        "role_arn": role_arn,
        "log_groups": groups,
        "centralization": None,
    }


def archive_sources(accounts: Accounts, groups: Groups, host: str) -> dict[str, Any]:
    """Return who writes to the archive of a host: the options of log_archive and audit_archive.

    account_ids, regions  of the sources of its region
    trails                of audit_archive: the trails that write to its trail bucket
    trail_organization_id of the trail of an organization, None if there is none
    trail_account_ids     accounts that these cover, sources among them: all of the inventory for an organization trail
    """
    archive = accounts[host]
    sources = [one for one in members(accounts, groups, "log_sources").values() if same_region(one, archive)]
    trails = trails_of(accounts, groups, host)
    account_ids = {str(one["account_id"]) for one in sources}
    covered = {trail["account_id"] for trail in trails} | (account_ids if trails else set())
    if any(trail["organization_id"] for trail in trails):
        covered |= {str(one["account_id"]) for one in accounts.values() if one.get("account_id")}
    return {
        "account_ids": sorted(account_ids),
        "regions": sorted({str(one["region"]) for one in (archive, *sources) if one.get("region")}),
        "trails": trails,
        "trail_account_ids": sorted(covered),
        "trail_organization_id": next((trail["organization_id"] for trail in trails if trail["organization_id"]), None),
    }


def trails_of(accounts: Accounts, groups: Groups, host: str) -> list[dict[str, Any]]:
    """Return the trails that write to the trail bucket of a host: name, account_id, region, organization_id."""
    archive = accounts[host]
    if not archive.get("log_archive_trail_bucket"):
        return []
    found = []
    for name, one in members(accounts, groups, "audit_trails").items():
        region = one.get("region") or archive.get("region")
        if archives(accounts, groups) and trail_archive_of(accounts, groups, region)["host"] == host:
            organization = archive.get("log_archive_organization_id") if one.get("audit_trail_organization") else None
            found.append(
                {
                    "name": one.get("audit_trail_name") or name,
                    "account_id": str(one["account_id"]),
                    "region": region,
                    "organization_id": organization,
                }
            )
    return found
