# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents of an account that has switch roles and no users (PCI DSS v4.0.1: 7.2, 8.2.2, 8.4.2, 8.6).

Their ARNs contain the placeholder {partition}.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

# AWS managed policies of each kind of switch role; the permissions boundary narrows all of them.
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
# "Quotas for AWS Organizations", where whitespace counts unless the console saves it. Newer quotas of some partitions
# are 10,240, by LocalStack's documentation of what it refuses.
SCP_CHARACTERS = 5120
# The inline policy of a switch role that ends its older sessions: the name that the console gives it.
REVOCATION = "AWSRevokeOlderSessions"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

# What a switch role may write in IAM, apart from service-linked roles, whose trust and permissions AWS defines. The
# boundary allows nothing else, including what AWS adds to IAM later. IAM has no condition key for a role's trust policy
# (Service Authorization Reference), so a session that may create a role, change its trust policy or acquire a role from
# a template could admit another account, without MFA, for 12 hours.
_WRITES = ["iam:*ServerCertificate"]
# What it may read, and STS's operations that return no credentials but CodeArtifact's and the like.
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
# Services of which the boundary allows only the actions above.
_NARROW = ["account:*", "iam:*", "organizations:*", "rolesanywhere:*", "sts:*"]
# Actions that have the condition key iam:PermissionsBoundary.
_RIGHTS_OF_ROLES = ["iam:AttachRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy"]
# Every write action of IAM except _WRITES, those on service-linked roles, PassRole and _RIGHTS_OF_ROLES. Wildcards also
# cover what AWS adds; they stand at the end only, since service control policies long accepted them nowhere else.
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
# These, other ways to credentials that outlive a session, and ways out of the organization.
_WHAT_LASTS = [
    *(f"iam:{action}" for action in _LASTING),
    *(f"account:{verb}*" for verb in ("Accept", "Close", "Delete", "Disable", "Enable", "Put", "Start")),
    *(f"rolesanywhere:{verb}*" for verb in ("Create", "Enable", "Import", "Put", "Update")),
    "lightsail:CreateBucketAccessKey",
    "organizations:LeaveOrganization",
    "signin:Delete*",
    "signin:Put*",
]
# What a session may not use for lasting credentials: `aws login` renews its own for 12 hours ("Login for AWS local
# development using console credentials").
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
    """Return the permissions boundary: the most that a session of a switch role may do.

    In IAM, STS and the other services that create credentials or keep the account in its organization, it may read,
    manage server certificates and service-linked roles, and change the permissions of roles that have the boundary
    (`arn` is the boundary's), except roles of the guard (under `path`) and those among `ways_in` (ARNs). It switches to
    no other role, passes only `passable` roles (names, with path and wildcards), and can't use ECS Exec, whose idle
    timeout can't be set ("Monitor Amazon ECS containers with ECS Exec").
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
        # Only what a boundary denies, not what it doesn't allow, limits a trust policy that names the session.
        _deny("NoOtherRole", ["sts:Assume*", "sts:GetFederationToken", "sts:GetWebIdentityToken"]),
        _deny("NoLastingCredentials", _LASTING_OF_SESSIONS),
        _deny("NoShellWithoutIdleTimeout", ["ecs:ExecuteCommand"]),
    )


def service_control_policy(
    account_id: str, path: str, arn: str, exempt: Sequence[str], ways_in: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the service control policy: what nobody in the account, its root user included, may do.

    It denies what outlives a session or a guard, changes to the permissions of roles without the boundary (`arn`), and
    changes to the guard. It doesn't apply to `exempt` (ARNs of principals), service-linked roles and principals of
    other accounts.
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
    """Return the inline policy that ends all sessions of a role that began before the moment (text_of).

    It is the policy that the console writes ("Revoke IAM role temporary security credentials").
    """
    condition = {"Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}}}
    return _document({**_deny("OlderSessions", ["*"]), **condition})


def text_of(moment: datetime.datetime) -> str:
    """Format a moment in UTC as ISO 8601, as IAM's date conditions accept it."""
    return moment.strftime(_MOMENT)


def moment_of(document: Mapping[str, Any]) -> datetime.datetime | None:
    """Return the moment of a `revocation` document, or None if the document is another one."""
    try:
        moment = document["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
        read = datetime.datetime.strptime(moment, _MOMENT).replace(tzinfo=datetime.timezone.utc)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return read if document == revocation(moment) else None


def function_name(guard: str) -> str:
    """Name of the Lambda function that renews the revocations, and of its schedule."""
    return f"closednet-pci-{guard}"


def may_revoke(account_id: str, path: str, roles: Sequence[str]) -> dict[str, Any]:
    """Return the policy by which the function writes revocations to these roles.

    IAM has no condition key for the name of an inline policy, so the function could write others, too; the roles'
    boundary limits those.
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
    """Return the trust policy for a service that acts for this account only ("The confused deputy problem")."""
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
    """Environment variables of the function, which HANDLER reads."""
    return {
        "ROLES": " ".join(sorted(roles)),
        "MAX_AGE": str(max_age),
        "POLICY_NAME": REVOCATION,
        "POLICY": json.dumps(revocation("MOMENT"), separators=(",", ":")),
    }


# Python 3.9 and later, with the boto3 of Lambda's runtime. It tries all roles, then fails if AWS refused one, so that
# the function's metric Errors and the schedule's retries show it.
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
    """Length of the document as IAM counts it, without whitespace between its elements."""
    return len(json.dumps(document, separators=(",", ":")))


def _deny(sid: str, actions: Sequence[str], resource: str = "*") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": resource}


def _allow(sid: str, actions: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
