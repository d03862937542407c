# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Route 53 Profile through which other VPCs resolve names to the central endpoints."""

from __future__ import annotations

import uuid
from dataclasses import replace

from ..._core.plan import OWN_ID, DuplicateCheck
from ..._core.reconcile import OWNER_TAG, Actual, Call, DuplicateResources, ResourceType, refuse_renamed
from ..shared import in_transition
from ..shared.ec2 import pairs
from . import profiles

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "route53profiles:CreateProfile",
    "route53profiles:DeleteProfile",
    "route53profiles:GetProfile",
    "route53profiles:ListProfiles",
    "route53profiles:ListTagsForResource",
    "route53profiles:TagResource",
    "route53profiles:UntagResource",
)
GET = "route53profiles.get_profile"
settled, removed = profiles.waits(GET, "ProfileId", "[Profile.Status]")


def read(aws, declared, found):
    """Return {"main": Actual} with fields profile_name, tags; those of the module's other names by id, not managed.

    details: state. Raises DuplicateResources.
    """
    listed = aws.read("route53profiles.list_profiles", "ProfileSummaries")
    mine = [profile for profile in listed if profile["ShareStatus"] != "SHARED_WITH_ME"]
    tags = aws.gather(*(lambda arn=profile["Arn"]: profiles.tags_of(aws, arn) for profile in mine))
    module = declared.owner.partition("/")[0]
    tagged = [(profile, of) for profile, of in zip(mine, tags) if of.get(OWNER_TAG, "").partition("/")[0] == module]
    own = [profile["Id"] for profile, of in tagged if of[OWNER_TAG] == declared.owner]
    if len(own) > 1:
        raise DuplicateResources("Profiles", declared.owner, own)
    status = {id_: aws.call(GET, ProfileId=id_)["Profile"]["Status"] for id_ in own}
    return {
        "main" if profile["Id"] in own else profile["Id"]: Actual(
            profile["Id"],
            {"profile_name": profile["Name"], "tags": of},
            managed=profile["Id"] in own,
            details={"state": profiles.state(status.get(profile["Id"], "COMPLETE")), "arn": profile["Arn"]},
        )
        for profile, of in tagged
        if status.get(profile["Id"]) != "DELETED"
    }


def plan(wanted, found, declared):
    there = found["route53_profile"]
    refuse_renamed(KIND, wanted, there, lambda one, other: one["profile_name"] == other["profile_name"])
    kind = replace(KIND, **profiles.tagging(profiles.arn_form("profile", declared.place)))
    return in_transition.reconcile_with_waits(kind, wanted, there, declared, settled, removed)


def findings(wanted, found, declared):
    return profiles.findings(wanted, found["route53_profile"])


def _twins(fields):
    name = fields["profile_name"]
    return DuplicateCheck(
        "route53profiles.list_profiles",
        {},
        f"ProfileSummaries[?Name=='{name}' && ShareStatus!='SHARED_WITH_ME'].Id",
    )


KIND = ResourceType(
    "route53_profile",
    create=lambda fields: Call(
        "route53profiles.create_profile",
        {"Name": fields["profile_name"], "ClientToken": str(uuid.uuid4()), "Tags": pairs(fields["tags"])},
        id_path="Profile.Id",
        wait=settled(OWN_ID),
    ),
    delete=lambda id_, fields: Call("route53profiles.delete_profile", {"ProfileId": id_}, wait=removed(id_)),
    duplicates=_twins,
    **profiles.tagging("{}"),
)
