# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs of VPCs, subnets, network interfaces, transit gateways and their attachments."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.flow_logs import FlowLog

FLOW_LOGS = Listing(
    "FlowLogs",
    "FlowLogId",
    "FlowLogIds",
    {
        "deliver-log-status": "DeliverLogsStatus",
        "flow-log-id": "FlowLogId",
        "log-destination-type": "LogDestinationType",
        "log-group-name": "LogGroupName",
        "resource-id": "ResourceId",
        "traffic-type": "TrafficType",
    },
    minimum_page=1,
    prefix=None,
)
RESOURCE_TYPES = {
    "VPC": "vpc",
    "Subnet": "subnet",
    "NetworkInterface": "eni",
    "TransitGateway": "tgw",
    "TransitGatewayAttachment": "tgw-attach",
}
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html and
# https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html: the default formats.
VPC_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} "
    "${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
TRANSIT_GATEWAY_FORMAT = (
    "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} ${tgw-src-vpc-account-id} "
    "${tgw-dst-vpc-account-id} ${tgw-src-vpc-id} ${tgw-dst-vpc-id} ${tgw-src-subnet-id} ${tgw-dst-subnet-id} "
    "${tgw-src-eni} ${tgw-dst-eni} ${tgw-src-az-id} ${tgw-dst-az-id} ${tgw-pair-attachment-id} ${srcaddr} "
    "${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${log-status} ${type} "
    "${packets-lost-no-route} ${packets-lost-blackhole} ${packets-lost-mtu-exceeded} ${packets-lost-ttl-expired} "
    "${tcp-flags} ${region} ${flow-direction} ${pkt-src-aws-service} ${pkt-dst-aws-service}"
)


# https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html: fields of versions 2 to 10; and those of
# transit gateways.
FIELDS = frozenset(
    f"{VPC_FORMAT} {TRANSIT_GATEWAY_FORMAT}".replace("${", "").replace("}", "").split()
    + "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type "
    "sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn "
    "ecs-cluster-name "
    "ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name "
    "ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status".split()
)


