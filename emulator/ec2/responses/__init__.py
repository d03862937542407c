# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, PaginatedResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response

from emulator.direct import DirectResponse
from emulator.ec2 import lag
from emulator.ec2.enums import check_values
from emulator.ec2.ids import check_ids
from emulator.ec2.responses.absent import AbsentResponse
from emulator.ec2.responses.endpoints import PrivateLinkResponse
from emulator.ec2.responses.of_moto import MotoDescribes
from emulator.ec2.responses.transit_gateways import TransitGatewayResponse
from emulator.ec2.responses.vpcs import VpcResponse
from emulator.ec2.serialize import NotPlainError, xml_answer


class Ec2Responses(
    DirectResponse,
    TransitGatewayResponse,
    PrivateLinkResponse,
    VpcResponse,
    AbsentResponse,
    MotoDescribes,
    EC2Response,
):
    """One method for each EC2 action, named snake_case(Action)."""

    @functools.cached_property
    def ec2_backend(self) -> Any:
        return ec2_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        """Answer an action; handles malformed ids, dry runs, client tokens and eventual consistency for all.

        https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html: the same token with the same
        parameters returns the first answer again; with other parameters IdempotentParameterMismatch.
        """
        operation = self._get_action()
        self.ec2_backend.settle()
        try:
            given = [(name, str(values[0])) for name, values in self.querystring.items()]
            check_ids(operation, given)
            check_values(operation, given)
            self.refuse_participant(operation, given)
        except EC2ClientError as error:
            return self._refuse(error.code, error.message, 403 if error.code == "UnauthorizedOperation" else 400)
        if self._get_param("DryRun"):
            return self._refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status=412)
        if operation.startswith("Describe") and (unseen := lag.hidden(self.ec2_backend.born)):
            return self._describe_without(unseen)
        answer = self._call_once(operation)
        lag.note_birth(self.ec2_backend.born, lag.prefix_of(type(self), operation), answer[2])
        return answer

    def _call_once(self, operation: str) -> TYPE_RESPONSE:
        token = self._get_param("ClientToken")
        if not token:
            return super().call_action()
        key = (operation, token)
        parameters = {name: value for name, value in self.querystring.items() if name != "ClientToken"}
        if key in self.ec2_backend.client_tokens:
            first, answer = self.ec2_backend.client_tokens[key]
            if first != parameters:
                return self._refuse(
                    "IdempotentParameterMismatch",
                    "The request uses the same client token as a previous, but non-identical request.",
                )
            return answer
        answer = super().call_action()
        if answer[0] == 200:
            self.ec2_backend.client_tokens[key] = (parameters, answer)
        return answer

    def _describe_without(self, unseen: set[str]) -> TYPE_RESPONSE:
        try:
            lag.refuse_hidden(unseen, self.querystring)
        except EC2ClientError as error:
            return self._refuse(error.code, error.message)
        status, headers, body = super().call_action()
        return status, headers, lag.without_hidden(unseen, body) if status == 200 else body

    def serialized(self, action_result: ActionResult) -> TYPE_RESPONSE:
        result = action_result.result
        if isinstance(action_result, PaginatedResult) or not (result is None or isinstance(result, dict)):
            return super().serialized(action_result)
        try:
            body = xml_answer(self._get_action(), result)
        except NotPlainError:
            return super().serialized(action_result)
        return 200, {"Content-Type": "text/xml;charset=UTF-8", **self.response_headers}, body

    def _refuse(self, code: str, message: str, status: int = 400) -> TYPE_RESPONSE:
        _, headers, body = self.serialized(ActionResult(EC2ClientError(code, message)))
        headers, body = self._enrich_response(headers, body)
        return status, headers, body
