# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled network ACLs, judged by packet_filters, which follows recordings."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import packet_filters
from ansible_collections.closednet.aws.plugins.module_utils._domain.vpc.network_acls import (
    MOST,
    QUOTA,
    RISKY_PORTS,
    Ipv6,
    NetworkAcls,
    Tier,
)

LINUX, ANY = (32768, 61000), (1024, 65535)
VPC = IPv4Network("10.1.0.0/16")
S3 = ("52.219.72.0/22", "52.219.76.0/22", "3.5.136.0/22")
CORPORATE, PARTNER = "10.0.0.0/8", "203.0.113.0/24"  # the first encloses the VPC


def tier(*networks, **more):
    return Tier(tuple(map(IPv4Network, networks)), **more)


TIERS = {
    "public": tier("10.1.0.0/24", "10.1.1.0/24"),
    "app": tier("10.1.16.0/20", "10.1.32.0/20", client_ports=LINUX),
    "data": tier("10.1.64.0/24", client_ports=LINUX),
    "endpoint": tier("10.1.65.0/26"),
}
THREE_TIERS = [
    {"from": "internet", "to": "public", "tcp": ["443"]},
    {"from": "public", "to": "app", "tcp": ["8443"]},
    {"from": "app", "to": "data", "tcp": ["5432"]},
    {"from": "app", "to": "endpoint", "tcp": ["443"]},
    {"from": "app", "to": "s3", "tcp": ["443"]},
]


def compiled(flows, tiers=None, denied_ports=RISKY_PORTS, vpc=(str(VPC),)):
    return NetworkAcls(tiers or TIERS, flows, vpc, {"s3": S3}, denied_ports)


def as_ec2(rules):
    """As DescribeNetworkAcls would have them, the closing denies included."""
    closing = [
        {"Egress": egress, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767, "CidrBlock": "0.0.0.0/0"}
        for egress in (False, True)
    ]
    entries = [
        {
            "Egress": rule.egress,
            "Protocol": rule.protocol,
            "RuleAction": "allow" if rule.allow else "deny",
            "RuleNumber": rule.number,
            "CidrBlock": str(rule.network),
            "PortRange": {"From": rule.ports[0], "To": rule.ports[1]},
        }
        for rule in rules
    ]
    return {"NetworkAclId": "acl-1", "Entries": entries + closing}


def entries_of(acls, tiers):
    return {name: as_ec2(acls.rules(name)) for name in tiers}


def passes(entries, tiers, packet):
    """Whether the ACLs of both ends, where they are tiers, let the packet through."""
    for name, declared in tiers.items():
        for egress, address in ((True, packet.source), (False, packet.destination)):
            is_end = any(address in network for network in declared.networks)
            if is_end and not packet_filters.network_acl(entries[name], packet, egress)[0]:
                return False
    return True


# The model: words of the module's docstring, address by address.


def belongs(address, end, tiers):
    if end in tiers:
        return any(address in network for network in tiers[end].networks)
    if end == "vpc":
        return address in VPC
    if address in VPC:
        return False
    listed = {"internet": ["0.0.0.0/0"], "s3": S3}.get(end, [end])
    return any(address in IPv4Network(cidr) for cidr in listed)


def declared(flow, packet, tiers, denied_ports):
    for wanted in flow.get(packet.protocol, ()):
        first, _dash, last = wanted.partition("-")
        request = int(first) <= packet.ports[0] <= int(last or first)
        sent = belongs(packet.source, flow["from"], tiers) and belongs(packet.destination, flow["to"], tiers)
        back = belongs(packet.source, flow["to"], tiers) and belongs(packet.destination, flow["from"], tiers)
        client_first, client_last = tiers[flow["from"]].client_ports if flow["from"] in tiers else ANY
        answer = client_first <= packet.ports[0] <= client_last
        if answer and packet.protocol == "tcp" and "internet" in (flow["from"], flow["to"]):
            answer = packet.ports[0] not in denied_ports
        if (request and sent) or (answer and back):
            return True
    return False


