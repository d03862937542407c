# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes of load balancers and target groups by type, with their defaults and values.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html and
API_TargetGroupAttribute.html. The texts of errors are not verified, but `The provided target group attribute is not
supported`: hashicorp/terraform-provider-aws, resource aws_lb_target_group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.elbv2.exceptions import InvalidConfigurationRequest, ValidationError

BOOLEAN = ("true", "false")
ALB, NLB, GWLB = "application", "network", "gateway"


@dataclass(frozen=True)
class Attribute:
    """One attribute: its default, the types that have it, and its values: some texts, or a range of numbers."""

    default: str
    kinds: tuple[str, ...]
    values: tuple[str, ...] | range | None = None
    # One more value than those of a range.
    word: str | None = None

    def accepts(self, value: str) -> bool:
        if self.values is None or value == self.word:
            return True
        if isinstance(self.values, range):
            return value.isdigit() and int(value) in self.values
        return value in self.values

    @property
    def accepted(self) -> str:
        if isinstance(self.values, range):
            return f"between '{self.values.start}-{self.values.stop - 1}' inclusive"
        return f"one of [{', '.join(self.values or ())}]"


def _of(kinds: tuple[str, ...], **attributes: tuple[Any, ...]) -> dict[str, Attribute]:
    return {name.replace("__", "."): Attribute(row[0], kinds, *row[1:]) for name, row in attributes.items()}


_switch = ("false", BOOLEAN)
LOAD_BALANCERS = {
    **_of((ALB, NLB, GWLB), deletion_protection__enabled=_switch, load_balancing__cross_zone__enabled=_switch),
    **_of(
        (ALB, NLB),
        access_logs__s3__enabled=_switch,
        access_logs__s3__bucket=("",),
        access_logs__s3__prefix=("",),
        ipv6__deny_all_igw_traffic=_switch,
        zonal_shift__config__enabled=_switch,
    ),
    **_of(
        (ALB,),
        idle_timeout__timeout_seconds=("60", range(1, 4001)),
        client_keep_alive__seconds=("3600", range(60, 604801)),
        connection_logs__s3__enabled=_switch,
        connection_logs__s3__bucket=("",),
        connection_logs__s3__prefix=("",),
        health_check_logs__s3__enabled=_switch,
        health_check_logs__s3__bucket=("",),
        health_check_logs__s3__prefix=("",),
        routing__http__desync_mitigation_mode=("defensive", ("monitor", "defensive", "strictest")),
        routing__http__drop_invalid_header_fields__enabled=_switch,
        routing__http__preserve_host_header__enabled=_switch,
        routing__http__x_amzn_tls_version_and_cipher_suite__enabled=_switch,
        routing__http__xff_client_port__enabled=_switch,
        routing__http__xff_header_processing__mode=("append", ("append", "preserve", "remove")),
        routing__http2__enabled=("true", BOOLEAN),
        waf__fail_open__enabled=_switch,
    ),
    **_of(
        (NLB,),
        dns_record__client_routing_policy=(
            "any_availability_zone",
            ("availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"),
        ),
        secondary_ips__auto_assigned__per_subnet=("0", range(8)),
    ),
}
_health = "target_group_health__"
_FAILOVER = ("no_rebalance", ("rebalance", "no_rebalance"))
_PERCENT, _COUNT = ("off", range(1, 101), "off"), ("1", range(1, 1001), "off")
_COOKIE = ("86400", range(1, 604801))
_ALL = (ALB, NLB, GWLB, "lambda")
TARGET_GROUPS = {
    **_of(_ALL, stickiness__enabled=_switch, stickiness__type=("",)),
    **_of((ALB, NLB, GWLB), deregistration_delay__timeout_seconds=("300", range(3601))),
    **_of(
        (ALB, NLB, "lambda"),
        load_balancing__cross_zone__enabled=(
            "use_load_balancer_configuration",
            (*BOOLEAN, "use_load_balancer_configuration"),
        ),
        **{
            f"{_health}dns_failover__minimum_healthy_targets__count": _COUNT,
            f"{_health}dns_failover__minimum_healthy_targets__percentage": _PERCENT,
            f"{_health}unhealthy_state_routing__minimum_healthy_targets__count": ("1", range(1, 1001)),
            f"{_health}unhealthy_state_routing__minimum_healthy_targets__percentage": _PERCENT,
        },
    ),
    **_of(
        (ALB,),
        load_balancing__algorithm__type=(
            "round_robin",
            ("round_robin", "least_outstanding_requests", "weighted_random"),
        ),
        load_balancing__algorithm__anomaly_mitigation=("off", ("on", "off")),
        slow_start__duration_seconds=("0", range(30, 901), "0"),
        stickiness__app_cookie__cookie_name=("",),
        stickiness__app_cookie__duration_seconds=_COOKIE,
        stickiness__lb_cookie__duration_seconds=_COOKIE,
    ),
    **_of(("lambda",), lambda__multi_value_headers__enabled=_switch),
    **_of(
        (NLB,),
        deregistration_delay__connection_termination__enabled=_switch,
        preserve_client_ip__enabled=("true", BOOLEAN),
        proxy_protocol_v2__enabled=_switch,
        target_health_state__unhealthy__connection_termination__enabled=("true", BOOLEAN),
        target_health_state__unhealthy__draining_interval_seconds=("0", range(360001)),
    ),
    **_of(
        (GWLB,),
        target_failover__on_deregistration=_FAILOVER,
        target_failover__on_unhealthy=_FAILOVER,
        send_tcp_reset__on_unhealthy__enabled=_switch,
        send_tcp_reset__on_deregistration__enabled=_switch,
    ),
}
STICKINESS = {ALB: "lb_cookie", NLB: "source_ip", GWLB: "source_ip_dest_ip_proto", "lambda": "lb_cookie"}


