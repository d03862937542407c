# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan does to the connections of accounts that have no step of their own, and what it opens and closes."""

from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import (
    host_plans,
    plan_effect,
    plan_notes,
    plan_text,
    topology_dot,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.plan_html import plan_page
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import hub, result, spoke

TABLES = {"customers": "tgw-rtb-c7d", "shared": "tgw-rtb-3f1"}
MOVE = {
    "action": "change",
    "before": {"table": "tgw-rtb-c7d"},
    "after": {"table": "tgw-rtb-3f1"},
}
LEAVES = {
    "address": "transit_gateway_association.alpha",
    "action": "delete",
    "before": {"table": "tgw-rtb-c7d", "attachment": "tgw-attach-1"},
    "after": None,
}
REJECTS = {
    "address": "endpoint_connection.vpce-1",
    "action": "change",
    "before": {"account_id": "3" * 12, "state": "available"},
    "after": {"account_id": "3" * 12, "state": "rejected", "reason": "isn't in the ledger"},
}
MOVES = [{**MOVE, "address": f"transit_gateway_association.alpha:table.{call}"} for call in ("remove", "add")]
OPENS = {
    "text": "alpha/app (customers) -> beta/app (customers): tcp 443",
    "from_host": "alpha",
    "to_host": "beta",
    "crosses": "customers>customers",
    "needs_name": True,
    "level": "filters",
}
EFFECT = {
    "opens": [OPENS],
    "closes": [{"text": "beta/app -> alpha/app: all", "from_host": "beta", "to_host": "alpha"}],
    "loses_inspection": [{"text": "alpha/app -> internet: all"}],
    "unknown": ["alpha: vpce-1"],
}


def network(*steps, **more):
    planned = result(*steps, route_table_ids=TABLES, **more)
    return {"shared-services": hub(hub_result=planned), "alpha": spoke(), "beta": spoke(account_id="3" * 12)}


def test_an_account_that_moves_is_told_once_by_segments_and_in_its_own_plan():
    accounts = network(*MOVES)
    assert plan_text.plan_lines(accounts) == [
        "shared-services (111111111111)",
        "  ~ transit_gateway_association.alpha:table: table customers (tgw-rtb-c7d) -> shared (tgw-rtb-3f1)",
        "alpha (222222222222)",
        "  ~ moves from segment customers to segment shared (a step of shared-services)",
        "3 accounts: 1 to change; connections: 1 moved",
    ]
    page = plan_page(accounts)
    assert "<b>1 accounts with nothing to do:</b> beta</p>" in page
    assert "moves: customers to shared" in topology_dot.dot(accounts, host_plans.host_plans(accounts))


@pytest.mark.parametrize(
    ("step", "host", "text"),
    [
        (LEAVES, "alpha", "leaves segment customers: it reaches nothing through the Transit Gateway"),
        (REJECTS, "beta", "its endpoint vpce-1 is rejected: isn't in the ledger"),
    ],
)
def test_who_is_cut_off_is_no_mere_change(step, host, text):
    accounts = network(step)
    plans = host_plans.host_plans(accounts)
    assert [mark.text for mark in plans[host].marks] == [f"{text} (a step of shared-services)"]
    assert topology_dot.state(plans[host]) == "cut" and plan_text.plan_sum(plans).endswith("connections: 1 cut")
    assert "CUT OFF" in topology_dot.dot(accounts, plans)
    told = json.loads(plan_text.plan_json(accounts))["accounts"][host]["connections"]
    assert [(one["kind"], one["by"]) for one in told] == [("cut", "shared-services")]
    assert f'data-host="{host}" data-state="cut">' in plan_page(accounts)


def test_an_endpoint_of_an_account_outside_the_inventory_is_told_with_its_number():
    step = {**REJECTS, "after": {**REJECTS["after"], "account_id": "9" * 12}}
    (mark,) = host_plans.host_plans(network(step))["shared-services"].marks
    assert mark.text.startswith(f"{'9' * 12}: its endpoint vpce-1 is rejected")


def test_what_was_never_accepted_is_not_cut():
    step = {**REJECTS, "before": {**REJECTS["before"], "state": "pendingAcceptance"}}
    assert not any(plan.marks for plan in host_plans.host_plans(network(step)).values())


def test_an_opening_without_its_name_stands_first_and_is_red():
    accounts = network(unnamed_opens={"customers>customers": "alpha (customers) to beta (customers)"})
    lines = plan_text.plan_lines(accounts)
    assert lines[1] == "  NEEDS A NAME customers>customers: alpha (customers) to beta (customers)"
    assert lines[-1].endswith("; NEEDS A NAME: shared-services")
    assert '<b class="delete">1 needs a name in allow_opens</b>' in plan_page(accounts)
    assert topology_dot.state(host_plans.host_plans(accounts)["shared-services"]) == "failed"


def test_the_effect_comes_first_in_each_form():
    accounts = network()
    lines = plan_text.plan_lines(accounts, effect=EFFECT)
    assert lines == [
        "What this opens and closes:",
        f"  + opens {OPENS['text']} (crosses customers>customers: allow_opens)",
        "  ~ loses inspection alpha/app -> internet: all",
        "  - closes beta/app -> alpha/app: all",
        "  ? unknown: alpha: vpce-1",
        "3 accounts: nothing to do; effect: opens 1 (1 across an isolated segment), closes 1, loses inspection on 1,"
        " 1 unknown",
    ]
    page = plan_page(accounts, effect=EFFECT, about={"written": "2026-11-30"})
    assert page.index("<h2>What this opens and closes</h2>") < page.index("nothing to do:")
    assert '<li class="opens needs">+ opens alpha/app (customers) -&gt; beta/app' in page
    markdown = plan_text.plan_markdown(accounts, EFFECT)
    assert markdown.index("## What this opens and closes") < markdown.index("? unknown")
    told = json.loads(plan_text.plan_json(accounts, EFFECT, {"written": "2026-11-30"}))
    assert told["effect"] == EFFECT and told["about"] == {"written": "2026-11-30"}
    # All forms say which plan they are of.
    assert told["hash"] in page and told["hash"] in markdown and told["hash"] == plan_text.hash_of(told)
    assert told["hash"] != json.loads(plan_text.plan_json(accounts))["hash"]
    drawn = topology_dot.dot(accounts, host_plans.host_plans(accounts), EFFECT)
    assert '"alpha" -- "beta" [class="opens"' in drawn and '"beta" -- "alpha" [class="closes"' in drawn


def test_that_nothing_opens_is_told_where_there_is_room_and_what_is_not_known_is_not():
    assert "The plan opens and closes nothing." in plan_page(network(), effect={})
    assert plan_effect.NOTHING in plan_text.plan_markdown(network(), {})
    assert plan_effect.NOTHING not in plan_page(network()) + plan_text.plan_markdown(network())
    assert plan_effect.TITLE not in "".join(plan_text.plan_lines(network()))


def test_of_very_many_openings_the_number_is_told():
    lines = plan_effect.lines({"opens": [{"text": f"a{n}"} for n in range(300)]})
    assert len(lines) == plan_effect.MOST + 1 and lines[-1].text == "+ opens: 260 more, see the plan as JSON"


def test_equal_notes_of_many_accounts_are_told_once():
    notes = {f"c{n}": [f"c{n} (10.{n}.0.0/16) waits for tgw-attach-0123456789abcdef{n % 10}"] for n in range(250)}
    together, alone = plan_notes.grouped({**notes, "odd": ["something else"]})
    assert [(note, len(hosts)) for note, hosts in together] == [("... (...) waits for ...", 250)] and alone == ["odd"]
    assert plan_notes.grouped({"a": ["x"], "b": ["x"]}) == ([], ["a", "b"])


def test_300_accounts_stay_small_and_can_be_searched():
    accounts = {**network(*MOVES), **{f"c{n}": spoke(spoke_result=result(notes=[f"c{n} waits"])) for n in range(300)}}
    page = plan_page(accounts)
    assert len(page) < 60_000 and "300 accounts: ... waits" in page
