# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/why.yml and traffic.yml: from the inventory alone, without account, credential or call; and between
accounts by what they have.
"""

from __future__ import annotations

import json
from ipaddress import ip_network

import pytest

from tests.integration.conftest import ALPHA, BETA, HUB, PARTNER, lines

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


@pytest.fixture
def networks(site):
    """Hub and spokes as declared and converged."""
    site.run("transit_gateway").succeeded()
    return site


def interface(site, account):
    """Create an instance in the tier app, with the group that the hub may call where there is one."""
    ec2 = site.client(account)
    subnets = ec2.describe_subnets(Filters=[{"Name": "tag:closednet:name", "Values": ["app.euc1-az1"]}])["Subnets"]
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["closednet-from-hub"]}])
    ids = [group["GroupId"] for group in groups["SecurityGroups"]]
    given = {"Groups": ids} if ids else {}
    # moto draws an address by chance, also one that AWS reserves.
    address = str(ip_network(subnets[0]["CidrBlock"])[20])
    made = ec2.create_network_interface(SubnetId=subnets[0]["SubnetId"], PrivateIpAddress=address, **given)[
        "NetworkInterface"
    ]
    on = [{"NetworkInterfaceId": made["NetworkInterfaceId"], "DeviceIndex": 0}]
    ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=on)
    return made["NetworkInterfaceId"]


def between(site, from_, to, **more):
    told = site.home / "why.json"
    options = [argument for name, value in more.items() for argument in ("-e", f"{name}={value}")]
    run = site.run("why", "-e", f"from={from_}", "-e", f"to={to}", "-e", f"why_json={told}", *options).succeeded()
    assert run.writes == []
    return json.loads(told.read_text()), run


def one(listed, kind, direction="there"):
    found = [item for item in listed if item["kind"] == kind and item["direction"] == direction]
    assert len(found) == 1, found
    return found[0]


def test_between_accounts_it_reads_them_and_tells_what_each_piece_contributes(networks):
    called = interface(networks, ALPHA)
    result, run = between(networks, "shared-services", f"{called}:443", expect="allowed")
    assert {call["account"] for call in run.calls} >= {ALPHA, BETA, HUB}  # an id may be in any of them
    result, run = between(networks, "shared-services/app", "alpha/app:443", expect="allowed")
    assert {call["account"] for call in run.calls if call["operation"].startswith("Describe")} == {ALPHA, HUB}
    (answer,) = result["answers"]
    found = answer["contributions"]

    rule = one(found, "security_group_rule")
    assert rule["alone"] == "closes" and rule["declared_by"] == "spoke_from_hub.sources: 10.0.0.0/16 of alpha"
    assert rule["line"] == "alpha: spoke_from_hub.sources: []"
    propagation = one(found, "transit_gateway_propagation")
    assert propagation["alone"] == "closes" and propagation["host"] == "shared-services"
    assert propagation["declared_by"] == "hub_segments.customers.reaches of shared-services: shared"
    association = one(found, "transit_gateway_association", "answer")
    assert association["declared_by"] == "spoke_segment of alpha"
    by_table = {item["declared_by"] for item in found if item["kind"] == "route" and item["alone"] == "closes"}
    assert "spoke_destinations of alpha (default)" in by_table and "hub_destinations of shared-services" in by_table
    assert "what lets it through:" in " ".join(lines(run)) and "spoke_from_hub" in " ".join(lines(run))


def test_what_stops_two_customers_and_a_leak_that_nobody_declared(networks):
    result, run = between(networks, "alpha/app", "beta/app:443", expect="denied")
    assert result["verdict"] == "unrouted"
    blockers = [blocker for answer in result["answers"] for blocker in answer["blockers"]]
    assert [one["by"] for one in blockers][:1] == ["route_table"]
    assert blockers[0]["line"] == "alpha: spoke_destinations: [10.0.0.0/16, 10.2.0.0/16]"
    assert any("what stops it, in order" in line for line in lines(run))

    leak(networks, ALPHA, "10.2.0.0/16")
    result, _run = between(networks, "alpha/app", "beta/app:443")
    (first, *_more) = result["answers"][0]["blockers"]
    assert first["by"] == "transit_gateway_route_table" and "blackhole" in first["says"]
    assert "isolated: true" in first["declared_by"] and "hub_segments.customers.isolated: false" in first["line"]

    leak(networks, BETA, "10.1.0.0/16")
    by_hand(networks, "10.2.0.0/17", BETA)
    by_hand(networks, "10.1.0.0/17", ALPHA)
    called = interface(networks, BETA)
    result, _run = between(networks, "alpha/app", "10.2.0.77:443", expect="allowed")
    assert any("stands for the next interface" in note for note in result["answers"][0]["notes"])
    result, run = between(networks, "alpha/app", f"{called}:443")
    answer = result["answers"][0]
    stopped = [one["by"] for one in answer["blockers"]]
    assert stopped == ["security_group"], answer["blockers"]
    assert "nobody" in answer["blockers"][0]["declared_by"]
    group = answer["blockers"][0]["ids"][0]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    networks.client(BETA).authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    result, run = between(networks, "alpha/app", f"{called}:443", expect="allowed")
    found = result["answers"][0]["contributions"]
    route = one(found, "transit_gateway_route", "there")
    assert route["alone"] == "closes" and route["declared_by"].startswith("nobody"), route
    assert "DeleteTransitGatewayRoute" in route["line"] and "10.2.0.0/17" in route["line"]
    rules = [item for item in found if item["kind"] == "security_group_rule" and item["id"] == group]
    assert [item["alone"] for item in rules] == ["closes"] and rules[0]["declared_by"].startswith("nobody")


def test_a_folder_of_snapshots_answers_without_a_call_and_an_account_that_it_lacks_is_unknown(networks):
    saved = networks.home / "snapshots"
    for host in ("shared-services", "alpha"):
        options = ("-e", f"save_snapshot_dir={saved}", "-e", "source=", "-e", "destination=")
        networks.run("path", "--limit", host, *options).succeeded()
    result, run = between(networks, "shared-services/app", "alpha/app:443", snapshot_dir=saved)
    assert result["verdict"] == "allowed" and run.calls == []
    result, _run = between(networks, "alpha/app", "beta/app:443", snapshot_dir=saved)
    assert result["verdict"] == "unknown" and BETA in result["answers"][0]["says"]
    result, run = between(networks, "alpha", "beta:443", why_read="false")
    assert result["between"] and run.calls == [] and "AWS wasn't read" in result["answers"][0]["notes"][-1]


def leak(site, account, destination):
    """Create a route to the Transit Gateway by hand."""
    ec2 = site.client(account)
    routed = [
        (table["RouteTableId"], route["TransitGatewayId"])
        for table in ec2.describe_route_tables()["RouteTables"]
        for route in table["Routes"]
        if "TransitGatewayId" in route
    ]
    gateway = site.client(HUB).describe_transit_gateways()["TransitGateways"][0]["TransitGatewayId"]
    tables = {table for table, _gateway in routed} or {
        table["RouteTableId"]
        for table in ec2.describe_route_tables(Filters=[{"Name": "tag:closednet:name", "Values": ["app"]}])[
            "RouteTables"
        ]
    }
    for table in tables:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, TransitGatewayId=gateway)


def by_hand(site, destination, account):
    """Create a static route to an account's attachment in the customers' table."""
    ec2 = site.client(HUB)
    named = [{"Name": "tag:closednet:name", "Values": ["customers"]}]
    (table,) = ec2.describe_transit_gateway_route_tables(Filters=named)["TransitGatewayRouteTables"]
    attachments = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    (id_,) = [one["TransitGatewayAttachmentId"] for one in attachments if one["ResourceOwnerId"] == account]
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table["TransitGatewayRouteTableId"],
        DestinationCidrBlock=destination,
        TransitGatewayAttachmentId=id_,
    )
