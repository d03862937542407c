# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration that a proxy is to have, made when planned: it names the addresses of the VPC's subnets."""

from __future__ import annotations

from dataclasses import dataclass

from ..._domain.egress.proxy import container, nginx
from ..._domain.egress.proxy.tables import Settings
from ..vpc.existing_vpc import of_tier

# What the resource files that use it read.
INPUTS = ("balancer_tier", "egress", "kind", "resolvers", "tier")
# In place of a digest, while the VPC doesn't exist yet.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rendered:
    """digest: of the whole; parts: values of the parameters that hold it."""

    digest: str
    parts: tuple[str, ...]


def parameter_path(owner):
    return f"/closednet/{owner}/"


def of(declared, found):
    """Return the configuration; one without parts where the VPC doesn't exist yet."""
    vpc = found["existing_vpc"].get("main")
    if not vpc:
        return Rendered(UNKNOWN, ())
    inputs = declared.inputs
    settings = Settings(
        balancers=_cidrs(vpc, inputs.balancer_tier),
        own=_cidrs(vpc, inputs.tier),
        resolvers=tuple(inputs.resolvers) or (nginx.RESOLVER,),
        folder=f"{container.FOLDER}/pid",
    )
    made = container.render(inputs.kind, inputs.egress.parsed, inputs.egress.declared, settings)
    parts = container.pack(made.text)
    return Rendered(container.digest(parts), tuple(parts))


def _cidrs(vpc, tier):
    return tuple(sorted(subnet["CidrBlock"] for subnet in of_tier(vpc.details["subnets"], tier).values()))
