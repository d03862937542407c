# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Classic firewall policies, and what is refused in them.

https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallPolicy.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models.resource import Resource
from emulator.networkfirewall.models.rule_groups import DEFAULT_ORDER, MAX_CAPACITY, STRICT_ORDER, RuleGroup, given
from emulator.networkfirewall.models.stateless import check_actions, custom_names

# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html
MAX_GROUPS = 20
DROPS = (
    "aws:drop_strict",
    "aws:drop_established",
    "aws:drop_established_app_layer",
    "aws:drop_established_app_layer_to_server",
)
STATEFUL_DEFAULTS = (*DROPS, *(action.replace("drop", "alert") for action in DROPS))
Find = Callable[[str], RuleGroup]


class Policy(Resource):
    segment = "firewall-policy"

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        super().__init__(account_id, region, name, request)
        self.definition: dict[str, Any] = {}
        self.groups: list[RuleGroup] = []
        self.tls_arn: str | None = None

    @property
    def rule_order(self) -> str:
        return _order(self.definition)

    def put(self, definition: dict[str, Any], find: Find) -> None:
        """Take a definition; raises InvalidRequestException if it is refused. find: returns a rule group by its ARN."""
        definition = given(definition)
        if self.definition and _order(definition) != self.rule_order:
            # stateful-rule-evaluation-order.html: the order is chosen at creation; code and text are not verified.
            raise invalid_request("RuleOrder cannot be changed", _order(definition), "StatefulEngineOptions.RuleOrder")
        groups = check(definition, find)
        self.definition, self.groups = definition, groups

    def consumed(self, kind: str) -> int:
        """Return the capacity that the policy's groups of this type reserve: nwfw-rule-group-capacity.html."""
        return sum(group.capacity for group in self.groups if group.type.startswith(kind))

    def described(self) -> dict[str, Any]:
        """Return the policy as DescribeFirewallPolicy does, with the default of the stream exception policy.

        The default is DROP: https://docs.aws.amazon.com/network-firewall/latest/developerguide/stream-exception-policy.html
        """
        definition = copy.deepcopy(self.definition)
        options = given(definition.get("StatefulEngineOptions"))
        definition["StatefulEngineOptions"] = {"StreamExceptionPolicy": "DROP"} | options
        return definition

    def response(self, associations: int) -> dict[str, Any]:
        return {
            "FirewallPolicyName": self.name,
            "FirewallPolicyArn": self.arn,
            "FirewallPolicyId": self.id,
            "Description": self.description,
            "FirewallPolicyStatus": self.status,
            "Tags": self.tag_list(),
            "ConsumedStatelessRuleCapacity": self.consumed("STATELESS"),
            "ConsumedStatefulRuleCapacity": self.consumed("STATEFUL"),
            "NumberOfAssociations": associations,
            "EncryptionConfiguration": self.encryption,
            "LastModifiedTime": self.modified,
        }


def _order(definition: dict[str, Any]) -> str:
    return (definition.get("StatefulEngineOptions") or {}).get("RuleOrder") or DEFAULT_ORDER


def check(definition: dict[str, Any], find: Find) -> list[RuleGroup]:
    """Return the rule groups of a policy's definition; raises InvalidRequestException if it is refused."""
    custom = custom_names(definition.get("StatelessCustomActions"))
    for name in ("StatelessDefaultActions", "StatelessFragmentDefaultActions"):
        check_actions(definition[name], custom, name)
    order = _order(definition)
    _check_stateful_defaults(definition.get("StatefulDefaultActions") or [], order)
    check_variables(definition)
    if definition.get("EnableTLSSessionHolding") and not definition.get("TLSInspectionConfigurationArn"):
        # "Requires an associated TLS Inspection configuration": API_FirewallPolicy; the text is not verified.
        raise invalid_request("TLSInspectionConfigurationArn cannot be null", context="EnableTLSSessionHolding")
    found = []
    for kind in ("Stateless", "Stateful"):
        name = f"{kind}RuleGroupReferences"
        references = definition.get(name) or []
        if len(references) > MAX_GROUPS:  # [pf]
            raise invalid_request(f"{name} limit exceeded", len(references), name)
        _check_priorities(references, name, None if kind == "Stateless" else order)
        groups = [_referenced(reference, kind, number, find) for number, reference in enumerate(references)]
        if kind == "Stateful":
            _check_orders(groups, order)
        if (total := sum(group.capacity for group in groups)) > MAX_CAPACITY:  # [pf]; for stateful groups by analogy
            raise invalid_request(f"{name} capacity exceeded", total, name)
        found += groups
    return found


