# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The KMS key of a bucket: one that the module creates, found by its alias, or one that the user gives.

A key is never deleted here: without it nobody reads what it has encrypted. KMS lets two runs create two, so it comes
right after its bucket, which only one of them creates: the other one, finding the bucket alone, waits for the key.
Nothing else is created before the key: the run with the bucket would meet the other one there, and read again, too.
"""

from __future__ import annotations

import time

from ..._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._core.retries import GIVES_WAY_SECONDS
from ..._core.wait import pauses
from ..._domain.logs import key_access
from ..iam.authorization_details import placed
from ..shared import named
from ..shared.partial_reads import unless
from . import documents

READ_AFTER = ("archive_bucket",)
INPUTS = ("kms_key_arn",)
PERMISSIONS = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateKey",
    "kms:DescribeKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
)
MISSING = "NotFoundException"
# DescribeKey's answer of a key that its policy doesn't let this credential see, and of one of another account.
HIDDEN = ("AccessDeniedException",)


def read(aws, declared, found):
    """Return {"main": Actual} of the key, whose id is its ARN.

    Fields: alias ("": none), policy (document), state (KeyState), rotation, tags. details: usable (a symmetric key of
    this account's to encrypt with).
    """
    given = declared.inputs.kms_key_arn
    alias = next(fields["alias"] for fields in declared.resources["archive_key"].values())
    there = unless(
        (MISSING, *HIDDEN) if given else (MISSING,), lambda: aws.call("kms.describe_key", KeyId=given or alias), None
    )
    if there:
        return {"main": _actual(aws, declared, there["KeyMetadata"], "" if given else alias)}
    if given and not declared.absent:
        raise Conflict(
            f"kms_key_arn: {given} doesn't exist, or its policy doesn't let this credential describe it; create it,"
            " allow kms:DescribeKey and kms:GetKeyPolicy, or leave out kms_key_arn for a key of the module's own"
        )
    if declared.absent:
        return {}
    bucket = found["archive_bucket"].get("main")
    unnamed = _without_alias(aws, declared)
    # Whoever has created the bucket creates the key next, unless that run was interrupted.
    for pause in pauses(time.monotonic() + GIVES_WAY_SECONDS if bucket and bucket.managed else 0):
        if unnamed:
            break
        time.sleep(pause)
        unnamed = _without_alias(aws, declared)
    return unnamed


def _actual(aws, declared, key, alias):
    arn = key["Arn"]
    policy, rotation, tags = aws.gather(
        lambda: aws.call("kms.get_key_policy", KeyId=arn, PolicyName="default")["Policy"],
        lambda: unless(
            ("UnsupportedOperationException",),
            lambda: aws.call("kms.get_key_rotation_status", KeyId=arn)["KeyRotationEnabled"],
            False,
        ),
        lambda: {tag["TagKey"]: tag["TagValue"] for tag in aws.read("kms.list_resource_tags", "Tags", KeyId=arn)},
    )
    return Actual(
        arn,
        {
            "alias": alias,
            "policy": documents.parsed(policy),
            "state": key["KeyState"],
            "rotation": rotation,
            "tags": tags,
        },
        tags.get(OWNER_TAG) == declared.owner and not declared.inputs.kms_key_arn,
        {"usable": key.get("KeySpec") == "SYMMETRIC_DEFAULT" and key.get("KeyUsage") == "ENCRYPT_DECRYPT"},
    )


def _without_alias(aws, declared):
    """Return {"main": Actual} of a key that an interrupted run has created and not named yet.

    Only before there is an alias: keys can't be looked up by tags.
    """
    own = (declared.owner, next(iter(declared.resources["archive_key"])))
    listed = [key["KeyArn"] for key in aws.read("kms.list_keys", "Keys")]
    tagged = aws.gather(*(lambda arn=arn: _tags(aws, arn) for arn in listed))
    for arn, tags in zip(listed, tagged):
        if (tags.get(OWNER_TAG), tags.get(NAME_TAG)) == own:
            key = aws.call("kms.describe_key", KeyId=arn)["KeyMetadata"]
            if key["KeyState"] != "PendingDeletion":
                return {"main": _actual(aws, declared, key, "")}
    return {}


def _tags(aws, arn):
    """Return a key's tags; {} if its policy doesn't let this credential read them, so that it isn't ours."""
    listed = unless((*HIDDEN, MISSING), lambda: aws.read("kms.list_resource_tags", "Tags", KeyId=arn), ())
    return {tag["TagKey"]: tag["TagValue"] for tag in listed}


def plan(wanted, found, declared):
    there = found["archive_key"]
    if declared.absent:
        return []
    wanted = {
        name: {**fields, "policy": documents.canonical(fields["policy"])}
        for name, fields in placed(wanted, declared).items()
    }
    if declared.inputs.kms_key_arn:
        _check_given(wanted["main"], there["main"])
        return []
    steps = reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)
    return named.after_resource(steps)


