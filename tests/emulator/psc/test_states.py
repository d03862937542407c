# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States of a connection, which both sides show; called by google-api-python-client.

Sources: discovery document compute v1 and Google's pages manage-private-service-connect-services and
about-vpc-hosted-services; tests/emulator/psc/test_connections.py has the whole table. No real answer with
PENDING, REJECTED or NEEDS_ATTENTION is public: they rest on these pages.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.psc.google_clients import Project, failure, refusal
from tests.emulator.psc.world import accept, attach, connect, reserve, status, statuses

RULE = "forwardingRules"


@pytest.fixture(autouse=True)
def attachment(provider: Project) -> dict[str, Any]:
    return attach(provider, reconcileConnections=True)


def test_life_of_a_connection(provider: Project, consumer: Project) -> None:
    """manage-private-service-connect-services, with connection reconciliation: the same endpoint all along."""
    number = connect(consumer)["pscConnectionId"]
    assert (statuses(provider), status(consumer)) == (["PENDING"], "PENDING")
    for changes, expected in (
        ({"consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}]}, "ACCEPTED"),
        ({"consumerAcceptLists": []}, "PENDING"),
        ({"consumerRejectLists": ["recruiting-a"]}, "REJECTED"),
        ({"consumerRejectLists": ["200000000001"]}, "REJECTED"),
        (
            {
                "consumerRejectLists": [],
                "consumerAcceptLists": [{"projectIdOrNum": "200000000001", "connectionLimit": 1}],
            },
            "ACCEPTED",
        ),
        ({"consumerAcceptLists": [{"projectIdOrNum": "recruiting-c", "connectionLimit": 1}]}, "PENDING"),
        ({"connectionPreference": "ACCEPT_AUTOMATIC", "consumerAcceptLists": []}, "ACCEPTED"),
        ({"connectionPreference": "ACCEPT_MANUAL"}, "PENDING"),
    ):
        accept(provider, **changes)
        assert (statuses(provider), status(consumer)) == ([expected], expected), changes
    assert consumer.get(RULE, "matching")["pscConnectionId"] == number


def test_change_takes_effect_when_its_operation_is_done(
    emulator: Emulator, provider: Project, consumer: Project
) -> None:
    """A second change is refused meanwhile; text and reason are not verified."""
    connect(consumer)
    published = provider.get("serviceAttachments", "matching-api")
    body = {
        "name": "matching-api",
        "enableProxyProtocol": False,
        "fingerprint": published["fingerprint"],
        "consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}],
    }
    emulator.control("POST", "settings", {"transition": {"google-operation": 100}})
    operation = provider.call("serviceAttachments", "patch", serviceAttachment="matching-api", body=body)
    assert (statuses(provider), status(consumer)) == (["PENDING"], "PENDING")
    second = refusal(provider.call, "serviceAttachments", "patch", serviceAttachment="matching-api", body=body)
    assert second[:2] == (400, "resourceNotReady")
    provider.wait(operation)
    assert (statuses(provider), status(consumer)) == (["ACCEPTED"], "ACCEPTED")


def test_without_reconciliation_accepted_endpoints_stay(provider: Project, consumer: Project) -> None:
    """Discovery document: reconcileConnections false touches PENDING endpoints only; true touches all."""
    connect(consumer)
    accept(provider, "recruiting-a", reconcileConnections=False)
    assert status(consumer) == "ACCEPTED"
    accept(provider, reconcileConnections=False, consumerRejectLists=["recruiting-a"])
    assert status(consumer) == "ACCEPTED"
    accept(provider, reconcileConnections=True)
    assert (statuses(provider), status(consumer)) == (["REJECTED"], "REJECTED")
    accept(provider, "recruiting-a", reconcileConnections=False, consumerRejectLists=[])
    assert status(consumer) == "REJECTED"


def test_limit(provider: Project, consumer: Project, other: Project) -> None:
    accept(provider, "recruiting-a", "recruiting-c", limit=1)
    for name in ("first", "second"):
        connect(consumer, name)
    connect(other)
    assert statuses(provider) == ["ACCEPTED", "PENDING", "ACCEPTED"]
    accept(provider, "recruiting-a", "recruiting-c", limit=2)
    assert statuses(provider) == ["ACCEPTED"] * 3
    accept(provider, "recruiting-a", "recruiting-c", limit=1)
    assert statuses(provider) == ["ACCEPTED"] * 3


def test_exhausted_nat_subnet(provider: Project, consumer: Project) -> None:
    """A /29 has 4 usable addresses; a second subnet serves the fifth endpoint, without another change."""
    accept(provider, "recruiting-a", limit=9)
    for number in range(5):
        connect(consumer, f"matching-{number}")
    assert statuses(provider) == ["ACCEPTED"] * 4 + ["NEEDS_ATTENTION"]
    assert status(consumer, "matching-4") == "NEEDS_ATTENTION"
    subnet = {
        "name": "nat-2",
        "network": provider.path("networks", "main"),
        "ipCidrRange": "192.168.0.8/29",
        "purpose": "PRIVATE_SERVICE_CONNECT",
    }
    provider.write("subnetworks", "insert", body=subnet)
    both = [provider.path("subnetworks", name) for name in ("nat", "nat-2")]
    accept(provider, "recruiting-a", limit=9, natSubnets=both)
    assert statuses(provider) == ["ACCEPTED"] * 5


def test_grown_nat_subnet(provider: Project, consumer: Project) -> None:
    """An expanded range has addresses for the endpoints that lacked one."""
    accept(provider, "recruiting-a", limit=9)
    for number in range(5):
        connect(consumer, f"matching-{number}")
    assert statuses(provider)[-1] == "NEEDS_ATTENTION"
    body = {"ipCidrRange": "192.168.0.0/28"}
    provider.write("subnetworks", "expandIpCidrRange", subnetwork="nat", body=body)
    assert statuses(provider) == ["ACCEPTED"] * 5


def test_lists_of_networks_and_of_endpoints(provider: Project, consumer: Project, other: Project) -> None:
    """Both lists may name networks, or endpoints by their URL with the id: manage-private-service-connect-services."""
    mine, theirs = connect(consumer), connect(other)
    networks = [{"networkUrl": theirs["network"], "connectionLimit": 1}]
    accept(provider, consumerAcceptLists=networks)
    assert statuses(provider) == ["PENDING", "ACCEPTED"]
    endpoints = [{"endpointUrl": mine["selfLinkWithId"], "connectionLimit": 1}]
    accept(provider, consumerAcceptLists=endpoints)
    assert statuses(provider) == ["ACCEPTED", "PENDING"]
    accept(provider, consumerAcceptLists=endpoints, consumerRejectLists=[theirs["selfLinkWithId"]])
    assert statuses(provider) == ["ACCEPTED", "REJECTED"]
    (shown,) = provider.get("serviceAttachments", "matching-api")["consumerAcceptLists"]
    assert shown["endpointUrl"] == mine["selfLinkWithId"]
    # A listed endpoint and a listed network can be deleted: the lists only name them.
    consumer.delete(RULE, "matching")
    assert statuses(provider) == ["REJECTED"]


def test_quota_counts_pending_endpoints(provider: Project, consumer: Project) -> None:
    """PENDING and REJECTED endpoints count until the consumer deletes them: quota page, per network."""
    for number in range(8):
        connect(consumer, f"matching-{number}")
    reserve(consumer, "one-more")
    body = {
        "name": "one-more",
        "IPAddress": consumer.path("addresses", "one-more"),
        "network": consumer.path("networks", "main"),
        "target": provider.path("serviceAttachments", "matching-api"),
    }
    assert failure(consumer, consumer.call(RULE, "insert", body=body))[0] == "QUOTA_EXCEEDED"
    assert refusal(consumer.get, RULE, "one-more")[0] == 404
    consumer.delete(RULE, "matching-0")
    consumer.write(RULE, "insert", body=body)


def test_closed_is_terminal(provider: Project, consumer: Project) -> None:
    """An attachment can be deleted while connected; a new one of that name doesn't know the old endpoint."""
    accept(provider, "recruiting-a")
    connect(consumer)
    provider.delete("serviceAttachments", "matching-api")
    assert status(consumer) == "CLOSED"
    attach(provider, connectionPreference="ACCEPT_AUTOMATIC")
    assert (statuses(provider), status(consumer)) == ([], "CLOSED")
    consumer.delete(RULE, "matching")
    consumer.delete("addresses", "matching")
    assert connect(consumer)["pscConnectionStatus"] == "ACCEPTED"


def test_attachment_deleted_while_the_endpoint_is_created(
    emulator: Emulator, provider: Project, consumer: Project
) -> None:
    reserve(consumer)
    emulator.control("POST", "settings", {"transition": {"google-operation": 100}})
    deletion = provider.call("serviceAttachments", "delete", serviceAttachment="matching-api")
    body = {
        "name": "matching",
        "IPAddress": consumer.path("addresses", "matching"),
        "network": consumer.path("networks", "main"),
        "target": provider.path("serviceAttachments", "matching-api"),
    }
    assert refusal(consumer.call, RULE, "insert", body=body)[1] == "resourceNotReady"
    provider.wait(deletion)
    assert refusal(consumer.call, RULE, "insert", body=body)[:2] == (404, "notFound")
