# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that create transit gateway networks with boto3, wait for a state, and expect a refusal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, Emulator

MANUAL = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}


class refused(AbstractContextManager):
    """Expects AWS's error in the block: with refused("IncorrectState", "tgw-1 is in invalid state"): ..."""

    def __init__(self, code: str, message: str | None = None):
        self.code, self.message = code, message

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        if error is None:
            pytest.fail(f"{self.code} was expected, the call succeeded")
        if not isinstance(error, ClientError):
            return False
        answer = error.response["Error"]
        assert (answer["Code"], self.message or answer["Message"]) == (self.code, answer["Message"])
        return True


def wait_for(read: Callable[[], Any], wanted: Any, timeout: float = 10.0) -> list[Any]:
    """Read until the wanted value comes; return the different values read, in order. timeout: seconds."""
    seen: list[Any] = []
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        value = read()
        if not seen or seen[-1] != value:
            seen.append(value)
        if value == wanted:
            return seen
        time.sleep(0.005)
    pytest.fail(f"not {wanted} in time, but {seen}")


class Network:
    """Clients by account, and short forms of what tests create with them."""

    def __init__(self, emulator: Emulator, owner: str = HUB):
        self.emulator, self.owner = emulator, owner
        self._credentials: dict[str, dict[str, str]] = {}
        self._clients: dict[tuple[str, str], Any] = {}

    def ec2(self, account: str | None = None) -> Any:
        return self._cached(account or self.owner, "ec2")

    def ram(self, account: str | None = None) -> Any:
        return self._cached(account or self.owner, "ram")

    def _cached(self, account: str, service: str) -> Any:
        if (account, service) not in self._clients:
            if account not in self._credentials:
                self._credentials[account] = self.emulator.credentials(account)
            # boto3's default session loads a service's model once for all clients.
            self._clients[account, service] = self.emulator.plain_client(service, **self._credentials[account])
        return self._clients[account, service]

    def gateway(self, options: dict[str, Any] | None = None, tags: dict[str, str] | None = None) -> str:
        """Create a transit gateway and return its id; without options it has no default route tables."""
        made = self.ec2().create_transit_gateway(
            Options=MANUAL if options is None else options, TagSpecifications=tag_specification("transit-gateway", tags)
        )
        return made["TransitGateway"]["TransitGatewayId"]

    def arn(self, gateway_id: str) -> str:
        return f"arn:aws:ec2:eu-central-1:{self.owner}:transit-gateway/{gateway_id}"

    def share(self, gateway_id: str, *principals: str, **options: Any) -> str:
        made = self.ram().create_resource_share(
            name="hub", resourceArns=[self.arn(gateway_id)], principals=list(principals), **options
        )
        return made["resourceShare"]["resourceShareArn"]

    def vpc(self, account: str, block: str) -> tuple[str, list[str]]:
        """Create a VPC; return (its id, ids of its two subnets in two Availability Zones)."""
        ec2 = self.ec2(account)
        vpc_id = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        base = block.rsplit(".", 2)[0]
        return vpc_id, [self.subnet(account, vpc_id, f"{base}.{n}.0/24", zone) for n, zone in enumerate("ab")]

    def subnet(self, account: str, vpc_id: str, block: str, zone: str) -> str:
        made = self.ec2(account).create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=f"eu-central-1{zone}")
        return made["Subnet"]["SubnetId"]

    def attach(self, account: str, gateway_id: str, vpc: tuple[str, list[str]], **options: Any) -> str:
        made = self.ec2(account).create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc[0], SubnetIds=vpc[1], **options
        )
        return made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def accept(self, attachment_id: str) -> None:
        self.ec2().accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)

    def attached(self, account: str, gateway_id: str, block: str) -> str:
        """Attach a new VPC, accept the attachment of another account, and return its id."""
        attachment_id = self.attach(account, gateway_id, self.vpc(account, block))
        if account != self.owner:
            self.accept(attachment_id)
        return attachment_id

    def attachment(self, account: str, attachment_id: str) -> dict[str, Any]:
        found = self.ec2(account).describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attachment_id])
        return found["TransitGatewayAttachments"][0]

    def state(self, attachment_id: str, account: str | None = None) -> str:
        return self.attachment(account or self.owner, attachment_id)["State"]

    def table(self, gateway_id: str, name: str | None = None) -> str:
        made = self.ec2().create_transit_gateway_route_table(
            TransitGatewayId=gateway_id,
            TagSpecifications=tag_specification("transit-gateway-route-table", {"Name": name} if name else None),
        )
        return made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]

    def associate(self, table_id: str, attachment_id: str) -> None:
        self.ec2().associate_transit_gateway_route_table(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=attachment_id
        )

    def propagate(self, table_id: str, attachment_id: str) -> None:
        self.ec2().enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=attachment_id
        )

    def search(self, table_id: str, **filters: str) -> list[dict[str, Any]]:
        """Return routes: search(table, type="static"). In filter names __ stands for . and _ for -; no filter: all."""
        named = [
            {"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()
        ] or [{"Name": "state", "Values": ["active", "blackhole"]}]
        return self.ec2().search_transit_gateway_routes(TransitGatewayRouteTableId=table_id, Filters=named)["Routes"]

    def destinations(self, table_id: str, **filters: str) -> list[str]:
        return [route["DestinationCidrBlock"] for route in self.search(table_id, **filters)]


def tag_specification(kind: str, tags: dict[str, str] | None) -> list[dict[str, Any]]:
    if not tags:
        return []
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
