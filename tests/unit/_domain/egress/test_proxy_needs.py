# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proxy's VPC lacks, from what AWS describes of it."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy import needs

PREFIX = "com.amazonaws.eu-central-1"
SUBNETS = [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]


def table(name, target, *subnets, main=False, state="active"):
    default = [{"DestinationCidrBlock": "0.0.0.0/0", "State": state, **target}] if target else []
    return {
        "RouteTableId": name,
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}, *default],
        "Associations": [{"SubnetId": subnet} for subnet in subnets] + ([{"Main": True}] if main else []),
    }


def interface(service, **more):
    return {"ServiceName": f"{PREFIX}.{service}", "State": "available", "PrivateDnsEnabled": True, **more}


def gateway(*tables, **more):
    return {"ServiceName": f"{PREFIX}.s3", "State": "available", "RouteTableIds": list(tables), **more}


NAT, TGW = {"NatGatewayId": "nat-1"}, {"TransitGatewayId": "tgw-1"}
ALL = [interface(name) for name in needs.INTERFACES]


@pytest.mark.parametrize(
    ("endpoints", "tables", "lacking"),
    [
        ([], [table("a", NAT, "subnet-1", "subnet-2")], []),
        ([], [table("a", NAT, "subnet-1"), table("b", TGW, "subnet-2")], ["ecr.api", "ecr.dkr", "logs", "ssm", "s3"]),
        ([], [table("a", NAT, "subnet-1", "subnet-2", state="blackhole")], [*needs.INTERFACES, "s3"]),
        ([*ALL, gateway("a")], [table("a", TGW, "subnet-1", "subnet-2")], []),
        ([*ALL, gateway("a")], [table("a", TGW, "subnet-1"), table("b", TGW, "subnet-2")], ["s3"]),
        ([*ALL, interface("s3")], [table("a", TGW, "subnet-1", "subnet-2")], []),
        ([*ALL, interface("s3", PrivateDnsEnabled=False)], [table("a", TGW, "subnet-1", "subnet-2")], ["s3"]),
        ([*ALL[1:], interface("ecr.api", State="pending"), gateway("a")], [table("a", TGW, main=True)], ["ecr.api"]),
        ([*ALL, gateway("a", State="deleted")], [table("a", None, main=True)], ["s3"]),
    ],
)
def test_endpoints_or_a_nat_gateway_in_each_zone(endpoints, tables, lacking):
    assert needs.missing(endpoints, needs.tables_of(SUBNETS, tables), PREFIX) == lacking


def test_a_subnet_without_a_table_of_its_own_has_the_main_one():
    own, main = table("own", NAT, "subnet-1"), table("main", TGW, main=True)
    assert needs.tables_of(SUBNETS, [main, own]) == [own, main]


def test_a_default_route_counts_while_it_is_active():
    there, lost, none = table("a", TGW), table("b", TGW, state="blackhole"), table("c", None)
    assert [bool(route) for route in needs.defaults([there, lost, none])] == [True, False, False]
