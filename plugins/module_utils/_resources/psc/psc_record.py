# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The A record at the apex of an endpoint's private zone."""

from __future__ import annotations

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.values import gcp_names
from . import psc_address, psc_endpoint, psc_zone

READ_AFTER = ("psc_zone",)
INPUTS = ("address",)
PERMISSIONS = (
    "dns.changes.create",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.delete",
    "dns.resourceRecordSets.list",
    "dns.resourceRecordSets.update",
)
# Seconds that resolvers keep the answer: an endpoint that is created anew may have another address.
TTL = 60


def read(cloud, declared, found):
    """Return {zone's name: Actual} with the fields zone (relative name), name, ttl, addresses."""
    zones = {name: zone.id for name, zone in found["psc_zone"].items() if zone.managed}
    operation = "dns.resourceRecordSets.list"
    sets = cloud.gather(
        *(lambda zone=zone: cloud.items(operation, managedZone=gcp_names.last(zone)) for zone in zones.values())
    )
    return {
        name: Actual(
            _id(zone, name),
            {"zone": zone, "name": name, "ttl": record["ttl"], "addresses": sorted(record.get("rrdatas", ()))},
        )
        for (name, zone), records in zip(zones.items(), sets)
        for record in records
        if record["type"] == "A" and record["name"] == f"{name}."
    }


def plan(wanted, found, declared):
    ip = psc_address.ip(found, declared) or Ref(psc_endpoint.ANSWER, output="ip")
    # It leads to an address that exists, so that nothing waits for an answer longer than the run takes.
    needs = (psc_endpoint.ADDRESS,)
    complete = {
        name: {"zone": psc_zone.zone_id(name, declared), "name": name, "ttl": TTL, "addresses": [ip], "needs": needs}
        for name in wanted
    }
    return reconcile(KIND, complete, found["psc_record"])


def _id(zone, name):
    return f"{zone}/rrsets/{name}./A"


def _body(fields):
    return {"name": f"{fields['name']}.", "type": "A", "ttl": fields["ttl"], "rrdatas": fields["addresses"]}


def _select(fields):
    return {"managedZone": gcp_names.last(fields["zone"]), "name": f"{fields['name']}.", "type": "A"}


def _create(fields):
    params = {"managedZone": gcp_names.last(fields["zone"]), "body": _body(fields)}
    return Call("dns.resourceRecordSets.create", params, id_path=f"'{_id(fields['zone'], fields['name'])}'")


KIND = ResourceType(
    "psc_record",
    create=_create,
    changes={
        ("ttl", "addresses"): lambda id_, before, after: [
            Call("dns.resourceRecordSets.patch", {**_select(after), "body": _body(after)})
        ]
    },
    delete=lambda id_, fields: Call("dns.resourceRecordSets.delete", _select(fields)),
    depends_on=("psc_zone",),
)
