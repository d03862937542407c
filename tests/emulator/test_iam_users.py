# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users, their credentials, roles' settings, and the account's reports. The pages named are IAM's API reference's."""

from __future__ import annotations

import csv
import datetime

import pytest

from .conftest import HUB, SPOKE, SPOKE_2, STRANGER, refused
from .people import allow, make_role, one_time_password, person, policy, trust


@pytest.fixture
def iam(client):
    return client(SPOKE, "iam")


def report(iam):
    """{user: row}"""
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    answer = iam.get_credential_report()
    assert answer["ReportFormat"] == "text/csv"
    return {row["user"]: row for row in csv.DictReader(answer["Content"].decode().splitlines())}


class TestMfaDevices:
    """API_EnableMFADevice, API_ListVirtualMFADevices, API_DeleteVirtualMFADevice"""

    def device(self, iam):
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
        return device["SerialNumber"], device["Base32StringSeed"].decode()

    def codes(self, seed, *steps):
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        codes = [one_time_password(seed, now + 30 * step) for step in steps]
        return {f"AuthenticationCode{number}": code for number, code in enumerate(codes, 1)}

    def test_two_codes_in_a_row(self, iam):
        iam.create_user(UserName="alice")
        serial_number, seed = self.device(iam)
        device = {"UserName": "alice", "SerialNumber": serial_number}
        for steps in ((0, 0), (0, -1), (-1, 1), (-20, -19)):
            assert refused(iam.enable_mfa_device, **device, **self.codes(seed, *steps)) == (
                "InvalidAuthenticationCode",
                403,
            )
        assert iam.list_mfa_devices(UserName="alice")["MFADevices"] == []
        iam.enable_mfa_device(**device, **self.codes(seed, -1, 0))
        assert iam.list_mfa_devices(UserName="alice")["MFADevices"][0]["SerialNumber"] == serial_number

    def test_a_device_is_one_users(self, emulator, iam):
        alice = person(emulator, SPOKE, "alice", mfa=True)
        iam.create_user(UserName="bob")
        device = {"UserName": "bob", "SerialNumber": alice.serial_number}
        assert refused(iam.enable_mfa_device, **device, **self.codes(alice.seed, -1, 0)) == ("EntityAlreadyExists", 409)
        device["SerialNumber"] = f"arn:aws:iam::{SPOKE}:mfa/none"
        assert refused(iam.enable_mfa_device, **device, **self.codes(alice.seed, -1, 0)) == ("NoSuchEntity", 404)

    def test_lists(self, emulator, iam):
        alice = person(emulator, SPOKE, "alice", mfa=True)
        spare, _ = self.device(iam)
        listed = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
        assert [(each["SerialNumber"], each["User"]["UserName"]) for each in listed] == [(alice.serial_number, "alice")]
        assert "Base32StringSeed" not in listed[0], "the seed is shown once, when the device is made"
        listed = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
        assert [each["SerialNumber"] for each in listed] == [spare]

    def test_a_device_in_use_stays(self, emulator, iam):
        alice = person(emulator, SPOKE, "alice", mfa=True)
        device = {"SerialNumber": alice.serial_number}
        assert refused(iam.delete_virtual_mfa_device, **device) == ("DeleteConflict", 409)
        iam.deactivate_mfa_device(UserName="alice", **device)
        iam.delete_virtual_mfa_device(**device)
        assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []

    def test_own_devices(self, emulator):
        """A user may manage its own, as id_credentials_mfa's policies let it."""
        own = allow(
            ["iam:*MFADevice*", "iam:GetUser"],
            [f"arn:aws:iam::{SPOKE}:{kind}/${{aws:username}}" for kind in ("mfa", "user")],
        )
        alice = person(emulator, SPOKE, "alice", may=policy(own))
        iam = alice.client("iam")
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
        codes = self.codes(made["Base32StringSeed"].decode(), -1, 0)
        iam.enable_mfa_device(UserName="alice", SerialNumber=made["SerialNumber"], **codes)
        assert iam.list_mfa_devices()["MFADevices"]
        assert refused(iam.create_virtual_mfa_device, VirtualMFADeviceName="bob") == ("AccessDenied", 403)


