# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over address ranges, inventories and secrets; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display
from jinja2 import TemplateError, Undefined

from ansible_collections.closednet.aws.plugins.module_utils._domain import (
    approval,
    cidr_plan,
    doctor_report,
    escape,
    host_check,
    inventory,
    inventory_check,
    inventory_names,
    options,
    pci_report,
    picture,
    plan_page,
    report,
    secrets_in_memory,
    tgw_reach,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.plugins.plugin_utils import graphviz, inventory_sources
from ansible_collections.closednet.aws.plugins.plugin_utils.plain import plain

ROLES = Path(__file__).parents[2] / "roles"
# The roles that the playbooks run on the hosts of a group.
ROLES_OF = {
    "hub": ("vpc", "hub"),
    "spokes": ("vpc", "spoke"),
    "providers": ("vpc", "privatelink_provider"),
    "consumers": ("vpc", "privatelink_consumer"),
    "closed": ("vpc", "closed_network"),
    "pci": ("vpc", "pci_account"),
    "identity": ("pci_people",),
    "python_index": ("private_python_index",),
}


def cidr_free(pool: list[str], taken: list[str]) -> list[str]:
    return [str(network) for network in cidr_plan.free(pool, taken)]


def cidr_allocate(pool: list[str], taken: list[str], prefix: int) -> str:
    return str(cidr_plan.allocate(pool, taken, prefix))


def cidr_overlaps(owners: dict[str, list[str]]) -> list[dict[str, str]]:
    return [overlap._asdict() for overlap in cidr_plan.overlaps(owners)]


class Once(Mapping):
    """A host's variables, each templated once. Raises ValueError, with host and variable, where that fails."""

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


def inventory_problems(
    accounts: dict[str, dict], checked: dict[str, list[str]] | None = None, groups: dict[str, list[str]] | None = None
) -> list[str]:
    hosts = {host: Once(host, variables) for host, variables in accounts.items()}
    hosts_of = _hosts_of_roles(hosts, checked or {})
    unreadable = dict(_unreadable(hosts, hosts_of))
    invalid = [*_names(hosts, checked or {}, groups or {}), *inventory_check.problems(hosts), *_host_problems(hosts)]
    # What can't be read isn't missing.
    found = [*unreadable.values(), *(str(one) for one in invalid if one.option.partition("[")[0] not in unreadable)]
    return found if unreadable else [*found, *_argument_problems(hosts, hosts_of)]


def _host_problems(hosts: dict[str, Once]) -> Iterator[Invalid]:
    for host, variables in hosts.items():
        yield from host_check.problems(host, {name: variables[name] for name in host_check.READS if name in variables})


def _unreadable(hosts: dict[str, Once], hosts_of: dict[str, dict[str, None]]) -> Iterator[tuple[str, str]]:
    """(HOST.VARIABLE, what is wrong) for each that the checks read and whose template fails. They don't see it then."""
    of_roles = {role: specification(role) for role in hosts_of}
    for host, variables in hosts.items():
        read = {*inventory_check.READ, *inventory_names.READ, *host_check.READS}
        read |= {name for role, taken in of_roles.items() if host in hosts_of[role] for name in taken}
        for name in sorted(read & variables.keys()):
            try:
                variables[name]
            except ValueError as error:
                variables.hidden.add(name)
                yield f"{host}.{name}", str(error)


def _names(hosts: dict[str, Once], checked: dict[str, list[str]], groups: dict[str, list[str]]) -> Iterator[Invalid]:
    roles = [path.name for path in ROLES.iterdir() if (path / "meta" / "argument_specs.yml").exists()]
    known = {name for role in roles for name in (*specification(role), *defaults(role))}
    yield from inventory_names.problems_of_variables(hosts, known, roles)
    extra = {name for variables in hosts.values() for name in variables.get(inventory_names.EXTRA_GROUPS) or ()}
    yield from inventory_names.problems_of_groups(groups, extra)
    of_others = {group: groups[group] for group in inventory_names.OF_OTHERS if group in groups}
    yield from inventory_names.problems_of_members(hosts, {**(checked if groups else {}), **of_others})


def unread_sources(hostvars: Any) -> list[str]:
    return inventory_sources.unread(hostvars)


@cache
def specification(role: str) -> dict[str, Any]:
    text = (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["argument_specs"]["main"]["options"]


@cache
def defaults(role: str) -> dict[str, Any]:
    path = ROLES / role / "defaults" / "main.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def _hosts_of_roles(accounts: Mapping[str, Mapping], groups: dict[str, list[str]]) -> dict[str, dict[str, None]]:
    """role -> the hosts of these groups that it is run on."""
    hosts_of: dict[str, dict[str, None]] = {}
    for group, roles in ROLES_OF.items():
        for host in groups.get(group, []):
            for role in roles:
                # A PCI account needn't have a VPC.
                if (group, role) != ("pci", "vpc") or "vpc_cidrs" in accounts[host]:
                    hosts_of.setdefault(role, {})[host] = None
    return hosts_of


def _argument_problems(accounts: Mapping[str, Mapping], hosts_of: dict[str, dict[str, None]]) -> Iterator[str]:
    """What Ansible's own check of the roles' variables says, for all hosts of a role at once."""
    for role, hosts in hosts_of.items():
        taken = specification(role)
        validator = ArgumentSpecValidator(taken)
        for host in hosts:
            variables = accounts[host]
            given = {name: variables[name] for name in taken if name in variables}
            texts = [str(invalid) for invalid in options.problems(taken, given)]
            # At what these already name, Ansible stops or says it once more.
            texts = texts or [escape.sentence(text) for text in validator.validate(given).error_messages]
            yield from (f"{host}: role {role}: {text}" for text in texts)


def _defined(value: Any) -> Any:
    """The value. Raises what text of it would where it, or something in it, is undefined or failed."""
    if isinstance(value, Undefined):
        str(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _defined(item)
    return value


def hub_attachments(spokes: dict[str, dict], region: str | None = None) -> list[dict[str, Any]]:
    return inventory.hub_attachments(spokes.items(), {"region": region})


def hub_detached(spokes: dict[str, dict], region: str | None = None) -> list[str]:
    return inventory.hub_detached(spokes.values(), {"region": region})


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
            hub_detached,
            hub_of,
            inventory_problems,
            pci_report.pci_html,
            pci_report.pci_json,
            pci_report.pci_lines,
            plan_html,
            report.plan_json,
            report.plan_lines,
            report.plan_markdown,
            tgw_reach.reach,
            task_secrets,
            inventory.unfinished,
            unread_sources,
            with_service_names,
        )
        return {function.__name__: _raising_ansible_error(function) for function in functions}
