# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Central endpoints in the hub, an older set-up in their way, and a closed VPC that moves to them and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual
from ansible_collections.closednet.aws.plugins.module_utils._resources.central import cut_off, vpc_rule
from tests.contract import case
from tests.contract import central_cases as central
from tests.contract import closed_cases as closed
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2


def test_what_it_reports(world: World) -> None:
    central.hub_vpc(world)
    result = world.run("central_endpoints", HUB, central.CENTRAL)
    assert result["profile_id"] == central.profile(world)["Id"]
    assert set(result["endpoints"]) == set(central.CENTRAL["services"])
    for one in result["endpoints"].values():
        assert (
            one["in_profile"] and one["state"] == "available" and sorted(one["addresses"]) == ["euc1-az1", "euc1-az2"]
        )
    again = world.run("central_endpoints", HUB, central.CENTRAL)
    assert not again["changed"] and again["endpoints"] == result["endpoints"]


CONFIRMED = [f"delta/vpc_endpoint.{service}" for service in central.CENTRAL["services"]]
NAMES = {
    "ecr.api": f"api.ecr.{REGION}.amazonaws.com",
    "ecr.dkr": f"222222222222.dkr.ecr.{REGION}.amazonaws.com",
    "logs": f"logs.{REGION}.amazonaws.com",
    "secretsmanager": f"secretsmanager.{REGION}.amazonaws.com",
}


@pytest.fixture
def ready(world: World) -> World:
    central.moved(world)
    return world


def answers(world: World) -> set[str]:
    place = {"account_id": SPOKE, "region": REGION, "vpc_id": closed.vpc_id(world)}
    return {world.emulator.control("POST", "resolve", {**place, "name": name})["kind"] for name in NAMES.values()}


def run(world: World, services: list[str] | None = None, check: bool = False, **more: Any) -> dict[str, Any]:
    options = {**closed.ENDPOINTS, "central": central.central_of(world, services, **more)}
    return world.run("closed_vpc_endpoints", SPOKE, {**options, "confirm_removals": CONFIRMED}, check=check)


def interfaces(world: World) -> set[str]:
    query = [{"Name": "vpc-endpoint-type", "Values": ["Interface"]}]
    found = world.ec2(SPOKE).describe_vpc_endpoints(Filters=query)["VpcEndpoints"]
    return {one["ServiceName"].partition(f".{REGION}.")[2] for one in found if one["State"] == "available"}


def test_a_vpc_moves_and_comes_back(ready: World) -> None:
    refusal = {**closed.ENDPOINTS, "central": central.central_of(ready)}
    text = str(ready.failure("closed_vpc_endpoints", SPOKE, refusal))
    assert "confirm_removals=delta/vpc_endpoint.ecr.api,delta/vpc_endpoint.ecr.dkr" in text and ready.writes == []
    assert answers(ready) == {"endpoint"}

    result = run(ready)
    assert result["central"]["services"] == central.CENTRAL["services"] and result["central"]["local"] == {}
    assert result["central"]["association_status"] == "COMPLETE" and result["findings"] == []
    assert answers(ready) == {"profile_endpoint"} and interfaces(ready) == set()
    assert not run(ready)["changed"]
    # An own name of the closed account is still answered by its gateway.
    assert set(result["endpoints"]) == {"s3"}

    back = {**closed.ENDPOINTS, "central": central.central_of(ready, [])}
    text = str(ready.failure("closed_vpc_endpoints", SPOKE, back))
    assert "confirm_removals=delta/profile_association.main." in text and ready.writes == []
    confirmed = {**back, "confirm_removals": ["delta/profile_association.main"]}
    result = ready.run("closed_vpc_endpoints", SPOKE, confirmed)
    assert answers(ready) == {"endpoint"} and interfaces(ready) == set(NAMES)
    assert central.profiles(ready, SPOKE).list_profile_associations()["ProfileAssociations"] == []
    operations = ready.writes
    assert operations.index("DisassociateProfile") > max(
        index for index, name in enumerate(operations) if name == "CreateVpcEndpoint"
    )
    assert not ready.run("closed_vpc_endpoints", SPOKE, closed.ENDPOINTS)["changed"]


