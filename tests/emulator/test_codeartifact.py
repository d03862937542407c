# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeArtifact. D: the operation's page of the CodeArtifact API reference; U: not verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, STRANGER, Emulator, error_of, refused

READ = "codeartifact:ReadFromRepository"


@pytest.fixture
def codeartifact(client: Callable[..., Any]) -> Any:
    """Of the hub."""
    return client(HUB, "codeartifact")


@pytest.fixture
def domain(codeartifact: Any) -> dict[str, Any]:
    return codeartifact.create_domain(domain="packages", tags=[{"key": "a", "value": "b"}])["domain"]


@pytest.fixture
def public(codeartifact: Any, domain: dict[str, Any]) -> dict[str, Any]:
    """A repository with the connection to PyPI."""
    codeartifact.create_repository(domain="packages", repository="pypi-store")
    return codeartifact.associate_external_connection(
        domain="packages", repository="pypi-store", externalConnection="public:pypi"
    )["repository"]


def policy(action: str, principal: Any = "*", **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | condition]})


def test_domain(codeartifact: Any, domain: dict[str, Any]) -> None:
    """D DomainDescription; the default key is the account's aws/codeartifact"""
    arn = f"arn:aws:codeartifact:eu-central-1:{HUB}:domain/packages"
    assert (domain["arn"], domain["owner"], domain["status"]) == (arn, HUB, "Active")
    assert domain["repositoryCount"] == domain["assetSizeBytes"] == 0
    assert domain["encryptionKey"].startswith(f"arn:aws:kms:eu-central-1:{HUB}:key/")
    assert codeartifact.describe_domain(domain="packages", domainOwner=HUB)["domain"] == domain
    assert [found["name"] for found in codeartifact.list_domains()["domains"]] == ["packages"]
    assert codeartifact.delete_domain(domain="packages")["domain"]["status"] == "Deleted"
    # The text: https://github.com/aws/aws-cdk/issues/19792
    expected = f"Domain not found. Domain 'packages' owned by account '{HUB}' does not exist"
    assert error_of(codeartifact.describe_domain, domain="packages") == ("ResourceNotFoundException", expected)
    assert refused(codeartifact.describe_domain, domain="packages") == ("ResourceNotFoundException", 404)
    # D: DeleteDomain has no ResourceNotFoundException
    assert "domain" not in codeartifact.delete_domain(domain="packages")


