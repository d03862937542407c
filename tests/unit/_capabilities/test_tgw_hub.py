# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref

OWN = {"name": "shared", "segment": "shared", "cidrs": ["10.0.0.0/16"]}
ALPHA = {"name": "alpha", "account_id": "222222222222", "segment": "customers", "cidrs": ["10.1.0.0/16"]}
BETA = {"name": "beta", "account_id": "333333333333", "segment": "customers", "cidrs": ["10.2.0.0/16"]}
HUB = {
    "account_id": "111111111111",
    "name": "hub",
    "segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
    "vpc_attachments": [OWN],
    "attachments": [ALPHA, BETA],
}
UNIT = "arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-abcdefgh"
VPC = "vpc-0123456789abcdef0"
OFFICE = {
    "name": "office",
    "attachment_id": "tgw-attach-0123456789abcdef0",
    "resource_type": "vpn",
    "segment": "shared",
    "cidrs": ["192.168.0.0/16"],
}


def static(destination, attachment=None, **more):
    """The hub's segments with a static route of the customers'."""
    route = {"destination": destination, **({"attachment": attachment} if attachment else {}), **more}
    return {"segments": {**HUB["segments"], "customers": {**HUB["segments"]["customers"], "static_routes": [route]}}}


@pytest.fixture
def hub(declare):
    return lambda **options: declare("tgw_hub", **{**HUB, **options})


def test_nobody_joins_by_default(hub):
    gateway = hub().resources["transit_gateway"]["main"]

    assert not any(gateway[switch] for switch in ("auto_accept", "default_association", "default_propagation"))


def test_customers_and_shared_services_reach_each_other_and_customers_do_not(hub):
    resources = hub().resources

    assert resources["transit_gateway_association"]["alpha"] == {
        "attachment": Ref("spoke_attachment.alpha"),
        "table": Ref("transit_gateway_route_table.customers"),
    }
    assert sorted(resources["transit_gateway_propagation"]) == [
        "customers/shared",
        "shared/alpha",
        "shared/beta",
        "shared/shared",
    ]
    assert resources["transit_gateway_propagation"]["customers/shared"]["attachment"] == Ref(
        "transit_gateway_attachment.shared"
    )


def test_blackholes_are_the_isolated_members_own_ranges(hub):
    assert hub().resources["transit_gateway_static_route"] == {}
    assert sorted(hub(blackholes=True).resources["transit_gateway_static_route"]) == [
        "customers/10.1.0.0/16",
        "customers/10.2.0.0/16",
    ]


def test_the_gateway_is_shared_with_exactly_those_named(hub):
    assert hub().resources["resource_share"] == {}
    declared = hub(share_with={"organization": True, "organizational_units": [UNIT], "accounts": ["444444444444"]})
    entities = [(a["type"], a["entity"]) for a in declared.resources["resource_share_association"].values()]
    assert entities == [
        ("RESOURCE", Ref("transit_gateway.main")),
        ("PRINCIPAL", UNIT),
        ("PRINCIPAL", "444444444444"),
        ("PRINCIPAL", Ref("organization.main")),
    ]


def test_absent_needs_only_the_name(declare):
    declared = declare("tgw_hub", account_id="111111111111", name="hub", state="absent")

    assert declared.owner == "tgw_hub/hub"
    assert declared.resources["transit_gateway_route_table"] == {}


