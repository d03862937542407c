# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy documents of an account that has switch roles and no users (PCI DSS v4.0.1: 7.2, 8.2.2, 8.4.2, 8.6).

In ARNs stands {partition}.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

# What each kind of switch role may do, by AWS managed policies; the boundary narrows all of them.
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "admin": ("AdministratorAccess",),
    # Everything but IAM and Organizations.
    "operator": ("PowerUserAccess",),
    "read_only": ("ReadOnlyAccess",),
    "auditor": ("SecurityAudit", "job-function/ViewOnlyAccess"),
}
# "IAM and AWS STS quotas", by the names of GetAccountSummary; whitespace isn't counted.
QUOTAS: Mapping[str, int] = {
    "AssumeRolePolicySizeQuota": 2048,
    "PolicySizeQuota": 6144,
    "RolePolicySizeQuota": 10240,
    "AttachedPoliciesPerRoleQuota": 10,
}
# "Quotas for AWS Organizations", where whitespace counts unless the console saves it; newer ones of some partitions are
# 10,240, by LocalStack's documentation of what it refuses.
SCP_CHARACTERS = 5120
# The inline policy of a switch role that ends its older sessions: the name that the console gives it.
REVOCATION = "AWSRevokeOlderSessions"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

# What a switch role may write in IAM, apart from service-linked roles, whose trust and rights are AWS's. All else is
# out of its boundary, what AWS adds to IAM, too. A role's trust policy has no condition key (Service Authorization
# Reference), so whoever may create a role, change its trust or acquire one from a template could let in another
# account, without MFA, for 12 hours.
_WRITES = ["iam:*ServerCertificate"]
# Its reads, and STS's operations that give no credentials but CodeArtifact's and the like.
_READS = [
    "account:Get*",
    "account:List*",
    "iam:Generate*",
    "iam:Get*",
    "iam:List*",
    "iam:Simulate*",
    "organizations:Describe*",
    "organizations:List*",
    "rolesanywhere:Get*",
    "rolesanywhere:List*",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetServiceBearerToken",
]
# Services of which the boundary allows only that.
_NARROW = ["account:*", "iam:*", "organizations:*", "rolesanywhere:*", "sts:*"]
# Those know iam:PermissionsBoundary.
_RIGHTS_OF_ROLES = ["iam:AttachRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy"]
# Every write of IAM but those, PassRole and _RIGHTS_OF_ROLES. Wildcards, for what AWS adds; at the end only, since
# service control policies long took them nowhere else.
_LASTING = """
Accept* Acquire* Add* Associate* AttachGroup* AttachUser* Change* Deactivate* DetachGroup* DetachUser* Disable* Enable*
CreateA* CreateDelegation* CreateGroup* CreateInstance* CreateLogin* CreateOpenID* CreatePolicy* CreateRole* CreateSAML*
CreateServiceSpecific* CreateUser* CreateVirtual*
DeleteA* DeleteCloudFront* DeleteGroup* DeleteInstance* DeleteLogin* DeleteOpenID* DeletePolicy* DeleteRole
DeleteRolePermissions* DeleteSAML* DeleteSSH* DeleteServiceSpecific* DeleteSigning* DeleteUser* DeleteVirtual*
PutAccount* PutGroup* PutRolePermissions* PutUser* Reject* Remove* Reset* Resync* Send* Set*
TagInstance* TagMFA* TagOpenID* TagPolicy* TagRole* TagSAML* TagUser*
UntagInstance* UntagMFA* UntagOpenID* UntagPolicy* UntagRole* UntagSAML* UntagUser*
UpdateA* UpdateCloudFront* UpdateDelegation* UpdateGroup* UpdateLogin* UpdateOpenID* UpdateRole* UpdateSAML* UpdateSSH*
UpdateServiceSpecific* UpdateSigning* UpdateUser* UploadCloudFront* UploadSSH* UploadSigning*
""".split()
# Other ways to credentials that outlive a session, and out of the organization.
_WHAT_LASTS = [
    *(f"iam:{action}" for action in _LASTING),
    *(f"account:{verb}*" for verb in ("Accept", "Close", "Delete", "Disable", "Enable", "Put", "Start")),
    *(f"rolesanywhere:{verb}*" for verb in ("Create", "Enable", "Import", "Put", "Update")),
    "lightsail:CreateBucketAccessKey",
    "organizations:LeaveOrganization",
    "signin:Delete*",
    "signin:Put*",
]
# Of a session: `aws login` renews its credentials for 12 hours ("Login for AWS local development using console
# credentials").
_LASTING_OF_SESSIONS = [
    "lightsail:CreateBucketAccessKey",
    "signin:AuthorizeOAuth2Access",
    "signin:Create*Token*",
    "signin:Delete*",
    "signin:Put*",
]


