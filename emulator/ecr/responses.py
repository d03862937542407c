# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

from emulator.pages import page

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html: registries without credentials.
WITHOUT_CREDENTIALS = {
    "public.ecr.aws": "ecr-public",
    "quay.io": "quay",
    "registry.k8s.io": "k8s",
}
WITH_CREDENTIALS = {
    "registry-1.docker.io": "docker-hub",
    "ghcr.io": "github-container-registry",
    "registry.gitlab.com": "gitlab-container-registry",
}


class EcrError(ServiceException):
    """Error of ECR: EcrError(code, message)."""


class EcrResponses(ECRResponse):
    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """Pull-through cache rules by repository prefix, kept on the backend, which a reset replaces."""
        return self.ecr_backend.__dict__.setdefault("pull_through_cache_rules", {})

    def create_pull_through_cache_rule(self) -> ActionResult:
        prefix, url = self._get_param("ecrRepositoryPrefix"), self._get_param("upstreamRegistryUrl")
        credentials = self._get_param("credentialArn")
        if prefix in self.rules:
            text = f"Pull through cache rule already exists with repository prefix '{prefix}'."
            raise EcrError("PullThroughCacheRuleAlreadyExistsException", text)
        if url not in WITHOUT_CREDENTIALS | WITH_CREDENTIALS:
            raise EcrError("UnsupportedUpstreamRegistryException", f"Upstream registry {url} is not supported.")
        if url in WITH_CREDENTIALS and not credentials:
            text = f"Upstream registry {url} needs a credentialArn."  # code and text are not verified
            raise EcrError("InvalidParameterException", text)
        self.rules[prefix] = {
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": url,
            "upstreamRegistry": (WITHOUT_CREDENTIALS | WITH_CREDENTIALS)[url],
            "credentialArn": credentials,
            "createdAt": datetime.now(timezone.utc),
            "registryId": self.current_account,
        }
        return ActionResult(self.rules[prefix])

    def describe_pull_through_cache_rules(self) -> ActionResult:
        prefixes = self._get_param("ecrRepositoryPrefixes")
        for prefix in prefixes or []:
            self._rule(prefix)
        rules = [rule for prefix, rule in self.rules.items() if prefixes is None or prefix in prefixes]
        found, token = page(rules, self._get_param("maxResults"), self._get_param("nextToken"), most=1000)
        return ActionResult({"pullThroughCacheRules": found, "nextToken": token})

    def delete_pull_through_cache_rule(self) -> ActionResult:
        return ActionResult(self.rules.pop(self._rule(self._get_param("ecrRepositoryPrefix"))["ecrRepositoryPrefix"]))

    def _rule(self, prefix: str) -> dict[str, Any]:
        if prefix not in self.rules:
            text = f"Pull through cache rule with repository prefix '{prefix}' does not exist in the registry with id "
            raise EcrError("PullThroughCacheRuleNotFoundException", f"{text}'{self.current_account}'")
        return self.rules[prefix]
