# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who declared a piece of a path: the variable and the host in the inventory, or nobody, and the line to remove.

An object is the inventory's by its tag closednet:managed, whose name is that of a host of its account; a row of it,
such as a route, only if a variable declares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ..egress.declared import Network
from ..egress.turns import attachments_of
from ..hub import segments
from ..inventory.relations import as_list
from ..network.addresses import all_cidrs_of
from ..network.routes import ends_of
from ..network.snapshot import Item, Snapshot
from ..values import internet
from . import entries, rules
from .pieces import ASSOCIATION, ENTRY, PEERING, POLICY, PROPAGATION, ROUTE, RULE, TRANSIT_ROUTE, Piece
from .variants import owner_of, tags

MANAGED, NAME = "closednet:managed", "closednet:name"
NOBODY = "nobody: not managed by this inventory"
# By module: the variable of a host that names what it manages; without it that is the host's name.
NAMES = {"tiered_vpc": "vpc_name", "tgw_hub": "hub_name", "tgw_spoke": "spoke_name"}
# A next run deletes a row that nobody declared where the inventory owns the whole object.
OWNED_WHOLE = "; a run of {} deletes it"


class Declared(NamedTuple):
    """Who declared something. host: "" if nobody; says: variable and host, or nobody; line: to change or remove."""

    host: str
    says: str
    line: str = ""


AWS_OWN = Declared("", "AWS itself")


class Managed(NamedTuple):
    """Object of the inventory. module: that manages it; host; name: closednet:name"""

    module: str
    host: str
    name: str


