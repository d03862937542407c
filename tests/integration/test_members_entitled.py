# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks members, verify and teardown: people get in by entitlements to the accounts' own roles."""

from __future__ import annotations

import json

import pytest

from tests.emulator import people
from tests.integration.conftest import ALPHA, BETA, MANAGEMENT, REGION, new_site
from tests.integration.test_members import CENTER

ACTIONS = ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]
WITHOUT_SETS = {key: value for key, value in CENTER.items() if not key.endswith("permission_sets")}


@pytest.fixture
def entitled(organization, tmp_path):
    """Site with account access manager, whose accounts alpha and beta have a role app that trusts it."""
    site = new_site(organization, tmp_path, groups=())
    application = organization.control("POST", "identity_center", {"region": REGION, "account_access": True})
    arn = application["application_arn"]
    # "Prepare IAM roles": the confused deputy is kept out by the application's ARN and account.
    context = {"StringEquals": {"aws:SourceAccount": MANAGEMENT, "aws:SourceArn": arn}}
    service = {"Service": "account-access.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": ACTIONS, "Condition": context}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for account in (ALPHA, BETA):
        site.client(account, "iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust)
    site.declare("management", "identity_center", **WITHOUT_SETS, account_members_backend="entitlement")
    site.declare("alpha", "customers", account_id=ALPHA, region=REGION, members={"app": ["alpha-team"]})
    site.declare("beta", "customers", account_id=BETA, region=REGION, members={"app": ["beta-team"]})
    return site


def enters(site, user, account):
    role = f"arn:aws:iam::{account}:role/app"
    try:
        return bool(people.signed_in(site.emulator, user, account, role_arn=role))
    except PermissionError:
        return False


def test_entitlements_from_nothing_to_nothing(entitled):
    entitled.run("members").succeeded()
    assert entitled.run("members").succeeded().writes == []
    assert enters(entitled, "ana", ALPHA) and enters(entitled, "bo", BETA)
    assert not enters(entitled, "bo", ALPHA) and not enters(entitled, "ana", BETA)
    assert entitled.run("verify").succeeded().writes == []

    # A host that the inventory lost: its entitlement stays, and is reported.
    (entitled.inventory / "more.yml").write_text(
        (entitled.inventory / "more.yml").read_text().replace("beta: null", "gamma: null")
    )
    run = entitled.run("verify")
    assert run.code and f"{BETA}: group beta-team gets in by the entitlement to the role app" in run.output
    run = entitled.run("members").succeeded()
    assert run.writes == [] and enters(entitled, "bo", BETA)

    # verify reports the stranger, too.
    entitled.declare("alpha", "customers", members={"app": []})
    run = entitled.run("members")
    assert run.failed == ["management"] and run.writes == [] and enters(entitled, "ana", ALPHA)
    confirmed = {"confirm_removals": [f"members/entitlement.{ALPHA}/app/alpha-team"]}
    entitled.run("members", "-e", json.dumps(confirmed)).succeeded()
    assert not enters(entitled, "ana", ALPHA)


def test_teardown_asks_before_anybody_loses_an_account(entitled):
    entitled.run("members").succeeded()
    run = entitled.run("teardown")
    assert run.writes == [] and enters(entitled, "ana", ALPHA)

    run = entitled.run("teardown", "-e", "teardown_members=true")
    assert run.code and run.writes == [] and "teardown_confirm=yes-management" in run.output
    assert "who gets into accounts by Identity Center" in run.output

    confirmed = ("-e", "teardown_members=true", "-e", "teardown_confirm=yes-management")
    entitled.run("teardown", *confirmed).succeeded()
    assert not enters(entitled, "ana", ALPHA) and not enters(entitled, "bo", BETA)
    assert entitled.run("teardown", *confirmed).succeeded().writes == []
