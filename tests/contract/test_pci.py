# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access to an account that pci_role_guard guards: who can assume its roles, by real STS calls, and for how long."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import guard_policies
from ansible_collections.closednet.aws.plugins.module_utils._resources.iam import session_revocation
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE, STRANGER, refused
from tests.emulator.people import Person, allow, make_role, person, policy, trust, wait

IDENTITY, PCI, OTHER = HUB, SPOKE, STRANGER
ADMIN, AUDITOR = f"arn:aws:iam::{PCI}:role/pci/admin", f"arn:aws:iam::{PCI}:role/pci/auditor"
OPTIONS = {
    "name": "production",
    "identity_account_id": IDENTITY,
    "users": ["ann"],
    "roles": [
        {"name": "admin", "permissions": "admin"},
        {"name": "auditor", "permissions": "auditor", "users": ["eve"], "federated_roles": ["sso"]},
    ],
    "break_glass_users": ["operator"],
}
MAY_SWITCH = policy(allow("sts:AssumeRole", "*"))


@dataclass
class Guarded:
    world: World
    ann: Person
    ben: Person
    eve: Person
    stranger: Person

    def run(self, **more: Any) -> dict[str, Any]:
        return self.world.run("pci_role_guard", PCI, OPTIONS | more)


@pytest.fixture
def guarded(world: World) -> Guarded:
    made = [person(world.emulator, IDENTITY, name, mfa=True, may=MAY_SWITCH) for name in ("ann", "ben", "eve")]
    guarded = Guarded(world, *made, person(world.emulator, OTHER, "ann", mfa=True, may=MAY_SWITCH))
    guarded.run()
    return guarded


def gets_in(someone: Person, role: str = ADMIN, credentials: dict[str, str] | None = None, **parameters: Any) -> bool:
    try:
        someone.assume(role, credentials, **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def stale(someone: Person) -> dict[str, str]:
    session = someone.session(**someone.code())
    wait(someone.emulator, 901)
    return session


WHO_GETS_IN: dict[str, tuple[bool, Callable[[Guarded], bool]]] = {
    "the user, with MFA in the call": (True, lambda g: gets_in(g.ann, **g.ann.code())),
    "the user, with a session of fresh MFA": (True, lambda g: gets_in(g.ann, ADMIN, g.ann.session(**g.ann.code()))),
    "the user of one role, into it": (True, lambda g: gets_in(g.eve, AUDITOR, **g.eve.code())),
    "the user of one role, into another": (False, lambda g: gets_in(g.eve, **g.eve.code())),
    "the user, MFA 901 s old": (False, lambda g: gets_in(g.ann, ADMIN, stale(g.ann))),
    "the user, a session without MFA": (False, lambda g: gets_in(g.ann, ADMIN, g.ann.session())),
    "the user, a long-term key": (False, lambda g: gets_in(g.ann)),
    "the user, under another name": (False, lambda g: gets_in(g.ann, **g.ann.code(), RoleSessionName="ben")),
    "another user": (False, lambda g: gets_in(g.ben, **g.ben.code())),
    "another user, under the user's name": (False, lambda g: gets_in(g.ben, **g.ben.code(), RoleSessionName="ann")),
    "a user of that name of another account": (False, lambda g: gets_in(g.stranger, **g.stranger.code())),
    "the federated role, into its role": (True, lambda g: gets_in(g.ann, AUDITOR, session_of(g, "sso"))),
    "the federated role, into another": (False, lambda g: gets_in(g.ann, ADMIN, session_of(g, "sso"))),
    "another role of the identity account": (False, lambda g: gets_in(g.ann, AUDITOR, session_of(g, "other"))),
}


def session_of(guarded: Guarded, name: str) -> dict[str, str]:
    """Create a role of the identity account and return the credentials of ann's session of it."""
    role = make_role(guarded.world.emulator, IDENTITY, name, trust(guarded.ann.arn))
    iam = guarded.world.client(IDENTITY, "iam")
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=MAY_SWITCH)
    return guarded.ann.assume(role)


@pytest.mark.parametrize("who", WHO_GETS_IN)
def test_who_gets_in(guarded: Guarded, who: str) -> None:
    expected, tries = WHO_GETS_IN[who]
    assert tries(guarded) is expected