EDGES = sorted(
    {*RISKY_PORTS, 22, 53, 80, 443, 1023, 1024, 5431, 5433, 8443, 9000, 9100, 32767, 32768, 61000, 61001, 65535}
)
ADDRESSES = [
    "10.1.0.5",
    "10.1.1.200",
    "10.1.16.1",
    "10.1.40.9",
    "10.1.64.7",
    "10.1.65.60",
    "10.1.200.1",  # in the VPC, in no tier
    "10.9.0.1",
    "203.0.113.9",
    "52.219.75.1",
    "3.5.138.2",
    "8.8.8.8",
]
ends = st.sampled_from([*TIERS, "internet", "vpc", CORPORATE, PARTNER])
wanted_ports = st.lists(
    st.sampled_from(["443", "8443", "5432", "3389", "9000-9100", "1000-2000", "53"]), min_size=1, max_size=3
)


@st.composite
def flow_lists(draw):
    flows = []
    for _number in range(draw(st.integers(0, 6))):
        opener, server = draw(ends), draw(st.one_of(ends, st.just("s3")))
        if {opener, server} & {*TIERS, "vpc"}:
            protocols = draw(st.sampled_from([("tcp",), ("udp",), ("tcp", "udp")]))
            flows.append({"from": opener, "to": server, **{protocol: draw(wanted_ports) for protocol in protocols}})
    return flows


@given(
    flow_lists(),
    st.sampled_from(["tcp", "udp"]),
    st.one_of(st.sampled_from(EDGES), st.integers(0, 65535)),
    st.sampled_from([RISKY_PORTS, (), (443, 9050)]),
)
def test_a_packet_passes_exactly_if_a_declared_flow_allows_it(flows, protocol, port, denied_ports):
    entries = entries_of(compiled(flows, denied_ports=denied_ports), TIERS)
    subnets = [network for declared_tier in TIERS.values() for network in declared_tier.networks]
    for source, destination in product(map(IPv4Address, ADDRESSES), repeat=2):
        # Within a subnet no ACL is looked at, and what crosses no tier's border meets none.
        if [source in subnet for subnet in subnets] == [destination in subnet for subnet in subnets]:
            continue
        packet = packet_filters.Packet(source, destination, protocol, (port, port))
        expected = any(declared(flow, packet, TIERS, denied_ports) for flow in flows)
        assert passes(entries, TIERS, packet) == expected, packet


@given(flow_lists(), st.randoms())
def test_the_order_of_flows_is_of_no_account(flows, random):
    shuffled = list(flows)
    random.shuffle(shuffled)
    for name in TIERS:
        assert compiled(flows).rules(name) == compiled(shuffled).rules(name)


@given(flow_lists())
def test_numbers_ascend_and_are_valid(flows):
    for name in TIERS:
        rules = compiled(flows).rules(name)
        for egress in (False, True):
            numbers = [rule.number for rule in rules if rule.egress == egress]
            assert all(one < other for one, other in pairwise(numbers))
            assert all(1 <= number <= 32766 for number in numbers)


def shown(acls, name, egress):
    return [
        (rule.allow, str(rule.network), rule.protocol, "-".join(map(str, rule.ports)))
        for rule in acls.rules(name)
        if rule.egress == egress
    ]


