# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones of a firewall: where its VPC's tiers have subnets, and which route table each has."""

from __future__ import annotations

from ..._core.reconcile import Conflict
from ..vpc import existing_vpc


def placed_in(tier, option, found, zones):
    """Return {AZ id: subnet id} of a tier in the declared zones, or in all of its zones where none are declared.

    None where the VPC doesn't exist yet. Raises Conflict for a declared zone in which the tier has no subnet.
    """
    by_zone = existing_vpc.subnets_by_zone(option, tier, "main", found)
    if by_zone is None or not zones:
        return by_zone
    lacking = sorted(set(zones) - set(by_zone))
    if lacking:
        vpc = found["existing_vpc"]["main"].id
        raise Conflict(
            f"availability_zone_ids: {lacking[0]} has no subnet of tier {tier!r} in {vpc}, so an endpoint has no place;"
            f" it has {', '.join(sorted(by_zone))}. Add the zone to the VPC first, or leave it out here"
        )
    return {zone: by_zone[zone] for zone in zones}


def tables_of(tier, option, found, zones):
    """Return {AZ id: route table as described} of a tier's subnets in these zones.

    Raises Conflict where a subnet has no route table of its own, and where two zones share one: then the zones' routes
    to their own endpoints can't differ, and packets would cross zones.
    """
    vpc = found["existing_vpc"]["main"]
    subnets = existing_vpc.subnets_by_zone(option, tier, "main", found)
    tables = {
        association["SubnetId"]: (name, table)
        for name, table in vpc.details["route_tables"].items()
        for association in table.get("Associations", ())
        if association.get("SubnetId")
    }
    found_tables, users = {}, {}
    for zone in zones:
        subnet = subnets.get(zone)
        if subnet is None:
            raise Conflict(
                f"{option}: {tier!r} has no subnet in {zone}, where the firewall has an endpoint; it has"
                f" {', '.join(sorted(subnets))}"
            )
        if subnet not in tables:
            raise Conflict(f"{option}: {subnet} of tier {tier!r} in {zone} has no route table of its own in {vpc.id}")
        found_tables[zone] = tables[subnet]
        users.setdefault(tables[subnet][1]["RouteTableId"], []).append(zone)
    for table, zones_of_table in users.items():
        if len(zones_of_table) > 1:
            raise Conflict(
                f"{option}: {tier!r} has one route table, {table}, for {' and '.join(zones_of_table)}; each zone needs"
                " its own, since its route leads to the endpoint of its own zone. Set route_tables: per_az for the tier"
                " (tiered_vpc, vpc_tiers) first"
            )
    return found_tables