def boundary(
    account_id: str, path: str, arn: str, ways_in: Sequence[str] = (), passable: Sequence[str] = ()
) -> dict[str, Any]:
    """The most that a session of a switch role may do: in IAM, STS and what else makes credentials or keeps the account
    in its organization it reads, and may change what roles with the boundary (`arn` is its own) may do, but for the
    guard's (under its path) and those among `ways_in` (ARNs). It switches to no other role, passes `passable` roles
    (names, with path and wildcards) only, and can't use ECS Exec, whose idle timeout can't be set ("Monitor Amazon ECS
    containers with ECS Exec").
    """
    own = f"arn:{{partition}}:iam::{account_id}"
    passed = {**_allow("PassTheseRoles", ["iam:PassRole"]), "Resource": [f"{own}:role/{role}" for role in passable]}
    return _document(
        {"Sid": "WhatTheRoleAllows", "Effect": "Allow", "NotAction": _NARROW, "Resource": "*"},
        _allow("ReadsAndHarmlessWrites", [*_READS, *_WRITES]),
        {
            **_allow("ServiceLinkedRoles", ["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"]),
            "Resource": f"{own}:role/aws-service-role/*",
        },
        {
            **_allow("RightsOfRolesWithTheBoundary", _RIGHTS_OF_ROLES),
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": arn}},
        },
        *([passed] if passable else []),
        {**_deny("TheGuardsRoles", [*_RIGHTS_OF_ROLES, "iam:PassRole"]), "Resource": _roles(own, path, ways_in)},
        _the_guards_functions(account_id),
        # A trust policy that names the session isn't limited by what the boundary doesn't allow, but by what it denies.
        _deny("NoOtherRole", ["sts:Assume*", "sts:GetFederationToken", "sts:GetWebIdentityToken"]),
        _deny("NoLastingCredentials", _LASTING_OF_SESSIONS),
        _deny("NoShellWithoutIdleTimeout", ["ecs:ExecuteCommand"]),
    )


def service_control_policy(
    account_id: str, path: str, arn: str, exempt: Sequence[str], ways_in: Sequence[str] = ()
) -> dict[str, Any]:
    """What nobody in the account may do, its root user among them, but `exempt` (ARNs of principals): what outlives a
    session or a guard, more rights for roles without the boundary (`arn`), and changes to the guard.

    Service-linked roles aren't bound by it, nor are principals of other accounts.
    """
    own = f"arn:{{partition}}:iam::{account_id}"
    others = {"ArnNotEquals": {"aws:PrincipalArn": sorted(exempt)}} if exempt else {}

    def but_for(statement: dict[str, Any], **condition: Any) -> dict[str, Any]:
        condition |= others
        return {**statement, "Condition": condition} if condition else statement

    return _document(
        but_for(_deny("NothingThatLasts", _WHAT_LASTS)),
        but_for(
            _deny("RolesWithRightsHaveTheBoundary", _RIGHTS_OF_ROLES),
            StringNotEquals={"iam:PermissionsBoundary": arn},
        ),
        but_for(
            {**_deny("TheGuardsRoles", [*_RIGHTS_OF_ROLES, "iam:PassRole"]), "Resource": _roles(own, path, ways_in)}
        ),
        but_for(_the_guards_functions(account_id)),
    )


def _roles(own: str, path: str, ways_in: Sequence[str]) -> list[str]:
    return [f"{own}:role{path}*", *sorted(way for way in ways_in if ":role/" in way)]


