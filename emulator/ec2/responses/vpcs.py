# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on VPCs and their CIDR blocks."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPC

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found, only_attribute
from emulator.ec2.lag import creates
from emulator.ec2.models.ipv6 import BlockState
from emulator.ec2.models.peerings import blocks_of
from emulator.ec2.models.route_tables import Route
from emulator.ec2.models.transit_gateway_resources import GONE
from emulator.ec2.models.vpc_ranges import check_added, check_size, network
from emulator.ec2.responses.block_public_access import BlockPublicAccessResponse
from emulator.ec2.responses.dhcp_options import DhcpOptionsResponse
from emulator.ec2.responses.flow_logs import FlowLogResponse
from emulator.ec2.responses.instances import InstanceResponse
from emulator.ec2.responses.ipv6 import Ipv6Response
from emulator.ec2.responses.nat_addresses import NatAddressResponse
from emulator.ec2.responses.network_acls import NetworkAclResponse
from emulator.ec2.responses.peerings import PeeringResponse
from emulator.ec2.responses.prefix_list_associations import PrefixListAssociationResponse
from emulator.ec2.responses.prefix_lists import PrefixListResponse
from emulator.ec2.responses.regional_nat import RegionalNatResponse
from emulator.ec2.responses.route_tables import RouteTableResponse
from emulator.ec2.responses.security_group_associations import SecurityGroupAssociationResponse
from emulator.ec2.responses.security_groups import SecurityGroupResponse
from emulator.ec2.responses.shared_subnets import SharedNetworkResponse
from emulator.ec2.responses.subnets import SubnetResponse
from emulator.ec2.responses.tags import TagResponse
from emulator.ec2.responses.vpn_gateways import VpnGatewayResponse
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
        "isDefault": "IsDefault",  # not documented; ec2_instance of amazon.aws asks AWS with it
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
    },
    prefix="vpc",
)
VPC_ATTRIBUTES = {
    "EnableDnsSupport": "enable_dns_support",
    "EnableDnsHostnames": "enable_dns_hostnames",
    "EnableNetworkAddressUsageMetrics": "enable_network_address_usage_metrics",
}


