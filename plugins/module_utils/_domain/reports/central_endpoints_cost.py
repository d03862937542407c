# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of what endpoints cost, each account's own against the hub's: text and a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core import escape
from . import html

Cost = Mapping[str, Any]
HEAD = ("account", "zones", "services", "GB a month", "own endpoints", "by the hub", "break-even GB", "stay local")


def central_endpoints_cost_lines(cost: Cost) -> list[str]:
    """Return lines: the sum, the hub, each account, notes. cost: of endpoints.cost.cost"""
    lines = [_verdict(cost), _of_hub(cost)]
    for row in cost["hosts"]:
        cells = _cells(row)
        shown = ", ".join(f"{title} {cell}" for title, cell in zip(HEAD[1:], cells[1:]) if cell)
        lines.append(f"{cells[0]}: {shown}")
    return [escape.text(line) for line in [*lines, *(f"! {note}" for note in cost["notes"]), _prices(cost)]]


def central_endpoints_cost_html(cost: Cost) -> str:
    """Return an HTML page that needs no other file. cost: of endpoints.cost.cost"""
    rows = [(("good" if _saves(row) else "") if row["services"] else "quiet", _cells(row)) for row in cost["hosts"]]
    told = (_verdict(cost), ())
    parts = [
        html.section("All accounts", "good" if cost["saving"] > 0 and not cost["unknown_gb"] else "open", *told),
        html.paragraph(_of_hub(cost)),
        html.table(HEAD, rows),
        *(html.paragraph(note) for note in cost["notes"]),
        html.paragraph(_prices(cost)),
    ]
    return html.page("What endpoints cost: own or central", parts, html.TABLE_STYLE)


def _saves(row: Mapping[str, Any]) -> bool:
    return row["gb"] is not None and bool(row["central"] < row["local"])


def _verdict(cost: Cost) -> str:
    own, by_hub = (_dollars(cost[key]) for key in ("local", "central"))
    saving = cost["saving"]
    saves = f"saves {_dollars(saving)}" if saving >= 0 else f"costs {_dollars(-saving)} more"
    at = cost["break_even_gb"]
    even = f"; equal at {_gb(at)} a month" if at else "" if at is None else "; own endpoints are cheaper at any amount"
    at_least = " without the GB that aren't known" if cost["unknown_gb"] else ""
    return f"own endpoints {own}, by the hub {by_hub} a month{at_least}: {saves}{even}"


def _of_hub(cost: Cost) -> str:
    hub = cost["hub"]
    return (
        f"{hub['host']}: {len(hub['services'])} services in {len(hub['zones'])} zones"
        f" {_dollars(hub['endpoint_hours'])}, the Profile {_dollars(hub['profile'])}, together {_dollars(hub['total'])}"
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    moves = bool(row["services"])
    return [
        html.place(row["host"], row),
        str(len(row["zones"])),
        str(len(row["services"])),
        "unknown" if row["gb"] is None else _gb(row["gb"]),
        _dollars(row["local"]) if moves else "",
        _dollars(row["central"]) if moves else "",
        "" if row["break_even_gb"] is None else _gb(row["break_even_gb"]),
        ", ".join(row["stay_local"]),
    ]


def _dollars(value: float) -> str:
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


def _gb(value: float) -> str:
    return f"{value:,.1f} GB"


def _prices(cost: Cost) -> str:
    listed = ", ".join(f"{name} {price:g}" for name, price in cost["prices"].items())
    return f"prices in {cost['currency']}, {cost['hours']} hours a month: {listed} (docs/central-endpoints.md)"
