# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages for application teams, "how my traffic flows": one for each account, and an index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..._core import escape
from ..egress import hops, tails
from ..egress.answer import Step
from ..egress.traffic import INTERNET, Opening, Traffic, Way
from . import html, topology_dot, traffic_dot

OWN_STYLE = "tr.bad td{color:var(--bad)}.legend{font-size:.9em}article h3{margin:.3em 0}"
STYLE = html.TABLE_STYLE + topology_dot.STYLE + traffic_dot.STYLE + OWN_STYLE
INDEX = "index.html"
LEGEND = (
    "Solid green lines lead out, dashed yellow ones are the answers, red ones come in from the internet. A dashed"
    " frame: the tier opens no connection to the internet."
)
LEADS = {
    hops.CENTRAL: ("good", "to the internet by the central egress, filtered by name"),
    hops.OWN_GATEWAY: ("open", "to the internet by its own internet gateway, not filtered by name"),
    hops.OWN_NAT: ("open", "to the internet by its own NAT gateway, not filtered by name"),
    hops.NOWHERE: ("quiet", "no route to the internet"),
    hops.HOST: ("open", "its default route leads to another account"),
    hops.BEYOND: ("open", "its default route leads to an attachment that the inventory doesn't know"),
    hops.INSIDE: ("quiet", "stays inside its VPC"),
}
EGRESS = "is the central egress: it sends on what its firewall lets pass of the others"
HOPS = ("Where", "What happens", "Decided by", "Who")
OPENINGS = ("To", "Ports", "Protocol", "Group", "Owner", "Reason", "Until", "Only from")
# Closed for each account behind the central egress, with what to do instead.
CLOSED = (
    ("tls-name", "Add the name to a group, with its owner."),
    ("tls-no-name", "Use a client that sends the server's name (SNI)."),
    ("tls-address", "Connect by name; an address alone needs an entry with cidr."),
    ("http-name", "Add the name to a group with ports: [80]; better, use TLS."),
    ("port", "Add the port to the entry of its name."),
    ("quic", "Nothing: browsers and SDKs fall back to TLS over TCP. Turn HTTP/3 off where a client waits for it."),
    ("dns", "Use the VPC's own resolver (the VPC's second address), which no rule touches."),
    ("tcp", "Add an entry with cidr and ports."),
    ("udp", "Add an entry with cidr, ports and protocol: udp."),
    ("icmp", "Test with TLS to the name instead of ping."),
)


@dataclass(frozen=True)
class Drawn:
    """The picture of an account's page: an SVG element, or why there is none."""

    svg: str = ""
    reason: str = ""


def file_names(hosts: Sequence[str]) -> dict[str, str]:
    """Return the file of each host's page: its name without special characters, numbered where two are the same."""
    names: dict[str, str] = {}
    taken = {INDEX}
    for host in hosts:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", host).strip("-") or "account"
        name, number = f"{stem}.html", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}.html"
        taken.add(name.lower())
        names[host] = name
    return names


def index(traffics: Sequence[Traffic]) -> str:
    """Return the page that lists all accounts."""
    names = file_names([one.host for one in traffics])
    rows = [("", [one.host, *_summary(one)]) for one in sorted(traffics, key=lambda one: one.host)]
    total = html.paragraph(f"{len(traffics)} accounts, as the inventory declares.")
    head = ("Account", "Segment", "Out to the internet", "Groups", "In")
    return html.page("How traffic flows", [total, html.table(head, rows, names)], STYLE)


def _summary(one: Traffic) -> Iterator[str]:
    yield one.segment or "not attached"
    leads = dict.fromkeys(way.path.leads for way in one.ways if way.path.leads != hops.NOWHERE)
    yield EGRESS if one.is_egress else "; ".join(LEADS[lead][1] for lead in leads) or "nothing"
    yield ", ".join(one.groups)
    yield "; ".join(f"{door.source}: {door.ports}" for door in one.inbound)


def page(traffic: Traffic, drawn: Drawn, notes: Sequence[str] = ()) -> str:
    """Return the page of one account. notes: what AWS has that differs from the inventory."""
    variables = {"account_id": traffic.account_id, "region": traffic.region}
    sections = [
        html.paragraph(html.place(traffic.host, variables)),
        *(html.paragraph(note) for note in [*([f"This account {EGRESS}."] if traffic.is_egress else []), *notes]),
        _picture(drawn),
        *_out(traffic),
        *_reachable(traffic),
        *_closed(traffic),
        *_east_west(traffic),
        *_in(traffic),
        *_help(traffic),
    ]
    return html.page(f"How the traffic of {traffic.host} flows", sections, STYLE)


