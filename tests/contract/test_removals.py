# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removals of what is missing from a declaration: only once they are confirmed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.capability import Declared
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Step
from tests.contract.case import ZONES
from tests.contract.cases import CASES, HUB_OPTIONS, NAMES, TGW_HUB, member, second_vpc_asks, tgw_attachment
from tests.contract.conftest import converge
from tests.contract.world import World, capability
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2


def run(world: World, check: bool = False, **changed: Any) -> dict[str, Any]:
    return world.run("tgw_hub", HUB, {**HUB_OPTIONS, **changed}, check=check)


def members(world: World) -> list[str]:
    return run(world, check=True)["tables"]["customers"]["associations"]


@pytest.fixture
def hub(world: World) -> World:
    """World of a hub with two accepted spokes."""
    converge(world, TGW_HUB)
    return world


def failure(world: World, **changed: Any) -> str:
    text = str(world.failure("tgw_hub", HUB, {**HUB_OPTIONS, **changed}))
    assert "Nothing was written" in text and world.writes == []
    return text


def test_spokes_that_are_no_longer_declared_keep_their_place(hub: World) -> None:
    lost = f"customer-a ({tgw_attachment('customer-a')(hub)} of account {SPOKE})"
    assert f"would remove {lost}: no longer declared" in failure(hub, attachments=[member(hub, SPOKE_2)])
    text = failure(hub, attachments=[])
    assert "customer-b (" in text and "-e confirm_removals=customer-a,customer-b." in text
    # Half of a confirmation is none.
    assert lost not in failure(hub, attachments=[], confirm_removals=["customer-a"])
    assert members(hub) == ["customer-a", "customer-b"]

    checked = run(hub, check=True, attachments=[])
    assert [note for note in checked["notes"] if "-e confirm_removals=customer-a,customer-b" in note]
    run(hub, attachments=[], approved_plan=checked["plan"])
    assert members(hub) == []


def test_a_spoke_that_is_declared_to_leave_leaves(hub: World) -> None:
    one = {"attachments": [member(hub, SPOKE_2)], "detached": [SPOKE]}
    assert run(hub, **one)["changed"]
    assert members(hub) == ["customer-b"]


def test_more_than_a_few_that_are_declared_to_leave_are_asked_for(hub: World) -> None:
    both = {"attachments": [], "detached": [SPOKE, SPOKE_2]}
    assert "2 of 2 are more than one run takes" in failure(hub, **both)
    assert run(hub, max_removals_percent=100, **both)["changed"]


def test_a_renamed_spoke_is_the_same_account(hub: World) -> None:
    renamed = {**member(hub, SPOKE), "name": "customer-a-gmbh"}
    plan = run(hub, attachments=[renamed, member(hub, SPOKE_2)])["plan"]
    assert {step["address"].partition(".")[0] for step in plan} == {"spoke_attachment"}


def test_what_somebody_else_put_into_a_table_needs_no_confirmation(hub: World) -> None:
    """A second VPC of a declared account, accepted and associated by hand."""
    ec2 = hub.ec2(HUB)
    (known,) = [
        attachment["ResourceId"]
        for attachment in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
        if attachment["ResourceOwnerId"] == SPOKE_2
    ]
    second_vpc_asks(hub)
    (second,) = [
        attachment["TransitGatewayAttachmentId"]
        for attachment in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
        if attachment["State"] == "pendingAcceptance"
    ]
    ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=second)
    (table,) = ec2.describe_transit_gateway_route_tables(
        Filters=[{"Name": "tag:closednet:name", "Values": ["customers"]}]
    )["TransitGatewayRouteTables"]
    ec2.associate_transit_gateway_route_table(
        TransitGatewayRouteTableId=table["TransitGatewayRouteTableId"], TransitGatewayAttachmentId=second
    )
    plan = run(hub, attachments=[member(hub, SPOKE), {**member(hub, SPOKE_2), "vpc_id": known}])["plan"]
    assert [step["address"] for step in plan] == [f"transit_gateway_association.{second}"]


