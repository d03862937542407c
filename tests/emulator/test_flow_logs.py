# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""

from __future__ import annotations

from .conftest import HUB, SPOKE, filters, refused


def test_flow_log_of_a_vpc_to_the_bucket_of_another_account(client, ec2, vpc_id):
    archive = client(HUB, "s3", "us-east-1")
    archive.create_bucket(Bucket="log-archive")
    wanted = {
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::log-archive/vpc",
        "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "a", "Value": "b"}]}],
    }
    made = ec2.create_flow_logs(ResourceIds=[vpc_id], **wanted)
    assert made["Unsuccessful"] == []
    log = ec2.describe_flow_logs(Filters=filters(resource_id=vpc_id))["FlowLogs"][0]
    assert log["FlowLogId"] == made["FlowLogIds"][0]
    assert (log["FlowLogStatus"], log["DeliverLogsStatus"], log["MaxAggregationInterval"]) == ("ACTIVE", "SUCCESS", 600)
    assert (log["LogDestination"], log["Tags"]) == (wanted["LogDestination"], [{"Key": "a", "Value": "b"}])
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: FlowLogAlreadyExists
    assert refused(ec2.create_flow_logs, ResourceIds=[vpc_id], **wanted) == ("FlowLogAlreadyExists", 400)
    wanted["LogDestination"] = "arn:aws:s3:::no-such-bucket"
    failed = ec2.create_flow_logs(ResourceIds=[vpc_id], **wanted)
    assert (failed["FlowLogIds"], failed["Unsuccessful"][0]["ResourceId"]) == ([], vpc_id)
    assert ec2.delete_flow_logs(FlowLogIds=made["FlowLogIds"])["Unsuccessful"] == []
    # An id that is not there is an error to delete, none to describe: the Terraform provider counts on both.
    assert refused(ec2.delete_flow_logs, FlowLogIds=made["FlowLogIds"]) == ("InvalidFlowLogId.NotFound", 400)
    assert ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"] == []


def test_flow_log_of_a_transit_gateway(ec2):
    """Interval 60, no traffic type: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html"""
    tgw_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    wanted = {
        "ResourceIds": [tgw_id],
        "ResourceType": "TransitGateway",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": "tgw",
        "DeliverLogsPermissionArn": f"arn:aws:iam::{SPOKE}:role/flow-logs",
    }
    assert refused(ec2.create_flow_logs, MaxAggregationInterval=600, **wanted) == ("InvalidParameterValue", 400)
    ec2.create_flow_logs(**wanted)
    log = ec2.describe_flow_logs(Filters=filters(resource_id=tgw_id))["FlowLogs"][0]
    assert (log["MaxAggregationInterval"], log["LogGroupName"]) == (60, "tgw")
    assert log["LogFormat"].startswith("${version} ${resource-type}")
    # A log group that is not there is found out on delivery.
    assert log["DeliverLogsStatus"] == "FAILED"


def test_flow_log_needs_a_role_for_cloudwatch(ec2, vpc_id):
    """ "DeliverLogsPermissionArn ... required if the destination type is cloud-watch-logs" (API_CreateFlowLogs)"""
    wanted = {"ResourceIds": [vpc_id], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "vpc"}
    assert refused(ec2.create_flow_logs, **wanted) == ("InvalidParameter", 400)
