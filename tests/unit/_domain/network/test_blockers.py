# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that stops a flow, not only the first of it; and what is certain although something else isn't known."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import trace
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import INTERNAL, Network
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HTTPS,
    HUB,
    World,
    block,
    change,
    deny,
    drop_routes,
    entry,
    forget_propagation,
    stop_app,
    without,
)

ALL_IN, ALL_OUT = entry(10, "deny"), entry(10, "deny", egress=True)
NO_RULES = {"IpPermissions": [], "IpPermissionsEgress": []}

# what is broken -> (source, destination, how, blockers in order: (direction, verdict, id))
BROKEN = {
    "both groups": (
        *("i-app", "eni-data", [change("sg-app", **NO_RULES), change("sg-data", **NO_RULES)]),
        [("there", "denied", "sg-app"), ("there", "denied", "sg-data")],
    ),
    "both ACLs, in both directions": (
        *("i-app", "eni-data", [deny("acl-app", ALL_IN, ALL_OUT), deny("acl-data", ALL_IN, ALL_OUT)]),
        [
            ("there", "denied", "acl-app"),
            ("there", "denied", "acl-data"),
            ("answer", "denied", "acl-data"),
            ("answer", "denied", "acl-app"),
        ],
    ),
    "a stopped instance and its group": (
        *("i-app", "eni-data", [stop_app, change("sg-app", **NO_RULES)]),
        [("there", "denied", "i-app"), ("there", "denied", "sg-app")],
    ),
    "routes in both directions": (
        *("i-app", "eni-dns", [forget_propagation(0), forget_propagation(1)]),
        [("there", "no_route", "tgw-rtb-alpha"), ("answer", "no_route", "tgw-rtb-shared")],
    ),
    "no route, and the destination's group and ACL": (
        "i-app",
        "eni-beta",
        [
            drop_routes("rtb-app"),
            change("sg-beta", BETA, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}]),
            deny("acl-beta", ALL_IN, account=BETA),
        ],
        [("there", "no_route", "rtb-app"), ("there", "denied", "acl-beta"), ("there", "denied", "sg-beta")],
    ),
    "no route, though only the address is asked": (
        *("i-app", "10.2.1.10", [drop_routes("rtb-app"), change("sg-beta", BETA, **NO_RULES)]),
        [("there", "no_route", "rtb-app"), ("there", "denied", "sg-beta")],
    ),
    "the NAT gateway's subnet, in both directions": (
        *("i-app", "8.8.8.8", [deny("acl-public", ALL_IN, ALL_OUT)]),
        [
            ("there", "denied", "acl-public"),
            ("there", "denied", "acl-public"),
            ("answer", "denied", "acl-public"),
            ("answer", "denied", "acl-public"),
        ],
    ),
    "beyond the attachment": (
        "i-app",
        "eni-dns",
        [
            deny("acl-tgw", ALL_IN),
            deny("acl-entry", ALL_OUT, account=HUB),
            change("sg-dns", HUB, **NO_RULES),
        ],
        [("there", "denied", "acl-tgw"), ("there", "denied", "acl-entry"), ("there", "denied", "sg-dns")],
    ),
    "from the internet": (
        *("8.8.8.8", "eni-web", [deny("acl-public", ALL_IN, ALL_OUT), change("sg-app", **NO_RULES)]),
        [("there", "denied", "acl-public"), ("there", "denied", "sg-app"), ("answer", "denied", "acl-public")],
    ),
    "what isn't known, beside what is": (
        *("8.8.8.8", "eni-web", [block("block-ingress"), change("sg-app", **NO_RULES)]),
        [("there", "unknown", "igw-1"), ("there", "denied", "sg-app")],
    ),
}


def told(verdict):
    return [(one.direction, one.verdict, one.ids[0]) for one in verdict.blockers]


