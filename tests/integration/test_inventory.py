# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventories that were read in part, or in which a name is misspelt: they remove nothing and open nothing."""

from __future__ import annotations

import pytest
import yaml

from tests.integration.conftest import DELTA, HOSTS, ROOT


def told(run, *words):
    assert run.code != 0, run.output
    assert [word for word in words if word not in run.output] == [], run.output
    assert run.calls == []


def test_no_play_matches_no_host_and_ends_well() -> None:
    """Ansible exits with 0 where a play's pattern matches no host."""
    for path in (ROOT / "playbooks").glob("*.yml"):
        if path.stem != "awx_configure":  # which is on localhost
            first = yaml.safe_load(path.read_text(encoding="utf-8"))[0]
            assert "localhost" in first.get("hosts", "localhost"), path


@pytest.mark.parametrize(
    ("playbook", "words"),
    [
        ("site", "no account in any of the groups hub, egress, spokes"),
        ("transit_gateway", "no account in the group hub"),
        ("plan", "no account in any of the groups hub, egress, spokes"),
        ("privatelink", "no account in any of the groups providers, consumers"),
        ("closed_network", "no account in the group closed"),
        ("logs", "no account in the group logs"),
    ],
)
def test_an_empty_inventory_fails(site, playbook, words):
    empty = site.home / "empty.yml"
    empty.write_text("all: {hosts: {}}\n")
    told(site.run(playbook, inventory=empty), words)


def test_the_playbook_of_a_group_that_the_inventory_does_not_have(site):
    site.forget("shared-services")
    told(site.run("hub"), "no account in the group hub")


@pytest.mark.parametrize("playbook", ["plan", "verify"])
def test_a_playbook_without_tags_does_not_pass_by_skipping_everything(site, playbook):
    told(site.run(playbook, "--tags", "spokes"), f"--tags: spokes: {playbook} has no tags, and would do nothing")


def test_a_source_that_could_not_be_read(site):
    """Also one in a folder: Ansible warns and goes on with the rest."""
    broken = site.inventory / "customers.yml"
    broken.write_text("all: {hosts: [}\n")
    told(site.run("site"), f"the inventory source {broken} couldn't be read")
    broken.unlink()
    elsewhere = site.home / "customers.organization_accounts.yml"
    elsewhere.write_text("plugin: closednet.aws.organization_accounts\nno_such_option: {\n")
    told(site.run("spokes", "-i", str(elsewhere)), f"the inventory source {elsewhere} couldn't be read")
    told(site.run("verify", "-i", str(site.home / "typo.yml")), "typo.yml couldn't be read")


def test_misspelt_names_are_told_before_any_call(site):
    site.declare("alpha", spoke_segement="prod", closed_network_workload=["glue"])
    site.declare("beta", spoke_segment=None)
    site.declare("delta", group="spoke", account_id=DELTA)
    site.declare("hub", account_id=DELTA)
    told(
        site.run("site"),
        *("alpha.spoke_segement: ", "did you mean spoke_segment?", "did you mean closed_network_workloads?"),
        *("beta.spoke_segment: is missing", "spoke_attached: false", "spoke: is a group", "did you mean spokes?"),
        "hub: is the name of a host and of a group",
    )


def test_an_undefined_variable_is_told_with_host_and_option(site):
    """Also one deep in a value, and one that only the check itself reads."""
    site.declare("alpha", vpc_cidrs="{{ nowhere }}", spoke_from_hub={"sources": ["{{ vpc_name | no_such_filter }}"]})
    site.declare("beta", account_id="{{ nowhere.id }}")
    site.declare("gamma", vpc_tags={"team": ["{{ nowhere }}"]})
    variables = ("alpha.vpc_cidrs: ", "alpha.spoke_from_hub: ", "beta.account_id: ", "gamma.vpc_tags: ")
    told(site.run("site"), *variables, "'nowhere' is undefined", "no_such_filter")


def test_four_spokes_that_are_no_longer_declared(site):
    """Second line of defence, where the check of names finds nothing."""
    site.declare("delta", account_id=DELTA, vpc_cidrs=["10.4.0.0/16"])
    site.declare("gamma", spoke_attached=True)
    site.run("site").succeeded()
    there = site.reach(*HOSTS, "delta")
    site.forget("alpha", "beta", "gamma")
    (site.inventory / "more.yml").unlink()

    run = site.run("hub")

    assert run.code != 0 and run.failed == ["shared-services"]
    assert "-e confirm_removals=alpha,beta,delta,gamma" in run.output
    assert run.writes == []
    assert site.reach(*HOSTS, "delta") == there
    assert (
        "-e confirm_removals=alpha,beta,delta,gamma"
        in site.run("plan", "--limit", "shared-services").succeeded().output
    )
    site.run("hub", "-e", "confirm_removals=alpha,beta,delta,gamma").succeeded()
    assert site.reach(*HOSTS)["shared-services"] == []
