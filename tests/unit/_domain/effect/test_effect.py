# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan applied to a hub and its spokes, and what it opens and closes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import network_calls
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect import (
    binding,
    calls,
    difference,
    folding,
    names,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect.apply import apply
from ansible_collections.closednet.aws.plugins.module_utils._domain.effect.operations import OPERATIONS
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot

HUB, REGION = "100000000000", "eu-central-1"
RESOURCES = Path(__file__).parents[4] / "plugins" / "module_utils" / "_resources"
SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
KINDS = (
    *("InternetGateways", "LoadBalancerAttributes", "LoadBalancerListeners", "LoadBalancerTargetHealth"),
    *("LoadBalancers", "NatGateways", "NetworkInterfaces", "PrefixLists", "Reservations", "ServiceConfigurations"),
    *("TargetGroups", "VpcEndpoints", "VpcPeeringConnections", "TransitGatewayRouteTables", "TransitGatewayRoutes"),
)


def tags(**values):
    return [{"Key": key.replace("_", ":"), "Value": value} for key, value in values.items()]


def account(number):
    return f"{2 * 10**11 + number}"


def rule(port, cidr):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def place(host, account_id, cidr):
    """Return the files of an account with a VPC of one subnet, whose group lets 443 in from everywhere."""
    vpc = f"vpc-{host}"
    own = {"VpcId": vpc, "OwnerId": account_id}
    entry = {"Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    entries = [
        {"Egress": egress, "RuleNumber": number, "RuleAction": action, **entry}
        for egress in (True, False)
        for number, action in ((100, "allow"), (32767, "deny"))
    ]
    state = {"State": "associated"}
    table = {
        "RouteTableId": f"rtb-{host}",
        **own,
        "Associations": [
            {"Main": True, "AssociationState": state, "RouteTableAssociationId": f"main-{host}"},
            {"SubnetId": f"subnet-{host}", "AssociationState": state, "RouteTableAssociationId": f"assoc-{host}"},
        ],
        "Routes": [
            {"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
            {"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"},
        ],
        "Tags": tags(closednet_name="app"),
    }
    acl = {"NetworkAclId": f"acl-{host}", **own, "IsDefault": True, "Entries": entries}
    acl["Associations"] = [{"SubnetId": f"subnet-{host}", "NetworkAclAssociationId": f"aclassoc-{host}"}]
    blocks = [{"CidrBlock": cidr, "AssociationId": f"block-{host}", "CidrBlockState": state}]
    kinds = {
        "Vpcs": [{**own, "CidrBlock": cidr, "CidrBlockAssociationSet": blocks, "State": "available"}],
        "Subnets": [
            {
                **own,
                "SubnetId": f"subnet-{host}",
                "CidrBlock": cidr,
                "AvailabilityZoneId": "euc1-az1",
                "Tags": tags(closednet_name="app.euc1-az1"),
            }
        ],
        "RouteTables": [table],
        "NetworkAcls": [acl],
        "SecurityGroups": [
            {
                **own,
                "GroupId": f"sg-{host}",
                "GroupName": "app",
                "IpPermissions": [rule(443, "0.0.0.0/0")],
                "IpPermissionsEgress": [],
            }
        ],
        "TransitGatewayVpcAttachments": [],
        "TransitGatewayAttachments": [],
    }
    return {**{kind: [] for kind in KINDS}, **kinds}


def network(number):
    """Return the files and hosts of a hub (segment shared) and attached spokes (customers, isolated)."""
    hosts = {"hub": (HUB, "10.0.0.0/16", "shared")}
    hosts |= {f"a{n}": (account(n), f"10.{1 + n // 200}.{n % 200}.0/24", "customers") for n in range(number)}
    places = {host: place(host, account_id, cidr) for host, (account_id, cidr, _segment) in hosts.items()}
    hub = places["hub"]
    routes = {"shared": [], "customers": []}
    for host, (account_id, cidr, segment) in hosts.items():
        same = {"TransitGatewayAttachmentId": f"tgw-attach-{host}", "TransitGatewayId": "tgw-1", "State": "available"}
        of_vpc = {**same, "VpcId": f"vpc-{host}", "VpcOwnerId": account_id, "SubnetIds": [f"subnet-{host}"]}
        resource = {**same, "ResourceType": "vpc", "ResourceId": f"vpc-{host}", "ResourceOwnerId": account_id}
        resource["TransitGatewayOwnerId"] = HUB
        associated = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}", "State": "associated"}
        places[host]["TransitGatewayVpcAttachments"].append(of_vpc)
        hub["TransitGatewayAttachments"].append({**resource, "Association": associated})
        if host != "hub":
            places[host]["TransitGatewayAttachments"].append(resource)
        target = {"TransitGatewayAttachmentId": f"tgw-attach-{host}", "ResourceType": "vpc"}
        route = {"DestinationCidrBlock": cidr, "Type": "propagated", "State": "active"}
        to = {**route, "TransitGatewayAttachments": [{**target, "ResourceId": f"vpc-{host}"}]}
        routes["shared"].append(to)
        if host == "hub":
            routes["customers"].append(to)
    for segment, listed in routes.items():
        table = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}"}
        more = {"TransitGatewayId": "tgw-1", "State": "available", "Tags": tags(closednet_name=segment)}
        hub["TransitGatewayRouteTables"].append({**table, **more})
        hub["TransitGatewayRoutes"].append({**table, "Routes": listed, "AdditionalRoutesAvailable": False})
    files = {
        f"accounts/{hosts[host][0]}/{REGION}/{kind}.json": {kind: items}
        for host, kinds in places.items()
        for kind, items in kinds.items()
    }
    accounts = {
        host: {"account_id": account_id, "region": REGION, "spoke_segment": segment, "vpc_cidrs": [cidr]}
        for host, (account_id, cidr, segment) in hosts.items()
    }
    accounts["hub"] |= {"hub_segments": SEGMENTS, "hub_segment": "shared"}
    return snapshot.parse(files), accounts


