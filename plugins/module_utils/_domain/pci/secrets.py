# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find container variables that look like secrets and secrets that needn't be any, and report quotas of secret stores.

Names and, for plain variables, values decide; the value of a secret is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .checks.model import hidden

Item = Mapping[str, Any]

_SECRET_NAME = re.compile(
    r"(^|_)(PASS(WORD|WD|PHRASE)?|PWD|SECRETS?|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY"
    r"|ENCRYPTION_?KEY)$",
    re.IGNORECASE,
)
# Patterns of an IAM access key, a private key, and a password in a URL.
_SECRET_VALUES = {
    "an access key of AWS": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password in a URL": re.compile(r"://[^/\s:@]+:[^/\s@]+@"),
}
# Values that refer to a secret and are none.
_REFERENCE = re.compile(r"arn:aws[\w-]*:|/run/secrets/")
_SETTINGS = re.compile(
    r"((^|_)(LOG_?LEVEL|REGION|ENV|ENVIRONMENT|STAGE|PORT|HOST|HOSTNAME|TZ|LOCALE|DEBUG|TIMEOUT|BUCKET|ENABLED)$)"
    r"|^(NODE_ENV|LANG|JAVA_OPTS)$",
    re.IGNORECASE,
)
_URLS = re.compile(r"(^|_)(QUEUE_URL|BASE_URL|ENDPOINT|ENDPOINT_URL|CALLBACK_URL|PUBLIC_URL|URL)$", re.IGNORECASE)
# Names of URLs of databases and brokers, which may contain passwords.
_CONNECTIONS = re.compile(r"(DATABASE|DB|REDIS|MONGO(DB)?|POSTGRES(QL)?|MYSQL|AMQP|RABBITMQ|BROKER)_", re.IGNORECASE)

# Per account and region, unless a support case raised it. Documented values, not read from Service Quotas.
QUOTAS = {
    "secretsmanager": (500_000, "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"),
    "ssm standard parameters": (10_000, "https://docs.aws.amazon.com/general/latest/gr/ssm.html"),
    "ssm advanced parameters": (100_000, "https://docs.aws.amazon.com/general/latest/gr/ssm.html"),
}


def in_plain(environment: Sequence[Item]) -> dict[str, str]:
    """Return {name: why it looks like a secret}, never the value."""
    return {item["name"]: why for item in environment if (why := _why(item["name"], item.get("value") or ""))}


def _why(name: str, value: str) -> str:
    if not value:
        return ""
    by_value = next((f"its value looks like {what}" for what, like in _SECRET_VALUES.items() if like.search(value)), "")
    by_name = "its name" if _SECRET_NAME.search(name) and not _REFERENCE.match(value) else ""
    return by_value or by_name


def needless(definitions: Sequence[Item]) -> Iterator[dict[str, str]]:
    """Yield the containers' secrets whose names say that they needn't be secret, each with its place and why."""
    for definition in definitions:
        for container in definition["containerDefinitions"]:
            for secret in container.get("secrets", ()):
                why = _needless(secret["name"])
                if why:
                    yield {
                        "taskDefinitionArn": definition["taskDefinitionArn"],
                        "container": container["name"],
                        "name": secret["name"],
                        "valueFrom": secret["valueFrom"],
                        "why": why,
                    }


def _needless(name: str) -> str:
    if _SETTINGS.search(name):
        return "a setting, by its name"
    if _URLS.search(name) and not _CONNECTIONS.search(name):
        return "an address, by its name, if no user and password are in it"
    return ""


def quotas(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Usage and quota of each secret store; used is None where it couldn't be read, and unread says why."""
    why = hidden(facts)
    parameters = facts.get("Parameters")

    def tier(advanced: bool) -> int | None:
        return None if parameters is None else sum((p.get("Tier") == "Advanced") is advanced for p in parameters)

    used = {
        "secretsmanager": len(facts["Secrets"]) if "Secrets" in facts else None,
        "ssm standard parameters": tier(False),
        "ssm advanced parameters": tier(True),
    }
    return [
        {
            "store": store,
            "used": used[store],
            "quota": quota,
            "percent": None if (count := used[store]) is None else round(100 * count / quota, 1),
            "unread": why.get("Secrets" if store == "secretsmanager" else "Parameters"),
            "quota_from": "documented default",
            "source": source,
        }
        for store, (quota, source) in QUOTAS.items()
    ]
