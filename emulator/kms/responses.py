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
from emulator.lists import paged
from emulator.s3 import policies

BY_ID = ("CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion")
MOST_BYTES = 32768
# https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html; API_EnableKeyRotation.
MOST_TAGS, ROTATION_DAYS = 50, 365


class KmsError(JsonRESTError):
    """Error of KMS: KmsError(code, message)."""

    code = 400


@paged("kms")
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
        check_tags({}, self._get_param("Tags") or [])
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

    def _set_alias(self, update: bool = False) -> str:
        if self._get_param("AliasName").startswith("alias/aws/"):
            raise KmsError("NotAuthorizedException", "")  # API_CreateAlias: reserved for AWS managed keys
        return super()._set_alias(update)

    def tag_resource(self) -> str:
        key_id = self._get_param("KeyId")
        self._validate_cmk_id(key_id)
        check_tags(tags_of(self._key()), self._get_param("Tags") or [])
        return super().tag_resource()

    def schedule_key_deletion(self) -> str:
        """Answer ScheduleKeyDeletion: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""
        days = self._get_param("PendingWindowInDays")
        if days is not None and not 7 <= days <= 30:
            raise KmsError("ValidationException", "PendingWindowInDays must be between 7 and 30.")  # text not verified
        return super().schedule_key_deletion()

    def cancel_key_deletion(self) -> str:
        key = self._key()
        if key and key.key_state != "PendingDeletion":
            # API_CancelKeyDeletion: KMSInvalidStateException; the text as moto has it for other operations.
            raise KmsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
        return super().cancel_key_deletion()

    def enable_key_rotation(self) -> str:
        """Answer EnableKeyRotation: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html"""
        key = self._key()
        if key and key.key_spec != "SYMMETRIC_DEFAULT":
            raise KmsError("UnsupportedOperationException", "")
        answer = super().enable_key_rotation()
        if key and (days := self._get_param("RotationPeriodInDays")):
            key.rotation_days = days
        return answer

    def get_key_rotation_status(self) -> str:
        answer, key = json.loads(super().get_key_rotation_status()), self._key()
        if key and answer["KeyRotationEnabled"]:
            days = key.__dict__.get("rotation_days", ROTATION_DAYS)
            answer |= {"KeyId": key.id, "RotationPeriodInDays": days}
        return json.dumps(answer)

    def _key(self) -> Any:
        return key_for(self.current_account, self.region, self._get_param("KeyId"))

    def _keeps_access(self, arn: str) -> bool:
        """Return true if the caller could put the policy again."""
        principal = Accounts.principals.find(self.get_access_key())
        context = tags_of(key_for(self.current_account, self.region, arn))
        return resource_policies.may(principal, "kms:PutKeyPolicy", arn, context, self.region).allows


def check_tags(present: dict[str, str], tags: list[dict[str, str]]) -> None:
    """Raise the errors of API_TagResource for tags that a key can't have. The texts are not verified."""
    keys = [tag["TagKey"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise KmsError("TagException", "Duplicate tag keys")
    if any(key.lower().startswith("aws:") for key in keys):
        raise KmsError("TagException", "Tag keys that start with aws: are reserved")
    if len({*present, *keys}) > MOST_TAGS:
        raise KmsError("LimitExceededException", f"A key can have {MOST_TAGS} tags")


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
