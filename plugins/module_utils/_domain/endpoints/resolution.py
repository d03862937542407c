# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What answers for a name in a VPC: its endpoints' private DNS, private zones, Resolver rules, Route 53 Profiles.

The most specific domain decides. Between equals, the VPC's own settings come before a Profile's, a Resolver rule before
a zone, and a Profile with a lower priority value before another
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html, hosted-zone-private-considerations.html,
resolver-overview-forward-vpc-to-network-using-rules.html). So a leftover endpoint of the VPC answers in place of the
hub's, and nothing says so. Whether a Profile with a less specific domain and a lower priority value hides a later one
isn't documented: that is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import limits, profiles

Item = Mapping[str, Any]

ENDPOINT, ZONE, RULE = "endpoint", "zone", "rule"
PROFILE_ENDPOINT, PROFILE_ZONE, PROFILE_RULE = "profile_endpoint", "profile_zone", "profile_rule"
PUBLIC, UNKNOWN = "public", "unknown"
RULES = (RULE, PROFILE_RULE)
LOCAL_READS = ("VpcEndpoints", "HostedZones", "ResolverRules", "ResolverRuleAssociations")
PROFILE_READS = ("ProfileAssociations", "ProfileResourceAssociations")
COMPLETE, OVER = "COMPLETE", ("DELETED", "FAILED")
# {type in the ARN of a Profile's resource: what answers}. Groups of DNS Firewall and query logs answer for no name.
TYPES = {"vpc-endpoint": PROFILE_ENDPOINT, "hostedzone": PROFILE_ZONE, "resolver-rule": PROFILE_RULE}
SILENT = ("firewall-rule-group", "resolver-query-log-config")


@dataclass(frozen=True)
class Answer:
    """What answers for a name.

    by: endpoint, zone, rule (of the VPC), profile_endpoint, profile_zone, profile_rule, public (AWS's public
      addresses) or unknown
    id: of the endpoint, zone or rule; "" for public and unknown
    domain: that it answers for; profile_id: the Profile that has it; says: in words
    """

    by: str
    id: str = ""
    domain: str = ""
    profile_id: str = ""
    says: str = ""


@dataclass(frozen=True)
class _Setting:
    """Setting that may answer. domain: None if not known; status: COMPLETE, or why it may not be in force yet"""

    by: str
    id: str
    domain: str | None
    profile_id: str = ""
    priority: int = 0
    status: str = COMPLETE

    @property
    def is_local(self) -> bool:
        return not self.profile_id

    @property
    def rank(self) -> tuple[int, bool, int, bool]:
        return len(_bare(self.domain or "")), self.is_local, -self.priority, self.by in RULES


def is_within(name: str, domain: str) -> bool:
    """Return true if a name is a domain or below it; the root "." holds all names. A dot at the end is optional."""
    return f".{name.rstrip('.')}".endswith(f".{domain.strip('.')}" if domain.strip(".") else "")


def rule_for(dns: Item, name: str, zone: str = "") -> Item | None:
    """Return the VPC's Resolver rule that forwards queries for a name; None if the VPC's resolver answers them.

    The most specific rule or private zone decides; between equals, the rule. SYSTEM rules exempt their domain from a
    FORWARD rule.

    zone: the private zone that answers for the name ("": none), such as that of an endpoint with private DNS
    """
    used = {
        association["ResolverRuleId"]
        for association in dns.get("ResolverRuleAssociations", ())
        if association.get("VPCId", dns["vpc_id"]) == dns["vpc_id"] and association.get("Status") != "DELETING"
    }
    rules = [
        rule
        for rule in dns.get("ResolverRules", ())
        if rule["Id"] in used and is_within(name, rule["DomainName"]) and is_within(rule["DomainName"], zone)
    ]
    best = max(rules, key=lambda rule: len(_bare(rule["DomainName"])), default=None)
    return best if best and best["RuleType"] in ("FORWARD", "DELEGATE") else None


def names_of(dns: Item, service: str) -> list[str]:
    """Return the names by which clients call a service: its endpoints' private DNS names, wildcards included."""
    return [
        name
        for details in dns.get("ServiceDetails", ())
        if profiles.suffix_of(details["ServiceName"], dns["region"]) == service
        for name in _private_names(details)
    ]


def addresses(endpoint: Item) -> list[str]:
    """Return the addresses of an endpoint as central_endpoints reports it, by zone or as a list, sorted."""
    found = endpoint.get("addresses") or {}
    by_zone = found.values() if isinstance(found, Mapping) else [found]
    return sorted(address for listed in by_zone for address in ([listed] if isinstance(listed, str) else listed))


