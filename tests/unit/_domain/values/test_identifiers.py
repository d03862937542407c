# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from botocore.session import get_session

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import identifiers

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer"


def target(kind):
    return lambda option, value: identifiers.target(option, value, kind)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (identifiers.principal, "arn:aws:iam::111111111111:root"),
        (identifiers.principal, "arn:aws-us-gov:iam::111111111111:role/network-operator"),
        (identifiers.principal, "arn:aws:iam::111111111111:user/a.b+c=d,e@f_g-h"),
        (identifiers.network_load_balancer, f"{BALANCER}/net/billing/0123456789abcdef"),
        (target("ip"), "10.20.0.10"),
        (target("instance"), "i-0123456789abcdef0"),
        (target("alb"), f"{BALANCER}/app/billing/0123456789abcdef"),
        (identifiers.domain, "api.example.com"),
        (identifiers.domain, "*.example.com"),
        (identifiers.domain, "_x.9.example-1.com"),
        (identifiers.hosted_zone, "Z0123456789ABCDEFGHIJ"),
        (identifiers.service_name, "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"),
        (identifiers.service_name, "com.amazonaws.vpce.us-gov-west-1.vpce-svc-0123456789abcdef0"),
        (identifiers.service_name, "cn.com.amazonaws.vpce.cn-northwest-1.vpce-svc-070f9283a2c0d1f0c"),
        (identifiers.service_name, "eu.amazonaws.vpce.eusc-de-east-1.vpce-svc-0123456789abcdef0"),
        (identifiers.principal, "appflow.amazonaws.com"),
        (identifiers.region, "eu-central-1"),
        (identifiers.region, "us-gov-west-1"),
    ],
)
def test_as_aws_writes_it(check, value):
    check("option", value)


@pytest.mark.parametrize(
    ("check", "value", "problem"),
    [
        (identifiers.principal, "*", "is no such ARN"),
        (identifiers.principal, "111111111111", "is no such ARN"),
        (identifiers.principal, "arn:aws:iam::11111111111:root", "is no such ARN"),
        (identifiers.principal, "arn:aws:iam::111111111111:role/path/name", "is no such ARN"),
        (identifiers.principal, "arn:aws:sts::111111111111:assumed-role/name/session", "is no such ARN"),
        (identifiers.network_load_balancer, f"{BALANCER}/app/billing/0123456789abcdef", "is no such ARN"),
        (identifiers.network_load_balancer, "billing", "is no such ARN"),
        (target("ip"), "i-0123456789abcdef0", "is no IPv4 address"),
        (target("ip"), "10.20.0.0/24", "is no IPv4 address"),
        (target("ip"), "fd00::1", "is no IPv4 address"),
        (target("instance"), "10.20.0.10", "is no id of a i"),
        (target("alb"), f"{BALANCER}/net/billing/0123456789abcdef", "is no such ARN"),
        (identifiers.domain, "localhost", "is no DNS name"),
        (identifiers.domain, "API.example.com", "is no DNS name"),
        (identifiers.domain, "api.example.com.", "is no DNS name"),
        (identifiers.domain, "a.*.example.com", "is no DNS name"),
        (identifiers.domain, "-a.example.com", "is no DNS name"),
        (identifiers.domain, f"{'a' * 64}.example.com", "is no DNS name"),
        (identifiers.domain, ".".join(["a" * 63] * 4) + ".a", "is no DNS name"),
        (identifiers.hosted_zone, "/hostedzone/Z0123456789ABCDEFGHIJ", "is no id of a hosted zone"),
        (identifiers.hosted_zone, "example.com", "is no id of a hosted zone"),
        (identifiers.service_name, "com.amazonaws.eu-central-1.s3", "is no endpoint service"),
        (identifiers.service_name, "vpce-svc-0123456789abcdef0", "is no endpoint service"),
        (identifiers.service_name, "com.amazonaws.vpce.cn-north-1.vpce-svc-0123456789a", "is no endpoint service"),
        (identifiers.service_name, "cn.com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789a", "is no endpoint service"),
        (identifiers.principal, "appflow.example.com", "is no such ARN"),
        (identifiers.principal, "amazonaws.com", "is no such ARN"),
        (identifiers.region, "frankfurt", "is no AWS region"),
        (identifiers.region, "eu-central-1a", "is no AWS region"),
        (identifiers.region, None, "is no AWS region"),
    ],
)
def test_what_aws_would_not_take(check, value, problem):
    with pytest.raises(Invalid, match=r"^option: ") as error:
        check("option", value)

    assert error.value.problem == problem


def test_prefixes_of_services_are_the_reversed_suffixes_of_botocores_partitions():
    partitions = get_session().get_data("partitions")["partitions"]
    for partition in partitions:
        wanted = ".".join(reversed(partition["outputs"]["dnsSuffix"].split(".")))
        regions = [region for region in partition["regions"] if not region.startswith("aws")]
        assert {identifiers.service_prefix(region) for region in regions} <= {wanted}, partition["id"]
    assert len(partitions) > len(identifiers.SERVICE_PREFIXES)


def test_a_vpc_by_id_or_by_name():
    identifiers.existing_vpc("", {"vpc_id": "vpc-0123456789abcdef0", "vpc_name": None})
    identifiers.existing_vpc("", {"vpc_id": None, "vpc_name": "blue"})
    identifiers.existing_vpc("", {"vpc_id": None, "vpc_name": None})
    with pytest.raises(Invalid, match="^load_balancer.vpc_id: 'blue' is no id of a vpc"):
        identifiers.existing_vpc("load_balancer.", {"vpc_id": "blue", "vpc_name": None})
    with pytest.raises(Invalid, match=r"^vpc_name: 'a/b' is no name"):
        identifiers.existing_vpc("", {"vpc_id": None, "vpc_name": "a/b"})
