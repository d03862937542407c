# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook closednet.aws.egress: a way out for two accounts, a changed line, a lost source, and its end."""

from __future__ import annotations

import pytest
import yaml

from tests.integration.conftest import LEDGER as SECURITY
from tests.integration.conftest import lines, new_site

GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": ["alpha", "10.7.0.0/16"],
        "allow": [{"domain": "api.stripe.com", "reason": "card payments"}],
    },
    "everyone": {"sources": ["spokes"], "allow": [{"domain": ".example-saas.com"}]},
}
SECURITY_ACCOUNT = {
    "account_id": SECURITY,
    "vpc_cidrs": ["10.255.0.0/16"],
    "vpc_nat_gateways": "per_az",
    "vpc_tiers": [
        {"name": "tgw", "prefix": 28, "route_tables": "per_az"},
        {"name": "firewall", "prefix": 28, "internet": "nat"},
        {"name": "public", "prefix": 28, "internet": "gateway", "route_tables": "per_az"},
    ],
    "egress_internal_cidrs": ["10.0.0.0/8"],
    "egress_groups": GROUPS,
}


@pytest.fixture(scope="module")
def site(organization, tmp_path_factory):
    site = new_site(organization, tmp_path_factory.mktemp("site"))
    site.declare("security", "egress", **SECURITY_ACCOUNT)
    site.run("egress").succeeded()
    return site


def firewall(site):
    return site.client(SECURITY, "network-firewall").describe_firewall(FirewallName="security")


def rules(site):
    api = site.client(SECURITY, "network-firewall")
    names = [group["Arn"] for group in api.list_rule_groups()["RuleGroups"]]
    return "\n".join(
        api.describe_rule_group(RuleGroupArn=arn)["RuleGroup"]["RulesSource"]["RulesString"] for arn in names
    )


def declare(site, **groups):
    site.declare("security", "egress", egress_groups={**GROUPS, **groups})


def test_the_firewall_filters_in_both_zones_and_a_second_run_changes_nothing(site):
    status = firewall(site)["FirewallStatus"]
    assert (status["Status"], len(status["SyncStates"])) == ("READY", 2)
    assert 'content:"api.stripe.com"' in rules(site)

    again = site.run("egress").succeeded()
    assert again.writes == [] and not any(again.changed.values()), again.output
    calls = [call for call in again.calls if call["service"] in ("network-firewall", "networkfirewall")]
    assert 0 < len(calls) <= 10


def test_a_line_more_is_one_call_and_a_line_of_the_plan(site):
    allowed = [*GROUPS["payments"]["allow"], {"domain": "api.paypal.com", "until": "2099-12-31"}]
    declare(site, payments={**GROUPS["payments"], "allow": allowed})

    planned = site.run("plan", "--limit", "security").succeeded()
    assert planned.writes == []
    assert any("payments: + api.paypal.com:443 from alpha (10.1.0.0/16)" in line for line in lines(planned))

    assert site.run("egress").succeeded().writes == [f"{SECURITY} UpdateRuleGroup"]
    assert 'content:"api.paypal.com"' in rules(site)
    declare(site)
    site.run("egress").succeeded()


def test_a_source_that_is_lost_needs_its_name(site):
    declare(site, payments={**GROUPS["payments"], "sources": ["10.7.0.0/16"]})
    refused = site.run("egress")
    assert refused.failed == ["security"] and refused.writes == []
    assert "confirm_removals=payments/alpha" in refused.output

    site.run("egress", "-e", "confirm_removals=payments/alpha").succeeded()
    declare(site)
    site.run("egress").succeeded()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sources": ["alhpa"]}, "is no account, no group of the inventory and no CIDR; expected one such as alpha"),
        ({"allow": [{"domain": "https://api.stripe.com"}]}, "security.egress_groups.payments.allow[0].domain"),
        ({"allow": [{"domain": "api.stripe.com", "until": "soon"}]}, "is no date"),
    ],
)
def test_a_wrong_group_is_refused_before_any_call(site, changed, says):
    declare(site, payments={**GROUPS["payments"], **changed})
    refused = site.run("egress")
    declare(site)
    assert refused.code != 0 and says in refused.output, refused.output
    assert refused.calls == []


def test_a_tier_with_one_route_table_for_both_zones_is_refused_before_any_call(site):
    tiers = [
        {**tier, "route_tables": "single"} if tier["name"] == "tgw" else tier for tier in SECURITY_ACCOUNT["vpc_tiers"]
    ]
    site.declare("security", "egress", vpc_tiers=tiers)
    refused = site.run("egress")
    site.declare("security", "egress", vpc_tiers=SECURITY_ACCOUNT["vpc_tiers"])
    assert refused.code != 0 and refused.calls == []
    assert "security.vpc_tiers.tgw.route_tables" in refused.output


def test_absent_deletes_the_firewall_and_the_routes_to_it(site):
    site.declare("security", "egress", egress_state="absent")
    site.run("egress").succeeded()
    api = site.client(SECURITY, "network-firewall")
    assert api.list_firewalls()["Firewalls"] == api.list_rule_groups()["RuleGroups"] == []
    tables = site.client(SECURITY).describe_route_tables()["RouteTables"]
    assert "vpce-" not in yaml.safe_dump([table["Routes"] for table in tables])
