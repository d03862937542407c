# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC peering connections: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, error_of, filters, refused


@pytest.fixture
def other_vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]


def request(ec2, vpc_id, peer_vpc, **more):
    return ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=peer_vpc, **more)["VpcPeeringConnection"]


def shown(ec2, peering):
    ids = [peering["VpcPeeringConnectionId"]]
    return ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=ids)["VpcPeeringConnections"][0]


def by_id(peering):
    return {"VpcPeeringConnectionId": peering["VpcPeeringConnectionId"]}


def test_lifecycle(ec2, vpc_id, other_vpc):
    """amazon.aws' integration target ec2_vpc_peering, which its maintainers run on AWS: members shown."""
    tags = [{"ResourceType": "vpc-peering-connection", "Tags": [{"Key": "Name", "Value": "a"}]}]
    made = request(ec2, vpc_id, other_vpc, TagSpecifications=tags)
    assert made["Status"]["Code"] == "initiating-request"
    pending = shown(ec2, made)
    assert pending["Status"] == {"Code": "pending-acceptance", "Message": f"Pending Acceptance by {SPOKE}"}
    assert pending["RequesterVpcInfo"]["CidrBlockSet"] == [{"CidrBlock": "10.1.0.0/16"}]
    assert set(pending["AccepterVpcInfo"]) == {"OwnerId", "Region", "VpcId"}
    assert pending["Tags"] == [{"Key": "Name", "Value": "a"}]
    ec2.accept_vpc_peering_connection(**by_id(made))
    active = shown(ec2, made)
    assert (active["Status"]["Code"], active["AccepterVpcInfo"]["CidrBlock"]) == ("active", "10.2.0.0/16")
    assert refused(ec2.accept_vpc_peering_connection, **by_id(made)) == ("InvalidStateTransition", 400)
    ec2.delete_vpc_peering_connection(**by_id(made))
    deleted = shown(ec2, made)
    assert deleted["Status"] == {"Code": "deleted", "Message": f"Deleted by {SPOKE}"}
    assert "CidrBlock" not in deleted["RequesterVpcInfo"] and "CidrBlock" not in deleted["AccepterVpcInfo"]


def test_states_take_time(emulator, ec2, vpc_id, other_vpc):
    emulator.control("POST", "settings", {"transition": {"vpc-peering-connection": 100}, "transition_call": 60})
    made = request(ec2, vpc_id, other_vpc)
    seen = [shown(ec2, made)["Status"]["Code"] for _ in range(3)]
    ec2.accept_vpc_peering_connection(**by_id(made))
    seen += [shown(ec2, made)["Status"]["Code"] for _ in range(3)]
    ec2.delete_vpc_peering_connection(**by_id(made))
    seen += [shown(ec2, made)["Status"]["Code"] for _ in range(3)]
    expected = ["initiating-request", "pending-acceptance", "provisioning", "active", "deleting", "deleted"]
    assert list(dict.fromkeys(seen)) == expected


def test_a_request_expires(emulator, ec2, vpc_id, other_vpc):
    """ "The VPC peering connection request expires after 7 days, after which it cannot be accepted or rejected"
    (CreateVpcPeeringConnection)."""
    made = request(ec2, vpc_id, other_vpc)
    assert "ExpirationTime" in shown(ec2, made)
    emulator.control("POST", "settings", {"transition_call": 7 * 86_400_000 + 1000})
    ec2.describe_vpcs()
    assert refused(ec2.accept_vpc_peering_connection, **by_id(made)) == ("InvalidStateTransition", 400)


def test_overlapping_blocks_fail(ec2, vpc_id):
    """ "If you create a VPC peering connection request between VPCs with overlapping CIDR blocks, the VPC peering
    connection has a status of failed"; of secondary blocks too (CreateVpcPeeringConnection). A failed connection can't
    be accepted or deleted (DeleteVpcPeeringConnection)."""
    same = ec2.create_vpc(CidrBlock="10.1.128.0/17")["Vpc"]["VpcId"]
    failed = request(ec2, vpc_id, same)
    assert shown(ec2, failed)["Status"]["Code"] == "failed"
    assert refused(ec2.accept_vpc_peering_connection, **by_id(failed)) == ("InvalidStateTransition", 400)
    assert refused(ec2.delete_vpc_peering_connection, **by_id(failed)) == ("InvalidStateTransition", 400)
    secondary = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.associate_vpc_cidr_block(VpcId=secondary, CidrBlock="100.64.0.0/16")
    ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="100.64.0.0/20")
    assert shown(ec2, request(ec2, vpc_id, secondary))["Status"]["Code"] == "failed"


def test_duplicates(ec2, vpc_id, other_vpc):
    """The same request answers the connection that exists: hashicorp/terraform-provider-aws#27750 (observed). The other
    direction: VpcPeeringConnectionAlreadyExists of errors-overview.html (that it is this case is not verified)."""
    made = request(ec2, vpc_id, other_vpc)
    assert by_id(request(ec2, vpc_id, other_vpc)) == by_id(made)
    reverse = {"VpcId": other_vpc, "PeerVpcId": vpc_id}
    assert refused(ec2.create_vpc_peering_connection, **reverse) == ("VpcPeeringConnectionAlreadyExists", 400)
    ec2.reject_vpc_peering_connection(**by_id(made))
    assert refused(ec2.delete_vpc_peering_connection, **by_id(made)) == ("InvalidStateTransition", 400)
    assert by_id(request(ec2, vpc_id, other_vpc)) != by_id(made)


