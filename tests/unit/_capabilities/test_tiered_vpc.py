# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.ipv6 import Part
from ansible_collections.closednet.aws.plugins.module_utils._domain.vpc.network_acls import NetworkAcls

CLOSED = {
    "account_id": "222222222222",
    "name": "alpha",
    "cidrs": ["10.1.0.0/16"],
    "availability_zone_ids": ["euc1-az1", "euc1-az2"],
    "tiers": [{"name": "app", "prefix": 20}, {"name": "tgw", "prefix": 28}],
}
OPEN = {
    **CLOSED,
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "app", "prefix": 20, "internet": "nat"},
    ],
}
INTERNET = ("internet_gateway", "internet_gateway_attachment", "internet_route", "nat_gateway", "elastic_ip")


@pytest.fixture
def vpc(declare):
    return lambda base=CLOSED, **options: declare("tiered_vpc", **{**base, **options})


def test_a_tier_is_a_subnet_in_each_zone_and_one_route_table(vpc):
    resources = vpc().resources

    assert {name: subnet["cidr"] for name, subnet in resources["subnet"].items()} == {
        "app.euc1-az1": "10.1.0.0/20",
        "app.euc1-az2": "10.1.16.0/20",
        "tgw.euc1-az1": "10.1.64.0/28",
        "tgw.euc1-az2": "10.1.64.16/28",
    }
    assert list(resources["route_table"]) == ["app", "tgw"]
    assert resources["route_table_association"]["app.euc1-az2"] == {
        "subnet": Ref("subnet.app.euc1-az2"),
        "route_table": Ref("route_table.app"),
    }


def test_a_vpc_is_closed_unless_a_tier_says_otherwise(vpc):
    assert [kind for kind in INTERNET if vpc().resources[kind]] == []
    assert [kind for kind in INTERNET if vpc(OPEN).resources[kind]] == list(INTERNET)


def test_a_single_nat_gateway_stands_in_the_first_zone_of_the_public_tier(vpc):
    resources = vpc(OPEN).resources

    assert list(resources["nat_gateway"]) == ["euc1-az1"]
    assert resources["nat_gateway"]["euc1-az1"]["subnet"] == Ref("subnet.public.euc1-az1")
    assert resources["internet_route"]["app/0.0.0.0/0"]["target"] == Ref("nat_gateway.euc1-az1")


@pytest.mark.parametrize("nat_gateways", ["single", "per_az"])
@pytest.mark.parametrize("first", ["public", "app"])
def test_all_that_has_a_name_tag_has_the_vpcs_name_in_it(vpc, nat_gateways, first):
    tiers = sorted([*OPEN["tiers"], {"name": "data", "prefix": 24}], key=lambda tier: tier["name"] != first)
    resources = vpc(OPEN, nat_gateways=nat_gateways, tiers=tiers).resources

    tagged = [
        (kind, name, fields["tags"]["Name"])
        for kind, named in resources.items()
        for name, fields in named.items()
        if kind != "vpc" and "Name" in (fields.get("tags") or {})
    ]
    assert len(tagged) > 8
    assert [(kind, name, title) for kind, name, title in tagged if title != f"alpha-{name}"] == []


def test_with_a_nat_gateway_in_each_zone_a_zone_depends_on_no_other(vpc):
    resources = vpc(OPEN, nat_gateways="per_az").resources

    assert list(resources["route_table"]) == ["public", "app.euc1-az1", "app.euc1-az2"]
    for zone in ("euc1-az1", "euc1-az2"):
        assert resources["route_table_association"][f"app.{zone}"]["route_table"] == Ref(f"route_table.app.{zone}")
        assert resources["internet_route"][f"app.{zone}/0.0.0.0/0"]["target"] == Ref(f"nat_gateway.{zone}")
        assert resources["nat_gateway"][zone]["subnet"] == Ref(f"subnet.public.{zone}")


def test_an_adopted_vpc_gets_no_owner_and_its_subnets_do(vpc):
    declared = vpc(vpc_id="vpc-0123456789abcdef0", tags={"customer": "alpha"})

    assert declared.resources["vpc"]["main"]["tags"] == {"customer": "alpha"}
    assert declared.resources["subnet"]["app.euc1-az1"]["tags"] == {
        "Name": "alpha-app.euc1-az1",
        "customer": "alpha",
        "closednet:managed": "tiered_vpc/alpha",
        "closednet:name": "app.euc1-az1",
    }


