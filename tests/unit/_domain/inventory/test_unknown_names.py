# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import unknown_names

PLAYBOOKS = Path(__file__).parents[4] / "playbooks"
ROLES = ("spoke", "hub", "vpc", "closed_network")
OPTIONS = {
    *("account_id", "region", "assume_role_arn", "vpc_id", "vpc_cidrs", "vpc_name"),
    *("spoke_segment", "spoke_attached", "spoke_from_hub", "hub_segments", "closed_network_workloads"),
}


def variables(**of_alpha):
    return [str(p) for p in unknown_names.problems_of_variables({"alpha": of_alpha}, OPTIONS, ROLES)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("spoke_segement", "spoke_segment"),
        ("spoke_fromhub", "spoke_from_hub"),
        ("closed_network_workload", "closed_network_workloads"),
        ("closed_networks_workloads", "closed_network_workloads"),
        ("closednetwork_workloads", "closed_network_workloads"),
        ("spokes_segment", "spoke_segment"),
        ("spoke_Segment", "spoke_segment"),
        ("vcp_cidrs", "vpc_cidrs"),
        ("acount_id", "account_id"),
        ("regoin", "region"),
        ("assume_role_anr", "assume_role_arn"),
        ("network_stag", "network_stage"),
        ("pci_approved_service", "pci_approved_services"),
        ("teardown_vpc", "teardown_vpcs"),
    ],
)
def test_a_misspelt_variable_is_told_with_what_was_meant(name, meant):
    (problem,) = variables(**{name: "x"})
    assert problem.startswith(f"alpha.{name}: is no variable of this collection: did you mean {meant}?"), problem


def test_a_prefix_is_enough():
    (problem,) = variables(spoke_x="y")
    assert problem.startswith("alpha.spoke_x: is no variable") and "inventory_extra_variables" in problem


@pytest.mark.parametrize(
    "name",
    [
        *("account_id", "vpc_id", "vpc_result", "closed_network_block_result", "hub_made_result"),
        *("ou_path", "account_tags", "account_name", "organization_id", "group_names", "ansible_host"),
        *("plan_page", "network_stage", "wait_timeout", "doctor_report", "team", "smoke_test", "vpn_gateway", "names"),
    ],
)
def test_what_is_known_or_somebody_elses_is_let_through(name):
    assert variables(**{name: "x"}) == []


def test_names_of_ones_own_are_listed():
    assert variables(vpc_owner="me", inventory_extra_variables=["vpc_owner"]) == []


def test_one_line_for_a_name_that_many_hosts_have():
    accounts = {f"host-{number}": {"spoke_segement": "x"} for number in range(1000)}
    (problem,) = map(str, unknown_names.problems_of_variables(accounts, OPTIONS, ROLES))
    assert problem.startswith("host-0.spoke_segement: is no variable of this collection, nor of 999 more hosts")


def test_every_variable_that_a_playbook_reads_is_let_through():
    roles = {path.parents[1].name: path for path in (PLAYBOOKS.parent / "roles").glob("*/meta/argument_specs.yml")}
    options = {
        name
        for path in roles.values()
        for name in re.findall(r"^      ([a-z_]+):$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    read = {
        name
        for path in [*PLAYBOOKS.glob("*.yml"), *PLAYBOOKS.glob("tasks/*.yml")]
        for name in re.findall(r"\b([a-z_]+) (?:\| default\(|is defined)", path.read_text(encoding="utf-8"))
    }
    assert {"teardown_confirm", "pci_approved_services", "hub_hosts"} <= read
    assert list(unknown_names.problems_of_variables({"alpha": dict.fromkeys(read)}, options, roles)) == []


def groups(extra=(), **names):
    return [str(problem) for problem in unknown_names.problems_of_groups(names, extra)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("spoke", "spokes"),
        ("spokess", "spokes"),
        ("Spokes", "spokes"),
        ("hubs", "hub"),
        ("HUB", "hub"),
        ("porviders", "providers"),
        ("close", "closed"),
        ("identitiy", "identity"),
    ],
)
def test_a_group_one_slip_away_is_told_with_what_was_meant(name, meant):
    (problem,) = groups(**{name: ["alpha"]})
    assert problem.startswith(f"{name}: is a group that no playbook runs on: did you mean {meant}?")
    assert groups([name], **{name: ["alpha"]}) == []


def test_other_groups_are_let_through():
    assert groups(all=["a"], ungrouped=[], spokes=["a"], non_pci=["a"], rub=["a"], ou_customers=["a"], pc=["a"]) == []


def test_a_host_called_like_a_group_gets_the_groups_variables():
    (problem,) = groups(all=["spokes", "alpha"], spokes=["alpha"])
    assert problem.startswith("spokes: is the name of a host and of a group")


@pytest.mark.parametrize(
    ("group", "of_alpha", "text"),
    [
        ("spokes", {}, "alpha.spoke_segment: is missing, and the host is in the group spokes"),
        ("spokes", {"spoke_segment": None}, "expected spoke_segment; or spoke_attached: false"),
        ("closed", {}, "expected closed_network_workloads or closed_network_services"),
        ("providers", {}, "alpha.privatelink_provider_services: is missing"),
        ("consumers", {}, "alpha.privatelink_consumer_endpoints: is missing"),
        ("identity", {}, "alpha.pci_people_groups: is missing"),
    ],
)
def test_a_host_that_declares_nothing_of_its_group(group, of_alpha, text):
    (problem,) = map(str, unknown_names.problems_of_members({"alpha": of_alpha}, {group: ["alpha"]}))
    assert text in problem


@pytest.mark.parametrize(
    ("group", "of_alpha"),
    [
        ("spokes", {"spoke_segment": "customers"}),
        ("spokes", {"spoke_attached": False}),
        ("spokes", {"hub_segments": {"shared": {}}}),
        ("closed", {"closed_network_services": ["s3"]}),
        ("consumers", {"privatelink_consumer_endpoints": []}),
        ("identity", {"pci_people_state": "absent"}),
    ],
)
def test_a_host_that_says_so_is_let_through(group, of_alpha):
    assert list(unknown_names.problems_of_members({"alpha": of_alpha}, {group: ["alpha"]})) == []


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("spokes", "spoke", True),
        ("spoke", "spokes", True),
        ("sopke", "spoke", True),
        ("spoka", "spoke", True),
        ("spoke", "spoke", False),
        ("sopek", "spoke", False),
        ("spo", "spoke", False),
        ("xspoke", "spoke", True),
        ("abc", "acbd", False),
    ],
)
def test_near_is_a_single_slip(one, other, near):
    assert unknown_names.is_near(one, other) is near