@pytest.mark.parametrize("name", BROKEN)
def test_all_blockers_are_listed(name):
    source, destination, mutations, expected = BROKEN[name]
    world = World()
    assert world.trace(source, destination, port=443).blockers == ()
    for mutate in mutations:
        mutate(world)
    verdict = world.trace(source, destination, port=443)
    assert told(verdict) == expected, verdict
    certain = next(one for one in verdict.blockers if one.verdict != "unknown")
    by = verdict.decided_by
    assert (verdict.verdict, by.by, by.ids, by.message) == (certain.verdict, certain.by, certain.ids, certain.says)


def test_fixing_every_blocker_delivers():
    """Each is one: without it the list is shorter, and without the last one the flow delivers."""
    world = World()
    for mutate in (change("sg-app", **NO_RULES), deny("acl-data", ALL_IN, ALL_OUT), change("sg-data", **NO_RULES)):
        mutate(world)
    assert len(world.trace("i-app", "eni-data", port=443).blockers) == 4
    world.item("sg-app").update(IpPermissionsEgress=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    assert len(world.trace("i-app", "eni-data", port=443).blockers) == 3
    del world.item("acl-data")["Entries"][:2]
    assert told(world.trace("i-app", "eni-data", port=443)) == [("there", "denied", "sg-data")]
    world.item("sg-data")["IpPermissions"] = [HTTPS]
    verdict = world.trace("i-app", "eni-data", port=443)
    assert (verdict.verdict, verdict.blockers) == ("delivered", ())


def test_a_blocker_of_one_pick_says_so():
    network = Network()
    network.point("rtb-ipub-2", INTERNAL, "vpce-1")
    verdict = trace.trace(network.parsed(), "eni-app-alpha", "8.8.8.8", port=443)
    (found,) = verdict.blockers
    assert (found.direction, found.by) == ("answer", "network_firewall")
    assert found.says.endswith("(if tgw-attach-inspection picks az2)")


# ---- a snapshot that lacks a file: only what depends on it is unknown

# missing kind -> what doesn't depend on it, and is delivered
LACKING = {
    "NetworkAcls": ("i-app", "10.1.1.11"),  # within a subnet
    "NatGateways": ("i-app", "eni-data"),
    "InternetGateways": ("i-app", "eni-data"),
    "VpcEndpoints": ("i-app", "eni-data"),
    "PrefixLists": ("i-app", "eni-data"),
    "VpcPeeringConnections": ("i-app", "eni-dns"),
    "TransitGatewayVpcAttachments": ("i-app", "eni-beta"),
    "Reservations": ("eni-far", "eni-data"),
}
CERTAIN = {
    "NetworkAcls": ("i-app", "eni-data", change("sg-data", **NO_RULES), "denied", "sg-data"),
    "SecurityGroups": ("i-app", "eni-data", deny("acl-data", ALL_IN), "denied", "acl-data"),
    "Reservations": ("i-app", "eni-data", change("sg-app", **NO_RULES), "denied", "sg-app"),
    "VpcEndpoints": ("i-app", "eni-logs", change("sg-data", **NO_RULES), "denied", "sg-data"),
    "VpcBlockPublicAccessOptions": ("eni-web", "8.8.8.8", drop_routes("rtb-public"), "no_route", "rtb-public"),
}


@pytest.mark.parametrize("kind", LACKING)
def test_what_does_not_depend_on_a_missing_file_is_known(kind):
    world = World()
    without(ALPHA, kind)(world)
    assert world.trace(*LACKING[kind], port=443).verdict == "delivered"


@pytest.mark.parametrize("kind", CERTAIN)
def test_what_one_filter_certainly_stops_is_not_unknown(kind):
    source, destination, mutate, expected, id_ = CERTAIN[kind]
    world = World()
    mutate(world)
    world.files[ALPHA].pop(kind, None)
    verdict = world.trace(source, destination, port=443)
    assert (verdict.verdict, verdict.decided_by.ids[0]) == (expected, id_)
    others = {one.verdict for one in verdict.blockers} - {expected}
    assert others == ({"unknown"} if kind != "VpcBlockPublicAccessOptions" else set())
