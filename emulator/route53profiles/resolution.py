# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a name resolves to in a VPC: the answer of its VPC Resolver, from the emulator's state.

Private DNS of the VPC's endpoints, its private zones and Resolver rules, those of its Profiles, else public DNS. "The
most specific one wins", and for the same domain "the local DNS settings take precedence"
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html, "How Route 53 Profile settings are
prioritized"); of two Profiles the one with the lower priority (API_AssociateProfile). A rule wins over a zone of the
same domain ("Private hosted zones and Route 53 VPC Resolver rules"). That a most specific domain wins across Profiles
of different priorities is not verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.route53resolver.models import route53resolver_backends

from emulator.ec2.models.endpoints import Endpoint
from emulator.route53.lookup import private_zones_of, zones
from emulator.route53profiles.models import route53profiles_backends


@dataclass(frozen=True)
class Answer:
    """kind: endpoint, zone or rule (of the VPC), profile_endpoint, profile_zone or profile_rule, public.

    source: id of what answers; addresses: [] where it has no record, or is public or a rule.
    """

    kind: str
    source: str = ""
    addresses: tuple[str, ...] = ()
    profile_id: str = ""


@dataclass(frozen=True)
class _Candidate:
    domain: str
    # 0: the VPC's own; else the priority of the association.
    order: int
    kind: str
    item: Any
    profile_id: str = ""

    @property
    def rank(self) -> tuple[int, int, bool]:
        return (-self.domain.count("."), self.order, self.kind != "rule")


def resolve(account_id: str, region: str, vpc_id: str, name: str) -> Answer:
    name = name.lower().rstrip(".")
    found = _without_exempted([one for one in _candidates(account_id, region, vpc_id) if _matches(name, one)])
    if not found:
        return Answer("public")
    first = min(found, key=lambda one: one.rank)
    kind = f"profile_{first.kind}" if first.profile_id else first.kind
    if first.kind == "endpoint":
        return Answer(kind, first.item.id, _addresses(first.item), first.profile_id)
    if first.kind == "zone":
        return Answer(kind, first.item.resource_id, tuple(_records(first.item, name)), first.profile_id)
    return Answer(kind, first.item.id, (), first.profile_id)


def _without_exempted(found: list[_Candidate]) -> list[_Candidate]:
    """Leave out the rules of a name that a rule of the type SYSTEM leaves to the VPC's resolver itself.

    "Resolver to selectively override the behavior that is defined in a forwarding rule": RuleType of
    API_route53resolver_CreateResolverRule. What then answers in a VPC with Profiles isn't verified.
    """
    rules = [one for one in found if one.kind == "rule"]
    if rules and min(rules, key=lambda one: one.rank).item.rule_type == "SYSTEM":
        return [one for one in found if one.kind != "rule"]
    return found


def _matches(name: str, one: _Candidate) -> bool:
    if one.kind == "endpoint" and one.item.service.private_dns_name == one.domain:
        return name == one.domain
    if one.kind == "endpoint":
        return name.endswith(f".{one.domain}")  # a wildcard's name
    return name == one.domain or name.endswith(f".{one.domain}")


def _candidates(account_id: str, region: str, vpc_id: str) -> Iterator[_Candidate]:
    ec2 = ec2_backends[account_id][region]
    local = [endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.vpc_id == vpc_id]
    yield from _of_endpoints(local, 0)
    yield from (_Candidate(zone.name.rstrip("."), 0, "zone", zone) for _, zone in private_zones_of(vpc_id))
    resolver = route53resolver_backends[account_id][region]
    for association in resolver.resolver_rule_associations.values():
        if association.vpc_id == vpc_id:
            yield from _of_rules(account_id, region, [association.resolver_rule_id], 0)
    for association in route53profiles_backends[account_id][region].of_vpc(vpc_id):
        if association.status in ("COMPLETE", "UPDATING"):
            yield from _of_profile(association.profile, association.priority)


def _of_profile(profile: Any, priority: int) -> Iterator[_Candidate]:
    there = [one for one in profile.resources.values() if one.status == "COMPLETE"]
    ids = {kind: [one.arn.rsplit("/", 1)[1] for one in there if one.kind == kind] for kind in {o.kind for o in there}}
    endpoints = ec2_backends[profile.owner_id][profile.region].vpc_end_points
    of_profile = [endpoints[id_] for id_ in ids.get("VPC_ENDPOINT", ()) if id_ in endpoints]
    yield from _of_endpoints(of_profile, priority, profile.id)
    wanted = ids.get("PRIVATE_HOSTED_ZONE", ())
    for _, zone in zones():
        if zone.resource_id in wanted:
            yield _Candidate(zone.name.rstrip("."), priority, "zone", zone, profile.id)
    yield from _of_rules(profile.owner_id, profile.region, ids.get("RESOLVER_RULE", ()), priority, profile.id)


def _of_endpoints(endpoints: Iterable[Endpoint], order: int, profile_id: str = "") -> Iterator[_Candidate]:
    answering = [endpoint for endpoint in endpoints if endpoint.private_domain]
    domains = [endpoint.private_domain for endpoint in answering]
    if len(set(domains)) < len(domains):
        raise NotImplementedError("two endpoints of one domain in a Profile")
    yield from (_Candidate(str(one.private_domain), order, "endpoint", one, profile_id) for one in answering)


def _of_rules(
    account_id: str, region: str, ids: Iterable[str], order: int, profile_id: str = ""
) -> Iterator[_Candidate]:
    rules = route53resolver_backends[account_id][region].resolver_rules
    for id_ in ids:
        rule = rules[id_]
        yield _Candidate(rule.domain_name.rstrip("."), order, "rule", rule, profile_id)


def _addresses(endpoint: Endpoint) -> tuple[str, ...]:
    interfaces = endpoint.backend.enis
    return tuple(sorted(interfaces[eni].private_ip_address for eni in endpoint.interfaces.values()))


def _records(zone: Any, name: str) -> Iterator[str]:
    for record in zone.rrsets:
        if record.type == "A" and _answers(record.name.rstrip("."), name):
            if record.alias_target:
                yield from _of_alias(record.alias_target["DNSName"].rstrip("."))
            yield from (one["Value"] for one in record.resource_records or ())


def _answers(record: str, name: str) -> bool:
    record = record.replace("\\052", "*")
    return name == record or record.startswith("*.") and name.endswith(record[1:])


def _of_alias(target: str) -> Iterator[str]:
    """Yield the addresses of the interface endpoint with this DNS name: its own names resolve everywhere."""
    for account_id in list(ec2_backends):
        for backend in ec2_backends[account_id].values():
            for endpoint in backend.vpc_end_points.values():
                if any(entry["DnsName"] == target for entry in endpoint.dns_entries()):
                    yield from _addresses(endpoint)
