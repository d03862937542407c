# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ChangeResourceRecordSets: all changes of a batch or none.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html. Sources of the texts: values
that don't match, kubernetes-sigs/external-dns#732; CNAME conflicts, cookpad/roadworker#89; a simple record beside
one with a set identifier, chef-boneyard/route53#100; alias with TTL, community.aws#545 and #434; the others are from
memory. Checked are the members of a change (members.py), values and names (values.py), CNAMEs beside other records,
routing policies, and aliases to endpoints and within the zone.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.route53.models import FakeZone, RecordSet

from emulator.ec2.models.endpoints import DEFAULT_HOSTED_ZONE, HOSTED_ZONES
from emulator.route53.members import ROUTING, check_members, check_size, policy_of
from emulator.route53.models import Route53Error
from emulator.route53.values import SINGLE, bad_name, bad_value

Key = tuple[str, str, str | None]


def full_name(name: str) -> str:
    """Return a name as Route 53 stores and answers it: lower case, a dot at the end, * as its octal code."""
    return name.lower().rstrip(".").replace("*", "\\052") + "."


def change_records(zone: FakeZone, changes: list[dict[str, Any]], health_checks: Any = ()) -> None:
    """Apply a batch of changes to a zone. Raises InvalidChangeBatch with all problems, and then changes nothing."""
    check_size(changes)
    for change in changes:
        check_members(change, health_checks)
    records: dict[Key, RecordSet] = {_key(_of(record)): record for record in zone.rrsets}
    problems = []
    seen: dict[Key, list[str]] = {}
    for change in changes:
        wanted = _normalized(change["ResourceRecordSet"])
        actions = seen.setdefault(_key(wanted), [])
        actions.append(change["Action"])
        if len(actions) > 1 and actions != ["DELETE", "CREATE"]:
            problem: str | None = (
                "The request contains an invalid set of changes for a resource record set "
                f"'{wanted['Type']} {wanted['Name']}'"
            )
        else:
            problem = _problem(zone, records, change["Action"], wanted)
        if problem:
            problems.append(problem)
        elif change["Action"] == "DELETE":
            del records[_key(wanted)]
        else:
            records[_key(wanted)] = _record(wanted)
    if problems:
        raise Route53Error("InvalidChangeBatch", f"[{', '.join(problems)}]")
    zone.rrsets = list(records.values())


def _normalized(given: dict[str, Any]) -> dict[str, Any]:
    wanted = {key: value for key, value in given.items() if value is not None} | {"Name": full_name(given["Name"])}
    if alias := wanted.get("AliasTarget"):
        wanted["AliasTarget"] = alias | {"DNSName": full_name(alias["DNSName"])}
    if "ResourceRecords" in wanted:
        wanted["ResourceRecords"] = [record["Value"] for record in wanted["ResourceRecords"]]
    return wanted


def _record(wanted: dict[str, Any]) -> RecordSet:
    return RecordSet(wanted)


