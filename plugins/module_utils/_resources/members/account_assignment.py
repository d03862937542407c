# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Assignments of groups to accounts by permission sets.

An assignment has no tags. Those of groups by sets of this owner are this owner's, in every account; those of users, and
all of others' sets, are only reported.
"""

from __future__ import annotations

import json
from dataclasses import replace

from ..._core.plan import OWN_ID, Address, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from . import organization_account, permission_set, sso_instance
from .permission_set_provisioning import one_by_one

READ_AFTER = ("directory_group", "organization_account", "permission_set", "provisioned_account", "sso_instance")
INPUTS = ("accounts", "most_sets_per_account")
PERMISSIONS = (
    "sso:CreateAccountAssignment",
    "sso:DeleteAccountAssignment",
    "sso:DescribeAccountAssignmentCreationStatus",
    "sso:DescribeAccountAssignmentDeletionStatus",
    "sso:ListAccountAssignments",
)


def read(aws, declared, found):
    """Return {ACCOUNT/SET/GROUP: Actual}, which is the id, too; of users ACCOUNT/SET/user ID.

    Fields: instance, account, permission_set (ARN), set_name, group (id), group_name. details: principal,
    principal_type.
    All sets in the declared accounts are read, and this owner's sets in all accounts.
    """
    instance = sso_instance.arn(found)
    names = {one.id: name for name, one in found["permission_set"].items()}
    asked = {
        *((account, arn) for account, there in found["provisioned_account"].items() for arn in there.details["sets"]),
        *((account, one.id) for one in found["permission_set"].values() for account in one.details.get("accounts", ())),
    }
    pairs = sorted(asked)
    lists = aws.gather(*(lambda pair=pair: _list(aws, instance, *pair) for pair in pairs))
    groups = {group.id: name for name, group in found["directory_group"].items()}
    assignments = {}
    for (account, arn), listed in zip(pairs, lists):
        set_name = names.get(arn, arn)
        managed = arn in names and found["permission_set"][set_name].managed
        for item in listed:
            actual = _read(item, instance, account, set_name, managed, groups)
            name = f"{account}/{set_name}/{actual.details['principal']}"
            if name in assignments:
                name += f"#{item['PrincipalId']}"
            assignments[name] = replace(actual, id=name)
    return assignments


def _list(aws, instance, account, arn):
    return aws.read(
        "sso-admin.list_account_assignments",
        "AccountAssignments",
        "ResourceNotFoundException",
        InstanceArn=instance,
        AccountId=account,
        PermissionSetArn=arn,
    )


def _read(item, instance, account, set_name, managed, groups):
    kind, id_ = item["PrincipalType"], item["PrincipalId"]
    of_group = kind == "GROUP"
    principal = groups.get(id_, id_) if of_group else f"{kind.lower()} {id_}"
    fields = {
        "instance": instance,
        "account": account,
        "permission_set": item["PermissionSetArn"],
        "set_name": set_name,
        "group": id_,
        "group_name": principal,
    }
    details = {"principal": principal, "principal_type": kind}
    return Actual("", fields, managed and of_group, details)


def plan(wanted, found, declared):
    own = {name: there for name, there in found[KIND.name].items() if there.managed}
    if not declared.absent:
        _refuse_accounts(found, declared)
        _refuse_over_quota(found, declared)
    steps = [
        replace(step, alone=True)
        for step in reconcile(KIND, wanted, own)
        if not (step.removes and organization_account.why_not(found, step.before["account"]))
    ]
    # A set's roles follow it before somebody else gets them.
    sets = [step.address for step in permission_set.planned(found, declared) if not step.removes]
    steps = [
        replace(step, needs=(*step.needs, *(_entitled(step, declared) if step.removes else sets))) for step in steps
    ]
    accounts = {step.address.name.partition("/")[0] for step in steps}
    provisioned = {
        account: [Address("permission_set_provisioning", f"{account}/{name}", "latest") for name in names]
        for account in accounts
        for names in [declared.resources["permission_set"]]
    }
    return one_by_one(steps, provisioned)


def _entitled(step, declared):
    """Return the addresses of the account's entitlements, created before assignments that they replace are deleted."""
    account = step.before["account"]
    declared_ones = declared.resources.get("entitlement", {})
    return [Address("entitlement", name) for name, one in declared_ones.items() if one["account"] == account]


