# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on network interfaces, most of which other services create."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError, LastEniDetachError

from emulator.accounts import Accounts
from emulator.ec2.describe import Describing
from emulator.ec2.errors import invalid_value, not_found, only_attribute
from emulator.ec2.models.instances import prefixes
from emulator.ec2.models.interfaces import NetworkInterface, public_name, security_groups
from emulator.ec2.responses.interface_listing import INTERFACES
from emulator.iam.authorization import entity_of, user_id_of

# What CreateNetworkInterface can make besides an ordinary one.
TYPES = {"efa": "efa", "efa-only": "efa-only", "branch": "branch", "trunk": "trunk"}
# Attributes of ModifyNetworkInterfaceAttribute
CHANGED = ("Attachment", "Description", "Groups", "SourceDestCheck")
NOT_CHANGED = (
    "AssociatePublicIpAddress",
    "AssociatedSubnetIds",
    "ConnectionTrackingSpecification",
    "EnablePrimaryIpv6",
    "EnaSrdSpecification",
)


class NetworkInterfaceResponse(Describing):
    def interface(self, interface_id: str) -> NetworkInterface:
        if interface_id not in self.ec2_backend.enis:
            raise not_found(interface_id, "eni")
        return self.ec2_backend.enis[interface_id]

    def own_interface(self) -> NetworkInterface:
        """Return the interface that the request names. Raises AWS's error for one that a service manages.

        Code and text: as users quote AWS's answer about interfaces of load balancers; that it is the same for all kinds
        is not verified.
        """
        interface = self.interface(self.required("NetworkInterfaceId"))
        if interface.requester_managed:
            raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")
        return interface

    # Describe

    def interface_item(self, interface: NetworkInterface) -> dict[str, Any]:
        subnet, name = interface.subnet, interface.private_dns_name
        groups = [{"GroupId": group.id, "GroupName": group.name} for group in interface.group_set]
        item = {
            "NetworkInterfaceId": interface.id,
            "InterfaceType": interface.interface_type,
            "Status": "available" if interface.is_available else "in-use",
            "Description": interface.description,
            "OwnerId": interface.owner_id,
            "VpcId": subnet.vpc_id,
            "SubnetId": subnet.id,
            "AvailabilityZone": self._own_zone_name(subnet),
            "AvailabilityZoneId": subnet.availability_zone_id,
            "MacAddress": interface.mac_address,
            "PrivateIpAddress": interface.private_ip_address,
            "PrivateIpAddresses": [self._address_item(interface, one, name) for one in interface.private_ip_addresses],
            "PrivateDnsName": name,
            "Ipv6Addresses": [{"Ipv6Address": one, "IsPrimaryIpv6": False} for one in interface.ipv6_addresses],
            "Groups": groups,
            "RequesterManaged": interface.requester_managed,
            "SourceDestCheck": interface.source_dest_check,
            "TagSet": self.tag_list(interface.id),
            "Operator": {"Managed": False},
        }
        if interface.requester_id:
            item["RequesterId"] = interface.requester_id
        if interface.ipv6_addresses:
            item["Ipv6Address"] = interface.ipv6_addresses[0]
        if interface.ipv4_prefixes:
            item["Ipv4Prefixes"] = [{"Ipv4Prefix": prefix} for prefix in interface.ipv4_prefixes]
        if interface.ipv6_prefixes:
            item["Ipv6Prefixes"] = [{"Ipv6Prefix": prefix} for prefix in interface.ipv6_prefixes]
        if association := self._association(interface, interface.private_ip_address):
            item["Association"] = association
        if attachment := self.attachment_item(interface):
            item["Attachment"] = attachment
        return item

    def _own_zone_name(self, subnet: Any) -> str:
        """Return the caller's name of the AZ; the owner of a shared subnet has another: working-with-az-ids.html"""
        if subnet.ec2_backend is self.ec2_backend:
            return subnet.availability_zone
        zones = self.ec2_backend.describe_availability_zones(zone_ids=[subnet.availability_zone_id])
        return zones[0].name

    def _address_item(self, interface: NetworkInterface, address: dict[str, Any], name: str | None) -> dict[str, Any]:
        primary, private = address["Primary"], address["PrivateIpAddress"]
        item = {"Primary": primary, "PrivateIpAddress": private, "PrivateDnsName": name if primary else None}
        if association := self._association(interface, private):
            item["Association"] = association
        return item

    def _association(self, interface: NetworkInterface, private: str | None) -> dict[str, Any] | None:
        """Return the public address of a private one: an Elastic IP address, or one that was assigned at launch."""
        if elastic := interface.associations.get(private or ""):
            return {
                "AllocationId": elastic.allocation_id,
                "AssociationId": elastic.association_id,
                "IpOwnerId": self.current_account,
                "PublicDnsName": public_name(elastic.public_ip, self.region),
                "PublicIp": elastic.public_ip,
            }
        if interface.public_ip and private == interface.private_ip_address:
            name = public_name(interface.public_ip, self.region)
            owner = interface.requester_id if interface.requester_managed else "amazon"
            return {"IpOwnerId": owner, "PublicDnsName": name, "PublicIp": interface.public_ip}
        return None

    @staticmethod
    def attachment_item(interface: NetworkInterface) -> dict[str, Any] | None:
        attachment = interface.attachment
        if attachment is None:
            return interface.service_attachment
        return {
            "AttachmentId": attachment.attachment_id,
            "AttachTime": attachment.attach_time,
            "DeleteOnTermination": bool(attachment.delete_on_termination),
            "DeviceIndex": attachment.device_index,
            "NetworkCardIndex": attachment.network_card_index,
            "InstanceId": attachment.instance_id,
            "InstanceOwnerId": attachment.instance_owner_id,
            "Status": attachment.status,
        }

    def describe_network_interfaces(self) -> ActionResult:
        return self.listed(INTERFACES, map(self.interface_item, self.interfaces_seen()))

    def describe_network_interface_attribute(self) -> ActionResult:
        interface, attribute = self.interface(self.required("NetworkInterfaceId")), self._get_param("Attribute")
        item = self.interface_item(interface)
        answers = {
            "description": {"Description": {"Value": item["Description"]}},
            "groupSet": {"Groups": item["Groups"]},
            "sourceDestCheck": {"SourceDestCheck": {"Value": item["SourceDestCheck"]}},
            "attachment": {"Attachment": item.get("Attachment")},
            "associatePublicIpAddress": {"AssociatePublicIpAddress": bool(interface.public_ip_auto_assign)},
        }
        if attribute not in answers:
            raise invalid_value(f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute.")
        return ActionResult({"NetworkInterfaceId": interface.id, **answers[attribute]})

    # Create, delete, change

    def create_network_interface(self) -> ActionResult:
        subnet = self.subnet(self.required("SubnetId"))
        for name in ("ConnectionTrackingSpecification", "EnablePrimaryIpv6", "Operator"):
            if self._get_param(name):
                raise NotImplementedError(f"CreateNetworkInterface with {name}")
        tags = self.tags_for("network-interface")
        made = self.ec2_backend.create_network_interface(
            subnet,
            self._get_param("PrivateIpAddress"),
            self._get_param("PrivateIpAddresses", []),
            group_ids=self._get_param("Groups", []),
            description=self._get_param("Description"),
            **self._address_counts(),
        )
        made.interface_type = TYPES.get(self._get_param("InterfaceType"), "interface")
        made.add_tags(tags)
        caller = Accounts.principals.find(self.get_access_key())
        made.requester_id = user_id_of(caller, entity_of(caller))
        item = self.interface_item(made) | {"Status": "pending"}
        return ActionResult({"NetworkInterface": item, "ClientToken": self._get_param("ClientToken") or None})

    def _address_counts(self) -> dict[str, Any]:
        """Return the parameters of secondary, IPv6 and prefix addresses; refuses two that exclude each other.

        Text about IPv6: https://github.com/ansible/ansible/pull/40334 (RunInstances); the others are not verified.
        """
        named = self._get_param("Ipv6Addresses", [])
        if named and self._get_param("Ipv6AddressCount"):
            raise EC2ClientError(
                "InvalidParameterCombination",
                "IPv6 addresses and IPv6 address count may not be specified on the same request",
            )
        secondary = [one for one in self._get_param("PrivateIpAddresses", []) if _is_secondary(one)]
        if secondary and self._get_param("SecondaryPrivateIpAddressCount"):
            raise EC2ClientError(
                "InvalidParameterCombination",
                "The parameter secondaryPrivateIpAddressCount cannot be used with secondary private IP addresses",
            )
        for name in ("SecondaryPrivateIpAddressCount", "Ipv6AddressCount", "Ipv4PrefixCount", "Ipv6PrefixCount"):
            if (self._get_param(name) or 0) < 0:
                raise invalid_value(f"Value ({self._get_param(name)}) for parameter {name} is invalid.")
        return {
            "secondary_count": self._get_param("SecondaryPrivateIpAddressCount") or 0,
            "ipv4_prefixes": prefixes(self._prefix_parameters(), "Ipv4"),
            "ipv6_addresses": [one["Ipv6Address"] if isinstance(one, dict) else one for one in named],
            "ipv6_address_count": self._get_param("Ipv6AddressCount"),
            "ipv6_prefixes": prefixes(self._prefix_parameters(), "Ipv6"),
        }

    def _prefix_parameters(self) -> dict[str, Any]:
        names = [f"Ipv{version}Prefix{member}" for version in (4, 6) for member in ("es", "Count")]
        return {name: self._get_param(name) for name in names}

    def delete_network_interface(self) -> ActionResult:
        """Delete a network interface; refuses one in use, as other services' always are.

        Text: as users quote AWS's answer, "Network interface 'eni-...' is currently in use."
        """
        interface = self.interface(self.required("NetworkInterfaceId"))
        if interface.requester_managed or not interface.is_available:
            raise invalid_value(f"Network interface '{interface.id}' is currently in use.")
        self.ec2_backend.delete_network_interface(interface.id)
        return EmptyResult()

    def modify_network_interface_attribute(self) -> ActionResult:
        """Modify one attribute: "You can specify only one attribute at a time"; codes and texts: aws/aws-sdk-go#415."""
        interface = self.own_interface()
        given = [name for name in (*CHANGED, *NOT_CHANGED) if self._get_param(name) not in (None, {}, [])]
        name = only_attribute(given)
        if name in NOT_CHANGED:
            raise NotImplementedError(f"ModifyNetworkInterfaceAttribute of {name}")
        group_ids = self._get_param("Groups", [])
        groups = security_groups(self.ec2_backend, interface.subnet, group_ids)
        if (attachment := self.given("Attachment")) and (
            not interface.attachment_id or attachment.get("AttachmentId") != interface.attachment_id
        ):
            raise _unknown_attachment(attachment.get("AttachmentId", ""))
        if groups:
            interface._group_set = groups
        if attachment:
            interface.delete_on_termination = bool(attachment.get("DeleteOnTermination"))
        if (checked := self._get_param("SourceDestCheck.Value")) is not None:
            interface.source_dest_check = checked
        if (description := self._get_param("Description.Value")) is not None:
            interface.description = description
        return EmptyResult()

    def reset_network_interface_attribute(self) -> ActionResult:
        """Reset the source/destination check, the only attribute that AWS resets, to true."""
        self.own_interface().source_dest_check = True
        return EmptyResult()

    # Attachments

    def attach_network_interface(self) -> ActionResult:
        """Attach an interface to an instance of its AZ.

        Codes: errors-overview.html; the texts about device index and interfaces in use are users' quotes; the others
        are not verified.
        """
        interface, index = self.own_interface(), int(self.required("DeviceIndex"))
        for name in ("EnaQueueCount", "EnaSrdSpecification", "NetworkCardIndex"):
            if self._get_param(name):
                raise NotImplementedError(f"AttachNetworkInterface with {name}")
        instance = self.ec2_backend.get_instance(self.required("InstanceId"))
        if not interface.is_available:
            raise EC2ClientError("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")
        if instance.state not in ("running", "stopped", "pending"):
            raise EC2ClientError(
                "IncorrectState", f"Instance '{instance.id}' is not in a state from which it can be attached to."
            )
        if index in instance.nics:
            raise invalid_value(
                f"Instance '{instance.id}' already has an interface attached at device index '{index}'."
            )
        if interface.availability_zone != instance.availability_zone:
            raise EC2ClientError(
                "InvalidParameterCombination", "You may not attach a network interface to an instance in another zone"
            )
        limit = _network_info(instance).get("MaximumNetworkInterfaces")
        if limit and len(instance.nics) >= limit:
            raise EC2ClientError(
                "AttachmentLimitExceeded",
                f"Interface count {len(instance.nics) + 1} exceeds the limit for {instance.instance_type}",
            )
        interface.delete_on_termination = False
        instance.attach_eni(interface, index)
        return ActionResult({"AttachmentId": interface.attachment_id, "NetworkCardIndex": 0})

    def detach_network_interface(self) -> ActionResult:
        """Detach an interface; refuses services' and the primary one."""
        attachment_id = self.required("AttachmentId")
        if attachment_id.startswith("ela-attach-"):
            # https://github.com/hashicorp/terraform-provider-aws, waitForNLBNetworkInterfacesToDetach
            raise EC2ClientError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
        for interface in self.ec2_backend.enis.values():
            if (self.attachment_item(interface) or {}).get("AttachmentId") == attachment_id:
                break
        else:
            raise _unknown_attachment(attachment_id)
        if interface.requester_managed:
            raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")
        if interface.device_index == 0:
            raise LastEniDetachError
        interface.instance.detach_eni(interface)
        return EmptyResult()

    # Addresses

    def assign_private_ip_addresses(self) -> ActionResult:
        interface = self.own_interface()
        known = {one["PrivateIpAddress"] for one in interface.private_ip_addresses}
        named = [one for one in self._get_param("PrivateIpAddresses", []) if one not in known]
        counts = self._address_counts()
        wanted = counts["ipv4_prefixes"]
        more = len(named) + counts["secondary_count"] + (wanted if isinstance(wanted, int) else len(wanted))
        self._check_limit(interface, more)
        interface.take_from_others(named, bool(self._get_param("AllowReassignment")))
        taken = interface.take_addresses(named, counts["secondary_count"])
        prefixes_taken = interface.take_prefixes(wanted)
        answer = {
            "NetworkInterfaceId": interface.id,
            "AssignedPrivateIpAddresses": [{"PrivateIpAddress": address} for address in taken],
            "AssignedIpv4Prefixes": [{"Ipv4Prefix": prefix} for prefix in prefixes_taken],
        }
        return ActionResult(answer)

    @staticmethod
    def _check_limit(interface: NetworkInterface, more: int) -> None:
        """Raise PrivateIpAddressLimitExceeded beyond the instance type's limit.

        https://github.com/aws/amazon-vpc-cni-k8s/issues/989; each prefix counts as one address (ec2-prefix-eni.html).
        """
        limit = _network_info(interface.instance).get("Ipv4AddressesPerInterface") if interface.instance else None
        if limit and len(interface.private_ip_addresses) + len(interface.ipv4_prefixes) + more > limit:
            raise EC2ClientError("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")

    def unassign_private_ip_addresses(self) -> ActionResult:
        interface = self.own_interface()
        named, named_prefixes = self._get_param("PrivateIpAddresses", []), self._get_param("Ipv4Prefixes", [])
        secondary = [one["PrivateIpAddress"] for one in interface.private_ip_addresses if not one["Primary"]]
        _need_assigned(interface, named, secondary)
        _need_assigned(interface, named_prefixes, interface.ipv4_prefixes)
        interface.drop_addresses(named)
        interface.drop_prefixes(named_prefixes)
        return EmptyResult()

    def assign_ipv6_addresses(self) -> ActionResult:
        interface, counts = self.own_interface(), self._address_counts()
        named = [one for one in counts["ipv6_addresses"] if one not in interface.ipv6_addresses]
        addresses = interface.take_ipv6(named, counts["ipv6_address_count"] or 0)
        taken = interface.take_prefixes_ipv6(counts["ipv6_prefixes"])
        answer = {"AssignedIpv6Addresses": addresses, "AssignedIpv6Prefixes": taken, "NetworkInterfaceId": interface.id}
        return ActionResult(answer)

    def unassign_ipv6_addresses(self) -> ActionResult:
        interface = self.own_interface()
        addresses, named_prefixes = self._get_param("Ipv6Addresses", []), self._get_param("Ipv6Prefixes", [])
        _need_assigned(interface, addresses, interface.ipv6_addresses)
        _need_assigned(interface, named_prefixes, interface.ipv6_prefixes)
        interface.drop_ipv6(addresses, named_prefixes)
        answer = {"UnassignedIpv6Addresses": addresses, "UnassignedIpv6Prefixes": named_prefixes}
        return ActionResult({"NetworkInterfaceId": interface.id, **answer})


def _is_secondary(address: Any) -> bool:
    return not (isinstance(address, dict) and address.get("Primary"))


def _need_assigned(interface: NetworkInterface, named: list[str], assigned: list[str]) -> None:
    """Raise InvalidParameterValue for an address that isn't one of the interface's; its text is not verified."""
    if missing := [one for one in named if one not in assigned]:
        raise invalid_value(f"Some of [{', '.join(missing)}] are not assigned to interface {interface.id}")


def _unknown_attachment(attachment_id: str) -> EC2ClientError:
    """Return AWS's error for an unknown attachment; the code is of errors-overview.html, the text not verified."""
    return EC2ClientError("InvalidAttachmentID.NotFound", f"The attachment '{attachment_id}' does not exist")


def _network_info(instance: Any) -> dict[str, Any]:
    """Return the limits of the instance's type, {} of a type that moto doesn't know."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES  # some MB of data, which few calls need

    return INSTANCE_TYPES.get(instance.instance_type, {}).get("NetworkInfo", {})