def _check_given(wanted, there):
    """Raise Conflict if the user's key can't encrypt, or its policy doesn't allow what a key of ours would."""
    if not there.details["usable"] or there.fields["state"] != "Enabled":
        raise Conflict(
            f"kms_key_arn: {there.id} (state {there.fields['state']}) can't encrypt a bucket; give a symmetric key for"
            " ENCRYPT_DECRYPT that is enabled"
        )
    lacking = key_access.lacking(wanted["policy"], there.fields["policy"])
    if lacking:
        raise Conflict(
            f"kms_key_arn: the policy of {there.id} doesn't allow what this needs: {'; '.join(lacking)}. Add these"
            " statements to it, or leave out kms_key_arn for a key of the module's own"
        )
    denying = key_access.denying(wanted["policy"], there.fields["policy"])
    if denying:
        raise Conflict(
            f"kms_key_arn: the policy of {there.id} denies what this needs: {'; '.join(denying)}. Remove these"
            " statements from it, or leave out kms_key_arn for a key of the module's own"
        )


def notes(wanted, found, declared):
    there = found["archive_key"].get("main")
    if declared.absent and there and there.managed:
        return [f"{there.id} stays: without the key nobody can read the bucket's objects"]
    return []


def _state(id_, before, after):
    """Return the calls that enable a key; one whose deletion is scheduled is disabled once that is cancelled."""
    cancel = [Call("kms.cancel_key_deletion", {"KeyId": id_}, suffix="cancel")]
    enable = [Call("kms.enable_key", {"KeyId": id_}, suffix="enable")]
    return [*(cancel if before["state"] == "PendingDeletion" else ()), *enable]


def _pairs(tags):
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


KIND = ResourceType(
    "archive_key",
    create=lambda fields: Call(
        "kms.create_key",
        {
            "Description": f"logs of {fields['alias'].partition('/')[2]}",
            "Policy": documents.text(fields["policy"]),
            "Tags": _pairs(fields["tags"]),
        },
        id_path="KeyMetadata.Arn",
    ),
    changes={
        ("alias",): lambda id_, before, after: [
            Call("kms.create_alias", {"AliasName": after["alias"], "TargetKeyId": id_})
        ],
        ("policy",): lambda id_, before, after: [
            Call(
                "kms.put_key_policy",
                {"KeyId": id_, "PolicyName": "default", "Policy": documents.text(after["policy"])},
            )
        ],
        ("state",): _state,
        ("rotation",): lambda id_, before, after: [Call("kms.enable_key_rotation", {"KeyId": id_})],
    },
    tag=lambda id_, tags: Call("kms.tag_resource", {"KeyId": id_, "Tags": _pairs(tags)}),
    untag=lambda id_, tags: Call("kms.untag_resource", {"KeyId": id_, "TagKeys": list(tags)}),
    defaults={"alias": "", "rotation": False, "state": "Enabled"},
    depends_on=("archive_bucket",),
)
