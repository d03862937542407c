# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over CIDRs, inventories and secrets; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ..module_utils._core import escape
from ..module_utils._core.errors import Invalid
from ..module_utils._domain import roster
from ..module_utils._domain.egress import inventory as egress_inventory
from ..module_utils._domain.egress import traffic
from ..module_utils._domain.hub import reach
from ..module_utils._domain.inventory import psc, relations
from ..module_utils._domain.network import snapshot
from ..module_utils._domain.paths import why as explaining
from ..module_utils._domain.pci import secrets_in_memory
from ..module_utils._domain.reports import (
    approved_steps,
    doctor,
    pci,
    plan_approval,
    plan_text,
    topology_dot,
    traffic_page,
)
from ..module_utils._domain.reports import why as why_text
from ..module_utils._domain.reports.host_plans import host_plans
from ..module_utils._domain.reports.plan_html import plan_page
from ..module_utils._domain.values import cidrs, dates
from ..module_utils._resources.shared import snapshot_folder
from ..plugin_utils import graphviz, inventory_problems, inventory_sources, traffic_pages
from ..plugin_utils.filter_errors import raising_ansible_error


def cidr_free(pool: list[str], taken: list[str]) -> list[str]:
    return [str(network) for network in cidrs.free(pool, taken)]


def cidr_allocate(pool: list[str], taken: list[str], prefix: int) -> str:
    return str(cidrs.allocate(pool, taken, prefix))


def cidr_overlaps(owners: dict[str, list[str]]) -> list[dict[str, str]]:
    return [overlap._asdict() for overlap in cidrs.overlaps(owners)]


def unread_sources(hostvars: Any) -> list[str]:
    return inventory_sources.unread(hostvars)


def egress_groups(
    declared: Any, accounts: dict[str, dict], members: dict[str, list[str]], region: str | None = None
) -> Any:
    return egress_inventory.resolved(declared, accounts, members, region)


def egress_sources(accounts: dict[str, dict], region: str | None = None) -> dict[str, list[str]]:
    return egress_inventory.sources(accounts, region)


def hub_attachments(spokes: dict[str, dict], region: str | None = None) -> list[dict[str, Any]]:
    return relations.hub_attachments(spokes.items(), {"region": region})


def hub_detached(spokes: dict[str, dict], region: str | None = None) -> list[str]:
    return relations.hub_detached(spokes.values(), {"region": region})


def hub_of(hubs: dict[str, dict], region: str | None = None) -> str:
    found = relations.hubs_of({"region": region}, hubs)
    if len(found) != 1:
        listed = ", ".join(found) or "none"
        raise Invalid("hub", listed, f"is what the inventory has for region {region}", "one host of the group hub")
    return found[0]


def with_service_names(endpoints: list[dict], providers: dict[str, dict]) -> list[dict[str, Any]]:
    return relations.with_service_names(endpoints, providers)


def task_secrets(secrets: list[dict], entry_point: list[str], kms_key_arns: list[str] | None = None) -> dict[str, Any]:
    return secrets_in_memory.task_definition(secrets, entry_point, kms_key_arns or [])


def plan_html(
    accounts: dict[str, dict], effect: dict[str, Any] | None = None, about: dict[str, Any] | None = None
) -> str:
    try:
        picture = topology_dot.dot(accounts, host_plans(accounts), effect)
        drawn = graphviz.svg(picture, "Who reaches whom, and what changes")
    except graphviz.NoPicture as reason:
        Display().warning(escape.text(f"closednet.aws.plan_html: the page has no picture: {reason}"))
        return plan_page(accounts, not_drawn=str(reason), effect=effect, about=about)
    return plan_page(accounts, drawn, effect=effect, about=about)


def why(
    accounts: dict[str, dict],
    asked: dict[str, Any],
    members: dict[str, list[str]],
    today: str | None = None,
    snapshot_dir: str | None = None,
) -> dict[str, Any]:
    files = snapshot_folder.load(Path(snapshot_dir)) if snapshot_dir else None
    # Where no account could be read, nothing is known.
    read = snapshot.parse(files) if files else None if files is None else snapshot.Snapshot({})
    return explaining.why(accounts, members, asked, _day(today), read)


def traffic_html(
    accounts: dict[str, dict],
    members: dict[str, list[str]],
    hosts: list[str] | None = None,
    today: str | None = None,
) -> dict[str, Any]:
    return traffic_pages.pages(_traffics(accounts, members, hosts, today), accounts)


def traffic_json(
    accounts: dict[str, dict],
    members: dict[str, list[str]],
    hosts: list[str] | None = None,
    today: str | None = None,
) -> str:
    return traffic_page.as_json(_traffics(accounts, members, hosts, today))


def _traffics(
    accounts: dict[str, dict], members: dict[str, list[str]], hosts: list[str] | None, today: str | None
) -> list[traffic.Traffic]:
    selected = accounts if hosts is None else [host for host in hosts if host in accounts]
    with_vpc = [host for host in selected if accounts[host].get("vpc_cidrs")]
    return traffic.traffics(accounts, members, with_vpc, _day(today))


def _day(today: str | None) -> date:
    if not today:
        return datetime.now(timezone.utc).date()
    return dates.parse("today", today, "in UTC")


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            roster.account_groups,
            roster.account_pattern,
            roster.account_roles,
            approved_steps.approved_steps,
            cidr_allocate,
            cidr_free,
            cidr_overlaps,
            doctor.doctor_html,
            doctor.doctor_json,
            doctor.doctor_lines,
            egress_groups,
            egress_sources,
            hub_attachments,
            hub_detached,
            hub_of,
            inventory_problems.inventory_problems,
            pci.pci_html,
            pci.pci_json,
            pci.pci_lines,
            plan_approval.approved_effect,
            plan_approval.plan_unnamed,
            plan_html,
            plan_text.plan_json,
            plan_text.plan_lines,
            plan_text.plan_markdown,
            reach.reach,
            task_secrets,
            traffic_html,
            traffic_json,
            psc.psc_undecided,
            psc.with_project_numbers,
            psc.with_service_attachments,
            relations.unfinished,
            unread_sources,
            why,
            why_text.why_lines,
            with_service_names,
        )
        return {function.__name__: raising_ansible_error(function) for function in functions}
