# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of a write, with their tags. ARNs as in the Service Authorization Reference's pages of EC2, Elastic Load
Balancing, RAM, CodeArtifact, Lambda, EventBridge Scheduler, Organizations and Route 53.

Condition keys other than tags, ec2:CreateAction and elasticloadbalancing:CreateAction are missing. AWS doesn't state
whether a shared resource's tags count: here only tags in the caller's own account do.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.organizations.models import organizations_backends

from emulator.iam import archives, containers, identity_center, network_firewall
from emulator.iam.parameters import Resource, leaves, pairs
from emulator.iam.reference import EC2, TYPES

ID = re.compile(rf"({'|'.join(sorted(TYPES, key=len, reverse=True))})-[0-9a-f]+")


class Ec2:
    def __init__(self, account_id: str, region: str, operation: str, parameters: dict[str, Any]):
        self.backend = ec2_backends[account_id][region]
        self.prefix = f"arn:aws:ec2:{region}:{account_id}:"
        self.operation, self.parameters = operation, parameters
        self.specified = {
            each["ResourceType"]: pairs(each.get("Tags")) for each in parameters.get("TagSpecifications") or []
        }

    def there(self) -> list[Resource]:
        """Return the existing resources that the call names, of types that the reference lists."""
        listed = EC2.get(self.operation, "").split()
        if self.operation in ("CreateTags", "DeleteTags"):
            listed = list(TYPES.values())
        found = []
        for text in leaves(self.parameters):
            for id_ in self._meant(text):
                matched = ID.fullmatch(id_)
                if matched and TYPES[matched[1]] in listed:
                    found.append((f"{self.prefix}{TYPES[matched[1]]}/{id_}", self.backend.tags.get(id_, {})))
        return list({arn: (arn, tags) for arn, tags in found}.values())

    def _meant(self, text: str) -> list[str]:
        """Return the id itself, or for an association's id those of the associated resources that a policy can name."""
        if text.startswith("rtbassoc-"):
            tables = self.backend.route_tables.values()
            return [table.id for table in tables if text in table.all_associations_ids]
        if text.startswith("aclassoc-"):
            acls = self.backend.network_acls.values()
            found = {acl.id: acl._associations[text].subnet_id for acl in acls if text in acl._associations}
            return [*found, *found.values()]
        if text.startswith("subnet-cidr-assoc-"):
            subnets = [subnet for zone in self.backend.subnets.values() for subnet in zone.values()]
            return [subnet.id for subnet in subnets if text in subnet.ipv6_cidr_block_associations]
        if text.startswith("vpc-cidr-assoc-"):
            return [vpc.id for vpc in self.backend.vpcs.values() if text in vpc._cidr_block_association_set]
        return [text]

    def new(self) -> list[tuple[str, dict[str, str]]]:
        """Return (ARN, the request's tags) of the resources that the call creates."""
        types = [name[1:] for name in EC2.get(self.operation, "").split() if name.startswith("+")]
        return [(f"{self.prefix}{name}/*", self.specified.get(name, {})) for name in types]


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
        return [f"{prefix}loadbalancer/{kinds[parameters.get('Type') or 'application']}/{name}/*"]
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


def functions(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    name = str(parameters.get("FunctionName") or parameters.get("Resource"))
    prefix = f"arn:aws:lambda:{region}:{account_id}:function:"
    return [(name if name.startswith("arn:") else f"{prefix}{name}", {})]


def schedules(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    group = parameters.get("GroupName") or "default"
    return [(f"arn:aws:scheduler:{region}:{account_id}:schedule/{group}/{parameters.get('Name')}", {})]


def organizations(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    backend = organizations_backends[account_id]["aws"]
    ids = [parameters[name] for name in ("PolicyId", "TargetId", "ResourceId") if name in parameters]
    every = [*backend.policies, *backend.accounts, *backend.ou]
    known = {getattr(each, "id", None): each for each in every}
    return [(known[id_].arn, getattr(known[id_], "tags", {})) for id_ in ids if id_ in known]


def hosted_zones(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Resource]:
    id_ = parameters.get("HostedZoneId") or parameters.get("Id")
    return [(f"arn:aws:route53:::hostedzone/{id_.rpartition('/')[2]}", {})] if id_ else []


OTHERS: dict[str, Callable[[str, str, str, dict[str, Any]], list[Resource]]] = {
    "account-access": identity_center.account_access,
    "athena": archives.athena,
    "cloudtrail": archives.cloudtrail,
    "codeartifact": codeartifact,
    "ecs": containers.ecs,
    "elasticloadbalancing": elasticloadbalancing,
    "firehose": archives.firehose,
    "glue": archives.glue,
    "lambda": functions,
    "logs": containers.logs,
    "network-firewall": network_firewall.resources,
    "observabilityadmin": archives.observabilityadmin,
    "organizations": organizations,
    "ram": ram,
    "route53": hosted_zones,
    "scheduler": schedules,
    "ssm": containers.ssm,
    "sso": identity_center.sso,
}
