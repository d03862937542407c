# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module egress_proxy: a proxy by domain and source, nginx or squid, on ECS Fargate behind a load balancer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.egress import changes, groups, removals
from .._domain.egress.proxy import container
from .._domain.egress.proxy.tables import Settings
from .._domain.values import quotas
from .._domain.values.internet import EVERYWHERE_IPV4
from .._resources.privatelink import listener, load_balancer, target_group
from .._resources.proxy import (
    ecs_cluster,
    ecs_service,
    execution_role,
    log_group,
    proxy_configuration,
    proxy_surroundings,
    target_group_attributes,
    task_definition,
)
from .._resources.shared import elbv2
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import existing_vpc, security_group
from .._resources.vpc.existing_vpc import VpcSelector
from .._resources.vpc.security_group_rules import rule, sort
from . import egress_proxy_checks as checks

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "tier": {"type": "str", "default": "proxy"},
    "balancer_tier": {"type": "str"},
    "kind": {"type": "str", "choices": ["nginx", "squid"], "default": "nginx"},
    "image": {"type": "str"},
    "groups": {"type": "dict"},
    "accounts": {"type": "dict", "default": {}},
    "client_cidrs": {"type": "list", "elements": "str"},
    "desired_count": {"type": "int", "default": 2},
    "cpu": {"type": "int", "default": 256},
    "memory": {"type": "int", "default": 512},
    "cpu_architecture": {"type": "str", "choices": ["X86_64", "ARM64"], "default": "X86_64"},
    "user": {"type": "str", "default": "65534"},
    "resolvers": {"type": "list", "elements": "str", "default": []},
    "drain_seconds": {"type": "int", "default": 120},
    "log_retention_days": {"type": "int", "default": 365},
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Declaration:
    """Groups as declared and as parsed."""

    declared: Mapping[str, Any]
    parsed: groups.Egress


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    vpcs: Mapping[str, VpcSelector]
    security_groups: Mapping[str, str]
    security_group_rules_quota: int
    egress: Declaration
    # CIDRs by account, for words
    accounts: Mapping[str, Sequence[str]]
    kind: str
    resolvers: Sequence[str]
    tier: str
    balancer_tier: str
    family: str
    # port of clients -> port of the containers
    ports: Mapping[int, int]
    # image, user, cpu, memory, cpu_architecture, role, log_group
    task: Mapping[str, Any]
    tags: Mapping[str, str] | None
    # entries that this kind of proxy can't serve, in words
    unsupported: Sequence[str]


def desired(params):
    checks.check(params)
    owner = f"egress_proxy/{params['name']}"
    today = datetime.now(timezone.utc).date()
    parsed = groups.parse(params["groups"], today, "groups") if params["groups"] else groups.Egress(())
    configuration = container.render(params["kind"], parsed, {}, Settings())
    checks.check_ports(params["groups"], configuration)
    name = elbv2.name(owner)
    inputs = Inputs.of(
        params,
        vpcs={"main": VpcSelector.of(params)},
        security_groups={part: f"closednet-egress-proxy-{params['name']}-{part}" for part in ("balancer", "task")},
        egress=Declaration(params["groups"] or {}, parsed),
        balancer_tier=params["balancer_tier"] or params["tier"],
        family=f"egress-proxy-{name}",
        ports=configuration.ports,
        task={
            **{key: params[key] for key in ("image", "user", "cpu", "memory", "cpu_architecture")},
            "role": f"egress-proxy-{name}",
            "log_group": log_group.name(owner),
        },
        unsupported=configuration.unsupported,
    )
    return Declared(owner, _resources(params, owner, inputs), inputs)


def _resources(params, owner, inputs):
    name = elbv2.name(owner)

    def tags(part, title=None):
        return owner_tags(owner, part, params["tags"], title)

    return {
        "existing_vpc": {},
        "proxy_surroundings": {},
        "security_group": _security_groups(params, inputs, tags),
        **_load_balancer(params, inputs, name, tags),
        "log_group": {
            "main": {
                "log_group": inputs.task["log_group"],
                "retention_days": params["log_retention_days"],
                "tags": tags("main"),
            }
        },
        "execution_role": {
            "main": {
                "role_name": inputs.task["role"],
                "trust": checks.TRUST,
                "policy": checks.execution_policy(params["image"], owner),
                "tags": tags("main"),
            }
        },
        "ecs_cluster": {"main": {"cluster": f"egress-proxy-{name}", "tags": tags("main")}},
        "proxy_configuration": {"main": {}},
        "task_definition": {"main": {}},
        "ecs_service": {
            "main": {
                "cluster": Ref("ecs_cluster.main"),
                "service": f"egress-proxy-{name}",
                "desired_count": params["desired_count"],
                "network": {"security_groups": [Ref("security_group.task")]},
                "load_balancers": [
                    {"target_group": Ref(f"target_group.{port}"), "port": own}
                    for port, own in sorted(inputs.ports.items(), key=lambda pair: pair[1])
                ],
                # New tasks beside the old ones, and back to these if the new ones don't get healthy.
                "deployment": {"rollback": True, "minimum": 100, "maximum": 200},
                "tags": tags("main"),
            }
        },
    }


