# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of CodeArtifact. Those missing here answer InvalidAction."""

from __future__ import annotations

import base64
import fnmatch
import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.sts.models import sts_backends

from emulator.accounts import Accounts, management_account_of
from emulator.codeartifact.models import (
    CodeArtifactBackend,
    CodeArtifactError,
    Domain,
    Repository,
    Resource,
    codeartifact_backends,
    invalid,
    missing_domain,
)

MAX_TOKEN_SECONDS = 43200
_ARN = re.compile(r"arn:aws[\w-]*:codeartifact:[a-z0-9-]+:(\d{12}):(?:domain/([^/]+)|repository/([^/]+)/([^/]+))")


class CodeArtifactResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="codeartifact")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> CodeArtifactBackend:
        return codeartifact_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        try:
            self._check_parameters()
        except CodeArtifactError as error:
            status, headers, body = self.serialized(ActionResult(error))
            headers, body = self._enrich_response(headers, body)
            return status, headers, body
        return super().call_action()

    def _check_parameters(self) -> None:
        """Raise ValidationException for a length, range, pattern or enum that the service's model doesn't allow.

        The text is that of AWS's framework.
        """
        shape = get_service_model("codeartifact").operation_model(self._get_action()).input_shape
        for name, member in shape.members.items():
            value, rules = self._get_param(name), member.metadata
            if value is None:
                continue
            size = value if isinstance(value, int) else len(value)
            word = "value" if isinstance(value, int) else "length"
            pattern, enum = rules.get("pattern", ""), rules.get("enum")
            unmet = None
            if size < rules.get("min", size):
                unmet = f"have {word} greater than or equal to {rules['min']}"
            elif size > rules.get("max", size):
                unmet = f"have {word} less than or equal to {rules['max']}"
            elif enum and value not in enum:
                unmet = f"satisfy enum value set: [{', '.join(enum)}]"
            elif pattern and "\\P" not in pattern and not re.fullmatch(pattern, value):
                unmet = f"satisfy regular expression pattern: {pattern}"
            if unmet:
                raise invalid(
                    f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
                    f"Member must {unmet}"
                )

    # Domains

    def create_domain(self) -> ActionResult:
        key = self._get_param("encryptionKey")
        domain = self.backend.create_domain(self._get_param("domain"), key, self._get_param("tags", []))
        return ActionResult({"domain": domain.shape()})

    def describe_domain(self) -> ActionResult:
        return ActionResult({"domain": self._domain().shape()})

    def delete_domain(self) -> ActionResult:
        owner = self._get_param("domainOwner") or self.current_account
        name = self._get_param("domain")
        if owner != self.current_account:
            self._domain()  # raises if it is denied
        deleted = codeartifact_backends[owner][self.region].delete_domain(name)
        return ActionResult({"domain": deleted.shape() | {"status": "Deleted"}} if deleted else {})

    def list_domains(self) -> ActionResult:
        return self._page("domains", [domain.summary() for domain in self.backend.domains.values()])

    def get_domain_permissions_policy(self) -> ActionResult:
        return ActionResult({"policy": self._domain().get_policy()})

    def put_domain_permissions_policy(self) -> ActionResult:
        return ActionResult({"policy": self._domain().put_policy(self._document(), self._get_param("policyRevision"))})

    def delete_domain_permissions_policy(self) -> ActionResult:
        return ActionResult({"policy": self._domain().delete_policy(self._get_param("policyRevision"))})

    def get_authorization_token(self) -> ActionResult:
        """Return a token with its expiration; nothing accepts the token."""
        domain, duration = self._domain(), self._get_param("durationSeconds", MAX_TOKEN_SECONDS)
        if 0 < duration < 900:
            raise invalid("durationSeconds must be 0 or between 900 and 43200.")  # the text is not verified
        now = datetime.now(timezone.utc).replace(microsecond=0)
        expires = now + timedelta(seconds=duration or MAX_TOKEN_SECONDS)
        role = sts_backends[self.current_account]["aws"].get_assumed_role_from_access_key(self.access_key)
        if duration == 0 and role:
            expires = role.expiration
        text = json.dumps({"domain": domain.arn, "for": self.current_account, "exp": str(expires)})
        token = base64.urlsafe_b64encode(text.encode()).decode()
        return ActionResult({"authorizationToken": token, "expiration": expires})

    # Repositories

    def create_repository(self) -> ActionResult:
        made = self._domain().create_repository(
            self._get_param("repository"),
            self.current_account,
            self._get_param("description"),
            self._upstreams() or [],
            self._get_param("tags", []),
        )
        return ActionResult({"repository": made.shape()})

    def describe_repository(self) -> ActionResult:
        return ActionResult({"repository": self._repository().shape()})

    def update_repository(self) -> ActionResult:
        """Update a repository; parameters that are not given keep their value."""
        repository, upstreams = self._repository(), self._upstreams()
        if upstreams is not None:
            repository.put_upstreams(upstreams)
        repository.description = self._get_param("description", repository.description)
        return ActionResult({"repository": repository.shape()})

    def delete_repository(self) -> ActionResult:
        repository = self._repository()
        return ActionResult({"repository": repository.domain.delete_repository(repository.name).shape()})

    def list_repositories(self) -> ActionResult:
        """Return one page of the repositories that the account administers, in any account's domain."""
        return self._listed(
            repository
            for regions in list(codeartifact_backends.values())
            if self.region in list(regions)  # `in regions` is true for every region of AWS
            for domain in regions[self.region].domains.values()
            for repository in domain.repositories.values()
            if repository.administrator == self.current_account
        )

    def list_repositories_in_domain(self) -> ActionResult:
        administrator = self._get_param("administratorAccount")
        found = self._domain().repositories.values()
        return self._listed(one for one in found if administrator in (None, one.administrator))

    def _listed(self, found: Iterable[Repository]) -> ActionResult:
        prefix = self._get_param("repositoryPrefix") or ""
        return self._page("repositories", [one.summary() for one in found if one.name.startswith(prefix)])

    def associate_external_connection(self) -> ActionResult:
        repository = self._repository()
        repository.connect(self._get_param("externalConnection"))
        return ActionResult({"repository": repository.shape()})

    def disassociate_external_connection(self) -> ActionResult:
        repository = self._repository()
        repository.disconnect(self._get_param("externalConnection"))
        return ActionResult({"repository": repository.shape()})

    def get_repository_endpoint(self) -> ActionResult:
        """Return the repository's endpoint for a package format.

        https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-pip.html; dualstack: dual-stack-endpoints
        of the same guide.
        """
        repository = self._repository()
        domain, kind = repository.domain, self._get_param("format")
        suffix = "on.aws" if self._get_param("endpointType") == "dualstack" else "amazonaws.com"
        host = f"{domain.name}-{domain.owner}.d.codeartifact.{domain.region}.{suffix}"
        return ActionResult({"repositoryEndpoint": f"https://{host}/{kind}/{repository.name}/"})

    def get_repository_permissions_policy(self) -> ActionResult:
        return ActionResult({"policy": self._repository().get_policy()})

    def put_repository_permissions_policy(self) -> ActionResult:
        repository = self._repository()
        return ActionResult({"policy": repository.put_policy(self._document(), self._get_param("policyRevision"))})

    def delete_repository_permissions_policy(self) -> ActionResult:
        return ActionResult({"policy": self._repository().delete_policy(self._get_param("policyRevision"))})

    # Tags

    def tag_resource(self) -> ActionResult:
        self._tagged().tag(self._get_param("tags"))
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        resource = self._tagged()
        for key in self._get_param("tagKeys"):
            resource.tags.pop(key, None)
        return ActionResult({})

    def list_tags_for_resource(self) -> ActionResult:
        tags = self._tagged().tags.items()
        return ActionResult({"tags": [{"key": key, "value": value} for key, value in tags]})

    # Parameters

    def _tagged(self) -> Resource:
        arn = self._get_param("resourceArn")
        found = _ARN.fullmatch(arn)
        if not found:
            raise invalid(f"'{arn}' is not the ARN of a domain or repository.")  # the text is not verified
        owner, domain_name, of_domain, repository_name = found.groups()
        domain = self._domain_of(owner, domain_name or of_domain, repository_name)
        return domain.repository(repository_name) if repository_name else domain

    def _domain(self) -> Domain:
        owner = self._get_param("domainOwner") or self.current_account
        repository = None if self._get_action() == "CreateRepository" else self._get_param("repository")
        return self._domain_of(owner, self._get_param("domain"), repository)

    def _repository(self) -> Repository:
        return self._domain().repository(self._get_param("repository"))

    def _domain_of(self, owner: str, name: str, repository: str | None) -> Domain:
        """Return a domain; another account's only if its policy, or the repository's, allows the call.

        https://docs.aws.amazon.com/codeartifact/latest/ug/domain-policies.html: a domain's policy applies to all in it.
        Raises AccessDeniedException or ResourceNotFoundException.
        """
        domain = codeartifact_backends[owner][self.region].domains.get(name)
        if owner != self.current_account:
            resources = [domain, domain.repositories.get(repository)] if domain else []
            policies = [resource.policy for resource in resources if resource and resource.policy]
            if not any(self._is_allowed(json.loads(policy["document"])) for policy in policies):
                caller = Accounts.principals.find(self.access_key)
                arn = f"arn:aws:codeartifact:{self.region}:{owner}:domain/{name}"
                raise CodeArtifactError(
                    "AccessDeniedException",
                    f"User: {caller.arn} is not authorized to perform: codeartifact:{self._get_action()} "
                    f"on resource: {arn} because no resource-based policy allows the "
                    f"codeartifact:{self._get_action()} action",
                )
        if domain is None:
            raise missing_domain(name, owner)
        return domain

    def _is_allowed(self, policy: dict[str, Any]) -> bool:
        """Return true if an Allow statement covers the caller's account, everyone, or the caller's organization.

        Not all of IAM: Deny statements and other conditions raise NotImplementedError.
        """
        action = f"codeartifact:{self._get_action()}".lower()
        statements = _list(policy.get("Statement"))
        if any(statement.get("Effect") == "Deny" for statement in statements):
            raise NotImplementedError("a resource policy that denies")
        return any(
            any(fnmatch.fnmatchcase(action, pattern.lower()) for pattern in _list(statement.get("Action")))
            and self._is_principal(statement)
            and self._meets(statement.get("Condition", {}))
            for statement in statements
        )

    def _is_principal(self, statement: dict[str, Any]) -> bool:
        principal = statement.get("Principal")
        names = _list(principal.get("AWS") if isinstance(principal, dict) else principal)
        account = self.current_account
        return any(name in ("*", account, f"arn:aws:iam::{account}:root") for name in names)

    def _meets(self, conditions: dict[str, Any]) -> bool:
        for operator, keys in conditions.items():
            for key, values in keys.items():
                if operator != "StringEquals" or key.lower() != "aws:principalorgid":
                    raise NotImplementedError(f"condition {operator} {key}")
                if _organization_id(self.current_account) not in _list(values):
                    return False
        return True

    def _upstreams(self) -> list[str] | None:
        upstreams = self._get_param("upstreams")
        return None if upstreams is None else [upstream["repositoryName"] for upstream in upstreams]

    def _document(self) -> str:
        document = self._get_param("policyDocument")
        try:
            policy = json.loads(document)
        except ValueError:
            raise invalid("The policy document is not valid JSON.", "CANNOT_PARSE") from None  # not verified
        if not isinstance(policy, dict) or not all(
            {"Effect", "Principal", "Action", "Resource"} <= set(statement)
            for statement in _list(policy.get("Statement"))
        ):
            raise invalid("The policy document is not a valid resource policy.", "CANNOT_PARSE")  # not verified
        return document

    def _page(self, name: str, items: list[dict[str, Any]]) -> ActionResult:
        items = sorted(items, key=lambda item: item["name"])
        size = self._get_param("maxResults", 1000)
        try:
            start = int(base64.urlsafe_b64decode(self._get_param("nextToken") or "MA=="))
        except ValueError:
            raise invalid("The specified value for nextToken is not valid.") from None
        following = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        return ActionResult(
            {name: items[start : start + size], "nextToken": following if start + size < len(items) else None}
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _organization_id(account_id: str) -> str | None:
    from moto.organizations.models import organizations_backends

    management = management_account_of(account_id)
    return organizations_backends[management]["aws"].org.id if management else None
