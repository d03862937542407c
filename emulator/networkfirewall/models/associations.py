# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoint associations: endpoints of a firewall in other VPCs, also of other accounts.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateVpcEndpointAssociation.html
"""

from __future__ import annotations

from typing import Any

from emulator.networkfirewall.models import endpoints
from emulator.networkfirewall.models.endpoints import FirewallEndpoint
from emulator.networkfirewall.models.firewalls import Firewall
from emulator.networkfirewall.models.resource import Resource, new_id


class Association(Resource):
    segment = "vpc-endpoint-association"

    def __init__(self, account_id: str, region: str, request: dict[str, Any], firewall: Firewall, subnet: Any):
        endpoints.need_addresses([subnet])
        super().__init__(account_id, region, new_id(), request)
        self.firewall, self.vpc_id, self.zone_id = firewall, subnet.vpc_id, subnet.availability_zone_id
        self.endpoint = FirewallEndpoint(account_id, subnet, firewall.service, firewall.arn)
        firewall.associations[self.arn] = self

    def shape(self) -> dict[str, Any]:
        return {
            "VpcEndpointAssociationId": self.name,
            "VpcEndpointAssociationArn": self.arn,
            "FirewallArn": self.firewall.arn,
            "VpcId": self.vpc_id,
            "SubnetMapping": {"SubnetId": self.endpoint.subnet_id, "IPAddressType": "IPV4"},
            "Description": self.description,
            "Tags": self.tag_list(),
        }

    def status_shape(self) -> dict[str, Any]:
        deleting = self.status != "ACTIVE"
        status = "DELETING" if deleting else "READY" if self.endpoint.is_ready else "PROVISIONING"
        states = {self.endpoint.zone: {"Attachment": self.endpoint.attachment()}}
        return {"Status": status, "AssociationSyncState": states if self.endpoint.state != "deleted" else {}}

    def delete(self) -> None:
        endpoints.refuse_routed([self.endpoint])
        endpoints.delete(self.endpoint)
        self.firewall.associations.pop(self.arn, None)
        super().delete()

    @property
    def is_gone(self) -> bool:
        return super().is_gone and self.endpoint.state == "deleted"
