# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access by real STS calls: users that pci_identity creates, and roles that trust them as a switch role does."""

from __future__ import annotations

import configparser
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.credentials import AssumeRoleProvider
from botocore.exceptions import ClientError
from dateutil.parser import isoparse

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from tests.contract import attacker
from tests.contract.identity_cases import (
    IDENTITY,
    OPTIONS,
    PCI,
    ROLES,
    iam,
    made_by_others,
    much_of_anns,
    register,
)
from tests.contract.world import World
from tests.emulator.people import Person, wait

MODULE = "pci_identity"
USERS = {"ann": "pci/ann", "eve": "staff/eve"}


def code_of(call: Callable[[], Any]) -> str:
    """Return AWS's error code of the call, or "" if it succeeds."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


@dataclass
class Place:
    world: World
    people: dict[str, Person]
    result: dict[str, Any]

    def gets_in(self, name: str, role: str, credentials: Any = None, **more: Any) -> bool:
        code = code_of(lambda: self.people[name].assume(role, credentials, **more))
        assert code in ("", "AccessDenied")
        return not code


@pytest.fixture
def place(world: World) -> Place:
    """Users with a key and no MFA device; roles in the PCI account that trust both, one more than the groups name."""
    made_by_others(world)
    result = world.run(MODULE, IDENTITY, OPTIONS)
    pci = world.client(PCI, "iam")
    for name in (*ROLES, "other"):
        document = trust_policies.policy("aws", IDENTITY, list(USERS.values()), [], 900)
        pci.create_role(RoleName=name, Path="/pci/", AssumeRolePolicyDocument=json.dumps(document))
    people = {}
    for name, path in USERS.items():
        made = iam(world).create_access_key(UserName=name)["AccessKey"]
        key = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        people[name] = Person(world.emulator, IDENTITY, name, f"arn:aws:iam::{IDENTITY}:user/{path}", key)
    return Place(world, people, result)


def registered(place: Place, name: str) -> Person:
    """Register an MFA device as the user, by calls without MFA since no user has a device yet; return the user."""
    person = place.people[name]
    person.serial_number, person.seed = register(place.world, name, person.client("iam"))
    return person


def test_fresh_mfa_opens_exactly_the_declared_roles(place: Place) -> None:
    ann, eve = registered(place, "ann"), registered(place, "eve")
    other = f"arn:aws:iam::{PCI}:role/pci/other"
    opened = {
        (person.name, arn): place.gets_in(person.name, arn, **person.code())
        for person in (ann, eve)
        for arn in (*ROLES.values(), other)
    }
    assert {who for who, is_in in opened.items() if is_in} == {
        *(("ann", arn) for arn in ROLES.values()),
        ("eve", ROLES["auditor"]),
    }


def test_mfa_goes_stale_for_the_groups_policy_alone(place: Place) -> None:
    """The role itself asks for no MFA."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{IDENTITY}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
    pci = place.world.client(PCI, "iam")
    pci.update_assume_role_policy(RoleName="auditor", PolicyDocument=json.dumps(document))
    eve = registered(place, "eve")
    assert not place.gets_in("eve", ROLES["auditor"])
    session = eve.session(**eve.code())
    assert place.gets_in("eve", ROLES["auditor"], session)
    wait(place.world.emulator, 901)
    assert not place.gets_in("eve", ROLES["auditor"], session)


def test_without_mfa_one_can_register_a_device_and_no_more(place: Place) -> None:
    eve = place.people["eve"]
    client = eve.client("iam")
    assert not place.gets_in("eve", ROLES["auditor"])
    refused = {
        "change_password": {"OldPassword": "old", "NewPassword": "Correct-horse-2"},
        "create_access_key": {"UserName": "eve"},
        "list_ssh_public_keys": {"UserName": "eve"},
        "list_users": {},
        "deactivate_mfa_device": {"UserName": "eve", "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/eve"},
    }
    assert {name: code_of(lambda n=name, p=p: getattr(client, n)(**p)) for name, p in refused.items()} == dict.fromkeys(
        refused, "AccessDenied"
    )
    assert code_of(lambda: eve.client("s3").list_buckets()) == "AccessDenied"
    allowed = {"get_user": {"UserName": "eve"}, "list_mfa_devices": {"UserName": "eve"}, "list_virtual_mfa_devices": {}}
    assert {name: code_of(lambda n=name, p=p: getattr(client, n)(**p)) for name, p in allowed.items()} == dict.fromkeys(
        allowed, ""
    )
    assert code_of(lambda: client.create_virtual_mfa_device(VirtualMFADeviceName="ann")) == "AccessDenied"
    register(place.world, "eve", client)


