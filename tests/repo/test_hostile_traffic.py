# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of egress with hostile text in names, reasons and what AWS says: the same elements in the same places."""

from __future__ import annotations

import re
import subprocess
from datetime import date

from hypothesis import given, settings

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.traffic import traffics
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.why import why
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import (
    plan_html,
    plan_text,
    traffic_dot,
    traffic_page,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.why import why_lines
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import GROUPS, MEMBERS, TIERS, inventory
from ansible_collections.closednet.aws.tests.unit.drawing import needs_dot
from tests.repo.test_hostile_text import SETTINGS, TEXT, Structure, blocks, with_examples

TODAY = date(2026, 11, 29)
PUBLIC = {"name": "public", "prefix": 24, "internet": "direct"}
NUMBER = "222222222222"


def accounts(text):
    """Build an inventory with a text in names of hosts and tiers, in accounts, reasons and owners."""
    entry = {"domain": "api.stripe.com", "reason": f"for {text}"}
    payments = {**GROUPS["payments"], "owner": text, "sources": ["10.1.0.0/16"], "allow": [entry]}
    tiers = [*TIERS, PUBLIC, {"name": f"x {text}", "prefix": 28}]
    common = {"account_id": text, "region": f"eu-{text}", "vpc_tiers": tiers}
    found = inventory(security={"egress_groups": {"payments": payments}, "account_id": text, "region": f"eu-{text}"})
    found["shared-services"]["region"] = f"eu-{text}"
    return {
        f"a {text}" if host == "alpha" else host: one | (common if host == "alpha" else {})
        for host, one in found.items()
    }


def built(text):
    return traffics(accounts(text), {**MEMBERS, "spokes": []}, [f"a {text}"], TODAY)


QUIET = built("quiet")


@with_examples
def test_pages_have_the_same_elements(text):
    (one,), (quiet,) = built(text), QUIET
    for made, wanted in (
        (
            traffic_page.page(one, traffic_page.Drawn(reason=f"x {text}"), [text]),
            traffic_page.page(quiet, traffic_page.Drawn(reason="quiet"), ["quiet"]),
        ),
        (traffic_page.index([one]), traffic_page.index([quiet])),
    ):
        assert Structure(made).tags == Structure(wanted).tags
        assert all(line.isprintable() for line in made.split("\n")) and made.count("\n") == wanted.count("\n")


@with_examples
def test_the_file_of_a_page_stays_in_its_folder(text):
    (name,) = traffic_page.file_names([text]).values()
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.html", name, re.ASCII)


@needs_dot
@settings(SETTINGS, max_examples=15)
@given(text=TEXT)
def test_a_picture_has_the_same_nodes(text):
    def nodes(one):
        source = traffic_dot.dot(one)
        assert source.replace("\n", "").isprintable()
        done = subprocess.run(["dot", "-Tplain"], input=source.encode(), capture_output=True, check=True, timeout=60)
        return sum(line.startswith((b"node ", b"edge ")) for line in done.stdout.splitlines())

    assert nodes(built(text)[0]) == nodes(QUIET[0]) > 10


@with_examples
def test_an_answer_has_the_same_lines(text):
    def lines(of):
        given = accounts(of)
        given[f"a {of}"]["account_id"] = NUMBER
        asked = {"from": "10.1.0.0/20", "to": "api.stripe.com:443"}
        return why_lines(why(given, {}, asked, TODAY))

    assert all(line.isprintable() for line in lines(text))
    assert [line[:4] for line in lines(text)][2:] == [line[:4] for line in lines("quiet")][2:]


@with_examples
def test_a_plan_has_the_same_elements(text):
    def planned(of):
        changes = [f"g: + {of}:443 from x", f"g: - {of}", of]
        return {"security": {"account_id": "1", "egress_result": {"plan": [], "egress_changes": changes}}}

    page, quiet = plan_html.plan_page(planned(text)), plan_html.plan_page(planned("quiet"))
    assert Structure(page).tags == Structure(quiet).tags and all(line.isprintable() for line in page.split("\n"))
    assert blocks(plan_text.plan_markdown(planned(text))) == blocks(plan_text.plan_markdown(planned("quiet")))
    lines = plan_text.plan_lines(planned(text))
    assert all(line.isprintable() for line in lines) and len(lines) == len(plan_text.plan_lines(planned("quiet")))
