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
READS = ("Describe", "Get", "List", "Search", "Simulate")
# Rights that would be too wide on any resource, so each has a statement of its own. After a slash: the service whose
# role is made, by which PERMISSIONS tell them apart.
NARROWED: dict[str, dict[str, Any]] = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    "iam:PassRole": {
        "Sid": "PassRoleToFlowLogs",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
    },
    "iam:PassRole/lambda.amazonaws.com": {
        "Sid": "PassRoleToLambda",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    },
    "iam:PassRole/scheduler.amazonaws.com": {
        "Sid": "PassRoleToScheduler",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/vpc/latest/tgw/service-linked-roles.html
    "iam:CreateServiceLinkedRole/transitgateway.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfTransitGateway",
        "Resource": "arn:*:iam::*:role/aws-service-role/transitgateway.amazonaws.com/"
        "AWSServiceRoleForVPCTransitGateway*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "transitgateway.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
    "iam:CreateServiceLinkedRole/elasticloadbalancing.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfLoadBalancers",
        "Resource": "arn:*:iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/"
        "AWSServiceRoleForElasticLoadBalancing*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
    },
}


def permissions(module: str) -> set[str]:
    """The IAM actions of all resources of a module; of an info module, those that read."""
    capability = importlib.import_module(f"ansible_collections.closednet.aws.plugins.modules.{module}").CAPABILITY
    actions = {action for resource in capability.resources for action in resource.PERMISSIONS}
    return {action for action in actions if _reads(action)} if capability.reads_only else actions


def _reads(action: str) -> bool:
    return action.partition(":")[2].startswith(READS)


def policy(module: str) -> dict[str, Any]:
    actions = sorted(permissions(module))
    wide = [action for action in actions if action not in NARROWED]
    reads = [action for action in wide if _reads(action)]
    statements = [
        {"Sid": sid, "Effect": "Allow", "Action": listed, "Resource": "*"}
        for sid, listed in (("Read", reads), ("Write", [action for action in wide if action not in reads]))
        if listed
    ]
    narrow = [
        {"Sid": NARROWED[action]["Sid"], "Effect": "Allow", "Action": action.partition("/")[0]} | NARROWED[action]
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
