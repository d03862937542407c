# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A records of the endpoints' names in the registry's zone.

A record has no tags. So each is a weighted record, the only one of its name, whose set identifier names its owner:
others' records in the zone are never changed or deleted. ("Values specific for weighted records"; private hosted zones
have weighted routing, too: "Supported routing policies for records in a private hosted zone". The API's reference
allows one value a weighted record; AWS takes several: hashicorp/terraform-provider-aws#20006.)
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import OWNER_TAG, Actual, Conflict, reconcile
from ..shared import route53
from . import algorithm_row, others

READ_AFTER = ("registry_zone", "algorithm_row")
INPUTS = ()
PERMISSIONS = route53.PERMISSIONS
# A moved endpoint is found at its new addresses after this time.
TTL_SECONDS = 60
# Types of records that have addresses for callers.
ADDRESSES = ("A", "AAAA")
# Every zone has these at its top.
OF_ZONES = ("NS", "SOA")


def identifier(owner):
    return f"{OWNER_TAG}={owner}"


def read(aws, declared, found):
    """Return {name: Actual} of the records in the zones of this registry, others' under their names and types, too.

    Fields: zone (id), record_name, addresses (sorted), ttl, identifier.
    """
    own = identifier(declared.owner)
    return {
        key: there
        for zone_name, zone_id, item in route53.records_of(aws, found["registry_zone"])
        if not (item["Type"] in OF_ZONES and item["Name"] == route53.full_name(zone_name))
        for key, there in [_actual(zone_id, item, own)]
    }


def _actual(zone_id, item, own):
    name = item["Name"].rstrip(".")
    mine = item["Type"] == "A" and item.get("SetIdentifier") == own
    # A record in the way of ours has our name; another type or owner beside it hasn't.
    simple = item["Type"] in ("A", "CNAME") and "SetIdentifier" not in item
    key = name if mine or simple else f"{name} {item['Type']} {item.get('SetIdentifier', '')}".strip()
    fields = {
        "zone": zone_id,
        "record_name": name,
        "addresses": sorted(record["Value"] for record in item.get("ResourceRecords", ())),
        "ttl": item.get("TTL"),
        "identifier": item.get("SetIdentifier"),
    }
    return key, Actual(f"{zone_id}/{key}", fields, mine, {"type": item["Type"]})


def plan(wanted, found, declared):
    there = found["endpoint_record"]
    _refuse_other_answers(wanted, there)
    steps = reconcile(KIND, wanted, there)
    # The name has to resolve until no row has it.
    rows = {} if declared.absent else declared.resources["algorithm_row"]
    changed = tuple(step.address for step in algorithm_row.plan(rows, found, declared))
    return [replace(step, needs=(*step.needs, *changed)) if step.removes else step for step in steps]


def _refuse_other_answers(wanted, there):
    """Raise Conflict for a name that others answer, too: nobody has proven who is at their addresses."""
    for key, other in there.items():
        name = other.fields["record_name"]
        if not other.managed and key != name and name in wanted and other.details["type"] in ADDRESSES:
            raise Conflict(
                f"endpoint_record.{name}: the zone has another record of this name, {key}, which this module didn't"
                " write. A part of the front's calls would reach its addresses: delete it, or declare another endpoint"
            )


def findings(wanted, found, declared):
    there = [one.id.partition("/hostedzone/")[2] for one in found["endpoint_record"].values() if not one.managed]
    return [f"record {one} wasn't written by this module and stays: find out who created it" for one in sorted(there)]


def refuse(wanted, found, declared):
    why = "It can't be deleted before they are"
    others.refuse_deletion(found["endpoint_record"], declared, "the zone has records", why)


def of(zone_name, endpoints, owner):
    """Return resources["endpoint_record"]. endpoints: {name: addresses}."""
    return {
        name: {
            "zone": Ref(f"registry_zone.{zone_name}"),
            "record_name": name,
            "addresses": sorted(addresses),
            "ttl": TTL_SECONDS,
            "identifier": identifier(owner),
        }
        for name, addresses in endpoints.items()
    }


def _record(fields):
    return {
        "Name": fields["record_name"],
        "Type": "A",
        "SetIdentifier": fields["identifier"],
        "Weight": 1,
        "TTL": fields["ttl"],
        "ResourceRecords": [{"Value": address} for address in fields["addresses"]],
    }


KIND = route53.record_kind("endpoint_record", _record, ("addresses", "ttl"))
