# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/members.yml lets groups into accounts; playbooks/who_gets_in.yml shows who gets in, and fails on others."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import MANAGEMENT, REGION, new_site

SETS = {
    "developers": {"session_duration": "PT8H", "managed_policies": ["arn:aws:iam::aws:policy/PowerUserAccess"]},
    "auditors": {"managed_policies": ["arn:aws:iam::aws:policy/SecurityAudit"]},
}
USERS = {
    name: {"given_name": name.capitalize(), "family_name": "Example", "email": f"{name}@example.com"}
    for name in ("ana", "bo", "ada")
}
GROUPS = {"alpha-team": {"users": ["ana"]}, "beta-team": {"users": ["bo"]}, "auditors": {"users": ["ada"]}}
CENTER = {
    "account_id": MANAGEMENT,
    "region": REGION,
    "account_members_permission_sets": SETS,
    "account_members_users": USERS,
    "account_members_groups": GROUPS,
}
LIMIT = ("--limit", "management")
VERIFY = ("-e", "who_gets_in_verify=true")


@pytest.fixture
def company(organization, tmp_path):
    """Site whose organization has IAM Identity Center, and two accounts with members."""
    site = new_site(organization, tmp_path)
    organization.control("POST", "identity_center", {"region": REGION})
    site.declare("management", "identity_center", **CENTER)
    site.declare("alpha", "spokes", members={"developers": ["alpha-team"], "auditors": ["auditors"]})
    site.declare("beta", "spokes", members={"developers": ["beta-team"], "auditors": ["auditors"]})
    return site


def told(site, *more):
    """Return the run of who_gets_in and what it found."""
    path = site.home / "who.json"
    run = site.run("who_gets_in", "-e", f"who_gets_in_report={path}", *more)
    return run, json.loads(path.read_text(encoding="utf-8"))


def test_members_from_nothing_to_nothing(company):
    run = company.run("members", "--check").succeeded()
    assert run.writes == []
    company.run("members").succeeded()
    assert company.run("members").succeeded().writes == []

    run, found = told(company, *VERIFY)
    run.succeeded()
    by_host = {account["host"]: account["people"] for account in found["accounts"]}
    assert by_host["alpha"] == {"ada": ["auditors"], "ana": ["developers"]}
    assert by_host["beta"] == {"ada": ["auditors"], "bo": ["developers"]}
    assert by_host["gamma"] == {} and found["problems"] == found["unknown"] == []
