# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every write of IAM in a guarded account, tried by two administrators.

One has a session of a switch role, the other a role without the boundary under the service control policy. Each write
is allowed on purpose or refused; a write that AWS adds fails the test.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.attacker import WRITES, allowed, client
from tests.contract.pci_cases import switched_on
from tests.contract.test_pci import ADMIN, PCI, Guarded, guarded
from tests.contract.world import World, role
from tests.emulator.conftest import MANAGEMENT, STRANGER, refused
from tests.emulator.people import allow, make_role, policy, trust

__all__ = ["guarded"]

BOUNDARY = f"arn:aws:iam::{PCI}:policy/pci/production-boundary"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
WAY_IN = f"arn:aws:iam::{PCI}:role/break-glass"
HARMLESS = {
    "CreateServiceLinkedRole": "AWS says whom such a role trusts and what it may do",
    "DeleteServiceLinkedRole": "AWS refuses it while the service has need of the role",
    "DeleteServerCertificate": "a certificate of a load balancer lets nobody in",
    "TagServerCertificate": "likewise",
    "UntagServerCertificate": "likewise",
    "UpdateServerCertificate": "likewise",
    "UploadServerCertificate": "likewise",
}
RIGHTS = {
    "AttachRolePolicy": "such a role can do no more than the one that writes",
    "DeleteRolePolicy": "likewise",
    "DetachRolePolicy": "likewise",
    "PutRolePolicy": "likewise",
}
REFUSED = set(
    """
    AcceptDelegationRequest AcquireRole AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup
    AssociateDelegationRequest AttachGroupPolicy AttachUserPolicy ChangePassword CreateAccessKey CreateAccountAlias
    CreateDelegationRequest CreateGroup CreateInstanceProfile CreateLoginProfile CreateOpenIDConnectProvider
    CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceSpecificCredential CreateUser
    CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias DeleteAccountPasswordPolicy
    DeleteGroup DeleteGroupPolicy DeleteInstanceProfile DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy
    DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteSAMLProvider DeleteSSHPublicKey
    DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
    DeleteVirtualMFADevice DetachGroupPolicy DetachUserPolicy DisableOrganizationsRootCredentialsManagement
    DisableOrganizationsRootSessions DisableOutboundWebIdentityFederation EnableMFADevice
    EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation
    PutAccountProperties PutGroupPolicy PutRolePermissionsBoundary PutUserPermissionsBoundary PutUserPolicy
    RejectDelegationRequest RemoveClientIDFromOpenIDConnectProvider RemoveRoleFromInstanceProfile RemoveUserFromGroup
    ResetServiceSpecificCredential ResyncMFADevice SendDelegationToken SetDefaultPolicyVersion
    SetSecurityTokenServicePreferences TagInstanceProfile TagMFADevice TagOpenIDConnectProvider TagPolicy TagRole
    TagSAMLProvider TagUser UntagInstanceProfile UntagMFADevice UntagOpenIDConnectProvider UntagPolicy UntagRole
    UntagSAMLProvider UntagUser UpdateAccessKey UpdateAccountPasswordPolicy UpdateAssumeRolePolicy
    UpdateDelegationRequest UpdateGroup UpdateLoginProfile UpdateOpenIDConnectProviderThumbprint UpdateRole
    UpdateRoleDescription UpdateSAMLProvider UpdateSSHPublicKey UpdateServiceSpecificCredential
    UpdateSigningCertificate UpdateUser UploadSSHPublicKey UploadSigningCertificate
    """.split()
)
# Resources of others: without the boundary, outside the guard's path.
THEIRS = {
    "RoleName": "theirs",
    "UserName": "somebody",
    "GroupName": "somebodies",
    "InstanceProfileName": "theirs",
    "PolicyArn": f"arn:aws:iam::{PCI}:policy/theirs",
    "PolicyName": "theirs",
    "Path": "/",
    "AssumeRolePolicyDocument": policy(trust(STRANGER)),
    "PolicyDocument": policy(allow("*")),
    "AWSServiceName": "ecs.amazonaws.com",
}
# A role with the boundary, or one to be created with it and sessions of 12 hours.
BOUNDED = THEIRS | {"RoleName": "app", "PermissionsBoundary": BOUNDARY, "MaxSessionDuration": 43200}
GUARDS = THEIRS | {
    "RoleName": "auditor",
    "PolicyArn": BOUNDARY,
    "Path": "/pci/",
    "PermissionsBoundary": BOUNDARY,
}


def test_every_write_of_iam_is_judged() -> None:
    assert sorted([*HARMLESS, *RIGHTS, *REFUSED]) == sorted(WRITES)


@pytest.fixture
def there(guarded: Guarded) -> Guarded:
    emulator, iam = guarded.world.emulator, guarded.world.client(PCI, "iam")
    make_role(emulator, PCI, "theirs", trust(PCI))
    make_role(emulator, PCI, "app", trust(PCI), PermissionsBoundary=BOUNDARY)
    make_role(emulator, PCI, "break-glass", trust(PCI), PermissionsBoundary=BOUNDARY)
    for name in ("deployer", "break-glass"):
        if name == "deployer":
            make_role(emulator, PCI, name, trust(guarded.ann.arn))
        iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
    iam.create_user(UserName="somebody")
    return guarded


