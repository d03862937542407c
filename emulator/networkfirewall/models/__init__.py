# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network Firewall's resources of one account and region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from moto.core.base_backend import BaseBackend
from moto.networkfirewall.models import networkfirewall_backends

from emulator.networkfirewall.errors import in_use, invalid_request, not_found
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.models.managed import managed_groups
from emulator.networkfirewall.models.policies import Policy
from emulator.networkfirewall.models.policies_v2 import PolicyV2
from emulator.networkfirewall.models.resource import Resource
from emulator.networkfirewall.models.rule_groups import RuleGroup
from emulator.ram.models import resource_shares

Kind = TypeVar("Kind", bound=Resource)
POLICIES: tuple[type[Any], ...] = (Policy, PolicyV2)


class NetworkFirewallBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        # ARN -> resource of any kind.
        self.resources: dict[str, Resource] = {}

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the resources of a class, in the order of their creation, without those that are deleted."""
        for arn in [one.arn for one in self.resources.values() if one.is_gone]:
            del self.resources[arn]
        return [one for one in self.resources.values() if isinstance(one, kind)]

    def find(self, kind: type[Kind], arn: str | None, name: str | None, type_: str | None = None) -> Kind:
        """Return a resource by its ARN or name; raises ResourceNotFoundException. type_: of a rule group."""
        if not arn and not name:
            raise invalid_request("Name and ARN cannot both be null")  # not verified
        for one in self.of(kind):
            by_name = one.name == name and type_ in (None, getattr(one, "type", None))
            if one.arn == arn if arn else by_name:
                return one
        raise not_found(arn or name)

    def add(self, resource: Resource) -> None:
        self.check_name(resource)
        self.resources[resource.arn] = resource

    def check_name(self, resource: Resource) -> None:
        """Refuse a name that is taken: InvalidRequestException, as floci-io/floci#3198 reads the model."""
        if any(one.arn == resource.arn for one in self.of(type(resource))):
            raise invalid_request("A resource with the specified name already exists")  # not verified

    # Rule groups

    def referenced_group(self, arn: str) -> RuleGroup:
        """Return the rule group that a policy names, also a managed or shared one. The text: [pf]."""
        managed = managed_groups(self.region_name)
        if arn in managed:
            return managed[arn][0]
        for account_id in _accounts_of(arn, self.account_id):
            for group in networkfirewall_backends[account_id][self.region_name].of(RuleGroup):
                if group.arn == arn and group.status == "ACTIVE" and self._may_use(group):
                    return group
        raise invalid_request("rule group ARN is invalid", arn)

    def _may_use(self, resource: Resource) -> bool:
        """Return true for an own resource, and for another account's that RAM or its resource policy shares."""
        own = resource.account_id == self.account_id
        return own or self.account_id in (resource.resource_policy or "") or self._is_shared(resource.arn)

    def _is_shared(self, arn: str) -> bool:
        """Return true if RAM shares a resource with the account: sharing.html of the developer guide."""
        shares = resource_shares(self.region_name).shared_with(self.account_id)
        shared = [association for share in shares for association in share.resources.values()]
        return any(association.entity == arn and association.is_associated for association in shared)

    def policies_with(self, group: RuleGroup) -> Iterator[Any]:
        for backend in _backends(self.region_name):
            for kind in POLICIES:
                yield from (policy for policy in backend.of(kind) if group in policy.groups)

    # Policies

    def referenced_policy(self, arn: str) -> Any:
        """Return the policy that a firewall names, also a shared one; the error is not verified."""
        for account_id in _accounts_of(arn, self.account_id):
            backend = networkfirewall_backends[account_id][self.region_name]
            for policy in [policy for kind in POLICIES for policy in backend.of(kind)]:
                if policy.arn == arn and policy.status == "ACTIVE" and self._may_use(policy):
                    return policy
        raise invalid_request("firewall policy ARN is invalid", arn)

    def referenced_firewall(self, arn: str) -> Firewall:
        """Return the firewall that an endpoint association names, also a shared one."""
        for account_id in _accounts_of(arn, self.account_id):
            for firewall in networkfirewall_backends[account_id][self.region_name].of(Firewall):
                if firewall.arn == arn and firewall.status == "ACTIVE" and self._may_use(firewall):
                    return firewall
        raise not_found(arn)

    def firewalls_with(self, policy: Any) -> list[Firewall]:
        found: list[Firewall] = []
        for backend in _backends(self.region_name):
            found += [firewall for firewall in backend.of(Firewall) if firewall.policy is policy]
        return found

    def changed(self, policy: Any) -> None:
        """Distribute a changed policy to its firewalls."""
        for firewall in self.firewalls_with(policy):
            firewall.configure()

    def delete_unused(self, resource: Resource, users: list[Any]) -> None:
        if users:
            raise in_use()
        resource.delete()


def _accounts_of(arn: str, own: str) -> set[str]:
    parts = arn.split(":")
    return {parts[4] if len(parts) > 5 and parts[4].isdigit() else own}


def _backends(region: str) -> Iterator[NetworkFirewallBackend]:
    for account_id in list(networkfirewall_backends):
        if region in networkfirewall_backends[account_id]:
            yield networkfirewall_backends[account_id][region]  # type: ignore[misc]
