# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions of Network Firewall. Resources:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsnetworkfirewall.html; permissions of other
services: AWS's managed policy AWSNetworkFirewallFullAccess. Destinations of logs:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-destinations.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, Emulator, refused
from tests.emulator.firewalls import FORWARD, STRICT, UNPROTECTED, Firewalls, rule
from tests.emulator.networks import Network
from tests.emulator.people import allow, person, policy

DENIED = ("AccessDeniedException", 400)
PREFIX = f"arn:aws:network-firewall:eu-central-1:{SPOKE}:"
ROLE = "aws-service-role/network-firewall.amazonaws.com/AWSServiceRoleForNetworkFirewall"
CREATE_ROLE = allow("iam:CreateServiceLinkedRole", f"arn:aws:iam::{SPOKE}:role/{ROLE}")
CREATE_ENDPOINTS = (
    allow("ec2:DescribeSubnets"),
    allow(
        "ec2:CreateVpcEndpoint",
        "arn:aws:ec2:*:*:*",
        Condition={"StringEquals": {"aws:RequestTag/AWSNetworkFirewallManaged": "true"}},
    ),
)
DELETE_ENDPOINTS = (
    allow(["ec2:DescribeRouteTables", "logs:ListLogDeliveries"]),
    allow(
        "ec2:DeleteVpcEndpoints",
        "arn:aws:ec2:*:*:*",
        Condition={"StringEquals": {"aws:ResourceTag/AWSNetworkFirewallManaged": "true"}},
    ),
)
Client = Callable[..., Any]


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


@pytest.fixture
def who_may(emulator: Emulator) -> Client:
    """Return a function that gives the client of somebody who may just this."""
    numbers = iter(range(100))
    return lambda *statements: person(emulator, SPOKE, f"alice{next(numbers)}", may=policy(*statements)).client(
        "network-firewall"
    )


def group(name: str = "payments", **options: Any) -> dict[str, Any]:
    definition = {"RulesSource": {"RulesString": rule("a.example", 1)}, "StatefulRuleOptions": STRICT}
    return {"RuleGroupName": name, "Type": "STATEFUL", "Capacity": 10, "RuleGroup": definition} | options


def test_rule_group_by_its_arn(who_may: Client) -> None:
    nfw = who_may(allow("network-firewall:*RuleGroup", f"{PREFIX}stateful-rulegroup/pay*"))
    nfw.create_rule_group(**group())
    assert refused(nfw.create_rule_group, **group("other")) == DENIED
    assert refused(nfw.delete_rule_group, RuleGroupArn=f"{PREFIX}stateful-rulegroup/other") == DENIED
    nfw.delete_rule_group(RuleGroupName="payments", Type="STATEFUL")


def test_new_resource_by_the_tags_of_the_request(who_may: Client) -> None:
    """CreateRuleGroup: condition keys aws:RequestTag, aws:TagKeys."""
    tagged = {"StringEquals": {"aws:RequestTag/team": "cards"}}
    create = ["network-firewall:CreateRuleGroup", "network-firewall:TagResource"]
    nfw = who_may(allow(create, "*", Condition=tagged))
    assert refused(nfw.create_rule_group, **group()) == DENIED
    assert refused(nfw.create_rule_group, **group(Tags=[{"Key": "team", "Value": "loans"}])) == DENIED
    nfw.create_rule_group(**group(Tags=[{"Key": "team", "Value": "cards"}]))


def test_tags_of_a_new_resource_need_tag_resource(who_may: Client) -> None:
    """API operations: CreateRuleGroup also needs network-firewall:TagResource."""
    create = allow("network-firewall:CreateRuleGroup", f"{PREFIX}stateful-rulegroup/payments")
    tags = [{"Key": "team", "Value": "cards"}]
    other = allow("network-firewall:TagResource", f"{PREFIX}stateful-rulegroup/other")
    assert refused(who_may(create, other).create_rule_group, **group(Tags=tags)) == DENIED
    own = allow("network-firewall:TagResource", f"{PREFIX}stateful-rulegroup/payments")
    who_may(create, own).create_rule_group(**group(Tags=tags))


