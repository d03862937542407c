# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Traffic that VPC Block Public Access lets through, in AWS's words for its modes.

"Block public access to VPCs and subnets" and "VPC BPA basics" in the VPC user guide; InternetGatewayExclusionMode of
the EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

OFF, BIDIRECTIONAL, INGRESS = "off", "block-bidirectional", "block-ingress"
BLOCK_MODES = (OFF, BIDIRECTIONAL, INGRESS)
ALLOW_BIDIRECTIONAL, ALLOW_EGRESS = "allow-bidirectional", "allow-egress"
EXCLUSION_MODES = (ALLOW_BIDIRECTIONAL, ALLOW_EGRESS)

FROM, TO = "from the internet", "to the internet"
# "because these gateways only allow outbound connections to be established"
TO_BY_NAT = "to the internet by NAT and egress-only internet gateways"
ALL = (FROM, TO, TO_BY_NAT)


@dataclass(frozen=True)
class Setting:
    """VPC Block Public Access of an account in a region. exclusions: id of a VPC or subnet -> mode."""

    mode: str
    exclusions: Mapping[str, str] = field(default_factory=dict)

    def passes(self, resource: str) -> tuple[str, ...]:
        """Return the ways (of ALL) that aren't blocked for a VPC or a subnet, by the mode and its own exclusion."""
        exclusion = self.exclusions.get(resource)
        if self.mode == OFF or exclusion == ALLOW_BIDIRECTIONAL:
            return ALL
        if self.mode == INGRESS:
            return (TO_BY_NAT,)  # "allow-egress ... Only applies when VPC Block Public Access is set to Bidirectional"
        return (TO, TO_BY_NAT) if exclusion == ALLOW_EGRESS else ()


def lost(before: Setting, after: Setting, vpcs: Iterable[str]) -> dict[str, list[str]]:
    """Return {id: ways that pass before and not after} for these VPCs and for subnets with an exclusion before."""
    subnets = [id_ for id_ in before.exclusions if id_.startswith("subnet-") and before.mode != OFF]
    losses = {
        id_: [way for way in before.passes(id_) if way not in after.passes(id_)] for id_ in [*sorted(vpcs), *subnets]
    }
    return {id_: ways for id_, ways in losses.items() if ways}
