# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Domains of one account and region, and the repositories in them.

Rules: https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_Operations.html
Quotas: https://docs.aws.amazon.com/codeartifact/latest/ug/service-limits.html
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException

MAX_DOMAINS, MAX_REPOSITORIES, MAX_UPSTREAMS, MAX_TAGS = 10, 1000, 10, 50
_ALIAS = "alias/aws/codeartifact"
# https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_AssociateExternalConnection.html
EXTERNAL_CONNECTIONS = {
    "public:npmjs": "npm",
    "public:nuget-org": "nuget",
    "public:pypi": "pypi",
    "public:maven-central": "maven",
    "public:maven-googleandroid": "maven",
    "public:maven-gradleplugins": "maven",
    "public:maven-commonsware": "maven",
    "public:maven-clojars": "maven",
    "public:ruby-gems-org": "ruby",
    "public:crates-io": "cargo",
}


class CodeArtifactError(ServiceException):
    """Error of CodeArtifact: CodeArtifactError(code, message, member=value of the error's shape)."""

    def __init__(self, code: str, message: str, **members: str):
        super().__init__(code, message)
        self.__dict__.update(members)


def invalid(message: str, reason: str = "FIELD_VALIDATION_FAILED") -> CodeArtifactError:
    return CodeArtifactError("ValidationException", message, reason=reason)


def missing_domain(name: str, owner: str) -> CodeArtifactError:
    """Build the error for an unknown domain. The text: https://github.com/aws/aws-cdk/issues/19792"""
    return CodeArtifactError(
        "ResourceNotFoundException",
        f"Domain not found. Domain '{name}' owned by account '{owner}' does not exist",
        resourceId=name,
        resourceType="domain",
    )


def quota_exceeded(message: str, kind: str, name: str) -> CodeArtifactError:
    return CodeArtifactError("ServiceQuotaExceededException", message, resourceId=name, resourceType=kind)


class Resource:
    """Domain or repository: both have an ARN, tags and a policy."""

    def __init__(self, name: str, arn: str, tags: list[dict[str, str]]):
        self.name, self.arn = name, arn
        self.tags: dict[str, str] = {}
        self.tag(tags)
        self.created = datetime.now(timezone.utc)
        self.policy: dict[str, str] | None = None

    def tag(self, tags: list[dict[str, str]]) -> None:
        merged = self.tags | {tag["key"]: tag["value"] for tag in tags}
        if len(merged) > MAX_TAGS:
            raise quota_exceeded(f"A resource can have at most {MAX_TAGS} tags.", self.kind, self.name)
        self.tags = merged

    @property
    def kind(self) -> str:
        return type(self).__name__.lower()

    def put_policy(self, document: str, revision: str | None) -> dict[str, str]:
        self.check_revision(revision)
        self.policy = {"resourceArn": self.arn, "revision": str(uuid4()), "document": document}
        return self.policy

    def get_policy(self) -> dict[str, str]:
        if self.policy is None:
            raise CodeArtifactError(
                "ResourceNotFoundException",
                f"No permissions policy is set on {self.kind} '{self.name}'.",  # the text is not verified
                resourceId=self.name,
                resourceType=self.kind,
            )
        return self.policy

    def delete_policy(self, revision: str | None) -> dict[str, str]:
        policy = self.get_policy()
        self.check_revision(revision)
        self.policy = None
        return policy

    def check_revision(self, revision: str | None) -> None:
        """Raise ConflictException if a revision is given that is not the policy's current one (optimistic locking)."""
        if revision and revision != (self.policy or {}).get("revision"):
            raise CodeArtifactError(
                "ConflictException",
                f"The policy revision '{revision}' is not the current one.",  # the text is not verified
                resourceId=self.name,
                resourceType=self.kind,
            )


class Repository(Resource):
    def __init__(
        self, domain: Domain, name: str, administrator: str, description: str | None, tags: list[dict[str, str]]
    ):
        super().__init__(name, f"{domain.arn.replace(':domain/', ':repository/')}/{name}", tags)
        self.domain, self.administrator, self.description = domain, administrator, description
        self.upstreams: list[str] = []
        self.connection: str | None = None

    def put_upstreams(self, names: list[str]) -> None:
        if len(names) > MAX_UPSTREAMS:
            text = f"A repository can have at most {MAX_UPSTREAMS} direct upstream repositories."
            raise quota_exceeded(text, "repository", self.name)
        if names and self.connection:
            raise invalid("A repository can have one or more upstream repositories, or an external connection.")
        if len(set(names)) < len(names) or self.name in names:
            raise invalid("Upstream repositories must be other repositories, each named once.")  # not verified
        for name in names:
            self.domain.repository(name)
        self.upstreams = names

    def connect(self, connection: str) -> None:
        if connection not in EXTERNAL_CONNECTIONS:
            raise CodeArtifactError(
                "ResourceNotFoundException", f"External connection '{connection}' does not exist."
            )  # code and text are not verified
        if self.connection == connection:
            raise CodeArtifactError(
                "ConflictException",
                f"Repository '{self.name}' already has the external connection '{connection}'.",
                resourceId=self.name,
                resourceType="repository",
            )  # code and text are not verified
        if self.connection:
            # https://github.com/awsdocs/aws-cloudformation-user-guide/pull/1127: status 400
            raise invalid("ExternalConnections for repositories are currently limited to 1", "OTHER")
        if self.upstreams:
            raise invalid("A repository can have one or more upstream repositories, or an external connection.")
        self.connection = connection

    def disconnect(self, connection: str) -> None:
        if self.connection != connection:
            raise CodeArtifactError(
                "ResourceNotFoundException",
                f"Repository '{self.name}' has no external connection '{connection}'.",  # not verified
                resourceId=self.name,
                resourceType="repository",
            )
        self.connection = None

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "administratorAccount": self.administrator,
            "domainName": self.domain.name,
            "domainOwner": self.domain.owner,
            "arn": self.arn,
            "description": self.description,
            "createdTime": self.created,
        }

    def shape(self) -> dict[str, Any]:
        connections = [
            {
                "externalConnectionName": self.connection,
                "packageFormat": EXTERNAL_CONNECTIONS[self.connection],
                "status": "Available",
            }
            for _ in filter(None, [self.connection])
        ]
        upstreams = [{"repositoryName": name} for name in self.upstreams]
        return self.summary() | {"upstreams": upstreams, "externalConnections": connections}