def with_two_vpcs(*vpc_ids):
    return {"attachments": [{**ALPHA, "vpc_id": id_, "name": f"alpha-{n}"} for n, id_ in enumerate(vpc_ids)]}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "hub:1"}, "name: 'hub:1' is no name"),
        ({"amazon_side_asn": 64511}, "amazon_side_asn: 64511 is no private ASN; expected 64512 to 65534 or"),
        ({"amazon_side_asn": 65535}, "amazon_side_asn: 65535 is no private ASN"),
        ({"amazon_side_asn": 4294967295}, "amazon_side_asn: 4294967295 is no private ASN"),
        ({"cidr_blocks": ["10.99.0.0/25"]}, "cidr_blocks[0]: '10.99.0.0/25' is too small for a Transit Gateway"),
        ({"cidr_blocks": ["10.99.0.0"]}, "cidr_blocks[0]: '10.99.0.0' is not an IPv4 CIDR"),
        ({"segments": {}}, "segments: {} declares no segment"),
        ({"segments": {"a b": {}}}, "segments: 'a b' is not a segment name"),
        (
            {"segments": {"shared": {"reaches": ["customers"]}}},
            "segments.shared.reaches[0]: 'customers' is not a",
        ),
        ({"segments": {"shared": {}}}, "alpha.segment: 'customers' is not a declared segment; expected one of shared"),
        ({"share_with": {}}, "share_with: names nobody; expected organization: true"),
        ({"share_with": {"outside_organization": True}}, "share_with: names nobody"),
        ({"share_with": {"accounts": ["1"]}}, "share_with.accounts[0]: '1' is no AWS account id"),
        (
            {"share_with": {"organizational_units": ["/customers"]}},
            "share_with.organizational_units[0]: '/customers' is no such ARN; expected one such as arn:aws:org",
        ),
        (
            {"vpc_attachments": [OWN, OWN]},
            "vpc_attachments[1] (shared).name: 'shared' is the name of an earlier attachment",
        ),
        (
            {"vpc_attachments": [OWN, {**OWN, "name": "again", "vpc_name": "shared"}]},
            "vpc_attachments[1] (again): 'shared' is the VPC of an earlier attachment",
        ),
        (
            {"vpc_attachments": [{**OWN, "destinations": ["10.0.0.0/8"]}]},
            "vpc_attachments[0] (shared).tiers: [] gives no route table",
        ),
        (
            {"vpc_attachments": [{**OWN, "tiers": ["app"], "destinations": ["10.0.0.0"]}]},
            "vpc_attachments[0] (shared).destinations[0]: '10.0.0.0' is not an IPv4 CIDR",
        ),
        ({"attachments": [ALPHA, ALPHA]}, "attachments[1] (alpha).name: 'alpha' is the name of an earlier attachment"),
        (
            {"attachments": [{**ALPHA, "name": "shared"}]},
            "attachments[0] (shared).name: 'shared' is the name of an earlier",
        ),
        (
            {"attachments": [{**ALPHA, "account_id": "22222222222"}]},
            "attachments[0] (alpha).account_id: '22222222222' is no AWS",
        ),
        (
            {"attachments": [{**ALPHA, "account_id": 22222222222}]},
            "attachments[0] (alpha).account_id: '22222222222' is no AWS",
        ),
        ({"attachments": [{**ALPHA, "vpc_id": "alpha"}]}, "attachments[0] (alpha).vpc_id: 'alpha' is no id of a vpc"),
        ({"attachments": [{**ALPHA, "cidrs": []}]}, "alpha.vpc_cidrs: are missing"),
        (with_two_vpcs(VPC, VPC), f"attachments[1] (alpha-1).vpc_id: '{VPC}' is the VPC of an earlier attachment"),
        (
            {"attachments": [ALPHA, {**BETA, "cidrs": ["10.1.128.0/17"]}]},
            "of account 333333333333 overlaps 10.1.0.0/16 of alpha (account 222222222222): "
            "they meet in TGW route table 'shared'",
        ),
        (
            {
                "attachments": [
                    {**ALPHA, "vpc_id": VPC},
                    {**BETA, "account_id": ALPHA["account_id"], "vpc_id": f"{VPC}1", "segment": "shared"},
                ]
            },
            "beta.segment: 'shared' puts account 222222222222 into a second segment",
        ),
        (
            {"attachments": [{**ALPHA, "actual_cidrs": ["10.1.0.0"], "vpc_id": VPC}, {**BETA, "actual_cidrs": ["x"]}]},
            "attachments[1] (beta).actual_cidrs[0]: 'x' is no CIDR",
        ),
        (
            {"other_attachments": [{**OFFICE, "name": "alpha"}]},
            "other_attachments[0] (alpha).name: 'alpha' is the name of an earlier attachment",
        ),
        (
            {"other_attachments": [{**OFFICE, "attachment_id": "vpn-1"}]},
            "other_attachments[0] (office).attachment_id: 'vpn-1' is no id of a tgw-attach",
        ),
        (
            {"other_attachments": [OFFICE, {**OFFICE, "name": "again"}]},
            f"other_attachments[1] (again).attachment_id: '{OFFICE['attachment_id']}' is that of an earlier",
        ),
        ({"other_attachments": [{**OFFICE, "cidrs": ["10.1.4.0/24"]}]}, "office.vpc_cidrs: '10.1.4.0/24' of account"),
        (
            {"vpc_attachments": [{**OWN, "other_targets": ["everywhere"]}]},
            "vpc_attachments[0] (shared).other_targets[0]: 'everywhere' is nothing to route to",
        ),
        (static("0.0.0.0/0", "office"), "segments.customers.static_routes[0].attachment: 'office' is no declared"),
        (
            static("10.9.0.0/16", "alpha"),
            "static_routes[0].attachment: 'alpha' is in segment 'customers', which 'customers' doesn't reach",
        ),
        (
            static("10.2.128.0/17", "shared"),
            "static_routes[0].destination: '10.2.128.0/17' is in the range of beta, and leads to shared",
        ),
        (static("10.9.0.0", "shared"), "static_routes[0].destination: '10.9.0.0' is not an IPv4 CIDR"),
        (static("10.9.0.0/16"), "static_routes[0]: {'destination': '10.9.0.0/16'} is no static route"),
        (static("10.9.0.0/16", "shared", blackhole=True), "leads nowhere, or to two"),
        (static("10.9.0.0/16", "shared", to="x"), "is no static route"),
        ({"flow_logs": {"destination": "arn:aws:logs:eu-central-1:111111111111:log-group:a"}}, "flow_logs.destination"),
    ],
)
def test_what_cannot_be_is_said_before_any_call(hub, options, text):
    with pytest.raises(Invalid) as error:
        hub(**options)

    assert text in str(error.value)


