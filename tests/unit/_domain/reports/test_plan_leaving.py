# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan opens and closes for traffic that leaves, in each of the plan's forms."""

from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import plan_text
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.plan_html import plan_page
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import GONE, MADE, result, spoke

OPENED = "payments: + api.stripe.com:443 from alpha (10.1.0.0/16)"
CLOSED = "everyone: - .old.example:443 from alpha (10.1.0.0/16)"
CHANGES = (CLOSED, OPENED)


def security(*steps, changes=CHANGES):
    return {"account_id": "8" * 12, "egress_result": result(*steps, egress_changes=list(changes))}


def lines(variables):
    return plan_text.plan_lines({"security": variables})


def test_openings_come_first_under_a_title_of_their_own():
    assert lines(security(GONE)) == [
        f"security ({'8' * 12})",
        "  - transit_gateway_route.main/app/10.9.0.0/16",
        "  What may leave:",
        f"    {OPENED}",
        f"    {CLOSED}",
        "1 accounts: 1 to delete; egress: 1 opened, 1 closed",
    ]


def test_changes_count_without_a_step_too():
    """So verify fails where what may leave differs, whatever the steps say."""
    assert lines(security(changes=[OPENED]))[1:] == [
        "  What may leave:",
        f"    {OPENED}",
        "1 accounts: nothing to do; egress: 1 opened",
    ]


def test_words_without_a_sign_are_shown_as_they_are():
    assert lines(security(changes=["rule group x: a rule of others"]))[2:] == [
        "    rule group x: a rule of others",
        "1 accounts: nothing to do; egress: 1 changed",
    ]


@pytest.mark.parametrize(
    ("change", "sign", "word"),
    [
        ("mode: enforce -> monitor", "+", "opened"),
        ("mode: enforce -> monitor: what no entry allows is only logged", "+", "opened"),
        ("mode: monitor -> enforce: what no entry allows is denied", "-", "closed"),
        ("mode: monitor -> enforced", "~", "changed"),
    ],
)
def test_a_change_of_the_mode_opens_or_closes_everything(change, sign, word):
    assert lines(security(changes=[change]))[2:] == [
        f"    {change}",
        f"1 accounts: nothing to do; egress: 1 {word}",
    ]
    assert f"\n{sign} {change}\n" in plan_text.plan_markdown({"security": security(changes=[change])})


def test_markdown_is_a_diff():
    page = plan_text.plan_markdown({"security": security(MADE)})
    assert page.endswith(
        "\n### What may leave\n\n```diff\n+ payments: api.stripe.com:443 from alpha (10.1.0.0/16)\n"
        "- everyone: .old.example:443 from alpha (10.1.0.0/16)\n```\n"
    )
    assert "## security" in plan_text.plan_markdown({"security": security()})


def test_programs_and_approved_plans_get_the_words():
    told = json.loads(plan_text.plan_json({"security": security(), "alpha": spoke()}))["accounts"]
    assert told["security"]["egress_changes"] == {"egress_result": list(CHANGES)}
    assert told["alpha"]["egress_changes"] == {}


def test_the_page_shows_them_by_colour():
    page = plan_page({"security": security(MADE)})
    opened, closed = f'<li class="create">{OPENED}</li>', f'<li class="delete">{CLOSED}</li>'
    assert f'<h3>What may leave</h3><ul class="plan">{opened}{closed}</ul>' in page
    assert "egress: 1 opened, 1 closed" in page
    assert "<h2>security" in plan_page({"security": security()})


def test_names_are_text_in_every_form():
    sly = "</li><script>: + a\nb\x1b[2J```:443 from x"
    accounts = {"security": security(changes=[sly])}
    for shown in (plan_page(accounts), plan_text.plan_markdown(accounts), *plan_text.plan_lines(accounts)):
        assert "\x1b" not in shown
    assert "<script" not in plan_page(accounts) and "&lt;script&gt;" in plan_page(accounts)
    assert len(lines(accounts["security"])) == 4
    assert "\n````diff\n" in plan_text.plan_markdown(accounts)
