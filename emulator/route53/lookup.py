# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DNS look-ups of other services: hosted zones, TXT values, private zones of a VPC."""

from __future__ import annotations

from collections.abc import Iterator

from moto.route53.models import FakeZone, route53_backends


def zones() -> Iterator[tuple[str, FakeZone]]:
    """Yield (owner's account id, zone) for the hosted zones of all accounts."""
    for account_id in list(route53_backends):
        if "aws" in route53_backends[account_id]:
            for zone in route53_backends[account_id]["aws"].zones.values():
                yield account_id, zone


def txt_values(name: str) -> list[str]:
    """Return the TXT values of a name in public DNS: those in the public zone nearest to it.

    Every public zone counts as delegated to: registrars are outside of AWS.
    """
    name = name.rstrip(".")
    public = [zone for _, zone in zones() if not zone.private_zone and _is_within(name, zone.name.rstrip("."))]
    longest = max((len(zone.name.rstrip(".")) for zone in public), default=0)
    return [
        record["Value"].strip('"')
        for zone in public
        if len(zone.name.rstrip(".")) == longest
        for rrset in zone.rrsets
        if rrset.type == "TXT" and rrset.name.rstrip(".") == name
        for record in rrset.resource_records or []
    ]


def private_zones_of(vpc_id: str) -> list[tuple[str, FakeZone]]:
    """Return (owner's account id, zone) of the private zones that the VPC is associated with."""
    return [
        (owner, zone)
        for owner, zone in zones()
        if zone.private_zone and any(vpc["vpc_id"] == vpc_id for vpc in zone.vpcs)
    ]


def _is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
