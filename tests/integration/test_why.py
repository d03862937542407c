# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/why.yml and traffic.yml, from the inventory alone: no account, no credential, no call."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import ALPHA, PARTNER, lines

GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": ["alpha"],
        "allow": [
            {"domain": "api.stripe.com", "reason": "card payments"},
            {"domain": "old.example.org", "until": "2026-01-31"},
        ],
    },
    "everyone": {"sources": ["spokes"], "allow": [{"domain": ".example-saas.com"}]},
}
NO_CREDENTIAL = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


@pytest.fixture
def with_egress(site):
    """Site with a central egress and two of its spokes behind it."""
    segments = {
        "shared": {},
        "customers": {"isolated": True, "reaches": ["shared", "egress"]},
        "egress": {"egress": True},
    }
    site.declare("shared-services", "hub", hub_segments=segments)
    for host in ("alpha", "beta"):
        site.declare(host, spoke_destinations=["10.0.0.0/16", "0.0.0.0/0"])
    tiers = [
        {"name": "tgw", "prefix": 28, "route_tables": "per_az"},
        {"name": "firewall", "prefix": 28, "internet": "nat"},
        {"name": "public", "prefix": 28, "internet": "gateway", "route_tables": "per_az"},
    ]
    for group in ("egress", "spokes"):
        site.declare(
            "security",
            group,
            account_id=PARTNER,
            vpc_cidrs=["10.250.0.0/24"],
            vpc_tiers=tiers,
            vpc_nat_gateways="per_az",
            spoke_segment="egress",
            spoke_tiers=["firewall"],
            spoke_destinations=["10.0.0.0/8"],
            spoke_appliance_mode=True,
            egress_groups=GROUPS,
        )
    return site


def why(site, from_, to, **more):
    options = [argument for name, value in more.items() for argument in ("-e", f"{name}={value}")]
    run = site.run("why", "-e", f"from={from_}", "-e", f"to={to}", *options, environment=NO_CREDENTIAL)
    assert run.calls == []
    return run


def test_an_answer_for_each_case_and_nothing_is_written(with_egress):
    told = with_egress.home / "why.json"
    run = why(with_egress, "alpha", "api.stripe.com:443", expect="allowed", why_json=told).succeeded()
    assert lines(run)[:2] == [
        "from alpha to api.stripe.com:443 (tls): ALLOWED",
        "alpha/app: allowed by group payments, api.stripe.com (card payments, owner team-payments)",
    ]
    answer = json.loads(told.read_text())["answers"][0]
    assert (
        answer["steps"][0]["decides"] == "spoke_destinations of alpha" and answer["steps"][0]["source"] == "inventory"
    )

    run = why(with_egress, "beta", "api.stripe.com", expect="denied").succeeded()
    assert "  to change that: security: egress_groups.payments.sources: [alpha, beta]" in lines(run)

    run = why(with_egress, "alpha", "old.example.org").succeeded()
    assert "payments had old.example.org until 2026-01-31, which is over" in lines(run)[1]

    run = why(with_egress, "gamma", "api.stripe.com:443", expect="denied").succeeded()
    assert lines(run)[0].endswith("UNROUTED") and "  to change that: gamma: spoke_attached: true" in lines(run)

    run = why(with_egress, "10.1.0.0/24", "api.stripe.com:443/quic", expect="denied").succeeded()
    assert any("QUIC can't be opened" in line for line in lines(run))


def test_in_ci_another_answer_than_the_expected_one_fails(with_egress):
    run = why(with_egress, "alpha", "evil.example.com:443", expect="allowed")
    assert run.code == 2 and "expected allowed, found from alpha to evil.example.com:443 (tls): DENIED" in run.output
    with_egress.declare("security", "egress", egress_mode="monitor")
    run = why(with_egress, "alpha", "evil.example.com:443", expect="allowed").succeeded()
    assert "would be dropped; now only logged (egress_mode: monitor)" in lines(run)[1]


