# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Direct calls of EC2's and STS's classes, without a Flask application.

A call is parsed once; Flask's request, routing, form and response cost more than most answers do. Calls other than a
signed POST of a form by a known caller go through moto's Flask application. Both give the same answer.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import Any

from moto.core.parse import UNDEFINED, EC2QueryParser, QueryParser, RequestParser
from moto.core.request import EnvironHeaders, Request
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model, utcnow
from moto.iam.models import AccessKeyLastUsed, iam_backends
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from emulator.errors import Answer


@functools.cache
def _parser(service: str, operation: str) -> RequestParser:
    model = get_service_model(service).operation_model(operation)
    return _Parser(model) if service == "ec2" else QueryParser(model)


class _Parser(EC2QueryParser):
    """Parser of EC2 requests that looks only for the members that the request names."""

    def _do_parse(self, request_dict: Any, shape: Any) -> dict[str, Any]:
        values = request_dict["values"]
        named = {name.partition(".")[0] for name in values}
        parsed = {}
        for name, member, prefix in self._members(shape):
            if prefix in named or "default" in member.metadata:
                value = self._parse_shape(member, values, prefix)
                if value is not UNDEFINED:
                    parsed[name] = value
        return parsed

    @functools.cache  # noqa: B019 - by the shape; a parser lives as long as its operation's model, for good
    def _members(self, shape: Any) -> list[tuple[str, Any, str]]:
        return [(name, member, self._get_serialized_name(member, name)) for name, member in shape.members.items()]


def parsed(service: str, environ: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a form's parameters by botocore's names. Kept in environ, since policies are about them, too."""
    found: dict[str, Any] | None = environ.get("emulator.parsed")
    if found is None:
        found = environ["emulator.parsed"] = _parser(service, parameters["Action"]).parse({"values": parameters})
    return found


class DirectResponse(BaseResponse):
    """Mixin that answers calls without Flask; it precedes moto's class in a service's bases."""

    _operation = ""

    @classmethod
    def answer(
        cls, environ: dict[str, Any], parameters: Mapping[str, str], access_key_id: str, region: str, account_id: str
    ) -> Answer:
        """Answer a call. parameters: the form's, each with its first value."""
        response = cls()
        try:
            response._set_up(environ, parameters, access_key_id, region, account_id)
            status, headers, body = response.call_action()
        except HTTPException as error:
            # As Flask does.
            error_body = error.get_body(environ)
            return Answer(error.code or 500, {"Content-Type": "text/html; charset=utf-8"}, error_body.encode())
        # moto's server lets every origin read its answers.
        return Answer(status, {**headers, "Access-Control-Allow-Origin": "*"}, body.encode())

    def _set_up(
        self, environ: dict[str, Any], parameters: Mapping[str, str], access_key_id: str, region: str, account_id: str
    ) -> None:
        """Set the attributes that moto's setup_class sets, by the same rules."""
        self.is_werkzeug_request = True
        self.headers = EnvironHeaders(environ)
        self.uri = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}/"
        self.path = self.raw_path = "/"
        self.method = "POST"
        self._operation = parameters["Action"]
        self.querystring = self.data = {name: [value] for name, value in parameters.items()}
        self.uri_match = {}
        self.response_headers = {"server": "amazon.com"}
        named = self.region_regex.search(self.uri) or self.region_from_useragent_regex.search(
            environ.get("HTTP_USER_AGENT", "")
        )
        self.region = named[1] if named else region
        self.partition = get_partition(self.region)
        self.access_key, self.current_account = access_key_id, account_id
        self.params = parsed(self.service_name, environ, parameters)
        self._note_use()

    def _note_use(self) -> None:
        """Record the last use of the access key and its role, as moto's mark_account_as_visited does.

        moto's raises and catches an error for a role that was not created in IAM.
        """
        backend = iam_backends[self.current_account][self.partition]
        if key := backend.access_keys.get(self.access_key):
            key.last_used = AccessKeyLastUsed(timestamp=utcnow(), service=self.service_name, region=self.region)
            for role in backend.roles.values() if key.role_arn else ():
                if role.arn == key.role_arn:
                    role.last_used = utcnow()

    # Rarely or never needed.

    @functools.cached_property
    def normalized_request(self) -> Request:
        return Request(self.headers.environ)

    @functools.cached_property
    def body(self) -> str:
        return self.raw_body.decode()

    @functools.cached_property
    def raw_body(self) -> bytes:
        return self.headers.environ["wsgi.input"].getvalue()

    def get_access_key(self) -> str:
        return self.access_key if hasattr(self, "access_key") else super().get_access_key()

    def _get_action(self) -> str:
        return self._operation or super()._get_action()

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        if "." in param_name or self.uri_match:
            return super()._get_param(param_name, if_none)
        return self.params.get(param_name, if_none)

    def _authenticate_and_authorize_normal_action(self, resource: str = "*") -> None:
        """Do nothing: the application has authorized the call."""

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        """Add a request id to headers and body.

        moto's draws each letter of the id separately, and searches all of a long body for its place.
        """
        if "status" in headers:
            headers["status"] = str(headers["status"])
        request_id = headers["x-amzn-requestid"] = f"{random.getrandbits(208):052X}"
        start, _, rest = body.rpartition("<RequestId>")
        if start:
            body = f"{start}<RequestId>{request_id}</RequestId>{rest.partition('</RequestId>')[2]}"
        return headers, body
