# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan tells what it opens and closes, fails until that is named, and its approval binds it."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.plan_text import hash_of
from tests.integration.conftest import Site, lines

OPEN = {"shared": {}, "customers": {"reaches": ["shared"]}}
NAMED = ("-e", "allow_opens=customers>customers")


def files_of(site: Site) -> dict[str, str]:
    return {f"plan_{name}": str(site.home / f"plan.{name}") for name in ("file", "json", "page")}


def test_what_opens_is_told_first_refused_until_named_and_bound_by_the_approval(site: Site) -> None:
    site.run("site").succeeded()
    site.declare("shared-services", "hub", hub_segments=OPEN)
    files = files_of(site)
    refused = site.run("plan", "-e", json.dumps(files))
    assert refused.code != 0 and refused.writes == []
    assert "allow_opens: this plan opens customers>customers" in refused.output.replace("\n", " ")
    # All is shown and written all the same.
    told = json.loads(Path(files["plan_json"]).read_text())
    opened = [entry for entry in told["effect"]["opens"] if entry["needs_name"]]
    assert {entry["crosses"] for entry in opened} == {"customers>customers"}
    page = Path(files["plan_page"]).read_text()
    assert page.index("What this opens and closes") < page.index("transit_gateway_propagation")
    assert told["hash"] in page and told["hash"] in Path(files["plan_file"]).read_text()
    assert site.run("site").writes == []

    run = site.run("plan", "-e", json.dumps(files), *NAMED).succeeded()
    assert "What this opens and closes:" in lines(run)
    # What is more than what was approved is refused before anything is written.
    told = json.loads(Path(files["plan_json"]).read_text())
    less = {**told, "effect": {**told["effect"], "opens": []}}
    changed = site.home / "changed.json"
    for plan, words in ((less, "plan was changed"), ({**less, "hash": hash_of(less)}, "plan is stale")):
        changed.write_text(json.dumps(plan))
        stopped = site.run("site", "-e", f"approved_plan_file={changed}", *NAMED)
        assert stopped.code != 0 and stopped.writes == [] and words in stopped.output.replace("\n", " "), stopped.output
    approved = ("-e", f"approved_plan_file={files['plan_json']}", *NAMED)
    assert site.run("site", *approved).succeeded().writes
    # An approval of what is done already approves nothing more, and needs nothing more.
    assert site.run("site", *approved).succeeded().writes == []
