# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Advice on errors, by AWS's code or botocore's class."""

from __future__ import annotations

import os
import re

from . import sessions
from .codes import EXPIRED, IN_USE, THROTTLED, UNKNOWN_CREDENTIAL, WRONG_SIGNATURE
from .errors import code_of, is_denied

try:
    from botocore.exceptions import ClientError, HTTPClientError
except ImportError:
    pass  # module.run says what is missing

NOT_ENABLED = frozenset(("OptInRequired", "SubscriptionRequiredException", "RegionDisabledException"))
UNAVAILABLE = frozenset(
    "InternalError InternalFailure InternalServerError InternalServerException InternalServiceError ServiceException"
    " ServiceFailure ServiceUnavailable ServiceUnavailableException Unavailable 500 502 503 504".split()
)
AGAIN = "run again: it goes on from there, nothing is created twice"
REACH = (
    "see that this machine reaches that address: name resolution, route, firewall, proxy (HTTPS_PROXY, NO_PROXY),"
    " a VPC endpoint where there is no internet, endpoint_url; then run again"
)
SILENT = (
    "what is at that address takes the connection and doesn't answer: mostly a proxy, a firewall or a VPC endpoint on"
    " the way, seldom AWS (health.aws.amazon.com). If the answers are only slow, set"
    " aws_config: {read_timeout: 120}. Then run again"
)
PROFILES = "~/.aws/config (AWS_CONFIG_FILE names another)"
OF_CLASSES = {
    "ReadTimeoutError": SILENT,
    "ConnectTimeoutError": REACH,
    "EndpointConnectionError": REACH,
    "ProxyConnectionError": REACH,
    "ConnectionClosedError": REACH,
    "ConnectionError": REACH,
    "SSLError": "see what certificate that address shows; behind a proxy that has its own, give aws_ca_bundle",
    "UnreadableAnswer": "something else than AWS answers at that address, such as a proxy or its login page: see"
    " HTTPS_PROXY, NO_PROXY and endpoint_url; then run again",
    "ProfileNotFound": f"set aws_profile or AWS_PROFILE to a profile of {PROFILES} (aws configure list-profiles shows"
    " them), or unset it",
    "ConfigNotFound": f"see that {PROFILES} can be read",
    "ConfigParseError": f"correct {PROFILES} or the file of AWS_SHARED_CREDENTIALS_FILE",
    "InvalidConfigError": f"correct the profile in {PROFILES}",
    "InfiniteLoopConfigError": f"correct source_profile of the profile in {PROFILES}",
    "PartialCredentialsError": "give access_key and secret_key both, or a profile that has both",
    "NoCredentialsError": "give profile, access_key or AWS_PROFILE",
    "CredentialRetrievalError": f"see what the profile's credential_process or role in {PROFILES} says",
    "MetadataRetrievalError": "see that this machine or container has a role",
    "UnauthorizedSSOTokenError": "sign in again: aws sso login --profile PROFILE",
    "SSOTokenLoadError": "sign in again: aws sso login --profile PROFILE",
    "TokenRetrievalError": "sign in again: aws sso login --profile PROFILE",
    "InvalidRegionError": "correct region, such as eu-central-1",
    "UnknownServiceError": "update botocore",
    "ParamValidationError": "this is a fault of the collection: report it with this message",
}
OF_CODES = (
    (NOT_ENABLED, "enable the region or the service in the account, then run again"),
    (THROTTLED, f"wait a minute, since AWS throttles this account, or give fewer --forks, then {AGAIN}"),
    (UNAVAILABLE, f"wait, since AWS has a fault (health.aws.amazon.com), then {AGAIN}"),
    (IN_USE, "delete what still uses it, which this module didn't create, then run again"),
)
# CloudWatch Logs names the destination, and not that its policy is what is missing: github.com/aws/aws-cli/issues/4422
DESTINATION = re.compile(
    r"accountId: (\d{12}) is not authorized to perform: \S+ on resource: (\S+:(\d{12}):destination:\S+)"
)
# github.com/cloud-custodian/cloud-custodian/pull/8246.
BY_ORGANIZATION = "Role ARN is required when creating subscription filter against destination with Organization"
OF_TRAILS = (
    (
        ("InsufficientS3BucketPolicyException", "S3BucketDoesNotExistException"),
        "run audit_archive in the archive's account with this trail among its trails, since the bucket's policy lets in"
        " the trails that it names; then run again",
    ),
    (
        ("InsufficientEncryptionPolicyException", "KmsKeyNotFoundException", "KmsKeyDisabledException"),
        "see that the KMS key exists, is enabled and is in the bucket's region, and run audit_archive in the archive's"
        " account with this trail among its trails, since the key's policy lets in the trails that it names; then run"
        " again",
    ),
)


def next_step(error: Exception, module: str = "", role: str | None = None) -> str:
    """Return what to do about an error, as a sentence that begins with "Next: ".

    module: its policy in docs/iam lists the permissions; "" if the error came up before there was a credential
    role: ARN of the role that was to give that credential, if any
    """
    return f"Next: {_of_class(error) or _of_logs(error) or _of_code(code_of(error), module, role)}"


def kept_sessions() -> str:
    folder = os.path.join(sessions.base(), *sessions.FOLDERS)
    return f"sessions of assumed roles are kept in {folder}; remove that if the role or its session was revoked"


def _of_class(error: Exception) -> str:
    if isinstance(error, ClientError):
        return ""
    named = [OF_CLASSES[known.__name__] for known in type(error).__mro__ if known.__name__ in OF_CLASSES]
    return named[0] if named else REACH if isinstance(error, HTTPClientError) else ""


def _of_logs(error: Exception) -> str:
    """Return what to do about an error of a subscription or trail that another account's policy causes."""
    message = str(error)
    refused = DESTINATION.search(message)
    if refused:
        source, destination, archive = refused.groups()
        return (
            f"run log_archive in account {archive} with {source} among source_account_ids, since the policy of"
            f" {destination.rstrip('.')} doesn't let account {source} in; then run again"
        )
    if BY_ORGANIZATION in message:
        return (
            "give role_arn, a role of this account that CloudWatch Logs may assume, since the destination's policy"
            " names an organization; or let the archive's account name this account there; then run again"
        )
    return next((advice for codes, advice in OF_TRAILS if code_of(error) in codes), "")


def _of_code(code: str, module: str, role: str | None) -> str:
    if is_denied(code) and module:
        return f"grant the credential what docs/iam/{module}.json lists, then run again: it goes on from there"
    if is_denied(code) and role:
        return (
            f"see that the caller may assume {role}: the caller's own policy must allow it, and the role's trust policy"
            " must name the caller and any external id that is given; then run again"
        )
    if code in EXPIRED:
        return (
            "give a new credential, since this one has expired (or this machine's clock is wrong), then"
            f" {AGAIN}; {kept_sessions()}"
        )
    if is_denied(code) or code in UNKNOWN_CREDENTIAL:
        return (
            "give a profile or an access_key that AWS knows: it doesn't know this credential, or no longer, or the"
            f" region isn't enabled in the account; {kept_sessions()}"
        )
    if code in WRONG_SIGNATURE:
        return f"see that this machine's clock is right and secret_key belongs to access_key; {kept_sessions()}"
    found = [advice for codes, advice in OF_CODES if code in codes]
    if found:
        return found[0]
    if "LimitExceeded" in code or "QuotaExceeded" in code:
        return f"ask for a higher quota (Service Quotas), or declare fewer, then {AGAIN}"
    return f"fix the cause and {AGAIN}"
