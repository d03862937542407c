# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which trails log, and what they are told of each call: app.py calls `observe` if `listening`.

Without a trail that logs nothing is recorded here, and calls cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

listening = False
# Trails that log, or that have log files to deliver still.
trails: list[Any] = []
# Records that are no calls of the emulator's API, such as sign-ins to the console; for LookupEvents.
told: list[dict[str, Any]] = []
# control.py's list of calls, for LookupEvents.
calls: list[tuple[Any, ...]] = []


def listen(trail: Any) -> None:
    global listening
    if trail not in trails:
        trails.append(trail)
    listening = True


def forget(trail: Any) -> None:
    global listening
    if trail in trails:
        trails.remove(trail)
    listening = bool(trails)


def reset() -> None:
    global listening
    trails.clear()
    told.clear()
    listening = False


def observe(
    call: Any, principal: Any, environ: dict[str, Any], response: Any, code: str | None, parameters: Callable[[], Any]
) -> None:
    """Give a call's record to the trails that log it."""
    from emulator.cloudtrail import events

    data = events.is_data(call.service, call.operation, environ.get("PATH_INFO", ""))
    if data and not any(trail.has_data for trail in trails):
        return
    record = events.record_of(call, principal, environ, parameters)
    text = response.get_data(as_text=True) if code or call.operation == "AssumeRole" else ""
    record = events.with_outcome(record, call.service, text, code)
    resource, owner = "", principal.account_id
    if data or call.service in ("s3", "kms"):
        resource, owner = _resource(call, record, environ, owner)
    if call.operation == "AssumeRole" and (arn := (record["requestParameters"] or {}).get("roleArn", "")):
        owner = arn.split(":")[4] if arn.count(":") >= 5 else owner
    for each in events.shared(record, owner):
        give(each, resource if data else "")


def give(record: dict[str, Any], resource: str = "") -> None:
    for trail in trails:
        trail.take(record, resource)


def _resource(call: Any, record: dict[str, Any], environ: dict[str, Any], account_id: str) -> tuple[str, str]:
    """Return (ARN, account) of the resource, and add it to the record."""
    from emulator.iam.resource_policies import bucket_of

    if call.service == "s3":
        path = environ.get("PATH_INFO", "").lstrip("/")
        arn = f"arn:aws:s3:::{path}"
        bucket = bucket_of(arn)
        if bucket is None:
            return arn, account_id
        record["resources"] = list(_of_bucket(path, bucket))
        return arn, bucket.account_id
    if call.service == "kms":
        from emulator.kms.asked import key_for

        key = key_for(account_id, call.region, str((record["requestParameters"] or {}).get("keyId") or ""))
        if key:
            record["resources"] = [{"accountId": key.account_id, "type": "AWS::KMS::Key", "ARN": key.arn}]
        return (key.arn, key.account_id) if key else ("", account_id)
    name = str((record["requestParameters"] or {}).get("functionName", ""))
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{call.region}:{account_id}:function:{name}"
    record["resources"] = [{"accountId": account_id, "type": "AWS::Lambda::Function", "ARN": arn}]
    return arn, account_id


def _of_bucket(path: str, bucket: Any) -> Iterator[dict[str, str]]:
    if path.partition("/")[2]:
        yield {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{path}"}
    yield {"accountId": bucket.account_id, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket.name}"}