class FlowLogResponse(Describing):
    def flow_log_item(self, log: FlowLog) -> dict[str, Any]:
        return {
            "FlowLogId": log.id,
            "FlowLogStatus": "ACTIVE",
            "ResourceId": log.resource_id,
            "CreationTime": log.created,
            **log.destination,
            **log.settings,
            **log.delivery,
            "Tags": self.tag_list(log.id),
        }

    @creates("fl")
    def create_flow_logs(self) -> ActionResult:
        """Create flow logs; names a resource that cannot be logged in Unsuccessful, with HTTP 200:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
        """
        kind, resource_ids = self.required("ResourceType"), self.required("ResourceIds")
        if kind not in RESOURCE_TYPES:
            raise invalid_value(f"Invalid Flow Log resource type: {kind}")
        of_transit_gateway = kind.startswith("TransitGateway")
        settings = self._flow_log_settings(of_transit_gateway)
        destination = self._log_destination()
        tags = self.tags_for("vpc-flow-log")
        made, unsuccessful = [], []
        for resource_id in resource_ids:
            error = self._flow_log_error(RESOURCE_TYPES[kind], resource_id, destination)
            if error:
                code, message = error
                unsuccessful.append({"ResourceId": resource_id, "Error": {"Code": code, "Message": message}})
                continue
            log = FlowLog(resource_id, destination, settings, self._delivery(destination))
            self.ec2_backend.flow_logs[log.id] = log
            self.ec2_backend.create_tags([log.id], tags)
            made.append(log.id)
        token = self._get_param("ClientToken") or None
        return ActionResult({"FlowLogIds": made, "Unsuccessful": unsuccessful, "ClientToken": token})

    def describe_flow_logs(self) -> ActionResult:
        filters = self._get_param("Filter") or self._get_param("Filters") or []
        return self.listed(
            FLOW_LOGS,
            map(self.flow_log_item, self.ec2_backend.flow_logs.values()),
            {item["Name"]: item.get("Values", []) for item in filters},
        )

    def delete_flow_logs(self) -> ActionResult:
        log_ids = self.required("FlowLogIds")
        missing = [log_id for log_id in log_ids if log_id not in self.ec2_backend.flow_logs]
        if missing:
            # Code and text as moto's authors found them on AWS; the Terraform provider expects the same code.
            raise EC2ClientError(
                "InvalidFlowLogId.NotFound",
                f"These flow log ids in the input list are not found: [TotalCount: {len(missing)}] {' '.join(missing)}",
            )
        for log_id in log_ids:
            del self.ec2_backend.flow_logs[log_id]
            self.ec2_backend.tags.pop(log_id, None)
        return ActionResult({"Unsuccessful": []})

    def _flow_log_settings(self, of_transit_gateway: bool) -> dict[str, Any]:
        interval = self._get_param("MaxAggregationInterval")
        traffic = self._get_param("TrafficType")
        unknown = [
            field for field in re.findall(r"\$\{([^}]*)\}", self._get_param("LogFormat", "")) if field not in FIELDS
        ]
        if unknown:
            # Neither code nor text is verified.
            raise EC2ClientError("InvalidParameter", f"Unknown fields provided: {', '.join(unknown)}")
        if of_transit_gateway:
            if traffic:
                raise invalid_value("TrafficType is not supported for Transit Gateway resource types")
            if interval not in (None, 60):
                # "must be 60 seconds for transit gateway resource types" (API_CreateFlowLogs)
                raise invalid_value("Invalid Flow Log Max Aggregation Interval")
            return {
                "LogFormat": self._get_param("LogFormat", TRANSIT_GATEWAY_FORMAT),
                "MaxAggregationInterval": 60,
            }
        if not traffic:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter TrafficType")
        if interval not in (None, 60, 600):
            raise EC2ClientError("InvalidParameter", "Invalid Flow Log Max Aggregation Interval")
        return {
            "TrafficType": traffic,
            "LogFormat": self._get_param("LogFormat", VPC_FORMAT),
            "MaxAggregationInterval": interval or 600,
        }

    def _log_destination(self) -> dict[str, Any]:
        kind = self._get_param("LogDestinationType", "cloud-watch-logs")
        group, arn = self._get_param("LogGroupName"), self._get_param("LogDestination")
        permission = self._get_param("DeliverLogsPermissionArn")
        if not group and not arn:
            raise EC2ClientError("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
        if kind != "cloud-watch-logs" and group:
            raise EC2ClientError(
                "InvalidParameter", "LogDestination type must be cloud-watch-logs if LogGroupName is provided."
            )
        if kind == "cloud-watch-logs" and not permission:
            raise EC2ClientError(
                "InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
            )
        if arn and kind == "cloud-watch-logs":
            group = arn.split(":log-group:")[-1].removesuffix(":*")
        found = {
            "LogDestinationType": kind,
            "LogDestination": arn,
            "LogGroupName": group,
            "DeliverLogsPermissionArn": permission,
            "DeliverCrossAccountRole": self._get_param("DeliverCrossAccountRole"),
            "DestinationOptions": self._get_param("DestinationOptions"),
        }
        return {key: value for key, value in found.items() if value}

    def _flow_log_error(self, prefix: str, resource_id: str, destination: dict[str, Any]) -> tuple[str, str] | None:
        if not resource_id.startswith(f"{prefix}-") or not self.resource_exists(resource_id):
            error = not_found(resource_id)
            return error.code, error.message
        if destination["LogDestinationType"] == "s3":
            bucket = destination["LogDestination"].split(":", 5)[5].split("/")[0]
            # Bucket names are global: the log archive's bucket is in another account.
            if not any(bucket in backend.buckets for _, _, backend in s3_backends.iter_backends()):
                return "400", f"LogDestination: {bucket} does not exist."
        keys = ("LogDestination", "LogGroupName")
        for log in self.ec2_backend.flow_logs.values():
            if log.resource_id == resource_id and all(log.destination.get(k) == destination.get(k) for k in keys):
                raise EC2ClientError(
                    "FlowLogAlreadyExists",
                    "Error. There is an existing Flow Log with the same configuration and log destination.",
                )
        return None

    def _delivery(self, destination: dict[str, Any]) -> dict[str, str]:
        """Return the delivery status; a missing log group shows only here, as a failed delivery."""
        if destination["LogDestinationType"] != "cloud-watch-logs":
            return {"DeliverLogsStatus": "SUCCESS"}
        groups = logs_backends[self.current_account][self.region].groups
        if destination["LogGroupName"] in groups:
            return {"DeliverLogsStatus": "SUCCESS"}
        return {"DeliverLogsStatus": "FAILED", "DeliverLogsErrorMessage": "Access error"}
