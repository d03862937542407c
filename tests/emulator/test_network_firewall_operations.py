# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logging, flow operations and analysis reports of a firewall. D: the API model's descriptions, quoted; V: seen on AWS;
U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, Emulator, error_of
from tests.emulator.firewalls import Firewalls
from tests.emulator.networks import wait_for

ALERT = {"LogType": "ALERT", "LogDestinationType": "CloudWatchLogs", "LogDestination": {"logGroup": "alert"}}
FLOW = {"LogType": "FLOW", "LogDestinationType": "S3", "LogDestination": {"bucketName": "flows", "prefix": "egress"}}
TLS = {"LogType": "TLS", "LogDestinationType": "KinesisDataFirehose", "LogDestination": {"deliveryStream": "tls"}}
ARN = f"arn:aws:network-firewall:eu-central-1:{SPOKE}:firewall/egress"


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    made = Firewalls(emulator)
    made.create(EnabledAnalysisTypes=["TLS_SNI"])
    return made


def log(firewalls: Firewalls, *configs: dict[str, Any], **options: Any) -> dict[str, Any]:
    update = firewalls.nfw.update_logging_configuration
    return update(FirewallName="egress", LoggingConfiguration={"LogDestinationConfigs": list(configs)}, **options)


def logging(firewalls: Firewalls) -> list[dict[str, Any]]:
    described = firewalls.nfw.describe_logging_configuration(FirewallArn=ARN)
    return described["LoggingConfiguration"]["LogDestinationConfigs"]


def test_logging_changes_by_one_destination(firewalls: Firewalls) -> None:
    """D: UpdateLoggingConfiguration: "You can perform only one of the following actions in any call": add one, remove
    one, change one's LogDestination; "You can't change the LogDestinationType or LogType". V: InvalidRequestException.
    """
    assert logging(firewalls) == []
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="multiple log destination configs"):
        log(firewalls, ALERT, FLOW)
    log(firewalls, ALERT)
    log(firewalls, ALERT, FLOW)
    log(firewalls, FLOW, ALERT, TLS)
    assert logging(firewalls) == [FLOW, ALERT, TLS]
    moved = FLOW | {"LogDestination": {"bucketName": "other"}}
    log(firewalls, moved, ALERT, TLS)
    retyped = ALERT | {"LogDestinationType": "S3", "LogDestination": {"bucketName": "alerts"}}
    for several in ([FLOW, ALERT], [moved, retyped, TLS], [], [moved]):
        with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="multiple log destination"):
            log(firewalls, *several)
    assert logging(firewalls) == [moved, ALERT, TLS]


def test_no_configuration_turns_logging_off(firewalls: Firewalls) -> None:
    """D: "If you omit this setting, Network Firewall disables logging for the firewall"."""
    log(firewalls, ALERT)
    firewalls.nfw.update_logging_configuration(FirewallName="egress")
    assert logging(firewalls) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ALERT | {"LogDestination": {"bucketName": "x"}},
        FLOW | {"LogDestination": {"prefix": "x"}},
        TLS | {"LogDestination": {"deliveryStream": "x", "prefix": "y"}},
    ],
)
def test_destination_has_the_keys_of_its_type(firewalls: Firewalls, wrong: dict[str, Any]) -> None:
    """D: LogDestination: bucketName and prefix, logGroup, deliveryStream; U: the text."""
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="LogDestination is invalid"):
        log(firewalls, wrong)


def test_firewall_that_logs_is_not_deleted(firewalls: Firewalls) -> None:
    """V: ekristen/aws-nuke#713, and notes of others that quote the text."""
    log(firewalls, ALERT)
    refused = ("InvalidRequestException", "Cannot delete firewall with a logging configuration")
    assert error_of(firewalls.nfw.delete_firewall, FirewallName="egress") == refused
    log(firewalls)
    firewalls.nfw.delete_firewall(FirewallName="egress")


def test_monitoring_dashboard_is_a_setting_of_logging(firewalls: Firewalls) -> None:
    """D: EnableMonitoringDashboard of UpdateLoggingConfiguration."""
    log(firewalls, ALERT, EnableMonitoringDashboard=True)
    assert firewalls.nfw.describe_logging_configuration(FirewallArn=ARN)["EnableMonitoringDashboard"] is True


# Flows


