# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the EC2 resource files share: tags, filters, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..._core.plan import DuplicateCheck, Step
from ..._core.reconcile import NAME_TAG, OWNER_TAG, Call


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def owned(item: Mapping[str, Any], owner: str) -> bool:
    return tags_of(item).get(OWNER_TAG) == owner


def owner_tags(owner: str, name: str, tags: Mapping[str, str] | None, title: str | None = None) -> dict[str, str]:
    """Return the tags of a managed resource. title: its Name tag, unless the user's tags bring one."""
    return {**({"Name": title} if title else {}), **(tags or {}), OWNER_TAG: owner, NAME_TAG: name}


def names(items: list[dict[str, Any]], id_key: str) -> dict[str, dict[str, Any]]:
    """Return {name: item}; the name is the closednet:name tag, or the id where the tag is missing or taken.

    An item that is being deleted leaves a name that two have to the one that stays.
    """

    def rank(item: dict[str, Any]) -> tuple[bool, str]:
        state = item.get("State") or item.get("ServiceState")
        return (isinstance(state, str) and state.lower() == "deleting", item[id_key])

    named: dict[str, dict[str, Any]] = {}
    for item in sorted(items, key=rank):
        name = tags_of(item).get(NAME_TAG)
        named[name if name and name not in named else item[id_key]] = item
    return named


def filters(**values: str | list[str]) -> list[dict[str, Any]]:
    """Build the Filters argument: vpc_id="vpc-1" becomes [{"Name": "vpc-id", "Values": ["vpc-1"]}]."""
    return [
        {"Name": name.replace("_", "-"), "Values": value if isinstance(value, list) else [value]}
        for name, value in values.items()
    ]


def members(member: str, before: Iterable[Any], after: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the arguments AddMEMBER and RemoveMEMBER of a Modify operation, without empty ones."""
    before, after = list(before), list(after)
    changed = {
        f"Add{member}": [item for item in after if item not in before],
        f"Remove{member}": [item for item in before if item not in after],
    }
    return {key: items for key, items in changed.items() if items}


def dns_attributes(aws: Any, vpc_id: str) -> list[bool]:
    """Return EnableDnsSupport and EnableDnsHostnames of a VPC; AWS answers one attribute per call."""

    def attribute(name: str, key: str) -> bool:
        return aws.call("ec2.describe_vpc_attribute", VpcId=vpc_id, Attribute=name)[key]["Value"]

    return aws.gather(
        lambda: attribute("enableDnsSupport", "EnableDnsSupport"),
        lambda: attribute("enableDnsHostnames", "EnableDnsHostnames"),
    )


def dns_in_order(steps: list[Step]) -> list[Step]:
    """Return the steps for a VPC with its two DNS attributes one after the other.

    "You can only enable DNS hostnames if you've enabled DNS support" (ModifyVpcAttribute).
    """
    support = next((step for step in steps if step.address.endswith(":dns_support")), None)
    hostnames = next((step for step in steps if step.address.endswith(":dns_hostnames")), None)
    if not (support and hostnames):
        return steps
    first, second = (support, hostnames) if support.after["dns_support"] else (hostnames, support)
    return [replace(step, needs=step.needs + (first.address,)) if step is second else step for step in steps]


def customers_list(aws: Any, list_id: str) -> dict[str, Any] | None:
    """Return {"PrefixListId", "Cidrs"} of a prefix list that isn't AWS's own, in the form of DescribePrefixLists.

    DescribePrefixLists has only AWS's own. None: the list is deleted, empty, or no longer shared with this account.
    """
    operation, gone = "ec2.get_managed_prefix_list_entries", "InvalidPrefixListID.NotFound"
    entries = aws.read(operation, "Entries", none_if=gone, PrefixListId=list_id)
    return {"PrefixListId": list_id, "Cidrs": [entry["Cidr"] for entry in entries]} if entries else None


def lists_in_rules(groups: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the prefix lists that rules of security groups name."""
    return {
        listed["PrefixListId"]
        for group in groups
        for permission in [*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())]
        for listed in permission.get("PrefixListIds", ())
    }


def interfaces(aws: Any, **values: str) -> list[str]:
    """Return the id and, in brackets, the description or type of each network interface that the filters find."""
    return [
        f"{item['NetworkInterfaceId']} ({item.get('Description') or item.get('InterfaceType') or 'network interface'})"
        for item in aws.read("ec2.describe_network_interfaces", "NetworkInterfaces", Filters=filters(**values))
    ]


def owner_filter(owner: str) -> dict[str, Any]:
    return {"Name": f"tag:{OWNER_TAG}", "Values": [owner]}


def of_module(owner: str) -> dict[str, Any]:
    """Build the tag filter that finds resources of the same module under any name.

    A name holds no wildcard (identifiers.name).
    """
    return owner_filter(f"{owner.partition('/')[0]}/*")


def by_name(items: list[dict[str, Any]], id_key: str, owner: str) -> dict[str, dict[str, Any]]:
    """Return {name: item} as `names` does, of this owner's items; others, of the module's other names, by their ids."""
    others = {item[id_key]: item for item in items if not owned(item, owner)}
    return {**others, **names([item for item in items if owned(item, owner)], id_key)}


def duplicate_check(
    operation: str, result: str, fields: Mapping[str, Any], argument: str = "Filters", **values: Any
) -> DuplicateCheck:
    """Build the check that finds resources with the same owner and name tags.

    result: JMESPath of the ids; values: more filters, as filters() takes them.
    """
    own = [{"Name": f"tag:{key}", "Values": [fields["tags"][key]]} for key in (OWNER_TAG, NAME_TAG)]
    return DuplicateCheck(operation, {argument: [*own, *filters(**values)]}, result)


def tag_specifications(resource_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the TagSpecifications argument; {} without tags."""
    tags = fields.get("tags")
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": pairs(tags)}]} if tags else {}


def tag(id_: str, tags: Mapping[str, str]) -> Call:
    return Call("ec2.create_tags", {"Resources": [id_], "Tags": pairs(tags)})


def untag(id_: str, tags: Mapping[str, str]) -> Call:
    # Key and value, so that a value that somebody changed meanwhile is left alone (DeleteTags).
    return Call("ec2.delete_tags", {"Resources": [id_], "Tags": pairs(tags)})


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
