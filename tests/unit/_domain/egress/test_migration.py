# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stages of a move to the central way out: what an inventory may say, and what logs show."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups, migration
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.observations import Flow, Tally

TODAY = date(2026, 11, 29)
EVERYWHERE = ["10.0.0.0/16", "0.0.0.0/0"]
OWN = ["10.0.0.0/16"]
EVIDENCE = {"alpha": {"quiet_days": 14}}


def account(stage, destinations=None, **more):
    destinations = destinations or EVERYWHERE
    return {"egress_migration": stage, "spoke_destinations": destinations, "vpc_cidrs": ["10.1.0.0/16"], **more}


def said(variables, **centre):
    accounts = {"alpha": variables, "beta": {"vpc_cidrs": ["10.2.0.0/16"]}}
    accounts["security"] = {"egress_groups": {}, **centre}
    return [str(one) for one in migration.problems(accounts)]


@pytest.mark.parametrize(
    ("variables", "centre", "text"),
    [
        (account("proxy", OWN), {}, None),
        (
            account("proxy"),
            {},
            "alpha.egress_migration: 'proxy' is the stage in which the account leaves by itself, but",
        ),
        (account("both", OWN), {}, None),
        (account("both"), {"egress_mode": "monitor"}, None),
        (account("both"), {}, "but security enforces its groups"),
        (account("both", region="eu-west-1"), {"region": "eu-central-1"}, None),
        (account("both", region="eu-west-1"), {"region": "eu-west-1"}, "enforces its groups"),
        (account("central", egress_migration_evidence=EVIDENCE), {}, None),
        (account("central", OWN, egress_migration_evidence=EVIDENCE), {}, "needs the route"),
        # Another account in the stage both must not open this one.
        (account("central", egress_migration_evidence=EVIDENCE), {"egress_mode": "monitor"}, "egress_mode is monitor"),
        (account("central"), {}, "has no evidence of quiet days"),
        (account("central", egress_migration_evidence={"beta": {"quiet_days": 99}}), {}, "has no evidence"),
        (account("central", egress_migration_evidence=[1]), {}, "has no evidence"),
        (account("central", egress_migration_evidence={"alpha": {"quiet_days": 13}}), {}, "only 13 quiet days"),
        (
            account("central", egress_migration_evidence=EVIDENCE, egress_migration_quiet_days=30),
            {},
            "only 14 quiet days",
        ),
        (account("centre"), {}, "'centre' is no stage; expected proxy -> both -> central"),
        (
            account("proxy", OWN, egress_migration_quiet_days=0),
            {},
            "egress_migration_quiet_days: 0 is no number of days",
        ),
        (account("proxy", OWN, egress_migration_quiet_days="7"), {}, "is no number of days"),
        (account("proxy", OWN, egress_migration_ignored="x"), {}, "is no list"),
    ],
)
def test_what_an_inventory_may_say(variables, centre, text):
    found = said(variables, **centre)
    assert found == [] if text is None else len(found) == 1 and text in found[0], found


def test_accounts_that_do_not_move_have_nothing_to_say():
    assert said({"spoke_destinations": EVERYWHERE}) == []


DECLARED = {"a": {"sources": ["alpha"], "allow": [{"domain": "ok.example"}]}}
CIDRS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"]}


def judged(seen, accounts=None, days=range(20), **variables):
    """Judge alpha by `seen`: {destination: (day numbers before today, hits, refused)}, and logs of others on `days`."""
    every = {Flow("10.2.0.1", "other.example", 443, "tls"): Tally(9, 0, {TODAY - timedelta(days=n) for n in days})}
    for name, (ago, hits, refused) in seen.items():
        destination, _slash, protocol = name.partition("/")
        flow = Flow("10.1.0.5", destination, 443, protocol or "tls")
        every[flow] = Tally(hits, refused, {TODAY - timedelta(days=n) for n in ago})
    resolved = groups.resolve(DECLARED, CIDRS, {}, "egress_groups")
    hosts = {"alpha": {**account("both"), **variables}, "beta": {"vpc_cidrs": ["10.2.0.0/16"]}}
    found, evidence = migration.judge(accounts or hosts, every, groups.parse(resolved, TODAY), TODAY)
    (one,) = found
    return one, evidence


