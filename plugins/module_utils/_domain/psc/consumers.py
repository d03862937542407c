# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ledger of a published service (Private Service Connect): which projects may connect, and with how many endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..._core.errors import Invalid
from ..sharing import ledger
from ..values import gcp_names

# Most entries of a list of a service attachment
# (https://cloud.google.com/vpc/docs/about-vpc-hosted-services#consumer-lists).
MOST_ACCEPTED, MOST_REJECTED = 5000, 64

# connectionLimit is an unsigned number of 32 bits (discovery document compute v1).
HIGHEST_LIMIT = 2**32 - 1

# Module options: the ledger, and what happens to projects that aren't in it.
CONSUMERS = ledger.option(
    "project_id",
    project_number={"type": "str"},
    connection_limit={"type": "int", "default": 1},
)
UNDECLARED = ledger.UNDECLARED


@dataclass(frozen=True)
class Approval(ledger.Entry):
    """Ledger entry of a project. project_number: None if it isn't known; connection_limit: most endpoints."""

    project_number: str | None
    connection_limit: int


def parse(option: str, consumers: Sequence[Mapping[str, Any]]) -> dict[str, Approval]:
    """Return {project id: Approval} from the option `consumers`.

    Raises Invalid for a bad id, number, date or limit, a blank text, and a project that is in the ledger twice, by its
    id or by its number.
    """
    entries = ledger.parse(option, consumers, "project_id", _check_project)
    approvals: dict[str, Approval] = {}
    numbers: dict[str, str] = {}
    for index, (consumer, entry) in enumerate(zip(consumers, entries.values())):
        where = f"{option}[{index}]"
        number, limit = consumer.get("project_number"), consumer["connection_limit"]
        if number is not None:
            gcp_names.project_number(f"{where}.project_number", number)
            if number in numbers:
                problem = f"is also the number of {numbers[number]}"
                raise Invalid(f"{where}.project_number", number, problem, "one entry for each project")
            numbers[number] = entry.consumer
        if limit < 1:
            raise Invalid(f"{where}.connection_limit", limit, "lets nobody connect", "1 or more, or no such entry")
        if limit > HIGHEST_LIMIT:
            raise Invalid(f"{where}.connection_limit", limit, "is too high", f"at most {HIGHEST_LIMIT}")
        approvals[entry.consumer] = Approval(**vars(entry), project_number=number, connection_limit=int(limit))
    if len(approvals) > MOST_ACCEPTED:
        raise Invalid(option, None, f"has {len(approvals)} entries", f"at most {MOST_ACCEPTED}")
    return approvals


def _check_project(option: str, value: str) -> None:
    gcp_names.project_id(option, value)


def ids(approvals: Mapping[str, Approval]) -> dict[str, str]:
    """Return {project number: project id} of the entries that have one: Google may answer either."""
    return {entry.project_number: id_ for id_, entry in approvals.items() if entry.project_number}


def without_number(approvals: Mapping[str, Approval]) -> list[str]:
    """Return the projects whose number isn't known, sorted: any number that Google answers may be one of theirs."""
    return sorted(id_ for id_, entry in approvals.items() if not entry.project_number)


def approved(approvals: Mapping[str, Approval], today: date) -> int:
    """Return the number of endpoints that the valid entries allow."""
    return sum(entry.connection_limit for entry in approvals.values() if entry.is_valid(today))


def accept_list(approvals: Mapping[str, Approval], today: date) -> list[dict[str, Any]]:
    """Return the accept list of the valid entries, by project id: [{"project_id", "connection_limit"}]."""
    return [
        {"project_id": id_, "connection_limit": entry.connection_limit}
        for id_, entry in sorted(approvals.items())
        if entry.is_valid(today)
    ]
