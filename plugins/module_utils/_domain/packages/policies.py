# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies that let accounts, organizations and roles read packages of a CodeArtifact domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Actions on a domain: https://docs.aws.amazon.com/codeartifact/latest/ug/domain-policies.html
TOKEN = ["codeartifact:DescribeDomain", "codeartifact:GetAuthorizationToken"]
# Actions that pip and uv need, and that find the repository's endpoint:
# https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html
READ = [
    "codeartifact:DescribeRepository",
    "codeartifact:GetRepositoryEndpoint",
    "codeartifact:ReadFromRepository",
]


def of_resource(actions: list[str], readers: Mapping[str, Any], partition: str) -> dict[str, Any]:
    """Return the resource policy that allows readers these actions; {} if there are no readers, and so no policy.

    readers: organization_id (None: no organization), account_ids.
    """
    statements = []
    if readers["organization_id"]:
        of_organization = {"StringEquals": {"aws:PrincipalOrgID": readers["organization_id"]}}
        statements.append(_allow("Organization", actions, "*", Principal="*", Condition=of_organization))
    if readers["account_ids"]:
        # As IAM writes it: a single value isn't a list.
        roots = sorted({f"arn:{partition}:iam::{account_id}:root" for account_id in readers["account_ids"]})
        principal = {"AWS": roots if len(roots) > 1 else roots[0]}
        statements.append(_allow("Accounts", actions, "*", Principal=principal))
    return {"Version": "2012-10-17", "Statement": statements} if statements else {}


def of_reader(domain_arn: str, repository_arns: Iterable[str]) -> dict[str, Any]:
    """Return the identity policy of a role that reads from these repositories.

    It must allow the bearer token; in a domain's policy that has no effect ("AWS CodeArtifact authentication and
    tokens": https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html).
    """
    of_codeartifact = {"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("Token", "codeartifact:GetAuthorizationToken", domain_arn),
            _allow("BearerToken", "sts:GetServiceBearerToken", "*", Condition=of_codeartifact),
            _allow("Read", READ, sorted(repository_arns)),
        ],
    }


def _allow(sid: str, action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **more}
