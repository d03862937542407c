# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces of transit gateway attachments: one in each subnet of a VPC's attachment.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html; description of the interfaces:
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2483
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from emulator.ec2.models.addresses import insufficient
from emulator.interfaces import add_interface, remove_interface


def need_free_addresses(subnets: list[Any]) -> None:
    """Raise AWS's error if a subnet has no free address: https://github.com/AviatrixSystems/Docs/pull/282"""
    if any(subnet.available_ip_address_count < 1 for subnet in subnets if subnet.pool):
        raise insufficient("Insufficient Free IP Addresses in subnet.")


def put_interfaces(attachment: Any) -> None:
    """Create the attachment's interfaces in its subnets, and delete those in others."""
    backend: Any = ec2_backends[attachment.owner_id][attachment.region]
    for subnet_id in set(attachment.interfaces) - set(attachment.subnet_ids):
        remove_interface(backend, attachment.interfaces.pop(subnet_id))
    for subnet_id in attachment.subnet_ids:
        if subnet_id not in attachment.interfaces:
            description = f"Network Interface for Transit Gateway Attachment {attachment.id}"
            made = add_interface(backend, backend.get_subnet(subnet_id), [], description, "transit_gateway")
            attachment.interfaces[subnet_id] = made.id


def release_when_deleted(attachment: Any) -> None:
    """Delete the attachment's interfaces once it is deleted."""
    backend: Any = ec2_backends[attachment.owner_id][attachment.region]

    def release() -> bool:
        if attachment.state not in ("deleted", "failed"):
            return False
        for interface_id in attachment.interfaces.values():
            remove_interface(backend, interface_id)
        attachment.interfaces.clear()
        return True

    if not release():
        backend.unsettled.append(release)
