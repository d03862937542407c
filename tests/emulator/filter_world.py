# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network in which most of EC2's filters have an item that they keep and one that they drop."""

from __future__ import annotations

from typing import Any

ZONE, ZONE_2 = "eu-central-1a", "eu-central-1b"


def _tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "tier", "Value": kind}]}]


def build(ec2: Any, elbv2: Any, s3: Any) -> dict[str, dict[str, Any]]:
    """Create the network; return the parameters that an operation requires beside its filters, by operation."""
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True, TagSpecifications=_tagged("vpc"))[
        "Vpc"
    ]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.1.0.0/24", AvailabilityZone=ZONE, TagSpecifications=_tagged("subnet")
    )["Subnet"]["SubnetId"]
    subnet_2 = ec2.create_subnet(VpcId=other, CidrBlock="10.2.0.0/24", AvailabilityZone=ZONE_2)["Subnet"]["SubnetId"]
    blocks = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=blocks[0]["Ipv6CidrBlock"].replace("/56", "/64"))
    s3.create_bucket(Bucket="some-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    group = _security(ec2, vpc)
    _gateways(ec2, vpc, subnet, subnet_2)
    third = ec2.create_vpc(CidrBlock="10.4.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    ec2.create_egress_only_internet_gateway(VpcId=third)
    _machines(ec2, subnet, subnet_2, group)
    _storage(ec2)
    _vpn(ec2, vpc)
    _endpoints(ec2, elbv2, vpc, subnet, group)
    table = _transit(ec2, vpc, other, subnet, subnet_2)
    lists = _others(ec2, vpc, other, subnet)
    gateways = {"TransitGatewayRouteTableId": table["table"]}
    return {
        "DescribeInstanceTypes": {"InstanceTypes": ["a1.medium", "m5dn.large", "p4d.24xlarge", "t2.micro", "t3.micro"]},
        "DescribeSpotPriceHistory": {"InstanceTypes": ["t3.micro"]},
        "DescribeLaunchTemplateVersions": {"LaunchTemplateName": "first"},
        "DescribeVpcEndpointServicePermissions": {"ServiceId": _service(ec2)},
        "GetSubnetCidrReservations": {"SubnetId": subnet},
        "GetTransitGatewayAttachmentPropagations": {"TransitGatewayAttachmentId": table["attachment"]},
        "GetTransitGatewayPolicyTableEntries": {"TransitGatewayPolicyTableId": table["policies"]},
        "GetTransitGatewayPrefixListReferences": gateways,
        "GetTransitGatewayRouteTableAssociations": gateways,
        "GetTransitGatewayRouteTablePropagations": gateways,
        "SearchTransitGatewayRoutes": gateways,
        "GetManagedPrefixListEntries": {"PrefixListId": lists},
    }


def _service(ec2: Any) -> str:
    return ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"][0]["ServiceId"]


def _security(ec2: Any, vpc: str) -> str:
    group = ec2.create_security_group(
        GroupName="one", Description="first", VpcId=vpc, TagSpecifications=_tagged("security-group")
    )["GroupId"]
    entry = {"Protocol": "6", "RuleAction": "allow", "Egress": False, "CidrBlock": "10.9.0.0/16"}
    acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=_tagged("network-acl"))["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=10, PortRange={"From": 80, "To": 81}, **entry)
    icmp = entry | {"Protocol": "1", "IcmpTypeCode": {"Type": 8, "Code": 0}}
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=11, **icmp)
    list_id = ec2.create_managed_prefix_list(PrefixListName="listed", MaxEntries=2, AddressFamily="IPv4")["PrefixList"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 81,
        "IpRanges": [{"CidrIp": "10.9.0.0/16"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
        "UserIdGroupPairs": [{"GroupId": group}],
        "PrefixListIds": [{"PrefixListId": list_id["PrefixListId"]}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])
    return group


def _gateways(ec2: Any, vpc: str, subnet: str, subnet_2: str) -> None:
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=_tagged("route-table"))["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=_tagged("internet-gateway"))["InternetGateway"]
    ec2.create_internet_gateway()
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway["InternetGatewayId"])
    egress = ec2.create_egress_only_internet_gateway(
        VpcId=vpc, TagSpecifications=_tagged("egress-only-internet-gateway")
    )["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=egress)
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=_tagged("elastic-ip"))["AllocationId"]
    ec2.allocate_address(Domain="vpc")
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, TagSpecifications=_tagged("natgateway"))
    ec2.create_nat_gateway(SubnetId=subnet_2, ConnectivityType="private")
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="10.99.0.0/16", NatGatewayId=nat["NatGateway"]["NatGatewayId"]
    )
    ec2.create_carrier_gateway(VpcId=vpc)


def _machines(ec2: Any, subnet: str, subnet_2: str, group: str) -> None:
    ec2.create_key_pair(KeyName="first", TagSpecifications=_tagged("key-pair"))
    ec2.create_key_pair(KeyName="second")
    common = {"MinCount": 1, "MaxCount": 1, "ImageId": "ami-12345678"}
    first = ec2.run_instances(
        SubnetId=subnet,
        InstanceType="t3.micro",
        KeyName="first",
        SecurityGroupIds=[group],
        TagSpecifications=_tagged("instance"),
        **common,
    )["Instances"][0]["InstanceId"]
    ec2.run_instances(SubnetId=subnet_2, InstanceType="m5.large", **common)
    interface = ec2.create_network_interface(
        SubnetId=subnet, Description="extra", TagSpecifications=_tagged("network-interface")
    )["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=first, DeviceIndex=1)
    ec2.allocate_hosts(AvailabilityZone=ZONE, InstanceType="m5.large", Quantity=1)
    ec2.create_image(InstanceId=first, Name="own")
    ec2.create_launch_template(
        LaunchTemplateName="first",
        LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"},
        TagSpecifications=_tagged("launch-template"),
    )
    ec2.create_launch_template(LaunchTemplateName="second", LaunchTemplateData={"InstanceType": "t3.small"})


def _storage(ec2: Any) -> None:
    volume = ec2.create_volume(AvailabilityZone=ZONE, Size=10, TagSpecifications=_tagged("volume"))["VolumeId"]
    second = ec2.create_volume(AvailabilityZone=ZONE_2, Size=20, VolumeType="gp3", Encrypted=True)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, Description="first", TagSpecifications=_tagged("snapshot"))
    ec2.create_snapshot(VolumeId=second)
    ec2.modify_volume(VolumeId=volume, Size=30)


