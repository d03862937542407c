# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What squid.conf lets through. Rules as in http://www.squid-cache.org/Doc/config/http_access/ and .../acl/."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import domains
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.importing import proposal, squid

SQUID = shutil.which("squid")
# As Debian's squid.conf begins, with a list as the file of a proxy of an account has it.
REAL = """\
acl localnet src 0.0.0.1-0.255.255.255\t# RFC 1122 "this" network (LAN)
acl localnet src 10.0.0.0/8\t\t# RFC 1918 local private network (LAN)
acl localnet src fc00::/7       \t# RFC 4193 local private network range
acl SSL_ports port 443
acl Safe_ports port 80\t\t# http
acl Safe_ports port 21\t\t# ftp
acl Safe_ports port 443\t\t# https
acl Safe_ports port 1025-65535\t# unregistered ports
acl CONNECT method CONNECT
acl whitelist dstdomain "/etc/squid/whitelist"
acl batch src 10.1.9.0/24
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow localhost manager
http_access deny manager
http_access deny to_localhost
http_access deny batch
http_access allow localnet \\
    whitelist
http_access deny all
http_port 3128
coredump_dir /var/spool/squid
refresh_pattern ^ftp:\t\t1440\t20%\t10080
"""
WHITELIST = "# systems\n.stripe.com\napi.example.com   # partner\n"


def read(conf, **files):
    return squid.read(
        {"squid.conf": conf, **{name.replace("_", "."): text for name, text in files.items()}}, "squid.conf"
    )


def proposed(imported):
    """{destination: {(protocol, port)}} of the source 10.1.0.5, or of any other address."""
    found = {}
    for one in imported.allowed:
        found.setdefault(one.destination, set()).add((one.protocol, one.port))
    return found


def why(imported):
    return [f"{one.line.place}: {one.why}" for one in imported.unconverted]


