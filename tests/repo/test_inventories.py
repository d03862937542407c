# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Example inventories have no problems."""

from __future__ import annotations

from pathlib import Path

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import checks

INVENTORY = Path(__file__).parents[2] / "inventories/pci/hosts.yml"


def test_the_environments_of_a_payment_company_have_no_problems() -> None:
    loader = DataLoader()
    inventory = InventoryManager(loader, [str(INVENTORY)])
    variables = VariableManager(loader, inventory)
    accounts = {host.name: variables.get_vars(host=host) for host in inventory.get_hosts()}
    assert len(accounts) == 8 and checks.problems(accounts) == []