def test_a_stolen_key_registers_no_second_device(place: Place) -> None:
    registered(place, "ann")
    thief = place.people["ann"].client("iam")
    assert code_of(lambda: thief.create_virtual_mfa_device(VirtualMFADeviceName="ann-2")) == "AccessDenied"
    assert code_of(lambda: thief.create_virtual_mfa_device(VirtualMFADeviceName="ann")) == "EntityAlreadyExists"
    serial = place.people["ann"].serial_number
    assert code_of(lambda: thief.deactivate_mfa_device(UserName="ann", SerialNumber=serial)) == "AccessDenied"


NOT_TO_REGISTER = {**OPTIONS, "users": [{**user, "register_mfa": False} for user in OPTIONS["users"]]}


def may_write(place: Place, credentials: Any = None) -> set[str]:
    """Return the write operations of IAM that eve may call, on herself where they are about a user."""
    eve = place.people["eve"]
    named = {
        "UserName": "eve",
        "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/eve",
        "VirtualMFADeviceName": "eve",
        "GroupName": "pci-admins",
        "PolicyArn": f"arn:aws:iam::{IDENTITY}:policy/pci/people-self-service",
        "RoleName": "other",
        "Tags": [{"Key": "closednet:register-mfa", "Value": "yes"}],
        "TagKeys": ["closednet:register-mfa"],
    }
    return attacker.allowed(attacker.client(place.world.emulator, "iam", credentials or eve.key), named)


def test_a_stolen_key_registers_no_first_device_either(place: Place) -> None:
    place.world.run(MODULE, IDENTITY, NOT_TO_REGISTER)
    assert may_write(place) == {"ResyncMFADevice"}, "of a device that shows its codes to nobody else"
    notes = place.world.run(MODULE, IDENTITY, NOT_TO_REGISTER)["notes"]
    assert [note for note in notes if "declare register_mfa for eve" in note]


def test_who_is_to_register_a_first_device_may_do_that_and_no_more(place: Place) -> None:
    assert may_write(place) == {"CreateVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice"}


def test_the_first_device_closes_the_door(place: Place) -> None:
    eve = registered(place, "eve")
    (step,) = place.world.run(MODULE, IDENTITY, OPTIONS)["plan"]
    assert (step["address"], step["after"]) == ("identity_user.eve:register_mfa", {"register_mfa": False})
    assert place.world.run(MODULE, IDENTITY, OPTIONS)["plan"] == []
    assert may_write(place) == {"ResyncMFADevice"}
    session = eve.session(**eve.code())
    assert may_write(place, session) == {
        *("ChangePassword", "CreateVirtualMFADevice", "DeactivateMFADevice", "DeleteSSHPublicKey"),
        *("DeleteVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice", "UpdateSSHPublicKey", "UploadSSHPublicKey"),
    }


def test_nobody_in_the_groups_lets_themselves_register_a_device(place: Place) -> None:
    """Not even with AdministratorAccess."""
    place.world.run(MODULE, IDENTITY, NOT_TO_REGISTER)
    iam(place.world).attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    client = place.people["ann"].client("iam")
    tag = {"Key": "closednet:register-mfa", "Value": "yes"}
    for session in (client, _with_mfa(place)):
        assert code_of(lambda s=session: s.tag_user(UserName="eve", Tags=[tag])) == "AccessDenied"
    assert code_of(lambda: _with_mfa(place).tag_user(UserName="eve", Tags=[{"Key": "team", "Value": "x"}])) == ""


def _with_mfa(place: Place) -> Any:
    ann = place.people["ann"]
    if not ann.seed:
        ann.serial_number, ann.seed = register(place.world, "ann")
    return ann.client("iam", ann.session(**ann.code()))


