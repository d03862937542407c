# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's error codes, by what they mean; in lower case without "_", since both shapes of errors have the same words.

Answers have `resourceInUseByAnotherResource`, operations RESOURCE_IN_USE_BY_ANOTHER_RESOURCE
(https://docs.cloud.google.com/compute/docs/troubleshooting/troubleshooting-api-errors).
"""

from __future__ import annotations

from collections.abc import Mapping

from .._core.cloud import Meaning

# containerNotEmpty: Cloud DNS, a zone that still has records.
# resourceNotReady: status 400, where the resource or one that used it is still being deleted (opstrace/opstrace#976,
# spinnaker/clouddriver#256).
_WORDS = {
    Meaning.IN_USE: "resourceInUseByAnotherResource resourceInUse containerNotEmpty",
    Meaning.GONE: "notFound resourceNotFound",
    Meaning.TAKEN: "alreadyExists resourceAlreadyExists",
    # ABORTED: "409 errors ... retry the entire read-modify-write series" (IAM's retry strategy).
    Meaning.STALE: "conditionNotMet preconditionFailed aborted",
    Meaning.UNSETTLED: "resourceNotReady",
    Meaning.THROTTLED: "rateLimitExceeded userRateLimitExceeded concurrentLimitExceeded tooManyRequests",
    Meaning.DENIED: "forbidden permissionDenied iamPermissionDenied insufficientPermissions accessDenied"
    " accessTokenScopeInsufficient accessNotConfigured serviceDisabled",
    Meaning.EXPIRED: "authError unauthenticated invalidGrant invalidCredentials accessTokenExpired",
    Meaning.REFUSED: "quotaExceeded limitExceeded dailyLimitExceeded invalid badRequest required",
    Meaning.LOST: "backendError internalError internal unavailable deadlineExceeded",
}
MEANINGS: Mapping[str, Meaning] = {word.lower(): meaning for meaning, words in _WORDS.items() for word in words.split()}
# Statuses of a fault of Google or of its front end, after which the call may have taken place.
FAULTS = frozenset((408, 500, 502, 503, 504))
OF_STATUS: Mapping[int, Meaning] = {
    401: Meaning.EXPIRED,
    403: Meaning.DENIED,
    404: Meaning.GONE,
    409: Meaning.TAKEN,
    412: Meaning.STALE,
    429: Meaning.THROTTLED,
    **dict.fromkeys(FAULTS, Meaning.LOST),
}
NOT_ENABLED = frozenset(("accessnotconfigured", "servicedisabled"))
QUOTA = frozenset(("quotaexceeded", "limitexceeded", "dailylimitexceeded"))


def plain(code: str) -> str:
    """Return the code in the form of these tables."""
    return code.replace("_", "").lower()
