# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that a KMS call needs, on its key and alias, with KMS's own condition keys.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html and conditions-kms.html.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from typing import Any

from emulator.iam.conditions import Context

Permission = tuple[str, str, Context]
# "Cross-account use: Yes" in the permissions reference, of the operations that moto has.
ACROSS_ACCOUNTS = {
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncrypt",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
}


def key_for(account_id: str, region: str, name: str) -> Any:
    """Return moto's key that an id, an ARN, an alias or an alias's ARN names, None if there is none."""
    moto = sys.modules.get("moto.kms.models")
    if moto is None or not name:
        return None
    if name.startswith("arn:"):
        if name.count(":") < 5:
            return None
        _arn, _partition, _kms, region, account_id, name = name.split(":", 5)
    backend = moto.kms_backends[account_id][region]
    if name.startswith("alias/"):
        return backend.keys.get(backend.get_key_id_from_alias(name) or "")
    return backend.keys.get(name.removeprefix("key/"))


def key_of_ciphertext(blob: Any) -> Any:
    """Return the key that encrypted a blob, of any account and region; None for a blob that KMS didn't make."""
    from moto.kms.models import kms_backends
    from moto.kms.utils import _deserialize_ciphertext_blob

    try:
        raw = base64.b64decode(blob) if isinstance(blob, str) else blob
        id_ = _deserialize_ciphertext_blob(raw).key_id
    except Exception:  # the blob is any text that a caller sends
        return None
    regions = (backend for account in kms_backends.values() for backend in account.values())
    return next((backend.keys[id_] for backend in regions if id_ in backend.keys), None)


def permissions(
    account_id: str, region: str, operation: str, parameters: dict[str, Any]
) -> tuple[list[Permission], Any]:
    """Return what a call asks for, and the key that it is about, None if there is none."""
    prefix = f"arn:aws:kms:{region}:{account_id}:"
    name = parameters.get("KeyId") or parameters.get("TargetKeyId") or parameters.get("DestinationKeyId") or ""
    key = key_for(account_id, region, name)
    alias = parameters.get("AliasName", "")
    if operation == "Decrypt" and key is None:
        key = key_of_ciphertext(parameters.get("CiphertextBlob"))
    if operation == "DeleteAlias":
        key = key_for(account_id, region, alias)
    found: list[Permission] = []
    if operation == "ReEncrypt":
        source = key_of_ciphertext(parameters.get("CiphertextBlob"))
        context = _context(account_id, parameters.get("SourceEncryptionContext"), parameters, source)
        found.append(("kms:ReEncryptFrom", source.arn if source else "*", context))
        operation = "ReEncryptTo"
    if operation in ("CreateAlias", "DeleteAlias", "UpdateAlias"):
        found.append((f"kms:{operation}", f"{prefix}{alias}", {}))
    resource = key.arn if key else (name if name.startswith("arn:") else "*")
    encryption = parameters.get("EncryptionContext") or parameters.get("DestinationEncryptionContext")
    found.append((f"kms:{operation}", resource, _context(account_id, encryption, parameters, key)))
    if operation == "CreateKey" and parameters.get("Tags"):
        found.append(("kms:TagResource", "*", dict(_tags(parameters))))
    return found, key


def _context(account_id: str, encryption: Any, parameters: dict[str, Any], key: Any) -> dict[str, str | list[str]]:
    context: dict[str, str | list[str]] = {"kms:calleraccount": account_id}
    for name, value in (encryption or {}).items():
        context[f"kms:encryptioncontext:{name.lower()}"] = value
    if encryption:
        context["kms:encryptioncontextkeys"] = list(encryption)
    if parameters.get("KeyId", "").startswith("alias/"):
        context["kms:requestalias"] = parameters["KeyId"]
    for parameter, name in (
        ("GranteePrincipal", "kms:granteeprincipal"),
        ("RetiringPrincipal", "kms:retiringprincipal"),
        ("Operations", "kms:grantoperations"),
        ("PendingWindowInDays", "kms:schedulekeydeletionpendingwindowindays"),
        ("BypassPolicyLockoutSafetyCheck", "kms:bypasspolicylockoutsafetycheck"),
    ):
        value = parameters.get(parameter)
        if value is not None:
            context[name] = value if isinstance(value, list) else str(value).lower() if value is True else str(value)
    if key is not None:
        context |= {"kms:keyspec": key.key_spec, "kms:keyusage": key.key_usage, "kms:keyorigin": key.origin}
        context["kms:resourcealiases"] = list(key.aliases)
        context |= tags_of(key)
    return context | dict(_tags(parameters))


def _tags(parameters: dict[str, Any]) -> Iterator[tuple[str, str | list[str]]]:
    tags = parameters.get("Tags") or []
    for tag in tags:
        yield f"aws:requesttag/{tag['TagKey'].lower()}", tag.get("TagValue", "")
    if tags or parameters.get("TagKeys"):
        yield "aws:tagkeys", [*(tag["TagKey"] for tag in tags), *(parameters.get("TagKeys") or [])]


def tags_of(key: Any) -> dict[str, str]:
    tagger = sys.modules["moto.kms.models"].kms_backends[key.account_id][key.region].tagger
    return {
        f"aws:resourcetag/{name.lower()}": value for name, value in tagger.get_tag_dict_for_resource(key.id).items()
    }


# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
_IN_ANY_STATE = {"CreateKey", "DescribeKey", "GetKeyPolicy", "GetPublicKey", "ListAliases", "ListGrants", "ListKeys"}
_IN_ANY_STATE |= {"DeleteAlias", "ListKeyPolicies", "ListResourceTags", "PutKeyPolicy", "RetireGrant", "RevokeGrant"}
_IN_ANY_STATE |= {"CancelKeyDeletion", "GetKeyRotationStatus", "UntagResource"}
_ENABLED_ONLY = {"CreateGrant", "Decrypt", "Encrypt", "GenerateMac", "ReEncrypt", "Sign", "Verify", "VerifyMac"}
_ENABLED_ONLY |= {"DisableKeyRotation", "EnableKeyRotation"}


def fault(operation: str, key: Any) -> tuple[str, str] | None:
    """Return (code, message) of the error of a key whose state doesn't fit the operation, None if it does."""
    if key is None or operation in _IN_ANY_STATE:
        return None
    if key.key_state == "PendingDeletion":
        return "KMSInvalidStateException", f"{key.arn} is pending deletion."
    if not key.enabled and (operation in _ENABLED_ONLY or operation.startswith("GenerateDataKey")):
        return "DisabledException", f"{key.arn} is disabled."
    return None
