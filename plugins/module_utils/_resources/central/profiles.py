# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Route 53 Profiles share: names, ARNs, tags, waits, resources in a Profile.

Statuses: ProfileStatus in botocore's model; those in transition, as Terraform's provider waits for them
(github.com/hashicorp/terraform-provider-aws, internal/service/route53profiles).
"""

from __future__ import annotations

import re

from ..._core.plan import Wait
from ..._core.reconcile import Call, ResourceType
from ..shared import in_transition, states

# Names of Profiles and associations: 64 characters of [a-zA-Z0-9-_' ], not digits alone (botocore's model).
MOST = 64
PENDING = ("CREATING", "UPDATING")
FAILED = ("FAILED", "DELETING", "DELETED")
# The engine's states, for waits and findings.
STATES = {"CREATING": "pending", "UPDATING": "modifying", "DELETING": "deleting", "COMPLETE": "available"}
MEANINGS = {"FAILED": "AWS couldn't create it; this account has to remove the cause, then delete it, then run again"}

LIST, STATUSES = "route53profiles.list_profile_resource_associations", "ProfileResourceAssociations[].Status"


def name_of(text: str) -> str:
    """Return a name that Route 53 Profiles accept: closednet-TEXT, other characters as hyphens."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"closednet-{text}")[:MOST]


def state(status: str) -> str:
    """Return the engine's state of a status, so that it waits for what is in transition; other statuses as they are."""
    return STATES.get(status, status)


def arn_form(kind: str, place) -> str:
    """Return the ARN of a profile or profile-association of this account, with {} for its id."""
    return "arn:{partition}:route53profiles:{region}:{account_id}:".format(**place) + kind + "/{}"


def findings(wanted, there):
    return states.findings(wanted, there, ("available",), MEANINGS)


def settled(operation: str, params, path: str) -> Wait:
    return Wait(operation, params, path, until=("COMPLETE",), pending=PENDING, failed=FAILED)


def removed(operation: str, params, path: str) -> Wait:
    return Wait(
        operation,
        params,
        path,
        until=("DELETED",),
        # Any status that it had before.
        pending=("CREATING", "UPDATING", "COMPLETE", "FAILED", "DELETING"),
        gone=True,
    )


def waits(operation: str, key: str, path: str):
    """Return the functions settled and removed: an id, which is the operation's parameter `key` -> its Wait."""
    return lambda id_: settled(operation, {key: id_}, path), lambda id_: removed(operation, {key: id_}, path)


def tagging(form: str):
    """Return the functions tag and untag of a kind whose tags are set by ARN; form: the ARN with {} for the id."""

    def tag(id_, tags):
        return Call("route53profiles.tag_resource", {"ResourceArn": form.format(id_), "Tags": dict(tags)})

    def untag(id_, tags):
        return Call("route53profiles.untag_resource", {"ResourceArn": form.format(id_), "TagKeys": list(tags)})

    return {"tag": tag, "untag": untag}


def tags_of(aws, arn: str):
    return aws.call("route53profiles.list_tags_for_resource", ResourceArn=arn)["Tags"]


def resources_of(aws, profile_id: str, **more):
    """Return what a Profile has: its associations with resources, as listed."""
    return aws.read(LIST, "ProfileResourceAssociations", ProfileId=profile_id, **more)


def resource_kind(name: str, arn_of, depends_on: tuple[str, ...]) -> ResourceType:
    """Return the ResourceType of resources in a Profile. Fields: profile, resource_name, those that arn_of reads.

    arn_of: fields -> the resource's ARN, or a Ref to it
    """

    def create(fields):
        select = _select(fields, arn_of)
        return Call(
            "route53profiles.associate_resource_to_profile",
            {**select, "Name": fields["resource_name"]},
            id_path="ProfileResourceAssociation.Id",
            wait=settled(LIST, select, STATUSES),
        )

    def delete(id_, fields):
        select = _select(fields, arn_of)
        wait = removed(LIST, select, STATUSES)
        return Call("route53profiles.disassociate_resource_from_profile", select, wait=wait)

    return ResourceType(name, create=create, delete=delete, depends_on=depends_on)


def plan_resources(kind: ResourceType, wanted, there, declared, arn_of):
    """Return the steps for resources in a Profile; an association keeps the name that it has."""
    wanted = {
        name: {**fields, "resource_name": there[name].fields["resource_name"]} if name in there else fields
        for name, fields in wanted.items()
    }
    params = {actual.id: _select(actual.fields, arn_of) for actual in there.values()}
    return in_transition.reconcile_with_waits(
        kind,
        wanted,
        there,
        declared,
        lambda id_: settled(LIST, params[id_], STATUSES),
        lambda id_: removed(LIST, params[id_], STATUSES),
    )


def _select(fields, arn_of):
    return {"ProfileId": fields["profile"], "ResourceArn": arn_of(fields)}
