# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Further permissions of CloudWatch Logs' calls on account policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

# API_PutAccountPolicy, API_DeleteAccountPolicy, API_DescribeAccountPolicies: each needs the permission of a log group's
# own policy, too.
_OF_ACCOUNT_POLICIES = {
    "PutAccountPolicy": "logs:PutSubscriptionFilter",
    "DeleteAccountPolicy": "logs:DeleteSubscriptionFilter",
    "DescribeAccountPolicies": "logs:DescribeSubscriptionFilters",
}


def further_of_logs(
    account_id: str, region: str, operation: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield (action, resource, context) that an account's subscription policy needs besides its own action.

    That the resource is all log groups is not verified.
    """
    if operation not in _OF_ACCOUNT_POLICIES or parameters.get("policyType") != "SUBSCRIPTION_FILTER_POLICY":
        return
    yield _OF_ACCOUNT_POLICIES[operation], f"arn:aws:logs:{region}:{account_id}:log-group:*", {}
    try:
        role = json.loads(parameters.get("policyDocument") or "{}").get("RoleArn")
    except (AttributeError, ValueError):
        return
    if role:
        yield "iam:PassRole", role, {"iam:passedtoservice": "logs.amazonaws.com"}