def _check_stateful_defaults(actions: list[str], order: str) -> None:  # all texts but that of an unknown one: [pf]
    name = "StatefulDefaultActions"
    if actions and order != STRICT_ORDER:
        raise invalid_request(f"{name} has invalid rule order", order, name)
    for action in actions:
        if action not in STATEFUL_DEFAULTS:
            raise invalid_request(f"{name} is invalid", action, name)
    drops = [action for action in actions if action in DROPS]
    established = [action for action in actions if action.endswith("_established")]
    of_application = [action for action in actions if "_app_layer" in action]
    if len(drops) > 1 or (established and of_application):
        raise invalid_request(f"{name} cannot exist together", ", ".join(actions), name)


def check_variables(definition: dict[str, Any]) -> None:
    """Refuse any other variable than HOME_NET ([pf]), and values that are no CIDR blocks (not verified)."""
    variables = (definition.get("PolicyVariables") or {}).get("RuleVariables") or {}
    for name, value in variables.items():
        path = f"PolicyVariables.RuleVariables.IPSet.{name}"
        if name != "HOME_NET":
            raise invalid_request("RuleVariables is invalid", name, path)
        for block in value["Definition"]:
            if not _is_block(block):
                raise invalid_request("Definition is invalid", block, path)


def _is_block(text: str) -> bool:
    try:
        ip_network(text.removeprefix("!"))
    except ValueError:
        return False
    return True


def _check_priorities(references: list[dict[str, Any]], name: str, order: str | None) -> None:
    """Refuse priorities that are missing, double, or of a policy without them: [pf], modernisation-platform#3199."""
    seen: set[int] = set()
    for number, reference in enumerate(references):
        priority = reference.get("Priority")
        if order == STRICT_ORDER and priority is None:
            raise invalid_request("Priority cannot be null", context=f"{name}[{number}]")
        if order == DEFAULT_ORDER and priority is not None:
            raise invalid_request("Priority cannot be provided", priority, f"{name}[{number}][Priority={priority}]")
        if priority is not None and priority in seen:
            raise invalid_request("Priority has duplicate values", priority, f"{name}[Priority={priority}]")
        seen |= {priority} - {None}


def _referenced(reference: dict[str, Any], kind: str, number: int, find: Find) -> RuleGroup:
    arn = reference["ResourceArn"]
    group = find(arn)
    if not group.type.startswith(kind.upper()):
        # hashicorp/terraform-provider-aws#35948
        raise invalid_request("rule group ARN is of incorrect entity type", arn)
    if reference.get("Override") and group.account_id != "aws-managed":  # [pf]
        path = f"{kind}RuleGroupReferences[{number}].Override"
        raise invalid_request("rule group must be a managed resource", arn, path)
    return group


def _check_orders(groups: list[RuleGroup], order: str) -> None:
    """Refuse a rule group of another order than the policy's ([pf]), and one that is named twice (not verified)."""
    seen: set[str] = set()
    for number, group in enumerate(groups):
        path = f"StatefulRuleGroupReferences[{number}].ResourceArn"
        if group.rule_order != order:
            raise invalid_request("ResourceArn has invalid rule order", context=path)
        if group.arn in seen:
            raise invalid_request("ResourceArn has duplicate values", group.arn, path)
        seen.add(group.arn)
