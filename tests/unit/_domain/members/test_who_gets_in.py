# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who gets into an account: by declared and undeclared ways, and what isn't known is never reported as nobody."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.members.who_gets_in import who_gets_in

CENTER, ALPHA, CARDS, IDENTITY = "999999999999", "222222222222", "444444444444", "777777777777"
SETS = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/"
IN_GROUPS = {"identity_center": ["management"], "pci": ["cards"], "identity": ["people"]}


def assignment(name="developers", principal="alpha-team", account=ALPHA, kind="GROUP", id_=None):
    return {
        "account_id": account,
        "permission_set": name,
        "permission_set_arn": SETS + name,
        "principal_type": kind,
        "principal_id": id_ or f"id-{principal}",
        "principal": principal,
    }


def entitlement(role="app", principal="alpha-team", account=ALPHA, kind="GROUP"):
    return {
        "entitlement_id": "e-1",
        "application_arn": "arn",
        "account_id": account,
        "role_arn": f"arn:aws:iam::{account}:role/{role}",
        "principal_type": kind,
        "principal_id": f"id-{principal}",
        "principal": principal,
    }


def group(name, users, external=False):
    return {"group_id": f"id-{name}", "name": name, "external": external, "users": users}


def permission_set(name="developers", accounts=(ALPHA,), outdated=(), managed_by="account_members/members"):
    return {
        "name": name,
        "permission_set_arn": SETS + name,
        "managed_by": managed_by,
        "account_ids": list(accounts),
        "outdated_account_ids": list(outdated),
    }


def status(**more):
    return {
        "assignments": [assignment()],
        "entitlements": [],
        "groups": [group("alpha-team", ["ana", "bo"])],
        "users": [
            {"user_id": "u-1", "name": "ana", "status": "ENABLED", "external": False},
            {"user_id": "u-2", "name": "bo", "status": "DISABLED", "external": False},
        ],
        "permission_sets": [permission_set()],
        "unread": {},
        **more,
    }


def found(read=None, center=None, alpha=None, groups=None, **hosts):
    management = {"account_id": CENTER, "account_members_status": status() if read is None else read, **(center or {})}
    account = {"account_id": ALPHA, "members": {"developers": ["alpha-team"]}, **(alpha or {})}
    return who_gets_in({"management": management, "alpha": account, **hosts}, groups or IN_GROUPS)


def of(result, host="alpha"):
    (account,) = [one for one in result["accounts"] if one["host"] == host]
    return account


def test_exactly_who_is_declared_gets_in():
    result = found()
    assert (result["problems"], result["unknown"]) == ([], [])
    assert of(result)["people"] == {"ana": ["developers"], "bo (disabled)": ["developers"]}
    (way,) = of(result)["ways"]
    assert way == {
        "by": "permission_set",
        "role": "developers",
        "group": "alpha-team",
        "people": ["ana", "bo (disabled)"],
        "declared_by": "members",
    }
    assert of(result, "management")["ways"] == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"assignments": []}, ["group alpha-team is declared for the permission set developers, and doesn't get in"]),
        (
            {"assignments": [assignment(), assignment(principal="strangers")], "groups": [group("strangers", ["eve"])]},
            ["group strangers gets in by the permission set developers, and nothing declares it"],
        ),
        (
            {"assignments": [assignment(), assignment("admins")]},
            ["group alpha-team gets in by the permission set admins, and nothing declares it"],
        ),
        (
            {"assignments": [assignment(), assignment(principal="eve", kind="USER")]},
            ["user eve gets in by the permission set developers, and nothing declares it"],
        ),
        (
            {"entitlements": [entitlement()]},
            ["group alpha-team gets in by the entitlement to the role app, and nothing declares it"],
        ),
        (
            {"groups": [group("alpha-team", ["ana"]), group("alpha-team", ["eve"])]},
            ["alpha-team gets in by the permission set developers, and 2 groups have this name"],
        ),
        (
            {"permission_sets": [permission_set(outdated=[ALPHA])]},
            ["has an earlier version of the permission set developers"],
        ),
    ],
)
def test_what_is_a_problem(more, told):
    result = found(status(**more))
    assert [text for text in of(result)["problems"] if text in told] == told
    assert [f"alpha: {text}" for text in told] == [text for text in result["problems"] if text[7:] in told]