def test_resource_by_its_tag(firewalls: Firewalls, who_may: Client) -> None:
    arn = firewalls.group(Tags=[{"Key": "team", "Value": "cards"}])
    other = firewalls.group("other")
    own = {"StringEquals": {"aws:ResourceTag/team": "cards"}}
    nfw = who_may(allow("network-firewall:DeleteRuleGroup", "*", Condition=own))
    assert refused(nfw.delete_rule_group, RuleGroupArn=other) == DENIED
    nfw.delete_rule_group(RuleGroupArn=arn)


def test_policy_needs_its_rule_groups(firewalls: Firewalls, who_may: Client) -> None:
    """CreateFirewallPolicy: FirewallPolicy, StatefulRuleGroup, StatelessRuleGroup; it reads two lists, too."""
    arn = firewalls.group()
    references = [{"ResourceArn": arn, "Priority": 1}]
    definition = FORWARD | {"StatefulEngineOptions": STRICT, "StatefulRuleGroupReferences": references}
    wanted = {"FirewallPolicyName": "central", "FirewallPolicy": definition}
    enough = [
        allow("network-firewall:CreateFirewallPolicy", f"{PREFIX}firewall-policy/central"),
        allow("network-firewall:CreateFirewallPolicy", arn),
        allow("network-firewall:ListRuleGroups"),
        allow("network-firewall:ListTLSInspectionConfigurations"),
    ]
    for missing in enough:
        lesser = [statement for statement in enough if statement is not missing]
        assert refused(who_may(*lesser).create_firewall_policy, **wanted) == DENIED
    who_may(*enough).create_firewall_policy(**wanted)


def test_firewall_needs_its_policy_its_endpoints_and_the_role(firewalls: Firewalls, who_may: Client) -> None:
    """CreateFirewall: Firewall, FirewallPolicy; also AssociateFirewallPolicy and iam:CreateServiceLinkedRole."""
    arn = firewalls.policy()
    firewalls.vpc()
    wanted = {
        "FirewallName": "egress",
        "FirewallPolicyArn": arn,
        "VpcId": firewalls.vpc_id,
        "SubnetMappings": firewalls.mappings(),
        **UNPROTECTED,
    }
    create, associate = (
        allow(f"network-firewall:{action}", [f"{PREFIX}firewall/egress", arn])
        for action in ("CreateFirewall", "AssociateFirewallPolicy")
    )
    enough = [create, associate, CREATE_ROLE, *CREATE_ENDPOINTS]
    for missing in enough:
        lesser = [statement for statement in enough if statement is not missing]
        assert refused(who_may(*lesser).create_firewall, **wanted) == DENIED
    who_may(*enough).create_firewall(**wanted)
    firewalls.nfw.delete_firewall(FirewallName="egress")
    who_may(create, associate, *CREATE_ENDPOINTS).create_firewall(**wanted)


def test_deletion_of_a_firewall(firewalls: Firewalls, who_may: Client) -> None:
    """logs:ListLogDeliveries: mattclay/aws-terminator#209."""
    firewalls.create()
    delete = allow("network-firewall:DeleteFirewall", f"{PREFIX}firewall/egress")
    assert refused(who_may(delete).delete_firewall, FirewallName="egress") == DENIED
    who_may(delete, *DELETE_ENDPOINTS).delete_firewall(FirewallName="egress")


LOGS = f"arn:aws:logs:eu-central-1:{SPOKE}:log-group"
DELIVERY_ROLE = "aws-service-role/delivery.logs.amazonaws.com/AWSServiceRoleForLogDelivery"
OWN_BUCKET = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}


