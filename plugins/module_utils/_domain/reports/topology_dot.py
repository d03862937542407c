# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe a planned network in Graphviz's DOT language: hub, segments, spokes, closed accounts, projects, changes.

The page that contains the picture sets the colours, by the classes of nodes, edges and clusters; see STYLE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..._core import escape
from ..hub import segments
from ..inventory import relations
from . import plan_effect
from .host_plans import SIGNS, HostPlan

# The most accounts that the picture names; of more, only hubs and the worst of those that change or failed.
NAMED = 30
NAME_SHOWN = 40
STATES = ("failed", "cut", "deletes", "moved", "changes", "creates", "unchanged")
# Pairs of accounts whose opening or closing is drawn.
MOST_EDGES = 20
# Nodes of a cluster are drawn in one column; more than so many, in rows.
IN_ONE_COLUMN = 8
COLUMNS = 3
# Variables with endpoints to services of other hosts, and the cloud's name of such a connection.
PRIVATE_LINKS = {"privatelink_consumer_endpoints": "PrivateLink", "psc_endpoints": "Private Service Connect"}

STYLE = (
    ".picture{overflow-x:auto;margin:1.5em 0}.picture svg{height:auto;max-width:100%;min-width:30em}"
    ".picture polygon,.picture polyline,.picture path{stroke:currentColor}.picture text{fill:currentColor}"
    ".picture .node polygon{fill:none}.picture .cluster>polygon{fill:var(--quiet);fill-opacity:.1;stroke:none}"
    ".picture .edge polygon{fill:currentColor}"
    ".picture .apart>polygon{fill:none;stroke:var(--quiet)}"
    ".picture :is(.failed,.cut,.deletes,.moved,.changes,.creates) polygon{fill-opacity:.25}"
    ".picture :is(.failed,.cut,.deletes) polygon{fill:var(--bad)}"
    ".picture :is(.moved,.changes) polygon{fill:var(--open)}"
    ".picture .creates polygon{fill:var(--good)}.picture .node polygon+polygon{fill:none}"
    ".picture :is(.failed,.cut,.deletes) :is(polygon,polyline){stroke:var(--bad)}"
    ".picture :is(.moved,.changes) :is(polygon,polyline){stroke:var(--open)}"
    ".picture .creates :is(polygon,polyline){stroke:var(--good)}"
    ".picture :is(.opens,.closes) path{stroke:var(--bad)}.picture .closes path{stroke:var(--quiet)}"
    ".picture .opens polygon{fill:var(--bad);stroke:var(--bad)}.picture .opens text{fill:var(--bad)}"
    ".picture .closes polygon{fill:var(--quiet);stroke:var(--quiet)}"
)


class Place(NamedTuple):
    """A cluster: a segment of a hub, a hub outside of its segments, accounts without an attachment, or projects."""

    title: str
    hosts: list[str]
    kind: str