class TestPasswords:
    """API_CreateLoginProfile, API_GetAccountPasswordPolicy"""

    def test_login_profiles(self, iam):
        iam.create_user(UserName="alice")
        assert refused(iam.get_login_profile, UserName="alice") == ("NoSuchEntity", 404)
        iam.create_login_profile(UserName="alice", Password="Correct-Horse-1", PasswordResetRequired=True)
        assert iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is True
        iam.update_login_profile(UserName="alice", Password="Correct-Horse-2")
        assert iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is True
        iam.delete_login_profile(UserName="alice")
        assert refused(iam.get_login_profile, UserName="alice") == ("NoSuchEntity", 404)

    def test_the_accounts_policy(self, iam, client):
        assert refused(iam.get_account_password_policy) == ("NoSuchEntity", 404)
        wanted = {
            "MinimumPasswordLength": 12,
            "RequireSymbols": True,
            "MaxPasswordAge": 90,
            "PasswordReusePrevention": 4,
        }
        iam.update_account_password_policy(**wanted)
        found = iam.get_account_password_policy()["PasswordPolicy"]
        assert {name: found[name] for name in wanted} == wanted
        assert found["ExpirePasswords"] is True
        assert refused(client(SPOKE_2, "iam").get_account_password_policy) == ("NoSuchEntity", 404)

    def test_passwords_follow_it(self, iam):
        iam.create_user(UserName="alice")
        iam.update_account_password_policy(MinimumPasswordLength=12, RequireSymbols=True)
        for password in ("Short-1", "NoSymbolInThisOne1"):
            call = {"UserName": "alice", "Password": password}
            assert refused(iam.create_login_profile, **call) == ("PasswordPolicyViolation", 400)
        assert iam.create_login_profile(UserName="alice", Password="long-enough-and-more")


