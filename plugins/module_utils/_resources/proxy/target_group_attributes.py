# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes of a proxy's target groups: the PROXY header, and how connections drain. They go with their group."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("target_group",)
INPUTS = ()
PERMISSIONS = (
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
)


# Attributes of a new group (ModifyTargetGroupAttributes).
NEW = {
    "deregistration_delay.connection_termination.enabled": "false",
    "deregistration_delay.timeout_seconds": "300",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
}


def read(aws, declared, found):
    """Return {target group: Actual} of the declared groups that exist, with fields target_group and attributes.

    attributes: those that are declared for it, as text. A group with those of a new one has none yet.
    """
    wanted = declared.resources["target_group_attributes"]
    groups = {name: group for name, group in found["target_group"].items() if name in wanted and group.managed}
    reads = [
        lambda arn=group.id: aws.read("elbv2.describe_target_group_attributes", "Attributes", TargetGroupArn=arn)
        for group in groups.values()
    ]
    return {
        name: Actual(None, {"target_group": group.id, "attributes": attributes})
        for (name, group), listed in zip(groups.items(), aws.gather(*reads))
        if (attributes := {one["Key"]: one["Value"] for one in listed if one["Key"] in wanted[name]["attributes"]})
        and any(NEW.get(key, value) != value for key, value in attributes.items())
    }


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["target_group_attributes"])


def _modify(fields):
    attributes = [{"Key": key, "Value": value} for key, value in fields["attributes"].items()]
    return Call(
        "elbv2.modify_target_group_attributes", {"TargetGroupArn": fields["target_group"], "Attributes": attributes}
    )


KIND = ResourceType(
    "target_group_attributes",
    create=_modify,
    changes={("attributes",): lambda arn, before, after: [_modify(after)]},
)
