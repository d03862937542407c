# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of names and ids as AWS writes them, before any call. Each check raises Invalid; most return nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, ip_network
from typing import Any

from ..._core.errors import Invalid
from .cidrs import parse_either

# Pattern of a path and a name in IAM; what follows it counts the name's characters: {1,64}.
IN_IAM = r"([\w+=,.@-]+/)*[\w+=,.@-]"


def _require(pattern: str, option: str, value: Any, problem: str, expected: str) -> None:
    # ASCII: otherwise \w and \d match letters and digits of all scripts, which AWS's patterns don't.
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise Invalid(option, value, problem, expected)


def name(option: str, value: Any) -> None:
    """Check a name that goes into tags (AWS: letters, digits, spaces and + - = . _ : / @).

    No ``*`` and ``?``: modules find resources by filters on these tags, and both are wildcards in a filter (EC2:
    "Filtering"). No ``:`` and ``/``: they separate the parts of composed names.
    """
    expected = "1 to 128 letters, digits, spaces or ._+=@-, the first and the last a letter or a digit"
    _require(r"(?=.{1,128}$)[A-Za-z0-9]([A-Za-z0-9 ._+=@-]*[A-Za-z0-9])?", option, value, "is no name", expected)


def tier(option: str, value: Any) -> None:
    """Check the name of a tier. No dot: it separates tier and AZ in the names of subnets and route tables."""
    expected = "1 to 64 letters, digits, _ or -, the first a letter, such as app"
    _require(r"[A-Za-z][A-Za-z0-9_-]{0,63}", option, value, "is no name of a tier", expected)


def az_id(option: str, value: Any) -> None:
    """Check an AZ id: ``euc1-az1``, or of a Local or Wavelength Zone ``usw2-lax1-az1``, ``usw2-wl1-las-wlz1``."""
    problem = "is no AZ id"
    if isinstance(value, str) and re.fullmatch(r"[a-z]{2}(-[a-z0-9]+)+-\d+[a-z]", value):
        problem = "is the name of an AZ, which is another place in another account"
    expected = "an AZ id such as euc1-az1 (aws ec2 describe-availability-zones shows them as ZoneId)"
    _require(r"[a-z]+\d+-([a-z0-9]+-)*(az|wlz)\d+", option, value, problem, expected)


def account_id(option: str, value: Any) -> None:
    _require(r"[0-9]{12}", option, value, "is no AWS account id", "12 digits, in quotes (YAML drops leading zeros)")


def resource_id(option: str, value: Any, prefix: str) -> None:
    """Check an EC2 id such as ``vpc-0123456789abcdef0``; prefix: ``vpc``."""
    _require(
        rf"{prefix}-[0-9a-f]+", option, value, f"is no id of a {prefix}", f"one such as {prefix}-0123456789abcdef0"
    )


def arn(option: str, value: Any, rest: str, example: str) -> None:
    """Check an ARN of any partition; rest: pattern of what follows ``arn:aws:``."""
    _require(rf"arn:aws[\w-]*:{rest}", option, value, "is no such ARN", f"one such as {example}")


def role_arn(option: str, value: Any) -> None:
    """Check the ARN of one role: no wildcard."""
    arn(option, value, f"iam::[0-9]{{12}}:role/{IN_IAM}{{1,64}}", "arn:aws:iam::111111111111:role/NAME")


def kms_key(option: str, value: Any) -> None:
    """Check the ARN of a KMS key: no alias, which can come to name another key."""
    arn(option, value, r"kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+", "arn:aws:kms:eu-central-1:111111111111:key/ID")


def rule_group(option: str, value: Any) -> None:
    """Check a managed rule group of Network Firewall, by name or ARN (API_CreateRuleGroup). Raises Invalid."""
    name_ = "[A-Za-z0-9-]{1,128}"
    arn_ = rf"arn:aws[a-z-]*:network-firewall:[a-z0-9-]+:[a-z0-9-]+:stateful-rulegroup/{name_}"
    _require(
        f"{name_}|{arn_}", option, value, "is no managed rule group", "a name such as ThreatSignaturesDoSStrictOrder"
    )


def managed_policy(option: str, value: Any, account: str) -> None:
    """Check the ARN of a managed policy of AWS or this account: AttachRolePolicy accepts no other, and no wildcard."""
    example = "arn:aws:iam::aws:policy/SecurityAudit"
    arn(option, value, f"iam::(aws|[0-9]{{12}}):policy/{IN_IAM}{{1,128}}", example)
    owner = value.split(":")[4]
    if owner not in ("aws", account):
        raise Invalid(option, value, f"is a policy of account {owner}", f"one of AWS or of account_id {account}")


