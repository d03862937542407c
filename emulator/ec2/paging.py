# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of EC2's Describe operations: limits of MaxResults, tokens, and AWS's errors about both.

AWS's services behind EC2 say the same in different words; messages without a source below are the most frequent ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value
from emulator.lists import start_of, token_of


@dataclass(frozen=True)
class Limits:
    """Limits of MaxResults. clamps: a larger value is not refused, the page just has no more."""

    minimum: int
    maximum: int
    clamps: bool


# (minimum, maximum) where the API model has none: from the text of MaxResults on the operation's page.
_IN_THE_TEXT = {"DescribeHosts": (5, 500), "DescribeLaunchTemplateVersions": (1, 200)}
# AWS's message about MaxResults together with ids. DescribeInstances and others: the page of the operation, "You cannot
# specify this parameter and the instance IDs parameter in the same request"; the text of the first four:
# https://github.com/aws/aws-sdk-ruby/issues/3028 and its fix. VPCs: a comment on the call in cloud-barista/cb-spider.
# Internet gateways, security groups, rules: mulgadc/spinifex pins "AWS's own" messages.
_WITHOUT_IDS = {
    "DescribeImages": ("ImageIds", "The parameter imageIdsSet cannot be used with the parameter maxResults"),
    "DescribeInstances": ("InstanceIds", "The parameter instancesSet cannot be used with the parameter maxResults"),
    "DescribeSnapshots": ("SnapshotIds", "The parameter snapshotSet cannot be used with the parameter maxResults"),
    "DescribeVolumes": ("VolumeIds", "The parameter volumeSet cannot be used with the parameter maxResults"),
    "DescribeHosts": ("HostIds", "The parameter hostIdSet cannot be used with the parameter maxResults"),
    "DescribeInstanceCreditSpecifications": (
        "InstanceIds",
        "The parameter InstanceIds cannot be used with the parameter MaxResults",
    ),
    "DescribeInstanceStatus": (
        "InstanceIds",
        "The parameter instancesSet cannot be used with the parameter maxResults",
    ),
    "DescribeInternetGateways": (
        "InternetGatewayIds",
        "The parameter InternetGatewayIds cannot be used with the parameter MaxResults",
    ),
    "DescribeNetworkInterfaces": (
        "NetworkInterfaceIds",
        "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults",
    ),
    "DescribeSecurityGroupRules": (
        "SecurityGroupRuleIds",
        "The parameter 'securityGroupRuleIds' may not be used in combination with 'maxResults'.",
    ),
    "DescribeSecurityGroups": (
        "GroupIds",
        "The parameter securityGroupIdSet cannot be used with the parameter maxResults",
    ),
    "DescribeVpcs": ("VpcIds", "The parameter VpcIds cannot be used with the parameter MaxResults"),
}
# Operations that refuse a bad token with InvalidParameterValue: https://github.com/boto/boto3/issues/2673 for VPCs.
_BAD_VALUE = {
    "DescribeDhcpOptions",
    "DescribeInternetGateways",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribeRouteTables",
    "DescribeSubnets",
    "DescribeVpcPeeringConnections",
    "DescribeVpcs",
}


@cache
def limits_of(operation: str, minimum: int, maximum: int) -> Limits:
    """Return the limits of MaxResults from the API model. minimum, maximum: those of an operation without any there."""
    members = get_service_model("ec2").operation_model(operation).input_shape.members
    range_of = members["MaxResults"].metadata if "MaxResults" in members else {}
    if "max" in range_of:
        return Limits(range_of.get("min", 1), range_of["max"], False)
    if operation in _IN_THE_TEXT:
        return Limits(*_IN_THE_TEXT[operation], False)
    # "If MaxResults is given a value larger than 1,000, only 1,000 results are returned."
    return Limits(minimum, maximum, True)


def check_size(size: int, limits: Limits) -> None:
    """Raise InvalidParameterValue for a MaxResults beyond the limits.

    Too small: https://github.com/aws/aws-sdk-ruby/pull/2575; too large: DescribeRouteTables' answer to 1000, in a
    scanner's report of January 2026.
    """
    if size < limits.minimum:
        raise invalid_value(
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {limits.minimum}."
        )
    if size > limits.maximum and not limits.clamps:
        raise invalid_value(
            f"Value ( {size} ) for parameter MaxResults is invalid. "
            f"Expecting a value smaller than or equal to {limits.maximum}."
        )


def ids_beside_pages(operation: str) -> tuple[str, str] | None:
    """Return (ids parameter, AWS's message) of an operation that takes either ids or MaxResults, else None."""
    return _WITHOUT_IDS.get(operation)


def token(offset: int) -> str:
    return token_of(offset)


def offset(given: str | None, operation: str) -> int:
    """Return where the page of a token begins.

    InvalidNextToken and InvalidPaginationToken are among the codes of
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; only DescribeVpcs refuses an empty one.
    """
    if given is None or (given == "" and operation != "DescribeVpcs"):
        return 0
    start = start_of(given) if given else None
    if start is not None:
        return max(start, 0)
    if operation in _BAD_VALUE:
        raise invalid_value(f"Value ( {given} ) for parameter NextToken is invalid. The token is invalid.")
    if operation in ("DescribeSecurityGroups", "DescribeSecurityGroupRules"):
        raise EC2ClientError("InvalidPaginationToken", f"Next token '{given}' is invalid")
    raise EC2ClientError("InvalidNextToken", f"The token '{given}' is invalid")
