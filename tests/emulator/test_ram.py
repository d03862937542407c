# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource shares. Marks as in test_transit_gateway.py."""

from __future__ import annotations

import pytest

from .conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER
from .networks import Network, refused, wait_for

ORGANIZATION = "o-demo123456"
OUTSIDE = (
    "The resource you are attempting to share can only be shared within your AWS Organization. This error may also "
    "occur if you have not enabled sharing with your AWS organization, or that onboarding process is still in progress."
)


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def outside(emulator):
    """A network of an account that is in no organization."""
    return Network(emulator, owner=STRANGER)


def organization_arn(client):
    return client(MANAGEMENT, "organizations").describe_organization()["Organization"]["Arn"]


def unit_arn(client, name):
    organizations = client(MANAGEMENT, "organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    return next(unit["Arn"] for unit in units if unit["Name"] == name)


def associations(ram, kind="PRINCIPAL", **filters):
    return ram.get_resource_share_associations(associationType=kind, **filters)["resourceShareAssociations"]


def gateways(network, account):
    return [found["TransitGatewayId"] for found in network.ec2(account).describe_transit_gateways()["TransitGateways"]]


# In the organization


def test_account_of_the_organization_needs_no_invitation(network):
    """Row 24. D: getting-started-sharing.html; V: terraform-aws-transit-gateway#116, #93"""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE)
    [association] = associations(network.ram())
    assert (association["associatedEntity"], association["status"], association["external"]) == (
        SPOKE,
        "ASSOCIATED",
        False,
    )
    assert network.ram(SPOKE).get_resource_share_invitations()["resourceShareInvitations"] == []
    assert gateways(network, SPOKE) == [gateway_id]
    assert gateways(network, SPOKE_2) == []


def test_share_with_organization_and_unit(network, client):
    """Row 24. D: CreateResourceShare, principals"""
    everyone = network.gateway()
    customers = network.gateway()
    network.share(everyone, organization_arn(client))
    network.share(customers, unit_arn(client, "customers"))
    assert sorted(gateways(network, SPOKE)) == sorted([everyone, customers])
    assert gateways(network, MANAGEMENT) == [everyone]
    assert gateways(network, STRANGER) == []


def test_association_states(emulator, network):
    """Row 26. D: ResourceShareAssociation.status"""
    gateway_id = network.gateway()
    emulator.control("POST", "settings", {"transition": {"ram-association": 200}})
    share = network.share(gateway_id, SPOKE)

    def status():
        return [association["status"] for association in associations(network.ram(), resourceShareArns=[share])]

    assert wait_for(status, ["ASSOCIATED"]) == [["ASSOCIATING"], ["ASSOCIATED"]]
    ended = network.ram().disassociate_resource_share(resourceShareArn=share, principals=[SPOKE])
    assert ended["resourceShareAssociations"][0]["status"] == "DISASSOCIATING"
    wait_for(status, ["DISASSOCIATED"])
    assert associations(network.ram(), associationStatus="ASSOCIATED") == []


def test_unknown_organization(network, outside):
    """Row 25. V: terraform-provider-aws#7769, scenario 2"""
    arn = f"arn:aws:organizations::{MANAGEMENT}:organization/o-other12345"
    for someone in (network, outside):
        with refused("UnknownResourceException", "Organization o-other12345 could not be found."):
            someone.share(someone.gateway(), arn)
    with refused(
        "InvalidParameterException", f"Principal ID {ORGANIZATION} is malformed. Verify the ID and try again."
    ):
        network.share(network.gateway(), ORGANIZATION)


def test_unknown_unit(network):
    """V: moto's text."""
    arn = f"arn:aws:organizations::{MANAGEMENT}:ou/{ORGANIZATION}/ou-none-00000000"
    with refused(
        "UnknownResourceException", "OrganizationalUnit ou-none-00000000 in unknown organization could not be found."
    ):
        network.share(network.gateway(), arn)


def test_no_external_principals(network, outside):
    """Row 25. V: terraform-provider-aws#15254, terraform-aws-transit-gateway#28"""
    with refused("OperationNotPermittedException", OUTSIDE):
        network.share(network.gateway(), STRANGER, allowExternalPrincipals=False)
    with refused("OperationNotPermittedException", OUTSIDE):
        outside.share(outside.gateway(), HUB, allowExternalPrincipals=False)
    network.share(network.gateway(), SPOKE, allowExternalPrincipals=False)
    assert [
        share["allowExternalPrincipals"]
        for share in network.ram().get_resource_shares(resourceOwner="SELF")["resourceShares"]
    ] == [False]


