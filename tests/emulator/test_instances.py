# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances: their states, and what they leave behind.

D: a page of AWS's documentation; Q: as users quote AWS's answer; U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator, error_of, free, interfaces, refused

LAUNCH = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1}


@pytest.fixture
def group_id(ec2: Any, vpc_id: str) -> str:
    return ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc_id)["GroupId"]


@pytest.fixture
def gateway_id(ec2: Any, vpc_id: str) -> str:
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc_id)
    return made


def states(ec2: Any, instance_id: str, last: str) -> list[str]:
    """States of the instance as they are described, without repetitions, until the last."""
    seen: list[str] = []
    while last not in seen:
        (found,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
        if found["State"]["Name"] not in seen:
            seen.append(found["State"]["Name"])
    return seen


def test_states_of_an_instance(emulator: Emulator, ec2: Any, subnet_id: str) -> None:
    """D ec2-instance-lifecycle.html, RunInstances (pending), StopInstances, StartInstances, TerminateInstances"""
    emulator.control("POST", "settings", {"transition": {"instance": 60}})
    (made,) = ec2.run_instances(**LAUNCH, SubnetId=subnet_id)["Instances"]
    assert made["State"] == {"Code": 0, "Name": "pending"}
    id_ = made["InstanceId"]
    assert states(ec2, id_, "running") == ["pending", "running"]
    (stopping,) = ec2.stop_instances(InstanceIds=[id_])["StoppingInstances"]
    assert (stopping["PreviousState"]["Name"], stopping["CurrentState"]["Name"]) == ("running", "stopping")
    assert states(ec2, id_, "stopped") == ["stopping", "stopped"]
    ec2.start_instances(InstanceIds=[id_])
    assert states(ec2, id_, "running") == ["pending", "running"]
    (ending,) = ec2.terminate_instances(InstanceIds=[id_])["TerminatingInstances"]
    assert (ending["PreviousState"]["Name"], ending["CurrentState"]["Name"]) == ("running", "shutting-down")
    assert len(interfaces(ec2, subnet_id)) == 1
    assert refused(ec2.delete_subnet, SubnetId=subnet_id) == ("DependencyViolation", 400)
    assert states(ec2, id_, "terminated") == ["shutting-down", "terminated"]
    assert interfaces(ec2, subnet_id) == []
    assert refused(ec2.start_instances, InstanceIds=[id_]) == ("IncorrectInstanceState", 400)  # code D errors-overview
    ec2.terminate_instances(InstanceIds=[id_])  # D TerminateInstances: "idempotent"


def test_terminated_instance_leaves_nothing(
    ec2: Any, subnet_id: str, vpc_id: str, group_id: str, gateway_id: str
) -> None:
    """D terminating-instances.html: interfaces created at launch are deleted, others detached; it stays described"""
    other = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    (made,) = ec2.run_instances(**LAUNCH, SubnetId=subnet_id, SecurityGroupIds=[group_id])["Instances"]
    id_, (primary,) = made["InstanceId"], made["NetworkInterfaces"]
    assert primary["Attachment"]["DeleteOnTermination"] is True
    ec2.attach_network_interface(InstanceId=id_, NetworkInterfaceId=other, DeviceIndex=1)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=primary["NetworkInterfaceId"])
    assert error_of(ec2.delete_security_group, GroupId=group_id) == (
        "DependencyViolation",
        f"resource {group_id} has a dependent object",
    )
    ec2.terminate_instances(InstanceIds=[id_])
    (left,) = interfaces(ec2, subnet_id)
    assert (left["NetworkInterfaceId"], left["Status"]) == (other, "available")
    assert "InstanceId" not in ec2.describe_addresses()["Addresses"][0]
    (gone,) = ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"]
    assert (gone["State"]["Name"], gone["NetworkInterfaces"], gone["SecurityGroups"]) == ("terminated", [], [])
    assert not {"PrivateIpAddress", "SubnetId", "VpcId"} & set(gone)
    ec2.delete_network_interface(NetworkInterfaceId=other)
    ec2.release_address(AllocationId=allocation)
    assert free(ec2, subnet_id) == 251
    ec2.delete_security_group(GroupId=group_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_terminated_instance_is_forgotten(emulator: Emulator, ec2: Any, subnet_id: str) -> None:
    """D terminating-instances.html: visible "for a short period (usually an hour)" """
    id_ = ec2.run_instances(**LAUNCH, SubnetId=subnet_id)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[id_])
    assert len(ec2.describe_instances()["Reservations"]) == 1
    emulator.control("POST", "settings", {"transition_call": 3_700_000})
    ec2.describe_vpcs()
    assert ec2.describe_instances()["Reservations"] == []


