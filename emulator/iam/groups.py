# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups, instance profiles, account aliases, service-linked roles, tags of one account: moto's, with AWS's refusals.

The conditions and codes: https://docs.aws.amazon.com/IAM/latest/APIReference/, the operations' pages. Texts without a
source are not verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.iam.models import Group, InstanceProfile, Role, iam_backends

from emulator.iam.credential_report import CredentialReport
from emulator.iam.documents import IAMError
from emulator.iam.service_linked import ROLE_NAMES, create_service_linked_role

TAGS = 50


def refuse_left(*left: tuple[Any, str]) -> None:
    """Raise DeleteConflict for the first of (what an entity still has, what has to be done about it)."""
    for some, remedy in left:
        if some:
            raise IAMError("DeleteConflict", f"Cannot delete entity, must {remedy} first.")


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
        refuse_left(
            (group.users, "remove users from group"),
            (group.managed_policies, "detach all policies"),
            (group.policies, "delete policies"),
        )
        super().delete_group(group_name)

    def create_instance_profile(self, name: str, *arguments: Any, **options: Any) -> InstanceProfile:
        refuse_used_name("Instance Profile", name, (profile.name for profile in self.instance_profiles.values()))
        return super().create_instance_profile(name, *arguments, **options)

    def remove_role_from_instance_profile(self, profile_name: str, role_name: str) -> None:
        profile = self.get_instance_profile(profile_name)
        if self.get_role(role_name) not in profile.roles:
            raise IAMError("NoSuchEntity", f"Role with name {role_name} cannot be found in {profile_name}.")
        super().remove_role_from_instance_profile(profile_name, role_name)

    def get_instance_profiles_for_role(self, role_name: str) -> list[InstanceProfile]:
        self.get_role(role_name)
        return super().get_instance_profiles_for_role(role_name)

    def create_account_alias(self, alias: str) -> None:
        """Set the account's alias, which replaces another one. Raises EntityAlreadyExists if any account has it."""
        others = (iam_backends[account_id]["aws"] for account_id in list(iam_backends))
        if any(alias in other.account_aliases for other in others):
            raise IAMError("EntityAlreadyExists", f"The account alias {alias} already exists.")
        super().create_account_alias(alias)

    def remove_account_alias(self, alias: str) -> None:
        if alias not in self.account_aliases:
            raise IAMError("NoSuchEntity", f"The account alias {alias} does not exist.")
        self.delete_account_alias()

    def create_service_linked_role(self, service_name: str, description: str, suffix: str) -> Role:
        """Create a service-linked role. Raises InvalidInput if it exists."""
        name = ROLE_NAMES.get(service_name)
        if name is None:
            return super().create_service_linked_role(service_name, description, suffix)
        name += f"_{suffix}" if suffix else ""
        if any(role.name == name for role in self.roles.values()):
            raise IAMError(
                "InvalidInput",
                f"Service role name {name} has been taken in this account, please try a different suffix.",
            )
        return create_service_linked_role(self, service_name, name, description)

    def _tag_verification(self, tags: list[dict[str, str]]) -> dict[str, dict[str, str]]:
        if any(tag["Key"].lower().startswith("aws:") for tag in tags):
            raise IAMError("InvalidInput", "aws: prefixed tag key names are not allowed for external use.")
        return super()._tag_verification(tags)

    def tag_role(self, role_name: str, tags: list[dict[str, str]]) -> None:
        self._tag_verification(tags)
        _limit_tags("Role", [tag["Key"] for tag in self.get_role(role_name).tags or []], tags)
        super().tag_role(role_name, tags)

    def tag_user(self, name: str, tags: list[dict[str, str]]) -> None:
        self._tag_verification(tags)
        _limit_tags("User", self.tagger.get_tag_dict_for_resource(self.get_user(name).arn), tags)
        super().tag_user(name, tags)


def _limit_tags(kind: str, present: Iterable[str], tags: list[dict[str, str]]) -> None:
    """Raise LimitExceeded for more than 50 tags: reference_iam-quotas.html"""
    if len({key.lower() for key in (*present, *(tag["Key"] for tag in tags))}) > TAGS:
        raise IAMError("LimitExceeded", f"Cannot exceed quota for TagsPer{kind}: {TAGS}")
