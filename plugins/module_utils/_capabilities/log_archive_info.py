# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_archive_info: what arrives in a log archive, what failed, and how its streams are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import layout, options, tables
from .._domain.logs.tables import Table
from .._domain.values import identifiers
from .._resources.facts import archive_facts

MOST_HOURS = 168
ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str", "required": True},
    "tables": options.TABLES,
    "account_ids": {"type": "list", "elements": "str", "default": []},
    "hours": {"type": "int", "default": 24},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    name: str
    bucket: str
    tables: Sequence[Table]
    account_ids: Sequence[str]
    hours: int
    now: datetime


def desired(params):
    layout.check_name("name", params["name"])
    identifiers.bucket("bucket", params["bucket"])
    for index, account in enumerate(params["account_ids"]):
        identifiers.account_id(f"account_ids[{index}]", account)
    if not 1 <= params["hours"] <= MOST_HOURS:
        raise Invalid("hours", params["hours"], "is no number of hours", f"1 to {MOST_HOURS}")
    if not params["tables"]:
        raise Invalid("tables", None, "is empty", "the archive's tables")
    parsed = tables.parse("tables", params["tables"])
    inputs = Inputs.of(params, tables=parsed, now=datetime.now(timezone.utc))
    return Declared("log_archive_info", {"archive_facts": {}}, inputs)


def report(declared, found, ids, states):
    inputs, details = declared.inputs, found["archive_facts"]["main"].details
    known = set(inputs.account_ids)
    return {
        "errors": [{**one, "declared": one["table"] in details["streams"]} for one in details["errors"]],
        "delivery_errors": [{**one, "latest": _utc(one["latest"])} for one in details["refusals"]],
        "newest": [_newest(inputs.now, *one) for one in details["newest"]],
        "streams": [{"table": table, **stream} for table, stream in details["streams"].items()],
        "undeclared_accounts": {
            name: [account for account in accounts if account not in known]
            for name, accounts in {**details["writers"], "AWSLogs": details["by_services"]}.items()
            if set(accounts) - known
        },
    }


def _newest(now, table, account, time):
    return {
        "table": table,
        "account_id": account or None,
        "time": time and _utc(time),
        "lag_seconds": time and max(0, int((now - time).total_seconds())),
    }


def _utc(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


CAPABILITY = Capability(
    "log_archive_info", AWS, ARGUMENT_SPEC, desired, Inputs, (archive_facts,), report, reads_only=True
)
