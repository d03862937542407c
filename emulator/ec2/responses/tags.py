# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CreateTags, DeleteTags, DescribeTags."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import not_found
from emulator.ec2.ids import is_well_formed
from emulator.ec2.models import RESOURCE_TYPES, prefix_of
from emulator.ec2.tag_rules import check_tag_key, tags_of_pairs

TAGS = Listing(
    "Tags",
    "ResourceId",
    "",
    {"key": "Key", "value": "Value", "resource-id": "ResourceId", "resource-type": "ResourceType"},
)

# Prefixes whose ids have the usual form; those of Network Firewall's and others' resources may not.
_USUAL_IDS = (
    "vpc",
    "subnet",
    "sg",
    "rtb",
    "igw",
    "acl",
    "eni",
    "i",
    "pl",
    "tgw",
    "tgw-attach",
    "tgw-rtb",
    "vpce",
    "nat",
)


class TagResponse(Describing):
    def create_tags(self) -> ActionResult:
        resource_ids, tags = self._resources(), self._tags_given()
        self.ec2_backend.check_tags(tags, resource_ids)
        self.ec2_backend.create_tags(resource_ids, tags)
        return EmptyResult()

    def delete_tags(self) -> ActionResult:
        """Delete tags, all of them without Tags; one given with a value only if it has that value:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
        """
        wanted = {tag.get("Key") or "": tag.get("Value") for tag in self._get_param("Tags", [])}
        for key in wanted:
            check_tag_key(key)
        for resource_id in self._resources():
            tags = self.ec2_backend.tags.get(resource_id, {})
            for key in list(tags):
                # "Amazon Web Services-generated tags (tags that begin with the aws: prefix) are not deleted."
                chosen = (
                    not key.startswith("aws:") if not wanted else key in wanted and wanted[key] in (None, tags[key])
                )
                if chosen:
                    del tags[key]
        return EmptyResult()

    def describe_tags(self) -> ActionResult:
        rows = [
            {
                "ResourceId": resource_id,
                "ResourceType": RESOURCE_TYPES.get(prefix_of(resource_id), ""),
                "Key": key,
                "Value": value,
            }
            for resource_id, tags in self.ec2_backend.tags.items()
            for key, value in tags.items()
        ]
        pairs: list[tuple[str, list[str]]] = []
        for name, values in self.filter_pairs():
            by_key = name.startswith("tag:")
            pairs += [("key", [name[4:]]), ("value", values)] if by_key else [(name, values)]
        return self.listed(TAGS, rows, pairs)

    def _tags_given(self) -> dict[str, str]:
        return tags_of_pairs(self.required("Tags"))

    def _resources(self) -> list[str]:
        resource_ids = self._get_param("Resources", [])
        if not resource_ids:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter resourceIdSet")
        for resource_id in resource_ids:
            prefix = prefix_of(resource_id)
            if not is_well_formed(prefix, resource_id) and (prefix in _USUAL_IDS or prefix not in RESOURCE_TYPES):
                # errors-overview.html: "The specified ID for the resource you are trying to tag is not valid".
                raise EC2ClientError("InvalidID", f"The ID '{resource_id}' is not valid")
            if not self.resource_exists(resource_id):
                raise not_found(resource_id)
        return resource_ids

    def resource_exists(self, resource_id: str) -> bool:
        backend: Any = self.ec2_backend
        prefix = prefix_of(resource_id)
        if prefix == "subnet":
            return any(resource_id in subnets for subnets in backend.subnets.values())
        if prefix in ("sg", "sgr"):
            groups = [group for by_id in backend.groups.values() for group in by_id.values()]
            if prefix == "sg":
                return any(group.id == resource_id for group in groups)
            return any(rule.id == resource_id for g in groups for rule in g.ingress_rules + g.egress_rules)
        if prefix == "eipalloc":
            return any(address.allocation_id == resource_id for address in backend.addresses)
        if prefix == "i":
            return any(one.id == resource_id for known in backend.reservations.values() for one in known.instances)
        collections = {
            "vpc": backend.vpcs,
            "rtb": backend.route_tables,
            "igw": backend.internet_gateways,
            "eigw": backend.egress_only_internet_gateways,
            "nat": backend.nat_gateways,
            "acl": backend.network_acls,
            "pl": backend.managed_prefix_lists,
            "fl": backend.flow_logs,
            "vpcbpa-exclude": backend.exclusions,
            "eni": backend.enis,
            "vpce": backend.vpc_end_points,
            "pcx": backend.vpc_pcxs,
            "dopt": backend.dhcp_options_sets,
            "vgw": backend.vpn_gateways,
            "cgw": backend.customer_gateways,
            "vpn": backend.vpn_connections,
            # An attachment is in the backends of both its accounts; each has its own tags of it.
            "tgw": backend.transit_gateways,
            "tgw-attach": backend.transit_gateway_attachments,
            "tgw-rtb": backend.transit_gateways_route_tables,
        }
        if prefix in collections:
            return resource_id in collections[prefix]
        backend.do_resources_exist([resource_id])
        return prefix in RESOURCE_TYPES