def test_a_session_can_not_undo_the_guard(guarded: Guarded) -> None:
    iam = guarded.ann.client("iam", guarded.ann.assume(ADMIN, **guarded.ann.code()))
    make_role(guarded.world.emulator, PCI, "theirs", trust("*"))
    everything = policy(allow("*"))
    boundary = f"arn:aws:iam::{PCI}:policy/pci/production-boundary"
    assert iam.list_users()
    for call, arguments in (
        (iam.create_user, {"UserName": "new"}),
        (iam.create_access_key, {"UserName": "operator"}),
        (iam.update_assume_role_policy, {"RoleName": "admin", "PolicyDocument": policy(trust("*"))}),
        (iam.delete_role_permissions_boundary, {"RoleName": "admin"}),
        (iam.delete_role_policy, {"RoleName": "admin", "PolicyName": guard_policies.REVOCATION}),
        (iam.create_policy_version, {"PolicyArn": boundary, "PolicyDocument": everything}),
        (iam.put_role_policy, {"RoleName": "theirs", "PolicyName": "x", "PolicyDocument": everything}),
        (iam.create_role, {"RoleName": "mine", "AssumeRolePolicyDocument": policy(trust("*"))}),
    ):
        assert refused(call, **arguments) == ("AccessDenied", 403)
    bound = {"PermissionsBoundary": boundary, "AssumeRolePolicyDocument": policy(trust(guarded.ann.arn))}
    assert refused(iam.create_role, RoleName="app", **bound) == ("AccessDenied", 403)


