# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of AWS's API model is decided on: followed, or named as what isn't shown. One that AWS adds fails here."""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import kinds
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import HUB, World, route

MODEL = botocore.session.get_session().get_service_model("ec2")

OF_ENUMS = {
    "TransitGatewayAttachmentResourceType": {*kinds.FOLLOWED_ATTACHMENTS, *kinds.PREMISES},
    "VpcEndpointType": {
        *(*kinds.ENDPOINTS_IN_ROUTES, *kinds.ENDPOINTS_WITH_INTERFACES, *kinds.OPAQUE_ENDPOINTS),
    },
    # Answers have "nat_gateway" where the model has "natGateway" (recorded).
    "NetworkInterfaceType": {
        *(*kinds.WORKLOADS, *kinds.TAKE, *kinds.ACCEPT_NO_INBOUND, *kinds.NOT_TOLD),
    }
    - {"nat_gateway"},
    "ConnectivityType": set(kinds.NAT_CONNECTIVITY),
    "AvailabilityMode": set(kinds.NAT_AVAILABILITY),
    "TransitGatewayRouteType": set(kinds.ROUTE_TYPES),
    "TransitGatewayAttachmentState": {*kinds.PASSING, *kinds.NOT_PASSING},
    "VpcPeeringConnectionStateReasonCode": {"active", *kinds.PEERINGS_NOT_PASSING},
    "TransitGatewayAssociationState": {*kinds.SETTLED, "associating", "disassociating"},
    "TransitGatewayRouteState": {*kinds.ROUTE_STATES, *kinds.UNSETTLED_ROUTES},
    "RouteState": {"active", "blackhole", "filtered"},
    "RouteOrigin": {*kinds.WRITTEN, *kinds.PROPAGATED},
}


@pytest.mark.parametrize("name", OF_ENUMS)
def test_kinds_are_those_of_the_api_model(name):
    assert OF_ENUMS[name] == set(MODEL.shape_for(name).enum)


def test_targets_of_routes_are_those_of_the_api_model():
    known = {*kinds.ROUTE_TARGETS, *kinds.OPAQUE_TARGETS, *kinds.OF_ROUTE}
    assert known == set(MODEL.shape_for("Route").members)


def test_what_attachments_are_associated_with_is_that_of_the_api_model():
    members = set(MODEL.shape_for("TransitGatewayAttachmentAssociation").members)
    assert {*kinds.ASSOCIATIONS, "State"} == members


def endpoint_of_kind(kind):
    def change(world):
        world.item("vpce-logs")["VpcEndpointType"] = kind

    return change


def interface_of_kind(kind):
    return lambda world: world.item("eni-data").update(InterfaceType=kind)


def routed(**target):
    def change(world):
        world.item("rtb-app")["Routes"][-1] = route("0.0.0.0/0", **target)

    return change


def attachment_of_kind(kind):
    return lambda world: world.files[HUB]["TransitGatewayAttachments"][1].update(ResourceType=kind)