def test_interfaces_kept_on_termination(ec2: Any, subnet_id: str) -> None:
    """D network-interface-attachments.html, ModifyNetworkInterfaceAttribute (Attachment)"""
    kept = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    nics = [
        {"DeviceIndex": 0, "NetworkInterfaceId": kept},
        {"DeviceIndex": 1, "SubnetId": subnet_id, "DeleteOnTermination": False},
        {"DeviceIndex": 2, "SubnetId": subnet_id, "SecondaryPrivateIpAddressCount": 2},
    ]
    (made,) = ec2.run_instances(**LAUNCH, NetworkInterfaces=nics)["Instances"]
    at_end = {
        nic["Attachment"]["DeviceIndex"]: nic["Attachment"]["DeleteOnTermination"] for nic in made["NetworkInterfaces"]
    }
    assert at_end == {0: False, 1: False, 2: True}
    (third,) = [nic for nic in made["NetworkInterfaces"] if nic["Attachment"]["DeviceIndex"] == 2]
    assert len(third["PrivateIpAddresses"]) == 3
    assert refused(ec2.run_instances, **LAUNCH, NetworkInterfaces=nics[:1]) == ("InvalidNetworkInterface.InUse", 400)
    assert refused(ec2.delete_network_interface, NetworkInterfaceId=kept) == ("InvalidParameterValue", 400)
    (primary,) = [nic for nic in made["NetworkInterfaces"] if nic["NetworkInterfaceId"] == kept]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=kept,
        Attachment={"AttachmentId": primary["Attachment"]["AttachmentId"], "DeleteOnTermination": True},
    )
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    (left,) = interfaces(ec2, subnet_id)
    assert left["NetworkInterfaceId"] not in (kept, third["NetworkInterfaceId"])
    assert free(ec2, subnet_id) == 250


def test_attach_and_detach(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    """D AttachNetworkInterface, DetachNetworkInterface; the device index and the primary interface Q"""
    id_ = ec2.run_instances(**LAUNCH, SubnetId=subnet_id)["Instances"][0]["InstanceId"]
    (primary,) = interfaces(ec2, subnet_id)
    text = "The network interface at device index 0 and networkCard index 0 cannot be detached."
    attachment = primary["Attachment"]["AttachmentId"]
    assert error_of(ec2.detach_network_interface, AttachmentId=attachment) == ("OperationNotPermitted", text)
    other = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    both = {"InstanceId": id_, "NetworkInterfaceId": other}
    text = f"Instance '{id_}' already has an interface attached at device index '0'."
    assert error_of(ec2.attach_network_interface, **both, DeviceIndex=0) == ("InvalidParameterValue", text)
    attachment = ec2.attach_network_interface(**both, DeviceIndex=1)["AttachmentId"]
    assert refused(ec2.attach_network_interface, **both, DeviceIndex=2) == ("InvalidNetworkInterface.InUse", 400)
    ec2.detach_network_interface(AttachmentId=attachment)
    assert refused(ec2.detach_network_interface, AttachmentId=attachment) == ("InvalidAttachmentID.NotFound", 400)
    far = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.5.0/24", AvailabilityZone="eu-central-1b")["Subnet"][
        "SubnetId"
    ]
    away = ec2.create_network_interface(SubnetId=far)["NetworkInterface"]["NetworkInterfaceId"]
    wrong = {"InstanceId": id_, "NetworkInterfaceId": away, "DeviceIndex": 1}
    assert refused(ec2.attach_network_interface, **wrong) == ("InvalidParameterCombination", 400)  # U


