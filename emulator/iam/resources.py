# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of a write, with their tags, where the reference's ARNs and the parameters' names don't say them.

ARNs as in the Service Authorization Reference's pages of Elastic Load Balancing, RAM, CodeArtifact and Organizations.
AWS doesn't state whether a shared resource's tags count: here only tags in the caller's own account do.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from moto.elbv2.models import elbv2_backends
from moto.organizations.models import organizations_backends

from emulator.accounts import management_account_of
from emulator.iam import archives, identity_center, network_firewall
from emulator.iam.parameters import Resource, leaves
from emulator.iam.reference import rows


def by_arn(service: str, parameters: dict[str, Any], tags_of: Callable[[str], dict[str, str]]) -> list[Resource]:
    arns = dict.fromkeys(text for text in leaves(parameters) if text.startswith(f"arn:aws:{service}:"))
    return [(arn, tags_of(arn)) for arn in arns]


def elasticloadbalancing(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    tagging = elbv2_backends[account_id][region].tagging_service
    # A listener names its target group by ARN, but doesn't write to it.
    named = {key: value for key, value in parameters.items() if key != "DefaultActions"}
    return by_arn("elasticloadbalancing", named, tagging.get_tag_dict_for_resource)


def new_of_elasticloadbalancing(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    prefix = f"arn:aws:elasticloadbalancing:{region}:{account_id}:"
    name = parameters.get("Name", "")
    if operation == "CreateLoadBalancer":
        kinds = {"application": "app", "network": "net", "gateway": "gwy"}
        return [f"{prefix}loadbalancer/{kinds.get(parameters.get('Type'), 'app')}/{name}/*"]
    return [f"{prefix}targetgroup/{name}/*"] if operation == "CreateTargetGroup" else []


def ram(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    shares = importlib.import_module("emulator.ram.models").resource_shares(region).all()
    own = {share.arn: share.tags for share in shares if share.owner_id == account_id}
    return by_arn("ram", parameters, lambda arn: own.get(arn, {}))


def codeartifact(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    domains = importlib.import_module("emulator.codeartifact.models").codeartifact_backends[account_id][region].domains
    known = {}
    for domain in domains.values():
        known[domain.arn] = domain.tags
        known |= {repository.arn: repository.tags for repository in domain.repositories.values()}
    if operation in ("TagResource", "UntagResource"):
        return by_arn("codeartifact", parameters, lambda arn: known.get(arn, {}))
    if operation in ("CreateDomain", "CreateRepository"):
        return []
    kind, name = "domain", parameters.get("domain")
    if "repository" in parameters:
        kind, name = "repository", f"{name}/{parameters['repository']}"
    arn = f"arn:aws:codeartifact:{region}:{account_id}:{kind}/{name}"
    return [(arn, known.get(arn, {}))]


# Parameters that name an account, a unit, a root or a policy.
_OF_ORGANIZATIONS = ("PolicyId", "TargetId", "ResourceId", "AccountId", "OrganizationalUnitId", "ParentId", "RootId")
_OF_ORGANIZATIONS += ("SourceParentId", "DestinationParentId", "ChildId")


def organizations(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    """Return what a call names, of the types that the reference lists for it; the organization is the management
    account's, which is in every ARN.
    """
    backend = organizations_backends[management_account_of(account_id) or account_id]["aws"]
    ids = [parameters[name] for name in _OF_ORGANIZATIONS if name in parameters]
    every = [*backend.policies, *backend.accounts, *backend.ou]
    known = {getattr(each, "id", None): each for each in every}
    found = [(known[id_].arn, getattr(known[id_], "tags", {})) for id_ in ids if id_ in known]
    types = {_TYPES.get(row.type, row.type) for row in rows("organizations", operation) or ()}
    return [(arn, tags) for arn, tags in found if arn.split(":", 5)[5].partition("/")[0] in types]


_TYPES = {"organizationalunit": "ou", "awspolicy": "policy"}


OTHERS: dict[str, Callable[[str, str, str, dict[str, Any]], list[Resource]]] = {
    "account-access": identity_center.account_access,
    "athena": archives.athena,
    "cloudtrail": archives.cloudtrail,
    "codeartifact": codeartifact,
    "elasticloadbalancing": elasticloadbalancing,
    "glue": archives.glue,
    "network-firewall": network_firewall.resources,
    "observabilityadmin": archives.observabilityadmin,
    "organizations": organizations,
    "ram": ram,
    "sso": identity_center.sso,
}
# Services whose function knows the resources of reads, too.
ALSO_READS = ("organizations",)