class TestRoles:
    def test_session_durations(self, iam, emulator):
        """API_UpdateRole: 3600 to 43200, and an hour if not given; the description stays."""
        make_role(emulator, SPOKE, "role", trust(SPOKE), Description="what it is for", MaxSessionDuration=7200)
        iam.update_role(RoleName="role", MaxSessionDuration=3600)
        role = iam.get_role(RoleName="role")["Role"]
        assert (role["MaxSessionDuration"], role["Description"]) == (3600, "what it is for")
        assert refused(iam.update_role, RoleName="role", MaxSessionDuration=43201) == ("ValidationError", 400)
        listed = iam.list_roles()["Roles"]
        assert [each["MaxSessionDuration"] for each in listed if each["RoleName"] == "role"] == [3600]

    def test_who_may_be_trusted(self, iam, emulator):
        """troubleshoot_roles: "Invalid principal in policy"; a user that is not there cannot be trusted."""
        alice = person(emulator, HUB, "alice")
        make_role(emulator, SPOKE, "role", trust(alice.arn))
        for missing in (f"arn:aws:iam::{HUB}:user/nobody", f"arn:aws:iam::{HUB}:group/g", "alice"):
            call = {"RoleName": "role", "PolicyDocument": policy(trust(missing))}
            assert refused(iam.update_assume_role_policy, **call) == ("MalformedPolicyDocument", 400)
        iam.update_assume_role_policy(RoleName="role", PolicyDocument=policy(trust([alice.arn, STRANGER])))
        statement = iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
        assert statement["Principal"]["AWS"] == [alice.arn, STRANGER]

    def test_boundaries(self, iam, emulator):
        """API_PutRolePermissionsBoundary, API_DeletePolicy"""
        make_role(emulator, SPOKE, "role", trust(SPOKE))
        arn = iam.create_policy(PolicyName="narrow", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
        missing = {"RoleName": "role", "PermissionsBoundary": f"{arn}-not"}
        assert refused(iam.put_role_permissions_boundary, **missing) == ("NoSuchEntity", 404)
        iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=arn)
        boundary = iam.get_role(RoleName="role")["Role"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"] == arn
        assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
        iam.delete_role_permissions_boundary(RoleName="role")
        iam.delete_policy(PolicyArn=arn)

    def test_sizes(self, iam, emulator):
        """reference_iam-quotas: without white space"""
        long = f"arn:aws:s3:::{'x' * 60}"
        make_role(emulator, SPOKE, "role", trust(SPOKE))
        iam.create_user(UserName="alice")
        big_trust = policy(trust(SPOKE, Condition={"StringLike": {"aws:PrincipalArn": [long] * 30}}))
        for call, parameters in (
            (iam.update_assume_role_policy, {"RoleName": "role", "PolicyDocument": big_trust}),
            (
                iam.put_role_policy,
                {"RoleName": "role", "PolicyName": "p", "PolicyDocument": policy(allow("s3:*", [long] * 150))},
            ),
            (
                iam.put_user_policy,
                {"UserName": "alice", "PolicyName": "p", "PolicyDocument": policy(allow("s3:*", [long] * 30))},
            ),
            (iam.create_policy, {"PolicyName": "p", "PolicyDocument": policy(allow("s3:*", [long] * 90))}),
        ):
            assert refused(call, **parameters) == ("LimitExceeded", 409)
        assert iam.list_policies(Scope="Local")["Policies"] == []


class TestManagedPolicies:
    def test_aws_managed(self, iam, emulator):
        arn = "arn:aws:iam::aws:policy/SecurityAudit"
        assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "SecurityAudit"
        make_role(emulator, SPOKE, "auditor", trust(SPOKE))
        iam.attach_role_policy(RoleName="auditor", PolicyArn=arn)
        iam.attach_role_policy(RoleName="auditor", PolicyArn=arn)
        attached = iam.list_attached_role_policies(RoleName="auditor")["AttachedPolicies"]
        assert attached == [{"PolicyName": "SecurityAudit", "PolicyArn": arn}]
        unknown = {"RoleName": "auditor", "PolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}
        assert refused(iam.attach_role_policy, **unknown) == ("NoSuchEntity", 404)
        listed = iam.get_paginator("list_policies").paginate(Scope="AWS").build_full_result()["Policies"]
        assert arn in {policy["Arn"] for policy in listed}


class TestAccounts:
    def test_summaries_are_each_accounts_own(self, emulator, client):
        """API_GetAccountSummary"""
        person(emulator, SPOKE, "alice", mfa=True)
        summary = client(SPOKE, "iam").get_account_summary()["SummaryMap"]
        assert (summary["Users"], summary["MFADevices"], summary["MFADevicesInUse"]) == (1, 1, 1)
        assert (summary["AccountAccessKeysPresent"], summary["AccountMFAEnabled"]) == (0, 0)
        summary = client(SPOKE_2, "iam").get_account_summary()["SummaryMap"]
        assert (summary["Users"], summary["MFADevices"]) == (0, 0)

    def test_the_credential_report(self, emulator, iam, client):
        """id_credentials_getting-report"""
        assert refused(iam.get_credential_report) == ("ReportNotPresent", 410)
        alice = person(emulator, SPOKE, "alice", mfa=True)
        iam.create_user(UserName="bob")
        iam.create_login_profile(UserName="bob", Password="Correct-Horse-1")
        alice.client("sts").get_caller_identity()
        rows = report(iam)
        assert list(rows) == ["<root_account>", "alice", "bob"]
        assert rows["<root_account>"]["arn"] == f"arn:aws:iam::{SPOKE}:root"
        assert rows["<root_account>"]["access_key_1_active"] == "false"
        assert (rows["alice"]["mfa_active"], rows["bob"]["mfa_active"]) == ("true", "false")
        assert (rows["alice"]["access_key_1_active"], rows["bob"]["access_key_1_active"]) == ("true", "false")
        assert rows["alice"]["access_key_1_last_used_service"] == "sts"
        made = iam.get_credential_report()["GeneratedTime"]
        iam.create_user(UserName="carol")
        assert "carol" not in report(iam) and iam.get_credential_report()["GeneratedTime"] == made
        assert (rows["alice"]["password_enabled"], rows["bob"]["password_enabled"]) == ("false", "true")
        assert (rows["alice"]["password_last_used"], rows["bob"]["password_last_used"]) == ("N/A", "no_information")
        assert list(report(client(SPOKE_2, "iam"))) == ["<root_account>"]

    def test_the_use_of_a_key(self, emulator, iam):
        """API_GetAccessKeyLastUsed"""
        alice = person(emulator, SPOKE, "alice")
        key_id = alice.key["aws_access_key_id"]
        unused = iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
        assert ("LastUsedDate" in unused, unused["ServiceName"]) == (False, "N/A")
        alice.client("sts").get_caller_identity()
        used = iam.get_access_key_last_used(AccessKeyId=key_id)
        assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "sts")


class TestUsers:
    def test_ssh_public_keys(self, iam):
        """API_UploadSSHPublicKey"""
        iam.create_user(UserName="alice")
        body = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 alice"
        made = iam.upload_ssh_public_key(UserName="alice", SSHPublicKeyBody=body)["SSHPublicKey"]
        key = {"UserName": "alice", "SSHPublicKeyId": made["SSHPublicKeyId"]}
        iam.update_ssh_public_key(**key, Status="Inactive")
        assert iam.list_ssh_public_keys(UserName="alice")["SSHPublicKeys"][0]["Status"] == "Inactive"
        assert iam.get_ssh_public_key(**key, Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == body
        iam.delete_ssh_public_key(**key)
        assert iam.list_ssh_public_keys(UserName="alice")["SSHPublicKeys"] == []

    def test_what_is_left_of_a_user_keeps_it(self, emulator, iam):
        """API_DeleteUser"""
        alice = person(emulator, SPOKE, "alice", mfa=True, may=policy(allow("s3:*")))
        iam.create_login_profile(UserName="alice", Password="Correct-Horse-1")
        iam.create_group(GroupName="people")
        iam.add_user_to_group(GroupName="people", UserName="alice")
        user = {"UserName": "alice"}
        for undo in (
            lambda: iam.delete_access_key(**user, AccessKeyId=alice.key["aws_access_key_id"]),
            lambda: iam.delete_login_profile(**user),
            lambda: iam.deactivate_mfa_device(**user, SerialNumber=alice.serial_number),
            lambda: iam.remove_user_from_group(**user, GroupName="people"),
            lambda: iam.delete_user_policy(**user, PolicyName="may"),
        ):
            assert refused(iam.delete_user, **user) == ("DeleteConflict", 409)
            undo()
        iam.delete_user(**user)
        assert iam.list_users()["Users"] == []

    def test_at_most_two_keys(self, emulator, iam):
        person(emulator, SPOKE, "alice")
        iam.create_access_key(UserName="alice")
        assert refused(iam.create_access_key, UserName="alice") == ("LimitExceeded", 409)
        assert len(iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]) == 2


def test_the_accounts_details(emulator, iam):
    """API_GetAccountAuthorizationDetails"""
    alice = person(emulator, SPOKE, "alice", may=policy(allow("s3:*")))
    make_role(emulator, SPOKE, "auditor", trust(alice.arn))
    iam.attach_role_policy(RoleName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    own = iam.create_policy(PolicyName="narrow", PolicyDocument=policy(allow("ec2:*")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=own)
    iam.put_role_permissions_boundary(RoleName="auditor", PermissionsBoundary=own)
    details = iam.get_account_authorization_details()
    user, role = details["UserDetailList"][0], details["RoleDetailList"][0]
    assert (user["UserName"], user["UserPolicyList"][0]["PolicyName"]) == ("alice", "may")
    assert user["AttachedManagedPolicies"] == [{"PolicyName": "narrow", "PolicyArn": own}]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": alice.arn}
    assert role["AttachedManagedPolicies"][0]["PolicyName"] == "SecurityAudit"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == own
    documents = {found["PolicyName"]: found["PolicyVersionList"][0]["Document"] for found in details["Policies"]}
    assert documents["narrow"]["Statement"][0]["Action"] == "ec2:*"
    only_local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [found["PolicyName"] for found in only_local["Policies"]] == ["narrow"]
