# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lambda functions whose code this collection ships, by name: of a guard, a log archive, an algorithm registry."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.values import function_archive
from ..shared import states
from ..shared.partial_reads import unless
from .authorization_details import placed

READ_AFTER = ()
INPUTS = ("functions",)
PERMISSIONS = (
    "iam:PassRole/lambda.amazonaws.com",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:ListTags",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
FIELDS = {
    "runtime": "Runtime",
    "handler": "Handler",
    "role": "Role",
    "timeout": "Timeout",
    "memory": "MemorySize",
}
NONE = ("ResourceNotFoundException",)


def read(aws, declared, found):
    """Return {name: Actual} of the functions in inputs.functions that exist.

    inputs.functions: name -> its source text. Fields: function_name, code_sha256 (base64), runtime, handler, role
    (ARN), timeout (seconds), memory (MiB), environment, log_group, vpc (subnets and groups, sorted; None without one),
    tags; details: state, error.
    """
    names = list(declared.inputs.functions)
    reads = [lambda name=name: _read(aws, name, declared.owner) for name in names]
    return {name: there for name, there in zip(names, aws.gather(*reads)) if there}


def _read(aws, name, owner):
    there = unless(NONE, lambda: aws.call("lambda.get_function", FunctionName=name), None)
    if not there:
        return None
    # With lambda:ListTags, GetFunction also answers the tags.
    function, tags = there["Configuration"], there.get("Tags", {})
    return Actual(
        function["FunctionArn"],
        {
            "function_name": name,
            "code_sha256": function["CodeSha256"],
            **{field: function[key] for field, key in FIELDS.items()},
            "environment": function.get("Environment", {}).get("Variables", {}),
            "log_group": function.get("LoggingConfig", {}).get("LogGroup"),
            "vpc": _vpc(function.get("VpcConfig", {})),
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
        {
            # A failed update leaves it Active, with what it had before.
            "state": function["State"] if function["State"] != "Active" else f"update {function['LastUpdateStatus']}",
            "error": function.get("StateReason") or function.get("LastUpdateStatusReason", ""),
        },
    )


def _vpc(config):
    subnets, groups = config.get("SubnetIds"), config.get("SecurityGroupIds")
    return {"subnets": sorted(subnets), "groups": sorted(groups)} if subnets else None


def plan(wanted, found, declared):
    kind = replace(
        KIND,
        create=lambda fields: _create(fields, declared.inputs.functions),
        changes={CHANGES: lambda id_, before, after: _changed(before, after, declared.inputs.functions)},
    )
    return reconcile(kind, placed(wanted, declared), found["lambda_function"], purge_tags=declared.purge_tags)


def findings(wanted, found, declared):
    meanings = {
        "Pending": "AWS hasn't finished; run again",
        "update InProgress": "AWS hasn't finished; run again",
        "Failed": "AWS couldn't create it; this account has to see why",
        "update Failed": "AWS couldn't change it; this account has to see why",
    }
    # Lambda makes a function Inactive that wasn't called for weeks; the next call activates it.
    working = ("update Successful", "Inactive")
    return states.findings(wanted, found["lambda_function"], working, meanings)


def _create(fields, code):
    # The archive is in the call, its digest in what a plan shows.
    archive = function_archive.archive(code[fields["function_name"]])
    arguments = {**_configuration(fields), "Code": {"ZipFile": archive}, "Tags": fields["tags"]}
    return Call("lambda.create_function", arguments, id_path="FunctionArn", wait=_until("State", "Active", OWN_ID))


def _changed(before, after, code):
    """Return the calls that change a function, one by one: Lambda refuses a change while another is running."""
    name = after["function_name"]
    wait = _until("LastUpdateStatus", "Successful", name)
    calls = []
    if any(before[field] != after[field] for field in CHANGES if field != "code_sha256"):
        calls.append(
            Call("lambda.update_function_configuration", _configuration(after), wait=wait, suffix="configuration")
        )
    if before["code_sha256"] != after["code_sha256"]:
        archive = {"FunctionName": name, "ZipFile": function_archive.archive(code[name])}
        calls.append(Call("lambda.update_function_code", archive, wait=wait, suffix="code"))
    return calls


def _configuration(fields):
    return {
        "FunctionName": fields["function_name"],
        **{key: fields[field] for field, key in FIELDS.items() if fields.get(field) is not None},
        "Environment": {"Variables": fields["environment"]},
        **({"LoggingConfig": {"LogGroup": fields["log_group"]}} if fields.get("log_group") else {}),
        **({"VpcConfig": _vpc_config(fields["vpc"])} if fields.get("vpc") else {}),
    }


def _vpc_config(vpc):
    return {"SubnetIds": vpc["subnets"], "SecurityGroupIds": vpc["groups"]}


# Inactive: nobody has called the function for a while; the next call activates it.
PENDING = {"State": ("Pending", "Inactive"), "LastUpdateStatus": ("InProgress",)}


def _until(status, wanted, name):
    operation = "lambda.get_function_configuration"
    return Wait(
        operation, {"FunctionName": name}, f"[{status}]", until=(wanted,), pending=PENDING[status], failed=("Failed",)
    )


CHANGES = ("code_sha256", *FIELDS, "environment", "log_group", "vpc")
KIND = ResourceType(
    "lambda_function",
    # Replaced in plan(), which has the code.
    create=lambda fields: _create(fields, {}),
    changes={CHANGES: lambda id_, before, after: _changed(before, after, {})},
    delete=lambda id_, fields: Call("lambda.delete_function", {"FunctionName": fields["function_name"]}),
    tag=lambda id_, tags: Call("lambda.tag_resource", {"Resource": id_, "Tags": dict(tags)}),
    untag=lambda id_, tags: Call("lambda.untag_resource", {"Resource": id_, "TagKeys": list(tags)}),
)
