# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log group of a proxy or a log archive, by its name. It stays when they are deleted: it says what happened."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import log_groups, named

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "logs:CreateLogGroup",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
)


def name(owner):
    return f"/closednet/{owner}"


def read(aws, declared, found):
    """Return {"main": Actual} with fields log_group (its name), retention_days (None: for ever), tags."""
    wanted = name(declared.owner)
    groups = aws.read("logs.describe_log_groups", "logGroups", logGroupNamePrefix=wanted)
    for group in groups:
        if group["logGroupName"] == wanted:
            # The ARN of DescribeLogGroups ends with :*, which tags don't take.
            arn = group["arn"].removesuffix(":*")
            tags = aws.call("logs.list_tags_for_resource", resourceArn=arn)["tags"]
            fields = {"log_group": wanted, "retention_days": group.get("retentionInDays"), "tags": tags}
            return {"main": Actual(arn, fields, managed=tags.get(OWNER_TAG) == declared.owner)}
    return {}


def plan(wanted, found, declared):
    return named.after_resource(reconcile(KIND, wanted, found["log_group"], purge_tags=declared.purge_tags))


def notes(wanted, found, declared):
    there = found["log_group"].get("main")
    return [f"{there.id} stays, with its log"] if declared.absent and there else []


KIND = ResourceType(
    "log_group",
    # CreateLogGroup answers nothing; the ARN is that of the account's group of this name.
    create=lambda fields: Call("logs.create_log_group", {"logGroupName": fields["log_group"], "tags": fields["tags"]}),
    changes={("retention_days",): log_groups.put_retention},
    tag=lambda id_, tags: Call("logs.tag_resource", {"resourceArn": id_, "tags": dict(tags)}),
    untag=lambda id_, tags: Call("logs.untag_resource", {"resourceArn": id_, "tagKeys": list(tags)}),
    defaults={"retention_days": None},
)
