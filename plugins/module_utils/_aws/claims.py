# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS as reads see it while resources are taken over or renamed: as if these had the owner's tags already.

So no resource file knows of it. A filter by these tags would hide them, so AWS is asked without, and it is applied
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from .._core.adoption import Claimed
from .._core.plan import Address
from .._core.reconcile import NAME_TAG, OWNER_TAG
from .._domain.values.foreign_owners import foreign_owner, is_released
from .client import Aws

# Operation -> key of an item's id, for the resources that can be taken over.
ID_KEYS = {
    "ec2.describe_addresses": "AllocationId",
    "ec2.describe_egress_only_internet_gateways": "EgressOnlyInternetGatewayId",
    "ec2.describe_flow_logs": "FlowLogId",
    "ec2.describe_internet_gateways": "InternetGatewayId",
    "ec2.describe_nat_gateways": "NatGatewayId",
    "ec2.describe_network_acls": "NetworkAclId",
    "ec2.describe_route_tables": "RouteTableId",
    "ec2.describe_security_groups": "GroupId",
    "ec2.describe_subnets": "SubnetId",
    "ec2.describe_transit_gateway_attachments": "TransitGatewayAttachmentId",
    "ec2.describe_transit_gateway_route_tables": "TransitGatewayRouteTableId",
    "ec2.describe_transit_gateway_vpc_attachments": "TransitGatewayAttachmentId",
    "ec2.describe_transit_gateways": "TransitGatewayId",
    "ec2.describe_vpc_endpoint_service_configurations": "ServiceId",
    "ec2.describe_vpc_endpoints": "VpcEndpointId",
    "ec2.describe_vpcs": "VpcId",
    "elbv2.describe_tags": "ResourceArn",
    "ram.get_resource_shares": "resourceShareArn",
}
OF_TAGS = "ec2.describe_tags"
# Kinds that DescribeTags calls otherwise than their name with hyphens (its filter resource-type).
TYPES = {"nat_gateway": "natgateway", "flow_log": "vpc-flow-log"}
# The hub's tag on a spoke's attachment has the spoke's name.
HUB, ATTACHMENT = "tgw_hub", "tgw-attach-"


class _Form(NamedTuple):
    """Names of a service for tags: key of an item's list, of a tag's key and value, and the argument with filters."""

    tags: str
    key: str
    value: str


EC2, RAM = _Form("Tags", "Key", "Value"), _Form("tags", "key", "value")


