# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""google-cloud-compute, Google's generated client with typed messages, as a second judge: it refuses unknown answers.

Its operations poll by themselves (ExtendedOperation.result), and its errors come from both shapes of Google's errors.
"""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import DEPLOYER_A, OPERATOR, PROVIDER, REGION, STRANGER
from tests.emulator.psc.google_clients import Project
from tests.emulator.psc.world import CONSUMER, attach, reserve

WHERE = {"project": PROVIDER, "region": REGION}
CONSUMERS = {"project": CONSUMER, "region": REGION}


@pytest.fixture
def typed(emulator: Emulator) -> Any:
    """Return typed(class, token=OPERATOR), a client of the emulator."""

    def create(kind: Any, token: str = OPERATOR) -> Any:
        at = {"credentials": Credentials(token), "client_options": {"api_endpoint": emulator.endpoint}}
        made = kind(**at)
        # Its own client of operations has the default host, whatever the endpoint.
        made.transport._extended_operations_services["region_operations"] = compute_v1.RegionOperationsClient(**at)
        return made

    return create


def rule(provider: Project, consumer: Project) -> compute_v1.ForwardingRule:
    return compute_v1.ForwardingRule(
        name="matching",
        I_p_address=consumer.path("addresses", "matching"),
        network=consumer.path("networks", "main"),
        target=provider.url("serviceAttachments", "matching-api"),
    )


def test_publish_connect_accept_and_withdraw(typed: Any, provider: Project, consumer: Project) -> None:
    attachments = typed(compute_v1.ServiceAttachmentsClient)
    rules = typed(compute_v1.ForwardingRulesClient, DEPLOYER_A)
    wanted = compute_v1.ServiceAttachment(
        name="matching-api",
        connection_preference="ACCEPT_MANUAL",
        target_service=provider.path("forwardingRules", "matching-api-ilb"),
        nat_subnets=[provider.path("subnetworks", "nat")],
        reconcile_connections=True,
    )
    attachments.insert(**WHERE, service_attachment_resource=wanted).result(timeout=30)
    reserve(consumer)
    rules.insert(**CONSUMERS, forwarding_rule_resource=rule(provider, consumer)).result(timeout=30)
    assert rules.get(**CONSUMERS, forwarding_rule="matching").psc_connection_status == "PENDING"

    published = attachments.get(**WHERE, service_attachment="matching-api")
    change = compute_v1.ServiceAttachment(
        name=published.name,
        enable_proxy_protocol=published.enable_proxy_protocol,
        fingerprint=published.fingerprint,
        consumer_accept_lists=[
            compute_v1.ServiceAttachmentConsumerProjectLimit(project_id_or_num=CONSUMER, connection_limit=1)
        ],
    )
    attachments.patch(**WHERE, service_attachment="matching-api", service_attachment_resource=change).result(timeout=30)
    published = attachments.get(**WHERE, service_attachment="matching-api")
    (endpoint,) = published.connected_endpoints
    seen = rules.get(**CONSUMERS, forwarding_rule="matching")
    assert (endpoint.status, seen.psc_connection_status) == ("ACCEPTED", "ACCEPTED")
    assert str(seen.psc_connection_id) == str(endpoint.psc_connection_id)
    assert published.psc_service_attachment_id.low > 2**32

    attachments.delete(**WHERE, service_attachment="matching-api").result(timeout=30)
    assert rules.get(**CONSUMERS, forwarding_rule="matching").psc_connection_status == "CLOSED"
    rules.delete(**CONSUMERS, forwarding_rule="matching").result(timeout=30)
    assert list(rules.list(**CONSUMERS)) == []


def test_lists_and_aggregated_lists(typed: Any, provider: Project) -> None:
    attach(provider)
    attachments = typed(compute_v1.ServiceAttachmentsClient)
    assert [one.name for one in attachments.list(**WHERE)] == ["matching-api"]
    scopes = dict(attachments.aggregated_list(project=PROVIDER))
    assert [one.name for one in scopes[f"regions/{REGION}"].service_attachments] == ["matching-api"]
    assert scopes["regions/europe-west3"].warning.code == "NO_RESULTS_ON_PAGE"
    assert scopes["regions/europe-west3"].service_attachments == []


def test_errors(typed: Any, provider: Project) -> None:
    attach(provider)
    attachments = typed(compute_v1.ServiceAttachmentsClient)
    with pytest.raises(exceptions.NotFound):
        attachments.get(**WHERE, service_attachment="none")
    stale = compute_v1.ServiceAttachment(name="matching-api", enable_proxy_protocol=False, fingerprint="UeweFQz0Xm4=")
    with pytest.raises(exceptions.PreconditionFailed):
        attachments.patch(**WHERE, service_attachment="matching-api", service_attachment_resource=stale)
    same = compute_v1.ServiceAttachment(
        name="matching-api",
        connection_preference="ACCEPT_MANUAL",
        target_service=provider.path("forwardingRules", "matching-api-ilb"),
        nat_subnets=[provider.path("subnetworks", "nat")],
    )
    with pytest.raises(exceptions.Conflict):
        attachments.insert(**WHERE, service_attachment_resource=same)
    with pytest.raises(exceptions.Forbidden):
        typed(compute_v1.ServiceAttachmentsClient, STRANGER).get(**WHERE, service_attachment="matching-api")


def test_error_of_an_operation(emulator: Emulator, typed: Any, provider: Project, consumer: Project) -> None:
    attach(provider)
    reserve(consumer)
    failed = {"service": "compute", "operation": "forwardingRules.insert:done", "action": "error"}
    emulator.control("POST", "faults", failed | {"code": "INTERNAL_ERROR", "message": "Internal error.", "times": 1})
    rules = typed(compute_v1.ForwardingRulesClient, DEPLOYER_A)
    with pytest.raises(exceptions.GoogleAPICallError, match=r"Internal error\."):
        rules.insert(**CONSUMERS, forwarding_rule_resource=rule(provider, consumer)).result(timeout=30)
    assert list(rules.list(**CONSUMERS)) == []
