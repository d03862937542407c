# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every operation of the API's model answers: botocore's network-firewall/2020-11-12/service-2.json."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from tests.emulator.conftest import SPOKE, Emulator, error_of
from tests.emulator.firewalls import Firewalls

MODEL = botocore.session.get_session().get_service_model("network-firewall")
TEXTS = {
    "FirewallPolicyV2Arn": "arn:aws:network-firewall:eu-central-1:222222222222:firewall-policy-v2/none",
    "UpdateToken": "00000000-0000-4000-8000-000000000000",
    "FlowOperationId": "00000000-0000-4000-8000-000000000000",
    "TransitGatewayAttachmentId": "tgw-attach-0",
    "TransitGatewayId": "tgw-0",
    "VpcEndpointId": "vpce-0",
    "VpcId": "vpc-0",
    "AzSubnet": "subnet-0",
    "CollectionMember_String": "aws:pass",
    "ResourceArn": "arn:aws:network-firewall:eu-central-1:222222222222:firewall/none",
    "AddressDefinition": "10.0.0.0/8",
}


def minimal(shape: Shape) -> Any:
    """Return a value with nothing but what the shape requires."""
    if shape.type_name == "structure":
        return {name: minimal(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [minimal(shape.member)] if shape.metadata.get("min") or shape.name != "FlowFilters" else []
    if shape.type_name == "map":
        return {}
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1) or 1
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return parse_timestamp("2026-01-01T00:00:00Z")
    return shape.metadata.get("enum", [TEXTS.get(shape.name, "x")])[0]


def full(shape: Shape, depth: int = 0) -> Any:
    """Return a value with all members, down to some depth."""
    if shape.type_name == "structure":
        if depth > 4:
            return minimal(shape)
        return {name: full(member, depth + 1) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [full(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"HOME_NET": full(shape.value, depth + 1)}
    return minimal(shape)


def modelled_errors(operation: OperationModel) -> set[str]:
    return {error.name for error in operation.error_shapes}


@pytest.fixture(scope="module")
def client(emulator_process: Emulator) -> Any:
    emulator_process.control("POST", "reset")
    return emulator_process.client(SPOKE, "network-firewall")


@pytest.mark.parametrize("parameters", [minimal, full], ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", MODEL.operation_names)
def test_operation_answers_or_refuses_with_an_error_of_its_model(client: Any, name: str, parameters: Any) -> None:
    operation = MODEL.operation_model(name)
    method = getattr(client, botocore.xform_name(name))
    try:
        answer = method(**parameters(operation.input_shape))
    except ClientError as error:
        response = error.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400, response
        assert response["Error"]["Code"] in modelled_errors(operation), response
        assert response["Error"]["Message"]
    else:
        assert set(operation.output_shape.required_members) <= set(answer)


def test_parameters_are_checked_by_the_model(emulator: Emulator) -> None:
    """D: patterns and lengths of ResourceName, ResourceArn. U: that the code is InvalidRequestException."""
    firewalls = Firewalls(emulator)
    code, message = error_of(firewalls.nfw.describe_firewall, FirewallName="has_underscore")
    assert code == "InvalidRequestException"
    assert "Member must satisfy regular expression pattern: ^[a-zA-Z0-9-]+$" in message
    code, message = error_of(firewalls.group, rules="x" * 2_000_001)
    assert code == "InvalidRequestException"
    assert "Member must have length less than or equal to 2000000" in message
