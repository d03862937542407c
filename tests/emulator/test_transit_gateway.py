# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transit gateways and VPC attachments across accounts.

Each test names where the behaviour is known from and how well: V observed on AWS, D documented, P the code of
terraform-provider-aws, U not verified. "tried" means that the linked pull request says it was tried on AWS.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, SPOKE, SPOKE_2, STRANGER
from .networks import MANUAL, Network, refused, tag_specification, wait_for

ABSENT_GATEWAY = "tgw-0123456789abcdef0"
ABSENT_ATTACHMENT = "tgw-attach-0123456789abcdef0"
SLOW = 60_000


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def shared(network):
    """(network, id of a gateway that is shared with the organization's spokes)"""
    gateway_id = network.gateway()
    network.share(gateway_id, SPOKE, SPOKE_2)
    return network, gateway_id


def slow(emulator, **kinds):
    emulator.control(
        "POST", "settings", {"transition": {name.replace("_", "-"): value for name, value in kinds.items()}}
    )


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


# Transit gateways


def test_gateway_starts_pending_and_becomes_available(emulator, network):
    """V: moto's aws_verified tests; floci-io/floci#2329 (tried)."""
    slow(emulator, transit_gateway=200)
    made = network.ec2().create_transit_gateway()["TransitGateway"]
    assert made["State"] == "pending"

    def state():
        found = network.ec2().describe_transit_gateways(TransitGatewayIds=[made["TransitGatewayId"]])
        return found["TransitGateways"][0]["State"]

    assert wait_for(state, "available") == ["pending", "available"]


def test_gateway_defaults(network):
    """V: floci-io/floci#2329 (tried); shape as in a recorded DescribeTransitGateways."""
    gateway = network.ec2().create_transit_gateway(Description="hub")["TransitGateway"]
    table_id = gateway["Options"].pop("AssociationDefaultRouteTableId")
    assert gateway["Options"].pop("PropagationDefaultRouteTableId") == table_id
    assert gateway["Options"] == {
        "AmazonSideAsn": 64512,
        "AutoAcceptSharedAttachments": "disable",
        "DefaultRouteTableAssociation": "enable",
        "DefaultRouteTablePropagation": "enable",
        "VpnEcmpSupport": "enable",
        "DnsSupport": "enable",
        "SecurityGroupReferencingSupport": "disable",
        "MulticastSupport": "disable",
    }
    assert gateway["TransitGatewayArn"] == network.arn(gateway["TransitGatewayId"])
    table = network.ec2().describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[table_id])
    table = table["TransitGatewayRouteTables"][0]
    assert table["DefaultAssociationRouteTable"] and table["DefaultPropagationRouteTable"]


def test_no_default_table_without_defaults(network):
    """Row 21. D, V: terraform-provider-aws#6664"""
    gateway_id = network.gateway(MANUAL)
    gateway = network.ec2().describe_transit_gateways(TransitGatewayIds=[gateway_id])["TransitGateways"][0]
    assert "AssociationDefaultRouteTableId" not in gateway["Options"]
    assert "PropagationDefaultRouteTableId" not in gateway["Options"]
    assert network.ec2().describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []


def test_modify_default_tables(network):
    """V: floci-io/floci#2329 (tried): the option and its table are judged as they would stand."""
    gateway_id = network.gateway(MANUAL)
    table_id = network.table(gateway_id)

    def modify(**options):
        changed = network.ec2().modify_transit_gateway(TransitGatewayId=gateway_id, Options=options)
        return changed["TransitGateway"]["Options"]

    with refused(
        "InvalidParameterCombination",
        "enable DefaultRouteTableAssociation conflicts with AssociationDefaultRouteTableId null",
    ):
        modify(DefaultRouteTableAssociation="enable")
    with refused(
        "InvalidParameterCombination",
        f"disable DefaultRouteTablePropagation conflicts with PropagationDefaultRouteTableId {table_id}",
    ):
        modify(PropagationDefaultRouteTableId=table_id)
    with refused("InvalidRouteTableID.NotFound"):
        modify(DefaultRouteTableAssociation="enable", AssociationDefaultRouteTableId="tgw-rtb-0123456789abcdef0")
    options = modify(DefaultRouteTableAssociation="enable", AssociationDefaultRouteTableId=table_id)
    assert options["AssociationDefaultRouteTableId"] == table_id
    assert "AssociationDefaultRouteTableId" not in modify(DefaultRouteTableAssociation="disable")


