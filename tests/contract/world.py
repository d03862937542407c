# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clouds of the contract suite: accounts and projects, their contents, and the calls of one run of a module."""

from __future__ import annotations

import datetime
import importlib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Capability
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from tests.contract import google
from tests.contract.archive_contents import read_buckets, read_catalog, read_keys, read_queries, read_streams
from tests.contract.central_contents import read_profiles
from tests.contract.clouds import AWS_REGION as REGION
from tests.contract.clouds import is_project, is_read
from tests.contract.container_contents import read_ecs, read_log_groups, read_parameters
from tests.contract.firewall_contents import read_firewalls
from tests.contract.members_contents import read_identity_center
from tests.contract.registry_contents import read_tables
from tests.contract.trail_contents import read_trails
from tests.emulator.conftest import HUB, KEY, MANAGEMENT, SEED, SPOKE, SPOKE_2, STRANGER, Emulator

ACCOUNTS = (HUB, SPOKE, SPOKE_2, STRANGER)
OWNER_TAG, NAME_TAG = "closednet:managed", "closednet:name"
# An administrator's key in each account, with which tests read and make changes by hand.
HANDS = [
    {"account_id": account, "access_key_id": f"AKIAHANDS{account[:11]}", "secret_access_key": "not-a-secret"}
    for account in ACCOUNTS
]
WITH_HANDS = SEED | {"access_keys": SEED["access_keys"] + HANDS, "google": google.SEED}
OVER = ("deleted", "deleting", "rejected", "failed", "DELETED", "DELETING", "DISASSOCIATED", "disassociated")


def capability(module: str) -> Capability:
    return importlib.import_module(
        f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
    ).CAPABILITY


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"


