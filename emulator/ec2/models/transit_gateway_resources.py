# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Common parts of transit gateways, their attachments and their tables: id, tags, states."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.transitions import Transition, get_transitions

# ms: "remain visible for 2 hours, and then are no longer visible" (tgw-vpc-attachments.html, attachment lifecycle).
LISTED_AFTER_END = 2 * 60 * 60 * 1000.0


GONE = ("deleted", "rejected", "failed")


def incorrect_state(message: str) -> EC2ClientError:
    return EC2ClientError("IncorrectState", message)


def invalid_state(resource_id: str) -> EC2ClientError:
    """Return AWS's IncorrectState error for a resource in the wrong state; its text:
    https://github.com/hashicorp/terraform-provider-aws/issues/29178
    """
    return incorrect_state(f"{resource_id} is in invalid state")


def passing(kind: str, state: str) -> tuple[str, float]:
    """Return (state, ms) of a state that AWS passes too fast to be seen: 0 ms, unless a time is set for it."""
    return state, get_transitions().get(f"{kind}.{state}", 0.0)


class Resource:
    """Base class of transit gateway resources: id, tags and states."""

    kind: str
    state: Any
    id: str
    owner_id: str
    region: str

    def __init__(self) -> None:
        self.created = datetime.now(timezone.utc)
        self.state = Transition("pending", "available")

    def need(self, *states: str) -> None:
        if self.state not in states:
            raise invalid_state(self.id)

    @property
    def is_forgotten(self) -> bool:
        """True if the resource ended so long ago that AWS no longer lists it."""
        if self.state not in GONE:
            return False
        kept = get_transitions().get(f"{self.kind}.{self.state}", LISTED_AFTER_END)
        return type(self).state.ms_in_state(self) > kept

    def tag_list(self, account_id: str) -> list[dict[str, str]]:
        tags = ec2_backends[account_id][self.region].tags.get(self.id, {})
        return [{"Key": key, "Value": value} for key, value in tags.items()]
