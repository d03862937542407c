# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listeners of a Network Load Balancer that this module creates: exactly the declared ones, by port."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("load_balancer",)
INPUTS = ()
PERMISSIONS = (
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:ModifyListener",
)


def read(aws, declared, found):
    """Return {port: Actual} with fields load_balancer, port, protocol, target_group."""
    balancer = found["load_balancer"].get("main")
    if not balancer or not balancer.managed:
        return {}
    return {
        str(listener["Port"]): Actual(
            listener["ListenerArn"],
            {
                "load_balancer": balancer.id,
                "port": listener["Port"],
                "protocol": listener["Protocol"],
                "target_group": listener["DefaultActions"][0].get("TargetGroupArn"),
            },
        )
        for listener in aws.read("elbv2.describe_listeners", "Listeners", LoadBalancerArn=balancer.id)
    }


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["listener"])


def _forward(fields):
    return {
        "Protocol": fields["protocol"],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": fields["target_group"]}],
    }


KIND = ResourceType(
    "listener",
    create=lambda fields: Call(
        "elbv2.create_listener",
        {"LoadBalancerArn": fields["load_balancer"], "Port": fields["port"], **_forward(fields)},
        id_path="Listeners[0].ListenerArn",
    ),
    changes={
        ("protocol", "target_group"): lambda arn, before, after: [
            Call("elbv2.modify_listener", {"ListenerArn": arn, **_forward(after)})
        ]
    },
    delete=lambda arn, fields: Call("elbv2.delete_listener", {"ListenerArn": arn}),
)
