# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module privatelink_service: an endpoint service (AWS PrivateLink) and who may connect to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.privatelink import acceptance
from .._domain.values import identifiers, ports
from .._resources.privatelink import (
    endpoint_connection,
    endpoint_service,
    listener,
    load_balancer,
    private_dns_verification,
    referenced_load_balancer,
    target,
    target_group,
    verification_record,
)
from .._resources.shared import elbv2
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import existing_vpc
from .._resources.vpc.existing_vpc import VpcSelector

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "load_balancer_arns": {"type": "list", "elements": "str"},
    "load_balancer": {
        "type": "dict",
        "options": {
            "vpc_id": {"type": "str"},
            "vpc_name": {"type": "str"},
            "tier": {"type": "str", "default": "app"},
            "cross_zone": {"type": "bool", "default": True},
            "listeners": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["TCP", "UDP", "TCP_UDP"], "default": "TCP"},
                    "target_type": {"type": "str", "choices": ["ip", "instance", "alb"], "default": "ip"},
                    "targets": {"type": "list", "elements": "str", "required": True},
                    "target_port": {"type": "int"},
                    "health_check": {
                        "type": "dict",
                        "default": {},
                        "apply_defaults": True,
                        "options": {
                            "protocol": {"type": "str", "choices": ["TCP", "HTTP", "HTTPS"], "default": "TCP"},
                            "port": {"type": "str", "default": "traffic-port"},
                            "path": {"type": "str"},
                        },
                    },
                },
            },
        },
        "mutually_exclusive": [["vpc_id", "vpc_name"]],
    },
    "consumers": acceptance.CONSUMERS,
    "undeclared": acceptance.UNDECLARED,
    "acceptance_required": {"type": "bool", "default": True},
    "allowed_principals": {"type": "list", "elements": "str", "default": []},
    "allow_any_principal": {"type": "bool", "default": False},
    "supported_ip_address_types": {
        "type": "list",
        "elements": "str",
        "choices": ["ipv4", "ipv6"],
        "default": ["ipv4"],
    },
    "supported_regions": {"type": "list", "elements": "str", "default": []},
    "private_dns_name": {"type": "str"},
    "private_dns_zone_id": {"type": "str"},
    "verify_private_dns": {"type": "bool"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    # account id -> its entry
    ledger: Mapping[str, acceptance.Entry]
    today: date
    undeclared: str
    private_dns_zone_id: str | None


def desired(params):
    _check(params)
    entries = acceptance.parse("consumers", params["consumers"])
    today = datetime.now(timezone.utc).date()
    owner = f"privatelink_service/{params['name']}"
    made, zone, dns_name = params["load_balancer"], params["private_dns_zone_id"], params["private_dns_name"]
    given = sorted(set(params["load_balancer_arns"] or []))
    verify = bool(zone) if params["verify_private_dns"] is None else params["verify_private_dns"]

    def tags(name, title=None):
        return owner_tags(owner, name, params["tags"], title)

    resources = {
        "existing_vpc": {},
        "referenced_load_balancer": {arn: {} for arn in given},
        **(_load_balancer(made, owner, tags) if made else {kind: {} for kind in MADE_KINDS}),
        "endpoint_service": {
            "main": {
                "load_balancers": [Ref("load_balancer.main")] if made else given,
                "acceptance_required": params["acceptance_required"],
                "private_dns_name": dns_name or "",
                "supported_ip_address_types": sorted(params["supported_ip_address_types"]),
                "supported_regions": list(dict.fromkeys(params["supported_regions"])),
                "principals": acceptance.principals(entries, params["allowed_principals"], today),
                "tags": tags("main", params["name"]),
            }
        },
        "endpoint_connection": {},
        "verification_record": {"main": {"private_dns_name": dns_name, "zone": zone}} if dns_name else {},
        "private_dns_verification": {"main": {"private_dns_name": dns_name, "start": verify}} if dns_name else {},
    }
    vpcs = {"main": VpcSelector.of({"name": params["name"], **made})} if made else {}
    inputs = Inputs.of(params, vpcs=vpcs, ledger=entries, today=today)
    return Declared(owner, resources, inputs)


MADE_KINDS = ("load_balancer", "target_group", "listener", "target")


def _load_balancer(wanted, owner, tags):
    """Resources of MADE_KINDS.

    A target group's name contains what AWS can't change in it, so a change creates another one and moves the listener
    to it.
    """
    name = elbv2.name(owner)
    groups, listeners, targets = {}, {}, {}
    for declared in wanted["listeners"]:
        group = f"{declared['port']}-{declared['protocol']}-{declared['target_type']}"
        check = declared["health_check"]
        groups[group] = {
            "name": elbv2.part_name(name, group),
            "protocol": declared["protocol"],
            "port": declared["port"],
            "vpc": Ref("existing_vpc.main"),
            "target_type": declared["target_type"],
            "health_check": {**check, "path": check["path"] or (None if check["protocol"] == "TCP" else "/")},
            "tags": tags(group, group),
        }
        listeners[str(declared["port"])] = {
            "load_balancer": Ref("load_balancer.main"),
            "port": declared["port"],
            "protocol": declared["protocol"],
            "target_group": Ref(f"target_group.{group}"),
        }
        port = declared["target_port"] or declared["port"]
        for wanted_target in declared["targets"]:
            targets[f"{group}/{wanted_target}:{port}"] = {
                "target_group": Ref(f"target_group.{group}"),
                "target": wanted_target,
                "port": port,
            }
    main = {"name": name, "tier": wanted["tier"], "cross_zone": wanted["cross_zone"], "tags": tags("main", name)}
    return dict(zip(MADE_KINDS, ({"main": main}, groups, listeners, targets)))


def _check(params):
    identifiers.name("name", params["name"])
    arns = params["load_balancer_arns"]
    if arns is not None and not arns and params["state"] == "present":
        raise Invalid("load_balancer_arns", [], "leaves the service without a load balancer", "at least one")
    for index, arn in enumerate(arns or []):
        option = f"load_balancer_arns[{index}]"
        identifiers.network_load_balancer(option, arn)
        if arn.split(":")[4] != params["account_id"]:
            raise Invalid(option, arn, "is of another account", f"one of account {params['account_id']}")
    if params["load_balancer"]:
        _check_load_balancer(params["load_balancer"])
        if "ipv6" in params["supported_ip_address_types"]:
            raise Invalid(
                "supported_ip_address_types", ["ipv6"], "can't be had with load_balancer", "load_balancer_arns for it"
            )
    if not params["supported_ip_address_types"]:
        raise Invalid("supported_ip_address_types", [], "leaves no endpoint an address", "ipv4, ipv6 or both")
    for index, region in enumerate(params["supported_regions"]):
        identifiers.region(f"supported_regions[{index}]", region)
    for index, principal in enumerate(params["allowed_principals"]):
        _check_principal(f"allowed_principals[{index}]", principal, params["allow_any_principal"])
    _check_private_dns(params)


def _check_principal(option, principal, may_be_any):
    if principal != "*":
        identifiers.principal(option, principal)
    elif not may_be_any:
        raise Invalid(option, "*", "lets every AWS account apply", "allow_any_principal: true, if that is meant")


def _check_load_balancer(wanted):
    identifiers.existing_vpc("load_balancer.", wanted)
    identifiers.tier("load_balancer.tier", wanted["tier"])
    if not wanted["listeners"]:
        raise Invalid("load_balancer.listeners", [], "answers on no port", "at least one")
    identifiers.distinct(
        ((f"load_balancer.listeners[{i}].port", one["port"]) for i, one in enumerate(wanted["listeners"])),
        "has two listeners",
        "one listener for each port",
    )
    for index, one in enumerate(wanted["listeners"]):
        option = f"load_balancer.listeners[{index}]"
        for key in ("port", "target_port"):
            if one[key] is not None:
                ports.parse(f"{option}.{key}", one[key])
        check = one["health_check"]
        if check["port"] != "traffic-port":
            ports.parse(f"{option}.health_check.port", check["port"])
        if check["path"] is not None:
            identifiers.health_check_path(f"{option}.health_check.path", check["path"])
        if check["path"] and check["protocol"] == "TCP":
            raise Invalid(
                f"{option}.health_check.path", check["path"], "is nothing that TCP asks for", "protocol: HTTP"
            )
        for place, target_id in enumerate(one["targets"]):
            identifiers.target(f"{option}.targets[{place}]", target_id, one["target_type"])
        identifiers.distinct(
            ((f"{option}.targets[{place}]", target_id) for place, target_id in enumerate(one["targets"])),
            "is there twice",
            "each target once",
        )


def _check_private_dns(params):
    name = params["private_dns_name"]
    if name is not None:
        identifiers.domain("private_dns_name", name)
    for key in ("private_dns_zone_id", "verify_private_dns"):
        if params[key] and name is None:
            raise Invalid(key, params[key], "has no name to verify", "private_dns_name with it")
    if params["private_dns_zone_id"] is not None:
        identifiers.hosted_zone("private_dns_zone_id", params["private_dns_zone_id"])


def report(declared, found, ids, states):
    there = found["endpoint_service"].get("main")
    return {
        "service_id": ids.get(endpoint_service.ADDRESS),
        "service_name": ids.get(f"{endpoint_service.ADDRESS}:name") or _if_kept(there, ids, "service_name"),
        "private_dns": _private_dns(declared, there, ids, states),
        "connections": endpoint_connection.printable(declared, found),
        "targets": [
            {
                "listener": name.partition("/")[0],
                "target": name.partition("/")[2],
                "state": actual.details["state"],
                "reason": actual.details["reason"],
            }
            for name, actual in sorted(found["target"].items())
        ],
    }


def _if_kept(there, ids, detail):
    return there.details[detail] if there and endpoint_service.ADDRESS in ids else None


def _private_dns(declared, there, ids, states):
    wanted = declared.resources["private_dns_verification"].get("main")
    if not wanted or endpoint_service.ADDRESS not in ids:
        return None
    name = wanted["private_dns_name"]
    if there and there.fields["private_dns_name"] == name:
        state, record = there.details["private_dns"]["State"], verification_record.record_of(there)
    else:
        state, record = "pendingVerification", verification_record.looked_up(name, ids)
    return {"name": name, "state": states.get("private_dns_verification.main", state), "record": record}


CAPABILITY = Capability(
    "privatelink_service",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        existing_vpc,
        referenced_load_balancer,
        load_balancer,
        target_group,
        listener,
        target,
        endpoint_service,
        endpoint_connection,
        verification_record,
        private_dns_verification,
    ),
    report,
    {
        "mutually_exclusive": [["load_balancer_arns", "load_balancer"]],
        "required_if": [["state", "present", ["load_balancer_arns", "load_balancer"], True]],
    },
    removals=endpoint_connection.removals,
    limits=True,
)
