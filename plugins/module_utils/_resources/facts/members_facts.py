# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may get into which account by IAM Identity Center: sets, assignments, entitlements, groups and users, read only.

The instance and the list of its permission sets must be readable. What else the credential may not read is left out and
reported by name: a delegated administrator doesn't see all of the management account, and nothing unread is reported as
empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.members import identity_center
from ..shared.partial_reads import merge_reads, read_if_allowed, unless

READ_AFTER = ()
INPUTS = ("account_ids", "application_arns", "backends", "instance_arn")
PERMISSIONS = (
    "account-access:GetApplication",
    "account-access:ListApplications",
    "account-access:ListEntitlements",
    "identitystore:ListGroupMemberships",
    "identitystore:ListGroups",
    "identitystore:ListUsers",
    "sso:DescribePermissionSet",
    "sso:ListAccountAssignments",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListInstances",
    "sso:ListPermissionSets",
    "sso:ListTagsForResource",
)
KIND = ResourceType("members_facts")
OUTDATED = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
# A set, group or application that somebody deleted between two reads.
GONE = "ResourceNotFoundException"
Readings = Mapping[str, Callable[[], Any]]


class Reads:
    """Reads of one run, with what the credential may not read."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self.unread: dict[str, str] = {}

    def of(self, service: str, readings: Readings) -> dict[str, Any]:
        """Return name -> what was read, at the same time, without what may not be read."""
        parts = self._aws.gather(*(partial(read_if_allowed, name, service, one) for name, one in readings.items()))
        read = merge_reads({}, parts)
        self.unread |= {name: f"{action} is denied" for name, action in read.pop("denied").items()}
        self.unread |= read.pop("unread")
        return read


def read(aws, declared, found):
    """Return {"main": Actual} whose details are what account_members_info reports, in AWS's shapes.

    instance, permission_sets (with Tags, AccountIds, OutdatedAccountIds), assignments, entitlements, groups, users,
    memberships ({group id: user ids}) and unread ({what: why}); a part that may not be read is missing.
    """
    inputs, reads = declared.inputs, Reads(aws)
    instance = _instance(aws, inputs.instance_arn)
    facts: dict[str, Any] = {"instance": instance}
    if "permission_set" in inputs.backends:
        sets = _permission_sets(aws, reads, instance["InstanceArn"])
        facts |= {
            "permission_sets": sets,
            "assignments": _assignments(aws, reads, instance["InstanceArn"], sets, inputs.account_ids),
        }
    if "entitlement" in inputs.backends:
        facts |= _entitlements(aws, reads, instance["InstanceArn"], inputs)
    facts |= _directory(aws, reads, instance["IdentityStoreId"], _groups_of(facts))
    return {"main": Actual(instance["InstanceArn"], {}, False, {**facts, "unread": reads.unread})}


def _instance(aws, wanted):
    """Return the instance that is asked for, or the only one. Raises Conflict."""
    listed = aws.read("sso-admin.list_instances", "Instances")
    there = ", ".join(f"{one['InstanceArn']} ({one.get('Name') or 'no name'})" for one in listed) or "none"
    chosen = [one for one in listed if wanted in (None, one["InstanceArn"])]
    if wanted is None and len(chosen) > 1:
        raise Conflict(f"instance_arn: is missing, and there are several instances of IAM Identity Center: {there}")
    if not chosen:
        where = f"account {aws.account_id} shows in {aws.region}: {there}"
        asked = f"is no instance of IAM Identity Center that {where}" if wanted else f"no instance that {where}"
        raise Conflict(f"instance_arn: {wanted or ''} {asked}; it is in one region, and visible to its account only")
    return chosen[0]


def _permission_sets(aws, reads, instance):
    arns = aws.read("sso-admin.list_permission_sets", "PermissionSets", InstanceArn=instance)
    readings = {f"permission set {arn}": partial(_permission_set, aws, instance, arn) for arn in arns}
    read_ = reads.of("sso", readings)
    known = [one for one in read_.values() if one is not None]
    unnamed = [{"PermissionSetArn": arn, "Name": arn} for arn in arns if f"permission set {arn}" not in read_]
    return [*known, *unnamed]


def _permission_set(aws, instance, arn):
    """Return a set, None if it was deleted meanwhile."""
    of_set = {"InstanceArn": instance, "PermissionSetArn": arn}
    accounts = "sso-admin.list_accounts_for_provisioned_permission_set"
    return unless(
        (GONE,),
        lambda: {
            **aws.call("sso-admin.describe_permission_set", **of_set)["PermissionSet"],
            "Tags": aws.read("sso-admin.list_tags_for_resource", "Tags", InstanceArn=instance, ResourceArn=arn),
            "AccountIds": aws.read(accounts, "AccountIds", **of_set),
            "OutdatedAccountIds": aws.read(accounts, "AccountIds", ProvisioningStatus=OUTDATED, **of_set),
        },
        None,
    )


def _assignments(aws, reads, instance, sets, account_ids):
    readings = {
        f"assignments of {one['Name']} in {account}": partial(
            aws.read,
            "sso-admin.list_account_assignments",
            "AccountAssignments",
            none_if=GONE,
            InstanceArn=instance,
            AccountId=account,
            PermissionSetArn=one["PermissionSetArn"],
        )
        for one in sets
        for account in one.get("AccountIds", ())
        if not account_ids or account in account_ids
    }
    return [item for items in reads.of("sso", readings).values() for item in items]


def _entitlements(aws, reads, instance, inputs):
    """Return {"entitlements": each with ApplicationArn}, {} if the applications may not be read."""
    arns = list(inputs.application_arns)
    if not arns:
        listing = {
            "applications of account access manager": partial(
                aws.read, "account-access.list_applications", "applications"
            )
        }
        listed = reads.of("account-access", listing)
        if not listed:
            return {}
        arns = [one["applicationArn"] for items in listed.values() for one in items]
    of_instance = {f"application {arn}": partial(_is_of, aws, instance, arn) for arn in arns}
    ours = reads.of("account-access", of_instance)
    filters = [{"principalRole": {"account": account}} for account in inputs.account_ids] or [{}]
    readings = {
        f"entitlements of {arn}{_words(one)}": partial(_of_application, aws, arn, one)
        for arn in arns
        if ours.get(f"application {arn}")
        for one in filters
    }
    return {"entitlements": [item for items in reads.of("account-access", readings).values() for item in items]}


def _words(filter_):
    return f" in {filter_['principalRole']['account']}" if filter_ else ""


def _is_of(aws, instance, arn):
    """Return true if the application is one of this instance."""
    application = unless((GONE,), lambda: aws.call("account-access.get_application", applicationArn=arn), None)
    return application is not None and identity_center.instance_of(application) == instance


def _of_application(aws, arn, filter_):
    found = aws.read(
        "account-access.list_entitlements", "entitlements", none_if=GONE, applicationArn=arn, filter=filter_
    )
    return [{**item, "applicationArn": arn} for item in found]


def _groups_of(facts) -> set[str]:
    """Ids of the groups that get in somewhere."""
    assigned = {one["PrincipalId"] for one in facts.get("assignments", ()) if one["PrincipalType"] == "GROUP"}
    entitled = {principal_of(one).get("groupId") for one in facts.get("entitlements", ())}
    return {*assigned, *entitled} - {None}


def principal_of(entitlement: Mapping[str, Any]) -> Mapping[str, str]:
    """Return {"groupId" or "userId": id} of an entitlement, {} for a principal of a kind that isn't known here."""
    principal: Mapping[str, str] = entitlement["entitlement"]["principalRole"]["principal"].get("identityCenter", {})
    return principal


def _directory(aws, reads, store: str, groups: Iterable[str]):
    """Return groups, users and memberships of the identity store, each if it may be read."""
    whole = {"IdentityStoreId": store}
    read_ = reads.of(
        "identitystore",
        {
            "groups": partial(aws.read, "identitystore.list_groups", "Groups", **whole),
            "users": partial(aws.read, "identitystore.list_users", "Users", **whole),
        },
    )
    names = {one["GroupId"]: one.get("DisplayName") for one in read_.get("groups", ())}
    # Of groups of the same name, each has its own id in the report.
    labels = {f"members of {names.get(id_) or 'group'} ({id_})": id_ for id_ in sorted(groups)}
    readings = {label: partial(_members, aws, store, id_) for label, id_ in labels.items()}
    members = reads.of("identitystore", readings)
    return {**read_, "memberships": {labels[label]: users for label, users in members.items()}}


def _members(aws, store, group):
    found = aws.read(
        "identitystore.list_group_memberships",
        "GroupMemberships",
        none_if=GONE,
        IdentityStoreId=store,
        GroupId=group,
    )
    return [identity_center.member_of(one) for one in found]
