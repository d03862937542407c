# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/algorithms.yml: from a spoke's declaration to a call by the front, moved, drawn by weight, withdrawn."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest
from algorithm_front import TABLE, ZONE, Endpoint, Front, serving
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils.algorithm_registry_client import (
    NotReadable,
    NotUsable,
    UnknownAlgorithm,
)
from tests.integration.conftest import ALPHA, BETA, HUB, Site

ROW = f"{TABLE}/algorithm_row.score/1"


def offer(port, address="10.1.0.10", version="1", **more):
    names = {"name": "score", "version": version, "endpoint": f"score.alpha.{ZONE}", "addresses": [address]}
    return {**names, "port": port, "protocol": "http", "health_path": "/health", **more}


def listening(site, *addresses):
    """Start an instance of alpha that has the addresses, with the security group that lets the hub in."""
    ec2 = site.client(ALPHA)
    subnet = next(one for one in ec2.describe_subnets()["Subnets"] if one["CidrBlock"] == "10.1.0.0/20")
    groups = ec2.describe_security_groups(Filters=[{"Name": "tag:closednet:managed", "Values": ["tgw_spoke/alpha"]}])
    (group,) = groups["SecurityGroups"]
    first, *others = addresses
    more = [{"PrivateIpAddress": address, "Primary": False} for address in others]
    interface = ec2.create_network_interface(
        SubnetId=subnet["SubnetId"],
        Groups=[group["GroupId"]],
        PrivateIpAddresses=[{"PrivateIpAddress": first, "Primary": True}, *more],
    )["NetworkInterface"]
    on = [{"NetworkInterfaceId": interface["NetworkInterfaceId"], "DeviceIndex": 0}]
    ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=on)
    return group["GroupId"]


def rows(site):
    found = site.client(HUB, "dynamodb").scan(TableName=TABLE)["Items"]
    return {
        item["version"]["S"]: (item["state"]["S"], item["reason"]["S"], int(item["revision"]["N"])) for item in found
    }


@pytest.fixture
def endpoint():
    with serving(one := Endpoint("10.1.0.10")):
        yield one


@pytest.fixture
def offering(site: Site, endpoint: Endpoint) -> Site:
    """Site of the hub, alpha and beta, whose networks are connected; alpha offers `score` on the endpoint's port."""
    site.forget("gamma")
    site.declare(
        "shared-services",
        "algorithm_registry",
        algorithm_registry_zone=ZONE,
        algorithm_registry_front_role_arn=f"arn:aws:iam::{HUB}:role/front",
        algorithm_registry_front_tier="app",
    )
    site.declare("shared-services", "hub", hub_segment="shared")
    from_hub = {"sources": ["10.0.0.0/16"], "tcp": [str(endpoint.port)]}
    site.declare("alpha", algorithms=[offer(endpoint.port)], spoke_from_hub=from_hub)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    site.client(HUB, "iam").create_role(RoleName="front", AssumeRolePolicyDocument=document)
    site.run("transit_gateway").succeeded()
    return site


def front_of(site, *endpoints):
    (vpc,) = [one for one in site.client(HUB).describe_vpcs()["Vpcs"] if one["CidrBlock"] == "10.0.0.0/16"]
    keys = {f"aws_{name}": value for name, value in site.key.items()}
    return Front(
        lambda service: site.client(HUB, service),
        keys,
        site.emulator.endpoint,
        site.emulator.control,
        vpc["VpcId"],
        endpoints,
    )


def test_an_algorithm_from_its_declaration_to_its_withdrawal(offering, endpoint):
    # Nothing listens yet.
    run = offering.run("algorithms").succeeded()
    state, reason, revision = rows(offering)["1"]
    assert (state, revision) == ("pending", 1), run.output
    assert reason.startswith(f"the front doesn't reach 10.1.0.10:{endpoint.port}") and reason in run.output
    assert offering.run("verify").code == 2

    listening(offering, "10.1.0.10", "10.1.0.11")
    shown = offering.run("algorithms", "--check").succeeded()
    assert shown.writes == [] and "score 1 of alpha: live" in shown.output
    offering.run("algorithms").succeeded()
    assert rows(offering)["1"] == ("live", "", 2)
    again = offering.run("algorithms").succeeded()
    assert not any(again.changed.values()) and again.writes == []
    offering.run("verify").succeeded()

    front = front_of(offering, endpoint)
    registry = front.registry()
    with pytest.raises(NotUsable, match="wasn't checked yet"):
        registry.resolve("score")
    assert front.check() == {"checked": 1, "healthy": 1}
    answer = registry.resolve("score")
    assert (answer.account, answer.endpoint, answer.note) == (ALPHA, f"score.alpha.{ZONE}", "")
    assert front.call(answer) == {"scored_by": "10.1.0.10"}

    # Lost from the inventory: the run asks for confirmation, and the front still calls it.
    offering.declare("alpha", algorithms=[])
    refused = offering.run("algorithms")
    assert refused.code == 2 and ROW in refused.output and "confirm_removals" in refused.output
    assert rows(offering)["1"][0] == "live" and registry.resolve("score").version == "1"
    offering.run("algorithms", "-e", f"confirm_removals={ROW}").succeeded()
    with pytest.raises(UnknownAlgorithm):
        registry.resolve("score")
    assert front.resolved(f"score.alpha.{ZONE}") == []


