# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Traffic that firewalls have seen, as tests tell it (see control.py): there is none here."""

from __future__ import annotations

from typing import Any

# Firewall's name, or "*" -> results of its analysis reports, in the shape of AnalysisTypeReportResult.
domains: dict[str, list[dict[str, Any]]] = {}


def domains_of(name: str) -> list[dict[str, Any]]:
    return domains.get(name, domains.get("*", []))
