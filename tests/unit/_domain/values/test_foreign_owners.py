# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other tools that manage a resource, by its tags."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.values.foreign_owners import (
    foreign_owner,
    is_released,
    names,
)

STACK = "arn:aws:cloudformation:eu-central-1:111111111111:stack/network/0123"


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({}, ""),
        ({"Name": "terraform"}, ""),
        ({"team": "terraform"}, ""),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
        ({"aws:cloudformation:stack-name": "network"}, "CloudFormation stack network"),
        ({"aws:cloudformation:stack-id": STACK}, f"CloudFormation stack {STACK}"),
        # addAcceleratorTags of awslabs/landing-zone-accelerator-on-aws
        ({"Accelerator": "AWSAccelerator"}, "Landing Zone Accelerator AWSAccelerator"),
        (
            {"Accel-P": "ASEA", "aws:cloudformation:stack-name": "ASEA-Network"},
            "Landing Zone Accelerator ASEA (stack ASEA-Network)",
        ),
        # Tags of aws-solutions/network-orchestration-for-aws-transit-gateway
        ({"STNOStatus-VPCAssociation": "x"}, "Network Orchestration for AWS Transit Gateway (STNO)"),
        ({"Attach-to-tgw": ""}, "Network Orchestration for AWS Transit Gateway (STNO)"),
        ({"ManagedBy": "Terraform"}, "Terraform"),
        ({"managed-by": "terraform v1.14"}, "Terraform"),
        ({"Terraform": "true"}, "Terraform"),
        ({"terraform": "False"}, ""),
        ({"terraform.io/workspace": "prod"}, "Terraform"),
        ({"created_by": "Pulumi"}, "Pulumi"),
        ({"created_by": "alice"}, ""),
    ],
)
def test_who_manages_a_resource(tags: dict[str, str], owner: str) -> None:
    assert foreign_owner(tags) == owner


def test_a_resource_is_released_by_its_id_its_stack_or_its_accelerator() -> None:
    tags = {"aws:cloudformation:stack-name": "network", "aws:cloudformation:stack-id": STACK, "Accelerator": "LZA"}
    assert names(tags) == {"network", STACK, "LZA"}
    for name in ("vpc-1", "network", STACK, "LZA"):
        assert is_released("vpc-1", tags, ["other", name])
    assert not is_released("vpc-1", tags, ["vpc-2", "net"]) and not is_released("vpc-1", {}, [])
