# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on managed prefix lists: versions, entries, states."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.managed_prefixes import ManagedPrefixList

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.prefix_list_associations import prefix_list_users
from emulator.ec2.models.prefix_list_sizes import lists_seen, unable_to_hold
from emulator.ec2.models.prefix_lists import PrefixList
from emulator.transitions import Transition

PREFIX_LISTS = Listing(
    "PrefixLists",
    "PrefixListId",
    "PrefixListIds",
    {"owner-id": "OwnerId", "prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"},
    minimum_page=1,
    maximum_page=100,
)
AWS_PREFIX_LISTS = Listing(
    "PrefixLists",
    "PrefixListId",
    "PrefixListIds",
    {"prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"},
)
ENTRIES = Listing("Entries", "Cidr", "", minimum_page=1, maximum_page=100)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html
MAX_ENTRIES_PER_REQUEST = 100


class PrefixListResponse(Describing):
    def prefix_list(self, prefix_list_id: str) -> ManagedPrefixList:
        found = self._prefix_lists_seen().get(prefix_list_id)
        if found is None:
            raise not_found(prefix_list_id, "pl")
        return found

    def _prefix_lists(self) -> dict[str, ManagedPrefixList]:
        lists = self.ec2_backend.managed_prefix_lists
        for gone in [key for key, item in lists.items() if getattr(item, "gone", False)]:
            del lists[gone]
            self.ec2_backend.tags.pop(gone, None)
        return lists

    def _prefix_lists_seen(self) -> dict[str, ManagedPrefixList]:
        self._prefix_lists()
        return lists_seen(self.current_account, self.region)

    def prefix_list_item(self, item: ManagedPrefixList) -> dict[str, Any]:
        shown = {
            "PrefixListId": item.id,
            "PrefixListName": item.prefix_list_name,
            "PrefixListArn": item.prefix_list_arn,
            "AddressFamily": item.address_family,
            "OwnerId": item.owner_id,
            "State": item.state,
            "Tags": self.tag_list(item.id),
        }
        if isinstance(item, PrefixList) and item.failure and item.state.endswith("failed"):
            shown["StateMessage"] = item.failure
        if item.version:  # AWS's own lists have neither
            shown |= {"MaxEntries": item.max_entries, "Version": item.version}
        return shown

    @creates("pl")
    def create_managed_prefix_list(self) -> ActionResult:
        name, family = self.required("PrefixListName"), self.required("AddressFamily")
        maximum = self.required("MaxEntries")
        _check_name(name)
        _check_maximum(maximum)
        if family not in ("IPv4", "IPv6"):
            raise invalid_value(f"Invalid address family: {family}")
        entries = _with(family, {}, self._get_param("Entries", []))
        _check_size(entries, maximum)
        tags = self.tags_for("prefix-list")
        created = PrefixList(
            self.ec2_backend, self.region, family, list(entries.values()), maximum, name, owner_id=self.current_account
        )
        created.entries = {1: list(entries.values())}
        created.add_tags(tags)
        created.state = Transition("create-in-progress", "create-complete")
        self.ec2_backend.managed_prefix_lists[created.id] = created
        return ActionResult({"PrefixList": self.prefix_list_item(created) | {"State": "create-in-progress"}})

    def describe_managed_prefix_lists(self) -> ActionResult:
        return self.listed(PREFIX_LISTS, map(self.prefix_list_item, self._prefix_lists_seen().values()))

    def describe_prefix_lists(self) -> ActionResult:
        """List AWS's prefix lists with their CIDR blocks (the older operation)."""
        items = [
            {
                "PrefixListId": item.id,
                "PrefixListName": item.prefix_list_name,
                "Cidrs": [entry["Cidr"] for entry in item.entries[1]],
            }
            for item in self._prefix_lists().values()
            if item.owner_id == "AWS"
        ]
        return self.listed(AWS_PREFIX_LISTS, items)

    def get_managed_prefix_list_entries(self) -> ActionResult:
        item = self.prefix_list(self.required("PrefixListId"))
        version = self._get_param("TargetVersion") or item.version or 1
        if version not in item.entries:
            raise EC2ClientError("PrefixListVersionNotFound", f"The prefix list version '{version}' does not exist")
        return self.listed(ENTRIES, item.entries[version])

    def modify_managed_prefix_list(self) -> ActionResult:
        """Modify a prefix list; a change of entries needs the current version and creates the next one:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html
        """
        item = self._own(self.required("PrefixListId"))
        if name := self._get_param("PrefixListName"):
            _check_name(name)
        added, removed = self._get_param("AddEntries", []), self._get_param("RemoveEntries", [])
        maximum = self._get_param("MaxEntries")
        if added or removed:
            if maximum:
                # https://github.com/hashicorp/terraform-provider-aws/issues/26034
                raise EC2ClientError(
                    "InvalidParameterCombination",
                    "You cannot modify the entries and the maximum entries for the prefix list in the same request.",
                )
            self._check_version(item, "CurrentVersion")
            entries = {entry["Cidr"]: entry for entry in item.entries[item.version]}
            for entry in removed:
                if entry["Cidr"] not in entries:
                    raise invalid_value(f"The CIDR {entry['Cidr']} is not in the prefix list.")
                del entries[entry["Cidr"]]
            entries = _with(item.address_family, entries, added)
            _check_size(entries, item.max_entries)
            item.version += 1
            item.entries[item.version] = list(entries.values())
        if maximum is not None:
            return self._resize(item, maximum)
        item.prefix_list_name = name or item.prefix_list_name
        item.state = Transition("modify-in-progress", "modify-complete")
        return self._changing(item)

    def _changing(self, item: PrefixList) -> ActionResult:
        shown = self.prefix_list_item(item) | {"State": item.state.partition("-")[0] + "-in-progress"}
        shown.pop("StateMessage", None)
        return ActionResult({"PrefixList": shown})

    def _resize(self, item: PrefixList, maximum: int) -> ActionResult:
        """Change the maximum; it fails later if resources that reference the list can't support it.

        "Check the state message for the IDs of the first ten resources that do not support the new maximum size"
        (ModifyManagedPrefixList); the message's words are not verified.
        """
        _check_maximum(maximum)
        _check_size(item.entries.get(item.version, []), maximum)
        item.prefix_list_name = self._get_param("PrefixListName") or item.prefix_list_name
        if full := unable_to_hold(item, maximum) if maximum > item.max_entries else []:
            item.failure = f"The following resources do not support the new maximum size: {', '.join(full[:10])}"
            item.state = Transition("modify-in-progress", "modify-failed")
        else:
            item.max_entries = maximum
            item.state = Transition("modify-in-progress", "modify-complete")
        return self._changing(item)

    def _check_version(self, item: PrefixList, parameter: str) -> None:
        current = self._get_param(parameter)
        if current is None:
            raise EC2ClientError("MissingParameter", f"The request must contain the parameter {parameter}")
        if current != item.version:
            # https://github.com/hashicorp/terraform-provider-aws/issues/43528
            raise EC2ClientError("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")

    def restore_managed_prefix_list_version(self) -> ActionResult:
        """Create a version with the entries of a previous one:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RestoreManagedPrefixListVersion.html
        """
        item = self._own(self.required("PrefixListId"))
        self._check_version(item, "CurrentVersion")
        previous = self.required("PreviousVersion")
        if previous not in item.entries:
            raise EC2ClientError("PrefixListVersionNotFound", f"The prefix list version '{previous}' does not exist")
        _check_size(item.entries[previous], item.max_entries)
        item.version += 1
        item.entries[item.version] = list(item.entries[previous])
        item.state = Transition("restore-in-progress", "restore-complete")
        return self._changing(item)

    def delete_managed_prefix_list(self) -> ActionResult:
        """Delete a prefix list; while resources reference it, that fails later:
        https://github.com/hashicorp/terraform-provider-aws/issues/20991 (the state; the message is not verified).
        """
        item = self._own(self.required("PrefixListId"))
        if users := prefix_list_users(item):
            names = ", ".join(user["ResourceId"] for user in users[:10])
            item.failure = f"The prefix list is still referenced by the following resources: {names}"
            item.state = Transition("delete-in-progress", "delete-failed")
        else:
            item.state = Transition("delete-in-progress", "delete-complete")
        return self._changing(item)

    def _own(self, prefix_list_id: str) -> PrefixList:
        item = self.prefix_list(prefix_list_id)
        if item.owner_id != self.current_account:
            raise EC2ClientError("UnauthorizedOperation", "You are not authorized to perform this operation.")
        if item.state.endswith("in-progress"):
            # The code is IncorrectState; its text is not verified.
            raise EC2ClientError("IncorrectState", f"The prefix list '{item.id}' is in state {item.state}.")
        return item