def test_domain_refused(codeartifact: Any, domain: dict[str, Any], client: Callable[..., Any]) -> None:
    """D CreateDomain; Quotas in AWS CodeArtifact: 10 domains"""
    create = codeartifact.create_domain
    assert refused(create, domain="packages") == ("ConflictException", 409)
    for name in ("Packages", "-x", "x-", "1x", "x" * 51, "x_y"):
        assert refused(create, domain=name) == ("ValidationException", 400), name
    kms = client(HUB, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert create(domain="own-key", encryptionKey=key)["domain"]["encryptionKey"] == key
    kms.disable_key(KeyId=key.rpartition("/")[2])
    for unusable in (key, "alias/none"):
        assert refused(create, domain="other", encryptionKey=unusable) == ("ValidationException", 400)
    for number in range(8):
        create(domain=f"domain-{number}")
    assert refused(create, domain="one-more") == ("ServiceQuotaExceededException", 402)


def test_domain_with_repositories_stays(codeartifact: Any, public: dict[str, Any]) -> None:
    """The text: aws-cloudformation/aws-cloudformation-resource-providers-codeartifact#63"""
    expected = ("ConflictException", "Domain must contain 0 repositories before deletion")
    assert error_of(codeartifact.delete_domain, domain="packages") == expected
    codeartifact.delete_repository(domain="packages", repository="pypi-store")
    codeartifact.delete_domain(domain="packages")


def test_repository(codeartifact: Any, domain: dict[str, Any], public: dict[str, Any]) -> None:
    """D RepositoryDescription, UpdateRepository"""
    of = {"domain": "packages", "repository": "team"}
    upstreams = [{"repositoryName": "pypi-store"}]
    made = codeartifact.create_repository(**of, description="a", upstreams=upstreams)["repository"]
    assert made["arn"] == f"arn:aws:codeartifact:eu-central-1:{HUB}:repository/packages/team"
    assert (made["administratorAccount"], made["domainOwner"], made["domainName"]) == (HUB, HUB, "packages")
    assert (made["upstreams"], made["externalConnections"]) == (upstreams, [])
    changed = codeartifact.update_repository(**of, description="b")["repository"]
    assert changed == made | {"description": "b"}
    assert codeartifact.update_repository(**of, upstreams=[])["repository"]["upstreams"] == []
    assert codeartifact.describe_repository(**of)["repository"]["description"] == "b"
    assert codeartifact.describe_domain(domain="packages")["domain"]["repositoryCount"] == 2
    assert codeartifact.delete_repository(**of)["repository"]["name"] == "team"
    assert refused(codeartifact.describe_repository, **of) == ("ResourceNotFoundException", 404)


def test_repository_refused(codeartifact: Any, public: dict[str, Any]) -> None:
    """D CreateRepository, repos-upstream.html: of the same domain; Quotas: 10 direct upstreams; U: itself"""
    create = codeartifact.create_repository
    codeartifact.create_domain(domain="elsewhere")
    create(domain="elsewhere", repository="there")
    names = [f"upstream-{number}" for number in range(11)]
    for name in names:
        create(domain="packages", repository=name)
    for upstreams, expected in (
        (["there"], ("ResourceNotFoundException", 404)),
        (names, ("ServiceQuotaExceededException", 402)),
        (["team"], ("ValidationException", 400)),
    ):
        listed = [{"repositoryName": name} for name in upstreams]
        assert refused(create, domain="packages", repository="team", upstreams=listed) == expected, upstreams
    assert refused(create, domain="packages", repository="pypi-store") == ("ConflictException", 409)
    assert refused(create, domain="none", repository="team") == ("ResourceNotFoundException", 404)
    assert refused(create, domain="packages", repository="_team") == ("ValidationException", 400)


def test_external_connection(codeartifact: Any, public: dict[str, Any]) -> None:
    """D AssociateExternalConnection: one per repository, and no upstreams beside it.

    400: https://github.com/awsdocs/aws-cloudformation-user-guide/pull/1127
    """
    expected = [{"externalConnectionName": "public:pypi", "packageFormat": "pypi", "status": "Available"}]
    assert public["externalConnections"] == expected
    of = {"domain": "packages", "repository": "pypi-store"}
    connect, disconnect = codeartifact.associate_external_connection, codeartifact.disassociate_external_connection
    assert refused(connect, **of, externalConnection="public:npmjs") == ("ValidationException", 400)
    codeartifact.create_repository(domain="packages", repository="team", upstreams=[{"repositoryName": "pypi-store"}])
    team = {"domain": "packages", "repository": "team"}
    assert refused(connect, **team, externalConnection="public:npmjs") == ("ValidationException", 400)
    with_upstream = {**of, "upstreams": [{"repositoryName": "team"}]}
    assert refused(codeartifact.update_repository, **with_upstream) == ("ValidationException", 400)
    assert disconnect(**of, externalConnection="public:pypi")["repository"]["externalConnections"] == []
    assert refused(disconnect, **of, externalConnection="public:pypi") == ("ResourceNotFoundException", 404)


def test_lists(codeartifact: Any, domain: dict[str, Any]) -> None:
    """D ListRepositories, ListRepositoriesInDomain"""
    for name in ("team-b", "team-a", "shared"):
        codeartifact.create_repository(domain="packages", repository=name)
    in_domain = codeartifact.get_paginator("list_repositories_in_domain")
    pages = in_domain.paginate(domain="packages", PaginationConfig={"PageSize": 2})
    assert [[one["name"] for one in page["repositories"]] for page in pages] == [["shared", "team-a"], ["team-b"]]
    found = codeartifact.list_repositories(repositoryPrefix="team")["repositories"]
    assert [one["name"] for one in found] == ["team-a", "team-b"]
    assert codeartifact.list_repositories_in_domain(domain="packages", administratorAccount=SPOKE)["repositories"] == []
    assert refused(codeartifact.list_domains, nextToken="zzz") == ("ValidationException", 400)


def test_endpoint(codeartifact: Any, public: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-pip.html"""
    of = {"domain": "packages", "repository": "pypi-store", "format": "pypi"}
    expected = f"https://packages-{HUB}.d.codeartifact.eu-central-1.amazonaws.com/pypi/pypi-store/"
    assert codeartifact.get_repository_endpoint(**of)["repositoryEndpoint"] == expected
    assert refused(codeartifact.get_repository_endpoint, **of | {"format": "rpm"}) == ("ValidationException", 400)
    unknown = of | {"repository": "none"}
    assert refused(codeartifact.get_repository_endpoint, **unknown) == ("ResourceNotFoundException", 404)


def test_token(codeartifact: Any, domain: dict[str, Any]) -> None:
    """D GetAuthorizationToken: 12 hours; 0: as long as the role's credentials; else 900 to 43200"""
    for parameters, hours in (({}, 12), ({"durationSeconds": 1800}, 0.5), ({"durationSeconds": 0}, 1)):
        made = codeartifact.get_authorization_token(domain="packages", **parameters)
        remaining = made["expiration"] - datetime.now(timezone.utc)
        assert made["authorizationToken"]
        assert abs(remaining - timedelta(hours=hours)) < timedelta(minutes=1)
    for wrong in (899, 43201):
        call = {"domain": "packages", "durationSeconds": wrong}
        assert refused(codeartifact.get_authorization_token, **call) == ("ValidationException", 400)
    assert refused(codeartifact.get_authorization_token, domain="none") == ("ResourceNotFoundException", 404)


def test_policies(codeartifact: Any, public: dict[str, Any]) -> None:
    """D Put/Get/DeleteDomainPermissionsPolicy and those of repositories: optimistic locking by revision"""
    repository = {"domain": "packages", "repository": "pypi-store"}
    for kind, of in (("domain", {"domain": "packages"}), ("repository", repository)):
        put, get, delete = (
            getattr(codeartifact, f"{verb}_{kind}_permissions_policy") for verb in ("put", "get", "delete")
        )
        assert refused(get, **of) == ("ResourceNotFoundException", 404)
        first = put(**of, policyDocument=policy(READ))["policy"]
        assert json.loads(first["document"])["Statement"][0]["Action"] == READ
        second = put(**of, policyDocument=policy("codeartifact:*"), policyRevision=first["revision"])["policy"]
        outdated = {"policyDocument": policy(READ), "policyRevision": first["revision"]}
        assert refused(put, **of, **outdated) == ("ConflictException", 409)
        assert get(**of)["policy"] == second
        delete(**of)
        assert refused(get, **of) == ("ResourceNotFoundException", 404)
        assert refused(put, **of, policyDocument="no json") == ("ValidationException", 400)


def test_other_accounts(client: Callable[..., Any], codeartifact: Any, public: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/codeartifact/latest/ug/domain-policies.html: a domain's policy is for all in it"""
    spoke, of = client(SPOKE, "codeartifact"), {"domain": "packages", "domainOwner": HUB}
    assert refused(spoke.get_authorization_token, domain="packages") == ("ResourceNotFoundException", 404)
    assert refused(spoke.get_authorization_token, **of) == ("AccessDeniedException", 403)
    allowed = policy("codeartifact:Get*", Condition={"StringEquals": {"aws:PrincipalOrgID": ["o-demo123456"]}})
    codeartifact.put_domain_permissions_policy(domain="packages", policyDocument=allowed)
    spoke.get_authorization_token(**of)
    spoke.get_repository_endpoint(**of, repository="pypi-store", format="pypi")
    assert refused(spoke.describe_repository, **of, repository="pypi-store") == ("AccessDeniedException", 403)
    stranger = client(STRANGER, "codeartifact")
    assert refused(stranger.get_authorization_token, **of) == ("AccessDeniedException", 403)
    codeartifact.delete_domain_permissions_policy(domain="packages")
    # A repository in another account's domain is administered by who made it (D RepositoryDescription).
    own = policy("codeartifact:*", {"AWS": f"arn:aws:iam::{SPOKE}:root"})
    codeartifact.put_domain_permissions_policy(domain="packages", policyDocument=own)
    assert refused(client(SPOKE_2, "codeartifact").describe_domain, **of) == ("AccessDeniedException", 403)
    made = spoke.create_repository(**of, repository="of-spoke")["repository"]
    assert (made["administratorAccount"], made["domainOwner"]) == (SPOKE, HUB)
    assert [one["name"] for one in spoke.list_repositories()["repositories"]] == ["of-spoke"]
    assert [one["name"] for one in codeartifact.list_repositories()["repositories"]] == ["pypi-store"]


def test_tags(codeartifact: Any, domain: dict[str, Any], public: dict[str, Any]) -> None:
    """D TagResource, UntagResource, ListTagsForResource"""
    assert codeartifact.list_tags_for_resource(resourceArn=domain["arn"])["tags"] == [{"key": "a", "value": "b"}]
    codeartifact.tag_resource(resourceArn=public["arn"], tags=[{"key": "x", "value": "y"}, {"key": "z", "value": ""}])
    codeartifact.untag_resource(resourceArn=public["arn"], tagKeys=["x"])
    assert codeartifact.list_tags_for_resource(resourceArn=public["arn"])["tags"] == [{"key": "z", "value": ""}]
    gone = public["arn"].replace("pypi-store", "none")
    assert refused(codeartifact.list_tags_for_resource, resourceArn=gone) == ("ResourceNotFoundException", 404)


def test_log_and_reset(emulator: Emulator, codeartifact: Any, public: dict[str, Any]) -> None:
    """The call log has the operation's name; a reset forgets domains."""
    codeartifact.describe_domain(domain="packages")
    last = emulator.control("GET", "calls")[-1]
    assert (last["service"], last["operation"], last["account"]) == ("codeartifact", "DescribeDomain", HUB)
    emulator.control("POST", "reset")
    assert emulator.client(HUB, "codeartifact").list_domains()["domains"] == []
