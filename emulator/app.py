# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WSGI application: identifies the caller, applies faults, calls moto under one lock, records calls."""

from __future__ import annotations

import functools
import io
import os
import select
import socket
import threading
import time
from typing import Any, cast
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from flask import Flask
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.request import Request as MotoRequest
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model, service_name_from_moto_package_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from emulator import deliveries, gcp, json_lists, moto_caches, refusals, services
from emulator.accounts import Accounts
from emulator.cloudtrail import watch
from emulator.control import Control, Fault
from emulator.direct import DirectResponse, parsed
from emulator.ec2 import lag
from emulator.errors import Answer, error_code, error_response
from emulator.iam import resource_calls
from emulator.iam.asked import parameters_of
from emulator.iam.authorization import action_of, is_unlimited, refused
from emulator.principals import Principal, Principals
from emulator.refusals import Call
from emulator.s3 import unsigned
from emulator.seed import apply_seed, external_ids, operators
from emulator.server import cut
from emulator.services import SERVICES
from emulator.signatures import credential_scope
from emulator.snapshots import RESET, RESTORED, Keeper


@functools.cache
def _service_name(package: str) -> str:
    """Return botocore's name of a service, by moto's name of its package."""
    return "lambda" if package == "awslambda" else service_name_from_moto_package_name(package)


@functools.cache
def _protocol(service: str) -> str:
    """Return the protocol that botocore speaks with a service: of several, the one that it prefers; "" if unknown."""
    try:
        return get_service_model(service).resolved_protocol
    except UnknownServiceError:
        return ""


# Paths of IAM Identity Center's portal, whose GET requests have a token but no signature: botocore's model of sso.
_PORTAL = ("/assignment/", "/federation/credentials", "/logout")


def _protocol_of(service: str, environ: dict[str, Any], parameters: dict[str, str]) -> str:
    """Return the protocol of a request: the service's, else what the request looks like."""
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    if environ.get("HTTP_X_AMZ_TARGET"):
        return "json"
    known = _protocol(service)
    if known:
        return "query" if known == "json" and "Action" in parameters else known
    is_json = "json" in environ.get("CONTENT_TYPE", "") or environ.get("PATH_INFO", "").startswith(_PORTAL)
    return "rest-json" if is_json or (service != "unknown" and "Action" not in parameters) else "query"


def _create_service_app(service: str) -> Flask:
    services.register(service)
    return create_backend_app(cast(Any, service))


# https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html: need no credentials.
UNSIGNED_OPERATIONS = {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}