def test_moved_drawn_by_weight_throttled_and_stale(offering, endpoint):
    other = Endpoint("10.1.0.11", "127.0.0.2", endpoint.port)
    listening(offering, "10.1.0.10", "10.1.0.11")
    offering.run("algorithms").succeeded()
    front = front_of(offering, endpoint, other)
    registry = front.registry()
    with serving(other):
        front.check()
        assert front.call(registry.resolve("score")) == {"scored_by": "10.1.0.10"}
        offering.declare("alpha", algorithms=[offer(endpoint.port, "10.1.0.11")])
        offering.run("algorithms").succeeded()
        assert front.call(registry.resolve("score")) == {"scored_by": "10.1.0.11"}

        canary = offer(endpoint.port, version="2", endpoint=f"canary.alpha.{ZONE}", weight=10)
        offering.declare("alpha", algorithms=[offer(endpoint.port, "10.1.0.11", weight=90), canary])
        offering.run("algorithms").succeeded()
        with pytest.raises(NotUsable, match="canary.alpha"):
            registry.resolve("score", "2")
        assert front.check() == {"checked": 2, "healthy": 2}
        by_key = {key: registry.resolve("score", key=key).version for key in map(str, range(60))}
        assert 1 <= Counter(by_key.values())["2"] <= 20
        assert front.call(registry.resolve("score", "2")) == {"scored_by": "10.1.0.10"}
        endpoint.healthy = False
        assert front.check() == {"checked": 2, "healthy": 1}
        with pytest.raises(NotUsable, match="unhealthy: HTTP 503"):
            registry.resolve("score", "2")
        assert {registry.resolve("score", key=key).version for key in by_key} == {"1"}

    throttled = {"service": "dynamodb", "operation": "Query", "action": "throttle"}
    offering.emulator.control("POST", "faults", throttled)
    answer = registry.resolve("score")
    assert "ThrottlingException" in answer.note and answer.version == "1"
    with pytest.raises(NotReadable):
        front.registry().resolve("score")
    offering.emulator.control("DELETE", "faults")

    late = front.registry(now=lambda: time.time() + 181)
    with pytest.raises(NotUsable, match="stale"):
        late.resolve("score")


