# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who gets into a role, by real STS calls.

The trust policy is the one that a PCI account's switch roles need: named users of one account, MFA at most 15 minutes
old, the session named after the user.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, SPOKE, STRANGER, error_of, refused
from .people import Person, allow, as_credentials, deny, make_role, person, policy, trust, wait

IDENTITY, PCI, OTHER = HUB, SPOKE, STRANGER
FRESH = {
    "Bool": {"aws:MultiFactorAuthPresent": "true"},
    "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "900"},
    "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/alice"},
    "StringLike": {"sts:RoleSessionName": "${aws:username}"},
}
TRUST = (
    trust(f"arn:aws:iam::{IDENTITY}:root", Condition=FRESH),
    trust("*", "Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
)
MAY_SWITCH = policy(allow("sts:AssumeRole", f"arn:aws:iam::{PCI}:role/pci-*"))


@dataclass
class World:
    role: str
    alice: Person
    bob: Person
    eve: Person


@pytest.fixture
def world(emulator):
    return World(
        role=make_role(emulator, PCI, "pci-operator", *TRUST),
        alice=person(emulator, IDENTITY, "alice", mfa=True, may=MAY_SWITCH),
        bob=person(emulator, IDENTITY, "bob", mfa=True, may=MAY_SWITCH),
        eve=person(emulator, OTHER, "alice", mfa=True, may=MAY_SWITCH),
    )


def gets_in(someone: Person, role: str, credentials=None, **parameters) -> bool:
    try:
        made = someone.assume(role, credentials, **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        return False
    assert someone.client("sts", made).get_caller_identity()["Account"] == PCI
    return True


class TestWhoGetsIn:
    def test_the_right_user_with_the_code_of_the_call(self, world):
        assert gets_in(world.alice, world.role, **world.alice.code())

    def test_the_right_user_with_a_session_that_did_mfa(self, world):
        assert gets_in(world.alice, world.role, world.alice.session(**world.alice.code()))

    @pytest.mark.parametrize(("seconds", "admitted"), [(890, True), (910, False)])
    def test_the_age_of_mfa(self, world, seconds, admitted):
        session = world.alice.session(**world.alice.code())
        wait(world.alice.emulator, seconds)
        assert gets_in(world.alice, world.role, session) is admitted

    def test_a_session_without_mfa(self, world):
        assert not gets_in(world.alice, world.role, world.alice.session())

    def test_a_long_term_key(self, world):
        assert not gets_in(world.alice, world.role)

    def test_another_user(self, world):
        assert not gets_in(world.bob, world.role, **world.bob.code())

    def test_another_session_name(self, world):
        assert not gets_in(world.alice, world.role, **world.alice.code(), RoleSessionName="bob")

    def test_another_account(self, world):
        assert not gets_in(world.eve, world.role, **world.eve.code())

    def test_a_user_without_a_policy_of_its_own(self, world):
        """reference_policies_evaluation-logic-cross-account: both accounts have to allow."""
        iam = world.alice.emulator.client(IDENTITY, "iam")
        iam.delete_user_policy(UserName="alice", PolicyName="may")
        assert not gets_in(world.alice, world.role, **world.alice.code())

    def test_the_operator_of_the_emulator(self, world):
        """Administrators of their own account, but no more than that: the role's trust policy holds for them too."""
        operator = world.alice.emulator.client(IDENTITY, "sts")
        assert refused(operator.assume_role, RoleArn=world.role, RoleSessionName="alice") == ("AccessDenied", 403)

    def test_a_role_session_never_did_mfa(self, world):
        """id_credentials_mfa_configure-api-require: AssumeRole's credentials carry none."""
        emulator = world.alice.emulator
        here = make_role(emulator, IDENTITY, "here", trust(world.alice.arn))
        iam = emulator.client(IDENTITY, "iam")
        iam.put_role_policy(RoleName="here", PolicyName="may", PolicyDocument=MAY_SWITCH)
        chained = world.alice.assume(here, **world.alice.code())
        assert not gets_in(world.alice, world.role, chained)

    def test_a_new_user_of_the_same_name(self, world):
        """reference_policies_elements_principal#principal-users: the trust is in the user that was."""
        emulator = world.alice.emulator
        named = make_role(emulator, PCI, "pci-named", trust(world.alice.arn))
        assert gets_in(world.alice, named)
        iam = emulator.client(IDENTITY, "iam")
        iam.deactivate_mfa_device(UserName="alice", SerialNumber=world.alice.serial_number)
        iam.delete_access_key(UserName="alice", AccessKeyId=world.alice.key["aws_access_key_id"])
        iam.delete_user_policy(UserName="alice", PolicyName="may")
        user_id = iam.get_user(UserName="alice")["User"]["UserId"]
        iam.delete_user(UserName="alice")
        assert not gets_in(person(emulator, IDENTITY, "alice", may=MAY_SWITCH), named)
        role = emulator.client(PCI, "iam").get_role(RoleName="pci-named")["Role"]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": user_id}


class TestTraps:
    """What looks like a demand for MFA and is none: reference_policies_condition-keys#condition-keys-mfapresent."""

    @pytest.mark.parametrize(
        ("conditions", "by_key", "by_plain_session"),
        [
            ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False, False),
            ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True, False),
            ({"Null": {"aws:MultiFactorAuthPresent": "false"}}, False, True),
            ({"NumericLessThan": {"aws:MultiFactorAuthAge": "900"}}, False, False),
            ({"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "900"}}, True, True),
        ],
    )
    def test_allow(self, emulator, conditions, by_key, by_plain_session):
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(emulator, PCI, "pci-trap", trust(IDENTITY, Condition=conditions))
        assert gets_in(alice, role) is by_key
        assert gets_in(alice, role, alice.session()) is by_plain_session

    @pytest.mark.parametrize(
        ("conditions", "by_key", "by_plain_session"),
        [
            ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, True, False),
            ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, False, False),
            ({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "900"}}, True, True),
        ],
    )
    def test_deny(self, emulator, conditions, by_key, by_plain_session):
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(emulator, PCI, "pci-trap", trust(IDENTITY), trust("*", "Deny", Condition=conditions))
        assert gets_in(alice, role) is by_key
        assert gets_in(alice, role, alice.session()) is by_plain_session

    def test_mfa_only_on_the_users_policy(self, emulator):
        """API_AssumeRole: in one account a trust policy that names the user is enough."""
        guarded = policy(allow("sts:AssumeRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
        alice = person(emulator, PCI, "alice", may=guarded)
        assert gets_in(alice, make_role(emulator, PCI, "by-name", trust(alice.arn)))
        assert not gets_in(alice, make_role(emulator, PCI, "by-account", trust(PCI)))


class TestRevocation:
    def test_older_sessions_are_refused_and_newer_are_not(self, world):
        """id_roles_use_revoke-sessions: AWSRevokeOlderSessions."""
        emulator = world.alice.emulator
        iam = emulator.client(PCI, "iam")
        iam.attach_role_policy(RoleName="pci-operator", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")

        def revoke() -> None:
            ahead = emulator.control("GET", "settings")["clock_ahead"]
            since = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ahead - 900)
            condition = {"DateLessThan": {"aws:TokenIssueTime": since.strftime("%Y-%m-%dT%H:%M:%SZ")}}
            iam.put_role_policy(
                RoleName="pci-operator",
                PolicyName="AWSRevokeOlderSessions",
                PolicyDocument=policy(deny("*", Condition=condition)),
            )

        old = world.alice.client("ec2", world.alice.assume(world.role, **world.alice.code()))
        revoke()
        assert old.describe_vpcs()["Vpcs"]
        wait(emulator, 960)
        assert old.describe_vpcs()["Vpcs"], "valid for an hour, and nobody has revoked it yet"
        revoke()
        assert refused(old.describe_vpcs) == ("UnauthorizedOperation", 403)
        new = world.alice.client("ec2", world.alice.assume(world.role, **world.alice.code()))
        assert new.describe_vpcs()["Vpcs"]


class TestOneAccount:
    """reference_policies_evaluation-logic_policy-eval-basics, API_AssumeRole"""

    def test_trust_in_the_account_needs_a_policy_too(self, emulator):
        alice = person(emulator, PCI, "alice")
        role = make_role(emulator, PCI, "role", trust(f"arn:aws:iam::{PCI}:root"))
        assert not gets_in(alice, role)
        emulator.client(PCI, "iam").put_user_policy(
            UserName="alice", PolicyName="may", PolicyDocument=policy(allow("sts:AssumeRole", role))
        )
        assert gets_in(alice, role)

    def test_a_policy_alone_is_not_enough(self, emulator):
        alice = person(emulator, PCI, "alice", may=policy(allow("*")))
        bob = person(emulator, PCI, "bob")
        assert not gets_in(alice, make_role(emulator, PCI, "role", trust(bob.arn)))

    def test_an_explicit_deny_of_the_user_wins(self, emulator):
        alice = person(emulator, PCI, "alice", may=policy(deny("sts:*")))
        assert not gets_in(alice, make_role(emulator, PCI, "role", trust(alice.arn)))

    @pytest.mark.parametrize(("named", "admitted"), [("role", False), ("session", True)])
    def test_a_boundary_limits_a_role_that_is_named_but_not_its_session(self, emulator, named, admitted):
        """reference_policies_evaluation-logic_policy-eval-denyallow, "resource-based policies"."""
        iam = emulator.client(PCI, "iam")
        boundary = iam.create_policy(PolicyName="narrow", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
        alice = person(emulator, PCI, "alice")
        first = make_role(emulator, PCI, "first", trust(alice.arn), PermissionsBoundary=boundary)
        names = {"role": first, "session": f"arn:aws:sts::{PCI}:assumed-role/first/alice"}
        second = make_role(emulator, PCI, "second", trust(names[named]))
        assert gets_in(alice, second, alice.assume(first)) is admitted


class TestSessions:
    def test_the_length_of_a_roles_sessions(self, emulator):
        """API_AssumeRole: DurationSeconds"""
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(emulator, PCI, "pci-long", trust(alice.arn), MaxSessionDuration=7200)
        assert alice.assume(role, DurationSeconds=7200)
        assert refused(alice.assume, role_arn=role, DurationSeconds=7201) == ("ValidationError", 400)
        assert refused(alice.assume, role_arn=role, DurationSeconds=43201) == ("ValidationError", 400)

    def test_a_chained_session_lasts_an_hour(self, emulator):
        """id_roles.html#iam-term-role-chaining"""
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        long = make_role(emulator, PCI, "pci-long", trust(IDENTITY), MaxSessionDuration=7200)
        chained = alice.session()
        assert alice.assume(long, chained, DurationSeconds=3600)
        code, message = error_of(alice.assume, role_arn=long, credentials=chained, DurationSeconds=3601)
        assert (code, "role chaining" in message) == ("ValidationError", True)

    def test_a_session_ends(self, emulator):
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(emulator, PCI, "pci-short", trust(IDENTITY))
        made = alice.assume(role, DurationSeconds=900)
        wait(emulator, 890)
        assert alice.client("sts", made).get_caller_identity()
        wait(emulator, 20)
        assert refused(alice.client("sts", made).get_caller_identity) == ("ExpiredToken", 403)
        assert refused(alice.client("ec2", made).describe_vpcs)[0] == "RequestExpired"

    def test_a_session_policy_narrows(self, emulator):
        """access_policies.html#policies_session"""
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(emulator, PCI, "pci-all", trust(IDENTITY))
        iam = emulator.client(PCI, "iam")
        iam.put_role_policy(RoleName="pci-all", PolicyName="all", PolicyDocument=policy(allow("*")))
        made = alice.assume(role, Policy=policy(allow("ec2:DescribeVpcs")))
        assert alice.client("ec2", made).describe_vpcs()
        assert refused(alice.client("ec2", made).describe_subnets) == ("UnauthorizedOperation", 403)

    def test_a_session_policy_narrows_an_administrator(self, emulator):
        operator = emulator.client(IDENTITY, "sts")
        unmade = f"arn:aws:iam::{PCI}:role/unmade"
        read_only = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
        made = operator.assume_role(RoleArn=unmade, RoleSessionName="tests", PolicyArns=read_only)
        ec2 = emulator.plain_client("ec2", **as_credentials(made))
        assert ec2.describe_vpcs()
        assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16") == ("UnauthorizedOperation", 403)

    def test_session_tags_have_to_be_allowed(self, emulator):
        """id_session-tags.html#id_session-tags_permissions-required"""
        alice = person(emulator, IDENTITY, "alice", may=policy(allow("sts:*")))
        plain = make_role(emulator, PCI, "plain", trust(IDENTITY))
        tagged = make_role(emulator, PCI, "tagged", trust(IDENTITY, action=["sts:AssumeRole", "sts:TagSession"]))
        tags = [{"Key": "team", "Value": "cards"}]
        assert not gets_in(alice, plain, Tags=tags)
        assert gets_in(alice, tagged, Tags=tags)

    def test_source_identity_has_to_be_allowed_and_stays(self, emulator):
        """id_credentials_temp_control-access_monitor.html"""
        alice = person(emulator, IDENTITY, "alice", may=policy(allow("sts:*")))
        action = ["sts:AssumeRole", "sts:SetSourceIdentity"]
        first = make_role(emulator, PCI, "first", trust(IDENTITY, action=action))
        named = {"StringEquals": {"aws:SourceIdentity": "alice"}}
        second = make_role(emulator, PCI, "second", trust(first, action=action, Condition=named))
        assert not gets_in(alice, second, alice.assume(first))
        assert gets_in(alice, second, alice.assume(first, SourceIdentity="alice"))

    def test_external_id(self, emulator):
        """id_roles_common-scenarios_third-party.html"""
        alice = person(emulator, IDENTITY, "alice", may=MAY_SWITCH)
        role = make_role(
            emulator, PCI, "pci-partner", trust(IDENTITY, Condition={"StringEquals": {"sts:ExternalId": "x1"}})
        )
        assert not gets_in(alice, role)
        assert not gets_in(alice, role, ExternalId="x2")
        assert gets_in(alice, role, ExternalId="x1")


class TestCodes:
    """API_GetSessionToken; messages as users report them: aws/aws-cli#6325, aws/aws-cli#2279."""

    def test_a_wrong_code(self, world):
        code = world.alice.code()
        code["TokenCode"] = f"{(int(code['TokenCode']) + 1) % 1_000_000:06d}"
        error, message = error_of(world.alice.session, **code)
        assert (error, "invalid MFA one time pass code" in message) == ("AccessDenied", True)

    def test_a_code_is_for_one_use(self, world):
        """RFC 6238, section 5.2"""
        code = world.alice.code()
        assert world.alice.session(**code)
        assert refused(world.alice.session, **code) == ("AccessDenied", 403)

    def test_an_old_code(self, world):
        code = world.alice.code()
        wait(world.alice.emulator, 90)
        assert refused(world.alice.session, **code) == ("AccessDenied", 403)

    def test_another_users_device(self, world):
        error, message = error_of(world.alice.session, **world.bob.code())
        assert (error, "associated with this user" in message) == ("AccessDenied", True)

    def test_half_of_it(self, world):
        code = world.alice.code()
        assert refused(world.alice.session, TokenCode=code["TokenCode"]) == ("AccessDenied", 403)

    def test_a_session_gets_no_session(self, world):
        session = world.alice.session(**world.alice.code())
        assert refused(world.alice.client("sts", session).get_session_token) == ("AccessDenied", 403)

    def test_a_session_without_mfa_cannot_call_iam(self, world):
        emulator = world.alice.emulator
        emulator.client(IDENTITY, "iam").attach_user_policy(
            UserName="alice", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
        )
        assert refused(world.alice.client("iam", world.alice.session()).list_users) == ("InvalidClientTokenId", 403)
        session = world.alice.session(**world.alice.code())
        assert world.alice.client("iam", session).list_users()["Users"]
        assert world.alice.client("iam", session).get_user()["User"]["UserName"] == "alice"

    def test_whose_session_it_is(self, world):
        identity = world.alice.client("sts", world.alice.session()).get_caller_identity()
        assert identity["Arn"] == world.alice.arn

    def test_a_deactivated_device(self, world):
        code = world.alice.code()
        iam = world.alice.emulator.client(IDENTITY, "iam")
        iam.deactivate_mfa_device(UserName="alice", SerialNumber=world.alice.serial_number)
        assert refused(world.alice.session, **code) == ("AccessDenied", 403)


class TestRolesThatNobodyMade:
    def test_they_trust_accounts_not_users(self, emulator):
        alice = person(emulator, IDENTITY, "alice")
        unmade = f"arn:aws:iam::{PCI}:role/OrganizationAccountAccessRole"
        assert not gets_in(alice, unmade)
        iam = emulator.client(IDENTITY, "iam")
        iam.put_user_policy(UserName="alice", PolicyName="may", PolicyDocument=policy(allow("sts:AssumeRole", unmade)))
        made = alice.assume(unmade)
        assert alice.client("iam", made).list_users()["Users"] == []

    def test_a_role_that_was_made_is_not_found_under_another_path_or_after_its_end(self, emulator):
        operator = emulator.client(IDENTITY, "sts")
        make_role(emulator, PCI, "admin", trust(IDENTITY), Path="/pci/")
        arn = f"arn:aws:iam::{PCI}:role/admin"
        assert refused(operator.assume_role, RoleArn=arn, RoleSessionName="tests") == ("AccessDenied", 403)
        arn = f"arn:aws:iam::{PCI}:role/pci/admin"
        assert as_credentials(operator.assume_role(RoleArn=arn, RoleSessionName="tests"))
        emulator.client(PCI, "iam").delete_role(RoleName="admin")
        assert refused(operator.assume_role, RoleArn=arn, RoleSessionName="tests") == ("AccessDenied", 403)
