# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/closed_network.yml closes a VPC that had internet: it deletes its own routes; somebody else's stop it."""

from __future__ import annotations

from tests.integration.conftest import DELTA, lines
from tests.integration.test_doctor import CLOSED

OPEN = [
    {"name": "app", "prefix": 24, "internet": "nat"},
    {"name": "endpoint", "prefix": 26},
    {"name": "public", "prefix": 26, "internet": "gateway"},
]
SHUT = [{**tier, "internet": "none"} for tier in OPEN]


def block_mode(ec2):
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    return options["InternetGatewayBlockMode"]


def test_a_vpc_that_had_internet_is_closed_and_kept_closed(site):
    site.declare("delta", "closed", **{**CLOSED, "vpc_tiers": OPEN})
    run = site.run("closed_network", "--limit", "delta")
    assert run.failed == ["delta"] and "vpc_tiers: app, public of delta have internet" in run.output

    site.declare("delta", "closed", vpc_tiers=SHUT, closed_network_block_mode="block-bidirectional")
    run = site.run("plan", "--limit", "delta").succeeded()
    told = "\n".join(lines(run))
    assert run.writes == []
    assert "- internet_route.app" in told and "+ vpc_endpoint.s3" in told
    assert "~ block_public_access.main:mode: mode off -> block-bidirectional" in told

    # Gateways through which workloads may still call the internet are deleted only once they are named.
    gateways = "confirm_removals=delta/internet_gateway.main,delta/nat_gateway.euc1-az1"
    assert f"-e {gateways}" in told
    run = site.run("closed_network", "--limit", "delta")
    assert run.failed == ["delta"] and run.writes == []
    site.run("closed_network", "--limit", "delta", "-e", gateways).succeeded()
    ec2 = site.client(DELTA)
    assert block_mode(ec2) == "block-bidirectional"
    assert site.run("closed_network", "--limit", "delta").succeeded().writes == []

    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "tag:closednet:managed", "Values": ["tiered_vpc/delta"]}])["Vpcs"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    query = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
    (main,) = ec2.describe_route_tables(Filters=query)["RouteTables"]
    ec2.create_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    run = site.run("closed_network", "--limit", "delta")
    assert run.failed == ["delta"] and run.writes == []
    assert f"closed: {vpc['VpcId']} isn't: route table {main['RouteTableId']} (the main one)" in run.output
    run = site.run("verify", "--limit", "delta")
    assert run.code and gateway in run.output and run.writes == []

    ec2.delete_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    site.run("teardown", "--limit", "delta", "-e", "teardown_confirm=yes-delta").succeeded()
    assert block_mode(ec2) == "off"
