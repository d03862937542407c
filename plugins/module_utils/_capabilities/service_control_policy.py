# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module service_control_policy: a service control policy of an organization, and what it is attached to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.values import identifiers
from .._resources.organizations import organization_root, service_control_policy
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str", "default": ""},
    "content": {"type": "dict"},
    "target_ids": {"type": "list", "elements": "str", "default": []},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # the policy's name, alone
    policies: Sequence[str]


def desired(params):
    identifiers.name("name", params["name"])
    for index, target in enumerate(params["target_ids"]):
        identifiers.policy_target(f"target_ids[{index}]", target)
    if params["state"] == "present" and "Statement" not in params["content"]:
        raise Invalid("content", params["content"], "is no policy document", "a mapping with Version and Statement")
    owner = f"service_control_policy/{params['name']}"
    policy = {
        "policy_name": params["name"],
        "description": params["description"],
        "content": params["content"],
        "targets": sorted(set(params["target_ids"])),
        "tags": owner_tags(owner, params["name"], params["tags"]),
    }
    return Declared(
        owner, {"organization_root": {}, "service_control_policy": {params["name"]: policy}}, Inputs([params["name"]])
    )


def report(declared, found, ids, states):
    (name,) = declared.inputs.policies
    return {"policy_id": ids.get(f"service_control_policy.{name}")}


CAPABILITY = Capability(
    "service_control_policy",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (organization_root, service_control_policy),
    report,
    {"required_if": [["state", "present", ["content"]]]},
)
