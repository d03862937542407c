# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Target groups behind a Network Load Balancer that this module creates."""

from __future__ import annotations

from ..._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import elbv2
from ..shared.ec2 import pairs

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    *elbv2.PERMISSIONS,
    "elasticloadbalancing:CreateTargetGroup",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:ModifyTargetGroup",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields name, protocol, port, vpc, target_type, health_check, tags.

    health_check: {protocol, port, path}
    """
    # All of the region, since AWS doesn't find a name by its prefix: one call per 400.
    prefix = elbv2.name(declared.owner) + "-"
    groups = [
        group
        for group in aws.read("elbv2.describe_target_groups", "TargetGroups")
        if group["TargetGroupName"].startswith(prefix)
    ]
    tags = elbv2.read_tags(aws, [group["TargetGroupArn"] for group in groups])
    declared_names = {fields["name"]: name for name, fields in declared.resources["target_group"].items()}
    return {
        declared_names.get(
            group["TargetGroupName"], tags[group["TargetGroupArn"]].get(NAME_TAG, group["TargetGroupName"])
        ): Actual(
            group["TargetGroupArn"],
            {
                "name": group["TargetGroupName"],
                "protocol": group["Protocol"],
                "port": group["Port"],
                "vpc": group["VpcId"],
                "target_type": group["TargetType"],
                "health_check": {
                    "protocol": group["HealthCheckProtocol"],
                    "port": group["HealthCheckPort"],
                    "path": group.get("HealthCheckPath"),
                },
                "tags": tags[group["TargetGroupArn"]],
            },
            managed=tags[group["TargetGroupArn"]].get(OWNER_TAG) == declared.owner,
        )
        for group in groups
    }


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["target_group"], purge_tags=declared.purge_tags)


def _health_check(check):
    path = {"HealthCheckPath": check["path"]} if check["path"] else {}
    return {"HealthCheckProtocol": check["protocol"], "HealthCheckPort": check["port"], **path}


KIND = ResourceType(
    "target_group",
    create=lambda fields: Call(
        "elbv2.create_target_group",
        {
            "Name": fields["name"],
            "Protocol": fields["protocol"],
            "Port": fields["port"],
            "VpcId": fields["vpc"],
            "TargetType": fields["target_type"],
            **_health_check(fields["health_check"]),
            "Tags": pairs(fields["tags"]),
        },
        id_path="TargetGroups[0].TargetGroupArn",
    ),
    changes={
        ("health_check",): lambda arn, before, after: [
            Call("elbv2.modify_target_group", {"TargetGroupArn": arn, **_health_check(after["health_check"])})
        ]
    },
    delete=lambda arn, fields: Call("elbv2.delete_target_group", {"TargetGroupArn": arn}),
    tag=elbv2.tag,
    untag=elbv2.untag,
)
