# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of codeartifact_domain: a domain and its repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2

DOMAIN = {"domain": "packages"}
READS = ("codeartifact", "List*")


def key(world: World) -> None:
    world.made["key"] = world.client(HUB, "kms").create_key()["KeyMetadata"]["Arn"]


PACKAGES = {
    "name": "packages",
    "encryption_key": lambda world: world.made["key"],
    "repositories": [
        {"name": "pypi-store", "external_connection": "public:pypi", "readable": False},
        {"name": "own"},
        {"name": "python", "description": "what builds install from", "upstreams": ["own", "pypi-store"]},
    ],
    "readers": {"organization_id": "o-demo123456", "account_ids": [SPOKE, SPOKE_2]},
    "tags": TAGS,
}


def call(operation: str, **arguments: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.client(HUB, "codeartifact"), operation)(**DOMAIN, **arguments)


def domain_arn(world: World) -> str:
    return call("describe_domain")(world)["domain"]["arn"]


def repository_arn(world: World) -> str:
    return call("describe_repository", repository="python")(world)["repository"]["arn"]


def retag(world: World, arn: str, **values: str) -> None:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    world.client(HUB, "codeartifact").tag_resource(resourceArn=arn, tags=pairs)


def removed(world: World) -> None:
    for repository in PACKAGES["repositories"]:
        call("delete_repository", repository=repository["name"])(world)
    call("delete_domain")(world)


def foreign_domain(world: World) -> str:
    return call("create_domain")(world)["domain"]["arn"]


def foreign_repository(world: World) -> str:
    """Create a repository in a domain with the module's tags, like one that was handed over; return its ARN."""
    pairs = {OWNER_TAG: "codeartifact_domain/packages", NAME_TAG: "main"}
    handed_over = [{"key": name, "value": value} for name, value in pairs.items()]
    call("create_domain", encryptionKey=world.made["key"], tags=handed_over)(world)
    return call("create_repository", repository="python")(world)["repository"]["arn"]


ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "codeartifact:*", "Resource": "*"}
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})
REVERSED = [{"repositoryName": name} for name in ("pypi-store", "own")]

CODEARTIFACT_DOMAIN = Case(
    "codeartifact_domain",
    HUB,
    PACKAGES,
    [HUB],
    [
        Drift("domain: removed", "package_domain", ("domain", "encryption_key"), "create", removed),
        Drift(
            "domain: opened",
            "package_domain",
            ("policy",),
            "change",
            call("put_domain_permissions_policy", policyDocument=OPEN),
        ),
        Drift("domain: closed", "package_domain", ("policy",), "change", call("delete_domain_permissions_policy")),
        *tags("package_domain", HUB, domain_arn, retag),
        Drift(
            "repository: removed",
            "package_repository",
            ("domain", "repository"),
            "create",
            call("delete_repository", repository="python"),
        ),
        Drift(
            "repository: an upstream removed",
            "package_repository",
            ("upstreams",),
            "change",
            call("delete_repository", repository="own"),
        ),
        Drift(
            "repository: described otherwise",
            "package_repository",
            ("description",),
            "change",
            call("update_repository", repository="python", description="by hand"),
        ),
        Drift(
            "repository: another order",
            "package_repository",
            ("upstreams",),
            "change",
            call("update_repository", repository="python", upstreams=REVERSED),
        ),
        Drift(
            "repository: no public index",
            "package_repository",
            ("external_connection",),
            "change",
            call("disassociate_external_connection", repository="pypi-store", externalConnection="public:pypi"),
        ),
        Drift(
            "repository: a public index",
            "package_repository",
            ("external_connection",),
            "change",
            call("associate_external_connection", repository="own", externalConnection="public:npmjs"),
        ),
        Drift(
            "repository: a public index in place of upstreams",
            "package_repository",
            ("upstreams", "external_connection"),
            "change",
            lambda world: (
                call("update_repository", repository="python", upstreams=[])(world),
                call("associate_external_connection", repository="python", externalConnection="public:pypi")(world),
            ),
        ),
        Drift(
            "repository: opened",
            "package_repository",
            ("policy",),
            "change",
            call("put_repository_permissions_policy", repository="pypi-store", policyDocument=OPEN),
        ),
        *tags("package_repository", HUB, repository_arn, retag),
    ],
    before=key,
    foreign={"domain": foreign_domain, "repository": foreign_repository},
    reads=READS,
)

ALONE = Case(
    "codeartifact_domain",
    HUB,
    {"name": "packages", "repositories": [{"name": "python"}]},
    [HUB],
    [
        Drift(
            "domain: opened",
            "package_domain",
            ("policy",),
            "change",
            call("put_domain_permissions_policy", policyDocument=OPEN),
        ),
    ],
    reads=READS,
    name="for the account alone",
)

CASES = [CODEARTIFACT_DOMAIN, ALONE]
