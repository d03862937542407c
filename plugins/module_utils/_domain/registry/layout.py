# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and shapes of an algorithm registry: its tables, roles and function; its rows, and what may be in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from typing import Any

from ..._core.errors import Invalid
from ..values import cidrs, identifiers
from . import checker

PROTOCOLS = ("https", "http", "tcp")
# Of a row in the table. An option may be `unknown`, too: then nothing is known that speaks for or against it.
LIVE, PENDING, UNKNOWN = "live", "pending", "unknown"
STATES = (LIVE, PENDING, UNKNOWN)
KEYS = ("algorithm", "version")
NUMBERS = ("port", "weight", "revision")
NO_REASON = "nothing says that the front may call it"
# After that Lambda stops the checker: before the next check is due, whatever check_minutes is.
TIMEOUT_SECONDS = 55
# One check is due by then, whatever check_minutes is.
MOST_STALE_SECONDS = 2 * 3600
# The longest of the names that begin with a registry's, NAME-checker-schedule, is a role's and has 64 characters.
LONGEST = 40
MOST_WEIGHT = 1000


def check_name(option: str, value: Any) -> None:
    """Check a registry's name, a part of the names of tables, roles, a function and a schedule. Raises Invalid."""
    if not isinstance(value, str) or not re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9_-]{{2,{LONGEST - 1}}}", value, re.ASCII):
        expected = f"3 to {LONGEST} letters, digits, _ or -, such as algorithms"
        raise Invalid(option, value, "is no name of a registry", expected)


def health_table(name: str) -> str:
    return f"{name}-health"


def function_name(name: str) -> str:
    """Return the name of the function that checks the endpoints, of its role and of its schedule."""
    return f"{name}-checker"


def schedule_role(name: str) -> str:
    return f"{name}-checker-schedule"


def security_group(name: str) -> str:
    return f"closednet-registry-{name}"


def row_name(algorithm: str, version: str) -> str:
    """Return the name of a row in plans and confirm_removals; neither part has a slash."""
    return f"{algorithm}/{version}"


def table_arn(account_id: str, table: str) -> str:
    """Return a table's ARN with placeholders for partition and region, which aren't known yet."""
    return f"arn:{{partition}}:dynamodb:{{region}}:{account_id}:table/{table}"


def check_algorithms(option: str, algorithms: Sequence[Mapping[str, Any]], zone: str) -> None:
    """Check the declared algorithms. Raises Invalid.

    A name and version belong to one account; a name of an endpoint to one account and one list of addresses.
    """
    offered: dict[str, Any] = {}
    endpoints: dict[str, Any] = {}
    for index, one in enumerate(algorithms):
        where = f"{option}[{index}]"
        _check_algorithm(where, one, zone)
        row, place = row_name(one["name"], one["version"]), (one["account_id"], sorted(one["addresses"]))
        if row in offered:
            problem = f"is offered twice, by accounts {offered[row]} and {one['account_id']}"
            raise Invalid(f"{where}.version", row, problem, "one account for each name and version")
        offered[row] = one["account_id"]
        if endpoints.setdefault(one["endpoint"], place) != place:
            account, addresses = endpoints[one["endpoint"]]
            problem = f"resolves to {', '.join(addresses)} of account {account} already"
            raise Invalid(f"{where}.endpoint", one["endpoint"], problem, "another name, or the same addresses")


def check_times(minutes: int, timeout: int, stale: int, count: int) -> None:
    """Check the checker's times: minutes between checks, seconds for one, seconds until stale. Raises Invalid.

    count: of the algorithms, which one run of the function checks
    """
    if not 1 <= minutes <= 60:
        raise Invalid("check_minutes", minutes, "is no time between checks", "1 to 60 minutes")
    if not 1 <= timeout <= 20:
        raise Invalid("check_timeout", timeout, "is no time for one check", "1 to 20 seconds")
    longest = checker.longest(count, timeout)
    if longest > TIMEOUT_SECONDS:
        problem = f"lets {count} checks take {longest:g} s, and the function is stopped after {TIMEOUT_SECONDS} s"
        raise Invalid("check_timeout", timeout, problem, "fewer seconds")
    if stale > MOST_STALE_SECONDS:
        problem = "trusts an answer for more than two hours"
        raise Invalid("stale_seconds", stale, problem, f"{MOST_STALE_SECONDS} seconds at most")
    if stale <= 60 * minutes:
        problem = f"is over before the next check, {minutes} min later, so every answer would be stale"
        raise Invalid("stale_seconds", stale, problem, f"more than {60 * minutes} seconds")


