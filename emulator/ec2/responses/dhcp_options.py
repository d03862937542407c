# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on sets of DHCP options."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.dhcp_options import DHCPOptionsSet

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import dependency_violation, invalid_value, not_found
from emulator.ec2.lag import creates

# Filters: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html
DHCP_OPTIONS = Listing(
    "DhcpOptions",
    "DhcpOptionsId",
    "",
    {
        "dhcp-options-id": "DhcpOptionsId",
        "key": "DhcpConfigurations[].Key",
        "owner-id": "OwnerId",
        "value": "DhcpConfigurations[].Values[].Value",
    },
)
# Option -> how many values it has at most: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html
MOST = {
    "domain-name": 1,
    "domain-name-servers": 4,
    "ntp-servers": 8,
    "netbios-name-servers": 4,
    "netbios-node-type": 1,
    "ipv6-address-preferred-lease-time": 1,
}
SHORTEST_LEASE, LONGEST_LEASE = 140, 2_147_483_647


class DhcpOptionsResponse(Describing):
    def _options(self, options_id: str) -> DHCPOptionsSet:
        found = self.ec2_backend.dhcp_options_sets.get(options_id)
        if found is None:
            # terraform-provider-aws, resourceVPCDHCPOptionsDelete, expects this code.
            raise not_found(options_id, "dopt")
        return found

    def dhcp_options_item(self, options: DHCPOptionsSet) -> dict[str, Any]:
        return {
            "DhcpOptionsId": options.id,
            "OwnerId": self.current_account,
            "DhcpConfigurations": [
                {"Key": key, "Values": [{"Value": value} for value in values]}
                for key, values in options._options.items()
                if values
            ],
            "Tags": self.tag_list(options.id),
        }

    @creates("dopt")
    def create_dhcp_options(self) -> ActionResult:
        """Create a set of options; refuses unknown ones and wrong values, whose texts are not verified."""
        given: dict[str, list[str]] = {}
        for option in self.required("DhcpConfigurations"):
            key = option.get("Key", "")
            values = [part for value in option.get("Values") or [] for part in value.split(",")]
            _check(key, values)
            given[key] = values
        tags = self.tags_for("dhcp-options")
        options = self.ec2_backend.create_dhcp_options()
        options._options = given
        self.ec2_backend.create_tags([options.id], tags)
        return ActionResult({"DhcpOptions": self.dhcp_options_item(options)})

    def describe_dhcp_options(self) -> ActionResult:
        known = self.ec2_backend.dhcp_options_sets | self.seen.dopt
        ids = self._get_param("DhcpOptionsIds", [])
        for missing in [options_id for options_id in ids if options_id not in known]:
            # terraform-provider-aws, findDHCPOptions, expects this code, without s.
            raise EC2ClientError("InvalidDhcpOptionID.NotFound", f"The dhcpOption ID '{missing}' does not exist")
        chosen = [known[options_id] for options_id in dict.fromkeys(ids)] if ids else known.values()
        return self.listed(DHCP_OPTIONS, map(self.dhcp_options_item, chosen))

    def associate_dhcp_options(self) -> ActionResult:
        options_id, vpc = self.required("DhcpOptionsId"), self.vpc(self.required("VpcId"))
        vpc.dhcp_options = None if options_id == "default" else self._options(options_id)
        return EmptyResult()

    def delete_dhcp_options(self) -> ActionResult:
        """Delete a set: "You must disassociate the options set before you can delete it" (DeleteDhcpOptions)."""
        options = self._options(self.required("DhcpOptionsId"))
        if any(vpc.dhcp_options is options for vpc in self.ec2_backend.vpcs.values()):
            raise dependency_violation("dhcpOptions", options.id)
        del self.ec2_backend.dhcp_options_sets[options.id]
        self.ec2_backend.tags.pop(options.id, None)
        return EmptyResult()


def _check(key: str, values: list[str]) -> None:
    if key not in MOST:
        raise invalid_value(f"Value ({key}) for parameter key is invalid. Unknown DHCP option.")
    if not values or len(values) > MOST[key]:
        raise invalid_value(f"Value ({', '.join(values)}) for parameter value is invalid. Invalid number of values.")
    if not _are_valid(key, values):
        raise invalid_value(f"Value ({', '.join(values)}) for parameter value is invalid for the DHCP option {key}.")


def _are_valid(key: str, values: list[str]) -> bool:
    if key == "netbios-node-type":
        return values[0] in ("1", "2", "4", "8")
    if key == "ipv6-address-preferred-lease-time":
        return values[0].isdecimal() and SHORTEST_LEASE <= int(values[0]) <= LONGEST_LEASE
    if key == "domain-name-servers":
        return values == ["AmazonProvidedDNS"] or _addresses(value for value in values if value != "AmazonProvidedDNS")
    if key == "ntp-servers":
        return _addresses(values) and all(sum(mark in value for value in values) <= 4 for mark in ".:")
    return _addresses(values) if key == "netbios-name-servers" else bool(values[0])


def _addresses(values: Iterable[str]) -> bool:
    try:
        return all(isinstance(ip_address(value), IPv4Address) or ":" in value for value in values)
    except ValueError:
        return False