class Emulator(DomainDispatcherApplication):
    def __init__(
        self,
        seed: dict[str, Any],
        latency: float = 0,
        transition: float = 0,
        lag: float = 0,
        buckets: dict[str, list[float]] | str | None = None,
    ):
        super().__init__(_create_service_app)
        moto_caches.register()
        services.register_at_start()
        self.seed = seed
        self.principals = Accounts.principals = Principals()
        self.principals.operators = operators(seed)
        Accounts.external_ids = external_ids(seed)
        self.control = Control({"latency": latency, "transition": transition, "lag": lag, "buckets": buckets})
        # Set in a process that serves: see snapshots.py.
        self.keeper: Keeper | None = None
        self.begin_anew()
        self.reset()

    def begin_anew(self) -> None:
        self._world = threading.RLock()
        self.apart = threading.Condition(self._world)

    def reset(self) -> None:
        with self._world:
            BackendDict.reset()
            reset_model_data()
            self.principals.clear()
            apply_seed(self.seed)
            gcp.reset(self.seed)
            self.control.reset()

    @functools.cache  # noqa: B019 - one application lives as long as the process
    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the service of a host, also one that moto lacks. Cached: moto lists a directory for each call."""
        service = (host or "").partition(".")[0].replace("-", "")
        if service in SERVICES and SERVICES[service].added:
            return service
        return super().get_backend_for_host(host)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_emulator/"):
            response = self._control_answer(Request(environ))
        elif gcp.is_google(environ):
            response = gcp.answer(self, environ, body)
        else:
            response = self._answer(environ, body)
        return response(environ, start_response)

    def _control_answer(self, request: Request) -> Response:
        with self._world:
            name = request.path.removeprefix("/_emulator/").rstrip("/")
            if request.method == "POST" and name in ("reset", "snapshot", "restore"):
                return self._to_another_state(name, request.environ["werkzeug.socket"])
            return self.control.answer(request)

    def _to_another_state(self, name: str, caller: socket.socket) -> Response:
        response = Response("{}\n", content_type="application/json", headers={"Connection": "close"})
        if name == "snapshot":
            self.keeper.ask("keep", caller)
        elif self.keeper.is_copy:
            self.keeper.ask("end", caller)
            response.call_on_close(lambda: os._exit(RESET if name == "reset" else RESTORED))
        elif name == "reset":
            self.reset()
        else:
            return Response('{"error": "there is no snapshot"}\n', 409, content_type="application/json")
        return response

    def _answer(self, environ: dict[str, Any], body: bytes) -> Any:
        began, cpu_began = time.perf_counter(), time.thread_time()
        call = self._read_call(environ, body)
        reading = time.perf_counter() - began
        if self.control.latency:
            time.sleep(self.control.latency / 1000)
        with self._world:
            started = time.perf_counter() - reading
            principal = self._caller(call, environ)
            account_id = principal.account_id if principal else ""
            fault = self.control.fault_for(call.service, call.operation, account_id)
            response = None
            undone = self.is_cut("before", fault, environ)
            lag.of_this_call = fault.ms if fault else 0
            if not undone:
                response = self._respond(call, principal, fault, environ)
            dropped = undone or self.is_cut("after", fault, environ)
            code = error_code(response) if response is not None else None
            if watch.listening and principal and response is not None:
                environ["wsgi.input"].seek(0)
                told = functools.partial(parameters_of, call.service, call.protocol, call.operation, environ)
                watch.observe(call, principal, environ, response, code, told)
            self.control.record(
                call.service,
                call.operation,
                (time.perf_counter() - started) * 1000,
                (time.thread_time() - cpu_began) * 1000,
                account=account_id or None,
                principal=principal.arn if principal else None,
                region=call.region,
                status=None if dropped or response is None else response.status_code,
                error=None if dropped else code,
                fault=fault.action if fault else None,
            )
        if dropped or response is None:
            cut(environ)
        return response

    def _respond(
        self, call: Call, principal: Principal | None, fault: Fault | None, environ: dict[str, Any]
    ) -> Response | Answer:
        try:
            if refusal := self._decide(call, principal, fault, environ) or self._authorize(call, principal, environ):
                return refusal
            answer = self._dispatch(call, environ, principal)
            # An answer to HEAD has no body.
            failed = answer.status_code >= 308 and environ["REQUEST_METHOD"] != "HEAD"
            return (refusals.corrected(call, answer) if failed else None) or answer
        except Exception as error:  # moto raises on what it doesn't expect; over HTTP: an HTML page
            environ["wsgi.input"].seek(0)
            told = functools.partial(parameters_of, call.service, call.protocol, call.operation, environ)
            return refusals.unexpected(call, error, told)

    def is_cut(self, when: str, fault: Fault | None, environ: dict[str, Any]) -> bool:
        """Return true if the fault ends the call: before it is executed, or after that without an answer.

        when: before or after. A held call waits while others go on, and is cut if its caller disconnects meanwhile.
        """
        if fault is None or not fault.action.endswith(f"_{when}"):
            return False
        if fault.action.startswith("drop_"):
            return True
        caller: socket.socket = environ["werkzeug.socket"]
        fault.holding += 1
        gone = False
        while fault in self.control.faults and not gone:
            self.apart.wait(0.01)
            gone = bool(select.select([caller], [], [], 0)[0]) and not caller.recv(1, socket.MSG_PEEK)
        fault.holding -= 1
        return gone

    def _caller(self, call: Call, environ: dict[str, Any]) -> Principal | None:
        """Return the caller's principal. Signatures are not checked.

        None for an unknown key, and for a temporary key without its session token.
        """
        principal = self.principals.find(call.access_key_id) if call.access_key_id else None
        if principal and principal.session_token not in (None, environ.get("HTTP_X_AMZ_SECURITY_TOKEN")):
            return None
        return principal

    def _decide(
        self, call: Call, principal: Principal | None, fault: Fault | None, environ: dict[str, Any]
    ) -> Response | None:
        """Return the answer of a call that moto must not see: faults, refused callers, throttling. None: go on."""
        if fault and fault.action == "throttle":
            return refusals.throttled(call)
        if fault and fault.action == "unavailable":
            status = fault.status if fault.status >= 500 else 503
            unavailable = "Unavailable" if call.protocol == "ec2" else "ServiceUnavailable"
            code = "InternalError" if status == 500 else unavailable
            return error_response(call.protocol, code, "The service is unavailable. Please try again shortly.", status)
        if fault and fault.action == "error":
            return error_response(call.protocol, fault.code, fault.message, fault.status)
        if call.service == "s3" and call.access_key_id is None:
            path = environ.get("PATH_INFO", "")
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = unsigned.owner(path)
            return unsigned.refusal(call.operation, path)
        if call.access_key_id and call.region not in refusals.regions():
            return refusals.unknown_region(call)
        if principal is None and call.operation not in UNSIGNED_OPERATIONS:
            return refusals.unknown_caller(call)
        if principal and principal.session and principal.session.has_expired:
            return refusals.expired(call)
        if principal and self.control.bucket_is_empty(
            call.service, principal.account_id, call.region, call.operation, call.parameters
        ):
            return refusals.throttled(call)
        return None

    def _authorize(self, call: Call, principal: Principal | None, environ: dict[str, Any]) -> Response | None:
        if principal is None:
            return None
        told = functools.partial(parameters_of, call.service, call.protocol, call.operation, environ)
        if _direct(call, environ):
            told = functools.partial(parsed, call.service, environ, call.parameters)
        where = call.region, environ.get("REMOTE_ADDR", "127.0.0.1"), environ.get("HTTP_USER_AGENT", "")
        if call.service in resource_calls.SERVICES:
            caller = resource_calls.Caller(principal, *where)
            return resource_calls.refused(call.service, call.protocol, call.operation, caller, told, environ)
        if is_unlimited(principal):
            return None
        action = action_of(call.service, call.signing_name, call.operation)
        return refused(principal, call.service, call.protocol, action, told, *where)

    def _account(self, call: Call, principal: Principal, environ: dict[str, Any]) -> str:
        """Return the account whose resources answer the call: another's, if the call is about its bucket or key."""
        if call.service not in resource_calls.SERVICES:
            return principal.account_id
        told = functools.partial(parameters_of, call.service, call.protocol, call.operation, environ)
        return resource_calls.owner_of(
            call.service, call.operation, principal, call.region, told, environ.get("PATH_INFO", "")
        )

    def _dispatch(self, call: Call, environ: dict[str, Any], principal: Principal | None) -> Response | Answer:
        if principal:
            # moto reads the account from this header; a caller's own header of that name is overwritten.
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account(call, principal, environ)
        if call.service in deliveries.SEEN_BY:
            deliveries.deliver_due()
        if not call.is_known:
            return refusals.unknown_service(call)
        if principal and (direct := _direct(call, environ)):
            return direct.answer(environ, call.parameters, call.access_key_id, call.region, principal.account_id)
        told = functools.partial(parameters_of, call.service, call.protocol, call.operation, environ)
        if refusal := json_lists.refusal(call, told):
            return refusal
        answer = Response.from_app(self.get_application(environ), environ)
        environ["wsgi.input"].seek(0)
        return json_lists.cut(call, answer, told)

    def _read_call(self, environ: dict[str, Any], body: bytes) -> Call:
        access_key_id, region, signing_name = credential_scope(environ)
        host = self.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
        backend = self.get_backend_for_host(host) if host else signing_name
        # A call without a signature doesn't name its service; S3 is the one that accepts such calls.
        without = "s3" if unsigned.owner(environ.get("PATH_INFO", "")) else "unknown"
        service = _service_name(backend or signing_name or without)
        if service == "unknown":
            service = _service_of_path(environ)
        if service == "elb" and b"Version=2015-12-01" in body:
            service = "elbv2"  # at the same address
        parameters = _form(body)
        protocol = _protocol_of(service, environ, parameters)
        if target := environ.get("HTTP_X_AMZ_TARGET"):
            operation = target.split(".")[-1]
        elif "cbor" in protocol:
            operation = environ.get("PATH_INFO", "").split("/")[-1]
        elif action := parameters.get("Action") or parse_qs(environ.get("QUERY_STRING", "")).get("Action"):
            operation = action if isinstance(action, str) else action[0]
        else:
            operation = _rest_operation(service, environ)
        known = backend is not None or signing_name is None
        return Call(access_key_id, region, service, signing_name or service, protocol, operation, parameters, known)


