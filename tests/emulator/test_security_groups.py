# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups and their rules."""

from __future__ import annotations

import pytest

from .conftest import SPOKE, error_of, filters, refused

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def https_from(*blocks, **more):
    return HTTPS | {"IpRanges": [{"CidrIp": block, **more} for block in blocks]}


@pytest.fixture
def group_id(ec2, vpc_id):
    return ec2.create_security_group(GroupName="from_hub", Description="from the hub", VpcId=vpc_id)["GroupId"]


def group(ec2, group_id):
    return ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]


def test_default_group(ec2, vpc_id):
    """Its rules: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html; "You can't delete" it
    and the code CannotDelete: .../AWSEC2/latest/APIReference/errors-overview.html"""
    default = ec2.describe_security_groups(Filters=filters(vpc_id=vpc_id, group_name="default"))["SecurityGroups"][0]
    assert default["Description"] == "default VPC security group"
    no_peers = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    members = [{"GroupId": default["GroupId"], "UserId": SPOKE}]
    assert default["IpPermissions"] == [{"IpProtocol": "-1", **no_peers, "UserIdGroupPairs": members}]
    assert default["IpPermissionsEgress"] == [{"IpProtocol": "-1", **no_peers, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    assert refused(ec2.delete_security_group, GroupId=default["GroupId"]) == ("CannotDelete", 400)
    assert refused(ec2.create_security_group, GroupName="default", Description="a", VpcId=vpc_id) == (
        "InvalidParameterValue",
        400,
    )
    for direction, permissions in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        revoke = getattr(ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=default["GroupId"], IpPermissions=default[permissions])
    emptied = group(ec2, default["GroupId"])
    assert emptied["IpPermissions"] == emptied["IpPermissionsEgress"] == []


def test_create_group(ec2, vpc_id, group_id):
    """A new group lets all out and nothing in; its name is unique in the VPC:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""
    made = group(ec2, group_id)
    assert made["IpPermissions"] == []
    assert made["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    assert error_of(ec2.create_security_group, GroupName="from_hub", Description="again", VpcId=vpc_id) == (
        "InvalidGroup.Duplicate",
        f"The security group 'from_hub' already exists for VPC '{vpc_id}'",
    )
    other_vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    ec2.create_security_group(GroupName="from_hub", Description="elsewhere", VpcId=other_vpc)


def test_rules(ec2, group_id):
    """Each peer of a permission is a rule with an id:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html"""
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    permission = https_from("10.0.0.0/16", "10.9.0.0/16", Description="hub")
    permission["UserIdGroupPairs"] = [{"GroupId": group_id}]
    made = ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[
            permission,
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
        ],
        TagSpecifications=tags,
    )["SecurityGroupRules"]
    assert len(made) == 4
    rules = ec2.describe_security_group_rules(Filters=filters(group_id=group_id))["SecurityGroupRules"]
    egress = [rule for rule in rules if rule["IsEgress"]]
    assert [(rule["IpProtocol"], rule["FromPort"], rule["CidrIpv4"]) for rule in egress] == [("-1", -1, "0.0.0.0/0")]
    ingress = {rule["SecurityGroupRuleId"]: rule for rule in rules if not rule["IsEgress"]}
    assert set(ingress) == {rule["SecurityGroupRuleId"] for rule in made}
    assert all(rule["Tags"] == [{"Key": "a", "Value": "b"}] for rule in ingress.values())
    referenced = [rule["ReferencedGroupInfo"] for rule in ingress.values() if "ReferencedGroupInfo" in rule]
    assert referenced == [{"GroupId": group_id, "UserId": SPOKE}]
    by_protocol = {permission["IpProtocol"]: permission for permission in group(ec2, group_id)["IpPermissions"]}
    assert by_protocol["tcp"]["IpRanges"] == [
        {"CidrIp": "10.0.0.0/16", "Description": "hub"},
        {"CidrIp": "10.9.0.0/16", "Description": "hub"},
    ]
    assert (by_protocol["icmp"]["FromPort"], by_protocol["icmp"]["ToPort"]) == (8, -1)


def test_a_rule_is_there_once(ec2, group_id):
    """https://github.com/hashicorp/terraform/issues/1874 (the description does not tell rules apart) and
    https://github.com/hashicorp/terraform-provider-aws/issues/29492. A request with one wrong rule adds none."""
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https_from("10.0.0.0/16")])
    again = [https_from("10.7.0.0/16"), https_from("10.0.0.0/16", Description="other")]
    assert error_of(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=again) == (
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 10.0.0.0/16, TCP, from port: 443, to port: 443, ALLOW" already exists',
    )
    twice = [https_from("10.8.0.0/16", "10.8.0.0/16")]
    assert refused(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=twice) == (
        "InvalidParameterValue",
        400,
    )
    assert group(ec2, group_id)["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/16"}]


