# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of customer gateways, virtual private gateways and VPN connections; moto has these resources."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing
from emulator.ec2.errors import invalid_value, not_found

# "If you're using a 16-bit ASN, it must be in the 64512 to 65534 range. If you're using a 32-bit ASN, it must be in the
# 4200000000 to 4294967294 range" (CreateVpnGateway; of CreateTransitGateway the same).
PRIVATE_ASNS = (range(64512, 65535), range(4_200_000_000, 4_294_967_295))
# BgpAsn, BgpAsnExtended of CreateCustomerGateway.
SHORT_ASNS, LONG_ASNS = range(1, 2_147_483_648), range(2_147_483_648, 4_294_967_296)


def check_amazon_side_asn(asn: int | None) -> None:
    """Refuse an ASN for the Amazon side that isn't private; the text is not verified."""
    if asn is not None and not any(asn in known for known in PRIVATE_ASNS):
        raise invalid_value(
            f"Value ({asn}) for parameter amazonSideAsn is invalid. It must be in the range of 64512 to 65534 or "
            "4200000000 to 4294967294."
        )


class VpnGatewayResponse(Describing):
    # Customer gateways

    def create_customer_gateway(self) -> ActionResult:
        """Create a customer gateway: "An identical request returns information about the existing customer gateway"
        (CreateCustomerGateway). The texts of the refusals are not verified.
        """
        self.required("Type")
        short, long = self._get_param("BgpAsn"), self._get_param("BgpAsnExtended")
        if short is not None and long is not None:
            raise EC2ClientError(
                "InvalidParameterCombination", "Only one of bgpAsn and bgpAsnExtended can be specified."
            )
        for name, asn, allowed in (("bgpAsn", short, SHORT_ASNS), ("bgpAsnExtended", long, LONG_ASNS)):
            if asn is not None and asn not in allowed:
                raise invalid_value(f"Value ({asn}) for parameter {name} is invalid.")
        address = self._get_param("IpAddress") or self._get_param("PublicIp")
        if not address and not self._get_param("CertificateArn"):
            raise EC2ClientError("MissingParameter", "The request must contain the parameter ipAddress")
        if address and not _is_address(address):
            raise invalid_value(f"Value ({address}) for parameter ipAddress is invalid. Invalid IP address.")
        asn = long if short is None else short
        self.params["BgpAsn"] = 65000 if asn is None else asn
        for known in self.ec2_backend.customer_gateways.values():
            same = (known.ip_address, str(known.bgp_asn)) == (address, str(self.params["BgpAsn"]))
            if same and known.state == "available" and not self._get_param("DeviceName"):
                return ActionResult({"CustomerGateway": known})
        return super().create_customer_gateway()

    def delete_customer_gateway(self) -> ActionResult:
        """Delete a gateway: "You must delete the VPN connection before deleting the customer gateway"
        (DeleteCustomerGateway); code and text are not verified.
        """
        gateway_id = self.required("CustomerGatewayId")
        gateway = self.ec2_backend.customer_gateways.get(gateway_id)
        if gateway is None:
            raise not_found(gateway_id, "cgw")
        if any(c.customer_gateway_id == gateway_id for c in self._open_connections()):
            raise EC2ClientError("IncorrectState", "The customer gateway is in use.")
        return super().delete_customer_gateway()

    def _open_connections(self) -> list[Any]:
        return [one for one in self.ec2_backend.vpn_connections.values() if one.state not in ("deleting", "deleted")]

    # moto answers without the unknown ones. Codes: errors-overview.html.

    def describe_customer_gateways(self) -> ActionResult:
        self._check_known("CustomerGatewayIds", self.ec2_backend.customer_gateways, "cgw")
        return super().describe_customer_gateways()

    def describe_vpn_gateways(self) -> ActionResult:
        self._check_known("VpnGatewayIds", self.ec2_backend.vpn_gateways, "vgw")
        return super().describe_vpn_gateways()

    def describe_vpn_connections(self) -> ActionResult:
        self._check_known("VpnConnectionIds", self.ec2_backend.vpn_connections, "vpn")
        return super().describe_vpn_connections()

    def _check_known(self, parameter: str, known: Mapping[str, Any], prefix: str) -> None:
        for resource_id in self._get_param(parameter, []):
            if resource_id not in known:
                raise not_found(resource_id, prefix)

    # Virtual private gateways

    @staticmethod
    def is_attached(gateway: Any, vpc_id: str) -> bool:
        attachment = gateway.attachments.get(vpc_id)
        return attachment is not None and attachment.state == "attached"

    def _vpn_gateway(self) -> Any:
        gateway_id = self.required("VpnGatewayId")
        gateway = self.ec2_backend.vpn_gateways.get(gateway_id)
        if gateway is None:
            raise not_found(gateway_id, "vgw")
        return gateway

    def create_vpn_gateway(self) -> ActionResult:
        self.required("Type")
        check_amazon_side_asn(self._get_param("AmazonSideAsn"))
        self.params.setdefault("AmazonSideAsn", 64512)
        return super().create_vpn_gateway()

    def attach_vpn_gateway(self) -> ActionResult:
        """Attach a gateway to a VPC. Codes: errors-overview.html; the texts are not verified."""
        gateway, vpc = self._vpn_gateway(), self.vpc(self.required("VpcId"))
        if gateway.state != "available":
            raise EC2ClientError("InvalidVpnGatewayState", f"The vpnGateway '{gateway.id}' is not available.")
        for other in self.ec2_backend.vpn_gateways.values():
            for attachment in other.attachments.values():
                if attachment.state != "attached":
                    continue
                if other is gateway and attachment.vpc_id != vpc.id:
                    raise EC2ClientError(
                        "VpnGatewayAttachmentLimitExceeded",
                        f"The vpnGateway '{gateway.id}' is already attached to '{attachment.vpc_id}'.",
                    )
                if other is not gateway and attachment.vpc_id == vpc.id:
                    raise EC2ClientError(
                        "InvalidVpcState", f"The VPC '{vpc.id}' already has a virtual private gateway attached to it."
                    )
        return super().attach_vpn_gateway()

    def delete_vpn_gateway(self) -> ActionResult:
        """Delete a gateway. "If you are deleting a virtual private gateway, ensure that it's detached from the VPC"
        (errors-overview.html, IncorrectState); the texts are not verified.
        """
        gateway = self._vpn_gateway()
        if any(attachment.state == "attached" for attachment in gateway.attachments.values()):
            raise EC2ClientError("IncorrectState", f"The vpnGateway '{gateway.id}' is attached to a VPC.")
        if any(connection.vpn_gateway_id == gateway.id for connection in self._open_connections()):
            raise EC2ClientError("IncorrectState", f"The vpnGateway '{gateway.id}' is in use.")
        return super().delete_vpn_gateway()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
