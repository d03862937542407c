# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network as Describe responses show it, for one account and region or for many.

The layout is that of Batfish's AWS snapshots (https://github.com/batfish/batfish): ``<Kind>.json``,
``<region>/<Kind>.json`` or ``accounts/<account id>/<region>/<Kind>.json``, each {"<Kind>": [...]} with all pages of one
Describe operation's answer. Kinds of Batfish's own: TransitGatewayStaticRoutes has SearchTransitGatewayRoutes' answer
(type static) for each table, TransitGatewayPropagations GetTransitGatewayRouteTablePropagations', both with
TransitGatewayRouteTableId; LoadBalancerListeners has DescribeListeners' answer and LoadBalancerAttributes
DescribeLoadBalancerAttributes' for each load balancer, with LoadBalancerArn; LoadBalancerTargetHealth
DescribeTargetHealth's for each target group, with TargetGroupArn. Kinds of this collection: TransitGatewayRoutes,
SearchTransitGatewayRoutes' answer with all routes, in place of both; TransitGatewayPolicyTableEntries,
GetTransitGatewayPolicyTableEntries' answer for each table, with TransitGatewayPolicyTableId;
TransitGatewayAttachmentNatConfigurations, a list of the answers of GetTransitGatewayAttachmentNatConfiguration for
attachments with NAT; LoadBalancerRules, DescribeRules' answer for each listener, with ListenerArn;
TargetGroupAttributes, DescribeTargetGroupAttributes' for each target group, with TargetGroupArn. PrefixLists may have
customers' lists, too. VpcEndpointServicePermissions and ClientVpnTargetNetworks have the operations' answers for each
service and endpoint, VpcAttributes two attributes of each VPC; Ram... the answers of RAM for both values of
resourceOwner, with that, Lattice... those of VPC Lattice's List operations.

Read.json tells when and by what a place was read, Unread.json what couldn't be: {"Unread": [{"Kind", "Operation",
"Code"}]}, with "Of" for a part of a kind.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..._core.errors import Invalid
from . import shapes

Item = Mapping[str, Any]

