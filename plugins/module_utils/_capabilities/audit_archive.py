# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module audit_archive: the bucket and the key of trails, which auditors read by account."""

from __future__ import annotations

from dataclasses import dataclass

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.logs import layout, policies
from .._domain.logs import trails as trail_checks
from .._domain.logs.options import DEFAULT_DAYS
from .._domain.values import identifiers
from .._resources.logs import archive_bucket, archive_key
from .._resources.shared.ec2 import owner_tags
from . import archive_checks as checks

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str", "required": True},
    "kms_key_arn": {"type": "str", "no_log": False},
    "object_lock": checks.OBJECT_LOCK,
    "retention_days": {"type": "int", "default": DEFAULT_DAYS},
    "transition_days": {"type": "int"},
    "trails": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "account_id": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "organization_id": {"type": "str"},
        },
    },
    "account_ids": {"type": "list", "elements": "str", "default": []},
    "auditors": checks.AUDITORS,
    "auditor_role": {"type": "str"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    bucket: str
    kms_key_arn: str | None


def desired(params):
    layout.check_name("name", params["name"])
    checks.check_bucket(params)
    checks.check_accounts("account_ids", params["account_ids"])
    trails = tuple(_trail(f"trails[{index}]", trail) for index, trail in enumerate(params["trails"]))
    places = [(f"trails[{index}].name", (one.name, one.account_id, one.region)) for index, one in enumerate(trails)]
    identifiers.distinct(places, "is there twice", "each trail once")
    accounts = tuple(dict.fromkeys((*params["account_ids"], *(trail.account_id for trail in trails))))
    organization = next((trail.organization_id for trail in trails if trail.organization_id), "")
    archive = policies.TrailArchive(
        account_id=params["account_id"],
        bucket=params["bucket"],
        trails=trails,
        accounts=accounts,
        readers=checks.readers(params, accounts, organization),
        **checks.PLACE,
    )
    owner = f"audit_archive/{params['name']}"
    tags = owner_tags(owner, "main", params["tags"], params["name"])
    key = Ref("archive_key.main")
    alias = layout.key_alias(params["name"])
    resources = {
        "archive_key": {"main": checks.key(alias, policies.trail_key(archive), tags)},
        "archive_bucket": {"main": checks.bucket(params, key, policies.trail_bucket(archive), tags)},
    }
    return Declared(owner, resources, Inputs.of(params))


def _trail(option, trail):
    trail_checks.check_name(f"{option}.name", trail["name"])
    identifiers.account_id(f"{option}.account_id", trail["account_id"])
    identifiers.region(f"{option}.region", trail["region"])
    if trail["organization_id"] is not None:
        identifiers.organization(f"{option}.organization_id", trail["organization_id"])
    return policies.Trail(trail["name"], trail["account_id"], trail["region"], trail["organization_id"] or "")


def report(declared, found, ids, states):
    return {
        "bucket": declared.inputs.bucket,
        "kms_key_arn": ids.get("archive_key.main") or declared.inputs.kms_key_arn,
    }


CAPABILITY = Capability(
    "audit_archive",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (archive_key, archive_bucket),
    report,
    removals=checks.removals(),
)
