# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Named queries of a log archive in Athena's SQL (Trino's), and those of the audit report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .tables import Table


@dataclass(frozen=True)
class NamedQuery:
    """A query of a workgroup. description: what its rows are."""

    description: str
    sql: str


def named_queries(database: str, tables: Sequence[Table]) -> dict[str, NamedQuery]:
    """Return name -> query, for the tables that the archive has."""
    raise NotImplementedError


# Parameters, in their order: account, first day, last day (yyyy/MM/dd, both inclusive).
def audit_queries(database: str, table: str) -> dict[str, NamedQuery]:
    """Return the queries of the audit report over a table of CloudTrail: name -> query with three ? parameters.

    roles_used, denied_calls, trail_changes, calls_by_account.
    """
    raise NotImplementedError
