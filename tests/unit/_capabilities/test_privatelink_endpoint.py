# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref
from ansible_collections.closednet.aws.plugins.module_utils._resources.vpc.existing_vpc import VpcSelector

BILLING = {
    "account_id": "666666666666",
    "name": "billing",
    "service_name": "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0",
    "sources": ["10.20.0.0/16"],
    "tcp": ["443"],
}


@pytest.fixture
def endpoint(declare):
    return lambda **options: declare("privatelink_endpoint", **{**BILLING, **options})


def test_only_declared_sources_and_ports_may_call_the_service(endpoint):
    declared = endpoint(sources=["10.20.0.0/16", "sg-0123456789abcdef0"], tcp=["443", "8000-8080"])

    group = declared.resources["security_group"]["endpoint"]
    assert {(rule["protocol"], rule["from"], rule["to"], rule["peer"]) for rule in group["ingress"]} == {
        ("tcp", first, last, peer)
        for first, last in ((443, 443), (8000, 8080))
        for peer in ("10.20.0.0/16", "sg-0123456789abcdef0")
    }
    assert group["egress"] == []
    assert declared.resources["vpc_endpoint"]["main"]["groups"] == [Ref("security_group.endpoint")]


def test_a_private_name_has_a_zone_and_an_alias(endpoint):
    resources = endpoint(dns_name="billing.example.internal").resources

    assert set(resources["private_zone"]) == set(resources["alias_record"]) == {"billing.example.internal"}
    assert endpoint().resources["private_zone"] == endpoint().resources["alias_record"] == {}


def test_the_vpc_is_found_by_the_name_that_tiered_vpc_gave_it(endpoint):
    assert endpoint().inputs.vpcs["main"] == VpcSelector(owner="tiered_vpc/billing")
    assert endpoint(vpc_name="blue").inputs.vpcs["main"] == VpcSelector(owner="tiered_vpc/blue")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "billing/api"}, "name: 'billing/api' is no name"),
        ({"service_name": "com.amazonaws.eu-central-1.s3"}, "service_name: 'com.amazonaws.eu-central-1.s3' is no endp"),
        ({"service_region": "frankfurt"}, "service_region: 'frankfurt' is no AWS region"),
        (
            {"service_region": "eu-west-1"},
            "service_region: 'eu-west-1' isn't the region of com.amazonaws.vpce.eu-central-1.vpce-svc-",
        ),
        ({"vpc_id": "blue"}, "vpc_id: 'blue' is no id of a vpc"),
        ({"vpc_name": "a/b"}, "vpc_name: 'a/b' is no name"),
        ({"tier": "app.euc1-az1"}, "tier: 'app.euc1-az1' is no name of a tier"),
        ({"sources": []}, "sources: [] lets nobody call the service; expected at least one"),
        ({"sources": ["10.20.0.1/16"]}, "sources[0]: '10.20.0.1/16' has host bits set; expected 10.20.0.0/16"),
        ({"sources": ["everybody"]}, "sources[0]: 'everybody' is not an IPv4 CIDR"),
        ({"tcp": []}, "tcp: [] lets nobody call the service; expected at least one"),
        ({"tcp": ["https"]}, "tcp[0]: 'https' is neither a port"),
        ({"dns_name": "billing"}, "dns_name: 'billing' is no DNS name"),
    ],
)
def test_what_cannot_be_is_said_before_any_call(endpoint, options, text):
    with pytest.raises(Invalid) as error:
        endpoint(**options)

    assert text in str(error.value)


def test_absent_needs_only_the_name(declare):
    declared = declare("privatelink_endpoint", account_id="666666666666", name="billing", state="absent")
    assert declared.owner == "privatelink_endpoint/billing"