def test_members_of_a_declared_group():
    """A group of an identity provider is its own matter; one that the inventory declares has exactly its users."""
    result = found(center={"account_members_groups": {"alpha-team": {"users": ["ana", "ida"]}}})
    assert of(result)["problems"] == [
        "bo is a member of alpha-team, and nothing declares it",
        "ida is declared as a member of alpha-team, and isn't",
    ]
    assert found(center={"account_members_groups": {"alpha-team": {"users": ["ana", "bo"]}}})["problems"] == []


def test_what_others_assign_is_declared_as_such():
    read = status(
        assignments=[assignment(), assignment("admins", "platform"), assignment("admins", "eve", kind="USER")]
    )
    known = {"members_of_others": {"admins": ["platform", "user/eve"]}}
    result = found(read, alpha=known)
    assert {way["declared_by"] for way in of(result)["ways"]} == {"members", "members_of_others"}
    # The group platform's members weren't read.
    assert result["problems"] == [] and len(of(result)["unknown"]) == 1


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ({"failed": True, "msg": "AccessDenied"}, "management: IAM Identity Center wasn't read: AccessDenied"),
        ({}, "management: IAM Identity Center wasn't read: not looked at"),
        (
            status(unread={"users": "identitystore:ListUsers is denied"}),
            "management: users: identitystore:ListUsers is",
        ),
        (status(groups=[group("alpha-team", None)]), "alpha: the members of alpha-team, who get in by"),
        (status(assignments=[assignment(principal=None, id_="g-9")]), "alpha: group g-9 gets in by the permission set"),
    ],
)
def test_what_was_not_read_is_unknown(read, told):
    unknown = found(read)["unknown"]
    assert [text for text in unknown if text.startswith(told)], unknown


def test_nobody_looked():
    assert "the group identity_center has no host" in found(groups={"pci": []})["unknown"][0]


def test_a_missing_assignment_among_others_that_were_not_read_is_unknown():
    result = found(status(assignments=[], unread={f"assignments of developers in {ALPHA}": "denied"}))
    assert result["problems"] == [] and len(of(result)["unknown"]) == 1


def test_accounts_that_no_host_declares():
    elsewhere = "555555555555"
    ours = assignment(account=elsewhere)
    theirs = assignment("admins", account=elsewhere)
    sets = [permission_set(), permission_set("admins", managed_by=None)]
    result = found(status(assignments=[assignment(), ours, theirs], permission_sets=sets))
    assert [one["account_id"] for one in result["others"]] == [elsewhere]
    # A set of others in an account of others is nobody's matter here.
    assert result["problems"] == [
        f"{elsewhere}: group alpha-team gets in by the permission set developers, and nothing declares it"
    ]


def test_entitlements():
    read = status(assignments=[], entitlements=[entitlement("team/app")], permission_sets=[])
    center = {"account_members_backend": "entitlement"}
    assert found(read, center, {"members": {"team/app": ["alpha-team"]}})["problems"] == []
    assert len(found(read, center, {"members": {"app": ["alpha-team"]}})["problems"]) == 2
    # A set's name declares no entitlement.
    assert len(found(read, {}, {"members": {"team/app": ["alpha-team"]}})["problems"]) == 2


def test_a_set_that_nobody_is_assigned_to_stays_as_a_role():
    account = of(found(status(permission_sets=[permission_set(), permission_set("old")])))
    assert account["notes"] == ["has the role of the permission set old, to which nobody is assigned"]


