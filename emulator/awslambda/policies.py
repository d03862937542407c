# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of functions, by which services may invoke them.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import lambda_backends

from emulator.iam.resource_policies import HOLDERS, Held


def function_of(arn: str) -> Any:
    """Return moto's function of an ARN, with or without a version or alias; None if there is none."""
    _arn, _partition, _lambda, region, account_id, name = arn.split(":", 5)
    parts = name.removeprefix("function:").split(":")
    found = lambda_backends[account_id][region]._lambdas
    try:
        return found.get_function_by_name_with_qualifier(parts[0], parts[1] if len(parts) > 1 else None)
    except Exception:  # moto raises a different error for each cause
        return None


def _held(arn: str) -> Held | None:
    function = function_of(arn)
    if function is None:
        return None
    statements = function.policy.statements
    # moto writes aws:SourceArn as AddPermission's answer does; the condition is the same.
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
    return Held(function.account_id, document)


def register() -> None:
    HOLDERS["lambda"] = _held
