# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Elastic Load Balancing refuses when load balancers, target groups and tags are created or changed.

The conditions: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/, the operations' pages. The texts
are not verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.elbv2.exceptions import ELBClientError, InvalidConfigurationRequest, ValidationError

MOST_TAGS = 50
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
MOST_LISTENERS = 50
HEALTH_PROTOCOLS = ("TCP", "HTTP", "HTTPS")
# Member of the request -> attribute of the target group, as far as a second CreateTargetGroup compares them.
SETTINGS = {
    "protocol": "protocol",
    "port": "port",
    "vpc_id": "vpc_id",
    "target_type": "target_type",
    "healthcheck_protocol": "health_check_protocol",
    "healthcheck_port": "health_check_port",
    "healthcheck_path": "health_check_path",
    "healthcheck_interval_seconds": "health_check_interval_seconds",
    "healthcheck_timeout_seconds": "health_check_timeout_seconds",
    "healthy_threshold_count": "healthy_threshold_count",
    "unhealthy_threshold_count": "unhealthy_threshold_count",
}
OPTIONAL = tuple(SETTINGS)[4:]


def check_mappings(
    kind: str, scheme: str | None, subnet_ids: list[str], mappings: list[dict[str, Any]]
) -> dict[str, str]:
    """Return {subnet id: chosen private address}. Raises for addresses that a load balancer can't have."""
    if subnet_ids and mappings:
        raise ValidationError("You can specify either subnets or subnet mappings, but not both")
    addresses = {each["SubnetId"]: each["PrivateIPv4Address"] for each in mappings if each.get("PrivateIPv4Address")}
    allocated = [each["AllocationId"] for each in mappings if each.get("AllocationId")]
    if addresses and (kind, scheme) != ("network", "internal"):
        # API_SubnetMapping: "[Network Load Balancers] The private IPv4 address for an internal load balancer."
        raise InvalidConfigurationRequest(
            "Private IP addresses can be specified for internal load balancers of type 'network'"
        )
    if allocated and (kind, scheme) != ("network", "internet-facing"):
        raise InvalidConfigurationRequest(
            "Elastic IP addresses can be specified for internet-facing load balancers of type 'network'"
        )
    if len(set(allocated)) < len(allocated):
        # Neither code nor text is verified.
        raise ValidationError("An allocation ID can be specified for one subnet only")
    if any(each.get("IPv6Address") or each.get("SourceNatIpv6Prefix") for each in mappings):
        raise NotImplementedError("IPv6Address and SourceNatIpv6Prefix of SubnetMappings")
    return addresses


def usable_groups(ec2_backend: Any, kind: str, vpc_id: str, group_ids: list[str]) -> list[str]:
    """Return the groups of a load balancer: the given ones, or for an Application Load Balancer the VPC's default."""
    if kind == "gateway" and group_ids:
        raise ungrouped(kind)
    for group_id in group_ids:
        group = ec2_backend.get_security_group_from_id(group_id)
        if group is None:
            raise ELBClientError("InvalidSecurityGroup", f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise InvalidConfigurationRequest("One or more security groups are invalid")
    if group_ids or kind != "application":
        return list(dict.fromkeys(group_ids))
    return [group.id for group in ec2_backend.groups[vpc_id].values() if group.is_default]


def ungrouped(kind: str) -> InvalidConfigurationRequest:
    """Return the refusal of security groups: SetSecurityGroups, for a Network Load Balancer created without any."""
    if kind == "gateway":
        return InvalidConfigurationRequest("Security groups are not supported for load balancers with type 'gateway'")
    return InvalidConfigurationRequest(
        "Security groups can't be set on a load balancer of type 'network' that was created without any"
    )


def check_target_group(options: dict[str, Any]) -> None:
    protocol, kind = options.get("protocol"), options.get("target_type")
    if kind == "alb" and protocol not in ("TCP", "TLS", None):
        raise InvalidConfigurationRequest(f"The protocol '{protocol}' is not supported for the target type 'alb'")
    if protocol == "GENEVE" and options.get("port") not in (6081, None):
        raise ValidationError("The port of a target group with the protocol 'GENEVE' must be 6081")
    health = options.get("healthcheck_protocol")
    if health and health not in HEALTH_PROTOCOLS:
        raise ValidationError(f"Health check protocol '{health}' must be one of [{', '.join(HEALTH_PROTOCOLS)}]")
    if protocol in ("HTTP", "HTTPS") and health == "TCP":
        raise ValidationError("Health check protocol 'TCP' must be one of [HTTP, HTTPS]")


def is_same_group(known: Any, options: dict[str, Any]) -> bool:
    """Return true if a second CreateTargetGroup asks for what the group is; what it doesn't name is the same."""
    return all(
        str(getattr(known, attribute)) == str(options.get(member))
        for member, attribute in SETTINGS.items()
        if member not in OPTIONAL or options.get(member) is not None
    )


def check_group_of_listener(balancer: Any, group: Any, used_by: Iterable[str]) -> None:
    """Raise if a target group is of another VPC, or behind another load balancer (TargetGroupAssociationLimit)."""
    others = [arn for arn in used_by if arn != balancer.arn]
    if others:
        raise ELBClientError(
            "TargetGroupAssociationLimit",
            f"The following target groups cannot be associated with more than one load balancer: {group.arn}",
        )
    if group.vpc_id and group.vpc_id != balancer.vpc_id:
        raise InvalidConfigurationRequest(
            f"The target group '{group.arn}' is in another VPC than the load balancer '{balancer.arn}'"
        )


def check_insecure(protocol: str, ssl_policy: str | None, certificates: Any) -> None:
    """Raise for a policy or a certificate of a listener whose protocol has neither."""
    for given, called in ((certificates, "certificate"), (ssl_policy, "SSL policy")):
        if given:
            article = "An" if called == "SSL policy" else "A"
            raise ValidationError(f"{article} {called} cannot be specified for {protocol} listeners")


def check_new_tags(tags: list[dict[str, str]] | None, present: dict[str, str] | None = None) -> None:
    """Raise DuplicateTagKeys, TooManyTags or ValidationError: AddTags."""
    keys = [tag["Key"] for tag in tags or []]
    if any(key.lower().startswith("aws:") for key in keys):
        raise ValidationError("Tag keys that start with 'aws:' are reserved for system use")
    if len(set(keys)) < len(keys):
        raise ELBClientError("DuplicateTagKeys", "A tag key was specified more than once")
    if len({*(present or {}), *keys}) > MOST_TAGS:
        raise ELBClientError("TooManyTags", "You've reached the limit on the number of tags per resource")
