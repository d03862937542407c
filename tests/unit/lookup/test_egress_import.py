# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import gzip

import pytest
from ansible.errors import AnsibleLookupError

from ansible_collections.closednet.aws.plugins.lookup.egress_import import LookupModule

ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": []}
SQUID = 'acl good dstdomain "/etc/squid/good.txt"\nhttp_access allow good\nhttp_access deny all\n'
LOG = "1795867200.123 5 10.1.0.5 TCP_TUNNEL/200 45 CONNECT api.stripe.com:443 - HIER_DIRECT/1.2.3.4 -\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "squid.conf").write_text(SQUID)
    (tmp_path / "etc" / "good.txt").write_text("api.stripe.com\n")
    (tmp_path / "access.log.gz").write_bytes(gzip.compress((LOG * 2 + "\xff broken\n").encode("latin-1")))
    return tmp_path


def looked_up(*terms, **options):
    (found,) = LookupModule().run(list(terms), {}, **options)
    return found


def test_folders_lists_and_compressed_logs(folder):
    for terms in (
        [str(folder)],
        [f"{folder}/etc, {folder}/access.log.gz"],
        [[f"{folder}/etc", f"{folder}/access.log.gz"]],
    ):
        found = looked_up(*terms, accounts=ACCOUNTS, only=["alpha"])
        assert found["groups"]["alpha"]["allow"] == [
            {"domain": "api.stripe.com", "ports": [80, 443], "reason": f"imported from {folder}/etc/good.txt:1"}
        ]
        assert found["counts"] == [{"name": "api.stripe.com", "hits": 2, "denied": 0, "sources": 1}]
        assert found["notes"] == [f"{folder}/access.log.gz: 1 lines aren't of the format squid"]


@pytest.mark.parametrize(
    ("terms", "options", "text"),
    [
        (["/nowhere/x"], {}, "is no file that can be read"),
        ([""], {}, "names no file"),
        (["FOLDER"], {"only": ["beta"]}, "account: 'beta' has no CIDRs"),
        (["FOLDER"], {"log_format": "squidd"}, "is no format of a log"),
    ],
)
def test_bad_input(folder, terms, options, text):
    with pytest.raises(AnsibleLookupError, match=text):
        looked_up(*(str(folder) if term == "FOLDER" else term for term in terms), accounts=ACCOUNTS, **options)


def test_what_is_too_large_or_cut_off(folder):
    log = (folder / "access.log.gz").read_bytes()
    (folder / "access.log.gz").write_bytes(log[:-12])
    with pytest.raises(AnsibleLookupError, match="ended before the end-of-stream"):
        looked_up(str(folder))
    (folder / "access.log.gz").unlink()
    (folder / "etc" / "good.txt").write_text("x.example\n" * 2_000_000)
    with pytest.raises(AnsibleLookupError, match="too large for a configuration"):
        looked_up(str(folder))
