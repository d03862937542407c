# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

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
    assert FILTERS["unfinished"](turns, "turn") == ["b", "c", "d"]
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
    assert {page.stem for page in Path(network.__file__).parent.glob("*.yml")} == set(FILTERS)
