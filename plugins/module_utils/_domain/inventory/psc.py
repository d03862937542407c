# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services and endpoints of Private Service Connect in a whole inventory: problems, and who connects to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, did_you_mean, refusal
from ..psc import consumers
from ..roster import of_cloud
from ..values import connection, gcp_names, identifiers

SERVICES, ENDPOINTS = "psc_services", "psc_endpoints"
CREDENTIALS = ("service_account_file", "google_access_token", "impersonate_service_account")
# The host variables that `problems` reads.
READ = ("project_id", "project_number", "region", "wait_timeout", SERVICES, ENDPOINTS, *CREDENTIALS)
REQUIRED: tuple[tuple[str, Callable[[str, Any], Any], str], ...] = (
    ("project_id", gcp_names.project_id, "the id of the project, such as recruiting-b"),
    ("region", gcp_names.region, "the region of its services and endpoints, such as asia-northeast1"),
)
Hosts = Mapping[str, Mapping[str, Any]]


def problems(hosts: Hosts) -> list[Invalid]:
    """Return every problem of these hosts, which are projects of Google Cloud; option is "<host>.<variable>...".

    An endpoint whose project isn't in the service's ledger is none: whoever knows a service attachment can apply.
    """
    found: list[Invalid] = []
    for host, variables in hosts.items():
        found += _of_host(host, variables)
        found += _of_list(host, variables, SERVICES, ("name",))
        found += _of_list(host, variables, ENDPOINTS, ("name", "dns_name"))
        for index, service in enumerate(_mappings(variables, SERVICES)):
            if _is_wanted(service):
                found += _of_service(f"{host}.{SERVICES}[{index}]", service)
        found += _of_services_named(host, variables, hosts)
    return [*found, *_projects_declared_twice(hosts), *_numbers_of_two(hosts), *_numbers_that_differ(hosts)]


def _of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    for name, check, expected in REQUIRED:
        value = variables.get(name)
        if value is None:
            yield Invalid(f"{host}.{name}", None, "is missing", expected)
        else:
            yield from _refused(check, f"{host}.{name}", value)
    if variables.get("project_number") is not None:
        yield from _refused(gcp_names.project_number, f"{host}.project_number", variables["project_number"])
    email = variables.get("impersonate_service_account")
    if email is not None:
        yield from _refused(gcp_names.service_account, f"{host}.impersonate_service_account", email)
    for invalid in connection.problems({"wait_timeout": variables.get("wait_timeout")}):
        yield Invalid(f"{host}.wait_timeout", invalid.value, invalid.problem, invalid.expected)
    given = [name for name in CREDENTIALS[:2] if variables.get(name) is not None]
    if len(given) > 1:
        yield Invalid(f"{host}.{given[1]}", None, f"is declared beside {given[0]}", "one of them")


def _refused(check: Callable[..., Any], *arguments: Any) -> Iterator[Invalid]:
    invalid = refusal(check, *arguments)
    if invalid:
        yield invalid


def _of_list(host: str, variables: Mapping[str, Any], variable: str, unique: Iterable[str]) -> Iterator[Invalid]:
    """Yield problems of a list's items. unique: keys of which each item has a value of its own."""
    items = variables.get(variable) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        yield Invalid(f"{host}.{variable}", items, "is no list of mappings", "a list such as [{name: matching-api}]")
        return
    for key in unique:
        there = [(f"{host}.{variable}[{i}].{key}", item.get(key)) for i, item in enumerate(items) if _is_wanted(item)]
        yield from _refused(identifiers.distinct, there, "is there twice", "one of each")
    for index, item in enumerate(items):
        yield from _refused(gcp_names.resource_name, f"{host}.{variable}[{index}].name", item.get("name"))


def _is_wanted(item: Mapping[str, Any]) -> bool:
    return bool(item.get("state", "present") != "absent")


def _of_service(option: str, service: Mapping[str, Any]) -> Iterator[Invalid]:
    ledger = service.get("consumers") or []
    if not isinstance(ledger, list) or not all(isinstance(entry, Mapping) for entry in ledger):
        expected = "a list such as [{project_id: ..., reason: ..., requested_by: ...}]"
        yield Invalid(f"{option}.consumers", ledger, "is no list of mappings", expected)
    else:
        yield from _refused(consumers.parse, f"{option}.consumers", [_entry(entry) for entry in ledger])
    if (service.get("forwarding_rule") is None) == (service.get("load_balancer") is None):
        yield Invalid(option, None, "has no load balancer, or two", "either forwarding_rule or load_balancer")


