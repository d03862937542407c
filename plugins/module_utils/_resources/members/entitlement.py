# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entitlements of IAM account access manager: which group may assume which existing role of an account.

An entitlement has no tags. Those of groups to declared roles are this owner's: a role whose list is empty is declared,
too. Those of users, and to other roles, are only reported.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from . import organization_account

READ_AFTER = ("account_access_application", "directory_group", "organization_account")
INPUTS = ("accounts", "backend")
PERMISSIONS = (
    "account-access:CreateEntitlement",
    "account-access:DeleteEntitlement",
    "account-access:ListEntitlements",
)


def read(aws, declared, found):
    """Return {ACCOUNT/ROLE/GROUP: Actual}; of users ACCOUNT/ROLE/user ID. The id is AWS's.

    Fields: application, role_arn, group (id). details: account, role (name with path), principal.
    """
    application = found["account_access_application"].get("main")
    if not application:
        return {}
    listed = aws.read("account-access.list_entitlements", "entitlements", applicationArn=application.id, filter={})
    groups = {group.id: name for name, group in found["directory_group"].items()}
    roles = _roles(declared)
    entitlements = {}
    for item in listed:
        actual = _read(item, application.id, groups, roles)
        name = "/".join(actual.details[part] for part in ("account", "role", "principal"))
        entitlements[f"{name}#{actual.id}" if name in entitlements else name] = actual
    return entitlements


def _read(item, application, groups, roles):
    entitled = item["entitlement"].get("principalRole", {})
    principal = entitled.get("principal", {}).get("identityCenter", {})
    group, arn = principal.get("groupId"), entitled.get("roleArn", "")
    fields = {"application": application, "role_arn": arn, "group": group}
    details = {
        "account": entitled.get("account") or ":".join(arn.split(":")[4:5]),
        "role": arn.partition(":role/")[2],
        "principal": groups.get(group, group) if group else f"user {principal.get('userId')}",
    }
    return Actual(item["entitlementId"], fields, bool(group) and arn in roles, details)


def _roles(declared):
    """Return the ARNs of the declared roles."""
    if declared.inputs.backend != "entitlement":
        return set()
    return {
        role_arn(declared, account, role)
        for account, declaration in declared.inputs.accounts.items()
        for role in declaration["members"]
    }


def role_arn(declared, account, role):
    return f"arn:{declared.place['partition']}:iam::{account}:role/{role}"


def plan(wanted, found, declared):
    for account in declared.inputs.accounts if wanted else ():
        organization_account.refuse_unusable(found, account, declared.inputs.accounts)
    named = {
        name: {
            "application": fields["application"],
            "role_arn": role_arn(declared, fields["account"], fields["role"]),
            "group": fields["group"],
        }
        for name, fields in wanted.items()
    }
    own = {name: there for name, there in found[KIND.name].items() if there.managed}
    return [replace(step, alone=True) for step in reconcile(KIND, named, own)]


def findings(wanted, found, declared):
    if declared.absent:
        return []
    lines = []
    for _name, there in sorted(found[KIND.name].items()):
        account, role, principal = (there.details[part] for part in ("account", "role", "principal"))
        if there.managed or account not in declared.inputs.accounts and declared.inputs.backend != "entitlement":
            continue
        where = organization_account.named(account, declared.inputs.accounts)
        who = f"group {principal}" if there.fields["group"] else principal
        lines.append(
            f"{where}: {who} may assume {role} by an entitlement that isn't declared: declare {role} in members, or let"
            " its owner delete the entitlement"
        )
    return lines


KIND = ResourceType(
    "entitlement",
    create=lambda fields: Call(
        "account-access.create_entitlement",
        {
            "applicationArn": fields["application"],
            "entitlement": {
                "principalRole": {
                    "principal": {"identityCenter": {"groupId": fields["group"]}},
                    "roleArn": fields["role_arn"],
                }
            },
        },
        id_path="entitlementId",
    ),
    delete=lambda id_, fields: Call(
        "account-access.delete_entitlement", {"applicationArn": fields["application"], "entitlementId": id_}
    ),
)
