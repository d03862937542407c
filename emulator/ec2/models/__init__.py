# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""moto's EC2 backend of one account and region, changed where AWS differs from moto."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.vpcs import VPC
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix, random_public_ip, random_subnet_id

from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.filters import apply_filters
from emulator.ec2.models.block_public_access import Exclusion, Options
from emulator.ec2.models.instances import Instances
from emulator.ec2.models.interfaces import NetworkInterface
from emulator.ec2.models.security_groups import Rule
from emulator.ec2.models.shared_subnets import SharedSubnets
from emulator.ec2.models.subnets import Subnet
from emulator.ec2.tag_rules import check_tag_key

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
MAX_TAGS = 50


class Ec2Backend(Instances, SharedSubnets, EC2Backend):
    def __init__(self, region_name: str, account_id: str):
        # Answers to requests that carried a ClientToken: (operation, token) -> (parameters, answer).
        self.client_tokens: dict[tuple[str, str], tuple[Any, Any]] = {}
        # Resource id -> time of its creation by the clock of transitions.py, for --lag.
        self.born: dict[str, int] = {}
        # Called before each call, until they return true: a resource that is deleted with time gives addresses back.
        self.unsettled: list[Callable[[], bool]] = []
        self.block_public_access = Options()
        self.exclusions: dict[str, Exclusion] = {}
        # (security group's id, id of another VPC) -> association of security_group_associations.py
        self.group_associations: dict[tuple[str, str], Any] = {}
        self.guests: set[str] = set()
        self._zones: list[Zone] | None = None
        self._dhcp_options: DHCPOptionsSet | None = None
        super().__init__(region_name, account_id)

    def create_vpc(self, *arguments: Any, **options: Any) -> VPC:
        """Create a VPC with the region's default DHCP options:
        https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
        """
        vpc = super().create_vpc(*arguments, **options)
        if self._dhcp_options is None:
            domain = "ec2.internal" if self.region_name == "us-east-1" else f"{self.region_name}.compute.internal"
            self._dhcp_options = self.create_dhcp_options(["AmazonProvidedDNS"], [domain])
        vpc.dhcp_options = self._dhcp_options
        return vpc

    def create_default_vpc(self) -> VPC:
        """Create a default VPC with an internet gateway and a default route to it:
        https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
        """
        vpc = super().create_default_vpc()
        gateway = self.create_internet_gateway()
        self.attach_internet_gateway(gateway.id, vpc.id)
        main = next(table for table in self.route_tables.values() if table.vpc_id == vpc.id)
        self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    def describe_availability_zones(
        self, filters: Any = None, zone_names: list[str] | None = None, zone_ids: list[str] | None = None
    ) -> list[Zone]:
        """Return the AZs with these names and ids; ignores filters. Each account maps names to ids differently.

        https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
        """
        if self._zones is None:
            self._zones = [copy.copy(zone) for zone in super().describe_availability_zones()]
            ids = sorted(zone.zone_id for zone in self._zones)
            random.Random(f"{self.account_id} {self.region_name}").shuffle(ids)
            for zone, zone_id in zip(self._zones, ids, strict=True):
                zone.zone_id = zone_id
        return [
            zone
            for zone in self._zones
            if (not zone_names or zone.name in zone_names) and (not zone_ids or zone.zone_id in zone_ids)
        ]

    def create_security_group(self, *arguments: Any, **options: Any) -> SecurityGroup:
        """Create a security group that allows all outbound traffic; members of the default group reach each other:
        https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        """
        group = super().create_security_group(*arguments, **options)
        group.egress_rules[:] = [Rule(True, "-1", None, None, ("CidrIpv4", "0.0.0.0/0"))]
        vpc = self.get_vpc(group.vpc_id)
        self.note_guest(vpc.ec2_backend)
        if self.ipv6_blocks(vpc):
            group.egress_rules.append(Rule(True, "-1", None, None, ("CidrIpv6", "::/0")))
        if group.is_default:
            members = {"GroupId": group.id, "UserId": self.account_id}
            group.ingress_rules.append(Rule(False, "-1", None, None, ("ReferencedGroupInfo", members)))
        return group

    @staticmethod
    def ipv6_blocks(vpc: VPC) -> list[str]:
        """Return the VPC's IPv6 CIDR blocks; moto also lists disassociated ones."""
        blocks = vpc.get_cidr_block_association_set(ipv6=True)
        return [b["cidr_block"] for b in blocks if not b["cidr_block_state"]["state"].startswith("disassociat")]

    def create_subnet(  # type: ignore[override]
        self,
        vpc_id: str,
        cidr_block: str,
        ipv6_cidr_block: str | None = None,
        availability_zone: str | None = None,
        availability_zone_id: str | None = None,
        ipv6_native: bool = False,
        tags: dict[str, dict[str, str]] | None = None,
    ) -> Subnet:
        """Create a subnet; the caller has checked the CIDR blocks.

        moto's method accepts AZs of all regions, and makes the first subnet of an AZ a default one.
        """
        vpc = self.get_vpc(vpc_id)
        zone = self._zone(availability_zone, availability_zone_id)
        default = vpc.is_default and not any(s.default_for_az for s in self.subnets[zone.name].values())
        subnet = Subnet(
            self, random_subnet_id(), vpc_id, cidr_block, ipv6_cidr_block, zone, default, default, ipv6_native
        )
        subnet.add_tags((tags or {}).get("subnet", {}))
        self.associate_default_network_acl_with_subnet(subnet.id, vpc_id)
        self.subnets[zone.name][subnet.id] = subnet
        return subnet

    def allocate_address(self, domain: str, address: str | None = None, tags: Any = None) -> ElasticAddress:
        """Allocate an Elastic IP address; moto's are of 127.0.0.0/8, and may be given twice."""
        known = {one.public_ip for one in self.addresses}
        while address is None or (address in known):
            address = random_public_ip()
        made = super().allocate_address(domain, address, tags)
        made.private_address = None
        return made

    # Network interfaces

    def settle(self) -> None:
        """Finish what time has finished since the last call, and forget what is finished."""
        if self.unsettled:
            self.unsettled[:] = [step for step in self.unsettled if not step()]

    def create_network_interface(self, subnet: Any, *arguments: Any, **options: Any) -> NetworkInterface:
        """Create an interface; raises AWS's error if the subnet lacks an address that is asked for, or any."""
        subnet = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        if "device_index" in options:
            options |= self.launch_options(options["device_index"])
        made = NetworkInterface(self, subnet, *arguments, **options)
        self.enis[made.id] = made
        self.note_guest(subnet.ec2_backend)
        return made

    def delete_network_interface(self, eni_id: str) -> None:
        """Delete an interface, which gives its addresses back. Raises InvalidNetworkInterfaceID.NotFound."""
        made: Any = self.enis.pop(eni_id, None)
        if made is None:
            raise not_found(eni_id, "eni")
        made.release()
        self.tags.pop(eni_id, None)

    def get_network_interface(self, eni_id: str) -> Any:
        if eni_id not in self.enis:
            raise not_found(eni_id, "eni")
        return self.enis[eni_id]

    def _zone(self, name: str | None, zone_id: str | None) -> Zone:
        zones = self.describe_availability_zones()
        if not name and not zone_id:
            return zones[0]  # AWS picks one; which one is not documented
        for zone in zones:
            if zone.name == name or (not name and zone.zone_id == zone_id):
                return zone
        parameter = "availabilityZone" if name else "availabilityZoneId"
        names = ", ".join(zone.name for zone in zones)
        raise invalid_value(
            f"Value ({name or zone_id}) for parameter {parameter} is invalid. "
            f"Subnets can currently only be created in the following availability zones: {names}."
        )

    def check_tags(self, tags: dict[str, str], resource_ids: list[str] | None = None) -> None:
        for key, value in tags.items():
            if not key:
                # errors-overview.html: "Tag keys cannot be empty or null"; the text is not verified.
                raise EC2ClientError("InvalidTagKey.Malformed", "Tag keys cannot be empty or null")
            check_tag_key(key)
            if len(key) > 127:
                raise invalid_value("Tag key exceeds the maximum length of 127 characters")
            if len(value) > 256:
                raise invalid_value("Tag value exceeds the maximum length of 256 characters")
        for resource_id in resource_ids or [""]:
            kept = {key for key in self.tags.get(resource_id, {}) if not key.startswith("aws:")}
            if len(kept | set(tags)) > MAX_TAGS:
                raise EC2ClientError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")

    def create_tags(self, resource_ids: list[str], tags: dict[str, str]) -> bool:
        for resource_id in resource_ids:
            self.tags[resource_id].update(tags)
        return True

    def describe_tags(self, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
        """Return the tags that pass the filters; moto's method reads all tags of the account for each resource."""
        filters = dict(filters or {})
        ids = filters.pop("resource-id", None)
        known = ids is not None and not any("*" in value or "?" in value for value in ids)
        resources = {value: self.tags.get(value, {}) for value in ids} if known else dict(self.tags)
        if ids is not None and not known:
            filters["resource-id"] = ids
        rows = [
            {
                "resource_id": resource_id,
                "resource_type": RESOURCE_TYPES.get(prefix_of(resource_id), ""),
                "key": key,
                "value": value,
            }
            for resource_id, tags in resources.items()
            for key, value in tags.items()
        ]
        return apply_filters(rows, filters, _TAG_FILTERS)


# Prefix of an id -> resource type in tags: moto's, and AWS's words that moto differs from or lacks.
RESOURCE_TYPES = EC2_PREFIX_TO_RESOURCE | {
    "nat": "natgateway",
    "pl": "prefix-list",
    "fl": "vpc-flow-log",
    "eipalloc": "elastic-ip",
    "tgw-connect-peer": "transit-gateway-connect-peer",
    "tgw-ptb": "transit-gateway-policy-table",
    "vpcbpa-exclude": "vpc-block-public-access-exclusion",
}


def prefix_of(resource_id: str) -> str:
    """Return an id's prefix, also of resource types that moto doesn't know."""
    prefix = resource_id.rpartition("-")[0]
    return prefix if prefix in RESOURCE_TYPES else get_prefix(resource_id) or prefix


_TAG_FILTERS = {
    "key": lambda row: row["key"],
    "value": lambda row: row["value"],
    "resource-id": lambda row: row["resource_id"],
    "resource-type": lambda row: row["resource_type"],
}