@pytest.mark.parametrize(
    ("kind", "destination", "on_destination"),
    [
        (
            "S3",
            {"bucketName": "logs"},
            [
                allow("s3:GetBucketPolicy", "arn:aws:s3:::logs"),
                allow("s3:PutBucketPolicy", "arn:aws:s3:::*", Condition=OWN_BUCKET),
            ],
        ),
        (
            "CloudWatchLogs",
            {"logGroup": "/egress/alert"},
            [
                allow(f"logs:{action}", f"{LOGS}:*")
                for action in ("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")
            ],
        ),
        (
            "KinesisDataFirehose",
            {"deliveryStream": "alerts"},
            [
                allow("firehose:TagDeliveryStream", f"arn:aws:firehose:eu-central-1:{SPOKE}:deliverystream/alerts"),
                allow("iam:CreateServiceLinkedRole", f"arn:aws:iam::{SPOKE}:role/{DELIVERY_ROLE}"),
            ],
        ),
    ],
)
def test_logging_needs_log_deliveries_and_its_destination(
    firewalls: Firewalls, who_may: Client, kind: str, destination: dict[str, str], on_destination: list[dict[str, Any]]
) -> None:
    firewalls.create()
    verbs = ("Create", "Get", "Update", "Delete")
    enough = [
        allow("network-firewall:UpdateLoggingConfiguration", f"{PREFIX}firewall/egress"),
        allow([*(f"logs:{verb}LogDelivery" for verb in verbs), "logs:ListLogDeliveries"]),
        *on_destination,
    ]
    config = {"LogType": "ALERT", "LogDestinationType": kind, "LogDestination": destination}
    wanted = {"FirewallName": "egress", "LoggingConfiguration": {"LogDestinationConfigs": [config]}}
    for missing in enough:
        lesser = [statement for statement in enough if statement is not missing]
        assert refused(who_may(*lesser).update_logging_configuration, **wanted) == DENIED
    who_may(*enough).update_logging_configuration(**wanted)


def test_the_bucket_of_another_account_is_its_owners(emulator: Emulator, firewalls: Firewalls, who_may: Client) -> None:
    """logging-s3: "the bucket owner must manually add the preceding policy to the bucket"."""
    where = {"LocationConstraint": "eu-central-1"}
    emulator.client(HUB, "s3").create_bucket(Bucket="archive", CreateBucketConfiguration=where)
    firewalls.create()
    nfw = who_may(
        allow("network-firewall:UpdateLoggingConfiguration", f"{PREFIX}firewall/egress"),
        allow([*(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete"))]),
        allow("logs:ListLogDeliveries"),
    )
    config = {"LogType": "ALERT", "LogDestinationType": "S3", "LogDestination": {"bucketName": "archive"}}
    nfw.update_logging_configuration(FirewallName="egress", LoggingConfiguration={"LogDestinationConfigs": [config]})


def test_attachment_is_accepted_by_the_firewalls_arn(emulator: Emulator, firewalls: Firewalls) -> None:
    """AcceptNetworkFirewallTransitGatewayAttachment: Firewall."""
    network = Network(emulator)
    gateway_id = network.gateway({"DefaultRouteTableAssociation": "disable"})
    network.share(gateway_id, SPOKE)
    firewalls.nfw.create_firewall(
        FirewallName="egress",
        FirewallPolicyArn=firewalls.policy(),
        TransitGatewayId=gateway_id,
        AvailabilityZoneMappings=[{"AvailabilityZone": "eu-central-1a"}],
        **UNPROTECTED,
    )
    state = firewalls.described()["FirewallStatus"]["TransitGatewayAttachmentSyncState"]
    accept = "network-firewall:AcceptNetworkFirewallTransitGatewayAttachment"

    def nfw(name: str, arn: str) -> Any:
        return person(emulator, HUB, name, may=policy(allow(accept, arn))).client("network-firewall")

    wanted = {"TransitGatewayAttachmentId": state["AttachmentId"]}
    call = "accept_network_firewall_transit_gateway_attachment"
    assert refused(getattr(nfw("a", f"{PREFIX}firewall/other"), call), **wanted) == DENIED
    getattr(nfw("b", f"{PREFIX}firewall/egress"), call)(**wanted)


def test_reads_need_their_action(firewalls: Firewalls, who_may: Client) -> None:
    firewalls.create()
    nfw = who_may(allow("network-firewall:DescribeFirewall"))
    nfw.describe_firewall(FirewallName="egress")
    assert refused(nfw.list_firewalls) == DENIED
    assert refused(nfw.describe_firewall_policy, FirewallPolicyName="central") == DENIED
    describe = allow("network-firewall:DescribeLoggingConfiguration")
    assert refused(who_may(describe).describe_logging_configuration, FirewallName="egress") == DENIED
    who_may(describe, allow("logs:ListLogDeliveries")).describe_logging_configuration(FirewallName="egress")
