# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces that other services keep in an account's subnets."""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface


def add_interface(
    account_id: str, region: str, subnet_id: str, group_ids: list[str], description: str, kind: str = "interface"
) -> NetworkInterface:
    """Create and return a service's interface in an account's subnet: requester-managed, status in-use.

    No groups: the VPC's default security group.
    """
    backend = ec2_backends[account_id][region]
    subnet = backend.get_subnet(subnet_id)
    if not group_ids:
        default = next(
            group
            for group in backend.groups[subnet.vpc_id].values()
            if group.is_default and group.vpc_id == subnet.vpc_id
        )
        group_ids = [default.id]
    interface = backend.create_network_interface(
        subnet, subnet.get_available_subnet_ip(None), group_ids=group_ids, description=description
    )
    interface.interface_type, interface.requester_managed, interface.status = kind, True, "in-use"
    return interface


def remove_interface(account_id: str, region: str, interface_id: str) -> None:
    if interface := ec2_backends[account_id][region].enis.pop(interface_id, None):
        interface.subnet.del_subnet_ip(interface.private_ip_address)