def _vpn(ec2: Any, vpc: str) -> None:
    customer = ec2.create_customer_gateway(
        BgpAsn=65000, PublicIp="192.0.2.1", Type="ipsec.1", TagSpecifications=_tagged("customer-gateway")
    )["CustomerGateway"]["CustomerGatewayId"]
    ec2.create_customer_gateway(BgpAsn=65001, PublicIp="192.0.2.2", Type="ipsec.1")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1", AmazonSideAsn=65010, TagSpecifications=_tagged("vpn-gateway"))[
        "VpnGateway"
    ]["VpnGatewayId"]
    ec2.create_vpn_gateway(Type="ipsec.1")
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=customer,
        VpnGatewayId=gateway,
        TagSpecifications=_tagged("vpn-connection"),
    )


def _endpoints(ec2: Any, elbv2: Any, vpc: str, subnet: str, group: str) -> None:
    balancer = elbv2.create_load_balancer(Name="nlb", Type="network", Scheme="internal", Subnets=[subnet])
    service = ec2.create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=[balancer["LoadBalancers"][0]["LoadBalancerArn"]],
        TagSpecifications=_tagged("vpc-endpoint-service"),
    )["ServiceConfiguration"]
    ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=service["ServiceId"], AddAllowedPrincipals=["arn:aws:iam::222222222222:root"]
    )
    common = {"VpcId": vpc, "VpcEndpointType": "Interface", "SubnetIds": [subnet], "SecurityGroupIds": [group]}
    ec2.create_vpc_endpoint(
        ServiceName=service["ServiceName"], TagSpecifications=_tagged("vpc-endpoint"), PrivateDnsEnabled=False, **common
    )
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.s3", VpcEndpointType="Gateway")


def _transit(ec2: Any, vpc: str, other: str, subnet: str, subnet_2: str) -> dict[str, str]:
    """Create two gateways, attachments of two VPCs; return the ids of the route table and the first attachment."""
    gateway = ec2.create_transit_gateway(TagSpecifications=_tagged("transit-gateway"))["TransitGateway"]
    ec2.create_transit_gateway(Options={"AmazonSideAsn": 64999, "DefaultRouteTableAssociation": "disable"})
    gateway_id = gateway["TransitGatewayId"]
    first = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id,
        VpcId=vpc,
        SubnetIds=[subnet],
        TagSpecifications=_tagged("transit-gateway-attachment"),
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway_id, VpcId=other, SubnetIds=[subnet_2])
    ec2.create_transit_gateway_route_table(
        TransitGatewayId=gateway_id, TagSpecifications=_tagged("transit-gateway-route-table")
    )
    table = gateway["Options"]["AssociationDefaultRouteTableId"]
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.50.0.0/16", Blackhole=True
    )
    lists = [
        ec2.create_managed_prefix_list(PrefixListName=name, MaxEntries=2, AddressFamily="IPv4")["PrefixList"]
        for name in ("first", "second")
    ]
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=lists[0]["PrefixListId"], Blackhole=True
    )
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=lists[1]["PrefixListId"], TransitGatewayAttachmentId=first
    )
    policies = ec2.create_transit_gateway_policy_table(TransitGatewayId=gateway_id)["TransitGatewayPolicyTable"]
    return {"table": table, "attachment": first, "policies": policies["TransitGatewayPolicyTableId"]}


def _others(ec2: Any, vpc: str, other: str, subnet: str) -> str:
    """Create what is in no other function; return the id of a prefix list with entries."""
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other, TagSpecifications=_tagged("vpc-peering-connection"))
    third = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=third)
    ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["a.example"]}], TagSpecifications=_tagged("dhcp-options")
    )
    ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr="10.1.0.128/28", ReservationType="prefix")
    ec2.create_traffic_mirror_filter(Description="first")
    logs = {"ResourceType": "VPC", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::some-bucket"}
    ec2.create_flow_logs(ResourceIds=[vpc], TrafficType="ALL", TagSpecifications=_tagged("vpc-flow-log"), **logs)
    ec2.create_flow_logs(ResourceIds=[other], TrafficType="REJECT", **logs)
    ec2.create_vpc_block_public_access_exclusion(
        VpcId=vpc,
        InternetGatewayExclusionMode="allow-egress",
        TagSpecifications=_tagged("vpc-block-public-access-exclusion"),
    )
    ec2.create_vpc_block_public_access_exclusion(VpcId=other, InternetGatewayExclusionMode="allow-bidirectional")
    entries = [{"Cidr": "10.8.0.0/16"}, {"Cidr": "10.9.0.0/16"}]
    made = ec2.create_managed_prefix_list(
        PrefixListName="with-entries",
        MaxEntries=2,
        AddressFamily="IPv4",
        Entries=entries,
        TagSpecifications=_tagged("prefix-list"),
    )
    return made["PrefixList"]["PrefixListId"]