def test_modify_passes_modifying(emulator, network):
    """D: TransitGateway.state"""
    gateway_id = network.gateway()
    slow(emulator, transit_gateway=SLOW)
    changed = network.ec2().modify_transit_gateway(
        TransitGatewayId=gateway_id,
        Description="new",
        Options={"DnsSupport": "disable", "AddTransitGatewayCidrBlocks": ["10.99.0.0/16"]},
    )["TransitGateway"]
    assert (changed["State"], changed["Description"]) == ("modifying", "new")
    assert changed["Options"]["TransitGatewayCidrBlocks"] == ["10.99.0.0/16"]
    with refused("IncorrectState", f"{gateway_id} is in invalid state"):
        network.ec2().modify_transit_gateway(TransitGatewayId=gateway_id, Description="newer")


def test_unknown_gateway(network):
    """Row 7. V: moto's aws_verified tests. Malformed: floci-io/floci#2329 (tried)."""
    text = f"Transit Gateway {ABSENT_GATEWAY} was deleted or does not exist."
    for call in (network.ec2().delete_transit_gateway, network.ec2().modify_transit_gateway):
        with refused("InvalidTransitGatewayID.NotFound", text):
            call(TransitGatewayId=ABSENT_GATEWAY)
    with refused("InvalidTransitGatewayID.NotFound", text):
        network.ec2().describe_transit_gateways(TransitGatewayIds=[ABSENT_GATEWAY])
    with refused("InvalidTransitGatewayID.NotFound", text):
        network.attach(HUB, ABSENT_GATEWAY, network.vpc(HUB, "10.0.0.0/16"))
    with refused("InvalidTransitGatewayID.Malformed", "Invalid Transit Gateway id tgw-x."):
        network.ec2().describe_transit_gateways(TransitGatewayIds=["tgw-x"])


def test_delete_gateway_with_attachments(network):
    """Row 8. V: terraform-provider-aws#7196, cloud-nuke#744; the words for VPC attachments floci-io/floci#2347."""
    gateway_id = network.gateway()
    attachment_id = network.attached(HUB, gateway_id, "10.0.0.0/16")
    with refused("IncorrectState", f"{gateway_id} has non-deleted VPC Attachments: {attachment_id}."):
        network.ec2().delete_transit_gateway(TransitGatewayId=gateway_id)
    network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    network.ec2().delete_transit_gateway(TransitGatewayId=gateway_id)


def test_deleted_gateway_stays_listed_for_a_time(emulator, network):
    """D: TransitGateway.state has deleting and deleted; P: the provider reads `deleted` as absent."""
    gateway_id = network.gateway()
    slow(emulator, transit_gateway=200)
    assert network.ec2().delete_transit_gateway(TransitGatewayId=gateway_id)["TransitGateway"]["State"] == "deleting"

    def states():
        return [gateway["State"] for gateway in network.ec2().describe_transit_gateways()["TransitGateways"]]

    assert wait_for(states, ["deleted"]) == [["deleting"], ["deleted"]]
    with refused("InvalidTransitGatewayID.NotFound"):
        network.ec2().delete_transit_gateway(TransitGatewayId=gateway_id)
    slow(emulator, **{"transit-gateway.deleted": 1})
    wait_for(states, [])


def test_gateway_filters(network):
    """D: API_DescribeTransitGateways, Filters; multicast V: amazon.aws' integration target ec2_transit_gateway"""
    options = {"AmazonSideAsn": 64600, "DnsSupport": "disable", "MulticastSupport": "enable"}
    mine = network.gateway(options, {"segment": "core"})
    other = network.gateway(MANUAL)

    def found(name, *values):
        answer = network.ec2().describe_transit_gateways(Filters=[{"Name": name, "Values": list(values)}])
        return [gateway["TransitGatewayId"] for gateway in answer["TransitGateways"]]

    assert found("options.amazon-side-asn", "64600") == [mine]
    assert found("options.dns-support", "enable") == [other]
    assert found("options.multicast-support", "enable") == [mine]
    assert found("options.default-route-table-association", "disable") == [other]
    assert found("tag:segment", "co*") == [mine]
    assert found("tag-key", "segment") == [mine]
    assert found("owner-id", HUB) == [mine, other]
    assert found("owner-id", SPOKE) == []
    assert found("state", "deleted") == []
    assert found("transit-gateway-id", other) == [other]
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        found("colour", "red")


