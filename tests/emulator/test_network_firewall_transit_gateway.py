# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls attached to a transit gateway, and endpoint associations. D: the API model's descriptions, quoted; P: pages
of terraform-provider-aws's resources; U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, Emulator, error_of, filters
from tests.emulator.firewalls import UNPROTECTED, Firewalls
from tests.emulator.networks import Network, wait_for

ATTACHMENT = "TransitGatewayAttachmentId"


@pytest.fixture
def network(emulator: Emulator) -> Network:
    return Network(emulator)


@pytest.fixture
def hub(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator, HUB)


@pytest.fixture
def spoke(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator, SPOKE)


def zone_ids(firewalls: Firewalls) -> list[str]:
    zones = firewalls.ec2.describe_availability_zones()["AvailabilityZones"]
    return [zone["ZoneId"] for zone in sorted(zones, key=lambda zone: zone["ZoneName"])]


def attached(firewalls: Firewalls, gateway_id: str, zones: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """Create a firewall that is attached to a gateway; return the answer."""
    mappings = [{"AvailabilityZone": zone} for zone in (zones or zone_ids(firewalls)[:2])]
    parameters = {
        "FirewallName": "egress",
        "FirewallPolicyArn": options.pop("policy", None) or firewalls.policy(),
        "TransitGatewayId": gateway_id,
        "AvailabilityZoneMappings": mappings,
    }
    return firewalls.nfw.create_firewall(**parameters | UNPROTECTED | options)


def sync_state(firewalls: Firewalls) -> dict[str, str]:
    return firewalls.described()["FirewallStatus"]["TransitGatewayAttachmentSyncState"]


def attachments(firewalls: Firewalls) -> list[dict[str, Any]]:
    return firewalls.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]


def test_own_gateway_needs_no_acceptance(network: Network, hub: Firewalls) -> None:
    """D: CreateFirewall, TransitGatewayId; U: ResourceId, and the zones' names in SyncStates."""
    gateway_id = network.gateway()
    firewall = attached(hub, gateway_id)["Firewall"]
    assert (firewall["TransitGatewayId"], firewall["TransitGatewayOwnerAccountId"]) == (gateway_id, HUB)
    assert "VpcId" not in firewall
    status = hub.described()["FirewallStatus"]
    assert status["Status"] == "READY"
    assert set(status["SyncStates"]) == set(zone_ids(hub)[:2])
    assert all(attachment["EndpointId"].startswith("vpce-") for attachment in hub.attachments().values())
    attachment = attachments(hub)[0]
    assert attachment["ResourceType"] == "network-function"
    assert attachment["ResourceId"] == firewall["FirewallArn"]
    assert attachment["State"] == "available"
    assert sync_state(hub) == {"AttachmentId": attachment[ATTACHMENT], "TransitGatewayAttachmentStatus": "READY"}
    assert hub.nfw.list_firewalls()["Firewalls"][0][ATTACHMENT] == attachment[ATTACHMENT]
    found = hub.ec2.describe_transit_gateway_attachments(Filters=filters(resource_type="network-function"))
    assert len(found["TransitGatewayAttachments"]) == 1
    assert hub.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"] == []
    assert hub.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_route_of_a_gateway_leads_to_the_firewall(network: Network, hub: Firewalls) -> None:
    """D: AssociateAvailabilityZones, "update your transit gateway route tables to direct traffic through the new
    firewall endpoints"; routes to an attachment that is gone are blackholes: test_tgw_route_tables.py.
    """
    gateway_id = network.gateway()
    attached(hub, gateway_id)
    id_ = sync_state(hub)["AttachmentId"]
    made = hub.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway_id)
    table = made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
    of_table = {"TransitGatewayRouteTableId": table}
    hub.ec2.create_transit_gateway_route(**of_table, DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=id_)
    hub.ec2.associate_transit_gateway_route_table(**of_table, TransitGatewayAttachmentId=id_)

    def route() -> dict[str, Any]:
        found = hub.ec2.search_transit_gateway_routes(**of_table, Filters=filters(type="static"))
        return found["Routes"][0]

    assert route()["State"] == "active"
    assert route()["TransitGatewayAttachments"][0]["ResourceType"] == "network-function"
    hub.nfw.delete_firewall(FirewallName="egress")
    assert route()["State"] == "blackhole"
    delete = hub.ec2.delete_transit_gateway
    delete(TransitGatewayId=gateway_id)


