# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolver endpoints: moto's, whose interfaces the service manages."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.route53resolver.exceptions import InvalidParameterException, InvalidRequestException, ResourceExistsException
from moto.route53resolver.models import ResolverEndpoint

from emulator.ec2.models.interfaces import security_groups
from emulator.interfaces import manage
from emulator.route53resolver.sharing import SharedRules


class ResolverBackend(SharedRules):
    def create_resolver_endpoint(  # type: ignore[override]
        self,
        region: str,
        creator_request_id: str,
        name: str,
        security_group_ids: list[str],
        direction: str,
        ip_addresses: list[dict[str, Any]],
        tags: list[dict[str, str]],
    ) -> ResolverEndpoint:
        self._check_addresses(ip_addresses)
        self._verify_security_group_ids(security_group_ids)
        try:
            first = self.ec2_backend.get_subnet(ip_addresses[0]["SubnetId"])
            security_groups(self.ec2_backend, first, security_group_ids)
        except EC2ClientError as error:
            raise InvalidParameterException(error.message) from None  # of groups of another VPC: not verified
        made = super().create_resolver_endpoint(
            region, creator_request_id, name, security_group_ids, direction, ip_addresses, tags
        )
        self._manage(made)
        return made

    def associate_resolver_endpoint_ip_address(
        self, resolver_endpoint_id: str, value: dict[str, Any]
    ) -> ResolverEndpoint:
        self._validate_resolver_endpoint_id(resolver_endpoint_id)
        self._check_addresses([value])
        endpoint = super().associate_resolver_endpoint_ip_address(resolver_endpoint_id, value)
        self._manage(endpoint)
        return endpoint

    def _manage(self, endpoint: ResolverEndpoint) -> None:
        for interface_id in endpoint.eni_ids:
            interface = self.ec2_backend.enis[interface_id]
            if not interface.requester_managed:
                manage(interface)

    def _check_addresses(self, addresses: list[dict[str, Any]]) -> None:
        """Refuse addresses that aren't free before any interface is created.

        Codes and texts but the last are moto's for other addresses; the code of AWS without a free address is not
        verified.
        """
        for subnet_id, number in Counter(address["SubnetId"] for address in addresses).items():
            try:
                subnet = self.ec2_backend.get_subnet(subnet_id)
            except EC2ClientError:
                raise InvalidParameterException(f"The subnet ID '{subnet_id}' does not exist") from None
            for named in [one["Ip"] for one in addresses if one["SubnetId"] == subnet_id and one.get("Ip")]:
                self._check_address(subnet, named)
            if subnet.available_ip_address_count < number:
                raise InvalidRequestException(f"The subnet '{subnet_id}' has no free IP address")

    @staticmethod
    def _check_address(subnet: Any, address: str) -> None:
        try:
            subnet.ipv4.check(address)
        except EC2ClientError as error:
            if error.code == "InvalidIPAddress.InUse":
                text = f"The IP address '{address}' in subnet '{subnet.id}' is already in use"
                raise ResourceExistsException(text) from None
            text = f"IP address '{address}' is either not in subnet '{subnet.id}' CIDR range or is reserved"
            raise InvalidRequestException(text) from None
