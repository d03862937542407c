# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module codeartifact_domain: an AWS CodeArtifact domain, its repositories, and who reads packages from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.packages import policies
from .._domain.values import identifiers
from .._resources.packages import package_domain, package_repository
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "encryption_key": {"type": "str", "no_log": False},
    "repositories": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "description": {"type": "str", "default": ""},
            "upstreams": {"type": "list", "elements": "str", "default": []},
            "external_connection": {"type": "str", "default": ""},
            "readable": {"type": "bool", "default": True},
        },
    },
    "readers": {
        "type": "dict",
        "default": {},
        "options": {
            "organization_id": {"type": "str"},
            "account_ids": {"type": "list", "elements": "str", "default": []},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
MOST_UPSTREAMS = 10


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    domain: str
    # organization_id, account_ids
    readers: Mapping[str, Any]


def desired(params):
    _check(params)
    domain = params["name"]
    owner = f"codeartifact_domain/{domain}"
    resources = {
        "package_domain": {
            "main": {
                "domain": domain,
                "encryption_key": params["encryption_key"],
                "tags": owner_tags(owner, "main", params["tags"], domain),
            }
        },
        "package_repository": {
            repository["name"]: {
                **{key: value for key, value in repository.items() if key != "name"},
                "domain": domain,
                "repository": repository["name"],
                "tags": owner_tags(owner, repository["name"], params["tags"], repository["name"]),
            }
            for repository in params["repositories"]
        },
    }
    readers = {"organization_id": params["readers"].get("organization_id")}
    readers["account_ids"] = params["readers"].get("account_ids", [])
    inputs = Inputs(domain, readers)
    return Declared(owner, resources, inputs)


def _check(params):
    identifiers.package_domain("name", params["name"])
    if params["encryption_key"] is not None:
        identifiers.kms_key("encryption_key", params["encryption_key"])
    names = []
    for index, repository in enumerate(params["repositories"]):
        option = f"repositories[{index}]"
        identifiers.package_repository(f"{option}.name", repository["name"])
        names.append((f"{option}.name", repository["name"]))
        if len(repository["upstreams"]) > MOST_UPSTREAMS:
            raise Invalid(f"{option}.upstreams", repository["upstreams"], "are too many", f"{MOST_UPSTREAMS} at most")
        for place, upstream in enumerate(repository["upstreams"]):
            if upstream == repository["name"]:
                raise Invalid(f"{option}.upstreams[{place}]", upstream, "is the repository itself", "another one")
            identifiers.package_repository(f"{option}.upstreams[{place}]", upstream)
        if repository["external_connection"] and repository["upstreams"]:
            # "A repository can have one or more upstream repositories, or an external connection":
            # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_AssociateExternalConnection.html
            raise Invalid(
                f"{option}.external_connection",
                repository["external_connection"],
                "can't be where upstreams are",
                "a repository of its own for it, which is then one of the upstreams",
            )
        if repository["external_connection"] and not repository["external_connection"].startswith("public:"):
            raise Invalid(
                f"{option}.external_connection",
                repository["external_connection"],
                "is no external connection",
                "one such as public:pypi",
            )
    identifiers.distinct(names, "is declared twice", "one entry for each repository")
    for index, account_id in enumerate(params["readers"].get("account_ids", [])):
        identifiers.account_id(f"readers.account_ids[{index}]", account_id)
    if params["readers"].get("organization_id"):
        identifiers.organization("readers.organization_id", params["readers"]["organization_id"])


def report(declared, found, ids, states):
    wanted = {} if declared.absent else declared.resources["package_repository"]
    there = found["package_repository"]
    repositories = {
        name: {
            "arn": ids.get(f"package_repository.{name}"),
            "endpoint": ids.get(f"{package_repository.INDEX}.{name}")
            or (there[name].details.get("endpoint") if name in there else None),
        }
        for name in wanted
    }
    domain = ids.get("package_domain.main")
    arns = [repositories[name]["arn"] for name in wanted if wanted[name]["readable"]]
    complete = domain and arns and all(arns)
    return {
        "domain_arn": domain,
        "repositories": repositories,
        "reader_policy": policies.of_reader(domain, arns) if complete else None,
    }


CAPABILITY = Capability(
    "codeartifact_domain",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (package_domain, package_repository),
    report,
    removals=guard.deleted("package_repository"),
)
