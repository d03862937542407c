# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Condition keys of services but EC2, IAM, S3, KMS and DynamoDB: of the request and its resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/, "Condition keys for ..." of each service's page.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

Keys = dict[str, "str | list[str]"]
# Service -> keys that are evaluated besides aws:...; another one of those that the reference lists is refused by name.
EVALUATED: dict[str, frozenset[str]] = {
    "ecr": frozenset({"ecr:resourcetag/"}),
    "ecs": frozenset({"ecs:resourcetag/", "ecs:createaction", "ecs:cluster", "ecs:service", "ecs:task-definition"}),
    "elasticloadbalancing": frozenset(
        f"elasticloadbalancing:{name}"
        for name in ("resourcetag/", "createaction", "scheme", "subnet", "securitygroup", "listenerprotocol")
    )
    | {"elasticloadbalancing:securitypolicy"},
    "lambda": frozenset(
        f"lambda:{name}" for name in ("functionarn", "layer", "principal", "subnetids", "securitygroupids", "vpcids")
    )
    | {"lambda:functionurlauthtype"},
    "logs": frozenset({"logs:deliverydestinationresourcearn"}),
    "organizations": frozenset({"organizations:policytype", "organizations:serviceprincipal"}),
    "ram": frozenset(
        f"ram:{name}"
        for name in (
            *("allowsexternalprincipals", "permissionarn", "principal", "requestedallowsexternalprincipals"),
            *("requestedresourcetype", "resourcearn", "resourcesharename", "resourcetag/", "shareowneraccountid"),
        )
    ),
    "route53": frozenset(
        {
            "route53:changeresourcerecordsetsactions",
            "route53:changeresourcerecordsetsnormalizedrecordnames",
            "route53:changeresourcerecordsetsrecordtypes",
            "route53:vpcs",
        }
    ),
    "route53profiles": frozenset({"route53profiles:resourcearns", "route53profiles:resourceids"}),
    "secretsmanager": frozenset(
        f"secretsmanager:{name}"
        for name in (
            *("name", "description", "kmskeyid", "secretid", "resourcetag/", "forcedeletewithoutrecovery"),
            *("recoverywindowindays", "versionid", "versionstage", "blockpublicpolicy"),
        )
    ),
    "sagemaker": frozenset({"sagemaker:resourcetag/"}),
    "ssm": frozenset({"ssm:overwrite", "ssm:recursive", "ssm:resourcetag/"}),
    "sso": frozenset(),
    "sts": frozenset(),
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given(names: dict[str, str]) -> Callable[[str, dict[str, Any]], Keys]:
    """Build a function that copies parameters into keys. names: {key: parameter}."""

    def keys(_operation: str, parameters: dict[str, Any]) -> Keys:
        found = {key: parameters[name] for key, name in names.items() if parameters.get(name) is not None}
        return {key: list(value) if isinstance(value, list) else _text(value) for key, value in found.items()}

    return keys


def _elasticloadbalancing(operation: str, parameters: dict[str, Any]) -> Keys:
    keys = _given(
        {
            "elasticloadbalancing:scheme": "Scheme",
            "elasticloadbalancing:subnet": "Subnets",
            "elasticloadbalancing:securitygroup": "SecurityGroups",
            "elasticloadbalancing:listenerprotocol": "Protocol",
            "elasticloadbalancing:securitypolicy": "SslPolicy",
        }
    )(operation, parameters)
    mapped = [each["SubnetId"] for each in parameters.get("SubnetMappings") or [] if each.get("SubnetId")]
    if operation == "CreateLoadBalancer":
        # API_CreateLoadBalancer: "The default is an Internet-facing load balancer."
        keys.setdefault("elasticloadbalancing:scheme", "internet-facing")
    return keys | ({"elasticloadbalancing:subnet": mapped} if mapped else {})


def _lambda(_operation: str, parameters: dict[str, Any]) -> Keys:
    keys = _given({"lambda:principal": "Principal", "lambda:layer": "Layers"})(_operation, parameters)
    vpc = parameters.get("VpcConfig") or {}
    for key, name in (("lambda:subnetids", "SubnetIds"), ("lambda:securitygroupids", "SecurityGroupIds")):
        if vpc.get(name):
            keys[key] = list(vpc[name])
    if parameters.get("FunctionUrlAuthType") or parameters.get("AuthType"):
        keys["lambda:functionurlauthtype"] = parameters.get("FunctionUrlAuthType") or parameters["AuthType"]
    return keys


# Part of an ARN -> RAM's name of the type: the RAM User Guide, "Shareable AWS resources".
_SHAREABLE = {
    "transit-gateway": "ec2:TransitGateway",
    "subnet": "ec2:Subnet",
    "prefix-list": "ec2:PrefixList",
    "security-group": "ec2:SecurityGroup",
    "resolver-rule": "route53resolver:ResolverRule",
    "firewall-rule-group": "route53resolver:FirewallRuleGroup",
    "profile": "route53profiles:Profile",
    "firewall-policy": "network-firewall:FirewallPolicy",
    "stateful-rulegroup": "network-firewall:StatefulRuleGroup",
    "stateless-rulegroup": "network-firewall:StatelessRuleGroup",
}


def _ram(operation: str, parameters: dict[str, Any]) -> Keys:
    keys: Keys = {}
    arns, principals = parameters.get("resourceArns") or [], parameters.get("principals") or []
    kinds = [arn.rpartition(":")[2].partition("/")[0] for arn in arns]
    types = [_SHAREABLE[kind] for kind in kinds if kind in _SHAREABLE]
    for key, values in (("resourcearn", arns), ("principal", principals), ("requestedresourcetype", types)):
        if values:
            keys[f"ram:{key}"] = list(dict.fromkeys(values))
    if parameters.get("permissionArn") or parameters.get("permissionArns"):
        keys["ram:permissionarn"] = parameters.get("permissionArns") or parameters["permissionArn"]
    external = parameters.get("allowExternalPrincipals")
    if external is None and operation == "CreateResourceShare":
        external = True  # API_CreateResourceShare: "The default"
    if external is not None:
        keys["ram:requestedallowsexternalprincipals"] = _text(bool(external))
    return keys


def _route53(operation: str, parameters: dict[str, Any]) -> Keys:
    """Return the keys of records and VPCs.

    Names are in lower case, without the trailing dot; characters beside a-z, 0-9, -, _ and . are escaped:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
    """
    keys: Keys = {}
    changes = (parameters.get("ChangeBatch") or {}).get("Changes") or []
    if operation == "ChangeResourceRecordSets" and changes:
        records = [change.get("ResourceRecordSet") or {} for change in changes]
        prefix = "route53:changeresourcerecordsets"
        keys[f"{prefix}normalizedrecordnames"] = [_normalized(record.get("Name") or "") for record in records]
        keys[f"{prefix}recordtypes"] = [record.get("Type") or "" for record in records]
        keys[f"{prefix}actions"] = [change.get("Action") or "" for change in changes]
    vpc = parameters.get("VPC") or {}
    if vpc.get("VPCId"):
        keys["route53:vpcs"] = [f"VPCId={vpc['VPCId']},VPCRegion={vpc.get('VPCRegion')}"]
    return keys


def _normalized(name: str) -> str:
    plain = name.lower().removesuffix(".")
    return "".join(one if one.isalnum() or one in "-_.\\" else f"\\{ord(one):03o}" for one in plain)


_KEYS: dict[str, Callable[[str, dict[str, Any]], Keys]] = {
    "ecs": _given({"ecs:cluster": "cluster", "ecs:service": "service", "ecs:task-definition": "taskDefinition"}),
    "elasticloadbalancing": _elasticloadbalancing,
    "lambda": _lambda,
    "logs": _given({"logs:deliverydestinationresourcearn": "deliveryDestinationArn"}),
    "organizations": lambda operation, given: _given(
        {"organizations:policytype": "PolicyType", "organizations:serviceprincipal": "ServicePrincipal"}
    )(operation, {"PolicyType": given.get("Type") or given.get("Filter"), **given}),
    "ram": _ram,
    "route53": _route53,
    "route53profiles": _given({"route53profiles:resourcearns": "ResourceArn"}),
    "secretsmanager": _given(
        {
            "secretsmanager:name": "Name",
            "secretsmanager:description": "Description",
            "secretsmanager:kmskeyid": "KmsKeyId",
            "secretsmanager:secretid": "SecretId",
            "secretsmanager:forcedeletewithoutrecovery": "ForceDeleteWithoutRecovery",
            "secretsmanager:recoverywindowindays": "RecoveryWindowInDays",
            "secretsmanager:versionid": "VersionId",
            "secretsmanager:versionstage": "VersionStage",
            "secretsmanager:blockpublicpolicy": "BlockPublicPolicy",
        }
    ),
    "ssm": _given({"ssm:overwrite": "Overwrite", "ssm:recursive": "Recursive"}),
}


def of_request(prefix: str, operation: str, parameters: dict[str, Any]) -> Keys:
    """Return the service's own keys that the parameters of a call give."""
    keys = _KEYS.get(prefix)
    return keys(operation, parameters) if keys else {}


def of_resource(prefix: str, account_id: str, region: str, arn: str, tags: dict[str, str]) -> Keys:
    """Return the service's own keys of a resource: its tags by the service's name of that key, a share's properties."""
    keys: Keys = {f"{prefix}:resourcetag/{key.lower()}": value for key, value in tags.items()}
    if prefix == "lambda" and ":function:" in arn:
        keys["lambda:functionarn"] = arn
    if prefix == "ram":
        keys |= _of_share(account_id, region, arn)
    return keys


def _of_share(account_id: str, region: str, arn: str) -> Keys:
    models: Any = importlib.import_module("emulator.ram.models")
    share = next((share for share in models.resource_shares(region).all() if share.arn == arn), None)
    if share is None:
        return {}
    external = _text(bool(share.allow_external))
    return {
        "ram:resourcesharename": share.name,
        "ram:allowsexternalprincipals": external,
        "ram:shareowneraccountid": share.owner_id,
    }
