# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module audit_trail: a trail of CloudTrail, of the account or of the organization; one that exists is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._domain.logs import trails
from .._domain.values import identifiers
from .._resources.logs import account_trail, trail, trusted_access
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str"},
    "kms_key_arn": {"type": "str", "no_log": False},
    "organization": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
    "data_events": {"type": "list", "elements": "str", "default": []},
    "archive_buckets": {"type": "list", "elements": "str", "default": []},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
CLOUDTRAIL = "cloudtrail.amazonaws.com"


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    trail_name: str
    bucket: str
    organization: bool
    adopt: bool
    data_events: Sequence[str]
    service_principal: str


def desired(params):
    _check(params)
    name = params["name"]
    owner = f"audit_trail/{name}"
    fields = {
        "trail_name": name,
        "bucket": params["bucket"],
        "key_prefix": "",
        "kms_key_arn": params["kms_key_arn"],
        "multi_region": True,
        "global_events": True,
        "validation": True,
        "organization": params["organization"],
        "selectors": trails.selectors(params["data_events"]),
        "logging": True,
        "tags": owner_tags(owner, "main", params["tags"]),
    }
    of_organization = {"trusted_access": {}} if params["organization"] else {}
    resources = {**of_organization, "account_trail": {}, "trail": {"main": fields}}
    inputs = Inputs(
        name, params["bucket"] or "", params["organization"], params["adopt"], params["data_events"], CLOUDTRAIL
    )
    return Declared(owner, resources, inputs)


def _check(params):
    trails.check_name("name", params["name"])
    buckets = params["archive_buckets"]
    for index, bucket in enumerate(buckets):
        identifiers.bucket(f"archive_buckets[{index}]", bucket)
    if params["bucket"] is not None:
        identifiers.bucket("bucket", params["bucket"])
        buckets = [*buckets, params["bucket"]]
    if params["kms_key_arn"] is not None:
        identifiers.kms_key("kms_key_arn", params["kms_key_arn"])
    trails.check_data_events("data_events", params["data_events"], buckets)


def judge(declared, found, steps):
    """Return what a run would stop logging, by guard's names: data events, and the members of the organization."""
    name = declared.owner.partition("/")[2]
    lost = {}
    for step in steps:
        before, after = step.before or {}, step.after or {}
        if step.address.kind != "trail" or step.removes:
            continue
        gone = set(before.get("selectors", {}).get("data", ())) - set(after.get("selectors", {}).get("data", ()))
        lost |= {f"{name}/data_events.{arn}": "its data events are logged no more" for arn in gone}
        if before.get("organization") and not after.get("organization", True):
            lost[f"{name}/organization"] = "events of the organization's members are logged no more"
    return guard.Removals(lost)


def report(declared, found, ids, states):
    other = trail.covering(found, declared)
    own = ids.get("trail.main")
    return {
        "trail_arn": own or (other["arn"] if other else None),
        "managed": bool(own),
        "trails": sorted(found["account_trail"]),
    }


CAPABILITY = Capability(
    "audit_trail",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (trusted_access, account_trail, trail),
    report,
    {"required_if": [["state", "present", ["bucket"]]]},
    removals=judge,
)