def test_rules_of_no_group(ec2):
    """Code and text: moto's test_invalid_security_group_id_in_rules_search, verified on AWS."""
    assert error_of(ec2.describe_security_group_rules, Filters=filters(group_id="foobar")) == (
        "InvalidGroupId.Malformed",
        "The security group ID 'foobar' is malformed",
    )
    assert (
        ec2.describe_security_group_rules(Filters=filters(group_id="sg-0123456789abcdef0"))["SecurityGroupRules"] == []
    )


def test_revoke(ec2, group_id):
    """By what the rule says or by its id; InvalidPermission.NotFound:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html"""
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https_from("10.0.0.0/16", "10.9.0.0/16")])
    revoke = {"GroupId": group_id, "IpPermissions": [https_from("10.0.0.0/16")]}
    ec2.revoke_security_group_ingress(**revoke)
    assert refused(ec2.revoke_security_group_ingress, **revoke) == ("InvalidPermission.NotFound", 400)
    rules = ec2.describe_security_group_rules(Filters=filters(group_id=group_id))["SecurityGroupRules"]
    (left,) = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[left])
    assert group(ec2, group_id)["IpPermissions"] == []


def test_modify_rules(ec2, group_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html: a CIDR stays a CIDR"""
    made = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https_from("10.0.0.0/16")])
    rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def modify(**rule):
        update = {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": HTTPS | rule}
        return {"GroupId": group_id, "SecurityGroupRules": [update]}

    ec2.modify_security_group_rules(**modify(CidrIpv4="10.5.0.0/16", FromPort=80, Description="http"))
    rule = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"][0]
    assert (rule["CidrIpv4"], rule["FromPort"], rule["Description"]) == ("10.5.0.0/16", 80, "http")
    assert refused(ec2.modify_security_group_rules, **modify(CidrIpv6="::/0")) == ("InvalidParameterValue", 400)
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group_id, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule_id, "Description": "again"}]
    )
    rule = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"][0]
    assert rule["Description"] == "again"


def test_group_in_use_is_not_deleted(ec2, vpc_id, group_id, subnet_id):
    """Referenced or worn by an interface: https://github.com/hashicorp/terraform-provider-aws/issues/1671"""
    other = ec2.create_security_group(GroupName="other", Description="other", VpcId=vpc_id)["GroupId"]
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])
    in_use = ("DependencyViolation", f"resource {group_id} has a dependent object")
    assert error_of(ec2.delete_security_group, GroupId=group_id) == in_use
    ec2.delete_security_group(GroupId=other)
    interface = ec2.create_network_interface(SubnetId=subnet_id, Groups=[group_id])["NetworkInterface"]
    assert error_of(ec2.delete_security_group, GroupId=group_id) == in_use
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=group_id)
    assert refused(ec2.describe_security_groups, GroupIds=[group_id]) == ("InvalidGroup.NotFound", 400)


def test_sixty_rules_a_direction(ec2, group_id):
    """ "This quota is enforced separately for IPv4 rules and IPv6 rules":
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
    blocks = [f"10.{number}.0.0/16" for number in range(60)]
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https_from(*blocks)])
    ipv6 = HTTPS | {"Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[ipv6])
    assert refused(
        ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[https_from("192.0.2.0/24")]
    ) == ("RulesPerSecurityGroupLimitExceeded", 400)


def test_lists_and_groups_count_toward_both_families(ec2, group_id):
    """A prefix list counts as its maximum number of entries:
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-size. Both families: tried
    on AWS, https://github.com/jantman/awslimitchecker/issues/431."""
    made = ec2.create_managed_prefix_list(PrefixListName="x", AddressFamily="IPv4", MaxEntries=58)
    listed = HTTPS | {"PrefixListIds": [{"PrefixListId": made["PrefixList"]["PrefixListId"]}]}
    group = HTTPS | {"UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[listed, group])
    ipv6 = [HTTPS | {"Ipv6Ranges": [{"CidrIpv6": f"2001:db8:{number}::/48"}]} for number in range(2)]
    full = ("RulesPerSecurityGroupLimitExceeded", 400)
    assert refused(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=ipv6) == full
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=ipv6[:1])
    two = https_from("10.1.0.0/16", "10.2.0.0/16")
    assert refused(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[two]) == full
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[https_from("10.1.0.0/16")])
