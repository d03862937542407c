# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of STS: AssumeRole, GetSessionToken and GetCallerIdentity."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.iam.models import Role, iam_backends
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token
from werkzeug.wrappers import Response

from emulator import clock
from emulator.accounts import Accounts, is_suspended
from emulator.constraints import Constrained
from emulator.direct import DirectResponse
from emulator.ec2.serialize import query_answer
from emulator.errors import error_response
from emulator.iam import mfa
from emulator.iam.authorization import (
    caller_of,
    context_of,
    entity_of,
    managed_policy,
    of_resource,
    refusal,
    role_by_arn,
    sources_of,
    user_id_of,
)
from emulator.iam.conditions import PolicyError
from emulator.iam.documents import check_identity_policy
from emulator.iam.messages import decoded
from emulator.iam.policy import Policy, Request, decide
from emulator.iam.sessions import Session, sessions
from emulator.principals import Principal

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
# A role's ARN of what can't be an account: sts_assume_role's integration target (amazon.aws), "not existing sts role".
OTHER_ACCOUNT = re.compile(r"arn:aws[\w-]*:iam::\d+:role/[\w+=,.@/-]+")
ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/([\w+=,.@/-]+)")
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining. That GetSessionToken's
# credentials count as a role's: 99designs/aws-vault#263.
CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, PolicyArns; the text is not verified.
MOST_SESSION_POLICIES = 10

# LocalStack's test_sts.snapshot.json (recorded on AWS), test_assume_role_tag_validation and
# test_iam_role_chaining_override_transitive_tags.
DUPLICATE_TAGS = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
NO_SUCH_TAG = "The specified transitive tag key must be included in the requested tags."
OF_CALLING_SESSION = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
    "calling session."
)


class TokenError(ServiceException):
    """Error of STS: TokenError(code, message)."""


class _Denied(Exception):
    """Refusal of a call, with its 403 response."""

    def __init__(self, response: Response):
        self.response = response


def _denied(message: str) -> _Denied:
    return _Denied(error_response("query", "AccessDenied", message, 403))