class VpcResponse(
    SharedNetworkResponse,
    SubnetResponse,
    RouteTableResponse,
    RegionalNatResponse,
    NatAddressResponse,
    InstanceResponse,
    Ipv6Response,
    NetworkAclResponse,
    PeeringResponse,
    DhcpOptionsResponse,
    VpnGatewayResponse,
    SecurityGroupResponse,
    SecurityGroupAssociationResponse,
    PrefixListResponse,
    PrefixListAssociationResponse,
    FlowLogResponse,
    TagResponse,
    BlockPublicAccessResponse,
    Describing,
):
    """Operations on VPCs and their resources that AWS answers differently from moto."""

    def vpc(self, vpc_id: str) -> VPC:
        if vpc_id in self.ec2_backend.vpcs:
            return self.ec2_backend.vpcs[vpc_id]
        if vpc_id in self.seen.vpc:
            return self.seen.vpc[vpc_id]
        raise not_found(vpc_id, "vpc")

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

    @creates("vpc")
    def create_vpc(self) -> ActionResult:
        block = network(self.required("CidrBlock"))
        check_size(block)
        if self._get_param("InstanceTenancy") == "host":
            # "The host value cannot be used with this parameter" (CreateVpc); the text is not verified.
            raise invalid_value("Value (host) for parameter instanceTenancy is invalid.")
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
        return self.listed(VPCS, map(self.vpc_item, (self.ec2_backend.vpcs | self.seen.vpc).values()))

    def delete_vpc(self) -> ActionResult:
        """Delete a VPC with its default security group, main route table, default network ACL and flow logs.

        AWS refuses a VPC that has anything else:
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
            or any(self.is_attached(vpn, vpc.id) for vpn in backend.vpn_gateways.values())
            or any(e.vpc_id == vpc.id and e.state != "deleted" for e in backend.vpc_end_points.values())
            or self.vpc_attachments(vpc.id)
            or self.waits_for(vpc.id)
            or backend.guests_groups(vpc.id)
        )
        if in_use:
            raise dependency_violation("vpc", vpc.id)
        for collection, items in ((backend.route_tables, tables), (backend.network_acls, acls)):
            for item in items:
                del collection[item.id]
                backend.tags.pop(item.id, None)
        for group_id in backend.groups.pop(vpc.id, {}):
            backend.tags.pop(group_id, None)
        self.end_peerings_of(vpc.id)
        backend.flow_logs = {key: log for key, log in backend.flow_logs.items() if log.resource_id != vpc.id}
        del backend.vpcs[vpc.id]
        backend.tags.pop(vpc.id, None)
        return EmptyResult()

    def modify_vpc_attribute(self) -> ActionResult:
        """Modify one attribute; AWS refuses more than one per call: https://github.com/aws/aws-sdk-go/issues/415"""
        vpc = self.vpc(self.required("VpcId"))
        wanted = {name: self._get_param(f"{name}.Value") for name in VPC_ATTRIBUTES}
        given = [name for name, value in wanted.items() if value is not None]
        name = only_attribute(given)
        if wanted["EnableDnsHostnames"] and not vpc.enable_dns_support:
            # The rule is in the API reference of ModifyVpcAttribute; there is no source for the code.
            raise invalid_value("You can only enable DNS hostnames if you've enabled DNS support")
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
        # moto forgets disassociated blocks; AWS still shows them: https://github.com/hashicorp/terraform/issues/12895
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
        check_size(block)
        existing = [
            network(other["cidr_block"])
            for other in vpc.get_cidr_block_association_set()
            if other["cidr_block_state"]["state"] != "disassociated"
        ]
        if any(map(block.overlaps, existing)):
            # The condition is AWS's (vpc-cidr-blocks.html, "must not overlap with any existing CIDR block");
            # the code is not verified.
            raise EC2ClientError("InvalidVpc.Conflict", f"The CIDR '{block}' conflicts with another CIDR block.")
        check_added(existing, block)
        self._check_routes_and_peers(vpc, block)
        association = self.ec2_backend.associate_vpc_cidr_block(vpc.id, str(block), False)
        association["cidr_block_state"] = BlockState(Transition("associating", "associated"))
        return ActionResult({"VpcId": vpc.id, "CidrBlockAssociation": _association(association, "associating")})

    def _check_routes_and_peers(self, vpc: VPC, block: IPv4Network) -> None:
        """Refuse a block that has the destination of a route of the VPC, or that overlaps with a peer's.

        The conditions are those of vpc-cidr-blocks.html ("The CIDR block must not be the same or larger than a
        destination CIDR range in a route in any of the VPC route tables") and of vpc-peering-basics.html; the code is
        not verified.
        """
        destinations = [
            IPv4Network(route.destination[1])
            for table in self.ec2_backend.route_tables.values()
            if table.vpc_id == vpc.id
            for route in table.routes
            if isinstance(route, Route) and route.destination[0] == "DestinationCidrBlock"
        ]
        peers = [one.peer_vpc if one.vpc is vpc else one.vpc for one in self.open_peerings(vpc.id)]
        blocks = [IPv4Network(cidr) for peer in peers for cidr in blocks_of(peer, ipv6=False)]
        if any(one.subnet_of(block) for one in destinations) or any(map(block.overlaps, blocks)):
            raise EC2ClientError("InvalidVpc.Conflict", f"The CIDR '{block}' conflicts with another CIDR block.")

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

    # Transit gateway attachments, as far as a VPC depends on them

    def vpc_attachments(
        self, vpc_id: str, transit_gateway_id: str | None = None, usable: bool = False
    ) -> list[list[str]]:
        """Return the subnet ids of each attachment of the VPC, to any gateway unless one is given.

        Includes attachments that are not deleted, rejected or failed; if usable, only those in service.
        """
        return [
            list(attachment.subnet_ids)
            for attachment in self.ec2_backend.transit_gateway_attachments.values()
            if getattr(attachment, "vpc_id", None) == vpc_id
            and transit_gateway_id in (None, attachment.transit_gateway_id)
            and (attachment.carries_traffic if usable else attachment.state not in GONE)
        ]


def _association(association: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "AssociationId": association["association_id"],
        "CidrBlock": association["cidr_block"],
        "CidrBlockState": {"State": state},
    }
