# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Provider and consumer of PrivateLink, created by API calls, with the same CIDR: their networks never meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.emulator.conftest import HUB, SPOKE, Emulator

CIDR = "10.20.0.0/16"


@dataclass
class Side:
    """One account's VPC 10.20.0.0/16 with a subnet in each AZ, in the order of AZ ids."""

    account_id: str
    ec2: Any
    vpc_id: str
    subnets: list[dict[str, Any]]

    @property
    def subnet_ids(self) -> list[str]:
        return [subnet["SubnetId"] for subnet in self.subnets]


@dataclass
class Link:
    provider: Side
    consumer: Side
    elbv2: Any
    balancer_arn: str
    service: dict[str, Any]

    @property
    def service_id(self) -> str:
        return self.service["ServiceId"]

    @property
    def service_name(self) -> str:
        return self.service["ServiceName"]

    def permit(self, *principals: str) -> Any:
        return self.provider.ec2.modify_vpc_endpoint_service_permissions(
            ServiceId=self.service_id, AddAllowedPrincipals=list(principals)
        )

    def permit_consumer(self) -> None:
        self.permit(f"arn:aws:iam::{self.consumer.account_id}:root")

    def apply(self, **options: Any) -> dict[str, Any]:
        """Create the consumer's endpoint and return it."""
        parameters = {
            "VpcId": self.consumer.vpc_id,
            "ServiceName": self.service_name,
            "VpcEndpointType": "Interface",
            "SubnetIds": self.consumer.subnet_ids[:1],
        }
        return self.consumer.ec2.create_vpc_endpoint(**parameters | options)["VpcEndpoint"]

    def connected(self) -> str:
        """Create and accept an endpoint; return its id."""
        endpoint_id = self.apply()["VpcEndpointId"]
        self.accept(endpoint_id)
        return endpoint_id

    def accept(self, *endpoint_ids: str) -> list[dict[str, Any]]:
        answer = self.provider.ec2.accept_vpc_endpoint_connections(
            ServiceId=self.service_id, VpcEndpointIds=list(endpoint_ids)
        )
        return answer["Unsuccessful"]

    def reject(self, *endpoint_ids: str) -> list[dict[str, Any]]:
        answer = self.provider.ec2.reject_vpc_endpoint_connections(
            ServiceId=self.service_id, VpcEndpointIds=list(endpoint_ids)
        )
        return answer["Unsuccessful"]

    def endpoint(self, endpoint_id: str) -> dict[str, Any]:
        return self.consumer.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]

    def connections(self) -> list[dict[str, Any]]:
        filters = [{"Name": "service-id", "Values": [self.service_id]}]
        return self.provider.ec2.describe_vpc_endpoint_connections(Filters=filters)["VpcEndpointConnections"]


def side(emulator: Emulator, account_id: str) -> Side:
    ec2 = emulator.client(account_id, "ec2")
    vpc_id = ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
    zones = sorted(zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.20.{number}.0/24", AvailabilityZoneId=zone_id)["Subnet"]
        for number, zone_id in enumerate(zones)
    ]
    return Side(account_id, ec2, vpc_id, subnets)


def network_balancer(elbv2: Any, subnet_ids: list[str], name: str = "api") -> str:
    """Create an internal Network Load Balancer; return its ARN once it is active."""
    made = elbv2.create_load_balancer(Name=name, Type="network", Scheme="internal", Subnets=subnet_ids)
    elbv2.get_waiter("load_balancer_available").wait(Names=[name], WaiterConfig={"Delay": 0.05})
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def linked(emulator: Emulator, **options: Any) -> Link:
    """Create a service in the hub account, in the first two AZs, and the VPC of a consumer that isn't permitted yet."""
    provider, consumer = side(emulator, HUB), side(emulator, SPOKE)
    elbv2 = emulator.client(HUB, "elbv2")
    arn = network_balancer(elbv2, provider.subnet_ids[:2])
    parameters = {"NetworkLoadBalancerArns": [arn], "AcceptanceRequired": True} | options
    service = provider.ec2.create_vpc_endpoint_service_configuration(**parameters)["ServiceConfiguration"]
    return Link(provider, consumer, elbv2, arn, service)
