# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones that appear by themselves beside endpoints of a service with a domain name.

Source: https://cloud.google.com/vpc/docs/configure-private-service-connect-services#dns: a private zone of Service
Directory, named NAMESPACE--REGION, in which ENDPOINT.DOMAIN resolves. Its records aren't listed. Not verified: that it
appears before the endpoint is accepted, and that it goes with the namespace's last endpoint.
"""

from __future__ import annotations

from emulator.gcp import names
from emulator.gcp.dns_zones import Zone, time_now, zones_of
from emulator.gcp.world import Resource, World

DEFAULT_NAMESPACE = "goog-psc-default"


def _zone_name(endpoint: Resource) -> str:
    registrations = endpoint.body.get("serviceDirectoryRegistrations") or [{}]
    return f"{registrations[0].get('namespace', DEFAULT_NAMESPACE)}--{endpoint.region}"


def add(world: World, endpoint: Resource, attachment: Resource) -> None:
    """Create the zone of the endpoint's namespace, if the service has a domain name and the endpoint wants it."""
    domains = attachment.body.get("domainNames") or []
    if not domains or endpoint.body.get("noAutomateDnsZone"):
        return
    name, zones = _zone_name(endpoint), zones_of(world, endpoint.project_id)
    if name in zones:
        return
    namespace = name.removesuffix(f"--{endpoint.region}")
    place = f"projects/{endpoint.project_id}/locations/{endpoint.region}/namespaces/{namespace}"
    zones[name] = Zone(
        world.number(),
        {
            "name": name,
            "dnsName": domains[0] if domains[0].endswith(".") else f"{domains[0]}.",
            "description": "",
            "visibility": "private",
            "privateVisibilityConfig": {"networks": [{"networkUrl": names.url(endpoint.body["network"])}]},
            "serviceDirectoryConfig": {
                "namespace": {"namespaceUrl": f"https://servicedirectory.googleapis.com/v1/{place}"}
            },
        },
        time_now(),
    )


def remove(world: World, endpoint: Resource) -> None:
    """Delete the zone with the last endpoint of its namespace."""
    name = _zone_name(endpoint)
    others = [
        rule
        for rule in world.all("forwardingRules", endpoint.project_id, f"regions/{endpoint.region}")
        if "connection" in rule.extra and rule is not endpoint and _zone_name(rule) == name
    ]
    zone = zones_of(world, endpoint.project_id).get(name)
    if zone and not others and zone.body.get("serviceDirectoryConfig"):
        del zones_of(world, endpoint.project_id)[name]
