# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed permissions of RAM.

Sources: API reference of RAM, the page of each operation and its errors (which of them AWS answers where several fit is
not verified); user guide, security-ram-permissions.html; names of AWS's permissions: its former page permissions.html.
"""

from __future__ import annotations

import json

import pytest

from .conftest import HUB, SPOKE, error_of
from .networks import Network

TEMPLATE = json.dumps({"Effect": "Allow", "Action": ["ec2:DescribeTransitGateways"]})
DEFAULT = "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionTransitGateway"
OTHER_DEFAULT = "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionPrefixList"


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def ram(network):
    return network.ram()


def create(ram, name="read-only", kind="ec2:TransitGateway", template=TEMPLATE, **more):
    return ram.create_permission(name=name, resourceType=kind, policyTemplate=template, **more)["permission"]


def attached(ram, share):
    found = ram.list_resource_share_permissions(resourceShareArn=share)["permissions"]
    return [(one["arn"], one["version"], one["status"]) for one in found]


def names(ram, **wanted):
    return [one["name"] for one in ram.list_permissions(**wanted)["permissions"]]


def test_permissions_are_listed_by_type_owner_and_kind(ram):
    """D: ListPermissions; resourceType "is not case sensitive"; permissionType AWS_MANAGED, CUSTOMER_MANAGED, ALL."""
    create(ram)
    assert set(names(ram, resourceType="EC2:transitgateway")) == {"AWSRAMDefaultPermissionTransitGateway", "read-only"}
    assert names(ram, permissionType="CUSTOMER_MANAGED") == ["read-only"] == names(ram, resourceOwner="SELF")
    assert "read-only" not in names(ram, permissionType="AWS_MANAGED")
    assert names(ram, permissionStatus="DEPRECATED") == []
    first = ram.list_permissions(maxResults=2)
    second = ram.list_permissions(maxResults=2, nextToken=first["nextToken"])
    assert first["permissions"][0]["name"] != second["permissions"][0]["name"]
    assert error_of(ram.list_permissions, resourceType="ec2:Nothing")[0] == "InvalidParameterException"
    types = {one["resourceType"] for one in ram.list_resource_types()["resourceTypes"]}
    assert {"ec2:TransitGateway", "ec2:Subnet", "route53profiles:Profile"} <= types


def test_a_permission_has_versions(ram):
    """D: CreatePermissionVersion: "The new version is automatically set as the default version"; deletion:
    not the default one; security-ram-permissions.html: up to five versions.
    """
    arn = create(ram)["arn"]
    assert arn == f"arn:aws:ram:eu-central-1:{HUB}:permission/read-only"
    changed = json.dumps({"Effect": "Allow", "Action": ["ec2:DescribeTransitGatewayAttachments"]})
    made = ram.create_permission_version(permissionArn=arn, policyTemplate=changed)["permission"]
    assert (made["version"], made["defaultVersion"], made["permission"]) == ("2", True, changed)
    assert ram.get_permission(permissionArn=arn)["permission"]["permission"] == changed
    old = ram.get_permission(permissionArn=arn, permissionVersion=1)["permission"]
    assert (old["permission"], old["defaultVersion"]) == (TEMPLATE, False)
    versions = ram.list_permission_versions(permissionArn=arn)["permissions"]
    assert [(one["version"], one["defaultVersion"]) for one in versions] == [("1", False), ("2", True)]
    delete = ram.delete_permission_version
    assert error_of(delete, permissionArn=arn, permissionVersion=2)[0] == "OperationNotPermittedException"
    ram.set_default_permission_version(permissionArn=arn, permissionVersion=1)
    delete(permissionArn=arn, permissionVersion=2)
    assert error_of(ram.get_permission, permissionArn=arn, permissionVersion=2)[0] == "UnknownResourceException"
    for _ in range(4):
        made = ram.create_permission_version(permissionArn=arn, policyTemplate=TEMPLATE)["permission"]
    assert made["version"] == "6"  # numbers aren't used again
    code, _ = error_of(ram.create_permission_version, permissionArn=arn, policyTemplate=TEMPLATE)
    assert code == "PermissionVersionsLimitExceededException"


def test_a_share_has_the_default_permission_of_its_types(network, ram):
    """D: CreateResourceShare, permissionArns: "If you do not specify an ARN for the permission, RAM automatically
    attaches the default version of the permission for each resource type".
    """
    share = network.share(network.gateway(), SPOKE)
    assert attached(ram, share) == [(DEFAULT, "1", "ASSOCIATED")]
    (found,) = ram.list_permission_associations(resourceShareArn=share)["permissions"]
    assert (found["arn"], found["permissionVersion"], found["defaultVersion"]) == (DEFAULT, "1", True)


def test_a_share_is_created_with_a_permission(network, ram):
    """D: CreateResourceShare, permissionArns."""
    arn = create(ram)["arn"]
    share = network.share(network.gateway(), SPOKE, permissionArns=[arn])
    assert attached(ram, share) == [(arn, "1", "ASSOCIATED")]
    for arns, code in (
        (["arn:aws:ram::aws:permission/Nothing"], "UnknownResourceException"),
        (["nothing"], "MalformedArnException"),
        ([arn, DEFAULT], "InvalidParameterException"),
    ):
        assert error_of(ram.create_resource_share, name="x", permissionArns=arns)[0] == code, arns


def test_a_permission_is_replaced(network, ram):
    """D: AssociateResourceSharePermission: "exactly one permission associated with each resource type"; a version "that
    is currently set as the default version" alone.
    """
    share = network.share(network.gateway(), SPOKE)
    arn = create(ram)["arn"]
    given = {"resourceShareArn": share, "permissionArn": arn}
    associate = ram.associate_resource_share_permission
    assert error_of(associate, **given)[0] == "InvalidParameterException"
    assert associate(**given, replace=True)["returnValue"]
    assert attached(ram, share) == [(arn, "1", "ASSOCIATED")]
    ram.create_permission_version(permissionArn=arn, policyTemplate=TEMPLATE)
    assert attached(ram, share) == [(arn, "1", "ASSOCIATED")]  # not updated automatically
    (found,) = ram.list_permission_associations(permissionArn=arn)["permissions"]
    assert (found["permissionVersion"], found["defaultVersion"]) == ("1", False)
    assert ram.list_permission_associations(permissionArn=arn, defaultVersion=True)["permissions"] == []
    code, _ = error_of(associate, **given, replace=True, permissionVersion=1)
    assert code == "InvalidParameterException"
    for call, more in (
        (ram.delete_permission, {}),
        (ram.delete_permission_version, {"permissionVersion": 1}),
        (ram.disassociate_resource_share_permission, {"resourceShareArn": share}),
    ):
        assert error_of(call, permissionArn=arn, **more)[0] == "OperationNotPermittedException", call
    associate(**given, replace=True, permissionVersion=2)
    assert attached(ram, share) == [(arn, "2", "ASSOCIATED")]


def test_a_permission_of_a_type_without_resources_is_detached(network, ram):
    """D: DisassociateResourceSharePermission: "only if there are currently no resources of the relevant type"."""
    share = network.share(network.gateway(), SPOKE)
    given = {"resourceShareArn": share, "permissionArn": OTHER_DEFAULT}
    ram.associate_resource_share_permission(**given)
    assert [one[0] for one in attached(ram, share)] == [DEFAULT, OTHER_DEFAULT]
    ram.disassociate_resource_share_permission(**given)
    assert [one[0] for one in attached(ram, share)] == [DEFAULT]
    assert error_of(ram.disassociate_resource_share_permission, **given)[0] == "UnknownResourceException"


def test_all_associations_are_replaced(network, ram):
    """D: ReplacePermissionAssociations: "Updates all resource shares that use a managed permission"."""
    shares = [network.share(network.gateway(), SPOKE) for _ in range(2)]
    arn = create(ram)["arn"]
    work = ram.replace_permission_associations(fromPermissionArn=DEFAULT, toPermissionArn=arn)
    identity = work["replacePermissionAssociationsWork"]["id"]
    assert [attached(ram, share) for share in shares] == [[(arn, "1", "ASSOCIATED")]] * 2
    found = ram.list_replace_permission_associations_work(workIds=[identity])["replacePermissionAssociationsWorks"]
    assert (found[0]["status"], found[0]["toPermissionArn"]) == ("COMPLETED", arn)
    code, _ = error_of(ram.replace_permission_associations, fromPermissionArn=arn, toPermissionArn=OTHER_DEFAULT)
    assert code == "InvalidParameterException"


def test_a_permission_is_deprecated_and_deleted(network, ram):
    """D: UpdatePermission: "Setting the status to DEPRECATED prevents new resource share associations";
    DeletePermission: "only if it isn't attached to any resource share".
    """
    arn = create(ram)["arn"]
    share = network.share(network.gateway(), SPOKE)
    ram.update_permission(permissionArn=arn, status="DEPRECATED")
    assert names(ram, permissionStatus="DEPRECATED") == ["read-only"]
    code, _ = error_of(ram.associate_resource_share_permission, resourceShareArn=share, permissionArn=arn, replace=True)
    assert code == "OperationNotPermittedException"
    assert ram.delete_permission(permissionArn=arn)["returnValue"]
    assert error_of(ram.get_permission, permissionArn=arn)[0] == "UnknownResourceException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": "no json"}, "MalformedPolicyTemplateException"),
        ({"template": '{"Effect":"Deny","Action":["ec2:*"]}'}, "MalformedPolicyTemplateException"),
        ({"template": '{"Effect":"Allow"}'}, "MalformedPolicyTemplateException"),
        ({"template": '{"Effect":"Allow","Action":["ec2:*"],"Resource":"*"}'}, "MalformedPolicyTemplateException"),
        ({"template": '{"Effect":"Allow","Action":["ec2:*"],"Principal":"*"}'}, "MalformedPolicyTemplateException"),
        ({"kind": "ec2:Nothing"}, "InvalidParameterException"),
        ({"name": "read-only"}, "PermissionAlreadyExistsException"),
    ],
)
def test_what_cannot_be_created(ram, change, code):
    """D: CreatePermission, policyTemplate: "This template can't include either the Resource or Principal elements"; the
    name "must be unique within the Amazon Web Services Region".
    """
    create(ram)
    assert error_of(create, ram=ram, **({"name": "new"} | change))[0] == code


def test_whose_permissions_they_are(network, ram):
    """D: AWS's permissions can't be changed ("you can't modify it"); customers' are of one account. Not AWS: the
    content of AWS's permissions isn't known here, which is said by name.
    """
    arn = create(ram, tags=[{"key": "owner", "value": "network"}])["arn"]
    other = network.ram(SPOKE)
    assert error_of(other.get_permission, permissionArn=arn)[0] == "UnknownResourceException"
    assert "read-only" not in names(other)
    code, _ = error_of(ram.delete_permission, permissionArn=DEFAULT)
    assert code == "OperationNotPermittedException"
    _, text = error_of(ram.get_permission, permissionArn=DEFAULT)
    assert "AWSRAMDefaultPermissionTransitGateway" in text
    ram.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "b"}])
    ram.untag_resource(resourceArn=arn, tagKeys=["owner"])
    assert ram.get_permission(permissionArn=arn)["permission"]["tags"] == [{"key": "a", "value": "b"}]
