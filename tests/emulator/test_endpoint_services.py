# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's side of PrivateLink. V: seen on AWS; D: documented; P: what terraform-provider-aws relies on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.endpoint_services import Link, linked


@pytest.fixture
def link(emulator: Emulator) -> Link:
    return linked(emulator)


def configuration(link: Link) -> dict[str, Any]:
    answer = link.provider.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[link.service_id])
    return answer["ServiceConfigurations"][0]


def test_an_applicant_is_accepted_and_becomes_available(link: Link) -> None:
    """D accept-reject-endpoint-requests.html; states P wait.go"""
    link.permit_consumer()
    endpoint = link.apply()
    assert endpoint["State"] == "pendingAcceptance"
    assert [connection["VpcEndpointState"] for connection in link.connections()] == ["pendingAcceptance"]
    assert link.accept(endpoint["VpcEndpointId"]) == []
    assert link.endpoint(endpoint["VpcEndpointId"])["State"] == "available"
    assert link.connections()[0]["VpcEndpointState"] == "available"
