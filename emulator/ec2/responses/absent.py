# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of resources that the emulator doesn't create: what would create one is refused by name, so there are none."""

from __future__ import annotations

from moto.core.responses import ActionResult

from emulator.ec2.describe import Describing, Listing

CLIENT_VPN_ENDPOINTS = Listing(
    "ClientVpnEndpoints",
    "ClientVpnEndpointId",
    "",
    {"endpoint-id": "ClientVpnEndpointId", "transport-protocol": "TransportProtocol"},
)
ROUTE_SERVERS = Listing("RouteServers", "RouteServerId", "", {})
ENDPOINT_ASSOCIATIONS = Listing("VpcEndpointAssociations", "Id", "", {})


class AbsentResponse(Describing):
    def describe_client_vpn_endpoints(self) -> ActionResult:
        return self.listed(CLIENT_VPN_ENDPOINTS, [])

    def describe_route_servers(self) -> ActionResult:
        return self.listed(ROUTE_SERVERS, [])

    def describe_vpc_endpoint_associations(self) -> ActionResult:
        return self.listed(ENDPOINT_ASSOCIATIONS, [])
