# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of a shared API is the same for every cloud; the id of a consumer is the cloud's (issue 15)."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.privatelink import acceptance
from ansible_collections.closednet.aws.plugins.module_utils._domain.sharing import ledger

TODAY = date(2026, 6, 15)


def check(option, value):
    if value != value.lower():
        raise Invalid(option, value, "is no name", "lower case")


def entries(*given, key="project_id"):
    whole = [{"reason": "db replacement", "requested_by": "team-a", "expires": None, **one} for one in given]
    return ledger.parse("consumers", whole, key, check)


def test_the_id_of_a_consumer_is_the_clouds():
    assert list(entries({"project_id": "recruiting-a"})) == ["recruiting-a"]
    assert list(entries({"other": "x"}, key="other")) == ["x"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([{"project_id": "Recruiting"}], "consumers[0].project_id: 'Recruiting' is no name"),
        ([{"project_id": "a"}, {"project_id": "a"}], "consumers[1].project_id: 'a' is in the ledger twice"),
        ([{"project_id": "a", "reason": " "}], "consumers[0].reason: ' ' says nothing"),
        ([{"project_id": "a", "expires": "soon"}], "consumers[0].expires: 'soon' is no date"),
    ],
)
def test_an_entry_that_cannot_be(given, text):
    with pytest.raises(Invalid) as error:
        entries(*given)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("expires", "status"), [(None, "accepted"), ("2026-06-15", "accepted"), ("2026-06-14", "expired")]
)
def test_an_approval_holds_up_to_and_with_its_last_day(expires, status):
    assert ledger.judge(entries({"project_id": "a", "expires": expires}), "a", TODAY).status == status


def test_aws_has_the_same_ledger_and_options():
    assert acceptance.judge is ledger.judge and acceptance.Entry is ledger.Entry
    assert ledger.option("account_id") == acceptance.CONSUMERS
    assert ledger.option("project_id", more={"type": "int"})["options"]["more"] == {"type": "int"}
