# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The firewall rule that lets a published service's consumers, by the CIDRs of its NAT subnets, reach its backends."""

from __future__ import annotations

import zlib

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values import gcp_names
from . import mark, named, referenced_rule

READ_AFTER = ("nat_subnet", "referenced_nat_subnet", "referenced_rule")
INPUTS = ("nat_subnets",)
PERMISSIONS = (
    "compute.firewalls.create",
    "compute.firewalls.delete",
    "compute.firewalls.get",
    "compute.firewalls.update",
    "compute.globalOperations.get",
    "compute.networks.updatePolicy",
)

# Google's default.
PRIORITY = 1000
# Its `ports` are "only applicable for the UDP or TCP protocol" (Firewall.allowed in the discovery document).
ALL = "all"


def read(cloud, declared, found):
    """Return {"main": Actual} if a rule has the name of this service's.

    Fields: name, network, direction, disabled, priority, protocol, ports ([]: all), source_ranges, other_sources (tags
    and service accounts), target_tags, target_service_accounts (all sorted), tags.
    """
    rule = cloud.get("compute.firewalls.get", firewall=name_of(named.service(declared), cloud.region))
    if not rule:
        return {}
    allowed = rule.get("allowed", [])
    fields = {
        "name": rule["name"],
        "network": named.relative(cloud, rule.get("network")),
        "direction": rule.get("direction", "INGRESS"),
        "disabled": bool(rule.get("disabled")),
        # More than one, or a deny rule, isn't this module's: it differs, and is changed back.
        "protocol": allowed[0]["IPProtocol"] if len(allowed) == 1 else ", ".join(one["IPProtocol"] for one in allowed),
        "ports": sorted(port for one in allowed for port in one.get("ports", [])),
        "priority": rule.get("priority", PRIORITY),
        "source_ranges": sorted(rule.get("sourceRanges", [])),
        # Traffic from either is let in: https://cloud.google.com/firewall/docs/firewalls#source-combinations
        "other_sources": sorted(rule.get("sourceTags", []) + rule.get("sourceServiceAccounts", [])),
        "target_tags": sorted(rule.get("targetTags", [])),
        "target_service_accounts": sorted(rule.get("targetServiceAccounts", [])),
        "tags": mark.read(rule),
    }
    owned = mark.is_owned(rule, declared.owner)
    return {"main": Actual(named.relative(cloud, rule["selfLink"]), fields, managed=owned)}


def name_of(service, region):
    """Return the rule's name: rules are global, and a service of another region may have the same name."""
    return f"{service}-psc-{zlib.crc32(region.encode()):08x}"


def plan(wanted, found, declared):
    whole = {name: {**fields, **_from_others(fields, found, declared)} for name, fields in wanted.items()}
    mark.refuse_others(KIND, whole, found["nat_firewall"], declared.owner)
    for fields in whole.values():
        if fields["protocol"] == ALL and fields["ports"]:
            raise Conflict(
                f"firewall.ports: {found['referenced_rule']['main'].id} forwards all protocols (L3_DEFAULT), and a"
                " firewall rule for all of them has no ports. Declare none"
            )
    return reconcile(KIND, whole, found["nat_firewall"])


def _from_others(fields, found, declared):
    """Fields that the declaration leaves to the load balancer and to the NAT subnets of others."""
    rule = found["referenced_rule"].get("main")
    protocol, ports, ranges = fields["protocol"], fields["ports"], fields["source_ranges"]
    if protocol is None:
        protocol = _protocol(rule) if rule else Ref(referenced_rule.ADDRESS, output="protocol")
    if ports is None and rule:
        ports = sorted(rule.details["ports"] or [])
    elif ports is None:
        ports = [Ref(referenced_rule.ADDRESS, output="ports")]
    if ranges is None:
        there = found["referenced_nat_subnet"]
        cidrs = [
            there[name].details["cidr"] if name in there else Ref(f"referenced_nat_subnet.{name}", output="cidr")
            for name in declared.inputs.nat_subnets
        ]
        ranges = sorted(cidrs, key=str)
    return {
        "network": fields["network"] or referenced_rule.network(found, declared),
        "protocol": protocol,
        "ports": ports,
        "source_ranges": ranges,
    }


def _protocol(rule):
    """Return the protocol of a firewall rule for a forwarding rule; L3_DEFAULT is each of them."""
    protocol = rule.details["protocol"].lower()
    return ALL if protocol == "l3_default" else protocol


def _rule(fields):
    ports = {"ports": fields["ports"]} if fields["ports"] else {}
    return {
        "sourceRanges": fields["source_ranges"],
        "allowed": [{"IPProtocol": fields["protocol"], **ports}],
        "disabled": False,
        "priority": PRIORITY,
        "denied": None,
        "sourceTags": None,
        "sourceServiceAccounts": None,
        # A merge patch keeps what it doesn't name, and a rule has one kind of targets.
        "targetTags": fields["target_tags"] or None,
        "targetServiceAccounts": fields["target_service_accounts"] or None,
    }


def _create(fields):
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "network": fields["network"],
        "direction": "INGRESS",
        **{key: value for key, value in _rule(fields).items() if value is not None},
    }
    return Call("compute.firewalls.insert", {"body": body}, id_path="target")


def _change(id_, before, after):
    return [Call("compute.firewalls.patch", {"firewall": gcp_names.last(id_), "body": _rule(after)})]


def _delete(id_, fields):
    return Call("compute.firewalls.delete", {"firewall": gcp_names.last(id_)})


FILTER = (
    *("protocol", "ports", "source_ranges", "other_sources", "target_tags", "target_service_accounts"),
    *("disabled", "priority"),
)
KIND = ResourceType("nat_firewall", create=_create, changes={FILTER: _change}, delete=_delete)
