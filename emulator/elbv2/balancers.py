# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancer with its network interfaces, one in each of its subnets."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.utils import random_eip_association_id, random_public_ip
from moto.elbv2.exceptions import ELBClientError, InvalidConfigurationRequest
from moto.elbv2.models import FakeLoadBalancer

from emulator.elbv2.attributes import defaults_of_balancer
from emulator.interfaces import add_interface, remove_interface
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/general/latest/gr/elb.html, Route 53 hosted zone ids of Network Load Balancers.
HOSTED_ZONES = {"us-east-1": "Z26RNL4JYFTOTI", "eu-west-1": "Z2IFOLAFXWLO4F", "eu-central-1": "Z3F0SRJ5LGBH90"}


# Type of load balancer -> InterfaceType of its interfaces.
INTERFACE_TYPES = {"network": "network_load_balancer", "gateway": "gateway_load_balancer"}
# Free addresses that a subnet must have:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
MIN_FREE = 8


class LoadBalancer(FakeLoadBalancer):
    """Load balancer, provisioning, then active. Its network interfaces keep its subnets in use."""

    state = StateClock("load-balancer")  # type: ignore[assignment]

    def __init__(
        self,
        backend: Any,
        subnets: list[Any],
        addresses: dict[str, str],
        elastic: dict[str, ElasticAddress],
        **options: Any,
    ):
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
        self.put_subnets(subnets, elastic)

    def activate(self) -> None:
        """Do nothing: the state changes with time; moto activates a load balancer when it is described."""

    def put_subnets(self, subnets: list[Any], elastic: dict[str, ElasticAddress]) -> None:
        """Set the subnets, with an interface in each. elastic: subnet id -> Elastic IP address of the new interface."""
        for subnet_id in set(self.interfaces) - {subnet.id for subnet in subnets}:
            self._remove_interface(subnet_id)
        for subnet in subnets:
            if subnet.id not in self.interfaces:
                self.interfaces[subnet.id] = self._interface(subnet, elastic.get(subnet.id))
        self.subnets = subnets

    def _interface(self, subnet: Any, elastic: ElasticAddress | None) -> Any:
        """Create an interface, with a public address if the load balancer is internet-facing."""
        kind = INTERFACE_TYPES.get(self.type, "interface")
        description = f"ELB {self.arn.partition('/')[2]}"
        chosen = {"address": self.addresses[subnet.id]} if subnet.id in self.addresses else {}
        interface = add_interface(
            self.backend.ec2_backend, subnet, self.security_groups, description, kind, requester="amazon-elb", **chosen
        )
        if elastic:
            interface.associate(elastic, None, random_eip_association_id())
        elif self.scheme == "internet-facing":
            interface.public_ip = random_public_ip()
        return interface

    @property
    def availability_zones(self) -> list[Any]:
        """AZs with the addresses that the caller has chosen: API_LoadBalancerAddress."""
        return [
            {
                "ZoneName": subnet.availability_zone,
                "SubnetId": subnet.id,
                "LoadBalancerAddresses": self._chosen(subnet.id),
            }
            for subnet in self.subnets
        ]

    def _chosen(self, subnet_id: str) -> list[dict[str, Any]]:
        elastic = self.interfaces[subnet_id].associations.values()
        if subnet_id in self.addresses:
            return [{"PrivateIPv4Address": self.addresses[subnet_id]}]
        return [{"IpAddress": one.public_ip, "AllocationId": one.allocation_id} for one in elastic]

    def _remove_interface(self, subnet_id: str) -> None:
        remove_interface(self.backend.ec2_backend, self.interfaces.pop(subnet_id).id)

    def release(self) -> None:
        for subnet_id in list(self.interfaces):
            self._remove_interface(subnet_id)


def elastic_of(backend: Any, mappings: list[dict[str, Any]]) -> dict[str, ElasticAddress]:
    """Return {subnet id: Elastic IP address} of SubnetMappings. Raises AllocationIdNotFound for one that can't be used.

    Code: CreateLoadBalancer; that it is also the code for one that is in use, and the text, are as users quote AWS.
    """
    usable = {one.allocation_id: one for one in backend.addresses if not one.association_id}
    wanted = {each["SubnetId"]: each["AllocationId"] for each in mappings if each.get("AllocationId")}
    if missing := [allocation_id for allocation_id in wanted.values() if allocation_id not in usable]:
        text = f"The allocation IDs '{', '.join(missing)}' are not available for use"
        raise ELBClientError("AllocationIdNotFound", text)
    return {subnet_id: usable[allocation_id] for subnet_id, allocation_id in wanted.items()}


def need_addresses(kind: str, subnets: list[Any], chosen: dict[str, str]) -> None:
    """Refuse subnets for new interfaces without enough free addresses, and chosen ones that aren't free.

    Text about 8 addresses, and that a chosen one needs no others: as users report it.
    Code and text for a chosen one that isn't free are not verified.
    """
    for subnet in subnets:
        if subnet.id in chosen:
            try:
                subnet.ipv4.check(chosen[subnet.id])
            except EC2ClientError as error:
                raise InvalidConfigurationRequest(error.message) from None
        elif subnet.available_ip_address_count < (1 if kind == "gateway" else MIN_FREE):
            raise ELBClientError(
                "InvalidSubnet",
                f"Not enough IP space available in {subnet.id}. ELB requires at least {MIN_FREE} free IP addresses in "
                "each subnet.",
            )
