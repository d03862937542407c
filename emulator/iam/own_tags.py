# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of resources by their ARNs, for aws:ResourceTag: as moto keeps them, which differs from service to service.

A service that nobody has called yet has no resources: its module isn't imported for them.
"""

from __future__ import annotations

import sys
from typing import Any

from emulator.iam.parameters import pairs

# IAM prefix -> moto's package, where they differ.
_PACKAGES = {"lambda": "awslambda", "elasticloadbalancing": "elbv2", "sso": "ssoadmin"}
_GLOBAL = ("organizations", "route53", "iam")


def backend_of(prefix: str, account_id: str, region: str) -> Any:
    """Return moto's backend of a service, None before the service's first call."""
    package = _PACKAGES.get(prefix, prefix.replace("-", ""))
    models = sys.modules.get(f"moto.{package}.models")
    backends = getattr(models, f"{package.replace('awslambda', 'lambda')}_backends", None)
    return backends[account_id]["aws" if prefix in _GLOBAL else region] if backends is not None else None


def tags_of(arn: str) -> dict[str, str]:
    """Return a resource's tags, {} for one that doesn't exist or has none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or "*" in parts[5]:
        return {}
    prefix, region, account_id, name = parts[2:]
    has_place = account_id.isdigit() and (region or prefix in _GLOBAL)
    backend = backend_of(prefix, account_id, region) if has_place else None
    if backend is None:
        return {}
    if tagger := getattr(backend, "tagger", None) or getattr(backend, "tagging_service", None):
        return dict(tagger.get_tag_dict_for_resource(arn.removesuffix(":log-stream:")))
    return _of_objects(prefix, backend, arn, name)


def _of_objects(prefix: str, backend: Any, arn: str, name: str) -> dict[str, str]:
    if prefix == "organizations":
        every = [*backend.accounts, *backend.ou, *backend.policies]
        return next((dict(getattr(one, "tags", {})) for one in every if one.arn == arn), {})
    if prefix == "lambda" and name.startswith("function:"):
        try:
            return dict(backend.get_function(name.removeprefix("function:")).tags or {})
        except Exception:  # moto raises where there is no such function
            return {}
    if prefix == "ssm" and name.startswith("parameter/"):
        of_parameters = backend._resource_tags.get("Parameter", {})
        id_ = name.removeprefix("parameter/")
        return dict(of_parameters.get(id_) or of_parameters.get(f"/{id_}") or {})
    if prefix == "secretsmanager":
        secrets = (secret for secret in backend.secrets.values() if secret.arn == arn)
        return next((pairs(secret.tags) for secret in secrets), {})
    if prefix == "ecs":
        return _of_ecs(backend, arn)
    return {}


def _of_ecs(backend: Any, arn: str) -> dict[str, str]:
    services = list(backend.services.values())
    definitions = [each for family in backend.task_definitions.values() for each in family.values()]
    for one in (*backend.clusters.values(), *services, *definitions):
        if arn in (one.arn, getattr(one, "long_arn", "")):
            return pairs(one.tags)
    return {}