def _security_groups(params, inputs, tags):
    sources = sorted(set(params["client_cidrs"] or checks.sources(inputs.egress.parsed)))
    ingress = {
        "balancer": [rule("tcp", port, port, source) for port in inputs.ports for source in sources],
        # PROXY headers come from the load balancer alone: who reaches a proxy by himself could claim to be anybody.
        "task": [rule("tcp", own, own, Ref("security_group.balancer")) for own in inputs.ports.values()],
    }
    egress = {
        "balancer": [rule("tcp", own, own, EVERYWHERE_IPV4) for own in inputs.ports.values()],
        "task": checks.outbound(inputs.egress.parsed, params["resolvers"]),
    }
    described = {"balancer": "clients of the egress proxy", "task": "load balancer of the egress proxy"}
    return {
        part: {
            "vpc": Ref("existing_vpc.main"),
            "group_name": inputs.security_groups[part],
            "description": described[part],
            "ingress": sort(ingress[part]),
            "egress": sort(egress[part]),
            "tags": tags(part, inputs.security_groups[part]),
        }
        for part in ingress
    }


def _load_balancer(params, inputs, name, tags):
    attributes = {
        "proxy_protocol_v2.enabled": "true",
        # The header has the client's address; with it in packets, too, a task couldn't tell who sent the header.
        "preserve_client_ip.enabled": "false",
        "deregistration_delay.timeout_seconds": str(params["drain_seconds"]),
        "deregistration_delay.connection_termination.enabled": "true",
    }
    targets = {
        str(port): {
            "name": elbv2.part_name(name, str(port)),
            "protocol": "TCP",
            "port": own,
            "vpc": Ref("existing_vpc.main"),
            "target_type": "ip",
            "health_check": {"protocol": "TCP", "port": "traffic-port", "path": None},
            "tags": tags(str(port), str(port)),
        }
        for port, own in inputs.ports.items()
    }
    return {
        "load_balancer": {
            "main": {
                "name": name,
                "tier": inputs.balancer_tier,
                "cross_zone": True,
                "security_groups": [Ref("security_group.balancer")],
                "tags": tags("main", name),
            }
        },
        "target_group": targets,
        "target_group_attributes": {
            port: {"target_group": Ref(f"target_group.{port}"), "attributes": attributes} for port in targets
        },
        "listener": {
            port: {
                "load_balancer": Ref("load_balancer.main"),
                "port": int(port),
                "protocol": "TCP",
                "target_group": Ref(f"target_group.{port}"),
            }
            for port in targets
        },
    }


def _before(found):
    """Return the groups that the service's tasks have, none if there are no tasks or their groups can't be read."""
    service = found["ecs_service"].get("main")
    running = service.fields["definition"] if service else None
    digests = [one.details["configuration"] for one in found["task_definition"].values() if one.id == running]
    return proxy_configuration.groups_of(found, digests[0] if digests else None)


def judge(declared, found, steps):
    """Return the groups, and sources of groups, that would lose their way out since they are no longer declared."""
    return guard.Removals(removals.undeclared(_before(found), declared.inputs.egress.parsed, declared.inputs.accounts))


def report(declared, found, ids, states):
    balancer, inputs = found["load_balancer"].get("main"), declared.inputs
    there = balancer and "load_balancer.main" in ids
    return {
        "load_balancer_arn": ids.get("load_balancer.main"),
        "dns_name": ids.get("load_balancer.main:dns_name") or (balancer.details["dns_name"] if there else None),
        "ports": sorted(inputs.ports),
        "egress_changes": [] if declared.absent else changes.changes(_before(found), inputs.egress.parsed),
        "unsupported": list(inputs.unsupported),
        "expired": inputs.egress.parsed.expired,
    }


CAPABILITY = Capability(
    "egress_proxy",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        existing_vpc,
        proxy_surroundings,
        security_group,
        load_balancer,
        target_group,
        target_group_attributes,
        listener,
        log_group,
        execution_role,
        ecs_cluster,
        proxy_configuration,
        task_definition,
        ecs_service,
    ),
    report,
    {"required_if": [["state", "present", ["image", "groups"]]], "mutually_exclusive": [["vpc_id", "vpc_name"]]},
    removals=judge,
)