def answer(dns: Item, name: str, central: Mapping[str, Item] | None = None) -> Answer:
    """Return what answers for a name in a VPC.

    dns: answers of Describe and List operations as facts.Facts has them, with vpc_id and region; a kind that is missing
      wasn't read
    name: may be a wildcard, such as *.dkr.ecr.eu-central-1.amazonaws.com, for all names below it
    central: what is known of the hub's endpoints: {service: {"id", "names"}}, as central_endpoints reports them. A
      Profile shows the ids of its endpoints only, so without it their names are unknown.
    """
    asked = _bare(name.removeprefix("*."))
    settings = [*_local(dns, asked), *_of_profiles(dns, central or {})]
    known = [one for one in settings if one.domain is not None and is_within(asked, one.domain)]
    best = max(known, key=lambda one: one.rank, default=None)
    doubt = next(_doubts(dns, name, asked, settings, known, best), "")
    if doubt:
        return Answer(UNKNOWN, says=f"what answers for {name} isn't known: {doubt}")
    if best is None:
        return Answer(PUBLIC, says=f"nothing of the VPC answers for {name}: it resolves to public addresses")
    return _told(best, name)


def of_names(dns: Item, names: Collection[str], central: Mapping[str, Item] | None = None) -> Answer:
    """Return what answers for all of these names; unknown if that isn't the same for each."""
    found = {name: answer(dns, name, central) for name in names}
    for one in found.values():
        if one.by == UNKNOWN:
            return one
    different = {(one.by, one.id, one.profile_id): one for one in found.values()}
    if len(different) > 1:
        return Answer(UNKNOWN, says="; ".join(one.says for one in different.values()))
    return next(iter(found.values()), Answer(UNKNOWN, says="the names aren't known"))


def shadows(
    dns: Item, name: str, profile_id: str, central: Mapping[str, Item] | None = None, without: Collection[str] = ()
) -> list[Answer]:
    """Return what answers for a name, or for some of a wildcard's names, instead of a Profile's endpoint.

    That are endpoints, zones and rules of the VPC, and what another Profile with a lower priority value has; with
    unknown for what may, and isn't known.

    without: ids of endpoints of the VPC that no longer count, since they will be deleted
    """
    left = {**dns, "VpcEndpoints": [e for e in dns.get("VpcEndpoints", ()) if e["VpcEndpointId"] not in without]}
    if "VpcEndpoints" not in dns:
        del left["VpcEndpoints"]
    asked = _bare(name.removeprefix("*."))
    below = [
        _told(one, name)
        for one in [*_local(left, asked), *_of_profiles(left, central or {})]
        if name.startswith("*.") and one.domain is not None and _is_below(one.domain, asked)
    ]
    if below:
        return below
    found = answer(left, name, central)
    return [] if found.by == PROFILE_ENDPOINT and found.profile_id == profile_id else [found]


def _doubts(
    dns: Item, name: str, asked: str, settings: list[_Setting], known: list[_Setting], best: _Setting | None
) -> Iterator[str]:
    """Yield in words each reason why `best` may not be what answers."""
    same = best is not None and _bare(best.domain or "") == asked
    exact = same and not name.startswith("*.")
    unread = [kind for kind in _needed(best, exact) if kind not in dns]
    if not dns.get("ProfileAssociations", [True]):
        unread = [kind for kind in unread if kind != "ProfileResourceAssociations"]
    if unread:
        yield f"{', '.join(unread)} weren't read"
    for one in settings:
        # No endpoint has names below another's, so that a wildcard is like a name to them.
        certain = exact or same and one.by == PROFILE_ENDPOINT
        if one.domain is None and _may_win(one, best, certain):
            yield f"{_noun(one)} exists, and the names that it answers for can't be read here"
        if one.domain is not None and name.startswith("*.") and _is_below(one.domain, asked):
            yield f"{_noun(one)} answers for some of these names"
    if best is not None:
        yield from _doubts_about(best, known)


def _doubts_about(best: _Setting, known: list[_Setting]) -> Iterator[str]:
    if best.status != COMPLETE:
        yield f"{_noun(best)} is {best.status}"
    for one in known:
        if best.profile_id and one.profile_id not in ("", best.profile_id) and one.priority < best.priority:
            yield f"{_noun(one)} is less specific, and its Profile has a lower priority value"


def _needed(best: _Setting | None, exact: bool) -> tuple[str, ...]:
    """Return the reads without which something else may answer."""
    if best is None or not exact or not best.is_local:
        return (*LOCAL_READS, *PROFILE_READS)
    # A private zone of an endpoint's own name would have been refused, and nothing is more specific.
    return () if best.by == RULE else ("ResolverRules", "ResolverRuleAssociations")


def _may_win(one: _Setting, best: _Setting | None, exact: bool) -> bool:
    """Return true if a Profile's setting whose domain isn't known may answer before `best`."""
    if best is None or not exact:
        return True
    if best.is_local:
        return False
    # A Profile takes no two zones or endpoints of one domain (ConflictException), but a rule beside them.
    return one.priority < best.priority or one.profile_id == best.profile_id and one.by == PROFILE_RULE


