# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The RAM share through which spokes see the Transit Gateway."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import DuplicateCheck
from ..._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Call, ResourceType, reconcile, refuse_renamed
from ..shared.lower_case_tags import pairs, unpaired

READ_AFTER = ("transit_gateway",)
INPUTS = ()
PERMISSIONS = (
    "ram:CreateResourceShare",
    "ram:DeleteResourceShare",
    "ram:GetResourceShareAssociations",
    "ram:GetResourceShares",
    "ram:TagResource",
    "ram:UntagResource",
    "ram:UpdateResourceShare",
)
ALIVE = ("PENDING", "ACTIVE")


def read(aws, declared, found):
    """Return {"main": Actual} with fields share_name, allow_external, tags; a second one of the same owner by its ARN.

    Without one: the shares that hold the Transit Gateway, by ARN, not managed.
    """
    own = alive(aws, tagFilters=[{"tagKey": OWNER_TAG, "tagValues": [declared.owner]}])
    if own:
        first, *more = sorted(own, key=lambda share: share.id)
        return {"main": first, **{share.id: share for share in more}}
    gateway = found["transit_gateway"].get("main")
    if declared.absent or not gateway or not declared.resources["resource_share"]:
        return {}
    arn = "arn:{partition}:ec2:{region}:{account_id}:transit-gateway/".format(**declared.place) + gateway.id
    holding = aws.read(
        "ram.get_resource_share_associations",
        "resourceShareAssociations",
        associationType="RESOURCE",
        resourceArn=arn,
    )
    arns = [held["resourceShareArn"] for held in holding if held["status"] in ("ASSOCIATING", "ASSOCIATED")]
    others = alive(aws, resourceShareArns=arns) if arns else []
    return {share.id: replace(share, managed=False) for share in others}


def alive(aws, **which):
    """Return the Actuals of this account's shares that aren't deleted. which: arguments of GetResourceShares."""
    shares = aws.read("ram.get_resource_shares", "resourceShares", resourceOwner="SELF", **which)
    return [
        Actual(
            share["resourceShareArn"],
            {
                "share_name": share["name"],
                "allow_external": share["allowExternalPrincipals"],
                "tags": unpaired(share.get("tags", [])),
            },
        )
        for share in shares
        if share["status"] in ALIVE
    ]


def plan(wanted, found, declared):
    refuse_renamed(KIND, wanted, found["resource_share"], lambda one, other: True)
    return reconcile(KIND, wanted, found["resource_share"], purge_tags=declared.purge_tags)


def _twins(fields):
    own = [{"tagKey": key, "tagValues": [fields["tags"][key]]} for key in (OWNER_TAG, NAME_TAG)]
    alive = " || ".join(f"status=='{status}'" for status in ALIVE)
    return DuplicateCheck(
        "ram.get_resource_shares",
        {"resourceOwner": "SELF", "tagFilters": own},
        f"resourceShares[?{alive}].resourceShareArn",
    )


KIND = ResourceType(
    "resource_share",
    create=lambda fields: Call(
        "ram.create_resource_share",
        {
            "name": fields["share_name"],
            "allowExternalPrincipals": fields["allow_external"],
            "tags": pairs(fields["tags"]),
        },
        id_path="resourceShare.resourceShareArn",
    ),
    changes={
        ("share_name", "allow_external"): lambda id_, before, after: [
            Call(
                "ram.update_resource_share",
                {
                    "resourceShareArn": id_,
                    "name": after["share_name"],
                    "allowExternalPrincipals": after["allow_external"],
                },
            )
        ]
    },
    delete=lambda id_, fields: Call("ram.delete_resource_share", {"resourceShareArn": id_}),
    tag=lambda id_, tags: Call("ram.tag_resource", {"resourceShareArn": id_, "tags": pairs(tags)}),
    untag=lambda id_, tags: Call("ram.untag_resource", {"resourceShareArn": id_, "tagKeys": list(tags)}),
    duplicates=_twins,
)
