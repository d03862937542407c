# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import profiles
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.profiles import PROFILES


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_its_sources_and_only_profiles_that_there_are(name):
    profile = PROFILES[name]
    assert profile.title and profile.sources and set(profile.includes) <= PROFILES.keys()
    for need in (*profile.required, *profile.conditional):
        assert need.confidence in ("doc", "inferred", "unverified")
    for objects in profile.buckets:
        assert objects.format(partition="aws", region="eu-central-1").startswith("arn:aws:s3:::")


def test_a_workload_needs_what_it_includes():
    needed = profiles.required(["ecs_fargate"], [])
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    assert needed == {
        "logs": ["ecs_fargate"],
        "ecr.api": ["ecr_pull"],
        "ecr.dkr": ["ecr_pull"],
        "s3": ["ecr_pull"],
    }


def test_each_service_is_needed_once_by_all_who_need_it():
    needed = profiles.required(["bottlerocket_ecs", "athena"], ["kms", "athena"])
    assert needed["s3"] == ["athena", "ec2_ssm", "ecr_pull"]
    assert needed["kms"] == ["services"] and needed["athena"] == ["athena", "services"]


def test_what_may_be_needed_leaves_out_what_is_declared():
    may = profiles.conditional(["ecs_fargate"], {"secretsmanager"})
    services = [line["service"] for line in may]
    assert "ssmmessages" in services and "secretsmanager" not in services
    assert all(line["when"] for line in may)


@pytest.mark.parametrize(
    ("service_name", "suffix"),
    [
        ("com.amazonaws.eu-central-1.ecr.api", "ecr.api"),
        ("aws.sagemaker.eu-central-1.studio", "studio"),
        ("cn.com.amazonaws.eu-central-1.sqs", "sqs"),
        ("com.amazonaws.iam", "iam"),
        ("com.amazonaws.eu-central-1.ec2messages", "ec2messages"),
    ],
)
def test_a_service_is_known_by_the_end_of_its_name(service_name, suffix):
    assert profiles.suffix_of(service_name, "eu-central-1") == suffix


def test_an_unknown_workload_is_told_the_nearest_names():
    with pytest.raises(
        Invalid, match=r"workloads\[1\]: 'ecs_fargte' is no workload profile; expected one like ecs_farg"
    ):
        profiles.check("workloads", ["glue", "ecs_fargte"])
