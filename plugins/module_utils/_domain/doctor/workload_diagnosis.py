# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The doctor of workloads that were asked about by name: each one's network, what it refers to, and whether it runs.

facts: see doctor; besides them

    Targets     the workloads as read, see workloads.py
    Access      what they refer to, see doctor_access.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..endpoints import profiles as endpoint_profiles
from . import diagnose as doctor
from . import references, workload_settings, workload_states, workloads
from .causes import NOTE, UNKNOWN, Finding, merged
from .database import ToDatabase
from .workloads import DATABASES, Workload

Facts = Mapping[str, Any]
TRIO = {"ecs", "ecs-agent", "ecs-telemetry"}
# What a read of a workload that was denied hides.
HIDES = {
    "Service": ("target_stopped", "endpoint_missing"),
    "TaskDefinition": ("public_registry_image", "log_group_missing", "secret_or_parameter_missing", "proxy_settings"),
    "ScheduledActions": ("target_stopped",),
    "ContainerInstanceArns": ("ecs_trio_incomplete", "imds_hop_limit"),
    "ContainerInstances": ("ecs_trio_incomplete", "imds_hop_limit"),
    "Instances": ("imds_hop_limit",),
    "Instance": ("target_stopped", "endpoint_missing"),
    "InstanceInformation": ("ssm_not_registered",),
    "InstanceProfile": ("iam_role_missing_permission",),
    "PackageLines": ("pip_or_npm_to_internet",),
    "Function": ("target_stopped", "ip_exhaustion", "endpoint_missing"),
    "Concurrency": ("target_stopped",),
    "Job": ("iam_role_missing_permission", "s3_cross_region_bucket", "endpoint_missing"),
    "Connections": ("glue_self_reference", "endpoint_missing"),
    "Domain": ("target_stopped", "sagemaker_sg", "endpoint_missing"),
    "NotebookInstance": ("target_stopped", "endpoint_missing"),
    "DBInstance": ("target_stopped", "target_sg_or_port"),
    "DBCluster": ("target_stopped", "target_sg_or_port"),
    "DBSubnetGroup": ("target_sg_or_port",),
}


@dataclass(frozen=True)
class Plain:
    """What was asked for without a name, or of all.

    subnets, groups, role_arn: of a plain workload, and of task definitions; is_asked: it is one itself
    """

    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    role_arn: str | None = None
    profiles: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    clients: str = "linux"
    buckets: tuple[str, ...] = ()
    error_text: str = ""
    is_asked: bool = True


def needed(plain: Plain, workload: Workload | None = None) -> dict[str, list[str]]:
    """{service: who needs it} of a workload, None: of the plain one."""
    if workload is None:
        return endpoint_profiles.required(plain.profiles, plain.services)
    if workload.kind in DATABASES:
        return {}
    found = endpoint_profiles.required([*workload.profiles, *plain.profiles], plain.services)
    of_others = endpoint_profiles.required(plain.profiles, plain.services)
    for service in workload.unneeded:
        if service not in of_others:
            found.pop(service, None)
    for service in workload.services:
        found.setdefault(service, []).append(workload.label)
    return found


def targets(facts: Facts, plain: Plain) -> list[tuple[Mapping[str, Any] | None, Workload | None, doctor.Target]]:
    """What is followed: (as read, workload, target), without databases; None, None: the plain one."""
    found = []
    if plain.is_asked:
        ports = doctor.CLIENT_PORTS["lambda" if "lambda_in_vpc" in plain.profiles else plain.clients]
        target = doctor.Target(plain.subnets, plain.groups, client_ports=ports, role_arn=plain.role_arn, services=())
        found.append((None, None, _needing(target, facts, plain, None)))
    for raw in facts.get("Targets", ()):
        workload = workloads.of(raw, facts)
        if workload.kind == "ecs_task_definition":
            workload = replace(workload, subnets=plain.subnets, groups=plain.groups)
        if workload.kind in DATABASES or not workload.subnets:
            continue
        target = doctor.Target(
            workload.subnets,
            workload.groups,
            services=(),
            client_ports=doctor.CLIENT_PORTS[workload.clients],
            role_arn=plain.role_arn or (workload.role if not workload.execution_role else None) or None,
            public_address=workload.public_address,
            elsewhere=tuple(workload_settings.elsewhere(raw, workload, facts)),
        )
        found.append((raw, workload, _needing(target, facts, plain, workload)))
    return found


