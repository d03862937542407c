# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Block Public Access: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html"""

from __future__ import annotations

from .conftest import HUB, SPOKE, error_of, filters, refused
from .networks import wait_for


def options(ec2):
    return ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]


def exclude(ec2, mode="allow-bidirectional", **of):
    made = ec2.create_vpc_block_public_access_exclusion(InternetGatewayExclusionMode=mode, **of)
    return made["VpcBlockPublicAccessExclusion"]


def exclusions(ec2, **query):
    return ec2.describe_vpc_block_public_access_exclusions(**query)["VpcBlockPublicAccessExclusions"]


def test_off_in_the_default_state(ec2):
    """As listed from real accounts: https://github.com/turbot/steampipe-plugin-aws/pull/2595"""
    found = options(ec2)
    assert {key: found[key] for key in ("AwsAccountId", "AwsRegion", "State", "InternetGatewayBlockMode")} == {
        "AwsAccountId": SPOKE,
        "AwsRegion": "eu-central-1",
        "State": "default-state",
        "InternetGatewayBlockMode": "off",
    }
    assert (found["ManagedBy"], found["ExclusionsAllowed"], found["Reason"]) == ("account", "allowed", "Default State")
    assert "LastUpdateTimestamp" not in found


def test_a_mode_takes_effect_some_time_after(emulator, client, ec2):
    """For an account and region; the first time by way of the default state:
    https://github.com/hashicorp/terraform-provider-aws/issues/49517"""
    emulator.control("POST", "settings", {"transition": {"vpc-block-public-access": 500}})

    def seen():
        found = options(ec2)
        return found["State"], found["InternetGatewayBlockMode"]

    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert wait_for(seen, ("update-complete", "block-bidirectional")) == [
        ("default-state", "off"),
        ("update-in-progress", "block-bidirectional"),
        ("update-complete", "block-bidirectional"),
    ]
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    assert refused(ec2.modify_vpc_block_public_access_options, InternetGatewayBlockMode="off") == (
        "IncorrectState",
        400,
    )
    assert wait_for(seen, ("update-complete", "block-ingress"))[0] == ("update-in-progress", "block-ingress")
    assert options(client(HUB, "ec2"))["InternetGatewayBlockMode"] == "off"
    assert options(client(SPOKE, "ec2", "eu-west-1"))["InternetGatewayBlockMode"] == "off"
    assert refused(ec2.modify_vpc_block_public_access_options, InternetGatewayBlockMode="on") == (
        "InvalidParameterValue",
        400,
    )


