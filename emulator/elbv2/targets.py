# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Targets of a target group and their health.

No health check runs: a target is healthy some time after its registration, unless `/_emulator/settings` says otherwise:
{"target_health": {"10.20.0.10": "unhealthy", "10.20.0.11:8443": "initial"}}, by target id or id:port.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from moto.elbv2.exceptions import ELBClientError, InvalidTargetError, TargetNotRunning, ValidationError

from emulator.transitions import StateClock, Transition

# Target id or id:port -> health state.
health_told: dict[str, str] = {}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
REASONS = {
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}
UNUSED = ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
NOT_REGISTERED = ("Target.NotRegistered", "Target is not registered to the target group")
STOPPED = ("Target.InvalidState", "Target is in the stopped state")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html, target type ip
OUTSIDE = [ip_network(block) for block in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")]


@dataclass
class Target:
    id: str
    port: int
    zone: str | None

    state = StateClock("target")

    def __post_init__(self) -> None:
        self.state = Transition("initial", "healthy")

    def deregister(self) -> None:
        self.state = Transition("draining", "gone")

    def item(self) -> dict[str, Any]:
        item: dict[str, Any] = {"Id": self.id, "Port": self.port}
        return item | ({"AvailabilityZone": self.zone} if self.zone else {})

    def health(self, in_use: bool, stopped: bool) -> dict[str, str]:
        if stopped:
            return _health("unused", STOPPED)
        if not in_use:
            return _health("unused", UNUSED)
        state = self.state
        if state != "draining":
            state = health_told.get(f"{self.id}:{self.port}", health_told.get(self.id, state))
        return _health(state, REASONS.get(state))


def draining() -> dict[str, str]:
    return _health("draining", REASONS["draining"])


def unregistered() -> dict[str, str]:
    return _health("unused", NOT_REGISTERED)


def _health(state: str, reason: tuple[str, str] | None) -> dict[str, str]:
    return {"State": state} | ({"Reason": reason[0], "Description": reason[1]} if reason else {})


def check_target(backend: Any, group: Any, target: dict[str, Any]) -> None:
    """Raise an error for a target that AWS refuses to register.

    The conditions are documented (RegisterTargets, load-balancer-target-groups.html), texts other than moto's are not
    verified.
    """
    target_id = target["Id"]
    if group.target_type == "instance":
        instance = backend.ec2_backend.get_instance_by_id(target_id)
        if instance is None:
            raise ELBClientError("InvalidTarget", f"The following targets do not exist: '{target_id}'")
        if instance.state != "running":
            raise TargetNotRunning(instance_id=target_id)
        if instance.vpc_id != group.vpc_id:
            raise InvalidTargetError()
    elif group.target_type == "alb":
        balancer = backend.load_balancers.get(target_id)
        if balancer is None or balancer.type != "application" or balancer.vpc_id != group.vpc_id:
            raise InvalidTargetError()
    elif group.target_type == "ip":
        _check_address(backend, group, target)


def _check_address(backend: Any, group: Any, target: dict[str, Any]) -> None:
    try:
        address = ip_address(target["Id"])
    except ValueError:
        raise ValidationError(f"The IP address '{target['Id']}' is not a valid IPv4 address") from None
    blocks = backend.ec2_backend.vpcs[group.vpc_id].get_cidr_block_association_set()
    if any(address in ip_network(block["cidr_block"]) for block in blocks):
        return
    if not any(address in block for block in OUTSIDE if block.version == address.version):
        raise ValidationError(f"The IP address '{address}' is not within a supported range")
    if target.get("AvailabilityZone") != "all":
        raise ValidationError(f"You must specify the Availability Zone 'all' for the IP address '{address}'")
