# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of an ECS task definition with which a container reads its secrets at start, into memory only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid
from ..values import identifiers

WAYS = ("file", "environment")
KEYS = ("as", "json_key", "name", "value_from")
# Names of variables whose value anybody who can reach the service knows, or that say where and how, not who.
_OPEN = re.compile(
    r"(^|_)(HOST|HOSTNAME|PORT|REGION|URL|URI|ENDPOINT|LOG_LEVEL|DATABASE|DB_NAME|BUCKET|USER|USERNAME)$"
)
# A secret's ARN ends in six random characters, which a policy may leave to a wildcard ("AWS Secrets Manager ARN").
_ARN = r"(secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+|ssm:[a-z0-9-]+:\d{12}:parameter/[\w/.-]+)"


def task_definition(
    secrets: Sequence[Mapping[str, Any]], entry_point: Sequence[str], kms_key_arns: Sequence[str] = ()
) -> dict[str, Any]:
    """Return {"container_definition", "task_role_policy", "notes"}; merge the first two into your own. Raises Invalid.

    secrets: {name, value_from (ARN of a secret or parameter), json_key (of a secret that is a JSON object), as}.
    kms_key_arns: customer managed keys that encrypt the secrets.
    """
    references = [_reference(f"secrets[{index}]", secret) for index, secret in enumerate(secrets)]
    names = [(f"secrets[{index}].name", reference["name"]) for index, reference in enumerate(references)]
    identifiers.distinct(names, "is there twice", "each name once")
    for index, key in enumerate(kms_key_arns):
        rest = r"kms:[a-z0-9-]+:\d{12}:key/[\w-]+"
        identifiers.arn(f"kms_key_arns[{index}]", key, rest, "arn:aws:kms:eu-central-1:444444444444:key/1234abcd")
    value = json.dumps(references, separators=(",", ":"), sort_keys=True)
    return {
        "container_definition": {
            "entryPoint": list(entry_point),
            "environment": [{"name": "SECRETS_IN_MEMORY", "value": value}],
            "readonlyRootFilesystem": True,
            "linuxParameters": {"initProcessEnabled": True},
        },
        "task_role_policy": _policy(references, kms_key_arns),
        "notes": [
            f"{reference['name']} looks like what needn't be secret: as an ordinary variable it costs no secret"
            for reference in references
            if _OPEN.search(reference["name"])
        ],
    }


def _reference(option: str, secret: Mapping[str, Any]) -> dict[str, str]:
    unknown = sorted(set(secret) - set(KEYS))
    if unknown:
        # Its value may be the secret.
        raise Invalid(f"{option}.{unknown[0]}", "(not shown)", "is no key of a reference", " or ".join(KEYS))
    name = secret.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise Invalid(f"{option}.name", name, "is no name of a variable", "one such as DB_PASSWORD")
    arn = secret.get("value_from")
    if not isinstance(arn, str) or not re.fullmatch(rf"arn:aws[\w-]*:{_ARN}", arn, re.ASCII):
        expected = "an ARN such as arn:aws:secretsmanager:eu-central-1:444444444444:secret:payments-AbCdEf"
        raise Invalid(f"{option}.value_from", "(not shown)", "is no ARN of a secret or parameter", expected)
    way = secret.get("as") or "file"
    if way not in WAYS:
        raise Invalid(f"{option}.as", way, "is no way to hand it over", " or ".join(WAYS))
    key = secret.get("json_key")
    return {"name": name, "value_from": arn, "as": way, **({"json_key": key} if key else {})}


def _policy(references: Sequence[Mapping[str, str]], kms_key_arns: Sequence[str]) -> dict[str, Any]:
    statements = []
    for sid, action, service in (
        ("ReadSecrets", "secretsmanager:GetSecretValue", "secretsmanager"),
        ("ReadParameters", "ssm:GetParameter", "ssm"),
    ):
        arns = sorted({one["value_from"] for one in references if one["value_from"].split(":")[2] == service})
        if arns:
            statements.append({"Sid": sid, "Effect": "Allow", "Action": action, "Resource": arns})
    if kms_key_arns:
        statements.append(
            {"Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": sorted(kms_key_arns)}
        )
    return {"Version": "2012-10-17", "Statement": statements}