# {kind: keys that together identify its items}. Other files in a folder aren't read.
KINDS = {
    "ClientVpnEndpoints": "ClientVpnEndpointId",
    "ClientVpnTargetNetworks": "ClientVpnEndpointId",
    "CustomerGateways": "CustomerGatewayId",
    "EgressOnlyInternetGateways": "EgressOnlyInternetGatewayId",
    "FlowLogs": "FlowLogId",
    "InternetGateways": "InternetGatewayId",
    "LatticeResourceAssociations": "arn",
    "LatticeResourceConfigurations": "arn",
    "LatticeResourceGateways": "arn",
    "LatticeServiceAssociations": "arn",
    "LatticeServiceNetworks": "arn",
    "LatticeServices": "arn",
    "LatticeVpcAssociations": "arn",
    "LoadBalancerAttributes": "LoadBalancerArn",
    "LoadBalancerListeners": "LoadBalancerArn",
    "LoadBalancerRules": "ListenerArn",
    "LoadBalancerTargetHealth": "TargetGroupArn",
    "LoadBalancers": "LoadBalancerArn",
    "NatGateways": "NatGatewayId",
    "NetworkAcls": "NetworkAclId",
    "NetworkInterfaces": "NetworkInterfaceId",
    "PrefixLists": "PrefixListId",
    "RamPrincipals": "resourceOwner resourceShareArn id",
    "RamResourceShares": "resourceOwner resourceShareArn",
    "RamResources": "resourceOwner resourceShareArn arn",
    "Reservations": "ReservationId",
    "RouteServers": "RouteServerId",
    "RouteTables": "RouteTableId",
    "SecurityGroupVpcAssociations": "GroupId VpcId",
    "SecurityGroups": "GroupId",
    "ServiceConfigurations": "ServiceId",
    "Subnets": "SubnetId",
    "TargetGroupAttributes": "TargetGroupArn",
    "TargetGroups": "TargetGroupArn",
    "TransitGatewayAttachmentNatConfigurations": "TransitGatewayAttachmentId",
    "TransitGatewayAttachments": "TransitGatewayAttachmentId",
    "TransitGatewayConnectPeers": "TransitGatewayConnectPeerId",
    "TransitGatewayPolicyTableEntries": "TransitGatewayPolicyTableId",
    "TransitGatewayPropagations": "TransitGatewayRouteTableId",
    "TransitGatewayRouteTables": "TransitGatewayRouteTableId",
    "TransitGatewayRoutes": "TransitGatewayRouteTableId",
    "TransitGatewayStaticRoutes": "TransitGatewayRouteTableId",
    "TransitGatewayVpcAttachments": "TransitGatewayAttachmentId",
    "TransitGateways": "TransitGatewayId",
    "VpcAttributes": "VpcId",
    "VpcBlockPublicAccessExclusions": "ExclusionId",
    "VpcEndpointAssociations": "Id",
    "VpcEndpointConnections": "ServiceId VpcEndpointId",
    "VpcEndpointServicePermissions": "ServiceId",
    "VpcEndpoints": "VpcEndpointId",
    "VpcPeeringConnections": "VpcPeeringConnectionId",
    "Vpcs": "VpcId",
    "VpnConnections": "VpnConnectionId",
    "VpnGateways": "VpnGatewayId",
}
# Kinds of senders, ways and filters, see Snapshot.whole.
ESSENTIAL = (
    *("Vpcs", "Subnets", "RouteTables", "NetworkInterfaces", "SecurityGroups", "NetworkAcls"),
    *("TransitGatewayAttachments", "TransitGatewayVpcAttachments", "TransitGatewayRouteTables"),
    *("VpcPeeringConnections", "VpcEndpoints", "NatGateways"),
)
# A kind of which an account and region have one object: {"VpcBlockPublicAccessOptions": {...}}. It may be missing.
OPTIONS = "VpcBlockPublicAccessOptions"
# Files about how a place was read, which have no kind of resources.
UNREAD, READ = "Unread", "Read"
# Kinds that both sides, or all accounts in the region, see: a snapshot of several places has them more than once.
# Accounts that RAM shares a VPC's subnets with also see the VPC, its route tables and network ACLs.
SEEN_BY_MANY = {
    *("NetworkAcls", "PrefixLists", "RouteTables", "SecurityGroups", "Subnets", "TransitGatewayAttachments"),
    *("TransitGatewayVpcAttachments", "VpcPeeringConnections", "Vpcs"),
    *("SecurityGroupVpcAssociations", "TransitGateways", "VpcEndpointConnections"),
    # What RAM and VPC Lattice show to all who share it.
    *("LatticeResourceAssociations", "LatticeResourceConfigurations", "LatticeServiceAssociations"),
    *("LatticeServiceNetworks", "LatticeServices", "LatticeVpcAssociations"),
    *("RamPrincipals", "RamResourceShares", "RamResources"),
}
# Kinds that several accounts of a Region see: a VPC's owner sees the interfaces of those that it shares subnets with.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-permissions.html
SEEN_IN_REGION = {"NetworkInterfaces"}
_FOLDER = re.compile(r"(?:accounts/(?P<account>\d{12})/)?(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)/")
LAYOUT = "<Kind>.json, <region>/<Kind>.json or accounts/<id>/<region>/<Kind>.json, such as us-east-1/Vpcs.json"


class Unknown(Invalid):
    """Error if what decides isn't in the snapshot, or no Describe call shows it; it is neither a yes nor a no."""

    def __init__(self, where: str, why: str, expected: str) -> None:
        super().__init__(where, None, f"the verdict is unknown: {why}", expected)
        self.why = why


@dataclass(frozen=True)
class Place:
    """Account and region. folder: of its files, "" or ending in /; account_id, region: None if the layout has none."""

    folder: str
    account_id: str | None = None
    region: str | None = None

    def __str__(self) -> str:
        told = [f"account {self.account_id}" if self.account_id else "", self.region or ""]
        return ", ".join(filter(None, told)) or "the snapshot"


class Vpcs(dict[str, "tuple[Place, Item]"]):
    """VPCs by id. Raises Unknown for one that isn't in the snapshot."""

    def __missing__(self, vpc_id: str) -> tuple[Place, Item]:
        raise Unknown(vpc_id, "the VPC isn't in the snapshot", "a snapshot with the account and region that has it")


