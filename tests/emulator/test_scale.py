# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a call costs doesn't grow with the number of accounts: counted in calls of functions, not in seconds."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from werkzeug.test import Client

from emulator.app import Emulator

from .conftest import HUB, KEY, MANAGEMENT, SEED

FEW, MANY = 4, 80
OPERATOR = (KEY["aws_access_key_id"], None)


class World:
    """An emulator in this process, with calls made in each of its accounts."""

    def __init__(self, accounts: int):
        ids = [f"{200000000000 + number}" for number in range(accounts)]
        members = [{"id": account_id, "name": account_id} for account_id in (MANAGEMENT, HUB, *ids)]
        self.client = Client(Emulator(seed=SEED | {"accounts": members}))
        hub = self.assume(HUB)
        self.gateway_id = self.call(hub, "ec2", "CreateTransitGateway", "transitGatewayId")
        self.share(hub)
        self.hub, self.ids, self.sessions = hub, ids, {}
        for account_id in ids:
            session = self.sessions[account_id] = self.assume(account_id)
            vpc_id = self.call(session, "ec2", "CreateVpc", "vpcId", CidrBlock="10.1.0.0/16")
            block = {"VpcId": vpc_id, "CidrBlock": "10.1.0.0/24"}
            subnet_id = self.call(session, "ec2", "CreateSubnet", "subnetId", **block)
            attached = {"TransitGatewayId": self.gateway_id, "VpcId": vpc_id, "SubnetIds.1": subnet_id}
            name = "transitGatewayAttachmentId"
            self.attachment = {
                "TransitGatewayAttachmentId": self.call(
                    session, "ec2", "CreateTransitGatewayVpcAttachment", name, **attached
                )
            }
            self.call(hub, "ec2", "AcceptTransitGatewayVpcAttachment", **self.attachment)

    def assume(self, account_id: str) -> tuple[str, str | None]:
        role = {"RoleArn": f"arn:aws:iam::{account_id}:role/admin", "RoleSessionName": "tests"}
        answer = self.call(OPERATOR, "sts", "AssumeRole", **role)
        return tuple(re.search(f"<{name}>(.*?)</", answer)[1] for name in ("AccessKeyId", "SessionToken"))

    def call(
        self, key: tuple[str, str | None], service: str, operation: str, found: str | None = None, **form: str
    ) -> str:
        """The answer, or what its element `found` says."""
        version = "2016-11-15" if service == "ec2" else "2011-06-15"
        form = {"Action": operation, "Version": version, **form}
        response = self.client.post("/", data=form, headers=_signed(key, service))
        assert response.status_code == 200, response.text
        return re.search(f"<{found}>(.*?)</", response.text)[1] if found else response.text

    def share(self, hub: tuple[str, str | None]) -> None:
        body = {
            "name": "hub",
            "resourceArns": [f"arn:aws:ec2:eu-central-1:{HUB}:transit-gateway/{self.gateway_id}"],
            "principals": [f"arn:aws:organizations::{MANAGEMENT}:organization/o-demo123456"],
        }
        assert self.client.post("/createresourceshare", json=body, headers=_signed(hub, "ram")).status_code == 200


def _signed(key: tuple[str, str | None], service: str) -> dict[str, str]:
    scope = f"{key[0]}/20260101/eu-central-1/{service}/aws4_request"
    token = {"X-Amz-Security-Token": key[1]} if key[1] else {}
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"} | token


@pytest.fixture(scope="module")
def costs() -> list[dict[str, int]]:
    """Of a small and of a large organization: what is called -> calls of functions."""
    return [_costs(World(FEW)), _costs(World(MANY))]


def _costs(world: World) -> dict[str, int]:
    last = world.ids[-1]
    tag = {"ResourceId.1": world.attachment["TransitGatewayAttachmentId"], "Tag.1.Key": "Name", "Tag.1.Value": "x"}
    gateways = {"Filter.1.Name": "owner-id", "Filter.1.Value.1": HUB}
    calls: dict[str, Any] = {
        "AssumeRole": lambda: world.assume(last),
        "a new session's first call": lambda: world.call(new, "ec2", "DescribeVpcs"),
        "hub: CreateTags": lambda: world.call(world.hub, "ec2", "CreateTags", **tag),
    }
    for operation in ("Vpcs", "Subnets", "RouteTables", "SecurityGroups", "Tags", "TransitGatewayVpcAttachments"):
        calls[operation] = lambda operation=operation: world.call(world.sessions[last], "ec2", f"Describe{operation}")
    calls["TransitGateways"] = lambda: world.call(world.sessions[last], "ec2", "DescribeTransitGateways", **gateways)
    new = world.assume(last)
    # What is worked out at the first call of its kind is not counted.
    for call in calls.values():
        call()
    new = world.assume(last)
    return {name: _count(call) for name, call in calls.items()}


def _count(call: Any) -> int:
    number = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize(
    "call",
    [
        "AssumeRole",
        "a new session's first call",
        "hub: CreateTags",
        "Vpcs",
        "Subnets",
        "RouteTables",
        "SecurityGroups",
        "Tags",
        "TransitGatewayVpcAttachments",
        "TransitGateways",
    ],
)
def test_no_call_costs_more_for_more_accounts(costs, call):
    few, many = (cost[call] for cost in costs)
    assert many < few * 1.02 + 10