def clock_of(world: World) -> SimpleNamespace:
    """Return a stand-in for the module datetime that follows the emulator's clock."""
    ahead = datetime.timedelta(seconds=world.emulator.control("GET", "settings")["clock_ahead"])

    class Ahead(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime.datetime:
            return datetime.datetime.now(tz) + ahead

    return SimpleNamespace(datetime=Ahead, timedelta=datetime.timedelta, timezone=datetime.timezone)


def now(world: World) -> datetime.datetime:
    return clock_of(world).datetime.now(datetime.timezone.utc)


class Function:
    """Lambda function that the guard created, run here: its code, its variables, and a key with its role's policy."""

    def __init__(self, guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
        self.world, self._monkeypatch = guarded.world, monkeypatch
        (function,) = guarded.world.client(PCI, "lambda").list_functions()["Functions"]
        self._variables, role = function["Environment"]["Variables"], function["Role"].rpartition("/")[2]
        iam = guarded.world.client(PCI, "iam")
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        may = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        self._key = person(guarded.world.emulator, PCI, "stand-in", may=json.dumps(may)).key

    def call(self) -> str:
        for name, value in self._variables.items():
            self._monkeypatch.setenv(name, value)
        own = {"datetime": clock_of(self.world)}
        code: dict[str, Any] = {}
        exec(compile(guard_policies.HANDLER, "index.py", "exec"), code)
        code |= own
        client = boto3.client("iam", REGION, endpoint_url=self.world.emulator.endpoint, **self._key)
        code["boto3"] = SimpleNamespace(client=lambda service: client)
        return code["handler"]({}, None)


@pytest.fixture
def function(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Function:
    guarded.run(revoke_sessions={})
    return Function(guarded, monkeypatch)


def test_the_function_ends_sessions_that_are_older_than_15_minutes(guarded: Guarded, function: Function) -> None:
    old = guarded.ann.client("ec2", guarded.ann.assume(ADMIN, **guarded.ann.code()))
    function.call()
    assert old.describe_vpcs()
    wait(guarded.world.emulator, 870)
    new = guarded.ann.client("ec2", guarded.ann.assume(ADMIN, **guarded.ann.code()))
    wait(guarded.world.emulator, 60)
    assert old.describe_vpcs(), "nobody has revoked it yet"
    function.call()
    assert refused(old.describe_vpcs) == ("UnauthorizedOperation", 403)
    assert new.describe_vpcs()
    assert guarded.run(revoke_sessions={})["plan"] == []


def test_the_function_leaves_the_way_in_for_emergencies_alone(guarded: Guarded, function: Function) -> None:
    emulator = guarded.world.emulator
    way_in = make_role(emulator, PCI, "break-glass", trust(guarded.ann.arn))
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    guarded.world.client(PCI, "iam").attach_role_policy(RoleName="break-glass", PolicyArn=everything)
    emergency = guarded.ann.client("ec2", guarded.ann.assume(way_in))
    wait(emulator, 1800)
    function.call()
    assert emergency.describe_vpcs()


def test_the_function_goes_on_after_a_refusal_and_then_fails(guarded: Guarded, function: Function) -> None:
    iam = guarded.world.client(PCI, "iam")
    for attached in iam.list_attached_role_policies(RoleName="admin")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="admin", PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName="admin")
    with pytest.raises(RuntimeError, match="admin: An error occurred"):
        function.call()
    assert iam.list_role_policies(RoleName="auditor")["PolicyNames"] == [guard_policies.REVOCATION]


def test_the_functions_role_writes_to_no_other_role(guarded: Guarded, function: Function) -> None:
    make_role(guarded.world.emulator, PCI, "other", trust("*"))
    iam = boto3.client("iam", REGION, endpoint_url=guarded.world.emulator.endpoint, **function._key)
    for role in ("other", "production-revoker"):
        arguments = {"RoleName": role, "PolicyName": "x", "PolicyDocument": policy(allow("*"))}
        assert refused(iam.put_role_policy, **arguments) == ("AccessDenied", 403)


def test_a_schedule_that_does_not_do_its_work_is_told(
    guarded: Guarded, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    def findings() -> list[str]:
        monkeypatch.setattr(session_revocation, "_now", lambda: now(guarded.world))
        found = guarded.run(revoke_sessions={})["findings"]
        return [finding for finding in found if finding.startswith("sessions of role")]

    assert findings() == [], "they have no older sessions than themselves"
    wait(guarded.world.emulator, 1560)
    assert [finding.split(":")[0] for finding in findings()] == [
        "sessions of role admin are not ended so far",
        "sessions of role auditor are not ended so far",
    ]
    function.call()
    assert findings() == []
    wait(guarded.world.emulator, 660)
    assert len(findings()) == 2 and "those that began before" in findings()[0]


def test_runs_end_older_sessions_where_they_renew_it(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    by_run = {"revoke_sessions": {"by": "run"}}
    old = guarded.ann.client("ec2", guarded.ann.assume(ADMIN, **guarded.ann.code()))
    result = guarded.run(**by_run)
    assert [step["address"] for step in result["plan"]] == ["session_revocation.admin", "session_revocation.auditor"]
    assert guarded.world.writes == ["PutRolePolicy", "PutRolePolicy"]
    assert old.describe_vpcs()
    assert guarded.run(**by_run)["plan"] == [], "it comes too soon"
    wait(guarded.world.emulator, 960)
    monkeypatch.setattr(session_revocation, "_now", lambda: now(guarded.world))
    (first, _second) = guarded.run(**by_run)["plan"]
    assert first["action"] == "change" and first["before"]["moment"] < first["after"]["moment"]
    assert refused(old.describe_vpcs) == ("UnauthorizedOperation", 403)
    assert guarded.world.client(PCI, "lambda").list_functions()["Functions"] == []


def test_what_a_schedule_needed_goes_with_it(guarded: Guarded, function: Function) -> None:
    """Without a schedule nothing ends sessions, so a misspelt option must not delete it."""
    roles = [f"production/iam_role.production-{role}" for role in ("revoker", "revoker-schedule")]
    refused = str(guarded.world.failure("pci_role_guard", PCI, OPTIONS))
    assert [name for name in roles if name not in refused] == [] and guarded.world.writes == []
    plan = guarded.run(confirm_removals=roles)["plan"]
    removed = [step["address"] for step in plan if step["action"] == "delete"]
    assert sorted(removed) == [
        "iam_role.production-revoker",
        "iam_role.production-revoker-schedule",
        "lambda_function.closednet-pci-production",
        "schedule.closednet-pci-production",
    ]


@pytest.mark.parametrize("way", ["role", "user"])
def test_it_does_not_lock_out_who_runs_it(guarded: Guarded, way: str) -> None:
    world = guarded.world
    there = world.contents(PCI)
    if way == "role":
        keys = guarded.ann.assume(ADMIN, **guarded.ann.code())
        text = "the boundary of admin lets nobody change the guard"
    else:
        keys = person(world.emulator, PCI, "keeper", may=policy(allow("*"))).key
        there = world.contents(PCI)
        text = "keeper, which would be deactivated"
    own = {
        "access_key": keys["aws_access_key_id"],
        "secret_key": keys["aws_secret_access_key"],
        "session_token": keys.get("aws_session_token"),
        "assume_role_arn": None,
    }
    for state in ("present", "absent") if way == "role" else ("present",):
        more = {"iam_users": "deactivate", "state": state} | own
        options = OPTIONS if state == "present" else {"name": "production"}
        failure = world.failure("pci_role_guard", PCI, options, **more)
        assert text in str(failure) and "Nothing was written" in str(failure)
        assert world.writes == []
    assert world.contents(PCI) == there


def test_the_root_user_is_noted(guarded: Guarded) -> None:
    assert "the root user has no MFA device" in guarded.run()["notes"]
