# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces that other services keep in an account's subnets."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface


def add_interface(
    backend: Any,
    subnet: Any,
    group_ids: list[str],
    description: str,
    kind: str = "interface",
    address: str | None = None,
) -> NetworkInterface:
    """Create and return a service's interface in a subnet: requester-managed, status in-use.

    backend: EC2's, of the subnet's account. No groups: the VPC's default security group. No address: the subnet's next.
    """
    interface = backend.create_network_interface(
        subnet, address or subnet.get_available_subnet_ip(None), group_ids=group_ids, description=description
    )
    interface.interface_type, interface.requester_managed, interface.status = kind, True, "in-use"
    return interface


def remove_interface(backend: Any, interface_id: str) -> None:
    """Delete an interface, if it still exists, and give its address back to the subnet."""
    if interface := backend.enis.pop(interface_id, None):
        interface.subnet.del_subnet_ip(interface.private_ip_address)