def test_gateway_quota(network):
    """Row 22. D: transit-gateway-quotas.html, 5 per account; the code is in the CloudFormation handlers' tests (P)."""
    for _ in range(5):
        network.gateway()
    with refused("TransitGatewayLimitExceeded"):
        network.gateway()


# Sharing


def test_gateway_is_seen_and_used_only_while_shared(network):
    """Row 10. D: working-with-transit-gateways; unsharing leaves what is attached."""
    gateway_id = network.gateway(tags={"Name": "hub"})
    spoke, vpc = network.ec2(SPOKE), network.vpc(SPOKE, "10.1.0.0/16")
    assert spoke.describe_transit_gateways()["TransitGateways"] == []
    with refused("InvalidTransitGatewayID.NotFound"):
        network.attach(SPOKE, gateway_id, vpc)

    share = network.share(gateway_id, SPOKE)
    [seen] = spoke.describe_transit_gateways()["TransitGateways"]
    assert (seen["TransitGatewayId"], seen["OwnerId"], tags(seen)) == (gateway_id, HUB, {})
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    network.accept(attachment_id)

    network.ram().disassociate_resource_share(resourceShareArn=share, principals=[SPOKE])
    assert spoke.describe_transit_gateways()["TransitGateways"] == []
    with refused("InvalidTransitGatewayID.NotFound"):
        network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.2.0.0/16"))
    assert network.state(attachment_id, SPOKE) == "available"


def test_participant_changes_neither_gateway_nor_tables(shared):
    """Row 10. D: working-with-transit-gateways. Which code AWS answers with is U."""
    network, gateway_id = shared
    table_id, spoke = network.table(gateway_id), network.ec2(SPOKE)
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    both = {"TransitGatewayRouteTableId": table_id, "TransitGatewayAttachmentId": attachment_id}
    for call in (spoke.modify_transit_gateway, spoke.delete_transit_gateway, spoke.create_transit_gateway_route_table):
        with refused("InvalidTransitGatewayID.NotFound"):
            call(TransitGatewayId=gateway_id)
    for call in (
        spoke.associate_transit_gateway_route_table,
        spoke.disassociate_transit_gateway_route_table,
        spoke.enable_transit_gateway_route_table_propagation,
        spoke.disable_transit_gateway_route_table_propagation,
    ):
        with refused("InvalidRouteTableID.NotFound"):
            call(**both)
    with refused("InvalidRouteTableID.NotFound"):
        spoke.create_transit_gateway_route(DestinationCidrBlock="10.9.0.0/16", **both)


def test_participant_does_not_see_the_owners_table(shared):
    """Row 11. V: terraform-provider-aws#11029, #6670"""
    network, gateway_id = shared
    table_id, spoke = network.table(gateway_id), network.ec2(SPOKE)
    text = f"Transit Gateway Route Table {table_id} was deleted or does not exist."
    assert spoke.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []
    with refused("InvalidRouteTableID.NotFound", text):
        spoke.describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[table_id])
    with refused("InvalidRouteTableID.NotFound", text):
        spoke.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table_id)
    with refused("InvalidRouteTableID.NotFound", text):
        spoke.search_transit_gateway_routes(
            TransitGatewayRouteTableId=table_id, Filters=[{"Name": "state", "Values": ["active"]}]
        )


# VPC attachments


def test_states_are_the_documented_ones():
    """Row 1. D: botocore's enum TransitGatewayAttachmentState."""
    import botocore.session

    model = botocore.session.get_session().get_service_model("ec2")
    assert set(model.shape_for("TransitGatewayAttachmentState").enum) == {
        "initiating",
        "initiatingRequest",
        "pendingAcceptance",
        "rollingBack",
        "pending",
        "available",
        "modifying",
        "deleting",
        "deleted",
        "failed",
        "rejected",
        "rejecting",
        "failing",
    }


