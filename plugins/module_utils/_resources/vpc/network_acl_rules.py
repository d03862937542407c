# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of network ACLs in the form that is declared and compared.

{"direction": "inbound", "number": 1000, "action": "allow", "protocol": "tcp", "cidr": "10.1.0.0/16", "ports": "443"};
protocol and ports may be all; of icmpv6, ports are "type 2 code 0".
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._domain.network.packet_filters import ALL_PROTOCOLS, NUMBERS
from ..._domain.values.ipv6 import Part
from ..._domain.vpc.network_acls import ICMPV6, NetworkAcls
from . import internet_route

# The closing denies, of IPv4 and IPv6; they can't be changed.
CLOSING = 32767
_NAMES = {number: name for name, number in NUMBERS.items()} | {ALL_PROTOCOLS: "all", ICMPV6: "icmpv6"}
_NUMBERS = {name: number for number, name in _NAMES.items()}


def fields(entry):
    """Return an entry of DescribeNetworkAcls in the declared form."""
    ports, icmp = entry.get("PortRange"), entry.get("IcmpTypeCode")
    of_icmpv6 = _icmp(icmp["Type"], icmp["Code"]) if icmp and entry["Protocol"] == ICMPV6 else "all"
    return {
        "direction": _direction(entry["Egress"]),
        "number": entry["RuleNumber"],
        "action": entry["RuleAction"],
        "protocol": _NAMES.get(entry["Protocol"], entry["Protocol"]),
        "cidr": entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
        "ports": _range(ports["From"], ports["To"]) if ports else of_icmpv6,
    }


def entries(acl):
    """Return the entries of an ACL as described in the declared form, without the closing ones."""
    return [fields(entry) for entry in acl["Entries"] if entry["RuleNumber"] < CLOSING]


def arguments(acl_id, entry):
    """Return the arguments of CreateNetworkAclEntry and ReplaceNetworkAclEntry."""
    return {
        **key(acl_id, entry),
        "Protocol": _NUMBERS.get(entry["protocol"], entry["protocol"]),
        "RuleAction": entry["action"],
        "Ipv6CidrBlock" if is_ipv6(entry) else "CidrBlock": entry["cidr"],
        **_ports(entry["ports"]),
    }


def is_ipv6(entry):
    # A CIDR that isn't known yet is a part of the VPC's IPv6 block.
    return isinstance(entry["cidr"], Ref) or ":" in entry["cidr"]


def _ports(ports):
    if ports == "all":
        return {}
    if ports.startswith("type"):
        _type, number, _code, code = ports.split()
        return {"IcmpTypeCode": {"Type": int(number), "Code": int(code)}}
    first, _dash, last = ports.partition("-")
    return {"PortRange": {"From": int(first), "To": int(last or first)}}


def key(acl_id, entry):
    return {"NetworkAclId": acl_id, "RuleNumber": entry["number"], "Egress": entry["direction"] == "outbound"}


def compiled(declared, found):
    """Return {tier: its entries}, from inputs.network_acls and gateway endpoints' prefix lists. Raises Invalid."""
    given = declared.inputs.network_acls
    if declared.absent or given is None:
        return {}
    given = {**given, "flows": {**given["flows"], "tiers": _by_kept_nat(given["flows"]["tiers"], found, declared)}}
    services = {name: there.fields["cidrs"] for name, there in found["gateway_prefix_list"].items()}
    acls = NetworkAcls(services=services, **given["flows"])
    acls.check(given["quota"])
    block = found["vpc_ipv6_cidr"]["main"].id if found.get("vpc_ipv6_cidr") else None
    return {
        tier: [_entry(rule, acls.ipv6, block) for rule in acls.rules(tier)]
        for tier in declared.resources["network_acl"]
    }


def _by_kept_nat(tiers, found, declared):
    """Return the tiers; those that still leave by an undeclared NAT gateway as if it were declared."""
    subnets = {subnet.id: name for name, subnet in found.get("subnet", {}).items()}
    nats = {nat.id: subnets.get(nat.fields["subnet"], "") for nat in found.get("nat_gateway", {}).values()}
    behind = {
        internet_route.tier_of(name): internet_route.tier_of(nats[route.fields["target"]])
        for name, route in internet_route.kept(found, declared).items()
        if nats.get(route.fields["target"])
    }
    return {name: replace(tier, nat=behind[name]) if name in behind else tier for name, tier in tiers.items()}


def _cidr(network, ipv6, block):
    """Return the CIDR as text; a Ref for a part of the VPC's IPv6 block that isn't known yet."""
    if network.version == 4 or not network.subnet_of(ipv6.block):
        return str(network)
    part = Part(int(network.network_address) >> (128 - network.prefixlen), network.prefixlen)
    return part.format(block) if block else Ref("vpc_ipv6_cidr.main", part)


def _entry(rule, ipv6, block):
    ports = _icmp(*rule.ports) if rule.protocol == ICMPV6 else _range(*rule.ports)
    return {
        "direction": _direction(rule.egress),
        "number": rule.number,
        "action": "allow" if rule.allow else "deny",
        "protocol": _NAMES[rule.protocol],
        "cidr": _cidr(rule.network, ipv6, block),
        "ports": "all" if rule.protocol == ALL_PROTOCOLS else ports,
    }


def _icmp(number, code):
    return f"type {number} code {code}"


def _direction(egress):
    return "outbound" if egress else "inbound"


def _range(first, last):
    return str(first) if first == last else f"{first}-{last}"
