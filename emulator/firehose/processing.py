# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processors of a stream: Decompression, CloudWatchLogProcessing, Lambda, AppendDelimiterToRecord.

They run in this order, whatever the order of their declaration, and each once; a record whose processing fails becomes
a line of an error object. Third party's captures of a stream with Logs as its source: extraction gives each message
followed by LF, one record for one subscription record, an empty one for a CONTROL_MESSAGE; malformed input is a
decompression-failed with the code "Decompression failed." and the compressed data; LF between records of an object.
https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html, .../decomp-faq.html
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from emulator import clock
from emulator.awslambda import running
from emulator.awslambda.policies import function_of
from emulator.firehose import diagnostics
from emulator.firehose.buffers import Entry, Failure, Piece, milliseconds
from emulator.iam.resource_policies import may, trusts
from emulator.steps import StepFailed, step

# Texts of https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html; those about records as
# error objects have them: two other emulators of Firehose (floci, stackd) probed AWS in 2026.
TEXTS = {
    "Lambda.AssumeRoleAccessDenied": "Access was denied. Ensure that the trust policy for the provided IAM role allows "
    "Firehose to assume the role.",
    "Lambda.InvokeAccessDenied": "Access was denied. Ensure that the access policy allows access to the Lambda "
    "function.",
    "Lambda.ResourceNotFound": "The specified Lambda function does not exist. Use a different function that does "
    "exist.",
    "Lambda.InvokeLimitExceeded": "The Lambda concurrent execution limit is exceeded. Increase the concurrent "
    "execution limit.",
    "Lambda.FunctionError": "The Lambda function was successfully invoked but it returned an error result.",
    "Lambda.JsonProcessingException": "There was an error parsing returned records from the Lambda function. Ensure "
    "that the returned records follow the status model required by Amazon Data Firehose.",
    "Lambda.MissingRecordId": "One or more record Ids were not returned. Ensure that the Lambda function returns all "
    "received record Ids.",
    "Lambda.DuplicatedRecordId": "Multiple records were returned with the same record Id. Ensure that the Lambda "
    "function returns a unique record Id for each record.",
    "Lambda.ProcessingFailedStatus": "ProcessingFailed status set for record",
    "Lambda.InvalidReturnFormat": "The data field cannot be null when the SourceType is DirectPut or "
    "KinesisStreamAsSource and processing result is Ok. The value field cannot be null when the SourceType is "
    "MSKAsSource and processing result is Ok.",
}

WRONG_FORM = (
    "Check your function and make sure the output is in required format. In addition to that, make sure the processed "
    "records contain valid result status of Dropped, Ok, or ProcessingFailed"
)
# The last one is what faults of a test are, other than throttling; its text is not verified.
RETRIED = ("Lambda.FunctionError", "Lambda.InvokeLimitExceeded", "Lambda.FunctionRequestTimedOut")


class Unprocessed(Exception):
    """A batch of records that couldn't be processed: code of TEXTS, attempts."""

    def __init__(self, code: str, attempts: int, message: str = ""):
        super().__init__(code)
        self.code, self.attempts, self.message = code, attempts, message or TEXTS[code]


def extracted(entry: Entry, enabled: dict[str, dict[str, str]]) -> Piece | Failure:
    """Return an entry's data after decompression and message extraction, as far as they are enabled."""
    if "Decompression" not in enabled:
        return Piece(entry, entry.data)
    try:
        data = gzip.decompress(entry.data)
        record = json.loads(data)
        if enabled.get("CloudWatchLogProcessing", {}).get("DataMessageExtraction") == "true":
            is_control = record["messageType"] == "CONTROL_MESSAGE"
            messages = [] if is_control else [event["message"] for event in record["logEvents"]]
            data = b"".join(message.encode() + b"\n" for message in messages)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        # The message is not verified.
        text = "Data is not compressed in gzip format or is not a valid CloudWatch Logs record."
        return Failure("decompression-failed", entry, entry.data, "Decompression failed.", text, clock.now())
    return Piece(entry, data)


def transformed(stream: Any, pieces: list[Piece], parameters: dict[str, str]) -> Iterable[Piece | Failure]:
    """Yield what the Lambda function made of a batch: pieces (none for Dropped), and failures with original data.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html,
    .../data-transformation-failure-handling.html
    """
    arn = parameters["LambdaArn"]
    try:
        answers, attempts = _invoked(stream, pieces, parameters)
    except Unprocessed as error:
        diagnostics.report(stream, error.code, error.message, arn)
        for piece in pieces:
            yield _failure(piece, error.code, error.message, arn, error.attempts)
        return
    for piece in pieces:
        found = answers.get(piece.entry.id, [])
        code = _refusal(found)
        if code:
            yield _failure(piece, code, TEXTS[code], arn, attempts)
        elif found[0]["result"] == "Ok":
            keys = (found[0].get("metadata") or {}).get("partitionKeys")
            yield Piece(piece.entry, base64.b64decode(found[0]["data"]), keys)


