# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's error codes, by what they mean."""

from __future__ import annotations

# Refused before anything was done, so a write may be sent again. botocore's list of throttling codes less
# LimitExceededException, which is a quota: botocore/retries/standard.py, ThrottledRetryableChecker.
THROTTLED = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottledException TooManyRequestsException"
    " ProvisionedThroughputExceededException RequestLimitExceeded BandwidthLimitExceeded RequestThrottled SlowDown"
    " PriorRequestNotComplete EC2ThrottledException".split()
)
# Codes of EC2, JSON services and query services for a credential ("Common errors" of each service's API reference, and
# EC2's "Error codes for the Amazon EC2 API").
UNKNOWN_CREDENTIAL = frozenset(
    "AuthFailure UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId InvalidToken"
    " MissingAuthenticationToken MissingAuthenticationTokenException NotAuthorized IncompleteSignature"
    " IncompleteSignatureException".split()
)
EXPIRED = frozenset(
    "ExpiredToken ExpiredTokenException ExpiredTokenIdentityException TokenRefreshRequired RequestExpired".split()
)
WRONG_SIGNATURE = frozenset(
    "SignatureDoesNotMatch InvalidSignatureException InvalidSignature RequestTimeTooSkewed RequestInTheFuture".split()
)
# Codes of EC2, Elastic Load Balancing, PrivateLink and IAM for a resource that another one still uses.
IN_USE = frozenset(("DependencyViolation", "ResourceInUse", "ExistingVpcEndpointConnections", "DeleteConflict"))
# Network Firewall's message; its code, InvalidOperationException, has other meanings, too. Terraform's provider waits
# for the end of it when it deletes a rule group or policy.
STILL_IN_USE = "Unable to delete the object because it is still in use"
# NoSuchEntity is IAM's, NoSuchHostedZone Route 53's; an attachment that no longer exists is NotAttached (EC2); the rest
# contain NotFound, also in the middle of a word: PolicyNotFoundException.
GONE = ("NotFound", "NoSuch", "NotAttached", "UnknownResourceException")
# ALREADY: a rule that doesn't exist any more was revoked already.
TAKEN = ("Duplicate", "Already", "Conflict")
ALREADY = frozenset(("InvalidPermission.NotFound",))
# The token or version that a call carries is outdated: Network Firewall's UpdateToken, WAF's LockToken, If-Match of
# CloudFront and S3 ("Errors" of UpdateFirewallPolicy, UpdateWebACL, UpdateDistribution, PutObject).
# A row's revision: ConditionalCheckFailedException (DynamoDB, "Condition check").
STALE = frozenset(
    (
        *("InvalidTokenException", "WAFOptimisticLockException", "PreconditionFailed", "InvalidIfMatchVersion"),
        "ConditionalCheckFailedException",
    )
)
# OperationAbortedException: "multiple concurrent requests to update the same resource were in conflict" (CloudWatch
# Logs). OperationAborted: "A conflicting conditional operation is currently in progress against this resource" (S3).
# ContinuousBackupsUnavailableException: DynamoDB, right after CreateTable (Terraform's provider retries it).
# ResourceInUseException: DynamoDB's table is "being created, updated, or deleted"; DynamoDB and Firehose also answer it
# for a name that is taken, see NAME_TAKEN.
UNSETTLED = frozenset(
    (
        *("IncorrectState", "OperationAborted", "OperationAbortedException"),
        *("ContinuousBackupsUnavailableException", "ResourceInUseException"),
    )
)
# ConflictException of IAM Identity Center: "the previous write did not have time to propagate to the host serving the
# current request. A retry (with appropriate backoff logic) is the recommended response" (its API reference). Its
# service isn't in the error, so the operation's name shows it. Two of its texts are no such conflict: a name that is
# taken ("PermissionSet with name ... already exists": github.com/avlcloudtechnologies/terraform-aws-sso/issues/6), and
# a set that is still assigned ("Could not delete because PermissionSet has ApplicationProfile associated with it":
# github.com/hashicorp/terraform-provider-aws/issues/26757).
RETRIED_CONFLICTS = ("PermissionSet", "AccountAssignment", "Entitlement", "GroupMembership")
NAME_TAKEN = "already exists"
STILL_ASSIGNED = "associated with it"
# CloudWatch Logs' message where a destination, its stream or a role was just created; the code is that of any bad
# value. Terraform's provider waits for the end of it, too (resource aws_cloudwatch_log_subscription_filter).
NOT_READY = "Could not deliver test message to specified"
# Messages of Lambda, EventBridge Scheduler and Firehose about a role that was just created; the codes are those of any
# bad value. The texts are as users report them: github.com/aws/aws-sdk-js-v3/issues/6494 for the second,
# github.com/hashicorp/terraform/pull/4407 and .../terraform-provider-aws/issues/47937 for Firehose's.
UNKNOWN_ROLE = (
    "cannot be assumed by Lambda",
    "must allow AWS EventBridge Scheduler to assume the role",
    "Firehose is unable to assume role",
    "Ensure that the provided IAM role associated with firehose is not deleted",
)