def role(name="operator", principals=(), accounts=(), federated=(), path="pci/"):
    return {
        "role_name": name,
        "role_arn": f"arn:aws:iam::{CARDS}:role/{path}{name}",
        "principals": list(principals),
        "whole_accounts": list(accounts),
        "federated": list(federated),
    }


ANN = f"arn:aws:iam::{IDENTITY}:user/pci/ann"
FROM_SET = f"arn:aws:iam::{IDENTITY}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_developers_*"
PEOPLE = {
    "account_id": IDENTITY,
    "pci_people_users": [{"name": "ann", "groups": ["operators"]}],
    "pci_people_groups": [
        {"name": "operators", "roles": [{"role_arn": f"arn:aws:iam::{CARDS}:role/pci/operator"}]},
    ],
}


def cards(*roles, users=(), **more):
    return {
        "account_id": CARDS,
        "pci_account_identity_account_id": IDENTITY,
        "pci_account_users": ["pci/ann"],
        "pci_account_roles": [{"name": "operator", "federated_roles": [FROM_SET.partition(":role/")[2]]}],
        "pci_ways_in_result": {"ways_in": {"roles": list(roles), "users": list(users)}},
        **more,
    }


def of_cards(*roles, **more):
    result = found(people=PEOPLE, cards=cards(*roles, **more))
    account = of(result, "cards")
    return account["ways"], [*account["problems"], *(f"? {text}" for text in account["unknown"])]


def test_people_who_switch():
    ways, told = of_cards(role(principals=[ANN]))
    assert [(way["group"], way["people"], way["declared_by"]) for way in ways] == [
        ("operators", ["ann"], "pci_account_users")
    ]
    assert told == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (role(principals=[ANN.replace("ann", "eve")]), "eve gets in by the role operator"),
        (role(principals=[ANN.replace(IDENTITY, ALPHA)]), "ann gets in by the role operator"),
        (role("other", principals=[ANN]), "ann gets in by the role other"),
        (role(principals=[f"arn:aws:iam::{IDENTITY}:user/pci/*"]), f"arn:aws:iam::{IDENTITY}:user/pci/* gets in"),
        (role(principals=[f"arn:aws:iam::{ALPHA}:role/ci"]), f"arn:aws:iam::{ALPHA}:role/ci gets in by the role"),
        (role(accounts=[CENTER]), f"anybody of the account {CENTER} gets in by the role operator"),
        (role(accounts=["*"]), "anybody of any account gets in by the role operator"),
        (
            role(federated=["arn:aws:iam::1:saml-provider/x"]),
            "whom the identity provider arn:aws:iam::1:saml-provider/x",
        ),
    ],
)
def test_who_switches_without_being_declared(given, told):
    _ways, texts = of_cards(given)
    assert len(texts) == 1 and texts[0].startswith(told) and texts[0].endswith("and nothing declares it")


def test_roles_for_emergencies_and_of_applications():
    keeper = role("OrganizationAccountAccessRole", accounts=[CENTER])
    robot = role("robot", principals=[f"arn:aws:iam::{ALPHA}:role/ci"])
    apart = {"pci_break_glass_roles": [keeper["role_name"]], "pci_application_roles": ["robot"]}
    ways, told = of_cards(keeper, robot, **apart)
    assert told == [] and {way["declared_by"] for way in ways} == set(apart)


def test_who_comes_by_a_permission_set_of_the_identity_account():
    """The people of the set's assignments there are those who switch."""
    read = status(assignments=[assignment(), assignment(account=IDENTITY)])
    identity = {**PEOPLE, "members": {"developers": ["alpha-team"]}}
    result = found(read, people=identity, cards=cards(role(principals=[FROM_SET])))
    (way,) = of(result, "cards")["ways"]
    assert way["people"] == ["ana", "bo (disabled)"] and way["declared_by"] == "pci_account_roles"
    assert way["group"] == f"alpha-team of the permission set developers in {IDENTITY}"
    unassigned = found(people=PEOPLE, cards=cards(role(principals=[FROM_SET])))
    assert of(unassigned, "cards")["unknown"] == [
        f"{FROM_SET} gets in by the role operator, and who that is isn't known"
    ]


