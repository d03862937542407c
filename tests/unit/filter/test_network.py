# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError, AnsibleUndefinedVariable
from jinja2 import StrictUndefined

from ansible_collections.closednet.aws.plugins.filter import network

FILTERS = network.FilterModule().filters()


def test_results_are_plain_data():
    assert FILTERS["cidr_free"](["10.0.0.0/23"], ["10.0.0.0/24"]) == ["10.0.1.0/24"]
    assert FILTERS["cidr_allocate"](["10.0.0.0/8"], taken=["10.0.0.0/16"], prefix=16) == "10.1.0.0/16"
    assert FILTERS["cidr_overlaps"]({"a": ["10.0.0.0/8"], "b": ["10.0.0.0/16"]}) == [
        {"owner_a": "a", "cidr_a": "10.0.0.0/8", "owner_b": "b", "cidr_b": "10.0.0.0/16"}
    ]
    assert FILTERS["hub_of"]({"a": {"region": "eu-west-1"}, "b": {"region": "eu-central-1"}}, "eu-central-1") == "b"
    turns = {"a": {"turn": {"changed": False, "notes": []}}, "b": {"turn": {"changed": False, "notes": ["x"]}}, "c": {}}
    turns["d"] = {"turn": {"changed": False, "notes": [], "findings": ["x"]}}
    turns["e"] = {"turn": {"changed": False, "failed": True}}
    assert FILTERS["unfinished"](turns, "turn") == ["b", "c", "d", "e"]
    looped = {"a": {"turn": {"results": [{"changed": False}, {"changed": True}]}}, "b": {"turn": {"results": []}}}
    assert FILTERS["unfinished"](looped, "turn") == ["a"]
    endpoint = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}
    assert FILTERS["with_service_names"]([endpoint], {"ledger": {}}) == [
        {**endpoint, "state": "present", "service_name": None, "service_region": None}
    ]
    assert FILTERS["inventory_problems"]({"a": {}}) == [
        "a.account_id: is missing; expected the 12 digits of the AWS account, in quotes"
    ]


def test_variables_of_the_roles_are_checked_for_the_groups_that_run_them():
    accounts = {
        "a": {"account_id": "111111111111", "vpc_state": "there"},
        "b": {"account_id": "222222222222", "pci_account_mfa_max_age": "long"},
    }
    assert FILTERS["inventory_problems"](accounts, {"others": ["a"]}) == []
    found = FILTERS["inventory_problems"](accounts, {"spokes": ["a"], "pci": ["b"], "identity": []})
    assert [text.rpartition(", got")[0] or text.partition(" is of type")[0] for text in found] == [
        "a: role vpc: missing required arguments: vpc_availability_zone_ids, vpc_cidrs, vpc_tiers",
        "a: role vpc: value of vpc_state must be one of: present, absent",
        "b: role pci_account: argument 'pci_account_mfa_max_age'",
    ]


def test_what_cannot_be_read_is_told_with_host_and_variable_and_is_not_called_missing():
    class Host(dict):
        def __getitem__(self, name):
            value = super().__getitem__(name)
            if value == "undefined":
                raise AnsibleUndefinedVariable("'nowhere' is undefined")
            return value

    accounts = {
        "a": Host(vpc_cidrs="undefined", vpc_tags=[{"team": StrictUndefined(name="team")}], spoke_segment="customers"),
        "b": Host(account_id="2", spoke_segement="x", spoke_attached=False),
    }
    found = FILTERS["inventory_problems"](accounts, {"spokes": ["a"]}, {"spokes": ["a", "b"]})
    assert [text.partition(": ")[0] for text in found] == [
        "a.vpc_cidrs",
        "a.vpc_tags",
        "b.spoke_segement",
        "a.account_id",
        "b.account_id",
    ]
    assert found[0] == "a.vpc_cidrs: 'nowhere' is undefined" and "'team' is undefined" in found[1]


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("cidr_free", ("10.0.0.0/8", []), "cidr_free: pool: '10.0.0.0/8' is not a list"),
        ("cidr_free", (["10.0.0.0/8"], None), "cidr_free: taken: is not a list"),
        ("cidr_allocate", (["10.0.0.0/8"], ["10.0.0.0/8"], 16), "nothing is free"),
        ("cidr_allocate", (["10.0.0.0/8"], [], "16"), "prefix: '16' is not a prefix length"),
        ("cidr_overlaps", ({"a": ["10.0.0.1/8"]},), "a[0]: '10.0.0.1/8' has host bits set"),
        ("hub_of", ({},), "hub: 'none' is what the inventory has"),
        ("hub_of", ({"a": {"region": "eu-west-1"}, "b": {}}, "eu-west-1"), "hub: 'a, b' is what the inventory has"),
    ],
)
def test_a_wrong_value_fails_the_task_with_its_name(name, arguments, text):
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS[name](*arguments)
    assert text in str(caught.value)


def test_each_filter_has_its_page():
    folder = Path(network.__file__).parent
    modules = [import_module(f"{network.__package__}.{path.stem}") for path in folder.glob("*.py")]
    documented = {page.stem for page in folder.glob("*.yml")}
    assert documented == {name for module in modules for name in module.FilterModule().filters()}
