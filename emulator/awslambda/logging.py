# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of functions: what they print goes to their log group, if their role allows it.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (the lines), .../monitoring-cloudwatchlogs.html (the
permissions). Nothing keeps a subscription of that log group from calling the function again.
"""

from __future__ import annotations

import hashlib
from typing import Any

from moto.logs.models import logs_backends

from emulator import clock, services
from emulator.iam.resource_policies import may, trusts


def group_of(function: Any) -> str:
    given: str | None = getattr(function, "logging", {}).get("LogGroup")
    return given or f"/aws/lambda/{function.function_name}"


def write(function: Any, request_id: str, printed: str) -> None:
    """Write a run's lines to the function's log group; nothing if the role doesn't allow it, or the group lacks."""
    name, region, account_id = group_of(function), function.region, function.account_id
    services.register("logs")
    backend: Any = logs_backends[account_id][region]
    group_arn = f"arn:aws:logs:{region}:{account_id}:log-group:{name}"
    if not trusts(function.role, "lambda.amazonaws.com"):
        return
    if name not in backend.groups:
        if not may(function.role, "logs:CreateLogGroup", f"{group_arn}:*", region=region).allows:
            return
        backend.create_log_group(name, {})
    stream = _stream(function)
    stream_arn = f"{group_arn}:log-stream:{stream}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not may(function.role, action, stream_arn, region=region).allows:
            return
    if stream not in backend.groups[name].streams:
        backend.create_log_stream(name, stream)
    now = int(clock.now().timestamp() * 1000)
    lines = [
        f"START RequestId: {request_id} Version: {function.version}",
        *filter(None, printed.splitlines()),
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tMemory Size: {function.memory_size} MB",
    ]
    backend.put_log_events(name, stream, [{"timestamp": now, "message": line} for line in lines])


def _stream(function: Any) -> str:
    """Return YYYY/MM/DD/[version]id of the sandbox: here one for each function and day."""
    made = hashlib.sha256(function.function_arn.encode()).hexdigest()[:32]
    return f"{clock.now():%Y/%m/%d}/[{function.version}]{made}"