def test_users_of_the_account():
    arns = [f"arn:aws:iam::{CARDS}:user/{name}" for name in ("operator", "eve")]
    ways, told = of_cards(users=arns, pci_account_break_glass_users=["operator"])
    assert {way["people"][0]: way["declared_by"] for way in ways} == {
        "operator": "pci_account_break_glass_users",
        "eve": None,
    }
    assert told == ["eve gets in by being the account's own IAM user eve, and nothing declares it"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"failed": True, "msg": "no access"}, "its IAM users and roles weren't read: no access"),
        ({}, "its IAM users and roles weren't read: not looked at"),
        ({"ways_in": {"roles": None, "users": []}}, "its IAM roles weren't read"),
    ],
)
def test_a_pci_account_that_was_not_read(result, told):
    assert found(people=PEOPLE, cards=cards(pci_ways_in_result=result))["unknown"] == [f"cards: {told}"]


def test_the_roles_of_permission_sets_are_told_by_their_assignments():
    name = "AWSReservedSSO_developers_0123456789abcdef"
    reserved = role(name, federated=["arn"], path="aws-reserved/sso.amazonaws.com/eu-central-1/")
    assert of_cards(reserved) == ([], [])


def test_an_entitlement_in_an_account_that_no_host_declares_is_told_with_this_backend():
    read = status(assignments=[], permission_sets=[], entitlements=[entitlement(account="333333333333")])
    told = "333333333333: group alpha-team gets in by the entitlement to the role app, and nothing declares it"
    assert told in found(read, center={"account_members_backend": "entitlement"})["problems"]
    # Those of others, who have the application for themselves.
    assert told not in found(read)["problems"]


def test_an_account_that_is_left_out_on_purpose_is_a_note():
    result = found(status(account_ids=["333333333333"], assignments=[]))
    assert of(result)["problems"] == [] and of(result)["unknown"] == []
    assert (
        "who_gets_in_account_ids leaves it out: who gets in by IAM Identity Center isn't known" in of(result)["notes"]
    )


def test_without_the_names_of_groups_and_users_nothing_is_told_of_them():
    """Where names weren't read, nobody counts as undeclared."""
    unnamed = {**assignment(), "principal": None}
    of_center = {"account_members_groups": {"alpha-team": {"users": ["ana", "bo"]}}}
    result = found(status(assignments=[unnamed], groups=[], unread={"groups": "denied"}), center=of_center)
    assert result["problems"] == []
    assert [text for text in of(result)["unknown"] if "the identity store doesn't show its name" in text]

    by_ids = status(groups=[group("alpha-team", ["u-1", "u-2"])], users=[], unread={"users": "denied"})
    result = found(by_ids, center=of_center)
    assert result["problems"] == []
    assert "the members of alpha-team are read by their ids only, so they aren't compared" in of(result)["unknown"]


def test_a_role_that_account_access_manager_may_assume_is_told_by_its_entitlements():
    service = role(federated=["account-access.amazonaws.com"])
    _ways, (text,) = of_cards(service)
    assert text == (
        "whom the identity provider account-access.amazonaws.com lets in gets in by the role operator, and nothing"
        " declares it"
    )
    entitled = status(entitlements=[entitlement("pci/operator", account=CARDS)])
    declared = {"members": {"pci/operator": ["alpha-team"]}}
    result = found(
        {**entitled, "assignments": [], "permission_sets": []},
        center={"account_members_backend": "entitlement"},
        alpha={"members": {}},
        people=PEOPLE,
        cards=cards(service, **declared),
    )
    (way,) = of(result, "cards")["ways"]
    assert (way["by"], way["declared_by"]) == ("entitlement", "members") and of(result, "cards")["problems"] == []