def test_flush_of_flows(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: StartFlowFlush, DescribeFlowOperation, ListFlowOperations, ListFlowOperationResults."""
    emulator.control("POST", "settings", {"transition": {"network-firewall-flow-operation": 100}})
    filters = [{"DestinationPort": "443", "Protocols": ["6"]}]
    zone = {"AvailabilityZone": "eu-central-1a"}
    started = firewalls.nfw.start_flow_flush(FirewallArn=ARN, FlowFilters=filters, **zone)
    assert started["FlowOperationStatus"] == "IN_PROGRESS"
    of_it = {"FirewallArn": ARN, "FlowOperationId": started["FlowOperationId"]}

    def status() -> str:
        return firewalls.nfw.describe_flow_operation(**of_it)["FlowOperationStatus"]

    assert wait_for(status, "COMPLETED") == ["IN_PROGRESS", "COMPLETED"]
    described = firewalls.nfw.describe_flow_operation(**of_it)
    assert (described["FlowOperationType"], described["FlowOperation"]) == ("FLOW_FLUSH", {"FlowFilters": filters})
    firewalls.nfw.start_flow_capture(FirewallArn=ARN, FlowFilters=filters)
    listed = firewalls.nfw.list_flow_operations(FirewallArn=ARN, FlowOperationType="FLOW_FLUSH")["FlowOperations"]
    assert [operation["FlowOperationId"] for operation in listed] == [started["FlowOperationId"]]
    assert firewalls.nfw.list_flow_operation_results(**of_it)["Flows"] == []


def test_flow_operation_is_refused(firewalls: Firewalls) -> None:
    """D: "Specify either AvailabilityZone or AvailabilityZoneId, not both", "up to 20 filters"."""
    start = firewalls.nfw.start_flow_capture
    both = {"AvailabilityZone": "eu-central-1a", "AvailabilityZoneId": "euc1-az1"}
    for wrong in (both, {"AvailabilityZone": "eu-central-1c"}):
        assert error_of(start, FirewallArn=ARN, FlowFilters=[], **wrong)[0] == "InvalidRequestException"
    many = [{"SourcePort": str(number)} for number in range(21)]
    assert error_of(start, FirewallArn=ARN, FlowFilters=many)[0] == "InvalidRequestException"


# Analysis reports


def test_report_of_domains(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: StartAnalysisReport, GetAnalysisReportResults, AnalysisTypeReportResult; what there was, tests tell."""
    seen = {"FirstAccessed": "2026-11-01T00:00:00+00:00", "LastAccessed": "2026-11-02T00:00:00+00:00"}
    told = [
        {"Domain": "api.stripe.com", "Hits": {"Count": 3}, "UniqueSources": {"Count": 1}, **seen},
        {"Domain": "plain.example", "Protocol": "HTTP"},
        {"Domain": "other.example"},
    ]
    emulator.control("POST", "settings", {"firewall_domains": {"egress": told}})
    id_ = firewalls.nfw.start_analysis_report(FirewallName="egress", AnalysisType="TLS_SNI")["AnalysisReportId"]
    listed = firewalls.nfw.list_analysis_reports(FirewallName="egress")["AnalysisReports"]
    assert [(report["AnalysisReportId"], report["Status"]) for report in listed] == [(id_, "COMPLETED")]
    get = firewalls.nfw.get_analysis_report_results
    first = get(FirewallName="egress", AnalysisReportId=id_, MaxResults=1)
    result = first["AnalysisReportResults"][0]
    assert (result["Domain"], result["Protocol"], result["Hits"]) == ("api.stripe.com", "TLS", {"Count": 3})
    assert result["LastAccessed"].isoformat().startswith("2026-11-02")
    assert (first["EndTime"] - first["StartTime"]).days == 30
    second = get(FirewallName="egress", AnalysisReportId=id_, NextToken=first["NextToken"])
    assert [result["Domain"] for result in second["AnalysisReportResults"]] == ["other.example"]


def test_one_report_of_a_type_in_30_days(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: AnalysisReport, "You can generate up to one report per traffic type, per 30 day period"; U: the texts, and
    that the type has to be enabled.
    """
    start = firewalls.nfw.start_analysis_report
    assert error_of(start, FirewallName="egress", AnalysisType="HTTP_HOST")[0] == "InvalidRequestException"
    start(FirewallName="egress", AnalysisType="TLS_SNI")
    assert error_of(start, FirewallName="egress", AnalysisType="TLS_SNI")[0] == "InvalidRequestException"


def test_report_takes_time(emulator: Emulator, firewalls: Firewalls) -> None:
    """D: Status of GetAnalysisReportResults: "RUNNING, COMPLETED, or FAILED"."""
    emulator.control("POST", "settings", {"transition": {"network-firewall-analysis-report": 100}})
    emulator.control("POST", "settings", {"firewall_domains": {"*": [{"Domain": "a.example"}]}})
    id_ = firewalls.nfw.start_analysis_report(FirewallName="egress", AnalysisType="TLS_SNI")["AnalysisReportId"]

    def report() -> tuple[str, int]:
        got = firewalls.nfw.get_analysis_report_results(FirewallName="egress", AnalysisReportId=id_)
        return got["Status"], len(got["AnalysisReportResults"])

    assert wait_for(report, ("COMPLETED", 1)) == [("RUNNING", 0), ("COMPLETED", 1)]


def test_container_association(firewalls: Firewalls) -> None:
    """D: CreateContainerAssociation, UpdateContainerAssociation: "You can't change the container type"."""
    configurations = [{"ClusterArn": f"arn:aws:ecs:eu-central-1:{SPOKE}:cluster/one"}]
    parameters = {"Type": "ECS", "ContainerMonitoringConfigurations": configurations}
    made = firewalls.nfw.create_container_association(ContainerAssociationName="cards", **parameters)
    assert made["Status"] == "CREATING"
    update = firewalls.nfw.update_container_association
    of_it = {"ContainerAssociationName": "cards", "UpdateToken": made["UpdateToken"]}
    assert error_of(update, **of_it, **parameters | {"Type": "EKS"})[0] == "InvalidRequestException"
    update(**of_it, **parameters, Description="cards")
    assert error_of(update, **of_it, **parameters)[0] == "InvalidTokenException"
    described = firewalls.nfw.describe_container_association(ContainerAssociationName="cards")
    assert (described["Status"], described["Description"]) == ("ACTIVE", "cards")
    firewalls.nfw.delete_container_association(ContainerAssociationName="cards")
    assert firewalls.nfw.list_container_associations()["ContainerAssociations"] == []
