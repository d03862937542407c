# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy tables of transit gateways, their entries and associations. Marks as in test_transit_gateway.py."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, filters
from .networks import Network, refused, wait_for

ANY = {
    "SourceCidrBlock": "*",
    "SourcePortRange": "*",
    "DestinationCidrBlock": "*",
    "DestinationPortRange": "*",
    "Protocol": "*",
}


class Policies:
    """A policy table of a gateway of the hub, and a route table."""

    def __init__(self, network):
        self.network, self.ec2 = network, network.ec2()
        self.gateway_id = network.gateway()
        made = self.ec2.create_transit_gateway_policy_table(TransitGatewayId=self.gateway_id)
        self.table_id = made["TransitGatewayPolicyTable"]["TransitGatewayPolicyTableId"]
        self.of_table = {"TransitGatewayPolicyTableId": self.table_id}
        self.target = network.table(self.gateway_id)

    def create(self, number="10", target=None, **rule):
        more = {"PolicyRule": rule} if rule else {}
        return self.ec2.create_transit_gateway_policy_table_entry(
            **self.of_table, PolicyRuleNumber=number, TargetRouteTableId=target or self.target, **more
        )["TransitGatewayPolicyTableEntry"]

    def numbers(self, **wanted):
        return self.listed([{"Name": name, "Values": [value]} for name, value in wanted.items()])

    def listed(self, wanted=()):
        found = self.ec2.get_transit_gateway_policy_table_entries(**self.of_table, Filters=list(wanted))
        return [one["PolicyRuleNumber"] for one in found["TransitGatewayPolicyTableEntries"]]

    def state(self):
        found = self.ec2.describe_transit_gateway_policy_tables(TransitGatewayPolicyTableIds=[self.table_id])
        return found["TransitGatewayPolicyTables"][0]["State"]


@pytest.fixture
def network(emulator):
    return Network(emulator)


@pytest.fixture
def policies(network):
    return Policies(network)


def test_an_attachment_has_a_route_table_or_a_policy_table(network, policies):
    """D: tgw-policy-tables-associate.html: "either a policy table or a route table, but not both"; the code of a
    missing association is terraform-provider-aws's.
    """
    ec2 = policies.ec2
    network.share(policies.gateway_id, SPOKE)
    attachment_id = network.attached(SPOKE, policies.gateway_id, "10.1.0.0/16")
    pair = {**policies.of_table, "TransitGatewayAttachmentId": attachment_id}
    network.associate(policies.target, attachment_id)
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_transit_gateway_policy_table(**pair)
    with refused("InvalidTransitGatewayPolicyTableAssociation.NotFound"):
        ec2.disassociate_transit_gateway_policy_table(**pair)
    ec2.disassociate_transit_gateway_route_table(
        TransitGatewayRouteTableId=policies.target, TransitGatewayAttachmentId=attachment_id
    )
    wait_for(lambda: "Association" in network.attachment(HUB, attachment_id), False)
    assert ec2.associate_transit_gateway_policy_table(**pair)["Association"]["ResourceType"] == "vpc"
    wanted = {**policies.of_table, "State": "associated"}
    wait_for(lambda: network.attachment(HUB, attachment_id)["Association"], wanted)
    with refused("Resource.AlreadyAssociated"):
        network.associate(policies.target, attachment_id)
    listed = ec2.get_transit_gateway_policy_table_associations(**policies.of_table)["Associations"]
    assert [found["TransitGatewayAttachmentId"] for found in listed] == [attachment_id]
    # Not verified: by analogy to a route table.
    with refused("IncorrectState", f"{policies.table_id} has associated attachments"):
        ec2.delete_transit_gateway_policy_table(**policies.of_table)
    ec2.disassociate_transit_gateway_policy_table(**pair)
    wait_for(lambda: "Association" in network.attachment(HUB, attachment_id), False)


def test_an_entry_shows_what_is_not_set_as_any(policies):
    """S: terraform-provider-aws, transitgateway_policy_table_entry.go: "AWS always returns a PolicyRule [...] reporting
    every unset match criterion as "*""; "The API never returns the rule's metadata".
    """
    assert policies.create() == {
        "PolicyRuleNumber": "10",
        "PolicyRule": ANY,
        "TargetRouteTableId": policies.target,
        "State": "active",
    }
    made = policies.create(
        "2",
        SourceCidrBlock="10.1.0.0/16",
        DestinationPortRange="443-444",
        Protocol="6",
        MetaData={"MetaDataKey": "segment", "MetaDataValue": "a"},
    )
    wanted = ANY | {"SourceCidrBlock": "10.1.0.0/16", "DestinationPortRange": "443-444", "Protocol": "6"}
    assert made["PolicyRule"] == wanted
    assert policies.listed() == ["2", "10"]  # ascending numeric order, tgw-policy-tables-concepts.html