def _check_algorithm(where: str, one: Mapping[str, Any], zone: str) -> None:
    check_name_of_algorithm(f"{where}.name", one["name"])
    check_version(f"{where}.version", one["version"])
    identifiers.account_id(f"{where}.account_id", one["account_id"])
    check_endpoint(f"{where}.endpoint", one["endpoint"], zone)
    check_addresses(f"{where}.addresses", one["addresses"])
    check_port(f"{where}.port", one["port"])
    check_weight(f"{where}.weight", one["weight"])
    identifiers.health_check_path(f"{where}.health_path", one["health_path"])


def check_name_of_algorithm(option: str, value: Any) -> None:
    _check_text(option, value, "is no name of an algorithm")


def check_version(option: str, value: Any) -> None:
    if not isinstance(value, str):
        # YAML reads 1.10 as 1.1.
        raise Invalid(option, value, "is no text, and a number may lose digits", f'the version in quotes: "{value}"')
    _check_text(option, value, "is no version of an algorithm")


def _check_text(option: str, value: Any, problem: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", value, re.ASCII):
        raise Invalid(option, value, problem, "1 to 128 letters, digits or ._-, the first a letter or a digit")


def check_endpoint(option: str, value: Any, zone: str | None) -> None:
    """Check the name of an endpoint, which is below the zone. zone: None if it isn't known. Raises Invalid."""
    identifiers.domain(option, value)
    if value.startswith("*."):
        raise Invalid(option, value, "is a wildcard, which the front can't call", "a name such as score.alpha.ZONE")
    if zone is not None and not value.endswith(f".{zone}"):
        raise Invalid(option, value, f"is not below the zone {zone}, so the front can't resolve it", f"NAME.{zone}")


def check_addresses(option: str, values: Any) -> None:
    """Check the addresses of an endpoint: private IPv4 addresses, each once. Raises Invalid."""
    if not isinstance(values, list) or not values:
        expected = "the IPv4 addresses of the endpoint, such as [10.1.0.10]"
        raise Invalid(option, values, "is no list of addresses", expected)
    for index, value in enumerate(values):
        where = f"{option}[{index}]"
        if not isinstance(value, str) or not cidrs.is_ipv4_address(value):
            raise Invalid(where, value, "is no IPv4 address", "one such as 10.1.0.10")
        address = IPv4Address(value)
        if not address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified:
            raise Invalid(where, value, "is no private address of a network", "one of the account's VPC")
    repeated = ((f"{option}[{index}]", value) for index, value in enumerate(values))
    identifiers.distinct(repeated, "is there twice", "each address once")


def check_port(option: str, value: Any) -> None:
    _check_number(option, value, 1, 65535, "is no port", "1 to 65535, a number")


def check_protocol(option: str, value: Any) -> None:
    if value not in PROTOCOLS:
        raise Invalid(option, value, "is no protocol of an algorithm", " or ".join(PROTOCOLS))


def check_weight(option: str, value: Any) -> None:
    _check_number(option, value, 0, MOST_WEIGHT, "is no weight", f"0 (only by its version) to {MOST_WEIGHT}")


def _check_number(option: str, value: Any, least: int, most: int, problem: str, expected: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(option, value, problem, expected)


def item(fields: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the fields of a row in DynamoDB's form."""
    return {key: {"N" if key in NUMBERS else "S": str(value)} for key, value in fields.items()}


def fields(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a row as DynamoDB answers it as plain fields; what isn't a text or a number stays as it is."""
    plain: dict[str, Any] = {}
    for key, value in found.items():
        (kind, content), *_more = value.items()
        number = kind == "N" and re.fullmatch(r"-?[0-9]{1,18}", content)
        plain[key] = int(content) if number else content if kind in ("S", "N") else dict(value)
    return plain
