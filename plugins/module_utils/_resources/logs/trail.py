# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account's trail of CloudTrail, or the organization's."""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile, refuse_renamed
from ..._domain.logs import trails
from ..shared.ec2 import pairs

READ_AFTER = ("account_trail", "trusted_access")
INPUTS = ("adopt", "bucket", "data_events", "organization", "trail_name")
PERMISSIONS = (
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:DeleteTrail",
    "cloudtrail:ListTags",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StartLogging",
    "cloudtrail:UpdateTrail",
    # InsufficientIAMAccessPermissionException: "lacks permissions to view or create a service-linked role".
    "iam:CreateServiceLinkedRole/cloudtrail.amazonaws.com",
)
FIELDS = ("bucket", "key_prefix", "kms_key_arn", "multi_region", "global_events", "validation", "organization")


def read(aws, declared, found):
    """Return {"main": Actual} of the trail of this name, and the account's other trails of the region by their ARNs.

    The id is the ARN. Fields: trail_name, bucket, key_prefix, kms_key_arn, multi_region, global_events, validation,
    organization, selectors (as of _domain/logs/trails.selectors), logging, tags.
    """
    mine = arn(declared, found)
    place = mine.rpartition(":")[0]
    here = [name for name in found["account_trail"] if name.startswith(f"{place}:")]
    # As many as a region has at most are fewer than ListTags takes (20).
    listed = aws.call("cloudtrail.list_tags", ResourceIdList=here)["ResourceTagList"] if here else []
    tags = {item["ResourceId"]: {tag["Key"]: tag.get("Value", "") for tag in item["TagsList"]} for item in listed}
    return {"main" if name == mine else name: _read(found["account_trail"][name], tags, declared) for name in here}


def _read(there, tags, declared):
    known = there.details
    own = tags.get(known["arn"], {})
    fields = {
        "trail_name": known["name"],
        **{key: known[key] for key in (*FIELDS, "selectors", "logging")},
        "tags": own,
    }
    named = known["name"] == declared.inputs.trail_name
    owned = own.get(OWNER_TAG) == declared.owner
    adopted = declared.inputs.adopt and OWNER_TAG not in own and not declared.absent
    return Actual(known["arn"], fields, named and (owned or adopted))


def arn(declared, found):
    """Return the ARN of the declared trail: an organization's is the management account's, whoever creates it."""
    organization = found.get("trusted_access", {}).get("main")
    account_id = declared.place["account_id"]
    if declared.inputs.organization and organization and organization.details["management"]:
        account_id = organization.details["management"]
    place = f"arn:{declared.place['partition']}:cloudtrail:{declared.place['region']}:{account_id}"
    return f"{place}:trail/{declared.inputs.trail_name}"


def others(found, declared):
    """Return the details of all trails but the managed one, those of the organization first."""
    own = found[KIND.name].get("main")
    mine = own.id if own and own.managed else ""
    listed = [there.details for there in found["account_trail"].values() if there.details["arn"] != mine]
    return sorted(listed, key=lambda trail: (not trail["organization"], trail["arn"]))


def covering(found, declared):
    """Return somebody else's trail that does what is declared, which so isn't created a second time; None if none does.

    Such a trail logs management events in all regions: of this account, or of the organization if that is declared. One
    whose selectors can't be read counts: a second copy costs, and the finding says what isn't known.
    """
    own = found[KIND.name].get("main")
    if declared.absent or own and own.managed:
        return None
    for trail in others(found, declared):
        wide = trail["organization"] or not declared.inputs.organization
        if trail["multi_region"] and wide and trail["management"] != "":
            return trail
    return None