@dataclass(frozen=True)
class Snapshot:
    """Items by place and kind. A kind that is missing from a place wasn't read; an empty one was, and has no items.

    unread: {place: {kind: operation and code of why it wasn't}}; read: {place: what Read.json has}
    """

    places: Mapping[Place, Mapping[str, tuple[Item, ...]]]
    unread: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    read: Mapping[Place, Item] = field(default_factory=dict)

    def items(self, kind: str, place: Place) -> tuple[Item, ...]:
        """Return the place's items of a kind. Raises Unknown if the place lacks the kind."""
        kinds = self.places[place]
        if kind not in kinds:
            denied = self.unread.get(place, {}).get(kind)
            why = f"it couldn't be read ({denied})" if denied else "it isn't in the snapshot"
            raise Unknown(f"{place.folder}{kind}.json", why, f"all {kind} of {place}")
        return kinds[kind]

    def every(self, kind: str) -> Iterator[tuple[Place, Item]]:
        """Yield (place, item) for each item of a kind, from all places where it was read."""
        for place, kinds in self.places.items():
            for item in kinds.get(kind, ()):
                yield place, item

    def whole(self) -> Snapshot:
        """Return the snapshot without the places of which an essential kind was denied.

        For who looks at all senders, ways or filters: of those places, it would find none, and take them for closed.
        """
        denied = (place for place, kinds in self.unread.items() if any(kind in kinds for kind in ESSENTIAL))
        return replace(self, places={place: self.places[place] for place in self.places.keys() - {*denied}})

    def not_read(self, account_id: str | None, region: str | None = None) -> str:
        """Return "account ID wasn't read", with the operation and code that were the reason, where they are known."""
        of_account = (place for place in self.unread if place.account_id == account_id)
        of_region = (place for place in of_account if place not in self.places and region in (None, "", place.region))
        denied = sorted({self.unread[place][kind] for place in of_region for kind in self.unread[place]})
        return f"account {account_id} wasn't read" + (f" ({', '.join(denied)})" if denied else "")

    @cached_property
    def vpcs(self) -> dict[str, tuple[Place, Item]]:
        """{VPC id: (the owner's place, else that of another account that sees it; the VPC)}."""
        found = Vpcs()
        for place, vpc in self.every("Vpcs"):
            if vpc["VpcId"] not in found or vpc.get("OwnerId") == place.account_id:
                found[vpc["VpcId"]] = (place, vpc)
        return found

    def of_vpc(self, kind: str, vpc_id: str) -> list[Item]:
        """Return the items of a kind in a VPC, as its owner sees them. Raises Unknown without the owner's view."""
        place, vpc = self.vpcs[vpc_id]
        owner = vpc.get("OwnerId")
        if place.account_id and owner and owner != place.account_id:
            why = f"the VPC is shared by account {owner}; {place} sees a part of it"
            raise Unknown(vpc_id, why, f"a snapshot with account {owner}")
        if (kind, vpc_id) not in self._of_vpc:
            found = [item for item in self.items(kind, place) if item.get("VpcId") == vpc_id]
            self._of_vpc[kind, vpc_id] = found
        return self._of_vpc[kind, vpc_id]

    @cached_property
    def _of_vpc(self) -> dict[tuple[str, str], list[Item]]:
        """What of_vpc found: a path between many subnets asks again and again."""
        return {}


def parse(files: Mapping[str, Any]) -> Snapshot:
    """Build the snapshot of a folder. files: {path below the folder, with slashes: parsed JSON}.

    Raises Invalid for a malformed file, a resource that appears twice, or a folder without any of these files.
    """
    places: dict[Place, dict[str, tuple[Item, ...]]] = {}
    unread: dict[Place, dict[str, str]] = {}
    read: dict[Place, Item] = {}
    seen: dict[tuple[str, str], str] = {}
    for path, document, place, kind in _of_places(files):
        kinds = places.setdefault(place, {})
        if kind == UNREAD:
            unread[place] = _unread(path, document)
        elif kind == READ:
            read[place] = document if isinstance(document, Mapping) else {}
        elif kind == OPTIONS:
            kinds[kind] = _options(document)
        else:
            kinds[kind] = _items(path, kind, document, seen)
    for place, kinds_unread in unread.items():
        # An earlier run may have left the file of a kind that couldn't be read now.
        places[place] = {kind: items for kind, items in places[place].items() if kind not in kinds_unread}
    if not places:
        raise Invalid("snapshot_dir", None, "has none of a snapshot's files", LAYOUT)
    return Snapshot(places, unread, read)


