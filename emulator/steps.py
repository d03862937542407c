# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps that services take by themselves, which faults of the control API strike as they do calls.

    firehose Deliver     a stream's pass over what is due
    firehose PutRecord   CloudWatch Logs puts a subscription's record
    lambda Invoke        Firehose or CloudWatch Logs invokes a function
    s3 PutObject         Firehose writes an object
    cloudtrail PutObject a trail writes a log file or a digest file
    compute subnetworks.insert:done  an operation of Google's Compute Engine ends, that of a method's call

A rule strikes steps if it names the service; `"service": "*"` strikes calls alone. The account is the step's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Set by the running emulator's Control: (service, operation, account) -> the fault that strikes, or None.
fault_for: Callable[[str, str, str], Any] = lambda _service, _operation, _account: None  # noqa: E731


class StepFailed(Exception):
    """Failure of a step: AWS's code and message. `done`: it was executed, but its answer was lost."""

    def __init__(self, code: str, message: str, retryable: bool = True, done: bool = False):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.retryable, self.done = code, message, retryable, done


# Codes after which a service doesn't try again: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
FINAL = ("AccessDenied", "AccessDeniedException", "ResourceNotFoundException")


@contextmanager
def step(service: str, operation: str, account_id: str) -> Iterator[None]:
    """Run the body as a step. Raises StepFailed if a fault strikes it: before the body, or after it (drop_after)."""
    fault = fault_for(service, operation, account_id)
    if fault and not fault.action.endswith("_after"):
        raise _failed(fault)
    yield
    if fault:
        raise _failed(fault)


def _failed(fault: Any) -> StepFailed:
    if fault.action == "error":
        return StepFailed(fault.code, fault.message, fault.code not in FINAL)
    if fault.action == "throttle":
        return StepFailed("ThrottlingException", "Rate exceeded")
    if fault.action == "unavailable":
        return StepFailed("ServiceUnavailable", "The service is unavailable. Please try again shortly.")
    return StepFailed("ConnectionLost", "The connection was closed", done=fault.action.endswith("_after"))
