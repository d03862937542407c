# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 10 and 11.5.1, as far as CloudTrail, flow logs, log groups and GuardDuty of one region show them.
model.py lists the facts.
"""

from __future__ import annotations

from .model import FAIL, PASS, UNKNOWN, Check, Facts, Item, Outcome, Scope, is_own, of_all, of_own_subnets

TRAILS = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"
FLOWS = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html"
RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
KEPT_DAYS = 365


def _everywhere(facts: Facts) -> list[Item]:
    return [trail for trail in facts["Trails"] if trail.get("IsMultiRegionTrail") and trail.get("IsLogging")]


def _trail(facts: Facts, scope: Scope) -> Outcome:
    keys = ("TrailARN", "IsMultiRegionTrail", "IsLogging")
    told = [{key: trail.get(key) for key in keys} for trail in facts["Trails"]]
    if _everywhere(facts):
        return Outcome(PASS, "CloudTrail logs in all regions", {"Trails": told})
    return Outcome(FAIL, "no trail of CloudTrail logs in all regions", {"Trails": told})


def _validation(facts: Facts, scope: Scope) -> Outcome:
    trails = _everywhere(facts)
    told = [{key: t.get(key) for key in ("TrailARN", "LogFileValidationEnabled")} for t in trails]
    if any(trail.get("LogFileValidationEnabled") for trail in trails):
        return Outcome(PASS, "CloudTrail signs what it logs", {"Trails": told})
    return Outcome(FAIL, "no trail that logs in all regions has its files validated", {"Trails": told})


def _active(facts: Facts) -> list[Item]:
    return [log for log in facts["FlowLogs"] if log["FlowLogStatus"] == "ACTIVE" and log.get("TrafficType") == "ALL"]


def _flow_logs(facts: Facts, scope: Scope) -> Outcome:
    logged = {log["ResourceId"] for log in _active(facts)}
    subnets = {
        vpc["VpcId"]: {s["SubnetId"] for s in facts["Subnets"] if s["VpcId"] == vpc["VpcId"]}
        for vpc in facts["Vpcs"]
        if is_own(facts, vpc)
    }
    bad = [
        {"VpcId": vpc, "FlowLogs": "none active for TrafficType ALL"}
        for vpc, ids in subnets.items()
        if vpc not in logged and (not ids or ids - logged)
    ]
    return of_all(facts["Vpcs"], bad, "VPCs have no flow logs of all traffic", "all VPCs have flow logs", "no VPCs")


def _retention(facts: Facts, scope: Scope) -> Outcome:
    """Judge how long CloudWatch Logs keeps what the trails and flow logs write. Most buckets are another account's."""
    kept = {group["logGroupName"]: group.get("retentionInDays") for group in facts["LogGroups"]}
    logs = [
        (t["TrailARN"], t.get("CloudWatchLogsLogGroupArn", "").partition(":log-group:")[2].removesuffix(":*"))
        for t in _everywhere(facts)
    ] + [(log["FlowLogId"], log.get("LogGroupName") or "") for log in _active(facts)]
    bad = [
        {"of": id_, "logGroupName": name, "retentionInDays": kept[name]}
        for id_, name in logs
        if kept.get(name) and kept[name] < KEPT_DAYS
    ]
    if not logs:
        return Outcome(UNKNOWN, "no audit logs are seen that could be kept")
    unseen = [id_ for id_, name in logs if name not in kept]
    if unseen and not bad:
        message = "audit logs go where it isn't seen how long they are kept: to buckets, or to another account"
        return Outcome(UNKNOWN, message, {"of": unseen})
    return of_all(
        logs, bad, "log groups of audit logs forget within a year", "log groups keep audit logs for a year", ""
    )


def _guardduty(facts: Facts, scope: Scope) -> Outcome:
    told = {"Detectors": [{key: d[key] for key in ("DetectorId", "Status")} for d in facts["Detectors"]]}
    if any(detector["Status"] == "ENABLED" for detector in facts["Detectors"]):
        return Outcome(PASS, "GuardDuty is on in this region; no firewall on the way is looked at", told)
    return Outcome(FAIL, "GuardDuty is off in this region; whether a firewall stands on the way isn't looked at", told)


CHECKS = (
    Check("cloudtrail", ("10.2.1",), ("Trails",), _trail, TRAILS),
    Check("flow_logs", ("10.2.1",), ("Vpcs", "Subnets", "FlowLogs"), of_own_subnets(_flow_logs), FLOWS),
    Check("log_validation", ("10.3.4",), ("Trails",), _validation, TRAILS),
    Check("retention", ("10.5.1",), ("Trails", "FlowLogs", "LogGroups"), _retention, RETENTION),
    Check(
        "guardduty",
        ("11.5.1",),
        ("Detectors",),
        _guardduty,
        "https://docs.aws.amazon.com/guardduty/latest/ug/what-is-guardduty.html",
        "inferred",
    ),
)
