# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources and conditions of each write that a module's credential may do: data beside its PERMISSIONS.

Resource types and condition keys are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tools.iam_ec2_types import types_of_ec2

OWNER_TAG = "closednet:managed"
# Default path of what pci_role_guard and pci_identity create; names of pci_role_guard's functions and schedules.
PATH, FUNCTION = "pci/", "closednet-pci-*"
# Names of egress_proxy's role, cluster, service and task definitions.
PROXY = "egress-proxy-*"
# Of functions, and of algorithm_registry's schedule.
HANDLER, CHECKER = "*-handler", "*-checker"
FUNCTIONS = {"log_archive": HANDLER, "algorithm_registry": CHECKER}


class Scope(NamedTuple):
    """Resource and condition of a statement. sid: of the statement; a number follows if there are several."""

    sid: str
    resource: str
    condition: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


# (module, resource type) -> why the owner tag can't limit a write on it, and the actions.
OTHERS: dict[tuple[str, str], tuple[str, str]] = {
    ("algorithm_registry", "vpc"): ("the front's VPC may be one of others", "CreateVpcEndpoint CreateSecurityGroup"),
    ("algorithm_registry", "route-table"): (
        "the front's VPC may be one of others",
        "CreateVpcEndpoint ModifyVpcEndpoint",
    ),
    ("central_endpoints", "vpc"): (
        "the VPC is tiered_vpc's, or one of others",
        "CreateVpcEndpoint CreateSecurityGroup ModifyVpcAttribute",
    ),
    ("central_endpoints", "subnet"): (
        "the VPC is tiered_vpc's, or one of others",
        "CreateVpcEndpoint ModifyVpcEndpoint",
    ),
    ("central_endpoints", "security-group"): (
        "a group that others put on an endpoint is taken off it",
        "ModifyVpcEndpoint",
    ),
    ("closed_vpc_endpoints", "vpc"): (
        "the VPC may be one of others",
        "CreateVpcEndpoint CreateSecurityGroup ModifyVpcAttribute",
    ),
    ("closed_vpc_endpoints", "subnet"): ("the VPC may be one of others", "CreateVpcEndpoint ModifyVpcEndpoint"),
    ("closed_vpc_endpoints", "route-table"): ("the VPC may be one of others", "CreateVpcEndpoint ModifyVpcEndpoint"),
    ("closed_vpc_endpoints", "security-group"): (
        "a group that others put on an endpoint is taken off it",
        "ModifyVpcEndpoint",
    ),
    ("egress_proxy", "vpc"): ("the VPC is tiered_vpc's, or one of others", "CreateSecurityGroup"),
    ("network_firewall", "route-table"): (
        "the VPC is tiered_vpc's, or one of others",
        "CreateRoute DeleteRoute ReplaceRoute",
    ),
    ("privatelink_endpoint", "security-group"): (
        "a group that others put on an endpoint is taken off it",
        "ModifyVpcEndpoint",
    ),
    ("privatelink_endpoint", "vpc"): ("the VPC may be one of others", "CreateVpcEndpoint CreateSecurityGroup"),
    ("privatelink_endpoint", "subnet"): ("the VPC may be one of others", "CreateVpcEndpoint ModifyVpcEndpoint"),
    ("tgw_hub", "transit-gateway-attachment"): (
        "a spoke's attachment has no tag of the hub's until the hub has accepted it",
        "AcceptTransitGatewayVpcAttachment AssociateTransitGatewayRouteTable CreateTags CreateTransitGatewayRoute"
        " DisableTransitGatewayRouteTablePropagation DisassociateTransitGatewayRouteTable"
        " EnableTransitGatewayRouteTablePropagation RejectTransitGatewayVpcAttachment ReplaceTransitGatewayRoute"
        " CreateTransitGatewayPrefixListReference ModifyTransitGatewayPrefixListReference",
    ),
    ("tgw_hub", "prefix-list"): (
        "a prefix list that a segment's routes name may be anybody's",
        "CreateTransitGatewayPrefixListReference DeleteTransitGatewayPrefixListReference"
        " ModifyTransitGatewayPrefixListReference",
    ),
    ("tgw_hub", "vpc"): ("the hub's VPC is tiered_vpc's, or one of others", "CreateTransitGatewayVpcAttachment"),
    ("tgw_hub", "subnet"): (
        "the hub's VPC is tiered_vpc's, or one of others",
        "CreateTransitGatewayVpcAttachment ModifyTransitGatewayVpcAttachment",
    ),
    ("tgw_hub", "route-table"): (
        "the hub's VPC is tiered_vpc's, or one of others",
        "CreateRoute DeleteRoute ReplaceRoute",
    ),
    ("tgw_spoke", "transit-gateway"): ("it is the hub account's", "CreateTransitGatewayVpcAttachment"),
    ("tgw_spoke", "vpc"): (
        "the VPC is tiered_vpc's, or one of others",
        "CreateSecurityGroup CreateTransitGatewayVpcAttachment",
    ),
    ("tgw_spoke", "subnet"): (
        "the VPC is tiered_vpc's, or one of others",
        "CreateTransitGatewayVpcAttachment ModifyTransitGatewayVpcAttachment",
    ),
    ("tgw_spoke", "route-table"): ("the VPC is tiered_vpc's, or one of others", "CreateRoute DeleteRoute ReplaceRoute"),
    ("tiered_vpc", "vpc"): (
        "the VPC may be one of others, which is adopted",
        "AttachInternetGateway CreateEgressOnlyInternetGateway CreateFlowLogs CreateNetworkAcl CreateRouteTable"
        " CreateSecurityGroup CreateSubnet DetachInternetGateway",
    ),
    ("tiered_vpc", "ipam-pool"): ("the pool is others'", "AssociateVpcCidrBlock"),
    ("tiered_vpc", "ipv6pool-ec2"): ("the pool is others'", "AssociateVpcCidrBlock"),
    ("tiered_vpc", "security-group"): (
        "a VPC's default group has no tags, and is emptied",
        "RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    ("tiered_vpc", "network-acl"): (
        "a VPC's default ACL has no tags, and is emptied",
        "CreateNetworkAclEntry DeleteNetworkAclEntry ReplaceNetworkAclAssociation ReplaceNetworkAclEntry",
    ),
    ("vpc_block_public_access", "vpc"): ("the VPC may be one of others", "CreateVpcBlockPublicAccessExclusion"),
    ("vpc_block_public_access", "subnet"): ("the VPC may be one of others", "CreateVpcBlockPublicAccessExclusion"),
}
# (module, resource type) -> other modules whose resources it also changes, by their owner tags.
OF_OURS: dict[tuple[str, str], tuple[str, ...]] = {
    # A subnet is removed from these before it is deleted.
    ("tiered_vpc", "transit-gateway-attachment"): ("tgw_hub", "tgw_spoke"),
    ("tiered_vpc", "vpc-endpoint"): ("closed_vpc_endpoints", "privatelink_endpoint"),
}
# Action -> the ARN that it is about, and why that is no narrower.
NAMED: dict[str, tuple[str, str]] = {
    "ec2:ModifyVpcBlockPublicAccessOptions": ("*", "it is the region's setting, no resource"),
    "ecs:CreateCluster": ("*", "it knows no resources before"),
    "ecs:DeregisterTaskDefinition": ("*", "it knows no resources"),
    "firehose:TagDeliveryStream": ("deliverystream/*", "AWS tags the stream that gets logs, which is yours"),
    "elasticloadbalancing:DeleteListener": ("listener/net/*", "a listener has no owner tag, only its load balancer"),
    "elasticloadbalancing:ModifyListener": ("listener/net/*", "a listener has no owner tag, only its load balancer"),
    "iam:DeleteLoginProfile": ("user/*", "pci_role_guard deactivates users of others"),
    "iam:DeleteVirtualMFADevice": ("mfa/*", "people register devices themselves; a device has no owner tag"),
    "iam:RemoveUserFromGroup": ("group/*", "a user who goes leaves every group first"),
    "iam:UpdateAccessKey": ("user/*", "pci_role_guard deactivates users of others"),
    "iam:UpdateAccountPasswordPolicy": ("*", "it is the account's, no resource"),
    # UpdateTrail and those before the trail has tags; a trail that is adopted has none.
    "cloudtrail:AddTags": ("trail/*", "a trail that is adopted has no owner tag"),
    "cloudtrail:PutEventSelectors": ("trail/*", "a trail that is adopted has no owner tag"),
    "cloudtrail:StartLogging": ("trail/*", "a trail that is adopted has no owner tag"),
    "cloudtrail:UpdateTrail": ("trail/*", "a trail that is adopted has no owner tag"),
    "logs:CreateLogDelivery": ("*", "it knows no resources"),
    "logs:DeleteAccountPolicy": ("*", "it is the account's, no resource"),
    "logs:DeleteLogDelivery": ("*", "it knows no resources"),
    "logs:DeleteSubscriptionFilter": ("log-group:*", "the log groups are those of others"),
    "logs:PutAccountPolicy": ("*", "it is the account's, no resource"),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
    "logs:PutResourcePolicy": ("log-group:*", "AWS asks for a wildcard in place of the log group's name"),
    # A log group, and another account's destination.
    "logs:PutSubscriptionFilter": ("*", "the log groups and the destination are those of others"),
    "logs:UpdateLogDelivery": ("*", "it knows no resources"),
    "network-firewall:AcceptNetworkFirewallTransitGatewayAttachment": ("*", "it knows no resource of the hub's"),
    "ram:AcceptResourceShareInvitation": ("*", "an invitation is the hub's, and has no tags"),
    "route53:AssociateVPCWithHostedZone": ("*", "Route 53 has no conditions for tags; name your zones"),
    "route53:ChangeResourceRecordSets": ("*", "Route 53 has no conditions for tags; name your zones"),
    "route53:CreateHostedZone": ("*", "it knows no resources before"),
    "route53:DeleteHostedZone": ("*", "Route 53 has no conditions for tags; name your zones"),
    "route53:DisassociateVPCFromHostedZone": ("*", "Route 53 has no conditions for tags; name your zones"),
    # Which resources and tags these actions know isn't verified on AWS.
    **{
        f"route53profiles:{operation}": ("*", "the Profile may be another account's; name it")
        for operation in (
            *("AssociateProfile", "AssociateResourceToProfile", "CreateProfile", "DeleteProfile"),
            *("DisassociateProfile", "DisassociateResourceFromProfile", "PutProfilePolicy"),
            *("TagResource", "UntagResource", "UpdateProfileAssociation", "UpdateProfileResourceAssociation"),
        )
    },
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-security.html
    "account-access:CreateEntitlement": ("application/*", "the organization has one application, which isn't ours"),
    "account-access:DeleteEntitlement": ("application/*", "the organization has one application, which isn't ours"),
    **{
        f"identitystore:{operation}": ("*", "users and groups have no tags")
        for operation in (
            *("CreateGroup", "CreateGroupMembership", "CreateUser", "DeleteGroup", "DeleteGroupMembership"),
            *("DeleteUser", "UpdateGroup", "UpdateUser"),
        )
    },
    "vpce:AllowMultiRegion": ("*", "EC2 asks for it where a service is used from another region"),
}
# Of NAMED, where the module's own scope is narrower.
SCOPED = (("pci_identity", "iam:DeleteLoginProfile"), ("log_archive", "firehose:TagDeliveryStream"))
# (module, action) -> its scope: what log_replay writes, in the archive's bucket and nowhere else in it.
REPLAY = {
    ("log_replay", "s3:PutObject"): Scope("Name", "arn:*:s3:::*/*replay*"),
    ("log_replay", "kms:GenerateDataKey"): Scope(
        "Service", "arn:*:kms:*:*:key/*", (("StringLike", "kms:ViaService", ("s3.*.amazonaws.com",)),)
    ),
}
# Created with tags; the ARN isn't known before.
UNNAMED = ("codeartifact:CreateDomain", "codeartifact:CreateRepository")
UNNAMED += ("cloudtrail:CreateTrail", "organizations:CreatePolicy", "ram:CreateResourceShare")
OF_ROLES = "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary"
OF_ROLES += " PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole"
OF_POLICIES = "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion TagPolicy UntagPolicy"
OF_GROUPS = "AddUserToGroup AttachGroupPolicy CreateGroup DeleteGroup DeleteGroupPolicy DetachGroupPolicy"


