# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of the firewall, which AWS creates with it: looked up, as the answer of their creation lacks their ids."""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ("existing_vpc", "firewall")
INPUTS = ()
PERMISSIONS = ("network-firewall:DescribeFirewall",)
KIND = ResourceType("firewall_endpoint")
# Kind of the steps that look an endpoint up.
LOOKUP = "endpoint_lookup"


def read(aws, declared, found):
    """Return {AZ id: Actual} of the endpoints that have an id; details: endpoint (its id), subnet, state, error.

    The zone of a firewall at a Transit Gateway is as AWS names it. They have no id of their own here, since they aren't
    deleted on their own.
    """
    there = found["firewall"].get("main")
    if not there:
        return {}
    vpc = found["existing_vpc"].get("main")
    ids = {of["SubnetId"]: of["AvailabilityZoneId"] for of in (vpc.details["subnets"] if vpc else {}).values()}
    return {
        ids.get(attachment.get("SubnetId"), zone): Actual(
            None,
            {},
            there.managed,
            {
                "endpoint": attachment["EndpointId"],
                "subnet": attachment.get("SubnetId"),
                "state": attachment.get("Status", "unknown"),
                "error": attachment.get("StatusMessage", ""),
            },
        )
        for zone, attachment in there.details["attachments"].items()
        if attachment.get("EndpointId")
    }


def by_zone(found, ids):
    """Return {AZ id: endpoint id} of those that were found or looked up; ids: by address, as a report gets them."""
    there = {zone: actual.details["endpoint"] for zone, actual in found[KIND.name].items()}
    return dict(sorted({**there, **{one.name: id_ for one, id_ in ids.items() if one.kind == LOOKUP}}.items()))


def lookups(subnets, found, name, changes):
    """Return steps that look up the endpoints that don't exist yet, after the firewall's steps in `changes`.

    subnets: {AZ id: subnet id}
    """
    there = {zone: actual.details["subnet"] for zone, actual in found[KIND.name].items()}
    return [
        Step(
            Address(LOOKUP, zone),
            "network-firewall.describe_firewall",
            {"FirewallName": name},
            id_path=f"FirewallStatus.SyncStates.*.Attachment | [?SubnetId=='{subnet}'].EndpointId | [0]",
            needs=tuple(step.address for step in changes),
            reads_only=True,
        )
        for zone, subnet in sorted(subnets.items())
        if there.get(zone) != subnet
    ]


def attachment(found, name, changes):
    """Return the step that looks up the attachment of a new firewall at a Transit Gateway; none if there is one."""
    there = found["firewall"].get("main")
    if there and there.details["transit_gateway_attachment"]:
        return []
    return [
        Step(
            Address("firewall_attachment", "main"),
            "network-firewall.describe_firewall",
            {"FirewallName": name},
            id_path="FirewallStatus.TransitGatewayAttachmentSyncState.AttachmentId",
            needs=tuple(step.address for step in changes),
            reads_only=True,
        )
    ]


def findings(wanted, found, declared):
    """Report the endpoints that don't filter, with the reason that AWS gives."""
    return [
        f"endpoint {there.details['endpoint']} of the firewall in {zone} is {there.details['state']}:"
        f" {there.details['error']}"
        for zone, there in found[KIND.name].items()
        if there.managed and not declared.absent and there.details["state"] in ("FAILED", "ERROR")
    ]
