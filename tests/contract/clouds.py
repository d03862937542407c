# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the suites of every module have to know of a cloud: words of its errors and names of its operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

AWS_REGION, GOOGLE_REGION = "eu-central-1", "asia-northeast1"
# Prefixes of AWS's operations, as the emulator names them, that don't write.
READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Search", "Simulate", "AssumeRole")
# A query of log_query only reads.
READS += ("Query", "Scan", "StartQueryExecution", "StopQueryExecution")
# What follows the last dot of a method's id, of Google's methods that don't write.
GOOGLE_READS = ("get", "list", "search", "wait", "testIamPermissions", "generateAccessToken")


def is_read(operation: str) -> bool:
    """Return true if an operation, as the emulator names it, writes nothing; only Google's names have dots."""
    if "." in operation:
        return operation.rpartition(".")[2] in GOOGLE_READS
    return operation.startswith(READS)


def is_project(account: str) -> bool:
    """Return true if this is a project of Google Cloud, not an account of AWS."""
    return not account.isdigit()


@dataclass(frozen=True)
class Cloud:
    """A cloud's words.

    region  the region of all tests
    role    the file of a module's permissions
    faults  name -> the emulator's rule for a call that fails so
    codes   name -> error codes that the failure may tell
    """

    region: str
    role: str
    faults: Mapping[str, Mapping[str, Any]]
    codes: Mapping[str, tuple[str, ...]]

    def rule(self, step: str) -> dict[str, str]:
        """Return service and operation, as the emulator names them, of a step's operation: `ec2.create_vpc`."""
        service, _dot, method = step.partition(".")
        if self is GOOGLE:
            return {"service": service, "operation": method}
        return {"service": service, "operation": boto3.client(service, self.region).meta.method_to_api_mapping[method]}


AWS = Cloud(
    AWS_REGION,
    "docs/iam/{}.json",
    {
        "denied": {
            "action": "error",
            "code": "UnauthorizedOperation",
            "status": 403,
            "message": "You are not authorized to perform this operation.",
        },
        "throttled": {"action": "throttle"},
    },
    {
        "denied": ("UnauthorizedOperation",),
        "throttled": ("RequestLimitExceeded", "ThrottlingException", "Throttling", "TooManyRequestsException"),
    },
)
GOOGLE = Cloud(
    GOOGLE_REGION,
    "docs/iam/{}.yml",
    {
        "denied": {
            "action": "error",
            "code": "forbidden",
            "status": 403,
            "message": "Required 'compute.x.y' permission for 'projects/p'",
        },
        "throttled": {"action": "throttle"},
    },
    {"denied": ("forbidden",), "throttled": ("rateLimitExceeded",)},
)


def cloud_of(account: str) -> Cloud:
    return GOOGLE if is_project(account) else AWS
