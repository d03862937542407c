# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Approved plans bind the run: what has changed since is reported, and nothing is written on that host."""

from __future__ import annotations

import json

from tests.integration.conftest import ALPHA, HOSTS, Site


def planned(site: Site) -> tuple[str, str]:
    """Plan the whole inventory and return the options that apply this plan."""
    plan = site.home / "plan.json"
    assert site.run("plan", "-e", f"plan_json={plan}").succeeded().writes == []
    return ("-e", f"approved_plan_file={plan}")


def test_what_changed_since_the_approval_stops_its_host_before_it_writes(site):
    approval = planned(site)
    # Somebody creates the VPC by hand and hands it over.
    by_hand = site.client(ALPHA)
    vpc = by_hand.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    tags = {"closednet:managed": "tiered_vpc/alpha", "closednet:name": "main"}
    by_hand.create_tags(Resources=[vpc], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    run = site.run("site", *approval)
    assert run.failed == ["alpha"], run.output
    assert not [write for write in run.writes if write.startswith(ALPHA)]
    (told,) = [line for line in run.output.splitlines() if line.startswith("fatal: [alpha]")]
    assert "approved_plan: the plan is stale" in told and "change vpc.main:tags.add: wasn't planned" in told
    assert "Next: plan again" in told and "Nothing was written" in told

    # The state is again as it was at planning; steps that are done already don't matter.
    by_hand.delete_vpc(VpcId=vpc)
    assert site.run("site", *approval).succeeded().changed["alpha"]
    assert site.run("site").succeeded().writes == []
    assert site.reach(*HOSTS)["alpha"] == ["shared-services"]

    # A plan also holds text of others, which must not be used as a template.
    (vpc,) = by_hand.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = by_hand.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    https["IpRanges"] = [{"CidrIp": "10.9.0.0/16", "Description": "{{ 1/0 }}"}]
    by_hand.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[https])
    approval = planned(site)
    assert "{{ 1/0 }}" in (site.home / "plan.json").read_text()
    assert site.run("site", *approval).succeeded().writes == [f"{ALPHA} RevokeSecurityGroupIngress"]


def test_a_host_that_is_not_in_the_plan_is_not_touched(site):
    (site.home / "empty.json").write_text(json.dumps({"accounts": {}}))
    for more in ((), ("--skip-tags", "always")):
        run = site.run("spokes", "-e", f"approved_plan_file={site.home / 'empty.json'}", "--limit", "alpha", *more)
        assert run.failed == ["alpha"] and run.calls == [], run.output
        assert "approved_plan: 'alpha' isn't in it; expected a plan with this host" in run.output
