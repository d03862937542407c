# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Short forms of what tests of Network Firewall create with boto3."""

from __future__ import annotations

from typing import Any

from .conftest import SPOKE, Emulator

STRICT = {"RuleOrder": "STRICT_ORDER"}
FORWARD = {
    "StatelessDefaultActions": ["aws:forward_to_sfe"],
    "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
}
UNPROTECTED = {"DeleteProtection": False, "SubnetChangeProtection": False, "FirewallPolicyChangeProtection": False}


def rule(domain: str, sid: int, source: str = "$HOME_NET", more: str = "") -> str:
    return (
        f"pass tls {source} any -> $EXTERNAL_NET 443 "
        f'(tls.sni; content:"{domain}"; startswith; endswith; nocase; flow:to_server; {more}sid:{sid};)'
    )


class Firewalls:
    """Clients of one account, and what its tests create."""

    def __init__(self, emulator: Emulator, account_id: str = SPOKE):
        self.account_id = account_id
        credentials = emulator.credentials(account_id)
        self.nfw = emulator.plain_client("network-firewall", **credentials)
        self.ec2 = emulator.plain_client("ec2", **credentials)
        self.vpc_id = ""
        self.subnets: dict[str, str] = {}

    def group(self, name: str = "payments", rules: str | None = None, **options: Any) -> str:
        """Create a stateful rule group in strict order, and return its ARN."""
        source = {"RulesString": rules or rule("api.stripe.com", 1)}
        group = {"RulesSource": source, "StatefulRuleOptions": STRICT} | options.pop("group", {})
        parameters = {"RuleGroupName": name, "Type": "STATEFUL", "Capacity": 100, "RuleGroup": group} | options
        return self.nfw.create_rule_group(**parameters)["RuleGroupResponse"]["RuleGroupArn"]

    def policy(self, *group_arns: str, name: str = "central", **members: Any) -> str:
        """Create a policy in strict order, and return its ARN."""
        references = [{"ResourceArn": arn, "Priority": number} for number, arn in enumerate(group_arns, 1)]
        definition = FORWARD | {"StatefulEngineOptions": STRICT, "StatefulRuleGroupReferences": references} | members
        made = self.nfw.create_firewall_policy(FirewallPolicyName=name, FirewallPolicy=definition)
        return made["FirewallPolicyResponse"]["FirewallPolicyArn"]

    def vpc(self, block: str = "10.100.0.0/16", zones: str = "ab") -> str:
        """Create a VPC with a subnet in each zone; return its id."""
        self.vpc_id = self.ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        for number, zone in enumerate(zones):
            self.subnets[zone] = self.subnet(f"{block.rsplit('.', 2)[0]}.{number}.0/28", zone)
        return self.vpc_id

    def subnet(self, block: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=block, AvailabilityZone=f"eu-central-1{zone}")
        return made["Subnet"]["SubnetId"]

    def mappings(self, zones: str = "ab") -> list[dict[str, str]]:
        return [{"SubnetId": self.subnets[zone]} for zone in zones]

    def create(self, policy_arn: str | None = None, name: str = "egress", **options: Any) -> dict[str, Any]:
        """Create a firewall without protection, in a new VPC if there is none; return the answer."""
        if not self.vpc_id:
            self.vpc()
        parameters = {
            "FirewallName": name,
            "FirewallPolicyArn": policy_arn or self.policy(self.group()),
            "VpcId": self.vpc_id,
            "SubnetMappings": self.mappings(),
        }
        return self.nfw.create_firewall(**parameters | UNPROTECTED | options)

    def described(self, name: str = "egress") -> dict[str, Any]:
        return self.nfw.describe_firewall(FirewallName=name)

    def attachments(self, name: str = "egress") -> dict[str, dict[str, Any]]:
        """Return {AZ: Attachment} of a firewall."""
        states = self.described(name)["FirewallStatus"]["SyncStates"]
        return {zone: state["Attachment"] for zone, state in states.items()}

    def endpoint_ids(self, name: str = "egress") -> list[str]:
        return [attachment["EndpointId"] for _, attachment in sorted(self.attachments(name).items())]
