# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs, subnets, availability zones."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.models.ipv6 import BlockState
from emulator.ec2.models.vpc_ranges import check_added
from emulator.ec2.responses.block_public_access import BlockPublicAccessResponse
from emulator.ec2.responses.flow_logs import FlowLogResponse
from emulator.ec2.responses.gateways import GatewayResponse
from emulator.ec2.responses.ipv6 import Ipv6Response, subnet_associations
from emulator.ec2.responses.network_acls import NetworkAclResponse
from emulator.ec2.responses.prefix_lists import PrefixListResponse
from emulator.ec2.responses.route_tables import RouteTableResponse
from emulator.ec2.responses.security_groups import SecurityGroupResponse
from emulator.ec2.responses.tags import TagResponse
from emulator.transitions import Transition

VPCS = Listing(
    "Vpcs",
    "VpcId",
    "VpcIds",
    {
        "cidr": "CidrBlock",
        "cidr-block": "CidrBlock",
        "cidrBlock": "CidrBlock",
        "cidr-block-association.association-id": "CidrBlockAssociationSet[].AssociationId",
        "cidr-block-association.cidr-block": "CidrBlockAssociationSet[].CidrBlock",
        "cidr-block-association.state": "CidrBlockAssociationSet[].CidrBlockState.State",
        "dhcp-options-id": "DhcpOptionsId",
        "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet[].AssociationId",
        "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
        "ipv6-cidr-block-association.ipv6-pool": "Ipv6CidrBlockAssociationSet[].Ipv6Pool",
        "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
        "is-default": "IsDefault",
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
    },
    prefix="vpc",
)
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
        "default-for-az": "DefaultForAz",
        "defaultForAz": "DefaultForAz",
        "enable-dns64": "EnableDns64",
        "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet[].AssociationId",
        "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
        "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
        "ipv6-native": "Ipv6Native",
        "map-public-ip-on-launch": "MapPublicIpOnLaunch",
        "owner-id": "OwnerId",
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
VPC_ATTRIBUTES = {
    "EnableDnsSupport": "enable_dns_support",
    "EnableDnsHostnames": "enable_dns_hostnames",
    "EnableNetworkAddressUsageMetrics": "enable_network_address_usage_metrics",
}