def test_with_mfa_ones_own_keys_and_nobody_elses(place: Place) -> None:
    ann = registered(place, "ann")
    client = ann.client("iam", ann.session(**ann.code()))
    assert len(client.list_ssh_public_keys(UserName="ann")["SSHPublicKeys"]) == 2
    assert code_of(lambda: client.list_ssh_public_keys(UserName="eve")) == "AccessDenied"
    assert code_of(lambda: client.create_access_key(UserName="ann")) == "AccessDenied"
    assert code_of(
        lambda: client.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    ) == ("AccessDenied")
    options = {**OPTIONS, "self_service": ["access_keys", "password"]}
    place.world.run(MODULE, IDENTITY, options)
    assert code_of(lambda: client.create_access_key(UserName="ann")) == ""
    assert code_of(lambda: client.list_ssh_public_keys(UserName="ann")) == "AccessDenied"


class Prompter:
    """Prompt that answers with a code of the user's device and counts how often it is asked."""

    def __init__(self, person: Person):
        self.person, self.asked = person, 0

    def __call__(self, _prompt: str) -> str:
        self.asked += 1
        return self.person.code()["TokenCode"]


def by_profile(place: Place, person: Person, profile: str, text: str, home: Any, cache: dict[str, Any]) -> Any:
    """Load a profile's credentials like a command of the AWS CLI: botocore, its cache, a prompt.

    Returns (credentials, prompter).
    """
    key = person.key
    own = "\n".join(f"{name} = {value}" for name, value in key.items())
    (home / "config").write_text(f"[profile identity]\n{own}\n\n{text}", encoding="utf-8")
    session = botocore.session.Session(profile=profile)
    session.set_config_variable("config_file", str(home / "config"))
    prompter = Prompter(person)
    provider = AssumeRoleProvider(
        load_config=lambda: session.full_config,
        client_creator=lambda service, **more: place.world.emulator.plain_client(service, **more),
        cache=cache,
        profile_name=profile,
        prompter=prompter,
    )
    return provider.load(), prompter


def _as_if_now(place: Place, cache: dict[str, Any]) -> None:
    """Set the cached sessions' end back to the machine's clock: codes have moved the emulator's clock ahead."""
    ahead = timedelta(seconds=place.world.emulator.control("GET", "settings")["clock_ahead"])
    for cached in cache.values():
        ends = isoparse(str(cached["Credentials"]["Expiration"]))
        cached["Credentials"]["Expiration"] = (ends - ahead).isoformat()


@pytest.mark.parametrize(("seconds", "asked"), [(900, 3), (1800, 1)])
def test_the_profiles_switch_and_how_often_they_ask(place: Place, tmp_path: Any, seconds: int, asked: int) -> None:
    """botocore renews what ends within 15 minutes (botocore/credentials.py, CachedCredentialFetcher), so that a session
    of 900 s is never taken from the cache: github.com/aws/aws-cli/issues/5880.
    """
    eve = registered(place, "eve")
    result = place.world.run(MODULE, IDENTITY, {**OPTIONS, "duration_seconds": seconds})
    text = result["client_profiles"]["eve"]
    parsed = configparser.ConfigParser()
    parsed.read_string(text)
    assert parsed.sections() == ["profile audit"]
    assert parsed["profile audit"]["mfa_serial"] == eve.serial_number
    cache: dict[str, Any] = {}
    counted = 0
    for _command in range(3):
        credentials, prompter = by_profile(place, eve, "audit", text, tmp_path, cache)
        frozen = credentials.get_frozen_credentials()
        counted += prompter.asked
        keys = dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), frozen[:3]))
        arn = place.world.emulator.plain_client("sts", **keys).get_caller_identity()["Arn"]
        assert arn == f"arn:aws:sts::{PCI}:assumed-role/auditor/eve"
        _as_if_now(place, cache)
    assert counted == asked


def test_each_user_has_the_profiles_of_their_groups(place: Place) -> None:
    profiles = place.result["client_profiles"]
    assert [line for line in profiles["ann"].splitlines() if line.startswith("[")] == [
        "[profile admin]",
        "[profile audit]",
        "[profile operator]",
    ]
    assert profiles["eve"] == (
        "[profile audit]\n"
        f"role_arn = {ROLES['auditor']}\n"
        "source_profile = identity\n"
        f"mfa_serial = arn:aws:iam::{IDENTITY}:mfa/eve\n"
        "role_session_name = eve\n"
        "duration_seconds = 900\n"
    )


