# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on Elastic IP addresses.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.utils import random_eip_association_id

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.gateways import internet_gateway_of
from emulator.ec2.models.interfaces import NetworkInterface

ADDRESSES = Listing(
    "Addresses",
    "AllocationId",
    "AllocationIds",
    {
        "allocation-id": "AllocationId",
        "association-id": "AssociationId",
        "domain": "Domain",
        "instance-id": "InstanceId",
        "network-border-group": "NetworkBorderGroup",
        "network-interface-id": "NetworkInterfaceId",
        "network-interface-owner-id": "NetworkInterfaceOwnerId",
        "private-ip-address": "PrivateIpAddress",
        "public-ip": "PublicIp",
    },
    prefix="eipalloc",
)


class ElasticAddressResponse(Describing):
    def address_item(self, address: ElasticAddress) -> dict[str, Any]:
        item = {
            "AllocationId": address.allocation_id,
            "PublicIp": address.public_ip,
            "PublicIpv4Pool": "amazon",
            "NetworkBorderGroup": self.region,
            "Domain": "vpc",
            "Tags": self.tag_list(address.id),
        }
        if address.eni:
            item |= {
                "AssociationId": address.association_id,
                "NetworkInterfaceId": address.eni.id,
                "NetworkInterfaceOwnerId": self.current_account,
                "PrivateIpAddress": address.private_address,
            }
            if address.eni.instance:
                item["InstanceId"] = address.eni.instance.id
        return item

    @creates("eipalloc")
    def allocate_address(self) -> ActionResult:
        """Allocate an address: a given one, if this account doesn't have it, as one can recover a released address."""
        tags, wanted = self.tags_for("elastic-ip"), self._get_param("Address")
        for name in ("PublicIpv4Pool", "CustomerOwnedIpv4Pool", "IpamPoolId"):
            if self._get_param(name) not in (None, "amazon"):
                raise NotImplementedError(f"AllocateAddress with {name}")
        if wanted:
            # Code: errors-overview.html; text: "The address 'x' does not belong to you." (flexera-public/right_aws#113)
            taken = any(known.public_ip == wanted for known in self.ec2_backend.addresses)
            if taken or not _is_address(wanted):
                raise EC2ClientError("AuthFailure", f"The address '{wanted}' does not belong to you.")
        address = self.ec2_backend.allocate_address("vpc", wanted)
        address.add_tags(tags)
        item = self.address_item(address)
        return ActionResult({key: item[key] for key in item if key != "Tags"})

    def describe_addresses(self) -> ActionResult:
        addresses = self.ec2_backend.addresses
        if public_ips := self._get_param("PublicIps", []):
            addresses = [self._by_public_ip(public_ip) for public_ip in dict.fromkeys(public_ips)]
        return self.listed(ADDRESSES, map(self.address_item, addresses))

    def _by_public_ip(self, public_ip: str) -> ElasticAddress:
        for address in self.ec2_backend.addresses:
            if address.public_ip == public_ip:
                return address
        raise EC2ClientError("InvalidAddress.NotFound", f"Address '{public_ip}' not found.")

    def elastic_address(self, allocation_id: str) -> ElasticAddress:
        for address in self.ec2_backend.addresses:
            if address.allocation_id == allocation_id:
                return address
        raise not_found(allocation_id, "eipalloc")

    def _named_address(self) -> ElasticAddress:
        """Return the address that AllocationId or PublicIp names. Raises MissingParameter without either."""
        if allocation_id := self._get_param("AllocationId"):
            return self.elastic_address(allocation_id)
        if public_ip := self._get_param("PublicIp"):
            return self._by_public_ip(public_ip)
        raise EC2ClientError("MissingParameter", "Either public IP or allocation id must be specified")

    def associate_address(self) -> ActionResult:
        """Associate an address with a private one of an interface.

        Sources: API_AssociateAddress; Gateway.NotAttached: hashicorp/terraform-provider-aws#2181;
        Resource.AlreadyAssociated: ansible/ansible#27385.
        """
        address = self._named_address()
        interface = self._associated_interface()
        private = self._get_param("PrivateIpAddress") or interface.private_ip_address
        if private not in {one["PrivateIpAddress"] for one in interface.private_ip_addresses}:
            # The code is not verified, nor is the text.
            raise invalid_value(
                f"Invalid value '{private}' for PrivateIpAddress. Must be an address of {interface.id}."
            )
        if interface.requester_managed:
            raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")
        if not internet_gateway_of(interface.subnet.ec2_backend, interface.vpc_id):
            raise EC2ClientError(
                "Gateway.NotAttached", f"Network {interface.vpc_id} is not attached to any internet gateway"
            )
        present = interface.associations.get(private)
        if address.eni is interface and address.private_address == private:
            return ActionResult({"AssociationId": address.association_id})
        if not self._get_param("AllowReassociation"):
            refuse_second(address.allocation_id, address)
            refuse_second(interface.id, present)
        for before in (address, present):
            if before is not None and before.eni is not None:
                if before.eni.requester_managed:
                    refuse_second(address.allocation_id, before)
                before.eni.dissociate(before)
        interface.associate(address, private, random_eip_association_id())
        return ActionResult({"AssociationId": address.association_id})

    def _associated_interface(self) -> NetworkInterface:
        if interface_id := self._get_param("NetworkInterfaceId"):
            return self.interface(interface_id)
        if instance_id := self._get_param("InstanceId"):
            nics = self.ec2_backend.get_instance(instance_id).nics
            if len(nics) > 1 and not self._get_param("PrivateIpAddress"):
                # API_AssociateAddress: "If the instance has more than one network interface, you must specify a network
                # interface ID". The code is of errors-overview.html; the text as users quote it.
                raise EC2ClientError(
                    "InvalidInstanceID",
                    f"There are multiple interfaces attached to instance '{instance_id}'."
                    " Please specify an interface ID for the operation instead.",
                )
            if not nics:
                raise EC2ClientError("IncorrectInstanceState", f"The instance '{instance_id}' is not in a valid state.")
            return _with_address(list(nics.values()), self._get_param("PrivateIpAddress"))
        raise EC2ClientError("MissingParameter", "Either instance ID or network interface id must be specified")

    def disassociate_address(self) -> ActionResult:
        """Dissociate an address; one without association, if PublicIp names it: "This is an idempotent operation".

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html. The code for an address of
        a service's interface is that of other operations on such an interface, not verified here.
        """
        if association_id := self._get_param("AssociationId"):
            found = [one for one in self.ec2_backend.addresses if one.association_id == association_id]
            if not found:
                raise not_found(association_id, "eipassoc")
            address = found[0]
        elif public_ip := self._get_param("PublicIp"):
            address = self._by_public_ip(public_ip)
        else:
            raise EC2ClientError("MissingParameter", "Either public IP or association id must be specified")
        if address.eni is not None:
            if address.eni.requester_managed:
                raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")
            address.eni.dissociate(address)
        return EmptyResult()

    def release_address(self) -> ActionResult:
        """Release an address; a VPC's address must be disassociated first:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
        """
        address = self._named_address()
        if address.association_id:
            raise EC2ClientError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
        self.ec2_backend.addresses.remove(address)
        self.ec2_backend.tags.pop(address.id, None)
        return EmptyResult()


def _with_address(interfaces: list[NetworkInterface], private: str | None) -> NetworkInterface:
    for interface in interfaces:
        if any(address["PrivateIpAddress"] == private for address in interface.private_ip_addresses):
            return interface
    return interfaces[0]


def refuse_second(resource_id: str, address: ElasticAddress | None) -> None:
    """Raise Resource.AlreadyAssociated for an address that is associated: ansible/ansible#27385"""
    if address is not None and address.association_id:
        raise EC2ClientError(
            "Resource.AlreadyAssociated",
            f"resource {resource_id} is already associated with associate-id {address.association_id}",
        )


def _is_address(text: str) -> bool:
    try:
        return bool(IPv4Address(text))
    except ValueError:
        return False