def _the_guards_functions(account_id: str) -> dict[str, Any]:
    return {
        "Sid": "TheGuardsFunctions",
        "Effect": "Deny",
        "NotAction": [f"{service}:{verb}*" for service in ("lambda", "scheduler") for verb in ("Get", "List")],
        "Resource": [
            f"arn:{{partition}}:lambda:*:{account_id}:function:{function_name('*')}",
            f"arn:{{partition}}:scheduler:*:{account_id}:schedule/default/{function_name('*')}",
        ],
    }


def revocation(moment: str) -> dict[str, Any]:
    """What ends all sessions of a role that began before the moment (text_of): the inline policy that the console
    writes ("Revoke IAM role temporary security credentials").
    """
    condition = {"Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}}}
    return _document({**_deny("OlderSessions", ["*"]), **condition})


def text_of(moment: datetime.datetime) -> str:
    """ISO 8601, UTC, as IAM's conditions on dates take it."""
    return moment.strftime(_MOMENT)


def moment_of(document: Mapping[str, Any]) -> datetime.datetime | None:
    """Of which the document is the revocation; None: it is another one."""
    try:
        moment = document["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
        read = datetime.datetime.strptime(moment, _MOMENT).replace(tzinfo=datetime.timezone.utc)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return read if document == revocation(moment) else None


def function_name(guard: str) -> str:
    """Of the function that renews the revocations, and of its schedule."""
    return f"closednet-pci-{guard}"


def may_revoke(account_id: str, path: str, roles: Sequence[str]) -> dict[str, Any]:
    """For the function. IAM has no condition key for the name of an inline policy, so it could write others, too; the
    boundary of the roles holds for those.
    """
    own = f"arn:{{partition}}:iam::{account_id}:role{path}"
    return _document(
        {
            "Sid": "RevokeOlderSessions",
            "Effect": "Allow",
            "Action": "iam:PutRolePolicy",
            "Resource": [f"{own}{role}" for role in sorted(roles)],
        }
    )


def may_invoke(function_arn: str) -> dict[str, Any]:
    return _document({"Sid": "Invoke", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function_arn})


def trusted_service(service: str, account_id: str) -> dict[str, Any]:
    """Trust of a service, acting for this account only ("The confused deputy problem")."""
    return _document(
        {
            "Sid": "Service",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        }
    )


def environment(roles: Sequence[str], max_age: int) -> dict[str, str]:
    """Of the function: what HANDLER reads."""
    return {
        "ROLES": " ".join(sorted(roles)),
        "MAX_AGE": str(max_age),
        "POLICY_NAME": REVOCATION,
        "POLICY": json.dumps(revocation("MOMENT"), separators=(",", ":")),
    }


# Python 3.9 and later, with the boto3 of Lambda's runtime. All roles are tried, then it fails if one was refused, so
# that the function's metric Errors and the schedule's retries tell.
HANDLER = '''\
"""Ends the sessions of roles that are older than MAX_AGE seconds. Made by closednet.aws.pci_role_guard."""
import datetime
import os

import boto3


def handler(event, context):
    age = datetime.timedelta(seconds=int(os.environ["MAX_AGE"]))
    moment = (datetime.datetime.now(datetime.timezone.utc) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = os.environ["POLICY"].replace("MOMENT", moment)
    iam, failed = boto3.client("iam"), []
    for role in os.environ["ROLES"].split():
        try:
            iam.put_role_policy(RoleName=role, PolicyName=os.environ["POLICY_NAME"], PolicyDocument=document)
        except Exception as error:
            failed.append(f"{role}: {error}")
    if failed:
        raise RuntimeError("; ".join(failed))
    return moment
'''
# "Lambda quotas": all environment variables together.
ENVIRONMENT_BYTES = 4096


def characters(document: Mapping[str, Any]) -> int:
    """As IAM counts them."""
    return len(json.dumps(document, separators=(",", ":")))


def _deny(sid: str, actions: Sequence[str], resource: str = "*") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": resource}


def _allow(sid: str, actions: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