def test_an_account_is_ready_after_quiet_days_with_logs():
    one, evidence = judged({"ok.example": ([3], 5, 0)})
    assert one.ready and one.quiet_days == 20 and one.last_dropped is None and one.dropped == ()
    assert evidence == {
        "alpha": {"judged": "2026-11-29", "quiet_days": 20, "first": "2026-11-10", "last": "2026-11-29"}
    }
    assert migration.lines([one]) == [
        "alpha (both): may become central: nothing would have been dropped on 20 days with logs, until 2026-11-29"
    ]


def test_what_would_be_dropped_starts_the_days_again():
    one, evidence = judged({"ok.example": ([0], 1, 0), "new.example": ([15, 5], 7, 0)})
    assert (one.ready, one.quiet_days, one.last_dropped) == (False, 5, date(2026, 11, 24))
    assert evidence == {}
    assert migration.lines([one]) == [
        "alpha (both): not yet quiet: 5 of 14 days with logs in which nothing would have been dropped",
        "alpha: would drop new.example:443 (tls) from 10.1.0.5, 7 times, last on 2026-11-24",
    ]
    assert json.loads(json.dumps(migration.as_data([one])))[0]["last_dropped"] == "2026-11-24"
    one, _evidence = judged({"new.example": ([15], 7, 0), "ok.example": ([14], 1, 0)})
    assert one.ready and one.quiet_days == 15 and len(one.dropped) == 1


@pytest.mark.parametrize(
    ("seen", "options", "text"),
    [
        ({}, {}, "the logs have nothing of this account"),
        ({"ok.example": ([4], 1, 0)}, {"days": range(4, 20)}, "the logs end on"),
        ({"new.example": ([15], 1, 0)}, {}, "the logs of these 15 days have nothing of this account"),
        ({"ok.example": ([], 1, 0)}, {"days": []}, "no event with a time"),
        ({"ok.example": ([1], 1, 0), "new.example": ([], 1, 0)}, {}, "has no time"),
        # Days without any log are no quiet days.
        ({"ok.example": ([0], 1, 0)}, {"days": [0, 1, 2, 18, 19]}, "5 of 14 days with logs"),
        ({"ok.example": ([0], 1, 0)}, {"egress_migration_quiet_days": 21}, "20 of 21 days with logs"),
        ({"1.2.3.4/tcp": ([0], 1, 0)}, {}, "0 of 14"),
    ],
)
def test_what_is_not_known_is_not_quiet(seen, options, text):
    one, evidence = judged(seen, **options)
    assert not one.ready and text in one.says and evidence == {}


def test_what_no_longer_counts():
    refused = {"ok.example": ([0], 1, 0), "evil.example": ([0], 4, 4)}  # the proxy refused it, too
    assert judged(refused)[0].ready
    assert not judged({**refused, "evil.example": ([0], 4, 3)})[0].ready
    quic = {"ok.example": ([0], 1, 0), "1.2.3.4/quic": ([0], 1, 0)}
    assert judged(quic)[0].ready
    telemetry = {"ok.example": ([0], 1, 0), "t.vendor.example": ([0], 1, 0), "192.0.2.7/tcp": ([0], 1, 0)}
    assert not judged(telemetry)[0].ready
    assert judged(telemetry, egress_migration_ignored=[".vendor.example", "192.0.2.0/24"])[0].ready
    assert not judged(telemetry, egress_migration_ignored=["*.t.vendor.example", "192.0.2.0/24"])[0].ready


def test_hostile_names_are_escaped_and_lists_are_cut():
    seen = {f"{n}\x1b[2J{{{{x}}}}\n.example": ([0], 1, 0) for n in range(migration.SHOWN + 3)}
    lines = migration.lines([judged(seen)[0]])
    assert len(lines) == migration.SHOWN + 2 and lines[-1] == "alpha: would drop 3 more"
    assert all(line.isprintable() for line in lines)
