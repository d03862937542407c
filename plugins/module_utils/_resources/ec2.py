# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the EC2 resource files share: tags, filters, names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import NAME_TAG, OWNER_TAG, Call


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def owned(item: Mapping[str, Any], owner: str) -> bool:
    return tags_of(item).get(OWNER_TAG) == owner


def owner_tags(owner: str, name: str, tags: Mapping[str, str] | None, title: str | None = None) -> dict[str, str]:
    """The tags of a managed resource. title: its Name tag, unless the user's tags bring one."""
    return {**({"Name": title} if title else {}), **(tags or {}), OWNER_TAG: owner, NAME_TAG: name}


def names(items: list[dict[str, Any]], id_key: str) -> dict[str, dict[str, Any]]:
    """name -> item. The name is the closednet:name tag; the id where there is none, or where another has it already."""
    named: dict[str, dict[str, Any]] = {}
    for item in sorted(items, key=lambda item: item[id_key]):
        name = tags_of(item).get(NAME_TAG)
        named[name if name and name not in named else item[id_key]] = item
    return named


def filters(**values: str | list[str]) -> list[dict[str, Any]]:
    """filters(vpc_id="vpc-1") -> [{"Name": "vpc-id", "Values": ["vpc-1"]}]"""
    return [
        {"Name": name.replace("_", "-"), "Values": value if isinstance(value, list) else [value]}
        for name, value in values.items()
    ]


def interfaces(aws: Any, **values: str) -> list[str]:
    """The network interfaces that these filters find, with what they are for, in words."""
    return [
        f"{item['NetworkInterfaceId']} ({item.get('Description') or item.get('InterfaceType') or 'network interface'})"
        for item in aws.read("ec2.describe_network_interfaces", "NetworkInterfaces", Filters=filters(**values))
    ]


def owner_filter(owner: str) -> dict[str, Any]:
    return {"Name": f"tag:{OWNER_TAG}", "Values": [owner]}


def tag_specifications(resource_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The TagSpecifications argument, empty when there are no tags."""
    tags = fields.get("tags")
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": _pairs(tags)}]} if tags else {}


def tag(id_: str, tags: Mapping[str, str]) -> Call:
    return Call("ec2.create_tags", {"Resources": [id_], "Tags": _pairs(tags)})


def untag(id_: str, tags: Mapping[str, str]) -> Call:
    # Key and value, so that a value that somebody changed meanwhile is left alone (DeleteTags).
    return Call("ec2.delete_tags", {"Resources": [id_], "Tags": _pairs(tags)})


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