class Claims:
    """What is to look as if it were owned: resources by id, and those of hosts that have another name now.

    ids    id -> (owner tag, name tag, kind)
    moved  old name -> new name
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.moved: Mapping[str, str] = params.get("moved") or {}
        self.released = params.get("adopt_release") or ()
        self.ids: dict[str, tuple[str, str, str]] = {}
        for owner, ids in (params.get("adopted_ids") or {}).items():
            for text, id_ in ids.items():
                address = Address.of(text)
                self.ids[id_] = owner, address.name, address.kind

    def own(self, id_: str, tags: Mapping[str, str]) -> dict[str, str]:
        """Return the owner tags that a resource is shown with; {} if it is shown as it is."""
        if id_ in self.ids:
            owner, name, _kind = self.ids[id_]
            return {OWNER_TAG: owner, NAME_TAG: name}
        module, _slash, name = tags.get(OWNER_TAG, "").partition("/")
        own = {OWNER_TAG: f"{module}/{self.moved[name]}"} if name in self.moved else {}
        if module == HUB and id_.startswith(ATTACHMENT) and tags.get(NAME_TAG) in self.moved:
            own[NAME_TAG] = self.moved[tags[NAME_TAG]]
        return own


class ClaimingAws(Aws):
    """An account of AWS whose reads show claimed resources with the owner's tags.

    claimed: id -> Claimed, of the resources read so far whose real tags differ.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.claims = Claims(params)
        self.claimed: dict[str, Claimed] = {}
        super().__init__(params)

    def read(self, operation: str, result: str, none_if: str = "", **params: Any) -> list[dict[str, Any]]:
        if operation == OF_TAGS:
            return self._tags(result, **params)
        if operation not in ID_KEYS:
            return super().read(operation, result, none_if, **params)
        form = RAM if operation.startswith("ram.") else EC2
        params, admits = _without_own_filters(params)
        items = super().read(operation, result, none_if, **params)
        shown = (self._shown(item, ID_KEYS[operation], form) for item in items)
        return [item for item in shown if admits(_of(item, form))]

    def _shown(self, item: dict[str, Any], id_key: str, form: _Form) -> dict[str, Any]:
        """Return an item with the tags that it is shown with, and note where its real ones differ."""
        id_, tags = item.get(id_key, ""), _of(item, form)
        own = self.claims.own(id_, tags)
        if not own or own.items() <= tags.items():
            return item
        foreign = "" if is_released(id_, tags, self.claims.released) else foreign_owner(tags)
        real = {key: tags[key] for key in own if key in tags}
        self.claimed[id_] = Claimed(real, own, foreign if id_ in self.claims.ids else "")
        return {**item, form.tags: [{form.key: key, form.value: value} for key, value in {**tags, **own}.items()]}

    def _tags(self, result: str, **params: Any) -> list[dict[str, Any]]:
        """Return the items of DescribeTags, with those of claimed resources that the filters would find."""
        params, admits = _without_own_filters(params, keep=self._old_owners)
        found = {}
        for tag in super().read(OF_TAGS, result, **params):
            own = self.claims.own(tag["ResourceId"], {tag["Key"]: tag["Value"]})
            found[tag["ResourceId"], tag["Key"]] = {**tag, "Value": own.get(tag["Key"], tag["Value"])}
        for id_, (owner, name, kind) in self.claims.ids.items():
            for key, value in ((OWNER_TAG, owner), (NAME_TAG, name)):
                item = {"ResourceId": id_, "ResourceType": TYPES.get(kind, kind.replace("_", "-"))}
                found[id_, key] = {**item, "Key": key, "Value": value}
        return [tag for tag in found.values() if admits({tag["Key"]: tag["Value"]})]

    def _old_owners(self, wanted: list[str]) -> list[str]:
        """Return the owner tags of a filter, and those that are shown as one of them."""
        olds: dict[str, list[str]] = {}
        for old, new in self.claims.moved.items():
            olds.setdefault(new, []).append(old)
        owners = (value.partition("/") for value in wanted)
        return [*wanted, *(f"{module}/{old}" for module, _slash, name in owners for old in olds.get(name, ()))]


def claims(params: Mapping[str, Any]) -> bool:
    """Return true if the options name resources that are to look as if they were owned."""
    return bool(params.get("adopted_ids") or params.get("moved"))


def _of(item: Mapping[str, Any], form: _Form) -> dict[str, str]:
    return {tag[form.key]: tag[form.value] for tag in item.get(form.tags, ())}


def _without_own_filters(
    params: Mapping[str, Any], keep: Callable[[list[str]], list[str]] | None = None
) -> tuple[dict[str, Any], Callable[[Mapping[str, str]], bool]]:
    """Return a call's arguments without its filters by owner tags, and what these let through, by tags.

    keep: the filter by owner stays, with the values that this returns for its own.
    """
    left: dict[str, Any] = {}
    wanted: list[tuple[str, list[str]]] = []
    for argument, value in params.items():
        if argument not in ("Filters", "Filter", "tagFilters"):
            left[argument] = value
            continue
        others = []
        for one in value:
            key, values = _tag_filter(one)
            if key not in (OWNER_TAG, NAME_TAG):
                others.append(one)
                continue
            wanted.append((key, values))
            if keep and key == OWNER_TAG:
                others.append({**one, "Values": keep(values)})
        if others or argument == "Filters" and not wanted:
            left[argument] = others
    return left, lambda tags: all(_admits(tags.get(key), values) for key, values in wanted)


def _tag_filter(one: Mapping[str, Any]) -> tuple[str, list[str]]:
    if "tagKey" in one:
        return one["tagKey"], one.get("tagValues", ["*"])
    name, _colon, key = one["Name"].partition(":")
    return (key if name == "tag" else ""), one["Values"]


def _admits(value: str | None, patterns: list[str]) -> bool:
    """Return true if a value is one that a filter of EC2 names: * stands for any characters, ? for one."""
    return value is not None and any(fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in patterns)
