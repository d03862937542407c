# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network Load Balancers that somebody else created and an endpoint service uses: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared import states
from . import load_balancer

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("elasticloadbalancing:DescribeLoadBalancers",)
KIND = ResourceType("referenced_load_balancer")
OPTION = "load_balancer_arns"
WORKING = ("active", "active_impaired")


def read(aws, declared, found):
    """Return {ARN: Actual}; details: type, state, vpc."""
    arns = sorted(declared.resources["referenced_load_balancer"])
    if not arns or declared.absent:
        return {}
    # Each by itself, since AWS doesn't say which of several doesn't exist.
    answers = aws.gather(
        *(
            lambda arn=arn: aws.read(
                "elbv2.describe_load_balancers", "LoadBalancers", none_if="LoadBalancerNotFound", LoadBalancerArns=[arn]
            )
            for arn in arns
        )
    )
    return {
        balancer["LoadBalancerArn"]: Actual(
            balancer["LoadBalancerArn"],
            {},
            False,
            {"type": balancer["Type"], "state": balancer["State"]["Code"], "vpc": balancer.get("VpcId")},
        )
        for balancers in answers
        for balancer in balancers
    }


def plan(wanted, found, declared):
    """Return no step; raise Conflict for load balancers that an endpoint service can't use.

    "Create a service powered by AWS PrivateLink": Network Load Balancers, active. One service is one network's, so they
    are of one VPC.
    """
    there = found["referenced_load_balancer"]
    for arn in sorted(wanted):
        if arn not in there:
            listed = " nor any of the others" if len(wanted) > 1 and not there else ""
            raise Conflict(f"{OPTION}: {arn} doesn't exist{listed}; expected Network Load Balancers of this account")
        details = there[arn].details
        if details["type"] != "network":
            raise Conflict(f"{OPTION}: {arn} is of type {details['type']}; expected a Network Load Balancer")
        if details["state"] not in WORKING:
            raise Conflict(f"{OPTION}: {arn} is {details['state']}; expected active. Run again when it is")
    vpcs = sorted({there[arn].details["vpc"] for arn in wanted})
    if len(vpcs) > 1:
        raise Conflict(f"{OPTION}: they are in {', '.join(vpcs)}; expected one VPC. Make a service for each")
    return []


def findings(wanted, found, declared):
    return states.findings(wanted, found["referenced_load_balancer"], ("active",), load_balancer.MEANINGS)
