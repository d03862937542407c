# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container's entry point: secrets-in-memory.py COMMAND [ARGUMENT ...]

Reads the secrets that SECRETS_IN_MEMORY names, with the task's own role, and becomes COMMAND. A secret is in an
anonymous file in memory (memfd_create), and a variable says where: NAME_FILE=/proc/self/fd/N. It is in no file system,
in no argument, and in the environment only where `as` is environment. Needs Linux, Python 3.9 and boto3.

SECRETS_IN_MEMORY   JSON: [{"name": "DB_PASSWORD", "value_from": ARN of a secret or parameter, "json_key": "password",
                    "as": "file"}]; json_key may be missing, and as is file or environment
"""

from __future__ import annotations

import fcntl
import json
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

REFERENCES = "SECRETS_IN_MEMORY"
SEALED = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
MISCONFIGURED = 78  # sysexits.h: EX_CONFIG


def fetched(reference: dict[str, str]) -> bytes:
    """The secret itself. Raises KeyError, ValueError or what boto3 raises."""
    arn = reference["value_from"]
    service, region = arn.split(":")[2:4]
    if service == "secretsmanager":
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=arn)
        value = answer.get("SecretString") or answer["SecretBinary"]
    elif service == "ssm":
        answer = boto3.client("ssm", region_name=region).get_parameter(Name=arn, WithDecryption=True)
        value = answer["Parameter"]["Value"]
    else:
        raise ValueError(f"{arn} is neither a secret nor a parameter")
    key = reference.get("json_key")
    if key:
        value = str(json.loads(value)[key])
    return value if isinstance(value, bytes) else value.encode()


def in_memory(name: str, value: bytes) -> int:
    """The descriptor of a file in memory that nobody can change, and that COMMAND inherits."""
    # Without MFD_CLOEXEC.
    descriptor = os.memfd_create(name, os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(value)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALED)
    return descriptor


def main(command: list[str]) -> int:
    environment = {name: value for name, value in os.environ.items() if name != REFERENCES}
    name = REFERENCES
    try:
        for reference in json.loads(os.environ[REFERENCES]):
            name = reference["name"]
            value = fetched(reference)
            if reference.get("as") == "environment":
                environment[name] = value.decode()
            else:
                environment[f"{name}_FILE"] = f"/proc/self/fd/{in_memory(name, value)}"
    except (BotoCoreError, ClientError) as error:
        print(f"secrets-in-memory: {name}: {error}", file=sys.stderr)
        return MISCONFIGURED
    except (KeyError, TypeError, ValueError) as error:
        # Not its words: those of json hold what it read.
        print(f"secrets-in-memory: {name}: {type(error).__name__}: no such value", file=sys.stderr)
        return MISCONFIGURED
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
