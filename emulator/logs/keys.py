# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of log groups: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/encrypt-log-data-kms.html."""

from __future__ import annotations

from moto.logs.models import LogGroup

from emulator.iam import resource_policies
from emulator.logs.models import LogsError

ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


def check_key(arn: str, group_arn: str, region: str) -> None:
    """Raise AccessDeniedException for a key that doesn't exist, or that CloudWatch Logs may not use for a log group.

    Not verified: code and text, which are from memory.
    """
    key = resource_policies.key_of(arn) if arn.count(":") > 4 else None
    context = {"kms:EncryptionContext:aws:logs:arn": group_arn}
    service = f"logs.{region}.amazonaws.com"
    allowed = key is not None and all(
        resource_policies.may(service, action, arn, context, region).allows for action in ACTIONS
    )
    if not allowed:
        raise LogsError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{group_arn}'",
        )


def encrypt(group: LogGroup, arn: str | None) -> None:
    if arn:
        check_key(arn, group.arn, group.region)
    group.kms_key_id = arn
