# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of a host's connection, tags, policies and package options, from the inventory alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..values import connection, identifiers, tags

# Variable -> option of the modules.
CONNECTION = {
    "aws_profile": "profile",
    "assume_role_arn": "assume_role_arn",
    "assume_role_external_id": "assume_role_external_id",
    "wait_timeout": "wait_timeout",
}
MANAGEMENT = "pci_account_management_account_id", "pci_account_management_assume_role_arn"
# Roles whose resources have tags -> true if some are of a service that accepts few characters (tags.STRICT_SERVICES).
TAGGING = {
    "account_members": False,
    "algorithm_registry": True,
    "audit_trail": False,
    "central_endpoints": False,
    "closed_network": False,
    "egress": False,
    "egress_proxy": True,
    "hub": False,
    "log_archive": True,
    "log_source": False,
    "pci_account": True,
    "pci_people": True,
    "private_python_index": False,
    "privatelink_consumer": False,
    "privatelink_provider": True,
    "spoke": False,
    "vpc": False,
}
# Variables with lists whose items may have tags of their own.
ITEMS = {
    "privatelink_provider": "privatelink_provider_services",
    "privatelink_consumer": "privatelink_consumer_endpoints",
}
READS = (
    *("account_id", *CONNECTION, *MANAGEMENT, *ITEMS.values()),
    *(f"{role}_{option}" for role in TAGGING for option in ("tags", "ignore_tags")),
    *("pci_account_roles", "pci_account_break_glass_arns"),
    *("pci_people_source_profile", "private_python_index_url", "private_python_index_repository"),
    *("private_python_index_bucket", "private_python_index_token_seconds"),
    *("private_python_index_vpc_endpoint_ids", "private_python_index_vpc_ids"),
)


def problems(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of the host's options. variables: the host's, as far as READS names them."""
    of_options = {option: variable for variable, option in CONNECTION.items()}
    given = {option: variables.get(variable) for option, variable in of_options.items()}
    for invalid in connection.problems({**given, "account_id": variables.get("account_id")}):
        yield _of(host, of_options[invalid.option], invalid)
    account, role = (variables.get(name) for name in MANAGEMENT)
    for invalid in connection.problems({"account_id": account, "assume_role_arn": role}):
        yield _of(host, MANAGEMENT[1], invalid)
    for check, option, *arguments in (
        *_of_tags(variables),
        *_of_policies(variables),
        *_of_files(variables),
        *_of_packages(variables),
    ):
        refused = refusal(check, f"{host}.{option}", *arguments)
        if refused:
            yield refused


def _of(host: str, variable: str, invalid: Invalid) -> Invalid:
    return Invalid(f"{host}.{variable}", invalid.value, invalid.problem, invalid.expected)


def _of_tags(variables: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for role, strict in TAGGING.items():
        of_role, ignored = variables.get(f"{role}_tags"), variables.get(f"{role}_ignore_tags")
        if of_role is not None:
            yield tags.check, f"{role}_tags", of_role, strict
        if isinstance(ignored, Mapping):
            yield tags.check_ignored, f"{role}_ignore_tags", ignored, of_role
        items = variables.get(ITEMS.get(role, ""))
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping) and item.get("tags") is not None:
                yield tags.check, f"{ITEMS[role]}[{index}].tags", item["tags"], strict


def _of_files(variables: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the checks of variables that become a line of a file: (check, variable, value)."""
    checks = {
        "pci_people_source_profile": connection.profile,
        "private_python_index_url": connection.url,
        "private_python_index_repository": identifiers.package_repository,
    }
    for variable, check in checks.items():
        if variables.get(variable) is not None:
            yield check, variable, variables[variable]


def _of_packages(variables: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    if variables.get("private_python_index_bucket") is not None:
        yield _bucket_without_dots, "private_python_index_bucket", variables["private_python_index_bucket"]
    if variables.get("private_python_index_token_seconds") is not None:
        yield _token_seconds, "private_python_index_token_seconds", variables["private_python_index_token_seconds"]
    for variable, prefix in (
        ("private_python_index_vpc_endpoint_ids", "vpce"),
        ("private_python_index_vpc_ids", "vpc"),
    ):
        ids = variables.get(variable)
        for index, id_ in enumerate(ids if isinstance(ids, list) else ()):
            yield identifiers.resource_id, f"{variable}[{index}]", id_, prefix


def _bucket_without_dots(option: str, value: Any) -> None:
    """Check the name of a bucket. No dots: the certificate of S3 doesn't cover a name with dots
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). Raises Invalid.
    """
    identifiers.bucket(option, value)
    if "." in value:
        raise Invalid(option, value, "has dots, which the certificate of S3 doesn't cover", "letters, digits and -")


def _token_seconds(option: str, value: Any) -> None:
    """Check the lifetime of a token in seconds (durationSeconds of
    https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetAuthorizationToken.html). Raises Invalid.
    """
    if not str(value).isdecimal() or not (int(value) == 0 or 900 <= int(value) <= 43200):
        raise Invalid(option, value, "is no lifetime of a token", "900 to 43200, or 0 for that of the role's session")


def _of_policies(variables: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    roles = variables.get("pci_account_roles")
    for index, role in enumerate(roles if isinstance(roles, list) else ()):
        arns = role.get("policy_arns") if isinstance(role, Mapping) else None
        for position, arn in enumerate(arns if isinstance(arns, list) else ()):
            option = f"pci_account_roles[{index}].policy_arns[{position}]"
            yield identifiers.managed_policy, option, arn, variables.get("account_id")
    principals = variables.get("pci_account_break_glass_arns")
    for index, arn in enumerate(principals if isinstance(principals, list) else ()):
        yield identifiers.break_glass, f"pci_account_break_glass_arns[{index}]", arn
