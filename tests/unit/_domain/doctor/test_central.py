# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The doctor on endpoints of the hub that a Profile offers: what it says of routes, attachments, zones and states."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import answers, central
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.diagnose import diagnose
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts
from ansible_collections.closednet.aws.tests.unit._domain.doctor.test_diagnose import open_acl, remove, route, to_hub

SERVICE, HUB = "logs", "vpce-hub"
ADDRESSES = {"euc1-az1": ["10.9.0.5"], "euc1-az2": ["10.9.1.5"]}
FAR_UNKNOWN = ("centralised_endpoints", "unknown")


def facts(destination="10.9.0.0/16", attached=("subnet-e1", "subnet-e2"), **endpoint):
    """Facts of a VPC without an endpoint for logs, which the hub has, and a path to it."""
    found = doctor_facts.healthy()
    remove(found, SERVICE)
    if destination:
        to_hub(found, destination, attached)
    for acl in ("acl-app", "acl-e1", "acl-e2"):
        open_acl(found, acl)
    arn = f"arn:aws:ec2:eu-central-1:999999999999:vpc-endpoint/{HUB}"
    found["ProfileResourceAssociations"] = [{"ProfileId": "rp-1", "ResourceArn": arn, "Status": "COMPLETE"}]
    group = next(one for one in found["SecurityGroups"] if one["GroupId"] == "sg-app")
    group["IpPermissionsEgress"].append(doctor_facts.permission(IpRanges=[{"CidrIp": "10.9.0.0/16"}]))
    of_hub = {"id": HUB, "state": "available", "addresses": ADDRESSES, **endpoint}
    found["Central"] = {"profile_id": "rp-1", "endpoints": {SERVICE: of_hub}, "sources": ["10.4.0.0/16"]}
    return found


def found(facts_):
    return {(one.id, one.status) for one in diagnose(facts_, doctor_facts.target())}


def test_all_but_the_far_side_is_known():
    assert found(facts()) == {FAR_UNKNOWN}
    told = answers.by_service(facts(), [SERVICE])[SERVICE]
    assert (told["by"], told["id"], told["addresses"]) == ("profile_endpoint", HUB, ["10.9.0.5", "10.9.1.5"])


def test_no_route():
    assert ("central_endpoint_route", "cause") in found(facts(destination=None))


def test_a_route_to_one_zone_only():
    (cause, *_rest) = diagnose(facts(destination="10.9.0.0/24"), doctor_facts.target())
    assert (cause.id, cause.status) == ("central_endpoint_route", "cause") and "10.9.1.5" in cause.message


def test_a_more_specific_route_elsewhere():
    case = facts()
    route(case, "10.9.1.0/24", NatGatewayId="nat-1")
    assert ("central_endpoint_route", "unknown") in found(case)
    case = facts()
    route(case, "10.9.1.0/24", GatewayId="igw-1")
    assert ("central_endpoint_route", "cause") in found(case)


def test_a_zone_without_an_attachment():
    assert ("central_endpoint_route", "cause") in found(facts(attached=["subnet-e1"]))
    case = facts()
    case["TransitGatewayVpcAttachments"][0]["State"] = "deleting"
    assert ("central_endpoint_route", "cause") in found(case)


def test_filters_of_the_workload():
    case = facts()
    group = next(one for one in case["SecurityGroups"] if one["GroupId"] == "sg-app")
    group["IpPermissionsEgress"].pop()
    assert ("workload_sg_egress", "cause") in found(case)


def test_sources_of_the_hub():
    case = facts()
    case["Central"]["sources"] = ["10.4.0.0/24"]
    assert ("endpoint_sg_ingress", "cause") in found(case)
    case["Central"]["sources"] = ["10.4.0.0/24", "pl-0123456789abcdef0"]
    assert ("endpoint_sg_ingress", "unknown") in found(case)
    case["Central"]["sources"] = ["10.4.0.0/24", "10.4.1.0/24"]
    assert found(case) == {FAR_UNKNOWN}


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ({"state": "pending"}, ("endpoint_not_available", "cause")),
        ({"addresses": {}}, ("endpoint_not_available", "cause")),
        ({"addresses": {}, "state": None}, ("endpoint_not_available", "unknown")),
        ({"addresses": {"euc1-az1": ["10.9.0.5"]}}, ("endpoint_az_coverage", "note")),
    ],
)
def test_of_the_endpoint(endpoint, expected):
    assert expected in found(facts(**endpoint))


def test_answers_of_other_servers_are_unknown():
    case = facts()
    case["DhcpOptions"][0]["DhcpConfigurations"][0]["Values"] = [{"Value": "10.4.0.10"}]
    assert answers.by_service(case, [SERVICE])[SERVICE]["by"] == "unknown"
    case = facts()
    del case["VpcAttributes"]
    assert answers.by_service(case, [SERVICE])[SERVICE]["by"] == "unknown"


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"profile_id": "central", "endpoints": {}}, "central.profile_id"),
        ({"profile_id": "rp-1", "endpoints": {"kms": "vpce-1"}}, "central.endpoints.kms"),
        ({"profile_id": "rp-1", "endpoints": {"kms": {"addresses": ["10.9.0"]}}}, "central.endpoints.kms.addresses"),
    ],
)
def test_bad_input(given, option):
    with pytest.raises(Invalid) as refused:
        central.check("central", given)
    assert refused.value.option == option
