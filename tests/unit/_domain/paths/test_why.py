# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why between accounts: each piece that lets a flow through, each blocker, who declared it, and the line to change."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.paths.why import why
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.why import why_lines
from ansible_collections.closednet.aws.tests.unit._domain.network.balanced import Balanced
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HUB,
    REGION,
    World,
    acl,
    change,
    deny,
    drop_routes,
    entry,
    forget_propagation,
    interface,
    route,
    subnet,
)

TODAY = date(2026, 11, 30)
CUSTOMERS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}

OF_PRIVATELINK = ("ServiceConfigurations", "VpcEndpoints")


def account(id_, cidr, **more):
    variables = {"account_id": id_, "region": REGION, "vpc_cidrs": [cidr], "vpc_availability_zone_ids": ["az1"]}
    return {**variables, "vpc_tiers": [{"name": "app", "prefix": 24}], "group_names": ["spokes"], **more}


@pytest.fixture
def accounts():
    hub = {"hub_segments": CUSTOMERS, "hub_segment": "shared", "hub_destinations": ["10.0.0.0/8"]}
    return {
        "shared": account(HUB, "10.0.0.0/16", group_names=["hub"], **hub),
        "alpha": account(ALPHA, "10.1.0.0/16", spoke_segment="customers"),
        "beta": account(BETA, "10.2.0.0/16"),
    }


@pytest.fixture
def world():
    """The networks of the tracer's tests, with the tags of what this inventory manages."""
    world = World()
    for id_, account_id, managed, name in (
        ("rtb-app", ALPHA, "tiered_vpc/alpha", "app"),
        ("acl-app", ALPHA, "tiered_vpc/alpha", "app"),
        ("rtb-shared", HUB, "tiered_vpc/shared", "app"),
        ("tgw-rtb-alpha", HUB, "tgw_hub/shared", "customers"),
        ("tgw-rtb-shared", HUB, "tgw_hub/shared", "shared"),
        ("subnet-app", ALPHA, "tiered_vpc/alpha", "app.az1"),
        ("subnet-dns", HUB, "tiered_vpc/shared", "app.az1"),
        ("subnet-beta", BETA, "tiered_vpc/beta", "app.az1"),
    ):
        tag(world, id_, account_id, managed, name)
    return world


def tag(world, id_, account_id, managed, name):
    tags = [{"Key": "closednet:managed", "Value": managed}, {"Key": "closednet:name", "Value": name}]
    world.item(id_, account_id)["Tags"] = tags


def asked(accounts, world, from_, to, **more):
    return why(accounts, {}, {"from": from_, "to": to}, TODAY, world.parsed(), **more)


def pieces(result):
    (answer,) = result["answers"]
    return {(one["id"], one["what"].partition(":")[0], one["direction"]): one for one in answer["contributions"]}


def test_each_piece_of_a_path_with_what_it_contributes_and_who_declared_it(accounts, world):
    result = asked(accounts, world, "i-app", "eni-dns:443")
    assert result["verdict"] == "allowed" and result["between"]
    found = pieces(result)
    propagation = found["tgw-rtb-alpha", "propagation of tgw-attach-shared (route 10.0.0.0/16)", "there"]
    assert propagation["alone"] == "closes" and propagation["host"] == "shared"
    assert propagation["line"] == "shared: hub_segments.customers.reaches: []"
    association = found["tgw-rtb-alpha", "association of tgw-attach-alpha", "there"]
    assert (association["declared_by"], association["line"]) == (
        "spoke_segment of alpha",
        "alpha: spoke_attached: false",
    )
    needed = found["rtb-app", "route 10.0.0.0/16 to tgw-1", "there"]
    assert (needed["alone"], needed["line"]) == ("closes", "alpha: spoke_destinations: []")
    spare = found["rtb-app", "route 0.0.0.0/0 to nat-1", "there"]
    assert spare["alone"] == "changes nothing" and "10.0.0.0/16 -> tgw-1 also lets it through" in spare["says"]
    assert spare["declared_by"].startswith("nobody") and "DeleteRoute rtb-app 0.0.0.0/0" in spare["line"]
    back = found["rtb-shared", "route 10.1.0.0/16 to tgw-1", "answer"]
    assert back["alone"] == "closes" and "nobody" in back["declared_by"]  # 10.0.0.0/8 is declared, this row isn't
    own = found["rtb-shared", "route 10.0.0.0/16 to local", "there"]
    assert own["alone"] == "not judged" and own["declared_by"] == "AWS: the VPC's own route"
    # The attachments' subnets have ACLs, too.
    assert found["acl-tgw", "inbound rule 100", "there"]["alone"] == "closes"


