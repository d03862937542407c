# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What account_members takes, and what it refuses with the option, the value and what would be right."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.members import declared

MANAGED = "arn:aws:iam::aws:policy/PowerUserAccess"


def options(**more):
    return {
        "name": "members",
        "state": "present",
        "backend": "permission_set",
        "permission_sets": [a_set()],
        "groups": [],
        "users": [],
        "accounts": {},
        "most_permission_sets": 3500,
        "most_sets_per_account": 500,
        **more,
    }


def a_set(**more):
    return {
        "name": "developers",
        "description": None,
        "session_duration": "PT8H",
        "relay_state": None,
        "managed_policies": [MANAGED],
        "customer_managed_policies": [],
        "inline_policy": None,
        "permissions_boundary": None,
        **more,
    }


def statement(characters):
    return {"Statement": [{"Sid": "x" * characters, "Effect": "Deny", "Action": "*", "Resource": "*"}]}


def of(account="222222222222", **members):
    return {account: {"host": "alpha", "members": members}}


def boundary(arn=None, name=None):
    return {"managed_policy_arn": arn, "name": name, "path": "/"}


REFUSED = [
    ({"permission_sets": [a_set(session_duration="PT13H")]}, "session_duration: 'PT13H' is longer than AWS takes"),
    ({"permission_sets": [a_set(session_duration="PT12H1S")]}, "is longer than AWS takes"),
    ({"permission_sets": [a_set(session_duration="PT30M")]}, "is shorter than AWS takes"),
    ({"permission_sets": [a_set(session_duration="8h")]}, "is no duration; expected PT1H to PT12H"),
    ({"permission_sets": [a_set(), a_set()]}, "permission_sets[1].name: 'developers' is declared twice"),
    ({"permission_sets": [a_set(inline_policy=statement(10_240))]}, "characters without whitespace are more"),
    ({"permission_sets": [a_set(inline_policy={})]}, "inline_policy: {} is no policy"),
    (
        {"permission_sets": [a_set(managed_policies=[f"{MANAGED}{n}" for n in range(21)])]},
        "21 managed policies are more",
    ),
    ({"permission_sets": [a_set(permissions_boundary=boundary(MANAGED, "x"))]}, "is not one policy"),
    ({"permission_sets": [a_set(permissions_boundary=boundary())]}, "is not one policy"),
    ({"accounts": of(developer=["a"])}, "(host alpha): 'developer' is no permission set (did you mean developers?)"),
    ({"accounts": of(developers="a")}, "developers: 'a' is no list"),
    ({"accounts": of(developers=["a", "a"])}, "'a' is there twice"),
    ({"accounts": of(developers=["a/b"])}, "is no display name of a group"),
    ({"accounts": of("22", developers=[])}, "is no AWS account id"),
    ({"accounts": {"222222222222": {"host": "alpha"}}}, "accounts.222222222222.members"),
    ({"accounts": of(developers=[], auditors=[]), "most_sets_per_account": 1}, "2 are more permission sets of an"),
    ({"backend": "entitlement"}, "permission_sets: ['developers'] aren't used"),
    (
        {"groups": [{"name": "A", "description": "", "users": []}, {"name": "a", "description": "", "users": []}]},
        "twice",
    ),
]


@pytest.mark.parametrize(("more", "text"), REFUSED)
def test_what_is_wrong_is_told(more, text):
    with pytest.raises(Invalid) as refused:
        declared.check(options(**more))
    assert text in str(refused.value)


def test_a_role_takes_20_groups():
    entitled = {"backend": "entitlement", "permission_sets": []}
    declared.check(options(**entitled, accounts=of(app=[f"g{n}" for n in range(20)])))
    with pytest.raises(Invalid, match="21 are more groups of a role than AWS takes"):
        declared.check(options(**entitled, accounts=of(app=[f"g{n}" for n in range(21)])))


@pytest.mark.parametrize(("text", "seconds"), [("PT1H", 3600), ("PT12H", 43200), ("PT1H30M", 5400), ("PT90M", 5400)])
def test_sessions_last_1_to_12_hours(text, seconds):
    assert declared.check_session("x", text) == seconds


@pytest.mark.parametrize("description", ["", "Of project alpha", "with [brackets]"])
def test_a_groups_description_carries_its_owner(description):
    sent = declared.marked(description, "account_members/members")
    assert sent.endswith("[closednet:managed=account_members/members]")
    assert declared.owner_of(sent) == (description, "account_members/members")
    assert declared.owner_of(description) == (description, "")
