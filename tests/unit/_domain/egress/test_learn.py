# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Learning from logs. Records as in Network Firewall's developer guide, "Contents of a AWS Network Firewall log"."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import (
    events,
    groups,
    learn,
    learn_lists,
    observations,
    verdict,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.observations import Flow, Tally

TODAY = date(2026, 11, 29)
SETTINGS = learn.Settings(date(2027, 2, 27))
ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"], "inner": ["10.1.9.0/24"]}
DECLARED = {
    "payments": {
        "owner": "team-payments",
        "sources": ["alpha"],
        "allow": [
            {"domain": "api.stripe.com"},
            {"domain": ".unused.example", "ports": [443, 8443]},
            {"cidr": "203.0.113.0/24", "ports": [22]},
        ],
    }
}


def egress(declared=None):
    resolved = groups.resolve(declared if declared is not None else DECLARED, ACCOUNTS, {}, "egress_groups")
    return groups.parse(resolved, TODAY)


def flow(destination, source="10.1.0.5", port=443, protocol="tls"):
    return Flow(source, destination, port, protocol)


def days(*numbers):
    return {date(2026, 11, number) for number in numbers}


def learned(seen, declared=None, **options):
    of_settings = learn.Settings(SETTINGS.until, **options)
    return learn.learned(
        {one: Tally(hits, 0, set(of)) for one, (hits, of) in seen.items()}, ACCOUNTS, egress(declared), of_settings
    )


def domains_of(result, group):
    return [entry["domain"] for entry in result["groups"].get(group, {"allow": []})["allow"]]


# --- logs


def alert(action="allowed", signature="egress-would-deny group=payments why=tls-name", **event):
    given = {
        "timestamp": "2026-11-28T23:30:00.006481-0100",
        "event_type": "alert",
        "src_ip": "10.1.0.5",
        "src_port": 40000,
        "dest_ip": "1.2.3.4",
        "dest_port": 443,
        "proto": "TCP",
        "app_proto": "tls",
        "alert": {"action": action, "signature_id": 1, "signature": signature},
        "tls": {"sni": "API.Example.com", "version": "TLS 1.3"},
        **event,
    }
    return {"firewall_name": "egress", "availability_zone": "a", "event_timestamp": "1", "event": given}


def read(*lines):
    return list(events.observations(line if isinstance(line, str) else json.dumps(line) for line in lines))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (alert(), (flow("api.example.com"), True, "payments")),
        (alert(signature="egress-allow group=payments domain=x"), (flow("api.example.com"), True, "payments")),
        (alert("blocked", "egress-deny group=payments why=tls-name"), (flow("api.example.com"), False, "payments")),
        (alert("blocked", "ET MALWARE group=payments"), (flow("api.example.com"), False, None)),
        (alert(signature="egress-would-deny group=- why=tls-name"), (flow("api.example.com"), True, None)),
        (alert(tls=None, app_proto="tls"), (flow("1.2.3.4"), True, "payments")),
        (
            alert(tls=None, app_proto="http", dest_port=80, http={"hostname": "deb.example", "url": "/"}),
            (flow("deb.example", port=80, protocol="http"), True, "payments"),
        ),
        (alert(tls=None, app_proto="quic", proto="UDP"), (flow("1.2.3.4", protocol="quic"), True, "payments")),
        (
            alert(tls=None, app_proto="failed", dest_port=22),
            (flow("1.2.3.4", port=22, protocol="tcp"), True, "payments"),
        ),
    ],
)
def test_an_alert(record, expected):
    (found,) = read(record)
    assert (found.flow, found.allowed, found.group) == expected
    assert found.day == date(2026, 11, 29)  # in UTC


def test_flows_are_read_without_those_that_alerts_name_and_without_answers():
    of_flow = {"event_type": "netflow", "app_proto": "unknown", "alert": None, "tls": None}
    assert [one.flow for one in read(alert(**of_flow, dest_port=22))] == [flow("1.2.3.4", port=22, protocol="tcp")]
    assert read(alert(**of_flow, src_port=22, dest_port=40000)) == []
    assert read(alert(**{**of_flow, "app_proto": "tls"})) == []
    assert read(alert(event_type="tls")) == []


def test_logs_from_everywhere():
    plain = json.dumps(alert())
    envelope = json.dumps({"logGroup": "x", "logEvents": [{"id": "1", "message": plain}, {"message": "broken"}]})
    assert len(read(plain + plain, f"2026-11-28T12:00:00.000Z {plain}", "", "\n")) == 3
    assert [one is None for one in read(envelope)] == [False, True]
    assert read("no JSON", "{broken", "[1]", '{"event": 1}') == [None] * 4
    assert events.is_log(plain) and events.is_log(envelope) and not events.is_log('{"src": "10.1.0.5"}')


