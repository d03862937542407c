# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of who gets in: the worst account first, what is unknown beside what is known, and hostile names as text."""

from __future__ import annotations

import json

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import who_gets_in as report

HOSTILE = "<script>\x1b[31m{{ 7 * 7 }}"


def way(role="developers", group="alpha-team", people=("ana",), declared_by="members", by="permission_set"):
    listed = None if people is None else list(people)
    return {"by": by, "role": role, "group": group, "people": listed, "declared_by": declared_by}


def account(host, ways=(), **more):
    people = {person: [one["role"]] for one in ways for person in one["people"] or ()}
    texts = {"problems": [], "unknown": [], "notes": []}
    return {"host": host, "account_id": "222222222222", "people": people, "ways": list(ways), **texts, **more}


def found(*accounts, others=(), **more):
    return {
        "accounts": list(accounts),
        "others": list(others),
        "problems": [],
        "unknown": [],
        "limits": ["limit"],
        **more,
    }


FOUND = found(
    account("alpha", [way()]),
    account("beta", [way(people=None)], unknown=["nobody knows"]),
    account("gamma", [way(group=None, people=["eve"], declared_by=None)], problems=["eve gets in"], notes=["a note"]),
    others=[account(None, [way()], problems=["ours elsewhere"])],
    unknown=["beta: nobody knows", "management: users: denied"],
)


def test_lines():
    assert report.who_gets_in_lines(FOUND) == [
        "gamma (222222222222): 1 person, 1 undeclared or missing",
        "  BY              ROLE        GROUP  PEOPLE  DECLARED BY",
        "  permission set  developers  -      eve     nothing",
        "  ! eve gets in",
        "  a note",
        "beta (222222222222): 0 people, 1 unknown",
        "  BY              ROLE        GROUP       PEOPLE   DECLARED BY",
        "  permission set  developers  alpha-team  unknown  members",
        "  ? nobody knows",
        "alpha (222222222222): 1 person, as declared",
        "  BY              ROLE        GROUP       PEOPLE  DECLARED BY",
        "  permission set  developers  alpha-team  ana     members",
        "1 accounts that no host declares, with 1 assignments or entitlements",
        "  ! 222222222222: ours elsewhere",
        "? management: users: denied",
        "limit",
    ]


def test_json():
    assert json.loads(report.who_gets_in_json(FOUND)) == FOUND


def test_the_page():
    page = report.who_gets_in_html(FOUND)
    places = [page.index(text) for text in ("gamma (", "beta (", "alpha (", "Accounts that no host declares")]
    assert places == sorted(places)
    for text in ("management: users: denied", "nobody knows", "eve gets in", "a note", "limit"):
        assert text in page


def test_hostile_names():
    bad = found(account(HOSTILE, [way(HOSTILE, HOSTILE, [HOSTILE])], problems=[HOSTILE], unknown=[HOSTILE]))
    page, lines = report.who_gets_in_html(bad), report.who_gets_in_lines(bad)
    assert "<script>" not in page and "\x1b" not in page
    assert all("\x1b" not in line and "\n" not in line for line in lines)
