# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each blocker of a path needs: the line of the inventory that would open it, or the call in AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..egress.hops import not_attached
from ..hub import segments
from ..inventory.relations import as_list
from ..network.addresses import either
from ..network.snapshot import Snapshot
from ..network.tracer import Flow, Stopped
from ..network.trip import UNKNOWN, Blocker
from . import entries
from .owners import NOBODY, Owners
from .variants import owner_of


class Need(NamedTuple):
    """needs: in words; declared_by: who declared the object that stops it; line: to add, "" if it isn't a line"""

    needs: str
    declared_by: str
    line: str = ""


class Ends(NamedTuple):
    """Ends of the flow that is stopped: hosts of the inventory ("" if none), addresses as CIDRs, tiers, protocol."""

    source: str
    destination: str
    source_cidr: str
    destination_cidr: str
    source_tier: str
    destination_tier: str
    protocol: str
    port: int | None


class Needs:
    """Needs of blockers in one snapshot. accounts: the variables of each host."""

    def __init__(self, accounts: Mapping[str, Mapping[str, Any]], snapshot: Snapshot, owners: Owners) -> None:
        self.accounts, self.snapshot, self.owners = accounts, snapshot, owners

    def of(self, blocker: Blocker, ends: Ends) -> Need:
        """Return what a blocker needs."""
        if blocker.verdict == UNKNOWN:
            return Need("it isn't known: " + blocker.says.partition("; expected ")[2], "", "")
        sent = ends if blocker.direction == "there" else _reversed(ends)
        by_kind = {
            "route_table": self._route,
            "transit_gateway_route_table": self._transit_route,
            "transit_gateway_attachment": self._association,
            "transit_gateway": self._attachment,
            "security_group": self._rule,
            "network_acl": self._entry,
        }
        if blocker.by in by_kind:
            return by_kind[blocker.by](blocker, sent, ends)
        return Need(f"another state of {', '.join(blocker.ids) or blocker.by}", "AWS", "")

    # ---- routes

    def _route(self, blocker: Blocker, sent: Ends, _ends: Ends) -> Need:
        table_id = blocker.ids[0]
        found = owner_of(self.snapshot, "RouteTables", table_id)
        host = self.owners.host_of_vpc(found[1]["VpcId"]) if found else ""
        target = sent.destination_cidr
        needs = f"a route to {target} in {table_id}"
        if "blackhole" in blocker.says:
            needs = f"another target of {blocker.says.removesuffix(' is a blackhole')}, which is gone"
        call = f"{self.owners.account_of('RouteTables', table_id)}: CreateRoute {table_id} {target}"
        if not host or host not in (sent.source, sent.destination):
            return Need(needs, self._by("RouteTables", table_id), call)
        network = self.owners.network
        if not network.hub_of(host):
            lines, why = not_attached(network, host)
            return Need(f"{needs}: {why}", self._by("RouteTables", table_id), lines[0] if lines else call)
        variable = f"{network.prefix(host)}_destinations"
        wanted = self._declared_range(sent.destination, target)
        have = network.destinations(host)
        managed = self.owners.managed("RouteTables", table_id)
        tier, attached = (managed.name.partition(".")[0] if managed else ""), network.attached_tiers(host)
        covered = any(_holds(one, target) for one in have)
        if covered and tier and tier not in attached:
            prefix = network.prefix(host)
            return Need(
                f"{needs}; {tier} isn't in {prefix}_tiers",
                f"{prefix}_tiers of {host}",
                f"{host}: {prefix}_tiers: {_with(attached, tier)}",
            )
        if covered:
            return _run(needs, f"{variable} of {host}", host)
        return Need(needs, f"{variable} of {host}", f"{host}: {variable}: {_with(have, wanted)}")

    def _declared_range(self, host: str, target: str) -> str:
        """Return the CIDR of a host's VPC that an address is of; the address if it is of none."""
        return next((str(cidr) for cidr in self._cidrs(host) if _holds(str(cidr), target)), target)

    def _cidrs(self, host: str) -> Sequence[str]:
        return self.accounts.get(host, {}).get("vpc_cidrs") or ()

    def _transit_route(self, blocker: Blocker, sent: Ends, _ends: Ends) -> Need:
        table_id = blocker.ids[0]
        needs = f"a route to {sent.destination_cidr} in {table_id}, in place of: {blocker.says}"
        table = self.owners.segment_of_table(table_id)
        if table is None:
            where = self.owners.account_of("TransitGatewayRouteTables", table_id)
            call = f"CreateTransitGatewayRoute {table_id} {sent.destination_cidr}, or a propagation"
            return Need(needs, NOBODY, f"{where}: {call}")
        hub, segment = table
        network, to = self.owners.network, sent.destination
        if not to or network.hub_of(to) != hub:
            fix = f"{to}: spoke_attached: true, and spoke_segment" if to else ""
            return Need(needs, f"hub_segments.{segment} of {hub}", fix)
        other = network.segment_of(to)
        reached = self.owners.reach(hub, segment, other)
        if reached:
            return _run(needs, reached.says, hub)
        parsed = segments.parse(self.accounts[hub]["hub_segments"])
        if other == segment:
            variable = f"hub_segments.{segment}"
            says = f"{variable} of {hub}: isolated: true, whose members don't reach each other"
            return Need(needs, says, f"{hub}: {variable}.isolated: false (opens it between all its members)")
        variable = f"hub_segments.{segment}.reaches"
        line = f"{hub}: {variable}: {_with(parsed[segment].reaches, other)}"
        return Need(needs, f"hub_segments of {hub}: {segment} doesn't reach {other}", line)

    def _association(self, blocker: Blocker, sent: Ends, _ends: Ends) -> Need:
        (id_, *_more) = blocker.ids
        found = self.owners.of_attachment(id_)
        needs = f"{id_}: {blocker.says}"
        if found is None:
            call = f"AssociateTransitGatewayRouteTable {id_}"
            return Need(f"an association with a route table: {needs}", NOBODY, call)
        host, segment = found
        return _run(needs, f"segment {segment} of {host}", host)

    def _attachment(self, blocker: Blocker, sent: Ends, _ends: Ends) -> Need:
        host = sent.source
        needs = f"an available attachment: {blocker.says}"
        if not host:
            return Need(needs, NOBODY, "")
        if self.owners.network.hub_of(host):
            return _run(needs, f"spoke_segment of {host}", host)
        lines, why = not_attached(self.owners.network, host)
        return Need(f"{needs}; {why}", f"spoke_segment of {host}", lines[0])

    # ---- filters

    def _rule(self, blocker: Blocker, _sent: Ends, ends: Ends) -> Need:
        egress = "egress rule" in blocker.says
        host, peer = (ends.source, ends.destination_cidr) if egress else (ends.destination, ends.source_cidr)
        way, preposition = ("egress", "to") if egress else ("ingress", "from")
        needs = f"an {way} rule for {_ports(ends)} {preposition} {peer} in one of {', '.join(blocker.ids)}"
        managed = [found for one in blocker.ids if (found := self.owners.managed("SecurityGroups", one))]
        ours = next((one for one in managed if one.module == "tgw_spoke" and not egress), None)
        if ours:
            given = self.accounts[ours.host].get("spoke_from_hub") or {}
            sources = _with(as_list(given.get("sources")), self._declared_range(ends.source, peer))
            listed = as_list(given.get(ends.protocol))
            numbers = _with([f'"{one}"' for one in listed], *([f'"{ends.port}"'] if ends.port is not None else []))
            line = f"{ours.host}: spoke_from_hub: {{sources: {sources}, {ends.protocol}: {numbers}}}"
            return Need(needs, f"spoke_from_hub of {ours.host}", line)
        call = f"AuthorizeSecurityGroup{way.capitalize()} {blocker.ids[0]}: {_ports(ends)} {preposition} {peer}"
        if managed:
            return Need(needs, f"{managed[0].module} of {managed[0].host}: {managed[0].name}", call)
        where = self.owners.account_of("SecurityGroups", blocker.ids[0])
        hint = f" (no variable of {host} declares this group)" if host else ""
        return Need(needs, f"{NOBODY}{hint}", f"{where}: {call}")

    def _entry(self, blocker: Blocker, _sent: Ends, ends: Ends) -> Need:
        id_ = blocker.ids[0]
        needs = f"an entry that lets it through, before: {blocker.says}"
        managed = self.owners.managed("NetworkAcls", id_)
        if managed is None or managed.module != "tiered_vpc":
            where = self.owners.account_of("NetworkAcls", id_)
            return Need(needs, NOBODY, f"{where}: CreateNetworkAclEntry {id_}")
        flow = self._flow(managed.host, managed.name, ends)
        if flow is None:
            return Need(needs, f"vpc_flows of {managed.host}", "")
        have = [
            {key: as_list(value) if key in ("tcp", "udp") else value for key, value in one.items()}
            for one in self.accounts[managed.host].get("vpc_flows") or ()
        ]
        if flow in have:
            return _run(needs, f"vpc_flows of {managed.host}", managed.host)
        return Need(needs, f"vpc_flows of {managed.host}", f"{managed.host}: vpc_flows: - {entries.line(flow)}")

    def _flow(self, host: str, tier: str, ends: Ends) -> dict[str, Any] | None:
        """Return the flow that a tier's ACL lacks; None for a ping, which flows don't declare."""
        if ends.port is None:
            return None
        number = {ends.protocol: [str(ends.port)]}
        if host == ends.source == ends.destination:
            return {"from": ends.source_tier, "to": ends.destination_tier, **number}
        if host == ends.source:
            return {"from": tier, "to": self._declared_range(ends.destination, ends.destination_cidr), **number}
        if host == ends.destination:
            return {"from": self._declared_range(ends.source, ends.source_cidr), "to": tier, **number}
        return None

    def _by(self, kind: str, id_: str) -> str:
        managed = self.owners.managed(kind, id_)
        return f"{managed.module} of {managed.host}: {managed.name}" if managed else NOBODY