def break_glass(option: str, value: Any) -> None:
    """Check the ARN of one principal.

    No wildcard: ArnNotEquals accepts them (IAM: "ARN condition operators"), and one would exempt many principals.
    """
    rest = f"iam::[0-9]{{12}}:(root|(role|user)/{IN_IAM}{{1,64}})"
    arn(option, value, rest, "arn:aws:iam::444444444444:role/break-glass")


def guard_name(option: str, value: Any) -> None:
    """Check a guard's name, a part of the names of IAM policies, roles, Lambda functions (64) and schedules (64)."""
    expected = "1 to 40 letters, digits, _ or -, such as production"
    _require(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", option, value, "is no name of a guard", expected)


def iam_path(option: str, value: Any) -> None:
    """Check an IAM path such as ``/pci/``; not ``/``, under which all roles are."""
    expected = "one that begins and ends with a slash and is more than that, such as /pci/"
    _require(r"/([\w+=,.@-]+/)+", option, value, "is no IAM path", expected)


def iam_name(option: str, value: Any) -> None:
    """Check the name of a user or role, with its path if any; no wildcard ("IAM and AWS STS quotas")."""
    expected = "a name such as ann, or with its path such as pci/ann"
    _require(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", option, value, "is no name in IAM", expected)


def iam_short_name(option: str, value: Any) -> None:
    """Check the name of a group or user without its path, or a policy's prefix ("IAM and AWS STS quotas")."""
    _require(r"[\w+=,.@-]{1,64}", option, value, "is no name in IAM", "1 to 64 letters, digits or _+=,.@-")


def passable_role(option: str, value: Any, guarded: str) -> None:
    """Check the name of a role, with path and wildcards: it begins with none, and isn't under the guarded path."""
    _require(r"[\w+=,.@-][\w+=,.@*?/-]*", option, value, "could be any role", "a name, or a path such as app/*")
    if f"/{value}".startswith(guarded):
        raise Invalid(option, value, f"is under {guarded}, and nobody passes a role of the guard", "another role")


def organizational_unit(option: str, value: Any) -> None:
    # Patterns of the Organizations API: OrganizationalUnit.Arn.
    rest = r"organizations::\d{12}:ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
    arn(option, value, rest, "arn:aws:organizations::111111111111:ou/o-abcdefghij/ou-abcd-abcdefgh")


def organization(option: str, value: Any) -> None:
    # Organizations API: Organization.Id.
    _require(r"o-[a-z0-9]{10,32}", option, value, "is no id of an organization", "one such as o-abcdefghij")


def cluster(option: str, value: Any) -> None:
    """Check the name or ARN of an ECS cluster (ECS API: CreateCluster)."""
    expected = "1 to 255 letters, digits, _ or -, or an ARN such as arn:aws:ecs:eu-central-1:111111111111:cluster/NAME"
    pattern = r"(arn:aws[\w-]*:ecs:[a-z0-9-]+:\d{12}:cluster/)?[A-Za-z0-9_-]{1,255}"
    _require(pattern, option, value, "is no cluster of ECS", expected)


def workload(option: str, value: Any) -> None:
    """Check the name, id or ARN of a workload in AWS."""
    _require(r"[\w:/.+=,@-]+", option, value, "names no workload", "a name, an id or an ARN")


def aws_service(option: str, value: Any) -> None:
    """Check the last part of the name of one of AWS's endpoint services: NAME in com.amazonaws.REGION.NAME."""
    expected = "lower case letters, digits, . or -, such as ecr.api"
    _require(r"[a-z0-9]([a-z0-9.-]{0,126}[a-z0-9])?", option, value, "is no AWS service", expected)


def health_check_path(option: str, value: Any) -> None:
    """Check the path of a health check (Elastic Load Balancing API, CreateTargetGroup: HealthCheckPath)."""
    expected = "one that begins with a slash, without spaces, 1024 characters at most, such as /health"
    _require(r"/[!-~]{0,1023}", option, value, "is no path of a URL", expected)


def package_domain(option: str, value: Any) -> None:
    # CodeArtifact API: CreateDomain.
    expected = "2 to 50 lower case letters, digits or -, the first a letter and the last no -, such as packages"
    _require(r"[a-z][a-z0-9-]{0,48}[a-z0-9]", option, value, "is no name of a domain", expected)


def package_repository(option: str, value: Any) -> None:
    # CodeArtifact API: CreateRepository.
    expected = "2 to 100 letters, digits or ._-, the first a letter or a digit, such as python"
    _require(r"[A-Za-z0-9][A-Za-z0-9._-]{1,99}", option, value, "is no name of a repository", expected)


def bucket(option: str, value: Any) -> None:
    # "General purpose bucket naming rules", without the rarer ones.
    expected = "3 to 63 lower case letters, digits, . or -, such as packages-of-example"
    _require(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", option, value, "is no name of a bucket", expected)


def policy_target(option: str, value: Any) -> None:
    """Check AttachPolicy's TargetId: a root, an account or an organizational unit."""
    pattern = r"r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
    _require(
        pattern, option, value, "is nothing to attach a policy to", "an id such as 444444444444 or ou-abcd-abcdefgh"
    )


def principal(option: str, value: Any) -> str | None:
    """Return the account id of a principal that an endpoint service may permit, or None for an AWS service.

    A principal is an account, a role or user without path, or an AWS service by its service principal ("ARNs for AWS
    principals", Configure an endpoint service; PrincipalType of AllowedPrincipal).
    """
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.(com|com\.cn|eu)", value):
        return None
    rest = r"iam::\d{12}:(root|(role|user)/[\w+=,.@-]+)"
    arn(
        option,
        value,
        rest,
        "arn:aws:iam::111111111111:root, arn:aws:iam::111111111111:role/NAME or SERVICE.amazonaws.com",
    )
    return str(value.split(":")[4])


def network_load_balancer(option: str, value: Any) -> None:
    rest = r"elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/net/[A-Za-z0-9-]+/[0-9a-f]+"
    example = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/net/NAME/0123456789abcdef"
    arn(option, value, rest, example)


def target(option: str, value: Any, target_type: str) -> None:
    """Check a target: an IPv4 address, an instance id or an Application Load Balancer's ARN (RegisterTargets)."""
    if target_type == "ip":
        try:
            IPv4Address(value)
        except ValueError:
            raise Invalid(option, value, "is no IPv4 address", "one such as 10.20.0.10") from None
    elif target_type == "instance":
        resource_id(option, value, "i")
    else:
        rest = r"elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/app/[A-Za-z0-9-]+/[0-9a-f]+"
        example = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/app/NAME/0123456789abcdef"
        arn(option, value, rest, example)


def domain(option: str, value: Any) -> None:
    """Check a DNS name of at least two labels (RFC 1035), in lower case; its first label may be a wildcard."""
    label = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
    expected = "a name in lower case, such as api.example.com"
    _require(rf"(?=.{{1,255}}$)(\*\.)?({label}\.)+{label}", option, value, "is no DNS name", expected)


def hosted_zone(option: str, value: Any) -> None:
    _require(r"[A-Z0-9]{1,32}", option, value, "is no id of a hosted zone", "one such as Z0123456789ABCDEFGHIJ")


# Prefixes of names of endpoint services, by the beginning of the region's name: the reversed DNS suffix of the
# partition, as in aws-cdk's region-info (VPC_ENDPOINT_SERVICE_NAME_PREFIX) and as users in China use it. The suffixes
# are those of botocore's partitions.json.
SERVICE_PREFIXES = {
    "cn-": "cn.com.amazonaws",
    "eusc-": "eu.amazonaws",
    "us-iso-": "gov.ic.c2s",
    "us-isob-": "gov.sgov.sc2s",
    "eu-isoe-": "uk.adc-e.cloud",
    "us-isof-": "gov.ic.hci.csp",
}


def service_prefix(region: str) -> str:
    """Return the prefix of endpoint service names in a region: com.amazonaws, or that of the region's partition."""
    found = (prefix for start, prefix in SERVICE_PREFIXES.items() if region.startswith(start))
    return next(found, "com.amazonaws")


def service_name(option: str, value: Any) -> str:
    """Return the region of an endpoint service, by its name in DescribeVpcEndpointServices; not one of AWS's own."""
    pattern = r"([a-z0-9.-]+)\.vpce\.([a-z0-9-]+)\.vpce-svc-[0-9a-f]+"
    found = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if not found or found[1] != service_prefix(found[2]):
        where = found[2] if found else "eu-central-1"
        expected = f"one such as {service_prefix(where)}.vpce.{where}.vpce-svc-0123456789abcdef0"
        raise Invalid(option, value, "is no endpoint service", expected)
    return found[2]


def region(option: str, value: Any) -> None:
    _require(r"[a-z]{2,}(-[a-z]+)+-\d+", option, value, "is no AWS region", "one such as eu-central-1")


def amazon_side_asn(option: str, value: int) -> None:
    """Check TransitGatewayRequestOptions.AmazonSideAsn: a private ASN of 16 or 32 bits."""
    if not (64512 <= value <= 65534 or 4200000000 <= value <= 4294967294):
        raise Invalid(option, value, "is no private ASN", "64512 to 65534 or 4200000000 to 4294967294")


def destination(option: str, value: Any, prefixes: tuple[str, ...] = ("pl",)) -> None:
    """Check a route's destination: an IPv4 or IPv6 CIDR, or an id with one of the prefixes (pl: a prefix list)."""
    for prefix in prefixes:
        if isinstance(value, str) and value.startswith(f"{prefix}-"):
            return resource_id(option, value, prefix)
    parse_either(option, value)


def cidr(option: str, value: Any) -> None:
    """Check an IPv4 or IPv6 CIDR, as AWS writes it."""
    try:
        ip_network(value)
    except ValueError:
        raise Invalid(option, value, "is no CIDR", "one such as 10.1.0.0/16") from None


def route_targets(option: str, values: Iterable[Any]) -> None:
    """Check targets of routes, or peering connections: ids (the ARN of a core network)."""
    expected = "an id such as pcx-0123456789abcdef0 or vgw-0123456789abcdef0"
    for index, value in enumerate(values):
        where = f"{option}[{index}]"
        _require(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}|arn:aws[\w-]*:\S+", where, value, "is nothing to route to", expected)


def existing_vpc(option: str, selector: Mapping[str, Any]) -> None:
    """Check vpc_id and vpc_name, of which either may be None; option: their prefix."""
    if selector["vpc_id"] is not None:
        resource_id(f"{option}vpc_id", selector["vpc_id"], "vpc")
    if selector["vpc_name"] is not None:
        name(f"{option}vpc_name", selector["vpc_name"])


def subnet_ids(option: str, ids: Any, vpc_id: str | None) -> None:
    """Check the subnet ids of an attachment, which need the VPC's id; None: the subnets of a tier."""
    if ids is None:
        return
    if vpc_id is None:
        raise Invalid(option, ids, "are subnets of no VPC", "vpc_id with them")
    if not isinstance(ids, list) or not ids:
        raise Invalid(option, ids, "names no subnet", "one in each availability zone")
    for index, id_ in enumerate(ids):
        resource_id(f"{option}[{index}]", id_, "subnet")
    distinct(((f"{option}[{index}]", id_) for index, id_ in enumerate(ids)), "is there twice", "each subnet once")


def attached_vpc(option: str, attachment: Mapping[str, Any]) -> None:
    """Check the options of the VPC's side of an attachment; option: their prefix."""
    existing_vpc(option, attachment)
    tier(f"{option}attachment_tier", attachment["attachment_tier"])
    subnet_ids(f"{option}attachment_subnet_ids", attachment["attachment_subnet_ids"], attachment["vpc_id"])
    for index, tier_name in enumerate(attachment["tiers"]):
        tier(f"{option}tiers[{index}]", tier_name)
    for index, wanted in enumerate(attachment["destinations"]):
        destination(f"{option}destinations[{index}]", wanted)
    if attachment["destinations"] and not attachment["tiers"]:
        raise Invalid(
            f"{option}tiers", [], "gives no route table a route to destinations", "at least one tier, such as app"
        )


def flow_logs(option: str, declared: Mapping[str, Any]) -> None:
    """Check the ARNs of flow logs: the destination, an S3 bucket or a CloudWatch log group, and the role."""
    where = f"{option}.destination"
    if declared["destination_type"] == "s3":
        arn(where, declared["destination"], r"s3:::[a-z0-9.-]+(/.*)?", "arn:aws:s3:::bucket/folder")
    else:
        example = "arn:aws:logs:eu-central-1:111111111111:log-group:name"
        arn(where, declared["destination"], r"logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+(:\*)?", example)
    if declared["role_arn"] is not None:
        role_arn(f"{option}.role_arn", declared["role_arn"])


def distinct(values: Iterable[tuple[str, Any]], problem: str, expected: str) -> None:
    """Raise Invalid for the first repeated value. values: pairs (option, value); None may be repeated."""
    seen: set[Any] = set()
    for option, value in values:
        if value is not None and value in seen:
            raise Invalid(option, value, problem, expected)
        seen.add(value)
