# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logical destinations, by which the log groups of other accounts write to a stream.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html, API_PutDestinationPolicy,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions-Firehose.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from moto.organizations.models import organizations_backends

from emulator import clock
from emulator.accounts import management_account_of
from emulator.iam.conditions import PolicyError, as_list
from emulator.iam.policy import Caller, Policy, Request, evaluate


@dataclass
class Destination:
    name: str
    arn: str
    target_arn: str
    role_arn: str
    access_policy: str | None = None
    created: int = field(default_factory=lambda: int(clock.now().timestamp() * 1000))

    def describe(self) -> dict[str, Any]:
        described = {
            "destinationName": self.name,
            "targetArn": self.target_arn,
            "roleArn": self.role_arn,
            "accessPolicy": self.access_policy,
            "arn": self.arn,
            "creationTime": self.created,
        }
        return {key: value for key, value in described.items() if value is not None}


def allows(destination: Destination, account_id: str, role_arn: str | None) -> bool:
    """Return true if the access policy lets an account call PutSubscriptionFilter on the destination.

    "An access policy is an IAM policy document that is used to authorize claims to register a subscription filter
    against a given destination" (API_PutDestinationPolicy). Principal: {"AWS": ACCOUNT}; of an organization: "*" with
    aws:PrincipalOrgID. Without a policy only... nobody: aws/aws-cli#4422, refused within the same account, too.
    """
    if not destination.access_policy:
        return False
    caller = Caller(account_id, role_arn or f"arn:aws:iam::{account_id}:root")
    context: dict[str, str | list[str]] = {"aws:principalaccount": account_id, "aws:principalarn": caller.arn}
    if management := management_account_of(account_id):
        context["aws:principalorgid"] = organizations_backends[management]["aws"].org.id
    request = Request("logs:PutSubscriptionFilter", destination.arn, context, caller)
    policy = Policy("AccessPolicy", "resource", destination.access_policy)
    return evaluate([policy], request, resource_based=True).allows


def is_of_organization(destination: Destination) -> bool:
    """Return true if the access policy names an organization: then a subscription needs a role.

    The refusal: https://github.com/cloud-custodian/cloud-custodian/pull/8246
    """
    statements = as_list(json.loads(destination.access_policy or "{}").get("Statement", []))
    conditions = json.dumps([statement.get("Condition", {}) for statement in statements]).lower()
    return "aws:principalorgid" in conditions or "aws:principalorgpaths" in conditions


def is_policy(document: str) -> bool:
    try:
        list(Policy("AccessPolicy", "resource", document).statements())
    except PolicyError:
        return False
    return True