def test_nothing_is_made_when_a_principal_is_refused(network):
    """D: the call fails as a whole."""
    with refused("InvalidParameterException"):
        network.share(network.gateway(), SPOKE, "not-an-account")
    assert network.ram().get_resource_shares(resourceOwner="SELF")["resourceShares"] == []
    assert gateways(network, SPOKE) == []


def test_enable_sharing(network, client):
    """V: moto's text for a member account."""
    with refused("OperationNotPermittedException"):
        network.ram(HUB).enable_sharing_with_aws_organization()
    assert network.ram(MANAGEMENT).enable_sharing_with_aws_organization()["returnValue"]


# Invitations


def test_invitation(network):
    """Row 24. D: without a common organization an invitation; only the receiver sees it."""
    gateway_id = network.gateway()
    share = network.share(gateway_id, STRANGER)
    stranger = network.ram(STRANGER)
    assert network.ram().get_resource_share_invitations()["resourceShareInvitations"] == []
    [association] = associations(network.ram())
    assert (association["status"], association["external"]) == ("ASSOCIATING", True)
    assert gateways(network, STRANGER) == []
    [invitation] = stranger.get_resource_share_invitations(resourceShareArns=[share])["resourceShareInvitations"]
    assert (invitation["status"], invitation["senderAccountId"], invitation["receiverAccountId"]) == (
        "PENDING",
        HUB,
        STRANGER,
    )
    arn = invitation["resourceShareInvitationArn"]
    accepted = stranger.accept_resource_share_invitation(resourceShareInvitationArn=arn)["resourceShareInvitation"]
    assert accepted["status"] == "ACCEPTED"
    assert gateways(network, STRANGER) == [gateway_id]
    with refused("ResourceShareInvitationAlreadyAcceptedException"):
        stranger.reject_resource_share_invitation(resourceShareInvitationArn=arn)
    with refused("ResourceShareInvitationArnNotFoundException"):
        network.ram(SPOKE).accept_resource_share_invitation(resourceShareInvitationArn=arn)


def test_rejected_invitation(network):
    """Row 24. D: REJECTED"""
    network.share(network.gateway(), STRANGER)
    stranger = network.ram(STRANGER)
    [invitation] = stranger.get_resource_share_invitations()["resourceShareInvitations"]
    arn = invitation["resourceShareInvitationArn"]
    rejected = stranger.reject_resource_share_invitation(resourceShareInvitationArn=arn)["resourceShareInvitation"]
    assert rejected["status"] == "REJECTED"
    assert gateways(network, STRANGER) == []
    with refused("ResourceShareInvitationAlreadyRejectedException"):
        stranger.accept_resource_share_invitation(resourceShareInvitationArn=arn)


# Shares


def test_share_names_tags_and_owners(network):
    """D: GetResourceShares"""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE, tags=[{"key": "segment", "value": "core"}])
    ram = network.ram()
    other = ram.create_resource_share(name="empty")["resourceShare"]

    def names(**filters):
        found = ram.get_resource_shares(resourceOwner="SELF", **filters)["resourceShares"]
        return [share["name"] for share in found]

    assert names() == ["hub", "empty"]
    assert names(name="hub") == names(tagFilters=[{"tagKey": "segment", "tagValues": ["core"]}]) == ["hub"]
    assert names(tagFilters=[{"tagKey": "segment", "tagValues": ["edge"]}]) == []
    assert names(resourceShareArns=[other["resourceShareArn"]]) == ["empty"]
    [seen] = network.ram(SPOKE).get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]
    assert (seen["name"], seen["owningAccountId"], "tags" in seen) == ("hub", HUB, False)
    assert network.ram(SPOKE).get_resource_shares(resourceOwner="SELF")["resourceShares"] == []
    unknown = other["resourceShareArn"][:-4] + "0000"
    with refused("UnknownResourceException", f"ResourceShare {unknown} could not be found."):
        names(resourceShareArns=[unknown])
    with refused("InvalidParameterException"):
        ram.get_resource_shares(resourceOwner="ME")


