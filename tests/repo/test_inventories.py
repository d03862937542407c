# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Example inventories have no problems."""

from __future__ import annotations

from pathlib import Path

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import checks, clouds, psc
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import inventory as logs
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import sources

INVENTORIES = Path(__file__).parents[2] / "inventories"


def read(name: str) -> tuple[dict[str, dict], dict[str, list[str]]]:
    """Return host -> variables, not templated, and group -> hosts."""
    loader = DataLoader()
    inventory = InventoryManager(loader, [str(INVENTORIES / name)])
    variables = VariableManager(loader, inventory)
    accounts = {host.name: variables.get_vars(host=host) for host in inventory.get_hosts()}
    return accounts, inventory.get_groups_dict()


def test_the_environments_of_a_payment_company_have_no_problems() -> None:
    accounts, _groups = read("pci")
    assert len(accounts) == 8 and checks.problems(accounts) == []


def test_three_projects_of_google_cloud_have_no_problems() -> None:
    projects, groups = read("google")
    # Templates aren't evaluated here.
    projects = {
        host: {
            **variables,
            "project_id": host,
            "impersonate_service_account": None,
            "psc_services": services(variables),
        }
        for host, variables in projects.items()
    }
    assert len(projects) == 3 and clouds.problems(projects, groups) == {} and psc.problems(projects) == []


def services(variables: dict) -> list[dict]:
    return [{**service, "consumers": []} for service in variables.get("psc_services", [])]


def test_the_archive_of_the_logs_has_no_problems_and_knows_who_writes_to_it() -> None:
    accounts, groups = read("logs")
    assert len(accounts) == 4 and checks.problems(accounts) == logs.problems(accounts, groups) == []
    found = sources.archive_sources(accounts, groups, "log-archive")
    assert found["account_ids"] == ["230000000001", "230000000002"] and len(found["trail_account_ids"]) == 4
    assert found["trail_organization_id"] == "o-logs123456"