def validated(module: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as a module gets them, with defaults; an invalid option fails the test."""
    kind = capability(module)
    if kind.reads_only:
        options = {key: value for key, value in options.items() if key != "wait_timeout"}
    result = ModuleArgumentSpecValidator(kind.full_argument_spec(), **kind.constraints).validate(options)
    assert not result.error_messages, result.error_messages
    return result.validated_parameters


class World:
    """Accounts, reset to the seed's state.

    cache    directory for assumed credentials, which end with the world
    clients  (account, service) -> client; those created so far, which outlive the world
    """

    def __init__(self, emulator: Emulator, cache: Path, clients: dict[tuple[str, str], Any]):
        emulator.control("POST", "reset")
        self.emulator, self.cache, self._clients = emulator, cache, clients
        self.calls: list[dict[str, Any]] = []
        # What contents() found last, and after which writes and settings.
        self._seen: tuple[Any, dict[str, list[Any]]] = (None, {})
        self.made: dict[str, str] = {}  # ids of what a case's `before` created, for its options

    def restore(self) -> None:
        """Restore the emulator's snapshot, with the counts of calls at its time."""
        self.emulator.control("POST", "restore")
        self._seen = (None, {})

    def ec2(self, account: str) -> Any:
        return self.client(account, "ec2")

    def client(self, account: str, service: str) -> Any:
        if (account, service) not in self._clients:
            key = KEY  # the management account's
            for hand in HANDS:
                if hand["account_id"] == account:
                    key = {
                        "aws_access_key_id": hand["access_key_id"],
                        "aws_secret_access_key": hand["secret_access_key"],
                    }
            self._clients[account, service] = self.emulator.plain_client(service, REGION, **key)
        return self._clients[account, service]

    def project(self, project: str) -> google.Project:
        """Return the hands in a project of Google Cloud."""
        return google.Project(self.emulator.endpoint, project)

    def options(self, account: str, **options: Any) -> dict[str, Any]:
        """Return a module's options with those that say which account and how to reach it.

        An option that is a function is called with the world.
        """
        return {
            **self._connection(account),
            **{name: value(self) if callable(value) else value for name, value in options.items()},
        }

    def _connection(self, account: str) -> dict[str, Any]:
        if is_project(account):
            return google.options(account, self.emulator.endpoint)
        return {
            "access_key": KEY["aws_access_key_id"],
            "secret_key": KEY["aws_secret_access_key"],
            "region": REGION,
            "endpoint_url": self.emulator.endpoint,
            "account_id": account,
            "assume_role_arn": role(account),
            "wait_timeout": 20,
        }

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Set `calls` to the calls that the block makes."""
        self.emulator.control("DELETE", "calls")
        try:
            yield
        finally:
            self.calls = self.emulator.control("GET", "calls")

    def run(
        self, module: str, account: str, options: dict[str, Any], check: bool = False, **more: Any
    ) -> dict[str, Any]:
        """Run a module's code in this process and return its result. Raises Failure."""
        os.environ["XDG_CACHE_HOME"] = str(self.cache)
        given = validated(module, self.options(account, **options, **more))
        with self.recorded():
            return execute(capability(module), given, check)

    def failure(self, *arguments: Any, **more: Any) -> Failure:
        """Return the Failure of a run; a run that succeeds fails the test."""
        try:
            result = self.run(*arguments, **more)
        except Failure as failure:
            return failure
        raise AssertionError(f"it should have failed, but answered {result}")

    @property
    def writes(self) -> list[str]:
        return [call["operation"] for call in self.calls if not is_read(call["operation"])]

    @property
    def counted(self) -> dict[str, int]:
        """Calls as a result's `api_calls` counts them: {"SERVICE:OPERATION": count}, Google's by the methods' ids."""
        names = [(call["service"], "." if "." in call["operation"] else ":", call["operation"]) for call in self.calls]
        return dict(Counter(map("".join, names)))

    def contents(self, *accounts: str, services: Collection[str] | None = None) -> dict[str, list[Any]]:
        """Return what the accounts contain: {"ACCOUNT KIND": items, with stable names in place of ids}.

        services: which of READERS are read besides EC2 and RAM, None: all; of a project all is read

        Reading takes most of the suite's time, so it happens once between two writes: the emulator's reads change
        nothing.
        """
        done = {name: of["calls"] for name, of in self.emulator.control("GET", "stats").items() if _writes(name)}
        state = (accounts, services and frozenset(services), done, self.emulator.control("GET", "settings"))
        if self._seen[0] != state:
            self._seen = (state, self.contents_read(accounts, services))
        return self._seen[1]

    def contents_read(self, accounts: Collection[str], services: Collection[str] | None) -> dict[str, list[Any]]:
        """Read what contents() returns, without its cache."""
        items = {f"{account} {kind}": found for account in accounts for kind, found in self._read(account, services)}
        names = {id_: name for found in items.values() for item in found for id_, name in _named(item)}
        return {
            kind: sorted((_stable(item, names) for item in found), key=repr) for kind, found in items.items() if found
        }

    def _read(self, account: str, services: Collection[str] | None) -> Contents:
        return self.project(account).contents() if is_project(account) else self._read_account(account, services)

    def _read_account(self, account: str, services: Collection[str] | None) -> Contents:
        ec2, ram = self.ec2(account), self.client(account, "ram")
        for operation, key in DESCRIBED:
            yield key, [item for item in getattr(ec2, operation)()[key] if not _over(item)]
        for vpc in ec2.describe_vpcs()["Vpcs"]:
            attributes = ("enableDnsSupport", "enableDnsHostnames")
            read = [ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name) for name in attributes]
            yield (
                f"attributes of {vpc['CidrBlock']}",
                [{key: value for answer in read for key, value in answer.items() if key != "ResponseMetadata"}],
            )
        # An account can't see another account's tables.
        for table in ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]:
            if not _over(table):
                yield from self._read_table(ec2, table)
        for share in ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]:
            if not _over(share):
                yield "share", [share]
                for kind in ("PRINCIPAL", "RESOURCE"):
                    found = ram.get_resource_share_associations(
                        associationType=kind, resourceShareArns=[share["resourceShareArn"]]
                    )
                    yield kind, [item for item in found["resourceShareAssociations"] if not _over(item)]
        yield from _read_block_public_access(ec2)
        yield from _read_endpoints(ec2)
        for service, (read, clients) in READERS.items():
            wanted = services is None or service in services
            if wanted and (service != "organizations" or account == MANAGEMENT):
                yield from read(*(self.client(account, client) for client in clients))

    def _read_table(self, ec2: Any, table: dict[str, Any]) -> Contents:
        id_ = table["TransitGatewayRouteTableId"]
        # An id differs from world to world.
        name = _tags(table).get(NAME_TAG, "the default table" if table["DefaultAssociationRouteTable"] else id_)
        found = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=id_)
        yield f"associations of {name}", found["Associations"]
        found = ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=id_)
        yield f"propagations of {name}", found["TransitGatewayRouteTablePropagations"]
        states = [{"Name": "state", "Values": ["active", "blackhole"]}]
        found = ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=id_, Filters=states)
        yield f"routes of {name}", found["Routes"]
        found = ec2.get_transit_gateway_prefix_list_references(TransitGatewayRouteTableId=id_)
        yield f"prefix lists of {name}", found["TransitGatewayPrefixListReferences"]


