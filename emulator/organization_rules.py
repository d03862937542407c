# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS Organizations refuses and moto accepts.

The codes and most texts: https://docs.aws.amazon.com/organizations/latest/APIReference/, the errors of each operation.
Limits: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.organizations.models import FakePolicy, OrganizationsBackend

UNIT_DEPTH = 5
ATTACHED = 5
MOST_TAGS = 50
LARGEST = {"SERVICE_CONTROL_POLICY": 5120, "RESOURCE_CONTROL_POLICY": 5120, "AISERVICES_OPT_OUT_POLICY": 2500}
# Types whose targets need a policy at all times; a new root, unit or account gets AWS's own one.
ALWAYS_ONE = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
IMMUTABLE = "You specified a policy that is managed by AWS and can't be modified."
Check = Callable[[OrganizationsBackend, dict[str, Any]], None]


class AccountError(ServiceException):
    """Error of AWS Organizations: AccountError(code, message)."""


def malformed() -> AccountError:
    return AccountError(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )


def _unit(backend: OrganizationsBackend, unit_id: str) -> Any:
    return next((unit for unit in backend.ou if unit.id == unit_id), None)


def _target(backend: OrganizationsBackend, target_id: str) -> Any:
    """Return a root, unit or account."""
    found = _unit(backend, target_id) or next((one for one in backend.accounts if one.id == target_id), None)
    if found is None:
        raise AccountError("TargetNotFoundException", "You specified a target that doesn't exist.")
    return found


# Units and accounts


def _same_name(backend: OrganizationsBackend, parent_id: str, name: str, but: Any = None) -> None:
    if any(unit.parent_id == parent_id and unit.name == name and unit is not but for unit in backend.ou):
        raise AccountError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


