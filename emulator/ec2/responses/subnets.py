# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on subnets and availability zones."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found, only_attribute
from emulator.ec2.lag import creates
from emulator.ec2.models.vpc_ranges import network
from emulator.ec2.responses.ipv6 import subnet_associations

SUBNETS = Listing(
    "Subnets",
    "SubnetId",
    "SubnetIds",
    {
        "availability-zone": "AvailabilityZone",
        "availabilityZone": "AvailabilityZone",
        "availability-zone-id": "AvailabilityZoneId",
        "availabilityZoneId": "AvailabilityZoneId",
        "available-ip-address-count": "AvailableIpAddressCount",
        "cidr": "CidrBlock",
        "cidr-block": "CidrBlock",
        "cidrBlock": "CidrBlock",
        "customer-owned-ipv4-pool": "CustomerOwnedIpv4Pool",
        "default-for-az": "DefaultForAz",
        "defaultForAz": "DefaultForAz",
        "enable-dns64": "EnableDns64",
        "enable-lni-at-device-index": "EnableLniAtDeviceIndex",
        "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet[].AssociationId",
        "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
        "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
        "ipv6-native": "Ipv6Native",
        "map-customer-owned-ip-on-launch": "MapCustomerOwnedIpOnLaunch",
        "map-public-ip-on-launch": "MapPublicIpOnLaunch",
        "outpost-arn": "OutpostArn",
        "owner-id": "OwnerId",
        "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
        ),
        "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
        ),
        "private-dns-name-options-on-launch.hostname-type": "PrivateDnsNameOptionsOnLaunch.HostnameType",
        "state": "State",
        "subnet-arn": "SubnetArn",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    prefix="subnet",
)
ZONES = Listing(
    "AvailabilityZones",
    "ZoneId",
    "ZoneIds",
    {
        "group-name": "GroupName",
        "message": "Messages[].Message",
        "opt-in-status": "OptInStatus",
        "parent-zone-id": "ParentZoneId",
        "parent-zone-name": "ParentZoneName",
        "region-name": "RegionName",
        "state": "State",
        "zone-id": "ZoneId",
        "zone-name": "ZoneName",
        "zone-type": "ZoneType",
    },
)

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "Subnets per VPC"
MAX_SUBNETS = 200
# Parameter of ModifySubnetAttribute -> member of PrivateDnsNameOptionsOnLaunch.
ON_LAUNCH = {
    "EnableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
    "PrivateDnsHostnameTypeOnLaunch": "HostnameType",
}


