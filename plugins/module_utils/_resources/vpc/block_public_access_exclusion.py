# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs and subnets that are excluded from VPC Block Public Access, by their id: AWS takes one exclusion for each."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType
from ..shared import in_transition, states
from ..shared.ec2 import owned, tag, tag_specifications, tags_of, untag
from .block_public_access import CHANGE

READ_AFTER = ("block_public_access",)
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateVpcBlockPublicAccessExclusion",
    "ec2:DeleteTags",
    "ec2:DeleteVpcBlockPublicAccessExclusion",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ec2:ModifyVpcBlockPublicAccessExclusion",
)
READ = "ec2.describe_vpc_block_public_access_exclusions"
STATE = "VpcBlockPublicAccessExclusions[].State"
PENDING = ("create-in-progress", "update-in-progress")
# States before a change or a deletion. disable-*: Block Public Access was turned off meanwhile.
BEFORE = (
    *PENDING,
    *("create-complete", "create-failed", "update-complete", "update-failed", "delete-in-progress"),
    *("disable-in-progress", "disable-complete"),
)
FAILED = ("create-failed", "update-failed", "delete-in-progress", "delete-complete")
STATES = {"create-in-progress": "pending", "update-in-progress": "modifying", "delete-in-progress": "deleting"}


def read(aws, declared, found):
    """Return {VPC or subnet id: Actual} with fields resource, mode, tags; details: state, enabled (AWS applies it)."""
    return {
        item["ResourceArn"].rpartition("/")[2]: Actual(
            item["ExclusionId"],
            {
                "resource": item["ResourceArn"].rpartition("/")[2],
                "mode": item["InternetGatewayExclusionMode"],
                "tags": tags_of(item),
            },
            managed=owned(item, declared.owner),
            details={
                "state": STATES.get(item["State"], item["State"]),
                "enabled": not item["State"].startswith("disable-"),
            },
        )
        for item in _listed(aws)
        # Deleted ones stay in the list.
        if item["State"] not in ("delete-complete", "create-failed")
    }


def _listed(aws):
    """Return all exclusions, page by page: botocore has no paginator for this operation."""
    more, items = {}, []
    while True:
        page = aws.call(READ, MaxResults=1000, **more)
        items += page["VpcBlockPublicAccessExclusions"]
        if not page.get("NextToken"):
            return items
        more = {"NextToken": page["NextToken"]}


def plan(wanted, found, declared):
    there = found["block_public_access_exclusion"]
    missing = [name for name in wanted if name not in there]
    options = found["block_public_access"]["main"].details
    if missing and not options["exclusions_allowed"]:
        raise Conflict(
            f"exclusions: {', '.join(missing)} can't be excluded: the organization's declarative policy for VPC Block"
            " Public Access allows no exclusions"
        )
    steps = in_transition.reconcile_with_waits(KIND, wanted, there, declared, _settled, _removed)
    # Exclusions take effect before the mode changes, and are deleted only after that.
    return [replace(step, needs=(*step.needs, CHANGE)) if step.removes else step for step in steps]


def findings(wanted, found, declared):
    ignored = "AWS doesn't heed it; the organization's declarative policy has to allow exclusions"
    meanings = {
        "disable-in-progress": ignored,
        "disable-complete": ignored,
        "update-failed": "AWS couldn't change it; this account has to delete it, then run again",
    }
    done = ("create-complete", "update-complete")
    return states.findings(wanted, found["block_public_access_exclusion"], done, meanings)


def _create(fields):
    key = "VpcId" if fields["resource"].startswith("vpc-") else "SubnetId"
    return Call(
        "ec2.create_vpc_block_public_access_exclusion",
        {
            key: fields["resource"],
            "InternetGatewayExclusionMode": fields["mode"],
            **tag_specifications("vpc-block-public-access-exclusion", fields),
        },
        id_path="VpcBlockPublicAccessExclusion.ExclusionId",
        wait=_settled(OWN_ID),
    )


def _modify(id_, before, after):
    mode = after["mode"]
    # AWS may still show the state of an earlier change: the mode beside it tells them apart.
    state = "VpcBlockPublicAccessExclusions[].join(' ', [State, InternetGatewayExclusionMode])"
    wait = Wait(
        READ,
        {"ExclusionIds": [id_]},
        state,
        until=(f"update-complete {mode}",),
        pending=(
            *(f"{state} {before['mode']}" for state in BEFORE),
            *(f"{state} {mode}" for state in (*PENDING, "create-complete")),
        ),
        failed=tuple(f"{failed} {mode}" for failed in FAILED),
    )
    arguments = {"ExclusionId": id_, "InternetGatewayExclusionMode": mode}
    return [Call("ec2.modify_vpc_block_public_access_exclusion", arguments, wait=wait)]


def _settled(id_):
    return Wait(
        READ,
        {"ExclusionIds": [id_]},
        STATE,
        until=("create-complete", "update-complete"),
        pending=PENDING,
        failed=FAILED,
    )


def _removed(id_):
    return Wait(READ, {"ExclusionIds": [id_]}, STATE, until=("delete-complete",), pending=BEFORE, gone=True)


KIND = ResourceType(
    "block_public_access_exclusion",
    create=_create,
    changes={("mode",): _modify},
    delete=lambda id_, fields: Call(
        "ec2.delete_vpc_block_public_access_exclusion", {"ExclusionId": id_}, wait=_removed(id_)
    ),
    tag=tag,
    untag=untag,
)