@given(
    st.recursive(st.one_of(st.none(), st.integers(), st.text()), lambda c: st.dictionaries(st.text(), c), max_leaves=5)
)
def test_any_field_may_be_anything(value):
    for key in ("event", "src_ip", "dest_port", "alert", "tls", "http", "timestamp", "app_proto", "proto", "logEvents"):
        for record in (alert(**{key: value}), {**alert(), key: value}):
            assert all(one is None or isinstance(one.flow.destination, str) for one in read(record))


# --- proposals


def test_what_no_group_allows_is_proposed_for_its_account():
    result = learned(
        {
            flow("api.stripe.com"): (7, days(1)),
            flow("new.example.com"): (3, days(1, 2)),
            flow("new.example.com", "10.1.0.6"): (2, days(30)),
            flow("deb.example.com", port=80, protocol="http"): (1, days(1)),
            flow("x.example.com", port=8080, protocol="http"): (1, days(1)),
            flow("new.example.com", "10.2.0.1"): (1, days(1)),
            flow("deep.example.com", "10.1.9.1"): (1, days(1)),
        }
    )
    # Learned for the group whose only source is the account, for others in a new one.
    made = {"until": "2027-02-27", "reason": "TODO"}
    assert result["groups"]["payments"] == {
        "owner": "team-payments",
        "sources": ["alpha"],
        "allow": [
            {"domain": "deb.example.com", "ports": [80], **made},
            {"domain": "new.example.com", **made},
            {"domain": "x.example.com", "ports": [8080], "protocol": "http", **made},
        ],
    }
    assert domains_of(result, "beta") == ["new.example.com"]
    assert domains_of(result, "inner") == ["deep.example.com"]
    assert "# learned_from: 5 hits of 2 clients on 3 days, 2026-11-01 to 2026-11-30\n" in result["proposal"]
    assert "on 1 days, 2026-11-01 to 2026-11-01; seen by one client on one day only: look twice" in result["proposal"]
    assert result["backtest"] == {"total": 16, "blocked_now": 9, "blocked_with_proposal": 0}
    assert result["unused"] == [
        {"group": "payments", "target": ".unused.example", "protocol": "tls", "ports": [443, 8443]},
        {"group": "payments", "target": "203.0.113.0/24", "protocol": "tcp", "ports": [22]},
    ]
    # With the proposal merged, nothing is left to learn.
    merged = yaml.safe_load(result["proposal"])["egress_groups"]
    merged["payments"]["allow"] += DECLARED["payments"]["allow"]
    again = learned({flow("new.example.com"): (5, days(1)), flow("deep.example.com", "10.1.9.1"): (1, days(1))}, merged)
    assert again["groups"] == {} and again["backtest"]["blocked_now"] == 0


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (flow("1.2.3.4"), "no name"),
        (flow("localhost"), "no name"),
        (flow("{{ evil }}\n"), "no name"),
        (flow("a.ngrok.io"), "a tunnel"),
        (flow("pastebin.com"), "a paste or upload site"),
        (flow("x.oastify.com"), "a collector of data"),
        (flow("dns.google"), "DNS over HTTPS"),
        (flow("x.example", "192.0.2.1"), "belongs to no account"),
        (flow("1.2.3.4", port=22, protocol="tcp"), "declare a cidr entry"),
        (flow("x.example", protocol="quic"), "QUIC"),
    ],
)
def test_what_is_never_proposed(seen, why):
    result = learned({seen: (4, days(1))})
    assert result["groups"] == {} and yaml.safe_load(result["proposal"]) == {"egress_groups": {}}
    (row,) = result["not_proposed"]
    assert why in row["why"] and row["hits"] == 4
    assert result["backtest"]["blocked_with_proposal"] == 4
    assert "{{" not in result["proposal"]


def test_least_hits():
    seen = {flow("a.example"): (1, days(1)), flow("b.example"): (2, days(1))}
    assert domains_of(learned(seen, least_hits=2), "payments") == ["b.example"]