class SubnetResponse(Describing):
    def describe_availability_zones(self) -> ActionResult:
        zones = [
            {
                "State": zone.state,
                "OptInStatus": "opt-in-not-required",
                "Messages": [],
                "RegionName": zone.region_name,
                "ZoneName": zone.name,
                "ZoneId": zone.zone_id,
                "GroupName": zone.region_name,
                "NetworkBorderGroup": zone.region_name,
                "ZoneType": zone.zone_type,
            }
            for zone in self.ec2_backend.describe_availability_zones()
        ]
        if names := self._get_param("ZoneNames", []):
            for name in set(names) - {zone["ZoneName"] for zone in zones}:
                raise invalid_value(f"Invalid availability zone: [{name}]")
            zones = [zone for zone in zones if zone["ZoneName"] in names]
        for zone_id in set(self._get_param("ZoneIds", [])) - {zone["ZoneId"] for zone in zones}:
            raise invalid_value(f"Invalid availability zone-id: [{zone_id}]")
        return self.listed(ZONES, zones)

    def _subnets(self) -> list[Subnet]:
        return [subnet for by_id in self.ec2_backend.subnets.values() for subnet in by_id.values()]

    def _subnets_of(self, vpc_id: str) -> list[Subnet]:
        return [subnet for subnet in self._subnets() if subnet.vpc_id == vpc_id]

    def subnet(self, subnet_id: str) -> Subnet:
        for by_id in self.ec2_backend.subnets.values():
            if subnet_id in by_id:
                return by_id[subnet_id]
        if subnet_id in self.seen.subnet:
            return self.seen.subnet[subnet_id]
        raise not_found(subnet_id, "subnet")

    def subnet_item(self, subnet: Subnet) -> dict[str, Any]:
        return {
            "SubnetId": subnet.id,
            "SubnetArn": subnet.arn,
            "VpcId": subnet.vpc_id,
            "OwnerId": subnet.owner_id,
            "State": subnet.state,
            "CidrBlock": subnet.cidr_block,
            "AvailabilityZone": subnet.availability_zone,
            "AvailabilityZoneId": subnet.availability_zone_id,
            "AvailableIpAddressCount": subnet.available_ip_address_count,
            "DefaultForAz": subnet.default_for_az,
            "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
            "MapCustomerOwnedIpOnLaunch": False,
            "AssignIpv6AddressOnCreation": subnet.assign_ipv6_address_on_creation,
            "Ipv6CidrBlockAssociationSet": subnet_associations(subnet),
            "EnableDns64": getattr(subnet, "enable_dns64", False),
            "Ipv6Native": subnet.ipv6_native,
            "PrivateDnsNameOptionsOnLaunch": subnet.private_dns_name_options_on_launch,
            "Tags": self.tag_list(subnet.id),
        }

    @creates("subnet")
    def create_subnet(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        self._check_subnet_parameters(vpc)
        if self._get_param("Ipv6Native"):
            ipv6_block = self._get_param("Ipv6CidrBlock")
            if ipv6_block and not self._get_param("CidrBlock"):
                self._check_ipv6_block(vpc, ipv6_block)
            return self._subnet_answer(super().create_subnet())  # moto's, whose refusals are verified on AWS
        block = network(self._get_param("CidrBlock"))
        associated = [
            network(association["cidr_block"])
            for association in vpc.get_cidr_block_association_set()
            if association["cidr_block_state"]["state"] == "associated"
        ]
        if not 16 <= block.prefixlen <= 28 or not any(block.subnet_of(cidr) for cidr in associated):
            raise EC2ClientError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
        if any(block.overlaps(subnet.cidr) for subnet in self._subnets_of(vpc.id)):
            raise EC2ClientError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")
        if ipv6_block := self._get_param("Ipv6CidrBlock"):
            self._check_ipv6_block(vpc, ipv6_block)
        tags = self.tags_for("subnet")
        subnet = self.ec2_backend.create_subnet(
            vpc.id,
            str(block),
            self._get_param("Ipv6CidrBlock"),
            self._get_param("AvailabilityZone"),
            self._get_param("AvailabilityZoneId"),
            tags={"subnet": tags},
        )
        return ActionResult({"Subnet": self.subnet_item(subnet)})

    def create_default_subnet(self) -> ActionResult:
        return self._subnet_answer(super().create_default_subnet())

    def _subnet_answer(self, answer: ActionResult) -> ActionResult:
        """Return moto's answer about a new subnet as Describe shows the subnet."""
        subnet: Any = answer.result
        return ActionResult({"Subnet": self.subnet_item(subnet["Subnet"])})

    def _check_subnet_parameters(self, vpc: Any) -> None:
        if self._get_param("AvailabilityZone") and self._get_param("AvailabilityZoneId"):
            # "Either AvailabilityZone or AvailabilityZoneId can be specified, but not both" (CreateSubnet); code and
            # text are not verified.
            raise EC2ClientError(
                "InvalidParameterCombination", "AvailabilityZone and AvailabilityZoneId can't both be specified."
            )
        if not self._get_param("Ipv6Native") and not self._get_param("CidrBlock"):
            # As AWS's of IPv6 (moto's test_create_ipv6native_subnet_without_cidr, aws_verified).
            raise EC2ClientError("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
        if len(self._subnets_of(vpc.id)) >= MAX_SUBNETS:
            # The code is that of errors-overview.html; the text is not verified.
            raise EC2ClientError("SubnetLimitExceeded", "The maximum number of subnets has been reached.")

    def describe_subnets(self) -> ActionResult:
        shared = (self.shared_subnet_item(subnet, self.subnet_item(subnet)) for subnet in self.seen.subnet.values())
        return self.listed(SUBNETS, [*map(self.subnet_item, self._subnets()), *shared])

    def delete_subnet(self) -> ActionResult:
        backend = self.ec2_backend
        subnet = self.subnet(self.required("SubnetId"))
        if subnet.interfaces or any(subnet.id in subnet_ids for subnet_ids in self.vpc_attachments(subnet.vpc_id)):
            raise dependency_violation("subnet", subnet.id)
        for table in backend.route_tables.values():
            table._associations = {key: target for key, target in table._associations.items() if target != subnet.id}
        for acl in backend.network_acls.values():
            for key in [key for key, association in acl._associations.items() if association.subnet_id == subnet.id]:
                del acl._associations[key]
        backend.delete_subnet(subnet.id)
        backend.tags.pop(subnet.id, None)
        return EmptyResult()

    def modify_subnet_attribute(self) -> ActionResult:
        """Modify one attribute; AWS refuses more than one per call, as of VPCs: https://github.com/aws/aws-sdk-go/issues/415"""
        subnet = self.subnet(self.required("SubnetId"))
        members = get_service_model("ec2").operation_model("ModifySubnetAttribute").input_shape.members
        given = [
            name for name in members if name not in ("SubnetId", "DryRun") and self._get_param(name) not in (None, {})
        ]
        name = only_attribute(given)
        if name in ON_LAUNCH:
            value = self._get_param(name)
            subnet.private_dns_name_options_on_launch[ON_LAUNCH[name]] = (
                value["Value"] if isinstance(value, dict) else value
            )
            return EmptyResult()
        if name == "EnableDns64":
            self.need_ipv6_for(subnet, name)
            subnet.enable_dns64 = self._get_param("EnableDns64.Value")
            return EmptyResult()
        if name not in ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"):
            raise NotImplementedError(f"ModifySubnetAttribute with {name}")
        if name == "AssignIpv6AddressOnCreation":
            self.need_ipv6_for(subnet, name)
        return super().modify_subnet_attribute()
