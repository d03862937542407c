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
SCP_CHARACTERS = 5120  # "Quotas for AWS Organizations"; there it counts unless the console saves it
# The inline policy of a switch role that ends its older sessions: the name that the console gives it.
REVOCATION = "AWSRevokeOlderSessions"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

# Credentials that outlive a session.
_LASTING = [
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:UpdateAccessKey",
    "iam:UpdateLoginProfile",
    "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
]
_CHANGES_TO_ROLES = [
    "iam:AttachRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
    "iam:TagRole",
    "iam:UntagRole",
]
_RIGHTS_TO_ROLES = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
_CHANGES_TO_POLICIES = [
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:TagPolicy",
    "iam:UntagPolicy",
]


def boundary(account_id: str, path: str, arn: str, ways_in: Sequence[str] = ()) -> dict[str, Any]:
    """The most that a session of a switch role may do: all but making lasting credentials, changing the guard (what is
    under its path) or the roles among `ways_in` (ARNs), giving rights to a role without the boundary (`arn` is its
    own), leaving the organisation, and ECS Exec, whose idle timeout can't be set ("Monitor Amazon ECS containers with
    ECS Exec").

    It can't prevent a change of trust of other roles without the boundary: iam:UpdateAssumeRolePolicy knows no
    iam:PermissionsBoundary (Service Authorization Reference).
    """
    own = f"arn:{{partition}}:iam::{account_id}"
    return _document(
        {"Sid": "WhatTheRoleAllows", "Effect": "Allow", "Action": "*", "Resource": "*"},
        _deny("NoLastingCredentials", _LASTING),
        {
            **_deny("TheGuardsRoles", _CHANGES_TO_ROLES),
            "Resource": [f"{own}:role{path}*", *sorted(way for way in ways_in if ":role/" in way)],
        },
        _deny("TheGuardsPolicies", _CHANGES_TO_POLICIES, f"{own}:policy{path}*"),
        {
            "Sid": "TheGuardsFunctions",
            "Effect": "Deny",
            "NotAction": [f"{service}:{verb}*" for service in ("lambda", "scheduler") for verb in ("Get", "List")],
            "Resource": [
                f"arn:{{partition}}:lambda:*:{account_id}:function:{function_name('*')}",
                f"arn:{{partition}}:scheduler:*:{account_id}:schedule/default/{function_name('*')}",
            ],
        },
        _deny("NoWayOutOfTheBoundary", ["iam:DeleteRolePermissionsBoundary"]),
        {
            **_deny("RolesWithRightsHaveTheBoundary", _RIGHTS_TO_ROLES),
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": arn}},
        },
        _deny("NoLeaving", ["organizations:LeaveOrganization"]),
        _deny("NoShellWithoutIdleTimeout", ["ecs:ExecuteCommand"]),
    )


def service_control_policy(exempt: Sequence[str]) -> dict[str, Any]:
    """No users and no lasting credentials, whoever asks, its root user among them; exempt: ARNs of the way in for
    emergencies.
    """
    denied = _deny("NoLastingCredentials", _LASTING)
    return _document(
        {**denied, "Condition": {"ArnNotEquals": {"aws:PrincipalArn": sorted(exempt)}}} if exempt else denied
    )


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


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
