# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may get into an account by its own IAM: users, and roles that admit others than services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..iam import trust_policies


def ways_in(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"roles": [...], "users": [ARNs]}, None for what wasn't read. facts: see checks/model.py.

    A role's permissions don't count: a role without any may get some at any time.
    """
    return {
        "roles": None if "Roles" not in facts else [role for one in facts["Roles"] for role in _role(one)],
        "users": None if "Users" not in facts else sorted(user["Arn"] for user in facts["Users"]),
    }


def _role(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a role admits, [] if it admits services only."""
    document = role["AssumeRolePolicyDocument"]
    trusted = trust_policies.judge(document)
    if not trusted.principals and not trusted.providers:
        return []
    return [
        {
            "role_name": role["RoleName"],
            "role_arn": role["Arn"],
            "principals": list(trust_policies.admitted(document)),
            "whole_accounts": list(trusted.whole_accounts),
            "federated": list(trusted.providers),
        }
    ]