def test_a_real_configuration_becomes_what_its_clients_reach():
    imported = squid.read({"/x/squid.conf": REAL, "/x/whitelist": WHITELIST}, "/x/squid.conf")
    groups, notes = proposal.groups([imported], {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"]}, ["beta"])
    assert groups == {
        "beta": {
            "owner": "TODO",
            "sources": ["beta"],
            "allow": [
                {"domain": ".stripe.com", "ports": [80, 443], "reason": "imported from /x/whitelist:2"},
                {"domain": "api.example.com", "ports": [80, 443], "reason": "imported from /x/whitelist:3"},
            ],
        }
    }
    # batch is denied before: its range is cut out of alpha's.
    groups, notes = proposal.groups([imported], {"alpha": ["10.1.0.0/16"]}, ["alpha"])
    [group] = list(groups.values())
    assert not any(ipaddress.ip_network(one).overlaps(ipaddress.ip_network("10.1.9.0/24")) for one in group["sources"])
    assert all(ipaddress.ip_network(one).subnet_of(ipaddress.ip_network("10.0.0.0/8")) for one in group["sources"])
    assert "alpha" not in group["sources"] and any(note.startswith("alpha is named by its ranges") for note in notes)
    assert why(imported) == ["/x/squid.conf:3: fc00::/7 is no IPv4 address or CIDR"]


@pytest.mark.skipif(not SQUID, reason="no squid on this machine")
def test_squid_itself_accepts_the_real_configuration(tmp_path):
    (tmp_path / "whitelist").write_text(WHITELIST)
    conf = tmp_path / "squid.conf"
    conf.write_text(REAL.replace("/etc/squid", str(tmp_path)))
    done = subprocess.run([SQUID, "-k", "parse", "-f", conf], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "ERROR" not in done.stderr and "FATAL" not in done.stderr, done.stderr


RULES = "acl good dstdomain .good.example\nacl bad dstdomain bad.good.example\nacl here src 10.0.0.0/8\n"


def test_a_deny_before_an_allow_does_not_become_an_allow():
    imported = read(RULES + "http_access deny bad\nhttp_access allow here good\nhttp_access deny all\n")
    assert imported.allowed == ()
    assert why(imported) == [
        "squid.conf:1: squid.conf:4 may deny a part of it, and an entry can't: http_access deny bad"
    ]


def test_a_deny_after_an_allow_denies_nothing():
    imported = read(RULES + "http_access allow here good\nhttp_access deny bad\nhttp_access deny all\n")
    assert proposed(imported) == {".good.example": {("tls", 443), ("http", 80)}}


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ("acl t time MTWHF 09:00-17:00\nhttp_access deny t\nhttp_access allow good", "the condition t (time)"),
        ("acl u proxy_auth REQUIRED\nhttp_access allow u good", "the condition u (proxy_auth)"),
        ("acl r dstdom_regex ^.*\\.good\nhttp_access deny r\nhttp_access allow good", "may deny a part of it"),
        ("include /etc/squid/conf.d/*.conf\nhttp_access allow good", "none of the given files"),
        ("http_access deny missing\nhttp_access allow good", "which no file that was given defines"),
        ('acl b dstdomain "/etc/squid/bad"\nhttp_access deny b\nhttp_access allow good', "none of the given files"),
        ("if ${process_number} = 1\nhttp_access deny all\nendif\nhttp_access allow good", "is a condition"),
        ("http_access allow !bad", "lets these sources reach every name"),
        ("http_access allow here", "lets these sources reach every name"),
        ("cache_peer parent.example parent 3128 0\nhttp_access deny all", "another proxy"),
        ("adaptation_access x allow all\nhttp_access deny all", "a directive whose effect"),
        ("http_access allow", "has no ACL"),
        ("http_access permit good", "is no rule"),
        ("acl x\nhttp_access deny all", "is no ACL"),
        ("acl n dstdomain 10.1.2.3\nhttp_access allow n", "isn't in the internet"),
        ("acl n dstdomain *.x.example\nhttp_access allow n", "which squid doesn't know"),
        ("acl n dstdomain a..b\nhttp_access allow n", "is no name of a domain"),
        ("acl p port 8000-9000\nhttp_access allow p good", "only 80, 443 and single ports"),
        ("acl p port https\nhttp_access allow p good", "is no port"),
        ("acl here dstdomain x.example\nhttp_access allow here", "another type"),
    ],
)
def test_what_cannot_be_said_is_reported_and_not_opened(rules, text):
    imported = read(f"{RULES}{rules}\nhttp_access deny all\n")
    assert any(text in line for line in why(imported)), why(imported)
    if "only 80, 443" not in text:
        assert imported.allowed == ()


def test_without_a_last_rule_for_all_squid_does_the_opposite_of_the_last():
    assert "squid allows what no rule names" in why(read(RULES + "http_access deny bad\n"))[0]
    assert why(read(RULES + "http_access allow here good\n")) == []
    assert why(read(RULES)) == []


def test_exact_names_pass_a_regular_expression_that_does_not_match_them():
    rules = "acl r dstdom_regex -i ^ads\nacl n dstdomain api.x.example ADS.x.example\nhttp_access deny r\n"
    imported = read(rules + "http_access allow n\nhttp_access deny all\n")
    assert set(proposed(imported)) == {"api.x.example"}


def test_networks_ports_and_methods():
    rules = (
        "acl bank dst 203.0.113.0/24\nacl p port 8443\nacl n dstdomain n.example\nacl CONNECT method CONNECT\n"
        "http_access allow CONNECT p n\nhttp_access allow CONNECT bank\nhttp_access deny all\n"
    )
    assert proposed(read(rules)) == {
        "n.example": {("tls", 8443)},
        "203.0.113.0/24": {("tcp", 443), ("tcp", 8443)},
    }


def test_any_of_and_all_of():
    rules = (
        "acl a dstdomain a.example\nacl b dstdomain b.example\nacl both any-of a b\nacl here src 10.1.0.0/16\n"
        "acl mine all-of here both\nhttp_access allow mine\nhttp_access deny all\n"
    )
    imported = read(rules)
    assert set(proposed(imported)) == {"a.example", "b.example"}
    assert {one.sources for one in imported.allowed} == {(ipaddress.ip_network("10.1.0.0/16"),)}


# The shape of "How to set up an outbound VPC proxy with domain whitelisting and content filtering" (AWS Security Blog).
BUMP = """\
acl SSL_port port 443
http_access allow SSL_port
acl allowed_http_sites dstdomain .amazonaws.com
http_access allow allowed_http_sites
acl step1 at_step SslBump1
acl step2 at_step SslBump2
acl step3 at_step SslBump3
ssl_bump peek step1 all
acl allowed_https_sites ssl::server_name .amazonaws.com api.x.example
ssl_bump peek step2 allowed_https_sites
ssl_bump splice step3 allowed_https_sites
ssl_bump terminate step2 all
http_access deny all
"""


def test_names_of_tls_are_decided_by_ssl_bump():
    imported = read(BUMP)
    assert proposed(imported) == {".amazonaws.com": {("http", 80), ("tls", 443)}, "api.x.example": {("tls", 443)}}
    assert imported.unconverted == ()
    open_to_all = read(BUMP.replace("ssl_bump terminate step2 all\n", ""))
    assert any("every name" in line for line in why(open_to_all))


def test_included_files_are_read_where_they_are_named():
    files = {"/e/squid.conf": "include /etc/squid/conf.d/*.conf\nhttp_access deny all\n"}
    files["/e/conf.d/10.conf"] = "acl n dstdomain n.example\nhttp_access allow n\n"
    imported = squid.read(files, "/e/squid.conf")
    assert proposed(imported) == {"n.example": {("http", 80), ("tls", 443)}}
    assert imported.files == {*files}


# --- any configuration: what is proposed is what squid would let through, address by address and name by name.

NAMES = ["a.test", "b.a.test", "c.b.a.test", "b.test"]
VALUES = st.lists(st.sampled_from([*NAMES, *(f".{name}" for name in NAMES)]), min_size=1, max_size=3)
NETS = st.lists(st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]), min_size=1, max_size=2)
ACLS = {"n1": "dstdomain", "n2": "dstdomain", "s1": "src", "s2": "src", "p1": "port", "CONNECT": "method", "all": "src"}
TERMS = st.lists(st.tuples(st.sampled_from(sorted(ACLS)), st.booleans()), min_size=1, max_size=3)
ADDRESSES = ["10.1.2.3", "10.1.9.9", "10.2.0.1", "10.9.0.1", "192.0.2.1"]