def may_write(guarded: Guarded, iam: Any, named: dict[str, Any]) -> set[str]:
    made = guarded.world.client(PCI, "iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    return allowed(iam, named | {"DeleteServiceLinkedRole": {"RoleName": made["RoleName"]}})


def administrator(guarded: Guarded, **more: Any) -> dict[str, str]:
    """Run the guard and return the credentials of a session of the switch role admin."""
    guarded.run(break_glass_arns=[WAY_IN, role(PCI)], **more)
    return guarded.ann.assume(ADMIN, **guarded.ann.code())


def test_what_a_session_of_a_switch_role_may_write(there: Guarded) -> None:
    iam = client(there.world.emulator, "iam", administrator(there))
    assert may_write(there, iam, THEIRS) == set(HARMLESS)
    assert may_write(there, iam, BOUNDED) == {*HARMLESS, *RIGHTS}
    assert may_write(there, iam, GUARDS) == set(HARMLESS)
    assert may_write(there, iam, BOUNDED | {"RoleName": "break-glass"}) == set(HARMLESS)


def test_what_others_may_write_under_the_service_control_policy(there: Guarded) -> None:
    """An administrator without the boundary, such as a pipeline's role that somebody took over."""
    iam = client(there.world.emulator, "iam", there.ann.assume(f"arn:aws:iam::{PCI}:role/deployer"))
    assert may_write(there, iam, THEIRS) == {*HARMLESS, *RIGHTS, *REFUSED}, "so far nothing binds it"
    bind(there.world, there.run(break_glass_arns=[WAY_IN, role(PCI)])["service_control_policy"])
    assert may_write(there, iam, THEIRS) == set(HARMLESS)
    assert may_write(there, iam, BOUNDED) == {*HARMLESS, *RIGHTS}
    assert may_write(there, iam, GUARDS) == set(HARMLESS)
    again = there.run(break_glass_arns=[WAY_IN, role(PCI)], revoke_sessions={})
    assert again["plan"] and again["bound_operator"] is None, "the guard still can"


def bind(world: World, document: dict[str, Any]) -> None:
    switched_on(world)
    organizations = world.client(MANAGEMENT, "organizations")
    made = organizations.create_policy(
        Content=json.dumps(document), Description="-", Name="pci", Type="SERVICE_CONTROL_POLICY"
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=PCI)


def test_a_service_control_policy_that_would_bind_its_keeper_is_told(guarded: Guarded) -> None:
    result = guarded.run()
    assert result["bound_operator"] == role(PCI)
    assert [note for note in result["notes"] if f"would bind {role(PCI)}" in note]


@pytest.mark.parametrize(
    "trusted",
    [f"arn:aws:iam::{PCI}:root", f"arn:aws:iam::{PCI}:role/pci/admin", f"arn:aws:sts::{PCI}:assumed-role/admin/ann"],
)
def test_a_session_switches_to_no_other_role(there: Guarded, trusted: str) -> None:
    """The role trusts the account, its roles or the session itself, which a boundary's implicit deny doesn't limit."""
    other = make_role(there.world.emulator, PCI, "unbounded", trust(trusted))
    sts = there.ann.client("sts", administrator(there))
    assert refused(sts.assume_role, RoleArn=other, RoleSessionName="ann") == ("AccessDenied", 403)


def test_a_session_passes_only_the_roles_that_are_named(there: Guarded) -> None:
    emulator = there.world.emulator
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    unbounded = make_role(emulator, PCI, "unbounded", service)
    named = make_role(emulator, PCI, "worker", service, Path="/app/")
    function = {
        "FunctionName": "x",
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": b"not looked at"},
    }
    credentials = administrator(there)
    functions = there.ann.client("lambda", credentials)
    for arn in (unbounded, named):
        assert refused(functions.create_function, **function, Role=arn) == ("AccessDeniedException", 403)
    profile = {"InstanceProfileName": "theirs", "RoleName": "worker"}
    assert (
        refused(client(there.world.emulator, "iam", credentials).add_role_to_instance_profile, **profile)[0]
        == "AccessDenied"
    )
    notes = there.run(break_glass_arns=[WAY_IN, role(PCI)], passable_roles=["app/*"])["notes"]
    assert [note for note in notes if note.startswith(f"{named} may be passed to services")]
    assert refused(functions.create_function, **function, Role=unbounded) == ("AccessDeniedException", 403)
    assert functions.create_function(**function, Role=named)["FunctionArn"]


def test_other_ways_out_are_shut(there: Guarded) -> None:
    credentials = administrator(there)
    for service, operation, parameters in (
        ("organizations", "leave_organization", {}),
        ("account", "put_alternate_contact", dict.fromkeys(("AlternateContactType", "EmailAddress"), "x")),
        ("rolesanywhere", "create_trust_anchor", {"name": "x", "source": {}}),
        ("lightsail", "create_bucket_access_key", {"bucketName": "x"}),
        ("ecs", "execute_command", {"command": "sh", "interactive": True, "task": "x"}),
    ):
        called = getattr(client(there.world.emulator, service, credentials), operation)
        assert refused(called, **parameters)[0].startswith("AccessDenied"), operation
