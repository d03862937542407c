# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow operations and analysis reports of a firewall."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import invalid_request, not_found
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.models.operations import REPORT_PERIOD, FlowOperation, Report
from emulator.networkfirewall.responses.base import Base

SCOPE = ("AvailabilityZone", "AvailabilityZoneId", "VpcEndpointAssociationArn", "VpcEndpointId")
# "You can use up to 20 filters to configure a single flow operation": FlowFilter
MAX_FILTERS = 20


class OperationResponse(Base):
    # Flows

    def start_flow_capture(self) -> ActionResult:
        return self._start("FLOW_CAPTURE")

    def start_flow_flush(self) -> ActionResult:
        return self._start("FLOW_FLUSH")

    def _start(self, kind: str) -> ActionResult:
        firewall = self.firewall()
        scope = self._scope(firewall)
        if len(self.request["FlowFilters"]) > MAX_FILTERS:
            raise invalid_request("FlowFilters limit exceeded", len(self.request["FlowFilters"]), "FlowFilters")
        operation = FlowOperation(kind, scope, self.request)
        firewall.flow_operations[operation.id] = operation
        return ActionResult(
            {
                "FirewallArn": firewall.arn,
                "FlowOperationId": operation.id,
                "FlowOperationStatus": "IN_PROGRESS",
            }
        )

    def _scope(self, firewall: Firewall) -> dict[str, Any]:
        """Return where the request's operation is; an AZ by name and id at once is refused, as the API says."""
        scope = {name: self.request[name] for name in SCOPE if name in self.request}
        if {"AvailabilityZone", "AvailabilityZoneId"} <= set(scope):
            raise invalid_request("AvailabilityZone, AvailabilityZoneId cannot exist together")  # not verified
        zones = firewall.status_shape()["SyncStates"]
        if scope.get("AvailabilityZone", next(iter(zones), None)) not in zones:
            raise invalid_request("AvailabilityZone is invalid", scope["AvailabilityZone"])  # not verified
        return scope

    def describe_flow_operation(self) -> ActionResult:
        firewall, operation = self._operation()
        answer = {"FirewallArn": firewall.arn, "FlowOperation": operation.definition}
        return ActionResult(answer | operation.metadata() | operation.scope)

    def list_flow_operations(self) -> ActionResult:
        kind = self._get_param("FlowOperationType")
        operations = self.firewall().flow_operations.values()
        return self.paged("FlowOperations", [one.metadata() for one in operations if kind in (None, one.kind)])

    def list_flow_operation_results(self) -> ActionResult:
        firewall, operation = self._operation()
        return self.paged("Flows", [], FirewallArn=firewall.arn, **operation.metadata(), **operation.scope)

    def _operation(self) -> tuple[Firewall, FlowOperation]:
        firewall, id_ = self.firewall(), self.request["FlowOperationId"]
        if id_ not in firewall.flow_operations:
            raise not_found(id_)
        return firewall, firewall.flow_operations[id_]

    # Analysis reports

    def start_analysis_report(self) -> ActionResult:
        """Start a report: "You can generate up to one report per traffic type, per 30 day period" (AnalysisReport).

        That the type must be enabled on the firewall: UpdateFirewallAnalysisSettings. The texts are not verified.
        """
        firewall, kind = self.firewall(), self.request["AnalysisType"]
        if kind not in firewall.analysis_types:
            raise invalid_request("AnalysisType is not enabled on the firewall", kind, "AnalysisType")
        if any(report.kind == kind and report.is_recent for report in firewall.reports.values()):
            days = REPORT_PERIOD.days
            raise invalid_request(f"A report of this type was generated in the last {days} days", kind, "AnalysisType")
        report = Report(kind, firewall.name)
        firewall.reports[report.id] = report
        return ActionResult({"AnalysisReportId": report.id})

    def list_analysis_reports(self) -> ActionResult:
        reports = self.firewall().reports.values()
        return self.paged("AnalysisReports", [report.metadata() for report in reports if report.is_recent])

    def get_analysis_report_results(self) -> ActionResult:
        reports, id_ = self.firewall().reports, self.request["AnalysisReportId"]
        if id_ not in reports:
            raise not_found(id_)
        report = reports[id_]
        results = report.results() if report.status == "COMPLETED" else []
        members = report.metadata() | {"StartTime": report.time - REPORT_PERIOD, "EndTime": report.time}
        return self.paged("AnalysisReportResults", results, **members)
