# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Problems of an inventory as Ansible has it: templates, names, types, and what the modules would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import ArgumentTypeError, ElementError, SubParameterTypeError
from jinja2 import TemplateError, Undefined

from ..module_utils._core import escape, options
from ..module_utils._core.errors import Invalid
from ..module_utils._domain import roster
from ..module_utils._domain.egress import inventory as egress
from ..module_utils._domain.egress import migration
from ..module_utils._domain.endpoints import inventory as endpoints
from ..module_utils._domain.inventory import adoption, checks, clouds, host_options, openings, psc, unknown_names
from ..module_utils._domain.logs import inventory as logs
from ..module_utils._domain.members import inventory as members
from ..module_utils._domain.registry import inventory as registry
from . import role_options
from .plain import plain

# Roles whose variables inventory_check reads, of hosts in any group.
READ = (
    *("vpc", "hub", "spoke", "egress", "privatelink_provider", "privatelink_consumer"),
    *("log_archive", "log_source", "audit_trail", "central_endpoints", "closed_network", "algorithm_registry"),
    *("account_members", "psc_provider", "psc_consumer"),
)
# Each has READ, the variables that it reads, and problems(hosts, groups).
ROOMS = (egress, logs, registry, members, endpoints, adoption, openings)
TYPE_ERRORS = (ArgumentTypeError, ElementError, SubParameterTypeError)


class Once(Mapping):
    """A host's variables, each templated once. Raises ValueError, with host and variable, if that fails."""

    def __init__(self, host: str, variables: Mapping[str, Any]):
        self._host, self._variables, self._values = host, variables, {}
        self.hidden: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            if name not in self:
                raise KeyError(name)
            try:
                self._values[name] = _defined(plain(_defined(self._variables[name])))
            except (AnsibleError, TemplateError) as error:
                raise ValueError(f"{self._host}.{name}: {error}") from error
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name not in self.hidden and name in self._variables

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._variables if name not in self.hidden)

    def __len__(self) -> int:
        return len(list(iter(self)))


Hosts = Mapping[str, Once]
HostsOf = Mapping[str, Mapping[str, None]]


def inventory_problems(
    accounts: dict[str, dict], checked: dict[str, list[str]] | None = None, groups: dict[str, list[str]] | None = None
) -> list[str]:
    """Return all problems of these accounts as texts, [] if there are none; see inventory_problems.yml.

    accounts: host -> variables; checked: group -> hosts whose roles' variables are checked; groups: group -> hosts, of
    all groups. If a host's cloud isn't clear, or values have a wrong type, other checks would mislead and are left out.
    """
    hosts = {host: Once(host, variables) for host, variables in accounts.items()}
    hosts_of = _hosts_of_roles(hosts, checked or {})
    unreadable = dict(_unreadable(hosts, hosts_of))
    of_clouds = clouds.problems(hosts, groups)
    if of_clouds:
        # Every other check would take such a host for one of the wrong cloud, and miss all that this cloud needs.
        known = [text for name, text in unreadable.items() if name.rpartition(".")[0] not in of_clouds]
        return [*known, *(str(problem) for of_host in of_clouds.values() for problem in of_host)]
    names = list(_names(hosts, checked or {}, groups or {}))
    of_type = list(_of_wrong_type(hosts))
    of_arguments = [] if unreadable else list(_argument_problems(hosts, hosts_of, {host for host, _text in of_type}))
    if of_type:
        texts = [f"{host}: {text}" for host, text in of_type]
        return [*unreadable.values(), *map(str, names), *texts, *of_arguments]
    invalid = [*names, *_of_aws(hosts, groups), *psc.problems(roster.of_cloud(hosts, "gcp"))]
    # A variable that can't be read isn't reported as missing, too.
    found = [*unreadable.values(), *(str(one) for one in invalid if one.option.partition("[")[0] not in unreadable)]
    if not found and not of_arguments:
        # A problem of all items of a list is found at each of them.
        found = list(dict.fromkeys(str(one) for one in _module_problems(hosts, hosts_of)))
    return [*found, *of_arguments]


def _of_aws(hosts: Hosts, groups: dict[str, list[str]] | None) -> Iterator[Invalid]:
    """Yield the problems of accounts of AWS, which nothing relates to hosts of other clouds."""
    accounts = roster.of_cloud(hosts, "aws")
    others = hosts.keys() - accounts.keys()
    if others and groups:
        groups = {group: [host for host in members if host not in others] for group, members in groups.items()}
    yield from checks.problems(accounts)
    yield from _host_problems(accounts)
    yield from migration.problems(accounts)
    for room in ROOMS:
        yield from room.problems(accounts, groups)