@pytest.mark.parametrize(
    ("names", "wildcard"),
    [
        ([f"{n}.shop.example.com" for n in range(5)], "*.shop.example.com"),
        ([f"{n}.example.co.jp" for n in range(5)], "*.example.co.jp"),
        ([f"a.{n}.example.com" for n in range(5)], "*.example.com"),
        ([f"{n}.co.jp" for n in range(9)], None),
        ([f"{n}.com" for n in range(9)], None),
        ([f"b{n}.s3.eu-central-1.amazonaws.com" for n in range(9)], None),
        ([f"{n}.github.io" for n in range(9)], None),
        ([f"{n}.com.br" for n in range(9)], None),
        ([f"{n}.example.com" for n in range(4)], None),
    ],
)
def test_wildcards_are_named_above_no_public_suffix_and_open_nothing(names, wildcard):
    result = learned({flow(name): (1, days(1)) for name in names})
    assert domains_of(result, "payments") == sorted(names, key=lambda name: name.split(".")[::-1])
    told = [line for line in result["proposal"].splitlines() if "a person decides" in line]
    expected = f"'{wildcard}', port 443, would cover {len(names)} of these"
    assert (len(told) == 1 and expected in told[0]) if wildcard else told == []
    assert not any(name.startswith("*") for name in domains_of(result, "payments"))


def test_the_list_of_suffixes():
    assert all(map(learn_lists.is_public_suffix, ["jp", "co.jp", "com.br", "or.kr", "amazonaws.com", "github.io"]))
    assert not any(map(learn_lists.is_public_suffix, ["example.jp", "example.co.jp", "stripe.com"]))
    assert not any(one.startswith(".") or one != one.lower() for lists in learn_lists.NEVER.values() for one in lists)


@pytest.mark.parametrize(
    ("of", "warned"),
    [
        ([1, 2], None),
        ([29, 30], None),
        ([10, 11], "have no end of a month"),
        ([1, 3], "1 of the days between 2026-11-01 and 2026-11-03 have no event"),
        ([], "have no time"),
    ],
)
def test_windows(of, warned):
    warnings = learned({flow("a.example"): (1, days(*of))})["warnings"]
    assert [warned in one for one in warnings] == [True] if warned else warnings == []


def test_no_events_teach_nothing():
    assert "no event" in learned({})["warnings"][0]


NAMES = ["a.test", "b.a.test", "c.test", "10.9.9.9", "203.0.113.9"]
ENTRIES = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "domain": st.sampled_from(["a.test", ".a.test", "*.a.test", "c.test"]),
                "ports": st.sampled_from([[443], [80], [80, 443]]),
            }
        ),
        st.just({"cidr": "203.0.113.0/24", "ports": [443]}),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda entry: entry.get("domain", "cidr"),
)


@settings(max_examples=150, deadline=None)
@given(one=ENTRIES, other=ENTRIES, source=st.sampled_from(["10.1.0.5", "10.1.9.5", "10.2.0.1", "192.0.2.1"]))
def test_the_fast_judge_says_what_the_model_says(one, other, source):
    declared = {"one": {"sources": ["alpha"], "allow": one}, "other": {"sources": ["inner", "beta"], "allow": other}}
    of_groups = egress(declared)
    judge = learn.Judge(of_groups)
    for name in NAMES:
        for port, protocol in ((443, "tls"), (80, "http"), (443, "tcp"), (443, "udp"), (8443, "tls")):
            if protocol in ("tcp", "udp") and not name[0].isdigit():
                continue
            expected = verdict.decide(of_groups, source, name, port, protocol, name if name[0].isdigit() else None)
            if not name.startswith("10."):
                assert judge.allows(Flow(source, name, port, protocol)) == expected.allowed, (name, port, protocol)


def test_many_flows_take_little_time():
    seen = {
        flow(f"{n}.x{n % 1000}.example.com", f"10.1.{n % 200}.{n % 250}"): Tally(1, 0, {TODAY - timedelta(days=n % 60)})
        for n in range(5_000)
    }
    declared = {
        f"g{n}": {"sources": ["alpha"], "allow": [{"domain": f".x{n * 20 + k}.example.com"} for k in range(20)]}
        for n in range(25)
    }
    result = learn.learned(seen, ACCOUNTS, egress(declared), SETTINGS)
    assert result["backtest"]["blocked_now"] == 2_500
    assert observations.rows(seen)[0]["days"]
    assert dict(observations.of_rows(observations.rows(seen))) == seen


def test_a_name_with_thousands_of_dots_takes_no_time():
    result = learned({flow("a." * 200_000 + "example"): (1, days(1))})
    assert result["groups"] == {} and len(result["proposal"]) < 2000
