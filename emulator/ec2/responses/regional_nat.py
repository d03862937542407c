# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on regional NAT gateways, and what others answer about their addresses.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html and the API reference. The codes of what
they exclude are not documented: not verified.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress

from emulator.ec2.errors import invalid_value
from emulator.ec2.lag import creates
from emulator.ec2.models.regional_nat import PER_ZONE, RegionalNatGateway, is_service_managed, regional_gateway_of
from emulator.ec2.responses.elastic_addresses import ElasticAddressResponse, refuse_second
from emulator.ec2.responses.gateways import GatewayResponse

# Parameters of CreateNatGateway that are for zonal NAT gateways alone.
OF_ZONAL = (
    "SubnetId",
    "PrivateIpAddress",
    "SecondaryAllocationIds",
    "SecondaryPrivateIpAddresses",
    "SecondaryPrivateIpAddressCount",
)
OF_REGIONAL = ("VpcId", "AvailabilityZoneAddresses")


class RegionalNatResponse(GatewayResponse, ElasticAddressResponse):
    @creates("nat")
    def create_nat_gateway(self) -> ActionResult:
        mode = self._get_param("AvailabilityMode", "zonal")
        if mode not in ("zonal", "regional"):
            raise invalid_value(f"Value ({mode}) for parameter availabilityMode is invalid.")
        for name in OF_ZONAL if mode == "regional" else OF_REGIONAL:
            if self._get_param(name) is not None:
                raise EC2ClientError("InvalidParameterCombination", f"{name} is not supported for a {mode} NAT gateway")
        return self._create_regional() if mode == "regional" else super().create_nat_gateway()

    def _create_regional(self) -> ActionResult:
        if self._get_param("ConnectivityType", "public") != "public":
            # "only support public connectivity": ansible-collections/amazon.aws#2989
            raise EC2ClientError(
                "InvalidParameterCombination", "A regional NAT gateway does not support private connectivity"
            )
        if self._get_param("AllocationId"):
            raise EC2ClientError(
                "UnsupportedOperation", "The emulator has no regional NAT gateways with AllocationId: name the zones"
            )
        vpc = self.vpc(self.required("VpcId"))
        zones = self._addresses_by_zone()
        tags = self.tags_for("natgateway")
        gateway = RegionalNatGateway(self.ec2_backend, vpc.id, zones)
        self.ec2_backend.nat_gateways[gateway.id] = gateway
        self.ec2_backend.create_tags([gateway.id], tags)
        item = self.nat_gateway_item(gateway) | {"State": "pending"}
        return ActionResult({"NatGateway": item, "ClientToken": self._get_param("ClientToken") or None})

    def _addresses_by_zone(self) -> dict[str, list[ElasticAddress]] | None:
        """Return the addresses that the request names by Availability Zone; None without: automatic mode."""
        given = self._get_param("AvailabilityZoneAddresses")
        if not given:
            return None
        zones: dict[str, list[ElasticAddress]] = {}
        for one in given:
            zone = self._zone_name(one.get("AvailabilityZone"), one.get("AvailabilityZoneId"))
            if zone in zones:
                raise invalid_value(f"The Availability Zone {zone} is specified more than once.")
            zones[zone] = self._elastic_addresses(one.get("AllocationIds") or [])
        named = [address.allocation_id for addresses in zones.values() for address in addresses]
        if len(set(named)) < len(named):
            raise invalid_value("An allocation ID is specified more than once.")
        return zones

    def _elastic_addresses(self, allocation_ids: list[str]) -> list[ElasticAddress]:
        if not allocation_ids:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter allocationId")
        if len(allocation_ids) > PER_ZONE:
            raise EC2ClientError(
                "AddressLimitExceeded", "The maximum number of addresses in an Availability Zone has been reached."
            )
        return [self.address_for_nat(allocation_id) for allocation_id in allocation_ids]

    def _zone_name(self, name: str | None, zone_id: str | None) -> str:
        if not name and not zone_id:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter availabilityZone")
        for zone in self.ec2_backend.describe_availability_zones():
            if zone.name == (name or zone.name) and zone.zone_id == (zone_id or zone.zone_id):
                return zone.name
        raise invalid_value(f"Value ({name or zone_id}) for parameter availabilityZone is invalid.")

    def nat_gateway_item(self, gateway: Any) -> dict[str, Any]:
        item = super().nat_gateway_item(gateway)
        if not isinstance(gateway, RegionalNatGateway):
            return item | {"AvailabilityMode": "zonal"}
        del item["SubnetId"]
        state = "enabled" if gateway.is_automatic else "disabled"
        item |= {"AvailabilityMode": "regional", "AutoScalingIps": state, "AutoProvisionZones": state}
        return item | ({"RouteTableId": gateway.table.id} if gateway.table else {})

    # Addresses

    def associate_nat_gateway_address(self) -> ActionResult:
        """Associate addresses in one Availability Zone of a gateway in manual mode: "if you specify this parameter,
        auto-expansion is disabled and you must manually manage AZ coverage".
        """
        gateway = self._named_regional()
        if gateway is None:
            return super().associate_nat_gateway_address()  # type: ignore[misc]
        if gateway.is_automatic:
            raise EC2ClientError(
                "InvalidParameterCombination", f"AWS manages the addresses of the NAT gateway {gateway.id}"
            )
        zone = self._zone_name(self._get_param("AvailabilityZone"), self._get_param("AvailabilityZoneId"))
        addresses = self._elastic_addresses(self.required("AllocationIds"))
        if len(addresses) + len(gateway.zones.get(zone, [])) > PER_ZONE:
            raise EC2ClientError(
                "AddressLimitExceeded", "The maximum number of addresses in an Availability Zone has been reached."
            )
        for address in addresses:
            refuse_second(address.allocation_id, address)
        for address in addresses:
            gateway.associate(zone, address)
        return self._addresses_answer(gateway, {address.allocation_id for address in addresses})

    def disassociate_nat_gateway_address(self) -> ActionResult:
        gateway = self._named_regional()
        if gateway is None:
            return super().disassociate_nat_gateway_address()  # type: ignore[misc]
        by_id = {one.association_id: one for group in gateway.zones.values() for one in group}
        wanted = self.required("AssociationIds")
        for association_id in wanted:
            if association_id not in by_id or gateway.is_automatic:
                raise EC2ClientError(
                    "InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist"
                )
        ended = [one | {"Status": "disassociating"} for one in gateway.addresses if one["AssociationId"] in wanted]
        for association_id in wanted:
            gateway.dissociate(by_id[association_id])
        return ActionResult({"NatGatewayId": gateway.id, "NatGatewayAddresses": ended})

    def _named_regional(self) -> RegionalNatGateway | None:
        """Return the request's gateway if it is regional, None otherwise. Raises IncorrectState if it isn't usable."""
        gateway: Any = self.ec2_backend.nat_gateways.get(self.required("NatGatewayId"))
        if not isinstance(gateway, RegionalNatGateway):
            return None
        if gateway.state != "available":
            raise EC2ClientError("IncorrectState", f"NatGateway {gateway.id} is {gateway.state}")
        return gateway

    @staticmethod
    def _addresses_answer(gateway: RegionalNatGateway, allocation_ids: set[str]) -> ActionResult:
        made = [one | {"Status": "associating"} for one in gateway.addresses if one["AllocationId"] in allocation_ids]
        return ActionResult({"NatGatewayId": gateway.id, "NatGatewayAddresses": made})

    # What has such an address

    def address_item(self, address: ElasticAddress) -> dict[str, Any]:
        item = super().address_item(address)
        if regional_gateway_of(address):
            item["AssociationId"] = address.association_id
        if is_service_managed(address):
            item["ServiceManaged"] = "rnat"
        return item

    def associate_address(self) -> ActionResult:
        address = self._named_address()
        if regional_gateway_of(address):
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"resource {address.allocation_id} is already associated with associate-id {address.association_id}",
            )
        return super().associate_address()

    def disassociate_address(self) -> ActionResult:
        """Refuse to take an address from a regional NAT gateway, with the code of other addresses of services."""
        named = (self._get_param("AssociationId"), self._get_param("PublicIp"))
        for address in self.ec2_backend.addresses:
            if regional_gateway_of(address) and (address.association_id == named[0] or address.public_ip == named[1]):
                raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")
        return super().disassociate_address()

    def detach_internet_gateway(self) -> ActionResult:
        vpc_id = self.required("VpcId")
        for address in self.ec2_backend.addresses:
            gateway = regional_gateway_of(address)
            if gateway is not None and gateway.vpc_id == vpc_id:
                raise EC2ClientError(
                    "DependencyViolation",
                    f"Network {vpc_id} has some mapped public address(es). "
                    "Please unmap those public address(es) before detaching the gateway.",
                )
        return super().detach_internet_gateway()