def test_own_attachment_passes_pending(emulator, network):
    """Row 2. P: wait.go; V: create answers `pending` (moto's aws_verified tests)."""
    gateway_id, vpc = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    slow(emulator, transit_gateway_attachment=200)
    attachment_id = network.attach(HUB, gateway_id, vpc)
    assert wait_for(lambda: network.state(attachment_id), "available") == ["pending", "available"]


def test_shared_attachment_waits_for_acceptance(emulator, shared):
    """Rows 2, 3. P: wait.go; D: AcceptTransitGatewayVpcAttachment"""
    network, gateway_id = shared
    attachment_id = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.1.0.0/16"))
    assert network.state(attachment_id) == network.state(attachment_id, SPOKE) == "pendingAcceptance"
    slow(emulator, transit_gateway_attachment=200)
    network.accept(attachment_id)
    assert wait_for(lambda: network.state(attachment_id, SPOKE), "available") == ["pending", "available"]


def test_initiating_request_can_be_shown(emulator, shared):
    """Row 1. D: a state of the enum; the provider's waiter does not expect it of a VPC attachment (P), so that it is
    passed unseen unless a time is set for it."""
    network, gateway_id = shared
    vpc = network.vpc(SPOKE, "10.1.0.0/16")
    slow(emulator, **{"transit-gateway-attachment.initiatingRequest": 200})
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    assert wait_for(lambda: network.state(attachment_id), "pendingAcceptance")[0] == "initiatingRequest"


def test_auto_accept(network):
    """D: CreateTransitGateway, AutoAcceptSharedAttachments"""
    gateway_id = network.gateway({"AutoAcceptSharedAttachments": "enable"})
    network.share(gateway_id, SPOKE)
    attachment_id = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.1.0.0/16"))
    seen = network.attachment(HUB, attachment_id)
    assert (seen["State"], seen["Association"]["State"]) == ("available", "associated")


def test_failing_attachment(emulator, network):
    """D: tgw-vpc-attachments.html, lifecycle: pending, failing, failed. A time set for `failing` makes it so."""
    gateway_id, vpc = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    slow(emulator, **{"transit-gateway-attachment.failing": 200})
    attachment_id = network.attach(HUB, gateway_id, vpc)
    assert wait_for(lambda: network.state(attachment_id), "failed")[-2:] == ["failing", "failed"]
    with refused("IncorrectState"):
        network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    slow(emulator, **{"transit-gateway-attachment.failing": 0})
    network.attach(HUB, gateway_id, vpc)


def test_reject(emulator, shared):
    """D: RejectTransitGatewayVpcAttachment; lifecycle: it cannot be deleted then; that the VPC is free is U."""
    network, gateway_id = shared
    vpc = network.vpc(SPOKE, "10.1.0.0/16")
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    slow(emulator, transit_gateway_attachment=200)
    made = network.ec2().reject_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    assert made["TransitGatewayVpcAttachment"]["State"] == "rejecting"
    wait_for(lambda: network.state(attachment_id, SPOKE), "rejected")
    with refused("IncorrectState"):
        network.accept(attachment_id)
    with refused("IncorrectState"):
        network.ec2(SPOKE).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    assert network.attach(SPOKE, gateway_id, vpc) != attachment_id


def test_accept_and_reject_only_what_is_pending(shared):
    """Rows 3, 5. D; code P; that the text is the one of terraform-provider-aws#29178 is U."""
    network, gateway_id = shared
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    for call in (
        network.ec2().accept_transit_gateway_vpc_attachment,
        network.ec2().reject_transit_gateway_vpc_attachment,
    ):
        with refused("IncorrectState", f"{attachment_id} is in invalid state"):
            call(TransitGatewayAttachmentId=attachment_id)


