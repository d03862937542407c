# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roster of the roles, and the playbooks that are written from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.roster import (
    CLOUDS,
    GROUPS,
    MIXED,
    ROSTER,
    account_groups,
    account_pattern,
    account_roles,
    cloud_of,
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


def test_teardown_waits_as_long_as_a_host_declares_on_every_cloud():
    (play,) = yaml.safe_load((roster.PLAYBOOKS / "parts" / "teardown_part.yml").read_text(encoding="utf-8"))
    names = {"aws": "aws", "gcp": "google"}
    assert {f"group/closednet.aws.{names[cloud]}" for cloud in CLOUDS} == play["module_defaults"].keys()
    assert all("wait_timeout" in defaults for defaults in play["module_defaults"].values())


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
    ("groups", "roles"),
    [
        (["providers"], ["psc_provider"]),
        (["consumers", "providers", "others"], ["psc_provider", "psc_consumer"]),
        (["pci"], []),
        (["hub", "spokes", "closed"], []),
    ],
)
def test_roles_of_a_project_of_google_cloud(groups, roles):
    assert account_roles(groups, has_vpc=False, cloud="gcp") == roles
    assert account_roles(groups, has_vpc=True, cloud="gcp") == roles


@pytest.mark.parametrize("declared", [None, "aws", "azure", "GCP", ["gcp"], 5])
def test_what_isnt_said_to_be_google_cloud_is_aws(declared):
    assert cloud_of({"cloud": declared}) == cloud_of({}) == "aws"
    assert cloud_of({"cloud": "gcp"}) == "gcp"


HOSTVARS = {"ledger": {}, "payments": {"cloud": "aws"}, "alpha": {}, "b": {"cloud": "gcp"}, "a": {"cloud": "gcp"}}
BOTH = {"spokes": ["alpha"], "providers": ["ledger", "b"], "consumers": ["payments", "a"], "all": list(HOSTVARS)}
OF_AWS = {
    "spokes": ["alpha"],
    "providers": ["ledger"],
    "consumers": ["payments"],
    "all": ["alpha", "ledger", "payments"],
}
OF_GOOGLE = {"providers": ["b"], "consumers": ["a"], "all": ["b", "a"]}


@pytest.mark.parametrize(
    ("groups", "options", "pattern"),
    [
        # As before there were several clouds.
        (OF_AWS, {"role": "vpc"}, "spokes:providers:consumers"),
        (OF_AWS, {"role": "privatelink_provider", "apart": True}, "providers"),
        (OF_AWS, {"role": "psc_provider", "apart": True}, ""),
        (OF_AWS, {"within": ["all"]}, "all"),
        (OF_GOOGLE, {"role": "vpc"}, ""),
        (OF_GOOGLE, {"role": "privatelink_consumer", "apart": True}, ""),
        (OF_GOOGLE, {"role": "psc_consumer", "apart": True}, "consumers"),
        (OF_GOOGLE, {}, ""),
        (OF_GOOGLE, {"cloud": "gcp"}, "providers:consumers"),
        (BOTH, {"role": "vpc"}, "spokes:providers:consumers:!b:!a"),
        (BOTH, {"role": "privatelink_provider"}, "providers:!b"),
        (BOTH, {"role": "psc_provider"}, "providers:!ledger"),
        (BOTH, {"role": "psc_provider", "apart": True}, "providers:localhost:!ledger"),
        (BOTH, {"role": "spoke", "apart": True}, "spokes"),
        (BOTH, {"within": ["all"]}, "all:!b:!a"),
        (BOTH, {"within": ["nobody"]}, ""),
        ({}, {}, ""),
    ],
)
def test_pattern_of_the_accounts_of_a_cloud(groups, options, pattern):
    assert account_pattern(groups, HOSTVARS, **options) == pattern


def test_before_any_play_the_clouds_are_unknown():
    assert account_pattern(BOTH, None, "psc_provider", apart=True) == "providers"


def test_only_variables_of_groups_of_several_clouds_are_read():
    """Ansible computes a host's variables when they are read, for thousands of hosts."""
    assert MIXED == ("providers", "consumers")
    assert account_pattern({"spokes": ["alpha"], "hub": ["hub"]}, {}) == "hub:spokes"


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
