# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of Google's APIs: finds the method, the caller and the faults, checks the request, calls the handler."""

from __future__ import annotations

import json
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from emulator import clock
from emulator.control import Fault
from emulator.gcp import discovery, iamcredentials, operations, registry
from emulator.gcp.call import Call
from emulator.gcp.errors import Refused, not_found
from emulator.gcp.seed import build
from emulator.gcp.world import Principal, Project
from emulator.server import cut
from emulator.transitions import get_call_ms

# https://cloud.google.com/compute/docs/reference/rest/v1/regionOperations/wait
LONGEST_WAIT = 120
_CONSOLE = "https://console.developers.google.com/apis/api/{api}/overview?project={number}"
_CREDENTIAL = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


@dataclass
class Request:
    """Request before it is checked."""

    method: discovery.Method
    path: str
    params: dict[str, str]
    query: dict[str, list[str]]
    token: str
    body: bytes
    project: Project | None
    asked: list[str] = field(default_factory=list)

    @property
    def account(self) -> str:
        """Return what the call log and faults call its account: the project's id."""
        return self.project.project_id if self.project else ""


class Google:
    def __init__(self, seed: dict[str, Any]):
        registry.load()
        self.world = build(seed)

    def answer(self, emulator: Any, environ: dict[str, Any], body: bytes) -> Response:
        """Answer a request. emulator: the application with its lock, faults, latency and call log."""
        began = time.perf_counter(), time.thread_time()
        if emulator.control.latency:
            time.sleep(emulator.control.latency / 1000)
        with emulator.apart:
            if environ["PATH_INFO"].startswith("/oauth2/token"):
                return _json(*reversed(iamcredentials.exchange(self.world, body)))
            request = self._read(environ, body)
            if request is None:
                return _unknown(environ)
            return self._answer(emulator, environ, request, began)

    def _answer(self, emulator: Any, environ: dict[str, Any], request: Request, began: tuple[float, float]) -> Response:
        service, operation = request.method.service, request.method.operation
        fault = emulator.control.fault_for(service, operation, request.account)
        undone = emulator.is_cut("before", fault, environ)
        principal, status, reason, answer = None, None, None, {}
        if not undone:
            operations.settle(self.world)
            try:
                principal = self._caller(request)
                answer = self._handle(emulator, request, principal, fault)
                status = 204 if answer is None else 200
            except Refused as refused:
                status, reason, answer = refused.status, refused.reason, refused.body(service)
            except Exception as error:  # a mistake of the emulator: told as Google tells its own
                traceback.print_exception(error)
                refused = Refused(500, "internalError", "Internal error encountered.")
                status, reason, answer = 500, refused.reason, refused.body(service)
        dropped = undone or emulator.is_cut("after", fault, environ)
        emulator.control.record(
            service,
            operation,
            (time.perf_counter() - began[0]) * 1000,
            (time.thread_time() - began[1]) * 1000,
            account=request.account or None,
            principal=principal.email if principal else None,
            region=request.params.get("region") or "global",
            status=None if dropped else status,
            error=None if dropped else reason,
            fault=fault.action if fault else None,
            permissions=tuple(sorted(set(request.asked))),
        )
        if dropped:
            cut(environ)
        return _json(answer, status or 200)

    def _read(self, environ: dict[str, Any], body: bytes) -> Request | None:
        """Return what is asked; None if no method has this path."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        found = discovery.find(environ["REQUEST_METHOD"], path)
        if found is None:
            return None
        method, params = found
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token if scheme.lower() == "bearer" else query.get("access_token", [""])[-1]
        name = params.get("project") or (params.get("name", "") + "/").split("/")[1]
        of_project = "project" in params or params.get("name", "").startswith("projects/")
        project = self.world.project(name) if of_project else None
        return Request(method, path, params, query, token, body, project)

    def _caller(self, request: Request) -> Principal:
        email, ends = self.world.tokens.get(request.token, ("", None))
        if email and (ends is None or ends > clock.now()):
            return self.world.principals[email]
        if not request.token:
            message = f"Request is missing required authentication credential. {_CREDENTIAL}"
            raise Refused(401, "required", message, status="UNAUTHENTICATED")
        message = f"Request had invalid authentication credentials. {_CREDENTIAL}"
        raise Refused(401, "authError", message, status="UNAUTHENTICATED")

    def _handle(
        self, emulator: Any, request: Request, principal: Principal, fault: Fault | None
    ) -> dict[str, Any] | None:
        """Return the answer's JSON; None: an answer without a body, 204."""
        method, project = request.method, request.project
        _strike(fault, method.service)
        if "project" in request.params and (project is None or project.state != "ACTIVE"):
            raise not_found(f"projects/{request.params['project']}")
        if project and method.service in ("compute", "dns"):
            _check_enabled(method.service, project)
        query = discovery.query(method, request.query)
        body = discovery.body(method, _parsed(request.body) if method.request else None)
        call = Call(
            self.world, method, {**request.params, **query}, body, principal, project, request.path, request.asked
        )
        handler = registry.HANDLERS[method.id]
        for permission in handler.permissions:
            call.need(permission, resource=_named(request))
        if repeated := operations.repeated(call):
            return repeated
        self._wait(emulator, call)
        return handler.function(call)

    def _wait(self, emulator: Any, call: Call) -> None:
        """Let others go on until the operation that the call waits for is done.

        If the clock counts calls, it stands still meanwhile: then the answer comes at once, as Google's may.
        """
        end = time.monotonic() + LONGEST_WAIT
        while not get_call_ms() and operations.is_waited_for(call) and time.monotonic() < end:
            emulator.apart.wait(0.01)
        operations.settle(self.world)