def test_only_the_gateways_owner_accepts(shared):
    """Row 4. Text V (aws-nuke#961); that the spoke gets it is U. Malformed: floci-io/floci#2347 (tried)."""
    network, gateway_id = shared
    attachment_id = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.1.0.0/16"))
    for account in (SPOKE, SPOKE_2):
        with refused(
            "InvalidTransitGatewayAttachmentID.NotFound",
            f"Transit Gateway Attachment {attachment_id} was deleted or does not exist.",
        ):
            network.ec2(account).accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.accept(ABSENT_ATTACHMENT)
    with refused("InvalidTransitGatewayAttachmentID.Malformed", "Invalid Transit Gateway Attachment id."):
        network.accept("tgw-attach-x")


def test_second_attachment_of_a_vpc(network):
    """Row 6. V: moto's aws_verified tests"""
    gateway_id, vpc = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    attachment_id = network.attach(HUB, gateway_id, vpc)
    text = f"{gateway_id} has non-deleted Transit Gateway Attachments with same VPC ID."
    with refused("DuplicateTransitGatewayAttachment", text):
        network.attach(HUB, gateway_id, vpc)
    network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    network.attach(HUB, gateway_id, vpc)


def test_deleted_attachment_stays_listed_beside_its_successor(emulator, network):
    """Row 9. V: terraform-provider-aws#10393 (two rows for one VPN); D: visible for 2 hours."""
    gateway_id, vpc = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    first = network.attach(HUB, gateway_id, vpc)
    slow(emulator, transit_gateway_attachment=200)
    deleted = network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=first)
    assert deleted["TransitGatewayVpcAttachment"]["State"] == "deleting"
    with refused("DuplicateTransitGatewayAttachment"):
        network.attach(HUB, gateway_id, vpc)
    assert wait_for(lambda: network.state(first), "deleted") == ["deleting", "deleted"]
    second = network.attach(HUB, gateway_id, vpc)
    answer = network.ec2().describe_transit_gateway_vpc_attachments(Filters=[{"Name": "vpc-id", "Values": [vpc[0]]}])
    listed = {one["TransitGatewayAttachmentId"]: one["State"] for one in answer["TransitGatewayVpcAttachments"]}
    assert listed == {first: "deleted", second: "pending"}
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=first)
    slow(emulator, **{"transit-gateway-attachment.deleted": 1})
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        wait_for(lambda: network.state(first), "forgotten")


def test_delete_while_deleting(emulator, network):
    """P: the provider waits on `deleting`; the code is U."""
    gateway_id = network.gateway()
    attachment_id = network.attached(HUB, gateway_id, "10.0.0.0/16")
    slow(emulator, transit_gateway_attachment=SLOW)
    network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    with refused("IncorrectState", f"{attachment_id} is in invalid state"):
        network.ec2().delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)


def test_either_side_deletes(shared):
    """P: terraform-provider-aws's accepter deletes as the gateway's owner."""
    network, gateway_id = shared
    for account in (HUB, SPOKE):
        attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
        network.ec2(account).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
        assert network.state(attachment_id) == "deleted"
    pending = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.2.0.0/16"))
    network.ec2(SPOKE).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=pending)
    assert network.state(pending) == "deleted"


def test_one_subnet_per_zone_of_the_vpc(network):
    """Row 22. Codes V: zoitech/terraform-aws-network#46; floci-io/floci#2347 (tried)."""
    gateway_id, (vpc_id, subnets) = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    twin = network.subnet(HUB, vpc_id, "10.0.9.0/24", "a")
    with refused("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ"):
        network.attach(HUB, gateway_id, (vpc_id, [*subnets, twin]))
    _, [foreign, _] = network.vpc(HUB, "10.7.0.0/16")
    with refused("InvalidSubnetID.NotFound", f"Subnet {foreign} was deleted or does not exist."):
        network.attach(HUB, gateway_id, (vpc_id, [foreign]))
    with refused("InvalidVpcID.NotFound"):
        network.attach(HUB, gateway_id, ("vpc-0123456789abcdef0", subnets))


def test_gateways_per_vpc(network):
    """Row 22. D: 5 transit gateways per VPC. The code is U."""
    vpc = network.vpc(HUB, "10.0.0.0/16")
    for _ in range(5):
        network.attach(HUB, network.gateway(), vpc)
    sixth = Network(network.emulator, owner=SPOKE)
    gateway_id = sixth.gateway()
    sixth.share(gateway_id, HUB)
    with refused("TransitGatewayAttachmentLimitExceeded"):
        network.attach(HUB, gateway_id, vpc)


