# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.responses import KmsResponse

from emulator.accounts import Accounts
from emulator.constraints import Constrained
from emulator.iam import resource_policies
from emulator.iam.conditions import PolicyError, as_list
from emulator.iam.policy import Policy
from emulator.kms.asked import key_for, tags_of
from emulator.s3 import policies

BY_ID = ("CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion")
MOST_BYTES = 32768


class KmsError(JsonRESTError):
    """Error of KMS: KmsError(code, message)."""

    code = 400


class KmsResponses(Constrained, KmsResponse):
    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        """Return a parameter; for the operations in BY_ID, the id of a key that is given by its ARN.

        https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html: KeyId is an id or an ARN.
        https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html: the default of KeyUsage.
        """
        value = super()._get_param(param_name, if_none)
        if param_name == "KeyUsage" and not value and self._get_action() == "CreateKey":
            return "ENCRYPT_DECRYPT"
        own = f":{self.region}:{self.current_account}:key/"
        if param_name == "KeyId" and value and own in value and self._get_action() in BY_ID:
            return value.rpartition("/")[2]
        return value

    def _validate_key_policy(self, key_id: str, action: str) -> None:
        """Do nothing: the key's policy has been evaluated before (iam/resource_calls.py)."""

    def create_key(self) -> str:
        """Answer CreateKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"""
        policy = self._get_param("Policy")
        if policy is None:
            return super().create_key()
        _check_policy(policy)
        answer = super().create_key()
        arn = json.loads(answer)["KeyMetadata"]["Arn"]
        if not self._get_param("BypassPolicyLockoutSafetyCheck") and not self._keeps_access(arn):
            del self.kms_backend.keys[arn.rpartition("/")[2]]
            raise _locked_out()
        return answer

    def put_key_policy(self) -> str:
        """Answer PutKeyPolicy: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"""
        _check_policy(self._get_param("Policy"))
        key = key_for(self.current_account, self.region, self._get_param("KeyId"))
        before = key.policy if key else None
        answer = super().put_key_policy()
        if key and not self._get_param("BypassPolicyLockoutSafetyCheck") and not self._keeps_access(key.arn):
            key.policy = before
            raise _locked_out()
        return answer

    def _keeps_access(self, arn: str) -> bool:
        """Return true if the caller could put the policy again."""
        principal = Accounts.principals.find(self.get_access_key())
        context = tags_of(key_for(self.current_account, self.region, arn))
        return resource_policies.may(principal, "kms:PutKeyPolicy", arn, context, self.region).allows


def _locked_out() -> KmsError:
    return KmsError(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )


def _check_policy(document: str) -> None:
    """Raise KmsError for a key policy that KMS refuses: size, JSON, principals that don't exist."""
    if len(document.encode()) > MOST_BYTES:
        raise KmsError("LimitExceededException", f"Policy size exceeds the limit of {MOST_BYTES} bytes")
    try:
        bodies = [statement.body for statement in Policy("policy", "resource", document).statements()]
    except PolicyError as error:
        raise KmsError("MalformedPolicyDocumentException", str(error)) from error
    for body in bodies:
        principal = body.get("Principal", body.get("NotPrincipal"))
        named = [] if principal == "*" else as_list((principal or {}).get("AWS", []))
        if principal is None or not all(policies.exists(each) for each in named):
            raise KmsError(
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals.",
            )