def _writes(name: str) -> bool:
    """Return true if a call writes; name: as the emulator counts it, `ec2.CreateVpc`."""
    return not is_read(name.partition(".")[2])


Contents = Iterator[tuple[str, list[dict[str, Any]]]]


def _read_block_public_access(ec2: Any) -> Contents:
    """Read the mode and exclusions, without states and times, which depend on history. Mode off counts as never set."""
    mode = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"]
    yield "BlockPublicAccess", [] if mode == "off" else [{"mode": mode}]
    listed = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    keys = ("ExclusionId", "ResourceArn", "InternetGatewayExclusionMode", "Tags")
    yield "Exclusions", [{key: item[key] for key in keys} for item in listed if not item["State"].startswith("delete-")]


def _read_endpoints(ec2: Any) -> Contents:
    """Read both sides of PrivateLink, with rejected endpoints and connections, which stay."""
    services = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    services = [service for service in services if service["ServiceState"] not in ("Deleting", "Deleted")]
    yield "ServiceConfigurations", services
    for service in services:
        allowed = ec2.describe_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"])["AllowedPrincipals"]
        yield f"permissions of {_tags(service).get(NAME_TAG, service['ServiceId'])}", allowed
    for operation, key, state in (
        ("describe_vpc_endpoint_connections", "VpcEndpointConnections", "VpcEndpointState"),
        ("describe_vpc_endpoints", "VpcEndpoints", "State"),
    ):
        yield key, [item for item in getattr(ec2, operation)()[key] if item[state] not in ("deleting", "deleted")]


def _read_load_balancers(elbv2: Any) -> Contents:
    """Read load balancers, target groups and registered targets; not their health, which depends on time."""
    balancers = elbv2.describe_load_balancers()["LoadBalancers"]
    groups = elbv2.describe_target_groups()["TargetGroups"]
    arns = [item.get("LoadBalancerArn") or item["TargetGroupArn"] for item in [*groups, *balancers]]
    tagged = elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
    tags = {item["ResourceArn"]: {"Tags": item["Tags"]} for item in tagged}
    yield "LoadBalancers", [balancer | tags[balancer["LoadBalancerArn"]] for balancer in balancers]
    yield "TargetGroups", [group | tags[group["TargetGroupArn"]] for group in groups]
    for balancer in balancers:
        of = {"LoadBalancerArn": balancer["LoadBalancerArn"]}
        yield (
            f"attributes of {balancer['LoadBalancerName']}",
            elbv2.describe_load_balancer_attributes(**of)["Attributes"],
        )
        yield f"listeners of {balancer['LoadBalancerName']}", elbv2.describe_listeners(**of)["Listeners"]
    for group in groups:
        health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        targets = [item["Target"] for item in health if item["TargetHealth"]["State"] != "draining"]
        yield f"targets of {group['TargetGroupName']}", targets


