# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS refuses of security groups and their rules: names, protocols, ports, groups of other VPCs."""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, error_of, refused

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
ANY = [{"CidrIp": "10.0.0.0/8"}]
CHARACTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


@pytest.fixture
def group_id(ec2, vpc_id):
    return ec2.create_security_group(GroupName="from_hub", Description="from the hub", VpcId=vpc_id)["GroupId"]


@pytest.mark.parametrize(
    ("name", "description", "text"),
    [
        (
            "a",
            "it's",
            f"Invalid security group description. Valid descriptions are strings less than 256 characters from "
            f"the following set:  {CHARACTERS}",
        ),
        ("a", "d" * 256, "Invalid security group description."),
        ("a<b", "d", "Invalid security group name."),
        ("n" * 256, "d", "Invalid security group name."),
        (
            "gr\u00fcn",
            "d",
            "Value (gr\u00fcn) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.",
        ),
        ("sg-a", "d", "Value (sg-a) for parameter GroupName is invalid. Group names may not be in the format sg-*."),
    ],
)
def test_names_and_descriptions(ec2, vpc_id, name, description, text):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html. Texts: description
    cds-snc/notification-terraform#561, ASCII hashicorp/terraform-provider-aws#43854; of a name not verified."""
    code, message = error_of(ec2.create_security_group, GroupName=name, Description=description, VpcId=vpc_id)
    assert (code, message[: len(text)]) == ("InvalidParameterValue", text)


def test_a_name_is_unique_whatever_its_case(ec2, vpc_id, group_id):
    """ "Names are case-insensitive and must be unique within the VPC" (CreateSecurityGroup)."""
    again = {"GroupName": "FROM_hub ", "Description": "d", "VpcId": vpc_id}
    assert refused(ec2.create_security_group, **again) == ("InvalidGroup.Duplicate", 400)


@pytest.mark.parametrize(
    ("permission", "text"),
    [
        ({"IpProtocol": "all"}, "Invalid value 'all' for IP protocol. Unknown protocol."),
        ({"IpProtocol": "esp"}, "Invalid value 'esp' for IP protocol. Unknown protocol."),
        ({"IpProtocol": "256"}, "Invalid value '256' for IP protocol. Unknown protocol."),
        ({"IpProtocol": "-2"}, "Invalid value '-2' for IP protocol. Unknown protocol."),
        ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": 443}, "TCP/UDP (from) port (-1) out of range"),
        ({"IpProtocol": "17", "FromPort": 1, "ToPort": 65536}, "TCP/UDP (to) port (65536) out of range"),
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 80}, "Invalid TCP/UDP port range (443:80)"),
        ({"IpProtocol": "tcp"}, "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": 65535}, "ICMP code (65535) out of range"),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": 0}, "ICMP type (256) out of range"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 0}, "ICMP code (0) must be -1 for all ICMP types"),
        (HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, "CIDR block 10.0.0.0/33 is malformed"),
        (HTTPS | {"IpRanges": [{"CidrIp": "::/0"}]}, "CIDR block ::/0 is malformed"),
        (HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.1"}]}, "CIDR block 10.0.0.1 is malformed"),
        (HTTPS | {"Ipv6Ranges": [{"CidrIpv6": "10.0.0.0/8"}]}, "CIDR block 10.0.0.0/8 is malformed"),
        (
            HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "it's"}]},
            "Invalid rule description. Valid "
            f"descriptions are strings less than 256 characters from the following set: {CHARACTERS}",
        ),
        (HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "d" * 256}]}, "Invalid rule description."),
    ],
)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_rules(ec2, group_id, direction, permission, text):
    """Texts: terraform-provider-aws#1793 and terraform#9092 (protocols), aws-cli#1066 (ports), aws-cli#2846 (blocks),
    terraform-aws-modules/terraform-aws-security-group#7 (ICMP codes), aws-cloudformation/cfn-lint#173 (descriptions);
    a reversed range and all ICMP types with one code (API_IpPermission): the texts are not verified."""
    call = getattr(ec2, f"authorize_security_group_{direction}")
    code, message = error_of(call, GroupId=group_id, IpPermissions=[{"IpRanges": ANY} | permission])
    assert (code, message[: len(text)]) == ("InvalidParameterValue", text)


def test_what_is_allowed(ec2, group_id):
    """Other protocols by number, with all ports "regardless of any port range" (AuthorizeSecurityGroupIngress); a block
    in its canonical form; ICMPv6 without types."""
    permissions = [
        {"IpProtocol": "50", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.1.2.3/16"}]},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": ANY},
        {"IpProtocol": "icmpv6", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "a. _-:/()#,@[]+=&;{}!$*"}]},
    ]
    made = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)["SecurityGroupRules"]
    assert [(rule["IpProtocol"], rule["FromPort"]) for rule in made] == [
        ("50", -1),
        ("icmp", -1),
        ("icmpv6", -1),
        ("tcp", 443),
    ]
    assert made[0]["CidrIpv4"] == "10.1.0.0/16"


