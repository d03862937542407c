# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan applied to a hub and its spokes, and what it opens and closes."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.closednet.aws.plugins.module_utils._core import network_calls
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect import binding
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect.operations import OPERATIONS
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.tests.unit._domain.effect.spokes import (
    HUB,
    REGION,
    account,
    call,
    effect,
    network,
    place,
    propagate,
    rule,
    tags,
)

RESOURCES = Path(__file__).parents[4] / "plugins" / "module_utils" / "_resources"


def test_a_plan_without_writes_has_no_effect():
    found, after = effect(*network(2), hub=[])
    assert [found[kind] for kind in ("opens", "closes", "loses_inspection", "unknown")] == [[], [], [], []]
    assert after == network(2)[0]


def test_a_propagation_opens_what_the_receiver_lets_in_and_has_to_be_named():
    found, _after = effect(
        *network(2), hub=[call("enable_transit_gateway_route_table_propagation", **propagate("customers", "a1"))]
    )
    # One way: a1's answers have no route back, but what it gets it gets.
    assert [(one["from"], one["to"], one["ports"]) for one in found["opens"]] == [("a0/app", "a1/app", ["tcp 443"])]
    assert found["opens"][0]["needs_name"] and found["closes"] == found["unknown"] == []
    (line,) = binding.unnamed(found, [])
    assert line.startswith("customers>customers: a0/app (customers) -> a1/app (customers): tcp 443")
    assert binding.unnamed(found, ["customers>shared"]) == [line]
    assert binding.unnamed(found, ["customers>customers"]) == binding.unnamed(found, ["a0>a1"]) == []


def test_an_account_that_moves_is_named_itself():
    moved = propagate("shared", "a1")
    found, _after = effect(
        *network(3),
        hub=[
            call("disassociate_transit_gateway_route_table", **propagate("customers", "a1")),
            call("associate_transit_gateway_route_table", **moved),
        ],
    )
    # The table of shared leads to all customers.
    assert {(one["from"], one["to"]) for one in found["opens"]} == {("a1/app", "a0/app"), ("a1/app", "a2/app")}
    assert binding.unnamed(found, ["customers>customers", "shared>customers"]) != []
    assert binding.unnamed(found, ["a1>customers"]) == []


def test_a_detached_account_is_closed_and_its_routes_drop():
    found, after = effect(
        *network(2), a1=[call("delete_transit_gateway_vpc_attachment", TransitGatewayAttachmentId="tgw-attach-a1")]
    )
    assert found["opens"] == []
    assert {(one["from"], one["to"]) for one in found["closes"]} == {("a1/app", "hub/app"), ("hub/app", "a1/app")}
    tables = {
        item["TransitGatewayRouteTableId"]: item["Routes"] for _place, item in after.every("TransitGatewayRoutes")
    }
    assert [route["DestinationCidrBlock"] for route in tables["tgw-rtb-shared"]] == ["10.0.0.0/16", "10.1.0.0/24"]


def test_a_rule_opens_its_port_and_a_revoked_one_closes_it():
    found, _after = effect(
        *network(1),
        a0=[
            call("authorize_security_group_ingress", GroupId="sg-a0", IpPermissions=[rule(22, "10.0.0.0/16")]),
            call("revoke_security_group_ingress", GroupId="sg-a0", IpPermissions=[rule(443, "0.0.0.0/0")]),
        ],
    )
    assert [(one["from"], one["to"], one["ports"]) for one in found["opens"] if one["from"] == "hub/app"] == [
        ("hub/app", "a0/app", ["tcp 22"])
    ]
    assert ("hub/app", "a0/app", ["tcp 443"]) in [(o["from"], o["to"], o["ports"]) for o in found["closes"]]
    assert not any(one["needs_name"] for one in found["opens"])


def test_a_deleted_blackhole_reveals_what_is_propagated():
    before, accounts = network(2)
    put = {"TransitGatewayRouteTableId": "tgw-rtb-shared", "DestinationCidrBlock": "10.1.1.0/24"}
    found, dropped = effect(before, accounts, hub=[call("create_transit_gateway_route", **put, Blackhole=True)])
    assert {(one["from"], one["to"]) for one in found["closes"]} == {("hub/app", "a1/app")}
    # As AWS lists routes, the static one hides the propagated one, and the propagation stays enabled.
    kind, key = "TransitGatewayPropagations", "TransitGatewayRouteTablePropagations"
    told = {"TransitGatewayAttachmentId": "tgw-attach-a1", "State": "enabled", "ResourceType": "vpc"}
    places = {place: dict(kinds) for place, kinds in dropped.places.items()}
    hub = next(place for place in places if place.account_id == HUB)
    places[hub][kind] = ({"TransitGatewayRouteTableId": "tgw-rtb-shared", key: [{**told, "ResourceId": "vpc-a1"}]},)
    found, _after = effect(snapshot.Snapshot(places), network(2)[1], hub=[call("delete_transit_gateway_route", **put)])
    assert {(one["from"], one["to"]) for one in found["opens"]} == {("hub/app", "a1/app")}