def _entry(consumer: Mapping[str, Any]) -> dict[str, Any]:
    def text(key: str) -> str | None:
        # YAML turns text that looks like a date or a number into one.
        return None if consumer.get(key) is None else str(consumer[key])

    limit = text("connection_limit") or "1"
    return {
        "project_id": text("project_id"),
        "project_number": text("project_number"),
        "reason": text("reason") or "",
        "requested_by": text("requested_by") or "",
        "expires": text("expires"),
        # Its type has been checked.
        "connection_limit": int(limit) if re.fullmatch("-?[0-9]+", limit) else 1,
    }


def _of_services_named(host: str, variables: Mapping[str, Any], hosts: Hosts) -> Iterator[Invalid]:
    """Yield problems of what the endpoints name as their services."""
    for index, endpoint in enumerate(_mappings(variables, ENDPOINTS)):
        option = f"{host}.{ENDPOINTS}[{index}].service"
        service = endpoint.get("service")
        if not _is_wanted(endpoint):
            continue
        if isinstance(service, Mapping):
            yield from _of_service_of_a_host(option, service, endpoint, variables, hosts)
        elif service is None:
            yield Invalid(option, None, "is missing", "{host: ..., name: ...}, or a service attachment")
        else:
            yield from _of_attachment(option, service, variables)


def _of_attachment(option: str, service: Any, consumer: Mapping[str, Any]) -> Iterator[Invalid]:
    invalid = refusal(gcp_names.parse, option, service)
    if invalid:
        yield invalid
    else:
        yield from _of_region(option, service, gcp_names.parse(option, service).region, consumer.get("region"))


def _of_region(option: str, service: Any, there: Any, here: Any) -> Iterator[Invalid]:
    # The check of its host reports a region that isn't valid.
    if there != here and not any(refusal(gcp_names.region, option, region) for region in (there, here)):
        problem = f"is a service of {there}, and endpoints of {here} reach services of their own region only"
        expected = f"a service of {here}, or a host with region: {there} for this endpoint"
        yield Invalid(option, service, problem, expected)


def _of_service_of_a_host(
    option: str,
    service: Mapping[str, Any],
    endpoint: Mapping[str, Any],
    consumer: Mapping[str, Any],
    hosts: Hosts,
) -> Iterator[Invalid]:
    unknown = [key for key in service if key not in ("host", "name")]
    if unknown or not {"host", "name"} <= service.keys():
        hint = did_you_mean(unknown[0], ("host", "name")) if unknown else ""
        yield Invalid(option, dict(service), f"names no service{hint}", "{host: ..., name: ...}")
        return
    if service["host"] not in hosts:
        publishing = [host for host, variables in hosts.items() if _mappings(variables, SERVICES)]
        problem = f"is no host with cloud: gcp{did_you_mean(service['host'], publishing)}"
        yield Invalid(f"{option}.host", service["host"], problem, "the host that publishes the service")
        return
    provider = hosts[service["host"]]
    offered = {offer.get("name"): offer for offer in _mappings(provider, SERVICES) if _is_wanted(offer)}
    if service["name"] not in offered:
        have = ", ".join(map(str, offered)) or "none"
        problem = f"is published nowhere (that host's services: {have})"
        if service["name"] in [offer.get("name") for offer in _mappings(provider, SERVICES)]:
            problem = "is a service with state: absent"
        yield Invalid(option, dict(service), problem, f"one of the {SERVICES} of a host, or state: absent here")
        return
    yield from _of_region(option, dict(service), provider.get("region"), consumer.get("region"))
    if _is_of_its_network(endpoint, consumer, offered[service["name"]], provider):
        problem = "is a service of the endpoint's own VPC network, where Google connects no endpoint"
        yield Invalid(option, dict(service), problem, "an endpoint in another network, or the load balancer's address")


def _is_of_its_network(
    endpoint: Mapping[str, Any], consumer: Mapping[str, Any], offer: Mapping[str, Any], provider: Mapping[str, Any]
) -> bool:
    """Return true if both sides are declared in one network. A forwarding rule of theirs doesn't tell its network."""
    balancer = offer.get("load_balancer")
    networks = [
        _network(project.get("project_id"), declared.get("network"))
        for project, declared in ((consumer, endpoint), (provider, balancer if isinstance(balancer, Mapping) else {}))
    ]
    return networks[0] is not None and networks[0] == networks[1]


