# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of Network Firewall's writes, and the permissions of other services that its operations ask for.

Resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsnetworkfirewall.html. Permissions
of EC2 and CloudWatch Logs: AWS's managed policy AWSNetworkFirewallFullAccess; which operation needs which of them is
read from it, not verified. Not asked for: that policy's permissions on destinations of logs (logs:PutResourcePolicy,
s3:PutBucketPolicy, firehose:TagDeliveryStream ...), and network-firewall:TagResource for the tags of a new resource.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

# (ARN, tags of the resource)
Resource = tuple[str, dict[str, str]]
# (action, ARN, condition keys)
Further = tuple[str, str, dict[str, Any]]
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


def resources(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return the resources that a write names, by name or ARN, also the one that it creates."""
    prefix = f"arn:aws:network-firewall:{region}:{account_id}:"
    arns = [f"{prefix}{part}/{parameters[name]}" for name, part in SEGMENTS.items() if parameters.get(name)]
    if name := parameters.get("RuleGroupName"):
        kind = parameters.get("Type", "").lower().replace("_domain", "-domain")
        arns.append(f"{prefix}{kind}-rulegroup/{name}")
    if operation.endswith("NetworkFirewallTransitGatewayAttachment"):
        arns.append(_firewall_of(account_id, region, parameters.get("TransitGatewayAttachmentId", "")))
    if operation == "CreateVpcEndpointAssociation":
        arns.append(f"{prefix}vpc-endpoint-association/*")
    arns += [text for text in _leaves(parameters) if text.startswith("arn:aws:network-firewall:")]
    return [(arn, _tags(account_id, region, arn)) for arn in dict.fromkeys(arns)]


def further(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> Iterator[Further]:
    """Yield the other permissions that an operation asks for."""
    if operation == "CreateFirewall":
        yield from _service_linked_role(account_id)
    yield from _endpoints(account_id, region, operation, parameters)
    yield from _logging(operation)


def _service_linked_role(account_id: str) -> Iterator[Further]:
    linked = importlib.import_module("emulator.iam.service_linked")
    if not linked.has_service_linked_role(account_id, ROLE):
        arn = f"arn:aws:iam::{account_id}:role/aws-service-role/{SERVICE}/{ROLE}"
        yield "iam:CreateServiceLinkedRole", arn, {"iam:awsservicename": SERVICE}


def _endpoints(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> Iterator[Further]:
    endpoint = f"arn:aws:ec2:{region}:{account_id}:vpc-endpoint/*"
    creates = operation in ("CreateFirewall", "AssociateSubnets", "CreateVpcEndpointAssociation")
    if creates and not parameters.get("TransitGatewayId"):
        yield "ec2:DescribeSubnets", "*", {}
        keys = {f"aws:requesttag/{key.lower()}": value for key, value in ENDPOINT_TAG.items()}
        yield "ec2:CreateVpcEndpoint", endpoint, keys | {"aws:tagkeys": list(ENDPOINT_TAG)}
    if operation in ("DeleteFirewall", "DisassociateSubnets", "DeleteVpcEndpointAssociation"):
        yield "ec2:DescribeRouteTables", "*", {}
        keys = {f"aws:resourcetag/{key.lower()}": value for key, value in ENDPOINT_TAG.items()}
        yield "ec2:DeleteVpcEndpoints", endpoint, keys


def _logging(operation: str) -> Iterator[Further]:
    """Yield the permissions of logging; DeleteFirewall lists log deliveries, too: mattclay/aws-terminator#209."""
    if operation in ("DescribeLoggingConfiguration", "UpdateLoggingConfiguration", "DeleteFirewall"):
        yield "logs:ListLogDeliveries", "*", {}
    for verb in LOG_DELIVERY if operation == "UpdateLoggingConfiguration" else ():
        yield f"logs:{verb}LogDelivery", "*", {}


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


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value
