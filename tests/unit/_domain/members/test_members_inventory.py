# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of account_members from an inventory, and its problems, reported before any call with host and variable."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import account_members
from ansible_collections.closednet.aws.plugins.module_utils._domain.members import inventory

SETS = {"developers": {"session_duration": "PT8H"}, "auditors": None}
ANA = {"given_name": "Ana", "family_name": "Alpha", "email": "ana@example.com"}
GROUPS = {"identity_center": ["management"]}


def hosts(center=None, alpha=None, **more):
    management = {"account_id": "999999999999", "account_members_permission_sets": SETS, **(center or {})}
    members = {"developers": ["alpha-team"]}
    return {
        "management": management,
        "alpha": {"account_id": "222222222222", "members": members, **(alpha or {})},
        **more,
    }


def told(center=None, alpha=None, groups=None, **more):
    return [str(one) for one in inventory.problems(hosts(center, alpha, **more), groups or GROUPS)]


def test_the_options_of_the_module():
    center = {"account_members_groups": {"alpha-team": {"users": ["ana"]}}, "account_members_users": {"ana": ANA}}
    twice = {"account_id": "222222222222", "members": {"developers": ["beta-team"], "auditors": ["auditors"]}}
    made = inventory.options(hosts(center, again=twice, idle={"account_id": "333333333333"}), "management")
    assert made == {
        "permission_sets": [{"session_duration": "PT8H", "name": "developers"}, {"name": "auditors"}],
        "groups": [{"users": ["ana"], "name": "alpha-team"}],
        "users": [{**ANA, "name": "ana"}],
        # Hosts of one account add up; without members, an account isn't declared.
        "accounts": {
            "222222222222": {
                "host": "alpha",
                "members": {"developers": ["alpha-team", "beta-team"], "auditors": ["auditors"]},
            }
        },
    }


def test_an_account_whose_members_are_empty_is_declared():
    made = inventory.options(hosts(alpha={"members": {}}), "management")
    assert made["accounts"] == {"222222222222": {"host": "alpha", "members": {}}}


def test_what_each_name_has_is_what_the_module_takes():
    def keys(spec):
        return {
            option: (
                of_it["type"],
                of_it.get("elements"),
                of_it.get("default"),
                of_it.get("required", False),
                keys(of_it.get("options", {})),
            )
            for option, of_it in spec.items()
            if option != "name" or "path" in spec
        }

    for variable, option in inventory.OPTIONS.items():
        of_module = account_members.ARGUMENT_SPEC[option]["options"]
        assert keys(inventory.SPECS[variable]) == keys(of_module), variable


def test_a_sound_inventory():
    assert (
        told() == []
        and told(alpha={"members": {}}) == []
        and told(groups={"identity_center": []}, alpha={"members": {}}) == []
    )


@pytest.mark.parametrize(
    ("center", "alpha", "text"),
    [
        (
            {},
            {"members": {"developer": ["a"]}},
            "alpha.members: 'developer' is no permission set of management (did you",
        ),
        ({}, {"members": {"developers": "a"}}, "alpha.members.developers: 'a' is no list"),
        ({}, {"members": {"developers": ["a", "a"]}}, "alpha.members.developers[1]: 'a' is there twice"),
        ({}, {"members": {"developers": ["a/b"]}}, "alpha.members.developers[0]: 'a/b' is no display name"),
        ({}, {"members": ["developers"]}, "alpha.members: ['developers'] is no mapping"),
        ({}, {"members": []}, "alpha.members: [] is no mapping"),
        ({}, {"members_of_others": {"x": [""]}}, "alpha.members_of_others.x[0]: '' is no display name"),
        ({"account_members_permission_sets": []}, {"members": {}}, "management.account_members_permission_sets: [] is"),
        (
            {"account_members_permission_sets": {"developers": {"session_duration": "PT13H"}}},
            {},
            "management.account_members_permission_sets.developers.session_duration: 'PT13H' is longer than AWS takes",
        ),
        (
            {"account_members_permission_sets": {"developers": {"sesion_duration": "PT1H"}}},
            {},
            "management.account_members_permission_sets.developers.sesion_duration: is no option (did you mean session",
        ),
        (
            {"account_members_permission_sets": {"developers": {"customer_managed_policies": [{"path": "/"}]}}},
            {},
            "management.account_members_permission_sets.developers.customer_managed_policies[0].name: is missing",
        ),
        (
            {"account_members_users": {"ana": {"email": "ana@example.com"}}},
            {},
            "management.account_members_users.ana.given_name: is missing",
        ),
        (
            {"account_members_backend": "entitlement", "account_members_permission_sets": None},
            {"members": {"app": [f"group-{number}" for number in range(21)]}},
            "alpha.members.app: 21 are more groups of a role than AWS takes",
        ),
    ],
)
def test_what_is_wrong(center, alpha, text):
    texts = told(center, alpha)
    assert [one for one in texts if one.startswith(text)], texts


def test_members_without_anybody_who_lets_them_in():
    assert told(groups={"spokes": ["alpha"]}) == [
        "alpha.members: are declared, and the group identity_center has no host, so that nobody gets in;"
        " expected a host in identity_center"
    ]


def test_two_hosts_of_identity_center():
    other = {"account_id": "888888888888", "account_members_permission_sets": SETS}
    texts = told(groups={"identity_center": ["management", "other"]}, other=other)
    assert texts == [
        "identity_center: 'management, other' has 2 hosts, and the first would remove what the others declare;"
        " expected one host, whose account has the instance"
    ]


def test_what_is_deleted_is_not_checked():
    assert told({"account_members_state": "absent", "account_members_permission_sets": None}) == []


def test_members_without_an_account_are_told():
    (text,) = told(alpha={"account_id": None})
    assert text.startswith("alpha.account_id: is missing, so that its members would lose their account")
    # Its group demands it.
    assert told(alpha={"account_id": None}, groups={**GROUPS, "spokes": ["alpha"]}) == []
