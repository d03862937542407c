# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account in CloudTrail, without what depends on time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Contents = Iterator[tuple[str, list[dict[str, Any]]]]


def read_trails(cloudtrail: Any) -> Contents:
    trails = cloudtrail.describe_trails(includeShadowTrails=False)["trailList"]
    yield "trails", [_read(cloudtrail, trail) for trail in trails]


def _read(cloudtrail: Any, trail: dict[str, Any]) -> dict[str, Any]:
    arn = trail["TrailARN"]
    selectors = cloudtrail.get_event_selectors(TrailName=arn)
    (tagged,) = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    return {
        **trail,
        "logging": cloudtrail.get_trail_status(Name=arn)["IsLogging"],
        "basic": selectors.get("EventSelectors"),
        "advanced": selectors.get("AdvancedEventSelectors"),
        "tags": tagged.get("TagsList", []),
    }