def _of_places(files: Mapping[str, Any]) -> Iterator[tuple[str, Any, Place, str]]:
    """Yield (path, content, place, kind) of the files that belong to a snapshot."""
    for path, document in sorted(files.items()):
        folder, kind = path.rpartition("/")[0], path.rpartition("/")[2].removesuffix(".json")
        match = _FOLDER.fullmatch(f"{folder}/")
        if kind in (*KINDS, OPTIONS, UNREAD, READ) and (match or not folder):
            place = Place(f"{folder}/", match["account"], match["region"]) if match else Place("")
            yield path, document, place, kind


def _items(path: str, kind: str, document: Any, seen: dict[tuple[str, str], str]) -> tuple[Item, ...]:
    """Return a file's items, and note them in `seen`, {(kind, id): path}. Raises Invalid."""
    items = items_of(path, kind, document, KINDS[kind])
    for item in items:
        key = (kind, " ".join(shapes.id_of(path, item, member) for member in KINDS[kind].split()))
        if key in seen and not _may_share(kind, seen[key], path):
            problem = f"is there twice: in {seen[key]} and {path}"
            raise Invalid(path, key[1], problem, "each resource once, as its own account and region show it")
        shapes.check(path, kind, key[1], item)
        seen[key] = path
    return items


def _unread(path: str, document: Any) -> dict[str, str]:
    """Return {kind: why it wasn't read} of Unread.json; of a kind that misses a part, the kind is there."""
    for item in items_of(path, UNREAD, document, "Kind Operation Code"):
        shapes.check(path, UNREAD, str(item["Kind"]), item)
    return {
        item["Kind"]: f"{item['Operation']}: {item['Code']}".removeprefix(": ")
        for item in document[UNREAD]
        if not item.get("Of")
    }


def hash_of(files: Mapping[str, Any]) -> str:
    """Return "sha256:" and the checksum of what was read, {path: content}; the order of keys and items doesn't count.

    Without Read.json: two reads of the same network have the same checksum.
    """
    told = {path: _sorted(document) for path, document, _place, kind in _of_places(files) if kind != READ}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _sorted(value: Any) -> Any:
    """Return a value whose lists are sorted, in all depths."""
    if isinstance(value, Mapping):
        return {str(key): _sorted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted(map(_sorted, value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return value


def _may_share(kind: str, path: str, other: str) -> bool:
    """Return true if two files may have the same item of a kind."""
    regions = path.rpartition("/")[0].rpartition("/")[2], other.rpartition("/")[0].rpartition("/")[2]
    return path != other and (kind in SEEN_BY_MANY or kind in SEEN_IN_REGION and regions[0] == regions[1])


def _options(document: Any) -> tuple[Item, ...]:
    """Return the one object of an account and region as a tuple; empty if it wasn't read."""
    options = document.get(OPTIONS) if isinstance(document, Mapping) else None
    return (options,) if isinstance(options, Mapping) and options else ()


def items_of(path: str, kind: str, document: Any, id_key: str) -> tuple[Item, ...]:
    """Return a file's items. Raises Invalid if one lacks a key of id_key, or if pages are missing."""
    items = document.get(kind) if isinstance(document, Mapping) else None
    keys = id_key.split()
    expected = f'{{"{kind}": [...]}}, each item with its {", ".join(keys)}'
    if not isinstance(items, list) or not all(
        isinstance(item, Mapping) and all(key in item for key in keys) for item in items
    ):
        raise Invalid(path, None, f"is no list of {kind}", expected)
    if document.get("NextToken"):
        raise Invalid(path, None, "has a NextToken: further pages are missing", "all pages in one list")
    return tuple(items)