def test_a_name_is_answered_throughout(ready: World) -> None:
    """In the order of the writes: association, private DNS off, deletion."""
    run(ready)
    order = [ready.writes.index(name) for name in ("AssociateProfile", "ModifyVpcEndpoint", "DeleteVpcEndpoints")]
    assert order == sorted(order) and order[0] == 0


def test_one_service_stays(ready: World) -> None:
    result = run(ready, ["logs", "ecr.api"])
    assert interfaces(ready) == {"ecr.dkr", "secretsmanager"} and result["findings"] == []
    # One of them comes back: its endpoint answers although the Profile has the name.
    run(ready, ["logs"])
    assert interfaces(ready) == {"ecr.dkr", "secretsmanager", "ecr.api"}
    assert answers(ready) == {"profile_endpoint", "endpoint"}


def no_route(world: World) -> None:
    ec2 = world.ec2(SPOKE)
    query = [{"Name": "route.destination-cidr-block", "Values": [central.HUB_CIDR]}]
    for table in ec2.describe_route_tables(Filters=query)["RouteTables"]:
        ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=central.HUB_CIDR)


def longer_route(world: World) -> None:
    ec2 = world.ec2(SPOKE)
    query = [{"Name": "route.destination-cidr-block", "Values": [central.HUB_CIDR]}]
    table = ec2.describe_route_tables(Filters=query)["RouteTables"][0]["RouteTableId"]
    subnet = case.subnets(world, SPOKE, "delta", "app")[0]
    nat = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/17", NatGatewayId=nat)


def unshared(world: World) -> None:
    central.unshared(principals=[SPOKE])(world)


def zone(name: str) -> Callable[[World], None]:
    def make(world: World) -> None:
        where = {"VPCRegion": REGION, "VPCId": closed.vpc_id(world)}
        world.client(SPOKE, "route53").create_hosted_zone(Name=name, CallerReference=name, VPC=where)

    return make


def rule(ready: World, domain: str, type_: str = "FORWARD") -> str:
    """Create a Resolver rule of a domain in the closed VPC; return its id."""
    resolver, vpc = ready.client(SPOKE, "route53resolver"), closed.vpc_id(ready)
    query = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = ready.ec2(SPOKE).describe_security_groups(Filters=query)["SecurityGroups"]
    subnets = case.subnets(ready, SPOKE, "delta", "app")
    outbound = resolver.create_resolver_endpoint(
        CreatorRequestId=f"to {domain}",
        Direction="OUTBOUND",
        SecurityGroupIds=[groups[0]["GroupId"]],
        IpAddresses=[{"SubnetId": id_} for id_ in subnets[:2]],
    )["ResolverEndpoint"]["Id"]
    forward = {"ResolverEndpointId": outbound, "TargetIps": [{"Ip": "10.4.0.5"}]} if type_ == "FORWARD" else {}
    made = resolver.create_resolver_rule(CreatorRequestId=domain, RuleType=type_, DomainName=domain, **forward)
    id_ = made["ResolverRule"]["Id"]
    resolver.associate_resolver_rule(ResolverRuleId=id_, VPCId=vpc)
    return str(id_)


def other_profile(name: str, priority: int) -> Callable[[World], None]:
    """Return what associates another Profile, which has a zone of this name, with the closed VPC."""

    def make(world: World) -> None:
        other = world.ec2(SPOKE).create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
        where = {"VPCRegion": REGION, "VPCId": other}
        zone = world.client(SPOKE, "route53").create_hosted_zone(Name=name, CallerReference=name, VPC=where)
        id_ = zone["HostedZone"]["Id"].rpartition("/")[2]
        profiles = central.profiles(world, SPOKE)
        made = profiles.create_profile(Name="other", ClientToken="other")["Profile"]["Id"]
        arn = f"arn:aws:route53:::hostedzone/{id_}"
        profiles.associate_resource_to_profile(ProfileId=made, ResourceArn=arn, Name="zone")
        vpc = closed.vpc_id(world)
        profiles.associate_profile(ProfileId=made, ResourceId=vpc, Name="other", Priority=priority)

    return make


