# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the PrivateLink services and endpoints of a whole inventory, before any API call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..._core.errors import Invalid, refusal
from ..privatelink import acceptance
from ..values import identifiers

SERVICES, ENDPOINTS = "privatelink_provider_services", "privatelink_consumer_endpoints"


def problems(accounts: Mapping[str, Mapping[str, Any]]) -> list[Invalid]:
    """Return every problem of these hosts' SERVICES and ENDPOINTS; option is "<host>.<variable>[<index>]..."."""
    found: list[Invalid] = []
    for host, variables in accounts.items():
        found += _of_list(host, variables, SERVICES, "private_dns_name", _of_service)
        of_endpoint = partial(_of_endpoint, consumer=variables, accounts=accounts)
        found += _of_list(host, variables, ENDPOINTS, "dns_name", of_endpoint)
    return found


def _of_list(host: str, variables: Mapping[str, Any], variable: str, dns: str, check: Any) -> Iterator[Invalid]:
    """Yield problems of a list's items. dns: the key of the private DNS name, which must be unique, as names."""
    items = variables.get(variable) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        yield Invalid(f"{host}.{variable}", items, "is no list of mappings", "a list such as [{name: billing}]")
        return
    for key in ("name", dns):
        there = [(f"{host}.{variable}[{i}].{key}", item.get(key)) for i, item in enumerate(items) if _is_wanted(item)]
        invalid = refusal(identifiers.distinct, there, "is there twice", "one of each")
        if invalid:
            yield invalid
    for index, item in enumerate(items):
        option = f"{host}.{variable}[{index}]"
        invalid = refusal(identifiers.name, f"{option}.name", item.get("name"))
        if invalid:
            yield invalid
        if _is_wanted(item):
            yield from check(option, item)


def _is_wanted(item: Mapping[str, Any]) -> bool:
    return bool(item.get("state", "present") != "absent")


def _of_service(option: str, service: Mapping[str, Any]) -> Iterator[Invalid]:
    yield from _of_ledger(option, service)
    if "load_balancer" not in service and not service.get("load_balancer_arns"):
        yield Invalid(option, None, "has no load balancer", "load_balancer or load_balancer_arns")


def _of_ledger(option: str, service: Mapping[str, Any]) -> Iterator[Invalid]:
    consumers = service.get("consumers") or []
    if not isinstance(consumers, list) or not all(isinstance(consumer, Mapping) for consumer in consumers):
        expected = "a list such as [{account_id: ..., reason: ..., requested_by: ...}]"
        yield Invalid(f"{option}.consumers", consumers, "is no list of mappings", expected)
    else:
        invalid = refusal(acceptance.parse, f"{option}.consumers", [_entry(consumer) for consumer in consumers])
        if invalid:
            yield invalid


def _entry(consumer: Mapping[str, Any]) -> dict[str, Any]:
    def text(key: str) -> str | None:
        # YAML turns text that looks like a date or a number into one.
        return None if consumer.get(key) is None else str(consumer[key])

    return {
        # Not as text: a number may have lost leading zeros, so it is no account id.
        "account_id": consumer.get("account_id"),
        "reason": text("reason") or "",
        "requested_by": text("requested_by") or "",
        "expires": text("expires"),
    }


def _of_endpoint(
    option: str,
    endpoint: Mapping[str, Any],
    consumer: Mapping[str, Any],
    accounts: Mapping[str, Mapping[str, Any]],
) -> Iterator[Invalid]:
    service = endpoint.get("service")
    if endpoint.get("service_region") is not None:
        invalid = refusal(identifiers.region, f"{option}.service_region", endpoint["service_region"])
        if invalid:
            yield invalid
    if endpoint.get("service_name") is not None:
        yield from _of_service_name(option, endpoint, consumer)
    elif not isinstance(service, Mapping) or not {"host", "name"} <= service.keys():
        yield Invalid(f"{option}.service", service, "names no service", "{host: ..., name: ...}, or service_name")
    else:
        offered = {
            offer.get("name"): offer
            for offer in accounts.get(service["host"], {}).get(SERVICES) or []
            if isinstance(offer, Mapping) and _is_wanted(offer)
        }
        if service["name"] in offered:
            provider = accounts[service["host"]]
            yield from _of_permission(f"{option}.service", service, consumer, provider, offered[service["name"]])
        else:
            have = ", ".join(map(str, offered)) or "none"
            yield Invalid(
                f"{option}.service",
                dict(service),
                f"is published nowhere (that host's services: {have})",
                f"one of its {SERVICES}",
            )


def _of_service_name(option: str, endpoint: Mapping[str, Any], consumer: Mapping[str, Any]) -> Iterator[Invalid]:
    invalid = refusal(identifiers.service_name, f"{option}.service_name", endpoint["service_name"])
    if invalid:
        yield invalid
        return
    told = identifiers.service_name("", endpoint["service_name"])
    where = endpoint.get("service_region") or consumer.get("region") or told
    if told != where:
        problem = f"isn't the region of {endpoint['service_name']}"
        yield Invalid(f"{option}.service_region", endpoint.get("service_region"), problem, told)


def _of_permission(
    option: str,
    service: Mapping[str, Any],
    consumer: Mapping[str, Any],
    provider: Mapping[str, Any],
    offer: Mapping[str, Any],
) -> Iterator[Invalid]:
    """Yield a problem if the provider doesn't offer the service to the consumer's account or region.

    An expired approval is no problem of the inventory: the provider's next run must be free to revoke it.
    """
    account_id = consumer.get("account_id")
    if any(_of_ledger("", offer)):
        return  # reported at the provider
    named = {entry.get("account_id") for entry in offer.get("consumers") or []}
    for principal in offer.get("allowed_principals") or []:
        named.add(account_id if principal == "*" else ":".join(str(principal).split(":")[4:5]))
    here, there = consumer.get("region"), provider.get("region")
    if None not in (here, there) and here != there and here not in (offer.get("supported_regions") or []):
        where = f"{service['host']}.{SERVICES} {service['name']}"
        problem = f"is a service of {there}, which isn't offered to {here}"
        yield Invalid(option, dict(service), problem, f"{here} among the supported_regions of {where}")
    if account_id not in named:
        where = f"{service['host']}.{SERVICES} {service['name']}"
        yield Invalid(
            option,
            dict(service),
            f"is a service whose ledger doesn't name account {account_id}, so it can't be found",
            f"account {account_id} among the consumers of {where} (or its allowed_principals), or state: absent here",
        )
