# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloud DNS: record sets and changes of a zone.

Source: https://cloud.google.com/dns/docs/reference/rest/v1/resourceRecordSets and .../changes, discovery document dns
v1. Texts of additions and deletions are those that users of Terraform and external-dns paste: "The resource
'entity.change.additions[0]' named 'x. (A)' already exists", "Precondition not met for 'entity.change.deletions[0]'".
Not verified: texts of a record that is no address or not within the zone.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from emulator.gcp.call import Call
from emulator.gcp.dns_zones import Change, Zone, apex_records, page, time_now, zone_of
from emulator.gcp.errors import Refused
from emulator.gcp.registry import handles
from emulator.transitions import Transition

_COPIED = ("name", "type", "ttl", "rrdatas", "routingPolicy", "signatureRrdatas")


def _key(record: dict[str, Any]) -> tuple[str, str]:
    return record["name"].lower(), record["type"]


def _checked(zone: Zone, record: dict[str, Any], entity: str) -> dict[str, Any]:
    """Return a record set as stored. Raises Refused for missing fields, names of other zones, and bad addresses."""
    for key in ("name", "type"):
        if not record.get(key):
            raise Refused(400, "required", f"The '{entity}.{key}' parameter is required but was missing.")
    name, apex = record["name"].lower(), zone.body["dnsName"].lower()
    if name != apex and not name.endswith(f".{apex}"):
        raise Refused(400, "invalid", f"Invalid value for '{entity}.name': '{record['name']}'")
    values = record.get("rrdatas") or []
    if not values and not record.get("routingPolicy"):
        raise Refused(400, "required", f"The '{entity}.rrdatas' parameter is required but was missing.")
    versions = {"A": 4, "AAAA": 6}
    if record["type"] in versions:
        for number, value in enumerate(values):
            if not _is_address(value, versions[record["type"]]):
                raise Refused(400, "invalid", f"Invalid value for '{entity}.rrdata[{number}]': '{value}'")
    stored = {key: record[key] for key in _COPIED if record.get(key) is not None}
    return {"kind": "dns#resourceRecordSet", "ttl": 0, "signatureRrdatas": []} | stored


def _is_address(value: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def _label(record: dict[str, Any]) -> str:
    return f"{record['name']} ({record['type']})"


def _exists(entity: str, record: dict[str, Any]) -> Refused:
    return Refused(409, "alreadyExists", f"The resource '{entity}' named '{_label(record)}' already exists")


def _missing(entity: str, label: str) -> Refused:
    return Refused(404, "notFound", f"The '{entity}' resource named '{label}' does not exist.")


def _refuse_apex(zone: Zone, key: tuple[str, str]) -> None:
    if key in apex_records(zone.body["dnsName"], []):
        text = f"The resource record set '{key[0]} ({key[1]})' is invalid because the zone must contain exactly one"
        raise Refused(400, "invalidZoneApex", f"{text} resource record set of type '{key[1]}' at the apex.")


def _changed(call: Call, zone: Zone, additions: list[dict[str, Any]], deletions: list[dict[str, Any]]) -> Change:
    """Apply a change whose parts are checked."""
    for record in deletions:
        zone.records.pop(_key(record))
    for record in additions:
        zone.records[_key(record)] = record
    change = Change(str(len(zone.changes) + 1), time_now(), additions, deletions)
    change.status = Transition("pending", "done")
    zone.changes.append(change)
    return change


@handles("dns.resourceRecordSets.list", "dns.resourceRecordSets.list")
def list_records(call: Call) -> dict[str, Any]:
    name, kind = call.params.get("name"), call.params.get("type")
    if kind and not name:
        raise Refused(400, "required", "The 'parameters.name' parameter is required but was missing.")
    found = [
        record
        for key, record in sorted(zone_of(call).records.items())
        if (not name or key[0] == name.lower()) and (not kind or key[1] == kind)
    ]
    return {"kind": "dns#resourceRecordSetsListResponse"} | page(call, "rrsets", found)


def _named(call: Call, zone: Zone) -> dict[str, Any]:
    name, kind = call.params["name"], call.params["type"]
    found = zone.records.get((name.lower(), kind))
    if found is None:
        raise _missing("parameters.name", f"{name} ({kind})")
    return found


@handles("dns.resourceRecordSets.get", "dns.resourceRecordSets.get")
def get(call: Call) -> dict[str, Any]:
    return _named(call, zone_of(call))


@handles("dns.resourceRecordSets.create", "dns.resourceRecordSets.create", "dns.changes.create")
def create(call: Call) -> dict[str, Any]:
    zone = zone_of(call)
    record = _checked(zone, call.body, "entity.rrset")
    if _key(record) in zone.records:
        raise _exists("entity.rrset", record)
    _changed(call, zone, [record], [])
    return record


@handles("dns.resourceRecordSets.patch", "dns.resourceRecordSets.update", "dns.changes.create")
def patch(call: Call) -> dict[str, Any]:
    zone = zone_of(call)
    before = _named(call, zone)
    record = _checked(zone, before | call.body, "entity.rrset")
    if _key(record) != _key(before):
        raise Refused(400, "invalid", f"Invalid value for 'entity.rrset.name': '{record['name']}'")
    _changed(call, zone, [record], [before])
    return record


@handles("dns.resourceRecordSets.delete", "dns.resourceRecordSets.delete", "dns.changes.create")
def delete(call: Call) -> dict[str, Any]:
    zone = zone_of(call)
    record = _named(call, zone)
    _refuse_apex(zone, _key(record))
    _changed(call, zone, [], [record])
    return {}


@handles("dns.changes.create", "dns.changes.create")
def create_change(call: Call) -> dict[str, Any]:
    """Delete and add record sets in one step, or refuse all of it."""
    zone = zone_of(call)
    left = dict(zone.records)
    deletions = []
    for number, record in enumerate(call.body.get("deletions") or []):
        call.need("dns.resourceRecordSets.delete")
        entity = f"entity.change.deletions[{number}]"
        asked = _checked(zone, record, entity)
        there = left.pop(_key(asked), None)
        if there is None:
            raise _missing(entity, _label(asked))
        if any(there.get(key) != asked.get(key) for key in ("ttl", "rrdatas")):
            raise Refused(412, "conditionNotMet", f"Precondition not met for '{entity}'")
        deletions.append(there)
    additions = []
    for number, record in enumerate(call.body.get("additions") or []):
        call.need("dns.resourceRecordSets.create")
        entity = f"entity.change.additions[{number}]"
        asked = _checked(zone, record, entity)
        if _key(asked) in left:
            raise _exists(entity, asked)
        left[_key(asked)] = asked
        additions.append(asked)
    if not additions and not deletions:
        raise Refused(400, "required", "The 'entity.change' parameter is required but was missing.")
    for key in apex_records(zone.body["dnsName"], []).keys() - left.keys():
        _refuse_apex(zone, key)
    return _changed(call, zone, additions, deletions).shown("pending")


@handles("dns.changes.get", "dns.changes.get")
def get_change(call: Call) -> dict[str, Any]:
    number = call.params["changeId"]
    for change in zone_of(call).changes:
        if change.id == number:
            return change.shown()
    raise _missing("parameters.changeId", number)


@handles("dns.changes.list", "dns.changes.list")
def list_changes(call: Call) -> dict[str, Any]:
    """Return the changes, the newest first."""
    found = [change.shown() for change in reversed(zone_of(call).changes)]
    return {"kind": "dns#changesListResponse"} | page(call, "changes", found)
