# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that tiered_vpc declares for its flows: network ACLs, and a security group of each tier."""

from __future__ import annotations

from .._core.plan import Ref
from .._domain.values import ipv6 as ipv6_plan
from .._domain.values import ports
from .._domain.vpc.network_acls import INTERNET, SERVICES, VPC, Ipv6, NetworkAcls, tiers_of
from .._resources.vpc.security_group_rules import check_size, rule


def compiling(params, cidrs, ipv6):
    """Input from which network_acl_rules.compiled compiles the network ACLs; None without flows. Raises Invalid."""
    if params["flows"] is None or params["state"] == "absent":
        return None
    flows = {
        "tiers": tiers_of(params["tiers"], cidrs, params["az_slots"], params["network_acl_ranges"] == "blocks"),
        "flows": params["flows"],
        "vpc": params["cidrs"],
        "denied_ports": params["network_acl_denied_ports"],
        "ipv6": ipv6 and _ipv6_of_acls(params, ipv6),
    }
    quota = params["network_acl_rules_quota"]
    # Without the CIDRs of gateway endpoints, which have to be read; with them, it's checked again.
    NetworkAcls(services={}, **flows).check(quota)
    return {"flows": flows, "quota": quota}


def _ipv6_of_acls(params, numbers):
    blocks = params["network_acl_ranges"] == "blocks"
    return Ipv6.of(params["tiers"], numbers, params["az_slots"], blocks, ipv6_plan.length_of(params["ipv6"]))


def network_acls(params, tags):
    if params["state"] == "absent":
        return {"network_acl": {}, "security_group": {}}
    if params["flows"] is None:
        return {}
    own = [tier["name"] for tier in params["tiers"] if tier["network_acl"] != "default"]
    is_emptied = params["default_network_acl"] == "empty"
    return {
        "gateway_prefix_list": {name: {} for name in SERVICES if any(name == flow["to"] for flow in params["flows"])},
        "network_acl": {name: {"vpc": Ref("vpc.main"), "tags": tags("network_acl", name)} for name in own},
        # The entries are known only after the prefix lists are read.
        "network_acl_entry": {},
        "network_acl_association": {
            f"{tier['name']}.{zone}": {
                "subnet": Ref(f"subnet.{tier['name']}.{zone}"),
                "network_acl": Ref(
                    f"network_acl.{tier['name']}" if tier["name"] in own else "default_network_acl.main"
                ),
            }
            for tier in params["tiers"]
            for zone in params["availability_zone_ids"]
        },
        "default_network_acl": {"main": {"inbound": [], "outbound": []}} if is_emptied else {},
        **({"security_group": _security_groups(params, tags)} if params["security_groups"] else {}),
    }


def _security_groups(params, tags):
    tiers = [tier["name"] for tier in params["tiers"]]
    has_ipv6 = ipv6_plan.has_block(params["ipv6"])

    def rules(tier, end, other):
        """Rules of the flows whose `end` is the tier or the VPC, to or from each `other`."""
        found = [
            rule(protocol, *ports.parse(protocol, wanted), peer)
            for flow in params["flows"]
            if flow[end] in (tier, VPC)
            for protocol in ("tcp", "udp")
            for wanted in flow[protocol] or ()
            for peer in peers(flow[other])
        ]
        return [rule for index, rule in enumerate(found) if rule not in found[:index]]

    def peers(end):
        if end in tiers:
            return [Ref(f"security_group.{end}")]
        if end in SERVICES:
            return [Ref(f"gateway_prefix_list.{end}")]
        if end == VPC:
            return [*params["cidrs"], *([Ref("vpc_ipv6_cidr.main")] if has_ipv6 else [])]
        if end == INTERNET:
            return ["0.0.0.0/0", *(["::/0"] if has_ipv6 else [])]
        return [end]

    groups = {}
    for tier in tiers:
        directions = {}
        for direction, end, other in (("ingress", "to", "from"), ("egress", "from", "to")):
            directions[direction] = rules(tier, end, other)
            check_size(f"flows {end} {tier}", directions[direction], params["security_group_rules_quota"])
        groups[tier] = {
            "vpc": Ref("vpc.main"),
            "group_name": f"{params['name']}-{tier}",
            "description": f"Tier {tier} of {params['name']}",
            **directions,
            "tags": tags("security_group", tier),
        }
    return groups
