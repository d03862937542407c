# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The prover, which takes all packets at once, and the tracer, which takes one: on random networks, the same answers.

CLOSEDNET_NETWORKS has the number of networks, for more of them than a short run.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network.addresses import blocks_of
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.packet_filters import ECHO_REQUEST, Packet
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.points import Lookups
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.routes_only import RoutesOnly, point_in
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Unknown
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.tracer import Stopped, Tracer
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.trip import DELIVERED
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import reachability
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.packet_sets import ICMP, TCP, UDP, Sent
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import PREMISES
from ansible_collections.closednet.aws.tests.unit._domain.proof.random_networks import Network

NETWORKS = int(os.environ.get("CLOSEDNET_NETWORKS", "50"))
PACKETS, IN_PART = 25, 10
NUMBERS = {"tcp": TCP, "udp": UDP}


class Asked:
    """A network, one of its levels, and both engines."""

    def __init__(self, seed, level):
        self.rng = random.Random(seed)
        self.network = Network(self.rng)
        self.level = level
        self.reach = reachability.compute(self.network.snapshot, level)
        make = RoutesOnly if level == reachability.ROUTES else Lookups
        self.tracer = Tracer(self.network.snapshot, make(self.network.snapshot))
        self.points = self.tracer.lookups.points + self.tracer.lookups.of_ipv6

    def ends(self):
        """Return a sender and a point that is meant, of one IP version."""
        if self.level == reachability.FILTERS:
            sender = self.rng.choice([p for p in self.points if p.kind == "interface"])
            others = [p for p in self.points if p.kind == "interface" and p.address != sender.address]
            return sender, self.rng.choice([p for p in others if p.address.version == sender.address.version])
        version = self.rng.choice([4, 6])
        subnets = list(self.reach.world.subnets.values())
        one, other = (self.rng.choice(subnets) for _end in range(2))
        addresses = [blocks_of(item, version)[0][self.rng.randint(4, 98)] for item in (one, other)]
        return point_in(one, addresses[0]), point_in(other, addresses[1])

    def packet(self, sender, wanted):
        protocol = self.rng.choice(["tcp", "tcp", "udp", "icmp"])
        port, source_port = self.rng.choice([22, 443, 80, 5000]), self.rng.choice([700, 1024, 50000])
        packet = Packet(sender.address, wanted.address, protocol, (port, port))
        version = sender.address.version
        if protocol == "icmp":
            packet = Packet(sender.address, wanted.address, protocol)
            return packet, Sent(sender.address, wanted.address, ICMP[version], 0, ECHO_REQUEST[version] * 256)
        return packet, Sent(sender.address, wanted.address, NUMBERS[protocol], source_port, port)

    def traced(self, sender, packet, sent):
        """Return (sites that it gets to, those whose answer comes back, whether something isn't known)."""
        source_ports = (0, 65535) if packet.protocol == "icmp" else (sent.source_port, sent.source_port)
        arrives, answered, unknown = set(), set(), False
        for flow in self.tracer.flows(sender, None, packet, source_ports):
            if isinstance(flow, Unknown):
                unknown = True
                if not isinstance(flow, Stopped) or flow.there is None:
                    continue
                arrives.add(self.site(flow.there))
                continue
            if flow.there.verdict.verdict == DELIVERED:
                arrives.add(self.site(flow.there))
            # By routes alone, points are addresses, which two VPCs may have.
            back = flow.decisive.verdict.verdict == DELIVERED and flow.back[-1].legs[-1].end
            if back and back.subnet["SubnetId"] == sender.subnet["SubnetId"]:
                answered.add(self.site(flow.there))
        return arrives, answered, unknown

    def site(self, there):
        end = there.legs[-1].end
        return (
            self.reach.world.site_of(self.reach.world.subnets[end.subnet["SubnetId"]])
            if end
            else there.legs[-1].gateway
        )


def disagreements(seed, level):
    """Return what differs for random packets in a random network, and how many were compared, by answer."""
    asked, compared, found = Asked(seed, level), Counter(), []
    for _number in range(PACKETS):
        sender, wanted = asked.ends()
        packet, sent = asked.packet(sender, wanted)
        world = asked.reach.world
        a = world.site_of(world.subnets[sender.subnet["SubnetId"]])
        arrives, answered, unknown = asked.traced(sender, packet, sent)
        having = [site for site in world.sites_with(wanted.address) if site != a or sender.address != wanted.address]
        flows = {site: asked.reach.between(a, site) for site in having}
        reasons = any(flow.unknown for flow in flows.values())
        if unknown:
            compared["unknown"] += 1
            # The prover follows packets to premises, and policy tables by routes alone, which the tracer doesn't.
            premises = [asked.reach.between(a, site) for site in world.ends if site.account_id == PREMISES]
            carried = any(flow.forward.contains(sent) for flow in (*flows.values(), *premises))
            policies = level == reachability.ROUTES and asked.network.has_policies
            # Whose groups a sender has, if two VPCs have its address, only the prover knows.
            shared = len(asked.tracer.lookups.having(sender.address)) > 1
            if not reasons and not carried and not policies and not shared:
                found.append((str(packet), "the tracer doesn't know, the prover does"))
            continue
        for site, flow in flows.items():
            by_nat = any(one.kind == "nat_gateway" for one in flow.decides)
            for name, both in (
                ("forward", (flow.forward.contains(sent), site in arrives)),
                ("answered", (flow.answered.contains(sent), site in answered)),
            ):
                coarse = both[1] and flow.unknown or name == "answered" and by_nat
                compared["coarse" if coarse else f"{name} {both[1]}"] += 1
                if both[0] != both[1] and not coarse:
                    found.append((str(packet), str(a), str(site), name, both, flow.decides, flow.unknown))
    return found, compared


@pytest.mark.parametrize("level", [reachability.ROUTES, reachability.FILTERS])
@pytest.mark.parametrize("part", range(IN_PART))
def test_agree(part, level):
    total = Counter()
    for seed in range(part, NETWORKS, IN_PART):
        found, compared = disagreements(seed, level)
        assert not found, (seed, level, found[:3])
        total += compared
    assert total["forward True"], total
