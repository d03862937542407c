# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security group rules in the form that is declared and compared.

A rule: {"protocol": "tcp", "from": 443, "to": 443, "peer": "10.0.0.0/16", "description": "..."}; peer is a CIDR, a
prefix list id or a security group id; from and to are None where the protocol has no ports. One rule, one peer.
"""

from __future__ import annotations

from ..._core.plan import Address, Ref
from ..._core.reconcile import Call
from ..._domain.values import identifiers, quotas
from ..._domain.values.ports import parse as parse_ports

_PEERS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)


def rule(protocol, from_port, to_port, peer, description=""):
    return {"protocol": protocol, "from": from_port, "to": to_port, "peer": peer, "description": description}


def flatten(permissions):
    """Return the rules of IpPermissions of DescribeSecurityGroups, sorted."""
    rules = [
        rule(
            permission["IpProtocol"],
            permission.get("FromPort"),
            permission.get("ToPort"),
            peer[key],
            peer.get("Description", ""),
        )
        for permission in permissions
        for group, key in _PEERS
        for peer in permission.get(group, [])
    ]
    return sort(rules)


def sort(rules):
    return sorted(rules, key=lambda r: [str(r[key]) for key in ("protocol", "from", "to", "peer", "description")])


def inbound(sources, ports, prefix=""):
    """Return sorted rules from the options of a module. Raises Invalid, with the option's name below prefix.

    sources: CIDRs or ids of prefix lists or security groups; ports: {"tcp": ["443", "8000-8080"], ...}
    """
    for index, source in enumerate(sources):
        identifiers.destination(f"{prefix}sources[{index}]", source, ("pl", "sg"))
    # Each once: AWS refuses a rule that is asked for twice.
    return sort(
        rule(protocol, *allowed, source)
        for protocol, listed in ports.items()
        for allowed in {parse_ports(f"{prefix}{protocol}[{index}]", wanted) for index, wanted in enumerate(listed)}
        for source in set(sources)
    )


def permission(rule):
    """Return the IpPermission that authorises or revokes a rule."""
    peer = str(rule["peer"])
    if peer.startswith("pl-"):
        group, key = _PEERS[2]
    elif isinstance(rule["peer"], Ref) and Address.of(rule["peer"].address).kind == "vpc_ipv6_cidr":
        group, key = _PEERS[1]
    elif peer.startswith("sg-") or not isinstance(rule["peer"], str):
        group, key = _PEERS[3]
    else:
        group, key = _PEERS[1 if ":" in peer else 0]
    described = {"Description": rule["description"]} if rule["description"] else {}
    ports = {} if rule["from"] is None else {"FromPort": rule["from"], "ToPort": rule["to"]}
    return {"IpProtocol": rule["protocol"], **ports, group: [{key: rule["peer"], **described}]}


def size(rules, sizes=None):
    """Return how many rules these count as, (IPv4, IPv6). sizes: {prefix list id: entries}.

    A security group counts as one of each, a prefix list as its maximum number of entries of each (VPC user guide,
    "Security group size"; tried on AWS: https://github.com/jantman/awslimitchecker/pull/447).
    """
    sizes = sizes or {}
    ipv4 = ipv6 = 0
    for one in rules:
        peer = one["peer"] if isinstance(one["peer"], str) else ""
        is_cidr, count = "/" in peer, sizes.get(peer, 1)
        ipv4 += 0 if is_cidr and ":" in peer else count
        ipv6 += 0 if is_cidr and ":" not in peer else count
    return ipv4, ipv6


def check_size(option, rules, quota, sizes=None):
    """Raise Invalid where a group can't have so many rules in one direction."""
    quotas.check("security_group_rules_quota", quota, quotas.RULES)
    count = max(size(rules, sizes))
    if count > quota:
        raise quotas.exceeded(option, "rules of a security group", count, "security_group_rules_quota", quota)


def changes(direction, quota=quotas.RULES, sizes=None):
    """Return a function of (id, before, after) -> Calls that change a group's rules of one direction (ingress, egress).

    New rules come first, as many as fit into the quota beside the old ones, so that nothing that stays allowed is cut
    meanwhile. Where only a rule's description differs, it is updated in place, since AWS counts it as the same rule.
    """

    def calls(id_, before, after):
        had, wants = before[direction], after[direction]
        added = [r for r in wants if r not in had]
        removed = [r for r in had if r not in wants]
        described = [r for r in added if _same_traffic(r) in [_same_traffic(other) for other in removed]]
        added = [r for r in added if r not in described]
        removed = [r for r in removed if _same_traffic(r) not in [_same_traffic(other) for other in described]]
        first = _that_fit(had, added, quota, sizes)
        operations = (
            (f"ec2.authorize_security_group_{direction}", "add", first),
            (f"ec2.update_security_group_rule_descriptions_{direction}", "describe", described),
            (f"ec2.revoke_security_group_{direction}", "remove", removed),
            (f"ec2.authorize_security_group_{direction}", "add.rest", [r for r in added if r not in first]),
        )
        return [
            Call(operation, {"GroupId": id_, "IpPermissions": [permission(r) for r in rules]}, suffix=suffix)
            for operation, suffix, rules in operations
            if rules
        ]

    return calls


def _same_traffic(rule):
    return {key: value for key, value in rule.items() if key != "description"}


def _that_fit(had, added, quota, sizes):
    """Return the first of the new rules, as many as the quota allows beside the existing ones.

    An existing prefix list that is no longer declared may count as any number.
    """
    if sizes is not None:
        sizes = {**{r["peer"]: quota for r in had if str(r["peer"]).startswith("pl-")}, **sizes}
    first = []
    for one in added:
        if max(size([*had, *first, one], sizes)) > quota:
            break
        first.append(one)
    return first