def test_three_tiers():
    acls = compiled(THREE_TIERS)
    acls.check(QUOTA)
    assert sorted(shown(acls, "data", egress=False)) == [
        (True, "10.1.16.0/20", "6", "5432-5432"),
        (True, "10.1.32.0/20", "6", "5432-5432"),
    ]
    assert sorted(shown(acls, "data", egress=True)) == [
        (True, "10.1.16.0/20", "6", "32768-61000"),
        (True, "10.1.32.0/20", "6", "32768-61000"),
    ]
    # In from the internet: nothing of the VPC by that rule; the two /24 are one /23.
    assert shown(acls, "public", egress=False)[-2:] == [
        (False, "10.1.0.0/16", "-1", "0-65535"),
        (True, "0.0.0.0/0", "6", "443-443"),
    ]
    assert (True, "10.1.0.0/23", "6", "8443-8443") in shown(acls, "app", egress=False)
    # Answers to the internet: risky ports are denied before.
    out = shown(acls, "public", egress=True)
    assert {ports for allow, _network, protocol, ports in out[:-1] if not allow and protocol == "6"} == {
        f"{port}-{port}" for port in RISKY_PORTS
    }
    assert out[-1] == (True, "0.0.0.0/0", "6", "1024-65535")
    # Nothing in the closed tiers needs them.
    assert all(allow for allow, *_rest in shown(acls, "data", True) + shown(acls, "app", False))
    assert (True, "52.219.72.0/21", "6", "443-443") in shown(acls, "app", egress=True)


def test_denials_only_where_a_wider_rule_would_let_it_in():
    narrow = {**TIERS, "public": tier("10.1.0.0/24", client_ports=LINUX)}
    acls = compiled([{"from": "public", "to": "internet", "tcp": ["443"]}], narrow)
    assert [rule for rule in acls.rules("public") if not rule.allow and rule.protocol == "6"] == []
    # What is declared is not denied.
    explicit = compiled([{"from": "internet", "to": "public", "tcp": ["3389"]}])
    packet = packet_filters.Packet(IPv4Address("8.8.8.8"), IPv4Address("10.1.0.5"), "tcp", (3389, 3389))
    assert passes(entries_of(explicit, TIERS), TIERS, packet)


def test_a_new_flow_renumbers_nothing():
    before, after = compiled(THREE_TIERS), compiled([*THREE_TIERS, {"from": "data", "to": PARTNER, "tcp": ["443"]}])
    for name in TIERS:
        assert set(before.rules(name)) <= set(after.rules(name))


def test_one_rule_for_what_several_flows_say():
    flows = [{"from": "app", "to": "data", "tcp": [port]} for port in ("5432", "5433-5440", "5438")]
    assert [rule.ports for rule in compiled(flows).rules("app") if rule.egress] == [(5432, 5440)]
    flows += [{"from": "vpc", "to": "data", "tcp": ["5432-5440"]}]
    requests = [rule for rule in compiled(flows).rules("data") if not rule.egress and rule.ports == (5432, 5440)]
    assert [str(rule.network) for rule in requests] == [str(VPC)]


def test_through_a_nat_gateway():
    """app -> NAT gateway in public -> internet: the NAT's subnet must let both legs through."""
    tiers = {"public": TIERS["public"], "app": tier("10.1.16.0/20", client_ports=LINUX, nat="public")}
    acls = compiled([{"from": "app", "to": "internet", "tcp": ["443"]}], tiers)
    legs = [  # direction at public's ACL, source, destination, port
        (False, "10.1.16.9", "8.8.8.8", 443),
        (True, "10.1.0.5", "8.8.8.8", 443),
        (False, "8.8.8.8", "10.1.0.5", 40000),
        (True, "8.8.8.8", "10.1.16.9", 40000),
    ]

    def at_public(egress, source, destination, port):
        packet = packet_filters.Packet(IPv4Address(source), IPv4Address(destination), "tcp", (port, port))
        return packet_filters.network_acl(as_ec2(acls.rules("public")), packet, egress)[0]

    assert [at_public(*leg) for leg in legs] == [True] * 4
    assert not at_public(True, "10.1.0.5", "10.1.16.9", 443)
    # Nothing of it to what a gateway endpoint or the Transit Gateway leads to.
    for end in ("s3", CORPORATE):
        assert compiled([{"from": "app", "to": end, "tcp": ["443"]}], tiers).rules("public") == []