def scopes(module: str, action: str) -> list[Scope]:
    """Scopes in which the module's credential may do this write. Raises LookupError for an action not listed yet."""
    if (module, action) in REPLAY:
        return [REPLAY[module, action]]
    service, _, operation = action.partition(":")
    known = service == "ec2" or service in _by_service
    if not known and action not in (*NAMED, *UNNAMED):
        raise LookupError(f"{action} of {module}: say in tools/iam_scopes.py, what it is about")
    if action in NAMED and (module, action) not in SCOPED:
        return [Scope("Others", _arn(service, NAMED[action][0]))]
    if service == "ec2":
        return list(_ec2(module, operation))
    if action in UNNAMED:
        return [Scope("New", "*", _tagged("aws:RequestTag", module))]
    return _by_service[service](module, operation)


def types_of(action: str) -> set[str]:
    """Resource types that an action of EC2 is about; none for other services, whose actions are about one each."""
    service, _, operation = action.partition(":")
    return {name.strip("+") for name in types_of_ec2(operation)} if service == "ec2" else set()


def _arn(service: str, resource: str) -> str:
    if resource == "*":
        return resource
    return f"arn:*:{service}:{'' if service == 'iam' else '*'}:*:{resource}"


def _tagged(key: str, *modules: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return (("StringLike", f"{key}/{OWNER_TAG}", tuple(f"{module}/*" for module in modules)),)


def _own(module: str) -> Scope:
    return Scope("Own", "*", _tagged("aws:ResourceTag", module))


def _ec2(module: str, operation: str) -> Iterator[Scope]:
    if operation in ("CreateTags", "DeleteTags"):
        yield _own(module)
    if operation == "CreateTags":
        yield Scope("TagNew", "arn:*:ec2:*:*:*/*", (("StringLike", "ec2:CreateAction", ("*",)),))
    for name in types_of_ec2(operation):
        if name.startswith("+"):
            yield Scope("New", f"arn:*:ec2:*:*:{name[1:]}/*", _tagged("aws:RequestTag", module))
        elif operation in OTHERS.get((module, name), ("", ""))[1].split():
            yield Scope("Others", f"arn:*:ec2:*:*:{name}/*")
        elif (module, name) in OF_OURS:
            yield Scope("Ours", f"arn:*:ec2:*:*:{name}/*", _tagged("aws:ResourceTag", *OF_OURS[module, name]))
        else:
            yield _own(module)


def _elasticloadbalancing(module: str, operation: str) -> list[Scope]:
    new = {"CreateLoadBalancer": "loadbalancer/net/*", "CreateTargetGroup": "targetgroup/*"}
    if operation in new:
        arn = _arn("elasticloadbalancing", new[operation])
        return [Scope("New", arn, _tagged("aws:RequestTag", module))]
    tag_new = Scope("TagNew", "*", (("StringLike", "elasticloadbalancing:CreateAction", ("*",)),))
    return [_own(module), *([tag_new] if operation == "AddTags" else [])]


def _iam(module: str, operation: str) -> list[Scope]:
    if module == "egress_proxy":
        return [Scope("Name", _arn("iam", f"role/{PROXY}"))]
    roles = {
        "log_archive": ("*-dest-*", "*-firehose-*", "*-handler-*"),
        "algorithm_registry": (CHECKER, f"{CHECKER}-schedule"),
    }
    if module in roles:
        # By names, too: whoever may tag any role makes it his own.
        named = [_arn("iam", f"role/{name}") for name in roles[module]]
        found = _new_or_own("CreateRole")(module, operation)
        return [Scope(f"{one.sid}Roles", arn, one.condition) for one in found for arn in named]
    for operations, kind in ((OF_ROLES, "role"), (OF_POLICIES, "policy"), (OF_GROUPS, "group")):
        if operation in operations.split():
            # Otherwise it could make a group's members administrators.
            own = (("ArnLike", "iam:PolicyARN", (_arn("iam", f"policy/{PATH}*"),)),)
            return [Scope("Path", _arn("iam", f"{kind}/{PATH}*"), own if operation == "AttachGroupPolicy" else ())]
    new = Scope("New", _arn("iam", "user/*"), _tagged("aws:RequestTag", module))
    if operation == "CreateUser":
        return [new]
    # CreateUser with tags asks for TagUser, too: openshift/installer#1073, of a role.
    return [_own(module), *([new] if operation == "TagUser" else [])]


def _network_firewall(module: str, operation: str) -> list[Scope]:
    # A policy and a firewall name others' resources, too, which the tags of the request allow as well.
    new = Scope("New", "*", _tagged("aws:RequestTag", module))
    if operation.startswith("Create"):
        return [new]
    if operation in ("AssociateFirewallPolicy", "TagResource"):
        # A new firewall gets its policy, and each new resource its tags, by the call that creates it.
        return [_own(module), new]
    managed = [Scope("Others", "arn:*:network-firewall:*:*:stateful-rulegroup/*")]
    updates = ("UpdateFirewallPolicy", "UpdateFirewallPolicyV2")
    return [_own(module), *(managed if operation in updates else [])]


def _organizations(module: str, operation: str) -> list[Scope]:
    targets = [Scope("Others", f"arn:*:organizations::*:{kind}/*") for kind in ("account", "ou", "root")]
    return [_own(module), *(targets if operation in ("AttachPolicy", "DetachPolicy") else [])]


def _new_or_own(new: str) -> Any:
    """Return the scopes of a service whose conditions know tags; new: the operation that creates, with tags."""

    def scopes_of(module: str, operation: str) -> list[Scope]:
        created = Scope("New", "*", _tagged("aws:RequestTag", module))
        if operation == new:
            return [created]
        # A new resource gets its tags by the call that creates it.
        return [_own(module), *([created] if operation.startswith("Tag") else [])]

    return scopes_of


def _s3(module: str, operation: str) -> list[Scope]:
    # Tags are conditions only of buckets with ABAC: "Enabling ABAC in general purpose buckets".
    own = (("StringEquals", "aws:ResourceAccount", ("${aws:PrincipalAccount}",)),)
    # A bucket that doesn't exist yet is nobody's. CreateBucket asks for all of these.
    new = ("CreateBucket", "PutBucketObjectLockConfiguration", "PutBucketVersioning", "TagResource")
    return [Scope("Buckets", "arn:*:s3:::*", () if operation in new else own)]


def _kms(module: str, operation: str) -> list[Scope]:
    # CreateAlias asks for the key, too.
    alias = [Scope("Name", "arn:*:kms:*:*:alias/*")] if operation == "CreateAlias" else []
    return [*alias, *_new_or_own("CreateKey")(module, operation)]


def _glue(module: str, operation: str) -> list[Scope]:
    # Databases and tables have no tags of the module.
    kinds = ("catalog", "database/*") if operation.endswith("Database") else ("catalog", "database/*", "table/*/*")
    return [Scope("Glue", _arn("glue", kind)) for kind in kinds]


def _lambda(module: str, operation: str) -> list[Scope]:
    return [Scope("Name", f"arn:*:lambda:*:*:function:{FUNCTIONS.get(module, FUNCTION)}")]


def _scheduler(module: str, operation: str) -> list[Scope]:
    return [Scope("Name", f"arn:*:scheduler:*:*:schedule/default/{FUNCTIONS.get(module, FUNCTION)}")]


def _sso(module: str, operation: str) -> list[Scope]:
    # A call is about each of the instance, the set and the account that it names:
    # https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetdelegation.html
    if operation == "CreatePermissionSet":
        return [Scope("New", "arn:*:sso:::instance/*", _tagged("aws:RequestTag", module))]
    found = [_own(module), Scope("Instance", "arn:*:sso:::instance/*")]
    if operation == "TagResource":
        found.append(Scope("New", "*", _tagged("aws:RequestTag", module)))
    if operation.endswith("AccountAssignment") or operation == "ProvisionPermissionSet":
        found.append(Scope("Accounts", "arn:*:sso:::account/*"))
    return found


def _logs(module: str, operation: str) -> list[Scope]:
    if "Destination" in operation:
        return [Scope("Name", _arn("logs", "destination:*-*"))]
    if (module, operation) == ("log_source", "PutRetentionPolicy"):
        # Of groups of others that have none.
        return [Scope("Others", _arn("logs", "log-group:*"))]
    return [Scope("Name", _arn("logs", "log-group:/closednet/*"))]


def _ecs(module: str, operation: str) -> list[Scope]:
    if operation in ("TagResource", "UntagResource"):
        kinds = (f"cluster/{PROXY}", f"service/{PROXY}/{PROXY}", f"task-definition/{PROXY}:*")
        return [Scope("Name", _arn("ecs", kind)) for kind in kinds]
    kind = {"DeleteCluster": f"cluster/{PROXY}", "RegisterTaskDefinition": f"task-definition/{PROXY}:*"}
    return [Scope("Name", _arn("ecs", kind.get(operation, f"service/{PROXY}/{PROXY}")))]


_by_service: dict[str, Any] = {
    "athena": _new_or_own("CreateWorkGroup"),
    "cloudtrail": lambda module, operation: [_own(module)],
    "codeartifact": lambda module, operation: [_own(module)],
    # Tags are conditions only in accounts with ABAC: "Attribute-based access control" of the developer guide.
    "dynamodb": lambda module, operation: [Scope("Tables", _arn("dynamodb", "table/*"))],
    "ecs": _ecs,
    "elasticloadbalancing": _elasticloadbalancing,
    "firehose": _new_or_own("CreateDeliveryStream"),
    "glue": _glue,
    "iam": _iam,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "network-firewall": _network_firewall,
    "organizations": _organizations,
    "observabilityadmin": _new_or_own("CreateCentralizationRuleForOrganization"),
    "ram": lambda module, operation: [_own(module)],
    "s3": _s3,
    "scheduler": _scheduler,
    "ssm": lambda module, operation: [Scope("Name", _arn("ssm", "parameter/closednet/*"))],
    "sso": _sso,
}