IN_THE_WAY: dict[str, tuple[Callable[[World], None], str]] = {
    "no route": (no_route, "has no route to 10.0."),
    "a longer route elsewhere": (longer_route, "not to a transit gateway"),
    "not shared": (unshared, "or isn't shared with this account"),
    "not in the Profile": (central.taken_out, "doesn't have vpce-"),
    "a rule of the name": (lambda world: rule(world, NAMES["logs"]), "the Resolver rule rslvr-rr-"),
    # What it has is not known here, and it may be the name.
    "a zone of another Profile": (other_profile(NAMES["logs"], 100), "can't be read here"),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_an_endpoint_stays_where_the_hubs_does_not_answer(ready: World, name: str) -> None:
    make, words = IN_THE_WAY[name]
    make(ready)
    result = run(ready, ["logs"], priority=200)
    assert not result["changed"] and ready.writes == []
    (finding,) = result["findings"]
    assert finding.startswith("logs isn't central: ") and words in finding
    assert words in result["central"]["local"]["logs"] and "logs" in interfaces(ready)


def test_a_zone_within_the_name_is_in_the_way_and_one_above_it_is_not(ready: World) -> None:
    zone("amazonaws.com")(ready)
    zone(f"x.dkr.ecr.{REGION}.amazonaws.com")(ready)
    result = run(ready, ["logs", "ecr.dkr"])
    assert result["central"]["services"] == ["logs"]
    assert "private zone " in result["central"]["local"]["ecr.dkr"]


@pytest.mark.parametrize(
    "make",
    [
        lambda world: rule(world, "amazonaws.com"),
        lambda world: rule(world, f"x.logs.{REGION}.amazonaws.com"),
        lambda world: rule(world, NAMES["logs"], "SYSTEM"),
        # The hub's Profile comes before it.
        other_profile(NAMES["logs"], 300),
    ],
    ids=["a rule of a parent domain", "a rule below the name", "a rule of the type SYSTEM", "a later Profile"],
)
def test_a_service_moves_where_the_hub_answers_before_others(ready: World, make: Callable[[World], Any]) -> None:
    make(ready)
    result = run(ready, ["logs"], priority=200)
    assert result["central"]["services"] == ["logs"] and result["findings"] == []
    assert answers(ready) == {"endpoint", "profile_endpoint"}


def test_a_tier_without_subnets_proves_no_way(ready: World) -> None:
    result = run(ready, ["logs"], tiers=["ap"])
    assert not result["changed"] and "no subnet of the tier ap" in result["central"]["local"]["logs"]


def test_a_rule_that_is_not_listed_may_answer(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """ListResolverRules: "the Resolver rules that were created by using the current Amazon Web Services account"."""
    of_others = Actual("rslvr-rr-1", {}, False, {"rule": None})
    monkeypatch.setattr(vpc_rule, "read", lambda aws, declared, found: {"rslvr-rr-1": of_others})
    result = run(ready, ["logs"])
    assert not result["changed"] and "rslvr-rr-1" in result["central"]["local"]["logs"]


def test_a_moved_service_that_the_hub_lacks_is_a_finding(ready: World) -> None:
    run(ready, ["logs"])
    gone = {"endpoints": {}}
    result = run(ready, ["logs"], **gone)
    assert not result["changed"]
    assert result["findings"] == ["logs is declared central, but the hub has no endpoint of it"]


def test_an_endpoint_that_somebody_left_behind_is_a_finding(ready: World) -> None:
    run(ready, ["logs"])
    made = ready.ec2(SPOKE).create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=closed.vpc_id(ready), ServiceName=f"com.amazonaws.{REGION}.logs"
    )["VpcEndpoint"]["VpcEndpointId"]
    result = run(ready, ["logs"])
    assert not result["changed"] and result["central"]["services"] == ["logs"]
    assert [finding for finding in result["findings"] if made in finding and "is declared central, but" in finding]


def test_nothing_moves_while_it_waits(ready: World) -> None:
    waits = {"waits": {"logs": "the pilot isn't proven"}}
    result = run(ready, ["logs"], **waits)
    assert not result["changed"] and "the pilot isn't proven" in result["findings"][0]
    run(ready, ["logs"])
    for more in (waits, {"profile_id": None}):
        result = run(ready, ["logs"], **more)
        assert not result["changed"] and result["findings"] == [] and result["central"]["services"] == ["logs"]
        assert any(note.startswith("unknown: whether the hub answers for logs") for note in result["notes"])


def test_other_profiles_are_never_changed(ready: World) -> None:
    profiles = central.profiles(ready, SPOKE)
    vpc = closed.vpc_id(ready)
    for name, priority in (("one", 100), ("two", 300)):
        id_ = profiles.create_profile(Name=name, ClientToken=name)["Profile"]["Id"]
        profiles.associate_profile(ProfileId=id_, ResourceId=vpc, Name=name, Priority=priority)
        options = {**closed.ENDPOINTS, "central": central.central_of(ready, ["logs"], priority=priority)}
        text = str(ready.failure("closed_vpc_endpoints", SPOKE, {**options, "confirm_removals": CONFIRMED}))
        assert ("such as 101" if name == "one" else "can have no more than 2") in text and ready.writes == []
    profiles.disassociate_profile(ProfileId=id_, ResourceId=vpc)
    run(ready, ["logs"], priority=200)
    run(ready, ["logs"], priority=9900)
    found = profiles.list_profile_associations(ResourceId=vpc)["ProfileAssociations"]
    assert sorted((one["Name"], one["Priority"]) for one in found) == [("closednet-delta", 9900), ("one", 100)]
    ready.run("closed_vpc_endpoints", SPOKE, {**closed.ENDPOINTS, "state": "absent"})
    found = profiles.list_profile_associations(ResourceId=vpc)["ProfileAssociations"]
    assert [one["Name"] for one in found] == ["one"]


def test_a_zone_of_an_older_set_up_leaves_the_hub(world: World) -> None:
    central.hub_vpc(world)
    old = central.foreign_zone(world)
    options = {**central.CENTRAL, "old_zones": [old]}
    assert f"add {old} to old_zones" in str(world.failure("central_endpoints", HUB, central.CENTRAL))
    assert f"confirm_removals=central/hub_zone.{old}" in str(world.failure("central_endpoints", HUB, options))
    assert world.writes == []
    result = world.run("central_endpoints", HUB, {**options, "confirm_removals": [f"central/hub_zone.{old}"]})
    assert result["endpoints"]["logs"]["in_profile"]
    order = [world.writes.index(name) for name in ("DisassociateVPCFromHostedZone", "ModifyVpcEndpoint")]
    assert order == sorted(order)
    left = world.client(HUB, "route53").get_hosted_zone(Id=old)["VPCs"]
    assert len(left) == 1 and left[0]["VPCId"] != central.hub_vpc_id(world)
    assert not world.run("central_endpoints", HUB, options)["changed"]


def test_the_last_vpc_of_a_zone_is_refused_before_a_write(world: World) -> None:
    central.hub_vpc(world)
    old = central.zone_of(world, f"logs.{REGION}.amazonaws.com", others=False)
    text = str(world.failure("central_endpoints", HUB, {**central.CENTRAL, "old_zones": [old]}))
    assert "this VPC is its only one" in text and world.writes == []


def test_what_cant_be_central_is_told(world: World) -> None:
    central.hub_vpc(world)
    zones = {"spoke_zones": ["euc1-az1", "euc1-az3"]}
    options = {**central.CENTRAL, "services": ["logs", "glue.sessions"], **zones}
    text = str(world.failure("central_endpoints", HUB, {**options, "cross_zone": "refuse"}))
    assert "logs in euc1-az3" in text and world.writes == []
    result = world.run("central_endpoints", HUB, options)
    assert result["without_private_dns"] == ["glue.sessions"] and set(result["endpoints"]) == {"logs"}
    assert any("glue.sessions has no private DNS name" in note for note in result["notes"])
    assert any("no endpoint in euc1-az3" in note and "logs" in note for note in result["notes"])


def test_an_account_that_is_lost_keeps_the_profile(world: World) -> None:
    central.hub_vpc(world)
    world.run("central_endpoints", HUB, central.CENTRAL)
    fewer = {**central.CENTRAL, "accounts": [SPOKE]}
    text = str(world.failure("central_endpoints", HUB, fewer))
    assert f"central/profile_share_association.PRINCIPAL {SPOKE_2}" in text and world.writes == []
    text = str(world.failure("central_endpoints", HUB, {**central.CENTRAL, "services": ["logs"]}))
    assert "central/vpc_endpoint.ecr.api" in text and "central/profile_resource.ecr.api" in text
    assert world.writes == []


@pytest.mark.parametrize("kind", cut_off.KINDS)
def test_each_removal_is_asked_for_and_says_whom_it_cuts_off(kind: str) -> None:
    step = Step(f"{kind}.lost", "x.delete", {}, before={"tags": {}}, removes="id-1")
    declared = Declared("central_endpoints/central", dict.fromkeys((*cut_off.KINDS, "security_group"), {}), None)
    there = {"profile_resource": {"lost": Actual("id-1", {}, True, {"gone": False})}}
    ((name, words),) = cut_off.removals(declared, there, [step]).undeclared.items()
    assert name == f"central/{kind}.lost" and words.startswith("id-1")
    assert ("closed_network first" in words) == (kind != "hub_zone")


def test_a_source_that_is_lost_is_asked_for(world: World) -> None:
    central.hub_vpc(world)
    sources = [*central.CENTRAL["sources"], "10.77.0.0/16"]
    world.run("central_endpoints", HUB, {**central.CENTRAL, "sources": sources})
    text = str(world.failure("central_endpoints", HUB, central.CENTRAL))
    name = "central/security_group.endpoints 10.77.0.0/16"
    assert name in text and "time out" in text and world.writes == []
    # A range that holds it, and a rule that somebody added, are no loss.
    wider = {**central.CENTRAL, "sources": ["10.0.0.0/8"]}
    assert "security_group" not in str(world.run("central_endpoints", HUB, wider, check=True)["notes"])
    assert world.run("central_endpoints", HUB, {**central.CENTRAL, "confirm_removals": [name]})["changed"]
    central.OF_HUB.group_rule("authorize_security_group_ingress", 22, "0.0.0.0/0")(world)
    assert world.run("central_endpoints", HUB, central.CENTRAL)["changed"]


def test_an_endpoint_that_was_deleted_by_hand_comes_back_without_a_word(world: World) -> None:
    central.hub_vpc(world)
    world.run("central_endpoints", HUB, central.CENTRAL)
    world.ec2(HUB).delete_vpc_endpoints(VpcEndpointIds=[central.endpoint("logs")(world)])
    result = world.run("central_endpoints", HUB, central.CENTRAL)
    assert result["endpoints"]["logs"]["in_profile"]
    assert not world.run("central_endpoints", HUB, central.CENTRAL)["changed"]


def test_endpoints_that_only_seem_to_be_gone_are_asked_for(world: World) -> None:
    """With a wrong VPC, those of the right one are none of this VPC, and still in use."""
    central.hub_vpc(world)
    world.run("central_endpoints", HUB, central.CENTRAL)
    tiers = [{"name": "endpoint", "prefix": 26}]
    other = {"name": "other", "cidrs": ["10.201.0.0/16"], "availability_zone_ids": ["euc1-az1"], "tiers": tiers}
    world.run("tiered_vpc", HUB, other)
    text = str(world.failure("central_endpoints", HUB, {**central.CENTRAL, "vpc_name": "other"}))
    assert "central/profile_resource." in text and world.writes == []


def test_a_zone_of_others_in_the_profile_stays(world: World) -> None:
    central.hub_vpc(world)
    world.run("central_endpoints", HUB, central.CENTRAL)
    id_ = central.zone_of(world, "algorithms.internal", others=False)
    central.profiles(world).associate_resource_to_profile(
        ProfileId=central.profile(world)["Id"], ResourceArn=f"arn:aws:route53:::hostedzone/{id_}", Name="algorithms"
    )
    assert not world.run("central_endpoints", HUB, central.CENTRAL)["changed"]
