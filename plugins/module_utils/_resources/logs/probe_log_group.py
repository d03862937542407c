# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log group of a source into which log_probe writes. Its tag also says whose the source's account policy is."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import log_groups, named

READ_AFTER = ("source_log_group",)
INPUTS = ("probe",)
PERMISSIONS = (
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
)


def read(aws, declared, found):
    """Return {"main": Actual} with fields log_group (its name), retention_days, tags; the id is its ARN."""
    group = found["source_log_group"].get(declared.inputs.probe)
    if not group:
        return {}
    arn = group.details["arn"]
    tags = aws.call("logs.list_tags_for_resource", resourceArn=arn)["tags"]
    return {"main": Actual(arn, {**group.fields, "tags": tags}, tags.get(OWNER_TAG) == declared.owner)}


def plan(wanted, found, declared):
    return named.after_resource(reconcile(KIND, wanted, found[KIND.name], purge_tags=declared.purge_tags))


KIND = ResourceType(
    "probe_log_group",
    # CreateLogGroup answers nothing; the ARN is that of the account's group of this name.
    create=lambda fields: Call("logs.create_log_group", {"logGroupName": fields["log_group"], "tags": fields["tags"]}),
    changes={("retention_days",): log_groups.put_retention},
    delete=lambda id_, fields: Call("logs.delete_log_group", {"logGroupName": fields["log_group"]}),
    tag=lambda id_, tags: Call("logs.tag_resource", {"resourceArn": id_, "tags": dict(tags)}),
    untag=lambda id_, tags: Call("logs.untag_resource", {"resourceArn": id_, "tagKeys": list(tags)}),
    defaults={"retention_days": None},
)
