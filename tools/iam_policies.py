# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/iam/MODULE.json: what a credential needs for a module, no more, from the PERMISSIONS of its resources."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
POLICIES = CHECKOUT / "docs" / "iam"
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("[a-z]*.py"))
READS = ("Describe", "Get", "List", "Search")
# Rights that would be too wide on any resource, so each has a statement of its own.
NARROWED: dict[str, dict[str, Any]] = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    "iam:PassRole": {
        "Sid": "PassRoleToFlowLogs",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/vpc/latest/tgw/service-linked-roles.html
    "iam:CreateServiceLinkedRole": {
        "Sid": "CreateServiceLinkedRoleOfTransitGateway",
        "Resource": "arn:*:iam::*:role/aws-service-role/transitgateway.amazonaws.com/"
        "AWSServiceRoleForVPCTransitGateway*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "transitgateway.amazonaws.com"}},
    },
}


def permissions(module: str) -> set[str]:
    """The IAM actions of all resources of a module."""
    capability = importlib.import_module(f"ansible_collections.closednet.aws.plugins.modules.{module}").CAPABILITY
    return {action for resource in capability.resources for action in resource.PERMISSIONS}


def policy(module: str) -> dict[str, Any]:
    actions = sorted(permissions(module))
    wide = [action for action in actions if action not in NARROWED]
    reads = [action for action in wide if action.partition(":")[2].startswith(READS)]
    statements = [
        {"Sid": sid, "Effect": "Allow", "Action": listed, "Resource": "*"}
        for sid, listed in (("Read", reads), ("Write", [action for action in wide if action not in reads]))
    ]
    narrow = [
        {"Sid": NARROWED[action]["Sid"], "Effect": "Allow", "Action": action} | NARROWED[action]
        for action in actions
        if action in NARROWED
    ]
    return {"Version": "2012-10-17", "Statement": statements + narrow}


def text(module: str) -> str:
    return json.dumps(policy(module), indent=2) + "\n"


def main() -> None:
    for module in MODULES:
        (POLICIES / f"{module}.json").write_text(text(module), encoding="utf-8")
        print(f"docs/iam/{module}.json")


if __name__ == "__main__":
    main()
