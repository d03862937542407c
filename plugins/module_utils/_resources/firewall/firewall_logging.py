# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of a firewall: one destination for each type of log, changed one at a time."""

from __future__ import annotations

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("firewall",)
INPUTS = ()
PERMISSIONS = (
    "network-firewall:DescribeLoggingConfiguration",
    "network-firewall:UpdateLoggingConfiguration",
    # "You must have the following permissions to make any changes to your firewall logging configuration":
    # https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-permissions.html
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:UpdateLogDelivery",
    # By destination, as its page there says (logging-cw-logs.html, logging-s3.html, logging-kinesis.html).
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "firehose:TagDeliveryStream",
    "iam:CreateServiceLinkedRole/delivery.logs.amazonaws.com",
)


def read(aws, declared, found):
    """Return {"main": Actual} with the field destinations: {type of log: {type, and the keys of its destination}}.

    It has no id: it is the firewall's, whose ARN is the field firewall.
    """
    firewall = found["firewall"].get("main")
    if not firewall:
        return {}
    answer = aws.call("network-firewall.describe_logging_configuration", FirewallArn=firewall.id)
    configs = answer.get("LoggingConfiguration", {}).get("LogDestinationConfigs", [])
    destinations = {
        config["LogType"]: {"type": config["LogDestinationType"], **config["LogDestination"]} for config in configs
    }
    fields = {"firewall": firewall.id, "destinations": dict(sorted(destinations.items()))}
    return {"main": Actual(None, fields, firewall.managed)}


def plan(wanted, found, declared):
    # The configuration exists with its firewall, and is empty at first.
    there = found[KIND.name] or {"main": Actual(None, {"firewall": Ref("firewall.main"), "destinations": {}})}
    if declared.absent:
        wanted = {name: {"destinations": {}} for name, actual in found[KIND.name].items() if actual.managed}
    return reconcile(KIND, wanted, there if wanted else {})


def _change(id_, before, after):
    """Return one call for each destination: "You must change the logging configuration one at a time".

    (UpdateLoggingConfiguration.) A destination of another type is deleted before it is created.
    """
    now, wanted = dict(before["destinations"]), after["destinations"]
    calls = []

    def put(log_type, destination, suffix):
        now.pop(log_type, None)
        now.update({log_type: destination} if destination else {})
        calls.append(
            Call(
                "network-firewall.update_logging_configuration",
                {"FirewallArn": before["firewall"], "LoggingConfiguration": {"LogDestinationConfigs": _configs(now)}},
                suffix=f"{log_type} {suffix}",
            )
        )

    for log_type in sorted({*now, *wanted}):
        had, has = now.get(log_type), wanted.get(log_type)
        if had and (not has or had["type"] != has["type"]):
            put(log_type, None, "off")
            had = None
        if has and had != has:
            put(log_type, has, "to")
    return calls


def _configs(destinations):
    return [
        {
            "LogType": log_type,
            "LogDestinationType": destination["type"],
            "LogDestination": {key: value for key, value in destination.items() if key != "type"},
        }
        for log_type, destination in sorted(destinations.items())
    ]


def findings(wanted, found, declared):
    """Report destinations that nobody declared: they stay where no logs are declared."""
    there = found[KIND.name].get("main")
    if wanted or declared.absent or not there:
        return []
    return [
        f"logs of type {log_type} go to {destination}, which isn't declared (logs)"
        for log_type, destination in there.fields["destinations"].items()
    ]


KIND = ResourceType("firewall_logging", changes={("destinations",): _change})