def _named(request: Request) -> str:
    """Return the resource that a message about permissions names: the path after the version."""
    return request.path.partition("/v1/")[2]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else {}
    except ValueError:  # UnicodeDecodeError, too
        raise Refused(400, "parseError", "Invalid JSON payload received. Unexpected token.") from None


def _check_enabled(service: str, project: Project) -> None:
    """Raise Refused if the project has not enabled the API; text of Google's error, details as Service Usage's."""
    api = f"{service}.googleapis.com"
    if api in project.apis:
        return
    name = {"compute": "Compute Engine API", "dns": "Cloud DNS API"}[service]
    message = (
        f"{name} has not been used in project {project.number} before or it is disabled. "
        f"Enable it by visiting {_CONSOLE.format(api=api, number=project.number)} then retry. If you enabled this API "
        "recently, wait a few minutes for the action to propagate to our systems and retry."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {"consumer": f"projects/{project.number}", "service": api},
    }
    raise Refused(403, "accessNotConfigured", message, "usageLimits", status="PERMISSION_DENIED", details=[info])


def _strike(fault: Fault | None, service: str) -> None:
    """Raise the error of a fault, if it is one that the service answers.

    Compute's rate limits: https://cloud.google.com/compute/api-quota#exceeding_rate_limits.
    """
    if fault is None:
        return
    if fault.action == "throttle" and service == "compute":
        raise Refused(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits")
    if fault.action == "throttle":
        raise Refused(429, "rateLimitExceeded", "Quota exceeded for quota metric.", "usageLimits")
    if fault.action == "unavailable":
        status = fault.status if fault.status >= 500 else 503
        raise Refused(status, "backendError", "The service is currently unavailable.")
    if fault.action == "error":
        raise Refused(fault.status, fault.code, fault.message)


def _unknown(environ: dict[str, Any]) -> Response:
    """Return the 404 of a path that no emulated method has."""
    print(f"emulator: no method {environ['REQUEST_METHOD']} {environ['PATH_INFO']}", file=sys.stderr, flush=True)
    message = f"The requested URL {environ['PATH_INFO']} was not found on this server."
    return _json(Refused(404, "notFound", message).body("compute"), 404)


def _json(value: Any, status: int = 200) -> Response:
    text = "" if value is None else json.dumps(value, indent=2) + "\n"
    return Response(text, status, content_type="application/json; charset=UTF-8")