def _with(family: str, entries: dict[str, Any], added: list[dict[str, str]]) -> dict[str, Any]:
    if len(added) > MAX_ENTRIES_PER_REQUEST:
        # https://github.com/hashicorp/terraform-provider-aws/pull/49955
        raise invalid_value(f"The number of entries per request cannot exceeds limit ({MAX_ENTRIES_PER_REQUEST}).")
    entries = dict(entries)
    for entry in added:
        try:
            block = ip_network(entry.get("Cidr", ""), strict=False)
        except ValueError:
            raise invalid_value(f"The CIDR ({entry.get('Cidr')}) is not valid.") from None
        if block.version != {"IPv4": 4, "IPv6": 6}[family]:
            raise invalid_value(f"The CIDR ({block}) does not match the address family {family}.")
        if len(entry.get("Description") or "") > 255:
            # "Constraints: Up to 255 characters in length" (AddPrefixListEntry); the text is not verified.
            raise invalid_value("The description of an entry exceeds the maximum length of 255 characters.")
        entries[str(block)] = {"Cidr": str(block)} | (
            {"Description": entry["Description"]} if entry.get("Description") else {}
        )
    return entries


def _check_name(name: str) -> None:
    """Refuse a name: "Up to 255 characters in length. The name cannot start with com.amazonaws" (the first text is not
    verified).
    """
    if name.startswith("com.amazonaws"):
        raise invalid_value("The prefix list name cannot start with com.amazonaws.")
    if len(name) > 255:
        raise invalid_value("The prefix list name exceeds the maximum length of 255 characters.")


def _check_maximum(maximum: int) -> None:
    """Refuse a maximum: "1,000" entries (amazon-vpc-limits.html); code and text are not verified."""
    if not 1 <= maximum <= 1000:
        raise invalid_value(f"Value ({maximum}) for parameter maxEntries is invalid. It must be between 1 and 1000.")


def _check_size(entries: Any, maximum: int) -> None:
    if len(entries) > maximum:
        raise EC2ClientError(
            "PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list."
        )
