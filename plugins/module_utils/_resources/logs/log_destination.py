# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logical destinations of CloudWatch Logs, by which other accounts subscribe to an archive's streams.

One that has the archive's own role is the archive's: nobody else passes that role.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..iam.authorization_details import placed
from ..shared import named
from . import documents

READ_AFTER = ("service_role",)
INPUTS = ("destination_prefix",)
PERMISSIONS = (
    "iam:PassRole/logs.amazonaws.com",
    "logs:DeleteDestination",
    "logs:DescribeDestinations",
    "logs:PutDestination",
    "logs:PutDestinationPolicy",
)


def read(aws, declared, found):
    """Return {table: Actual} of the declared destinations, and of others with the archive's role by their names.

    The id is the ARN. Fields: destination (name), target (ARN of the stream), role (ARN), policy (document, None).
    """
    wanted = {fields["destination"]: name for name, fields in declared.resources["log_destination"].items()}
    roles = {there.id for name, there in found["service_role"].items() if name == "destination" and there.managed}
    prefix = declared.inputs.destination_prefix
    listed = aws.read("logs.describe_destinations", "destinations", DestinationNamePrefix=prefix)
    return {
        wanted.get(one["destinationName"], one["destinationName"].removeprefix(prefix)): Actual(
            one["arn"],
            {
                "destination": one["destinationName"],
                "target": one["targetArn"],
                "role": one["roleArn"],
                "policy": documents.parsed(one["accessPolicy"]) if one.get("accessPolicy") else None,
            },
            one["roleArn"] in roles,
        )
        for one in listed
        if one["destinationName"] in wanted or one["roleArn"] in roles
    }


def plan(wanted, found, declared):
    complete = {
        name: {**fields, "policy": documents.canonical(fields["policy"])}
        for name, fields in placed(wanted, declared).items()
    }
    return named.after_resource(reconcile(KIND, complete, found["log_destination"]))


def _put(fields):
    arguments = {"targetArn": fields["target"], "roleArn": fields["role"]}
    return Call(
        "logs.put_destination", {"destinationName": fields["destination"], **arguments}, id_path="destination.arn"
    )


def _policy(id_, before, after):
    # forceUpdate: accounts that lose their right here were confirmed before (PutDestinationPolicy).
    arguments = {"accessPolicy": documents.text(after["policy"]), "forceUpdate": True}
    return [Call("logs.put_destination_policy", {"destinationName": after["destination"], **arguments})]


KIND = ResourceType(
    "log_destination",
    create=_put,
    changes={("target",): lambda id_, before, after: [_put(after)], ("policy",): _policy},
    delete=lambda id_, fields: Call("logs.delete_destination", {"destinationName": fields["destination"]}),
    # PutDestination sends a test message with the role.
    depends_on=("delivery_stream", "service_role"),
    defaults={"policy": None},
)
