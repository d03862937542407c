# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module closed_vpc_doctor: why calls to AWS services time out in a VPC without internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.reconcile import Conflict
from .._domain.doctor import answers, central, facts_files, workload_diagnosis, workloads
from .._domain.doctor.findings import NOTE
from .._domain.endpoints import profiles
from .._domain.values import identifiers
from .._resources.facts import vpc_facts, workload_facts, workload_references
from .._resources.shared import snapshot_folder
from .._resources.shared.ec2 import names
from .._resources.vpc.existing_vpc import of_tier

ARGUMENT_SPEC = {
    "targets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {**{kind: {"type": "str"} for kind in workloads.KINDS}, "ecs_cluster": {"type": "str"}},
        "mutually_exclusive": [list(workloads.KINDS)],
        "required_one_of": [list(workloads.KINDS)],
        "required_together": [["ecs_service", "ecs_cluster"]],
    },
    "subnet_ids": {"type": "list", "elements": "str", "default": []},
    "vpc_id": {"type": "str"},
    "vpc_name": {"type": "str"},
    "tiers": {"type": "list", "elements": "str", "default": []},
    "security_group_ids": {"type": "list", "elements": "str", "default": []},
    "role_arn": {"type": "str"},
    "workloads": {"type": "list", "elements": "str", "default": [], "choices": list(profiles.PROFILES)},
    "services": {"type": "list", "elements": "str", "default": []},
    "buckets": {"type": "list", "elements": "str", "default": []},
    "operating_system": {"type": "str", "choices": ["linux", "windows"], "default": "linux"},
    "error_text": {"type": "str", "default": ""},
    "central": {
        "type": "dict",
        "options": {
            "profile_id": {"type": "str", "required": True},
            "endpoints": {"type": "dict", "default": {}},
            "sources": {"type": "list", "elements": "str", "default": []},
            "snapshot_dir": {"type": "path"},
        },
    },
    "snapshot_dir": {"type": "path"},
    "save_snapshot_dir": {"type": "path"},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    targets: Sequence[Mapping[str, Any]]
    subnet_ids: Sequence[str]
    vpc_id: str | None
    vpc_name: str | None
    tiers: Sequence[str]
    security_group_ids: Sequence[str]
    role_arn: str | None
    workloads: Sequence[str]
    services: Sequence[str]
    buckets: Sequence[str]
    operating_system: str
    error_text: str
    central: Mapping[str, Any] | None
    snapshot_dir: str | None
    save_snapshot_dir: str | None


def desired(params):
    identifiers.existing_vpc("", params)
    for option, prefix in (("subnet_ids", "subnet"), ("security_group_ids", "sg")):
        for index, id_ in enumerate(params[option]):
            identifiers.resource_id(f"{option}[{index}]", id_, prefix)
    for index, tier in enumerate(params["tiers"]):
        identifiers.tier(f"tiers[{index}]", tier)
    if params["tiers"] and params["subnet_ids"]:
        raise Invalid("tiers", params["tiers"], "choose subnets, as subnet_ids do", "one of the two")
    if params["role_arn"]:
        identifiers.role_arn("role_arn", params["role_arn"])
    _check_calls(params)
    if params["central"]:
        central.check("central", params["central"])
    if not params["workloads"] and not params["services"] and not params["targets"]:
        raise Invalid("workloads", [], "call no service", "at least one workload, services or targets")
    reads = ["vpc_facts"]
    reads += ["workload_facts"] if params["targets"] else []
    refers = params["snapshot_dir"] is None and (params["targets"] or params["buckets"] or params["role_arn"])
    reads += ["workload_references"] if refers else []
    return Declared("closed_vpc_doctor", {kind: {} for kind in reads}, Inputs.of(params))


def _check_calls(params):
    for index, target in enumerate(params["targets"]):
        _check(f"targets[{index}]", target, params)
    profiles.check("workloads", params["workloads"])
    for index, service in enumerate(params["services"]):
        identifiers.aws_service(f"services[{index}]", service)
    for index, bucket in enumerate(params["buckets"]):
        identifiers.bucket(f"buckets[{index}]", bucket)


