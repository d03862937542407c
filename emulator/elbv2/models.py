# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers, listeners and target groups of one account and region: moto's, changed where AWS behaves differently.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/: CreateLoadBalancer, CreateTargetGroup and
CreateListener are idempotent, DeleteLoadBalancer succeeds if the load balancer doesn't exist.
"""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.elbv2.exceptions import (
    DuplicateListenerError,
    ELBClientError,
    InvalidConfigurationRequest,
    LoadBalancerNotFoundError,
    TargetGroupNotFoundError,
    ValidationError,
)
from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer, FakeTargetGroup
from moto.moto_api._internal import mock_random

from emulator.elbv2.attributes import check_balancer, check_group, defaults_of_group
from emulator.elbv2.balancers import LoadBalancer, elastic_of, need_addresses
from emulator.elbv2.rules import (
    MOST_LISTENERS,
    check_group_of_listener,
    check_insecure,
    check_mappings,
    check_new_tags,
    check_target_group,
    is_same_group,
    ungrouped,
    usable_groups,
)
from emulator.elbv2.targets import Target, check_target, draining

DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
ARN_WORDS = {"network": "net", "application": "app", "gateway": "gwy"}
# Listener protocol -> protocols of target groups behind it:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html#target-group-routing-configuration
GROUP_PROTOCOLS = {
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?")


class Elbv2Backend(ELBv2Backend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        # Target group ARN -> (id, port) -> target.
        self.targets: dict[str, dict[tuple[str, int], Target]] = {}

    # Load balancers

    def create_load_balancer(  # type: ignore[override]
        self,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: list[dict[str, str]] | None = None,
        scheme: str | None = None,
        loadbalancer_type: str | None = None,
        ip_address_type: str = "ipv4",
        tags: list[dict[str, str]] | None = None,
    ) -> FakeLoadBalancer:
        kind = loadbalancer_type or "application"
        # "You can't specify a scheme for a Gateway Load Balancer" (CreateLoadBalancer).
        scheme = None if kind == "gateway" else scheme or "internet-facing"
        if len(name) > 32 or not _NAME.fullmatch(name) or name.startswith("internal-"):
            raise ValidationError(f"The load balancer name '{name}' is invalid")
        addresses = check_mappings(kind, scheme, subnet_ids, subnet_mappings or [])
        subnets = self._subnets([*subnet_ids, *(mapping["SubnetId"] for mapping in subnet_mappings or [])], kind)
        check_new_tags(tags)
        if known := self._of_this_name(name, subnets, (kind, scheme, ip_address_type)):
            return known
        security_groups = usable_groups(self.ec2_backend, kind, subnets[0].vpc_id, security_groups)
        if ip_address_type.startswith("dualstack") and not all(
            subnet.ipv6_cidr_block_associations for subnet in subnets
        ):
            raise InvalidConfigurationRequest("You must specify subnets with an associated IPv6 CIDR block.")
        if scheme == "internet-facing":
            self._need_internet_gateway(subnets[0])
        need_addresses(kind, subnets, addresses)
        elastic = elastic_of(self.ec2_backend, subnet_mappings or [])
        identity = mock_random.get_random_hex(16)
        arn = (
            f"arn:{self.partition}:elasticloadbalancing:{self.region_name}:{self.account_id}:loadbalancer/"
            f"{ARN_WORDS[kind]}/{name}/{identity}"
        )
        internal = "internal-" if scheme == "internal" and kind == "application" else ""
        domain = (
            f"elb.{self.region_name}.amazonaws.com" if kind == "network" else f"{self.region_name}.elb.amazonaws.com"
        )
        balancer = LoadBalancer(
            self,
            subnets,
            addresses,
            elastic,
            name=name,
            security_groups=security_groups,
            arn=arn,
            dns_name=f"{internal}{name}-{identity}.{domain}",
            scheme=scheme,
            loadbalancer_type=kind,
            ip_address_type=ip_address_type,
        )
        self.load_balancers[arn] = balancer
        self.tagging_service.tag_resource(arn, tags)
        return balancer

    def _of_this_name(self, name: str, subnets: list[Any], settings: tuple[Any, ...]) -> FakeLoadBalancer | None:
        """Return the existing load balancer of this name, None if it doesn't exist.

        Raises DuplicateLoadBalancerName if its settings differ.
        """
        known = next((balancer for balancer in self.load_balancers.values() if balancer.name == name), None)
        if known is None:
            return None
        same = {subnet.id for subnet in known.subnets} == {subnet.id for subnet in subnets}
        if same and (known.type, known.scheme, known.ip_address_type) == settings:
            return known
        raise ELBClientError(
            "DuplicateLoadBalancerName",
            f"A load balancer with the same name '{name}' exists, but with different settings",
        )

    def _subnets(self, subnet_ids: list[str], kind: str) -> list[Any]:
        known: dict[str, Any] = {}
        subnets: list[Any] = []
        for subnet_id in dict.fromkeys(subnet_ids):
            try:
                known[subnet_id] = self.ec2_backend.get_subnet(subnet_id)  # also one that another account shares
            except EC2ClientError:
                raise ELBClientError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist") from None
            if any(subnet.availability_zone == known[subnet_id].availability_zone for subnet in subnets):
                raise InvalidConfigurationRequest(
                    "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
                )
            if subnets and subnets[0].vpc_id != known[subnet_id].vpc_id:
                raise InvalidConfigurationRequest("All subnets must belong to the same VPC")  # not verified
            subnets.append(known[subnet_id])
        if len(subnets) < (2 if kind == "application" else 1):
            raise ValidationError("At least two subnets in two different Availability Zones must be specified")
        return subnets

    @staticmethod
    def _need_internet_gateway(subnet: Any) -> None:
        gateways = subnet.ec2_backend.internet_gateways.values()
        if not any(gateway.vpc and gateway.vpc.id == subnet.vpc_id for gateway in gateways):
            raise ELBClientError("InvalidSubnet", f"VPC {subnet.vpc_id} has no internet gateway")

    def load_balancer(self, arn: str) -> FakeLoadBalancer:
        if arn not in self.load_balancers:
            # https://github.com/hashicorp/terraform-provider-aws/issues/15214
            raise LoadBalancerNotFoundError("LoadBalancerNotFound", "One or more load balancers not found")
        return self.load_balancers[arn]

    def delete_load_balancer(self, arn: str) -> None:
        balancer: Any = self.load_balancers.get(arn)
        if balancer is None:
            return
        if balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        services = ec2_backends[self.account_id][self.region_name].configurations.values()
        if any(arn in service.load_balancer_arns and service.state != "Deleted" for service in services):
            # https://github.com/cloud-custodian/cloud-custodian/issues/9921
            raise ELBClientError(
                "ResourceInUse",
                f"Load balancer '{arn}' cannot be deleted because it is currently associated with another service",
            )
        balancer.release()
        del self.load_balancers[arn]

    def set_subnets(self, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]) -> Any:
        balancer: Any = self.load_balancer(arn)
        addresses = check_mappings(balancer.type, balancer.scheme, subnets, subnet_mappings)
        new = self._subnets([*subnets, *(mapping["SubnetId"] for mapping in subnet_mappings)], balancer.type)
        if new[0].vpc_id != balancer.vpc_id:
            raise InvalidConfigurationRequest("All subnets must belong to the same VPC")  # not verified
        need_addresses(balancer.type, [subnet for subnet in new if subnet.id not in balancer.interfaces], addresses)
        elastic = elastic_of(self.ec2_backend, subnet_mappings)
        balancer.addresses = {**balancer.addresses, **addresses}
        balancer.put_subnets(new, elastic)
        return balancer.availability_zones

    def set_security_groups(self, arn: str, sec_groups: list[str]) -> None:
        balancer: Any = self.load_balancer(arn)
        if balancer.type == "gateway" or (balancer.type == "network" and not balancer.created_with_groups):
            raise ungrouped(balancer.type)
        groups = usable_groups(self.ec2_backend, balancer.type, balancer.vpc_id, sec_groups)
        if not groups:
            raise InvalidConfigurationRequest("You must specify at least one security group")  # text not verified
        balancer.security_groups = groups
        for interface in balancer.interfaces.values():
            self.ec2_backend.modify_network_interface_attribute(interface.id, groups)

    def modify_load_balancer_attributes(self, arn: str, attrs: dict[str, Any]) -> dict[str, Any]:
        balancer = self.load_balancer(arn)
        check_balancer(balancer.type, attrs)
        balancer.attrs.update(attrs)
        return balancer.attrs

    def modify_target_group_attributes(self, target_group_arn: str, attributes: dict[str, Any]) -> None:
        group = self._target_group(target_group_arn)
        check_group(group, attributes)
        # moto refuses the longest delay.
        delay = {key: value for key, value in attributes.items() if key == "deregistration_delay.timeout_seconds"}
        others = {key: value for key, value in attributes.items() if key not in delay}
        super().modify_target_group_attributes(target_group_arn, others)
        group.attributes.update(delay)

    def add_tags(self, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
        """Add tags, 50 at most: "Maximum number of tags per resource" of the user guides; moto's limit is lower."""
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
            check_new_tags(tags, self.tagging_service.get_tag_dict_for_resource(arn))
        for arn in resource_arns:
            self.tagging_service.tag_resource(arn, tags)

    # Listeners

    def create_listener(  # type: ignore[override]
        self, load_balancer_arn: str, protocol: str, port: str, *arguments: Any, **options: Any
    ) -> FakeListener:
        balancer = self.load_balancer(load_balancer_arn)
        self._validate_port_and_protocol(balancer.type, port, protocol)
        actions = options.get("actions") or (arguments[2] if len(arguments) > 2 else [])
        for known in balancer.listeners.values():
            if known.port == port:
                if known.protocol == protocol and self._groups_of(known) == self._arns(actions):
                    return known
                raise DuplicateListenerError("DuplicateListener", "A listener already exists on this port")
        if len(balancer.listeners) >= MOST_LISTENERS:
            raise ELBClientError(
                "TooManyListeners", "You've reached the limit on the number of listeners per load balancer"
            )
        if protocol in ("TLS", "HTTPS") and not options.get("certificate"):
            raise ValidationError(f"A certificate must be specified for {protocol} listeners")
        if protocol not in ("TLS", "HTTPS"):
            policy = options.get("ssl_policy")  # moto gives the default one to each listener
            check_insecure(protocol, None if policy == DEFAULT_POLICY else policy, options.get("certificate"))
        self._check_actions(balancer, protocol, actions)
        listener = super().create_listener(load_balancer_arn, protocol, port, *arguments, **options)
        self.link_groups()
        return listener

    def modify_listener(  # type: ignore[override]
        self,
        arn: str,
        port: str | None = None,
        protocol: str | None = None,
        ssl_policy: str | None = None,
        certificates: list[dict[str, Any]] | None = None,
        actions: list[dict[str, Any]] | None = None,
    ) -> FakeListener:
        listener = self.describe_listeners(None, [arn])[0]
        balancer = self.load_balancer(listener.load_balancer_arn)
        others = [known for known in balancer.listeners.values() if known is not listener]
        if port is not None and any(known.port == port for known in others):
            raise DuplicateListenerError("DuplicateListener", "A listener already exists on this port")
        self._validate_port_and_protocol(balancer.type, port or listener.port, protocol or listener.protocol)
        if (protocol or listener.protocol) not in ("TLS", "HTTPS"):
            check_insecure(protocol or listener.protocol, ssl_policy, certificates)
        self._check_actions(balancer, protocol or listener.protocol, actions or [])
        # moto accepts none of UDP, TLS, TCP_UDP here.
        own = protocol in GROUP_PROTOCOLS
        listener = super().modify_listener(
            arn, port, None if own else protocol, ssl_policy, certificates, actions or []
        )
        if own:
            listener.protocol = protocol
        self.link_groups()
        return listener

    def delete_listener(self, listener_arn: str) -> FakeListener:
        listener = super().delete_listener(listener_arn)
        self.link_groups()
        return listener

    def _check_actions(self, balancer: FakeLoadBalancer, protocol: str, actions: list[dict[str, Any]]) -> None:
        """Raise for an unknown target group, or one whose protocol doesn't fit the listener's.

        The refused pairs are documented, the text is not verified.
        """
        for arn in self._arns(actions):
            group = self.target_groups.get(arn)
            if group is None:
                raise TargetGroupNotFoundError()
            check_group_of_listener(balancer, group, self._balancers_of(group))
            if balancer.type == "network" and group.protocol not in GROUP_PROTOCOLS.get(protocol, ()):
                raise InvalidConfigurationRequest(
                    f"Listener protocol '{protocol}' is not supported with a target group with the protocol "
                    f"'{group.protocol}'"
                )

    def _arns(self, actions: list[dict[str, Any]]) -> list[str]:
        return sorted({arn for action in actions for arn in self._get_target_group_arns_from(action)})

    def _groups_of(self, listener: FakeListener) -> list[str]:
        return self._arns([action.data for rule in listener.rules.values() for action in rule.actions])

    def link_groups(self) -> None:
        """Set LoadBalancerArns of each target group to the load balancers that forward to it now."""
        for group in self.target_groups.values():
            group.load_balancer_arns = self._balancers_of(group)

    def _balancers_of(self, group: FakeTargetGroup) -> list[str]:
        return [
            balancer.arn
            for balancer in self.load_balancers.values()
            if any(group.arn in self._groups_of(listener) for listener in balancer.listeners.values())
        ]

    # Target groups

    def create_target_group(self, name: str, **options: Any) -> FakeTargetGroup:
        check_target_group(options)
        check_new_tags(options.get("tags"))
        for known in self.target_groups.values():
            if known.name == name:
                if is_same_group(known, options):
                    return known
                raise ELBClientError(
                    "DuplicateTargetGroupName",
                    f"A target group with the same name '{name}' exists, but with different settings",
                )
        group = super().create_target_group(name, **options)
        group.attributes = defaults_of_group(group)
        self.targets[group.arn] = {}
        return group

    def delete_target_group(self, target_group_arn: str) -> FakeTargetGroup:
        group = super().delete_target_group(target_group_arn)
        del self.targets[target_group_arn]
        return group

    def _target_group(self, arn: str) -> FakeTargetGroup:
        if arn not in self.target_groups:
            raise TargetGroupNotFoundError()
        return self.target_groups[arn]

    def register_targets(self, target_group_arn: str, instances: list[Any]) -> None:
        group = self._target_group(target_group_arn)
        for target in instances:
            check_target(self, group, target)
        registered = self.targets[target_group_arn]
        for target in instances:
            key = (target["Id"], int(target.get("Port") or group.port))
            if key not in registered or registered[key].state in ("draining", "gone"):
                registered[key] = Target(*key, target.get("AvailabilityZone"))

    def deregister_targets(self, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
        """Deregister targets; one that is not registered is no error.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
        """
        self._target_group(target_group_arn)
        for (target_id, port), target in self.targets[target_group_arn].items():
            for named in instances:
                if named["Id"] == target_id and named.get("Port") in (None, port) and target.state != "draining":
                    target.deregister()

    def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[Any]:
        self._target_group(target_group_arn)
        registered = self.targets[target_group_arn]
        for key in [key for key, target in registered.items() if target.state == "gone"]:
            del registered[key]
        return [
            target
            for target in registered.values()
            if (_is_named(target, targets) if targets else self._state(target) != "terminated")
        ]

    def _state(self, target: Target) -> str | None:
        """Return the state of the target's instance, None if it is none."""
        instance = self.ec2_backend.get_instance_by_id(target.id) if target.id.startswith("i-") else None
        return instance and instance.state

    def target_health(self, target: Target, in_use: bool) -> dict[str, str]:
        """Return a target's health; a terminated instance, which is shown to who names it, keeps on draining."""
        state = self._state(target)
        return draining() if state == "terminated" else target.health(in_use, state == "stopped")


def _is_named(target: Target, targets: list[dict[str, Any]]) -> bool:
    return any(named["Id"] == target.id and named.get("Port") in (None, target.port) for named in targets)
