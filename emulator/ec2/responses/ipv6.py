# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on IPv6 CIDR blocks of VPCs and subnets, and on egress-only internet gateways."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value
from emulator.ec2.lag import creates
from emulator.ec2.models.ipv6 import BlockState, ipv6_of_subnet, is_associated
from emulator.ec2.models.security_groups import Rule
from emulator.ec2.models.vpc_ranges import network_ipv6
from emulator.ec2.responses.network_acls import CLOSING, entry_item
from emulator.transitions import Transition

EGRESS_ONLY_GATEWAYS = Listing(
    "EgressOnlyInternetGateways",
    "EgressOnlyInternetGatewayId",
    "EgressOnlyInternetGatewayIds",
    maximum_page=255,
    prefix="eigw",
)
# Egress rule of a new security group.
IPV4_OUT = (True, "-1", None, None, "CidrIpv4", "0.0.0.0/0")
ALL_IPV6 = {"Protocol": "-1", "Ipv6CidrBlock": "::/0"}


class Ipv6Response(Describing):
    # VPCs

    def associate_ipv6_block(self, vpc: VPC) -> ActionResult:
        """Associate an Amazon-provided block, the only kind that is emulated.

        "You can only associate a single Amazon-provided IPv6 CIDR block" (AssociateVpcCidrBlock).
        """
        if not self._get_param("AmazonProvidedIpv6CidrBlock"):
            raise NotImplementedError("IPv6 blocks of BYOIP or IPAM pools")
        association = self.ec2_backend.associate_vpc_cidr_block(vpc.id, None, True)
        association["ipv6_cidr_block_network_border_group"] = self.region
        self.after_ipv6(vpc)
        association["cidr_block_state"] = BlockState(Transition("associating", "associated"))
        # AWS' answer in the CLI's example has no block yet: "aws ec2 associate-vpc-cidr-block".
        answer = {"AssociationId": association["association_id"], "Ipv6CidrBlockState": {"State": "associating"}}
        return ActionResult({"VpcId": vpc.id, "Ipv6CidrBlockAssociation": answer})

    def after_ipv6(self, vpc: VPC) -> None:
        """Set a VPC's IPv6 blocks to canonical form, and add the rules for IPv6 that AWS adds.

        All network ACLs get the closing denies; the default network ACL and the default security group also allow all
        of IPv6, if their rules are still those that AWS created:
        https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html and default-security-group.html
        """
        backend = self.ec2_backend
        for association in vpc.get_cidr_block_association_set(ipv6=True):
            moto, block = association["cidr_block"], str(IPv6Network(association["cidr_block"]))
            association["cidr_block"] = block
            for table in [table for table in backend.route_tables.values() if table.vpc_id == vpc.id]:
                if block != moto and f"{table.id}~{moto}" in table._routes:
                    backend.delete_route(table.id, None, moto)
                    backend.create_route(table.id, None, destination_ipv6_cidr_block=block, local=True)
        for acl in [acl for acl in backend.network_acls.values() if acl.vpc_id == vpc.id]:
            self.close_to_ipv6(acl)
            for egress in (True, False):
                numbered = [entry for entry in acl.network_acl_entries if entry.rule_number < CLOSING]
                there = [entry_item(entry) for entry in numbered if entry.egress == egress]
                unchanged = [(e["RuleNumber"], e["RuleAction"], e["Protocol"], e.get("CidrBlock")) for e in there]
                if acl.default and unchanged == [(100, "allow", "-1", "0.0.0.0/0")]:
                    self._put(acl, 101, egress, {**ALL_IPV6, "RuleAction": "allow"})
        for group in backend.groups.get(vpc.id, {}).values():
            if group.is_default and [rule.identity for rule in group.egress_rules] == [IPV4_OUT]:
                group.egress_rules.append(Rule(True, "-1", None, None, ("CidrIpv6", "::/0")))

    def close_to_ipv6(self, acl: Any) -> None:
        """Add the closing denies (*) for IPv6, rule number 32768 (amazon-vpc-limits.html, "Network ACLs")."""
        for egress in (True, False):
            if not self._find(acl, CLOSING + 1, egress):
                self._put(acl, CLOSING + 1, egress, {**ALL_IPV6, "RuleAction": "deny"})

    def disassociate_ipv6_block(self, vpc: VPC, association: dict[str, Any]) -> ActionResult:
        block = IPv6Network(association["cidr_block"])
        ranges = [r for s in self._subnets_of(vpc.id) for r in ipv6_of_subnet(s, "associating", "associated")]
        if any(IPv6Network(item["ipv6CidrBlock"]).subnet_of(block) for item in ranges):
            # The condition is AWS's (DisassociateVpcCidrBlock, "You must detach or delete all gateways and resources");
            # code and text are those of IPv4, not verified for IPv6.
            raise EC2ClientError(
                "InvalidCidrBlock.InUse", f"The vpc {vpc.id} currently has a subnet within CIDR block {block}"
            )
        for table in self.ec2_backend.route_tables.values():
            if f"{table.id}~{block}" in table._routes:
                self.ec2_backend.delete_route(table.id, None, str(block))
        association["cidr_block_state"] = BlockState(Transition("disassociating", "disassociated"))
        answer = {
            "AssociationId": association["association_id"],
            "Ipv6CidrBlock": str(block),
            "Ipv6CidrBlockState": {"State": "disassociating"},
        }
        return ActionResult({"VpcId": vpc.id, "Ipv6CidrBlockAssociation": answer})

    # Subnets

    def _check_ipv6_block(self, vpc: VPC, cidr: str) -> None:
        block = network_ipv6(cidr, "ipv6CidrBlock")
        associated = [a for a in vpc.get_cidr_block_association_set(ipv6=True) if is_associated(a["cidr_block_state"])]
        # "between a netmask of /44 and /64 in increments of /4": subnet-sizing.html
        inside = any(block.subnet_of(IPv6Network(association["cidr_block"])) for association in associated)
        if not inside or block.prefixlen not in range(44, 65, 4):
            raise EC2ClientError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
        for subnet in self._subnets_of(vpc.id):
            for association in ipv6_of_subnet(subnet, "associating", "associated"):
                if block.overlaps(IPv6Network(association["ipv6CidrBlock"], strict=False)):
                    # Text: amazon.aws' integration target ec2_vpc_subnet.
                    raise EC2ClientError(
                        "InvalidSubnet.Conflict", f"The IPv6 CIDR '{cidr}' conflicts with another subnet"
                    )

    def associate_subnet_cidr_block(self) -> ActionResult:
        subnet = self.subnet(self.required("SubnetId"))
        cidr = self.required("Ipv6CidrBlock")
        self._check_ipv6_block(self.vpc(subnet.vpc_id), cidr)
        if ipv6_of_subnet(subnet, "associating", "associated"):
            # "You can associate only one IPv6 CIDR block with a subnet" (Subnet.Ipv6CidrBlockAssociationSet: "The IPv6
            # CIDR blocks associated with the subnet"); neither code nor text is verified.
            raise EC2ClientError("InvalidSubnet.Conflict", f"The subnet '{subnet.id}' has an IPv6 CIDR block already")
        association = subnet.attach_ipv6_cidr_block_associations(cidr)
        association["ipv6CidrBlockState"] = BlockState(Transition("associating", "associated"))
        answer = {**_subnet_association(association), "Ipv6CidrBlockState": {"State": "associating"}}
        return ActionResult({"SubnetId": subnet.id, "Ipv6CidrBlockAssociation": answer})

    def disassociate_subnet_cidr_block(self) -> ActionResult:
        id_ = self.required("AssociationId")
        subnet = next((s for s in self._subnets() if id_ in s.ipv6_cidr_block_associations), None)
        if subnet is None:
            # The code is AWS's (errors-overview.html); the text is not verified.
            raise EC2ClientError(
                "InvalidSubnetCidrBlockAssociationID.NotFound",
                f"The subnet CIDR block with association ID '{id_}' does not exist",
            )
        association = subnet.ipv6_cidr_block_associations[id_]
        association["ipv6CidrBlockState"] = BlockState(Transition("disassociating", "disassociated"))
        answer = {**_subnet_association(association), "Ipv6CidrBlockState": {"State": "disassociating"}}
        return ActionResult({"SubnetId": subnet.id, "Ipv6CidrBlockAssociation": answer})

    def need_ipv6_for(self, subnet: Subnet, attribute: str) -> None:
        """Refuse to set an attribute of ModifySubnetAttribute for a subnet without IPv6 block.

        Codes and texts: terraform-aws-modules/terraform-aws-vpc#735; of EnableDns64 badmintoncryer/cdk-preflight.
        """
        words = {"AssignIpv6AddressOnCreation": "assign-ipv6-address-on-creation", "EnableDns64": "enable-dns64"}
        word = words[attribute]
        if self._get_param(f"{attribute}.Value") and not ipv6_of_subnet(subnet, "associating", "associated"):
            unless = f"unless the subnet ({subnet.id}) has an IPv6 CIDR block associated with it."
            raise invalid_value(f"Invalid value 'true' for {word}. Cannot set {word} to true {unless}")

    # Egress-only internet gateways

    def egress_only_item(self, gateway: Any) -> dict[str, Any]:
        return {
            "EgressOnlyInternetGatewayId": gateway.id,
            "Attachments": gateway.attachments,
            "Tags": self.tag_list(gateway.id),
        }

    @creates("eigw")
    def create_egress_only_internet_gateway(self) -> ActionResult:
        vpc = self.vpc(self.required("VpcId"))
        tags = self.tags_for("egress-only-internet-gateway")
        if any(known.vpc_id == vpc.id for known in self.ec2_backend.egress_only_internet_gateways.values()):
            # "You can attach only one egress-only internet gateway to a VPC at a time" (amazon-vpc-limits.html); code
            # and text are those of internet gateways, not verified.
            raise invalid_value(f"Network {vpc.id} already has an egress-only internet gateway attached")
        gateway = self.ec2_backend.create_egress_only_internet_gateway(vpc.id)
        gateway.add_tags(tags)
        return ActionResult({"EgressOnlyInternetGateway": self.egress_only_item(gateway)})

    def describe_egress_only_internet_gateways(self) -> ActionResult:
        gateways = self.ec2_backend.egress_only_internet_gateways.values()
        return self.listed(EGRESS_ONLY_GATEWAYS, map(self.egress_only_item, gateways))

    def delete_egress_only_internet_gateway(self) -> ActionResult:
        id_ = self.required("EgressOnlyInternetGatewayId")
        self.ec2_backend.delete_egress_only_internet_gateway(id_)
        self.ec2_backend.tags.pop(id_, None)
        return ActionResult({"ReturnCode": True})


def _subnet_association(association: dict[str, Any]) -> dict[str, Any]:
    return {
        "AssociationId": association["associationId"],
        "Ipv6CidrBlock": association["ipv6CidrBlock"],
        "Ipv6CidrBlockState": {"State": association["ipv6CidrBlockState"]["State"]},
    }


def subnet_associations(subnet: Subnet) -> list[dict[str, Any]]:
    return [_subnet_association(association) for association in subnet.ipv6_cidr_block_associations.values()]