def plan(wanted, found, declared):
    there = found[KIND.name]
    refuse_renamed(KIND, wanted, there, lambda mine, other: True)
    if covering(found, declared):
        return []
    there = {name: actual for name, actual in there.items() if name == "main"}
    own = there.get("main")
    adopts = own and own.managed and own.fields["tags"].get(OWNER_TAG) != declared.owner
    if adopts and declared.inputs.trail_name.startswith(trails.CONTROL_TOWER):
        raise Conflict(
            f"adopt: {own.id} is Control Tower's, which forbids changes to it and undoes them. Without adopt it is"
            " verified and reported"
        )
    if wanted and own and not own.managed and OWNER_TAG not in own.fields["tags"]:
        raise Conflict(
            f"trail.main: {own.id} exists, isn't managed by this module, and doesn't log all management events in all"
            " regions. Set adopt: true to take it over, or declare another name"
        )
    return _one_after_another(reconcile(KIND, wanted, there, purge_tags=declared.purge_tags))


def _one_after_another(steps):
    """Return the steps in a row: CloudTrail refuses a call on a trail that is still busy with another one.

    ("ConflictException: the specified resource is not ready for an operation".)
    """
    before = ("", *(step.address for step in steps))
    return [replace(step, needs=(*step.needs, previous)) if previous else step for step, previous in zip(steps, before)]


def notes(wanted, found, declared):
    other = covering(found, declared)
    if not other:
        return []
    whose = "the organization's" if other["organization"] else f"account {other['account_id']}'s"
    return [
        f"trail.main isn't created: {whose} trail {other['arn']} logs management events in all regions, and a second"
        " copy costs. It is verified instead"
    ]


def findings(wanted, found, declared):
    if declared.absent:
        return []
    other = covering(found, declared)
    if other:
        lines = [*trails.faults(other), *trails.deviations(other, declared.inputs.bucket, declared.inputs.data_events)]
        who = f"account {other['account_id']} has to act"
        return [f"{other['arn']}: {line} ({who})" for line in lines]
    own = found[KIND.name].get("main")
    known = found["account_trail"][own.id].details if own and own.managed else None
    # What is off, the plan switches on; its status then says nothing yet.
    lines = [f"{own.id}: {line}" for line in trails.faults(known)] if known and known["logging"] is not False else []
    return lines + [
        f"{trail['arn']} logs management events, too, and each copy after the first costs: delete one of the two, or"
        f" let it log data events only (account {trail['account_id']})"
        for trail in others(found, declared)
        if trail["logging"] is not False and trail["management"] != ""
    ]


def _update(id_, before, after):
    return [Call("cloudtrail.update_trail", {"Name": id_, **_settings(after)})]


def _settings(fields):
    return {
        "S3BucketName": fields["bucket"],
        "S3KeyPrefix": fields["key_prefix"],
        "IncludeGlobalServiceEvents": fields["global_events"],
        "IsMultiRegionTrail": fields["multi_region"],
        "EnableLogFileValidation": fields["validation"],
        "IsOrganizationTrail": fields["organization"],
        **({"KmsKeyId": fields["kms_key_arn"]} if fields.get("kms_key_arn") else {}),
    }


KIND = ResourceType(
    "trail",
    create=lambda fields: Call(
        "cloudtrail.create_trail",
        {"Name": fields["trail_name"], **_settings(fields), "TagsList": pairs(fields["tags"])},
        id_path="TrailARN",
    ),
    changes={
        FIELDS: _update,
        ("selectors",): lambda id_, before, after: [
            Call(
                "cloudtrail.put_event_selectors",
                {"TrailName": id_, "EventSelectors": trails.event_selectors(after["selectors"])},
            )
        ],
        ("logging",): lambda id_, before, after: [Call("cloudtrail.start_logging", {"Name": id_})],
    },
    delete=lambda id_, fields: Call("cloudtrail.delete_trail", {"Name": id_}),
    tag=lambda id_, tags: Call("cloudtrail.add_tags", {"ResourceId": id_, "TagsList": pairs(tags)}),
    untag=lambda id_, tags: Call("cloudtrail.remove_tags", {"ResourceId": id_, "TagsList": pairs(tags)}),
    defaults={"logging": False, "selectors": trails.DEFAULT},
)