def _read_zones(route53: Any) -> Contents:
    zones = [route53.get_hosted_zone(Id=zone["Id"]) for zone in route53.list_hosted_zones()["HostedZones"]]
    yield "HostedZones", [zone["HostedZone"] | {"VPCs": zone.get("VPCs", [])} for zone in zones]
    for zone in zones:
        found = route53.list_resource_record_sets(HostedZoneId=zone["HostedZone"]["Id"])["ResourceRecordSets"]
        yield f"records of {zone['HostedZone']['Name']}", found


def _read_packages(codeartifact: Any) -> Contents:
    domains = codeartifact.list_domains()["domains"]
    yield (
        "Domains",
        [_with_tags_and_policy(codeartifact, domain, "domain", domain=domain["name"]) for domain in domains],
    )
    for domain in domains:
        of = {"domain": domain["name"]}
        names = [item["name"] for item in codeartifact.list_repositories_in_domain(**of)["repositories"]]
        found = [codeartifact.describe_repository(**of, repository=name)["repository"] for name in names]
        yield (
            f"repositories of {domain['name']}",
            [_with_tags_and_policy(codeartifact, item, "repository", **of, repository=item["name"]) for item in found],
        )


def _with_tags_and_policy(codeartifact: Any, item: dict[str, Any], kind: str, **named: str) -> dict[str, Any]:
    try:
        policy = getattr(codeartifact, f"get_{kind}_permissions_policy")(**named)["policy"]["document"]
    except codeartifact.exceptions.ResourceNotFoundException:
        policy = None
    tags = codeartifact.list_tags_for_resource(resourceArn=item["arn"])["tags"]
    # As text, since the order matters and _stable() sorts lists.
    upstreams = " ".join(upstream["repositoryName"] for upstream in item.get("upstreams", []))
    pairs = [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]
    return {**item, "Tags": pairs, "policy": policy, "upstreams": upstreams}


def _read_iam(iam: Any) -> Contents:
    """Read IAM without old versions of policies, which depend on history, and without service-linked roles."""
    wanted = ["Group", "LocalManagedPolicy", "Role", "User"]
    details = iam.get_paginator("get_account_authorization_details").paginate(Filter=wanted).build_full_result()
    longest = {role["RoleName"]: role["MaxSessionDuration"] for role in iam.list_roles()["Roles"]}
    keys = ("Arn", "AssumeRolePolicyDocument", "RolePolicyList", "AttachedManagedPolicies", "PermissionsBoundary")
    yield (
        "roles",
        [
            {key: role.get(key) for key in keys} | {"tags": role["Tags"], "longest": longest[role["RoleName"]]}
            for role in details["RoleDetailList"]
            if not role["Path"].startswith("/aws-service-role/")
        ],
    )
    yield (
        "policies",
        [
            {
                "Arn": policy["Arn"],
                "documents": [each["Document"] for each in policy["PolicyVersionList"] if each["IsDefaultVersion"]],
                "tags": iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"],
            }
            for policy in details["Policies"]
        ],
    )
    yield "groups", details["GroupDetailList"]
    yield "users", [_user(iam, user) for user in details["UserDetailList"]]
    with suppress(iam.exceptions.NoSuchEntityException):
        yield "password-policy", [iam.get_account_password_policy()["PasswordPolicy"]]


def _read_organization(organizations: Any) -> Contents:
    found = [
        policy
        for policy in organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
        if not policy["AwsManaged"]
    ]
    yield (
        "service-control-policies",
        [
            {
                "Name": policy["Name"],
                "Description": policy["Description"],
                "content": organizations.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"],
                "targets": organizations.list_targets_for_policy(PolicyId=policy["Id"])["Targets"],
                "tags": organizations.list_tags_for_resource(ResourceId=policy["Id"])["Tags"],
            }
            for policy in found
        ],
    )