class Domain(Resource):
    def __init__(self, name: str, owner: str, region: str, key_arn: str, tags: list[dict[str, str]]):
        super().__init__(name, f"arn:aws:codeartifact:{region}:{owner}:domain/{name}", tags)
        self.owner, self.region, self.key_arn = owner, region, key_arn
        self.repositories: dict[str, Repository] = {}

    def repository(self, name: str) -> Repository:
        if name not in self.repositories:
            raise CodeArtifactError(
                "ResourceNotFoundException",  # the text is modelled on the domain's
                f"Repository not found. Repository '{name}' in domain '{self.name}' owned by account '{self.owner}' "
                "does not exist",
                resourceId=name,
                resourceType="repository",
            )
        return self.repositories[name]

    def create_repository(
        self,
        name: str,
        administrator: str,
        description: str | None,
        upstreams: list[str],
        tags: list[dict[str, str]],
    ) -> Repository:
        if name in self.repositories:
            raise CodeArtifactError(
                "ConflictException",
                f"Repository with name '{name}' in domain '{self.name}' owned by '{self.owner}' already exists.",
                resourceId=name,
                resourceType="repository",
            )  # the text is not verified
        if len(self.repositories) >= MAX_REPOSITORIES:
            raise quota_exceeded(f"A domain can have at most {MAX_REPOSITORIES} repositories.", "domain", self.name)
        repository = Repository(self, name, administrator, description, tags)
        repository.put_upstreams(upstreams)
        self.repositories[name] = repository
        return repository

    def delete_repository(self, name: str) -> Repository:
        """Delete and return a repository, even an upstream of others: AWS doesn't document that these prevent it."""
        repository = self.repository(name)
        del self.repositories[name]
        for downstream in self.repositories.values():
            downstream.upstreams = [upstream for upstream in downstream.upstreams if upstream != name]
        return repository

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "owner": self.owner,
            "arn": self.arn,
            "status": "Active",
            "createdTime": self.created,
            "encryptionKey": self.key_arn,
        }

    def shape(self) -> dict[str, Any]:
        return self.summary() | {
            "repositoryCount": len(self.repositories),
            "assetSizeBytes": 0,
            "s3BucketArn": f"arn:aws:s3:::assets-{self.owner}-{self.region}",
        }


class CodeArtifactBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.domains: dict[str, Domain] = {}

    def create_domain(self, name: str, key: str | None, tags: list[dict[str, str]]) -> Domain:
        if name in self.domains:
            raise CodeArtifactError(
                "ConflictException",
                f"Domain with name '{name}' owned by '{self.account_id}' already exists.",  # not verified
                resourceId=name,
                resourceType="domain",
            )
        if len(self.domains) >= MAX_DOMAINS:
            raise quota_exceeded(f"An account can have at most {MAX_DOMAINS} domains.", "domain", name)
        self.domains[name] = Domain(name, self.account_id, self.region_name, self._key_arn(key), tags)
        return self.domains[name]

    def _key_arn(self, key: str | None) -> str:
        """Return the key's ARN, by default that of alias/aws/codeartifact, which is created if needed.

        Raises ValidationException if the key is not symmetric and enabled.
        """
        from moto.kms.models import kms_backends

        kms = kms_backends[self.account_id][self.region_name]
        if key is None and kms.get_key_id_from_alias(_ALIAS) is None:
            own = kms.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "CodeArtifact's default key", None)
            kms.create_alias(own.id, _ALIAS)
        name = key or _ALIAS
        alias = "alias/" + name.rpartition("alias/")[2] if "alias/" in name else None
        found = kms.keys.get(kms.get_key_id_from_alias(alias) if alias else kms.get_key_id(name))
        if found is None or found.key_state != "Enabled" or found.key_spec != "SYMMETRIC_DEFAULT":
            raise invalid(f"{name} is not an enabled, symmetric key.", "ENCRYPTION_KEY_ERROR")  # not verified
        return found.arn

    def delete_domain(self, name: str) -> Domain | None:
        """Delete and return a domain, None if it doesn't exist (the operation has no ResourceNotFoundException).

        Raises ConflictException if the domain has repositories.
        """
        domain = self.domains.get(name)
        if domain and domain.repositories:
            # The text: aws-cloudformation/aws-cloudformation-resource-providers-codeartifact#63
            raise CodeArtifactError(
                "ConflictException",
                "Domain must contain 0 repositories before deletion",
                resourceId=name,
                resourceType="domain",
            )
        return self.domains.pop(name, None)


codeartifact_backends: BackendDict[CodeArtifactBackend] = BackendDict(CodeArtifactBackend, "codeartifact")
