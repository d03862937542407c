# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Customer-managed prefix lists: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"""

from __future__ import annotations

import pytest

from .conftest import HUB, MANAGEMENT, error_of, filters, refused


@pytest.fixture
def prefix_list_id(ec2):
    return ec2.create_managed_prefix_list(
        PrefixListName="hub",
        AddressFamily="IPv4",
        MaxEntries=2,
        Entries=[{"Cidr": "10.0.0.0/16", "Description": "hub"}],
    )["PrefixList"]["PrefixListId"]


def entries(ec2, prefix_list_id, **version):
    found = ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list_id, **version)["Entries"]
    return [entry["Cidr"] for entry in found]


def test_states(emulator, ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html, State"""
    emulator.control("POST", "settings", {"transition": {"prefix-list": 300}})
    made = ec2.create_managed_prefix_list(PrefixListName="hub", AddressFamily="IPv4", MaxEntries=2)["PrefixList"]
    assert (made["State"], made["Version"], made["MaxEntries"]) == ("create-in-progress", 1, 2)
    one = {"PrefixListIds": [made["PrefixListId"]]}
    add = {"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.0.0.0/16"}], "PrefixListId": made["PrefixListId"]}
    assert refused(ec2.modify_managed_prefix_list, **add) == ("IncorrectState", 400)

    def wait(state, passing):
        while (found := ec2.describe_managed_prefix_lists(**one)["PrefixLists"][0]["State"]) != state:
            assert found == passing

    wait("create-complete", "create-in-progress")
    assert ec2.modify_managed_prefix_list(**add)["PrefixList"]["State"] == "modify-in-progress"
    wait("modify-complete", "modify-in-progress")
    ec2.delete_managed_prefix_list(PrefixListId=made["PrefixListId"])
    gone = ("InvalidPrefixListID.NotFound", f"The prefix list ID '{made['PrefixListId']}' does not exist")
    while ec2.describe_managed_prefix_lists(Filters=filters(prefix_list_name="hub"))["PrefixLists"]:
        pass
    assert error_of(ec2.describe_managed_prefix_lists, **one) == gone


def test_versions(ec2, prefix_list_id):
    """A change of entries names the version it changes, and makes the next:
    https://github.com/hashicorp/terraform-provider-aws/issues/43528; the size is changed apart:
    https://github.com/hashicorp/terraform-provider-aws/issues/26034"""
    change = {"PrefixListId": prefix_list_id, "AddEntries": [{"Cidr": "10.1.0.0/16"}]}
    assert ec2.modify_managed_prefix_list(CurrentVersion=1, **change)["PrefixList"]["Version"] == 2
    assert error_of(ec2.modify_managed_prefix_list, CurrentVersion=1, **change) == (
        "PrefixListVersionMismatch",
        "The prefix list has the incorrect version number.",
    )
    assert entries(ec2, prefix_list_id) == ["10.0.0.0/16", "10.1.0.0/16"]
    assert entries(ec2, prefix_list_id, TargetVersion=1) == ["10.0.0.0/16"]
    third = {"PrefixListId": prefix_list_id, "CurrentVersion": 2, "AddEntries": [{"Cidr": "10.2.0.0/16"}]}
    assert refused(ec2.modify_managed_prefix_list, **third) == ("PrefixListMaxEntriesExceeded", 400)
    assert refused(ec2.modify_managed_prefix_list, MaxEntries=3, **third) == ("InvalidParameterCombination", 400)
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list_id, MaxEntries=3)
    ec2.modify_managed_prefix_list(RemoveEntries=[{"Cidr": "10.0.0.0/16"}], **third)
    assert entries(ec2, prefix_list_id) == ["10.1.0.0/16", "10.2.0.0/16"]


def test_aws_lists_are_there_and_stay(ec2):
    """https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html"""
    name = "com.amazonaws.eu-central-1.s3"
    found = ec2.describe_managed_prefix_lists(Filters=filters(prefix_list_name=name))["PrefixLists"][0]
    assert found["OwnerId"] == "AWS"
    assert "MaxEntries" not in found
    assert entries(ec2, found["PrefixListId"])
    assert refused(ec2.delete_managed_prefix_list, PrefixListId=found["PrefixListId"])[1] == 400
    assert ec2.describe_prefix_lists(Filters=filters(prefix_list_name=name))["PrefixLists"][0]["Cidrs"]