def test_an_exclusion_of_a_vpc_or_of_a_subnet(ec2, vpc_id, subnet_id):
    """Also before a mode is on. One for each, by ARN; filters as the API reference lists them."""
    tagged = [{"ResourceType": "vpc-block-public-access-exclusion", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = exclude(ec2, VpcId=vpc_id, TagSpecifications=tagged)
    assert made["State"] == "create-in-progress" and made["Tags"] == [{"Key": "a", "Value": "b"}]
    assert made["ResourceArn"] == f"arn:aws:ec2:eu-central-1:{SPOKE}:vpc/{vpc_id}"
    of_subnet = exclude(ec2, "allow-egress", SubnetId=subnet_id)
    (found,) = exclusions(ec2, Filters=filters(internet_gateway_exclusion_mode="allow-egress"))
    assert (found["ExclusionId"], found["State"]) == (of_subnet["ExclusionId"], "create-complete")
    assert found["ResourceArn"].endswith(f":subnet/{subnet_id}")
    assert len(exclusions(ec2, Filters=filters(resource_arn=made["ResourceArn"]))) == 1
    assert refused(ec2.create_vpc_block_public_access_exclusion, InternetGatewayExclusionMode="allow-egress") == (
        "MissingParameter",
        400,
    )
    for of, code in (
        ({"VpcId": vpc_id}, "InvalidParameterValue"),
        ({"VpcId": vpc_id, "SubnetId": subnet_id}, "InvalidParameterCombination"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
    ):
        mode = {"InternetGatewayExclusionMode": "allow-egress"}
        assert refused(ec2.create_vpc_block_public_access_exclusion, **of, **mode) == (code, 400)
    ec2.create_tags(Resources=[made["ExclusionId"]], Tags=[{"Key": "c", "Value": "d"}])
    (by_tag,) = exclusions(ec2, Filters=[{"Name": "tag:c", "Values": ["d"]}])
    assert by_tag["ExclusionId"] == made["ExclusionId"]
    (listed,) = ec2.describe_tags(Filters=filters(key="c"))["Tags"]
    assert listed["ResourceType"] == "vpc-block-public-access-exclusion"


def test_states_of_an_exclusion(emulator, ec2, vpc_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessExclusion.html"""
    emulator.control("POST", "settings", {"transition": {"vpc-block-public-access-exclusion": 500}})
    one = {"ExclusionId": exclude(ec2, VpcId=vpc_id)["ExclusionId"]}

    def seen():
        (found,) = exclusions(ec2, ExclusionIds=[one["ExclusionId"]])
        return found["State"], found["InternetGatewayExclusionMode"]

    assert refused(ec2.delete_vpc_block_public_access_exclusion, **one) == ("IncorrectState", 400)
    wait_for(seen, ("create-complete", "allow-bidirectional"))
    ec2.modify_vpc_block_public_access_exclusion(InternetGatewayExclusionMode="allow-egress", **one)
    assert wait_for(seen, ("update-complete", "allow-egress"))[0] == ("update-in-progress", "allow-egress")
    ec2.delete_vpc_block_public_access_exclusion(**one)
    assert wait_for(seen, ("delete-complete", "allow-egress"))[0] == ("delete-in-progress", "allow-egress")
    # The Terraform provider knows what is gone by both.
    code, text = error_of(ec2.delete_vpc_block_public_access_exclusion, **one)
    assert code == "InvalidParameterValue" and "is in delete-complete state and cannot be deleted" in text
    unknown = {"ExclusionId": "vpcbpa-exclude-0123456789abcdef0"}
    gone = ("InvalidVpcBlockPublicAccessExclusionId.NotFound", 400)
    assert refused(ec2.delete_vpc_block_public_access_exclusion, **unknown) == gone
    assert refused(ec2.describe_vpc_block_public_access_exclusions, ExclusionIds=[unknown["ExclusionId"]]) == gone
    # Another may follow.
    assert exclude(ec2, VpcId=vpc_id)["ExclusionId"] != one["ExclusionId"]


def test_fifty_exclusions(ec2, vpc_id):
    """ "You can create a maximum of 50 exclusions"; pages have 5 to 1000."""
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.1.{number}.0/24")["Subnet"]["SubnetId"] for number in range(51)
    ]
    for subnet_id in subnets[:50]:
        exclude(ec2, SubnetId=subnet_id)
    assert refused(
        ec2.create_vpc_block_public_access_exclusion,
        InternetGatewayExclusionMode="allow-egress",
        SubnetId=subnets[50],
    ) == ("ResourceLimitExceeded", 400)
    page = ec2.describe_vpc_block_public_access_exclusions(MaxResults=30)
    assert len(page["VpcBlockPublicAccessExclusions"]) == 30
    assert len(exclusions(ec2, MaxResults=30, NextToken=page["NextToken"])) == 20


def test_a_declarative_policy_takes_the_mode_out_of_the_accounts_hands(emulator, ec2, vpc_id):
    """ "can't be modified by the account"; it may allow no exclusions (VpcBlockPublicAccessOptions)."""
    exclude(ec2, VpcId=vpc_id)
    says = {SPOKE: {"mode": "block-ingress", "exclusions_allowed": "not-allowed"}}
    emulator.control("POST", "settings", {"vpc_block_public_access": says})
    found = options(ec2)
    assert (found["InternetGatewayBlockMode"], found["ManagedBy"]) == ("block-ingress", "declarative-policy")
    assert found["ExclusionsAllowed"] == "not-allowed"
    assert exclusions(ec2)[0]["State"] == "disable-complete"
    code = ("DeclarativePolicyViolation", 400)
    assert refused(ec2.modify_vpc_block_public_access_options, InternetGatewayBlockMode="off") == code
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    assert (
        refused(
            ec2.create_vpc_block_public_access_exclusion,
            InternetGatewayExclusionMode="allow-egress",
            VpcId=other,
        )
        == code
    )