def _check(option, target, params):
    if target["ecs_cluster"] is not None:
        identifiers.cluster(f"{option}.ecs_cluster", target["ecs_cluster"])
    for kind in workloads.KINDS:
        # Glue accepts names of any letters, spaces too (Glue API: NameString).
        if target[kind] is not None and not kind.startswith("glue_"):
            identifiers.workload(f"{option}.{kind}", target[kind])
    if target["instance_id"]:
        identifiers.resource_id(f"{option}.instance_id", target["instance_id"], "i")
    if target["ecs_task_definition"] and not (params["subnet_ids"] or params["tiers"]):
        expected = "subnet_ids or tiers, and security_group_ids"
        raise Invalid(
            f"{option}.ecs_task_definition", target["ecs_task_definition"], "doesn't say where it runs", expected
        )


def _facts(found):
    """Merge all facts that were read, see _domain/doctor/facts.py."""
    facts = {**found["vpc_facts"]["main"].details}
    # Targets of a snapshot that weren't asked about.
    facts.pop("Targets", None)
    if "workload_facts" in found:
        facts |= found["workload_facts"]["main"].details
    if "workload_references" in found:
        facts["Access"] = found["workload_references"]["main"].details
    return facts


def finish(declared, found):
    """Save the facts in the folder save_snapshot_dir, if given. Raises Invalid."""
    if declared.inputs.save_snapshot_dir is not None:
        snapshot_folder.save_new(Path(declared.inputs.save_snapshot_dir), facts_files.files(_facts(found)))


def report(declared, found, ids, states):
    inputs, facts = declared.inputs, _facts(found)
    places = bool(inputs.subnet_ids or inputs.tiers)
    runs_there = any(target["ecs_task_definition"] for target in inputs.targets)
    is_asked = not inputs.targets or places and not runs_there
    question = workload_diagnosis.Question(
        tuple(inputs.subnet_ids or _of_tiers(inputs.tiers, facts)) if is_asked or places else (),
        tuple(inputs.security_group_ids),
        inputs.role_arn,
        tuple(inputs.workloads),
        tuple(inputs.services),
        inputs.operating_system,
        tuple(inputs.buckets),
        inputs.error_text,
        is_asked,
    )
    findings = workload_diagnosis.diagnose_workloads(facts, question)
    followed = workload_diagnosis.targets(facts, question)
    needed: dict[str, list[str]] = {}
    for _raw, workload, _target in followed:
        for service, why in workload_diagnosis.needed(question, workload).items():
            needed[service] = list(dict.fromkeys([*needed.get(service, []), *why]))
    return {
        "healthy": all(finding.status == NOTE for finding in findings),
        "findings": [finding.describe() for finding in findings],
        "vpc_id": facts["vpc_id"],
        "subnet_ids": list(dict.fromkeys(id_ for _raw, _workload, target in followed for id_ in target.subnets)),
        "services": needed,
        "answers": answers.by_service(facts, needed),
    }


def _of_tiers(tiers, facts):
    named = names(facts["Subnets"], "SubnetId")
    for index, tier in enumerate(tiers):
        if not of_tier(named, tier):
            have = ", ".join(sorted({name.partition(".")[0] for name in named}))
            raise Invalid(f"tiers[{index}]", tier, f"has no subnet in {facts['vpc_id']}", f"one of {have}")
    chosen = [item for tier in tiers for item in of_tier(named, tier).values()] if tiers else named.values()
    if not chosen:
        raise Conflict(f"{facts['vpc_id']} has no subnet")
    return sorted(subnet["SubnetId"] for subnet in chosen)


CAPABILITY = Capability(
    "closed_vpc_doctor",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (workload_facts, vpc_facts, workload_references),
    report,
    {
        "mutually_exclusive": [
            ["vpc_id", "vpc_name"],
            ["account_id", "snapshot_dir"],
            ["save_snapshot_dir", "snapshot_dir"],
        ],
        "required_one_of": [["account_id", "snapshot_dir"], ["subnet_ids", "vpc_id", "vpc_name", "targets"]],
    },
    reads_only=True,
    finish=finish,
    offline="snapshot_dir",
)
