# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over what was read of logs and trails; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.logs import evidence, layout, queries, sources, tables, verification
from ..module_utils._domain.pci import audit_evidence
from ..module_utils._domain.reports import audit
from ..plugin_utils.filter_errors import raising_ansible_error


def log_probe_queries(hosts: dict[str, dict], groups: dict[str, list[str]], archive: str) -> list[dict[str, Any]]:
    return verification.queries(hosts, groups, archive)


def log_probe_missing(answer: dict[str, Any], probes: dict[str, int]) -> list[str]:
    return verification.missing(answer, probes)


def log_problems(hosts: dict[str, dict], groups: dict[str, list[str]]) -> list[str]:
    return verification.problems(hosts, groups, datetime.now(timezone.utc))


def log_lines(hosts: dict[str, dict], groups: dict[str, list[str]]) -> list[str]:
    return verification.lines(hosts, groups)


def audit_questions(
    hosts: dict[str, dict], groups: dict[str, list[str]], archive: str, days: int = 1
) -> list[dict[str, Any]]:
    variables = hosts[archive]
    parsed = tables.parse(f"{archive}.log_archive_tables", variables.get("log_archive_tables") or [])
    of_trails = [table.name for table in parsed if table.type == "cloudtrail"]
    if not of_trails:
        return []
    database = layout.database(variables.get("log_archive_name") or archive)
    now = datetime.now(timezone.utc)
    window = [f"{day:%Y/%m/%d}" for day in (now - timedelta(days=_days(days)), now)]
    return [
        {"account_id": account, "query": name, "description": one.description, "sql": one.sql}
        | {"parameters": [account, *window]}
        for account in sources.archive_sources(hosts, groups, archive)["trail_account_ids"]
        for name, one in queries.audit_queries(database, of_trails[0]).items()
    ]


def audit_pages(hosts: dict[str, dict], groups: dict[str, list[str]], days: int = 1) -> dict[str, Any]:
    return audit.pages(evidence.evidence(hosts, groups, _days(days)))


def with_audit_evidence(accounts: dict[str, dict], evidence_: dict[str, dict]) -> dict[str, dict]:
    return audit_evidence.with_audit_evidence(accounts, evidence_)


def _days(days: Any) -> int:
    if not 1 <= days <= 7:
        raise Invalid("audit_days", days, "is no number of days", "1 to 7")
    return days


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            audit_pages,
            audit_questions,
            log_lines,
            log_probe_missing,
            log_probe_queries,
            log_problems,
            with_audit_evidence,
        )
        return {function.__name__: raising_ansible_error(function) for function in functions}