def _of(record: RecordSet) -> dict[str, Any]:
    """Return a stored record in the format of a change."""
    found = {
        "Name": full_name(record.name),
        "Type": record.type,
        "SetIdentifier": record.set_identifier,
        "TTL": record.ttl,
        "ResourceRecords": [_value(value) for value in record.records],
        "AliasTarget": record.alias_target,
        "Weight": record.weight,
        "Region": record.region,
        "Failover": record.failover,
        "GeoLocation": record.geo_location,
        "MultiValueAnswer": record.multi_value_answer,
        "HealthCheckId": record.health_check_id,
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def _value(value: Any) -> str:
    return value["Value"] if isinstance(value, dict) else value


def _key(record: dict[str, Any]) -> Key:
    return record["Name"], record["Type"], record.get("SetIdentifier")


def _problem(zone: FakeZone, records: dict[Key, RecordSet], action: str, wanted: dict[str, Any]) -> str | None:
    name, kind = wanted["Name"], wanted["Type"]
    label = f"resource record set [name='{name}', type='{kind}']"
    if name != zone.name and not name.endswith(f".{zone.name}"):
        return f"RRSet with DNS name {name} is not permitted in zone {zone.name}"
    current = records.get(_key(wanted))
    if action == "DELETE":
        if kind in ("NS", "SOA") and name == zone.name:
            return f"A HostedZone must contain at least one {kind} record for the zone itself."
        if current is None:
            return f"Tried to delete {label} but it was not found"
        if not _same(_of(current), wanted):
            return f"Tried to delete {label} but the values provided do not match the current values"
        return None
    if action == "CREATE" and current is not None:
        return f"Tried to create {label} but it already exists"
    return _new_problem(zone, records, wanted)


def _same(current: dict[str, Any], wanted: dict[str, Any]) -> bool:
    def comparable(record: dict[str, Any]) -> tuple[Any, ...]:
        ttl = record.get("TTL")
        return (
            int(ttl) if ttl is not None else None,
            sorted(record.get("ResourceRecords", [])),
            record.get("AliasTarget"),
            *(_plain(record.get(member)) for member in (*ROUTING, "HealthCheckId")),
        )

    return comparable(current) == comparable(wanted)


def _plain(value: Any) -> Any:
    """Return a member as comparable text: moto's parser leaves numbers and booleans as they came."""
    return str(value).lower() if value is not None and not isinstance(value, dict) else value


def _new_problem(zone: FakeZone, records: dict[Key, RecordSet], wanted: dict[str, Any]) -> str | None:
    name, kind = wanted["Name"], wanted["Type"]
    if problem := bad_name(name):
        return f"FATAL problem: {problem} encountered with '{name}'"
    if kind == "CNAME" and name == zone.name:
        return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone.name}"
    beside = [other for other_name, other, _ in records if other_name == name and other != kind]
    if beside and (kind == "CNAME" or "CNAME" in beside):
        return (
            f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with the "
            f"same DNS name in zone {zone.name}"
        )
    return (
        _routing_problem(records, wanted)
        or _value_problem(wanted)
        or ("AliasTarget" in wanted and _alias_problem(zone, records, wanted["AliasTarget"], kind))
        or None
    )


def _value_problem(wanted: dict[str, Any]) -> str | None:
    kind, values = wanted["Type"], wanted.get("ResourceRecords", [])
    for value in values:
        if problem := bad_value(kind, value):
            return problem
        if values.count(value) > 1:
            return f"Duplicate Resource Record: '{value}'"
    if kind in SINGLE and len(values) > 1:
        return f"RRSet of type {kind} with DNS name {wanted['Name']} has more than one value"  # not verified
    return None


def _routing_problem(records: dict[Key, RecordSet], wanted: dict[str, Any]) -> str | None:
    """Return a problem if a name and type would have record sets of more than one routing policy."""
    own = policy_of(wanted)
    others = {
        policy_of(_of(record))
        for (name, kind, identifier), record in records.items()
        if (name, kind) == (wanted["Name"], wanted["Type"]) and identifier != wanted.get("SetIdentifier")
    }
    if not others - {own}:
        return None
    identifier = f", SetIdentifier {wanted['SetIdentifier']}" if wanted.get("SetIdentifier") else ""
    return (
        f"RRSet with DNS name {wanted['Name']}, type {wanted['Type']}{identifier} cannot be created as other RRSets "
        "exist with the same name and type."
    )


def _alias_problem(zone: FakeZone, records: dict[Key, RecordSet], alias: dict[str, Any], kind: str) -> str | None:
    target, zone_id = alias["DNSName"], alias["HostedZoneId"]
    text = f"Tried to create an alias that targets {target}, type {kind} in zone {zone_id}, but "
    if zone_id == zone.resource_id:
        if not any(name == target and other == kind for name, other, _ in records):
            return text + "that target was not found"
    elif target.endswith(".vpce.amazonaws.com."):
        names = _endpoint_names()
        if names.get(target, zone_id) != zone_id or zone_id not in (*HOSTED_ZONES.values(), DEFAULT_HOSTED_ZONE):
            return text + "the alias target name does not lie within the target zone"
        if target not in names:
            return text + "that target was not found"
    return None


def _endpoint_names() -> dict[str, str]:
    """Return {DNS name: hosted zone id} of the interface endpoints of all accounts."""
    return {
        full_name(entry["DnsName"]): entry["HostedZoneId"]
        for account_id in list(ec2_backends)
        for backend in ec2_backends[account_id].values()
        for endpoint in backend.vpc_end_points.values()
        for entry in endpoint.dns_entries()
    }