def shared(network: Network, *accounts: str, **options: str) -> str:
    gateway_id = network.gateway({"DefaultRouteTableAssociation": "disable", **options})
    network.share(gateway_id, *accounts)
    return gateway_id


def test_owner_of_a_shared_gateway_accepts(network: Network, hub: Firewalls, spoke: Firewalls) -> None:
    """D: AcceptNetworkFirewallTransitGatewayAttachment; P: firewall PROVISIONING until the attachment is accepted."""
    attached(spoke, shared(network, SPOKE))
    assert spoke.described()["FirewallStatus"]["Status"] == "PROVISIONING"
    assert {attachment["Status"] for attachment in spoke.attachments().values()} == {"CREATING"}
    state = sync_state(spoke)
    assert state["TransitGatewayAttachmentStatus"] == "PENDING_ACCEPTANCE"
    id_ = {ATTACHMENT: state["AttachmentId"]}
    assert [one["State"] for one in attachments(hub)] == ["pendingAcceptance"]
    accept = "accept_network_firewall_transit_gateway_attachment"
    assert error_of(getattr(spoke.nfw, accept), **id_)[0] == "ResourceNotFoundException"
    answer = getattr(hub.nfw, accept)(**id_)
    assert answer["TransitGatewayAttachmentStatus"] == "READY"
    assert spoke.described()["FirewallStatus"]["Status"] == "READY"
    assert error_of(getattr(hub.nfw, accept), **id_)[0] == "InvalidRequestException"
    assert error_of(getattr(hub.nfw, accept), TransitGatewayAttachmentId="tgw-attach-0")[0] == (
        "ResourceNotFoundException"
    )


def test_owner_of_a_shared_gateway_rejects(network: Network, hub: Firewalls, spoke: Firewalls) -> None:
    """D: RejectNetworkFirewallTransitGatewayAttachment, "Only the transit gateway owner can reject the attachment"."""
    attached(spoke, shared(network, SPOKE))
    id_ = {ATTACHMENT: sync_state(spoke)["AttachmentId"]}
    reject = "reject_network_firewall_transit_gateway_attachment"
    assert error_of(getattr(spoke.nfw, reject), **id_)[0] == "ResourceNotFoundException"
    assert getattr(hub.nfw, reject)(**id_)["TransitGatewayAttachmentStatus"] == "REJECTED"
    assert sync_state(spoke)["TransitGatewayAttachmentStatus"] == "REJECTED"
    spoke.nfw.delete_firewall(FirewallName="egress")


@pytest.mark.parametrize("account", ["hub", "spoke"])
def test_either_owner_deletes(network: Network, hub: Firewalls, spoke: Firewalls, account: str) -> None:
    """D: DeleteNetworkFirewallTransitGatewayAttachment, "Either the firewall owner or the transit gateway owner"."""
    attached(spoke, shared(network, SPOKE, AutoAcceptSharedAttachments="enable"))
    assert spoke.described()["FirewallStatus"]["Status"] == "READY"
    owner = {"hub": hub, "spoke": spoke}[account]
    id_ = sync_state(spoke)["AttachmentId"]
    owner.nfw.delete_network_firewall_transit_gateway_attachment(TransitGatewayAttachmentId=id_)
    assert sync_state(spoke)["TransitGatewayAttachmentStatus"] == "DELETED"
    assert spoke.described()["FirewallStatus"]["Status"] == "PROVISIONING"


def test_gateway_with_a_firewall_is_not_deleted(network: Network, hub: Firewalls) -> None:
    """As for VPC attachments (test_transit_gateway.py); U: the text for network functions."""
    gateway_id = network.gateway()
    attached(hub, gateway_id)
    delete = hub.ec2.delete_transit_gateway
    assert error_of(delete, TransitGatewayId=gateway_id)[0] == "IncorrectState"