def _user(iam: Any, user: dict[str, Any]) -> dict[str, Any]:
    name = user["UserName"]
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    try:
        password = bool(iam.get_login_profile(UserName=name))
    except iam.exceptions.NoSuchEntityException:
        password = False
    of_key = [[key["AccessKeyId"], key["Status"]] for key in keys]
    ssh_keys = iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"]
    return {**user, "password": password, "keys": of_key, "ssh_keys": ssh_keys}


def _read_functions(functions: Any, scheduler: Any) -> Contents:
    keys = ("FunctionArn", "Runtime", "Handler", "Role", "Timeout", "Environment", "CodeSha256")
    yield (
        "functions",
        [
            {key: function.get(key) for key in keys}
            | {"tags": functions.list_tags(Resource=function["FunctionArn"])["Tags"]}
            for function in functions.list_functions()["Functions"]
        ],
    )
    keys = ("Arn", "Description", "ScheduleExpression", "FlexibleTimeWindow", "State", "Target")
    found = [scheduler.get_schedule(Name=item["Name"]) for item in scheduler.list_schedules()["Schedules"]]
    yield "schedules", [{key: schedule.get(key) for key in keys} for schedule in found]


# The service's prefix in IAM -> its reader, and the boto3 clients that the reader takes.
READERS: dict[str, tuple[Callable[..., Contents], tuple[str, ...]]] = {
    "elasticloadbalancing": (_read_load_balancers, ("elbv2",)),
    "route53": (_read_zones, ("route53",)),
    "codeartifact": (_read_packages, ("codeartifact",)),
    "iam": (_read_iam, ("iam",)),
    "organizations": (_read_organization, ("organizations",)),
    "network-firewall": (read_firewalls, ("network-firewall",)),
    "lambda": (_read_functions, ("lambda", "scheduler")),
    "ecs": (read_ecs, ("ecs",)),
    "athena": (read_queries, ("athena",)),
    "firehose": (read_streams, ("firehose", "logs")),
    "glue": (read_catalog, ("glue",)),
    "kms": (read_keys, ("kms",)),
    "s3": (read_buckets, ("s3",)),
    "ssm": (read_parameters, ("ssm",)),
    "logs": (read_log_groups, ("logs",)),
    "cloudtrail": (read_trails, ("cloudtrail",)),
    "route53profiles": (read_profiles, ("route53profiles",)),
    "dynamodb": (read_tables, ("dynamodb",)),
    "sso": (read_identity_center, ("sso-admin", "identitystore", "account-access")),
}
DESCRIBED = (
    ("describe_vpcs", "Vpcs"),
    ("describe_subnets", "Subnets"),
    ("describe_route_tables", "RouteTables"),
    ("describe_internet_gateways", "InternetGateways"),
    ("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways"),
    ("describe_nat_gateways", "NatGateways"),
    ("describe_addresses", "Addresses"),
    ("describe_security_groups", "SecurityGroups"),
    ("describe_network_acls", "NetworkAcls"),
    ("describe_flow_logs", "FlowLogs"),
    ("describe_transit_gateways", "TransitGateways"),
    ("describe_transit_gateway_attachments", "TransitGatewayAttachments"),
    ("describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
    ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
)
# Keys that hold a resource's own id; the last of them that a resource has is taken.
ID_KEYS = ("Arn", "VpcId", "SubnetId", "RouteTableId", "InternetGatewayId", "NatGatewayId", "AllocationId", "GroupId")
ID_KEYS += (
    "EgressOnlyInternetGatewayId",
    "FlowLogId",
    "TransitGatewayId",
    "TransitGatewayAttachmentId",
    "TransitGatewayRouteTableId",
)
ID_KEYS += ("NetworkAclId", "LoadBalancerArn", "TargetGroupArn", "ServiceId", "VpcEndpointId", "ExclusionId", "arn")
MADE_UP = re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}\b")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Other texts that AWS generates, and what replaces them.
DRAWN_TEXTS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*"), "at some time"),
    (re.compile(r"(elasticloadbalancing:\S+?)(?:/[0-9a-f]{16}\b)+"), r"\1/*"),
    (re.compile(r"-[0-9a-f]{16}(?=\.elb\.)"), "-*"),
    # Amazon's IPv6 CIDRs, of VPCs and of subnets.
    (re.compile(r"\b2400:6500:[0-9a-f:]*?::/(\d+)"), r"amazon::/\1"),
    # Id of an organization's policy.
    (re.compile(r"\bp-[0-9a-z]{8,}\b"), "p-*"),
    # Id of a permission set.
    (re.compile(r"\bps-[0-9a-f]{16}\b"), "ps-*"),
    # Id of a GuardDuty detector.
    (re.compile(r"\b[0-9a-f]{32}\b"), "*"),
    # Ids of hosted zones and of changes in them.
    (re.compile(r"\b(?=[0-9]*[A-Z])[A-Z0-9]{13,32}\b"), "*"),
    # The record by which a private DNS name is verified.
    (re.compile(r"(\b_|\bvpce:)[0-9a-f]{20}\b"), r"\1*"),
    # A label of an endpoint's DNS names.
    (re.compile(r"\b(vpce-[0-9a-f]{17})-[0-9a-f]{8}\b"), r"\1-*"),
)
# Keys whose values AWS generates for each resource, or that depend on time.
DRAWN = ("PublicIp", "PrivateIp", "PrivateIpAddress", "AvailableIpAddressCount", "creationTime", "lastUpdatedTime")
DRAWN += ("lag_seconds", "milliseconds")


