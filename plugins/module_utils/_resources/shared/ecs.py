# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of ECS share: names and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.reconcile import Call


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in item.get("tags", [])}


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def tag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("ecs.tag_resource", {"resourceArn": arn, "tags": pairs(tags)})


def untag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("ecs.untag_resource", {"resourceArn": arn, "tagKeys": list(tags)})
