# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces that other services keep in an account's subnets.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html: their owner can't delete or detach them.
"""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from emulator.ec2.models.interfaces import NetworkInterface

# Kinds of interfaces without security groups unless some are given: their services' pages say that none can be set.
WITHOUT_GROUPS = (
    "nat_gateway",
    "transit_gateway",
    "gateway_load_balancer",
    "gateway_load_balancer_endpoint",
    "network_load_balancer",
)
FORWARDING = ("nat_gateway", "transit_gateway", "gateway_load_balancer_endpoint")
# Kind -> RequesterId. amazon-elb: documented example of DescribeNetworkInterfaces; the others are not verified.
REQUESTERS = {"network_load_balancer": "amazon-elb", "gateway_load_balancer": "amazon-elb"}


def add_interface(
    backend: Any,
    subnet: Any,
    group_ids: list[str],
    description: str,
    kind: str = "interface",
    address: str | None = None,
    requester: str = "",
) -> NetworkInterface:
    """Create and return a service's interface in a subnet: requester-managed, attached by AWS.

    backend: EC2's, of the subnet's account. No groups: the VPC's default security group, or none, by the kind. No
    address: the subnet's next. Raises AWS's error if the address, or any, is not free.
    """
    backend.settle()
    interface = backend.create_network_interface(subnet, address, group_ids=group_ids, description=description)
    if not group_ids and kind in WITHOUT_GROUPS:
        interface._group_set = []
    manage(interface, kind, requester)
    return interface


def manage(interface: NetworkInterface, kind: str = "interface", requester: str = "") -> None:
    """Let a service manage an interface: type, requester, and an attachment that its owner can't detach.

    Its shape: terraform-provider-aws's waitForNLBNetworkInterfacesToDetach ("ela-attach-*", "amazon-aws").
    """
    interface.interface_type, interface.requester_managed, interface.status = kind, True, "in-use"
    interface.requester_id = requester or REQUESTERS.get(kind) or interface.owner_id
    interface.source_dest_check = kind not in FORWARDING
    interface.service_attachment = {
        "AttachmentId": f"ela-attach-{mock_random.get_random_hex(17)}",
        "AttachTime": interface.created,
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "NetworkCardIndex": 0,
        "InstanceOwnerId": "amazon-aws",
        "Status": "attached",
    }


def remove_interface(backend: Any, interface_id: str) -> None:
    """Delete an interface, if it still exists, and give its addresses back to the subnet."""
    if interface_id in backend.enis:
        backend.delete_network_interface(interface_id)
