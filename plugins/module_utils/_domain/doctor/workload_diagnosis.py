# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Diagnosis of named workloads: each one's network, what it refers to, and its state.

Facts hold Targets and Access besides what was read of the VPC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..endpoints import profiles
from ..values.ports import CLIENT_PORTS
from . import error_text, references, unread, workload_settings, workload_states, workloads
from .database import ToDatabase
from .diagnose import diagnose
from .facts import Facts, Item
from .findings import NOTE, UNKNOWN, Finding, merged
from .target import Target
from .vpc import Vpc, endpoint_of
from .workloads import DATABASES, Workload

TRIO = {"ecs", "ecs-agent", "ecs-telemetry"}


@dataclass(frozen=True)
class Question:
    """Options of a diagnosis that come from no named workload, or that hold for all.

    subnets, groups: of the workload without a name, and of task definitions; role_arn: of the workload without a name
    and, in checks of endpoint policies, of all; is_asked: true if the workload without a name is diagnosed, too
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


class Followed(NamedTuple):
    """Target with its workload as read (raw) and as parsed; both are None for the workload without a name."""

    raw: Item | None
    workload: Workload | None
    target: Target


def needed(question: Question, workload: Workload | None = None) -> dict[str, list[str]]:
    """Return {service: profiles and options that need it} of a workload; None: the workload without a name."""
    asked = profiles.required(question.profiles, question.services)
    if workload is None:
        return asked
    if workload.kind in DATABASES:
        return {}
    found = profiles.required([*workload.profiles, *question.profiles], question.services)
    for service in workload.unneeded:
        if service not in asked:
            found.pop(service, None)
    for service in workload.services:
        found.setdefault(service, []).append(workload.label)
    return found


def targets(facts: Facts, question: Question) -> list[Followed]:
    """Return the targets whose calls the doctor follows: all workloads with subnets but databases, which make none."""
    found = []
    if question.is_asked:
        ports = CLIENT_PORTS["lambda" if "lambda_in_vpc" in question.profiles else question.clients]
        target = Target(question.subnets, question.groups, client_ports=ports, role_arn=question.role_arn, services=())
        found.append(Followed(None, None, _needing(target, facts, question, None)))
    for raw in facts.get("Targets", ()):
        workload = workloads.of(raw, facts)
        if workload.kind == "ecs_task_definition":
            workload = replace(workload, subnets=question.subnets, groups=question.groups)
        if workload.kind in DATABASES or not workload.subnets:
            continue
        target = Target(
            workload.subnets,
            workload.groups,
            services=(),
            client_ports=CLIENT_PORTS[workload.clients],
            role_arn=question.role_arn or (workload.role if not workload.execution_role else None) or None,
            public_address=workload.public_address,
            elsewhere=tuple(workload_settings.elsewhere(raw, workload, facts)),
        )
        found.append(Followed(raw, workload, _needing(target, facts, question, workload)))
    return found


def _needing(target: Target, facts: Facts, question: Question, workload: Workload | None) -> Target:
    names = [*(workload.profiles if workload else ()), *question.profiles]
    arns = (arn.format(**facts) for arn in profiles.buckets(names))
    services = tuple(needed(question, workload))
    return replace(target, services=services, objects=tuple(arns), error_text=question.error_text)


def diagnose_workloads(facts: Facts, question: Question) -> list[Finding]:
    """Return the findings about all workloads, worst first. Raises Invalid as diagnose does."""
    return merged(_findings(facts, question), error_text.points_at(question.error_text))


def _findings(facts: Facts, question: Question) -> Iterator[Finding]:
    followed = targets(facts, question)
    access = facts.get("Access", {})
    if "Organization" in access:
        facts = {**facts, "Organization": access["Organization"]}
    databases = [raw for raw in facts.get("Targets", ()) if raw["kind"] in DATABASES]
    for raw, workload, target in followed:
        network = diagnose(facts, target)
        for database in databases:
            to_database = ToDatabase(facts, target, database).findings()
            yield from _named(to_database, *([workload.label] if workload else []), _label(database))
        if raw is None or workload is None:
            yield from network
            own = Workload("", "", role=question.role_arn or "")
            yield from references.findings(own, facts, question.profiles, access, question.buckets)
        else:
            yield from _named(_with_trio(workload, facts, network), workload.label)
            yield from _named(_of_workload(facts, question, raw, workload, target), workload.label)
    for raw in facts.get("Targets", ()):
        yield from _named(workload_states.findings(raw), _label(raw))
        yield from _named(unread.of_workload(raw), _label(raw))
    for database in databases if not followed else ():
        message = "who calls the database wasn't given"
        fix = "closed_vpc_doctor: another target, or subnet_ids and security_group_ids"
        yield Finding("target_sg_or_port", UNKNOWN, database["name"], message, fix, {}, (), (_label(database),))


def _of_workload(facts: Facts, question: Question, raw: Item, workload: Workload, target: Target) -> Iterator[Finding]:
    """Findings about a workload's settings, and what it refers to."""
    vpc = Vpc(facts)
    hosts = [name for service in target.services if vpc.endpoint(service) for name in vpc.names(service)]
    yield from workload_settings.findings(raw, workload, facts.get("SecurityGroups", ()), hosts)
    yield from references.findings(workload, facts, question.profiles, facts.get("Access", {}), question.buckets)
    if workload.kind == "lambda_function" and not target.services:
        message = "what the function's code calls can't be read, so no service was followed"
        yield Finding("endpoint_missing", NOTE, workload.name, message, "closed_vpc_doctor: services, workloads")


def _label(raw: Item) -> str:
    return f"{raw['kind']} {raw['name']}"


def _named(findings: Iterable[Finding], *names: str) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, targets=names)


def _with_trio(workload: Workload, facts: Facts, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings, with ecs_trio_incomplete as the cause if the VPC has some of ECS's three endpoints."""
    there = {service for service in TRIO if endpoint_of(service, facts)}
    for finding in found:
        lacking = TRIO & set(finding.services)
        if "ecs_ec2" in workload.profiles and finding.id == "endpoint_missing" and lacking and there:
            others = tuple(service for service in finding.services if service not in TRIO)
            if others:
                yield replace(finding, services=others)
            yield replace(
                finding,
                id="ecs_trio_incomplete",
                message=f"{', '.join(sorted(lacking))} has no endpoint; the agent needs all of ecs, ecs-agent and"
                " ecs-telemetry",
                fix="closed_vpc_endpoints: workloads: [ecs_ec2], then restart the agent",
                services=tuple(sorted(lacking)),
            )
        else:
            yield finding
