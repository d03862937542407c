# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With graphviz's own dot, which `make graphviz` installs."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.closednet.aws.plugins.filter import network
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import host_plans, topology_dot
from ansible_collections.closednet.aws.plugins.plugin_utils import graphviz
from ansible_collections.closednet.aws.tests.unit._domain.reports.plans import MADE, hub, spoke
from ansible_collections.closednet.aws.tests.unit.drawing import needs_dot

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "Plan <&>"
HOSTILE = [
    'a"]; evil [label="x"] //',
    "a\\",
    "a\\N\\G\\l&lt;b&gt;&amp;&#60;",
    "<b>html</b>",
    "</title></svg><script>alert(1)</script>",
    "--><script>alert(2)</script><!--",
    "]]>",
    "tab\there,nul\x00and\ud800half a pair",
    "Zürich 中文",
]


def element(accounts):
    return ElementTree.fromstring(graphviz.svg(topology_dot.dot(accounts, host_plans.host_plans(accounts)), TITLE))


def texts(node):
    return [text.text for text in node.iter(f"{SVG}text")]


@needs_dot
def test_the_picture_is_an_element_that_a_page_can_hold_and_a_reader_can_name():
    drawn = graphviz.svg(topology_dot.dot({"alpha": spoke(MADE)}, host_plans.host_plans({"alpha": spoke(MADE)})), TITLE)
    assert drawn.startswith('<svg role="img" aria-label="Plan &lt;&amp;&gt;"') and drawn.endswith("</svg>")
    root = ElementTree.fromstring(drawn)
    assert root.find(f"{SVG}g/{SVG}title").text == TITLE
    (alpha,) = [group for group in root.iter(f"{SVG}g") if group.get("class") == "node account creates"]
    assert alpha.find(f"{SVG}title").text == "alpha"
    assert texts(alpha) == ["alpha", "+1 ~0 -0"]


@needs_dot
def test_a_line_between_segments_is_not_named_by_two_accounts_in_them():
    root = element({"shared-services": hub(), "alpha": spoke()})
    (line,) = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("edge")]
    assert line.find(f"{SVG}title") is None


@needs_dot
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is_and_is_nothing_but_text(name):
    root = element({"shared-services": hub(), name: spoke(), "beta": spoke()})
    groups = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("node")]
    # What can't be seen, by its number.
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in name)
    assert sorted(texts(group)[0] for group in groups) == sorted(["shared-services", shown, "beta"])
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {"svg", "g", "title", "text", "polygon", "path"}


@needs_dot
def test_what_dot_cannot_read_is_told():
    with pytest.raises(graphviz.NoPicture, match="dot ended with 1: .*syntax error"):
        graphviz.svg("graph {", TITLE)


def test_dot_is_not_waited_for_without_end(tmp_path, monkeypatch):
    slow = tmp_path / "dot"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(graphviz, "TIMEOUT_SECONDS", 0.1)
    with pytest.raises(graphviz.NoPicture, match="dot took longer than"):
        graphviz.svg("graph {}", TITLE)


@needs_dot
def test_without_dot_there_is_a_page_that_says_so_and_a_warning(monkeypatch, tmp_path):
    warned = []
    monkeypatch.setattr(network.Display, "warning", lambda self, text: warned.append(text))
    plan_html = network.FilterModule().filters()["plan_html"]
    accounts = {"shared-services": hub(), "alpha": spoke(MADE)}
    assert "<svg" in plan_html(accounts) and not warned

    monkeypatch.setenv("PATH", str(tmp_path))
    page = plan_html(accounts)
    assert "<svg" not in page and "No picture:" in page and "graphviz" in page
    assert [text for text in warned if "dot isn't installed" in text]
