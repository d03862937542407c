# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Lambda function that checks the endpoints, in the subnets of the front's tier."""

from __future__ import annotations

from ..endpoints import common
from ..iam import lambda_function

READ_AFTER = (*lambda_function.READ_AFTER, "existing_vpc")
INPUTS = (*lambda_function.INPUTS, "tier")
# Lambda looks at the VPC in the name of who creates the function ("Required IAM permissions", configuration-vpc).
PERMISSIONS = (
    *lambda_function.PERMISSIONS,
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
KIND = lambda_function.KIND
read = lambda_function.read
findings = lambda_function.findings


def plan(wanted, found, declared):
    subnets = common.subnets(declared.inputs.tier, found, "Lambda is", None) if wanted else []
    complete = {
        name: {key: value for key, value in fields.items() if key != "groups"}
        | {"vpc": {"subnets": subnets, "groups": fields["groups"]}}
        for name, fields in wanted.items()
    }
    return lambda_function.plan(complete, found, declared)
