# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that a call names, of any service: the reference's ARNs filled with the call's parameters.

A parameter that is an ARN of one of the action's types is that resource. Otherwise each variable of the type's ARN
takes the parameter of its name; NAMES has those that are called otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.iam.parameters import leaves
from emulator.iam.reference import VARIABLE, Row, page, pattern_of

# Service -> "type.Variable" or "Variable" -> the parameters that have its value, in botocore's names.
NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "application-autoscaling": {"ResourceId": ("ResourceId",)},
    "athena": {
        "WorkGroupName": ("WorkGroup", "Name"),
        "DataCatalogName": ("CatalogName", "Name"),
        "capacity-reservation.CapacityReservationName": ("Name",),
    },
    "cloudtrail": {
        "TrailName": ("Name", "TrailName"),
        "EventDataStoreId": ("EventDataStore",),
        "ChannelId": ("Channel",),
        "DashboardName": ("DashboardId", "Name"),
    },
    "codeartifact": {
        "DomainName": ("domain",),
        "RepositoryName": ("repository",),
        "PackageFormat": ("format",),
        "PackageNamespace": ("namespace",),
        "PackageName": ("package",),
        "EncodedPackageGroupPattern": ("packageGroup",),
    },
    "ecr": {"RepositoryName": ("repositoryName",)},
    "ecs": {
        "cluster.ClusterName": ("cluster", "clusterName", "clusters"),
        "ClusterName": ("cluster",),
        "ServiceName": ("service", "serviceName", "services"),
        "TaskId": ("task", "tasks"),
        "TaskSetId": ("taskSet",),
        "ContainerInstanceId": ("containerInstance", "containerInstances"),
        "CapacityProviderName": ("capacityProvider", "capacityProviders", "name"),
        "TaskDefinitionFamilyName": ("taskDefinition", "family"),
    },
    "firehose": {"DeliveryStreamName": ("DeliveryStreamName",)},
    "glue": {
        "database.DatabaseName": ("DatabaseName", "Name", "DatabaseInput.Name"),
        "DatabaseName": ("DatabaseName",),
        "TableName": ("TableName", "Name", "TableInput.Name"),
        "JobName": ("JobName", "Name"),
        "CrawlerName": ("CrawlerName", "Name"),
        "ConnectionName": ("ConnectionName", "Name"),
        "TriggerName": ("Name",),
        "WorkflowName": ("Name",),
        "RegistryName": ("RegistryId.RegistryName", "RegistryName"),
        "SchemaName": ("SchemaId.SchemaName", "SchemaName"),
        "RulesetName": ("Name",),
        "SessionId": ("SessionId", "Id"),
    },
    "identitystore": {
        "Identitystore.IdentityStoreId": ("IdentityStoreId",),
        "UserId": ("UserId", "MemberId.UserId"),
        "GroupId": ("GroupId",),
        "MembershipId": ("MembershipId",),
    },
    "lambda": {
        "FunctionName": ("FunctionName",),
        "LayerName": ("LayerName",),
        "LayerVersion": ("VersionNumber",),
        "UUID": ("UUID",),
        "Alias": ("Name",),
        "Version": ("Qualifier",),
        "CodeSigningConfigId": ("CodeSigningConfigArn",),
    },
    "logs": {
        "LogGroupName": ("logGroupName", "logGroupNames", "logGroupIdentifier", "logGroupIdentifiers"),
        "LogStreamName": ("logStreamName",),
        "DestinationName": ("destinationName",),
        "DeliverySourceName": ("deliverySourceName", "name"),
        "DeliveryDestinationName": ("deliveryDestinationName", "name"),
        "DeliveryName": ("id",),
        "DetectorId": ("anomalyDetectorArn",),
    },
    "observabilityadmin": {
        "TelemetryRuleName": ("RuleIdentifier", "RuleName"),
        "CentralizationRuleName": ("RuleIdentifier", "RuleName"),
    },
    "rds": {
        "DbInstanceName": ("DBInstanceIdentifier",),
        "DbClusterInstanceName": ("DBClusterIdentifier",),
        "SubnetGroupName": ("DBSubnetGroupName",),
        "ParameterGroupName": ("DBParameterGroupName",),
        "ClusterParameterGroupName": ("DBClusterParameterGroupName",),
        "SnapshotName": ("DBSnapshotIdentifier",),
        "ClusterSnapshotName": ("DBClusterSnapshotIdentifier",),
    },
    "route53": {
        "hostedzone.Id": ("HostedZoneId", "Id", "HostedZone.Id"),
        "healthcheck.Id": ("HealthCheckId",),
        "change.Id": ("Id",),
        "delegationset.Id": ("DelegationSetId", "Id"),
        "cidrcollection.Id": ("Id", "CollectionId"),
        "queryloggingconfig.Id": ("Id",),
        "trafficpolicy.Id": ("Id",),
        "trafficpolicyinstance.Id": ("Id",),
        "VpcId": ("VPC.VPCId", "VPCId"),
    },
    "route53profiles": {
        "profile.ResourceId": ("ProfileId",),
        "profile-association.ResourceId": ("ProfileAssociationId",),
    },
    "route53resolver": {
        "resolver-endpoint.ResourceId": ("ResolverEndpointId",),
        "resolver-rule.ResourceId": ("ResolverRuleId",),
        "resolver-query-log-config.ResourceId": ("ResolverQueryLogConfigId",),
        "firewall-rule-group.ResourceId": ("FirewallRuleGroupId",),
        "firewall-rule-group-association.ResourceId": ("FirewallRuleGroupAssociationId",),
        "firewall-domain-list.ResourceId": ("FirewallDomainListId",),
    },
    "scheduler": {"GroupName": ("GroupName",), "schedule-group.GroupName": ("Name",), "ScheduleName": ("Name",)},
    "sso": {"Account.AccountId": ("TargetId", "AccountId")},
    "secretsmanager": {"SecretId": ("SecretId", "Name")},
    "ssm": {
        "ParameterNameWithoutLeadingSlash": ("Name", "Names", "Path", "ResourceId"),
        "DocumentName": ("Name", "DocumentName"),
        "AutomationDefinitionName": ("DocumentName",),
        "patchbaseline.PatchBaselineIdResourceId": ("BaselineId",),
        "maintenancewindow.ResourceId": ("WindowId",),
        "servicesetting.ResourceId": ("SettingId",),
        "InstanceId": ("InstanceId", "Target", "InstanceIds"),
        "AssociationId": ("AssociationId",),
    },
}
# Values of variables that a call may leave out: their API references.
_DEFAULTS = {
    ("ecs", "ClusterName"): "default",
    ("scheduler", "GroupName"): "default",
    ("athena", "WorkGroupName"): "primary",
}
# Types whose names are hierarchies, or which have a prefix that their ARNs lack.
_WHOLE = {("ssm", "parameter"), ("secretsmanager", "Secret"), ("logs", "log-group"), ("logs", "log-stream")}
_SUFFIXED = {("secretsmanager", "Secret"): "-??????"}


