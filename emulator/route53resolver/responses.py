# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of DNS Firewall, which moto lacks, and CreateResolverRule with its default port.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53_Resolver.html. The texts of
errors are not verified.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.route53resolver.responses import Route53ResolverResponse

from emulator.constraints import Constrained
from emulator.lists import paged
from emulator.pages import page

METADATA = ("Id", "Arn", "Name", "CreatorRequestId", "OwnerId", "ShareStatus")
RULE_MEMBERS = (
    "BlockResponse",
    "BlockOverrideDomain",
    "BlockOverrideDnsType",
    "BlockOverrideTtl",
    "FirewallDomainRedirectionAction",
    "Qtype",
)


# LocalStack's test_route53resolver.snapshot.json (recorded on AWS), test_create_resolver_rule_with_invalid_direction.
OUTBOUND_ONLY = "[RSLVR-00700] Resolver rules can only be associated to OUTBOUND resolver endpoints."


class ResolverError(ServiceException):
    """Error of Route 53 Resolver: ResolverError(code, message)."""


@paged("route53resolver")
class ResolverResponses(Constrained, Route53ResolverResponse):
    def create_resolver_rule(self) -> Any:
        """Create a rule; the port of its targets is 53 unless given.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_TargetAddress.html
        """
        parameters = json.loads(self.body)
        if parameters["RuleType"] == "FORWARD" and not (
            parameters.get("TargetIps") and parameters.get("ResolverEndpointId")
        ):
            # API_CreateResolverRule: both are for forwarding rules, which need them; code and text not verified.
            raise ResolverError(
                "InvalidParameterException", "TargetIps and ResolverEndpointId are required for the rule type FORWARD."
            )
        endpoint_id = parameters.get("ResolverEndpointId")
        if endpoint_id and self.route53resolver_backend.get_resolver_endpoint(endpoint_id).direction == "INBOUND":
            raise ResolverError("InvalidRequestException", OUTBOUND_ONLY)
        parameters["TargetIps"] = [{"Port": 53} | target for target in parameters.get("TargetIps") or []]
        self.body = json.dumps(parameters)
        return super().create_resolver_rule()

    def update_resolver_rule(self) -> ActionResult:
        """Change the members of a rule that Config names; the others stay.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateResolverRule.html
        """
        rule = self.route53resolver_backend.get_resolver_rule(self._get_param("ResolverRuleId"))
        config = self._get_param("Config")
        endpoint_id = config.get("ResolverEndpointId")
        if endpoint_id:
            endpoint = self.route53resolver_backend.get_resolver_endpoint(endpoint_id)
            if endpoint.direction == "INBOUND":
                raise ResolverError("InvalidRequestException", OUTBOUND_ONLY)
            rule.resolver_endpoint_id = endpoint_id
        if config.get("TargetIps"):
            rule.target_ips = [{"Port": 53} | target for target in config["TargetIps"]]
        rule.name = config.get("Name", rule.name)
        rule.modification_time = datetime.now(timezone.utc).isoformat()
        return ActionResult({"ResolverRule": rule.description()})

    def _all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a kind by id, kept on the backend, which a reset replaces.

        kind: FirewallDomainList, FirewallRuleGroup, ...
        """
        return self.route53resolver_backend.__dict__.setdefault(kind, {})

    def _found(self, kind: str, resource_id: str) -> dict[str, Any]:
        if resource_id not in self._all(kind):
            text = f"{kind} with id '{resource_id}' does not exist."
            raise ResolverError("ResourceNotFoundException", text)
        return self._all(kind)[resource_id]

    def _named(self, kind: str) -> dict[str, Any]:
        return self._found(kind, self._get_param(f"{kind}Id"))

    def _create(self, kind: str, prefix: str, path: str, **members: Any) -> dict[str, Any]:
        resource_id = f"{prefix}-{uuid4().hex[:17]}"
        now = datetime.now(timezone.utc).isoformat()
        self._all(kind)[resource_id] = made = {
            "Id": resource_id,
            "Arn": f"arn:aws:route53resolver:{self.region}:{self.current_account}:{path}/{resource_id}",
            "Name": self._get_param("Name"),
            "CreatorRequestId": self._get_param("CreatorRequestId"),
            "Status": "COMPLETE",
            "CreationTime": now,
            "ModificationTime": now,
        } | members
        return made

    def _page(self, name: str, items: list[Any]) -> ActionResult:
        found, token = page(items, self._get_param("MaxResults"), self._get_param("NextToken"))
        return ActionResult({name: found, "NextToken": token})

    # Domain lists

    def create_firewall_domain_list(self) -> ActionResult:
        made = self._create("FirewallDomainList", "rslvr-fdl", "firewall-domain-list", domains=[])
        return ActionResult({"FirewallDomainList": _domain_list(made)})

    def update_firewall_domains(self) -> ActionResult:
        known, operation = self._named("FirewallDomainList"), self._get_param("Operation")
        given = [domain.rstrip(".") + "." for domain in self._get_param("Domains")]
        kept = [] if operation == "REPLACE" else [domain for domain in known["domains"] if domain not in given]
        known["domains"] = kept if operation == "REMOVE" else kept + given
        return ActionResult({name: known[name] for name in ("Id", "Name", "Status")})

    def get_firewall_domain_list(self) -> ActionResult:
        return ActionResult({"FirewallDomainList": _domain_list(self._named("FirewallDomainList"))})

    def list_firewall_domain_lists(self) -> ActionResult:
        return self._page("FirewallDomainLists", [_metadata(one) for one in self._all("FirewallDomainList").values()])

    def list_firewall_domains(self) -> ActionResult:
        return self._page("Domains", self._named("FirewallDomainList")["domains"])

    def delete_firewall_domain_list(self) -> ActionResult:
        known = self._named("FirewallDomainList")
        for group in self._all("FirewallRuleGroup").values():
            if any(rule["FirewallDomainListId"] == known["Id"] for rule in group["rules"]):
                raise ResolverError("ConflictException", f"{known['Id']} is used by rule group {group['Id']}.")
        del self._all("FirewallDomainList")[known["Id"]]
        return ActionResult({"FirewallDomainList": _domain_list(known) | {"Status": "DELETING"}})

    # Rule groups

    def create_firewall_rule_group(self) -> ActionResult:
        members = {"OwnerId": self.current_account, "ShareStatus": "NOT_SHARED", "rules": []}
        made = self._create("FirewallRuleGroup", "rslvr-frg", "firewall-rule-group", **members)
        return ActionResult({"FirewallRuleGroup": _rule_group(made)})

    def get_firewall_rule_group(self) -> ActionResult:
        return ActionResult({"FirewallRuleGroup": _rule_group(self._named("FirewallRuleGroup"))})

    def list_firewall_rule_groups(self) -> ActionResult:
        return self._page("FirewallRuleGroups", [_metadata(one) for one in self._all("FirewallRuleGroup").values()])

    def delete_firewall_rule_group(self) -> ActionResult:
        known = self._named("FirewallRuleGroup")
        if any(one["FirewallRuleGroupId"] == known["Id"] for one in self._all("FirewallRuleGroupAssociation").values()):
            raise ResolverError("ConflictException", f"{known['Id']} is associated with a VPC.")
        del self._all("FirewallRuleGroup")[known["Id"]]
        return ActionResult({"FirewallRuleGroup": _rule_group(known) | {"Status": "DELETING"}})

    def create_firewall_rule(self) -> ActionResult:
        group, domains = self._named("FirewallRuleGroup"), self._named("FirewallDomainList")
        action, priority = self._get_param("Action"), self._get_param("Priority")
        if (action == "BLOCK") != bool(self._get_param("BlockResponse")):
            raise ResolverError("ValidationException", "BlockResponse is for the action BLOCK, which needs it.")
        if any(rule["Priority"] == priority for rule in group["rules"]):
            raise ResolverError("ValidationException", f"Priority {priority} is used by another rule.")
        now = datetime.now(timezone.utc).isoformat()
        rule = {
            "FirewallRuleGroupId": group["Id"],
            "FirewallDomainListId": domains["Id"],
            "Name": self._get_param("Name"),
            "Priority": priority,
            "Action": action,
            "CreatorRequestId": self._get_param("CreatorRequestId"),
            "CreationTime": now,
            "ModificationTime": now,
        } | {name: self._get_param(name) for name in RULE_MEMBERS}
        group["rules"].append(rule)
        return ActionResult({"FirewallRule": rule})

    def list_firewall_rules(self) -> ActionResult:
        """Return one page of a rule group's rules, by priority."""
        rules = self._named("FirewallRuleGroup")["rules"]
        wanted = {name: self._get_param(name) for name in ("Priority", "Action")}
        found = [rule for rule in rules if all(value in (None, rule[name]) for name, value in wanted.items())]
        return self._page("FirewallRules", sorted(found, key=lambda rule: rule["Priority"]))

    def delete_firewall_rule(self) -> ActionResult:
        group, domains = self._named("FirewallRuleGroup"), self._named("FirewallDomainList")
        for rule in group["rules"]:
            if rule["FirewallDomainListId"] == domains["Id"] and self._get_param("Qtype") == rule["Qtype"]:
                group["rules"].remove(rule)
                return ActionResult({"FirewallRule": rule})
        raise ResolverError("ResourceNotFoundException", f"{group['Id']} has no rule with {domains['Id']}.")

    # Associations

    def associate_firewall_rule_group(self) -> ActionResult:
        group, vpc_id = self._named("FirewallRuleGroup"), self._get_param("VpcId")
        if vpc_id not in ec2_backends[self.current_account][self.region].vpcs:
            raise ResolverError("ResourceNotFoundException", f"VPC '{vpc_id}' does not exist.")
        priority = self._get_param("Priority")
        for other in self._all("FirewallRuleGroupAssociation").values():
            if other["VpcId"] == vpc_id and other["FirewallRuleGroupId"] == group["Id"]:
                raise ResolverError("ConflictException", f"{group['Id']} is already associated with {vpc_id}.")
            if other["VpcId"] == vpc_id and other["Priority"] == priority:
                raise ResolverError("ValidationException", f"Priority {priority} is used by another association.")
        made = self._create(
            "FirewallRuleGroupAssociation",
            "rslvr-frgassoc",
            "firewall-rule-group-association",
            FirewallRuleGroupId=group["Id"],
            VpcId=vpc_id,
            Priority=priority,
            MutationProtection=self._get_param("MutationProtection") or "DISABLED",
        )
        return ActionResult({"FirewallRuleGroupAssociation": made})

    def get_firewall_rule_group_association(self) -> ActionResult:
        return ActionResult({"FirewallRuleGroupAssociation": self._named("FirewallRuleGroupAssociation")})

    def list_firewall_rule_group_associations(self) -> ActionResult:
        wanted = {name: self._get_param(name) for name in ("FirewallRuleGroupId", "VpcId", "Priority", "Status")}
        found = [
            one
            for one in self._all("FirewallRuleGroupAssociation").values()
            if all(value in (None, one[name]) for name, value in wanted.items())
        ]
        return self._page("FirewallRuleGroupAssociations", found)

    def disassociate_firewall_rule_group(self) -> ActionResult:
        known = self._named("FirewallRuleGroupAssociation")
        if known["MutationProtection"] == "ENABLED":
            raise ResolverError("ValidationException", f"{known['Id']} is protected from changes.")
        del self._all("FirewallRuleGroupAssociation")[known["Id"]]
        return ActionResult({"FirewallRuleGroupAssociation": known | {"Status": "DELETING"}})


def _metadata(known: dict[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in METADATA if name in known}


def _domain_list(known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name != "domains"} | {"DomainCount": len(known["domains"])}


def _rule_group(known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name != "rules"} | {"RuleCount": len(known["rules"])}