def test_groups_and_check_of_an_instance_are_its_primary_interfaces(ec2: Any, subnet_id: str, group_id: str) -> None:
    """D ModifyInstanceAttribute: Groups, SourceDestCheck"""
    id_ = ec2.run_instances(**LAUNCH, SubnetId=subnet_id)["Instances"][0]["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=id_, Groups=[group_id])
    ec2.modify_instance_attribute(InstanceId=id_, SourceDestCheck={"Value": False})
    (interface,) = interfaces(ec2, subnet_id)
    assert [group["GroupId"] for group in interface["Groups"]] == [group_id] and not interface["SourceDestCheck"]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface["NetworkInterfaceId"], SourceDestCheck={"Value": True}
    )
    (instance,) = ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"]
    assert instance["SourceDestCheck"] and instance["SecurityGroups"][0]["GroupId"] == group_id


def test_launch_counts(ec2: Any, vpc_id: str) -> None:
    """D RunInstances: as many as possible up to MaxCount, none if fewer than MinCount"""
    small = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]
    made = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=20, SubnetId=small)["Instances"]
    assert len(made) == 11 and free(ec2, small) == 0
    full = refused(ec2.run_instances, **LAUNCH, SubnetId=small)
    assert full == ("InsufficientFreeAddressesInSubnet", 400)
    ec2.terminate_instances(InstanceIds=[one["InstanceId"] for one in made])
    assert free(ec2, small) == 11


def test_ipv6_only(ec2: Any) -> None:
    """D subnet-types (configure-subnets.html): interfaces of an IPv6-only subnet have no IPv4 address. Codes U"""
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    native = {"VpcId": vpc, "Ipv6Native": True, "Ipv6CidrBlock": block.replace("/56", "/64")}
    only = ec2.create_subnet(**native)["Subnet"]["SubnetId"]
    (made,) = ec2.run_instances(**LAUNCH, SubnetId=only)["Instances"]
    (interface,) = interfaces(ec2, only)
    assert interface["PrivateIpAddresses"] == [] and "PrivateIpAddress" not in interface
    assert len(interface["Ipv6Addresses"]) == 1
    (found,) = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"]
    assert "PrivateIpAddress" not in found and found["SubnetId"] == only
    named = refused(ec2.create_network_interface, SubnetId=only, PrivateIpAddress="10.2.0.9")
    assert named == ("InvalidParameterCombination", 400)
    nat = ec2.create_nat_gateway(SubnetId=only, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    assert ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "failed"
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ec2.delete_subnet(SubnetId=only)


def test_groups_of_a_terminated_or_foreign_instance(ec2: Any, subnet_id: str) -> None:
    """Q "You have specified two resources that belong to different networks." (boto/boto3#569); states U"""
    elsewhere = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    foreign = ec2.create_security_group(GroupName="x", Description="x", VpcId=elsewhere)["GroupId"]
    id_ = ec2.run_instances(**LAUNCH, SubnetId=subnet_id)["Instances"][0]["InstanceId"]
    change = {"InstanceId": id_, "Groups": [foreign]}
    assert refused(ec2.modify_instance_attribute, **change) == ("InvalidGroup.NotFound", 400)
    unknown = {"InstanceId": id_, "Groups": ["sg-0123456789abcdef0"]}
    assert refused(ec2.modify_instance_attribute, **unknown) == ("InvalidGroup.NotFound", 400)
    ec2.terminate_instances(InstanceIds=[id_])
    assert refused(ec2.modify_instance_attribute, **change) == ("IncorrectInstanceState", 400)
