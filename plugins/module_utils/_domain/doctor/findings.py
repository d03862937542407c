# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings of the doctor: a cause of CAUSES, the resource that has it, and the fix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .causes import CAUSES, RANK

# Statuses of a finding. cause: this stops calls; unknown: the reads don't tell; note: stops nothing by itself.
CAUSE, UNKNOWN, NOTE = "cause", "unknown", "note"


@dataclass(frozen=True)
class Finding:
    """Cause that was found or can't be excluded.

    id: a key of CAUSES; message: the cause in words; evidence: fields of the API and their values; services: those that
    it concerns, empty for all; targets: named workloads that have it, empty if no workload was named.
    """

    id: str
    status: str
    resource: str
    message: str
    fix: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return the finding as an entry of the module's result."""
        known = CAUSES[self.id]
        return {
            "id": self.id,
            "status": self.status,
            "resource": self.resource,
            "services": list(self.services),
            "targets": list(self.targets),
            "says": self.message,
            "evidence": dict(self.evidence),
            "fix": self.fix,
            "confidence": known.confidence,
            "source": known.source,
        }


def merged(findings: Iterable[Finding], areas: Collection[str] = ()) -> list[Finding]:
    """Merge findings to one per cause, status and resource, with the services, targets and fixes of all.

    The worst come first; among equals, those of the areas that an error points at.
    """
    found: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.id, finding.status, finding.resource)
        first = found.get(key, finding)
        services = tuple(sorted({*first.services, *finding.services} - {""}))
        fixes = first.fix.split("; and ")
        fix = first.fix if finding.fix in fixes else "; and ".join([*fixes, finding.fix])
        targets = tuple(sorted({*first.targets, *finding.targets}))
        found[key] = replace(first, fix=fix, services=services, targets=targets)

    def rank(finding: Finding) -> tuple[Any, ...]:
        worst = (CAUSE, UNKNOWN, NOTE).index(finding.status)
        return (worst, CAUSES[finding.id].area not in areas, RANK[finding.id], finding.resource)

    return sorted(found.values(), key=rank)
