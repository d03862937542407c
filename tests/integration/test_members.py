# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/members.yml lets groups into accounts; playbooks/who_gets_in.yml shows who gets in, and fails on others."""

from __future__ import annotations

import json

import pytest

from tests.emulator import people
from tests.integration.conftest import ALPHA, DELTA, MANAGEMENT, REGION, lines, new_site

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

    # A run that lost a group of a host's members removes nobody without a confirmation.
    assert people.signed_in(company.emulator, "ana", ALPHA, role="developers")
    with pytest.raises(PermissionError):
        people.signed_in(company.emulator, "bo", ALPHA, role="developers")
    company.declare("alpha", "spokes", members={"auditors": ["auditors"]})
    run = company.run("members")
    assert run.failed == ["management"] and "alpha-team" in run.output and run.writes == []

    # Somebody assigns a user by hand.
    sso, store = company.client(MANAGEMENT, "sso-admin"), company.client(MANAGEMENT, "identitystore")
    (instance,) = sso.list_instances()["Instances"]
    users = store.list_users(IdentityStoreId=instance["IdentityStoreId"])["Users"]
    (bo,) = [user["UserId"] for user in users if user["UserName"] == "bo"]
    sso.create_account_assignment(
        InstanceArn=instance["InstanceArn"],
        TargetId=ALPHA,
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=permission_sets(sso, instance["InstanceArn"])["developers"],
        PrincipalType="USER",
        PrincipalId=bo,
    )
    page = company.home / "who.html"
    run, found = told(company, *VERIFY, "-e", f"who_gets_in_page={page}")
    assert run.failed == ["management"] and run.writes == []
    assert sorted(found["problems"]) == [
        "alpha: group alpha-team gets in by the permission set developers, and nothing declares it",
        "alpha: user bo gets in by the permission set developers, and nothing declares it",
    ]
    assert "user bo gets in" in page.read_text(encoding="utf-8") and page.stat().st_mode & 0o777 == 0o600
    assert lines(run)[0].startswith(f"alpha ({ALPHA}): 3 people, 2 undeclared")


def permission_sets(sso, instance):
    arns = sso.list_permission_sets(InstanceArn=instance)["PermissionSets"]
    read = [sso.describe_permission_set(InstanceArn=instance, PermissionSetArn=arn)["PermissionSet"] for arn in arns]
    return {one["Name"]: one["PermissionSetArn"] for one in read}


def test_a_name_that_nobody_knows_is_told_before_a_write(company):
    company.declare("beta", "spokes", members={"developers": ["beta-taem"]})
    run = company.run("members")
    assert run.failed == ["management"] and run.writes == []
    assert "host beta: the identity store has no group beta-taem" in run.output

    company.declare("beta", "spokes", members={"developer": ["beta-team"]})
    run = company.run("members")
    assert "beta.members: 'developer' is no permission set of management (did you mean developers?)" in run.output
    assert run.writes == []


def test_an_account_of_cards_is_told_by_its_roles_and_users_too(company):
    company.declare("alpha", "spokes", members={})
    company.declare("beta", "spokes", members={})
    company.declare("cards", "pci", account_id=DELTA, region=REGION, pci_break_glass_roles=["keeper"])
    iam = company.client(DELTA, "iam")
    iam.create_user(UserName="eve")
    everybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    for name in ("keeper", "backdoor"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    run, found = told(company, *VERIFY)
    assert sorted(found["problems"]) == [
        f"cards: anybody of the account {MANAGEMENT} gets in by the role backdoor, and nothing declares it",
        "cards: eve gets in by being the account's own IAM user eve, and nothing declares it",
    ]
    assert run.failed == ["management"] and run.writes == []
