# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.traffic import traffics
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import traffic_dot, traffic_page
from ansible_collections.closednet.aws.plugins.plugin_utils import graphviz, traffic_pages
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import GROUPS, MEMBERS, TIERS, inventory
from ansible_collections.closednet.aws.tests.unit.drawing import needs_dot

TODAY = date(2026, 11, 29)
SLY = '</td><script>alert(1)</script>"&'


def built(accounts, *hosts):
    return traffics(accounts, MEMBERS, hosts or list(accounts), TODAY)


def page(accounts=None, host="alpha"):
    (one,) = built(accounts or inventory(), host)
    return traffic_page.page(one, traffic_page.Drawn("<svg></svg>"))


class Balanced(HTMLParser):
    """Fails where a tag isn't closed."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, _attributes):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(text):
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []


def test_a_page_shows_each_hop_and_who_decides():
    text = page()
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles == [
        "Out to the internet, and back",
        "What you may reach by the central egress",
        "What is closed, and what to do",
        "To other accounts",
        "In",
        "Why doesn&#x27;t it connect?",
    ]
    assert "<b>tier app</b> to the internet by the central egress, filtered by name" in text
    assert '<td data-label="Decided by">spoke_destinations of alpha</td>' in text
    assert '<td data-label="To">api.stripe.com</td>' in text and '<td data-label="Owner">team-payments</td>' in text
    assert '<tr class="bad"><td data-label="To">old.example.org</td>' in text and "2026-01-31, expired: closed" in text
    assert "QUIC" in text and "-e from=alpha/app -e to=NAME:443" in text
    check(text)


def test_an_account_without_central_egress_has_no_table_of_openings():
    text = page(host="analytics")
    assert "What you may reach" not in text and "is closed: it reaches AWS&#x27;s services" in text
    check(text)


def test_monitor_mode_is_told():
    assert "The firewall only watches" in page(inventory(security={"egress_mode": "monitor"}))


def test_an_inbound_path_whose_answers_would_leave_elsewhere_is_told():
    tiers = [{"name": "public", "prefix": 24, "internet": "gateway"}, *TIERS]
    lost = page(inventory(alpha={"vpc_tiers": tiers, "spoke_tiers": ["app", "public"]}))
    assert "Answers would leave by another path" in lost
    direct = [{**tiers[0], "internet": "direct"}, *TIERS]
    sound = page(inventory(alpha={"vpc_tiers": direct, "spoke_tiers": ["app", "public"]}))
    assert "Answers leave by the same internet gateway" in sound


def test_the_index_links_to_each_page():
    text = traffic_page.index(built(inventory()))
    assert '<td data-label="Account"><a href="alpha.html">alpha</a></td>' in text
    assert "6 accounts" in text and "is the central egress" in text
    check(text)


def test_file_names_are_safe_and_of_one_account_each():
    names = traffic_page.file_names(["alpha", "Alpha", "../../etc/passwd", "index", "a b", "a/b", "...", "a.b"])
    assert list(names.values()) == [
        "alpha.html",
        "Alpha-2.html",
        "etc-passwd.html",
        "index-2.html",
        "a-b.html",
        "a-b-2.html",
        "account.html",
        "a-b-3.html",
    ]


def test_names_of_others_are_text():
    groups = {
        **GROUPS,
        "payments": {**GROUPS["payments"], "owner": SLY, "allow": [{"domain": "a.example.com", "reason": SLY}]},
    }
    accounts = inventory(security={"egress_groups": groups})
    accounts[SLY] = {**accounts["alpha"], "vpc_cidrs": ["10.9.0.0/16"], "account_id": SLY}
    for one in built(accounts):
        text = traffic_page.page(one, traffic_page.Drawn(reason=SLY), [SLY])
        assert "<script" not in text and "src=" not in text and "href=" not in text
        check(text)
    index = traffic_page.index(built(accounts))
    assert "<script" not in index and re.findall(r'href="([^"]*)"', index).count("td-script-alert-1-script.html") == 1
    check(index)


def test_the_picture_has_both_directions_and_what_comes_in():
    tiers = [{"name": "public", "prefix": 24, "internet": "direct"}, *TIERS]
    (one,) = built(inventory(alpha={"vpc_tiers": tiers}), "alpha")
    text = traffic_dot.dot(one)
    edges = re.findall(r'^"(.*?)" -> "(.*?)" \[class="(\w+)"', text, re.MULTILINE)
    for edge in (
        ("tier app", "hub", "out"),
        ("tier app", "hub", "back"),
        ("hub", "firewall", "out"),
        ("firewall", "nat", "back"),
        ("gateway", "internet", "out"),
        ("tier public", "own own_gateway", "in"),
        ("tier public", "own own_gateway", "out"),
        ("hub", "host shared-services", "out"),
    ):
        assert edge in edges
    assert '"tier data" [label="tier data\\n' in text and "class=stopped" in text


@needs_dot
def test_every_picture_is_drawn_and_pages_need_nothing_else():
    accounts = inventory()
    accounts[SLY] = {**accounts["alpha"], "vpc_cidrs": ["10.9.0.0/16"]}
    made = traffic_pages.pages(built(accounts), accounts)
    assert set(made["accounts"]) == set(accounts)
    for one in made["accounts"].values():
        assert "<svg" in one["page"] and "<script" not in one["page"] and "src=" not in one["page"]


def test_without_dot_pages_say_so(monkeypatch):
    def no_picture(_source, _title):
        raise graphviz.NoPicture("dot isn't installed")

    monkeypatch.setattr(graphviz, "svg", no_picture)
    made = traffic_pages.pages(built(inventory(), "alpha"), inventory())
    assert "<b>No picture:</b> dot isn&#x27;t installed" in made["accounts"]["alpha"]["page"]


def test_what_aws_does_not_have_yet_is_told(monkeypatch):
    monkeypatch.setattr(graphviz, "svg", lambda _source, _title: "<svg></svg>")
    step = {"address": "route.app", "action": "create", "before": None, "after": {"to": "tgw"}}
    accounts = inventory(
        alpha={"spoke_result": {"plan": [step], "notes": []}}, security={"egress_result": {"ready": False}}
    )
    made = traffic_pages.pages(built(accounts, "alpha"), accounts)["accounts"]["alpha"]["page"]
    assert "Not yet as declared in AWS: alpha (1) changes" in made and "security isn&#x27;t ready yet" in made


def test_programs_get_the_same():
    told = json.loads(traffic_page.as_json(built(inventory())))
    assert told["alpha"]["ways"][0]["path"]["leads"] == "central" and told["alpha"]["allowed"][0]["group"] == "payments"
