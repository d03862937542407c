# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of network ACLs in the form that is declared and compared.

{"direction": "inbound", "number": 1000, "action": "allow", "protocol": "tcp", "cidr": "10.1.0.0/16", "ports": "443"};
protocol and ports may be all.
"""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.network_acls import NetworkAcls
from ansible_collections.closednet.aws.plugins.module_utils._domain.packet_filters import ALL_PROTOCOLS, NUMBERS

# The closing denies, of IPv4 and IPv6; they can't be changed.
CLOSING = 32767
_NAMES = {number: name for name, number in NUMBERS.items()} | {ALL_PROTOCOLS: "all"}
_NUMBERS = {name: number for number, name in _NAMES.items()}


def fields(entry):
    """An entry of DescribeNetworkAcls."""
    ports = entry.get("PortRange")
    return {
        "direction": _direction(entry["Egress"]),
        "number": entry["RuleNumber"],
        "action": entry["RuleAction"],
        "protocol": _NAMES.get(entry["Protocol"], entry["Protocol"]),
        "cidr": entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
        "ports": _range(ports["From"], ports["To"]) if ports else "all",
    }


def entries(acl):
    """Those of an ACL as described, without the closing ones."""
    return [fields(entry) for entry in acl["Entries"] if entry["RuleNumber"] < CLOSING]


def arguments(acl_id, entry):
    """Of CreateNetworkAclEntry and ReplaceNetworkAclEntry."""
    first, _dash, last = entry["ports"].partition("-")
    ports = {} if first == "all" else {"PortRange": {"From": int(first), "To": int(last or first)}}
    return {
        **key(acl_id, entry),
        "Protocol": _NUMBERS.get(entry["protocol"], entry["protocol"]),
        "RuleAction": entry["action"],
        "CidrBlock": entry["cidr"],
        **ports,
    }


def key(acl_id, entry):
    return {"NetworkAclId": acl_id, "RuleNumber": entry["number"], "Egress": entry["direction"] == "outbound"}


def compiled(declared, found):
    """{tier: its entries}, from scope["network_acls"] and the prefix lists of gateway endpoints. Raises Invalid."""
    inputs = declared.scope["network_acls"]
    if declared.absent or inputs is None:
        return {}
    services = {name: there.fields["cidrs"] for name, there in found["gateway_prefix_list"].items()}
    acls = NetworkAcls(services=services, **inputs["flows"])
    acls.check(inputs["quota"])
    return {tier: [_entry(rule) for rule in acls.rules(tier)] for tier in declared.resources["network_acl"]}


def _entry(rule):
    return {
        "direction": _direction(rule.egress),
        "number": rule.number,
        "action": "allow" if rule.allow else "deny",
        "protocol": _NAMES[rule.protocol],
        "cidr": str(rule.network),
        "ports": "all" if rule.protocol == ALL_PROTOCOLS else _range(*rule.ports),
    }


def _direction(egress):
    return "outbound" if egress else "inbound"


def _range(first, last):
    return str(first) if first == last else f"{first}-{last}"