def test_zones_change_unless_protected(network: Network, hub: Firewalls) -> None:
    """D: Associate- and DisassociateAvailabilityZones, AvailabilityZoneChangeProtection; U: the last zone stays."""
    attached(hub, network.gateway(), zone_ids(hub)[:1])
    second = {"AvailabilityZoneMappings": [{"AvailabilityZone": zone_ids(hub)[1]}]}
    associate, leave = hub.nfw.associate_availability_zones, hub.nfw.disassociate_availability_zones
    assert len(associate(FirewallName="egress", **second)["AvailabilityZoneMappings"]) == 2
    assert error_of(associate, FirewallName="egress", **second)[0] == "InvalidRequestException"
    assert len(leave(FirewallName="egress", **second)["AvailabilityZoneMappings"]) == 1
    assert error_of(leave, FirewallName="egress", **second)[0] == "InvalidRequestException"
    first = {"AvailabilityZoneMappings": [{"AvailabilityZone": zone_ids(hub)[0]}]}
    assert error_of(leave, FirewallName="egress", **first)[0] == "InvalidOperationException"
    unknown = {"AvailabilityZoneMappings": [{"AvailabilityZone": "euc1-az9"}]}
    assert error_of(associate, FirewallName="egress", **unknown)[0] == "InvalidRequestException"
    protect = hub.nfw.update_availability_zone_change_protection
    protect(FirewallName="egress", AvailabilityZoneChangeProtection=True)
    assert error_of(associate, FirewallName="egress", **second)[0] == "InvalidOperationException"


def test_kinds_of_firewalls_have_their_own_members(network: Network, hub: Firewalls) -> None:
    """D: CreateFirewall, "Required when creating a transit gateway-attached firewall"; U: the codes."""
    gateway_id, policy = network.gateway(), hub.policy()
    vpc_id = hub.vpc()
    for wrong in ({"VpcId": vpc_id}, {"SubnetMappings": hub.mappings()}, {"AvailabilityZoneMappings": []}):
        assert error_of(lambda wrong=wrong: attached(hub, gateway_id, policy=policy, **wrong))[0] == (
            "InvalidRequestException"
        )
    assert error_of(lambda: attached(hub, "tgw-0", policy=policy))[0] == "InvalidRequestException"
    attached(hub, gateway_id, policy=policy)
    mappings = {"FirewallName": "egress", "SubnetMappings": hub.mappings()}
    assert error_of(hub.nfw.associate_subnets, **mappings)[0] == "InvalidOperationException"
    hub.create(policy, "in-vpc")
    zones = {"FirewallName": "in-vpc", "AvailabilityZoneMappings": [{"AvailabilityZone": "eu-central-1a"}]}
    assert error_of(hub.nfw.associate_availability_zones, **zones)[0] == "InvalidOperationException"


# Endpoint associations


def associate(firewalls: Firewalls, arn: str, zone: str = "a") -> dict[str, Any]:
    create = firewalls.nfw.create_vpc_endpoint_association
    return create(FirewallArn=arn, VpcId=firewalls.vpc_id, SubnetMapping=firewalls.mappings(zone)[0])


def test_endpoint_in_another_vpc(hub: Firewalls) -> None:
    """D: CreateVpcEndpointAssociation, VpcEndpointAssociationStatus, Firewall's NumberOfAssociations."""
    arn = hub.create()["Firewall"]["FirewallArn"]
    hub.vpc("10.200.0.0/16")
    made = associate(hub, arn)
    assert made["VpcEndpointAssociationStatus"]["Status"] == "PROVISIONING"
    association = made["VpcEndpointAssociation"]
    of_it = {"VpcEndpointAssociationArn": association["VpcEndpointAssociationArn"]}
    described = hub.nfw.describe_vpc_endpoint_association(**of_it)["VpcEndpointAssociationStatus"]
    assert described["Status"] == "READY"
    endpoint_id = described["AssociationSyncState"]["eu-central-1a"]["Attachment"]["EndpointId"]
    endpoint = hub.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]
    assert (endpoint["VpcId"], endpoint["RequesterManaged"]) == (hub.vpc_id, True)
    assert hub.described()["Firewall"]["NumberOfAssociations"] == 1
    assert hub.nfw.list_vpc_endpoint_associations(FirewallArn=arn)["VpcEndpointAssociations"] == [of_it]
    assert hub.nfw.list_vpc_endpoint_associations(FirewallArn=f"{arn}-other")["VpcEndpointAssociations"] == []
    assert error_of(hub.nfw.delete_firewall, FirewallName="egress")[0] == "InvalidOperationException"
    hub.nfw.delete_vpc_endpoint_association(**of_it)
    assert error_of(hub.nfw.describe_vpc_endpoint_association, **of_it)[0] == "ResourceNotFoundException"
    assert hub.described()["Firewall"]["NumberOfAssociations"] == 0


