# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC peering connections.

Lifecycle, and how long each state is visible: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.utils import random_vpc_peering_connection_id

from emulator.transitions import StateClock, Transition

_HOUR_MS = 3_600_000
EXPIRY_MS = 7 * 24 * _HOUR_MS
# "remains visible to the owner of the requester VPC for 2 days, and visible to the owner of the accepter VPC for 2
# hours"; a connection within one account: 2 hours.
_HOURS = {"rejected": (48, 2), "expired": (48, 48), "deleted": (48, 48), "failed": (2, 0)}
OPEN = ("initiating-request", "pending-acceptance", "provisioning", "active")
# Of the enum VpcPeeringConnectionStateReasonCode; the texts are moto's and those of terraform-provider-aws's tests.
_FAILED = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


@dataclass
class UnknownVpc:
    """The accepter's VPC of a request that fails, since no such VPC exists."""

    id: str
    owner_id: str
    region: str


class Peering(VPCPeeringConnection):
    state = StateClock("vpc-peering-connection")

    def __init__(self, backend: Any, vpc: Any, peer_vpc: Any, fails: bool):
        super().__init__(backend, random_vpc_peering_connection_id(), vpc, peer_vpc)
        self.expires = datetime.now(timezone.utc) + timedelta(milliseconds=EXPIRY_MS)
        self.deleted_by: str | None = None
        if fails:
            self.state = Transition("initiating-request", "failed")
        else:
            self.state = Transition("initiating-request", ("pending-acceptance", EXPIRY_MS), "expired")

    @property
    def status(self) -> dict[str, str]:
        code = self.state
        texts = {
            "initiating-request": f"Initiating Request to {self.peer_vpc.owner_id}",
            "pending-acceptance": f"Pending Acceptance by {self.peer_vpc.owner_id}",
            "provisioning": "Provisioning",
            "active": "Active",
            "rejected": "Inactive",
            "failed": _FAILED,
            "expired": "Expired",
            "deleting": "Deleting",
            "deleted": f"Deleted by {self.deleted_by}",
        }
        return {"Code": code, "Message": texts[code]}

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def need(self, *states: str) -> None:
        if self.state not in states:
            # "InvalidStateTransition": errors-overview.html; the text is moto's.
            raise EC2ClientError(
                "InvalidStateTransition",
                f"Invalid state transition for {self.id}, attempted to transition from {self.state}",
            )

    def accept(self) -> None:
        self.need("pending-acceptance")
        self.state = Transition("provisioning", "active")

    def reject(self) -> None:
        self.need("pending-acceptance")
        self.state = "rejected"

    def delete(self, account_id: str) -> None:
        """Delete the connection.

        "The owner of the requester VPC can delete a VPC peering connection in the pending-acceptance state. You cannot
        delete a VPC peering connection that's in the failed or rejected state" (DeleteVpcPeeringConnection).
        """
        pending = ("initiating-request", "pending-acceptance") if account_id == self.vpc.owner_id else ()
        self.need("active", "provisioning", *pending)
        self.end(account_id)

    def end(self, account_id: str) -> None:
        self.deleted_by = account_id
        self.state = Transition("deleting", "deleted")

    def is_seen_by(self, account_id: str) -> bool:
        hours = _HOURS.get(self.state)
        if hours is None:
            return True
        if self.vpc.owner_id == self.peer_vpc.owner_id or account_id == self.deleted_by:
            limit = min(hours) or max(hours)
            if self.state == "deleted":
                limit = 2
        else:
            limit = hours[0] if account_id == self.vpc.owner_id else hours[1]
        return type(self).state.ms_in_state(self) <= limit * _HOUR_MS


def overlap(vpc: Any, other: Any) -> bool:
    """Return true if any CIDR blocks of two VPCs overlap, IPv6 too:
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
    """
    mine, others = _blocks(vpc), _blocks(other)
    return any(a.version == b.version and a.overlaps(b) for a in mine for b in others)


def blocks_of(vpc: Any, ipv6: bool) -> list[str]:
    return [
        association["cidr_block"]
        for association in vpc.get_cidr_block_association_set(ipv6=ipv6)
        if not association["cidr_block_state"]["state"].startswith("disassociat")
    ]


def _blocks(vpc: Any) -> list[Any]:
    return [ip_network(block, strict=False) for ipv6 in (False, True) for block in blocks_of(vpc, ipv6)]