def _network(project: Any, network: Any) -> str | None:
    """Relative name of a network that is declared by its name or a name of its own project; None if it isn't."""
    if not isinstance(network, str) or not isinstance(project, str):
        return None
    return gcp_names.relative(network) if "/" in network else gcp_names.global_(project, "networks", network)


def _mappings(variables: Mapping[str, Any], variable: str) -> list[Mapping[str, Any]]:
    items = variables.get(variable)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _projects_declared_twice(hosts: Hosts) -> Iterator[Invalid]:
    earlier: dict[tuple[Any, Any], str] = {}
    for host, variables in hosts.items():
        place = (variables.get("project_id"), variables.get("region"))
        if None in place or not all(isinstance(part, str) for part in place):
            continue
        other = earlier.setdefault(place, host)
        if other != host:
            problem = f"is also the project of {other} in {place[1]}"
            yield Invalid(f"{host}.project_id", place[0], problem, "one host per project and region")


def _numbers_of_two(hosts: Hosts) -> Iterator[Invalid]:
    """Yield problems of two projects with one project_number, of which Google's answers would mean either."""
    earlier: dict[str, tuple[str, str]] = {}
    for host, variables in hosts.items():
        project, number = variables.get("project_id"), variables.get("project_number")
        if None not in (project, number):
            other, of_other = earlier.setdefault(str(number), (host, str(project)))
            if of_other != str(project):
                expected = f"that of {project} (gcloud projects describe {project} shows it)"
                problem = f"is also the number of {of_other}, the project of {other}"
                yield Invalid(f"{host}.project_number", number, problem, expected)


def _numbers_that_differ(hosts: Hosts) -> Iterator[Invalid]:
    """Yield problems of ledger entries whose project_number isn't that of the host of this project."""
    numbers = _numbers(hosts)
    for host, variables in hosts.items():
        for index, service in enumerate(_mappings(variables, SERVICES)):
            for position, entry in enumerate(_mappings(service, "consumers")):
                given, known = entry.get("project_number"), numbers.get(str(entry.get("project_id")))
                if None not in (given, known) and str(given) != known:
                    option = f"{host}.{SERVICES}[{index}].consumers[{position}].project_number"
                    yield Invalid(option, given, f"isn't the number of {entry['project_id']}", str(known))


def _numbers(hosts: Hosts) -> dict[str, str]:
    """Return {project id: project number} of the hosts that declare both."""
    return {
        str(variables["project_id"]): str(variables["project_number"])
        for variables in hosts.values()
        if variables.get("project_id") is not None and variables.get("project_number") is not None
    }


def with_service_attachments(
    endpoints: Iterable[Mapping[str, Any]], providers: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return a consumer's endpoints, each with `state`, and with `service` as the name of a service attachment.

    That of `{host, name}` follows from the provider's project and region, whether it exists or not; it is None if the
    host doesn't declare them. providers: the variables of each host.
    """
    return [
        {"state": "present", **endpoint, "service": _attachment(endpoint.get("service"), providers)}
        for endpoint in endpoints
    ]


def _attachment(service: Any, providers: Mapping[str, Mapping[str, Any]]) -> Any:
    if not isinstance(service, Mapping):
        return service
    provider = providers.get(service["host"], {})
    project, region = provider.get("project_id"), provider.get("region")
    if project is None or region is None:
        return None
    return gcp_names.regional(project, region, "serviceAttachments", service["name"])


def with_project_numbers(
    services: Iterable[Mapping[str, Any]], hosts: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return a provider's services, whose ledger entries have the project numbers that hosts of the inventory declare.

    An entry's own number stays. hosts: the variables of each host.
    """
    numbers = _numbers(of_cloud(hosts, "gcp"))

    def numbered(entry: Any) -> Any:
        known = numbers.get(str(entry.get("project_id"))) if isinstance(entry, Mapping) else None
        return entry if known is None else {**entry, "project_number": entry.get("project_number") or known}

    return [
        {**service, "consumers": [numbered(entry) for entry in service["consumers"]]}
        if isinstance(service.get("consumers"), list)
        else dict(service)
        for service in services
    ]


def psc_undecided(providers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the hosts on Google Cloud whose role must run after consumers applied.

    They have a service that rejects whoever isn't declared, or haven't run: the phase is run alone. providers: the
    variables of each host; it reads psc_services and psc_provider_result.
    """
    return [
        host
        for host, variables in of_cloud(providers, "gcp").items()
        if variables.get("psc_provider_result") is None
        or any(service.get("undeclared") == "reject" for service in _mappings(variables, SERVICES))
    ]