# kind -> (destination, how the world gets it, what names it)
UNKNOWN = {
    **{f"attachment {kind}": ("eni-dns", attachment_of_kind(kind), kind) for kind in (*kinds.PREMISES, "satellite")},
    **{f"endpoint {kind}": ("eni-logs", endpoint_of_kind(kind), "vpce-logs") for kind in kinds.OPAQUE_ENDPOINTS},
    "endpoint of a new kind": ("eni-logs", endpoint_of_kind("Portal"), "Portal"),
    **{f"interface {kind}": ("eni-data", interface_of_kind(kind), kind) for kind in (*kinds.NOT_TOLD, "hologram")},
    **{f"route by {key}": ("8.8.8.8", routed(**{key: "x-1"}), words) for key, words in kinds.OPAQUE_TARGETS.items()},
    "route by a gateway of a new kind": ("8.8.8.8", routed(GatewayId="star-1"), "a kind that isn't known"),
    "route by a new member": ("8.8.8.8", routed(StarGateId="star-1"), "a kind that isn't known"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_kind_that_is_not_followed_is_unknown_by_name(name):
    destination, change, named = UNKNOWN[name]
    world = World()
    assert world.trace("i-app", destination, port=443).verdict == "delivered"
    change(world)
    verdict = world.trace("i-app", destination, port=443)
    assert verdict.verdict == "unknown"
    assert named in f"{verdict.decided_by.ids} {verdict.decided_by.message}"


@pytest.mark.parametrize("kind", kinds.ACCEPT_NO_INBOUND)
def test_an_interface_that_takes_no_packets_denies_them(kind):
    world = World()
    world.item("eni-data")["InterfaceType"] = kind
    assert world.trace("i-app", "10.1.2.10", port=443).verdict in ("denied", "no_route")


def test_a_route_in_a_state_that_is_not_known_is_unknown():
    """RouteState has "filtered", which no page explains."""
    world = World()
    world.item("rtb-app")["Routes"][-1]["State"] = "filtered"
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("unknown", ("rtb-app",))


def test_routes_of_a_route_server_are_propagated_ones():
    """A static route of the same length comes first:
    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    world = World()
    advertised = {**route("0.0.0.0/0", NetworkInterfaceId="eni-appliance"), "Origin": "Advertisement"}
    world.item("rtb-app")["Routes"].insert(1, advertised)
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"


def test_states_of_endpoints_are_those_of_the_api_model():
    """Answers have them in lower case (recorded). Partial: which addresses take packets isn't shown."""
    states = {state.lower() for state in MODEL.shape_for("State").enum}
    assert {"available", "partial", *kinds.ENDPOINTS_NOT_TAKING} == states


def of_attachment(**fields):
    return lambda world: world.files[HUB]["TransitGatewayAttachments"][0].update(fields)


def transit_route(state):
    def change(world):
        targets = [{"TransitGatewayAttachmentId": "tgw-attach-shared", "ResourceType": "vpc"}]
        new = {"DestinationCidrBlock": "10.0.1.0/24", "Type": "static", "State": state}
        world.files[HUB]["TransitGatewayStaticRoutes"][0]["Routes"] = [{**new, "TransitGatewayAttachments": targets}]

    return change


def associating(state):
    def change(world):
        association = {"State": state, "TransitGatewayRouteTableId": "tgw-rtb-alpha"}
        world.files[HUB]["TransitGatewayAttachments"][0]["Association"] = association

    return change


def associated_table(state):
    def change(world):
        for one in world.item("rtb-app")["Associations"]:
            one["AssociationState"] = {"State": state}

    return change


STATES = {
    "an attachment that changes passes packets": ("eni-dns", of_attachment(State="modifying"), "delivered"),
    "one that is associated soon": ("eni-dns", associating("associating"), "unknown"),
    "one that no longer is": ("eni-dns", associating("disassociated"), "no_route"),
    "a route that is created": ("eni-dns", transit_route("pending"), "unknown"),
    "a route that was deleted": ("eni-dns", transit_route("deleted"), "delivered"),
    "an endpoint that is partly there": (
        *("eni-logs", lambda world: world.item("vpce-logs").update(State="Partial"), "unknown"),
    ),
    "an association that failed": ("eni-dns", associated_table("failed"), "no_route"),
    "an association that holds": ("eni-dns", associated_table("associated"), "delivered"),
    "an internet gateway that is detached": (
        "8.8.8.8",
        lambda world: world.item("igw-1").update(Attachments=[{"VpcId": "vpc-alpha", "State": "detaching"}]),
        "no_route",
    ),
    "an internet gateway that is attached": (
        "8.8.8.8",
        lambda world: world.item("igw-1").update(Attachments=[{"VpcId": "vpc-alpha", "State": "available"}]),
        "delivered",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_states_on_the_way(name):
    destination, change, expected = STATES[name]
    world = World()
    change(world)
    assert world.trace("i-app", destination, port=443).verdict == expected
