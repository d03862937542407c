# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Definitions of the Describe operations whose answers come from moto: data, one row for each operation.

moto ignores or refuses some filters that AWS has, and doesn't page. The names are those of the operation's page in the
EC2 API reference; a documented filter without an entry here reads what moto's answer lacks, and is refused by name.
"""

from __future__ import annotations

from emulator.ec2.describe import Listing

_INTERFACE = {
    "addresses.association.allocation-id": "PrivateIpAddresses[].Association.AllocationId",
    "addresses.association.association-id": "PrivateIpAddresses[].Association.AssociationId",
    "addresses.association.ip-owner-id": "PrivateIpAddresses[].Association.IpOwnerId",
    "addresses.association.public-dns-name": "PrivateIpAddresses[].Association.PublicDnsName",
    "addresses.association.public-ip": "PrivateIpAddresses[].Association.PublicIp",
    "addresses.primary": "PrivateIpAddresses[].Primary",
    "addresses.private-ip-address": "PrivateIpAddresses[].PrivateIpAddress",
    "association.ip-owner-id": "Association.IpOwnerId",
    "association.public-dns-name": "Association.PublicDnsName",
    "association.public-ip": "Association.PublicIp",
    "attachment.attach-time": "Attachment.AttachTime",
    "attachment.attachment-id": "Attachment.AttachmentId",
    "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
    "attachment.device-index": "Attachment.DeviceIndex",
    "attachment.network-card-index": "Attachment.NetworkCardIndex",
    "attachment.status": "Attachment.Status",
    "description": "Description",
    "group-id": "Groups[].GroupId",
    "group-name": "Groups[].GroupName",
    "ipv6-address": "Ipv6Addresses[].Ipv6Address",
    "ipv6-addresses.ipv6-address": "Ipv6Addresses[].Ipv6Address",
    "mac-address": "MacAddress",
    "network-interface-id": "NetworkInterfaceId",
    "owner-id": "OwnerId",
    "private-ip-address": "PrivateIpAddress",
    "source-dest-check": "SourceDestCheck",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def _listing(key: str, ids_parameter: str, filters: str, more: dict[str, str] | None = None) -> Listing:
    """Build a Listing. filters: names, each with "=path" if the path isn't its name in capitals, vpc-id -> VpcId."""
    paths = {}
    for text in filters.split():
        name, _, path = text.partition("=")
        paths[name] = path or "".join(part[:1].upper() + part[1:] for part in name.split("-"))
    return Listing(key, "", ids_parameter, paths | (more or {}))