def _form(body: bytes) -> dict[str, str]:
    """Parse a form: each parameter with its first value; empty if the body is no form."""
    if b"=" not in body:
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {}
    form: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if pair:
            form.setdefault(_unquoted(name), _unquoted(value))
    return form


def _unquoted(text: str) -> str:
    """Return a form's text without its escapes; most have none, and urllib's parse_qsl looks for them in each."""
    text = text.replace("+", " ")
    return unquote(text) if "%" in text else text


def _direct(call: Call, environ: dict[str, Any]) -> type[DirectResponse] | None:
    """Return the class that answers the call without Flask, None if Flask parses it."""
    direct = services.direct(call.service)
    return direct if direct and call.parameters.get("Action") and _is_plain_form(environ) else None


def _is_plain_form(environ: dict[str, Any]) -> bool:
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("PATH_INFO") == "/"
        and not environ.get("QUERY_STRING")
        and "HTTP_CONTENT_ENCODING" not in environ
        and environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    )


# Those whose paths tell them; S3's may be any.
_BY_PATH = ("account-access", "codeartifact", "lambda", "observabilityadmin", "ram", "route53profiles", "scheduler")


def _service_of_path(environ: dict[str, Any]) -> str:
    """Return the service of a call without a signature by its path, "unknown" if it is none of these."""
    return next((name for name in _BY_PATH if " " not in _rest_operation(name, environ)), "unknown")


def _rest_operation(service: str, environ: dict[str, Any]) -> str:
    try:
        operation, _ = get_service_router(service).match(MotoRequest(environ.copy()))
        return operation.name
    except (NotFound, NotImplementedError, UnknownServiceError):
        return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO')}"
    finally:
        environ["wsgi.input"].seek(0)
