# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/egress_migration.yml: from one stage to the next by what logs show, and back by one variable."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta, timezone

import yaml

from tests.integration.test_egress_learn import NOWHERE, alert

GROUPS = {"alphas": {"sources": ["alpha"], "allow": [{"domain": "ok.example.com"}]}}
DESTINATIONS = "{{ ['10.0.0.0/16'] + ([] if egress_migration == 'proxy' else ['0.0.0.0/0']) }}"


def ago(days):
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%d")


def logs(site, **names):
    """Write alerts of the last 20 days: ok.example.com each day, and each of names on the days that it has."""
    lines = [alert("ok.example.com", ago(day)) for day in range(20)]
    lines += [alert(f"{name}.example.com", ago(day)) for name, days in names.items() for day in days]
    (site.home / "alert.log").write_text("".join(lines))


def judged(site, *arguments):
    return site.run("egress_migration", "-e", "files=alert.log", *arguments, environment=NOWHERE)


def shown(evidence):
    return yaml.safe_load(evidence.read_text())["all"]["vars"]["egress_migration_evidence"]


def test_from_the_proxy_to_the_centre_and_back(site):
    site.declare("security", "egress", account_id="9" * 12, region="eu-central-1", egress_groups=GROUPS)
    site.declare("alpha", egress_migration="both", spoke_destinations=DESTINATIONS)
    logs(site, new=[9, 2])

    run = judged(site, "-e", "report=report.json", "-e", "evidence=evidence.yml").succeeded()
    assert run.calls == []
    assert "alpha (both): not yet quiet: 2 of 14 days with logs" in run.output
    assert "alpha: would drop new.example.com:443 (tls) from 10.1.0.5, 2 times, last on " in run.output
    report = site.home / "report.json"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert [one["host"] for one in json.loads(report.read_text())] == ["alpha"]
    assert yaml.safe_load((site.home / "evidence.yml").read_text()) == {
        "all": {"vars": {"egress_migration_evidence": {}}}
    }
    assert judged(site, "-e", "expect=ready").failed == ["localhost"]

    # Somebody allows it: by the groups as they are now, nothing would have been dropped.
    allowed = [{"domain": "ok.example.com"}, {"domain": "new.example.com"}]
    site.declare("security", "egress", egress_groups={"alphas": {"sources": ["alpha"], "allow": allowed}})
    evidence = site.inventory / "egress_evidence.yml"
    run = judged(site, "-e", f"evidence={evidence}", "-e", "expect=ready").succeeded()
    assert "alpha (both): may become central" in run.output
    assert shown(evidence)["alpha"]["quiet_days"] == 20
    # The inventory has it, and the spokes keep their variables.
    site.declare("alpha", egress_migration="central")
    assert "egress_migration" not in site.run("spokes", "--check", environment=NOWHERE).output

    # Evidence of one account stays when another's is written.
    site.declare("beta", egress_migration="both")
    (site.home / "alert.log").write_text(alert("x.example.com", ago(0)))
    judged(site, "-e", f"evidence={evidence}").succeeded()
    assert list(shown(evidence)) == ["alpha"]


def test_the_inventory_check_refuses_a_stage_that_is_not_safe(site):
    site.declare("security", "egress", account_id="9" * 12, region="eu-central-1", egress_groups=GROUPS)
    for stage, text in (
        ("central", "alpha.egress_migration: 'central' has no evidence of quiet days in egress_migration_evidence"),
        ("both", "alpha.egress_migration: 'both' is the stage in which nothing is dropped, but security enforces"),
        ("done", "alpha.egress_migration: 'done' is no stage"),
    ):
        site.declare("alpha", egress_migration=stage, spoke_destinations=DESTINATIONS)
        run = site.run("spokes", "--check", environment=NOWHERE)
        assert run.code != 0 and text in run.output and run.calls == [], run.output
    site.declare("alpha", egress_migration="proxy")
    assert "egress_migration" not in site.run("spokes", "--check", environment=NOWHERE).output


def test_bad_input(site):
    (site.home / "alert.log").write_text("x")
    run = judged(site)
    assert run.code != 0 and "egress_migration: is a variable of no host" in run.output
    site.declare("alpha", egress_migration="both", egress_migration_quiet_days=0)
    run = judged(site)
    assert run.code != 0 and "alpha.egress_migration_quiet_days: 0 is no number of days" in run.output