def test_absent_needs_only_the_name(declare):
    assert declare("tiered_vpc", account_id="222222222222", name="alpha", state="absent").owner == "tiered_vpc/alpha"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": ""}, "name: '' is no name; expected 1 to 128 letters"),
        ({"name": "a" * 129}, "is no name"),
        ({"name": "alpha*"}, "name: 'alpha*' is no name"),
        ({"vpc_id": "alpha"}, "vpc_id: 'alpha' is no id of a vpc"),
        (
            {"availability_zone_ids": ["eu-central-1a"]},
            "availability_zone_ids[0]: 'eu-central-1a' is the name of an AZ",
        ),
        ({"availability_zone_ids": ["us-west-2-lax-1a"]}, "'us-west-2-lax-1a' is the name of an AZ"),
        ({"availability_zone_ids": ["eu-central-1"]}, "availability_zone_ids[0]: 'eu-central-1' is no AZ id"),
        ({"availability_zone_ids": ["euc1-az1", "euc1-az1"]}, "availability_zone_ids: 'euc1-az1' is listed twice"),
        ({"availability_zone_ids": []}, "availability_zone_ids: [] names no availability zone"),
        ({"cidrs": ["10.1.0.0/8"]}, "cidrs[0]: '10.1.0.0/8' has host bits set; expected 10.0.0.0/8"),
        ({"cidrs": ["10.1.0.0/16", "10.1.1.0/24"]}, "cidrs: '10.1.1.0/24' overlaps 10.1.0.0/16"),
        ({"tiers": [{"name": "app.blue", "prefix": 24}]}, "tiers[0].name: 'app.blue' is no name of a tier"),
        ({"tiers": [{"name": "app", "prefix": 14}]}, "tiers[0].prefix: 14 is not a prefix length of an AWS subnet"),
        ({"tiers": [{"name": "app", "prefix": 16}]}, "tiers[0].prefix: 16 does not fit"),
        ({"tiers": [{"name": "app", "prefix": 24}] * 2}, "tiers[1].name: 'app' is the name of an earlier tier"),
        (
            {"tiers": [{"name": "app", "cidrs": {"euc1-az3": "10.1.0.0/24"}}]},
            "tiers[0].cidrs: 'euc1-az3' is not in availability_zone_ids",
        ),
        ({"tiers": [{"name": "app", "prefix": 24, "internet": "nat"}]}, "tiers: ['app'] use a NAT gateway"),
        ({"az_slots": 3}, "az_slots: 3 is not a number of subnets that makes a block"),
        ({"flow_logs": {"destination": "bucket"}}, "flow_logs.destination: 'bucket' is no such ARN"),
        (
            {
                "flow_logs": {
                    "destination_type": "cloud-watch-logs",
                    "destination": "arn:aws:s3:::bucket",
                    "role_arn": "arn:aws:iam::222222222222:role/flow-logs",
                }
            },
            "flow_logs.destination: 'arn:aws:s3:::bucket' is no such ARN; expected one such as arn:aws:logs:",
        ),
    ],
)
def test_what_cannot_be_is_said_before_any_call(vpc, options, text):
    with pytest.raises(Invalid) as error:
        vpc(**options)

    assert text in str(error.value)


@pytest.mark.parametrize("zone", ["use1-az4", "usgw1-az1", "usw2-lax1-az1", "usw2-wl1-las-wlz1"])
def test_ids_of_all_sorts_of_zones_are_taken(vpc, zone):
    assert f"app.{zone}" in vpc(availability_zone_ids=[zone]).resources["subnet"]


TIERED = {
    **OPEN,
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "app", "prefix": 20, "client_ports": "linux"},
        {"name": "tgw", "prefix": 28, "network_acl": "open"},
        {"name": "spare", "prefix": 28, "network_acl": "default"},
    ],
    "flows": [
        {"from": "internet", "to": "public", "tcp": [443]},
        {"from": "public", "to": "app", "tcp": ["8443"]},
        {"from": "vpc", "to": "s3", "tcp": [443]},
    ],
}


def test_without_flows_there_are_no_network_acls(vpc):
    assert not {"network_acl", "network_acl_entry", "network_acl_association"} & set(vpc(OPEN).resources)
    # With state absent, those that are there go.
    assert vpc(OPEN, state="absent").resources["network_acl"] == {}


def test_with_flows_every_tier_has_its_network_acl_unless_it_says_otherwise(vpc):
    resources = vpc(TIERED).resources
    assert list(resources["network_acl"]) == ["public", "app", "tgw"]
    associated = {name: str(fields["network_acl"]) for name, fields in resources["network_acl_association"].items()}
    assert associated["app.euc1-az2"] == "(known after network_acl.app)"
    assert associated["spare.euc1-az1"] == "(known after default_network_acl.main)"
    assert list(resources["gateway_prefix_list"]) == ["s3"]