def _picture(drawn: Drawn) -> str:
    if not drawn.svg:
        return html.paragraph(drawn.reason, "No picture:") if drawn.reason else ""
    return f'<div class="picture">{drawn.svg}</div><p class="legend">{escape.html(LEGEND)}</p>'


def _title(text: str) -> str:
    return f"<h2>{escape.html(text)}</h2>"


def _out(traffic: Traffic) -> Iterator[str]:
    yield _title("Out to the internet, and back")
    for way in traffic.ways:
        kind, words = LEADS[way.path.leads]
        kind, words = ("quiet", "may open no connection to the internet (vpc_flows)") if way.stopped else (kind, words)
        yield html.article(kind, f"tier {way.tier}", words, list(_hops(way)))


def _hops(way: Way) -> Iterator[str]:
    if way.subnets:
        yield html.paragraph(f"Subnets: {', '.join(way.subnets)}")
    if way.path.says:
        yield html.paragraph(way.path.says)
    if way.stopped:
        yield html.paragraph(f"vpc_flows have no flow such as {way.stopped}: the network ACL stops it.")
    yield html.table(HOPS, _rows(way.path.steps))
    if way.back and not way.stopped:
        yield "<h3>Answers</h3>"
        yield html.table(HOPS, _rows(way.back))


def _rows(steps: Sequence[Step]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("bad" if step.passes is False else "", (step.where, step.what, step.decides or "AWS", step.owner))
        for step in steps
    ]


def _reachable(traffic: Traffic) -> Iterator[str]:
    if not traffic.egress:
        return
    yield _title("What you may reach by the central egress")
    if traffic.monitor:
        yield html.paragraph(
            "The firewall only watches (egress_mode: monitor): what isn't in this table passes, too, and is logged."
        )
    if not traffic.allowed:
        yield html.paragraph("Nothing: the account is in no group of egress_groups, or its groups are empty.")
        return
    yield html.table(OPENINGS, [_opening(one) for one in traffic.allowed])


def _opening(one: Opening) -> tuple[str, tuple[str, ...]]:
    until = f"{one.until}, expired: closed" if one.expired else one.until
    kind = "bad" if one.expired else ""
    return kind, (one.target, one.ports, one.protocol, one.group, one.owner, one.reason, until, one.only)


def _closed(traffic: Traffic) -> Iterator[str]:
    if not traffic.egress:
        return
    yield _title("What is closed, and what to do")
    rows = [("", (tails.WHY[kind], instead)) for kind, instead in CLOSED if kind in tails.WHY]
    yield html.table(("Closed", "Instead"), rows)


def _east_west(traffic: Traffic) -> Iterator[str]:
    yield _title("To other accounts")
    if not traffic.neighbours:
        yield html.paragraph("No other account, by the routes that the inventory declares.")
        return
    rows = [
        (
            "" if one.returns else "bad",
            (one.host, ", ".join(one.cidrs), one.steps[-1].decides, one.returns or "no route back: answers are lost"),
        )
        for one in traffic.neighbours
    ]
    yield html.table(("Account", "CIDRs", "Let through by", "Answers come by"), rows)
    if traffic.more:
        yield html.paragraph(f"And {traffic.more} more accounts that segment {traffic.segment} reaches.")
    yield html.paragraph("Security groups and network ACLs on both sides decide what is let in.")


def _in(traffic: Traffic) -> Iterator[str]:
    yield _title("In")
    if not traffic.inbound:
        yield html.paragraph("Nothing from the internet, and nothing from the hub by the declaration.")
        return
    rows = [("", (one.source, one.tier or "the VPC", one.ports, one.decides)) for one in traffic.inbound]
    yield html.table(("From", "To tier", "Ports", "Decided by"), rows)
    if any(one.source == INTERNET for one in traffic.inbound):
        answers = [way for way in traffic.ways if way.tier in {one.tier for one in traffic.inbound}]
        by_itself = all(way.path.leads == hops.OWN_GATEWAY for way in answers)
        yield html.paragraph(
            "Answers leave by the same internet gateway that the connection came in by."
            if by_itself
            else "Answers would leave by another path than the connection came in by: they are lost."
        )


def _help(traffic: Traffic) -> Iterator[str]:
    yield _title("Why doesn't it connect?")
    tier = traffic.ways[0].tier if traffic.ways else "TIER"
    command = f"ansible-playbook -i INVENTORY closednet.aws.why -e from={traffic.host}/{tier} -e to=NAME:443"
    yield html.paragraph("This tells which rule or route decides, and the line that would change it:")
    yield f"<pre>{escape.html(command)}</pre>"


def as_json(traffics: Sequence[Traffic]) -> str:
    """Return what all pages show as JSON: {host: ...}."""
    return json.dumps({one.host: one.as_data() for one in traffics}, indent=2) + "\n"