def create_unit(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    parent = _unit(backend, given["ParentId"])
    if parent is None:
        raise AccountError("ParentNotFoundException", "You specified parent that doesn't exist.")
    _same_name(backend, parent.id, given["Name"])
    depth = 1
    while parent.parent_id:
        depth, parent = depth + 1, _unit(backend, parent.parent_id)
    if depth > UNIT_DEPTH:
        # OU_DEPTH_LIMIT_EXCEEDED; the text is not verified.
        raise AccountError(
            "ConstraintViolationException", "You attempted to create an OU tree that is too many levels deep."
        )
    new_tags(backend, given)


def update_unit(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    unit = backend.get_organizational_unit_by_id(given["OrganizationalUnitId"])
    if "Name" in given:
        _same_name(backend, unit.parent_id, given["Name"], but=unit)


def delete_unit(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    """Refuse to delete a unit with accounts or units; its policies are detached before it is deleted."""
    unit = backend.get_organizational_unit_by_id(given["OrganizationalUnitId"])
    if any(one.parent_id == unit.id for one in (*backend.accounts, *backend.ou)):
        raise AccountError(
            "OrganizationalUnitNotEmptyException",
            "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, "
            "and try the operation again.",
        )
    for policy in unit.attached_policies:
        policy.attachments.remove(unit)


def move_account(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    account = backend.get_account_by_id(given["AccountId"])
    source, destination = given["SourceParentId"], given["DestinationParentId"]
    if _unit(backend, source) is None or account.parent_id != source:
        raise AccountError(
            "SourceParentNotFoundException", "We can't find a source root or OU with the ParentId that you specified."
        )
    if _unit(backend, destination) is None:
        raise AccountError(
            "DestinationParentNotFoundException",
            "We can't find the destination container (a root or OU) with the ParentId that you specified.",
        )
    if source == destination:
        raise AccountError("DuplicateAccountException", "That account is already present in the specified destination.")


def child(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    child_id = given["ChildId"]
    known = (one.id for one in (*backend.accounts, *backend.ou))
    if child_id not in known:
        raise AccountError(
            "ChildNotFoundException",
            "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
        )


def create_account(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    new_tags(backend, given)


def delete_organization(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    if len(backend.accounts) > 1:
        raise AccountError(
            "OrganizationNotEmptyException",
            "To delete an organization you must first remove all member accounts (except the master).",
        )


# Delegated administrators


def delegated(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    """Refuse an unknown account, and one that isn't the service's administrator."""
    account = backend.get_account_by_id(given["AccountId"])
    services = [one.services for one in backend.admins if one.account is account]
    service = given.get("ServicePrincipal")
    if account.id != backend.account_id and not any(service in one if service else one for one in services):
        raise AccountError(
            "AccountNotRegisteredException",
            "The provided account is not a registered delegated administrator for your organization.",
        )


# Policies


def create_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    check_content(given["Type"], given["Content"])
    new_tags(backend, given)


def update_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    policy = own_policy(backend, given)
    if given.get("Content") is not None:
        check_content(policy.type, given["Content"])
    if any(one is not policy and one.name == given.get("Name") for one in backend.policies):
        raise AccountError("DuplicatePolicyException", "A policy with the same name already exists.")


def own_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> FakePolicy:
    policy = backend.get_policy_by_id(given["PolicyId"])
    if policy.aws_managed:
        raise AccountError("InvalidInputException", IMMUTABLE)  # IMMUTABLE_POLICY
    return policy


def delete_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    own_policy(backend, given)


def attach_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    """Refuse to attach a policy. The text of the first error is not verified."""
    policy, target = backend.get_policy_by_id(given["PolicyId"]), _target(backend, given["TargetId"])
    if policy.type not in [each["Type"] for each in backend.ou[0].policy_types]:  # type: ignore[attr-defined]
        raise AccountError("PolicyTypeNotEnabledException", "This operation can be performed only for enabled types.")
    if policy in target.attached_policies:
        raise AccountError("DuplicatePolicyAttachmentException", "A policy with that ID is already attached.")
    if sum(one.type == policy.type for one in target.attached_policies) >= ATTACHED:
        # MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED
        raise AccountError(
            "ConstraintViolationException",
            "You attempted to exceed the number of policies of a certain type that can be attached to an entity at one "
            "time.",
        )


def detach_policy(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    policy, target = backend.get_policy_by_id(given["PolicyId"]), _target(backend, given["TargetId"])
    if policy not in target.attached_policies:
        raise AccountError("PolicyNotAttachedException", "The policy isn't attached to the specified target.")
    if policy.type in ALWAYS_ONE and sum(one.type == policy.type for one in target.attached_policies) == 1:
        # MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED; the text is not verified.
        raise AccountError(
            "ConstraintViolationException",
            "You cannot remove the last policy attached to the specified target. You must have at least one attached "
            "at all times.",
        )


def check_content(kind: str, content: str) -> None:
    """Raise for a document that a policy of this type can't have."""
    if len(content.encode()) > LARGEST.get(kind, 10_000):
        raise AccountError("ConstraintViolationException", "You have exceeded the maximum policy size.")
    try:
        document = json.loads(content)
    except ValueError:
        raise malformed() from None
    if not isinstance(document, dict) or not document:
        raise malformed()
    if kind in ALWAYS_ONE:
        if document.get("Version") not in ("2012-10-17", "2008-10-17") or set(document) - {
            "Version",
            "Id",
            "Statement",
        }:
            raise malformed()
        statements = document.get("Statement")
        for statement in statements if isinstance(statements, list) else [statements]:
            _check_statement(kind, statement)


def _check_statement(kind: str, statement: Any) -> None:
    """Check a statement: orgs_manage_policies_scps_syntax.html, orgs_manage_policies_rcps_syntax.html."""
    if not isinstance(statement, dict):
        raise malformed()
    of_resources = kind == "RESOURCE_CONTROL_POLICY"
    principals = {"Principal"} if of_resources else set()
    known = {"Sid", "Effect", "Action", "Resource", "NotResource", "Condition", *principals}
    known |= set() if of_resources else {"NotAction"}
    wrong = (
        set(statement) - known
        or statement.get("Effect") not in (("Deny",) if of_resources else ("Allow", "Deny"))
        or len({"Action", "NotAction"} & set(statement)) != 1
        or len({"Resource", "NotResource"} & set(statement)) != 1
        or (of_resources and statement.get("Principal") not in ("*", {"AWS": "*"}))
    )
    if wrong:
        raise malformed()


# Tags


def new_tags(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    _check_tags({}, given.get("Tags") or [])


def tag(backend: OrganizationsBackend, given: dict[str, Any]) -> None:
    _check_tags(backend._get_resource_for_tagging(given["ResourceId"]).tags, given["Tags"])


def _check_tags(present: dict[str, str], tags: list[dict[str, str]]) -> None:
    keys = [tag["Key"] for tag in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        # INVALID_SYSTEM_TAGS_PARAMETER
        raise AccountError(
            "InvalidInputException",
            "You specified a tag key that is a system tag. You can’t add, edit, or delete system tag keys because "
            "they're reserved for AWS use. System tags don’t count against your tags per resource limit.",
        )
    if len(set(keys)) < len(keys):
        # DUPLICATE_TAG_KEY
        raise AccountError(
            "InvalidInputException", "Tag keys must be unique among the tags attached to the same entity."
        )
    if len({*present, *keys}) > MOST_TAGS:
        # MAX_TAG_LIMIT_EXCEEDED
        raise AccountError(
            "ConstraintViolationException", "You have exceeded the number of tags allowed on this resource."
        )


CHECKS: dict[str, Check] = {
    "CreateAccount": create_account,
    "CreateOrganizationalUnit": create_unit,
    "UpdateOrganizationalUnit": update_unit,
    "DeleteOrganizationalUnit": delete_unit,
    "MoveAccount": move_account,
    "ListParents": child,
    "DeleteOrganization": delete_organization,
    "DeregisterDelegatedAdministrator": delegated,
    "ListDelegatedServicesForAccount": delegated,
    "CreatePolicy": create_policy,
    "UpdatePolicy": update_policy,
    "DeletePolicy": delete_policy,
    "AttachPolicy": attach_policy,
    "DetachPolicy": detach_policy,
    "ListPoliciesForTarget": lambda backend, given: _target(backend, given["TargetId"]) and None,
    "TagResource": tag,
}
