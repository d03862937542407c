# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CloudTrail checks before it creates or changes a trail: organization, bucket, key.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
create-kms-key-policy-for-cloudtrail.html, creating-trail-organization.html (paths with the organization's id, and those
of the management account). Texts: reported with terraform and the AWS CLI; those of organizations are not verified.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.accounts import management_account_of
from emulator.cloudtrail.models import CloudTrailError, Trail, organization_of
from emulator.iam.resource_policies import bucket_of, may
from emulator.kms.asked import key_for

SERVICE = "cloudtrail.amazonaws.com"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def check_organization(account_id: str) -> str:
    """Return the management account, which owns an organization's trail. Raises CloudTrailError."""
    organization = organization_of(account_id)
    if organization is None:
        raise CloudTrailError(
            "OrganizationsNotInUseException", "Your account is not a member of an organization in AWS Organizations."
        )
    management = management_account_of(account_id)
    if account_id != management and not is_delegated(organization, account_id):
        raise CloudTrailError(
            "NotOrganizationMasterAccountException",
            "You must be signed in to the management account of the organization, or to a delegated administrator.",
        )
    if not any(service["ServicePrincipal"] == SERVICE for service in organization.services):
        raise CloudTrailError(
            "CloudTrailAccessNotEnabledException",
            "CloudTrail isn't enabled as a trusted service in AWS Organizations.",
        )
    return str(management)


def is_delegated(organization: Any, account_id: str) -> bool:
    return any(each.account.id == account_id and SERVICE in each.services for each in organization.admins)


def check_place(trail: Trail) -> None:
    """Raise CloudTrailError if CloudTrail could not deliver to the trail's bucket with its key."""
    name = trail.bucket_name or ""
    if not BUCKET.fullmatch(name):
        raise CloudTrailError("InvalidS3BucketNameException", f"Invalid bucket name: {name}")
    if bucket_of(f"arn:aws:s3:::{name}") is None:
        raise CloudTrailError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    context = source_of(trail)
    prefix = prefix_of(trail)
    keys = [f"{prefix}AWSLogs/{trail.account_id}/CloudTrail/{trail.region_name}/x"]
    if trail.is_org_trail:
        keys.append(f"{prefix}AWSLogs/{trail.organization_id}/{trail.account_id}/CloudTrail/{trail.region_name}/x")
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    allowed = may(SERVICE, "s3:GetBucketAcl", f"arn:aws:s3:::{name}", context).allows and all(
        may(SERVICE, "s3:PutObject", f"arn:aws:s3:::{name}/{key}", context | acl).allows for key in keys
    )
    if not allowed:
        raise CloudTrailError(
            "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {name}"
        )
    check_key(trail)


def check_key(trail: Trail) -> None:
    """Raise CloudTrailError if the trail's key can't be used; else the trail keeps the key's ARN."""
    if not trail.kms_key_id:
        trail.kms_key_id = None
        return
    key = key_for(trail.account_id, trail.region_name, trail.kms_key_id)
    bucket = bucket_of(f"arn:aws:s3:::{trail.bucket_name}")
    if key is None or key.region != bucket.region_name:
        raise CloudTrailError("KmsKeyNotFoundException", f"KMS key not found: {trail.kms_key_id}")
    if not key.enabled:
        raise CloudTrailError("KmsKeyDisabledException", f"KMS key is disabled: {key.arn}")
    context = source_of(trail)
    encryption = {"kms:encryptioncontext:aws:cloudtrail:arn": trail.arn}
    described = may(SERVICE, "kms:DescribeKey", key.arn, context).allows
    if not described or not may(SERVICE, "kms:GenerateDataKey", key.arn, context | encryption).allows:
        raise CloudTrailError(
            "InsufficientEncryptionPolicyException",
            f"Insufficient permissions to access S3 bucket {trail.bucket_name} or KMS key {key.arn}.",
        )
    trail.kms_key_id = key.arn


def source_of(trail: Trail) -> dict[str, str]:
    """Return the condition keys of CloudTrail's calls for a trail."""
    return {"aws:sourcearn": trail.arn, "aws:sourceaccount": trail.account_id}


def prefix_of(trail: Trail) -> str:
    return f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