def call(operation, address="x.y", later=False, **params):
    return {"address": address, "operation": f"ec2.{operation}", "params": params, "later": later}


def effect(before, accounts, **results):
    """Return the effect of {host: calls of its first result}, and the snapshot after it."""
    for host, listed in results.items():
        key = "hub_result" if host == "hub" else "spoke_result"
        accounts[host] = {**accounts[host], key: {"network_calls": listed, "plan": listed}}
    applied = apply(before, calls.of_accounts(accounts))
    found = difference.effect(before, applied.snapshot, applied.unknown, names.of_accounts(accounts))
    return found, applied.snapshot


def propagate(segment, host):
    table = {"TransitGatewayRouteTableId": f"tgw-rtb-{segment}"}
    return {**table, "TransitGatewayAttachmentId": f"tgw-attach-{host}"}


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


def test_results_that_tell_nothing_are_unknown():
    told = {
        "hub": {"account_id": HUB, "vpc_result": {"failed": True, "msg": "denied"}, "hub_result": {"plan": [{}]}},
        "a": {
            "account_id": account(1),
            "privatelink_consumer_result": {
                "results": [{"skipped": True, "ansible_loop_var": "item", "item": {"name": "billing"}}]
            },
        },
        "cloud": {"cloud": "gcp", "project_id": "p"},
        "nothing": {},
    }
    assert [(host.host, host.unknown) for host in calls.of_accounts(told)] == [
        ("hub", ("hub: vpc_result failed: denied", "hub: hub_result has steps without what they write")),
        ("a", ("a: what endpoint billing reaches, once its provider has published the service",)),
    ]


def test_an_approved_plan_is_taken_in_place_of_the_results():
    accounts = {"a": {"account_id": account(1), "spoke_result": {"network_calls": [call("delete_vpc", VpcId="vpc-1")]}}}
    approved = {"accounts": {"a": {"network_calls": {"spoke_result": [call("create_vpc", CidrBlock="10.0.0.0/16")]}}}}
    ((part,),) = [host.parts for host in calls.of_accounts(accounts, approved)]
    assert part.name == "spoke_result" and [one["operation"] for one in part.calls] == ["ec2.create_vpc"]


def entry(ports, **more):
    return {"from": "a/app", "to": "b/app", "level": "filters", "ports": ports, "text": "", **more}


def data(*opens, **more):
    return {"version": 1, "opens": list(opens), "closes": [], "loses_inspection": [], "unknown": [], **more}


@pytest.mark.parametrize(
    ("now", "approved", "lines"),
    [
        (["tcp 443"], ["tcp 443"], []),
        (["tcp 443"], ["tcp 22, 400-500"], []),
        (["tcp 443"], ["tcp"], []),
        (["tcp 443"], ["all traffic"], []),
        ([], ["tcp 443"], []),
        (["tcp 443-450"], ["tcp 443"], ["opens a/app -> b/app: tcp 443-450"]),
        (["udp 443"], ["tcp 443"], ["opens a/app -> b/app: udp 443"]),
        (["all traffic"], ["tcp"], ["opens a/app -> b/app: all traffic"]),
        (["icmp echo request"], ["icmp"], []),
    ],
)
def test_less_than_approved_is_fine_and_more_is_told(now, approved, lines):
    effect_now = data(entry(now)) if now else data()
    assert binding.beyond(effect_now, data(entry(approved))) == lines


