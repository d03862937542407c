# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import host_plans
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.run_summary import Summary

ACCEPTED = "routes of attachment main follow once the hub has accepted it (now: pendingAcceptance)"
COST = "cost: 12 interface endpoints, charged by the hour for each zone: 24 in all"
DENIED = (
    "tiered_vpc in account {account} (eu-central-1): create vpc.main: CreateVpc: UnauthorizedOperation: You may not."
    " Ask somebody. Done: 1 (subnet.a). Not done: 1 (vpc.main). Next: grant the credential what it lacks"
)


def created(*addresses, **more):
    steps = [{"address": address, "action": "create", "before": None, "after": {}} for address in addresses]
    return {"changed": bool(steps), "plan": steps, "notes": [], **more}


def texts(summary, failed=(), **options):
    return [line.text for line in summary.lines(failed, **options)]


def test_findings_come_before_what_is_pending():
    summary = Summary()
    for host in ("alpha", "beta"):
        of_host = created(notes=[ACCEPTED], findings=[f"tgw-attach-{host[0] * 17} is rejected: the hub has to act"])
        summary.hear(host, "tgw_spoke", "Converge", of_host)
    assert texts(summary)[:2] == [
        "not as declared: 2 accounts (alpha, beta)",
        f"  tgw-attach-{'a' * 17} is rejected: the hub has to act",
    ]
    assert texts(summary)[2].startswith("pending: 2 accounts")


def test_projects_that_fail_alike_are_one_group():
    summary = Summary()
    for project in ("recruiting-a", "recruiting-b"):
        where = f"psc_endpoint in project {project} (asia-northeast1)"
        denied = f"projects/{project}/regions/r/addresses/matching: create address.main: forbidden."
        summary.fail(project, "psc_endpoint", {"failed": True, "msg": f"{where}: {denied} Next: grant the role"})
    assert texts(summary, ["recruiting-a", "recruiting-b"]) == [
        "FAILED: 2 accounts (recruiting-a, recruiting-b)",
        "  psc_endpoint: projects/recruiting-a/regions/r/addresses/matching: create address.main: forbidden.",
        "  next: grant the role",
    ]


def test_nothing_heard_is_nothing_to_say():
    assert texts(Summary()) == []


def test_a_thousand_new_spokes_are_a_few_lines_the_worst_first():
    summary = Summary()
    for number in range(1000):
        account = f"{number:012}"
        host = f"spoke{number}"
        if number < 2:
            result = {"failed": True, "msg": DENIED.format(account=account), "plan": [], "changed": False}
            summary.hear(host, "tiered_vpc", "Converge the VPC", result)
            summary.fail(host, "tiered_vpc", result)
            continue
        vpc = created("vpc.main", "subnet.a")
        vpc["plan"].append({"address": "vpc.main:dns", "action": "change", "before": {}, "after": {}})
        summary.hear(host, "tiered_vpc", "Converge the VPC", vpc)
        notes = [ACCEPTED] if number < 14 else []
        summary.hear(host, "tgw_spoke", "Converge the attachment", created("attachment.main", notes=notes))
    summary.hear("hub", "tgw_hub", "Converge the hub", created(notes=[COST]))

    assert texts(summary, ["spoke0", "spoke1"]) == [
        "FAILED: 2 accounts (spoke0, spoke1)",
        "  tiered_vpc: create vpc.main: CreateVpc: UnauthorizedOperation: You may not.",
        "  next: grant the credential what it lacks",
        "pending: 12 accounts (spoke10, spoke11, spoke12 and 9 more)",
        f"  {ACCEPTED}",
        "note: 1 account (hub)",
        f"  {COST}",
        "changed: 998 accounts (spoke10, spoke100, spoke101 and 995 more)",
        "  tgw_spoke: 1 created",
        "  tiered_vpc: 2 created",
        "unchanged: 1 account",
    ]
    assert [line.kind for line in summary.lines(["spoke0", "spoke1"])] == (
        ["bad"] * 3 + ["open"] * 2 + ["quiet"] * 2 + ["changed"] * 3 + ["quiet"]
    )
    everything = texts(summary, ["spoke0", "spoke1"], everything=True)
    assert len(everything) == 11
    assert "spoke999)" in everything[7]


def test_the_last_turn_says_what_is_pending_and_what_was_done_adds_up():
    summary = Summary()
    summary.hear("alpha", "tgw_spoke", "Converge", created("attachment.main", notes=[ACCEPTED]))
    summary.hear("alpha", "tgw_spoke", "Converge", created("route.a", "route.b"))
    assert texts(summary) == ["changed: 1 account (alpha)", "  tgw_spoke: 3 created"]


def test_in_check_mode_a_turn_that_is_planned_twice_would_change_once():
    summary = Summary()
    for _turn in range(2):
        summary.hear("hub", "tgw_hub", "Converge", created("table.a", "table.b"), check_mode=True)
    assert texts(summary) == ["would change: 1 account (hub)", "  tgw_hub: 2 to create"]


def test_a_failure_that_was_rescued_is_not_told_but_what_it_did_is():
    summary = Summary()
    broken = created("subnet.a", "vpc.main", failed=True, msg=DENIED, done=["subnet.a"])
    summary.hear("alpha", "tiered_vpc", "Converge", broken)
    summary.fail("alpha", "tiered_vpc", broken)
    assert texts(summary) == ["changed: 1 account (alpha)", "  tiered_vpc: 1 created"]
    assert texts(summary, ["alpha"])[0] == "FAILED: 1 account (alpha)"


