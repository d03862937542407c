# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of network_path_info: two VPCs, a transit gateway between them and load balancers, in one account."""

from __future__ import annotations

from tests.contract.balanced_network import balance
from tests.contract.case import ZONES, Case
from tests.contract.world import World
from tests.emulator.conftest import HUB
from tests.emulator.networks import wait_for

RANGES = {"app": "10.0.0.0/16", "data": "10.1.0.0/16"}


def before_path(world: World) -> None:
    """Create an interface in each VPC and routes in both directions; data's group admits a customer's prefix list."""
    ec2 = world.ec2(HUB)
    gateway_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    wait_for(lambda: ec2.describe_transit_gateways()["TransitGateways"][0]["State"], "available")
    listed = ec2.create_managed_prefix_list(
        PrefixListName="app",
        AddressFamily="IPv4",
        MaxEntries=1,
        Entries=[{"Cidr": RANGES["app"]}],
    )["PrefixList"]["PrefixListId"]
    world.made["gateway"] = gateway_id
    # No attachment has it; its rules are read, since one of another account may.
    ec2.create_transit_gateway_policy_table(TransitGatewayId=gateway_id)
    for name, cidr in RANGES.items():
        vpc_id = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        block = cidr.replace("0.0/16", "1.0/24")
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZoneId=ZONES[0])["Subnet"]
        attached = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=[subnet["SubnetId"]]
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

        def state(attached: str = attached) -> str:
            found = ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attached])
            return found["TransitGatewayAttachments"][0]["State"]

        wait_for(state, "available")
        world.made[f"{name}_attachment"] = attached
        (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        world.made[f"{name}_table"] = table["RouteTableId"]
        other = next(cidr for other, cidr in RANGES.items() if other != name)
        ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=other, TransitGatewayId=gateway_id)
        group_id = ec2.create_security_group(VpcId=vpc_id, GroupName=name, Description=name)["GroupId"]
        interface = ec2.create_network_interface(
            SubnetId=subnet["SubnetId"], Groups=[group_id], PrivateIpAddress=cidr.replace("0.0/16", "1.250")
        )["NetworkInterface"]
        # One that is attached to nothing neither sends nor takes packets.
        on_interface = {"NetworkInterfaceId": interface["NetworkInterfaceId"], "DeviceIndex": 0}
        (instance,) = ec2.run_instances(
            ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=[on_interface]
        )["Instances"]
        world.made |= {f"{name}_group": group_id, name: interface["NetworkInterfaceId"]}
        world.made[f"{name}_instance"] = instance["InstanceId"]
        world.made |= {f"{name}_vpc": vpc_id, f"{name}_subnet": subnet["SubnetId"]}
    translate_others(world)
    balance(world)
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": listed}]}
    ec2.authorize_security_group_ingress(GroupId=world.made["data_group"], IpPermissions=[https])


def translate_others(world: World) -> None:
    """Give an attachment 1:1 NAT of addresses that no packet of the case has: its rules are read."""
    ec2, attached = world.ec2(HUB), world.made["app_attachment"]
    ec2.modify_transit_gateway_attachment_nat_configuration(
        TransitGatewayAttachmentId=attached,
        NatGatewaySupport="enable",
        NatGatewayRules=[{"RuleNumber": 1, "MatchSourceCidr": "10.0.99.0/24", "NatCidr": "100.64.99.0/24"}],
    )

    def state() -> str:
        found = ec2.get_transit_gateway_attachment_nat_configuration(TransitGatewayAttachmentId=attached)
        return f"{found['NatGatewaySupport']}, {found['NatGatewayRules'][0]['State']}"

    wait_for(state, "enabled, activated")


NETWORK_PATH_INFO = Case(
    "network_path_info",
    HUB,
    {
        "source": lambda world: world.made["app"],
        "destination": lambda world: world.made["data"],
        "port": 443,
    },
    [HUB],
    before=before_path,
)

# Of a saved snapshot more is read.
SAVED = Case(
    "network_path_info",
    HUB,
    {"save_snapshot_dir": lambda world: str(world.cache / "snapshot"), "read_twice": True},
    [HUB],
    before=before_path,
    name="saved",
)

INFO_CASES = [NETWORK_PATH_INFO, SAVED]
