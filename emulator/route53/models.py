# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosted zones of one account: moto's, changed where AWS behaves differently."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.route53.models import FakeZone
from moto.route53.models import Route53Backend as MotoRoute53Backend

from emulator.ec2.models.endpoints import Endpoint, answered_domains
from emulator.route53.lookup import private_zones_of
from emulator.transitions import StateClock, Transition


class Route53Error(ServiceException):
    """Error of Route 53: Route53Error(code, message)."""


class Change:
    state = StateClock("route53-change")

    def __init__(self, comment: str | None):
        self.id = f"/change/C{mock_random.get_random_hex(20).upper()}"
        self.comment = comment
        self.submitted = datetime.now(timezone.utc)
        self.state = Transition("PENDING", "INSYNC")

    def item(self) -> dict[str, Any]:
        item = {"Id": self.id, "Status": self.state, "SubmittedAt": self.submitted}
        return item | ({"Comment": self.comment} if self.comment else {})


class Route53Backend(MotoRoute53Backend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.changes: dict[str, Change] = {}
        self.caller_references: set[str] = set()
        # Caller reference -> (settings, health check).
        self.health_check_requests: dict[str, tuple[Any, Any]] = {}
        # Zone id -> VPCs of other accounts that may be associated.
        self.authorizations: dict[str, list[dict[str, str]]] = {}

    def change(self, comment: str | None = None) -> dict[str, Any]:
        made = Change(comment)
        self.changes[made.id] = made
        return made.item()


def vpc_of(account_id: str, vpc: dict[str, str]) -> Any:
    """Return the account's VPC, None if the account has no such VPC."""
    return ec2_backends[account_id][vpc["VPCRegion"]].vpcs.get(vpc["VPCId"])


def owner_of_vpc(vpc: dict[str, str]) -> str | None:
    for account_id in list(ec2_backends):
        regions = ec2_backends[account_id]
        if vpc["VPCRegion"] in regions and vpc["VPCId"] in regions[vpc["VPCRegion"]].vpcs:
            return account_id
    return None


def endpoints_of(vpc: dict[str, str]) -> dict[str, Endpoint]:
    """Return {domain: interface endpoint whose private DNS answers it in the VPC}."""
    owner = owner_of_vpc(vpc)
    return answered_domains(vpc["VPCId"], ec2_backends[owner][vpc["VPCRegion"]]) if owner else {}


def endpoint_zone_id(endpoint: Endpoint) -> str:
    """Return the id of the hosted zone that AWS keeps for an endpoint's private DNS."""
    return f"Z{endpoint.label.upper()}{endpoint.id[-12:].upper()}"


def refuse_conflict(name: str, vpc: dict[str, str]) -> None:
    """Raise ConflictingDomainExists if the VPC has a private zone, or an endpoint's private DNS, of this name.

    The text: https://github.com/hashicorp/terraform-provider-aws/issues/37783
    """
    domain, taken = name.rstrip("."), None
    for _, zone in private_zones_of(vpc["VPCId"]):
        if zone.name.rstrip(".") == domain:
            taken = zone.resource_id
    if endpoint := endpoints_of(vpc).get(domain):
        taken = endpoint_zone_id(endpoint)
    if taken:
        raise Route53Error(
            "ConflictingDomainExists",
            f"The VPC {vpc['VPCId']} in region {vpc['VPCRegion']} has already been associated with the hosted zone "
            f"{taken} with the same domain name.",
        )


def is_associated(zone: FakeZone, vpc_id: str) -> bool:
    return any(known["vpc_id"] == vpc_id for known in zone.vpcs)
