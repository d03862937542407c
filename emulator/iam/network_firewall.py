# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of Network Firewall's writes, and the further permissions that its operations ask for.

Resources and further actions of Network Firewall ("API operations", which lacks those of Next Generation policies):
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsnetworkfirewall.html. Permissions of EC2 and
CloudWatch Logs: AWS's managed policy AWSNetworkFirewallFullAccess; which operation needs which of them is read from it,
not verified. Destinations of logs: the developer guide's pages logging-s3, logging-cw-logs and logging-kinesis.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from emulator.iam.parameters import Resource, leaves, pairs, request_tags, resource_tags

# (action, ARN, condition keys)
Further = tuple[str, str, dict[str, Any]]
# https://docs.aws.amazon.com/network-firewall/latest/developerguide/using-service-linked-roles.html
SERVICE, ROLE = "network-firewall.amazonaws.com", "AWSServiceRoleForNetworkFirewall"
# Parameter with a name -> part of the ARN; that of a rule group follows from its type.
SEGMENTS = {
    "FirewallName": "firewall",
    "FirewallPolicyName": "firewall-policy",
    "FirewallPolicyV2Name": "firewall-policy-v2",
    "TLSInspectionConfigurationName": "tls-configuration",
    "ContainerAssociationName": "container-association",
}
ENDPOINT_TAG = {"AWSNetworkFirewallManaged": "true"}
LOG_DELIVERY = ("Create", "Delete", "Get", "Update")
DELIVERY_SERVICE, DELIVERY_ROLE = "delivery.logs.amazonaws.com", "AWSServiceRoleForLogDelivery"
# Lists that operations read on the caller's behalf.
LISTS = {
    "CreateFirewallPolicy": ("RuleGroups", "TLSInspectionConfigurations"),
    "UpdateFirewallPolicy": ("RuleGroups", "TLSInspectionConfigurations"),
    "CreateVpcEndpointAssociation": ("Firewalls",),
}