def test_a_tier_is_meant_by_its_subnets_or_by_its_block(vpc):
    def networks(**options):
        tiers = vpc(TIERED, **options).inputs.network_acls["flows"]["tiers"]
        return [str(network) for network in tiers["app"].networks]

    assert networks(availability_zone_ids=["euc1-az1", "euc1-az2", "euc1-az3"]) == ["10.1.64.0/19", "10.1.96.0/20"]
    assert networks(network_acl_ranges="blocks") == ["10.1.64.0/18"]


def test_security_groups_say_the_same_by_groups_and_lists(vpc):
    assert "security_group" not in vpc(TIERED).resources
    groups = vpc(TIERED, security_groups=True).resources["security_group"]

    def printable(name, direction):
        return [(rule["from"], rule["to"], str(rule["peer"])) for rule in groups[name][direction]]

    assert printable("public", "ingress") == [(443, 443, "0.0.0.0/0")]
    assert printable("public", "egress") == [
        (8443, 8443, "(known after security_group.app)"),
        (443, 443, "(known after gateway_prefix_list.s3)"),
    ]
    assert printable("app", "ingress") == [(8443, 8443, "(known after security_group.public)")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"flows": [{"from": "ap", "to": "public", "tcp": [443]}]}, "flows[0].from: 'ap' is no end of a flow"),
        ({"flows": [{"from": "app", "to": "public", "tcp": ["https"]}], "security_groups": True}, "flows[0].tcp[0]"),
        ({"network_acl_rules_quota": 41}, "network_acl_rules_quota: 41 is no quota"),
        ({"network_acl_rules_quota": 8}, "rules in the network ACL of tier 'public'"),
        ({"flows": None, "default_network_acl": "empty"}, "default_network_acl: 'empty' would cut off"),
        ({"flows": None, "security_groups": True}, "security_groups: true has nothing to make rules of"),
        ({"tiers": [{"name": "app", "prefix": 20, "client_ports": "macos"}]}, "tiers[0].client_ports: 'macos'"),
    ],
)
def test_bad_flows_are_refused(vpc, options, said):
    with pytest.raises(Invalid) as refused:
        vpc({key: value for key, value in {**TIERED, **options}.items() if value is not None})
    assert said in str(refused.value)


# ---- IPv6 ---------------------------------------------------------------------------------------------------------

AMAZON = {"source": "amazon"}
WIDE = ["10.1.0.0/16", "10.2.0.0/16"]


def test_without_ipv6_nothing_of_it_is_declared_or_read(vpc):
    declared = vpc(OPEN)
    assert not [kind for kind in declared.resources if "ipv6" in kind or "egress_only" in kind]
    assert not any("ipv6_cidr" in subnet for subnet in declared.resources["subnet"].values())
    assert not any(":" in route["destination"] for route in declared.resources["internet_route"].values())


def test_ipv6_leaves_where_ipv4_does_and_comes_in_only_by_the_internet_gateway(vpc):
    routes = vpc(OPEN, ipv6=AMAZON, nat_gateways="per_az").resources["internet_route"]
    assert {name: route["target"] for name, route in routes.items() if "::" in name} == {
        "public/::/0": Ref("internet_gateway.main"),
        "app.euc1-az1/::/0": Ref("egress_only_internet_gateway.main"),
        "app.euc1-az2/::/0": Ref("egress_only_internet_gateway.main"),
    }
    closed = vpc(ipv6=AMAZON).resources
    assert closed["internet_route"] == closed["egress_only_internet_gateway"] == {}


def test_a_tier_without_ipv6_keeps_its_place(vpc):
    tiers = [{**OPEN["tiers"][0], "ipv6": False}, OPEN["tiers"][1]]
    resources = vpc(OPEN, tiers=tiers, ipv6=AMAZON).resources
    assert resources["subnet"]["public.euc1-az1"]["ipv6_cidr"] == ""
    assert resources["subnet"]["app.euc1-az2"]["ipv6_cidr"] == Ref("vpc_ipv6_cidr.main", Part(5))
    assert "public/::/0" not in resources["internet_route"]


