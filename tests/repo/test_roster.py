# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roster of the roles, and the playbooks that are written from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.roster import (
    GROUPS,
    ROSTER,
    account_groups,
    account_roles,
)
from tools import roster

ROLES = Path(__file__).resolve().parents[2] / "roles"


@pytest.mark.parametrize("path", roster.written(), ids=lambda path: path.name)
def test_the_playbooks_are_what_the_roster_says(path):
    assert path.read_text(encoding="utf-8") == roster.written()[path], "run `make generated`"


@pytest.mark.parametrize("entry", ROSTER, ids=lambda entry: entry.role)
def test_an_entry_is_of_a_role(entry):
    tasks = "".join(path.read_text(encoding="utf-8") for path in (ROLES / entry.role / "tasks").glob("*.yml"))
    options = yaml.safe_load((ROLES / entry.role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]

    assert {f"{entry.role}_state", *entry.needed, *(name for name, _value in entry.without)} <= options[
        "options"
    ].keys() | {
        "spoke_segment",
        "spoke_attached",
    }
    # Each result is registered, and bound by an approved plan.
    for result in entry.results:
        assert f"register: {result}" in tasks
        assert f"lookup('closednet.aws.approved_steps', '{result}'" in tasks
    assert set(entry.groups) <= set(GROUPS)


@pytest.mark.parametrize("switch", sorted({entry.switch for entry in ROSTER if entry.switch}))
def test_teardown_asks_for_a_confirmation_of_what_a_switch_deletes(switch):
    (play, *_parts) = yaml.safe_load((roster.PLAYBOOKS / "teardown.yml").read_text(encoding="utf-8"))
    assert f"'{switch}': {switch} | default(false) | bool" in play["vars"]["teardown_switches"]


def test_teardown_deletes_a_way_out_before_the_hub_that_it_may_be_attached_to():
    order = [entry.role for entry in roster.teardown_order()]
    assert sorted(order) == sorted(entry.role for entry in ROSTER)
    assert order.index("spoke") < order.index("egress") < order.index("hub") < order.index("vpc")


def test_every_role_is_in_the_roster_or_run_by_hand():
    assert {path.name for path in ROLES.iterdir()} - {entry.role for entry in ROSTER} == {"doctor", "secrets_in_memory"}


@pytest.mark.parametrize(
    ("groups", "has_vpc", "roles"),
    [
        (["hub"], True, ["vpc", "hub"]),
        (["egress", "spokes"], True, ["vpc", "egress", "spoke"]),
        (["spokes", "closed", "others"], False, ["vpc", "spoke", "closed_network"]),
        (["pci"], True, ["pci_account", "vpc"]),
        (["pci"], False, ["pci_account"]),
        (["pci", "identity"], False, ["pci_people", "pci_account"]),
        (["pci", "spokes"], False, ["pci_account", "vpc", "spoke"]),
        (["identity"], False, ["pci_people"]),
        ([], True, []),
    ],
)
def test_roles_of_an_account(groups, has_vpc, roles):
    assert account_roles(groups, has_vpc) == roles


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({}, ["hub", "pci", "identity", "python_index"]),
        ({"role": "vpc"}, ["hub", "pci"]),
        ({"switches": []}, ["hub"]),
        ({"switches": ["teardown_vpcs"]}, ["hub", "pci"]),
        ({"switches": ["teardown_people"]}, ["hub", "identity"]),
        ({"empty": True}, list(GROUPS)),
    ],
)
def test_groups_of_an_inventory(options, groups):
    names = ("identity", "hub", "pci", "python_index", "others")
    assert account_groups({**{name: ["host"] for name in names}, "spokes": []}, **options) == groups