def test_what_does_not_fit_is_refused_with_what_it_costs():
    flows = [{"from": f"198.51.{block}.0/24", "to": "public", "tcp": ["443"]} for block in range(0, 50, 2)]
    with pytest.raises(Invalid) as refused:
        compiled([*THREE_TIERS, *flows]).check(QUOTA)
    text = str(refused.value)
    assert "need 36 outbound rules" in text and "'public'" in text and "takes 19" in text
    assert "most are there for flows[0] 9, flows[1] 2, flows[5] 1" in text
    assert "coarser" in text and f"up to {MOST}" in text
    # An open tier has no such rules.
    compiled([*THREE_TIERS, *flows], {**TIERS, "public": tier("10.1.0.0/24", open=True)}).check(QUOTA)
    compiled([*THREE_TIERS, *flows]).check(MOST + 10)


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ({"from": "internet", "to": "ap", "tcp": ["443"]}, "flows[0].to: 'ap' is no end of a flow"),
        ({"from": "s3", "to": "app", "tcp": ["443"]}, "opens no connections"),
        ({"from": "internet", "to": "s3", "tcp": ["443"]}, "has no end in the VPC"),
        ({"from": "app", "to": "10.1.64.0/24", "tcp": ["443"]}, "lies in the VPC"),
        ({"from": "app", "to": "10.9.0.1/24", "tcp": ["443"]}, "has host bits set"),
        ({"from": "app", "to": "data"}, "names no port"),
        ({"from": "app", "to": "data", "tcp": ["70000"]}, "flows[0].tcp[0]"),
    ],
)
def test_bad_flows_are_refused(flow, said):
    with pytest.raises(Invalid) as refused:
        compiled([flow])
    assert said in str(refused.value)


def test_a_tier_is_not_called_like_an_end():
    with pytest.raises(Invalid, match="means something else in flows"):
        compiled([], {"internet": tier("10.1.0.0/24")})


# ---- IPv6 ---------------------------------------------------------------------------------------------------------

IPV6 = Ipv6({"public": (0, 1), "app": (4, 5), "data": (8,), "endpoint": ()}, 56)
ALL_IPV6 = {"Ipv6CidrBlock": "::/0", "Protocol": "-1"}


def dual(flows):
    return NetworkAcls(TIERS, flows, (str(VPC),), {"s3": S3}, RISKY_PORTS, IPV6)


def there(number, host=5):
    """An address in the /64 of this number. Before AWS has given the block, it is at ::."""
    return IPv6Address((number << 64) + host)


def ipv6_passes(acls, name, egress, source, destination, port):
    """What the tier's ACL does with TCP to this port."""
    entries = [
        {
            "Egress": rule.egress,
            "Protocol": rule.protocol,
            "RuleAction": "allow" if rule.allow else "deny",
            "RuleNumber": rule.number,
            ("Ipv6CidrBlock" if rule.network.version == 6 else "CidrBlock"): str(rule.network),
            **({"PortRange": dict(zip(("From", "To"), rule.ports))} if rule.protocol in ("6", "17") else {}),
        }
        for rule in acls.rules(name)
    ]
    acl = {"NetworkAclId": "acl-1", "Entries": entries}
    packet = packet_filters.Packet(source, destination, "tcp", (port, port))
    return packet_filters.network_acl(acl, packet, egress)[0]


OUTSIDE = IPv6Address("2001:db8:9::1")


