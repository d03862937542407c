# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environments: a stage (development, staging, production) of a scope (pci, non_pci), each with a CIDR of its own.

    network_plan:
      pci: {development: 10.16.0.0/16, staging: 10.17.0.0/16, production: 10.18.0.0/16}
      non_pci: {development: 172.16.0.0/16, staging: 172.17.0.0/16, production: 172.18.0.0/16}

An account declares its environment by network_scope and network_stage; all environments may reach an account without
one (a hub). Stages never reach each other. Scopes of one stage reach each other as segments declare, and never share a
segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, NamedTuple

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..hub.segments import Attachment
from ..values import cidrs

# The scope whose accounts must declare what reaches what, inside their VPC, too.
PCI = "pci"


class Environment(NamedTuple):
    scope: str
    stage: str

    def __str__(self) -> str:
        return f"{self.scope} {self.stage}"


def of_host(variables: Mapping[str, Any]) -> Environment | None:
    scope, stage = variables.get("network_scope"), variables.get("network_stage")
    return Environment(scope, stage) if scope and stage else None


def problems_of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of a host's own plan, scope, stage and CIDRs. vpc_cidrs must be valid."""
    scope, stage, plan = (variables.get(f"network_{name}") for name in ("scope", "stage", "plan"))
    if plan is not None:
        malformed = list(_problems_of_plan(f"{host}.network_plan", plan))
        yield from malformed
        if malformed:
            return
    if scope is None and stage is None:
        return
    if plan is None:
        yield Invalid(f"{host}.network_plan", None, "is missing", "the ranges of each scope and stage")
    elif scope not in plan:
        yield Invalid(f"{host}.network_scope", scope, "is not in network_plan", f"one of {', '.join(plan)}")
    elif stage not in plan[scope]:
        known = ", ".join(plan[scope])
        yield Invalid(f"{host}.network_stage", stage, f"is not in network_plan.{scope}", f"one of {known}")
    else:
        place = IPv4Network(plan[scope][stage])
        for index, cidr in enumerate(variables.get("vpc_cidrs") or ()):
            if not IPv4Network(cidr).subnet_of(place):
                problem = f"is outside the range of {Environment(str(scope), str(stage))}"
                yield Invalid(f"{host}.vpc_cidrs[{index}]", cidr, problem, f"a range in {place}")
        if scope == PCI and variables.get("vpc_tiers") is not None and variables.get("vpc_flows") is None:
            yield Invalid(f"{host}.vpc_flows", None, "are missing in scope pci", "the flows between its tiers, or []")


def _problems_of_plan(option: str, plan: Any) -> Iterator[Invalid]:
    if not isinstance(plan, dict) or not all(isinstance(stages, dict) for stages in plan.values()):
        yield Invalid(option, plan, "is not a mapping of scopes", "{pci: {production: 10.18.0.0/16}}")
        return
    ranges = {f"{option}.{scope}.{stage}": cidr for scope, stages in plan.items() for stage, cidr in stages.items()}
    malformed = [invalid for where, cidr in ranges.items() if (invalid := refusal(cidrs.parse, where, cidr))]
    yield from malformed
    if not malformed:
        for outer, wide, inner, narrow in cidrs.overlaps({where: [cidr] for where, cidr in ranges.items()}):
            yield Invalid(inner, narrow, f"overlaps {wide} of {outer.removeprefix(f'{option}.')}", "disjoint ranges")


def problems_between(
    hub: str, hub_segments: Any, attachments: Sequence[Attachment], environments: Mapping[str, Environment]
) -> Iterator[Invalid]:
    """Yield problems of environments that share a segment, or of stages that reach each other, on a Transit Gateway.

    environments: by name of the attachment.
    """
    first: dict[str, str] = {}
    for attachment in attachments:
        environment = environments.get(attachment.name)
        if environment is None:
            continue
        other = first.setdefault(attachment.segment, attachment.name)
        if environments[other] != environment:
            yield Invalid(
                f"{attachment.name}.spoke_segment",
                attachment.segment,
                f"is also that of {other}, but one is {environments[other]}, the other {environment}",
                "a segment for each environment",
            )
    reaching = segments.declared(hub_segments, attachments)
    told = set()
    for one, two in sorted(reaching):
        pair = frozenset((one, two))
        stages = [environments[name].stage for name in (one, two) if name in environments]
        if pair not in told and len(set(stages)) == 2:
            told.add(pair)
            yield Invalid(
                f"{hub}.hub_segments",
                None,
                f"let {one} ({environments[one]}) and {two} ({environments[two]}) reach each other",
                "no way between stages",
            )
