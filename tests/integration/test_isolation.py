# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/isolation_proof.yml on the demo's hub and spokes: proven, a leak made by hand, trouble."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import ALPHA, BETA, HUB, Site, new_site


@pytest.fixture(scope="module")
def network(organization, tmp_path_factory) -> Site:
    site = new_site(organization, tmp_path_factory.mktemp("isolation"))
    # gamma attached, so that there are customers to keep apart: alpha, beta and gamma.
    site.declare("gamma", spoke_attached=True)
    site.run("site").succeeded()
    return site


def evidence(site, name="proof.json"):
    return json.loads((site.home / name).read_text())


def by_routes(site):
    """Let routes lead from alpha to a part of beta's VPC, and back, past the customers' isolation."""
    hub, alpha, beta = (site.client(account) for account in (HUB, ALPHA, BETA))
    attachments = hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    attached = {one["ResourceOwnerId"]: one["TransitGatewayAttachmentId"] for one in attachments}
    tables = hub.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    (customers,) = [t["TransitGatewayRouteTableId"] for t in tables if "customers" in json.dumps(t["Tags"])]
    for cidr, account in (("10.2.1.0/24", BETA), ("10.1.1.0/24", ALPHA)):
        hub.create_transit_gateway_route(
            DestinationCidrBlock=cidr,
            TransitGatewayRouteTableId=customers,
            TransitGatewayAttachmentId=attached[account],
        )
    (gateway,) = {one["TransitGatewayId"] for one in attachments}
    for client, cidr in ((alpha, "10.2.0.0/16"), (beta, "10.1.0.0/16")):
        for table in client.describe_route_tables(Filters=in_vpc(client))["RouteTables"]:
            client.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=cidr, TransitGatewayId=gateway)


def past_filters(site):
    """Let alpha's network ACLs out what is for beta, and beta's ACLs and a group of it in what is of alpha."""
    for account, cidr, out in ((ALPHA, "10.2.0.0/16", True), (BETA, "10.1.0.0/16", False)):
        client = site.client(account)
        for acl in client.describe_network_acls(Filters=in_vpc(client))["NetworkAcls"]:
            client.create_network_acl_entry(
                NetworkAclId=acl["NetworkAclId"],
                RuleNumber=1,
                Protocol="-1",
                RuleAction="allow",
                Egress=out,
                CidrBlock=cidr,
            )
    (vpc,) = in_vpc(client)[0]["Values"]
    group = client.create_security_group(GroupName="by-hand", Description="by hand", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def in_vpc(client):
    (vpc,) = client.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    return [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]


def prove(site, *arguments):
    files = {name: site.home / name for name in ("proof.json", "proof.html")}
    given = [f"proof_json={files['proof.json']}", f"proof_page={files['proof.html']}", *arguments]
    run = site.run("isolation_proof", *(word for one in given for word in ("-e", one)))
    assert run.writes == []
    return run


def test_proof_a_leak_and_what_changed(network):
    prove(network).succeeded()
    told = evidence(network)
    assert told["summary"] == {"counterexample": 0, "closed": 0, "unknown": 0, "open": 6, "proven": 14}
    assert told["read"]["two_equal_reads"] and told["coverage"]["unread"] == []
    assert "<h1>Isolation proof</h1>" in (network.home / "proof.html").read_text()
    earlier = network.home / "earlier.json"
    earlier.write_text((network.home / "proof.json").read_text())

    run = network.run("verify").succeeded()
    assert "Each pair of accounts is as declared" in run.output and run.writes == []
    run = network.run("verify", "--limit", "alpha").succeeded()
    assert "Isolation isn't proven: --limit leaves out" in run.output

    by_routes(network)
    run = prove(network, f"proof_verify={earlier}")
    assert run.failed and "was proven (routes), is proven (filters)" in run.output

    past_filters(network)
    run = prove(network, f"proof_verify={earlier}")
    (found,) = [v for v in evidence(network)["verdicts"] if v["verdict"] == "counterexample"]
    assert "alpha/app -> beta/app: tcp/22 from 10.1." in found["says"], run.output
    assert any("10.2.1.0/24 -> tgw-attach-" in hop for hop in found["hops"]), found
    assert "alpha -> beta: was proven (routes), is counterexample" in run.output
    assert run.failed

    earlier.write_text(earlier.read_text().replace('"proven"', '"open"', 1))
    assert "it was changed" in prove(network, f"proof_verify={earlier}").output
    run = network.run("verify", "-e", "verify_isolation=false")
    assert "Isolation isn't proven: verify_isolation is false" in run.output


def test_an_account_that_cannot_be_read_is_unknown(network):
    network.declare("alpha", assume_role_arn=f"arn:aws:iam::{ALPHA}:role/guarded")  # without its external id
    run = prove(network)
    assert run.failed
    unread = evidence(network)["coverage"]["unread"]
    assert [one["account_id"] for one in unread] == [ALPHA], run.output
    told = evidence(network)
    # Both ways with the hub, beta, gamma and the internet. The route by hand leads gamma to beta, too.
    assert told["summary"]["unknown"] == 8 + 1, run.output


def test_an_attached_account_that_the_inventory_does_not_name_is_told(network):
    network.forget("gamma")
    (network.inventory / "more.yml").unlink()
    run = prove(network)
    assert run.failed
    told = [v for v in evidence(network)["verdicts"] if v["says"].startswith("444444444444/tgw-attach-")]
    # By the route that was created by hand.
    assert [v["verdict"] for v in told] == ["counterexample"] and " -> beta/app: tcp/22 " in told[0]["says"], run.output
