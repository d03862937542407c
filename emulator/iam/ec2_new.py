# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Condition keys of the resources that an EC2 call creates, which are in its parameters.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys; the
decoded message of a refused RunInstances has their values:
https://docs.aws.amazon.com/IAM/latest/UserGuide/sts_example_sts_DecodeAuthorizationMessage_section.html
"""

from __future__ import annotations

from typing import Any

from emulator.iam.ec2_keys import ID_KEYS, Keys, found, of_service

# Type -> {key: path of the parameter}.
_GIVEN: dict[str, dict[str, str]] = {
    "vpc": {"ec2:tenancy": "InstanceTenancy", "ec2:ipv4ipampoolid": "Ipv4IpamPoolId"}
    | {"ec2:ipv6ipampoolid": "Ipv6IpamPoolId"},
    "subnet": {"ec2:availabilityzone": "AvailabilityZone", "ec2:availabilityzoneid": "AvailabilityZoneId"},
    "volume": {
        "ec2:availabilityzone": "AvailabilityZone",
        "ec2:volumesize": "Size",
        "ec2:volumetype": "VolumeType",
        "ec2:volumeiops": "Iops",
        "ec2:volumethroughput": "Throughput",
        "ec2:encrypted": "Encrypted",
    },
    "instance": {
        "ec2:instancetype": "InstanceType",
        "ec2:tenancy": "Placement.Tenancy",
        "ec2:availabilityzone": "Placement.AvailabilityZone",
        "ec2:metadatahttptokens": "MetadataOptions.HttpTokens",
        "ec2:metadatahttpendpoint": "MetadataOptions.HttpEndpoint",
        "ec2:metadatahttpputresponsehoplimit": "MetadataOptions.HttpPutResponseHopLimit",
    },
    "key-pair": {"ec2:keypairname": "KeyName", "ec2:keypairtype": "KeyType"},
    "elastic-ip": {"ec2:domain": "Domain"},
    "placement-group": {"ec2:placementgroupname": "GroupName", "ec2:placementgroupstrategy": "Strategy"},
    "vpc-endpoint-service": {"ec2:vpceserviceprivatednsname": "PrivateDnsName"},
}
# What the API reference says of a parameter that isn't given: CreateVpc, RunInstances, AllocateAddress, CreateVolume,
# CreateKeyPair.
_DEFAULTS: dict[str, Keys] = {
    "vpc": {"ec2:tenancy": "default"},
    "instance": {"ec2:tenancy": "default", "ec2:instancetype": "m1.small", "ec2:rootdevicetype": "ebs"},
    "elastic-ip": {"ec2:domain": "vpc"},
    "volume": {"ec2:volumetype": "gp2", "ec2:encrypted": "false"},
    "key-pair": {"ec2:keypairtype": "rsa"},
}
_LAUNCHED = ("instance", "network-interface", "volume")


def of_new(call: Any, type_: str) -> Keys:
    keys: Keys = {ID_KEYS[type_]: "*"} if type_ in ID_KEYS else {}
    keys |= _DEFAULTS.get(type_, {})
    # A volume of RunInstances is in its block devices.
    paths = {} if type_ == "volume" and call.operation == "RunInstances" else _GIVEN.get(type_, {})
    for key, path in paths.items():
        value: Any = call.parameters
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            keys[key] = str(value).lower() if isinstance(value, bool) else str(value)
    keys |= _of_place(call, type_)
    if type_ == "vpc-endpoint" and (service := call.parameters.get("ServiceName")):
        keys |= of_service(call, service)
    if type_ == "vpc-peering-connection":
        keys |= _of_peering(call)
    if call.operation == "RunInstances" and type_ in _LAUNCHED:
        keys |= _of_launch(call, type_)
    return keys


def _of_place(call: Any, type_: str) -> Keys:
    """Return the VPC, subnet and zone that a new resource will be in."""
    vpc_id, subnet_id = call.parameters.get("VpcId"), call.parameters.get("SubnetId")
    keys: Keys = {}
    subnet = found(call.backend, "subnet", subnet_id) if isinstance(subnet_id, str) else None
    if subnet is not None and type_ in ("network-interface", "instance", "natgateway"):
        vpc_id = subnet.vpc_id
        keys["ec2:availabilityzone"] = subnet.availability_zone
        keys["ec2:subnet"] = call.arn("subnet", subnet_id)
    if isinstance(vpc_id, str) and type_ not in ("vpc-endpoint", "instance"):
        keys["ec2:vpc"] = call.arn("vpc", vpc_id)
    return keys


def _of_peering(call: Any) -> Keys:
    peer = call.parameters.get("PeerOwnerId") or call.account_id
    region = call.parameters.get("PeerRegion") or call.region
    accepter = f"arn:aws:ec2:{region}:{peer}:vpc/{call.parameters.get('PeerVpcId')}"
    return {"ec2:requestervpc": call.arn("vpc", str(call.parameters.get("VpcId"))), "ec2:acceptervpc": accepter}


def _of_launch(call: Any, type_: str) -> Keys:
    template = call.parameters.get("LaunchTemplate") or {}
    keys: Keys = {"ec2:islaunchtemplateresource": str(bool(template)).lower()}
    if id_ := template.get("LaunchTemplateId"):
        keys["ec2:launchtemplate"] = call.arn("launch-template", id_)
    if type_ == "instance" and (profile := call.parameters.get("IamInstanceProfile")):
        named = f"arn:aws:iam::{call.account_id}:instance-profile/{profile.get('Name')}"
        keys["ec2:instanceprofile"] = profile.get("Arn") or named
    if type_ == "volume":
        disks = [each.get("Ebs") or {} for each in call.parameters.get("BlockDeviceMappings") or []]
        for key, name in (("size", "VolumeSize"), ("type", "VolumeType"), ("iops", "Iops")):
            if value := next((str(each[name]) for each in disks if name in each), None):
                keys[f"ec2:volume{key}"] = value
        keys["ec2:encrypted"] = str(bool(disks) and all(each.get("Encrypted") for each in disks)).lower()
    first = (call.parameters.get("NetworkInterfaces") or [{}])[0]
    if type_ == "network-interface" and "AssociatePublicIpAddress" in first:
        keys["ec2:associatepublicipaddress"] = str(first["AssociatePublicIpAddress"]).lower()
    return keys