class Owners:
    """Owners of the objects of a snapshot. accounts: the variables of each host."""

    def __init__(self, accounts: Mapping[str, Mapping[str, Any]], snapshot: Snapshot) -> None:
        self.accounts, self.snapshot = accounts, snapshot
        self.network = Network(accounts)

    def of(self, piece: Piece) -> Declared:
        """Return who declared a piece of a path."""
        by_kind = {
            ROUTE: self._of_route,
            ENTRY: self._of_entry,
            RULE: self._of_rule,
            TRANSIT_ROUTE: self._of_transit_route,
            PROPAGATION: self._of_propagation,
            ASSOCIATION: self._of_association,
            PEERING: self._of_peering,
            POLICY: self._of_policy,
        }
        return by_kind[piece.kind](piece)

    # ---- hosts and managed objects

    def hosts_of(self, account_id: str | None) -> list[str]:
        """Return the hosts of an account."""
        return [host for host, one in self.accounts.items() if account_id and str(one.get("account_id")) == account_id]

    def host_of_vpc(self, vpc_id: str) -> str:
        """Return the host whose VPC this is, by its account and addresses; "" if none is."""
        found = owner_of(self.snapshot, "Vpcs", vpc_id)
        if found is None:
            return ""
        place, vpc = found
        hosts = self.hosts_of(vpc.get("OwnerId") or place.account_id)
        cidrs = {str(cidr) for cidr in all_cidrs_of(vpc)}
        own = [
            host
            for host in hosts
            if self.accounts[host].get("vpc_id") == vpc_id or cidrs & set(self.accounts[host].get("vpc_cidrs") or ())
        ]
        return next(iter(own), "")

    def managed(self, kind: str, id_: str) -> Managed | None:
        """Return who manages an object by its tags; None if no host of the inventory does."""
        found = owner_of(self.snapshot, kind, id_)
        if found is None:
            return None
        place, item = found
        of_item = tags(item)
        module, _slash, name = of_item.get(MANAGED, "").partition("/")
        hosts = self.hosts_of(item.get("OwnerId") or place.account_id)
        named = [host for host in hosts if str(self.accounts[host].get(NAMES.get(module, "")) or host) == name]
        # What other modules manage is named by its own option, and several hosts may share an account.
        host = next(iter(named or (hosts if module and module not in NAMES else [])), "")
        return Managed(module, host, of_item.get(NAME, "")) if host else None

    def account_of(self, kind: str, id_: str) -> str:
        """Return the account that owns an object, with its host if it has one, for whoever looks for it in AWS."""
        found = owner_of(self.snapshot, kind, id_)
        account = (found[1].get("OwnerId") or found[0].account_id) if found else None
        hosts = ", ".join(self.hosts_of(account))
        return f"account {account}" + (f" ({hosts})" if hosts else "") if account else "its account"

    def _nobody(self, kind: str, piece: Piece, call: str, run: str = "") -> Declared:
        says = NOBODY + (OWNED_WHOLE.format(run) if run else "")
        return Declared("", says, f"{self.account_of(kind, piece.id)}: {call}")

    # ---- routes of VPCs

    def _of_route(self, piece: Piece) -> Declared:
        route: Item = piece.data
        destination, target = ends_of(route)
        if target == "local":
            return AWS_OWN._replace(says="AWS: the VPC's own route")
        found = owner_of(self.snapshot, "RouteTables", piece.id)
        host = self.host_of_vpc(found[1]["VpcId"]) if found else ""
        declared = self._declares_route(host, piece.id, destination, target) if host else None
        call = f"DeleteRoute {piece.id} {destination}"
        return declared or self._nobody("RouteTables", piece, call)

    def _declares_route(self, host: str, table_id: str, destination: str, target: str) -> Declared | None:
        variables, managed = self.accounts[host], self.managed("RouteTables", table_id)
        tier = managed.name.partition(".")[0] if managed else ""
        if target.startswith("tgw-"):
            attached = not tier or tier in self.network.attached_tiers(host)
            return self._to_transit_gateway(host, destination) if attached else None
        if target.startswith(("igw-", "nat-", "eigw-")) and managed and internet.mean_everywhere([destination]):
            of_tier: Mapping[str, Any] = next(
                (one for one in variables.get("vpc_tiers") or () if one["name"] == tier), {}
            )
            if (of_tier.get("internet") or "none") != "none":
                says = f"vpc_tiers of {host}: {tier} has internet: {of_tier['internet']}"
                return Declared(host, says, f"{host}: vpc_tiers: {tier} with internet: none")
        if target.startswith("vpce-"):
            endpoint = self.managed("VpcEndpoints", target)
            return self._of_module(endpoint) if endpoint else None
        if target in as_list(variables.get("spoke_other_targets")):
            return Declared(host, f"spoke_other_targets of {host} accepts it; no variable declares it")
        return None

    def _to_transit_gateway(self, host: str, destination: str) -> Declared | None:
        prefix = self.network.prefix(host)
        variable = f"{prefix}_destinations"
        given = self.accounts[host].get(variable)
        listed = as_list(given) if given is not None else self.network.destinations(host)
        if destination not in listed:
            return None
        default = " (default)" if given is None else ""
        left = ", ".join(one for one in listed if one != destination)
        return Declared(host, f"{variable} of {host}{default}", f"{host}: {variable}: [{left}]")

    # ---- filters

    def _of_entry(self, piece: Piece) -> Declared:
        managed, entry = self.managed("NetworkAcls", piece.id), piece.data
        way = "egress" if entry["Egress"] else "ingress"
        call = f"DeleteNetworkAclEntry {piece.id} {way} {entry['RuleNumber']}"
        if managed is None or managed.module != "tiered_vpc":
            found = owner_of(self.snapshot, "NetworkAcls", piece.id)
            if found and found[1].get("IsDefault"):
                host = self.host_of_vpc(found[1]["VpcId"])
                more = f"; vpc_flows of {host} would close it" if host else ""
                says = f"nobody: AWS's default network ACL{more}"
                return Declared("", says, f"{self.account_of('NetworkAcls', piece.id)}: {call}")
            return self._nobody("NetworkAcls", piece, call)
        found_line = entries.declared(self.accounts[managed.host], managed.name, entry)
        if found_line is None:
            return self._nobody("NetworkAcls", piece, call, "closednet.aws.site")
        says, line = found_line
        return Declared(managed.host, f"{says} of {managed.host}", f"{managed.host}: {line}" if line else "")

    def _of_rule(self, piece: Piece) -> Declared:
        managed = self.managed("SecurityGroups", piece.id)
        call = rules.revoke(piece)
        if managed is None:
            return self._nobody("SecurityGroups", piece, call)
        found = rules.declared(self.accounts[managed.host], managed.module, managed.name, self._tag(piece.id), piece)
        if found is None:
            return self._nobody("SecurityGroups", piece, call, "its role")
        says, line = found
        return Declared(managed.host, f"{says} of {managed.host}", f"{managed.host}: {line}" if line else "")

    def _tag(self, group_id: str) -> str:
        found = owner_of(self.snapshot, "SecurityGroups", group_id)
        return tags(found[1]).get(MANAGED, "").partition("/")[2] if found else ""

    # ---- transit gateways

    def _of_transit_route(self, piece: Piece) -> Declared:
        route = piece.data
        destination = route.get("DestinationCidrBlock") or route.get("PrefixListId")
        call = f"DeleteTransitGatewayRoute {piece.id} {destination}"
        table = self.segment_of_table(piece.id)
        if table is None:
            return self._nobody("TransitGatewayRouteTables", piece, call)
        hub, segment = table
        declared = self._tables(hub).get(segment)
        if declared is None:
            return self._nobody("TransitGatewayRouteTables", piece, call, "closednet.aws.transit_gateway")
        own = segments.parse(self.accounts[hub]["hub_segments"])[segment].static_routes
        if any(one.destination == destination for one in own):
            variable = f"hub_segments.{segment}.static_routes"
            return Declared(hub, f"{variable} of {hub}", f"{hub}: {variable}: without {destination}")
        if any(one.destination == destination for one in declared.static_routes):
            return Declared(hub, f"hub_segments of {hub}: a segment with egress, or a peer without propagation", "")
        return self._nobody("TransitGatewayRouteTables", piece, call, "closednet.aws.transit_gateway")

    def _of_propagation(self, piece: Piece) -> Declared:
        (target, *_more) = piece.data["TransitGatewayAttachments"]
        id_ = target["TransitGatewayAttachmentId"]
        call = f"DisableTransitGatewayRouteTablePropagation {piece.id} {id_}"
        table, of_target = self.segment_of_table(piece.id), self.of_attachment(id_)
        if table is None:
            return self._nobody("TransitGatewayRouteTables", piece, call)
        if of_target:
            found = self.reach(table[0], table[1], of_target[1])
            if found:
                return found
        return self._nobody("TransitGatewayRouteTables", piece, call, "closednet.aws.transit_gateway")

    def _of_association(self, piece: Piece) -> Declared:
        id_ = piece.data["TransitGatewayAttachmentId"]
        call = f"DisassociateTransitGatewayRouteTable {piece.id} {id_}"
        table, of_attachment = self.segment_of_table(piece.id), self.of_attachment(id_)
        if table is None or of_attachment is None:
            return self._nobody("TransitGatewayRouteTables", piece, call)
        host, segment = of_attachment
        variable = "hub_segment" if host in self.network.hubs else "spoke_segment"
        if segment != table[1]:
            says = f"nobody: {variable} of {host} is {segment}, and the table is that of {table[1]}"
            return Declared("", says, "closednet.aws.transit_gateway moves it")
        detach = f"{host}: spoke_attached: false" if variable == "spoke_segment" else ""
        return Declared(host, f"{variable} of {host}", detach)

    def segment_of_table(self, table_id: str) -> tuple[str, str] | None:
        """Return the hub and the segment of a transit gateway's route table; None if no host manages it."""
        managed = self.managed("TransitGatewayRouteTables", table_id)
        if managed is None or managed.module != "tgw_hub" or managed.host not in self.network.hubs:
            return None
        return managed.host, managed.name

    def of_attachment(self, id_: str) -> tuple[str, str] | None:
        """Return the host and the declared segment of an attachment; None if it is of no attached host."""
        for kind in ("TransitGatewayVpcAttachments", "TransitGatewayAttachments"):
            found = owner_of(self.snapshot, kind, id_)
            vpc_id = (found[1].get("VpcId") or found[1].get("ResourceId")) if found else None
            host = self.host_of_vpc(str(vpc_id)) if vpc_id else ""
            if host and self.network.hub_of(host):
                return host, self.network.segment_of(host)
        return None

    def reach(self, hub: str, segment: str, other: str) -> Declared | None:
        """Return what lets a segment's members reach another one's; None if nothing declares it."""
        parsed = segments.parse(self.accounts[hub]["hub_segments"])
        if segment not in parsed or other not in parsed:
            return None
        if segment == other:
            if parsed[segment].isolated:
                return None
            says = f"hub_segments.{segment} of {hub}: its members reach each other"
            return Declared(hub, says, f"{hub}: hub_segments.{segment}.isolated: true")
        for one, two in ((segment, other), (other, segment)):
            if two in parsed[one].reaches:
                left = ", ".join(name for name in parsed[one].reaches if name != two)
                variable = f"hub_segments.{one}.reaches"
                return Declared(hub, f"{variable} of {hub}: {two}", f"{hub}: {variable}: [{left}]")
            if parsed[one].internet_of == two:
                variable = f"hub_segments.{one}.internet_of"
                return Declared(hub, f"{variable} of {hub}", f"{hub}: {variable}: null")
        return None

    @cached_property
    def _declared_tables(self) -> dict[str, dict[str, segments.Table]]:
        return {}

    def _tables(self, hub: str) -> dict[str, segments.Table]:
        if hub not in self._declared_tables:
            attached = {
                host: self.network.segment_of(host) for host in self.accounts if self.network.hub_of(host) == hub
            }
            variables = self.accounts[hub]
            found = attachments_of(hub, self.accounts, attached)
            blackholes = bool(variables.get("hub_blackholes"))
            self._declared_tables[hub] = segments.tables(variables["hub_segments"], found, blackholes)
        return self._declared_tables[hub]

    # ---- others

    def _of_peering(self, piece: Piece) -> Declared:
        return self._nobody("VpcPeeringConnections", piece, f"DeleteVpcPeeringConnection {piece.id}")

    def _of_policy(self, piece: Piece) -> Declared:
        managed = self.managed("VpcEndpoints", piece.id)
        return self._of_module(managed) if managed else Declared("", NOBODY)

    def _of_module(self, managed: Managed) -> Declared:
        return Declared(managed.host, f"{managed.module} of {managed.host}: {managed.name or 'main'}")