# Members of a reservation that filters compare, beside those of its instances.
RESERVATION = ("OwnerId", "RequesterId", "ReservationId")
LISTINGS = {
    "DescribeAddressesAttribute": _listing("Addresses", "AllocationIds", ""),
    "DescribeCarrierGateways": _listing(
        "CarrierGateways", "CarrierGatewayIds", "carrier-gateway-id state owner-id vpc-id"
    ),
    "DescribeCustomerGateways": _listing(
        "CustomerGateways", "CustomerGatewayIds", "bgp-asn customer-gateway-id ip-address state type"
    ),
    "DescribeDhcpOptions": _listing(
        "DhcpOptions",
        "DhcpOptionsIds",
        "dhcp-options-id owner-id key=DhcpConfigurations[].Key value=DhcpConfigurations[].Values[].Value",
    ),
    "DescribeFleetInstances": _listing("ActiveInstances", "", "instance-type"),
    "DescribeFleets": _listing(
        "Fleets",
        "FleetIds",
        "activity-status excess-capacity-termination-policy fleet-state replace-unhealthy-instances type",
    ),
    "DescribeHosts": _listing(
        "Hosts", "HostIds", "auto-placement availability-zone instance-type=HostProperties.InstanceType state"
    ),
    "DescribeIamInstanceProfileAssociations": _listing(
        "IamInstanceProfileAssociations", "AssociationIds", "instance-id state"
    ),
    "DescribeImages": _listing(
        "Images",
        "ImageIds",
        "architecture boot-mode creation-date description hypervisor image-id image-type is-public=Public "
        "kernel-id name owner-alias=ImageOwnerAlias owner-id platform ramdisk-id root-device-name root-device-type "
        "source-instance-id state virtualization-type manifest-location=ImageLocation sriov-net-support "
        "product-code=ProductCodes[].ProductCodeId product-code.type=ProductCodes[].ProductCodeType "
        "block-device-mapping.delete-on-termination=BlockDeviceMappings[].Ebs.DeleteOnTermination "
        "block-device-mapping.device-name=BlockDeviceMappings[].DeviceName "
        "block-device-mapping.encrypted=BlockDeviceMappings[].Ebs.Encrypted "
        "block-device-mapping.snapshot-id=BlockDeviceMappings[].Ebs.SnapshotId "
        "block-device-mapping.volume-size=BlockDeviceMappings[].Ebs.VolumeSize "
        "block-device-mapping.volume-type=BlockDeviceMappings[].Ebs.VolumeType",
    ),
    "DescribeInstanceCreditSpecifications": _listing("InstanceCreditSpecifications", "InstanceIds", "instance-id"),
    "DescribeInstanceStatus": _listing(
        "InstanceStatuses",
        "InstanceIds",
        "availability-zone instance-state-code=InstanceState.Code instance-state-name=InstanceState.Name "
        "instance-status.reachability=InstanceStatus.Details[].Status instance-status.status=InstanceStatus.Status "
        "system-status.reachability=SystemStatus.Details[].Status system-status.status=SystemStatus.Status",
    ),
    "DescribeInstanceTypeOfferings": _listing("InstanceTypeOfferings", "", "instance-type location"),
    "DescribeInstanceTypes": _listing(
        "InstanceTypes",
        "InstanceTypes",
        "auto-recovery-supported bare-metal burstable-performance-supported=BurstablePerformanceSupported "
        "current-generation dedicated-hosts-supported free-tier-eligible hibernation-supported hypervisor "
        "instance-storage-supported instance-type supported-boot-mode=SupportedBootModes "
        "supported-root-device-type=SupportedRootDeviceTypes supported-usage-class=SupportedUsageClasses "
        "supported-virtualization-type=SupportedVirtualizationTypes nitro-enclaves-support nitro-tpm-support "
        "nitro-tpm-info.supported-versions=NitroTpmInfo.SupportedVersions memory-info.size-in-mib=MemoryInfo.SizeInMiB "
        "processor-info.supported-architecture=ProcessorInfo.SupportedArchitectures "
        "processor-info.supported-features=ProcessorInfo.SupportedFeatures "
        "processor-info.sustained-clock-speed-in-ghz=ProcessorInfo.SustainedClockSpeedInGhz "
        "vcpu-info.default-cores=VCpuInfo.DefaultCores vcpu-info.default-vcpus=VCpuInfo.DefaultVCpus "
        "vcpu-info.default-threads-per-core=VCpuInfo.DefaultThreadsPerCore "
        "vcpu-info.valid-cores=VCpuInfo.ValidCores vcpu-info.valid-threads-per-core=VCpuInfo.ValidThreadsPerCore "
        "ebs-info.ebs-optimized-support=EbsInfo.EbsOptimizedSupport "
        "ebs-info.encryption-support=EbsInfo.EncryptionSupport ebs-info.nvme-support=EbsInfo.NvmeSupport "
        "ebs-info.attachment-limit-type=EbsInfo.AttachmentLimitType "
        "ebs-info.maximum-ebs-attachments=EbsInfo.MaximumEbsAttachments "
        "instance-storage-info.disk.count=InstanceStorageInfo.Disks[].Count "
        "instance-storage-info.disk.size-in-gb=InstanceStorageInfo.Disks[].SizeInGB "
        "instance-storage-info.disk.type=InstanceStorageInfo.Disks[].Type "
        "instance-storage-info.encryption-support=InstanceStorageInfo.EncryptionSupport "
        "instance-storage-info.nvme-support=InstanceStorageInfo.NvmeSupport "
        "instance-storage-info.total-size-in-gb=InstanceStorageInfo.TotalSizeInGB "
        "network-info.efa-info.maximum-efa-interfaces=NetworkInfo.EfaInfo.MaximumEfaInterfaces "
        "network-info.efa-supported=NetworkInfo.EfaSupported network-info.ena-support=NetworkInfo.EnaSupport "
        "network-info.encryption-in-transit-supported=NetworkInfo.EncryptionInTransitSupported "
        "network-info.ipv4-addresses-per-interface=NetworkInfo.Ipv4AddressesPerInterface "
        "network-info.ipv6-addresses-per-interface=NetworkInfo.Ipv6AddressesPerInterface "
        "network-info.ipv6-supported=NetworkInfo.Ipv6Supported "
        "network-info.maximum-network-cards=NetworkInfo.MaximumNetworkCards "
        "network-info.maximum-network-interfaces=NetworkInfo.MaximumNetworkInterfaces "
        "network-info.network-performance=NetworkInfo.NetworkPerformance",
        {
            f"ebs-info.ebs-optimized-info.{limit}-{name}": f"EbsInfo.EbsOptimizedInfo.{limit.capitalize()}{path}"
            for limit in ("baseline", "maximum")
            for name, path in {
                "bandwidth-in-mbps": "BandwidthInMbps",
                "iops": "Iops",
                "throughput-in-mbps": "ThroughputInMBps",
            }.items()
        },
    ),
    "DescribeInstances": _listing(
        "Reservations",
        "InstanceIds",
        "architecture availability-zone=Placement.AvailabilityZone client-token dns-name=PublicDnsName ebs-optimized "
        "hypervisor iam-instance-profile.arn=IamInstanceProfile.Arn iam-instance-profile.id=IamInstanceProfile.Id "
        "image-id instance-id instance-lifecycle instance-state-code=State.Code instance-state-name=State.Name "
        "instance-type instance.group-id=NetworkInterfaces[].Groups[].GroupId "
        "instance.group-name=NetworkInterfaces[].Groups[].GroupName ip-address=PublicIpAddress "
        "ipv6-address=NetworkInterfaces[].Ipv6Addresses[].Ipv6Address key-name launch-index=AmiLaunchIndex launch-time "
        "host-id=Placement.HostId metadata-options.http-endpoint=MetadataOptions.HttpEndpoint "
        "metadata-options.http-protocol-ipv6=MetadataOptions.HttpProtocolIpv6 "
        "metadata-options.http-put-response-hop-limit=MetadataOptions.HttpPutResponseHopLimit "
        "metadata-options.http-tokens=MetadataOptions.HttpTokens "
        "metadata-options.instance-metadata-tags=MetadataOptions.InstanceMetadataTags "
        "metadata-options.state=MetadataOptions.State monitoring-state=Monitoring.State owner-id "
        "placement-group-name=Placement.GroupName platform private-dns-name private-ip-address "
        "reason=StateTransitionReason reservation-id root-device-name root-device-type source-dest-check "
        "spot-instance-request-id state-reason-code=StateReason.Code state-reason-message=StateReason.Message "
        "subnet-id tenancy=Placement.Tenancy virtualization-type vpc-id "
        "block-device-mapping.attach-time=BlockDeviceMappings[].Ebs.AttachTime "
        "block-device-mapping.delete-on-termination=BlockDeviceMappings[].Ebs.DeleteOnTermination "
        "block-device-mapping.device-name=BlockDeviceMappings[].DeviceName "
        "block-device-mapping.status=BlockDeviceMappings[].Ebs.Status "
        "block-device-mapping.volume-id=BlockDeviceMappings[].Ebs.VolumeId "
        "outpost-arn product-code=ProductCodes[].ProductCodeId product-code.type=ProductCodes[].ProductCodeType "
        "network-interface.attachment.instance-id=InstanceId network-interface.attachment.instance-owner-id=OwnerId "
        "network-interface.availability-zone=Placement.AvailabilityZone",
        {f"network-interface.{name}": f"NetworkInterfaces[].{path}" for name, path in _INTERFACE.items()},
    ),
    "DescribeKeyPairs": _listing("KeyPairs", "KeyNames", "key-pair-id key-name fingerprint=KeyFingerprint"),
    "DescribeLaunchTemplateVersions": _listing(
        "LaunchTemplateVersions",
        "",
        "create-time is-default-version=DefaultVersion image-id=LaunchTemplateData.ImageId "
        "instance-type=LaunchTemplateData.InstanceType ebs-optimized=LaunchTemplateData.EbsOptimized "
        "iam-instance-profile=LaunchTemplateData.IamInstanceProfile.Arn kernel-id=LaunchTemplateData.KernelId "
        "ram-disk-id=LaunchTemplateData.RamDiskId http-tokens=LaunchTemplateData.MetadataOptions.HttpTokens "
        "http-endpoint=LaunchTemplateData.MetadataOptions.HttpEndpoint",
    ),
    "DescribeLaunchTemplates": _listing("LaunchTemplates", "LaunchTemplateIds", "create-time launch-template-name"),
    "DescribeReservedInstances": _listing("ReservedInstances", "ReservedInstancesIds", ""),
    "DescribeReservedInstancesListings": _listing("ReservedInstancesListings", "", ""),
    "DescribeReservedInstancesOfferings": _listing(
        "ReservedInstancesOfferings",
        "ReservedInstancesOfferingIds",
        "availability-zone duration fixed-price instance-type marketplace product-description "
        "reserved-instances-offering-id scope usage-price",
    ),
    "DescribeSnapshotTierStatus": _listing(
        "SnapshotTierStatuses", "", "snapshot-id volume-id last-tiering-operation=LastTieringOperationStatus"
    ),
    "DescribeSnapshots": _listing(
        "Snapshots",
        "SnapshotIds",
        "description encrypted owner-id progress snapshot-id start-time status=State storage-tier volume-id "
        "volume-size",
    ),
    "DescribeSpotFleetInstances": _listing("ActiveInstances", "", ""),
    "DescribeSpotFleetRequests": _listing("SpotFleetRequestConfigs", "SpotFleetRequestIds", ""),
    "DescribeSpotInstanceRequests": _listing(
        "SpotInstanceRequests",
        "SpotInstanceRequestIds",
        "instance-id launch-group product-description spot-instance-request-id spot-price state type valid-from "
        "valid-until availability-zone-group create-time status-code=Status.Code status-message=Status.Message "
        "launched-availability-zone launch.image-id=LaunchSpecification.ImageId "
        "launch.instance-type=LaunchSpecification.InstanceType launch.kernel-id=LaunchSpecification.KernelId "
        "launch.key-name=LaunchSpecification.KeyName launch.ramdisk-id=LaunchSpecification.RamdiskId "
        "launch.monitoring-enabled=LaunchSpecification.Monitoring.Enabled "
        "launch.group-id=LaunchSpecification.SecurityGroups[].GroupId "
        "launch.group-name=LaunchSpecification.SecurityGroups[].GroupName",
    ),
    "DescribeSpotPriceHistory": _listing(
        "SpotPriceHistory",
        "",
        "availability-zone availability-zone-id instance-type product-description spot-price timestamp",
    ),
    "DescribeTrafficMirrorFilters": _listing(
        "TrafficMirrorFilters", "TrafficMirrorFilterIds", "description traffic-mirror-filter-id"
    ),
    "DescribeTrafficMirrorSessions": _listing(
        "TrafficMirrorSessions",
        "TrafficMirrorSessionIds",
        "description network-interface-id owner-id packet-length session-number traffic-mirror-filter-id "
        "traffic-mirror-session-id traffic-mirror-target-id virtual-network-id",
    ),
    "DescribeTrafficMirrorTargets": _listing(
        "TrafficMirrorTargets",
        "TrafficMirrorTargetIds",
        "description network-interface-id network-load-balancer-arn owner-id traffic-mirror-target-id",
    ),
    "DescribeVolumes": _listing(
        "Volumes",
        "VolumeIds",
        "attachment.attach-time=Attachments[].AttachTime attachment.device=Attachments[].Device "
        "attachment.instance-id=Attachments[].InstanceId attachment.status=Attachments[].State availability-zone "
        "create-time encrypted size snapshot-id status=State volume-id volume-type",
    ),
    "DescribeVolumesModifications": _listing(
        "VolumesModifications",
        "VolumeIds",
        "modification-state original-iops original-size original-volume-type start-time target-iops target-size "
        "target-volume-type volume-id",
    ),
    "DescribeVpcClassicLinkDnsSupport": _listing("Vpcs", "VpcIds", ""),
    "DescribeVpcClassicLink": _listing("Vpcs", "VpcIds", "is-classic-link-enabled=ClassicLinkEnabled"),
    "DescribeVpcPeeringConnections": _listing(
        "VpcPeeringConnections",
        "VpcPeeringConnectionIds",
        "accepter-vpc-info.cidr-block=AccepterVpcInfo.CidrBlock accepter-vpc-info.owner-id=AccepterVpcInfo.OwnerId "
        "accepter-vpc-info.vpc-id=AccepterVpcInfo.VpcId expiration-time "
        "requester-vpc-info.cidr-block=RequesterVpcInfo.CidrBlock requester-vpc-info.owner-id=RequesterVpcInfo.OwnerId "
        "requester-vpc-info.vpc-id=RequesterVpcInfo.VpcId status-code=Status.Code status-message=Status.Message "
        "vpc-peering-connection-id",
    ),
    "DescribeVpnConnections": _listing(
        "VpnConnections",
        "VpnConnectionIds",
        "customer-gateway-configuration customer-gateway-id state option.static-routes-only=Options.StaticRoutesOnly "
        "route.destination-cidr-block=Routes[].DestinationCidrBlock type vpn-connection-id vpn-gateway-id "
        "transit-gateway-id",
    ),
    "DescribeVpnGateways": _listing(
        "VpnGateways",
        "VpnGatewayIds",
        "amazon-side-asn attachment.state=VpcAttachments[].State attachment.vpc-id=VpcAttachments[].VpcId "
        "availability-zone state type vpn-gateway-id",
    ),
    "GetSubnetCidrReservations": _listing(
        "SubnetIpv4CidrReservations", "", "reservationType=ReservationType subnet-id"
    ),
}
