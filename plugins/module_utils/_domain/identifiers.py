# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and ids as AWS writes them, checked before any call. Each function raises Invalid and returns nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.cidr_plan import parse_either
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid


def _require(pattern: str, option: str, value: Any, problem: str, expected: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Invalid(option, value, problem, expected)


def name(option: str, value: Any) -> None:
    """A name that goes into tags (AWS: letters, digits, spaces and + - = . _ : / @). No ``*`` and ``?``: things are
    found by filtering for these tags, and a filter takes both as wildcards (EC2: "Filtering"). No ``:`` and ``/``:
    they part what is put together from names.
    """
    expected = "1 to 128 letters, digits, spaces or ._+=@-, the first and the last a letter or a digit"
    _require(r"(?=.{1,128}$)[A-Za-z0-9]([A-Za-z0-9 ._+=@-]*[A-Za-z0-9])?", option, value, "is no name", expected)


def tier(option: str, value: Any) -> None:
    """The name of a tier. No dot: it parts tier and AZ in the names of subnets and route tables."""
    expected = "1 to 64 letters, digits, _ or -, the first a letter, such as app"
    _require(r"[A-Za-z][A-Za-z0-9_-]{0,63}", option, value, "is no name of a tier", expected)


def az_id(option: str, value: Any) -> None:
    """``euc1-az1``, or of a Local or Wavelength Zone ``usw2-lax1-az1``, ``usw2-wl1-las-wlz1``."""
    problem = "is no AZ id"
    if isinstance(value, str) and re.fullmatch(r"[a-z]{2}(-[a-z0-9]+)+-\d+[a-z]", value):
        problem = "is the name of an AZ, which is another place in another account"
    expected = "an AZ id such as euc1-az1 (aws ec2 describe-availability-zones shows them as ZoneId)"
    _require(r"[a-z]+\d+-([a-z0-9]+-)*(az|wlz)\d+", option, value, problem, expected)


def account_id(option: str, value: Any) -> None:
    _require(r"[0-9]{12}", option, value, "is no AWS account id", "12 digits, in quotes (YAML drops leading zeros)")


def resource_id(option: str, value: Any, prefix: str) -> None:
    """An EC2 id, ``vpc-0123456789abcdef0``."""
    _require(
        rf"{prefix}-[0-9a-f]+", option, value, f"is no id of a {prefix}", f"one such as {prefix}-0123456789abcdef0"
    )


def arn(option: str, value: Any, rest: str, example: str) -> None:
    """An ARN of any partition; rest: pattern of what follows ``arn:aws:``."""
    _require(rf"arn:aws[\w-]*:{rest}", option, value, "is no such ARN", f"one such as {example}")


def guard_name(option: str, value: Any) -> None:
    """A name that goes into those of IAM policies, roles, Lambda functions (64) and schedules (64)."""
    expected = "1 to 40 letters, digits, _ or -, such as production"
    _require(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", option, value, "is no name of a guard", expected)


def iam_path(option: str, value: Any) -> None:
    """``/pci/``; not ``/``, under which everybody's roles are."""
    expected = "one that begins and ends with a slash and is more than that, such as /pci/"
    _require(r"/([\w+=,.@-]+/)+", option, value, "is no IAM path", expected)


def iam_name(option: str, value: Any) -> None:
    """The name of a user or role, after its path where it has one; no wildcard ("IAM and AWS STS quotas")."""
    expected = "a name such as ann, or with its path such as pci/ann"
    _require(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", option, value, "is no name in IAM", expected)


def iam_short_name(option: str, value: Any) -> None:
    """The name of a group or user without its path, or the beginning of a policy's ("IAM and AWS STS quotas")."""
    _require(r"[\w+=,.@-]{1,64}", option, value, "is no name in IAM", "1 to 64 letters, digits or _+=,.@-")


def organizational_unit(option: str, value: Any) -> None:
    # Patterns of the Organizations API: OrganizationalUnit.Arn.
    rest = r"organizations::\d{12}:ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
    arn(option, value, rest, "arn:aws:organizations::111111111111:ou/o-abcdefghij/ou-abcd-abcdefgh")


def organization(option: str, value: Any) -> None:
    # Organizations API: Organization.Id.
    _require(r"o-[a-z0-9]{10,32}", option, value, "is no id of an organization", "one such as o-abcdefghij")


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
    """AttachPolicy's TargetId: a root, an account or an organizational unit."""
    pattern = r"r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
    _require(
        pattern, option, value, "is nothing to attach a policy to", "an id such as 444444444444 or ou-abcd-abcdefgh"
    )


def principal(option: str, value: Any) -> None:
    """An account, role or user that an endpoint service may permit; no paths (ModifyVpcEndpointServicePermissions)."""
    rest = r"iam::\d{12}:(root|(role|user)/[\w+=,.@-]+)"
    arn(option, value, rest, "arn:aws:iam::111111111111:root or arn:aws:iam::111111111111:role/NAME")


def network_load_balancer(option: str, value: Any) -> None:
    rest = r"elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/net/[A-Za-z0-9-]+/[0-9a-f]+"
    example = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/net/NAME/0123456789abcdef"
    arn(option, value, rest, example)


def target(option: str, value: Any, target_type: str) -> None:
    """A target of a target group: an IPv4 address, an instance or an Application Load Balancer (RegisterTargets)."""
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
    """A DNS name of at least two labels (RFC 1035), in lower case; a wildcard may be its first label."""
    label = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
    expected = "a name in lower case, such as api.example.com"
    _require(rf"(?=.{{1,255}}$)(\*\.)?({label}\.)+{label}", option, value, "is no DNS name", expected)


def hosted_zone(option: str, value: Any) -> None:
    _require(r"[A-Z0-9]{1,32}", option, value, "is no id of a hosted zone", "one such as Z0123456789ABCDEFGHIJ")


def service_name(option: str, value: Any) -> None:
    """As DescribeVpcEndpointServices has it; of another account's service, not one of AWS's own."""
    expected = "one such as com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
    _require(r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]+", option, value, "is no endpoint service", expected)


def region(option: str, value: Any) -> None:
    _require(r"[a-z]{2,}(-[a-z]+)+-\d+", option, value, "is no AWS region", "one such as eu-central-1")


def amazon_side_asn(option: str, value: int) -> None:
    """TransitGatewayRequestOptions.AmazonSideAsn: a private ASN of 16 or 32 bits."""
    if not (64512 <= value <= 65534 or 4200000000 <= value <= 4294967294):
        raise Invalid(option, value, "is no private ASN", "64512 to 65534 or 4200000000 to 4294967294")


def destination(option: str, value: Any, prefixes: tuple[str, ...] = ("pl",)) -> None:
    """An IPv4 or IPv6 CIDR, or the id of a managed prefix list; of what else, prefixes says."""
    for prefix in prefixes:
        if isinstance(value, str) and value.startswith(f"{prefix}-"):
            return resource_id(option, value, prefix)
    parse_either(option, value)


def existing_vpc(option: str, selector: Mapping[str, Any]) -> None:
    """vpc_id and vpc_name, of which either may be None; option: their prefix."""
    if selector["vpc_id"] is not None:
        resource_id(f"{option}vpc_id", selector["vpc_id"], "vpc")
    if selector["vpc_name"] is not None:
        name(f"{option}vpc_name", selector["vpc_name"])


def attached_vpc(option: str, attachment: Mapping[str, Any]) -> None:
    """The options of a VPC's own side of an attachment; option: their prefix."""
    existing_vpc(option, attachment)
    tier(f"{option}attachment_tier", attachment["attachment_tier"])
    for index, tier_name in enumerate(attachment["tiers"]):
        tier(f"{option}tiers[{index}]", tier_name)
    for index, wanted in enumerate(attachment["destinations"]):
        destination(f"{option}destinations[{index}]", wanted)
    if attachment["destinations"] and not attachment["tiers"]:
        raise Invalid(
            f"{option}tiers", [], "gives no route table a route to destinations", "at least one tier, such as app"
        )


def flow_logs(option: str, declared: Mapping[str, Any]) -> None:
    """Where CreateFlowLogs delivers to: an S3 bucket or a CloudWatch log group, by ARN."""
    where = f"{option}.destination"
    if declared["destination_type"] == "s3":
        arn(where, declared["destination"], r"s3:::[a-z0-9.-]+(/.*)?", "arn:aws:s3:::bucket/folder")
    else:
        example = "arn:aws:logs:eu-central-1:111111111111:log-group:name"
        arn(where, declared["destination"], r"logs:[a-z0-9-]+:\d{12}:log-group:[^:]+(:\*)?", example)
    if declared["role_arn"] is not None:
        arn(f"{option}.role_arn", declared["role_arn"], r"iam::\d{12}:role/.+", "arn:aws:iam::111111111111:role/name")


def distinct(values: Iterable[tuple[str, Any]], problem: str, expected: str) -> None:
    """values: (option, value); None says nothing and may be repeated."""
    seen: set[Any] = set()
    for option, value in values:
        if value is not None and value in seen:
            raise Invalid(option, value, problem, expected)
        seen.add(value)
