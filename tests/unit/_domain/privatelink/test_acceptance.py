# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.privatelink import acceptance
from ansible_collections.closednet.aws.plugins.module_utils._domain.privatelink.acceptance import Verdict

TODAY = date(2026, 6, 15)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
PAYMENTS, PARTNER, AUDIT = (digit * 12 for digit in "678")


def consumer(account_id=PAYMENTS, expires=None, **more):
    return {"account_id": account_id, "reason": "settlement", "requested_by": "finance", "expires": expires, **more}


def entries(*consumers):
    return acceptance.parse("consumers", consumers)


@pytest.mark.parametrize(
    ("consumers", "text"),
    [
        ([consumer("66666666666")], "consumers[0].account_id: '66666666666' is no AWS account id; expected 12 digits"),
        ([consumer(), consumer(PARTNER), consumer()], f"consumers[2].account_id: '{PAYMENTS}' is in the ledger twice"),
        ([consumer(reason=" ")], "consumers[0].reason: ' ' says nothing"),
        ([consumer(requested_by="")], "consumers[0].requested_by: '' says nothing"),
        ([consumer(expires="31.12.2026")], "consumers[0].expires: '31.12.2026' is no date; expected YYYY-MM-DD"),
        ([consumer(expires="2026-02-30")], "consumers[0].expires: '2026-02-30' is no date"),
        ([consumer(expires="20261231")], "consumers[0].expires: '20261231' is no date"),
        ([consumer(expires="")], "consumers[0].expires: '' is no date"),
    ],
)
def test_an_entry_that_cannot_be(consumers, text):
    with pytest.raises(Invalid) as error:
        entries(*consumers)

    assert text in str(error.value)


@pytest.mark.parametrize(
    ("expires", "word", "reason"),
    [
        (None, "accepted", "settlement (asked for by finance), without end"),
        ("2026-06-16", "accepted", "settlement (asked for by finance), until 2026-06-16"),
        ("2026-06-15", "accepted", "settlement (asked for by finance), until 2026-06-15"),
        ("2026-06-14", "expired", "expired on 2026-06-14; settlement (asked for by finance)"),
    ],
)
def test_an_approval_holds_up_to_and_with_its_last_day(expires, word, reason):
    assert acceptance.judge(entries(consumer(expires=expires)), PAYMENTS, TODAY) == Verdict(word, reason)


def test_who_is_not_in_the_ledger_is_unknown():
    assert acceptance.judge(entries(consumer()), PARTNER, TODAY) == Verdict("unknown", "not in the ledger")


# EC2's State of VpcEndpoint -> what is done, by verdict; "unknown" by the option `undeclared`.
DECISIONS = {
    #                     accepted  expired   unknown, report  unknown, reject
    "pendingAcceptance": ("accept", "reject", None, "reject"),
    "pending": (None, "reject", "reject", "reject"),
    "available": (None, "reject", "reject", "reject"),
    "deleting": (None, None, None, None),
    "deleted": (None, None, None, None),
    "rejected": (None, None, None, None),
    "failed": (None, None, None, None),
    "expired": (None, None, None, None),
}


@pytest.mark.parametrize("state", DECISIONS)
def test_the_decision_on_a_connection(state):
    accepted, expired, reported, rejected = DECISIONS[state]
    for undeclared in ("report", "reject"):
        assert acceptance.decide(state, Verdict("accepted", ""), undeclared) == accepted
        assert acceptance.decide(state, Verdict("expired", ""), undeclared) == expired
    assert acceptance.decide(state, Verdict("unknown", ""), "report") == reported
    assert acceptance.decide(state, Verdict("unknown", ""), "reject") == rejected


days = st.integers(-400, 400).map(lambda offset: TODAY + timedelta(days=offset))
ledgers = st.dictionaries(st.sampled_from([PAYMENTS, PARTNER, AUDIT]), st.none() | days).map(
    lambda expiry: [consumer(account_id, day and day.isoformat()) for account_id, day in expiry.items()]
)


@given(ledgers, st.sampled_from([PAYMENTS, PARTNER, AUDIT]), days, st.sampled_from(["report", "reject"]))
def test_a_connection_is_accepted_exactly_if_its_account_is_in_the_ledger_and_not_expired(
    consumers, account_id, today, undeclared
):
    verdict = acceptance.judge(entries(*consumers), account_id, today)

    # ISO dates are in the order of their texts.
    meant = any(
        entry["account_id"] == account_id and (entry["expires"] is None or entry["expires"] >= today.isoformat())
        for entry in consumers
    )
    assert (acceptance.decide("pendingAcceptance", verdict, undeclared) == "accept") == meant
    assert (acceptance.decide("available", verdict, undeclared) == "reject") == (not meant)
    whole = f"arn:{{partition}}:iam::{account_id}:root"
    assert (whole in acceptance.principals(entries(*consumers), [], today)) == meant


def root(account_id):
    return f"arn:{{partition}}:iam::{account_id}:root"


@pytest.mark.parametrize(
    ("consumers", "allowed", "principals"),
    [
        ([consumer(PARTNER), consumer(PAYMENTS)], [], [root(PAYMENTS), root(PARTNER)]),
        ([consumer(expires=YESTERDAY.isoformat()), consumer(PARTNER, TODAY.isoformat())], [], [root(PARTNER)]),
        # Roles of an account that is in the ledger: only these.
        ([consumer()], [f"arn:aws:iam::{PAYMENTS}:role/app"], [f"arn:aws:iam::{PAYMENTS}:role/app"]),
        ([consumer(expires=YESTERDAY.isoformat())], [f"arn:aws:iam::{PAYMENTS}:role/app"], []),
        # Who may apply without an approval.
        ([], [f"arn:aws:iam::{PARTNER}:root"], [f"arn:aws:iam::{PARTNER}:root"]),
        ([consumer(expires=YESTERDAY.isoformat())], ["*"], ["*"]),
        ([consumer(expires=TOMORROW.isoformat())], ["*"], ["*", root(PAYMENTS)]),
        ([consumer()], ["appflow.amazonaws.com"], ["appflow.amazonaws.com", root(PAYMENTS)]),
    ],
)
def test_who_may_find_the_service(consumers, allowed, principals):
    assert acceptance.principals(entries(*consumers), allowed, TODAY) == principals
