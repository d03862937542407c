# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Draw and build the pages "how my traffic flows" of an inventory's accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.display import Display

from ..module_utils._core import escape
from ..module_utils._domain.egress.traffic import Traffic
from ..module_utils._domain.reports import traffic_dot, traffic_page
from ..module_utils._domain.reports.host_plans import HostPlan, host_plans, total
from . import graphviz


def pages(traffics: Sequence[Traffic], accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return {"index": page, "accounts": {host: {"file", "page"}}}. accounts: the variables of all hosts.

    Without Graphviz's dot, pages say so, and Ansible shows a warning.
    """
    names = traffic_page.file_names([one.host for one in traffics])
    plans = host_plans(accounts)
    drawn = _drawn(traffics)
    return {
        "index": traffic_page.index(traffics),
        "accounts": {
            one.host: {
                "file": names[one.host],
                "page": traffic_page.page(one, drawn[one.host], list(_notes(one, plans, accounts))),
            }
            for one in traffics
        },
    }


def _drawn(traffics: Sequence[Traffic]) -> dict[str, traffic_page.Drawn]:
    drawn, reason = {}, ""
    for one in traffics:
        try:
            picture = "" if reason else graphviz.svg(traffic_dot.dot(one), f"How the traffic of {one.host} flows")
        except graphviz.NoPicture as why:
            picture, reason = "", str(why)
            Display().warning(escape.text(f"closednet.aws.traffic_html: pages have no picture: {reason}"))
        drawn[one.host] = traffic_page.Drawn(picture, reason)
    return drawn


def _notes(one: Traffic, plans: Mapping[str, HostPlan], accounts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what AWS has that differs, of the hosts that this account's traffic passes, where that was read."""
    hosts = [host for host in (one.host, one.hub, one.egress) if host in plans]
    behind = [f"{host} ({total({host: plans[host]}).total()})" for host in hosts if plans[host].steps]
    notes = (
        [f"Not yet as declared in AWS: {', '.join(behind)} changes; closednet.aws.plan shows them."] if behind else []
    )
    result = accounts.get(one.egress, {}).get("egress_result") or {}
    if result.get("ready") is False:
        notes.append(f"The firewall of {one.egress} isn't ready yet.")
    return notes
