# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/egress_import.yml: it needs files and an inventory, and no account."""

from __future__ import annotations

import stat

import yaml

NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
SQUID = """\
acl localnet src 10.0.0.0/8
acl good dstdomain "/etc/squid/good.txt"
acl office time MTWHF 09:00-17:00
http_access allow localnet good
http_access allow localnet office
http_access deny all
"""
LOG = (
    "1795867200.1 5 10.1.0.5 TCP_DENIED/403 45 CONNECT {{lookup('pipe','touch${IFS}x')}}:443 - HIER_NONE/- text/html\n"
)


def test_a_proposal_is_written_and_nothing_else(site):
    folder = site.home / "squid"
    folder.mkdir()
    (folder / "squid.conf").write_text(SQUID)
    (folder / "good.txt").write_text(".stripe.com\n")
    (folder / "access.log").write_text(LOG)
    proposal = site.home / "proposed.yml"
    options = ["-e", "files=squid", "-e", "account=alpha", "-e", "proposal=proposed.yml"]

    run = site.run("egress_import", *options, environment=NOWHERE).succeeded()

    assert run.calls == []
    assert stat.S_IMODE(proposal.stat().st_mode) == 0o600
    assert yaml.safe_load(proposal.read_text()) == {
        "egress_groups": {
            "alpha": {
                "owner": "TODO",
                "sources": ["alpha"],
                "allow": [{"domain": ".stripe.com", "ports": [80, 443], "reason": "imported from squid/good.txt:1"}],
            }
        }
    }
    assert "1 groups proposed in proposed.yml, which opens nothing itself; 1 things not converted" in run.output
    assert "squid/squid.conf:5: http_access allow localnet office: has the condition office (time)" in run.output
    assert not (site.home / "x").exists() and "{{" not in proposal.read_text()


def test_bad_input_writes_nothing(site):
    for options, text in (
        (["-e", "files=/nowhere"], "files: '/nowhere' is no file that can be read"),
        (["-e", "files=inventory", "-e", "account=nobody"], "account: 'nobody' has no CIDRs in the inventory"),
        ([], "'files' is undefined"),
    ):
        run = site.run("egress_import", *options, environment=NOWHERE)
        assert run.code != 0 and text in run.output, run.output
    assert not list(site.home.glob("*proposed*"))
