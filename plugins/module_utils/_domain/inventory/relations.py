# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relate hosts of an inventory: a spoke and the hub of its region, a consumer and its providers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..roster import ROSTER, of_cloud


def as_list(value: Any) -> list[Any]:
    """Return a value as Ansible converts it for an option of type list: a text is split at its commas."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return value if isinstance(value, list) else [] if value is None else [str(value)]


def is_attached(spoke: Mapping[str, Any]) -> bool:
    """Return true if a spoke declares an attachment: it has spoke_segment, and spoke_attached isn't false."""
    return spoke.get("spoke_segment") is not None and spoke.get("spoke_attached", True) is not False


def same_region(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return true if two hosts are of one region; a host without a region uses the environment's, so it matches any."""
    regions = (one.get("region"), other.get("region"))
    return None in regions or regions[0] == regions[1]


def hubs_of(account: Mapping[str, Any], hubs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the hosts among `hubs` that are a hub of this account's region; exactly one is valid."""
    return [host for host, hub in hubs.items() if same_region(account, hub)]


def ipv6_cidrs(account: Mapping[str, Any], side: str) -> list[str]:
    """Return the IPv6 blocks that the hub may reach in a VPC. side: spoke or hub, the prefix of its variables.

    Only ipv6_support false removes them: if it is absent, the attachment stays as it is.
    """
    return [] if account.get(f"{side}_ipv6_support") is False else list(account.get("vpc_ipv6_cidrs") or ())


def hub_attachments(spokes: Iterable[tuple[str, Mapping[str, Any]]], hub: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return tgw_hub's `attachments`: one for each spoke of the hub's region that declares an attachment.

    spokes: pairs (host, its variables). vpc_id comes from the declaration or from the results of the spoke's roles in
    the same run, actual_cidrs from those results; each is None where unknown.
    """
    return [
        {
            "name": host,
            "account_id": spoke["account_id"],
            "segment": spoke["spoke_segment"],
            "cidrs": [*spoke["vpc_cidrs"], *ipv6_cidrs(spoke, "spoke")],
            "vpc_id": spoke.get("vpc_id") or _told(spoke, "vpc_id"),
            "actual_cidrs": _told(spoke, "vpc_cidrs"),
        }
        for host, spoke in spokes
        if is_attached(spoke) and same_region(spoke, hub)
    ]


def _told(spoke: Mapping[str, Any], key: str) -> Any:
    """Return a key of the results of the roles spoke and vpc, or None if neither has it."""
    results = (spoke.get("spoke_result") or {}, spoke.get("vpc_result") or {})
    return next((result[key] for result in results if result.get(key)), None)


def hub_detached(spokes: Iterable[Mapping[str, Any]], hub: Mapping[str, Any]) -> list[str]:
    """Return tgw_hub's `detached`: account ids of the spokes of the hub's region with spoke_attached false."""
    return [
        spoke["account_id"]
        for spoke in spokes
        if spoke.get("spoke_attached", True) is False and same_region(spoke, hub)
    ]


def unfinished(accounts: Mapping[str, Mapping[str, Any]], result: str) -> list[str]:
    """Return the hosts that need a later phase: their result is missing, failed, changed or has notes or findings.

    accounts: the variables of each host. It reads the one named `result`, as a task registers it, and leaves out hosts
    of other clouds than that of its role.
    """
    cloud = next((entry.cloud for entry in ROSTER if result in entry.results), None)

    def is_over(registered: Mapping[str, Any] | None) -> bool:
        parts = registered.get("results", [registered]) if registered else [{"changed": True}]
        return not any(any(part.get(key) for key in ("failed", "changed", "notes", "findings")) for part in parts)

    of_role = accounts if cloud is None else of_cloud(accounts, cloud)
    return [host for host, variables in of_role.items() if not is_over(variables.get(result))]


def with_service_names(
    endpoints: Iterable[Mapping[str, Any]], providers: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return a consumer's endpoints, each with `state`, `service_name` and `service_region`.

    If `service: {host, name}` names the service, service_name comes from its provider, None until that publishes it.
    service_region is None if neither the endpoint nor the provider declares it.
    providers: the variables of each host. It reads region and privatelink_provider_result, as the role registers it.
    """
    published: dict[tuple[str, str] | None, Any] = {
        (host, result[result["ansible_loop_var"]]["name"]): result.get("service_name")
        for host, variables in providers.items()
        for result in (variables.get("privatelink_provider_result") or {}).get("results", [])
    }
    return [
        {
            "state": "present",
            **endpoint,
            "service_name": endpoint.get("service_name") or published.get(_service(endpoint)),
            "service_region": endpoint.get("service_region") or _region_of(endpoint, providers),
        }
        for endpoint in endpoints
    ]


def _region_of(endpoint: Mapping[str, Any], providers: Mapping[str, Mapping[str, Any]]) -> str | None:
    service = _service(endpoint)
    return providers.get(service[0], {}).get("region") if service and not endpoint.get("service_name") else None


def _service(endpoint: Mapping[str, Any]) -> tuple[str, str] | None:
    service = endpoint.get("service")
    return (service["host"], service["name"]) if service else None


# "A few": as many as one operator remembers. Beyond that, each new API costs an endpoint, a ledger entry and a name on
# both sides, while a route costs nothing more.
A_FEW_SERVICES = 5


def advice(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return {host: lines of advice}: attach two accounts to the Transit Gateway if they share more than a few services
    and their CIDRs don't overlap.
    """
    lines: dict[str, list[str]] = {}
    for host, variables in accounts.items():
        services = Counter(
            service[0]
            for endpoint in variables.get("privatelink_consumer_endpoints") or []
            if (service := _service(endpoint)) and endpoint.get("state") != "absent"
        )
        lines[host] = [
            f"{count} services of {provider} by PrivateLink: where two accounts share many APIs and their ranges don't"
            " overlap, attach both to the Transit Gateway and let their segments reach each other"
            for provider, count in services.items()
            if count > A_FEW_SERVICES
        ]
    return lines
