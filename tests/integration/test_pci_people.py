# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/people.yml, and the playbooks for all accounts on an account that has people and no VPC."""

from __future__ import annotations

from tests.integration.conftest import PARTNER, lines

PEOPLE = {
    "account_id": PARTNER,
    "pci_people_groups": [
        {"name": "pci-operators", "roles": [{"role_arn": "arn:aws:iam::444444444444:role/pci/operator"}]}
    ],
    "pci_people_users": [{"name": "ann", "groups": ["pci-operators"]}],
    "pci_people_profiles_directory": "{{ inventory_dir }}/../profiles",
}


def test_people_from_nothing_to_nothing(site):
    site.declare("people", "identity", **PEOPLE)
    shown = lines(site.run("plan", "--limit", "people").succeeded())
    assert [line for line in shown if "identity_user.ann" in line and line.startswith("  + ")]
    assert not (site.home / "profiles").exists()
    assert site.run("verify", "--limit", "people").failed == ["people"]

    site.run("people").succeeded()
    assert "[profile operator]" in (site.home / "profiles/ann.config").read_text(encoding="utf-8")
    assert site.run("people").succeeded().writes == []
    assert "Every account is as declared" in site.run("verify", "--limit", "people").succeeded().output

    iam = site.client(PARTNER, "iam")
    removal = ("--limit", "people", "-e", "teardown_people=true", "-e", "teardown_confirm=yes-people")
    iam.create_access_key(UserName="ann")
    run = site.run("teardown", *removal)
    assert run.failed == ["people"] and "ann is to go, but has the active access key" in run.output
    site.declare("people", "identity", pci_people_accept_removal=["ann"])
    site.run("teardown", *removal[:2], *removal[4:]).succeeded()
    assert [user["UserName"] for user in iam.list_users()["Users"] if user["UserName"] == "ann"] == ["ann"]
    site.run("teardown", *removal).succeeded()
    assert iam.list_groups()["Groups"] == []