class StsResponses(Constrained, DirectResponse, TokenResponse):
    def assume_role(self) -> Any:
        """Return temporary credentials of a role, or AccessDenied.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        A role that was not created in IAM exists, has all permissions and trusts every account, with the external id
        that the seed may name. As when a role trusts an account, a user or role created in IAM needs a policy of its
        own to assume it.
        """
        try:
            return self._assume_role()
        except _Denied as denied:
            return _as_answer(denied.response)

    def _assume_role(self) -> ActionResult:
        arn, name = self._get_param("RoleArn", ""), self._get_param("RoleSessionName", "")
        found = ROLE_ARN.fullmatch(arn)
        if not found and OTHER_ACCOUNT.fullmatch(arn):
            principal = Accounts.principals.find(self.get_access_key())
            raise _denied(f"User: {principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}")
        if not found:
            raise TokenError("ValidationError", f"{arn} is invalid")
        if not SESSION_NAME.fullmatch(name):
            raise TokenError(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            )
        duration = self._duration(3600, 43200)
        account_id = found[1]
        principal = Accounts.principals.find(self.get_access_key())
        backend = iam_backends[account_id]["aws"]
        role = role_by_arn(backend, arn)
        mfa_in_call = self._mfa(principal) is not None
        self._authorize(principal, account_id, arn, role)
        # After the authorization; AWS doesn't say which comes first.
        if principal.session and duration > 3600:
            raise TokenError("ValidationError", CHAINED)
        if duration > int(role.max_session_duration or 3600 if role else 3600):
            raise TokenError(
                "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        policies = self._session_policies(account_id)
        answer = super().assume_role()
        made = answer.result["Credentials"]
        tags, transitive = self._tags(principal)
        source_identity = self._source_identity(principal)
        issued = clock.now()
        made.expiration = issued + datetime.timedelta(seconds=duration)
        sessions[made.access_key_id] = Session(
            account_id=account_id,
            session_token=made.session_token,
            issued=issued,
            expires=made.expiration,
            role_arn=arn,
            name=name,
            mfa_in_call=mfa_in_call,
            policies=policies,
            tags=tags,
            transitive=transitive,
            source_identity=source_identity,
            administrator=role is None,
        )
        identity = {"SourceIdentity": source_identity} if source_identity else {}
        return ActionResult(answer.result | identity | {"Credentials": _credentials_item(made)})

    def serialized(self, action_result: ActionResult) -> TYPE_RESPONSE:
        if self._get_action() != "AssumeRole" or not isinstance(action_result.result, dict):
            return super().serialized(action_result)
        body = query_answer("sts", NAMESPACE, "AssumeRole", action_result.result)
        return 200, {"Content-Type": "text/xml", **self.response_headers}, body

    def _duration(self, default: int, most: int) -> int:
        duration = self._get_int_param("DurationSeconds", default)
        if 900 <= duration <= most:
            return duration
        bound = "greater than or equal to 900" if duration < 900 else f"less than or equal to {most}"
        raise TokenError(
            "ValidationError",
            f"1 validation error detected: Value '{duration}' at 'durationSeconds' failed to satisfy constraint: "
            f"Member must have value {bound}",
        )

    def _authorize(self, principal: Principal, account_id: str, arn: str, role: Role | None) -> None:
        entity = entity_of(principal)
        context = context_of(principal, entity, self.region, self._address(), self.headers.get("User-Agent", ""))
        context["sts:rolesessionname"] = self._get_param("RoleSessionName")
        for parameter in ("ExternalId", "SourceIdentity"):
            if value := self._get_param(parameter):
                context[f"sts:{parameter.lower()}"] = value
        if self._get_param("TokenCode"):
            # Published trust policies rely on these keys when the code comes with the call itself; no page of AWS was
            # found that says so.
            context |= {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"}
        if tags := self._get_param("Tags", []):
            context |= {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags}
            context["aws:tagkeys"] = [tag["Key"] for tag in tags]
        if keys := self._get_param("TransitiveTagKeys", []):
            context["sts:transitivetagkeys"] = keys
        context |= of_resource(account_id) | _tags_of(role)
        caller = caller_of(principal, entity)
        request = Request("sts:AssumeRole", arn, context, caller)
        if is_suspended(account_id) or not self._is_there(account_id, arn, role):
            raise _Denied(refusal("sts", "query", principal, request))
        trust = role.assume_role_policy_document if role else _trust_in(caller.account_id, arn)
        sources = sources_of(
            principal,
            entity,
            resource=[Policy("AssumeRolePolicyDocument", "resource", trust)],
            resource_account=account_id,
            resource_required=True,
        )
        for action in self._actions():
            asked = dataclasses.replace(request, action=action)
            decision = decide(sources, asked)
            if not decision.allows:
                # STS doesn't say why: the messages that users report end with the resource.
                raise _Denied(refusal("sts", "query", principal, asked))

    def _address(self) -> str:
        return self.normalized_request.remote_addr or "127.0.0.1"

    def _actions(self) -> list[str]:
        """Return the actions to authorize: session tags and a source identity need actions of their own.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html,
        id_credentials_temp_control-access_monitor.html
        """
        actions = ["sts:AssumeRole"]
        if self._get_param("Tags") or self._get_param("TransitiveTagKeys"):
            actions.append("sts:TagSession")
        if self._get_param("SourceIdentity"):
            actions.append("sts:SetSourceIdentity")
        return actions

    @staticmethod
    def _is_there(account_id: str, arn: str, role: Role | None) -> bool:
        """Return false for a role created in IAM that was deleted, or that has another path than the ARN."""
        return role is not None or arn.rpartition("/")[2].lower() not in iam_backends[account_id]["aws"].made_roles

    def _mfa(self, principal: Principal) -> datetime.datetime | None:
        """Return the time of MFA if the call has a valid code of the caller's device, None if it has none.

        Raises _Denied for a code or serial number that is missing or invalid.
        """
        serial_number, given = self._get_param("SerialNumber"), self._get_param("TokenCode")
        if not serial_number and not given:
            return None
        if not serial_number or not given:
            raise _denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
            )
        backend = iam_backends[principal.account_id]["aws"]
        device = principal.user_name and backend.users[principal.user_name].mfa_devices.get(serial_number)
        if not device:
            raise _denied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number "
                "is valid and associated with this user."
            )
        step = mfa.step_of(mfa.seed_of(backend, serial_number), given)
        used = device.__dict__.setdefault("used_steps", set())
        if step is None or step in used:  # RFC 6238 section 5.2: a code is for one use
            raise _denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
        used.add(step)
        return clock.now()

    def _session_policies(self, account_id: str) -> tuple[Policy, ...]:
        backend = iam_backends[account_id]["aws"]
        policies = []
        if len(self._get_param("PolicyArns", [])) > MOST_SESSION_POLICIES:
            raise TokenError("ValidationError", f"At most {MOST_SESSION_POLICIES} managed policies can be passed.")
        if document := self._get_param("Policy"):
            if not _is_json(document):
                raise TokenError("MalformedPolicyDocument", "The policy is not in the valid JSON format.")
            check_identity_policy(document)
            policies.append(Policy("Policy", "none", document))
            try:
                list(policies[0].statements())
            except PolicyError as error:
                raise TokenError("MalformedPolicyDocument", str(error)) from error
        for entry in self._get_param("PolicyArns", []):
            backend.know(entry["arn"])
            try:
                policies.append(managed_policy(backend, entry["arn"]))
            except KeyError:
                # The code is in the API reference's list; whether AWS returns this one is not verified.
                raise TokenError("MalformedPolicyDocument", f"Policy {entry['arn']} does not exist.") from None
        return tuple(policies)

    def _tags(self, principal: Principal) -> tuple[dict[str, str], frozenset[str]]:
        """Return the session's tags, and the keys of those that a chained session inherits."""
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}
        transitive = frozenset(self._get_param("TransitiveTagKeys", []))
        asked = [tag["Key"].lower() for tag in self._get_param("Tags", [])]
        if len(set(asked)) < len(asked):
            raise TokenError("InvalidParameterValue", DUPLICATE_TAGS)
        if not {key.lower() for key in transitive} <= set(asked):
            raise TokenError("InvalidParameterValue", NO_SUCH_TAG)
        if principal.session:
            inherited = {key: principal.session.tags[key] for key in principal.session.transitive}
            if set(asked) & {key.lower() for key in inherited}:
                raise TokenError("InvalidParameterValue", OF_CALLING_SESSION)
            tags, transitive = tags | inherited, transitive | set(inherited)
        return tags, transitive & set(tags)

    def _source_identity(self, principal: Principal) -> str | None:
        """Return the session's source identity; once set it stays, through chained roles too.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html. Raises _Denied
        if the call asks for another.
        """
        asked = self._get_param("SourceIdentity")
        kept = principal.session.source_identity if principal.session else None
        if kept and asked and asked != kept:
            raise _denied(f"The source identity is already set to {kept} and cannot be changed.")
        return kept or asked

    def get_session_token(self) -> Any:
        """Return temporary credentials of a user, or AccessDenied if the call isn't signed by the user's own key.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
        """
        principal = Accounts.principals.find(self.get_access_key())
        duration = self._duration(43200, 129600)
        try:
            if not principal.user_name or principal.session:
                raise _denied("Cannot call GetSessionToken with session credentials")
            mfa_at = self._mfa(principal)
        except _Denied as denied:
            return _as_answer(denied.response)
        key = iam_backends[principal.account_id]["aws"].create_temp_access_key()
        issued = clock.now()
        expires = issued + datetime.timedelta(seconds=duration)
        session = Session(
            principal.account_id, random_session_token(), issued, expires, user_name=principal.user_name, mfa_at=mfa_at
        )
        sessions[key.access_key_id] = session
        return ActionResult(
            {
                "Credentials": {
                    "AccessKeyId": key.access_key_id,
                    "SecretAccessKey": key.secret_access_key,
                    "SessionToken": session.session_token,
                    "Expiration": expires,
                }
            }
        )

    def get_federation_token(self) -> Any:
        """Raise NotImplementedError: moto's, like the two below, would accept any caller."""
        raise NotImplementedError("federation")

    assume_role_with_saml = assume_role_with_web_identity = get_federation_token

    def get_caller_identity(self) -> ActionResult:
        principal = Accounts.principals.find(self.get_access_key())
        if not principal.user_name:
            return super().get_caller_identity()
        user = entity_of(principal)
        return ActionResult(
            {"UserId": user_id_of(principal, user), "Account": principal.account_id, "Arn": principal.arn}
        )

    def decode_authorization_message(self) -> ActionResult:
        """Return why EC2 refused a call: API_DecodeAuthorizationMessage, with its one error."""
        message = decoded(self._get_param("EncodedMessage") or "")
        if message is None:
            raise TokenError("InvalidAuthorizationMessageException", "Message is not valid")
        return ActionResult({"DecodedMessage": message})


def _is_json(document: str) -> bool:
    """Return whether it is JSON, whatever it says: what sts_assume_role's integration target of amazon.aws sees."""
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


def _tags_of(role: Role | None) -> dict[str, str]:
    tags = {tag["Key"].lower(): tag["Value"] for tag in (role.tags if role else None) or []}
    return {f"{prefix}:resourcetag/{key}": value for key, value in tags.items() for prefix in ("aws", "iam")}


def _trust_in(account_id: str, arn: str) -> str:
    """Build the trust policy of a role that was not created in IAM; it trusts the given account."""
    external_id = Accounts.external_ids.get(arn)
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    statement = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:*"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement | condition})


def _as_answer(response: Response) -> tuple[str, dict[str, Any]]:
    return response.get_data(as_text=True), {"status": response.status_code, "Content-Type": "text/xml"}


def _credentials_item(credentials: Any) -> dict[str, str]:
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expiration.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
