# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that a snapshot lacks, each in turn: what depends on one is unknown, everything else is as before."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import trace
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import PUBLIC, Network
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HEALTHY,
    HUB,
    World,
    change,
    deny,
    drop_routes,
    entry,
    forget_propagation,
)

WORLDS = {
    "healthy": (World, []),
    "a group": (World, [change("sg-data", IpPermissions=[], IpPermissionsEgress=[])]),
    "an ACL": (World, [deny("acl-app", entry(1, "deny", "6", (1024, 2000)))]),
    "no routes": (World, [drop_routes("rtb-app"), drop_routes("rtb-shared", HUB)]),
    "no propagation": (World, [forget_propagation(1)]),
    "central egress": (Network, []),
}
FLOWS = {
    World: [(source, destination) for source, destination, _path in HEALTHY.values()],
    Network: [
        ("eni-app-beta", "8.8.8.8"),
        ("eni-app-alpha", "eni-app-beta"),
        ("8.8.8.8", PUBLIC),
        ("eni-web", "8.8.8.8"),
    ],
}


def verdicts(world):
    """The verdict of each flow, or what is invalid about it."""
    parsed = world.parsed()
    found = {}
    for source, destination in FLOWS[type(world)]:
        try:
            found[source, destination] = trace.trace(parsed, source, destination, port=443).verdict
        except Invalid as invalid:
            found[source, destination] = f"{invalid}"
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_what_depends_on_a_file_that_is_missing_is_unknown(name):
    make, breaks = WORLDS[name]

    def made():
        world = make()
        for mutate in breaks:
            mutate(world)
        return world

    whole = verdicts(made())
    assert set(whole.values()) <= {"delivered", "denied", "no_route"}
    changed = set()
    for account, kinds in made().files.items():
        for kind in kinds:
            world = made()
            del world.files[account][kind]
            for flow, verdict in verdicts(world).items():
                assert verdict in (whole[flow], "unknown"), (account, kind, flow, verdict)
                changed |= {kind} if verdict != whole[flow] else set()
    assert {"Vpcs", "Subnets", "NetworkInterfaces"} <= changed


def test_an_answer_is_not_judged_where_it_is_not_known_how_the_packet_goes_on():
    """NAT may lie there, and then the answer takes the way back to its address."""
    world = World()
    drop_routes("rtb-beta", BETA)(world)
    assert world.trace("i-app", "eni-beta", port=443).verdict == "no_route"
    del world.files[ALPHA]["VpcPeeringConnections"]
    verdict = world.trace("i-app", "eni-beta", port=443)
    assert verdict.verdict == "unknown", verdict
    assert [(one.verdict, one.direction) for one in verdict.blockers] == [("unknown", "there")]


def test_what_was_not_read_of_public_access_is_told():
    """Recordings of others haven't it, so it is no reason to know nothing."""
    world = World()
    says = f"VPC Block Public Access at igw-1: VpcBlockPublicAccessOptions of account {ALPHA}, eu-central-1"
    for flow in (("eni-web", "8.8.8.8"), ("8.8.8.8", "eni-web")):
        verdict = world.trace(*flow, port=443)
        assert (verdict.verdict, verdict.notes) == ("delivered", (f"{says} isn't in the snapshot",))
    assert world.trace("i-app", "eni-data", port=443).notes == ()


@pytest.mark.parametrize(("gives", "expected"), [(True, "unknown"), (False, "denied")])
def test_a_subnet_stands_for_an_interface_that_may_get_a_public_address(gives, expected):
    """Instances get one, other interfaces don't: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html"""
    world = World()
    world.item("subnet-public")["MapPublicIpOnLaunch"] = gives
    verdict = world.trace("subnet-public", "8.8.8.8", port=443)
    assert (verdict.verdict, "10.1.3.4" in verdict.decided_by.message) == (expected, True), verdict
