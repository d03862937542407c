# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""1:1 NAT of a transit gateway's attachment.

Rules: API_ModifyTransitGatewayAttachmentNatConfiguration.html; what routes it brings:
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nat-routing.html. Packets aren't translated: there are none here.
"""

from __future__ import annotations

from typing import Any

from emulator.ec2.errors import invalid_value
from emulator.ec2.models.transit_gateway_routes import Block, block
from emulator.transitions import StateClock, Transition

MAX_RULES = 50
RULE_NUMBERS = range(1, 32767)
# RFC 1918 and RFC 6598
NAT_SPACES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
# Multicast and link-local
NEVER_MATCHED = ("224.0.0.0/4", "169.254.0.0/16")


class Nat:
    """NAT configuration of an attachment.

    installs_routes: NatSystemRouteSupport: whether routes to the NAT CIDRs come with the propagation of the attachment.
    may_choose: whether NatSystemRouteSupport can be changed: of a VPN connection with dynamic routing.
    """

    support = StateClock("transit-gateway-attachment-nat")
    rules_state = StateClock("transit-gateway-nat-rule")

    def __init__(self, installs_routes: bool, may_choose: bool = False) -> None:
        self.support = "disabled"
        self.rules_state = "deactivated"
        self.installs_routes, self.may_choose = installs_routes, may_choose
        self.rules: list[dict[str, Any]] = []

    @property
    def is_configured(self) -> bool:
        return self.support != "disabled" or bool(self.rules)

    def enable(self) -> None:
        if self.support != "enabled":
            self.support = Transition("enabling", "enabled")
        self.rules_state = Transition("pending", "activated")

    def disable(self) -> None:
        if self.support != "disabled":
            self.support = Transition("disabling", "disabled")
        self.rules_state = Transition("pending", "deactivated")

    def replace(self, rules: list[dict[str, Any]]) -> None:
        self.rules = rules
        self.rules_state = Transition("pending", "activated" if self.support == "enabled" else "deactivated")

    def propagated(self, blocks: list[Block]) -> list[Block]:
        """Return the CIDR blocks that an attachment with these blocks propagates.

        "The transit gateway replaces the VPC CIDR's propagated route with a route to the NAT CIDR, when the rule
        exactly matches the VPC CIDR." For a VPN connection with dynamic routing, it installs routes to all NAT CIDRs.
        """
        if self.support != "enabled" or not self.installs_routes:
            return blocks
        replaced = {block(rule["MatchSourceCidr"]): block(rule["NatCidr"]) for rule in self.rules}
        return [replaced.get(one, one) for one in blocks] + (list(replaced.values()) if self.may_choose else [])

    def shape(self) -> dict[str, Any]:
        return {
            "NatGatewaySupport": self.support,
            "NatSystemRouteSupport": "enable" if self.installs_routes else "disable",
            "NatGatewayRules": [{**rule, "State": self.rules_state} for rule in self.rules],
        }


def checked_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules of a request in the order of their numbers, refuse what the API reference excludes.

    The texts, and that the code of all is InvalidParameterValue, are not verified.
    """
    if len(rules) > MAX_RULES:
        raise invalid_value(f"You can specify up to {MAX_RULES} NAT gateway rules for an attachment.")
    checked = [_checked(rule) for rule in rules]
    numbers = [rule["RuleNumber"] for rule in checked]
    if len(set(numbers)) < len(numbers):
        raise invalid_value("Each NAT gateway rule number must be unique within the request.")
    for member in ("MatchSourceCidr", "NatCidr"):
        blocks = sorted(block(rule[member]) for rule in checked)
        for one, other in zip(blocks, blocks[1:], strict=False):
            if one.contains(other):
                raise invalid_value(f"The {member} of the NAT gateway rules for an attachment cannot overlap.")
    return sorted(checked, key=lambda rule: rule["RuleNumber"])


def _checked(rule: dict[str, Any]) -> dict[str, Any]:
    number = rule.get("RuleNumber")
    if number not in RULE_NUMBERS:
        raise invalid_value(f"Value ({number}) for parameter RuleNumber is invalid. Valid values are 1 to 32766.")
    parsed = {}
    for member in ("MatchSourceCidr", "NatCidr"):
        text = rule.get(member) or ""
        parsed[member] = block(text)
        if parsed[member].version != 4:
            raise invalid_value(f"Value ({text}) for parameter {member} is invalid. It must be an IPv4 CIDR block.")
    match, nat = parsed["MatchSourceCidr"], parsed["NatCidr"]
    if any(match.contains(never) or never.contains(match) for never in map(block, NEVER_MATCHED)):
        raise invalid_value(f"Value ({rule['MatchSourceCidr']}) for parameter MatchSourceCidr is invalid.")
    if not any(space.contains(nat) for space in map(block, NAT_SPACES)):
        raise invalid_value(
            f"Value ({rule['NatCidr']}) for parameter NatCidr is invalid. It must be in a private (RFC 1918) or shared "
            "address space (RFC 6598) range."
        )
    if match.length != nat.length:
        raise invalid_value("MatchSourceCidr and NatCidr must have the same prefix length.")
    return {"RuleNumber": number, "MatchSourceCidr": rule["MatchSourceCidr"], "NatCidr": rule["NatCidr"]}
