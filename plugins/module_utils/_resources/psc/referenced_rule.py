# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forwarding rule of somebody else's load balancer that a service publishes: only read."""

from __future__ import annotations

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.values import gcp_names
from . import named

READ_AFTER = ()
INPUTS = ("forwarding_rule",)
PERMISSIONS = ("compute.forwardingRules.get", "compute.forwardingRules.use")
KIND = ResourceType("referenced_rule")
ADDRESS = "referenced_rule.main"
MISSING = (
    "forwarding_rule: {forwarding_rule} doesn't exist in region {region}, where a service attachment has its load"
    " balancer"
)
# What can stand behind a service attachment: internal passthrough and proxy load balancers, and protocol forwarding
# (https://cloud.google.com/vpc/docs/about-vpc-hosted-services#published-service-config).
SCHEMES = ("INTERNAL", "INTERNAL_MANAGED")


def read(cloud, declared, found):
    """Return {"main": Actual} of the declared rule; details: scheme, network, protocol, ports, global_access."""
    if not declared.inputs.forwarding_rule:
        return {}
    rule = cloud.get("compute.forwardingRules.get", forwardingRule=gcp_names.last(declared.inputs.forwarding_rule))
    if not rule:
        return {}
    details = {
        "scheme": rule.get("loadBalancingScheme", ""),
        "target": gcp_names.relative(rule.get("target")),
        "network": named.relative(cloud, rule.get("network")),
        "protocol": rule.get("IPProtocol", "TCP"),
        # None: all
        "ports": sorted(rule.get("ports", []), key=lambda port: (len(port), port)) or _range(rule.get("portRange")),
        "global_access": bool(rule.get("allowGlobalAccess")),
    }
    return {"main": Actual(named.relative(cloud, rule["selfLink"]), {}, False, details)}


def _range(ports):
    """Return the ports of a proxy's rule, whose range of one port is "443-443"; None for all."""
    first, _dash, last = (ports or "").partition("-")
    return ([first] if first == last else [ports]) if ports else None


def plan(wanted, found, declared):
    there = found["referenced_rule"].get("main")
    if wanted and there and there.details["scheme"] not in SCHEMES:
        is_endpoint = "/serviceAttachments/" in there.details["target"]
        what = "an endpoint of another service" if is_endpoint else there.details["scheme"] or "without a scheme"
        raise Conflict(
            f"forwarding_rule: {there.id} is {what}; expected one of an internal load balancer"
            f" (loadBalancingScheme {' or '.join(SCHEMES)})"
        )
    return []


def network(found, declared):
    """Return the network of the service's load balancer; a Ref while somebody else's forwarding rule doesn't exist."""
    for fields in declared.resources["balancer_rule"].values():
        return fields["network"]
    rule = found["referenced_rule"].get("main")
    return rule.details["network"] if rule else Ref(ADDRESS, output="network")
