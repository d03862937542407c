# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packet sets, with z3's bit vectors and single packets as oracles of their algebra."""

from __future__ import annotations

import random
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import intervals, packet_sets
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.packet_sets import (
    Box,
    PacketSet,
    Sent,
    TooManyBoxes,
    box,
    empty,
    full,
    joined,
)

z3 = pytest.importorskip("z3")
# Few numbers, at the edges of all dimensions, so that random boxes meet.
NUMBERS = [0, 1, 2, 6, 17, 58, 255, 2048, 33024, 65535]
WIDTHS = {4: (32, 32, 8, 16, 16), 6: (128, 128, 8, 16, 16)}


def some_box(rng, version):
    def pair(width):
        last = 2**width - 1
        known = [n for n in (*NUMBERS, last - 1, last) if n <= last]
        return tuple(sorted(rng.choices(known, k=2)))

    return Box(*(pair(width) for width in WIDTHS[version]))


def some_set(rng, version):
    found = empty(version)
    for _number in range(rng.randint(0, 4)):
        found |= PacketSet(version, (some_box(rng, version),))
    return found - PacketSet(version, (some_box(rng, version),)) if rng.random() < 0.4 else found


def formula(one, variables):
    return z3.Or(
        [
            z3.And([z3.And(z3.UGE(v, low), z3.ULE(v, high)) for v, (low, high) in zip(variables, numbers)])
            for numbers in one.boxes
        ]
    )


def holds(claim):
    solver = z3.Solver()
    solver.add(z3.Not(claim))
    return solver.check() == z3.unsat


@pytest.mark.parametrize("seed", range(60))
def test_z3_agrees(seed):
    rng = random.Random(seed)
    version = rng.choice([4, 6])
    variables = [z3.BitVec(f"x{at}", width) for at, width in enumerate(WIDTHS[version])]
    one, other = some_set(rng, version), some_set(rng, version)
    is_one, is_other = formula(one, variables), formula(other, variables)
    for found, wanted in (
        (one & other, z3.And(is_one, is_other)),
        (one | other, z3.Or(is_one, is_other)),
        (one - other, z3.And(is_one, z3.Not(is_other))),
    ):
        assert holds(formula(found, variables) == wanted)
        assert found.is_empty == holds(z3.Not(wanted))
        for at, numbers in enumerate(found.boxes):
            for later in found.boxes[at + 1 :]:
                assert (PacketSet(version, (numbers,)) & PacketSet(version, (later,))).is_empty, "boxes overlap"


def sent(version=4):
    def number(width):
        return st.one_of(st.sampled_from([n for n in NUMBERS if n < 2**width]), st.integers(0, 2**width - 1))

    ends = number(WIDTHS[version][0]).map(lambda n: intervals.address(version, n))
    return st.builds(Sent, ends, ends, number(8), number(16), number(16))


@pytest.mark.parametrize("version", [4, 6])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_of_single_packets(version, data):
    rng = random.Random(data.draw(st.integers(0, 10**6)))
    one, other, packet = some_set(rng, version), some_set(rng, version), data.draw(sent(version))
    has = one.contains(packet), other.contains(packet)
    assert (one & other).contains(packet) == (has[0] and has[1])
    assert (one | other).contains(packet) == (has[0] or has[1])
    assert (one - other).contains(packet) == (has[0] and not has[1])
    for found in (one, other):
        sample = found.sample()
        assert found.is_empty if sample is None else found.contains(sample)
        twice = found.reversed().reversed()
        assert (twice - found).is_empty and (found - twice).is_empty
        assert intervals.has(found.sources(), int(packet.source)) or not found.contains(packet)


def one(source, destination, protocol, source_port, port):
    return Sent(ip_address(source), ip_address(destination), protocol, source_port, port)


def test_answers_go_back():
    web = box(4, ports=(443, 443), protocol=6, source_ports=(1024, 65535))
    assert web.contains(one("10.0.0.1", "10.1.0.1", 6, 50000, 443))
    assert web.reversed().contains(one("10.1.0.1", "10.0.0.1", 6, 443, 50000))
    assert not web.reversed().contains(one("10.1.0.1", "10.0.0.1", 6, 443, 80))


@pytest.mark.parametrize(
    ("version", "protocol", "request_", "reply"), [(4, 1, 8 * 256, 0), (6, 58, 128 * 256, 129 * 256)]
)
def test_a_reply_answers_a_ping(version, protocol, request_, reply):
    """RFC 792 and RFC 4443: echo request and reply."""
    ping = box(version, protocol=protocol, ports=(request_, request_))
    assert ping.reversed() == box(version, protocol=protocol, ports=(reply, reply))
    assert full(version).reversed().contains(full(version).sample())


def test_in_words():
    net = intervals.of_networks([ip_network("10.1.0.0/16")])
    web = box(4, net, None, protocol=6, ports=(443, 443))
    assert web.ports() == ("tcp 443",)
    assert web.text() == "tcp 443 from 10.1.0.0/16 to anywhere"
    assert full(4).ports() == ("all traffic",)
    assert (box(4, protocol=17, ports=(53, 53)) | web).ports() == ("tcp 443", "udp 53")
    assert box(4, protocol=1, ports=(2048, 2048)).ports() == ("icmp echo request",)
    assert (full(4) - box(4, protocol=6)).ports() == ("protocols 0-5", "protocols 7-255")
    assert empty(6).text() == "nothing"


@pytest.mark.parametrize(
    ("made", "packet"),
    [
        (box(4, protocol=6, ports=(1, 10)), "tcp/10"),
        (box(4, protocol=17), "udp/53"),
        (box(4, protocol=1), "icmp"),
        (box(4, protocol=50), ""),
        (box(4, protocol=1, ports=(0, 0)), ""),
    ],
)
def test_samples_as_a_trace_takes_them(made, packet):
    found = made.sample().packet()
    assert str(found).startswith(packet) if packet else found is None


def test_too_many_boxes(monkeypatch):
    monkeypatch.setattr(packet_sets, "MOST_BOXES", 8)
    holes = joined(4, [box(4, protocol=6, ports=(n, n)) for n in range(1, 8, 2)])
    with pytest.raises(TooManyBoxes):
        assert full(4) - (holes | box(4, ((5, 5), (9, 9)), protocol=17, ports=(9, 9)))