def test_first_attachment_makes_the_service_linked_role(shared, client):
    """Row 23. D: service-linked-roles.html; re:Post. That the VPC's owner may make it is not checked here."""
    network, gateway_id = shared
    iam = client(SPOKE, "iam")
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="AWSServiceRoleForVPCTransitGateway")
    for block in ("10.1.0.0/16", "10.2.0.0/16"):
        network.attach(SPOKE, gateway_id, network.vpc(SPOKE, block))
    role = iam.get_role(RoleName="AWSServiceRoleForVPCTransitGateway")["Role"]
    assert role["Path"] == "/aws-service-role/transitgateway.amazonaws.com/"


def test_zone_names_differ_between_accounts(network):
    """Row 12. D: working-with-transit-gateways: AZ ids, not names, mean the same in two accounts."""

    def zones(account):
        found = network.ec2(account).describe_availability_zones()["AvailabilityZones"]
        return {zone["ZoneName"]: zone["ZoneId"] for zone in found}

    accounts = [zones(account) for account in (HUB, SPOKE, SPOKE_2)]
    assert len({tuple(sorted(of.values())) for of in accounts}) == 1
    assert len({tuple(sorted(of.items())) for of in accounts}) > 1


def test_attachment_options(network):
    """V: floci-io/floci#2347 (tried)"""
    gateway_id, vpc = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    made = network.ec2().create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc[0], SubnetIds=vpc[1], Options={"ApplianceModeSupport": "enable"}
    )["TransitGatewayVpcAttachment"]
    assert made["Options"] == {
        "DnsSupport": "enable",
        "SecurityGroupReferencingSupport": "enable",
        "Ipv6Support": "disable",
        "ApplianceModeSupport": "enable",
    }


def test_modify_attachment(emulator, network):
    """Row 2: modifying, available (P). Texts V: floci-io/floci#2347 (tried)."""
    gateway_id, (vpc_id, [a, b]) = network.gateway(), network.vpc(HUB, "10.0.0.0/16")
    attachment_id = network.attach(HUB, gateway_id, (vpc_id, [a]))
    ec2 = network.ec2()

    def modify(**change):
        changed = ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id, **change)
        return changed["TransitGatewayVpcAttachment"]

    twin = network.subnet(HUB, vpc_id, "10.0.9.0/24", "a")
    assert modify(AddSubnetIds=[b])["SubnetIds"] == [a, b]
    with refused("DuplicateSubnetsInSameZone"):
        modify(AddSubnetIds=[twin])
    with refused("InvalidSubnetID.NotFound", f"{twin} is not attached but supplied in RemoveSubnets"):
        modify(RemoveSubnetIds=[twin])
    with refused("InsufficientSubnetsException", "Insufficient Subnets"):
        modify(RemoveSubnetIds=[a, b])
    assert modify(RemoveSubnetIds=[a], AddSubnetIds=[twin])["SubnetIds"] == [b, twin]
    slow(emulator, transit_gateway_attachment=200)
    changed = modify(Options={"ApplianceModeSupport": "enable", "DnsSupport": "disable"})
    assert (changed["State"], changed["Options"]["ApplianceModeSupport"]) == ("modifying", "enable")
    assert changed["Options"]["DnsSupport"] == "disable"
    with refused("IncorrectState", f"{attachment_id} is in invalid state"):
        modify(AddSubnetIds=[a])
    wait_for(lambda: network.state(attachment_id), "available")


def test_gateways_owner_does_not_modify_a_spokes_attachment(shared):
    """D: the VPC's owner manages its attachment; the code is U."""
    network, gateway_id = shared
    attachment_id = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        network.ec2(HUB).modify_transit_gateway_vpc_attachment(
            TransitGatewayAttachmentId=attachment_id, Options={"DnsSupport": "disable"}
        )


