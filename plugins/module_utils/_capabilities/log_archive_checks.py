# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the module log_archive's options."""

from __future__ import annotations

from .._core.errors import Invalid
from .._domain.logs import layout, subscriptions, tables
from .._domain.values import identifiers
from . import archive_checks

# Athena, CreateWorkGroup: BytesScannedCutoffPerQuery is 10,000,000 at least. The most is this collection's.
LEAST_BYTES, MOST_BYTES = 10_000_000, 10**15


def check(params):
    """Check the options, and return the tables (tables.Table). Raises Invalid."""
    layout.check_name("name", params["name"])
    if params["bucket"] is not None:
        archive_checks.check_bucket(params)
    if params["trail_bucket"] is not None:
        identifiers.bucket("trail_bucket", params["trail_bucket"])
        if params["trail_bucket"] == params["bucket"]:
            problem = "is the bucket of logs, too: their auditors and retention differ"
            raise Invalid("trail_bucket", params["trail_bucket"], problem, "another bucket, such as audit_archive's")
    _check_sources(params)
    parsed = tables.parse("tables", params["tables"])
    if not parsed:
        raise Invalid("tables", [], "keep nothing", "at least one table, such as type: cloudwatch")
    layout.check_streams("tables", params["name"], parsed)
    for option, least, most in (
        # Firehose: BufferingHints; 60 s since a file for each account and hour is written at least that often, and
        # "Convert input data format": 64 MiB at least with a conversion to Parquet.
        ("buffer_seconds", 60, 900),
        ("buffer_mib", 64, 128),
        ("query_bytes_limit", LEAST_BYTES, MOST_BYTES),
    ):
        if not least <= params[option] <= most:
            raise Invalid(option, params[option], "is out of bounds", f"{least} to {most}")
    _check_centralization(params)
    # Last: the inventory's check knows no sources, and asks for the other options.
    if not params["source_account_ids"] and params["state"] != "absent":
        # Partitions are by account, also with an organization.
        raise Invalid("source_account_ids", [], "name no source", "the accounts whose logs are kept")
    return parsed


def _check_centralization(params):
    options = params["centralization"]
    if not options:
        return
    if params["transport"] != "centralization":
        problem = "is set, and transport is firehose"
        raise Invalid("centralization", None, problem, "transport: centralization, or no such option")
    for index, group in enumerate(options["excluded_log_groups"]):
        subscriptions.check_group(f"centralization.excluded_log_groups[{index}]", group)
    if options["kms_key_arn"] is not None:
        archive_checks.check_key(params, "centralization.kms_key_arn", options["kms_key_arn"])


def _check_sources(params):
    archive_checks.check_accounts("source_account_ids", params["source_account_ids"])
    archive_checks.check_accounts("trail_account_ids", params["trail_account_ids"])
    for index, region in enumerate(params["source_regions"]):
        identifiers.region(f"source_regions[{index}]", region)
    for option in ("organization_id", "trail_organization_id"):
        if params[option] is not None:
            identifiers.organization(option, params[option])
