# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of projects (issue 15: a project number against an id, a project twice, limits)."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.psc import consumers

TODAY = date(2026, 6, 15)


def consumer(project_id="recruiting-a", **more):
    given = {"reason": "db replacement", "requested_by": "team-a", "expires": None, "connection_limit": 1}
    return {"project_id": project_id, "project_number": None, **given, **more}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([consumer("415104041262")], "consumers[0].project_id: '415104041262' is a project's number"),
        ([consumer("Recruiting")], "consumers[0].project_id: 'Recruiting' is no project id"),
        ([consumer(), consumer()], "consumers[1].project_id: 'recruiting-a' is in the ledger twice"),
        ([consumer(project_number="recruiting-a")], "consumers[0].project_number: 'recruiting-a' is no project number"),
        (
            [consumer(project_number="123456"), consumer("recruiting-c", project_number="123456")],
            "consumers[1].project_number: '123456' is also the number of recruiting-a",
        ),
        ([consumer(connection_limit=0)], "consumers[0].connection_limit: 0 lets nobody connect"),
        ([consumer(connection_limit=10**30)], "is too high; expected at most 4294967295"),
        ([consumer(connection_limit=-1)], "consumers[0].connection_limit: -1 lets nobody connect"),
        ([consumer(expires="2026-02-30")], "consumers[0].expires: '2026-02-30' is no date"),
        ([consumer(reason="\t")], "consumers[0].reason: '\\t' says nothing"),
    ],
)
def test_an_entry_that_cannot_be(given, text):
    with pytest.raises(Invalid) as error:
        consumers.parse("consumers", given)
    assert text in str(error.value)


def test_more_entries_than_an_accept_list_takes():
    """At most 5,000: https://cloud.google.com/vpc/docs/configure-private-service-connect-producer."""
    with pytest.raises(Invalid, match="has 5001 entries"):
        consumers.parse("consumers", [consumer(f"project-{number}") for number in range(5001)])


def test_the_accept_list_has_the_valid_entries_with_their_limits_sorted():
    entries = consumers.parse(
        "consumers",
        [
            consumer("recruiting-c", connection_limit=3),
            consumer("expired-1", expires="2026-06-14"),
            consumer("recruiting-a", expires="2026-06-15", project_number="123456"),
        ],
    )
    assert consumers.accept_list(entries, TODAY) == [
        {"project_id": "recruiting-a", "connection_limit": 1},
        {"project_id": "recruiting-c", "connection_limit": 3},
    ]
    assert consumers.ids(entries) == {"123456": "recruiting-a"}
