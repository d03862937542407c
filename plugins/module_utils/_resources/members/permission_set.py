# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permission sets and their policies. Those of others are only listed; the tag names the owner."""

from __future__ import annotations

import json
from dataclasses import replace

from ..._core.plan import Address, resolve
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.members import declared as rules
from ..shared.ec2 import pairs, tags_of
from . import sso_instance

READ_AFTER = ("sso_instance",)
INPUTS = ("most_permission_sets",)
PERMISSIONS = (
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreatePermissionSet",
    "sso:DeleteInlinePolicyFromPermissionSet",
    "sso:DeletePermissionSet",
    "sso:DeletePermissionsBoundaryFromPermissionSet",
    "sso:DescribePermissionSet",
    "sso:DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "sso:DetachManagedPolicyFromPermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListPermissionSets",
    "sso:ListTagsForResource",
    "sso:PutInlinePolicyToPermissionSet",
    "sso:PutPermissionsBoundaryToPermissionSet",
    "sso:TagResource",
    "sso:UntagResource",
    "sso:UpdatePermissionSet",
)
SETTINGS = ("description", "session_duration", "relay_state")
# Those that are read of sets of this owner only.
POLICIES = ("managed_policies", "customer_managed_policies", "inline_policy", "permissions_boundary")


def read(aws, declared, found):
    """Return {name: Actual} of all sets; the id is the ARN.

    Fields: instance, set_name, description, session_duration, relay_state, tags; of this owner's sets also
    managed_policies (ARNs, sorted), customer_managed_policies ({name, path}, sorted), inline_policy and
    permissions_boundary ({}: none).
    details of this owner's sets: accounts (all where it is provisioned), outdated (those where it isn't up to date).
    """
    instance = sso_instance.arn(found)
    if not instance:
        return {}
    arns = aws.read("sso-admin.list_permission_sets", "PermissionSets", InstanceArn=instance)
    described = aws.gather(*(lambda arn=arn: _describe(aws, instance, arn) for arn in arns))
    owned = [arn for arn, (_set, tags) in zip(arns, described) if tags.get(OWNER_TAG) == declared.owner]
    policies = dict(zip(owned, aws.gather(*(lambda arn=arn: _policies(aws, instance, arn) for arn in owned))))
    sets = {}
    for arn, (item, tags) in zip(arns, described):
        fields, details = policies.get(arn, ({}, {}))
        settings = {
            "instance": instance,
            "set_name": item["Name"],
            "description": item.get("Description", ""),
            "session_duration": item.get("SessionDuration", ""),
            "relay_state": item.get("RelayState", ""),
            "tags": tags,
        }
        sets[item["Name"]] = Actual(arn, {**settings, **fields}, arn in policies, details)
    return sets


def _describe(aws, instance, arn):
    item = aws.call("sso-admin.describe_permission_set", InstanceArn=instance, PermissionSetArn=arn)["PermissionSet"]
    tags = aws.read("sso-admin.list_tags_for_resource", "Tags", InstanceArn=instance, ResourceArn=arn)
    return item, tags_of({"Tags": tags})


