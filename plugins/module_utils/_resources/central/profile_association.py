# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The association of a VPC with the hub's Profile. Other Profiles' associations are never changed."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Address
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType
from ..._domain.endpoints import limits
from ..shared import in_transition
from ..shared.ec2 import pairs
from . import placement, profiles

READ_AFTER = ("existing_vpc",)
INPUTS = ("central",)
PERMISSIONS = (
    "route53profiles:AssociateProfile",
    "route53profiles:DisassociateProfile",
    "route53profiles:GetProfileAssociation",
    "route53profiles:ListProfileAssociations",
    "route53profiles:ListTagsForResource",
    "route53profiles:TagResource",
    "route53profiles:UntagResource",
    "route53profiles:UpdateProfileAssociation",
)
settled, removed = profiles.waits(
    "route53profiles.get_profile_association", "ProfileAssociationId", "[ProfileAssociation.Status]"
)
# API_AssociateProfile: "A VPC can have up to two Profile associations".
MOST = 2


def read(aws, declared, found):
    """Return {name: Actual} of the VPC's associations: "main" is that with the hub's Profile, others by their ids.

    Fields: profile, vpc, association_name, priority, tags; managed: it has the owner's tag. details: state.
    """
    vpc = found["existing_vpc"].get("main")
    if not vpc:
        return {}
    listed = aws.read("route53profiles.list_profile_associations", "ProfileAssociations", ResourceId=vpc.id)
    listed = [item for item in listed if item["Status"] != "DELETED"]
    form = profiles.arn_form("profile-association", declared.place)
    tags = aws.gather(*(lambda id_=item["Id"]: profiles.tags_of(aws, form.format(id_)) for item in listed))
    actual = [_actual(item, of, declared.owner) for item, of in zip(listed, tags)]
    wanted = declared.inputs.central.profile_id
    mains = [one for one in actual if one.fields["profile"] == wanted] if wanted else []
    mains = mains or [one for one in actual if one.managed]
    return {"main" if one is (mains or [None])[0] else one.id: one for one in actual}


def _actual(item, tags, owner):
    fields = {
        "profile": item["ProfileId"],
        "vpc": item["ResourceId"],
        "association_name": item["Name"],
        "priority": item.get("Priority", limits.PRIORITY),
        "tags": tags,
    }
    return Actual(item["Id"], fields, tags.get(OWNER_TAG) == owner, {"state": profiles.state(item["Status"])})


def plan(wanted, found, declared):
    there = found["profile_association"]
    main = there.get("main")
    if wanted:
        # Without its id nothing moves; an association of others with the Profile does as well.
        if not declared.inputs.central.profile_id or main and not main.managed:
            return []
        if not main and not placement.at_hub(found, declared):
            return []
        if main and main.fields["profile"] != declared.inputs.central.profile_id:
            there = {("replaced" if name == "main" else name): one for name, one in there.items()}
        fields = wanted["main"]
        if "main" in there:
            fields = {**fields, "association_name": main.fields["association_name"]}
        wanted = {"main": _with_priority(fields, there)}
    kind = replace(KIND, **profiles.tagging(profiles.arn_form("profile-association", declared.place)))
    steps = in_transition.reconcile_with_waits(kind, wanted, there, declared, settled, removed)
    return [replace(step, needs=step.needs + _locals(declared)) if step.removes else step for step in steps]


def _with_priority(fields, there):
    """Return the fields with the priority. Raises Conflict if the VPC has no room, or another has the priority."""
    others = [one for name, one in there.items() if name not in ("main", "replaced")]
    if "main" not in there and len(others) >= MOST:
        ids = ", ".join(sorted(one.fields["profile"] for one in others))
        raise Conflict(
            f"central.profile_id: the VPC has the Profiles {ids} already, and can have no more than {MOST}:"
            " disassociate one first"
        )
    taken = {one.fields["priority"]: one.fields["profile"] for one in others}
    if fields["priority"] in taken:
        free = next(number for number in limits.PRIORITIES if number not in taken)
        raise Conflict(
            f"central.priority: {fields['priority']} is that of the VPC's association with"
            f" {taken[fields['priority']]}; each needs its own, such as {free}"
        )
    return fields


def _locals(declared):
    """Return the addresses of the steps after which the VPC's own endpoints answer."""
    return tuple(
        Address("vpc_endpoint", service, field)
        for service in declared.resources["vpc_endpoint"]
        for field in ("", "private_dns", "pending")
    )


def findings(wanted, found, declared):
    return profiles.findings(wanted, found["profile_association"])


KIND = ResourceType(
    "profile_association",
    create=lambda fields: Call(
        "route53profiles.associate_profile",
        {
            "ProfileId": fields["profile"],
            "ResourceId": fields["vpc"],
            "Name": fields["association_name"],
            "Priority": fields["priority"],
            "Tags": pairs(fields["tags"]),
        },
        id_path="ProfileAssociation.Id",
        wait=settled(OWN_ID),
    ),
    changes={
        ("priority",): lambda id_, before, after: [
            Call(
                "route53profiles.update_profile_association",
                {"ProfileAssociationId": id_, "Priority": after["priority"]},
                wait=settled(id_),
            )
        ]
    },
    delete=lambda id_, fields: Call(
        "route53profiles.disassociate_profile",
        {"ProfileId": fields["profile"], "ResourceId": fields["vpc"]},
        wait=removed(id_),
    ),
    # Another Profile of the hub in place of its old one: both can't have the same priority.
    delete_before_create=True,
    **profiles.tagging("{}"),
)