def test_unknown_ids(ec2, vpc_id):
    """InvalidVpcPeeringConnectionID.NotFound: amazon.aws' module_utils/ec2.py and errors-overview.html. A VPC of
    another account that doesn't exist makes the request fail (status message of a failed request)."""
    unknown = {"VpcPeeringConnectionId": "pcx-0123456789abcdef0"}
    expected = ("InvalidVpcPeeringConnectionID.NotFound", 400)
    for call in ("accept", "reject", "delete"):
        assert refused(getattr(ec2, f"{call}_vpc_peering_connection"), **unknown) == expected
    ids = [unknown["VpcPeeringConnectionId"]]
    assert refused(ec2.describe_vpc_peering_connections, VpcPeeringConnectionIds=ids) == expected
    missing = {"VpcId": vpc_id, "PeerVpcId": "vpc-0123456789abcdef0"}
    assert refused(ec2.create_vpc_peering_connection, **missing) == ("InvalidVpcID.NotFound", 400)
    failed = request(ec2, vpc_id, missing["PeerVpcId"], PeerOwnerId=HUB)
    assert shown(ec2, failed)["Status"]["Code"] == "failed"
    assert refused(ec2.create_vpc_peering_connection, VpcId=vpc_id, PeerVpcId=vpc_id) == ("InvalidParameterValue", 400)


def test_who_may_answer(client, ec2, vpc_id):
    """OperationNotPermitted, with moto's texts; each account has its own tags."""
    hub = client(HUB, "ec2")
    hub_vpc = hub.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = request(ec2, vpc_id, hub_vpc, PeerOwnerId=HUB)
    assert error_of(ec2.accept_vpc_peering_connection, **by_id(made)) == (
        "OperationNotPermitted",
        f"User ({SPOKE}) cannot accept peering {made['VpcPeeringConnectionId']}",
    )
    # "The owner of the requester VPC can delete a VPC peering connection in the pending-acceptance state."
    assert refused(hub.delete_vpc_peering_connection, **by_id(made)) == ("InvalidStateTransition", 400)
    # "You cannot delete a VPC for which you have a pending-acceptance request from a VPC in another account."
    assert refused(hub.delete_vpc, VpcId=hub_vpc) == ("DependencyViolation", 400)
    hub.accept_vpc_peering_connection(**by_id(made))
    assert shown(hub, made)["Status"]["Code"] == "active"
    ec2.delete_vpc(VpcId=vpc_id)
    assert shown(hub, made)["Status"]["Code"] == "deleted"


def test_other_region(client, ec2, vpc_id):
    far = client(SPOKE, "ec2", "eu-west-1")
    far_vpc = far.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = request(ec2, vpc_id, far_vpc, PeerRegion="eu-west-1")
    assert refused(ec2.accept_vpc_peering_connection, **by_id(made)) == ("OperationNotPermitted", 400)
    far.accept_vpc_peering_connection(**by_id(made))
    assert shown(ec2, made)["AccepterVpcInfo"]["Region"] == "eu-west-1"


def test_options(ec2, vpc_id, other_vpc):
    """Only of an active connection, DNS resolution only with DNS hostnames: the page of the operation and
    errors-overview.html (InvalidVpcPeeringConnectionState.DnsHostnamesDisabled)."""
    made = request(ec2, vpc_id, other_vpc)
    wanted = {**by_id(made), "RequesterPeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True}}
    assert refused(ec2.modify_vpc_peering_connection_options, **wanted)[0] == "InvalidStateTransition"
    ec2.accept_vpc_peering_connection(**by_id(made))
    disabled = ("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", 400)
    assert refused(ec2.modify_vpc_peering_connection_options, **wanted) == disabled
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_peering_connection_options(**wanted)
    assert shown(ec2, made)["RequesterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True


def test_filters_and_routes(ec2, vpc_id, other_vpc):
    """A route to a pending connection is a blackhole: "however the route has a state of blackhole, and has no effect
    until the VPC peering connection is in the active state" (vpc-peering-routing.html)."""
    made = request(ec2, vpc_id, other_vpc)
    for wanted, expected in ((filters(status_code="active"), 0), (filters(requester_vpc_info__vpc_id=vpc_id), 1)):
        found = ec2.describe_vpc_peering_connections(Filters=wanted)["VpcPeeringConnections"]
        assert len(found) == expected
    table = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"][0]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "10.2.0.0/16"}
    ec2.create_route(**route, **by_id(made))

    def state():
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [one["State"] for one in routes if "VpcPeeringConnectionId" in one]

    assert state() == ["blackhole"]
    ec2.accept_vpc_peering_connection(**by_id(made))
    assert state() == ["active"]
    third = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    route["RouteTableId"] = ec2.create_route_table(VpcId=third)["RouteTable"]["RouteTableId"]
    assert refused(ec2.create_route, **route, **by_id(made)) == ("InvalidParameterValue", 400)
