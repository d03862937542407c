# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy tables of transit gateways: rules that choose a route table by a packet's addresses, ports and protocol.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html
"""

from __future__ import annotations

import secrets
from typing import Any

from emulator.ec2.errors import invalid_value
from emulator.ec2.models.transit_gateway_attachments import Association
from emulator.ec2.models.transit_gateway_resources import Resource, incorrect_state
from emulator.ec2.models.transit_gateway_routes import block, block_text
from emulator.ec2.models.transit_gateways import TransitGateway
from emulator.transitions import StateClock, Transition

ANY = "*"
RULE_NUMBERS = range(1, 50_001)  # tgw-policy-tables-entry-create.html
# 1 (ICMP), 6 (TCP), 17 (UDP), 47 (GRE)
PROTOCOLS = (ANY, "1", "6", "17", "47")
WITH_PORTS = ("6", "17")
_BLOCKS = ("SourceCidrBlock", "DestinationCidrBlock")
_PORTS = ("SourcePortRange", "DestinationPortRange")


class PolicyTable(Resource):
    kind = "transit-gateway-policy-table"
    state = StateClock(kind)

    def __init__(self, gateway: TransitGateway):
        super().__init__()
        self.id = f"tgw-ptb-{secrets.token_hex(9)[:17]}"
        self.gateway, self.region, self.owner_id = gateway, gateway.region, gateway.owner_id
        self.associations_made: dict[str, Association] = {}
        # Rule number -> entry
        self.entries: dict[int, PolicyEntry] = {}
        gateway.policy_tables[self.id] = self

    @property
    def associations(self) -> list[Association]:
        for over in [key for key, association in self.associations_made.items() if association.is_over]:
            del self.associations_made[over]
        return list(self.associations_made.values())

    def delete(self) -> None:
        """Delete the table with its entries: tgw-policy-tables.html, "When a table is deleted, all policy rules within
        that table are deleted". That associations are in the way, as those of a route table, is not verified.
        """
        self.need("available")
        if self.associations:
            raise incorrect_state(f"{self.id} has associated attachments")
        self.entries.clear()
        self.state = Transition("deleting", "deleted")

    def shape(self, account_id: str) -> dict[str, Any]:
        return {
            "TransitGatewayPolicyTableId": self.id,
            "TransitGatewayId": self.gateway.id,
            "State": self.state,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }


class PolicyAssociation(Association):
    table_key = "TransitGatewayPolicyTableId"


class PolicyEntry:
    """An entry of a policy table: its rule's members, "*" for one that is not set, and the target route table.

    AWS never returns the metadata of a rule: terraform-provider-aws, transitgateway_policy_table_entry.go.
    """

    def __init__(self, number: int, rule: dict[str, Any], target_id: str):
        self.number, self.rule, self.target_id = number, checked_rule({}, rule), target_id
        self.metadata: dict[str, str] = rule.get("MetaData") or {}

    def change(self, rule: dict[str, Any], target_id: str | None) -> None:
        """Change the entry: "Unspecified fields retain their current values"."""
        self.rule = checked_rule(self.rule, rule)
        self.metadata = rule.get("MetaData") or self.metadata
        self.target_id = target_id or self.target_id

    def shape(self, state: str = "active") -> dict[str, Any]:
        return {
            "PolicyRuleNumber": str(self.number),
            "PolicyRule": dict(self.rule),
            "TargetRouteTableId": self.target_id,
            "State": state,
        }


def rule_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in RULE_NUMBERS:
        raise invalid_value(f"Value ({text}) for parameter PolicyRuleNumber is invalid. Valid values are 1 to 50000.")
    return int(text)


def checked_rule(current: dict[str, str], given: dict[str, Any]) -> dict[str, str]:
    """Return a rule after a change; refuses what API_TransitGatewayRequestPolicyRule.html excludes.

    The texts, and that the code is InvalidParameterValue, are not verified.
    """
    rule = dict.fromkeys((*_BLOCKS, *_PORTS, "Protocol"), ANY) | current
    rule |= {name: given[name] for name in rule if given.get(name)}
    versions = set()
    for name in _BLOCKS:
        if rule[name] != ANY:
            parsed = block(rule[name])
            versions.add(parsed.version)
            rule[name] = block_text(parsed)
    if len(versions) > 1:
        raise invalid_value("SourceCidrBlock and DestinationCidrBlock must be of the same address family.")
    if rule["Protocol"] not in PROTOCOLS:
        raise invalid_value(f"Value ({rule['Protocol']}) for parameter Protocol is invalid.")
    for name in _PORTS:
        if rule[name] != ANY and rule["Protocol"] not in WITH_PORTS:
            raise invalid_value(f"{name} must be * unless Protocol is 6 (TCP) or 17 (UDP).")
        if rule[name] != ANY and not _is_port_range(rule[name]):
            raise invalid_value(f"Value ({rule[name]}) for parameter {name} is invalid.")
    return rule


def _is_port_range(text: str) -> bool:
    first, dash, last = text.partition("-")
    ports = [first, last] if dash else [first]
    if not all(port.isascii() and port.isdigit() and int(port) <= 65535 for port in ports):
        return False
    return int(ports[0]) <= int(ports[-1])