def test_association_needs_the_firewalls_zone(hub: Firewalls) -> None:
    """D: "only in the Availability Zones that already have a subnet mapping defined in the Firewall resource"."""
    hub.vpc()
    arn = hub.create(SubnetMappings=hub.mappings("a"))["Firewall"]["FirewallArn"]
    hub.vpc("10.200.0.0/16", zones="ab")
    with pytest.raises(hub.nfw.exceptions.InvalidRequestException, match="isn't in the subnet's Availability Zone"):
        associate(hub, arn, "b")
    associate(hub, arn)
    mapping, vpc_id = hub.mappings("a")[0], hub.vpc("10.201.0.0/16")
    create = hub.nfw.create_vpc_endpoint_association
    refused = error_of(create, FirewallArn=arn, VpcId=vpc_id, SubnetMapping=mapping)
    assert refused[0] == "InvalidRequestException"
    assert error_of(create, FirewallArn=f"{arn}-none", VpcId=vpc_id, SubnetMapping=mapping)[0] == (
        "ResourceNotFoundException"
    )


def test_zone_with_an_association_stays(hub: Firewalls) -> None:
    """D: DisassociateSubnets, "If a VPC endpoint association exists in the Availability Zone, delete it first"."""
    arn = hub.create()["Firewall"]["FirewallArn"]
    first = hub.subnets["a"]
    hub.vpc("10.200.0.0/16")
    association = associate(hub, arn)["VpcEndpointAssociation"]["VpcEndpointAssociationArn"]
    leave = hub.nfw.disassociate_subnets
    assert error_of(leave, FirewallName="egress", SubnetIds=[first])[0] == "InvalidOperationException"
    hub.nfw.delete_vpc_endpoint_association(VpcEndpointAssociationArn=association)
    leave(FirewallName="egress", SubnetIds=[first])


def test_association_of_a_shared_firewall(hub: Firewalls, spoke: Firewalls) -> None:
    """D: PutResourcePolicy shares firewalls, too; the AZ is compared by its id, as accounts' names differ."""
    hub.vpc(zones="abc")
    arn = hub.create(SubnetMappings=hub.mappings("abc"))["Firewall"]["FirewallArn"]
    spoke.vpc("10.200.0.0/16")
    with pytest.raises(spoke.nfw.exceptions.ResourceNotFoundException):
        associate(spoke, arn)
    document = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{SPOKE}"}}, "Action": "*"}}]}}'
    hub.nfw.put_resource_policy(ResourceArn=arn, Policy=document)
    made = associate(spoke, arn)["VpcEndpointAssociation"]
    assert made["VpcEndpointAssociationArn"].split(":")[4] == SPOKE
    assert len(spoke.ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 1
    table = spoke.ec2.create_route_table(VpcId=spoke.vpc_id)["RouteTable"]["RouteTableId"]
    endpoint_id = spoke.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["VpcEndpointId"]
    spoke.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=endpoint_id)
    delete = spoke.nfw.delete_vpc_endpoint_association
    of_it = {"VpcEndpointAssociationArn": made["VpcEndpointAssociationArn"]}
    assert error_of(delete, **of_it)[0] == "InvalidRequestException"
    spoke.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    delete(**of_it)


def test_association_takes_time(emulator: Emulator, hub: Firewalls) -> None:
    """D: VpcEndpointAssociationStatus has the states of a firewall."""
    arn = hub.create()["Firewall"]["FirewallArn"]
    hub.vpc("10.200.0.0/16")
    emulator.control("POST", "settings", {"transition": {"network-firewall-endpoint": 150}})
    made = associate(hub, arn)["VpcEndpointAssociation"]
    of_it = {"VpcEndpointAssociationArn": made["VpcEndpointAssociationArn"]}

    def status() -> str:
        return hub.nfw.describe_vpc_endpoint_association(**of_it)["VpcEndpointAssociationStatus"]["Status"]

    assert wait_for(status, "READY") == ["PROVISIONING", "READY"]
    hub.nfw.delete_vpc_endpoint_association(**of_it)
    assert status() == "DELETING"
    wait_for(lambda: hub.nfw.list_vpc_endpoint_associations()["VpcEndpointAssociations"], [])


def test_gateway_of_another_account_needs_a_share(network: Network, emulator: Emulator) -> None:
    """D: "either a transit gateway from your account or one that has been shared with you"."""
    stranger = Firewalls(emulator, SPOKE_2)
    refused = error_of(lambda: attached(stranger, shared(network, SPOKE)))
    assert refused[0] == "InvalidRequestException"