def _policies(aws, instance, arn):
    one = {"InstanceArn": instance, "PermissionSetArn": arn}
    managed = aws.read("sso-admin.list_managed_policies_in_permission_set", "AttachedManagedPolicies", **one)
    customer = aws.read(
        "sso-admin.list_customer_managed_policy_references_in_permission_set", "CustomerManagedPolicyReferences", **one
    )
    inline = aws.call("sso-admin.get_inline_policy_for_permission_set", **one).get("InlinePolicy")
    # A mapping of one boundary, where read expects a list of items; without one AWS answers ResourceNotFoundException.
    boundary = aws.read(
        "sso-admin.get_permissions_boundary_for_permission_set",
        "PermissionsBoundary",
        "ResourceNotFoundException",
        **one,
    )
    fields = {
        "managed_policies": sorted(policy["Arn"] for policy in managed),
        "customer_managed_policies": sorted(map(_reference, customer), key=_by_name),
        "inline_policy": json.loads(inline) if inline else {},
        "permissions_boundary": _boundary(boundary),
    }
    listing, accounts = "sso-admin.list_accounts_for_provisioned_permission_set", "AccountIds"
    outdated = aws.read(listing, accounts, ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED", **one)
    return fields, {"accounts": sorted(aws.read(listing, accounts, **one)), "outdated": sorted(outdated)}


def _reference(item):
    return {"name": item["Name"], "path": item.get("Path", "/")}


def _by_name(reference):
    return reference["name"], reference["path"]


def _boundary(item):
    if not item:
        return {}
    if "ManagedPolicyArn" in item:
        return {"managed_policy_arn": item["ManagedPolicyArn"]}
    return _reference(item["CustomerManagedPolicyReference"])


def plan(wanted, found, declared):
    there = found[KIND.name]
    own = {name: one for name, one in there.items() if one.managed or name in wanted}
    new = len(wanted.keys() - there.keys())
    if new and len(there) + new > declared.inputs.most_permission_sets:
        raise Conflict(
            f"permission_sets: there are {len(there)}, {new} more would be over the quota of"
            f" {declared.inputs.most_permission_sets} (most_permission_sets, if AWS has raised it)"
        )
    steps = _one_by_one(reconcile(KIND, wanted, own, purge_tags=declared.purge_tags))
    _refuse_set_of_management(steps, there, found, declared)
    return steps


def _one_by_one(steps):
    """Return the steps with each set's own changes one after another: AWS answers ConflictException otherwise."""
    last, ordered = {}, []
    for step in steps:
        name = step.address.name
        if name in last and not step.removes:
            step = replace(step, needs=(*step.needs, last[name]))
        last[name] = step.address
        ordered.append(step)
    return ordered


def _refuse_set_of_management(steps, there, found, declared):
    """Raise Conflict for changes that AWS denies a delegated administrator.

    "You can't manage permission sets provisioned in the management account from the delegated administrator account"
    (Delegated administration, IAM Identity Center User Guide).
    """
    if not sso_instance.is_delegated(found, declared):
        return
    management = sso_instance.management_account(found)
    held = sorted({step.address.name for step in steps if management in _accounts(there, step.address.name)})
    if held:
        raise Conflict(
            f"permission_sets: {', '.join(held)} is provisioned in the management account {management}, and a delegated"
            " administrator can't change such a set. Run in the management account, or remove its assignments there"
        )


def _accounts(there, name):
    return there[name].details.get("accounts", ()) if name in there else ()


def planned(found, declared):
    """Return the steps that `plan` returns, for kinds whose steps come after them."""
    if declared.absent:
        return []
    ids = {Address("sso_instance", "main"): sso_instance.arn(found)}
    return plan(resolve(declared.resources[KIND.name], ids), found, declared)


def _of(fields, id_):
    return {"InstanceArn": fields["instance"], "PermissionSetArn": id_}


def _resource(id_):
    # arn:aws:sso:::permissionSet/INSTANCE/SET
    begin, _kind, rest = id_.partition("permissionSet/")
    return {"InstanceArn": f"{begin}instance/{rest.partition('/')[0]}", "ResourceArn": id_}


def _settings(fields):
    # What an update leaves out is cleared: "the existing Permission Set's RelayState value will be cleared"
    # (Terraform's resource aws_ssoadmin_permission_set).
    keys = {"description": "Description", "session_duration": "SessionDuration", "relay_state": "RelayState"}
    return {key: fields[field] for field, key in keys.items() if fields.get(field)}


def _update(id_, before, after):
    return [Call("sso-admin.update_permission_set", {**_of(after, id_), **_settings(after)})]


def _attach_managed(id_, before, after):
    one, was, is_ = _of(after, id_), before["managed_policies"], after["managed_policies"]
    return [
        Call(f"sso-admin.{verb}", {**one, "ManagedPolicyArn": arn}, suffix=f"{suffix}.{arn}")
        for verb, suffix, arns in (
            ("attach_managed_policy_to_permission_set", "attach", [arn for arn in is_ if arn not in was]),
            ("detach_managed_policy_from_permission_set", "detach", [arn for arn in was if arn not in is_]),
        )
        for arn in arns
    ]


def _attach_customer(id_, before, after):
    one, was, is_ = _of(after, id_), before["customer_managed_policies"], after["customer_managed_policies"]
    noun = "customer_managed_policy_reference"
    added, removed = [each for each in is_ if each not in was], [each for each in was if each not in is_]
    return [
        Call(
            f"sso-admin.{operation}_permission_set",
            {**one, "CustomerManagedPolicyReference": {"Name": each["name"], "Path": each["path"]}},
            suffix=f"{suffix}.{each['path']}{each['name']}",
        )
        for operation, suffix, references in (
            (f"attach_{noun}_to", "attach", added),
            (f"detach_{noun}_from", "detach", removed),
        )
        for each in references
    ]


def _put_inline(id_, before, after):
    one, policy = _of(after, id_), after["inline_policy"]
    if not policy:
        return [Call("sso-admin.delete_inline_policy_from_permission_set", one)]
    return [
        Call("sso-admin.put_inline_policy_to_permission_set", {**one, "InlinePolicy": rules.document(policy)}),
    ]


def _put_boundary(id_, before, after):
    one, boundary = _of(after, id_), after["permissions_boundary"]
    if not boundary:
        return [Call("sso-admin.delete_permissions_boundary_from_permission_set", one)]
    if "managed_policy_arn" in boundary:
        policy = {"ManagedPolicyArn": boundary["managed_policy_arn"]}
    else:
        policy = {"CustomerManagedPolicyReference": {"Name": boundary["name"], "Path": boundary["path"]}}
    return [Call("sso-admin.put_permissions_boundary_to_permission_set", {**one, "PermissionsBoundary": policy})]


KIND = ResourceType(
    "permission_set",
    create=lambda fields: Call(
        "sso-admin.create_permission_set",
        {
            "InstanceArn": fields["instance"],
            "Name": fields["set_name"],
            **_settings(fields),
            "Tags": pairs(fields["tags"]),
        },
        id_path="PermissionSet.PermissionSetArn",
    ),
    changes={
        # A boundary comes first, and a new policy before an old one leaves.
        ("permissions_boundary",): _put_boundary,
        SETTINGS: _update,
        ("managed_policies",): _attach_managed,
        ("customer_managed_policies",): _attach_customer,
        ("inline_policy",): _put_inline,
    },
    delete=lambda id_, fields: Call("sso-admin.delete_permission_set", _of(fields, id_)),
    tag=lambda id_, tags: Call("sso-admin.tag_resource", {**_resource(id_), "Tags": pairs(tags)}),
    untag=lambda id_, tags: Call("sso-admin.untag_resource", {**_resource(id_), "TagKeys": list(tags)}),
    defaults={
        "managed_policies": [],
        "customer_managed_policies": [],
        "inline_policy": {},
        "permissions_boundary": {},
    },
)
