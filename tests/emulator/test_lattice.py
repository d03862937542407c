# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC Lattice: what an account has, and what it can't have here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.conftest import HUB, SPOKE, refused

LISTS = (
    *("list_resource_configurations", "list_resource_gateways", "list_service_network_resource_associations"),
    *("list_service_network_service_associations", "list_service_network_vpc_associations"),
    *("list_service_networks", "list_services"),
)


def test_an_account_without_lattice_has_empty_lists(client: Callable[..., Any]) -> None:
    lattice = client(HUB, "vpc-lattice")
    assert {name: getattr(lattice, name)()["items"] for name in LISTS} == {name: [] for name in LISTS}


def test_a_vpc_in_a_service_network_is_listed_in_its_account(client: Callable[..., Any], vpc_id: str) -> None:
    """https://docs.aws.amazon.com/vpc-lattice/latest/APIReference/API_ListServiceNetworkVpcAssociations.html"""
    lattice = client(SPOKE, "vpc-lattice")
    network = lattice.create_service_network(name="shared")["id"]
    lattice.create_service_network_vpc_association(serviceNetworkIdentifier=network, vpcIdentifier=vpc_id)
    (found,) = lattice.list_service_network_vpc_associations(vpcIdentifier=vpc_id)["items"]
    assert (found["vpcId"], found["serviceNetworkId"]) == (vpc_id, network)
    assert client(HUB, "vpc-lattice").list_service_network_vpc_associations()["items"] == []


def test_what_is_not_emulated_is_refused_by_name(client: Callable[..., Any]) -> None:
    lattice = client(SPOKE, "vpc-lattice")
    code, status = refused(lattice.create_resource_gateway, name="gateway")
    assert (code, status) == ("InvalidAction", 400)


def test_other_lists_of_what_is_not_emulated_are_empty(client: Callable[..., Any]) -> None:
    ec2 = client(SPOKE, "ec2")
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    assert ec2.describe_route_servers()["RouteServers"] == []
    assert ec2.describe_vpc_endpoint_associations()["VpcEndpointAssociations"] == []
    assert refused(ec2.create_route_server, AmazonSideAsn=64512)[0] == "InvalidAction"