def _tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def _over(item: dict[str, Any]) -> bool:
    return any(item.get(key) in OVER for key in ("State", "status", "FlowLogStatus"))


def _named(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    tags = _tags(item)
    if NAME_TAG in tags:
        id_ = next(item[key] for key in reversed(ID_KEYS) if key in item)
        # The name tag of what belongs to one resource, an exclusion say, may be that resource's id.
        name = MADE_UP.sub(r"\1-*", tags[NAME_TAG])
        yield id_, f"{tags.get(OWNER_TAG)} {id_.rpartition('-')[0]} {name}"


def _stable(value: Any, names: dict[str, str]) -> Any:
    """Return the value without what differs between two runs that create the same."""
    if isinstance(value, dict):
        return {_stable(key, names): _stable(item, names) for key, item in value.items() if key not in DRAWN}
    if isinstance(value, list):
        states = ("CidrBlockState", "Ipv6CidrBlockState")
        alive = [
            item for item in value if not (isinstance(item, dict) and any(_over(item.get(key, {})) for key in states))
        ]
        return sorted((_stable(item, names) for item in alive), key=repr)
    if isinstance(value, datetime.datetime):
        return "at some time"
    if isinstance(value, str):
        value = UUID.sub("UUID", value)
        for drawn, instead in DRAWN_TEXTS:
            value = drawn.sub(instead, value)
        return MADE_UP.sub(lambda match: names.get(match[0], f"{match[1]}-*"), value)
    return value


def differences(found: dict[str, list[Any]], wanted: dict[str, list[Any]]) -> list[str]:
    """List what one of two contents() has and the other hasn't, or has less often; "+": found has it, "-": wanted."""
    kinds = sorted({*found, *wanted})
    return [
        f"{sign} {kind}: {item}"
        for kind in kinds
        for sign, ours, others in (("+", found, wanted), ("-", wanted, found))
        for item in ours.get(kind, [])
        if ours[kind].count(item) > others.get(kind, []).count(item)
    ]


def stable(value: Any) -> Any:
    """Return the value without ids and times, to compare two worlds."""
    return _stable(value, {})


Action = Callable[[World], Any]
