# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What S3 checks of a bucket policy when it is put.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html (20 KB) and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html ("The meaning of
'public'"). Texts: aws/aws-cli#2779 (JSON), aws-samples/aws-modern-application-workshop#89 (principal),
aws-samples/aws-serverless-appsync-app#4 (resource), ceph/s3-tests (size).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.exceptions import S3ClientError

from emulator.iam.conditions import as_list

MOST_BYTES = 20480
ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
}
ACCOUNT = re.compile(r"\d{12}|arn:aws[\w-]*:iam::\d{12}:root")
ENTITY = re.compile(r"arn:aws[\w-]*:(iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)")
UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
# Keys that make a statement for everyone not public, with a fixed value: neither wildcard nor variable.
FIXED = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


class MalformedPolicy(S3ClientError):
    def __init__(self, message: str):
        super().__init__("MalformedPolicy", message)


def check(document: str, bucket: str) -> dict[str, Any]:
    """Return a bucket policy, parsed. Raises MalformedPolicy."""
    try:
        policy = json.loads(document)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or not document.lstrip().startswith("{"):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    if len(json.dumps(policy, separators=(",", ":")).encode()) > MOST_BYTES:
        raise MalformedPolicy(f"Normalized policy document exceeds the maximum allowed size of {MOST_BYTES} bytes")
    statements = as_list(policy.get("Statement"))
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise MalformedPolicy("Missing required field Statement")
    if policy.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise MalformedPolicy("The policy must contain a valid version string")
    for statement in statements:
        _check_statement(statement, bucket)
    return policy


def _check_statement(statement: dict[str, Any], bucket: str) -> None:
    unknown = sorted(set(statement) - ELEMENTS)
    if unknown:
        raise MalformedPolicy(f"Unknown field {unknown[0]}")
    for element in ("Effect", "Principal", "Action", "Resource"):
        if element not in statement and f"Not{element}" not in statement:
            raise MalformedPolicy(f"Missing required field {element}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Invalid effect: {statement['Effect']}")
    for wanted in as_list(statement.get("Action", statement.get("NotAction"))):
        if wanted != "*" and not str(wanted).lower().startswith("s3:"):
            raise MalformedPolicy("Policy has invalid action")
    _check_names(statement, bucket)


def _check_names(statement: dict[str, Any], bucket: str) -> None:
    arn = re.compile(rf"(\*|arn:aws[\w-]*:s3:::({re.escape(bucket)}|[^/]*[*?][^/]*)(/.*)?)")
    for wanted in as_list(statement.get("Resource", statement.get("NotResource"))):
        if not arn.fullmatch(str(wanted)):
            raise MalformedPolicy("Policy has invalid resource")
    for wanted in principals_of(statement):
        if not exists(wanted):
            raise MalformedPolicy("Invalid principal in policy")


def principals_of(statement: dict[str, Any]) -> Iterator[str]:
    """Yield the AWS principals that a statement names. Raises MalformedPolicy for another kind of principal."""
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal == "*":
        return
    if not isinstance(principal, dict) or set(principal) - {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise MalformedPolicy("Invalid principal in policy")
    yield from as_list(principal.get("AWS", []))


def exists(principal: Any) -> bool:
    """Return true for a principal that exists: * or an account, a user, a role (as Accounts sees it), a unique id."""
    if principal == "*" or ACCOUNT.fullmatch(str(principal)) or UNIQUE_ID.fullmatch(str(principal)):
        return True
    found = ENTITY.fullmatch(str(principal))
    if not found or "*" in found[4]:
        return False
    _service, account_id, kind, name = found.groups()
    backend = iam_backends[account_id]["aws"]
    if kind == "user":
        return any(user.arn == principal for user in backend.users.values())
    if kind == "role":
        # A role that was never created in IAM exists: see authorization.py. One that was deleted doesn't.
        made = any(role.arn == principal for role in backend.roles.values())
        return made or name.rpartition("/")[2].lower() not in backend.made_roles
    return True


def is_public(policy: dict[str, Any]) -> bool:
    """Return true for a policy that allows something to everyone, without a condition that fixes who that is."""
    return any(
        statement["Effect"] == "Allow" and _names_everyone(statement) and not _is_fixed(statement.get("Condition", {}))
        for statement in as_list(policy["Statement"])
    )


def _names_everyone(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal is None or principal == "*" or "*" in as_list(principal.get("AWS", []))


def _is_fixed(condition: dict[str, dict[str, Any]]) -> bool:
    return any(
        key.lower() in FIXED and all(_is_value(str(value)) for value in as_list(values))
        for operator, keys in condition.items()
        if "not" not in operator.lower() and operator.lower() != "null" and not operator.lower().endswith("ifexists")
        for key, values in keys.items()
    )


def _is_value(text: str) -> bool:
    return "*" not in text and "${" not in text and text not in ("0.0.0.0/0", "::/0")