def _local(dns: Item, asked: str) -> Iterator[_Setting]:
    for endpoint in dns.get("VpcEndpoints", ()):
        inbound_only = endpoint.get("DnsOptions", {}).get("PrivateDnsOnlyForInboundResolverEndpoint", False)
        state = endpoint["State"].lower()
        if endpoint.get("PrivateDnsEnabled") and not inbound_only and state not in ("deleted", "rejected", "failed"):
            status = COMPLETE if state == "available" else endpoint["State"]
            for domain in _domains_of(dns, endpoint):
                yield _Setting(ENDPOINT, endpoint["VpcEndpointId"], domain, status=status)
    for zone in dns.get("HostedZones", ()):
        if not zone.get("Owner", {}).get("OwningService"):
            yield _Setting(ZONE, zone["HostedZoneId"], zone["Name"])
    rule = rule_for(dns, asked) if "ResolverRules" in dns else None
    if rule:
        yield _Setting(RULE, rule["Id"], rule["DomainName"])


def _domains_of(dns: Item, endpoint: Item) -> list[str]:
    """Return the domains of an endpoint's private DNS: of its service, and those among the endpoint's own entries."""
    details = [d for d in dns.get("ServiceDetails", ()) if d["ServiceName"] == endpoint["ServiceName"]]
    named = [name for one in details for name in _private_names(one)]
    entries = [entry.get("DnsName") or "" for entry in endpoint.get("DnsEntries", ())]
    named += [name for name in entries if name and ".vpce." not in name]
    return list(dict.fromkeys(_bare(name.removeprefix("*.")) for name in named))


def _private_names(details: Item) -> list[str]:
    listed = details.get("PrivateDnsNames") or [{"PrivateDnsName": details.get("PrivateDnsName", "")}]
    return [one["PrivateDnsName"] for one in listed if one["PrivateDnsName"]]


def _of_profiles(dns: Item, central: Mapping[str, Item]) -> Iterator[_Setting]:
    """Yield the settings that the VPC has by Profiles."""
    known = _known_domains(dns, central)
    system = {rule["Id"] for rule in dns.get("ResolverRules", ()) if rule["RuleType"] == "SYSTEM"}
    for association in dns.get("ProfileAssociations", ()):
        if association.get("ResourceId", dns["vpc_id"]) != dns["vpc_id"] or association.get("Status") in OVER:
            continue
        for resource in dns.get("ProfileResourceAssociations", ()):
            if resource["ProfileId"] != association["ProfileId"] or resource.get("Status") in OVER:
                continue
            kind, id_ = _of_arn(resource["ResourceArn"])
            if kind in SILENT:
                continue
            statuses = [association.get("Status", COMPLETE), resource.get("Status", COMPLETE)]
            statuses += ["a rule of the type SYSTEM, which leaves the answer to others"] * (id_ in system)
            setting = _Setting(
                TYPES.get(kind, kind),
                id_,
                None,
                association["ProfileId"],
                int(association.get("Priority") or limits.PRIORITY),
                next((status for status in statuses if status != COMPLETE), COMPLETE),
            )
            domains: list[str] = known.get(id_, [])
            yield from (replace(setting, domain=domain) for domain in domains or (None,))


def _known_domains(dns: Item, central: Mapping[str, Item]) -> dict[str, list[str]]:
    """Return {id of an endpoint, zone or rule: the domains that it answers for}, as far as it is known here."""
    found = {zone["HostedZoneId"]: [zone["Name"]] for zone in dns.get("HostedZones", ())}
    found |= {rule["Id"]: [rule["DomainName"]] for rule in dns.get("ResolverRules", ())}
    for service, endpoint in central.items():
        if endpoint.get("id"):
            named = endpoint.get("names") or names_of(dns, service)
            found[endpoint["id"]] = [_bare(name.removeprefix("*.")) for name in named]
    return found


def _of_arn(arn: str) -> tuple[str, str]:
    """Return the type and the id in an ARN such as arn:aws:ec2:eu-central-1:111111111111:vpc-endpoint/vpce-1."""
    kind, _slash, id_ = arn.rpartition(":")[2].partition("/")
    return kind, id_


def _told(one: _Setting, name: str) -> Answer:
    return Answer(one.by, one.id, one.domain or "", one.profile_id, f"{_noun(one)} answers for {name}")


def _noun(one: _Setting) -> str:
    words = {ENDPOINT: "the endpoint", ZONE: "the private zone", RULE: "the Resolver rule"}
    words |= {PROFILE_ENDPOINT: "the endpoint", PROFILE_ZONE: "the private zone", PROFILE_RULE: "the Resolver rule"}
    where = f"of the Profile {one.profile_id}" if one.profile_id else "of the VPC"
    domain = f" ({one.domain})" if one.domain and one.by not in (ENDPOINT, PROFILE_ENDPOINT) else ""
    return f"{words.get(one.by, one.by)} {one.id}{domain} {where}"


def _is_below(domain: str, asked: str) -> bool:
    return _bare(domain) != asked and is_within(_bare(domain), asked)


def _bare(domain: str) -> str:
    return domain.strip(".").lower()
