# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_query: rows of a query of Athena over a log archive."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import sql
from .._resources.facts import query_result

ARGUMENT_SPEC = {
    "workgroup": {"type": "str", "required": True},
    "database": {"type": "str"},
    "query": {"type": "str"},
    "named_query": {"type": "str"},
    "parameters": {"type": "list", "elements": "str", "default": []},
    "max_rows": {"type": "int", "default": 1000},
    "timeout": {"type": "int", "default": 300},
}
MOST_ROWS, LONGEST = 100_000, 3600
# "Amazon Athena pricing": queries are billed by the bytes scanned, 10 MB each at least.
LEAST_BILLED = 10_000_000


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    workgroup: str
    database: str | None
    query: str | None
    named_query: str | None
    parameters: Sequence[str]
    max_rows: int
    timeout: int
    # the client request token of this run's query
    token: str


def desired(params):
    _check_names(params)
    if params["query"] is not None:
        sql.check("query", params["query"])
        sql.check_parameters("parameters", params["query"], params["parameters"])
    for option, most, what in (("max_rows", MOST_ROWS, "number of rows"), ("timeout", LONGEST, "time to wait")):
        if not 1 <= params[option] <= most:
            raise Invalid(option, params[option], f"is no {what}", f"1 to {most}")
    return Declared("log_query", {"query_result": {}}, Inputs.of(params, token=str(uuid.uuid4())))


def _check_names(params):
    """API_CreateWorkGroup, API_CreateNamedQuery and "Names for tables, databases, and columns" (Athena)."""
    for option, pattern, what in (
        ("workgroup", r"[a-zA-Z0-9._-]{1,128}", "workgroup"),
        ("database", r"[a-z0-9_]{1,255}", "database"),
        ("named_query", r"[ -~]{1,128}", "query"),
    ):
        value = params[option]
        if value is not None and not re.fullmatch(pattern, value, re.ASCII):
            raise Invalid(option, value, f"is no name of a {what}", f"one that matches {pattern}")


def report(declared, found, ids, states):
    details = found["query_result"]["main"].details
    billed = max(details["scanned_bytes"], LEAST_BILLED)
    return {
        **details,
        "cost": f"{details['scanned_bytes']} bytes scanned; Athena bills {billed}, at its price for each TB",
    }


CAPABILITY = Capability(
    "log_query",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (query_result,),
    report,
    constraints={
        "required_one_of": [("query", "named_query")],
        "mutually_exclusive": [("query", "named_query")],
    },
    reads_only=True,
)
