# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on VPC endpoint associations."""

from __future__ import annotations

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import invalid_operation, invalid_request, limit_exceeded
from emulator.networkfirewall.models.associations import Association
from emulator.networkfirewall.models.transit_gateway_firewalls import TransitGatewayFirewall
from emulator.networkfirewall.responses.base import Base

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html
MAX_ASSOCIATIONS = 300


class AssociationResponse(Base):
    def create_vpc_endpoint_association(self) -> ActionResult:
        """Create an endpoint in another VPC, in an AZ that the firewall has a subnet in; the texts are not verified."""
        firewall = self.backend.referenced_firewall(self.request["FirewallArn"])
        if isinstance(firewall, TransitGatewayFirewall):
            raise invalid_operation("The firewall is attached to a transit gateway")
        subnet = self.subnets([self.request["SubnetMapping"]], "SubnetMapping")[0]
        if subnet.vpc_id != self.request["VpcId"]:
            raise invalid_request("subnet doesn't belong to the VPC", subnet.id, "SubnetMapping")
        if subnet.availability_zone_id not in {endpoint.zone_id for endpoint in firewall.current}:
            raise invalid_request("The firewall isn't in the subnet's Availability Zone", subnet.id, "SubnetMapping")
        if len(self.backend.of(Association)) >= MAX_ASSOCIATIONS:
            raise limit_exceeded("VpcEndpointAssociations", MAX_ASSOCIATIONS)
        association = Association(self.current_account, self.region, self.request, firewall, subnet)
        self.backend.add(association)
        # AWS answers before the endpoint is ready.
        return self._association_answer(association, Status="PROVISIONING")

    def describe_vpc_endpoint_association(self) -> ActionResult:
        return self._association_answer(self._association())

    def delete_vpc_endpoint_association(self) -> ActionResult:
        association = self._association()
        association.delete()
        return self._association_answer(association)

    def list_vpc_endpoint_associations(self) -> ActionResult:
        arn = self._get_param("FirewallArn")
        known = [one for one in self.backend.of(Association) if arn in (None, one.firewall.arn)]
        arns = [{"VpcEndpointAssociationArn": association.arn} for association in known]
        return self.paged("VpcEndpointAssociations", arns)

    def _association(self) -> Association:
        return self.backend.find(Association, self.request["VpcEndpointAssociationArn"], None)

    @staticmethod
    def _association_answer(association: Association, **status: str) -> ActionResult:
        shape = association.status_shape() | status
        return ActionResult({"VpcEndpointAssociation": association.shape(), "VpcEndpointAssociationStatus": shape})
