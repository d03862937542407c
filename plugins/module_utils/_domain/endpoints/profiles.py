# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints that workloads need, by their profiles (profiles_data.py), and names of endpoint services."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from ..._core.errors import Invalid
from . import profiles_data

PROFILES = profiles_data.PROFILES

# Services with gateway endpoints, reached through routes and prefix lists ("Gateway endpoints").
GATEWAYS = ("s3", "dynamodb")
# Inbound TCP ports besides 443: https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html
MORE_PORTS = {"backup-gateway": (1026, 1027, 1028, 1031, 2222)}
KNOWN_SERVICES = frozenset(
    need.service for profile in PROFILES.values() for need in (*profile.required, *profile.conditional)
)


def ports(services: Iterable[str]) -> list[int]:
    """Return the TCP ports on which the interface endpoints of these services are called, sorted."""
    return sorted({443, *(port for service in services for port in MORE_PORTS.get(service, ()))})


def check(option: str, workloads: Iterable[str]) -> None:
    """Raise Invalid for a workload without a profile. option: the option's name, for the error"""
    for index, workload in enumerate(workloads):
        if workload not in PROFILES:
            raise Invalid(f"{option}[{index}]", workload, "is no workload profile", nearest(workload, PROFILES))


def nearest(word: str, known: Collection[str]) -> str:
    """Return words for an error: the known names most like the word, or all of them if none is close."""
    close = difflib.get_close_matches(word, sorted(set(known)), n=3, cutoff=0.5)
    return f"one like {', '.join(close)}" if close else f"one of {', '.join(sorted(known))}"


def with_included(workloads: Iterable[str]) -> list[str]:
    """Return the workloads and all profiles that they include, each once."""
    found: list[str] = []
    queue = list(workloads)
    while queue:
        name = queue.pop(0)
        if name not in found:
            found.append(name)
            queue += PROFILES[name].includes
    return found


def required(workloads: Iterable[str], services: Iterable[str]) -> dict[str, list[str]]:
    """Return {service: profiles that need it}; "services" stands for the services that are declared by name."""
    needed: dict[str, list[str]] = {}
    for workload in with_included(workloads):
        for need in PROFILES[workload].required:
            needed.setdefault(need.service, []).append(workload)
    for service in services:
        needed.setdefault(service, []).append("services")
    return needed


def conditional(workloads: Iterable[str], declared: Collection[str]) -> list[dict[str, str]]:
    """Return needs that depend on how a workload is used, which AWS doesn't show, as [{"workload", "service", "when"}].

    declared: services that are left out
    """
    return [
        {"workload": workload, "service": need.service, "when": need.when or "it is called"}
        for workload in with_included(workloads)
        for need in PROFILES[workload].conditional
        if need.service not in declared
    ]


def buckets(workloads: Iterable[str]) -> list[str]:
    """Return the ARNs of AWS's own S3 objects that the workloads read, sorted (placeholders: see Profile)."""
    return sorted({arn for workload in with_included(workloads) for arn in PROFILES[workload].buckets})


def suffix_of(service_name: str, region: str) -> str:
    """Return the suffix of a service's name, as AWS's list of services has it.

    ``ecr.api`` of ``com.amazonaws.eu-central-1.ecr.api``, ``studio`` of ``aws.sagemaker.eu-central-1.studio``, ``iam``
    of ``com.amazonaws.iam``.
    """
    before, with_region, after = service_name.partition(f".{region}.")
    return after if with_region else service_name.removeprefix("com.amazonaws.")
