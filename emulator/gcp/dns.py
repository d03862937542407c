# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloud DNS: managed zones. Their records are in dns_records.py.

Source: https://cloud.google.com/dns/docs/reference/rest/v1/managedZones and discovery document dns v1. Error texts from
users: "already exists" terraform-google-network#623, "containerNotEmpty" tetrate-service-bridge-sandbox#256,
"Forbidden" terraform-google-cloud-dns#31 and terraform-provider-google#20808. Not verified: the text and the reason of
a second private zone of the same name for the same network (https://cloud.google.com/dns/docs/overlapping-zones says
that it is refused), and the 400 of fields that can't change.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.dns_zones import Zone, apex_records, page, time_now, zone_of, zones_of
from emulator.gcp.errors import Refused
from emulator.gcp.registry import handles

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_NAME = re.compile(r"([a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\.)+", re.IGNORECASE)
_FIXED = ("name", "dnsName", "visibility")


def _invalid(entity: str, value: Any, text: str = "") -> Refused:
    return Refused(400, "invalid", f"Invalid value for '{entity}': '{value}'{text}")


def _required(entity: str) -> Refused:
    return Refused(400, "required", f"The '{entity}' parameter is required but was missing.")


def _forbidden() -> Refused:
    return Refused(403, "forbidden", "Forbidden")


def _check_networks(call: Call, body: dict[str, Any], except_for: str = "") -> None:
    """Refuse networks that don't exist, that the caller may not bind, or that see a zone of this name already."""
    config = body.get("privateVisibilityConfig")
    if not config:
        return
    where = "entity.managedZone.privateVisibilityConfig"
    if body.get("visibility") != "private":
        raise _invalid(where, "", ": only private zones have it")
    for number, network in enumerate(config.get("networks") or []):
        reference = network.get("networkUrl", "")
        if not reference.startswith("https://"):
            raise _invalid(f"{where}.networks[{number}].networkUrl", reference)
        path = call.relative(reference)
        found = call.world.find(path)
        if (
            found is None
            or found.collection != "networks"
            or not call.allowed("dns.networks.bindPrivateDNSZone", found.project_id)
        ):
            raise _forbidden()
        network["networkUrl"] = names.url(path)
        _check_overlap(call, body, path, except_for)


def _check_overlap(call: Call, body: dict[str, Any], network: str, except_for: str) -> None:
    for project_id in call.world.projects:
        for zone in zones_of(call.world, project_id).values():
            same = zone.body["dnsName"].lower() == body["dnsName"].lower() and network in zone.networks
            if same and zone.id != except_for:
                text = (
                    f"The network '{names.url(network)}' cannot be bound to this zone: "
                    f"it is already bound to a zone of '{body['dnsName']}'"
                )
                raise Refused(400, "invalid", text)


@handles("dns.managedZones.create", "dns.managedZones.create")
def create(call: Call) -> dict[str, Any]:
    body = {"visibility": "public"} | {key: value for key, value in call.body.items() if key not in ("id", "kind")}
    for key in ("name", "dnsName", "description"):
        if body.get(key) is None:
            raise _required(f"entity.managedZone.{key}")
    if not _NAME.fullmatch(body["name"]):
        raise _invalid("entity.managedZone.name", body["name"])
    if not _DNS_NAME.fullmatch(body["dnsName"]):
        raise _invalid("entity.managedZone.dnsName", body["dnsName"])
    zones = zones_of(call.world, call.project_id)
    if body["name"] in zones:
        raise Refused(409, "alreadyExists", f"The resource 'entity.managedZone' named '{body['name']}' already exists")
    _check_networks(call, body)
    zone = zones[body["name"]] = Zone(call.world.number(), body, time_now())
    zone.records.update(apex_records(body["dnsName"], zone.shown()["nameServers"]))
    return zone.shown()


@handles("dns.managedZones.get", "dns.managedZones.get")
def get(call: Call) -> dict[str, Any]:
    return zone_of(call).shown()


@handles("dns.managedZones.list", "dns.managedZones.list")
def list_zones(call: Call) -> dict[str, Any]:
    wanted = call.params.get("dnsName")
    found = [
        zone.shown()
        for zone in zones_of(call.world, call.project_id).values()
        if wanted in (None, "", zone.body["dnsName"])
    ]
    return {"kind": "dns#managedZonesListResponse"} | page(call, "managedZones", found)


@handles("dns.managedZones.patch", "dns.managedZones.update")
def patch(call: Call) -> dict[str, Any]:
    """Change a zone's description, labels and networks; the answer is an operation of DNS."""
    zone = zone_of(call)
    before = zone.shown()
    body = dict(zone.body)
    for key, value in call.body.items():
        if key in _FIXED and value not in (None, body.get(key)):
            raise _invalid(f"entity.managedZone.{key}", value, ": it can't change")
        if key not in (*_FIXED, "id", "kind"):
            body[key] = value
    body = {key: value for key, value in body.items() if value is not None}
    _check_networks(call, body, except_for=zone.id)
    zone.body = body
    return {
        "kind": "dns#operation",
        "id": call.world.number(),
        "startTime": time_now(),
        "status": "done",
        "type": "update",
        "user": call.principal.email,
        "zoneContext": {"oldValue": before, "newValue": zone.shown()},
    }


@handles("dns.managedZones.delete", "dns.managedZones.delete")
def delete(call: Call) -> None:
    """Delete a zone that has no records but those of its apex; the answer is empty."""
    zone = zone_of(call)
    if zone.records.keys() - apex_records(zone.body["dnsName"], []).keys():
        text = f"The resource named '{zone.body['name']}' cannot be deleted because it contains one or more"
        raise Refused(400, "containerNotEmpty", f"{text} 'resource records'.")
    del zones_of(call.world, call.project_id)[zone.body["name"]]
