# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of ECS share: names and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.reconcile import Call
from .lower_case_tags import pairs, unpaired


def tags_of(item: Mapping[str, Any]) -> dict[str, str]:
    return unpaired(item.get("tags", []))


def tag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("ecs.tag_resource", {"resourceArn": arn, "tags": pairs(tags)})


def untag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("ecs.untag_resource", {"resourceArn": arn, "tagKeys": list(tags)})
