# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readiness of an inventory's ways out, from what the roles of its accounts registered in the same run.

Unknown is not ready: what didn't run, or failed, leaves every default route as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..hub import segments
from . import relations

Hosts = Mapping[str, Mapping[str, Any]]


def egress_ready(accounts: Hosts, region: str | None = None, planning: bool = False) -> bool | None:
    """Return whether the firewalls of this region carry traffic, with routes back; None where this run doesn't know.

    accounts: variables of the hosts of the group egress. It reads egress_result and spoke_result, as the roles
    register them; an account that is the hub itself has no spoke_result, and routes back from tgw_hub.
    planning: nothing is written, so a spoke_result that comes later counts as good.
    """
    mine = [host for host in accounts.values() if relations.same_region(host, {"region": region})]
    if not mine or any(host.get("egress_result") is None for host in mine):
        return None
    return all(_is_ready(host, planning) for host in mine)


def _is_ready(host: Mapping[str, Any], planning: bool) -> bool:
    egress, spoke = host["egress_result"], host.get("spoke_result") or ({"routed": True} if planning else {})
    routed = host.get("hub_segments") is not None or (spoke.get("routed") is True and not spoke.get("failed"))
    return egress.get("ready") is True and not egress.get("failed") and routed


def default_routes_in_use(spokes: Hosts, region: str | None = None) -> list[str]:
    """Return the segments with attached spokes that may have a default route to the Transit Gateway.

    A spoke whose role didn't run in this run may have one.
    """
    return sorted(
        {
            spoke["spoke_segment"]
            for spoke in spokes.values()
            if relations.is_attached(spoke)
            and relations.same_region(spoke, {"region": region})
            and (spoke.get("spoke_result") or {}).get("default_routes") != []
        }
    )


def firewall_attachments(accounts: Hosts, hub_segments: Any, region: str | None = None) -> list[dict[str, Any]]:
    """Return tgw_hub's other_attachments of the firewalls that are attached to the Transit Gateway itself.

    accounts: variables of the hosts of the group egress. Such a firewall is in the segment that its account's VPC leads
    to the internet for (internet_of). attachment_id is None where the run doesn't know it.
    """
    declared = segments.parse(hub_segments)
    found: list[dict[str, Any]] = []
    for host, variables in accounts.items():
        if variables.get("egress_topology") == "transit_gateway" and relations.same_region(
            variables, {"region": region}
        ):
            segment = _firewall_segment(variables, declared)
            if segment:
                result = variables.get("egress_result") or {}
                found.append(
                    {
                        "name": f"{host}-firewall",
                        "attachment_id": result.get("transit_gateway_attachment_id"),
                        "resource_type": segments.FIREWALL,
                        "segment": segment,
                        "cidrs": [],
                    }
                )
    return found


def _firewall_segment(variables: Mapping[str, Any], declared: Mapping[str, segments.Segment]) -> str | None:
    behind = declared.get(variables.get("spoke_segment") or variables.get("hub_segment") or "")
    if behind and behind.internet_of:
        return behind.internet_of
    exits = [name for name, segment in declared.items() if segment.egress]
    return exits[0] if len(exits) == 1 else None


def ready_destinations(hubs: Iterable[Mapping[str, Any]], segment: str | None, region: str | None = None) -> list[str]:
    """Return the default routes of a segment that lead to a way out which is ready, as its hub reported in this run.

    hubs: variables of the hosts of the group hub. It reads hub_result of the one of this region.
    """
    mine = [hub for hub in hubs if relations.same_region(hub, {"region": region})]
    found: list[Mapping[str, Any]] = [(hub.get("hub_result") or {}).get("default_routes") or {} for hub in mine]
    return list(found[0].get(segment, [])) if segment and len(found) == 1 else []
