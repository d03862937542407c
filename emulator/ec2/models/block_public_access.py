# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Block Public Access: the options of an account and region, and the exclusions from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from secrets import token_hex

from emulator.transitions import StateClock, Transition

# Account -> {"mode", "exclusions_allowed"} of its declarative policy.
policies: dict[str, dict[str, str]] = {}


class Options:
    """VPC Block Public Access options of one account and region."""

    state = StateClock("vpc-block-public-access")

    def __init__(self) -> None:
        self.state = "default-state"
        self.changed: datetime | None = None
        self._modes = ("off", "off")

    @property
    def mode(self) -> str:
        return self._modes[self.state != "default-state"]

    def set(self, mode: str) -> None:
        """Set the mode. The first time, AWS still shows the default state for a moment, with the mode off:
        https://github.com/hashicorp/terraform-provider-aws/issues/49517
        """
        first = ("default-state",) if self.changed is None else ()
        self._modes = ("off", mode)
        self.state = Transition(*first, "update-in-progress", "update-complete")
        self.changed = datetime.now(timezone.utc)


@dataclass
class Exclusion:
    """An exclusion. Once deleted it stays listed as delete-complete, for how long isn't documented; here forever."""

    resource_arn: str
    mode: str
    id: str = field(default_factory=lambda: f"vpcbpa-exclude-{token_hex(9)[:17]}")
    created: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    updated: datetime | None = None
    deleted: datetime | None = None
    state = StateClock("vpc-block-public-access-exclusion")

    def __post_init__(self) -> None:
        self.state = Transition("create-in-progress", "create-complete")
