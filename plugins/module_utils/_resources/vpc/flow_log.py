# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs of a VPC or a transit gateway. AWS can't change one: it is replaced."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, other_name, reconcile, refuse_renamed
from ..shared.ec2 import filters, owned, tag, tag_specifications, tags_of, untag

READ_AFTER = ("vpc", "transit_gateway")
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateFlowLogs",
    "ec2:CreateTags",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteTags",
    "ec2:DescribeFlowLogs",
    # CreateFlowLogs creates the delivery on the caller's behalf: "Flow logs IAM role / S3 permissions", VPC user guide.
    "iam:PassRole",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
)


def declared_in(params, **fields):
    """Return the resources that a module's option flow_logs declares; {} without it leaves flow logs alone."""
    if params["state"] == "absent":
        return {"flow_log": {}}
    return {"flow_log": {"main": {**fields, **params["flow_logs"]}}} if params["flow_logs"] else {}


def read(aws, declared, found):
    observed = found.get("vpc", {}).get("main") or found.get("transit_gateway", {}).get("main")
    logs = observed and aws.read("ec2.describe_flow_logs", "FlowLogs", Filter=filters(resource_id=observed.id))
    named = {
        "main" if index == 0 else log["FlowLogId"]: log
        for index, log in enumerate(log for log in logs or [] if owned(log, declared.owner))
    }
    others = {
        log["FlowLogId"]: log for log in logs or [] if other_name(declared.owner, tags_of(log).get(OWNER_TAG, ""))
    }
    return {
        name: Actual(
            log["FlowLogId"],
            {
                "resource": log["ResourceId"],
                "resource_type": "VPC" if log["ResourceId"].startswith("vpc-") else "TransitGateway",
                "destination": log.get("LogDestination"),
                "destination_type": log["LogDestinationType"],
                # A transit gateway's has none.
                "traffic_type": log.get("TrafficType"),
                "max_aggregation_interval": log["MaxAggregationInterval"],
                "role_arn": log.get("DeliverLogsPermissionArn"),
                "tags": tags_of(log),
            },
            managed=name not in others,
            details={
                "status": log["FlowLogStatus"],
                # None until it has delivered for the first time.
                "delivery": log.get("DeliverLogsStatus"),
                "error": log.get("DeliverLogsErrorMessage", "no reason given"),
            },
        )
        for name, log in {**others, **named}.items()
    }


def plan(wanted, found, declared):
    keys = ("resource", "destination")
    refuse_renamed(KIND, wanted, found["flow_log"], lambda one, other: all(one[key] == other[key] for key in keys))
    return reconcile(KIND, wanted, found["flow_log"], purge_tags=declared.purge_tags)


def findings(wanted, found, declared):
    there = {name: log for name, log in found["flow_log"].items() if name in wanted}
    inactive = [
        f"flow log {log.id} is {log.details['status']}: this account has to see why"
        for log in there.values()
        if log.details["status"] != "ACTIVE"
    ]
    return inactive + [
        f"the delivery of flow log {log.id} is {log.details['delivery']} ({log.details['error']}): whoever owns"
        f" {log.fields['destination']} has to let it in"
        for log in there.values()
        if log.details["delivery"] not in (None, "SUCCESS")
    ]


def _create(fields):
    arguments = {
        "ResourceIds": [fields["resource"]],
        "ResourceType": fields["resource_type"],
        "LogDestinationType": fields["destination_type"],
        "LogDestination": fields["destination"],
        "MaxAggregationInterval": fields["max_aggregation_interval"],
        **tag_specifications("vpc-flow-log", fields),
    }
    if fields.get("traffic_type"):
        arguments["TrafficType"] = fields["traffic_type"]
    if fields.get("role_arn"):
        arguments["DeliverLogsPermissionArn"] = fields["role_arn"]
    return Call("ec2.create_flow_logs", arguments, id_path="FlowLogIds[0]")


KIND = ResourceType(
    "flow_log",
    create=_create,
    delete=lambda id_, fields: Call("ec2.delete_flow_logs", {"FlowLogIds": [id_]}),
    tag=tag,
    untag=untag,
    delete_before_create=True,
    replace_on_change=True,
)
