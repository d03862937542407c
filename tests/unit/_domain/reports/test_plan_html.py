# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.plan_html import plan_page
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import GONE, MADE, MOVED, hub, result, spoke

ACCOUNTS = {
    "shared-services": hub(hub_result=result(notes=["alpha: waits"])),
    "alpha": spoke(MADE),
    "beta": spoke(),
    "gamma": spoke(GONE),
    "delta": spoke(vpc_result=result(failed=True, msg="AccessDenied")),
    "omega": spoke(),
}


def test_totals_first_then_the_worst_account_and_the_quiet_ones_in_one_line():
    page = plan_page(ACCOUNTS, "<svg></svg>")
    assert re.findall(r"<h2>(\S+)", page) == ["delta", "gamma", "alpha", "shared-services"]
    assert '<p class="totals">6 accounts: <b class="create">1 to create</b>, <b class="delete">1 to delete</b>' in page
    assert "1 failed" in page
    assert page.index("totals") < page.index("<svg>") < page.index("<h2>")
    assert "<b>2 accounts with nothing to do:</b> beta, omega</p>" in page
    assert '<li class="failed">FAILED AccessDenied</li>' in page
    assert '<p class="verdict good">+1 ~0 -0</p>' in page
    assert '<li class="note">! alpha: waits</li>' in page


def test_what_is_not_as_declared_comes_before_what_is_only_noted():
    of_beta = spoke(spoke_result=result(findings=["tgw-attach-1 is pendingAcceptance"]))
    page = plan_page({**ACCOUNTS, "beta": of_beta})
    assert re.findall(r"<h2>(\S+)", page).index("beta") < re.findall(r"<h2>(\S+)", page).index("shared-services")
    assert '<li class="failed">NOT AS DECLARED tgw-attach-1 is pendingAcceptance</li>' in page
    assert '<b class="delete">1 not as declared</b>' in page
    assert '<p class="verdict bad">NOT AS DECLARED</p>' in page


def test_what_is_made_is_folded_only_where_there_is_much_to_read():
    assert "<details open>" in plan_page({"alpha": spoke(MADE)})
    many = {f"customer{n}": spoke(MADE) for n in range(6)}
    assert "<details>" in plan_page(many) and "<details open>" not in plan_page(many)


def test_what_changes_is_shown_at_once():
    page = plan_page({f"customer{n}": spoke(MOVED) for n in range(6)})
    assert "<details>" not in page and '<li class="change">~ vpc.main:dns: dns false -&gt; true</li>' in page


def test_an_inventory_as_declared():
    page = plan_page({"beta": spoke()})
    assert "1 accounts: nothing to do</p>" in page and "<h2>" not in page


def test_without_picture_the_page_says_why():
    page = plan_page({"beta": spoke()}, not_drawn="dot isn't there")
    assert "<b>No picture:</b> dot isn&#x27;t there" in page and "<svg" not in page


def test_the_page_needs_nothing_else_and_takes_no_markup_from_accounts():
    sly = {**MADE, "address": "<script>", "after": {"</li>": "<script>"}}
    effect = {"opens": [{"text": "<script>", "needs_name": True, "crosses": "<script>"}], "unknown": ["<script>"]}
    accounts = {"</h2><script>": spoke(sly), "<script>quiet": spoke(), '"><script>': spoke(sly)}
    page = plan_page(accounts, effect=effect, about={"<script>": "<script>"})
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "src=" not in page and "href=" not in page
    many = {**accounts, "a": spoke(sly), "b": spoke(MADE)}
    assert plan_page(many).count("<script") == 1