def _unreadable(hosts: Hosts, hosts_of: HostsOf) -> Iterator[tuple[str, str]]:
    """Yield (HOST.VARIABLE, problem) for each that the checks read and whose template fails; hides it from them.

    Hosts of several clouds share groups, so a host may inherit variables of another cloud, which nothing reads.
    """
    of_rooms = {name for room in ROOMS for name in room.READ}
    of_cloud = {
        "aws": {*checks.READ, *migration.READ, *unknown_names.READ, *host_options.READS, *of_rooms},
        "gcp": {*psc.READ, unknown_names.EXTRA, unknown_names.EXTRA_GROUPS},
    }
    for role in READ:
        of_cloud[roster.cloud_of_role(role)] |= role_options.options(role).keys()
    for host, variables in hosts.items():
        of_roles = {name for role, run_on in hosts_of.items() if host in run_on for name in role_options.options(role)}
        read = {*of_cloud[_cloud(variables)], *clouds.READ, *of_roles}
        for name in sorted(read & variables.keys()):
            try:
                variables[name]
            except ValueError as error:
                variables.hidden.add(name)
                yield f"{host}.{name}", str(error)


def _names(hosts: Hosts, checked: dict[str, list[str]], groups: dict[str, list[str]]) -> Iterator[Invalid]:
    roles = role_options.roles()
    known = {name for role in roles for name in (*role_options.options(role), *role_options.defaults(role))}
    yield from unknown_names.problems_of_variables(hosts, known, roles)
    extra = {name for variables in hosts.values() for name in variables.get(unknown_names.EXTRA_GROUPS) or ()}
    yield from unknown_names.problems_of_groups(groups, extra)
    shared = {group for entry in roster.ROSTER if entry.shared for group in entry.groups}
    of_others = {group: hosts for group, hosts in groups.items() if group in shared}
    yield from unknown_names.problems_of_members(hosts, {**(checked if groups else {}), **of_others})


def _of_wrong_type(hosts: Hosts) -> Iterator[tuple[str, str]]:
    """Yield (host, problem) of the types, keys and texts in variables that inventory_check reads of all hosts."""
    specs: dict[str, dict[str, dict[str, Any]]] = {}
    for role in READ:
        of_role = {option: {option: spec} for option, spec in role_options.options(role).items()}
        specs.setdefault(roster.cloud_of_role(role), {}).update(of_role)
    validators = {
        cloud: {option: ArgumentSpecValidator(spec) for option, spec in of_cloud.items()}
        for cloud, of_cloud in specs.items()
    }
    for host, variables in hosts.items():
        cloud = _cloud(variables)
        for name, spec in specs[cloud].items():
            if name in variables:
                given = {name: variables[name]}
                texts = [str(invalid) for invalid in options.problems(spec, given)]
                if not texts:
                    errors = validators[cloud][name].validate(given).errors.errors
                    texts = [escape.sentence(error) for error in errors if isinstance(error, TYPE_ERRORS)]
                yield from ((host, text) for text in texts)


def _host_problems(hosts: Hosts) -> Iterator[Invalid]:
    for host, variables in hosts.items():
        yield from host_options.problems(
            host, {name: variables[name] for name in host_options.READS if name in variables}
        )


def _hosts_of_roles(accounts: Hosts, groups: dict[str, list[str]]) -> HostsOf:
    """Return {role: the hosts of these groups that it runs on}."""
    hosts_of: dict[str, dict[str, None]] = {}
    members = {group: set(hosts) for group, hosts in groups.items()}
    for host in dict.fromkeys(host for group in roster.GROUPS for host in groups.get(group, ())):
        of_host = [group for group in roster.GROUPS if host in members.get(group, ())]
        for role in roster.account_roles(of_host, "vpc_cidrs" in accounts[host], _cloud(accounts[host])):
            hosts_of.setdefault(role, {})[host] = None
    return hosts_of


def _cloud(variables: Once) -> str:
    try:
        return roster.cloud_of(variables)
    except ValueError:  # which is reported as unreadable
        return "aws"


def _given(role: str, variables: Once) -> dict[str, Any]:
    return {name: variables[name] for name in role_options.options(role) if name in variables}


def _argument_problems(accounts: Hosts, hosts_of: HostsOf, told: set[str]) -> Iterator[str]:
    """Yield what the collection's and Ansible's own checks say of the roles' variables.

    Without the hosts in `told`, whose problems are told already.
    """
    for role, hosts in hosts_of.items():
        specification = role_options.options(role)
        validator = ArgumentSpecValidator(specification)
        for host in hosts:
            if host not in told:
                given = _given(role, accounts[host])
                texts = [str(invalid) for invalid in options.problems(specification, given)]
                # Where these found a problem, Ansible's check would stop or repeat it.
                texts = texts or validator.validate(given).error_messages
                yield from (f"{host}: role {role}: {escape.sentence(text)}" for text in texts)


def _module_problems(accounts: Hosts, hosts_of: HostsOf) -> Iterator[Invalid]:
    """Yield what the modules would refuse later in the run, after other accounts have been written."""
    for role, hosts in hosts_of.items():
        for host in hosts:
            given = _given(role, accounts[host])
            if given.get(psc.ENDPOINTS):
                # The module gets no {host, name}.
                given[psc.ENDPOINTS] = psc.with_service_attachments(given[psc.ENDPOINTS], accounts)
            yield from role_options.problems(host, role, given)


def _defined(value: Any) -> Any:
    """Return the value. If it, or something in it, is undefined or failed, raises what its conversion to text does."""
    if isinstance(value, Undefined):
        str(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _defined(item)
    return value
