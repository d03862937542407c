# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible.errors import AnsibleLookupError

from ansible_collections.closednet.aws.plugins.lookup.egress_learn import LookupModule

ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": []}
GROUPS = {"everyone": {"sources": ["spokes"], "allow": [{"domain": "a.example"}]}}
LOG = "1795867200.123 5 10.1.0.5 TCP_TUNNEL/200 45 CONNECT %s:443 - HIER_DIRECT/1.2.3.4 -\n"
ROW = {"source": "10.1.0.6", "destination": "c.example", "port": 443, "protocol": "tls", "hits": 2, "blocked": 0}


@pytest.fixture
def log(tmp_path):
    (tmp_path / "access.log").write_text(LOG % "a.example" + LOG % "b.example" + "broken\n")
    return str(tmp_path / "access.log")


def looked_up(*terms, **options):
    defaults = {"accounts": ACCOUNTS, "groups": GROUPS, "members": {"spokes": ["alpha"]}}
    (found,) = LookupModule().run(list(terms), {}, **{**defaults, **options})
    return found


def test_logs_and_observations_are_learned_from(log):
    reported = [{"domain": name, "hits": 1234, "sources": 3} for name in ("b.example", "{{ d }}.example")]
    found = looked_up(log, observed=[{**ROW, "days": ["2026-11-28"], "groups": []}], reported=reported, days=1)
    assert [entry["domain"] for entry in found["groups"]["alpha"]["allow"]] == ["b.example", "c.example"]
    assert found["backtest"] == {"total": 4, "blocked_now": 3, "blocked_with_proposal": 0}
    assert f"{log}: 1 lines aren't of the format squid" in found["lines"]
    reported = [line for line in found["lines"] if "reports" in line]
    assert reported == ["the firewall reports {{ d }}.example, 1,234 hits of 3 sources without names"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"days": 0}, "days: 0 is out of bounds"),
        ({"children": 0}, "children: 0 is out of bounds"),
        ({"groups": {"x": {"sources": ["nobody"], "allow": []}}}, "'nobody' is no account"),
        ({"groups": {"x": {"sources": ["alpha"], "allow": []}}}, "allows nothing"),
        ({"log_format": "combned"}, "is no format of a log"),
        ({"terms": ["/nowhere"]}, "is no file that can be read"),
        ({"terms": []}, "names no file"),
    ],
)
def test_bad_input(log, options, text):
    terms = options.pop("terms", [log])
    with pytest.raises(AnsibleLookupError, match=text):
        looked_up(*terms, **options)


def test_what_is_no_log(tmp_path):
    (tmp_path / "notes.txt").write_text("hello\n")
    with pytest.raises(AnsibleLookupError, match="is no log that is known by its first line"):
        looked_up(str(tmp_path))
