# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Elastic Load Balancing share: names and tags."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.reconcile import Call
from .ec2 import pairs, tags_of

# Each resource file adds its own operations.
PERMISSIONS = ("elasticloadbalancing:AddTags", "elasticloadbalancing:DescribeTags", "elasticloadbalancing:RemoveTags")
# DescribeTags: "You can specify up to 20 resources in a single call".
RESOURCES_PER_CALL = 20


def name(owner: str) -> str:
    """Return a load balancer's name, made from the owner tag.

    At most 32 letters, digits and hyphens, unique in account and region, not beginning with ``internal-``
    (CreateLoadBalancer). 9 characters are left for the names of its parts.
    """
    words = re.sub(r"[^A-Za-z0-9]+", "-", owner.partition("/")[2]).strip("-")
    return f"{_hash(owner)}-{words[:14].rstrip('-')}"


def part_name(whole: str, part: str) -> str:
    """Return the name of a part of `whole`; `part` may be any text."""
    return f"{whole}-{_hash(part)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def read_tags(aws: Any, arns: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return {ARN: tags}."""
    arns = sorted(arns)
    parts = [arns[start : start + RESOURCES_PER_CALL] for start in range(0, len(arns), RESOURCES_PER_CALL)]
    reads = [lambda part=part: aws.read("elbv2.describe_tags", "TagDescriptions", ResourceArns=part) for part in parts]
    return {item["ResourceArn"]: tags_of(item) for items in aws.gather(*reads) for item in items}


def tag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("elbv2.add_tags", {"ResourceArns": [arn], "Tags": pairs(tags)})


def untag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("elbv2.remove_tags", {"ResourceArns": [arn], "TagKeys": list(tags)})
