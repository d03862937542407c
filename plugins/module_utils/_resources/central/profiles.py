# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Route 53 Profiles share: names, ARNs, tags, waits.

Statuses: ProfileStatus in botocore's model; those on the way, as Terraform's provider waits for them
(github.com/hashicorp/terraform-provider-aws, internal/service/route53profiles).
"""

from __future__ import annotations

import re

from ..._core.plan import Wait
from ..._core.reconcile import Call

# Names of Profiles and associations: 64 characters of [a-zA-Z0-9-_' ], not digits alone (botocore's model).
MOST = 64
PENDING = ("CREATING", "UPDATING")
FAILED = ("FAILED", "DELETING", "DELETED")
# The states of the engine's own words, for waits and findings.
STATES = {"CREATING": "pending", "UPDATING": "modifying", "DELETING": "deleting", "COMPLETE": "available"}
MEANINGS = {"FAILED": "AWS couldn't create it; this account has to remove the cause, then delete it, then run again"}


def name_of(text: str) -> str:
    """Return a name that Route 53 Profiles accept: closednet-TEXT, other characters as hyphens."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"closednet-{text}")[:MOST]


def state(told: str) -> str:
    """Return the engine's word for a status, so that it waits for what is in transition; others as AWS says them."""
    return STATES.get(told, told)


def arn_form(kind: str, place) -> str:
    """Return the ARN of a profile or profile-association of this account, with {} for its id."""
    return "arn:{partition}:route53profiles:{region}:{account_id}:".format(**place) + kind + "/{}"


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


def tagging(form: str):
    """Return the functions tag and untag of a kind whose tags are set by ARN; form: the ARN with {} for the id."""

    def tag(id_, tags):
        return Call("route53profiles.tag_resource", {"ResourceArn": form.format(id_), "Tags": dict(tags)})

    def untag(id_, tags):
        return Call("route53profiles.untag_resource", {"ResourceArn": form.format(id_), "TagKeys": list(tags)})

    return {"tag": tag, "untag": untag}


def tags_of(aws, arn: str):
    return aws.call("route53profiles.list_tags_for_resource", ResourceArn=arn)["Tags"]