def test_notes_name_who_has_no_device_or_more_than_declared(place: Place) -> None:
    assert [note for note in place.result["notes"] if "has no MFA device yet" in note] == [
        f"{name} has no MFA device yet, and can do no more than register one, named {name}" for name in ("ann", "eve")
    ]
    much_of_anns(place.world)
    result = place.world.run(MODULE, IDENTITY, OPTIONS)
    (finding,) = result["findings"]
    assert "ann has more than this declares: group others, policy ReadOnlyAccess, inline policy more;" in finding
    assert not [note for note in result["notes"] if note.startswith("ann has no MFA")]


def test_who_is_in_use_goes_only_where_it_is_accepted(place: Place) -> None:
    """Both users have an active key."""
    failure = str(place.world.failure(MODULE, IDENTITY, OPTIONS, state="absent"))
    assert "user/staff/eve is to go, but has the active access key AKIA" in failure and "accept_removal" in failure
    assert place.world.writes == []
    without = {**OPTIONS, "users": OPTIONS["users"][:1]}
    assert "user/staff/eve is to go" in str(place.world.failure(MODULE, IDENTITY, without))
    # A user in accept_removal needs no second confirmation.
    place.world.run(MODULE, IDENTITY, {**without, "accept_removal": ["eve"]})
    assert code_of(lambda: iam(place.world).get_user(UserName="eve")) == "NoSuchEntity"


def test_a_group_and_a_role_to_switch_to_that_are_left_out_go_once_confirmed(world: World) -> None:
    made_by_others(world)
    world.run(MODULE, IDENTITY, OPTIONS)
    admins, _auditors = OPTIONS["groups"]
    users = [{**user, "groups": ["pci-admins"]} for user in OPTIONS["users"]]
    fewer = {**OPTIONS, "groups": [{**admins, "roles": admins["roles"][1:]}], "users": users}
    lost = ["people/iam_group.pci-auditors", f"people/{ROLES['admin']}"]
    refused = str(world.failure(MODULE, IDENTITY, fewer))
    assert [name for name in lost if name not in refused] == [], refused
    assert world.writes == []
    assert world.run(MODULE, IDENTITY, fewer, confirm_removals=lost)["changed"]
    assert world.run(MODULE, IDENTITY, fewer)["plan"] == []


def test_members_of_others_groups_are_let_go_once_confirmed(world: World) -> None:
    """Where the module manages no users, only the group's members tell who was declared."""
    made_by_others(world)
    world.run(MODULE, IDENTITY, UNMANAGED)
    nobody = {**UNMANAGED, "users": []}
    assert "people/pci-auditors/mallory" in str(world.failure(MODULE, IDENTITY, nobody))
    assert world.writes == []
    assert world.run(MODULE, IDENTITY, nobody, confirm_removals=["people/pci-auditors/mallory"])["changed"]


def test_no_secret_is_in_a_result(place: Place) -> None:
    result = place.world.run(MODULE, IDENTITY, OPTIONS)
    for person in place.people.values():
        assert person.key["aws_secret_access_key"] not in json.dumps(result)
        assert person.key["aws_access_key_id"] not in json.dumps(result)


UNMANAGED = {
    **OPTIONS,
    "manage_users": False,
    "accept_removal": [],
    "users": [{"name": "mallory", "path": "/", "groups": ["pci-auditors"]}],
}


def test_users_of_others_are_only_put_into_the_groups(world: World) -> None:
    made_by_others(world)
    failure = world.failure(MODULE, IDENTITY, {**UNMANAGED, "users": [{"name": "nobody", "groups": ["pci-auditors"]}]})
    assert "pci/nobody is to be there (manage_users is false), but there is no such user" in str(failure)
    before = world.contents(IDENTITY, services=["iam"])
    result = world.run(MODULE, IDENTITY, UNMANAGED)
    assert not [step for step in result["plan"] if step["address"].startswith("identity_user.")]
    assert [group["GroupName"] for group in iam(world).list_groups_for_user(UserName="mallory")["Groups"]] == [
        "pci-auditors"
    ]
    assert world.run(MODULE, IDENTITY, UNMANAGED)["plan"] == []
    world.run(MODULE, IDENTITY, UNMANAGED, state="absent")
    assert world.contents(IDENTITY, services=["iam"]) == before