@pytest.mark.parametrize(("ranges", "networks"), [("subnets", ["::/63"]), ("blocks", ["::/62"])])
def test_rules_mean_a_tiers_subnets_or_all_that_is_reserved(vpc, ranges, networks):
    flows = [{"from": "app", "to": "tgw", "tcp": ["443"]}]
    inputs = vpc(ipv6=AMAZON, flows=flows, network_acl_ranges=ranges).inputs
    rules = NetworkAcls(services={}, **inputs.network_acls["flows"]).rules("tgw")
    inbound = [str(rule.network) for rule in rules if rule.network.version == 6 and rule.ports == (443, 443)]
    assert inbound == networks


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ipv6": {"source": "pool"}}, "ipv6.pool_id: is no id of an IPv6 pool"),
        (
            {"ipv6": {"source": "pool", "pool_id": "ipam-pool-0", "netmask_length": 60}, "az_slots": 16, "cidrs": WIDE},
            "ipv6: '/60' has 16 subnets of /64; 2 tiers with 16 AZ slots each need 32",
        ),
        (
            {"flows": [{"from": "2001:db8::/32", "to": "app", "tcp": ["443"]}]},
            "flows[0].from: '2001:db8::/32' is of IPv6, which the VPC doesn't have; expected ipv6, too",
        ),
    ],
)
def test_ipv6_that_cannot_be(vpc, options, text):
    with pytest.raises(Invalid) as refused:
        vpc(**options)
    assert text in str(refused.value)


def test_a_tiers_tags_are_those_of_its_subnets(vpc):
    tiers = [{**CLOSED["tiers"][0], "tags": {"kubernetes.io/role/internal-elb": 1, "team": "app"}}, CLOSED["tiers"][1]]
    resources = vpc(tiers=tiers, tags={"team": "network"}).resources
    of_app = resources["subnet"]["app.euc1-az2"]["tags"]
    assert (of_app["kubernetes.io/role/internal-elb"], of_app["team"]) == ("1", "app")
    assert resources["subnet"]["tgw.euc1-az1"]["tags"]["team"] == "network"
    assert resources["route_table"]["app"]["tags"]["team"] == "network"
    for key in ("aws:x", "closednet:managed"):
        with pytest.raises(Invalid, match=rf"tiers\[0\]\.tags\['{key}'\]: 'x' "):
            vpc(tiers=[{**CLOSED["tiers"][0], "tags": {key: "x"}}])


def by_tier(*tiers, **options):
    return {"tiers": [{"name": name, "prefix": 28, **more} for name, more in tiers], **options}


def test_tiers_have_a_route_table_for_each_zone_where_declared(vpc):
    tiers = by_tier(("tgw", {"route_tables": "per_az"}), ("data", {}), ("public", {"internet": "direct"}))
    assert list(vpc(**tiers).resources["route_table"]) == ["tgw.euc1-az1", "tgw.euc1-az2", "data", "public"]
    # With one NAT gateway, the tables of all zones lead to it.
    shared = by_tier(("public", {"internet": "gateway"}), ("app", {"internet": "nat", "route_tables": "per_az"}))
    routes = vpc(**shared).resources["internet_route"]
    assert {routes[f"app.euc1-az{zone}/0.0.0.0/0"]["target"] for zone in "12"} == {Ref("nat_gateway.euc1-az1")}


def test_a_direct_tier_is_led_to_the_internet_gateway_and_holds_nat_gateways(vpc):
    declared = vpc(**by_tier(("public", {"internet": "direct"}), ("app", {"internet": "nat"}))).resources
    assert declared["internet_route"]["public/0.0.0.0/0"]["target"] == Ref("internet_gateway.main")
    assert declared["nat_gateway"]["euc1-az1"]["subnet"] == Ref("subnet.public.euc1-az1")


HANDED = {"transit_gateway_tiers": ["app", "public"], "transit_gateway_destinations": ["0.0.0.0/0"]}


def test_a_tier_that_leaves_by_the_hub_keeps_the_tables_that_it_had_by_zone(vpc):
    tiers = by_tier(("public", {"internet": "direct"}), ("app", {}), nat_gateways="per_az", **HANDED)
    declared = vpc(**tiers)
    assert list(declared.resources["route_table"]) == ["public", "app.euc1-az1", "app.euc1-az2"]
    # A direct tier isn't handed over.
    assert declared.inputs.handed_over == {"app": ["0.0.0.0/0"]}
    assert "app.euc1-az1/0.0.0.0/0" not in declared.resources["internet_route"]


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (by_tier(("public", {"internet": "gateway"}), **HANDED), "tiers[0].internet"),
        (
            by_tier(
                ("public", {"internet": "direct"}),
                ("app", {"internet": "nat", "route_tables": "single"}),
                nat_gateways="per_az",
            ),
            "tiers[1].route_tables",
        ),
        ({"transit_gateway_destinations": ["10.0.0.0/8"]}, "transit_gateway_destinations[0]"),
        ({"transit_gateway_tiers": ["app.one"]}, "transit_gateway_tiers[0]"),
    ],
)
def test_default_routes_that_lead_to_two_places_are_refused(vpc, options, option):
    with pytest.raises(Invalid) as caught:
        vpc(**options)
    assert caught.value.option == option
