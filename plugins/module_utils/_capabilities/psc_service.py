# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module psc_service: a service published by Private Service Connect, and which projects may connect to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone

from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.psc import consumers
from .._gcp.provider import GCP
from .._resources.psc import (
    backend_service,
    balancer_rule,
    connection,
    health_check,
    mark,
    nat_firewall,
    nat_subnet,
    referenced_group,
    referenced_nat_subnet,
    referenced_rule,
    service_attachment,
)
from . import psc_service_checks as checks

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "forwarding_rule": {"type": "str"},
    "load_balancer": {
        "type": "dict",
        "options": {
            "network": {"type": "str", "required": True},
            "subnetwork": {"type": "str", "required": True},
            "ports": {"type": "list", "elements": "int", "required": True},
            "protocol": {"type": "str", "choices": ["TCP", "UDP"], "default": "TCP"},
            "backends": {"type": "list", "elements": "str", "required": True},
            "health_check": {
                "type": "dict",
                "default": {},
                "apply_defaults": True,
                "options": {
                    "protocol": {"type": "str", "choices": ["TCP", "HTTP", "HTTPS"], "default": "TCP"},
                    "port": {"type": "int"},
                    "path": {"type": "str"},
                },
            },
            "global_access": {"type": "bool", "default": False},
        },
    },
    "nat_cidrs": {"type": "list", "elements": "str"},
    "nat_subnets": {"type": "list", "elements": "str"},
    "consumers": consumers.CONSUMERS,
    "undeclared": consumers.UNDECLARED,
    "firewall": {
        "type": "dict",
        "options": {
            "target_tags": {"type": "list", "elements": "str", "default": []},
            "target_service_accounts": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "str", "default": []},
        },
    },
    "proxy_protocol": {"type": "bool", "default": False},
    "domain_name": {"type": "str"},
    "allow_disconnect": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # Relative name of somebody else's forwarding rule, "" without one.
    forwarding_rule: str
    # Names of somebody else's NAT subnets.
    nat_subnets: Sequence[str]
    # project id -> its entry
    ledger: Mapping[str, consumers.Approval]
    today: date
    undeclared: str
    allow_disconnect: bool


def desired(params):
    today = datetime.now(timezone.utc).date()
    given = checks.parse(params, today)
    owner = f"psc_service/{params['name']}"
    made, rule = given.load_balancer, given.forwarding_rule
    balancer = _load_balancer(params["name"], made, owner) if made else {kind: {} for kind in MADE_KINDS}
    network = made["network"] if made else None
    target = [Ref(f"balancer_rule.{name}") for name in balancer["balancer_rule"]] or [Ref(referenced_rule.ADDRESS)]
    is_present = params["state"] == "present"
    resources = {
        **balancer,
        "referenced_rule": {"main": {}} if rule else {},
        "referenced_group": {name: {} for name in made["backends"]} if made else {},
        "referenced_nat_subnet": {name: {} for name in given.nat_subnets},
        "nat_subnet": {cidr: nat_subnet.declared_fields(cidr, network) for cidr in given.nat_cidrs},
        "nat_firewall": {"main": _firewall(params, made, given, owner)} if params["firewall"] is not None else {},
        "service_attachment": {"main": _attachment(params, target[0], given.ledger, today, owner)}
        if is_present
        else {},
        "connection": {},
    }
    inputs = Inputs.of(params, forwarding_rule=rule, nat_subnets=given.nat_subnets, ledger=given.ledger, today=today)
    return Declared(owner, resources, inputs)


MADE_KINDS = ("health_check", "backend_service", "balancer_rule")


def _load_balancer(name, wanted, owner):
    """Resources of MADE_KINDS."""
    protocol = wanted["protocol"].lower()
    rule = {
        "protocol": wanted["protocol"],
        "ports": wanted["ports"],
        "network": wanted["network"],
        "subnetwork": wanted["subnetwork"],
        "backend_service": Ref(f"backend_service.{protocol}"),
        "global_access": wanted["global_access"],
    }
    key = balancer_rule.key(rule)
    check = {"name": name, **wanted["health_check"], "tags": mark.tags(owner, "main")}
    backends = {
        "name": f"{name}-{protocol}",
        "protocol": wanted["protocol"],
        "backends": wanted["backends"],
        "health_check": Ref("health_check.main"),
        "tags": mark.tags(owner, protocol),
    }
    return {
        "health_check": {"main": check},
        "backend_service": {protocol: backends},
        "balancer_rule": {key: {"name": f"{name}-{key}", **rule, "tags": mark.tags(owner, key)}},
    }


def _firewall(params, made, given, owner):
    """Fields of the firewall rule; None where they are those of somebody else's load balancer or NAT subnets."""
    wanted = params["firewall"]
    return {
        "name": nat_firewall.name_of(params["name"], params["region"]),
        "network": made["network"] if made else None,
        "direction": "INGRESS",
        "disabled": False,
        "priority": nat_firewall.PRIORITY,
        "other_sources": [],
        "protocol": made["protocol"].lower() if made else None,
        "ports": sorted(wanted["ports"]) or (sorted(made["ports"]) if made else None),
        "source_ranges": sorted(given.nat_cidrs) or None,
        "target_tags": sorted(set(wanted["target_tags"])),
        "target_service_accounts": sorted(set(wanted["target_service_accounts"])),
        "tags": mark.tags(owner, "main"),
    }


def _attachment(params, target, ledger, today, owner):
    name = params["domain_name"]
    return {
        "name": params["name"],
        "target_service": target,
        "connection_preference": service_attachment.MANUAL,
        "reconcile_connections": True,
        "accept": consumers.accept_list(ledger, today),
        "proxy_protocol": params["proxy_protocol"],
        # In the API's form, "p.mycompany.com." (its discovery document).
        "domain_names": [f"{name.rstrip('.')}."] if name else [],
        "tags": mark.tags(owner, "main"),
    }


def report(declared, found, ids, states):
    name = ids.get(service_attachment.ADDRESS)
    there = found["service_attachment"].get("main")
    return {
        "service_attachment": name,
        "service_uri": service_attachment.uri(name) if name else None,
        "service_attachment_id": there.details["id"] if there and name else None,
        "connections": connection.printable(declared, found),
        "nat": service_attachment.nat(found, declared),
    }


CAPABILITY = Capability(
    "psc_service",
    GCP,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        referenced_rule,
        referenced_nat_subnet,
        referenced_group,
        health_check,
        backend_service,
        balancer_rule,
        nat_subnet,
        nat_firewall,
        service_attachment,
        connection,
    ),
    report,
    {
        "mutually_exclusive": [["forwarding_rule", "load_balancer"], ["nat_cidrs", "nat_subnets"]],
        "required_if": [
            ["state", "present", ["forwarding_rule", "load_balancer"], True],
            ["state", "present", ["nat_cidrs", "nat_subnets"], True],
        ],
    },
    removals=connection.removals,
    limits=True,
)
