# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts that leave their organization, and accounts that are closed.

Sources: API reference of Organizations, LeaveOrganization, RemoveAccountFromOrganization, CloseAccount and their
errors; of RAM, ResourceShareConfiguration.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, KEY, MANAGEMENT, SPOKE, error_of
from .networks import Network, wait_for

DAY = 24 * 3600


@pytest.fixture
def organizations(client):
    return client(MANAGEMENT, "organizations")


def members(organizations):
    return {account["Id"] for account in organizations.list_accounts()["Accounts"]}


@pytest.mark.parametrize("by", ["member", "management"])
def test_an_account_leaves(client, organizations, by):
    """D: "The removed account becomes a standalone account that isn't a member of any organization. It's no longer
    subject to any policies".
    """
    policy = organizations.create_policy(
        Name="x", Description="", Type="SERVICE_CONTROL_POLICY", Content='{"Version":"2012-10-17","Statement":[]}'
    )["Policy"]["PolicySummary"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    if not organizations.list_roots()["Roots"][0]["PolicyTypes"]:
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=policy, TargetId=SPOKE)
    own = client(SPOKE, "organizations")
    if by == "member":
        own.leave_organization()
    else:
        organizations.remove_account_from_organization(AccountId=SPOKE)
    assert SPOKE not in members(organizations)
    assert organizations.list_targets_for_policy(PolicyId=policy)["Targets"] == []
    assert error_of(own.describe_organization)[0] == "AWSOrganizationsNotInUseException"
    assert error_of(organizations.describe_account, AccountId=SPOKE)[0] == "AccountNotFoundException"
    again = error_of(organizations.remove_account_from_organization, AccountId=SPOKE)
    assert again[0] == "AccountNotFoundException"


def test_who_cannot_leave(client, organizations):
    """D: the errors of both operations: the management account, a delegated administrator, a member that asks for
    another one; an account that was created less than four days ago.
    """
    assert error_of(organizations.leave_organization)[0] == "MasterCannotLeaveOrganizationException"
    remove = organizations.remove_account_from_organization
    assert error_of(remove, AccountId=MANAGEMENT)[0] == "MasterCannotLeaveOrganizationException"
    organizations.register_delegated_administrator(AccountId=HUB, ServicePrincipal="sso.amazonaws.com")
    for call, given in ((remove, {"AccountId": HUB}), (client(HUB, "organizations").leave_organization, {})):
        assert error_of(call, **given)[0] == "ConstraintViolationException"
    member = client(SPOKE, "organizations")
    assert error_of(member.remove_account_from_organization, AccountId=HUB)[0] == "AccessDeniedException"
    assert {HUB, MANAGEMENT} <= members(organizations)


def test_a_new_account_waits_for_four_days(emulator, organizations):
    """D: LeaveOrganization: "You must wait until at least four days after the account was created"."""
    before = members(organizations)
    organizations.create_account(AccountName="new", Email="new@example.com")
    wait_for(lambda: len(members(organizations) - before), 1)
    (account_id,) = members(organizations) - before
    remove = organizations.remove_account_from_organization
    assert error_of(remove, AccountId=account_id)[0] == "ConstraintViolationException"
    emulator.control("POST", "settings", {"clock_ahead": 4 * DAY + 60})
    remove = emulator.plain_client("organizations", **KEY).remove_account_from_organization
    remove(AccountId=account_id)


@pytest.mark.parametrize("retains", [False, True])
def test_an_account_that_left_loses_the_shares_of_members(emulator, organizations, retains):
    """D: ResourceShareConfiguration: whether "the consumer account retains access to the resource share after leaving
    the organization"; that it loses access without, is RAM's getting-started-sharing.html.
    """
    network = Network(emulator)
    configuration = {"retainSharingOnAccountLeaveOrganization": retains}
    arn = organizations.describe_organization()["Organization"]["Arn"]
    for principal in (SPOKE, arn):
        gateway_id = network.gateway()
        network.share(gateway_id, principal, resourceShareConfiguration=configuration)
    seen = network.ec2(SPOKE).describe_transit_gateways
    wait_for(lambda: len(seen()["TransitGateways"]), 2)
    organizations.remove_account_from_organization(AccountId=SPOKE)
    assert len(seen()["TransitGateways"]) == (2 if retains else 0)
    shown = network.ram().get_resource_shares(resourceOwner="SELF")["resourceShares"]
    assert [bool(share.get("resourceShareConfiguration")) for share in shown] == [retains] * 2


def test_a_closed_account_is_first_pending(emulator, organizations):
    """D: CloseAccount: "While the close account request is in progress, Account status will indicate PENDING_CLOSURE.
    When the close account request completes, the status will change to SUSPENDED".
    """
    emulator.control("POST", "settings", {"transition": {"organizations-account": 100}})
    organizations.close_account(AccountId=SPOKE)
    seen = wait_for(lambda: organizations.describe_account(AccountId=SPOKE)["Account"]["Status"], "SUSPENDED")
    assert seen == ["PENDING_CLOSURE", "SUSPENDED"]
    assert organizations.describe_account(AccountId=SPOKE)["Account"]["State"] == "SUSPENDED"
    assert error_of(organizations.close_account, AccountId=SPOKE)[0] == "AccountAlreadyClosedException"
    with pytest.raises(ClientError):
        emulator.client(SPOKE, "ec2")  # nobody may assume a role in it


def test_what_cannot_be_closed(organizations, client):
    """D: CloseAccount: "You can't close the management account with this API"."""
    assert error_of(organizations.close_account, AccountId=MANAGEMENT)[0] == "ConstraintViolationException"
    assert error_of(organizations.close_account, AccountId="000000000000")[0] == "AccountNotFoundException"
    assert error_of(client(HUB, "organizations").close_account, AccountId=SPOKE)[0] == "AccessDeniedException"