@pytest.mark.parametrize(
    ("from_", "to", "says"),
    [
        ("alhpa", "api.stripe.com:443", "from: 'alhpa' is neither a host of the inventory nor an IPv4 address or CIDR"),
        ("alpha", "https://api.stripe.com/", "is a URL; expected name:port, such as api.stripe.com:443"),
        ("alpha", "", "to: '' names no destination"),
    ],
)
def test_a_wrong_question_is_told(with_egress, from_, to, says):
    run = why(with_egress, from_, to)
    assert run.code == 2 and says in run.output


def test_a_wrong_expectation_is_told(with_egress):
    run = why(with_egress, "alpha", "api.stripe.com:443", expect="open")
    assert run.code == 2 and "expected allowed or denied" in run.output


def test_pages_of_all_accounts_or_of_those_that_limit_selects(with_egress):
    pages = with_egress.home / "pages"
    run = with_egress.run("traffic", "-e", f"traffic_dir={pages}", environment=NO_CREDENTIAL).succeeded()
    assert run.calls == []
    files = {path.name for path in pages.iterdir()}
    assert files == {
        "index.html",
        "traffic.json",
        *(f"{host}.html" for host in ("alpha", "beta", "gamma", "security", "shared-services")),
    }
    alpha = (pages / "alpha.html").read_text(encoding="utf-8")
    assert "How the traffic of alpha flows" in alpha and "api.stripe.com" in alpha and "team-payments" in alpha
    assert "<script" not in alpha
    assert '<a href="alpha.html">alpha</a>' in (pages / "index.html").read_text(encoding="utf-8")
    assert json.loads((pages / "traffic.json").read_text())["alpha"]["egress"] == "security"

    again = with_egress.run("traffic", "-e", f"traffic_dir={pages}", environment=NO_CREDENTIAL).succeeded()
    assert not any(again.changed.values())

    one = with_egress.home / "one"
    with_egress.run("traffic", "--limit", "beta", "-e", f"traffic_dir={one}", environment=NO_CREDENTIAL).succeeded()
    assert {path.name for path in one.iterdir()} == {"index.html", "traffic.json", "beta.html"}


def test_without_a_folder_the_pages_have_no_place(with_egress):
    run = with_egress.run("traffic", environment=NO_CREDENTIAL)
    assert run.code == 2 and "traffic_dir is missing" in run.output


def test_with_credentials_the_answer_is_that_of_aws(with_egress):
    """Before, between and after the runs that open the way out."""

    def asked(to):
        run = with_egress.run("why", "-e", "from=alpha", "-e", f"to={to}", "-e", "why_read=true").succeeded()
        assert run.writes == []
        return lines(run)

    before = asked("api.stripe.com:443")
    assert before[0].endswith("UNROUTED") and "declared: allowed by group payments" in before[1]
    with_egress.run("transit_gateway").succeeded()
    after = asked("api.stripe.com:443")
    assert after[0].endswith("ALLOWED"), after
    assert any("firewall endpoint vpce-" in line for line in after)
    assert asked("evil.example.com:443")[0].endswith("DENIED")

    ec2 = with_egress.client(ALPHA)
    (table,) = [
        table
        for table in ec2.describe_route_tables()["RouteTables"]
        if any(
            route.get("DestinationCidrBlock") == "0.0.0.0/0" and "TransitGatewayId" in route
            for route in table["Routes"]
        )
    ]
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    deleted = asked("api.stripe.com:443")
    assert deleted[0].endswith("UNROUTED") and "in AWS: route_table" in deleted[1]

    groups = {**GROUPS, "payments": {**GROUPS["payments"], "allow": [{"domain": "new.example.com"}]}}
    with_egress.declare("security", "egress", egress_groups=groups)
    with_egress.run("transit_gateway").succeeded()
    groups["payments"]["allow"].append({"domain": "newer.example.com"})
    with_egress.declare("security", "egress", egress_groups=groups)
    late = asked("newer.example.com:443")
    assert late[0].endswith("DENIED") and "doesn't have it yet: payments: + newer.example.com:443" in late[1]

    plan = with_egress.run("plan").succeeded()
    told = lines(plan)
    assert "  What may leave:" in told
    assert "    payments: + newer.example.com:443 from alpha (10.1.0.0/16)" in told, told
    assert "egress: 1 opened" in told[-1]
