# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's verification that the provider owns a service's private DNS name; consumers can't use the name before."""

from __future__ import annotations

from ..._core.plan import Ref, Step, Wait
from ..._core.reconcile import ResourceType
from .endpoint_service import ADDRESS, READ
from .verification_record import record_of

READ_AFTER = ()
INPUTS = ("private_dns_zone_id",)
PERMISSIONS = ("ec2:StartVpcEndpointServicePrivateDnsVerification",)
KIND = ResourceType("private_dns_verification")


def read(aws, declared, found):
    """Return {}: the service's own read has the state."""
    return {}


def _state(private_dns_name, found):
    """Return pendingVerification, verified or failed."""
    service = found["endpoint_service"].get("main")
    known = service and service.fields["private_dns_name"] == private_dns_name
    return service.details["private_dns"]["State"] if known else "pendingVerification"


def plan(wanted, found, declared):
    if not wanted or not wanted["main"]["start"]:
        return []
    state = _state(wanted["main"]["private_dns_name"], found)
    if state == "verified":
        return []
    service = found["endpoint_service"].get("main")
    select = {"ServiceIds": [service.id if service else Ref(ADDRESS)]}
    return [
        Step(
            "private_dns_verification.main",
            "ec2.start_vpc_endpoint_service_private_dns_verification",
            {"ServiceId": select["ServiceIds"][0]},
            before={"state": state},
            after={"state": "verified"},
            wait=Wait(
                READ,
                select,
                "ServiceConfigurations[].PrivateDnsNameConfiguration.State",
                until=("verified",),
                pending=("pendingVerification",),
                failed=("failed",),
                hint=_hint(wanted["main"]["private_dns_name"], found, declared),
            ),
            needs=(ADDRESS, f"{ADDRESS}:private_dns_name", "verification_record.main"),
        )
    ]


def _hint(private_dns_name, found, declared):
    """Return what public DNS must answer for the verification to succeed."""
    service = found["endpoint_service"].get("main")
    if not service or service.fields["private_dns_name"] != private_dns_name:
        if declared.inputs.private_dns_zone_id:
            return f"the zone given must be the one that public DNS asks for {private_dns_name}"
        return "public DNS must answer what a run without verify_private_dns returns as private_dns.record"
    record = record_of(service)
    return f"public DNS must answer {record['value']} for {record['type']} {record['name']}"


def findings(wanted, found, declared):
    """Report the record that somebody else has to publish."""
    if not wanted or wanted["main"]["start"]:
        return []
    state = _state(wanted["main"]["private_dns_name"], found)
    if state == "verified":
        return []
    name = wanted["main"]["private_dns_name"]
    return [
        f"private_dns_name is {state}: {_hint(name, found, declared)}; who runs {name} has to publish that, then run"
        " with verify_private_dns"
    ]