def test_descriptions_and_peers_of_changes(ec2, group_id):
    made = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[HTTPS | {"IpRanges": ANY}])
    rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    described = [{"SecurityGroupRuleId": rule_id, "Description": "it's"}]
    assert refused(
        ec2.update_security_group_rule_descriptions_ingress, GroupId=group_id, SecurityGroupRuleDescriptions=described
    ) == ("InvalidParameterValue", 400)
    other = ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[HTTPS | {"IpRanges": [{"CidrIp": "10.9.0.0/16"}]}]
    )["SecurityGroupRules"][0]
    change = {
        "SecurityGroupRuleId": other["SecurityGroupRuleId"],
        "SecurityGroupRule": HTTPS | {"CidrIpv4": "10.0.0.0/8"},
    }
    assert refused(ec2.modify_security_group_rules, GroupId=group_id, SecurityGroupRules=[change]) == (
        "InvalidPermission.Duplicate",
        400,
    )


def test_revoked_rules_are_named(ec2, group_id):
    """RevokedSecurityGroupRules, and in a default VPC UnknownIpPermissions in place of an error:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html"""
    permissions = [HTTPS | {"IpRanges": ANY}]
    made = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)["SecurityGroupRules"][0]
    (revoked,) = ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=permissions)[
        "RevokedSecurityGroupRules"
    ]
    assert (revoked["SecurityGroupRuleId"], revoked["CidrIpv4"]) == (made["SecurityGroupRuleId"], "10.0.0.0/8")
    of_default = ec2.create_security_group(GroupName="x", Description="x")["GroupId"]
    answer = ec2.revoke_security_group_ingress(GroupId=of_default, IpPermissions=permissions)
    assert answer["UnknownIpPermissions"][0]["IpRanges"] == ANY
    assert answer["RevokedSecurityGroupRules"] == []


def test_a_group_of_another_vpc(ec2, vpc_id, group_id):
    """Refused, but over an active peering connection: https://github.com/boto/boto3/issues/569 (text),
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"""
    other_vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_security_group(GroupName="o", Description="o", VpcId=other_vpc)["GroupId"]
    permissions = [HTTPS | {"UserIdGroupPairs": [{"GroupId": other}]}]
    expected = ("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
    rules = {"GroupId": group_id, "IpPermissions": permissions}
    assert error_of(ec2.authorize_security_group_ingress, **rules) == expected
    assert error_of(ec2.authorize_security_group_egress, **rules) == expected
    peering = ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=other_vpc)["VpcPeeringConnection"]
    assert error_of(ec2.authorize_security_group_ingress, **rules) == expected
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.authorize_security_group_ingress(**rules)
    # The rule becomes stale, it can still be revoked, and doesn't keep the other group.
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.revoke_security_group_ingress(**rules)


def test_a_group_of_another_account(client, ec2, vpc_id, group_id):
    hub = client(HUB, "ec2")
    hub_vpc = hub.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    pair = {
        "GroupId": hub.create_security_group(GroupName="a", Description="a", VpcId=hub_vpc)["GroupId"],
        "UserId": HUB,
    }
    rules = {"GroupId": group_id, "IpPermissions": [HTTPS | {"UserIdGroupPairs": [pair]}]}
    assert refused(ec2.authorize_security_group_ingress, **rules) == ("InvalidGroup.NotFound", 400)
    peering = ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=hub_vpc, PeerOwnerId=HUB)[
        "VpcPeeringConnection"
    ]
    hub.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.authorize_security_group_ingress(**rules)
    shown = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["IpPermissions"]
    assert [(one["GroupId"], one["UserId"]) for one in shown[0]["UserIdGroupPairs"]] == [(pair["GroupId"], HUB)]
    for wrong in ({"GroupId": "sg-0123456789abcdef0"}, {"UserId": SPOKE}, {"UserId": "amazon-elb"}):
        rules["IpPermissions"] = [HTTPS | {"UserIdGroupPairs": [pair | wrong]}]
        assert refused(ec2.authorize_security_group_ingress, **rules) == ("InvalidGroup.NotFound", 400)


def test_by_transit_gateway(ec2, vpc_id, subnet_id, group_id):
    """Security group referencing: switched on for the gateway and both attachments, inbound only:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security"""
    other_vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    other_subnet = ec2.create_subnet(VpcId=other_vpc, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]
    other = ec2.create_security_group(GroupName="o", Description="o", VpcId=other_vpc)["GroupId"]
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    for vpc, subnet in ((vpc_id, subnet_id), (other_vpc, other_subnet)):
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet])
    rules = {"GroupId": group_id, "IpPermissions": [HTTPS | {"UserIdGroupPairs": [{"GroupId": other}]}]}
    assert refused(ec2.authorize_security_group_ingress, **rules) == ("InvalidGroup.NotFound", 400)
    ec2.modify_transit_gateway(TransitGatewayId=gateway, Options={"SecurityGroupReferencingSupport": "enable"})
    assert refused(ec2.authorize_security_group_egress, **rules) == ("InvalidGroup.NotFound", 400)
    ec2.authorize_security_group_ingress(**rules)