def network(cidr: str, error: EC2ClientError | None = None) -> IPv4Network:
    """The block in canonical form, as AWS stores it: 100.68.0.18/18 is 100.68.0.0/18."""
    try:
        return IPv4Network(cidr, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        raise error or invalid_value(
            f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) from None


class VpcResponse(
    RouteTableResponse,
    GatewayResponse,
    Ipv6Response,
    NetworkAclResponse,
    SecurityGroupResponse,
    PrefixListResponse,
    FlowLogResponse,
    TagResponse,
    BlockPublicAccessResponse,
    Describing,
):
    """VPC operations that AWS answers otherwise than moto."""

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

    # VPCs

    def vpc(self, vpc_id: str) -> VPC:
        if vpc_id not in self.ec2_backend.vpcs:
            raise not_found(vpc_id, "vpc")
        return self.ec2_backend.vpcs[vpc_id]

    def vpc_item(self, vpc: VPC) -> dict[str, Any]:
        associations = [
            {
                "AssociationId": association["association_id"],
                "CidrBlock": association["cidr_block"],
                "CidrBlockState": {"State": association["cidr_block_state"]["state"]},
            }
            for association in vpc.get_cidr_block_association_set(ipv6=False)
        ]
        item = {
            "VpcId": vpc.id,
            "OwnerId": vpc.owner_id,
            "State": vpc.state,
            "CidrBlock": vpc.cidr_block,
            "CidrBlockAssociationSet": associations,
            "DhcpOptionsId": vpc.dhcp_options_id,
            "InstanceTenancy": vpc.instance_tenancy,
            "IsDefault": vpc.is_default,
            "Tags": self.tag_list(vpc.id),
        }
        if ipv6 := vpc.get_cidr_block_association_set(ipv6=True):
            item["Ipv6CidrBlockAssociationSet"] = [
                {
                    "AssociationId": association["association_id"],
                    "Ipv6CidrBlock": association["cidr_block"],
                    "Ipv6CidrBlockState": {"State": association["cidr_block_state"]["state"]},
                    "NetworkBorderGroup": association.get("ipv6_cidr_block_network_border_group"),
                    "Ipv6Pool": association.get("ipv6_pool"),
                }
                for association in ipv6
            ]
        return item

    def create_vpc(self) -> ActionResult:
        block = network(self.required("CidrBlock"))
        if not 16 <= block.prefixlen <= 28:
            raise EC2ClientError("InvalidVpc.Range", f"The CIDR '{block}' is invalid.")
        tags = self.tags_for("vpc")
        vpc = self.ec2_backend.create_vpc(
            str(block),
            self._get_param("InstanceTenancy", "default"),
            amazon_provided_ipv6_cidr_block=self._get_param("AmazonProvidedIpv6CidrBlock", False),
            ipv6_cidr_block_network_border_group=self._get_param("Ipv6CidrBlockNetworkBorderGroup", self.region),
        )
        vpc.add_tags(tags)
        if self.ec2_backend.ipv6_blocks(vpc):
            self.after_ipv6(vpc)
        # The answer comes before the VPC is ready: State pending, as in the API reference's example.
        return ActionResult({"Vpc": self.vpc_item(vpc) | {"State": "pending"}})

    def describe_vpcs(self) -> ActionResult:
        return self.listed(VPCS, map(self.vpc_item, self.ec2_backend.vpcs.values()))

    def delete_vpc(self) -> ActionResult:
        """Deletes the default security group, main route table and default network ACL with the VPC, nothing else:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
        """
        backend = self.ec2_backend
        vpc = self.vpc(self.required("VpcId"))
        tables = [table for table in backend.route_tables.values() if table.vpc_id == vpc.id]
        acls = [acl for acl in backend.network_acls.values() if acl.vpc_id == vpc.id]
        groups = backend.groups.get(vpc.id, {})
        in_use = (
            self._subnets_of(vpc.id)
            or any(not table.main_association_id for table in tables)
            or any(not group.is_default for group in groups.values())
            or any(str(acl.default).lower() != "true" for acl in acls)
            or any(gateway.vpc and gateway.vpc.id == vpc.id for gateway in backend.internet_gateways.values())
            or any(gateway.vpc_id == vpc.id for gateway in backend.egress_only_internet_gateways.values())
            or any(vpn.attachments.get(vpc.id) for vpn in backend.vpn_gateways.values())
            or any(e.vpc_id == vpc.id and e.state != "deleted" for e in backend.vpc_end_points.values())
            or self.vpc_attachments(vpc.id)
        )
        if in_use:
            raise dependency_violation("vpc", vpc.id)
        for collection, items in ((backend.route_tables, tables), (backend.network_acls, acls)):
            for item in items:
                del collection[item.id]
                backend.tags.pop(item.id, None)
        for group_id in backend.groups.pop(vpc.id, {}):
            backend.tags.pop(group_id, None)
        backend.flow_logs = {key: log for key, log in backend.flow_logs.items() if log.resource_id != vpc.id}
        del backend.vpcs[vpc.id]
        backend.tags.pop(vpc.id, None)
        return EmptyResult()

    def modify_vpc_attribute(self) -> ActionResult:
        """One attribute a call: https://github.com/aws/aws-sdk-go/issues/415"""
        vpc = self.vpc(self.required("VpcId"))
        wanted = {name: self._get_param(f"{name}.Value") for name in VPC_ATTRIBUTES}
        given = [name for name, value in wanted.items() if value is not None]
        if len(given) > 1:
            fields = ", ".join(name[0].lower() + name[1:] for name in given)
            raise EC2ClientError(
                "InvalidParameterCombination", f"Fields for multiple attribute types specified: {fields}"
            )
        if wanted["EnableDnsHostnames"] and not vpc.enable_dns_support:
            # The rule is in the API reference of ModifyVpcAttribute; no source for the code.
            raise invalid_value("You can only enable DNS hostnames if you've enabled DNS support")
        for name in given:
            setattr(vpc, VPC_ATTRIBUTES[name], wanted[name])
        return EmptyResult()

    def describe_vpc_attribute(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        attribute = self.required("Attribute")
        name = attribute[0].upper() + attribute[1:]
        if name not in VPC_ATTRIBUTES:
            raise invalid_value(f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute.")
        return ActionResult({"VpcId": vpc.id, name: {"Value": getattr(vpc, VPC_ATTRIBUTES[name])}})

    def associate_vpc_cidr_block(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        # moto forgets what was disassociated; AWS shows it on: https://github.com/hashicorp/terraform/issues/12895
        over = {
            key: association
            for key, association in vpc._cidr_block_association_set.items()
            if association["cidr_block_state"]["state"] == "disassociated"
        }
        answer = self._associate_ipv4_block(vpc) if self._get_param("CidrBlock") else self.associate_ipv6_block(vpc)
        vpc._cidr_block_association_set = over | vpc._cidr_block_association_set
        return answer

    def _associate_ipv4_block(self, vpc: VPC) -> ActionResult:
        block = network(self.required("CidrBlock"))
        if not 16 <= block.prefixlen <= 28:
            raise EC2ClientError("InvalidVpc.Range", f"The CIDR '{block}' is invalid.")
        for other in vpc.get_cidr_block_association_set():
            if other["cidr_block_state"]["state"] != "disassociated" and block.overlaps(network(other["cidr_block"])):
                # The condition is AWS's (vpc-cidr-blocks.html, "must not overlap with any existing CIDR block");
                # the code is not verified.
                raise EC2ClientError("InvalidVpc.Conflict", f"The CIDR '{block}' conflicts with another CIDR block.")
        existing = [
            network(other["cidr_block"])
            for other in vpc.get_cidr_block_association_set()
            if other["cidr_block_state"]["state"] != "disassociated"
        ]
        check_added(existing, block)
        association = self.ec2_backend.associate_vpc_cidr_block(vpc.id, str(block), False)
        association["cidr_block_state"] = BlockState(Transition("associating", "associated"))
        return ActionResult({"VpcId": vpc.id, "CidrBlockAssociation": _association(association, "associating")})

    def disassociate_vpc_cidr_block(self) -> ActionResult:
        association_id = self.required("AssociationId")
        for vpc in self.ec2_backend.vpcs.values():
            if association := vpc._cidr_block_association_set.get(association_id):
                break
        else:
            raise EC2ClientError(
                "InvalidVpcCidrBlockAssociationID.NotFound",
                f"The vpc CIDR block association ID '{association_id}' does not exist",
            )
        if ":" in association["cidr_block"]:
            return self.disassociate_ipv6_block(vpc, association)
        block = association["cidr_block"]
        if block == vpc.cidr_block:
            raise EC2ClientError(
                "OperationNotPermitted",
                f"The vpc CIDR block with association ID {association_id} may not be disassociated. "
                "It is the primary IPv4 CIDR block of the VPC",
            )
        if any(subnet.cidr.subnet_of(network(block)) for subnet in self._subnets_of(vpc.id)):
            # https://github.com/hashicorp/terraform-provider-aws/issues/29077
            raise EC2ClientError(
                "InvalidCidrBlock.InUse", f"The vpc {vpc.id} currently has a subnet within CIDR block {block}"
            )
        for table in self.ec2_backend.route_tables.values():
            if table.vpc_id == vpc.id:
                self.ec2_backend.delete_route(table.id, block)
        association["cidr_block_state"] = BlockState(Transition("disassociating", "disassociated"))
        return ActionResult({"VpcId": vpc.id, "CidrBlockAssociation": _association(association, "disassociating")})

    # Subnets

    def _subnets(self) -> list[Subnet]:
        return [subnet for by_id in self.ec2_backend.subnets.values() for subnet in by_id.values()]

    def _subnets_of(self, vpc_id: str) -> list[Subnet]:
        return [subnet for subnet in self._subnets() if subnet.vpc_id == vpc_id]

    def subnet(self, subnet_id: str) -> Subnet:
        for by_id in self.ec2_backend.subnets.values():
            if subnet_id in by_id:
                return by_id[subnet_id]
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
            "EnableDns64": False,
            "Ipv6Native": subnet.ipv6_native,
            "PrivateDnsNameOptionsOnLaunch": subnet.private_dns_name_options_on_launch,
            "Tags": self.tag_list(subnet.id),
        }

    def create_subnet(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        if self._get_param("Ipv6Native") or not self._get_param("CidrBlock"):
            return super().create_subnet()
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

    def describe_subnets(self) -> ActionResult:
        return self.listed(SUBNETS, map(self.subnet_item, self._subnets()))

    def delete_subnet(self) -> ActionResult:
        backend = self.ec2_backend
        subnet = self.subnet(self.required("SubnetId"))
        interfaces = any(eni.subnet.id == subnet.id for eni in backend.enis.values())
        if interfaces or any(subnet.id in subnet_ids for subnet_ids in self.vpc_attachments(subnet.vpc_id)):
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
        self.refuse_to_assign_ipv6(self.subnet(self.required("SubnetId")))
        return super().modify_subnet_attribute()

    # Transit gateway attachments, as far as a VPC depends on them

    def vpc_attachments(
        self, vpc_id: str, transit_gateway_id: str | None = None, usable: bool = False
    ) -> list[list[str]]:
        """Subnet ids of each attachment of the VPC (to the gateway): of those not gone or, if usable, in service."""
        gone = ("deleted", "rejected", "failed")
        return [
            list(attachment.subnet_ids)
            for attachment in self.ec2_backend.transit_gateway_attachments.values()
            if getattr(attachment, "vpc_id", None) == vpc_id
            and transit_gateway_id in (None, attachment.transit_gateway_id)
            and (attachment.state in ("available", "modifying") if usable else attachment.state not in gone)
        ]


def _association(association: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "AssociationId": association["association_id"],
        "CidrBlock": association["cidr_block"],
        "CidrBlockState": {"State": state},
    }
