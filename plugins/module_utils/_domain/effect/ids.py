# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ids in the place of Refs: what a call of the same run creates, or another module or host has.

An id that AWS has yet to choose is a text, `vpc-alpha/(known after vpc.main)`: the Ref's text prefixed by its host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..network.snapshot import Place
from .calls import HostCalls, Part
from .vpcs import default_of, first_association
from .world import NAME_TAG, World, tags_of

UNKNOWN = re.compile(r"\(known after (?P<address>[^()]*)\)")
SUBNETS = re.compile(r"subnets of tier (?P<tier>\S+) in (?P<vpc>\(known after [^()]*\))")


class NotKnown(Exception):
    """A Ref stands for something that neither exists nor is created by the run; the message names it."""


class Ids:
    """Ids by host, result and address."""

    def __init__(self, world: World, hosts: Sequence[HostCalls], places: Mapping[str, Place]) -> None:
        self.world, self.places = world, places
        self._hosts = {host.host: host for host in hosts}
        self._created: dict[tuple[str, str, str], str] = {}
        self._found = {(host.host, part.name): part.ids for host in hosts for part in host.parts}

    def new(self, host: str, address: str, prefix: str) -> str:
        return f"{prefix}-{host}/(known after {address})"

    def created(self, host: str, part: str, address: str, id_: str) -> None:
        self._created[host, part, address] = id_

    def resolved(self, value: Any, host: HostCalls, part: Part) -> Any:
        """Return a value with ids in place of Refs. Raises NotKnown."""
        if isinstance(value, Mapping):
            return {key: self.resolved(item, host, part) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [one for item in value for one in self._items(item, host, part)]
        if not isinstance(value, str):
            return value
        return UNKNOWN.sub(lambda match: self._id(match["address"], host, part), value)

    def _items(self, item: Any, host: HostCalls, part: Part) -> list[Any]:
        """Return the item of a list; for a new VPC's subnets of a tier, which stand as one, each of them."""
        tier = SUBNETS.fullmatch(item) if isinstance(item, str) else None
        if not tier:
            return [self.resolved(item, host, part)]
        return self.of_tier("Subnets", "SubnetId", self.resolved(tier["vpc"], host, part), tier["tier"])

    def of_tier(self, kind: str, key: str, vpc_id: str, tier: str) -> list[str]:
        """Return the ids of a VPC's subnets or route tables of a tier. Raises NotKnown if there are none."""
        found = []
        for _id, item in self.world.in_vpc(kind, vpc_id):
            name = tags_of(item).get(NAME_TAG, item[key])
            if name == tier or name.startswith(f"{tier}."):
                found.append(item[key])
        if not found:
            raise NotKnown(f"{vpc_id} has no {kind} of tier {tier}")
        return found

    def _id(self, address: str, host: HostCalls, part: Part) -> str:
        kind, _dot, name = address.partition(".")
        found = self._of(host.host, part.name, address) or self._along(kind, name, host, part)
        if found is None:
            found = self._elsewhere(kind, name, host)
        if found is None:
            raise NotKnown(f"{address} isn't known before it exists")
        return found

    def _of(self, host: str, part: str, address: str) -> str | None:
        return self._created.get((host, part, address)) or self._found.get((host, part), {}).get(address)

    def _along(self, kind: str, name: str, host: HostCalls, part: Part) -> str | None:
        """Return the id of what AWS creates along with something."""
        if kind in ("default_security_group", "default_network_acl"):
            vpc_id = self._of(host.host, part.name, "vpc.main")
            return vpc_id and self._default(kind, vpc_id)
        if kind == "first_network_acl_association":
            subnet_id = self._of(host.host, part.name, f"subnet.{name}")
            return subnet_id and self._first(subnet_id)
        return None

    def _default(self, kind: str, vpc_id: str) -> str:
        """Return the VPC's default group or ACL: as read, else as the new VPC gets it."""
        if kind == "default_security_group":
            groups = self.world.in_vpc("SecurityGroups", vpc_id)
            return next((id_ for id_, one in groups if one.get("GroupName") == "default"), default_of("sg", vpc_id))
        acls = self.world.in_vpc("NetworkAcls", vpc_id)
        return next((id_ for id_, one in acls if one.get("IsDefault")), default_of("acl", vpc_id))

    def _first(self, subnet_id: str) -> str:
        for _id, acl in self.world.every("NetworkAcls"):
            for one in acl.get("Associations") or ():
                if one["SubnetId"] == subnet_id:
                    return str(one["NetworkAclAssociationId"])
        return first_association(subnet_id)

    def _elsewhere(self, kind: str, name: str, host: HostCalls) -> str | None:
        """Return the id that another module of the host, or another host, has."""
        if kind == "existing_vpc":
            return self._of(host.host, "vpc_result", "vpc.main")
        if kind == "transit_gateway":
            return self._of(host.hub, "hub_result", "transit_gateway.main")
        if kind == "spoke_attachment" and name in self._hosts:
            return self._of(name, "spoke_result", "transit_gateway_attachment.main")
        return None
