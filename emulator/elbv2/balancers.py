# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancer with its network interfaces, one in each of its subnets."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import FakeLoadBalancer

from emulator.elbv2.attributes import defaults_of_balancer
from emulator.interfaces import add_interface, remove_interface
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/general/latest/gr/elb.html, Route 53 hosted zone ids of Network Load Balancers.
HOSTED_ZONES = {"us-east-1": "Z26RNL4JYFTOTI", "eu-west-1": "Z2IFOLAFXWLO4F", "eu-central-1": "Z3F0SRJ5LGBH90"}


class LoadBalancer(FakeLoadBalancer):
    """Load balancer, provisioning, then active. Its network interfaces keep its subnets in use."""

    state = StateClock("load-balancer")  # type: ignore[assignment]

    def __init__(self, backend: Any, subnets: list[Any], addresses: dict[str, str], **options: Any):
        super().__init__(subnets=subnets, vpc_id=subnets[0].vpc_id, state="provisioning", **options)
        # Subnet id -> address that the caller has chosen.
        self.addresses = addresses
        # Security groups can be set on a Network Load Balancer that was created with some.
        self.created_with_groups = bool(self.security_groups)
        self.attrs = defaults_of_balancer(self.type, self.scheme)
        self.state = Transition("provisioning", "active")
        self.backend = backend
        self.canonical_hosted_zone_id = HOSTED_ZONES.get(backend.region_name, self.canonical_hosted_zone_id)
        self.interfaces: dict[str, Any] = {}
        self.put_subnets(subnets)

    def activate(self) -> None:
        """Do nothing: the state changes with time; moto activates a load balancer when it is described."""

    def put_subnets(self, subnets: list[Any]) -> None:
        for subnet_id in set(self.interfaces) - {subnet.id for subnet in subnets}:
            self._remove_interface(subnet_id)
        for subnet in subnets:
            if subnet.id not in self.interfaces:
                self.interfaces[subnet.id] = self._interface(subnet)
        self.subnets = subnets

    def _interface(self, subnet: Any) -> Any:
        kind = "network_load_balancer" if self.type == "network" else "interface"
        description = f"ELB {self.arn.partition('/')[2]}"
        chosen = {"address": self.addresses[subnet.id]} if subnet.id in self.addresses else {}
        return add_interface(self.backend.ec2_backend, subnet, self.security_groups, description, kind, **chosen)

    @property
    def availability_zones(self) -> list[Any]:
        """AZs with the addresses that the caller has chosen: API_LoadBalancerAddress."""
        return [
            {
                "ZoneName": subnet.availability_zone,
                "SubnetId": subnet.id,
                "LoadBalancerAddresses": [{"PrivateIPv4Address": self.addresses[subnet.id]}]
                if subnet.id in self.addresses
                else [],
            }
            for subnet in self.subnets
        ]

    def _remove_interface(self, subnet_id: str) -> None:
        remove_interface(self.backend.ec2_backend, self.interfaces.pop(subnet_id).id)

    def release(self) -> None:
        for subnet_id in list(self.interfaces):
            self._remove_interface(subnet_id)
