# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Common parts of EC2's Describe operations: ids, filters, pages, tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses._base_response import EC2BaseResponse

from emulator.ec2 import paging
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.filters import Getter, apply_filters, check_number, getter, unknown_filter
from emulator.ec2.tag_rules import tags_of_pairs

# Values by name, or pairs, where a name may come twice.
Filters = dict[str, list[str]] | list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Listing:
    """Definition of one Describe operation's answer.

    key: name of the list in the answer; id: member of an item whose values ids_parameter lists; filters: {filter name:
    path into an item, see `getter`}, tag:KEY, tag-key and tag-value need no entry; the names are those of the
    operation's page in the EC2 API reference. minimum_page, maximum_page: of an operation whose MaxResults has no range
    in the API model.
    """

    key: str
    id: str
    ids_parameter: str
    filters: Mapping[str, str] = field(default_factory=dict)
    minimum_page: int = 5
    maximum_page: int = 1000
    # Prefix of the ids, for the error about an unknown one; None: an unknown id is no error, the answer omits it.
    prefix: str | None = ""

    @cached_property
    def getters(self) -> dict[str, Getter]:
        return {name: getter(path) for name, path in self.filters.items()}


class Describing(EC2BaseResponse):
    """Helpers of operations: read parameters, build Describe answers."""

    if TYPE_CHECKING:
        # Methods of the other resources' classes, mixed into the same class: vpc(), subnet(), security_group() ...
        def __getattr__(self, name: str) -> Any: ...

    def listed(self, listing: Listing, items: Iterable[dict[str, Any]], filters: Filters | None = None) -> ActionResult:
        """Build one page of a Describe answer from items in the API's shape: refuses unknown ids, applies filters.

        filters: by default those of the request.
        """
        items = list(items)
        self.check_ids_beside_pages()
        if ids := listing.ids_parameter and self._get_param(listing.ids_parameter, []):
            by_id = {item[listing.id]: item for item in items}
            for missing in [resource_id for resource_id in ids if resource_id not in by_id]:
                if listing.prefix is not None:
                    raise not_found(missing, listing.prefix)
            items = [by_id[resource_id] for resource_id in dict.fromkeys(ids) if resource_id in by_id]
        items = self.filtered(listing, items, filters)
        page, token = self._page(items, listing)
        return ActionResult({listing.key: page, "NextToken": token})

    def filtered(
        self, listing: Listing, items: Iterable[dict[str, Any]], filters: Filters | None = None
    ) -> list[dict[str, Any]]:
        """Return the items that pass the filters, by default the request's; refuses those that can't be applied."""
        given = self.filter_pairs() if filters is None else filters
        pairs = list(given.items()) if isinstance(given, dict) else list(given)
        if not pairs:
            return list(items)
        operation = self._get_action()
        tags = tags_of if has_tags(operation, listing.key) else None
        check_number(pairs, operation)
        for name, _ in pairs:
            known = name in listing.getters or (tags and (name.startswith("tag:") or name in ("tag-key", "tag-value")))
            if not known:
                raise unknown_filter(name, operation)
        return apply_filters(items, pairs, listing.getters, tags)

    def filter_pairs(self) -> list[tuple[str, list[str]]]:
        """Return (name, values) of the request's filters; a name that comes twice is two filters, joined by AND."""
        given = self._get_param("Filters") or self._get_param("Filter") or []
        if any(not each.get("Name") for each in given):
            raise invalid_value("The filter 'null' is invalid")
        return [(each["Name"], each.get("Values") or []) for each in given]

    def check_ids_beside_pages(self) -> None:
        if self._get_param("MaxResults") is None:
            return
        of = paging.ids_beside_pages(self._get_action())
        if of and self._get_param(of[0]):
            raise EC2ClientError("InvalidParameterCombination", of[1])

    def _page(self, items: list[Any], listing: Listing) -> tuple[list[Any], str | None]:
        operation = self._get_action()
        size = self._get_param("MaxResults")
        start = paging.offset(self._get_param("NextToken"), operation)
        if size is None:
            return items[start:], None
        limits = paging.limits_of(operation, listing.minimum_page, listing.maximum_page)
        paging.check_size(size, limits)
        stop = start + min(size, limits.maximum)
        return items[start:stop], paging.token(stop) if stop < len(items) else None

    def tags_for(self, resource_type: str) -> dict[str, str]:
        """Return {key: value} of TagSpecifications; refuses other types than resource_type and invalid tags."""
        tags: dict[str, str] = {}
        for specification in self._get_param("TagSpecifications") or self._get_param("TagSpecification") or []:
            if specification.get("ResourceType") != resource_type:
                raise invalid_value(
                    f"'{specification.get('ResourceType')}' is not a valid taggable resource type for this operation."
                )
            if not specification.get("Tags"):
                raise invalid_value("Tag specification must have at least one tag")
            tags |= tags_of_pairs(specification["Tags"])
        self.ec2_backend.check_tags(tags)
        return tags

    def tag_list(self, resource_id: str) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.ec2_backend.tags.get(resource_id, {}).items()]

    def given(self, name: str) -> dict[str, Any]:
        """Return the members of a structure parameter that the request gives; {} without the parameter."""
        return {member: value for member, value in self._get_param(name, {}).items() if value is not None}

    def required(self, name: str) -> Any:
        value = self._get_param(name)
        if value in (None, "", []):
            parameter = name[0].lower() + name[1:]
            raise EC2ClientError("MissingParameter", f"The request must contain the parameter {parameter}")
        return value


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", item.get("TagSet", []))}


@cache
def has_tags(operation: str, key: str) -> bool:
    """Return true if the items of an operation's answer have tags in the API model. key: of the list of items."""
    shape = get_service_model("ec2").operation_model(operation).output_shape.members[key].member
    inner = shape.members.get("Instances")  # a reservation's
    members = inner.member.members if inner else getattr(shape, "members", {})
    return "Tags" in members or "TagSet" in members
