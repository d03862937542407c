# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module vpc_block_public_access: VPC Block Public Access in a region, with its exclusions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._domain.values import identifiers
from .._domain.vpc.block_public_access import BLOCK_MODES, EXCLUSION_MODES
from .._resources.shared.ec2 import owner_tags
from .._resources.vpc import block_public_access, block_public_access_exclusion, internet_access

EXCLUSION = {
    "vpc_id": {"type": "str"},
    "subnet_id": {"type": "str"},
    "internet_gateway_exclusion_mode": {"type": "str", "choices": list(EXCLUSION_MODES), "required": True},
}
ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "internet_gateway_block_mode": {"type": "str", "choices": list(BLOCK_MODES)},
    "exclusions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": EXCLUSION,
        "mutually_exclusive": [["vpc_id", "subnet_id"]],
        "required_one_of": [["vpc_id", "subnet_id"]],
    },
    "accept_cut_off": {"type": "list", "elements": "str", "default": []},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    mode: str | None
    accept_cut_off: Sequence[str]


def desired(params):
    _check(params)
    owner = f"vpc_block_public_access/{params['name']}"
    mode = params["internet_gateway_block_mode"]
    excluded = {item["vpc_id"] or item["subnet_id"]: item for item in params["exclusions"]}
    resources = {
        "block_public_access": {"main": {"mode": mode}} if mode else {},
        "block_public_access_exclusion": {
            id_: {
                "resource": id_,
                "mode": item["internet_gateway_exclusion_mode"],
                "tags": owner_tags(owner, id_, params["tags"], f"{params['name']} {id_}"),
            }
            for id_, item in excluded.items()
        },
        "internet_access": {},
    }
    inputs = Inputs(mode, params["accept_cut_off"])
    return Declared(owner, resources, inputs)


def _check(params):
    identifiers.name("name", params["name"])
    for index, item in enumerate(params["exclusions"]):
        for key, prefix in (("vpc_id", "vpc"), ("subnet_id", "subnet")):
            if item[key] is not None:
                identifiers.resource_id(f"exclusions[{index}].{key}", item[key], prefix)
    identifiers.distinct(
        ((f"exclusions[{i}]", item["vpc_id"] or item["subnet_id"]) for i, item in enumerate(params["exclusions"])),
        "is excluded twice",
        "one exclusion for each VPC or subnet",
    )
    for index, id_ in enumerate(params["accept_cut_off"]):
        prefix = "subnet" if id_.startswith("subnet-") else "vpc"
        identifiers.resource_id(f"accept_cut_off[{index}]", id_, prefix)


def report(declared, found, ids, states):
    kind = block_public_access_exclusion.KIND.name
    own = {address.name: id_ for address, id_ in ids.items() if address.kind == kind}
    others = {name: there.id for name, there in found[kind].items() if not there.managed}
    return {
        "internet_gateway_block_mode": block_public_access.mode_after(declared, found),
        "managed_by": "declarative-policy" if found["block_public_access"]["main"].details["by_policy"] else "account",
        "exclusions": [{"id": id_, "resource": name} for name, id_ in sorted({**others, **own}.items())],
    }


CAPABILITY = Capability(
    "vpc_block_public_access",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (block_public_access, block_public_access_exclusion, internet_access),
    report,
)
