# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a firewall does once: flow captures, flow flushes, and analysis reports of the traffic of 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from emulator import clock
from emulator.networkfirewall import observed
from emulator.networkfirewall.models.resource import new_id
from emulator.transitions import StateClock, Transition

REPORT_PERIOD = timedelta(days=30)
PROTOCOLS = {"TLS_SNI": "TLS", "HTTP_HOST": "HTTP"}


class FlowOperation:
    """A capture or flush of flows; there is no traffic, so it finds none."""

    status = StateClock("network-firewall-flow-operation")

    def __init__(self, kind: str, scope: dict[str, Any], request: dict[str, Any]):
        self.id, self.kind, self.scope = new_id(), kind, scope
        self.started = datetime.now(timezone.utc)
        names = ("MinimumFlowAgeInSeconds", "FlowFilters")
        self.definition = {name: request[name] for name in names if name in request}
        self.status = Transition("IN_PROGRESS", "COMPLETED")

    def metadata(self) -> dict[str, Any]:
        return {
            "FlowOperationId": self.id,
            "FlowOperationType": self.kind,
            "FlowRequestTimestamp": self.started,
            "FlowOperationStatus": self.status,
        }


class Report:
    status = StateClock("network-firewall-analysis-report")

    def __init__(self, kind: str, firewall_name: str):
        self.id, self.kind, self.firewall_name = new_id(), kind, firewall_name
        self.time = clock.now()
        self.status = Transition("RUNNING", "COMPLETED")

    @property
    def is_recent(self) -> bool:
        return clock.now() - self.time < REPORT_PERIOD

    def metadata(self) -> dict[str, Any]:
        return {
            "AnalysisReportId": self.id,
            "AnalysisType": self.kind,
            "ReportTime": self.time,
            "Status": self.status,
        }

    def results(self) -> list[dict[str, Any]]:
        """Return what tests told of the firewall's traffic, of the report's type: see observed.py."""
        protocol = PROTOCOLS[self.kind]
        told = observed.domains_of(self.firewall_name)
        return [{"Protocol": protocol} | _dated(one) for one in told if one.get("Protocol", protocol) == protocol]


def _dated(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result with its times, which are ISO 8601 texts, as times."""
    times = ("FirstAccessed", "LastAccessed")
    return result | {name: datetime.fromisoformat(result[name]) for name in times if name in result}