def resources(prefix: str, account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    """Return the ARNs of a call's resources; a required type that the call doesn't name gives one with "*"."""
    found = page(prefix)
    if found is None:
        return []
    given, filled, unnamed = [], [], []
    texts = [_without_end(prefix, text) for text in leaves(parameters) if text.startswith("arn:")]
    for row in found.rows.get(operation, ()):
        template = found.arns[row.type]
        if named := [text for text in texts if pattern_of(template).fullmatch(text)]:
            given += named
        else:
            arns, is_named = _filled(template, prefix, row, (account_id, region), parameters)
            (filled if is_named else unnamed).extend(arns)
    # A resource given by its ARN is what the call is about: the other types are those that it could be as well.
    unnamed = [] if given else unnamed
    if (prefix, operation) == ("logs", "DescribeLogGroups"):
        # The reference has no type for it; AWS asks for this: https://github.com/hashicorp/terraform-provider-aws/
        # issues/8804, with a prefix of names, too: https://github.com/maxbanton/cwh/pull/83.
        unnamed = [f"arn:aws:logs:{region}:{account_id}:log-group:"]
    return list(dict.fromkeys(_as_asked(prefix, operation, arn) for arn in (*given, *filled, *unnamed)))


def _without_end(prefix: str, arn: str) -> str:
    """Return a log group's ARN without ":*", which some operations answer and others take."""
    return arn.removesuffix(":*") if prefix == "logs" else arn


def _as_asked(prefix: str, operation: str, arn: str) -> str:
    """Return the ARN that policies are compared with: of a log group with its end, except for tags.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html: "with the trailing
    :*, [...] in IAM policies for all other API actions" than those on tags.
    """
    of_group = prefix == "logs" and ":log-group:" in arn and ":log-stream:" not in arn
    return f"{arn}:log-stream:" if of_group and operation not in _OF_TAGS else arn


_OF_TAGS = ("TagResource", "UntagResource", "ListTagsForResource")


def _filled(
    template: str, prefix: str, row: Row, place: tuple[str, str], parameters: dict[str, Any]
) -> tuple[list[str], bool]:
    """Return ARNs of a type, and whether the call names them."""
    account_id, region = place
    known = {"Partition": "aws", "Region": region, "Account": account_id}
    choices: list[dict[str, str]] = [known]
    is_named = False
    for variable in VARIABLE.findall(template):
        if variable in known:
            continue
        values = list(_values(prefix, row.type, variable, parameters))
        is_named = is_named or bool(values)
        default = _DEFAULTS.get((prefix, variable))
        if not values and not default and not row.required:
            return [], False
        choices = [{**one, variable: value} for one in choices for value in values or [default or "*"]]
    if not is_named and not row.required:
        return [], False
    return [template_filled(template, one) for one in choices], is_named


def template_filled(template: str, values: dict[str, str]) -> str:
    return VARIABLE.sub(lambda matched: values.get(matched[1], "*"), template)


def _values(prefix: str, type_: str, variable: str, parameters: dict[str, Any]) -> Iterator[str]:
    of_service = NAMES.get(prefix, {})
    paths = of_service.get(f"{type_}.{variable}") or of_service.get(variable) or (variable,)
    lower = {name.lower(): value for name, value in parameters.items()}
    for path in paths:
        first, _, rest = path.partition(".")
        value = lower.get(first.lower())
        if rest:
            value = value.get(rest) if isinstance(value, dict) else None
        texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text]
        if texts:
            yield from (_plain(prefix, type_, text) for text in texts)
            return


def _plain(prefix: str, type_: str, text: str) -> str:
    """Return the part of a value that stands in an ARN: without a path's beginning, a version, an ARN's own parts."""
    if (prefix, type_) in _WHOLE:
        return text.removeprefix("/") if prefix == "ssm" else text + _SUFFIXED.get((prefix, type_), "")
    if prefix == "lambda" and ":" in text:
        return text.split(":function:")[-1].partition(":")[0]
    return text.rpartition("/")[2]