def test_what_is_not_modelled_or_not_read_is_unknown_by_name():
    before, accounts = network(1)
    accounts["far"] = {"account_id": "999999999999", "region": REGION}
    found, _after = effect(
        before,
        accounts,
        a0=[
            call("create_carrier_gateway", "carrier_gateway.main", VpcId="vpc-a0"),
            call("create_route", "transit_gateway_route.x", RouteTableId="(known after route_table.nowhere)"),
            {"address": "tgw_spoke", "operation": "", "params": {}, "later": True, "unknown": "why"},
        ],
        hub=[
            call(
                "create_vpc_endpoint",
                "interface_endpoint.main",
                VpcEndpointType="Interface",
                VpcId="vpc-hub",
                ServiceName="com.amazonaws.vpce.eu-central-1.vpce-svc-1",
            )
        ],
        far=[call("create_vpc", "vpc.main", CidrBlock="10.9.0.0/16")],
    )
    service = "com.amazonaws.vpce.eu-central-1.vpce-svc-1"
    assert found["unknown"] == [
        "a0: carrier_gateway.main: what ec2.create_carrier_gateway opens or closes isn't known here",
        "a0: tgw_spoke: why",
        "a0: transit_gateway_route.x: route_table.nowhere isn't known before it exists",
        "far: vpc.main: account 999999999999 isn't in the snapshot",
        f"hub: interface_endpoint.main: what a new endpoint to {service} reaches: its service isn't in the snapshot",
    ]


def test_a_new_account_is_applied_with_symbolic_ids_over_hosts_and_modules():
    before, accounts = network(1)
    # The account is there, and has nothing yet.
    empty = place("b", account(7), "10.9.0.0/16")
    kinds = dict.fromkeys(empty, ())
    new = snapshot.Place(f"accounts/{account(7)}/{REGION}/", account(7), REGION)
    before = snapshot.Snapshot({**before.places, new: kinds})
    accounts["b"] = {"account_id": account(7), "region": REGION, "spoke_segment": "customers"}
    vpc, subnet = "(known after vpc.main)", "(known after subnet.app.euc1-az1)"
    tagged = [{"ResourceType": "x", "Tags": tags(closednet_managed="tiered_vpc/b", closednet_name="app.euc1-az1")}]
    table = [{"ResourceType": "x", "Tags": tags(closednet_managed="tiered_vpc/b", closednet_name="app")}]
    accounts["b"]["vpc_result"] = {
        "network_calls": [
            call("create_vpc", "vpc.main", CidrBlock="10.9.0.0/16"),
            call(
                "create_subnet",
                "subnet.app.euc1-az1",
                VpcId=vpc,
                CidrBlock="10.9.0.0/24",
                AvailabilityZoneId="euc1-az1",
                TagSpecifications=tagged,
            ),
            call("create_route_table", "route_table.app", VpcId=vpc, TagSpecifications=table),
            call("associate_route_table", "a.b", RouteTableId="(known after route_table.app)", SubnetId=subnet),
            call("create_security_group", "security_group.app", VpcId=vpc, GroupName="app"),
            call(
                "authorize_security_group_ingress",
                "security_group.app:ingress",
                GroupId="(known after security_group.app)",
                IpPermissions=[rule(443, "10.0.0.0/16")],
            ),
        ]
    }
    gateway = {"TransitGatewayId": "tgw-1"}
    attach = "transit_gateway_attachment.main"
    found, after = effect(
        before,
        accounts,
        b=[
            call(
                "create_transit_gateway_vpc_attachment",
                attach,
                **gateway,
                VpcId="(known after existing_vpc.main)",
                SubnetIds=["subnets of tier app in (known after existing_vpc.main)"],
            ),
            call(
                "create_route",
                "transit_gateway_route.main/app(known after existing_vpc.main)/10.0.0.0/16",
                later=True,
                **gateway,
                RouteTableId="(known after existing_vpc.main)",
                DestinationCidrBlock="10.0.0.0/16",
            ),
        ],
        hub=[
            call(operation, f"x.{operation}", later=True, **{**propagate(segment, "b"), **id_})
            for id_ in [{"TransitGatewayAttachmentId": "(known after spoke_attachment.b)"}]
            for operation, segment in (
                ("associate_transit_gateway_route_table", "customers"),
                ("enable_transit_gateway_route_table_propagation", "shared"),
            )
        ],
    )
    assert found["unknown"] == []
    across = {(o["from"], o["to"], *o["ports"]) for o in found["opens"] if o["from_host"] != o["to_host"]}
    # Default groups of the new VPC let in themselves only; what is let in by the tier's own is 443 from the hub.
    assert across == {("hub/app", "b/app", "tcp 443"), ("b/app", "hub/app", "tcp 443")}
    # The run is applied again to what it has done: nothing is created twice.
    again, _same = effect(after, accounts)
    assert len(list(_same.every("Subnets"))) == len(list(after.every("Subnets")))
    assert again["opens"] == again["closes"] == again["unknown"] == []


def test_every_write_of_the_resource_files_is_modelled_or_without_effect():
    text = "\n".join(path.read_text(encoding="utf-8") for path in RESOURCES.rglob("*.py"))
    verbs = "accept|allocate|assign|associate|attach|authorize|create|delete|deregister|detach|disable|disassociate"
    verbs += "|enable|modify|register|reject|release|replace|revoke|set|unassign|update"
    written = set(re.findall(rf'"((?:ec2|elbv2)\.(?:{verbs})_[a-z_0-9]+)"', text))
    assert len(written) > 70
    assert written - OPERATIONS.keys() - network_calls.WITHOUT_EFFECT == set()
