# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups and names of IAM of one account: moto's, with AWS's refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.iam.models import Group, InstanceProfile

from emulator.iam.credential_report import CredentialReport
from emulator.iam.documents import IAMError


def refuse_used_name(kind: str, name: str, names: Iterable[str]) -> None:
    """Raise EntityAlreadyExists for a name that exists in other letters.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html: "Names are not distinguished by case."
    """
    if any(known.lower() == name.lower() for known in names):
        raise IAMError("EntityAlreadyExists", f"{kind} with name {name} already exists.")


class Groups(CredentialReport):
    def create_group(self, group_name: str, path: str = "/") -> Group:
        refuse_used_name("Group", group_name, self.groups)
        group = super().create_group(group_name, path)
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
        group.id = f"AGPA{group.id[:17].upper()}"
        return group

    def update_group(self, group_name: str, new_group_name: str | None, new_path: str | None) -> None:
        """Rename or move a group; moto ignores a path without a name.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
        """
        group = self.get_group(group_name)
        if new_group_name and new_group_name != group_name:
            refuse_used_name("Group", new_group_name, (name for name in self.groups if name != group_name))
            super().update_group(group_name, new_group_name, None)
        if new_path:
            group.path = new_path

    def delete_group(self, group_name: str) -> None:
        """Delete a group. Raises DeleteConflict while it has users or policies.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
        """
        group = self.get_group(group_name)
        for left, what in (
            (group.users, "remove users from group"),
            (group.managed_policies, "detach all policies"),
            (group.policies, "delete policies"),
        ):
            if left:
                raise IAMError("DeleteConflict", f"Cannot delete entity, must {what} first.")
        super().delete_group(group_name)

    def create_instance_profile(self, name: str, *arguments: Any, **options: Any) -> InstanceProfile:
        refuse_used_name("Instance Profile", name, (profile.name for profile in self.instance_profiles.values()))
        return super().create_instance_profile(name, *arguments, **options)
