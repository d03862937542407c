# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An internal Network Load Balancer, by its name in the account and region."""

from __future__ import annotations

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import elbv2, in_transition, states
from ..shared.ec2 import pairs
from ..vpc.existing_vpc import subnets_by_zone, unknown_subnets

READ_AFTER = ("existing_vpc",)
INPUTS = ()
PERMISSIONS = (
    *elbv2.PERMISSIONS,
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:SetSubnets",
    # The first load balancer of an account creates AWSServiceRoleForElasticLoadBalancing.
    "iam:CreateServiceLinkedRole/elasticloadbalancing.amazonaws.com",
)
# The step that waits for one that an earlier run left provisioning; a service can use it only after that.
SETTLED = "load_balancer.main:pending"
CROSS_ZONE = "load_balancing.cross_zone.enabled"


def read(aws, declared, found):
    """Return {"main": Actual} with fields name, subnets and security_groups (ids, sorted), cross_zone, tags.

    details: state, error, dns_name
    """
    name = elbv2.name(declared.owner)
    balancers = aws.read("elbv2.describe_load_balancers", "LoadBalancers", none_if="LoadBalancerNotFound", Names=[name])
    if not balancers:
        return {}
    (balancer,) = balancers
    arn = balancer["LoadBalancerArn"]
    attributes, tags = aws.gather(
        lambda: aws.read("elbv2.describe_load_balancer_attributes", "Attributes", LoadBalancerArn=arn),
        lambda: elbv2.read_tags(aws, [arn])[arn],
    )
    state = balancer["State"]["Code"]
    return {
        "main": Actual(
            arn,
            {
                "name": name,
                "subnets": sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]),
                "security_groups": sorted(balancer.get("SecurityGroups", [])),
                "cross_zone": any(a["Key"] == CROSS_ZONE and a["Value"] == "true" for a in attributes),
                "tags": tags,
            },
            managed=tags.get(OWNER_TAG) == declared.owner,
            details={
                "state": "pending" if state == "provisioning" else state,
                "error": balancer["State"].get("Reason", ""),
                "dns_name": balancer["DNSName"],
            },
        )
    }


def plan(wanted, found, declared):
    there = found["load_balancer"]
    wanted = {name: _with_subnets(name, fields, found) for name, fields in wanted.items()}
    return in_transition.settle(KIND.name, wanted, there, _active) + reconcile(
        KIND, wanted, there, purge_tags=declared.purge_tags
    )


# LoadBalancerState, Elastic Load Balancing API.
MEANINGS = {
    "active_impaired": "it routes, but lacks what it needs to scale; this account has to look at the free addresses of"
    " its subnets",
    "failed": "AWS couldn't set it up; this account has to delete it, then run again",
}


def findings(wanted, found, declared):
    return states.findings(wanted, found["load_balancer"], ("active",), MEANINGS)


def _with_subnets(name, fields, found):
    tier = fields["tier"]
    fields = {key: value for key, value in fields.items() if key != "tier"}
    subnets = subnets_by_zone("load_balancer.tier", tier, name, found)
    return {**fields, "subnets": unknown_subnets(tier, name) if subnets is None else sorted(subnets.values())}


def _active(arn):
    return Wait(
        "elbv2.describe_load_balancers",
        {"LoadBalancerArns": [arn]},
        "LoadBalancers[].State.Code",
        until=("active",),
        pending=("provisioning", "active_impaired"),
        failed=("failed",),
    )


KIND = ResourceType(
    "load_balancer",
    create=lambda fields: Call(
        "elbv2.create_load_balancer",
        {
            "Name": fields["name"],
            "Type": "network",
            "Scheme": "internal",
            "Subnets": fields["subnets"],
            # "You can associate security groups with your Network Load Balancer when you create it", not later.
            **({"SecurityGroups": fields["security_groups"]} if fields.get("security_groups") else {}),
            "Tags": pairs(fields["tags"]),
        },
        id_path="LoadBalancers[0].LoadBalancerArn",
        outputs={"dns_name": "LoadBalancers[0].DNSName"},
        wait=_active(OWN_ID),
    ),
    changes={
        ("cross_zone",): lambda arn, before, after: [
            Call(
                "elbv2.modify_load_balancer_attributes",
                {
                    "LoadBalancerArn": arn,
                    "Attributes": [{"Key": CROSS_ZONE, "Value": str(after["cross_zone"]).lower()}],
                },
            )
        ],
        ("subnets",): lambda arn, before, after: [
            Call("elbv2.set_subnets", {"LoadBalancerArn": arn, "Subnets": after["subnets"]})
        ],
    },
    delete=lambda arn, fields: Call(
        "elbv2.delete_load_balancer",
        {"LoadBalancerArn": arn},
        wait=Wait(
            "elbv2.describe_load_balancers",
            {"LoadBalancerArns": [arn]},
            "LoadBalancers[].State.Code",
            pending=("active", "provisioning", "active_impaired", "failed"),
            gone=True,
        ),
    ),
    tag=elbv2.tag,
    untag=elbv2.untag,
    # ModifyLoadBalancerAttributes: off for Network Load Balancers.
    defaults={"cross_zone": False},
)