def test_a_folded_entry_stands_for_each_of_its_pairs():
    many = entry(["tcp 443"], **{"from": "customers/app", "to": "shared/app"})
    many |= {"from_hosts": ["a", "c"], "to_hosts": ["b"]}
    assert binding.beyond(data(entry(["tcp 443"])), data(many)) == []
    assert binding.beyond(data(many), data(entry(["tcp 443"]))) == ["opens c/app -> b/app: tcp 443"]
    within = {**many, "from_hosts": ["a", "b"], "to_hosts": ["a", "b"], "within": True}
    assert binding.beyond(data(within), data()) == ["opens a/app -> a/app: tcp 443"]
    assert binding.beyond(data(entry(["tcp 443"])), data(within)) == ["opens a/app -> b/app: tcp 443"]
    assert binding.beyond(data(unknown=["x"]), data()) == ["opens what isn't known: x"]
    with pytest.raises(Invalid, match="isn't that of a plan"):
        binding.beyond(data(), {"opens": []})


def test_many_of_the_same_become_one_entry():
    before, accounts = network(40)
    found, _after = effect(
        before,
        accounts,
        hub=[
            call("enable_transit_gateway_route_table_propagation", f"x.{n}", **propagate("customers", f"a{n}"))
            for n in range(40)
        ],
    )
    (one,) = found["opens"]
    assert len(one["from_hosts"]) == len(one["to_hosts"]) == 40 and one["from"] == one["to"] == "customers/app"
    assert one["text"] == "customers/app (40 accounts) -> customers/app (40 accounts): tcp 443"
    assert binding.unnamed(found, ["customers>customers"]) == [] != binding.unnamed(found, ["a0>a1"])


def test_what_many_accounts_open_within_themselves_is_one_entry():
    more = {"from_segment": "customers", "to_segment": "customers", "needs_name": False, "names": []}
    entries = [
        entry(["tcp 22"], **more, **{"from": f"a{n}/app", "to": f"a{n}/db"}, from_host=f"a{n}", to_host=f"a{n}")
        for n in range(40)
    ]
    (one,) = folding.folded([{**listed, "text": "x -> y: tcp 22"} for listed in entries])
    assert one["text"] == "customers/app (40 accounts) -> customers/db (40 accounts): each within itself: tcp 22"
    assert binding.beyond(data(one), data(*entries)) == binding.beyond(data(*entries), data(one)) == []


def test_every_write_of_the_resource_files_is_modelled_or_without_effect():
    text = "\n".join(path.read_text(encoding="utf-8") for path in RESOURCES.rglob("*.py"))
    verbs = "accept|allocate|assign|associate|attach|authorize|create|delete|deregister|detach|disable|disassociate"
    verbs += "|enable|modify|register|reject|release|replace|revoke|set|unassign|update"
    written = set(re.findall(rf'"((?:ec2|elbv2)\.(?:{verbs})_[a-z_0-9]+)"', text))
    assert len(written) > 70
    assert written - OPERATIONS.keys() - network_calls.WITHOUT_EFFECT == set()


def test_what_could_not_be_read_is_bound_by_the_approval():
    """A run that isn't let to read what the plan read knows less, and may not go on as if nothing more opened."""
    before, accounts = network(2)
    opening = [call("enable_transit_gateway_route_table_propagation", **propagate("customers", "a1"))]
    approved, _after = effect(before, dict(accounts), hub=opening)
    (denied,) = [one for one in before.places if one.account_id == account(1)]
    places = {**before.places, denied: {k: v for k, v in before.places[denied].items() if k != "RouteTables"}}
    why = {"RouteTables": "DescribeRouteTables: UnauthorizedOperation"}
    found, _after = effect(snapshot.Snapshot(places, {denied: why}), dict(accounts), hub=opening)
    assert "a1: RouteTables: DescribeRouteTables: UnauthorizedOperation" in found["unknown"]
    assert any("RouteTables: DescribeRouteTables" in line for line in binding.beyond(found, approved))
    assert binding.beyond(found, found) == []
    # What isn't known with or without the plan counts, too.
    hidden = {**approved, "unknown_before": ["tgw-attach-9: its kind isn't known here"]}
    assert binding.beyond(hidden, approved) == ["opens what isn't known: tgw-attach-9: its kind isn't known here"]
    assert binding.beyond(hidden, hidden) == []


def test_what_stays_inside_an_account_comes_after_what_crosses_accounts():
    def entry(one, other, needs_name=False):
        ends = {"from_host": one, "to_host": other, "from": f"{one}/app", "to": f"{other}/app", "level": "filters"}
        more = {"from_segment": None, "to_segment": None, "needs_name": needs_name, "names": [], "ports": ["tcp 22"]}
        return {**ends, **more, "text": f"{one} -> {other}: tcp 22"}

    within = [entry(f"a{n}", f"a{n}") for n in range(3)]
    across = [entry("z", "y"), entry("z", "x", needs_name=True)]
    assert folding.folded([*within, *across]) == [across[1], across[0], *within]
    assert folding.folded([entry(None, None), *within])[0]["from_host"] is None
