# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network ACLs. Shapes as recorded (Batfish's aws_configs, NetworkAcls.json)."""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused

EVERYTHING = {"Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
CLOSING = [EVERYTHING | {"Egress": egress, "RuleAction": "deny", "RuleNumber": 32767} for egress in (True, False)]
HTTPS = {"Protocol": "6", "RuleAction": "allow", "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 443, "To": 443}}


@pytest.fixture
def acl_id(ec2, vpc_id):
    return ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]


def found(ec2, **query):
    return ec2.describe_network_acls(Filters=filters(**query))["NetworkAcls"]


def entries(ec2, acl_id, egress=False):
    listed = found(ec2, network_acl_id=acl_id)[0]["Entries"]
    return {e["RuleNumber"]: e for e in listed if e["Egress"] == egress and e["RuleNumber"] < 32767}


def test_the_default_one_allows_all_and_has_new_subnets(ec2, vpc_id, subnet_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html; the error's code and text as cleaning
    scripts quote it"""
    (default,) = found(ec2, vpc_id=vpc_id, default="true")
    association = default["Associations"][0]
    assert default["IsDefault"] and default["Tags"] == []
    assert association == {
        "NetworkAclAssociationId": association["NetworkAclAssociationId"],
        "NetworkAclId": default["NetworkAclId"],
        "SubnetId": subnet_id,
    }
    allowing = [EVERYTHING | {"Egress": way, "RuleAction": "allow", "RuleNumber": 100} for way in (True, False)]
    assert default["Entries"] == [allowing[0], CLOSING[0], allowing[1], CLOSING[1]]
    assert error_of(ec2.delete_network_acl, NetworkAclId=default["NetworkAclId"]) == (
        "InvalidParameterValue",
        f"cannot delete default network ACL {default['NetworkAclId']}",
    )
    # Its entries can be removed, the closing ones not.
    ec2.delete_network_acl_entry(NetworkAclId=default["NetworkAclId"], RuleNumber=100, Egress=True)
    assert entries(ec2, default["NetworkAclId"], egress=True) == {}
    arguments = {"NetworkAclId": default["NetworkAclId"], "RuleNumber": 32767, "Egress": True}
    assert refused(ec2.delete_network_acl_entry, **arguments) == ("InvalidParameterValue", 400)


def test_a_new_one_denies_all(ec2, vpc_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html, example"""
    tags = [{"Key": "Name", "Value": "app"}]
    made = ec2.create_network_acl(VpcId=vpc_id, TagSpecifications=[{"ResourceType": "network-acl", "Tags": tags}])[
        "NetworkAcl"
    ]
    assert made["Entries"] == CLOSING
    assert (made["VpcId"], made["IsDefault"], made["Associations"], made["Tags"]) == (vpc_id, False, [], tags)
    described = ec2.describe_network_acls(NetworkAclIds=[made["NetworkAclId"]])["NetworkAcls"]
    assert described == [made]
    listed = ec2.describe_tags(Filters=filters(resource_id=made["NetworkAclId"]))["Tags"]
    assert [tag["ResourceType"] for tag in listed] == ["network-acl"]
    unknown = "acl-0123456789abcdef0"
    assert refused(ec2.describe_network_acls, NetworkAclIds=[unknown]) == ("InvalidNetworkAclID.NotFound", 400)
    assert refused(ec2.create_network_acl, VpcId="vpc-0123456789abcdef0") == ("InvalidVpcID.NotFound", 400)


def test_entries(ec2, acl_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html; texts of errors as in
    hashicorp/terraform-provider-aws/issues/12175 and ansible-collections/amazon.aws/issues/2592"""
    at = {"NetworkAclId": acl_id, "RuleNumber": 110, "Egress": False}
    ec2.create_network_acl_entry(**at, **HTTPS)
    assert entries(ec2, acl_id) == {110: HTTPS | {"Egress": False, "RuleNumber": 110}}
    assert entries(ec2, acl_id, egress=True) == {}
    assert error_of(ec2.create_network_acl_entry, **at, **HTTPS) == (
        "NetworkAclEntryAlreadyExists",
        "The network acl entry identified by 110 already exists.",
    )
    # The two directions are numbered apart.
    ec2.create_network_acl_entry(**{**at, "Egress": True}, **HTTPS)
    ec2.replace_network_acl_entry(**at, **{**HTTPS, "RuleAction": "deny", "CidrBlock": "100.68.0.18/18"})
    replaced = entries(ec2, acl_id)[110]
    assert (replaced["RuleAction"], replaced["CidrBlock"]) == ("deny", "100.68.0.0/18")
    ec2.delete_network_acl_entry(**at)
    assert entries(ec2, acl_id) == {} and len(entries(ec2, acl_id, egress=True)) == 1
    missing = ("InvalidNetworkAclEntry.NotFound", "no ingress entry with number 110")
    assert error_of(ec2.delete_network_acl_entry, **at) == missing
    assert error_of(ec2.replace_network_acl_entry, **at, **HTTPS) == missing


def test_what_an_entry_must_have(ec2, acl_id):
    at = {"NetworkAclId": acl_id, "RuleNumber": 110, "Egress": False}
    without_ports = {key: value for key, value in HTTPS.items() if key != "PortRange"}
    for wrong, code in (
        (at | without_ports, "MissingParameter"),
        (at | {key: value for key, value in HTTPS.items() if key != "CidrBlock"}, "MissingParameter"),
        (at | HTTPS | {"RuleNumber": 32767}, "InvalidParameterValue"),
        (at | HTTPS | {"RuleNumber": 0}, "InvalidParameterValue"),
        (at | HTTPS | {"PortRange": {"From": 500, "To": 400}}, "InvalidParameterValue"),
        (at | HTTPS | {"NetworkAclId": "acl-0123456789abcdef0"}, "InvalidNetworkAclID.NotFound"),
    ):
        assert refused(ec2.create_network_acl_entry, **wrong) == (code, 400)
    # Ports of other protocols mean nothing.
    ec2.create_network_acl_entry(**at, **(HTTPS | {"Protocol": "-1"}))
    assert "PortRange" not in entries(ec2, acl_id)[110]
    icmp = {"Protocol": "1", "RuleAction": "allow", "CidrBlock": "10.1.1.0/24"}
    ec2.create_network_acl_entry(**(at | {"RuleNumber": 120}), **icmp, IcmpTypeCode={"Type": -1, "Code": -1})
    assert entries(ec2, acl_id)[120]["IcmpTypeCode"] == {"Code": -1, "Type": -1}
    # The name of a protocol is taken, its number shown.
    ec2.create_network_acl_entry(**(at | {"RuleNumber": 130}), **(HTTPS | {"Protocol": "tcp"}))
    assert entries(ec2, acl_id)[130]["Protocol"] == "6"


def test_quota(ec2, acl_id):
    """Twenty a direction, the closing deny among them: https://docs.aws.amazon.com/vpc/latest/userguide/
    amazon-vpc-limits.html; the error as quoted in https://github.com/cisagov/cool-assessment-terraform/issues/288"""
    for number in range(1, 20):
        ec2.create_network_acl_entry(NetworkAclId=acl_id, RuleNumber=number, Egress=False, **HTTPS)
    more = {"NetworkAclId": acl_id, "RuleNumber": 20, **HTTPS}
    assert error_of(ec2.create_network_acl_entry, Egress=False, **more) == (
        "NetworkAclEntryLimitExceeded",
        "The maximum number of network acl entries has been reached.",
    )
    ec2.create_network_acl_entry(Egress=True, **more)
    ec2.replace_network_acl_entry(NetworkAclId=acl_id, RuleNumber=19, Egress=False, **HTTPS)


def test_associations(ec2, vpc_id, subnet_id, acl_id):
    (default,) = found(ec2, association__subnet_id=subnet_id)
    association_id = default["Associations"][0]["NetworkAclAssociationId"]
    new_id = ec2.replace_network_acl_association(AssociationId=association_id, NetworkAclId=acl_id)["NewAssociationId"]
    assert new_id != association_id
    (moved,) = found(ec2, association__subnet_id=subnet_id)
    assert moved["NetworkAclId"] == acl_id
    assert [a["NetworkAclAssociationId"] for a in moved["Associations"]] == [new_id]
    assert found(ec2, vpc_id=vpc_id, default="true")[0]["Associations"] == []
    gone = {"AssociationId": association_id, "NetworkAclId": acl_id}
    assert refused(ec2.replace_network_acl_association, **gone) == ("InvalidAssociationID.NotFound", 400)
    assert error_of(ec2.delete_network_acl, NetworkAclId=acl_id) == (
        "DependencyViolation",
        f"The networkAcl '{acl_id}' has dependencies and cannot be deleted.",
    )
    other_vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    (elsewhere,) = found(ec2, vpc_id=other_vpc)
    arguments = {"AssociationId": new_id, "NetworkAclId": elsewhere["NetworkAclId"]}
    assert refused(ec2.replace_network_acl_association, **arguments) == ("InvalidParameterValue", 400)
    # A subnet takes its association with it.
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_network_acl(NetworkAclId=acl_id)
    assert refused(ec2.delete_network_acl, NetworkAclId=acl_id) == ("InvalidNetworkAclID.NotFound", 400)


def test_a_vpc_with_one_of_its_own_is_not_deleted(ec2, vpc_id, acl_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html"""
    assert refused(ec2.delete_vpc, VpcId=vpc_id) == ("DependencyViolation", 400)
    ec2.delete_network_acl(NetworkAclId=acl_id)
    ec2.delete_vpc(VpcId=vpc_id)