def permits(acls, rules, address, name, method, port):
    """Squid's decision, by its documentation alone."""

    def holds(acl):
        values = acls[acl]
        if ACLS[acl] == "dstdomain":
            return any(name == v or (v[0] == "." and (name == v[1:] or name.endswith(v))) for v in values)
        if ACLS[acl] == "src":
            return any(ipaddress.ip_address(address) in ipaddress.ip_network(v) for v in values)
        return str(port) in values if ACLS[acl] == "port" else method in values

    for action, terms in rules:
        if all(holds(acl) != negated for acl, negated in terms):
            return action == "allow"
    return rules[-1][0] == "deny"


@settings(max_examples=300, deadline=None)
@given(
    n1=VALUES,
    n2=VALUES,
    s1=NETS,
    s2=NETS,
    rules=st.lists(st.tuples(st.sampled_from(["allow", "deny"]), TERMS), min_size=1),
)
def test_nothing_is_proposed_that_squid_denies(n1, n2, s1, s2, rules):
    acls = {"n1": n1, "n2": n2, "s1": s1, "s2": s2, "p1": ["443"], "CONNECT": ["CONNECT"], "all": ["0.0.0.0/0"]}
    lines = [f"acl {acl} {ACLS[acl]} {' '.join(values)}" for acl, values in acls.items() if acl != "all"]
    lines += [f"http_access {action} {' '.join('!' * n + acl for acl, n in terms)}" for action, terms in rules]
    imported = read("\n".join(lines) + "\n")
    for sources, entry in opened(imported):
        parsed = domains.parse("domain", entry["domain"])
        hosts = [name for name in [*NAMES, "z.c.b.a.test"] if domains.matches(parsed.name, parsed.form, name)]
        for address in ADDRESSES:
            # What is proposed for everybody is proposed for what no rule mentions.
            known = any(ipaddress.ip_address(address) in ipaddress.ip_network(net) for net in (*s1, *s2))
            if not (holds(sources, address) or ("TODO" in sources and not known)):
                continue
            for host in hosts:
                for port in entry.get("ports", [443]):
                    method = "GET" if port == 80 else "CONNECT"
                    assert permits(acls, rules, address, host, method, port), (address, host, entry)


def holds(sources, address):
    networks = [ipaddress.ip_network(OWN.get(source, source)) for source in sources if source != "TODO"]
    return any(ipaddress.ip_address(address) in network for network in networks)


OWN = {"alpha": "10.1.0.0/16", "beta": "10.1.2.0/24", "other": "192.0.2.0/24"}


def opened(imported):
    """Yield (sources, entry) of what is proposed, whosever proxy it is."""
    accounts = {host: [cidr] for host, cidr in OWN.items()}
    for known, only in (({}, []), (accounts, []), *((accounts, [host]) for host in OWN)):
        for group in proposal.groups([imported], known, only)[0].values():
            for entry in group["allow"]:
                yield group["sources"], entry