def test_update_tag_delete(emulator, network):
    """D: UpdateResourceShare, TagResource, DeleteResourceShare; a deleted one stays listed for a time."""
    gateway_id = network.gateway()
    share, ram = network.share(gateway_id, SPOKE), network.ram()
    updated = ram.update_resource_share(resourceShareArn=share, name="new", allowExternalPrincipals=False)
    assert (updated["resourceShare"]["name"], updated["resourceShare"]["allowExternalPrincipals"]) == ("new", False)
    ram.tag_resource(resourceShareArn=share, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    ram.untag_resource(resourceShareArn=share, tagKeys=["a"])
    [seen] = ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
    assert seen["tags"] == [{"key": "b", "value": "2"}]
    with refused("UnknownResourceException"):
        network.ram(SPOKE).delete_resource_share(resourceShareArn=share)
    emulator.control("POST", "settings", {"transition": {"ram-share": 200}})
    assert ram.delete_resource_share(resourceShareArn=share)["returnValue"]

    def status():
        [seen] = ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
        return seen["status"]

    assert wait_for(status, "DELETED") == ["DELETING", "DELETED"]
    assert gateways(network, SPOKE) == []
    assert ram.get_resource_shares(resourceOwner="SELF", resourceShareStatus="ACTIVE")["resourceShares"] == []
    with refused("UnknownResourceException"):
        ram.delete_resource_share(resourceShareArn=share)


def test_associate_later(network):
    """D: AssociateResourceShare"""
    gateway_id = network.gateway()
    ram = network.ram()
    share = ram.create_resource_share(name="hub")["resourceShare"]["resourceShareArn"]
    made = ram.associate_resource_share(
        resourceShareArn=share, resourceArns=[network.arn(gateway_id)], principals=[SPOKE]
    )["resourceShareAssociations"]
    assert [(one["associationType"], one["status"]) for one in made] == [
        ("PRINCIPAL", "ASSOCIATED"),
        ("RESOURCE", "ASSOCIATED"),
    ]
    assert gateways(network, SPOKE) == [gateway_id]
    [resource] = associations(ram, "RESOURCE", resourceArn=network.arn(gateway_id))
    assert resource["associatedEntity"] == network.arn(gateway_id)
    ram.disassociate_resource_share(resourceShareArn=share, resourceArns=[network.arn(gateway_id)])
    assert gateways(network, SPOKE) == []
    with refused("UnknownResourceException"):
        ram.disassociate_resource_share(resourceShareArn=share, principals=[SPOKE_2])


def test_what_is_not_there_fails_to_associate(network):
    """V: boto/boto3#3396: the call succeeds, the association does not."""
    ram = network.ram()
    absent = network.arn("tgw-0123456789abcdef0")
    ram.create_resource_share(name="hub", resourceArns=[absent])
    [association] = associations(ram, "RESOURCE")
    assert (association["status"], association["statusMessage"]) == (
        "FAILED",
        "The specified resource could not be found in your AWS account",
    )
    with refused("MalformedArnException"):
        ram.create_resource_share(name="hub", resourceArns=["tgw-1"])


def test_client_token(network):
    """Row 41. D: RAM's create takes one: same answer again, other parameters refused."""
    ram = network.ram()
    first = ram.create_resource_share(name="hub", clientToken="once")["resourceShare"]
    assert ram.create_resource_share(name="hub", clientToken="once")["resourceShare"] == first
    with refused("IdempotentParameterMismatchException"):
        ram.create_resource_share(name="other", clientToken="once")
    assert len(ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]) == 1


def test_listings(network):
    """D: ListResources, ListPrincipals, ListResourceSharePermissions"""
    gateway_id = network.gateway()
    share, ram = network.share(gateway_id, SPOKE, SPOKE_2), network.ram()
    [resource] = ram.list_resources(resourceOwner="SELF", resourceType="ec2:TransitGateway")["resources"]
    assert (resource["arn"], resource["type"]) == (network.arn(gateway_id), "ec2:TransitGateway")
    assert ram.list_resources(resourceOwner="SELF", resourceType="ec2:Subnet")["resources"] == []
    principals = ram.list_principals(resourceOwner="SELF", resourceArn=network.arn(gateway_id))["principals"]
    assert [principal["id"] for principal in principals] == [SPOKE, SPOKE_2]
    [seen] = network.ram(SPOKE).list_resources(resourceOwner="OTHER-ACCOUNTS")["resources"]
    assert seen["arn"] == network.arn(gateway_id)
    [owner] = network.ram(SPOKE).list_principals(resourceOwner="OTHER-ACCOUNTS")["principals"]
    assert owner["id"] == HUB
    [permission] = ram.list_resource_share_permissions(resourceShareArn=share)["permissions"]
    assert permission["name"] == "AWSRAMDefaultPermissionTransitGateway"
