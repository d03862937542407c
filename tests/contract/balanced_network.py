# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers in the VPC `data` of network_cases, and an endpoint in `app` whose service is one of them."""

from __future__ import annotations

from typing import Any

from tests.contract.case import ZONES
from tests.contract.world import World
from tests.emulator.conftest import HUB
from tests.emulator.networks import wait_for


def balance(world: World) -> None:
    """Create both load balancers, the service and its endpoint.

    The Network Load Balancer forwards tcp/443 to the instance of `data`, the Application Load Balancer answers itself.
    """
    ec2, of = world.ec2(HUB), world.made
    of["data_subnet_2"] = ec2.create_subnet(VpcId=of["data_vpc"], CidrBlock="10.1.2.0/24", AvailabilityZoneId=ZONES[1])[
        "Subnet"
    ]["SubnetId"]
    group_id = ec2.create_security_group(VpcId=of["data_vpc"], GroupName="balancer", Description="balancer")["GroupId"]
    clients = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[clients])
    of["balancer_group"] = group_id
    of["balancer"] = _balancer(world, "network", [of["data_subnet"]])
    of["site"] = _balancer(world, "application", [of["data_subnet"], of["data_subnet_2"]])
    _listen(world)
    _serve(world)


def _balancer(world: World, kind: str, subnets: list[str]) -> str:
    elbv2 = world.client(HUB, "elbv2")
    arn: str = elbv2.create_load_balancer(
        Name=kind, Type=kind, Scheme="internal", Subnets=subnets, SecurityGroups=[world.made["balancer_group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]

    def state() -> str:
        found = elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
        return str(found[0]["State"]["Code"])

    wait_for(state, "active")
    return arn


def _listen(world: World) -> None:
    elbv2, of = world.client(HUB, "elbv2"), world.made
    group = elbv2.create_target_group(
        Name="data", Protocol="TCP", Port=443, VpcId=of["data_vpc"], TargetType="instance"
    )
    of["target_group"] = arn = group["TargetGroups"][0]["TargetGroupArn"]
    forward = {"Type": "forward", "TargetGroupArn": arn}
    elbv2.create_listener(LoadBalancerArn=of["balancer"], Protocol="TCP", Port=443, DefaultActions=[forward])
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": of["data_instance"]}])
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    elbv2.create_listener(LoadBalancerArn=of["site"], Protocol="HTTP", Port=80, DefaultActions=[fixed])

    def health() -> str:
        found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return str(found[0]["TargetHealth"]["State"])

    wait_for(health, "healthy")


def _serve(world: World) -> None:
    ec2, of = world.ec2(HUB), world.made
    service: dict[str, Any] = ec2.create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=[of["balancer"]], AcceptanceRequired=False
    )["ServiceConfiguration"]
    of["service"] = service["ServiceId"]

    def state() -> str:
        found = ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service["ServiceId"]])
        return str(found["ServiceConfigurations"][0]["ServiceState"])

    wait_for(state, "Available")
    of["endpoint"] = ec2.create_vpc_endpoint(
        VpcId=of["app_vpc"],
        ServiceName=service["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=[of["app_subnet"]],
        SecurityGroupIds=[of["app_group"]],
    )["VpcEndpoint"]["VpcEndpointId"]

    def endpoint_state() -> str:
        return str(ec2.describe_vpc_endpoints(VpcEndpointIds=[of["endpoint"]])["VpcEndpoints"][0]["State"])

    wait_for(endpoint_state, "available")


def node_of(world: World) -> str:
    """Return the id of the Network Load Balancer's interface."""
    described = f"ELB {world.made['balancer'].partition('loadbalancer/')[2]}"
    filters = [{"Name": "description", "Values": [described]}]
    (found,) = world.ec2(HUB).describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return str(found["NetworkInterfaceId"])