def addresses(flow: Flow | Any) -> tuple[str, str]:
    """Return source and destination of a flow's first packet, as text; "" where it has no leg."""
    known = flow.flow if isinstance(flow, Stopped) else flow
    legs = known.there.legs if isinstance(known, Flow) else ()
    return (str(legs[0].packet.source), str(legs[0].packet.destination)) if legs else ("", "")


def _run(needs: str, declared_by: str, host: str) -> Need:
    """Return the need of what is declared, and isn't in AWS."""
    return Need(f"{needs}; it is declared, and AWS doesn't have it", declared_by, f"a run for {host} creates it")


def _reversed(ends: Ends) -> Ends:
    return ends._replace(
        source=ends.destination,
        destination=ends.source,
        source_cidr=ends.destination_cidr,
        destination_cidr=ends.source_cidr,
        source_tier=ends.destination_tier,
        destination_tier=ends.source_tier,
    )


def _ports(ends: Ends) -> str:
    return ends.protocol if ends.port is None else f"{ends.protocol}/{ends.port}"


def _holds(outer: str, inner: str) -> bool:
    one, other = either(outer), either(inner)
    return one.version == other.version and other.subnet_of(one)  # type: ignore[arg-type]


def _with(listed: Sequence[str], *more: str) -> str:
    """Return a list as it stands in an inventory, with what it lacks."""
    return "[" + ", ".join(dict.fromkeys([*listed, *more])) + "]"