def _refusal(found: list[dict[str, Any]]) -> str:
    """Return the code with which a record has failed, "" if it hasn't. found: what the function answered for it."""
    if not found:
        return "Lambda.MissingRecordId"
    if len(found) > 1:
        return "Lambda.DuplicatedRecordId"
    if found[0]["result"] == "ProcessingFailed":
        return "Lambda.ProcessingFailedStatus"
    return "Lambda.InvalidReturnFormat" if found[0]["result"] == "Ok" and found[0].get("data") is None else ""


def _failure(piece: Piece, code: str, message: str, arn: str, attempts: int) -> Failure:
    more = {"lambdaARN": arn}
    return Failure("processing-failed", piece.entry, piece.entry.data, code, message, clock.now(), attempts, more)


def _invoked(
    stream: Any, pieces: list[Piece], parameters: dict[str, str]
) -> tuple[dict[str, list[dict[str, Any]]], int]:
    """Return the function's answers by recordId, and the number of attempts. Raises Unprocessed.

    "retries the invocation three times by default" if it fails "because of a network timeout or because you've reached
    the Lambda invocation limit"; captured: after an error of the function, too (attemptsMade 4).
    """
    event = {
        "invocationId": "",
        "deliveryStreamArn": stream.delivery_stream_arn,
        "region": stream.region,
        "records": [
            {
                "recordId": piece.entry.id,
                "approximateArrivalTimestamp": milliseconds(piece.entry.arrived),
                "data": base64.b64encode(piece.data).decode(),
            }
            for piece in pieces
        ],
    }
    most = int(parameters["NumberOfRetries"]) + 1
    for attempt in range(1, most + 1):
        event["invocationId"] = str(uuid4())
        try:
            return _answers(_payload(stream, json.dumps(event).encode(), parameters)), attempt
        except Unprocessed as error:
            if attempt == most or error.code not in RETRIED or error.message == WRONG_FORM:
                raise Unprocessed(error.code, attempt, error.message) from None
    raise AssertionError("there is at least one attempt")


def _payload(stream: Any, event: bytes, parameters: dict[str, str]) -> bytes:
    arn, role = parameters["LambdaArn"], parameters["RoleArn"]
    if not trusts(role, "firehose.amazonaws.com", {"sts:ExternalId": stream.account_id}):
        raise Unprocessed("Lambda.AssumeRoleAccessDenied", 1)
    if not may(role, "lambda:InvokeFunction", arn, region=stream.region).allows:
        raise Unprocessed("Lambda.InvokeAccessDenied", 1)
    function = function_of(arn)
    if function is None:
        raise Unprocessed("Lambda.ResourceNotFound", 1)
    if len(event) > running.LARGEST_REQUEST:
        raise Unprocessed("Lambda.FunctionError", 1, "Request must be smaller than 6291456 bytes")
    try:
        with step("lambda", "Invoke", stream.account_id):
            outcome = running.run(function, event, str(uuid4()))
    except StepFailed as failed:
        if failed.code == "ThrottlingException":
            raise Unprocessed("Lambda.InvokeLimitExceeded", 1) from None
        raise Unprocessed("Lambda.FunctionRequestTimedOut", 1, str(failed)) from None
    except running.NotRunnable as error:
        raise Unprocessed("Lambda.FunctionError", 1, str(error)) from None
    if outcome.error:
        raise Unprocessed("Lambda.FunctionError", 1)
    return outcome.payload


def _answers(payload: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return what a function answered, by recordId. Raises Unprocessed, which isn't tried again.

    Probed on AWS by the two: without usable records each record is a MissingRecordId; records that the batch doesn't
    have are ignored; an unknown result, or data that isn't base64, fails the whole batch with FunctionError.
    """
    parsed = json.loads(payload)
    records = parsed.get("records") if isinstance(parsed, dict) else None
    answers: dict[str, list[dict[str, Any]]] = {}
    for record in records if isinstance(records, list) else []:
        if not isinstance(record, dict) or not record.get("recordId"):
            continue
        answers.setdefault(record["recordId"], []).append(record)
        try:
            if record.get("result") not in ("Ok", "Dropped", "ProcessingFailed"):
                raise ValueError
            base64.b64decode(record.get("data") or "", validate=True)
        except (TypeError, ValueError):
            raise Unprocessed("Lambda.FunctionError", 1, WRONG_FORM) from None
    return answers
