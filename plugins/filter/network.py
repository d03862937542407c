# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over address ranges, inventories and secrets; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import ArgumentTypeError, ElementError, SubParameterTypeError
from ansible.utils.display import Display
from jinja2 import Undefined, UndefinedError

from ansible_collections.closednet.aws.plugins.module_utils._domain import (
    approval,
    cidr_plan,
    doctor_report,
    escape,
    inventory,
    inventory_check,
    options,
    pci_report,
    picture,
    plan_page,
    report,
    secrets_in_memory,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.plugins.plugin_utils import graphviz, role_options
from ansible_collections.closednet.aws.plugins.plugin_utils.plain import plain

# Whose variables inventory_check reads, of hosts in any group.
READ = ("vpc", "hub", "spoke", "privatelink_provider", "privatelink_consumer")
TYPE_ERRORS = (ArgumentTypeError, ElementError, SubParameterTypeError)
# The roles that the playbooks run on the hosts of a group.
ROLES_OF = {
    "hub": ("vpc", "hub"),
    "spokes": ("vpc", "spoke"),
    "providers": ("vpc", "privatelink_provider"),
    "consumers": ("vpc", "privatelink_consumer"),
    "closed": ("vpc", "closed_network"),
    "pci": ("vpc", "pci_account"),
    "identity": ("pci_people",),
}


def cidr_free(pool: list[str], taken: list[str]) -> list[str]:
    return [str(network) for network in cidr_plan.free(pool, taken)]


def cidr_allocate(pool: list[str], taken: list[str], prefix: int) -> str:
    return str(cidr_plan.allocate(pool, taken, prefix))


def cidr_overlaps(owners: dict[str, list[str]]) -> list[dict[str, str]]:
    return [overlap._asdict() for overlap in cidr_plan.overlaps(owners)]


class _Templated(Mapping):
    """A host's variables, each templated once: hostvars template at every look."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables, self._values = variables, {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._variables[name]
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def inventory_problems(accounts: dict[str, dict], groups: dict[str, list[str]] | None = None) -> list[str]:
    """What can be said of values of a wrong type is that they are: then nothing else is looked at."""
    accounts = {host: _Templated(variables) for host, variables in accounts.items()}
    of_type = list(_of_wrong_type(accounts))
    of_arguments = list(_argument_problems(accounts, groups or {}, {host for host, _text in of_type}))
    if of_type:
        return [*(f"{host}: {text}" for host, text in of_type), *of_arguments]
    found = inventory_check.problems(accounts)
    if not found and not of_arguments:
        found = list(_module_problems(accounts, groups or {}))
    return [*map(str, found), *of_arguments]


def _of_wrong_type(accounts: dict[str, dict]) -> Iterator[tuple[str, str]]:
    """(host, what is wrong) with the types and words of the variables that inventory_check reads of all hosts."""
    known = {option: spec for role in READ for option, spec in role_options.options(role).items()}
    for host, variables in accounts.items():
        for name, spec in known.items():
            if name not in variables:
                continue
            try:
                given = {name: plain(_defined(variables[name]))}
            except (AnsibleError, UndefinedError):  # of a template; who runs the role is told
                continue
            texts = [str(invalid) for invalid in options.problems({name: spec}, given)]
            if not texts:
                errors = ArgumentSpecValidator({name: spec}).validate(given).errors.errors
                texts = [escape.sentence(error) for error in errors if isinstance(error, TYPE_ERRORS)]
            yield from ((host, text) for text in texts)


def _roles_of_hosts(accounts: dict[str, dict], groups: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """(role, host), each once, in the order of the roles."""
    hosts_of: dict[str, dict[str, None]] = {}
    for group, roles in ROLES_OF.items():
        for host in groups.get(group, []):
            for role in roles:
                # A PCI account needn't have a VPC.
                if (group, role) != ("pci", "vpc") or "vpc_cidrs" in accounts[host]:
                    hosts_of.setdefault(role, {})[host] = None
    return ((role, host) for role, hosts in hosts_of.items() for host in hosts)


def _given(role: str, variables: dict) -> dict[str, Any]:
    return {name: plain(_defined(variables[name])) for name in role_options.options(role) if name in variables}


def _argument_problems(accounts: dict[str, dict], groups: dict[str, list[str]], told: set[str]) -> Iterator[str]:
    """What Ansible's own check of the roles' variables says, for all hosts of these groups at once but those that are
    told already.
    """
    for role, host in _roles_of_hosts(accounts, groups):
        if host in told:
            continue
        try:
            given, specification = _given(role, accounts[host]), role_options.options(role)
            texts = [str(invalid) for invalid in options.problems(specification, given)]
            texts = texts or ArgumentSpecValidator(specification).validate(given).error_messages
        except (AnsibleError, UndefinedError) as error:  # of a template
            texts = [str(error)]
        yield from (f"{host}: role {role}: {escape.sentence(text)}" for text in texts)


def _module_problems(accounts: dict[str, dict], groups: dict[str, list[str]]) -> Iterator[Invalid]:
    """What the modules would refuse when their turn comes, with others' accounts written by then."""
    for role, host in _roles_of_hosts(accounts, groups):
        yield from role_options.problems(host, role, _given(role, accounts[host]))


def _defined(value: Any) -> Any:
    """The value. Raises UndefinedError, which says what is undefined, as text of it would."""
    if isinstance(value, Undefined):
        str(value)
    return value


def hub_attachments(spokes: dict[str, dict], region: str | None = None) -> list[dict[str, Any]]:
    return inventory.hub_attachments(spokes.items(), {"region": region})


def hub_of(hubs: dict[str, dict], region: str | None = None) -> str:
    found = inventory.hubs_of({"region": region}, hubs)
    if len(found) != 1:
        listed = ", ".join(found) or "none"
        raise Invalid("hub", listed, f"is what the inventory has for region {region}", "one host of the group hub")
    return found[0]


def with_service_names(endpoints: list[dict], providers: dict[str, dict]) -> list[dict[str, Any]]:
    return inventory.with_service_names(endpoints, providers)


def task_secrets(secrets: list[dict], entry_point: list[str], kms_key_arns: list[str] | None = None) -> dict[str, Any]:
    return secrets_in_memory.task_definition(secrets, entry_point, kms_key_arns or [])


def plan_html(accounts: dict[str, dict]) -> str:
    try:
        drawn = graphviz.svg(picture.dot(accounts, report.told(accounts)), "Who reaches whom, and what changes")
    except graphviz.NoPicture as reason:
        Display().warning(escape.text(f"closednet.aws.plan_html: the page has no picture: {reason}"))
        return plan_page.plan_html(accounts, not_drawn=str(reason))
    return plan_page.plan_html(accounts, drawn)


def _raising_ansible_error(function: Callable) -> Callable:
    @wraps(function)
    def filter_function(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Invalid as invalid:
            raise AnsibleFilterError(f"closednet.aws.{function.__name__}: {invalid}") from invalid

    return filter_function


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            approval.approved_steps,
            cidr_allocate,
            cidr_free,
            cidr_overlaps,
            doctor_report.doctor_html,
            doctor_report.doctor_json,
            doctor_report.doctor_lines,
            hub_attachments,
            hub_of,
            inventory_problems,
            pci_report.pci_html,
            pci_report.pci_json,
            pci_report.pci_lines,
            plan_html,
            report.plan_json,
            report.plan_lines,
            report.plan_markdown,
            report.reach,
            task_secrets,
            inventory.unfinished,
            with_service_names,
        )
        return {function.__name__: _raising_ansible_error(function) for function in functions}
