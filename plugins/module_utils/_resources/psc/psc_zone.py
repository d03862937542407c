# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A private DNS zone of an endpoint's network for one name."""

from __future__ import annotations

import hashlib
import re

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values import gcp_names
from ..._gcp.codes import NOT_ENABLED, plain
from . import existing_subnetwork, mark, named, psc_endpoint

READ_AFTER = ("existing_subnetwork",)
INPUTS = ("dns_name",)
PERMISSIONS = (
    "dns.managedZones.create",
    "dns.managedZones.delete",
    "dns.managedZones.list",
    "dns.managedZones.update",
    "dns.networks.bindPrivateDNSZone",
)
ACCEPTED = psc_endpoint.ADDRESS.at("accepted")
REMEDY = "A name leads to one service: delete that zone, or give another dns_name"


def zone_id(name, declared):
    """Return the relative name of the zone for a private name.

    Zones are global, endpoints regional, so the region is one of the things that tell two zones apart.
    """
    distinct = f"{declared.owner} {declared.place['region']} {name}"
    digits = hashlib.sha256(distinct.encode()).hexdigest()[:8]
    slug = re.sub("[^a-z0-9]+", "-", name)[:48].strip("-")
    return f"projects/{declared.place['account_id']}/managedZones/psc-{slug}-{digits}"


def read(cloud, declared, found):
    """Return {private name: Actual} of the endpoint's zones.

    Somebody else's zone is in it, not managed, only if it answers the declared name in the network, or has the name of
    the zone to create. Fields: name, zone (relative name), networks, tags.
    """
    try:
        zones = cloud.items("dns.managedZones.list")
    except cloud.errors as error:
        # Who declares no name needs no API for it.
        if declared.inputs.dns_name or plain(cloud.code(error)) not in NOT_ENABLED:
            raise
        return {}
    actuals = [_actual(cloud, zone, declared) for zone in zones]
    own = {zone.fields["name"]: zone for zone in actuals if zone.managed}
    others = {zone.fields["name"]: zone for zone in actuals if _is_in_the_way(zone, found, declared)}
    return others | own


def _actual(cloud, zone, declared):
    name = zone["dnsName"].rstrip(".")
    id_ = f"projects/{declared.place['account_id']}/managedZones/{zone['name']}"
    visible = zone.get("privateVisibilityConfig", {}).get("networks", ())
    networks = sorted(named.relative(cloud, one["networkUrl"]) for one in visible)
    fields = {"name": name, "zone": id_, "networks": networks, "tags": mark.read(zone)}
    return Actual(id_, fields, mark.is_owned(zone, declared.owner) and id_ == zone_id(name, declared))


def _is_in_the_way(zone, found, declared):
    name, network = declared.inputs.dns_name, existing_subnetwork.network(found)
    if declared.absent or not name:
        return False
    return zone.id == zone_id(name, declared) or (zone.fields["name"] == name and network in zone.fields["networks"])


def plan(wanted, found, declared):
    there = found["psc_zone"]
    for name in wanted:
        if name in there and not there[name].managed:
            raise Conflict(
                f"dns_name: {name} is answered in this network already, or its zone's name is taken, by"
                f" {there[name].id}. {REMEDY}"
            )
    network = existing_subnetwork.network(found) or Ref(existing_subnetwork.ADDRESS, "network of {}")
    complete = {
        # The name is created once the connection is accepted, if that is waited for.
        name: {**fields, "zone": zone_id(name, declared), "networks": [network], "needs": (ACCEPTED,)}
        for name, fields in wanted.items()
    }
    return reconcile(KIND, complete, there)


def holders(cloud, id_):
    """Records that somebody else has in a zone, for which Cloud DNS doesn't delete it."""
    records = cloud.items("dns.resourceRecordSets.list", managedZone=gcp_names.last(id_))
    return [f"record {record['name']} ({record['type']})" for record in records if record["type"] not in ("NS", "SOA")]


def _visible(fields):
    # A Ref stands only in a plan that can't be applied: see MISSING of existing_subnetwork.
    urls = [network if isinstance(network, Ref) else gcp_names.url(network) for network in fields["networks"]]
    return {"networks": [{"networkUrl": url} for url in urls]}


def _create(fields):
    body = {
        "name": gcp_names.last(fields["zone"]),
        "description": mark.text(fields["tags"]),
        "dnsName": f"{fields['name']}.",
        "visibility": "private",
        "privateVisibilityConfig": _visible(fields),
    }
    return Call("dns.managedZones.create", {"body": body}, id_path=f"'{fields['zone']}'")


def _show_to(id_, before, after):
    body = {"privateVisibilityConfig": _visible(after)}
    return [Call("dns.managedZones.patch", {"managedZone": gcp_names.last(after["zone"]), "body": body})]


KIND = ResourceType(
    "psc_zone",
    create=_create,
    changes={("networks",): _show_to},
    delete=lambda id_, fields: Call("dns.managedZones.delete", {"managedZone": gcp_names.last(id_)}),
)
