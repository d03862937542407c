# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of SSM that hold a proxy's configuration, by its digest: a new configuration has parameters of its own.

So a task that still runs with the former one, or that ECS goes back to, finds its own until no service needs it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.egress.proxy import container
from ..shared.ec2 import owner_tags, pairs
from . import rendered

READ_AFTER = ("existing_vpc",)
INPUTS = tuple(sorted((*rendered.INPUTS, "tags", "unsupported")))
PERMISSIONS = (
    "ssm:AddTagsToResource",
    "ssm:DeleteParameter",
    "ssm:DescribeParameters",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
)


def read(aws, declared, found):
    """Return {"digest/number": Actual} of the parameters below the proxy's path, with fields parameter and sha256.

    details: value
    """
    path = rendered.parameter_path(declared.owner)
    values, owned = aws.gather(
        lambda: aws.read("ssm.get_parameters_by_path", "Parameters", Path=path, Recursive=True),
        lambda: aws.read(
            "ssm.describe_parameters",
            "Parameters",
            ParameterFilters=[{"Key": "tag:closednet:managed", "Values": [declared.owner]}],
        ),
    )
    managed = {one["Name"] for one in owned}
    return {
        one["Name"].removeprefix(path): Actual(
            one["Name"],
            {"parameter": one["Name"], "sha256": _sha256(one["Value"])},
            managed=one["Name"] in managed,
            details={"value": one["Value"]},
        )
        for one in values
    }


def plan(wanted, found, declared):
    """Return the steps; values aren't shown, since they are compressed. Former ones go when no task needs them."""
    made = rendered.of(declared, found) if wanted else rendered.Rendered("", ())
    path = rendered.parameter_path(declared.owner)
    values = {f"{path}{made.digest}/{index:02}": part for index, part in enumerate(made.parts)}
    parameters = {
        name.removeprefix(path): {"parameter": name, "sha256": _sha256(value)} for name, value in values.items()
    }

    def put(fields, **more):
        arguments = {"Name": fields["parameter"], "Value": values[fields["parameter"]], "Type": "String", **more}
        return Call("ssm.put_parameter", arguments)

    def create(fields):
        return put(fields, Tags=pairs(owner_tags(declared.owner, made.digest, declared.inputs.tags)))

    kind = replace(KIND, create=create, changes={("sha256",): lambda id_, before, after: [put(after, Overwrite=True)]})
    return [_last(step, found) for step in reconcile(kind, parameters, found["proxy_configuration"])]


def _last(step, found):
    """Return a step that deletes after the deletion of the task definitions, which comes after the service's change."""
    needs = [Address("task_definition", name) for name in found["task_definition"]]
    return replace(step, needs=(*step.needs, *needs)) if step.removes else step


def notes(wanted, found, declared):
    return list(declared.inputs.unsupported) if wanted else []


def _sha256(value):
    return hashlib.sha256(value.encode()).hexdigest()


def groups_of(found, digest):
    """Return the groups that the configuration of this digest was made from; none if it is unknown."""
    parts = {
        name: there.details["value"]
        for name, there in found["proxy_configuration"].items()
        if name.partition("/")[0] == digest
    }
    return container.groups_of(container.unpack([parts[name] for name in sorted(parts)]))


KIND = ResourceType(
    "proxy_configuration",
    create=lambda fields: Call("ssm.put_parameter", {}),
    changes={("sha256",): lambda id_, before, after: []},
    delete=lambda id_, fields: Call("ssm.delete_parameter", {"Name": fields["parameter"]}),
)