def test_shared_list_is_used_not_changed(client, ec2, vpc_id):
    """https://docs.aws.amazon.com/vpc/latest/userguide/sharing-managed-prefix-lists.html"""
    hub = client(HUB, "ec2")
    made = hub.create_managed_prefix_list(PrefixListName="hub", AddressFamily="IPv4", MaxEntries=1)["PrefixList"]
    list_id = made["PrefixListId"]
    assert refused(ec2.get_managed_prefix_list_entries, PrefixListId=list_id) == ("InvalidPrefixListID.NotFound", 400)
    client(HUB, "ram").create_resource_share(
        name="lists",
        resourceArns=[made["PrefixListArn"]],
        principals=[f"arn:aws:organizations::{MANAGEMENT}:organization/o-demo123456"],
    )
    shared = ec2.describe_managed_prefix_lists(PrefixListIds=[list_id])["PrefixLists"][0]
    assert shared["OwnerId"] == HUB
    group_id = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc_id)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": list_id}]}]
    )
    assert refused(ec2.delete_managed_prefix_list, PrefixListId=list_id)[1] in (400, 403)


@pytest.mark.parametrize(
    "change",
    [
        {"PrefixListName": "com.amazonaws.mine"},
        {"PrefixListName": "n" * 256},
        {"MaxEntries": 0},
        {"MaxEntries": 1001},
        {"AddressFamily": "ipv4"},
        {"Entries": [{"Cidr": "10.0.0.0/33"}]},
        {"Entries": [{"Cidr": "::/0"}]},
        {"Entries": [{"Cidr": "10.0.0.0/8", "Description": "d" * 256}]},
    ],
)
def test_what_is_refused(ec2, change):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html, API_AddPrefixListEntry
    and amazon-vpc-limits.html (1,000 entries); the codes are not verified."""
    wanted = {"PrefixListName": "a", "AddressFamily": "IPv4", "MaxEntries": 5} | change
    assert refused(ec2.create_managed_prefix_list, **wanted) == ("InvalidParameterValue", 400)


def test_no_message_without_failure(ec2, prefix_list_id):
    """moto's test_describe_managed_prefix_lists (aws_verified)"""
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    assert len(lists) > 1 and all("StateMessage" not in one for one in lists)


def test_restore_a_version(ec2, prefix_list_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RestoreManagedPrefixListVersion.html"""
    remove = {"PrefixListId": prefix_list_id, "RemoveEntries": [{"Cidr": "10.0.0.0/16"}]}
    ec2.modify_managed_prefix_list(CurrentVersion=1, **remove)
    restore = {"PrefixListId": prefix_list_id, "PreviousVersion": 1}
    assert refused(ec2.restore_managed_prefix_list_version, CurrentVersion=1, **restore) == (
        "PrefixListVersionMismatch",
        400,
    )
    restored = ec2.restore_managed_prefix_list_version(CurrentVersion=2, **restore)["PrefixList"]
    assert (restored["State"], restored["Version"]) == ("restore-in-progress", 3)
    assert entries(ec2, prefix_list_id) == ["10.0.0.0/16"]


def group_and_table(ec2, vpc_id, prefix_list_id, *more):
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": prefix_list_id}]}
    rules = {"GroupId": group, "IpPermissions": [https, *more]}
    ec2.authorize_security_group_ingress(**rules)
    return group, rules


def seen(ec2, prefix_list_id):
    return ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list_id])["PrefixLists"][0]


def test_a_referenced_list_is_not_deleted(ec2, vpc_id, prefix_list_id):
    """ "You must first remove all references to the prefix list in your resources" (DeleteManagedPrefixList). It fails
    later, as delete-failed: https://github.com/hashicorp/terraform-provider-aws/issues/20991; the message is not
    verified."""
    group, rules = group_and_table(ec2, vpc_id, prefix_list_id)
    assert ec2.delete_managed_prefix_list(PrefixListId=prefix_list_id)["PrefixList"]["State"] == "delete-in-progress"
    failed = seen(ec2, prefix_list_id)
    assert failed["State"] == "delete-failed" and group in failed["StateMessage"]
    ec2.revoke_security_group_ingress(**rules)
    ec2.delete_managed_prefix_list(PrefixListId=prefix_list_id)
    assert (
        refused(ec2.describe_managed_prefix_lists, PrefixListIds=[prefix_list_id])[0] == "InvalidPrefixListID.NotFound"
    )


def test_a_size_that_a_reference_cannot_hold(ec2, vpc_id, prefix_list_id):
    """ "If any of the resources that reference the prefix list cannot support the new maximum size, the modify
    operation fails. Check the state message for the IDs of the first ten resources" (ModifyManagedPrefixList)."""
    others = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": f"10.{number}.0.0/16"} for number in range(50)]}
    group, _ = group_and_table(ec2, vpc_id, prefix_list_id, others)
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list_id, MaxEntries=11)
    failed = seen(ec2, prefix_list_id)
    assert (failed["State"], failed["MaxEntries"]) == ("modify-failed", 2) and group in failed["StateMessage"]
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list_id, MaxEntries=10)
    assert (seen(ec2, prefix_list_id)["State"], seen(ec2, prefix_list_id)["MaxEntries"]) == ("modify-complete", 10)
