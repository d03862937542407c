# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account in Route 53 Profiles, without what depends on time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Contents = Iterator[tuple[str, list[dict[str, Any]]]]
OF_TIME = ("CreationTime", "ModificationTime", "ClientToken")


def read_profiles(profiles: Any) -> Contents:
    mine = [one for one in profiles.list_profiles()["ProfileSummaries"] if one["ShareStatus"] != "SHARED_WITH_ME"]
    yield "Profiles", [{**one, "tags": profiles.list_tags_for_resource(ResourceArn=one["Arn"])["Tags"]} for one in mine]
    for one in mine:
        found = profiles.list_profile_resource_associations(ProfileId=one["Id"])["ProfileResourceAssociations"]
        yield f"resources of {one['Name']}", [_lasting(item) for item in found]
    found = profiles.list_profile_associations()["ProfileAssociations"]
    yield "ProfileAssociations", [_lasting(item) for item in found]


def _lasting(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in OF_TIME}
