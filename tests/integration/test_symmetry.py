# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/parts/symmetry.yml, which verify imports, on an egress VPC with a firewall, and with one wrong route."""

from __future__ import annotations

import time

import pytest
import yaml

from tests.integration.conftest import HUB, REGION

SPOKE, EGRESS = "10.1.0.0/16", "100.64.0.0/16"
RULES = 'pass tls any any -> any 443 (msg:"all"; flow:to_server, established; sid:1;)'


class Centre:
    """A spoke's and an egress VPC with a firewall, behind a transit gateway, in one account and zone."""

    def __init__(self, site):
        self.ec2, self.firewalls = site.client(HUB), site.client(HUB, "network-firewall")
        self.spoke, self.egress = (self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"] for cidr in (SPOKE, EGRESS))
        self.app = self.subnet(self.spoke, "10.1.1.0/24")
        self.entry, self.guard, self.public = (self.subnet(self.egress, f"100.64.{i}.0/24") for i in (1, 2, 3))
        self.gateway = self.ec2.create_transit_gateway(
            Options={"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
        )["TransitGateway"]["TransitGatewayId"]
        self.wait(lambda: self.ec2.describe_transit_gateways()["TransitGateways"][0]["State"], "available")
        self.attach()
        endpoint, nat, internet = self.firewall(), self.nat(), self.internet
        self.table(self.spoke, self.app, {"0.0.0.0/0": {"TransitGatewayId": self.gateway}})
        self.table(self.egress, self.entry, {"0.0.0.0/0": {"VpcEndpointId": endpoint}})
        onward = {"0.0.0.0/0": {"NatGatewayId": nat}, "10.0.0.0/8": {"TransitGatewayId": self.gateway}}
        self.table(self.egress, self.guard, onward)
        back = {"0.0.0.0/0": {"GatewayId": internet}, "10.0.0.0/8": {"VpcEndpointId": endpoint}}
        self.back = self.table(self.egress, self.public, back)
        self.endpoint = endpoint

    @staticmethod
    def wait(read, wanted):
        for _attempt in range(200):
            if read() == wanted:
                return
            time.sleep(0.02)
        raise AssertionError(f"not {wanted}, but {read()}")

    def subnet(self, vpc_id, cidr):
        made = self.ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=f"{REGION}a")
        return made["Subnet"]["SubnetId"]

    def table(self, vpc_id, subnet_id, routes):
        table_id = self.ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
        for cidr, target in routes.items():
            self.ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=cidr, **target)
        return table_id

    def attach(self):
        """Attach both VPCs; the spoke's table leads to the egress VPC, whose table leads to the spoke."""
        attached, tables = {}, {}
        for vpc_id, subnet_id, mode in ((self.spoke, self.app, "disable"), (self.egress, self.entry, "enable")):
            made = self.ec2.create_transit_gateway_vpc_attachment(
                TransitGatewayId=self.gateway,
                VpcId=vpc_id,
                SubnetIds=[subnet_id],
                Options={"ApplianceModeSupport": mode},
            )
            attached[vpc_id] = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
            table = self.ec2.create_transit_gateway_route_table(TransitGatewayId=self.gateway)
            tables[vpc_id] = table["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
        found = self.ec2.describe_transit_gateway_attachments
        self.wait(lambda: {a["State"] for a in found()["TransitGatewayAttachments"]}, {"available"})
        states = self.ec2.describe_transit_gateway_route_tables
        self.wait(lambda: {t["State"] for t in states()["TransitGatewayRouteTables"]}, {"available"})
        for vpc_id, cidr, other in ((self.spoke, "0.0.0.0/0", self.egress), (self.egress, SPOKE, self.spoke)):
            of_table = {"TransitGatewayRouteTableId": tables[vpc_id]}
            self.ec2.associate_transit_gateway_route_table(**of_table, TransitGatewayAttachmentId=attached[vpc_id])
            self.ec2.create_transit_gateway_route(
                **of_table, DestinationCidrBlock=cidr, TransitGatewayAttachmentId=attached[other]
            )

    def firewall(self):
        group = {"RulesSource": {"RulesString": RULES}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}
        arn = self.firewalls.create_rule_group(RuleGroupName="g", Type="STATEFUL", Capacity=10, RuleGroup=group)[
            "RuleGroupResponse"
        ]["RuleGroupArn"]
        policy = {
            "StatelessDefaultActions": ["aws:forward_to_sfe"],
            "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
            "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
            "StatefulRuleGroupReferences": [{"ResourceArn": arn, "Priority": 1}],
        }
        made = self.firewalls.create_firewall_policy(FirewallPolicyName="p", FirewallPolicy=policy)
        self.firewalls.create_firewall(
            FirewallName="central",
            FirewallPolicyArn=made["FirewallPolicyResponse"]["FirewallPolicyArn"],
            VpcId=self.egress,
            SubnetMappings=[{"SubnetId": self.guard}],
        )
        status = self.firewalls.describe_firewall
        self.wait(lambda: status(FirewallName="central")["FirewallStatus"]["Status"], "READY")
        (state,) = status(FirewallName="central")["FirewallStatus"]["SyncStates"].values()
        return state["Attachment"]["EndpointId"]

    def nat(self):
        self.internet = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.internet, VpcId=self.egress)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=self.public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.wait(lambda: self.ec2.describe_nat_gateways()["NatGateways"][0]["State"], "available")
        return made


@pytest.fixture
def inventory(site):
    """One account that is hub and way out, and a host that is neither."""
    path = site.home / "network.yml"
    account = {"account_id": HUB, "region": REGION}
    account["assume_role_arn"] = f"arn:aws:iam::{HUB}:role/OrganizationAccountAccessRole"
    groups = {name: {"hosts": {"security": account}} for name in ("hub", "egress")}
    path.write_text(yaml.safe_dump({**groups, "others": {"hosts": {"other": {}}}}))
    return path


def test_one_wrong_route_fails_verify(site, inventory):
    centre = Centre(site)
    run = site.run("parts/symmetry", inventory=inventory).succeeded()
    assert "Both directions of all flows pass the same firewalls" in run.output
    assert run.writes == []

    centre.ec2.replace_route(
        RouteTableId=centre.back, DestinationCidrBlock="10.0.0.0/8", TransitGatewayId=centre.gateway
    )
    run = site.run("parts/symmetry", inventory=inventory)
    assert run.failed == ["security"], run.output
    assert f"packets pass {centre.endpoint}, their answers no firewall; account {HUB}, {centre.back}" in run.output
    assert f"10.0.0.0/8 -> {centre.gateway}; expected 10.0.0.0/8 -> {centre.endpoint}" in run.output


def test_a_part_of_the_network_is_not_compared(site, inventory):
    groups = yaml.safe_load(inventory.read_text())
    inventory.write_text(yaml.safe_dump({**groups, "spokes": {"hosts": {"alpha": {}}}}))
    run = site.run("parts/symmetry", "--limit", "security", inventory=inventory).succeeded()
    assert run.calls == [] and "--limit leaves out alpha" in run.output
    assert site.run("parts/symmetry", "--limit", "others", inventory=inventory).calls == []


def test_without_hosts_of_egress_nothing_is_read(site):
    assert site.run("parts/symmetry").succeeded().calls == []