def test_an_account_can_have_two_attachments_in_one_segment(hub):
    first, second = VPC, "vpc-0fedcba9876543210"
    attachments = [
        {**ALPHA, "name": "alpha", "vpc_id": first},
        {**ALPHA, "name": "alpha-2", "vpc_id": second, "cidrs": ["10.9.0.0/16"]},
    ]

    assert sorted(hub(attachments=attachments).resources["transit_gateway_association"]) == [
        "alpha",
        "alpha-2",
        "shared",
    ]


def test_a_vpn_is_a_member_of_its_segment_and_of_the_tables_that_reach_it(hub):
    resources = hub(other_attachments=[OFFICE]).resources

    assert resources["transit_gateway_association"]["office"]["attachment"] == Ref("other_attachment.office")
    assert {"customers/office", "shared/office"} <= resources["transit_gateway_propagation"].keys()
    assert resources["transit_gateway_static_route"] == {}


def test_a_peering_is_routed_by_static_routes_only(hub):
    resources = hub(other_attachments=[{**OFFICE, "resource_type": "peering"}]).resources

    assert not any(key.endswith("/office") for key in resources["transit_gateway_propagation"])
    routes = resources["transit_gateway_static_route"]
    assert sorted(routes) == ["customers/192.168.0.0/16", "shared/192.168.0.0/16"]
    assert routes["customers/192.168.0.0/16"]["attachment"] == Ref("other_attachment.office")


def test_what_a_static_route_holds_of_those_who_are_not_reached_is_dropped(hub):
    """What it leads to, a firewall or a gateway, could pass it on to them."""
    resources = hub(**static("0.0.0.0/0", "shared")).resources

    assert {key: route["attachment"] for key, route in resources["transit_gateway_static_route"].items()} == {
        "customers/0.0.0.0/0": Ref("transit_gateway_attachment.shared"),
        "customers/10.1.0.0/16": "blackhole",
        "customers/10.2.0.0/16": "blackhole",
    }


def test_a_static_route_to_a_prefix_list_is_a_reference(hub):
    resources = hub(**static("pl-0123456789abcdef0", "shared")).resources

    assert resources["transit_gateway_prefix_list_reference"] == {
        "customers/pl-0123456789abcdef0": {
            "table": Ref("transit_gateway_route_table.customers"),
            "prefix_list": "pl-0123456789abcdef0",
            "attachment": Ref("transit_gateway_attachment.shared"),
        }
    }
    # What the list holds isn't known here.
    assert sorted(resources["transit_gateway_static_route"]) == ["customers/10.1.0.0/16", "customers/10.2.0.0/16"]


def test_a_vpn_may_have_more_behind_it_than_a_vpc_can_have(hub):
    """The longest prefix wins; those who aren't reached are kept off what is behind it."""
    resources = hub(other_attachments=[{**OFFICE, "cidrs": ["10.0.0.0/8"]}]).resources

    assert sorted(resources["transit_gateway_static_route"]) == ["customers/10.1.0.0/16", "customers/10.2.0.0/16"]