@pytest.mark.parametrize("isolated", [True, False])
def test_a_propagation_within_a_segment_is_declared_unless_its_members_are_apart(accounts, world, isolated):
    accounts["shared"].update(hub_segment="customers", hub_segments={"customers": {"isolated": isolated}})
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    piece = found["tgw-rtb-alpha", "propagation of tgw-attach-shared (route 10.0.0.0/16)", "there"]
    assert piece["declared_by"].startswith("nobody") is isolated
    line = "shared: hub_segments.customers.isolated: true"
    assert (piece["line"] == line) is not isolated


def test_of_two_rules_each_changes_nothing_and_both_together_close_it(accounts, world):
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    wide = {**https, "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "10.1.1.0/24"}, {"CidrIp": "10.9.0.0/16"}]}
    other_port = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    change("sg-dns", HUB, IpPermissions=[wide, other_port])(world)
    result = asked(accounts, world, "i-app", "eni-dns:443")
    rules = [one for one in result["answers"][0]["contributions"] if one["id"] == "sg-dns"]
    assert [one["what"] for one in rules] == [
        "ingress rule: tcp/443 from 10.0.0.0/8",
        "ingress rule: tcp/443 from 10.1.1.0/24",
    ]
    assert {one["alone"] for one in rules} == {"changes nothing"}
    together = [note for note in result["answers"][0]["notes"] if "sg-dns" in note]
    assert len(together) == 1 and together[0].endswith("together closes it")


def test_an_entry_that_only_the_answer_needs(accounts, world):
    answers = entry(50, "allow", "6", (1024, 65535), "10.0.1.0/24")
    world.item("acl-app")["Entries"] = [answers, entry(100, egress=True), entry(32767, "deny")]
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    assert found["acl-app", "inbound rule 50", "answer"]["alone"] == "closes"
    assert ("acl-app", "inbound rule 50", "there") not in found


def test_each_zone_that_appliance_mode_may_pick_has_its_pieces(accounts, world):
    """https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html: one is picked for a flow."""
    world.files[HUB]["Subnets"].append(subnet("shared", "entry2", "10.0.3.0/28", "az2"))
    world.files[HUB]["NetworkAcls"].append(acl("shared", "entry2", "entry2"))
    attached = world.files[HUB]["TransitGatewayVpcAttachments"][0]
    attached.update(SubnetIds=["subnet-entry", "subnet-entry2"], Options={"ApplianceModeSupport": "enable"})
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    for acl_id in ("acl-entry", "acl-entry2"):
        assert found[acl_id, "outbound rule 100", "there"]["alone"] == "closes"


def test_a_shorter_route_takes_over_by_another_path(accounts, world):
    """A peering's route beside the transit gateway's: without the longer one, the packet goes the other way."""
    world.item("rtb-app")["Routes"].append(route("10.0.0.0/8", TransitGatewayId="tgw-1"))
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    first = found["rtb-app", "route 10.0.0.0/16 to tgw-1", "there"]
    assert first["alone"] == "changes nothing" and "10.0.0.0/8 -> tgw-1 also lets it through" in first["says"]
    peered = pieces(asked(accounts, world, "i-app", "eni-beta:443"))
    connection = peered["pcx-1", "the peering connection", "there"]
    assert connection["alone"] == "closes" and "DeleteVpcPeeringConnection pcx-1" in connection["line"]
    instead = peered["rtb-app", "route 10.2.0.0/16 to pcx-1", "there"]
    assert instead["alone"] == "closes" and "nobody" in instead["declared_by"]


def test_flows_of_the_inventory_are_named_for_the_entries_that_they_compile_to(accounts, world):
    flows = [{"from": "app", "to": "10.0.0.0/16", "tcp": ["443"]}, {"from": "app", "to": "10.0.0.0/16", "tcp": [22]}]
    accounts["alpha"].update(vpc_flows=flows, vpc_cidrs=["10.1.0.0/16"])
    hand = {"RuleNumber": 7, "RuleAction": "allow", "Protocol": "6", "CidrBlock": "10.0.0.0/8", "Egress": True}
    compiled = entry(2000, "allow", "6", (443, 443), "10.0.0.0/16", True)
    world.item("acl-app")["Entries"][:0] = [hand, compiled]
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    declared = found["acl-app", "outbound rule 2000", "there"]
    assert declared["declared_by"] == "vpc_flows: {from: app, to: 10.0.0.0/16, tcp: [443]} of alpha"
    by_hand = found["acl-app", "outbound rule 7", "there"]
    assert by_hand["declared_by"].startswith("nobody") and "DeleteNetworkAclEntry acl-app egress 7" in by_hand["line"]


def test_sources_of_the_hub_are_named_for_the_rules_of_the_spokes_group(accounts, world):
    accounts["alpha"]["spoke_from_hub"] = {"sources": ["10.0.0.0/16"], "tcp": ["443"]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    rules = [{**https, "IpRanges": [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.0.1.0/24"}]}]
    change("sg-app", ALPHA, IpPermissions=rules)(world)
    tag(world, "sg-app", ALPHA, "tgw_spoke/alpha", "from_hub")
    found = pieces(asked(accounts, world, "eni-dns", "i-app:443"))
    declared = found["sg-app", "ingress rule", "there"]
    # Both rules are `ingress rule: ...`; the last one of them is kept here: the one that nobody declared.
    assert declared["what"].endswith("10.0.1.0/24") and declared["declared_by"].startswith("nobody")
    listed = asked(accounts, world, "eni-dns", "i-app:443")["answers"][0]["contributions"]
    first = next(one for one in listed if one["what"] == "ingress rule: tcp/443 from 10.0.0.0/16")
    assert (first["declared_by"], first["line"]) == (
        "spoke_from_hub.sources: 10.0.0.0/16 of alpha",
        "alpha: spoke_from_hub.sources: []",
    )


def test_all_blockers_in_order_with_what_each_needs(accounts, world):
    forget_propagation(0)(world)
    deny("acl-app", entry(10, "deny", egress=True))(world)
    change("sg-dns", HUB, IpPermissions=[])(world)
    accounts["alpha"]["vpc_flows"] = []
    accounts["shared"]["hub_segments"] = {"shared": {}, "customers": {"isolated": True}}
    (answer,) = asked(accounts, world, "i-app", "eni-dns:443")["answers"]
    assert answer["verdict"] == "denied" and answer["contributions"] == []
    found = [(one["direction"], one["by"], one["line"]) for one in answer["blockers"]]
    assert found == [
        ("there", "network_acl", "alpha: vpc_flows: - {from: app, to: 10.0.0.0/16, tcp: [443]}"),
        ("there", "transit_gateway_route_table", "shared: hub_segments.customers.reaches: [shared]"),
        (
            "there",
            "security_group",
            f"account {HUB} (shared): AuthorizeSecurityGroupIngress sg-dns: tcp/443 from 10.1.1.10/32",
        ),
    ], answer["blockers"]


def test_what_is_declared_and_missing_in_aws_needs_a_run(accounts, world):
    forget_propagation(0)(world)
    (answer,) = asked(accounts, world, "i-app", "eni-dns:443")["answers"]
    (blocker,) = answer["blockers"]
    assert "it is declared, and AWS doesn't have it" in blocker["needs"]
    assert blocker["declared_by"] == "hub_segments.customers.reaches of shared: shared"
    assert blocker["line"] == "a run for shared creates it"


def test_a_route_of_the_vpc_that_is_missing(accounts, world):
    drop_routes("rtb-app")(world)
    accounts["alpha"]["spoke_destinations"] = ["172.16.0.0/12"]
    (answer,) = asked(accounts, world, "i-app", "eni-dns:443")["answers"]
    assert answer["verdict"] == "unrouted"
    assert answer["blockers"][0]["line"] == "alpha: spoke_destinations: [172.16.0.0/12, 10.0.0.0/16]"


def test_hosts_and_tiers_stand_for_their_interfaces_and_free_addresses(accounts, world):
    result = asked(accounts, world, "alpha/app", "shared/app:443")
    (answer,) = result["answers"]
    assert answer["sender"].startswith("alpha/app (eni-app") and answer["destination"] == "shared/app (eni-dns, sg-dns)"
    world.files[HUB]["NetworkInterfaces"].clear()
    (answer,) = asked(accounts, world, "alpha/app", "shared/app:443")["answers"]
    assert answer["destination"] == "shared/app (any address of subnet-dns)" and answer["verdict"] == "allowed"
    assert any("stands for the next interface, without a security group" in note for note in answer["notes"])
    (answer,) = asked(accounts, world, "alpha/app", "10.0.1.77:443")["answers"]
    assert answer["verdict"] == "allowed"
    (answer,) = asked(accounts, world, "alpha/app", "10.0.1.1:443")["answers"]
    assert answer["verdict"] == "unknown"  # AWS's own address of the subnet


def test_an_interface_that_is_attached_to_nothing_stands_for_nobody(accounts, world):
    world.item("eni-dns", HUB)["Status"] = "available"
    (answer,) = asked(accounts, world, "alpha/app", "shared/app:443")["answers"]
    assert answer["destination"] == "shared/app (any address of subnet-dns)"


def test_two_accounts_with_the_same_range_do_not_stand_for_each_other(accounts, world):
    """Both tiers are without an interface, so that the first free address is the same in both."""
    accounts["beta"]["vpc_cidrs"] = ["10.1.0.0/16"]
    world.files[ALPHA]["NetworkInterfaces"] = []
    world.files[BETA]["NetworkInterfaces"] = []
    world.item("vpc-beta", BETA)["CidrBlock"] = "10.1.0.0/16"
    world.item("subnet-beta", BETA)["CidrBlock"] = "10.1.1.0/24"
    result = asked(accounts, world, "alpha/app", "beta/app:443")
    assert result["verdict"] == "unrouted", result
    assert "is in subnet-app here, not in subnet-beta" in result["answers"][0]["says"]


def test_an_account_that_was_not_read_is_unknown(accounts, world):
    del world.files[BETA]
    result = asked(accounts, world, "alpha/app", "beta/app:443")
    assert result["verdict"] == "unknown" and f"beta: account {BETA} wasn't read" in result["answers"][0]["says"]
    del world.files[HUB]
    result = asked(accounts, world, "alpha/app", "shared/app:443")
    assert result["verdict"] == "unknown"
    result = asked(accounts, world, "i-app", "10.0.1.10:443")
    assert result["verdict"] == "unknown", result


def test_a_route_of_unknown_effect_is_told_as_unknown(accounts, world):
    """Without the connection's route, the next one leads to an interface that forwards by its own rules."""
    world.files[ALPHA]["NetworkInterfaces"].append(interface("alpha", "app", "box", "10.1.1.99", ["app"]))
    world.item("rtb-app")["Routes"].append(route("10.0.0.0/8", NetworkInterfaceId="eni-box"))
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    assert found["rtb-app", "route 10.0.0.0/16 to tgw-1", "there"]["alone"] == "unknown"


def test_a_static_route_may_hide_a_propagated_one(accounts, world):
    forget_propagation(0)(world)
    target = [{"TransitGatewayAttachmentId": "tgw-attach-shared", "ResourceType": "vpc"}]
    static = {"DestinationCidrBlock": "10.0.0.0/16", "State": "active", "Type": "static"}
    table = next(
        one
        for one in world.files[HUB]["TransitGatewayStaticRoutes"]
        if one["TransitGatewayRouteTableId"] == "tgw-rtb-alpha"
    )
    table["Routes"].append({**static, "TransitGatewayAttachments": target})
    found = pieces(asked(accounts, world, "i-app", "eni-dns:443"))
    piece = found["tgw-rtb-alpha", "static route 10.0.0.0/16 to tgw-attach-shared", "there"]
    assert piece["alone"] == "closes" and "propagated route that it hides isn't shown" in piece["says"]
    assert "a run of closednet.aws.transit_gateway deletes it" in piece["declared_by"]


def test_a_policy_of_an_endpoint_is_told_and_not_judged(accounts, world):
    policy = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "logs:Put*", "Resource": "*"}]}'
    world.item("vpce-logs")["PolicyDocument"] = policy
    found = pieces(asked(accounts, world, "i-app", "vpce-logs:443"))
    piece = found["vpce-logs", "endpoint policy", "there"]
    assert piece["alone"] == "not judged" and "allows logs:Put* on * for *; decided by request" in piece["what"]


def test_a_service_of_the_destination_is_reached_by_the_senders_endpoint_up_to_its_targets(accounts):
    """Whatever routes there are between both: none here."""
    world = Balanced()
    world.item("rtb-beta", BETA)["Routes"] = [
        one for one in world.item("rtb-beta", BETA)["Routes"] if "pcx" not in str(one)
    ]
    result = asked(accounts, world, "beta", "alpha:443")
    by_endpoint = [one for one in result["answers"] if "by PrivateLink (vpce-service" in one["destination"]]
    (first,) = by_endpoint
    assert first["verdict"] == "allowed", result
    kinds = {one["id"] for one in first["contributions"] if one["alone"] == "closes"}
    assert "sg-beta" in kinds and kinds & {"acl-lb", "sg-behind", "acl-data"}, first["contributions"]
    change("vpce-service", BETA, State="rejected")(world)
    result = asked(accounts, world, "beta", "alpha:443")
    by_endpoint = [one for one in result["answers"] if "by PrivateLink" in one["destination"]]
    assert {one["verdict"] for one in by_endpoint} == {"denied"}
    assert by_endpoint[0]["blockers"][0]["by"] == "vpc_endpoint"


def test_the_name_of_a_declared_endpoint_is_no_name_of_the_internet(accounts):
    """The name is in a private zone, which is no part of a snapshot: the inventory has it."""
    world, name = Balanced(), "api.example.internal"
    entry_ = {"name": "api", "service": {"host": "alpha", "name": "api"}, "dns_name": name}
    accounts["beta"]["privatelink_consumer_endpoints"] = [entry_]
    result = asked(accounts, world, "beta", f"{name}:443")
    assert result["between"] and result["verdict"] == "allowed", result
    assert {"by PrivateLink (vpce-service" in one["destination"] for one in result["answers"]} == {True}
    accounts["beta"]["privatelink_consumer_endpoints"] = [{**entry_, "state": "absent"}]
    assert not asked(accounts, world, "beta", f"{name}:443")["between"]
    # Of another account it's a name like any other.
    assert not asked(accounts, world, "alpha", f"{name}:443")["between"]
    accounts["beta"]["privatelink_consumer_endpoints"] = [entry_]
    change("vpce-service", BETA, ServiceName="com.amazonaws.vpce.eu-central-1.vpce-svc-other")(world)
    (answer,) = asked(accounts, world, "beta", f"{name}:443")["answers"]
    assert answer["verdict"] == "unrouted" and "has no endpoint to alpha" in answer["says"]


def test_the_text_has_verdict_pieces_and_lines_and_escapes_names(accounts, world):
    world.item("subnet-dns", HUB)["Tags"] = [{"Key": "Name", "Value": "evil\x1b[31m"}]
    for account in (ALPHA, HUB):
        world.files[account].update({kind: world.files[account].get(kind, []) for kind in OF_PRIVATELINK})
    told = why_lines(asked(accounts, world, "alpha/app", "shared:443"))
    assert told[0] == "from alpha/app to shared:443 (tcp): ALLOWED"
    assert not any("\x1b" in line for line in told) and any("evil\\x1b" in line for line in told)
    assert any(line.strip().startswith("needed: sg-dns, ingress rule") for line in told)
    assert any(line.strip() == "to remove it: alpha: spoke_destinations: []" for line in told)
    change("sg-dns", HUB, IpPermissions=[])(world)
    told = why_lines(asked(accounts, world, "alpha/app", "shared:443"))
    assert any(line.strip().startswith("1. security_group sg-dns: no ingress rule") for line in told)


def test_without_a_snapshot_it_is_what_the_inventory_declares(accounts):
    result = why(accounts, {}, {"from": "alpha", "to": "shared:443"}, TODAY)
    assert result["between"] and result["hosts"] == ["shared", "alpha"]
    assert "AWS wasn't read" in result["answers"][0]["notes"][-1]
    result = why(accounts, {}, {"from": "i-app", "to": "shared:443"}, TODAY)
    assert (result["verdict"], result["hosts"]) == ("unknown", ["shared", "alpha", "beta"])


def test_the_internet_is_answered_as_before(accounts):
    result = why(accounts, {}, {"from": "alpha", "to": "api.example.com:443"}, TODAY)
    assert result["between"] is False and result["verdict"] == "unrouted"


@pytest.mark.parametrize(
    ("from_", "to", "says"),
    [
        ("alhpa", "beta:443", "is neither a host of the inventory nor an id"),
        ("alpha/nowhere", "beta:443", "names no tier of alpha"),
        ("alpha", "beta/nowhere:443", "names no tier of beta"),
        ("alpha", "beta:443/sctp", "'sctp' isn't known"),
        ("alpha", "beta:70000", "to"),
        ("alpha", "beta/icmp", ""),
        ("alpha", "beta:1/icmp", "has a port, which a ping has not"),
        ("alpha", "beta/udp", "names no port"),
        ("i-nowhere", "beta:443", "has no interface in the snapshot"),
    ],
)
def test_a_wrong_question_is_told(accounts, world, from_, to, says):
    if not says:
        assert asked(accounts, world, from_, to)["question"] == "from alpha to beta (icmp)"
        return
    with pytest.raises(Invalid) as raised:
        asked(accounts, world, from_, to)
    assert says in str(raised.value)


@pytest.mark.parametrize("account", [ALPHA, HUB])
@pytest.mark.parametrize("kind", OF_PRIVATELINK)
def test_endpoints_and_services_that_were_not_read_may_be_a_way(accounts, world, kind, account):
    """The provider's services and the sender's endpoints count, not those of the others."""
    for one in (ALPHA, HUB):
        world.files[one].update({of: world.files[one].get(of, []) for of in OF_PRIVATELINK})
    del world.files[account][kind]
    answers = asked(accounts, world, "alpha/app", "shared:443")["answers"]
    missing = [one["says"] for one in answers if one["verdict"] == "unknown"]
    if (kind, account) in (("ServiceConfigurations", HUB), ("VpcEndpoints", ALPHA)):
        (says,) = missing
        assert says.startswith("whether alpha/app has an endpoint to it: ") and f"{account}/eu-central-1/{kind}" in says
    else:
        assert not missing
