# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account moves from its own way out to the centre and back by the variable egress_migration alone."""

from __future__ import annotations

import yaml

from tests.integration.conftest import DELTA
from tests.integration.test_egress_order import PUBLIC, TGW, join, on_its_own, way

__all__ = ["on_its_own"]
STAGED = {
    "vpc_tiers": [
        {"name": "app", "prefix": 20, "internet": "{{ 'nat' if egress_migration == 'proxy' else 'none' }}"},
        TGW,
        PUBLIC,
    ],
    "spoke_destinations": "{{ ['10.0.0.0/16'] + ([] if egress_migration == 'proxy' else ['0.0.0.0/0']) }}",
}


def tails(site):
    """Return the actions of the firewall's denying rules."""
    api = site.client(DELTA, "network-firewall")
    arns = [group["Arn"] for group in api.list_rule_groups()["RuleGroups"] if group["Name"].endswith("deny")]
    bodies = [api.describe_rule_group(RuleGroupArn=arn)["RuleGroup"]["RulesSource"]["RulesString"] for arn in arns]
    return {line.split()[0] for body in bodies for line in body.splitlines()}


def test_each_stage_is_one_variable(on_its_own):
    site = on_its_own
    join(site)
    site.declare("alpha", **STAGED, egress_migration="proxy")
    site.declare("security", egress_mode="monitor")
    site.run("site").succeeded()
    assert way(site) == "nat"

    site.declare("alpha", egress_migration="both")
    site.run("site").succeeded()
    assert way(site) == "tgw" and tails(site) == {"alert"}

    # Without evidence nothing is written, whatever else is right.
    site.declare("alpha", egress_migration="central")
    site.declare("security", egress_mode="enforce")
    refused = site.run("site")
    assert refused.code and refused.calls == [] and "has no evidence of quiet days" in refused.output
    evidence = {"all": {"vars": {"egress_migration_evidence": {"alpha": {"quiet_days": 14}}}}}
    (site.inventory / "egress_evidence.yml").write_text(yaml.safe_dump(evidence))
    site.run("site").succeeded()
    assert way(site) == "tgw" and "alert" not in tails(site)
    assert site.run("site").succeeded().writes == []

    site.declare("alpha", egress_migration="proxy")
    site.run("site").succeeded()
    assert way(site) == "nat"
