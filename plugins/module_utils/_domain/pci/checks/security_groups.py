# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 1.2.5, 1.3 and 7.3.3, as far as security groups and default network ACLs show them. model.py lists
the facts.

The checks judge security groups as the network control: they are stateful, as 1.4.2 asks, and network ACLs aren't.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...values.internet import mean_everywhere
from .model import (
    FAIL,
    NOT_APPLICABLE,
    UNKNOWN,
    Check,
    Facts,
    Item,
    Outcome,
    Scope,
    of_all,
    of_own_subnets,
    own_subnets,
)

GROUPS = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
EVERYTHING = "all"
SERVICE = re.compile(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "-1": EVERYTHING}


def service(permission: Item) -> str:
    """Return the service of an IpPermission: `tcp/443`, `udp/8000-8100`, `icmp`, or `all`, which names no service."""
    protocol = str(NUMBERS.get(permission["IpProtocol"], permission["IpProtocol"]))
    if protocol not in ("tcp", "udp"):
        return protocol
    first, last = permission.get("FromPort", 0), permission.get("ToPort", 65535)
    if (first, last) == (0, 65535):
        return EVERYTHING
    return f"{protocol}/{first}" if first == last else f"{protocol}/{first}-{last}"


def is_service(name: str) -> bool:
    """Return true if an approved service may have this name: TCP and UDP with ports, icmp and icmpv6 without."""
    found = SERVICE.fullmatch(name)
    if found is None:
        return name in ("icmp", "icmpv6")
    return int(found[2]) <= int(found[3] or found[2]) <= 65535


def _is_one_of(name: str, services: Sequence[str]) -> bool:
    if name in services:
        return True
    ours = SERVICE.fullmatch(name)
    return ours is not None and any(
        theirs[1] == ours[1]
        and int(theirs[2]) <= int(ours[2])
        and int(ours[3] or ours[2]) <= int(theirs[3] or theirs[2])
        for theirs in map(SERVICE.fullmatch, services)
        if theirs
    )


def _rules(facts: Facts, key: str) -> Iterator[tuple[Item, Item, list[str]]]:
    """Yield (group, permission, CIDRs that the permission names) for each rule."""
    for group in facts["SecurityGroups"]:
        for permission in group.get(key, ()):
            ranges = [r["CidrIp"] for r in permission.get("IpRanges", ())]
            yield group, permission, ranges + [r["CidrIpv6"] for r in permission.get("Ipv6Ranges", ())]


def _told(group: Item, key: str, permission: Item, peers: Sequence[str]) -> dict[str, Any]:
    return {"GroupId": group["GroupId"], key: f"{service(permission)} {', '.join(peers)}".strip()}


def _services_named(facts: Facts, scope: Scope) -> Outcome:
    rules = [
        (group, key, permission, peers)
        for key in ("IpPermissions", "IpPermissionsEgress")
        for group, permission, peers in _rules(facts, key)
    ]
    names = sorted({service(permission) for _group, _key, permission, _peers in rules})
    wide = [_told(group, key, rule, peers) for group, key, rule, peers in rules if service(rule) == EVERYTHING]
    if wide:
        return Outcome(FAIL, "rules of security groups name no service", {"failing": wide})
    if not scope.approved_services:
        message = "every rule names a service; which are approved isn't declared (approved_services)"
        return Outcome(UNKNOWN if rules else NOT_APPLICABLE, message, {"services": names})
    bad = [
        _told(group, key, rule, peers)
        for group, key, rule, peers in rules
        if not _is_one_of(service(rule), scope.approved_services)
    ]
    return of_all(
        rules, bad, "rules allow services that aren't approved", "every rule is of an approved service", "no rules"
    )


def _open_to_internet(facts: Facts, scope: Scope) -> Outcome:
    rules = list(_rules(facts, "IpPermissions"))
    bad = [
        _told(group, "IpPermissions", rule, peers)
        for group, rule, peers in rules
        if mean_everywhere(peers) and not _is_one_of(service(rule), scope.internet_services)
    ]
    allowed = ", ".join(scope.internet_services) or "nothing"
    return of_all(
        facts["SecurityGroups"],
        bad,
        "security groups admit the internet to other services than internet_services",
        f"security groups admit the internet to {allowed} at most",
        "no security groups",
    )


def _out_to_anywhere(facts: Facts, scope: Scope) -> Outcome:
    wide = [(g, rule, peers) for g, rule, peers in _rules(facts, "IpPermissionsEgress") if mean_everywhere(peers)]

    def told(rules: Sequence[tuple[Item, Item, list[str]]]) -> list[dict[str, Any]]:
        return [_told(group, "IpPermissionsEgress", rule, peers) for group, rule, peers in rules]

    bad = [w for w in wide if service(w[1]) == EVERYTHING]
    if scope.approved_services:
        bad += [w for w in wide if w not in bad and not _is_one_of(service(w[1]), scope.approved_services)]
    if bad:
        return Outcome(FAIL, "security groups let out to anywhere what isn't declared", {"failing": told(bad)})
    if wide and not scope.approved_services:
        needed = "whether that is needed isn't declared (approved_services)"
        message = f"security groups let services out to anywhere; {needed}"
        return Outcome(UNKNOWN, message, {"IpPermissionsEgress": told(wide)})
    return of_all(facts["SecurityGroups"], [], "", "what goes out is named by service", "no security groups")


def _default_groups(facts: Facts, scope: Scope) -> Outcome:
    groups = [group for group in facts["SecurityGroups"] if group["GroupName"] == "default"]
    bad = [
        {"GroupId": group["GroupId"], "VpcId": group["VpcId"], key: len(group[key])}
        for group in groups
        for key in ("IpPermissions", "IpPermissionsEgress")
        if group.get(key)
    ]
    return of_all(
        groups, bad, "default security groups allow something", "default security groups have no rules", "no VPCs"
    )


def _default_acls(facts: Facts, scope: Scope) -> Outcome:
    bad = [
        {"NetworkAclId": acl["NetworkAclId"], "IsDefault": True, "SubnetId": link["SubnetId"]}
        for acl in facts["NetworkAcls"]
        if acl["IsDefault"] and any(e["RuleAction"] == "allow" for e in acl["Entries"])
        for link in acl.get("Associations", ())
    ]
    return of_all(
        own_subnets(facts),
        bad,
        "subnets use a default network ACL that allows",
        "no subnet uses such an ACL",
        "no subnets",
    )


CHECKS = (
    Check("services_named", ("1.2.5",), ("SecurityGroups",), _services_named, GROUPS, "inferred"),
    Check("open_to_internet", ("1.3.1", "1.4.2"), ("SecurityGroups",), _open_to_internet, GROUPS),
    Check("out_to_anywhere", ("1.3.2",), ("SecurityGroups",), _out_to_anywhere, GROUPS),
    Check(
        "default_groups",
        ("7.3.3",),
        ("SecurityGroups",),
        _default_groups,
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        "inferred",
    ),
    Check(
        "default_acls",
        ("7.3.3",),
        ("NetworkAcls", "Subnets"),
        of_own_subnets(_default_acls),
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
        "inferred",
    ),
)