def test_a_change_keeps_what_it_does_not_name(policies):
    """D: API_ModifyTransitGatewayPolicyTableEntry: "Unspecified fields retain their current values"."""
    policies.create(SourceCidrBlock="10.1.0.0/16", DestinationPortRange="443", Protocol="17")
    other = policies.network.table(policies.gateway_id)
    changed = policies.ec2.modify_transit_gateway_policy_table_entry(
        **policies.of_table, PolicyRuleNumber="10", PolicyRule={"DestinationCidrBlock": "10.2.0.0/16"}
    )["TransitGatewayPolicyTableEntry"]
    assert changed["PolicyRule"]["SourceCidrBlock"] == "10.1.0.0/16"
    assert (changed["PolicyRule"]["DestinationCidrBlock"], changed["PolicyRule"]["Protocol"]) == ("10.2.0.0/16", "17")
    assert changed["TargetRouteTableId"] == policies.target
    moved = policies.ec2.modify_transit_gateway_policy_table_entry(
        **policies.of_table, PolicyRuleNumber="10", TargetRouteTableId=other
    )["TransitGatewayPolicyTableEntry"]
    assert (moved["TargetRouteTableId"], moved["PolicyRule"]) == (other, changed["PolicyRule"])
    with refused("InvalidParameterValue"):
        policies.ec2.modify_transit_gateway_policy_table_entry(
            **policies.of_table, PolicyRuleNumber="10", PolicyRule={"Protocol": "1"}
        )


@pytest.mark.parametrize(
    "rule",
    [
        {"Protocol": "2"},
        {"Protocol": "tcp"},
        {"SourcePortRange": "80"},
        {"Protocol": "1", "DestinationPortRange": "80"},
        {"Protocol": "6", "DestinationPortRange": "90-80"},
        {"Protocol": "6", "DestinationPortRange": "65536"},
        {"SourceCidrBlock": "10.1.0.0"},
        {"SourceCidrBlock": "10.1.0.0/16", "DestinationCidrBlock": "fd00::/8"},
    ],
)
def test_rules_that_are_refused(policies, rule):
    """D: API_TransitGatewayRequestPolicyRule: protocols 1, 6, 17, 47, *; ports with 6 and 17 alone. That blocks of two
    families are refused, and the code, are not verified.
    """
    with refused("InvalidParameterValue"):
        policies.create(**rule)
    assert policies.listed() == []


def test_numbers_and_targets_that_are_refused(policies):
    """D: tgw-policy-tables-entry-create.html: "an integer from 1 to 50,000". The code of a number that is taken is not
    verified; of what isn't found: terraform-provider-aws.
    """
    for number in ("0", "50001", "-1", "1.5", "a"):
        with refused("InvalidParameterValue"):
            policies.create(number)
    policies.create("50000")
    with refused("TransitGatewayPolicyTableEntry.Duplicate"):
        policies.create("50000")
    elsewhere = policies.network.table(policies.network.gateway())
    for target in (elsewhere, "tgw-rtb-0123456789abcdef0"):
        with refused("InvalidRouteTableID.NotFound"):
            policies.create("1", target)
    for call in (
        policies.ec2.delete_transit_gateway_policy_table_entry,
        policies.ec2.modify_transit_gateway_policy_table_entry,
    ):
        with refused("InvalidTransitGatewayPolicyTableEntry.NotFound"):
            call(**policies.of_table, PolicyRuleNumber="7")
    with refused("InvalidTransitGatewayPolicyTableId.NotFound"):
        policies.network.ec2(SPOKE).get_transit_gateway_policy_table_entries(**policies.of_table)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("policy-rule-number", "7"),
        ("target-route-table-id", None),
        ("policy-rule.source-ip", "10.1.0.0/16"),
        ("policy-rule.destination-ip", "10.2.0.0/16"),
        ("policy-rule.source-port", "1024-65535"),
        ("policy-rule.destination-port", "443"),
        ("policy-rule.protocol", "6"),
        ("policy-rule.meta-data.key", "segment"),
        ("policy-rule.meta-data.value", "a"),
    ],
)
def test_each_documented_filter_keeps_and_drops(policies, name, value):
    """D: API_GetTransitGatewayPolicyTableEntries."""
    other = policies.network.table(policies.gateway_id)
    policies.create()
    policies.create(
        "7",
        other,
        SourceCidrBlock="10.1.0.0/16",
        DestinationCidrBlock="10.2.0.0/16",
        SourcePortRange="1024-65535",
        DestinationPortRange="443",
        Protocol="6",
        MetaData={"MetaDataKey": "segment", "MetaDataValue": "a"},
    )
    assert policies.numbers(**{name: value or other}) == ["7"]


def test_a_table_is_deleted_with_its_entries(policies):
    """D: tgw-policy-tables.html: "When a table is deleted, all policy rules within that table are deleted"."""
    policies.create()
    gone = policies.ec2.delete_transit_gateway_policy_table_entry(**policies.of_table, PolicyRuleNumber="10")
    assert (gone["TransitGatewayPolicyTableEntry"]["State"], policies.listed()) == ("deleted", [])
    policies.create()
    wait_for(policies.state, "available")
    policies.ec2.delete_transit_gateway_policy_table(**policies.of_table)
    wait_for(policies.state, "deleted")
    with refused("InvalidTransitGatewayPolicyTableId.NotFound"):
        policies.create()
    with refused("InvalidTransitGatewayPolicyTableId.NotFound"):
        policies.ec2.describe_transit_gateway_policy_tables(TransitGatewayPolicyTableIds=["tgw-ptb-0123456789abcdef0"])


def test_a_table_can_be_tagged(policies):
    """D: Using_Tags.html lists transit-gateway-policy-table."""
    ec2 = policies.ec2
    ec2.create_tags(Resources=[policies.table_id], Tags=[{"Key": "Name", "Value": "x"}])
    (tag,) = ec2.describe_tags(Filters=filters(resource_id=policies.table_id))["Tags"]
    assert tag["ResourceType"] == "transit-gateway-policy-table"
