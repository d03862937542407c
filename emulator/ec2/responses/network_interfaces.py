# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on network interfaces, most of which other services create."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found

INTERFACES = Listing(
    "NetworkInterfaces",
    "NetworkInterfaceId",
    "NetworkInterfaceIds",
    {
        "addresses.private-ip-address": "PrivateIpAddresses[].PrivateIpAddress",
        "addresses.primary": "PrivateIpAddresses[].Primary",
        "addresses.association.public-ip": "PrivateIpAddresses[].Association.PublicIp",
        "association.allocation-id": "Association.AllocationId",
        "association.association-id": "Association.AssociationId",
        "association.public-ip": "Association.PublicIp",
        "attachment.attachment-id": "Attachment.AttachmentId",
        "attachment.instance-id": "Attachment.InstanceId",
        "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
        "attachment.status": "Attachment.Status",
        "availability-zone": "AvailabilityZone",
        "description": "Description",
        "group-id": "Groups[].GroupId",
        "group-name": "Groups[].GroupName",
        "interface-type": "InterfaceType",
        "mac-address": "MacAddress",
        "network-interface-id": "NetworkInterfaceId",
        "owner-id": "OwnerId",
        "private-dns-name": "PrivateDnsName",
        "private-ip-address": "PrivateIpAddress",
        "requester-id": "RequesterId",
        "requester-managed": "RequesterManaged",
        "source-dest-check": "SourceDestCheck",
        "status": "Status",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    prefix="eni",
)


class NetworkInterfaceResponse(Describing):
    def interface_item(self, interface: NetworkInterface) -> dict[str, Any]:
        association = {key[0].upper() + key[1:]: value for key, value in interface.association.items() if value}
        association.pop("NatEnabled", None)
        addresses = [
            {
                "Primary": address.get("Primary", False),
                "PrivateIpAddress": address["PrivateIpAddress"],
                "PrivateDnsName": address.get("PrivateDnsName"),
                "Association": association or None if address.get("Primary") else None,
            }
            for address in interface.private_ip_addresses
        ]
        item = {
            "NetworkInterfaceId": interface.id,
            "InterfaceType": interface.interface_type,
            "Status": "in-use" if interface.attachment_id else interface.status,
            "Description": interface.description,
            "OwnerId": interface.owner_id,
            "VpcId": interface.vpc_id,
            "SubnetId": interface.subnet_id,
            "AvailabilityZone": interface.availability_zone,
            "MacAddress": interface.mac_address,
            "PrivateIpAddress": interface.private_ip_address,
            "PrivateIpAddresses": addresses,
            "PrivateDnsName": getattr(interface, "private_dns_name", None),
            "Ipv6Addresses": interface.network_interface_ipv6_addresses_list,
            "Groups": [{"GroupId": group.id, "GroupName": group.name} for group in interface.group_set],
            "RequesterManaged": interface.requester_managed,
            "SourceDestCheck": interface.source_dest_check,
            "Association": association or None,
            "TagSet": self.tag_list(interface.id),
        }
        if attachment := interface.attachment:
            item["Attachment"] = {
                "AttachmentId": attachment.attachment_id,
                "AttachTime": attachment.attach_time,
                "DeleteOnTermination": attachment.delete_on_termination,
                "DeviceIndex": attachment.device_index,
                "NetworkCardIndex": attachment.network_card_index,
                "InstanceId": attachment.instance_id,
                "InstanceOwnerId": attachment.instance_owner_id,
                "Status": attachment.status,
            }
        return item

    def describe_network_interfaces(self) -> ActionResult:
        return self.listed(INTERFACES, map(self.interface_item, self.ec2_backend.enis.values()))

    def delete_network_interface(self) -> ActionResult:
        """Delete a network interface; refuses one in use, as other services' always are. The text is not verified."""
        interface_id = self.required("NetworkInterfaceId")
        if interface_id not in self.ec2_backend.enis:
            raise not_found(interface_id, "eni")
        if self.interface_item(self.ec2_backend.enis[interface_id])["Status"] == "in-use":
            raise invalid_value(f"Network interface '{interface_id}' is currently in use.")
        return super().delete_network_interface()