def test_of_a_loop_each_item_has_its_own_turn():
    summary = Summary()

    def item(name, **result):
        return {"ansible_loop_var": "endpoint", "endpoint": {"name": name}, **result}

    for name in ("billing", "rates"):
        waits = ["vpce-0123456789abcdef0 is pendingAcceptance: the provider's turn"]
        summary.hear(
            "payments", "privatelink_endpoint", "Converge", item(name, **created("endpoint.main", notes=waits))
        )
    summary.hear("payments", "privatelink_endpoint", "Converge", item("audit", skipped=True))
    summary.hear("payments", "privatelink_endpoint", "Converge", item("billing", **created()))
    assert texts(summary) == [
        "pending: 1 account (payments)",
        "  rates: vpce-0123456789abcdef0 is pendingAcceptance: the provider's turn",
        "pending: 1 account (payments)",
        f"  audit: {host_plans.UNPUBLISHED}",
        "changed: 1 account (payments)",
        "  privatelink_endpoint: 2 created",
    ]


def test_items_of_a_playbook_of_ones_own_have_any_form():
    summary = Summary()
    for item in ("alpha", {"id": 1}, 3):
        result = {"ansible_loop_var": "item", "item": item, **created(f"vpc.{item}")}
        summary.hear("host", "tiered_vpc", "Converge", result)
    for host in ("host", "another"):
        summary.hear(host, "tiered_vpc", "Converge", {"ansible_loop_var": "item", "item": "left", "skipped": True})
    assert texts(summary) == ["changed: 1 account (host)", "  tiered_vpc: 3 created"]


def test_notes_of_one_account_that_differ_in_names_only_are_one():
    summary = Summary()
    notes = [f"spoke{n}: account {n:012} has no attachment to accept yet; run its spoke" for n in range(1000)]
    summary.hear("hub", "tgw_hub", "Converge", created(notes=notes))
    assert texts(summary) == [
        "pending: 1 account (hub)",
        "  spoke0: account 000000000000 has no attachment to accept yet; run its spoke (1000 like this)",
        "unchanged: 1 account",
    ]


def test_deletions_come_before_changes_and_those_before_creations():
    summary = Summary()
    for host, before, after in (("new", None, {}), ("moved", {}, {}), ("gone", {}, None)):
        action = {"new": "create", "moved": "change", "gone": "delete"}[host]
        plan = [{"address": "vpc.main", "action": action, "before": before, "after": after}]
        summary.hear(host, "tiered_vpc", "Converge", {"plan": plan, "notes": []})
    assert texts(summary) == [
        "changed: 1 account (gone)",
        "  tiered_vpc: 1 deleted",
        "changed: 1 account (moved)",
        "  tiered_vpc: 1 changed",
        "changed: 1 account (new)",
        "  tiered_vpc: 1 created",
    ]


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            {"msg": "account_id is 1, but the credential is one of account 2"},
            "account_id is 1, but the credential is one",
        ),
        ({"msg": ["alpha.vpc_cidrs: is missing", "beta.account_id: is missing"]}, "is missing (and 1 more)"),
        ({"msg": ["alpha.vpc_cidrs: is missing"]}, "alpha.vpc_cidrs: is missing"),
        ({"msg": []}, "Check: "),
        ({"msg": "first line\nsecond line"}, "first line"),
        ({"msg": "x" * 5000}, "x..."),
        ({"censored": "the output has been hidden"}, "hidden by no_log"),
        ({}, "no message"),
    ],
)
def test_a_failure_is_one_sentence(result, sentence):
    summary = Summary()
    summary.fail("alpha", "Check", result)
    title, line = texts(summary, ["alpha"])
    assert title == "FAILED: 1 account (alpha)"
    assert sentence in line and len(line) < 420 and "second" not in line


def test_what_no_log_hides_stays_hidden_and_is_counted_as_a_change():
    summary = Summary()
    summary.hear("alpha", "tiered_vpc", "Converge", {"censored": "hidden due to no_log", "changed": True})
    summary.hear("beta", "tiered_vpc", "Converge", {"censored": "hidden due to no_log", "changed": False})
    assert texts(summary) == [
        "changed: 1 account (alpha)",
        "  tiered_vpc: hidden by no_log",
        "unchanged: 1 account",
    ]


def test_many_kinds_of_failures_are_cut_short_and_said_so():
    summary = Summary()
    letters = "abcdefghijklmnopqrstuvwxyz"
    for letter in letters:
        summary.fail(letter, "tiered_vpc", {"msg": f"broken {letter}"})
    lines = texts(summary, letters)
    assert len(lines) == 21
    assert lines[-1] == "16 more groups of accounts are left out: -v shows them"
    assert len(texts(summary, letters, everything=True)) == 52


RESULTS = st.tuples(st.sampled_from("abcdef"), st.integers(0, 2), st.sampled_from(["", ACCEPTED, COST]), st.booleans())


@given(st.lists(RESULTS))
def test_every_account_is_told_of_once_as_failed_changed_or_unchanged(heard):
    summary = Summary()
    failed = set()
    changes = dict.fromkeys((host for host, *_rest in heard), 0)
    for host, count, note, fails in heard:
        result = created(*(f"subnet.{n}" for n in range(count)), notes=[note] if note else [])
        summary.hear(host, "tiered_vpc", "Converge", result)
        changes[host] += count
        if fails:
            failed.add(host)
            summary.fail(host, "tiered_vpc", {"msg": "broken"})

    lines = texts(summary, sorted(failed), everything=True)

    def told(word):
        return sum(int(line.split()[1]) for line in lines if line.startswith(f"{word}: "))

    assert told("FAILED") == len(failed)
    assert told("changed") == sum(count > 0 for count in changes.values())
    assert told("unchanged") == sum(not count and host not in failed for host, count in changes.items())
