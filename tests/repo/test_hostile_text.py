# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports with hostile text in fields from AWS: they show the same accounts in the same places.

A tag with a newline and a fence once hid the accounts after it from the approver of a plan.
"""

from __future__ import annotations

import copy
import json
import subprocess
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ansible_collections.closednet.aws.plugins.module_utils._core import errors
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import (
    doctor,
    host_plans,
    pci,
    plan_html,
    plan_text,
    topology_dot,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.run_summary import Summary
from ansible_collections.closednet.aws.tests.unit.drawing import needs_dot

HOSTILE = (
    "x\n```\n\n## beta (222222222222)\n\nnothing to do\n```diff\n",
    "\n\n# 1 accounts: nothing to do\n<!--",
    "\x1b[2J\x1b[1;1H\x1b[32mok\x1b[0m\r\x08\x7f",
    "\u202e\u2066abc\u200b\ufeff\u3164\u2028\u2029\x85\xa0",
    "````` ~~~ ![a](b) [x]: y | z | `a` * _ # $a$ &amp; <details><summary>x</summary>",
    '</pre></li></article></h2><script>alert(1)</script><b a="',
    'a"]; evil [label="x"] //\\',
    "{{ lookup('pipe', 'id') }}",
    "  + vpc.main: looks like a step",
    "a\ud800b\x00c",
    " \t",
)
TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
PLACEHOLDER = "@"
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def step(action, before=None, after=None):
    return {"address": f"{action}.@", "action": action, "before": before, "after": after}


def accounts(filled):
    """Build four accounts with `filled` in their texts: plans, and results of the doctor and of the PCI report."""
    finding = {
        **dict.fromkeys(("id", "resource", "says", "fix", "confidence", "source"), "a @ b"),
        "status": "cause",
        "services": ["@", "s3"],
        "targets": ["@"],
        "evidence": {"@ key": ["@"]},
    }
    judged = {"check": "@", "says": "@", "verdict": "fail", "source": "@", "confidence": "@"}
    requirement = {
        **dict.fromkeys(("requirement", "title", "says"), "@"),
        "old": "@",
        "verdict": "fail",
        "evidence": [{**judged, "fields": {"failing": [{"@ name": "@"}]}}],
    }
    needless = dict.fromkeys(("name", "container", "taskDefinitionArn", "why"), "@")
    quota = {**dict.fromkeys(("store", "quota", "quota_from", "unread"), "@"), "used": None}
    told = {
        "plan": [
            step("create", None, {"@": "@", "tags": {"@": "@"}, "other": ["@", {"@": "@"}]}),
            step("change", {"@": "@"}, {"@": "x @"}),
            step("delete", {"@": "@"}),
        ],
        "notes": ["@", "a @ b"],
    }
    common = {
        "account_id": "@",
        "region": "eu-@",
        "spoke_segment": "customers",
        "group_names": ["closed", "@"],
        "doctor_result": {"healthy": False, "findings": [finding]},
        "pci_result": {
            "requirements": [requirement],
            "verdicts": {"fail": 1},
            "secrets": {"needless": [needless], "quotas": [quota]},
        },
    }
    given = {
        "hub": {**common, "hub_segments": {"customers": {"isolated": True}}, "spoke_segment": None},
        "@ alpha": {**common, "vpc_result": told},
        "beta": {**common, "spoke_result": {**told, "failed": True, "msg": "@ next"}},
        "gamma@": {**common, "doctor_result": {"failed": True, "msg": "@"}, "pci_result": {"msg": "@"}},
    }
    return fill(given, filled)


def fill(value, text):
    if isinstance(value, dict):
        return {fill(key, text): fill(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, text) for item in value]
    return value.replace(PLACEHOLDER, text) if isinstance(value, str) else value


QUIET = accounts("quiet")


def with_examples(test):
    for text in HOSTILE:
        test = example(text=text)(test)
    return SETTINGS(given(text=TEXT)(test))


def blocks(page):
    return [(token.type, token.tag, token.level) for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page)]


def inline(page):
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(page)
    return [[part.type for part in token.children] for token in tokens if token.type == "inline"]


@with_examples
def test_markdown_has_the_same_headings_and_blocks(text):
    page, quiet = plan_text.plan_markdown(accounts(text)), plan_text.plan_markdown(QUIET)
    assert blocks(page) == blocks(quiet)
    assert inline(page) == inline(quiet) == [["text"]] * 3


class Structure(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [key for key, _value in attrs]))

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_comment(self, data):
        self.tags.append("comment")


@pytest.mark.parametrize("page_of", [plan_html.plan_page, doctor.doctor_html, pci.pci_html])
@with_examples
def test_html_has_the_same_elements_and_shows_what_cannot_be_seen(page_of, text):
    page, quiet = page_of(accounts(text)), page_of(QUIET)
    assert Structure(page).tags == Structure(quiet).tags
    assert all(line.isprintable() for line in page.split("\n"))
    assert page.count("\n") == quiet.count("\n")


@pytest.mark.parametrize("lines_of", [plan_text.plan_lines, doctor.doctor_lines, pci.pci_lines])
@with_examples
def test_text_has_the_same_lines_and_steers_no_terminal(lines_of, text):
    lines, quiet = lines_of(accounts(text)), lines_of(QUIET)
    assert all(line.isprintable() for line in lines)
    assert [line.startswith(" ") for line in lines] == [line.startswith(" ") for line in quiet]


@with_examples
def test_a_summary_has_the_same_lines(text):
    def lines(filled):
        summary = Summary()
        for host, variables in accounts(filled).items():
            result = variables.get("vpc_result", {"failed": True, "msg": fill("@ in account @: @ Next: @", filled)})
            summary.hear(host, "tiered_vpc", "Converge", result)
            if result.get("failed"):
                summary.fail(host, "tiered_vpc", result)
        return [line.text for line in summary.lines(list(accounts(filled)), everything=True)]

    assert all(line.isprintable() for line in lines(text))
    assert {len(line) - len(line.lstrip()) for line in lines(text)} <= {0, 2, 3, 4}


@needs_dot
@settings(SETTINGS, max_examples=15)
@given(text=TEXT)
def test_a_picture_has_the_same_nodes(text):
    def nodes(given):
        source = topology_dot.dot(given, host_plans.host_plans(given))
        assert source.replace("\n", "").isprintable()
        done = subprocess.run(["dot", "-Tplain"], input=source.encode(), capture_output=True, check=True, timeout=60)
        return sum(line.startswith(b"node ") for line in done.stdout.splitlines())

    assert nodes(accounts(text)) == nodes(QUIET) == 4


@pytest.mark.parametrize("json_of", [plan_text.plan_json, doctor.doctor_json, pci.pci_json])
@with_examples
def test_json_says_what_was_read(json_of, text):
    given = accounts(text)
    page = json_of(given)
    assert page.isascii()
    told = json.loads(page)
    told = told.get("accounts", told)
    assert list(told) == list(given)
    assert [account["account_id"] for account in told.values()] == [text] * 4
    host = f"{text} alpha"
    if json_of is plan_text.plan_json:
        assert told[host]["results"]["vpc_result"] == copy.deepcopy(given[host]["vpc_result"]["plan"])


@with_examples
def test_an_error_is_one_line(text):
    assert str(Failure(f"create vpc.{text}: {text}")).isprintable()
    invalid = errors.Invalid(f"tags.{text}", text, f"is {text}", text)
    assert str(invalid).isprintable() and invalid.value == text
