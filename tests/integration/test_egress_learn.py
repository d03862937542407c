# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/egress_learn.yml on files: it needs no account."""

from __future__ import annotations

import gzip
import json
import stat
import time

import yaml

from tests.integration.conftest import ALPHA, REGION

NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
GROUPS = {"alphas": {"owner": "team-a", "sources": ["alpha"], "allow": [{"domain": "old.example.com"}]}}


def alert(name, day):
    event = {
        "timestamp": f"{day}T12:00:00.000000+0000",
        "event_type": "alert",
        "src_ip": "10.1.0.5",
        "dest_ip": "1.2.3.4",
        "dest_port": 443,
        "app_proto": "tls",
        "alert": {"action": "allowed", "signature": "egress-would-deny group=alphas why=tls-name"},
        "tls": {"sni": name},
    }
    return json.dumps({"firewall_name": "egress", "event": event}) + "\n"


def test_a_proposal_is_written_and_nothing_else(site):
    site.declare("security", "egress", account_id="9" * 12, region="eu-central-1", egress_groups=GROUPS)
    logs = alert("new.example.com", "2026-11-28") + alert("{{ evil }}", "2026-11-29")
    (site.home / "logs").mkdir()
    (site.home / "logs" / "alert.gz").write_bytes(gzip.compress(logs.encode()))

    run = site.run("egress_learn", "-e", "files=logs", environment=NOWHERE).succeeded()

    assert run.calls == []
    proposal = site.home / "egress_groups.learned.yml"
    assert stat.S_IMODE(proposal.stat().st_mode) == 0o600 and "{{" not in proposal.read_text()
    (name,) = declared = yaml.safe_load(proposal.read_text())["egress_groups"]
    assert (name, declared[name]["owner"], declared[name]["sources"]) == ("alphas", "team-a", ["alpha"])
    assert [entry["domain"] for entry in declared[name]["allow"]] == ["new.example.com"]
    for told in (
        "without the proposal, would block 2 of 2; with all of it, 1 of 2",
        "not proposed: {{ evil }}:443 (tls) from alpha, 1 hits",
        "not used in these logs: alphas: old.example.com:443",
        "have no end of a month",
    ):
        assert told in run.output, run.output
    assert not (site.home / "egress_groups.proposed.yml").exists()


def test_the_firewalls_logs_are_read_where_the_inventory_says_that_they_are(site):
    where = [{"log_type": "ALERT", "destination_type": "cloud-watch-logs", "destination": "/egress/alert"}]
    site.declare("security", "egress", account_id=ALPHA, region=REGION, egress_groups=GROUPS, egress_logs=where)
    logs = site.client(ALPHA, "logs")
    logs.create_log_group(logGroupName="/egress/alert")
    logs.create_log_stream(logGroupName="/egress/alert", logStreamName="one")
    event = {"timestamp": int(time.time() * 1000) - 60_000, "message": alert("new.example.com", "2026-11-28")}
    logs.put_log_events(logGroupName="/egress/alert", logStreamName="one", logEvents=[event])
    (site.home / "log").write_text(alert("of-a-file.example.com", "2026-11-28"))

    run = site.run("egress_learn").succeeded()
    assert run.writes == [] and "1 groups proposed in egress_groups.learned.yml" in run.output
    assert domains(site) == ["new.example.com"]
    site.run("egress_learn", "-e", "files=log", environment=NOWHERE).succeeded()
    assert domains(site) == ["of-a-file.example.com"]
    site.run("egress_learn", "-e", "files=log", "-e", "firewall_logs=true").succeeded()
    assert domains(site) == ["new.example.com", "of-a-file.example.com"]


def domains(site):
    declared = yaml.safe_load((site.home / "egress_groups.learned.yml").read_text())["egress_groups"]
    return [entry["domain"] for group in declared.values() for entry in group["allow"]]


def test_bad_input_writes_nothing(site):
    run = site.run("egress_learn", "-e", "files=/nowhere", environment=NOWHERE)
    assert run.code != 0 and "files: '/nowhere' is no file that can be read" in run.output
    site.declare("security", "egress", egress_groups={**GROUPS, "x": {"sources": ["nobody"], "allow": []}})
    (site.home / "log").write_text(alert("a.example", "2026-11-28"))
    run = site.run("egress_learn", "-e", "files=log", environment=NOWHERE)
    assert run.code != 0 and "'nobody' is no account" in run.output
    assert not list(site.home.glob("*learned*"))
