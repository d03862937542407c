# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid

DELTA = {
    "account_id": "444444444444",
    "name": "delta",
    "workloads": ["ecs_fargate"],
    "sources": ["10.4.0.0/16"],
}


@pytest.fixture
def closed(declare):
    return lambda **options: declare("closed_vpc_endpoints", **{**DELTA, **options})


def test_each_needed_service_gets_an_endpoint(closed):
    declared = closed(services=["secretsmanager"])
    assert set(declared.resources["vpc_endpoint"]) == {"ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"}


def test_one_group_admits_the_sources_to_the_ports_of_all(closed):
    rules = closed(services=["backup-gateway"]).resources["security_group"]["endpoints"]["ingress"]
    assert {rule["from"] for rule in rules} == {443, 1026, 1027, 1028, 1031, 2222}
    assert {rule["peer"] for rule in rules} == {"10.4.0.0/16"}


def test_full_access_is_asked_for_by_name(closed):
    assert closed().inputs.policies == {}
    policies = closed(policy_scope="full", policies={"s3": {"Statement": []}}).inputs.policies
    assert policies["s3"] == {"Statement": []} and policies["logs"]["Statement"][0]["Resource"] == "*"


def test_private_names_are_for_each_service(closed):
    services = {"services": ["execute-api"]}
    assert closed(**services).inputs.private_dns == {"ecr.api", "ecr.dkr", "s3", "logs", "execute-api"}
    kept = closed(**services, private_dns_except=["execute-api"]).inputs.private_dns
    assert kept == {"ecr.api", "ecr.dkr", "s3", "logs"}
    assert closed(**services, private_dns=False).inputs.private_dns == set()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "a/b"}, "name: 'a/b' is no name"),
        ({"workloads": []}, "workloads: [] needs no endpoint"),
        ({"sources": []}, "sources: [] lets nobody call the endpoints"),
        ({"sources": ["10.4.0.1/16"]}, "sources[0]: '10.4.0.1/16'"),
        ({"tier": "a.b"}, "tier: 'a.b' is no name of a tier"),
        ({"tiers": ["app", "?"]}, "tiers[1]: '?' is no name of a tier"),
        ({"vpc_id": "vpc"}, "vpc_id: 'vpc' is no id"),
        ({"unsigned_buckets": ["An_Index"]}, "unsigned_buckets[0]: 'An_Index' is no name of a bucket"),
        (
            {"workloads": ["kms"], "unsigned_buckets": ["an-index"]},
            "unsigned_buckets: ['an-index'] have no endpoint; expected s3 among services",
        ),
        (
            {"private_dns_except": ["execute-api"]},
            "private_dns_except[0]: 'execute-api' is for a service that isn't",
        ),
        ({"policies": {"s4": {"Statement": []}}}, "policies.s4: is for a service that isn't declared; expected one"),
        ({"policies": {"s3": {"Allow": "*"}}}, "policies.s3: {'Allow': '*'} is no policy document"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(closed, options, text):
    with pytest.raises(Invalid) as invalid:
        closed(**options)
    assert text in str(invalid.value)
