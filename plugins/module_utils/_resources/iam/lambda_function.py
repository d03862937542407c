# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Lambda function that renews the revocations of a guard's roles, by name."""

from __future__ import annotations

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..._domain.pci import guard_policies
from ..._domain.values import function_archive
from ..shared import states

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
FIELDS = {"runtime": "Runtime", "handler": "Handler", "role": "Role", "timeout": "Timeout"}


def read(aws, declared, found):
    """Return {name: Actual} of the functions in inputs.functions that exist.

    Fields: function_name, code_sha256 (base64), runtime, handler, role (ARN), timeout (seconds), environment, tags;
    details: state, error.
    """
    names = declared.inputs.functions
    reads = [lambda name=name: _read(aws, name, declared.owner) for name in names]
    return {name: there for name, there in zip(names, aws.gather(*reads)) if there}


def _read(aws, name, owner):
    # A mapping of one function, where read expects a list of items.
    missing = "ResourceNotFoundException"
    function = aws.read("lambda.get_function", "Configuration", none_if=missing, FunctionName=name)
    if not function:
        return None
    tags = aws.call("lambda.list_tags", Resource=function["FunctionArn"])["Tags"]
    return Actual(
        function["FunctionArn"],
        {
            "function_name": name,
            "code_sha256": function["CodeSha256"],
            **{field: function[key] for field, key in FIELDS.items()},
            "environment": function.get("Environment", {}).get("Variables", {}),
            "tags": tags,
        },
        tags.get(OWNER_TAG) == owner,
        {
            # A failed update leaves it Active, with what it had before.
            "state": function["State"] if function["State"] != "Active" else f"update {function['LastUpdateStatus']}",
            "error": function.get("StateReason") or function.get("LastUpdateStatusReason", ""),
        },
    )


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["lambda_function"], purge_tags=declared.purge_tags)


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


def _create(fields):
    # The archive is in the call, its digest in what a plan shows.
    arguments = {**_configuration(fields), "Code": {"ZipFile": CODE}, "Tags": fields["tags"]}
    return Call("lambda.create_function", arguments, id_path="FunctionArn", wait=_until("State", "Active", OWN_ID))


def _changed(id_, before, after):
    """Return the calls that change a function, one by one: Lambda refuses a change while another is running."""
    name = after["function_name"]
    wait = _until("LastUpdateStatus", "Successful", name)
    calls = []
    if _configuration(before) != _configuration(after):
        calls.append(
            Call("lambda.update_function_configuration", _configuration(after), wait=wait, suffix="configuration")
        )
    if before["code_sha256"] != after["code_sha256"]:
        code = {"FunctionName": name, "ZipFile": CODE}
        calls.append(Call("lambda.update_function_code", code, wait=wait, suffix="code"))
    return calls


def _configuration(fields):
    return {
        "FunctionName": fields["function_name"],
        **{key: fields[field] for field, key in FIELDS.items()},
        "Environment": {"Variables": fields["environment"]},
    }


# Inactive: nobody has called the function for a while; the next call activates it.
PENDING = {"State": ("Pending", "Inactive"), "LastUpdateStatus": ("InProgress",)}


def _until(status, wanted, name):
    operation = "lambda.get_function_configuration"
    return Wait(
        operation, {"FunctionName": name}, f"[{status}]", until=(wanted,), pending=PENDING[status], failed=("Failed",)
    )


CODE = function_archive.archive(guard_policies.HANDLER)
KIND = ResourceType(
    "lambda_function",
    create=_create,
    changes={("code_sha256", *FIELDS, "environment"): _changed},
    delete=lambda id_, fields: Call("lambda.delete_function", {"FunctionName": fields["function_name"]}),
    tag=lambda id_, tags: Call("lambda.tag_resource", {"Resource": id_, "Tags": dict(tags)}),
    untag=lambda id_, tags: Call("lambda.untag_resource", {"Resource": id_, "TagKeys": list(tags)}),
)