def resources(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the resources that a write names, by name or ARN, also the one that it creates."""
    arns = _named(account_id, region, operation, parameters)
    if operation.endswith("NetworkFirewallTransitGatewayAttachment"):
        arns.append(_firewall_of(account_id, region, parameters.get("TransitGatewayAttachmentId", "")))
    arns += [text for text in leaves(parameters) if text.startswith("arn:aws:network-firewall:")]
    return [(arn, _tags(account_id, region, arn)) for arn in dict.fromkeys(arns)]


def _named(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    """Return the ARNs of what a call names by name; of one that creates, the new resource's."""
    prefix = f"arn:aws:network-firewall:{region}:{account_id}:"
    arns = [f"{prefix}{part}/{parameters[name]}" for name, part in SEGMENTS.items() if parameters.get(name)]
    if name := parameters.get("RuleGroupName"):
        kind = parameters.get("Type", "").lower().replace("_domain", "-domain")
        arns.append(f"{prefix}{kind}-rulegroup/{name}")
    if operation == "CreateVpcEndpointAssociation":
        arns.append(f"{prefix}vpc-endpoint-association/*")
    return arns


def further(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> Iterator[Further]:
    """Yield the other permissions that an operation asks for."""
    yield from _of_network_firewall(account_id, region, operation, parameters)
    if operation == "CreateFirewall":
        yield from _service_linked_role(account_id, SERVICE, ROLE)
    yield from _endpoints(account_id, region, operation, parameters)
    yield from _logging(operation)
    if operation == "UpdateLoggingConfiguration":
        for config in (parameters.get("LoggingConfiguration") or {}).get("LogDestinationConfigs") or []:
            yield from _destination(account_id, region, config["LogDestinationType"], config["LogDestination"])


def _of_network_firewall(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> Iterator[Further]:
    for listed in LISTS.get(operation, ()):
        yield f"network-firewall:List{listed}", "*", {}
    of_request = request_tags(pairs(parameters.get("Tags")))
    if operation.startswith("Create") and of_request:
        for arn in _named(account_id, region, operation, parameters):
            yield "network-firewall:TagResource", arn, of_request
    if operation == "CreateFirewall":
        for arn, own in resources(account_id, region, operation, parameters):
            yield "network-firewall:AssociateFirewallPolicy", arn, of_request | resource_tags(own)


def _service_linked_role(account_id: str, service: str, role: str) -> Iterator[Further]:
    linked = importlib.import_module("emulator.iam.service_linked")
    if not linked.has_service_linked_role(account_id, role):
        arn = f"arn:aws:iam::{account_id}:role/aws-service-role/{service}/{role}"
        yield "iam:CreateServiceLinkedRole", arn, {"iam:awsservicename": service}


def _endpoints(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> Iterator[Further]:
    endpoint = f"arn:aws:ec2:{region}:{account_id}:vpc-endpoint/*"
    creates = operation in ("CreateFirewall", "AssociateSubnets", "CreateVpcEndpointAssociation")
    if creates and not parameters.get("TransitGatewayId"):
        yield "ec2:DescribeSubnets", "*", {}
        yield "ec2:CreateVpcEndpoint", endpoint, request_tags(ENDPOINT_TAG)
    if operation in ("DeleteFirewall", "DisassociateSubnets", "DeleteVpcEndpointAssociation"):
        yield "ec2:DescribeRouteTables", "*", {}
        yield "ec2:DeleteVpcEndpoints", endpoint, resource_tags(ENDPOINT_TAG)


def _logging(operation: str) -> Iterator[Further]:
    """Yield the permissions of logging; DeleteFirewall lists log deliveries, too: mattclay/aws-terminator#209."""
    if operation in ("DescribeLoggingConfiguration", "UpdateLoggingConfiguration", "DeleteFirewall"):
        yield "logs:ListLogDeliveries", "*", {}
    for verb in LOG_DELIVERY if operation == "UpdateLoggingConfiguration" else ():
        yield f"logs:{verb}LogDelivery", "*", {}


def _destination(account_id: str, region: str, kind: str, destination: dict[str, str]) -> Iterator[Further]:
    """Yield the permissions on a destination of logs. Another account's bucket has to allow the delivery itself."""
    if kind == "S3":
        bucket = destination.get("bucketName", "")
        buckets = importlib.import_module("moto.s3.models").s3_backends.bucket_accounts
        _partition, owner = buckets.get(bucket, ("aws", account_id))
        for verb in ("Get", "Put") if owner == account_id else ():
            yield f"s3:{verb}BucketPolicy", f"arn:aws:s3:::{bucket}", {"aws:resourceaccount": owner}
    elif kind == "CloudWatchLogs":
        group = f"arn:aws:logs:{region}:{account_id}:log-group:{destination.get('logGroup', '')}"
        for action in ("DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy"):
            yield f"logs:{action}", group, {}
    else:
        stream = f"arn:aws:firehose:{region}:{account_id}:deliverystream/{destination.get('deliveryStream', '')}"
        yield "firehose:TagDeliveryStream", stream, {}
        yield from _service_linked_role(account_id, DELIVERY_SERVICE, DELIVERY_ROLE)


def _tags(account_id: str, region: str, arn: str) -> dict[str, str]:
    """Return the tags of an own resource, {} of another's or a new one."""
    models = importlib.import_module("emulator.networkfirewall.models")
    importlib.import_module("emulator.services").register("networkfirewall")
    resource = models.networkfirewall_backends[account_id][region].resources.get(arn)
    return resource.tags if resource else {}


def _firewall_of(account_id: str, region: str, attachment_id: str) -> str:
    """Return the ARN of the firewall of an attachment, which may be another account's."""
    seen = importlib.import_module("emulator.ec2.models.transit_gateways").attachments_seen_by(account_id, region)
    attachment = seen.get(attachment_id)
    unknown = f"arn:aws:network-firewall:{region}:{account_id}:firewall/*"
    return attachment.resource_id if attachment and attachment.resource_type == "network-function" else unknown