def dot(
    accounts: Mapping[str, Mapping[str, Any]], plans: Mapping[str, HostPlan], effect: Mapping[str, Any] | None = None
) -> str:
    """Return the picture in the DOT language. plans: of host_plans. Raises Invalid for segments that parse refuses.

    effect: as the filter plan_effect returns it.

    accounts: the variables of each host. It reads group_names, cloud, region, hub_segments, hub_segment, spoke_segment,
    spoke_attached, privatelink_consumer_endpoints, psc_endpoints.
    """
    named = _named(accounts, plans)
    places, reaches = _places(accounts)
    lines = [
        "graph network {",
        'graph [rankdir=LR, compound=true, bgcolor=transparent, fontname="sans-serif", fontsize=13, nodesep=0.12,'
        " ranksep=0.6, pad=0.1]",
        'node [shape=box, fontname="sans-serif", fontsize=12, margin="0.14,0.06", height=0.4]',
        'edge [fontname="sans-serif", fontsize=11]',
    ]
    anchors: list[str] = []
    for index, place in enumerate(places):
        nodes = list(_nodes(place, accounts, plans, named))
        names = [name for name, _attributes in nodes]
        anchors.append(names[len(names) // 2])
        label = escape.dot(*place.title.splitlines())
        attributes = f"class={escape.dot(place.kind)}, label={label}, style=filled, margin=12"
        lines.append(f"subgraph {_cluster(index, place)} {{ graph [{attributes}]")
        lines += [f"{escape.dot(name)} [{attributes}]" for name, attributes in nodes]
        lines += [f"{escape.dot(one)} -- {escape.dot(other)} [style=invis]" for one, other in _rows(names)]
        lines.append("}")
    for one, other in reaches:
        ends = f"ltail={_cluster(one, places[one])}, lhead={_cluster(other, places[other])}"
        edge = f"{escape.dot(anchors[one])} -- {escape.dot(anchors[other])}"
        lines.append(f"{edge} [dir=both, penwidth=2, minlen=2, {ends}]")
    for consumer, provider, service in _private_links(accounts):
        if {consumer, provider} <= named:
            edge = f"{escape.dot(consumer)} -- {escape.dot(provider)}"
            lines.append(f'{edge} [dir=forward, style=dashed, label="{service}"]')
    lines += _effects(effect, named)
    return "\n".join([*lines, "}"]) + "\n"


def _effects(effect: Mapping[str, Any] | None, named: set[str]) -> Iterator[str]:
    """Yield an edge for each pair of named accounts that opens or closes; of very many none, the page lists them."""
    pairs = {pair: kind for pair, kind in plan_effect.pairs(effect).items() if named.issuperset(pair)}
    if len(pairs) > MOST_EDGES:
        return
    for (one, other), kind in pairs.items():
        look = f'class="{kind}", dir=forward, constraint=false, penwidth=2'
        style = ", style=dotted" if kind == "closes" else ""
        yield f"{escape.dot(one)} -- {escape.dot(other)} [{look}{style}]"


def state(plan: HostPlan) -> str:
    """Return the worst state of an account by its plan, one of STATES. What lacks a name in allow_opens has failed."""
    if plan.failures or plan.findings or plan.unnamed:
        return "failed"
    marked = {mark.kind for mark in plan.marks}
    states = {
        "cut": "cut" in marked or any(step.cuts for step in plan.steps),
        "deletes": plan.counts["delete"],
        "moved": "moved" in marked,
        "changes": plan.counts["change"] or plan.leaving,
        "creates": plan.steps,
    }
    return next((name for name, holds in states.items() if holds), "unchanged")


def worst_first(plans: Mapping[str, HostPlan]) -> list[str]:
    return sorted(plans, key=lambda host: (STATES.index(state(plans[host])), -plans[host].counts.total()))


def signed(counts: Mapping[str, int]) -> str:
    """Return counts of steps as `+3 ~1 -0`."""
    return " ".join(f"{sign}{counts[action]}" for action, sign in SIGNS.items())


def _named(accounts: Mapping[str, Mapping[str, Any]], plans: Mapping[str, HostPlan]) -> set[str]:
    if len(accounts) <= NAMED:
        return set(accounts)
    hubs = {host for host, variables in accounts.items() if variables.get("hub_segments")}
    return hubs | set([host for host in worst_first(plans) if state(plans[host]) != "unchanged"][:NAMED])


def _places(accounts: Mapping[str, Mapping[str, Any]]) -> tuple[list[Place], list[tuple[int, int]]]:
    """Return the clusters, and pairs of indexes of those that reach each other, each from left to right."""
    places: list[Place] = []
    reaches: list[tuple[int, int]] = []
    placed: set[str] = set()
    for hub, variables in accounts.items():
        if not variables.get("hub_segments"):
            continue
        parsed = segments.parse(variables["hub_segments"], f"{hub}.hub_segments")
        own = variables.get("hub_segment")
        first = len(places)
        for name, segment in parsed.items():
            hosts = [hub] if name == own else []
            hosts += [
                host
                for host, spoke in accounts.items()
                if spoke.get("spoke_segment") == name
                and relations.is_attached(spoke)
                and relations.same_region(spoke, variables)
                and host not in placed
            ]
            placed.update(hosts)
            places.append(Place(f"{name}\n(isolated)" if segment.isolated else name, hosts, "segment"))
        if hub not in placed:
            placed.add(hub)
            places.append(Place("", [hub], "hub"))
        reaches += _reaches(list(parsed), parsed, own, first)
    projects = [host for host, variables in accounts.items() if variables.get("cloud") == "gcp"]
    rest = [host for host in accounts if host not in placed and host not in projects]
    apart = {"not attached to a Transit Gateway": rest, "projects of Google Cloud": projects}
    return places + [Place(title, hosts, "apart") for title, hosts in apart.items() if hosts], reaches


def _reaches(names: list[str], parsed: Mapping[str, segments.Segment], own: Any, first: int) -> list[tuple[int, int]]:
    """Return pairs of indexes of segments that reach each other.

    Segments that reach the hub's own are placed alternately left and right of it.
    """
    pairs = {tuple(sorted((names.index(one), names.index(other)))) for one in names for other in parsed[one].reaches}
    found = []
    left = True
    for one, other in sorted(pairs):
        if own in (names[one], names[other]):
            hub, segment = (one, other) if names[one] == own else (other, one)
            one, other = (hub, segment) if left else (segment, hub)
            left = not left
        found.append((first + one, first + other))
    return found


def _nodes(
    place: Place, accounts: Mapping[str, Mapping[str, Any]], plans: Mapping[str, HostPlan], named: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield (name, attributes) of each named account, the worst first, then of the accounts that are only counted."""
    for host in sorted(place.hosts, key=lambda host: STATES.index(state(plans[host]))):
        if host in named:
            yield host, _account(host, accounts[host], plans[host])
    for one in STATES:
        others = [host for host in place.hosts if host not in named and state(plans[host]) == one]
        if len(others) == 1:
            yield others[0], _account(others[0], accounts[others[0]], plans[others[0]])
        elif others:
            counts = sum((plans[host].counts for host in others), Counter())
            what = [one] if one in ("failed", "cut", "moved", "unchanged") else [signed(counts)]
            label = escape.dot(f"{len(others)} accounts", *what)
            yield f"{place.title}: {one}", f'shape=box3d, class="accounts {one}", label={label}'
    if not place.hosts:
        yield f"{place.title}: no account", 'shape=plaintext, label="no account"'


def _account(host: str, variables: Mapping[str, Any], plan: HostPlan) -> str:
    groups = variables.get("group_names") or []
    closed = "closed" in groups
    marks = [
        "hub: Transit Gateway" if variables.get("hub_segments") else "",
        "closed: no internet" if closed else "",
        "PCI" if "pci" in groups else "",
        "FAILED" if plan.failures else "",
        "opens: needs a name" if plan.unnamed else "",
        *dict.fromkeys("CUT OFF" if mark.kind == "cut" else mark.short for mark in plan.marks),
        signed(plan.counts) if plan.steps else "",
    ]
    name = host if len(host) <= NAME_SHOWN else f"{host[: NAME_SHOWN - 3]}..."
    look = state(plan)
    attributes = [
        f'class="account {look}"',
        f"label={escape.dot(*filter(None, [name, *marks]))}",
        *(["peripheries=2"] if closed else []),
        *(["style=dashed"] if look == "deletes" and set(plan.counts) == {"delete"} else []),
        *(["penwidth=2"] if look != "unchanged" else []),
    ]
    return ", ".join(attributes)


def _rows(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of neighbours that an invisible edge puts into one row."""
    if len(names) > IN_ONE_COLUMN:
        for index in range(len(names) - 1):
            if (index + 1) % COLUMNS:
                yield names[index], names[index + 1]


def _private_links(accounts: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, str]]:
    """Return (consumer, provider, the cloud's name of such a connection)."""
    return dict.fromkeys(
        (host, service["host"], name)
        for host, variables in accounts.items()
        for option, name in PRIVATE_LINKS.items()
        for endpoint in variables.get(option) or []
        if isinstance(service := endpoint.get("service"), Mapping) and endpoint.get("state") != "absent"
    )


def _cluster(index: int, place: Place) -> str:
    """Return the cluster's name, which begins as Graphviz requires and is shown as a tooltip."""
    return escape.dot(f"cluster {index + 1}: {' '.join(place.title.splitlines())}")
