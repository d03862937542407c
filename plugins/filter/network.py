# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over address ranges, inventories and secrets; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
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
from ansible_collections.closednet.aws.plugins.plugin_utils import graphviz
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
}


def cidr_free(pool: list[str], taken: list[str]) -> list[str]:
    return [str(network) for network in cidr_plan.free(pool, taken)]


def cidr_allocate(pool: list[str], taken: list[str], prefix: int) -> str:
    return str(cidr_plan.allocate(pool, taken, prefix))


def cidr_overlaps(owners: dict[str, list[str]]) -> list[dict[str, str]]:
    return [overlap._asdict() for overlap in cidr_plan.overlaps(owners)]


def inventory_problems(accounts: dict[str, dict], groups: dict[str, list[str]] | None = None) -> list[str]:
    return [*map(str, inventory_check.problems(accounts)), *_argument_problems(accounts, groups or {})]


def _argument_problems(accounts: dict[str, dict], groups: dict[str, list[str]]) -> Iterator[str]:
    """What Ansible's own check of the roles' variables says, for all hosts of these groups at once."""
    hosts_of: dict[str, dict[str, None]] = {}
    for group, roles in ROLES_OF.items():
        for host in groups.get(group, []):
            for role in roles:
                # A PCI account needn't have a VPC.
                if (group, role) != ("pci", "vpc") or "vpc_cidrs" in accounts[host]:
                    hosts_of.setdefault(role, {})[host] = None
    for role, hosts in hosts_of.items():
        specification = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        specification = specification["argument_specs"]["main"]["options"]
        validator = ArgumentSpecValidator(specification)
        for host in hosts:
            variables = accounts[host]
            try:
                given = {name: plain(_defined(variables[name])) for name in specification if name in variables}
                texts = [str(invalid) for invalid in options.problems(specification, given)]
                # At what these already name, Ansible stops or says it once more.
                texts = texts or [escape.sentence(text) for text in validator.validate(given).error_messages]
            except (AnsibleError, UndefinedError) as error:  # of a template
                texts = [str(error)]
            yield from (f"{host}: role {role}: {text}" for text in texts)


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
