# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's errors: answered at once (`Refused`), or told by an operation that failed (`Failed`).

Compute and DNS answer {"error": {code, message, errors: [{message, domain, reason}]}}, as in the recordings; the other
APIs {"error": {code, message, status}}: https://cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from typing import Any

# By status: https://cloud.google.com/apis/design/errors#handling_errors.
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Refused(Exception):
    """Refusal of a request: HTTP status, Google's reason, message. more: members beside them in `error`."""

    def __init__(self, status: int, reason: str, message: str, domain: str = "global", /, **more: Any):
        super().__init__(message)
        self.status, self.reason, self.message, self.domain, self.more = status, reason, message, domain, more

    def body(self, service: str) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.status, "message": self.message}
        if service in ("compute", "dns"):
            error["errors"] = [{"message": self.message, "domain": self.domain, "reason": self.reason}]
        else:
            error["status"] = STATUSES.get(self.status, "UNKNOWN")
        return {"error": error | self.more}


class Failed(Exception):
    """Failure that an operation tells once it is DONE: Google's code, message, and the status that belongs to it."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def not_found(path: str) -> Refused:
    """Return the recorded 404 of a resource, by its relative name."""
    return Refused(404, "notFound", f"The resource '{path}' was not found")


def invalid(field: str, value: Any, text: str) -> Refused:
    """Return the 400 of a field, such as resource.name, in the form of the recorded texts."""
    return Refused(400, "invalid", f"Invalid value for field '{field}': '{value}'. {text}")


def required(field: str) -> Refused:
    """Return the 400 of a field that is missing; text recorded (ansible/ansible#70230)."""
    return Refused(400, "required", f"Required field '{field}' not specified")


def exists(path: str) -> Refused:
    return Refused(409, "alreadyExists", f"The resource '{path}' already exists")


def not_ready(path: str) -> Refused:
    """Return the 400 of a resource that another operation is still working on: text as Terraform's users paste it."""
    return Refused(400, "resourceNotReady", f"The resource '{path}' is not ready")


def stale(message: str = "Invalid fingerprint.") -> Refused:
    return Refused(412, "conditionNotMet", message)


def in_use(noun: str, path: str, user: str) -> str:
    """Return the recorded text of a resource that another one uses."""
    return f"The {noun} resource '{path}' is already being used by '{user}'"


def forbidden(permission: str, resource: str) -> Refused:
    return Refused(403, "forbidden", f"Required '{permission}' permission for '{resource}'")