def test_both_sides_see_the_attachment_each_with_its_own_tags(shared):
    """Row 13. D; V: a recorded DescribeTransitGatewayAttachments; tags: transit-gateway-share, D."""
    network, gateway_id = shared
    attachment_id = network.attach(
        SPOKE,
        gateway_id,
        network.vpc(SPOKE, "10.1.0.0/16"),
        TagSpecifications=tag_specification("transit-gateway-attachment", {"Name": "to-hub"}),
    )
    network.ec2(HUB).create_tags(Resources=[attachment_id], Tags=[{"Key": "Name", "Value": "customer-a"}])
    hub, spoke = network.attachment(HUB, attachment_id), network.attachment(SPOKE, attachment_id)
    assert (tags(hub), tags(spoke)) == ({"Name": "customer-a"}, {"Name": "to-hub"})
    for seen in (hub, spoke):
        assert (seen["TransitGatewayOwnerId"], seen["ResourceOwnerId"], seen["ResourceType"]) == (HUB, SPOKE, "vpc")
    for account, name in ((HUB, "customer-a"), (SPOKE, "to-hub")):
        [seen] = network.ec2(account).describe_transit_gateway_vpc_attachments(
            Filters=[{"Name": "tag:Name", "Values": [name]}]
        )["TransitGatewayVpcAttachments"]
        assert (seen["TransitGatewayAttachmentId"], seen["VpcOwnerId"]) == (attachment_id, SPOKE)
    assert network.ec2(SPOKE_2).describe_transit_gateway_attachments()["TransitGatewayAttachments"] == []


def test_tags_of_what_one_does_not_see(shared):
    """V: the NotFound codes of rows 4 and 7."""
    network, gateway_id = shared
    attachment_id = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.1.0.0/16"))
    for resource_id, code in ((attachment_id, "AttachmentID"), (gateway_id, "ID")):
        with refused(f"InvalidTransitGateway{code}.NotFound"):
            network.ec2(STRANGER).create_tags(Resources=[resource_id], Tags=[{"Key": "a", "Value": "b"}])


def test_attachment_filters(shared):
    """D: API_DescribeTransitGatewayAttachments and ...VpcAttachments, Filters"""
    network, gateway_id = shared
    table_id = network.table(gateway_id)
    one = network.attached(SPOKE, gateway_id, "10.1.0.0/16")
    two = network.attached(SPOKE_2, gateway_id, "10.2.0.0/16")
    three = network.attach(SPOKE, gateway_id, network.vpc(SPOKE, "10.3.0.0/16"))
    network.associate(table_id, two)

    def found(name, *values):
        answer = network.ec2().describe_transit_gateway_attachments(Filters=[{"Name": name, "Values": list(values)}])
        return [attachment["TransitGatewayAttachmentId"] for attachment in answer["TransitGatewayAttachments"]]

    assert found("resource-owner-id", SPOKE) == [one, three]
    assert found("state", "pendingAcceptance") == [three]
    assert found("association.transit-gateway-route-table-id", table_id) == [two]
    assert found("association.state", "associated") == [two]
    assert found("transit-gateway-owner-id", HUB) == found("resource-type", "vpc") == [one, two, three]
    assert found("resource-type", "vpn") == []
    assert found("resource-id", network.attachment(HUB, one)["ResourceId"]) == [one]
    with refused("InvalidParameterValue", "The filter 'vpc-id' is invalid"):
        found("vpc-id", "vpc-1")
    with refused("InvalidParameterValue", "The filter 'resource-owner-id' is invalid"):
        network.ec2().describe_transit_gateway_vpc_attachments(
            Filters=[{"Name": "resource-owner-id", "Values": [SPOKE]}]
        )


def test_pages(shared):
    """D: MaxResults 5 to 1000, NextToken"""
    network, gateway_id = shared
    made = [network.attach(SPOKE, gateway_id, network.vpc(SPOKE, f"10.{number}.0.0/16")) for number in range(1, 13)]
    pages = (
        network.ec2().get_paginator("describe_transit_gateway_attachments").paginate(PaginationConfig={"PageSize": 5})
    )
    sizes = [[one["TransitGatewayAttachmentId"] for one in page["TransitGatewayAttachments"]] for page in pages]
    assert [len(page) for page in sizes] == [5, 5, 2]
    assert [attachment_id for page in sizes for attachment_id in page] == made


