# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the paths of one account's traffic in Graphviz's DOT language: out, back, east-west and in.

The page that contains the picture sets the colours, by the classes of nodes, edges and clusters; see STYLE.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._core import escape
from ..egress import hops
from ..egress.traffic import INTERNET, Traffic

STYLE = (
    ".picture .out :is(path,polygon){stroke:var(--good)}.picture .out polygon{fill:var(--good)}"
    ".picture .back :is(path,polygon){stroke:var(--open)}.picture .back polygon{fill:var(--open)}"
    ".picture .in :is(path,polygon){stroke:var(--bad)}.picture .in polygon{fill:var(--bad)}"
    ".picture .stopped polygon{stroke:var(--bad)}"
)
# East-west neighbours that the picture names; it counts the others.
NEIGHBOURS = 6
# Drawn from left to right as the way out, so that the two lie side by side.
BACK = "dir=back, style=dashed"


def dot(traffic: Traffic) -> str:
    """Return the picture in the DOT language."""
    lines = [
        "digraph traffic {",
        'graph [rankdir=LR, compound=true, bgcolor=transparent, fontname="sans-serif", fontsize=13, nodesep=0.25,'
        " ranksep=0.5, pad=0.1]",
        'node [shape=box, fontname="sans-serif", fontsize=12, margin="0.14,0.06", height=0.4]',
        'edge [fontname="sans-serif", fontsize=11]',
        *_account(traffic),
        *_hub(traffic),
        *_egress(traffic),
        f'{escape.dot(INTERNET)} [shape=ellipse, label="internet"]' if _meets_internet(traffic) else "",
        *_paths(traffic),
        *_inbound(traffic),
        *_neighbours(traffic),
        "}",
    ]
    return "\n".join(filter(None, lines)) + "\n"


def _cluster(name: str, label: str, nodes: list[str]) -> list[str]:
    attributes = f"class=segment, label={escape.dot(label)}, style=filled, margin=12"
    return [f"subgraph {escape.dot(f'cluster {name}')} {{ graph [{attributes}]", *nodes, "}"] if nodes else []


def _node(name: str, *label: str, stopped: bool = False) -> str:
    look = ", class=stopped, style=dashed" if stopped else ""
    return f"{escape.dot(name)} [label={escape.dot(*label)}{look}]"


def _edge(one: str, other: str, kind: str, *label: str, look: str = "") -> str:
    attributes = f"class={escape.dot(kind)}, label={escape.dot(*label)}" + (f", {look}" if look else "")
    return f"{escape.dot(one)} -> {escape.dot(other)} [{attributes}]"


def _account(traffic: Traffic) -> list[str]:
    nodes = [
        _node(
            f"tier {way.tier}",
            f"tier {way.tier}",
            *way.subnets,
            stopped=bool(way.stopped) or way.path.leads == hops.NOWHERE,
        )
        for way in traffic.ways
    ]
    for leads, name in ((hops.OWN_GATEWAY, "internet gateway"), (hops.OWN_NAT, "NAT gateway")):
        doors = leads == hops.OWN_GATEWAY and any(door.source == INTERNET for door in traffic.inbound)
        if doors or any(way.path.leads == leads and not way.stopped for way in traffic.ways):
            nodes.append(_node(f"own {leads}", name))
    return _cluster("account", traffic.host, nodes)


def _hub(traffic: Traffic) -> list[str]:
    if not traffic.hub:
        return []
    return [_node("hub", "Transit Gateway", f"segment {traffic.segment}")]


def _egress(traffic: Traffic) -> list[str]:
    if not traffic.egress:
        return []
    nodes = [
        _node("firewall", "Network Firewall", "only watches" if traffic.monitor else f"{_openings(traffic)} openings"),
        _node("nat", "NAT gateway", "of the same zone"),
        _node("gateway", "internet gateway"),
    ]
    return _cluster("egress", traffic.egress, nodes)


def _openings(traffic: Traffic) -> int:
    return sum(not one.expired for one in traffic.allowed)


def _meets_internet(traffic: Traffic) -> bool:
    leads = {way.path.leads for way in traffic.ways}
    return bool(traffic.inbound or leads & {hops.CENTRAL, hops.OWN_GATEWAY, hops.OWN_NAT})


def _paths(traffic: Traffic) -> Iterator[str]:
    for way in (way for way in traffic.ways if not way.stopped):
        tier, leads = f"tier {way.tier}", way.path.leads
        if leads in (hops.CENTRAL, hops.HOST) or (leads == hops.NOWHERE and len(way.path.steps) > 1):
            yield _edge(tier, "hub", "out", way.path.steps[0].what.partition(" ")[0])
            yield _edge(tier, "hub", "back", "", look=BACK)
        elif leads in (hops.OWN_GATEWAY, hops.OWN_NAT):
            yield _edge(tier, f"own {leads}", "out", "0.0.0.0/0")
            yield _edge(tier, f"own {leads}", "back", "", look=BACK)
    for leads in dict.fromkeys(way.path.leads for way in traffic.ways if not way.stopped):
        if leads in (hops.OWN_GATEWAY, hops.OWN_NAT):
            yield _edge(f"own {leads}", INTERNET, "out", "not filtered by name")
    if any(way.path.leads == hops.CENTRAL for way in traffic.ways):
        chain = ["hub", "firewall", "nat", "gateway", INTERNET]
        for one, other in zip(chain, chain[1:]):
            yield _edge(one, other, "out", "0.0.0.0/0" if one == "hub" else "")
            yield _edge(one, other, "back", "answers" if one == "gateway" else "", look=BACK)


def _inbound(traffic: Traffic) -> Iterator[str]:
    doors = [door for door in traffic.inbound if door.source == INTERNET]
    gateway = f"own {hops.OWN_GATEWAY}"
    for door in doors:
        yield _edge(f"tier {door.tier}", gateway, "in", door.ports, look="dir=back")
        if _leads(traffic, door.tier) == hops.OWN_GATEWAY:
            yield _edge(f"tier {door.tier}", gateway, "back", "", look="style=dashed")
    if doors:
        yield _edge(gateway, INTERNET, "in", "", look="dir=back")
        yield _edge(gateway, INTERNET, "back", "answers", look="style=dashed")


def _leads(traffic: Traffic, tier: str) -> str:
    return next((way.path.leads for way in traffic.ways if way.tier == tier), "")


def _neighbours(traffic: Traffic) -> Iterator[str]:
    shown = traffic.neighbours[:NEIGHBOURS]
    for one in shown:
        yield _node(f"host {one.host}", one.host, *one.cidrs)
        yield _edge("hub", f"host {one.host}", "out", "", look="dir=both")
    others = len(traffic.neighbours) - len(shown) + traffic.more
    if others:
        yield _node("others", f"{others} more accounts")
        yield _edge("hub", "others", "out", "", look="dir=both")
