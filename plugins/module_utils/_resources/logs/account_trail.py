# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All trails that log events of the account in this region: its own, and shadows of other regions' and of the
organization's; read only."""

from __future__ import annotations

from datetime import datetime, timezone

from ..._aws.errors import code_of, is_denied
from ..._core.reconcile import Actual, ResourceType
from ..._domain.logs import trails

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus")
KIND = ResourceType("account_trail")
# Codes for a trail of which this account only has a shadow.
ELSEWHERE = (
    "CloudTrailARNInvalidException",
    "InvalidHomeRegionException",
    "OperationNotPermittedException",
    "TrailNotFoundException",
    "UnsupportedOperationException",
)


def read(aws, declared, found):
    """Return {ARN: Actual} without fields; details as of _read."""
    listed = aws.call("cloudtrail.describe_trails", includeShadowTrails=True)["trailList"]
    read_ = aws.gather(*(lambda trail=trail: _read(aws, trail) for trail in listed))
    return {trail["TrailARN"]: actual for trail, actual in zip(listed, read_)}


def _read(aws, trail):
    """Return an Actual; details: name, account_id, region (its home), and what faults() and deviations() need."""
    arn = trail["TrailARN"]
    account_id = arn.split(":")[4]
    mine = account_id == aws.account_id
    status = _unless_elsewhere(mine, lambda: aws.call("cloudtrail.get_trail_status", Name=arn))
    selectors = trails.DEFAULT
    # Trails of other regions show their selectors only there: aws/aws-sdk-java#1309.
    if mine and arn.split(":")[3] == aws.region or trail.get("HasCustomEventSelectors", True):
        answer = _unless_elsewhere(mine, lambda: aws.call("cloudtrail.get_event_selectors", TrailName=arn))
        selectors = trails.UNKNOWN if answer is None else trails.read_selectors(answer)
    return Actual(
        None,
        {},
        False,
        {
            "name": trail["Name"],
            "arn": arn,
            "account_id": account_id,
            "region": trail.get("HomeRegion", arn.split(":")[3]),
            "bucket": trail["S3BucketName"],
            "key_prefix": trail.get("S3KeyPrefix") or "",
            "kms_key_arn": trail.get("KmsKeyId") or None,
            "multi_region": trail.get("IsMultiRegionTrail", False),
            "global_events": trail.get("IncludeGlobalServiceEvents", False),
            "validation": trail.get("LogFileValidationEnabled", False),
            "organization": trail.get("IsOrganizationTrail", False),
            "selectors": selectors,
            "management": selectors["management"],
            "excluded": selectors.get("excluded", []),
            "data": selectors.get("data", []),
            **_status(status),
        },
    )


def _unless_elsewhere(mine, reading):
    """Return what was read; None where AWS doesn't answer for a trail of another account or region."""
    try:
        return reading()
    except ClientError as error:
        code = code_of(error)
        if code in ELSEWHERE or not mine and is_denied(code):
            return None
        raise


def _status(status):
    if status is None:
        return dict.fromkeys(("logging", "delivery_error", "digest_error", "silent_hours"))
    times = [status[key] for key in ("LatestDeliveryTime", "LatestDigestDeliveryTime") if status.get(key)]
    started = status.get("StartLoggingTime")
    last = max([*times, *([started] if started else [])], default=None)
    return {
        "logging": status["IsLogging"],
        "delivery_error": status.get("LatestDeliveryError") or "",
        "digest_error": status.get("LatestDigestDeliveryError") or "",
        "silent_hours": int((datetime.now(timezone.utc) - last).total_seconds() // 3600) if last else None,
    }