def kind_of(group: Any) -> str:
    """Return which load balancers a target group is for: by its protocol, or "lambda"."""
    if group.target_type == "lambda":
        return "lambda"
    if group.protocol == "GENEVE":
        return GWLB
    return ALB if group.protocol in ("HTTP", "HTTPS") else NLB


def defaults_of_balancer(kind: str, scheme: str | None) -> dict[str, str]:
    found = {key: attribute.default for key, attribute in LOAD_BALANCERS.items() if kind in attribute.kinds}
    if kind == ALB:
        found["load_balancing.cross_zone.enabled"] = "true"
    if scheme == "internal" and kind != GWLB:
        found["ipv6.deny_all_igw_traffic"] = "true"
    return found


def defaults_of_group(group: Any) -> dict[str, str]:
    kind = kind_of(group)
    found = {key: attribute.default for key, attribute in TARGET_GROUPS.items() if kind in attribute.kinds}
    found["stickiness.type"] = STICKINESS[kind]
    udp = group.protocol in ("UDP", "TCP_UDP")
    if kind == NLB:
        found["preserve_client_ip.enabled"] = "false" if group.target_type == "ip" and not udp else "true"
    if udp:
        found["deregistration_delay.connection_termination.enabled"] = "true"
        found["target_health_state.unhealthy.connection_termination.enabled"] = "false"
    return found


def check_balancer(kind: str, given: dict[str, str]) -> None:
    """Raise InvalidConfigurationRequest or ValidationError for attributes that a load balancer of a type can't have."""
    for key, value in given.items():
        attribute = LOAD_BALANCERS.get(key)
        if attribute is None:
            raise ValidationError(f"Load balancer attribute key '{key}' is not recognized")
        if kind not in attribute.kinds:
            raise InvalidConfigurationRequest(
                f"Load balancer attribute key '{key}' is not supported on load balancers with type '{kind}'"
            )
        _check_value("Load balancer", key, attribute, value)
        if (key, kind, value) == ("load_balancing.cross_zone.enabled", ALB, "false"):
            raise InvalidConfigurationRequest("Cross-zone load balancing can't be disabled for type 'application'")
    for logs in ("access_logs", "connection_logs", "health_check_logs"):
        if given.get(f"{logs}.s3.enabled") == "true" and not given.get(f"{logs}.s3.bucket"):
            raise InvalidConfigurationRequest(f"{logs}.s3.bucket is required if the logs are enabled")


def check_group(group: Any, given: dict[str, str]) -> None:
    kind = kind_of(group)
    for key, value in given.items():
        attribute = TARGET_GROUPS.get(key)
        if attribute is None:
            raise ValidationError(f"Target group attribute key '{key}' is not recognized")
        if kind not in attribute.kinds:
            raise InvalidConfigurationRequest("The provided target group attribute is not supported")
        _check_value("Target group", key, attribute, value)
    if group.protocol in ("UDP", "TCP_UDP"):
        for key, refused in (
            ("preserve_client_ip.enabled", "false"),
            ("target_health_state.unhealthy.connection_termination.enabled", "true"),
        ):
            if given.get(key) == refused:
                raise InvalidConfigurationRequest(
                    f"'{refused}' of {key} is not supported for target groups with the {group.protocol} protocol"
                )


def _check_value(what: str, key: str, attribute: Attribute, value: str) -> None:
    if not attribute.accepts(value):
        raise ValidationError(f"{what} attribute '{key}' value '{value}' must be {attribute.accepted}")