def test_no_client_token():
    """Row 41. D: botocore's model: no transit gateway operation takes a client token."""
    import botocore.session

    model = botocore.session.get_session().get_service_model("ec2")
    names = [name for name in model.operation_names if name.startswith("CreateTransitGateway")]
    assert names and all("ClientToken" not in model.operation_model(name).input_shape.members for name in names)


def test_creating_twice_makes_two(network):
    """Row 41. D: without a token a repeated create is another create."""
    assert network.gateway() != network.gateway()


def test_reads_lag_behind_writes(emulator, network):
    """Row 42. D: ec2-api-eventual-consistency.html; P: the provider retries NotFound right after a create."""
    emulator.control("POST", "settings", {"lag": 300})
    gateway_id = network.gateway()

    def seen():
        try:
            return network.ec2().describe_transit_gateways(TransitGatewayIds=[gateway_id])["TransitGateways"][0][
                "State"
            ]
        except ClientError as error:
            return error.response["Error"]["Code"]

    assert wait_for(seen, "available") == ["InvalidTransitGatewayID.NotFound", "available"]


def test_dry_run(network):
    """D: DryRun"""
    with refused("DryRunOperation"):
        network.ec2().create_transit_gateway(DryRun=True)
    assert network.ec2().describe_transit_gateways()["TransitGateways"] == []


def test_what_is_missing_says_so(network):
    """Not AWS: what the emulator lacks is never a made-up success."""
    gateway_id = network.gateway()
    with refused("InvalidAction"):
        network.ec2().create_transit_gateway_multicast_domain(TransitGatewayId=gateway_id)


def test_vpn_attachment(network):
    """V: moto's aws_verified tests; text for another kind of attachment: aws-nuke#961; of the gateway's deletion: P."""
    ec2 = network.ec2()
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    gateway_id, table_id = gateway["TransitGatewayId"], gateway["Options"]["AssociationDefaultRouteTableId"]
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.1", BgpAsn=65534)["CustomerGateway"]
    made = ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=customer["CustomerGatewayId"], TransitGatewayId=gateway_id
    )["VpnConnection"]
    [seen] = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    attachment_id = seen["TransitGatewayAttachmentId"]
    assert (seen["ResourceType"], seen["ResourceId"], seen["State"]) == ("vpn", made["VpnConnectionId"], "available")
    assert seen["Association"] == {"State": "associated", "TransitGatewayRouteTableId": table_id}
    assert ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"] == []
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table_id,
        TransitGatewayAttachmentId=attachment_id,
        DestinationCidrBlock="192.168.0.0/16",
    )
    assert network.destinations(table_id, attachment__resource_type="vpn") == ["192.168.0.0/16"]
    with refused(
        "InvalidTransitGatewayAttachmentID.NotFound",
        f"Transit Gateway VPC Attachment {attachment_id} was deleted or does not exist.",
    ):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    with refused("IncorrectState", f"{gateway_id} has non-deleted VPN Attachments: {attachment_id}."):
        ec2.delete_transit_gateway(TransitGatewayId=gateway_id)
    ec2.delete_vpn_connection(VpnConnectionId=made["VpnConnectionId"])
    assert network.state(attachment_id) == "deleted"


# The VPC's side


def test_route_to_a_gateway_needs_an_available_attachment(shared):
    """V: terraform-provider-aws#9222, #10025"""
    network, gateway_id = shared
    vpc = network.vpc(SPOKE, "10.1.0.0/16")
    spoke = network.ec2(SPOKE)
    table_id = spoke.create_route_table(VpcId=vpc[0])["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": gateway_id}
    text = f"The transitGateway ID '{gateway_id}' does not exist."
    with refused("InvalidTransitGatewayID.NotFound", text):
        spoke.create_route(**route)
    attachment_id = network.attach(SPOKE, gateway_id, vpc)
    with refused("InvalidTransitGatewayID.NotFound", text):
        spoke.create_route(**route)
    network.accept(attachment_id)
    spoke.create_route(**route)

    def state():
        [table] = spoke.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        return {known["DestinationCidrBlock"]: known["State"] for known in table["Routes"]}["10.0.0.0/8"]

    assert state() == "active"
    spoke.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    assert state() == "blackhole"