def test_the_hubs_own_attachment_is_what_all_spokes_reach(hub: World) -> None:
    # And no segment has a static route to it.
    segments = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
    own = {"vpc_attachments": [], "segments": segments}
    assert "-e confirm_removals=hub/transit_gateway_attachment.shared-services." in failure(hub, **own)
    confirmed = ["hub/transit_gateway_attachment.shared-services"]
    assert run(hub, confirm_removals=confirmed, **own)["changed"]


def test_a_tier_that_is_left_out_keeps_its_subnets(world: World) -> None:
    tiers = [{"name": "app", "prefix": 24}, {"name": "data", "prefix": 24}]
    options = {"name": NAMES[SPOKE], "cidrs": ["10.1.0.0/16"], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", SPOKE, options)
    fewer = {**options, "tiers": tiers[:1]}
    text = str(world.failure("tiered_vpc", SPOKE, fewer))
    lost = [f"customer-a/subnet.data.{zone}" for zone in ZONES]
    assert f"-e confirm_removals={','.join(lost)}." in text and world.writes == []
    assert world.run("tiered_vpc", SPOKE, fewer, confirm_removals=lost)["changed"]


def test_a_workload_that_is_left_out_keeps_its_endpoints(world: World) -> None:
    tiers = [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 24}]
    vpc = {"name": "closed", "cidrs": ["10.1.0.0/16"], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", SPOKE, vpc)
    options = {"name": "closed", "services": ["sts", "s3"], "sources": ["10.1.0.0/16"]}
    world.run("closed_vpc_endpoints", SPOKE, options)
    text = str(world.failure("closed_vpc_endpoints", SPOKE, {**options, "services": ["s3"]}))
    assert "-e confirm_removals=closed/vpc_endpoint.sts." in text and world.writes == []


GUARDED = {
    "closed_vpc_endpoints": ["profile_association", "vpc_endpoint"],
    "codeartifact_domain": ["package_repository"],
    "log_source": ["subscription_filter", "subscription_policy"],
    "pci_role_guard": ["iam_role"],
    "privatelink_endpoint": ["private_zone"],
    "psc_endpoint": ["psc_zone"],
    "tgw_spoke": ["security_group"],
    "tiered_vpc": ["internet_gateway", "nat_gateway", "subnet"],
}
# Modules that judge by more than the kind: tested above and in their own files.
BY_MORE = {
    "account_members",
    "algorithm_registry",
    "audit_archive",
    "audit_trail",
    "central_endpoints",
    "egress_proxy",
    "log_archive",
    "network_firewall",
    "pci_identity",
    "privatelink_service",
    "psc_service",
    "tgw_hub",
}
NOTHING_TO_LOSE = {
    "service_control_policy": "its targets are one list of one task",
    "vpc_block_public_access": "what it cuts off has an option of its own, accept_cut_off",
}


def test_every_module_that_writes_says_what_it_keeps() -> None:
    writers = {case.module for case in CASES}
    assert writers == {*GUARDED, *BY_MORE, *NOTHING_TO_LOSE}
    for module in writers:
        assert (capability(module).removals is not None) == (module not in NOTHING_TO_LOSE)


@pytest.mark.parametrize(("module", "kind"), [(module, kind) for module, kinds in GUARDED.items() for kind in kinds])
def test_a_deletion_of_what_is_not_declared_is_asked_for(module: str, kind: str) -> None:
    step = Step(f"{kind}.lost", "x.delete", {}, before={"tags": {}}, removes="id-1")
    kinds = {resource.KIND.name: {} for resource in capability(module).resources}
    declared = Declared(f"{module}/alpha", kinds, SimpleNamespace(service_roles=(), handed_over={}))
    assert capability(module).removals(declared, {}, [step]).undeclared == {f"alpha/{kind}.lost": "id-1"}