def _refuse_accounts(found, declared):
    """Raise Conflict for declared accounts in which nobody can be assigned."""
    management, accounts = sso_instance.management_account(found), declared.inputs.accounts
    for account in accounts:
        organization_account.refuse_unusable(found, account, accounts)
        if account == management and sso_instance.is_delegated(found, declared):
            raise Conflict(
                f"members of {organization_account.named(account, accounts)}: it is the management account, and"
                f" {declared.place['account_id']} is a delegated administrator, which can't assign anybody there. Run"
                " in the management account for it"
            )


def _refuse_over_quota(found, declared):
    most = declared.inputs.most_sets_per_account
    by_name = found["permission_set"]
    for account, declaration in declared.inputs.accounts.items():
        there = found["provisioned_account"].get(account)
        sets = set(there.details["sets"]) if there else set()
        named = {name for name, groups in declaration["members"].items() if groups}
        new = {name for name in named if name not in by_name or by_name[name].id not in sets}
        if new and len(sets) + len(new) > most:
            raise Conflict(
                f"members of account {account}: {len(sets)} permission sets are provisioned there, {len(new)} more"
                f" would be over the quota of {most} (most_sets_per_account, if AWS has raised it)"
            )


def findings(wanted, found, declared):
    lines = []
    for name, there in sorted(found[KIND.name].items()):
        account, set_name = there.fields["account"], there.fields["set_name"]
        where = organization_account.named(account, declared.inputs.accounts)
        why = organization_account.why_not(found, account)
        if there.managed and name not in wanted and why:
            lines.append(f"{where}: the assignment of {there.details['principal']} by {set_name} stays, since it {why}")
        elif not there.managed and not declared.absent:
            lines.append(_of_others(where, there, found["permission_set"].get(set_name)))
    return lines


def _of_others(where, there, one):
    principal, set_name = there.details["principal"], there.fields["set_name"]
    if one and one.managed:
        return (
            f"{where}: {principal} has {set_name} by an assignment of its own, which account_members never removes: put"
            " the user into a group, and delete the assignment"
        )
    who = principal if there.details["principal_type"] != "GROUP" else f"group {principal}"
    return f"{where}: {who} has {set_name}, which isn't declared: declare it, or let its owner delete the assignment"


def refuse(wanted, found, declared):
    """Raise Conflict for sets that AWS wouldn't delete, since somebody else assigned them to users."""
    for name, one in found["permission_set"].items():
        if one.managed and (declared.absent or name not in declared.resources["permission_set"]):
            held = sorted(
                each
                for each, there in found[KIND.name].items()
                if there.fields["permission_set"] == one.id and not there.managed
            )
            if held:
                raise Conflict(
                    f"permission_set.{name}: it can't be deleted while it is assigned to users, which account_members"
                    f" never removes: {', '.join(held)}. Delete these assignments"
                )


def _call(operation, fields):
    return Call(
        f"sso-admin.{operation}_account_assignment",
        {
            "InstanceArn": fields["instance"],
            "TargetId": fields["account"],
            "TargetType": "AWS_ACCOUNT",
            "PermissionSetArn": fields["permission_set"],
            "PrincipalType": "GROUP",
            "PrincipalId": fields["group"],
        },
        # The answer has no id but the request's.
        id_path=_as_literal(fields) if operation == "create" else "",
        wait=_wait(fields["instance"], "Creation" if operation == "create" else "Deletion"),
    )


def _as_literal(fields):
    """Return the assignment's name as a literal of JMESPath, whatever the group's name has in it."""
    name = "/".join(fields[part] for part in ("account", "set_name", "group_name"))
    escaped = json.dumps(name).replace("`", "\\`")
    return f"`{escaped}`"


def _wait(instance, what):
    status = f"AccountAssignment{what}Status"
    return Wait(
        f"sso-admin.describe_account_assignment_{what.lower()}_status",
        {"InstanceArn": instance, f"AccountAssignment{what}RequestId": OWN_ID},
        f"[{status}.Status]",
        until=("SUCCEEDED",),
        failed=("FAILED",),
        pending=("IN_PROGRESS",),
        made=f"{status}.RequestId",
        reason=f"{status}.FailureReason",
        # Of two runs that delete it, one fails: "Received a 404 status error: Assignment not found."
        # (github.com/hashicorp/terraform-provider-aws/issues/35158).
        missing="" if what == "Creation" else "Assignment not found",
    )


KIND = ResourceType(
    "account_assignment",
    create=lambda fields: _call("create", fields),
    delete=lambda id_, fields: _call("delete", fields),
    depends_on=("permission_set",),
)
