# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloud DNS: what is stored of zones, records and changes, and the pages of its lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emulator import clock
from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.errors import Refused
from emulator.gcp.world import World
from emulator.transitions import StateClock

# {(name in lower case, type): the API's record set}.
Records = dict[tuple[str, str], dict[str, Any]]


@dataclass(eq=False)
class Change:
    """Additions and deletions at once: seen by the API immediately, and `pending` until the name servers have them."""

    id: str
    started: str
    additions: list[dict[str, Any]]
    deletions: list[dict[str, Any]]
    status = StateClock("google-dns-change")
    serving: bool = field(default=False)

    def shown(self, status: str = "") -> dict[str, Any]:
        shown = {
            "kind": "dns#change",
            "id": self.id,
            "startTime": self.started,
            "status": status or self.status,
            "isServing": self.serving,
        }
        return shown | {key: value for key in ("additions", "deletions") if (value := getattr(self, key))}


def apex_records(dns_name: str, name_servers: list[str]) -> Records:
    """Return the NS and SOA records that each zone has from its creation."""
    soa = f"{(name_servers or [''])[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300"
    return {
        (dns_name.lower(), kind): {
            "kind": "dns#resourceRecordSet",
            "name": dns_name,
            "type": kind,
            "ttl": 21600,
            "rrdatas": values,
            "signatureRrdatas": [],
        }
        for kind, values in (("NS", name_servers), ("SOA", [soa]))
    }


@dataclass(eq=False)
class Zone:
    id: str
    body: dict[str, Any]
    created: str
    records: Records = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def networks(self) -> set[str]:
        """Return the relative names of the networks that see the zone."""
        config = self.body.get("privateVisibilityConfig") or {}
        return {names.relative(network["networkUrl"], "") for network in config.get("networks") or []}

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "kind": "dns#managedZone",
            "id": self.id,
            "creationTime": self.created,
            "nameServers": [f"ns-gcp-{self.body['visibility']}.googledomains.com."],
            "cloudLoggingConfig": {"kind": "dns#managedZoneCloudLoggingConfig"},
        } | self.body
        config = self.body.get("privateVisibilityConfig")
        if config:
            shown["privateVisibilityConfig"] = {
                "kind": "dns#managedZonePrivateVisibilityConfig",
                "networks": [
                    {"kind": "dns#managedZonePrivateVisibilityConfigNetwork"} | network
                    for network in config.get("networks") or []
                ],
            }
        return shown


def time_now() -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")


def zones_of(world: World, project_id: str) -> dict[str, Zone]:
    """Return the zones of a project by name."""
    return world.data.setdefault("dns", {}).setdefault(project_id, {})


def zone_of(call: Call) -> Zone:
    """Return the zone that the call names by its name or id."""
    name = call.params["managedZone"]
    for zone in zones_of(call.world, call.project_id).values():
        if name in (zone.body["name"], zone.id):
            return zone
    raise Refused(404, "notFound", f"The 'parameters.managedZone' resource named '{name}' does not exist.")


def page(call: Call, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of at most maxResults items, and the token of the next one."""
    size = int(call.params.get("maxResults") or len(items) or 1)
    token = call.params.get("pageToken") or "0"
    if not token.isdigit():
        raise Refused(400, "invalid", f"Invalid value for 'parameters.pageToken': '{token}'")
    start = int(token)
    more = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
    return {key: items[start : start + size]} | more