def test_flows_hold_for_ipv6_as_for_ipv4():
    acls = dual(THREE_TIERS)
    public, app, data = there(1), there(4), there(8)
    assert ipv6_passes(acls, "public", False, OUTSIDE, public, 443)
    assert ipv6_passes(acls, "public", True, public, OUTSIDE, 50000)
    assert not ipv6_passes(acls, "public", True, public, OUTSIDE, 5432)  # a denied port
    assert ipv6_passes(acls, "public", True, public, app, 8443) and ipv6_passes(acls, "app", False, public, app, 8443)
    assert not ipv6_passes(acls, "data", False, public, data, 5432)
    assert ipv6_passes(acls, "data", False, app, data, 5432)
    assert not ipv6_passes(acls, "data", False, OUTSIDE, data, 5432)
    # A tier without IPv6 has no rule for it, not even for what IPv6 needs.
    assert {rule.network.version for rule in acls.rules("endpoint")} == {4}


def test_ipv4_is_compiled_as_before():
    alone = compiled(THREE_TIERS)
    for name in TIERS:
        assert [rule for rule in dual(THREE_TIERS).rules(name) if rule.network.version == 4] == alone.rules(name)


def test_packet_too_big_passes_where_ipv6_does():
    """https://docs.aws.amazon.com/vpc/latest/userguide/path_mtu_discovery.html: both inbound and outbound"""
    rules = [rule for rule in dual(THREE_TIERS).rules("app") if rule.protocol == "58"]
    assert [(rule.egress, rule.allow, str(rule.network), rule.ports) for rule in rules] == [
        (False, True, "::/0", (2, 0)),
        (True, True, "::/0", (2, 0)),
    ]


def test_an_end_of_one_family_makes_rules_of_it_alone():
    flows = [{"from": cidr, "to": "app", "tcp": ["22"]} for cidr in ("2001:db8:9::/48", "203.0.113.0/24")]
    acls = dual(flows)
    assert ipv6_passes(acls, "app", False, OUTSIDE, there(4), 22)
    assert not ipv6_passes(acls, "app", False, IPv6Address("2001:db8:8::1"), there(4), 22)
    inbound = [rule for rule in acls.rules("app") if not rule.egress and rule.ports == (22, 22)]
    assert sorted(str(rule.network) for rule in inbound) == ["2001:db8:9::/48", "203.0.113.0/24"]
    with pytest.raises(Invalid, match=r"flows\[0\].from: '2001:db8:9::/48' is of IPv6, which the VPC doesn't have"):
        compiled(flows)


def test_an_outside_that_may_comprise_the_block_is_not_inside():
    """Where Amazon's block lies isn't known when the rules are made."""
    acls = dual([{"from": "app", "to": "2600::/12", "tcp": ["443"]}])
    denied = [rule for rule in acls.rules("app") if not rule.allow and rule.network.version == 6]
    assert {str(rule.network) for rule in denied} == {"::/56"}


def test_each_family_has_the_quota():
    flows = [{"from": f"2001:db8:{n:x}::/48", "to": "data", "tcp": [str(n)]} for n in range(1, 40, 2)]
    flows += [{"from": f"198.51.{n}.0/24", "to": "data", "tcp": [str(n)]} for n in range(1, 30, 2)]
    # 20, Packet Too Big, and the denial of the VPC's block, which a /48 may comprise.
    with pytest.raises(Invalid, match=r"need 22 inbound rules of IPv6 in the network ACL of tier 'data'"):
        dual(flows).check(QUOTA)
    dual([*flows[:17], *flows[-15:]]).check(QUOTA)


@given(st.lists(st.sampled_from(THREE_TIERS), unique_by=str), st.sampled_from(sorted(TIERS)))
def test_numbers_of_both_families_are_distinct_and_stay_in_their_sections(flows, name):
    acls = dual(flows)
    rules = acls.rules(name)
    assert len({(rule.egress, rule.number) for rule in rules}) == len(rules)
    allowed = [rule.number for rule in rules if rule.network.version == 6 and rule.allow]
    denied = [rule.number for rule in rules if rule.network.version == 6 and not rule.allow]
    assert not [n for n in denied if not 11000 <= n < 12000 and not 22000 <= n < 23000]
    assert not [n for n in allowed if 11000 <= n < 12000 or 22000 <= n < 23000]
