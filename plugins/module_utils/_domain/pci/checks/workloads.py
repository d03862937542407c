# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 1.4.2, 2.2, 8.2.8 and 8.6, as far as ECS, Session Manager and Secrets Manager show them. model.py
lists the facts.

No requirement names read-only containers or Fargate; the checks list them where they help (2.2.3, 2.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import secrets
from .model import FAIL, PASS, UNKNOWN, Check, Facts, Item, Outcome, Scope, of_all

EXEC = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html"
DEFINITIONS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html"
FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-security-considerations.html"
SESSIONS = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-timeout.html"
SECRETS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html"
IDLE_MINUTES, IDLE_DEFAULT = 15, 20
ON_FARGATE = ("FARGATE", "FARGATE_SPOT")
SSH = 22


def _running(facts: Facts) -> list[Item]:
    return [*facts["Containers"]["Services"], *facts["Containers"]["Tasks"]]


def _name(item: Item) -> dict[str, str]:
    key = "taskArn" if "taskArn" in item else "serviceArn"
    return {key: item[key]}


def _of_running(look: Callable[[Item], dict[str, Any]], wrong: str, right: str) -> Callable[[Facts, Scope], Outcome]:
    def judge(facts: Facts, scope: Scope) -> Outcome:
        items = _running(facts)
        bad = [{**_name(item), **found} for item in items if (found := look(item))]
        return of_all(items, bad, wrong, right, "no services or tasks of ECS here")

    return judge


def _exec(item: Item) -> dict[str, Any]:
    return {"enableExecuteCommand": True} if item.get("enableExecuteCommand") else {}


def _public(item: Item) -> dict[str, Any]:
    network = item.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return {"assignPublicIp": "ENABLED"} if network.get("assignPublicIp") == "ENABLED" else {}


def _placement(item: Item) -> dict[str, Any]:
    strategy = [part["capacityProvider"] for part in item.get("capacityProviderStrategy", ())]
    providers = strategy or [item[key] for key in ("capacityProviderName", "launchType") if item.get(key)]
    return {} if set(providers) <= set(ON_FARGATE) else {"launchType": ", ".join(providers)}


def _shared_hosts(facts: Facts, scope: Scope) -> Outcome:
    items = _running(facts)
    shared = [{**_name(item), **found} for item in items if (found := _placement(item))]
    if shared:
        message = "tasks may share a host's kernel with others; of which security level isn't seen"
        return Outcome(UNKNOWN, message, {"tasks": shared})
    return of_all(items, [], "", "each task has a host of its own: Fargate", "no services or tasks of ECS here")


def _containers(facts: Facts) -> Iterator[tuple[str, Item]]:
    for definition in facts["Containers"]["TaskDefinitions"]:
        for container in definition["containerDefinitions"]:
            yield definition["taskDefinitionArn"], container


def _of_containers(look: Callable[[Item], dict[str, Any]], wrong: str, right: str) -> Callable[[Facts, Scope], Outcome]:
    def judge(facts: Facts, scope: Scope) -> Outcome:
        containers = list(_containers(facts))
        bad = [
            {"taskDefinitionArn": arn, "name": container["name"], **found}
            for arn, container in containers
            if (found := look(container))
        ]
        return of_all(containers, bad, wrong, right, "no containers of ECS run here")

    return judge


def _writable(container: Item) -> dict[str, Any]:
    return {} if container.get("readonlyRootFilesystem") else {"readonlyRootFilesystem": False}


def _ssh(container: Item) -> dict[str, Any]:
    for mapping in container.get("portMappings", ()):
        first, _dash, last = str(mapping.get("containerPortRange") or mapping.get("containerPort", 0)).partition("-")
        if int(first) <= SSH <= int(last or first):
            return {"containerPort": SSH}
    return {}


def _plain_secrets(container: Item) -> dict[str, Any]:
    found = secrets.in_plain(container.get("environment", ()))
    return {"environment": found} if found else {}


def _rotation(facts: Facts, scope: Scope) -> Outcome:
    named = [secret["valueFrom"] for _task, container in _containers(facts) for secret in container.get("secrets", ())]
    used = [secret for secret in facts["Secrets"] if any(arn.startswith(secret["ARN"]) for arn in named)]
    by_hand = [
        {"Name": secret["Name"], "RotationEnabled": False, "LastChangedDate": str(secret.get("LastChangedDate"))}
        for secret in used
        if not secret.get("RotationEnabled")
    ]
    if by_hand:
        message = (
            "secrets of containers aren't rotated by Secrets Manager; how often they have to be, a risk analysis says"
        )
        return Outcome(UNKNOWN, message, {"Secrets": by_hand})
    return of_all(used, [], "", "secrets of containers are rotated", "no container uses a secret of Secrets Manager")


def _session_idle(facts: Facts, scope: Scope) -> Outcome:
    given = str(facts["SessionPreferences"].get("idleSessionTimeout") or IDLE_DEFAULT)
    fields = {"SSM-SessionManagerRunShell.inputs.idleSessionTimeout": given}
    if given.isdigit() and int(given) <= IDLE_MINUTES:
        return Outcome(PASS, f"Session Manager ends sessions idle for {given} minutes", fields)
    message = f"Session Manager ends sessions idle for {given} minutes"
    return Outcome(FAIL, message + ("" if facts["SessionPreferences"] else ", its default"), fields)


CONTAINERS = ("Containers",)


def _check(id_: str, numbers: Sequence[str], judge: Any, source: str, confidence: str = "doc") -> Check:
    return Check(id_, tuple(numbers), CONTAINERS, judge, source, confidence)


CHECKS = (
    _check(
        "container_public_ip",
        ("1.4.2",),
        _of_running(_public, "tasks get public addresses", "no task gets a public address"),
        DEFINITIONS,
    ),
    _check("shared_hosts", ("2.2.3",), _shared_hosts, FARGATE, "inferred"),
    _check(
        "writable_containers",
        ("2.2.4",),
        _of_containers(_writable, "containers can write to their root file system", "root file systems are read-only"),
        DEFINITIONS,
        "inferred",
    ),
    _check(
        "ssh_in_containers",
        ("2.2.4",),
        _of_containers(_ssh, "containers open the port of SSH", "no container opens the port of SSH"),
        DEFINITIONS,
        "inferred",
    ),
    _check(
        "ecs_exec",
        ("8.2.8",),
        _of_running(
            _exec, "ECS Exec is on, whose idle timeout of 20 minutes can't be changed", "ECS Exec is off everywhere"
        ),
        EXEC,
    ),
    Check("session_idle", ("8.2.8",), ("SessionPreferences",), _session_idle, SESSIONS),
    _check(
        "plain_secrets",
        ("8.6.2",),
        _of_containers(
            _plain_secrets,
            "environment variables look like secrets, by name or value",
            "no environment variable looks like a secret",
        ),
        SECRETS,
    ),
    Check("rotation", ("8.6.3",), ("Containers", "Secrets"), _rotation, SECRETS, "inferred"),
)
