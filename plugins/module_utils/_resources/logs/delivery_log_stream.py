# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log streams to which Firehose writes what it can't deliver: it creates none itself where an API creates its stream.

"Monitor Amazon Data Firehose using CloudWatch Logs". They stay with their log group.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams")
NO_GROUP = "ResourceNotFoundException"


def read(aws, declared, found):
    """Return {table: Actual} of the declared streams that exist, with fields log_group and log_stream."""
    wanted = declared.resources["delivery_log_stream"]
    groups = {fields["log_group"] for fields in wanted.values()}
    there = {
        (group, stream["logStreamName"])
        for group in groups
        for stream in aws.read(
            "logs.describe_log_streams", "logStreams", NO_GROUP, logGroupName=group, logStreamNamePrefix="firehose/"
        )
    }
    return {
        name: Actual(fields["log_stream"], dict(fields))
        for name, fields in wanted.items()
        if (fields["log_group"], fields["log_stream"]) in there
    }


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["delivery_log_stream"])


KIND = ResourceType(
    "delivery_log_stream",
    create=lambda fields: Call(
        "logs.create_log_stream", {"logGroupName": fields["log_group"], "logStreamName": fields["log_stream"]}
    ),
    depends_on=("log_group",),
)