def _needing(target: doctor.Target, facts: Facts, plain: Plain, workload: Workload | None) -> doctor.Target:
    profiles = [*(workload.profiles if workload else ()), *plain.profiles]
    arns = (arn.format(**facts) for arn in endpoint_profiles.buckets(profiles))
    services = tuple(needed(plain, workload))
    return replace(target, services=services, objects=tuple(arns), error_text=plain.error_text)


def diagnose(facts: Facts, plain: Plain) -> list[Finding]:
    """The findings of all that was asked about, worst first. Raises Invalid."""
    return merged(list(_findings(facts, plain)), plain.error_text)


def _findings(facts: Facts, plain: Plain) -> Iterator[Finding]:
    followed = targets(facts, plain)
    if "Access" in facts:
        facts = {**facts, **{kind: facts["Access"][kind] for kind in ("Organization",) if kind in facts["Access"]}}
    databases = [raw for raw in facts.get("Targets", ()) if raw["kind"] in DATABASES]
    for raw, workload, target in followed:
        network = doctor.diagnose(facts, target)
        yield from network if workload is None else _of(workload, _with_trio(workload, facts, network))
        for database in databases:
            to_database = ToDatabase(facts, target, database).findings()
            yield from _named(to_database, *([workload.label] if workload else []), _label(database))
        if workload is None:
            own = Workload("", "", role=plain.role_arn or "")
            yield from references.findings(own, facts, plain.profiles, facts.get("Access", {}), plain.buckets)
        else:
            hosts = doctor.hosts(facts, target.services)
            groups = facts.get("SecurityGroups", ())
            yield from _of(workload, workload_settings.findings(raw, workload, groups, hosts))
            access = facts.get("Access", {})
            yield from _of(workload, references.findings(workload, facts, plain.profiles, access, plain.buckets))
            if workload.kind == "lambda_function" and not target.services:
                yield from _of(workload, [_calls_unknown(workload)])
    for raw in facts.get("Targets", ()):
        yield from _named(workload_states.findings(raw), _label(raw))
        yield from _named(_not_read(raw), _label(raw))
    if databases and not followed:
        for database in databases:
            says = "who calls the database wasn't given"
            fix = "closed_vpc_doctor: another target, or subnet_ids and security_group_ids"
            yield Finding("target_sg_or_port", UNKNOWN, database["name"], says, fix, {}, (), (_label(database),))


def _label(raw: Mapping[str, Any]) -> str:
    return f"{raw['kind']} {raw['name']}"


def _named(findings: Iterator[Finding] | Sequence[Finding], *names: str) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, targets=names)


def _of(workload: Workload, findings: Iterator[Finding] | Sequence[Finding]) -> Iterator[Finding]:
    return _named(findings, workload.label)


def _with_trio(workload: Workload, facts: Facts, found: Sequence[Finding]) -> Iterator[Finding]:
    """Of ECS' three endpoints some without the others are a cause of its own."""
    there = {service for service in TRIO if doctor.endpoint_of(service, facts)}
    for finding in found:
        lacking = TRIO & set(finding.services)
        if "ecs_ec2" in workload.profiles and finding.id == "endpoint_missing" and lacking and there:
            others = tuple(service for service in finding.services if service not in TRIO)
            if others:
                yield replace(finding, services=others)
            yield replace(
                finding,
                id="ecs_trio_incomplete",
                says=f"{', '.join(sorted(lacking))} has no endpoint; the agent needs all of ecs, ecs-agent and"
                " ecs-telemetry",
                fix="closed_vpc_endpoints: workloads: [ecs_ec2], then restart the agent",
                services=tuple(sorted(lacking)),
            )
        else:
            yield finding


def _calls_unknown(workload: Workload) -> Finding:
    says = "what the function's code calls can't be read, so no service was followed"
    return Finding("endpoint_missing", NOTE, workload.name, says, "closed_vpc_doctor: services, workloads")


def _not_read(raw: Mapping[str, Any]) -> Iterator[Finding]:
    for kind, (says, fix, shown) in {
        **{
            kind: (
                f"the credential may not call {action}",
                f"grant {action}; docs/iam/closed_vpc_doctor.json has all that is read",
                {"denied": action},
            )
            for kind, action in raw["denied"].items()
        },
        **{kind: (why, "run it where this can be read", {"missing": why}) for kind, why in raw["unread"].items()},
    }.items():
        for cause in HIDES[kind]:
            yield Finding(cause, UNKNOWN, raw["name"], f"can't be said, since {says}", fix, shown)
