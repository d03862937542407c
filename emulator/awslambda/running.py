# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of Python functions: each in a process of its own, with the function's zip, handler, environment and timeout.

No container: the code runs with this machine's Python, whatever Runtime says, without a limit of memory.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html, .../python-context.html, .../lambda-invocation.html
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from emulator.awslambda import logging

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "6 MB each for request and response
# (synchronous)". The response's exact limit is in the error's text, see responses.py of moto.
LARGEST_REQUEST, LARGEST_RESPONSE = 6_291_456, 6_291_556
# The process: reads {code, handler, event, context}, writes the handler's answer or error. Python imports from a zip.
_RUNNER = """
import base64, importlib, json, sys, tempfile, time, traceback
call = json.load(sys.stdin)
archive = tempfile.NamedTemporaryFile(suffix=".zip")
archive.write(base64.b64decode(call["code"]))
archive.flush()
sys.path.insert(0, archive.name)
deadline = time.time() + call["timeout"]
class Context:
    def get_remaining_time_in_millis(self):
        return max(0, int((deadline - time.time()) * 1000))
context = Context()
vars(context).update(call["context"])
answer, sys.stdout = sys.stdout, sys.stderr
try:
    module, _, name = call["handler"].rpartition(".")
    function = getattr(importlib.import_module(module.replace("/", ".")), name)
    text = json.dumps({"result": function(call["event"], context)})
except BaseException as error:
    trace = traceback.format_tb(error.__traceback__)
    failed = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": trace}
    text = json.dumps({"error": failed})
answer.write(text)
"""


@dataclass(frozen=True)
class Outcome:
    """Result of a run: the response's JSON text; `error`: its errorType, "" for a success; `log`: what it printed."""

    payload: bytes
    error: str = ""
    log: str = ""


class Busy(Exception):
    """A function runs already: what it writes to its log group must not call a function inside of its own run."""


class NotRunnable(Exception):
    """The function cannot run here: its package is an image, or its runtime isn't Python."""


def run(function: Any, event: bytes, request_id: str) -> Outcome:
    """Run a function (moto's LambdaFunction) with a JSON event, and write its logs. Raises NotRunnable, Busy."""
    global _running
    if _running:
        raise Busy(function.function_name)
    outcome = _run(function, event, request_id)
    _running = True
    try:
        logging.write(function, request_id, outcome.log)
    finally:
        _running = False
    return outcome


_running = False


def _run(function: Any, event: bytes, request_id: str) -> Outcome:
    if function.package_type != "Zip" or not str(function.run_time).startswith("python"):
        raise NotRunnable(f"{function.function_name}: only zips with Python run here, not {function.run_time}")
    call = {
        "code": base64.b64encode(function.code_bytes).decode(),
        "handler": function.handler,
        "event": json.loads(event or b"{}"),
        "timeout": function.timeout,
        "context": {
            "function_name": function.function_name,
            "function_version": str(function.version),
            "invoked_function_arn": function.function_arn,
            "memory_limit_in_mb": str(function.memory_size),
            "aws_request_id": request_id,
            "log_group_name": logging.group_of(function),
            "log_stream_name": "",
        },
    }
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **_defined(function)}
    command = [sys.executable, "-I", "-c", _RUNNER]
    try:
        done = subprocess.run(
            command, input=json.dumps(call).encode(), capture_output=True, timeout=function.timeout, env=environment
        )
    except subprocess.TimeoutExpired:
        message = f"{request_id} Task timed out after {function.timeout:.2f} seconds"
        return _failed("Sandbox.Timedout", message)
    log = done.stderr.decode(errors="replace")
    if done.returncode or not done.stdout:
        return _failed("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited", log)
    answer = json.loads(done.stdout)
    if "error" in answer:
        return Outcome(json.dumps(answer["error"]).encode(), answer["error"]["errorType"], log)
    payload = json.dumps(answer["result"]).encode()
    if len(payload) > LARGEST_RESPONSE:
        text = f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
        return _failed("Function.ResponseSizeTooLarge", text, log)
    return Outcome(payload, "", log)


def _failed(kind: str, message: str, log: str = "") -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind, log)


def _defined(function: Any) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    return {
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        **function.environment_vars,
    }
