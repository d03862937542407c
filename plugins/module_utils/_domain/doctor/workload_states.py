# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about workloads that don't run, by the status that their service reports. raw: see workloads.py"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Item
from .findings import CAUSE, NOTE, UNKNOWN, Finding

# botocore lambda 2015-03-31, StateReasonCode, and LastUpdateStatusReasonCode.
NO_ADDRESS = ("EniLimitExceeded", "SubnetOutOfIPAddresses")
# Values of DBInstanceStatus, and of a cluster's Status, in which the database accepts no connections:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
DATABASE_DOWN = (
    *("creating", "deleting", "failed", "inaccessible-encryption-credentials"),
    *("inaccessible-encryption-credentials-recoverable", "incompatible-network", "incompatible-restore"),
    *("insufficient-capacity", "rebooting", "restore-error", "starting", "stopped", "stopping", "storage-full"),
)


def findings(raw: Item) -> Iterator[Finding]:
    """Findings about the state of a workload as read."""
    yield from _OF.get(raw["kind"], _nothing)(raw)


def _nothing(_raw: Item) -> Iterator[Finding]:
    yield from ()


def _stopped(raw: Item, message: str, fix: str, evidence: Item, status: str = CAUSE) -> Finding:
    return Finding("target_stopped", status, raw["name"], message, fix, evidence)


def _ecs_service(raw: Item) -> Iterator[Finding]:
    service = raw.get("Service")
    if not service:
        return
    to_zero = [
        item
        for item in raw.get("ScheduledActions", ())
        if item.get("ScalableTargetAction", {}).get("MaxCapacity") == 0
        or item.get("ScalableTargetAction", {}).get("MinCapacity") == 0
    ]
    schedules = {item["ScheduledActionName"]: item["Schedule"] for item in to_zero}
    shown = {"ScheduledActions": schedules} if schedules else {}
    by_schedule = f"; scheduled scaling sets it: {', '.join(sorted(schedules))}" if schedules else ""
    if service["status"] != "ACTIVE":
        evidence = {"services[].status": service["status"]}
        yield _stopped(raw, f"the service is {service['status']}", "create the service again", evidence)
    elif service["desiredCount"] == 0:
        evidence = {"services[].desiredCount": 0, **shown}
        yield _stopped(raw, f"the service's desiredCount is 0{by_schedule}", "desiredCount of 1 or more", evidence)
    elif schedules:
        message = f"scheduled scaling may scale the service to 0 tasks: {', '.join(sorted(schedules))}"
        yield _stopped(raw, message, "MinCapacity and MaxCapacity of 1 or more", shown, NOTE)


def _instance(raw: Item) -> Iterator[Finding]:
    instance = raw.get("Instance")
    if not instance:
        return
    state = instance["State"]["Name"]
    if state != "running":
        fix = "another instance" if state in ("terminated", "shutting-down") else "start it"
        yield _stopped(raw, f"the instance is {state}", fix, {"Instances[].State.Name": state})
        return
    if "InstanceInformation" not in raw:
        return
    records = raw["InstanceInformation"]
    status = records[0]["PingStatus"] if records else None
    if status == "Online":
        return
    profile = instance.get("IamInstanceProfile", {}).get("Arn")
    why = "" if profile else ", and it has no instance profile"
    message = (
        f"Systems Manager reports the instance as {status}{why}" if status else f"the instance never registered{why}"
    )
    yield Finding(
        "ssm_not_registered",
        CAUSE,
        raw["name"],
        f"{message}. After a long outage the agent tries again within an hour",
        "an instance profile with AmazonSSMManagedInstanceCore"
        if why
        else "fix the other causes, then restart the agent",
        {"InstanceInformationList[].PingStatus": status, "IamInstanceProfile.Arn": profile},
    )


def _lambda(raw: Item) -> Iterator[Finding]:
    function = raw.get("Function", {})
    for state, code, key in (
        (function.get("State", "Active"), function.get("StateReasonCode", ""), "State"),
        (function.get("LastUpdateStatus", ""), function.get("LastUpdateStatusReasonCode", ""), "LastUpdateStatus"),
    ):
        if state in ("Active", "Successful", "InProgress", ""):
            continue
        reason = function.get(f"{key}Reason") or code
        evidence = {key: state, f"{key}ReasonCode": code}
        if code in NO_ADDRESS:
            message = f"the function is {state}, since it got no interface: {reason}"
            yield Finding("ip_exhaustion", CAUSE, raw["name"], message, "more or larger subnets, or a quota", evidence)
        elif state == "Pending":
            message = "the function is Pending: its interfaces are being created"
            yield _stopped(raw, message, "wait; a minute or two is usual", evidence, UNKNOWN)
        else:
            fix = (
                "invoke it again: idle functions lose their interfaces"
                if state == "Inactive"
                else "fix the reason, then update it"
            )
            yield _stopped(raw, f"the function's {key} is {state}: {reason}", fix, evidence)
    if raw.get("Concurrency", {}).get("ReservedConcurrentExecutions") == 0:
        evidence = {"ReservedConcurrentExecutions": 0}
        yield _stopped(raw, "the function's reserved concurrency is 0", "1 or more, or none reserved", evidence)


def _database(raw: Item) -> Iterator[Finding]:
    field = "DBInstanceStatus" if raw["kind"] == "db_instance" else "Status"
    status = (raw.get("DBInstance") or raw.get("DBCluster") or {}).get(field, "available")
    if status in DATABASE_DOWN:
        fix = "wait" if status.endswith("ing") else "start it" if status == "stopped" else "see the database's events"
        yield _stopped(raw, f"the database is {status}", fix, {field: status})


def _sagemaker(raw: Item) -> Iterator[Finding]:
    kind, field = (
        ("Domain", "Status") if raw["kind"] == "sagemaker_domain_id" else ("NotebookInstance", "NotebookInstanceStatus")
    )
    found = raw.get(kind, {})
    status = found.get(field, "InService")
    if status != "InService":
        reason = f": {found['FailureReason']}" if found.get("FailureReason") else ""
        fix = "start it" if status == "Stopped" else "wait" if status.endswith("ing") else "fix the reason"
        yield _stopped(raw, f"it is {status}{reason}", fix, {field: status})


_OF = {
    "ecs_service": _ecs_service,
    "instance_id": _instance,
    "lambda_function": _lambda,
    "sagemaker_domain_id": _sagemaker,
    "notebook_instance": _sagemaker,
    "db_instance": _database,
    "db_cluster": _database,
}
