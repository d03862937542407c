# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The VPC endpoints that workloads need, by their profiles (profiles_data.py); names of endpoint services."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from ..._core.errors import Invalid
from . import profiles_data

PROFILES = profiles_data.PROFILES

# Reached by routes and prefix lists ("Gateway endpoints").
GATEWAYS = ("s3", "dynamodb")
# Inbound TCP ports besides 443: https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html
MORE_PORTS = {"backup-gateway": (1026, 1027, 1028, 1031, 2222)}
KNOWN_SERVICES = frozenset(
    need.service for profile in PROFILES.values() for need in (*profile.required, *profile.conditional)
)


def check(option: str, workloads: Iterable[str]) -> None:
    """Raise Invalid for a workload that is no profile."""
    for index, workload in enumerate(workloads):
        if workload not in PROFILES:
            raise Invalid(f"{option}[{index}]", workload, "is no workload profile", nearest(workload, PROFILES))


def nearest(word: str, known: Collection[str]) -> str:
    """Words for an error: the known names most like the word; all of them, if none is."""
    close = difflib.get_close_matches(word, sorted(set(known)), n=3, cutoff=0.5)
    return f"one like {', '.join(close)}" if close else f"one of {', '.join(sorted(known))}"


def with_included(workloads: Iterable[str]) -> list[str]:
    """The workloads and the profiles that they include, each once."""
    found: list[str] = []
    queue = list(workloads)
    while queue:
        name = queue.pop(0)
        if name not in found:
            found.append(name)
            queue += PROFILES[name].includes
    return found


def required(workloads: Iterable[str], services: Iterable[str]) -> dict[str, list[str]]:
    """{service: who needs it}, of all workloads and of the services that are declared by name ("services")."""
    needed: dict[str, list[str]] = {}
    for workload in with_included(workloads):
        for need in PROFILES[workload].required:
            needed.setdefault(need.service, []).append(workload)
    for service in services:
        needed.setdefault(service, []).append("services")
    return needed


def conditional(workloads: Iterable[str], declared: Collection[str]) -> list[dict[str, str]]:
    """[{"workload", "service", "when"}]: needs that depend on how a workload is used, which AWS doesn't show."""
    return [
        {"workload": workload, "service": need.service, "when": need.when or "it is called"}
        for workload in with_included(workloads)
        for need in PROFILES[workload].conditional
        if need.service not in declared
    ]


def buckets(workloads: Iterable[str]) -> list[str]:
    """AWS's own S3 objects that the workloads read (ARNs, see Profile)."""
    return sorted({arn for workload in with_included(workloads) for arn in PROFILES[workload].buckets})


def suffix_of(service_name: str, region: str) -> str:
    """The suffix of a service's name: ``ecr.api`` of ``com.amazonaws.eu-central-1.ecr.api``, ``studio`` of
    ``aws.sagemaker.eu-central-1.studio``, ``iam`` of ``com.amazonaws.iam``, as AWS's list of services has them.
    """
    before, with_region, after = service_name.partition(f".{region}.")
    return after if with_region else service_name.removeprefix("com.amazonaws.")
