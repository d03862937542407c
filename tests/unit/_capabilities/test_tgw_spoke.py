# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc.existing_vpc import VpcSelector

ALPHA = {
    "account_id": "222222222222",
    "name": "alpha",
    "hub_account_id": "111111111111",
    "tiers": ["app", "data"],
    "destinations": ["10.0.0.0/16"],
}


@pytest.fixture
def spoke(declare):
    return lambda **options: declare("tgw_spoke", **{**ALPHA, **options})


def test_each_tier_gets_a_route_to_each_destination(spoke):
    routes = spoke(destinations=["0.0.0.0/0", "pl-0123456789abcdef0"]).resources["transit_gateway_route"]

    assert sorted(routes) == [
        "app/0.0.0.0/0",
        "app/pl-0123456789abcdef0",
        "data/0.0.0.0/0",
        "data/pl-0123456789abcdef0",
    ]
    assert routes["app/0.0.0.0/0"]["transit_gateway"] == Ref("transit_gateway.main")


def test_only_declared_ports_come_in_and_nothing_goes_out(spoke):
    from_hub = {"sources": ["10.0.0.0/16", "sg-0123456789abcdef0"], "tcp": ["443", "8000-8080"], "udp": ["53"]}

    group = spoke(from_hub=from_hub).resources["security_group"]["from_hub"]

    assert {(rule["protocol"], rule["from"], rule["to"], rule["peer"]) for rule in group["ingress"]} == {
        (protocol, first, last, peer)
        for protocol, first, last in (("tcp", 443, 443), ("tcp", 8000, 8080), ("udp", 53, 53))
        for peer in ("10.0.0.0/16", "sg-0123456789abcdef0")
    }
    assert group["egress"] == []


def test_without_from_hub_the_group_is_declared_away(spoke):
    assert spoke().resources["security_group"] == {}


def test_the_vpc_is_found_by_the_name_that_tiered_vpc_gave_it(spoke):
    assert spoke().inputs.vpcs["main"] == VpcSelector(owner="tiered_vpc/alpha")
    assert spoke(vpc_name="blue").inputs.vpcs["main"] == VpcSelector(owner="tiered_vpc/blue")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "alpha/beta"}, "name: 'alpha/beta' is no name"),
        ({"hub_account_id": "11111111111"}, "hub_account_id: '11111111111' is no AWS account id; expected 12 digits"),
        ({"transit_gateway_id": "hub"}, "transit_gateway_id: 'hub' is no id of a tgw"),
        ({"vpc_id": "alpha"}, "vpc_id: 'alpha' is no id of a vpc"),
        ({"vpc_name": " "}, "vpc_name: ' ' is no name"),
        ({"attachment_tier": "tgw.euc1-az1"}, "attachment_tier: 'tgw.euc1-az1' is no name of a tier"),
        ({"tiers": ["app", ""]}, "tiers[1]: '' is no name of a tier"),
        ({"tiers": []}, "tiers: [] gives no route table a route to destinations"),
        ({"destinations": ["10.0.0.1/16"]}, "destinations[0]: '10.0.0.1/16' has host bits set; expected 10.0.0.0/16"),
        ({"destinations": ["pl-hub"]}, "destinations[0]: 'pl-hub' is no id of a pl"),
        ({"destinations": ["sg-0123"]}, "destinations[0]: 'sg-0123' is not an IPv4 CIDR"),
        ({"from_hub": {"sources": []}}, "from_hub.sources: [] lets nobody in"),
        ({"from_hub": {"sources": ["hub"]}}, "from_hub.sources[0]: 'hub' is not an IPv4 CIDR"),
        ({"from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["https"]}}, "from_hub.tcp[0]: 'https' is neither a port"),
        ({"from_hub": {"sources": ["10.0.0.0/16"], "udp": ["80-53"]}}, "from_hub.udp[0]: '80-53' is neither a port"),
        ({"from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["65536"]}}, "from_hub.tcp[0]: '65536' is neither a port"),
    ],
)
def test_what_cannot_be_is_said_before_any_call(spoke, options, text):
    with pytest.raises(Invalid) as error:
        spoke(**options)

    assert text in str(error.value)
