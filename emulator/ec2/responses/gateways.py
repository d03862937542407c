# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on internet gateways and NAT gateways."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.gateways import NatGateway, internet_gateway_of

INTERNET_GATEWAYS = Listing(
    "InternetGateways",
    "InternetGatewayId",
    "InternetGatewayIds",
    {
        "attachment.state": "Attachments[].State",
        "attachment.vpc-id": "Attachments[].VpcId",
        "internet-gateway-id": "InternetGatewayId",
        "owner-id": "OwnerId",
    },
    prefix="igw",
)
NAT_GATEWAYS = Listing(
    "NatGateways",
    "NatGatewayId",
    "NatGatewayIds",
    {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"},
    prefix="nat",
)


class GatewayResponse(Describing):
    # Internet gateways

    def internet_gateway(self, gateway_id: str) -> InternetGateway:
        if gateway_id not in self.ec2_backend.internet_gateways:
            raise not_found(gateway_id, "igw")
        return self.ec2_backend.internet_gateways[gateway_id]

    def internet_gateway_item(self, gateway: InternetGateway) -> dict[str, Any]:
        return {
            "InternetGatewayId": gateway.id,
            "OwnerId": gateway.owner_id,
            "Attachments": gateway.attachments,
            "Tags": self.tag_list(gateway.id),
        }

    @creates("igw")
    def create_internet_gateway(self) -> ActionResult:
        tags = self.tags_for("internet-gateway")
        gateway = self.ec2_backend.create_internet_gateway()
        gateway.add_tags(tags)
        return ActionResult({"InternetGateway": self.internet_gateway_item(gateway)})

    def describe_internet_gateways(self) -> ActionResult:
        gateways = (self.ec2_backend.internet_gateways | self.seen.igw).values()
        return self.listed(INTERNET_GATEWAYS, map(self.internet_gateway_item, gateways))

    def attach_internet_gateway(self) -> ActionResult:
        gateway = self.internet_gateway(self.required("InternetGatewayId"))
        vpc = self.vpc(self.required("VpcId"))
        if gateway.vpc:
            # https://github.com/berlioz-the/berlioz/issues/1
            raise EC2ClientError(
                "Resource.AlreadyAssociated", f"resource {gateway.id} is already attached to network {gateway.vpc.id}"
            )
        if internet_gateway_of(self.ec2_backend, vpc.id):
            # https://github.com/binlab/terraform-aws-vault-ha-raft/issues/54
            raise invalid_value(f"Network {vpc.id} already has an internet gateway attached")
        gateway.vpc = vpc
        return EmptyResult()

    def detach_internet_gateway(self) -> ActionResult:
        gateway = self.internet_gateway(self.required("InternetGatewayId"))
        vpc_id = self.required("VpcId")
        if not gateway.vpc or gateway.vpc.id != vpc_id:
            raise EC2ClientError("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {vpc_id}")
        interfaces = [one for subnet in self._subnets_of(vpc_id) for one in subnet.interfaces.values()]
        if any(interface.public_ip or interface.associations for interface in interfaces):
            # https://github.com/hashicorp/terraform/issues/1303
            raise EC2ClientError(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway.",
            )
        gateway.vpc = None
        return EmptyResult()

    def delete_internet_gateway(self) -> ActionResult:
        gateway = self.internet_gateway(self.required("InternetGatewayId"))
        if gateway.vpc:
            raise dependency_violation("internetGateway", gateway.id)
        del self.ec2_backend.internet_gateways[gateway.id]
        self.ec2_backend.tags.pop(gateway.id, None)
        return EmptyResult()

    # NAT gateways

    def _settle_nat_gateways(self) -> None:
        gateways = self.ec2_backend.nat_gateways
        for gateway in list(gateways.values()):
            gateway.settle()
            if gateway.forgotten:
                del gateways[gateway.id]

    def nat_gateway_item(self, gateway: NatGateway) -> dict[str, Any]:
        item = {
            "NatGatewayId": gateway.id,
            "VpcId": gateway.vpc_id,
            "SubnetId": gateway.subnet_id,
            "State": gateway.state,
            "ConnectivityType": gateway.connectivity,
            "NatGatewayAddresses": gateway.addresses,
            "CreateTime": gateway.created,
            "Tags": self.tag_list(gateway.id),
        }
        if gateway.deleted:
            item["DeleteTime"] = gateway.deleted
        if gateway.failure and gateway.state == "failed":
            item["FailureCode"], item["FailureMessage"] = gateway.failure
        return item

    def address_for_nat(self, allocation_id: str) -> ElasticAddress:
        """Return the address of an allocation; the code for an unknown one is that of NAT gateways alone:
        https://github.com/ansible-collections/amazon.aws/issues/1872
        """
        try:
            found: ElasticAddress = self.elastic_address(allocation_id)
        except EC2ClientError:
            raise EC2ClientError(
                "InvalidElasticIpID.NotFound", f"The elastic-ip ID '{allocation_id}' does not exist"
            ) from None
        return found

    @creates("nat")
    def create_nat_gateway(self) -> ActionResult:
        self._settle_nat_gateways()
        subnet = self.subnet(self.required("SubnetId"))
        connectivity = self._get_param("ConnectivityType", "public")
        allocation_id, address = self._get_param("AllocationId"), None
        if connectivity == "public" and not allocation_id:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter AllocationId")
        if connectivity == "private" and allocation_id:
            raise EC2ClientError(
                "InvalidParameterCombination", "AllocationId is not supported for a private NAT gateway"
            )
        if allocation_id:
            address = self.address_for_nat(allocation_id)
        secondary = self.secondary_of_new(connectivity)
        tags = self.tags_for("natgateway")
        private = self._get_param("PrivateIpAddress")
        gateway = NatGateway(self.ec2_backend, subnet, address, connectivity, private)
        self.put_secondary(gateway, secondary)
        self.ec2_backend.nat_gateways[gateway.id] = gateway
        self.ec2_backend.create_tags([gateway.id], tags)
        item = self.nat_gateway_item(gateway) | {"State": "pending"}
        return ActionResult({"NatGateway": item, "ClientToken": self._get_param("ClientToken") or None})

    def describe_nat_gateways(self) -> ActionResult:
        self._settle_nat_gateways()
        return self.listed(NAT_GATEWAYS, map(self.nat_gateway_item, self.ec2_backend.nat_gateways.values()))

    def delete_nat_gateway(self) -> ActionResult:
        self._settle_nat_gateways()
        gateway_id = self.required("NatGatewayId")
        gateway = self.ec2_backend.nat_gateways.get(gateway_id)
        if gateway is None:
            raise not_found(gateway_id, "nat")
        if gateway.state not in ("deleting", "deleted"):
            gateway.delete()
        return ActionResult({"NatGatewayId": gateway.id})