def test_nobody_but_the_front_reads_and_it_only_what_it_asks_for(offering, endpoint):
    offering.run("algorithms").succeeded()
    front = front_of(offering, endpoint)
    with pytest.raises(NotReadable, match="AccessDenied"):
        front.registry(client=front.client("front", through_gateway=False)).resolve("score")
    client = front.client("front")
    for call in (
        lambda: client.scan(TableName=TABLE),
        lambda: client.put_item(TableName=TABLE, Item={"algorithm": {"S": "a"}, "version": {"S": "1"}}),
        lambda: client.execute_statement(Statement=f'SELECT * FROM "{TABLE}"'),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def let_beta_in(offering, endpoint, group):
    """Join both customers by routes that nobody declared, and let beta's subnet into alpha's group."""
    hub, alpha = offering.client(HUB), offering.client(ALPHA)
    attachments = {
        one["ResourceOwnerId"]: one["TransitGatewayAttachmentId"]
        for one in hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    }
    tables = {
        one["Association"]["TransitGatewayRouteTableId"]
        for one in hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
        if one["ResourceOwnerId"] == BETA
    }
    for table in tables:
        with pytest.raises(ClientError, match="RouteAlreadyExists"):
            # The blackhole that the hub keeps for each customer.
            hub.create_transit_gateway_route(
                DestinationCidrBlock="10.1.0.0/16",
                TransitGatewayRouteTableId=table,
                TransitGatewayAttachmentId=attachments[ALPHA],
            )
        hub.create_transit_gateway_route(
            DestinationCidrBlock="10.1.0.0/20",
            TransitGatewayRouteTableId=table,
            TransitGatewayAttachmentId=attachments[ALPHA],
        )
    beta = offering.client(BETA)
    for table in beta.describe_route_tables()["RouteTables"]:
        if any("TransitGatewayId" in route for route in table["Routes"]):
            (gateway,) = {route["TransitGatewayId"] for route in table["Routes"] if "TransitGatewayId" in route}
            beta.create_route(
                RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.1.0.0/16", TransitGatewayId=gateway
            )
    rule = {"IpProtocol": "tcp", "FromPort": endpoint.port, "ToPort": endpoint.port}
    rule["IpRanges"] = [{"CidrIp": "10.2.0.0/20"}]
    alpha.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def test_what_another_customer_reaches_is_not_live(offering, endpoint):
    group = listening(offering, "10.1.0.10")
    offering.run("algorithms").succeeded()
    assert rows(offering)["1"][0] == "live"
    let_beta_in(offering, endpoint, group)

    refused = offering.run("algorithms")
    assert refused.code == 2 and ROW in refused.output, refused.output
    assert "isn't closed to other customers: beta reaches 10.1.0.10" in refused.output
    assert rows(offering)["1"][0] == "live"
    offering.run("algorithms", "-e", f"confirm_removals={ROW}").succeeded()
    state, reason, _revision = rows(offering)["1"]
    assert state == "pending" and "beta reaches 10.1.0.10" in reason


def test_a_customer_that_the_inventory_lost_still_counts(offering, endpoint):
    let_beta_in(offering, endpoint, listening(offering, "10.1.0.10"))
    offering.forget("beta")
    run = offering.run("algorithms").succeeded()
    state, reason, _revision = rows(offering)["1"]
    assert state == "pending" and f"of account {BETA} reaches 10.1.0.10" in reason, run.output


def test_an_account_that_can_not_be_read_changes_no_row(offering):
    listening(offering, "10.1.0.10")
    offering.declare("alpha", algorithms=[])
    offering.run("algorithms").succeeded()
    denied = {"service": "ec2", "operation": "DescribeSubnets", "account": BETA, "action": "error"}
    denied |= {"code": "UnauthorizedOperation", "status": 403}
    offering.emulator.control("POST", "faults", denied)
    offering.declare("alpha", algorithms=[offer_of(offering)])
    run = offering.run("algorithms").succeeded()
    state, reason, _revision = rows(offering)["1"]
    why = f"account {BETA} wasn't read (DescribeSubnets: UnauthorizedOperation)"
    assert state == "pending" and reason == f"whether beta reaches it: {why}", run.output
    offering.emulator.control("DELETE", "faults")
    # With --limit, the role reads the accounts itself.
    offering.run("algorithms", "--limit", "shared-services").succeeded()
    assert rows(offering)["1"][0] == "live"
    offering.emulator.control("POST", "faults", denied)
    run = offering.run("algorithms").succeeded()
    assert rows(offering)["1"] == ("live", "", 2) and "score 1 of alpha: unknown: whether beta" in run.output
    verified = offering.run("verify", "--limit", "shared-services")
    assert verified.code == 2 and "stays live, although it isn't known whether it may be" in verified.output


def offer_of(site):
    (group,) = site.client(ALPHA).describe_security_groups(
        Filters=[{"Name": "tag:closednet:managed", "Values": ["tgw_spoke/alpha"]}]
    )["SecurityGroups"]
    return offer(group["IpPermissions"][0]["FromPort"])


def test_bad_input_is_told_before_anything_is_written(offering, endpoint):
    taken = {**offer(endpoint.port), "endpoint": f"score.beta.{ZONE}", "addresses": ["10.2.0.10"]}
    offering.declare("beta", algorithms=[taken], spoke_from_hub={"sources": ["10.0.0.0/16"], "tcp": ["443"]})
    offering.declare("alpha", algorithms=[offer(endpoint.port), {**offer(9), "version": 1.1, "endpoint": "a.b.c"}])
    run = offering.run("algorithms")
    assert run.code == 2 and run.calls == [], run.output
    for says in (
        f"beta.algorithms[0].port: {endpoint.port} is not among spoke_from_hub.tcp (443)",
        "alpha.algorithms[1].version: 1.1 is no text",
        f"is not below the zone {ZONE}",
    ):
        assert says in run.output
    offering.declare("alpha", algorithms=[offer(endpoint.port)])
    offering.declare("beta", spoke_from_hub={"sources": ["10.0.0.0/16"], "tcp": [str(endpoint.port)]})
    run = offering.run("algorithms")
    assert "beta.algorithms[0].version: '1' is also offered as alpha.algorithms[0]" in run.output and run.calls == []
