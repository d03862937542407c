# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of service attachments, called by google-api-python-client.

Sources: the recordings gcpdiag-psc-forwarding-rules and magic-modules#5031, discovery document compute v1, Google's
pages configure-private-service-connect-services and manage-private-service-connect-services. No real answer with
PENDING, REJECTED or NEEDS_ATTENTION is public: they rest on these pages.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import lacking
from tests.emulator.psc.google_clients import Project, client, refusal
from tests.emulator.psc.world import accept, attach, connect, reserve, status, statuses

RULE = "forwardingRules"


@pytest.fixture(autouse=True)
def attachment(provider: Project) -> dict[str, Any]:
    return attach(provider, reconcileConnections=True)


def test_answer_has_the_recorded_fields(consumer: Project) -> None:
    """gcpdiag: all fields of a real endpoint, and none that it lacks; the status is what the page says of a new one."""
    endpoint = connect(consumer)
    recorded = {
        "IPAddress",
        "allowPscGlobalAccess",
        "attachedExtensions",
        "creationTimestamp",
        "fingerprint",
        "id",
        "kind",
        "labelFingerprint",
        "name",
        "network",
        "networkTier",
        "pscConnectionId",
        "pscConnectionStatus",
        "region",
        "selfLink",
        "selfLinkWithId",
        "serviceDirectoryRegistrations",
        "target",
    }
    assert endpoint.keys() == recorded
    assert endpoint["kind"] == "compute#forwardingRule"
    assert endpoint["IPAddress"] == consumer.get("addresses", "matching")["address"]
    assert endpoint["target"].endswith("/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api")
    assert endpoint["serviceDirectoryRegistrations"] == [{"namespace": "goog-psc-default"}]
    assert (endpoint["networkTier"], endpoint["allowPscGlobalAccess"]) == ("PREMIUM", False)
    assert endpoint["labelFingerprint"] == "42WmSpB8rSM="
    assert endpoint["selfLinkWithId"].endswith(f"/forwardingRules/{endpoint['id']}")
    assert endpoint["pscConnectionStatus"] == "PENDING"


def test_both_sides_show_the_same(provider: Project, consumer: Project) -> None:
    """The provider sees the endpoint's project without rights there; the consumer no list of the attachment."""
    endpoint = connect(consumer)
    (seen,) = provider.get("serviceAttachments", "matching-api")["connectedEndpoints"]
    assert seen == {
        "status": "PENDING",
        "pscConnectionId": endpoint["pscConnectionId"],
        "endpoint": endpoint["selfLink"],
        "endpointWithId": endpoint["selfLinkWithId"],
        "consumerNetwork": endpoint["network"],
    }
    theirs = Project(consumer.endpoint, provider.id, consumer.token)
    assert refusal(theirs.get, "serviceAttachments", "matching-api")[:2] == (403, "forbidden")


def test_operations(emulator: Emulator, provider: Project, consumer: Project) -> None:
    """Types recorded: magic-modules#5031. A state changes when the operation is DONE."""
    accept(provider, "recruiting-a")
    reserve(consumer)
    emulator.control("POST", "settings", {"transition": {"google-operation": 100}})
    body = {
        "name": "matching",
        "IPAddress": consumer.path("addresses", "matching"),
        "network": consumer.path("networks", "main"),
        "target": provider.url("serviceAttachments", "matching-api"),
    }
    operation = consumer.call(RULE, "insert", body=body)
    assert (operation["status"], operation["operationType"]) == ("RUNNING", "createRegionPscForwardingRule")
    assert operation["targetLink"] == consumer.url(RULE, "matching")
    assert statuses(provider) == []
    assert consumer.wait(operation)["status"] == "DONE"
    assert (statuses(provider), status(consumer)) == (["ACCEPTED"], "ACCEPTED")
    operation = consumer.call(RULE, "delete", forwardingRule="matching")
    assert operation["operationType"] == "deleteRegionPscForwardingRule"
    assert statuses(provider) == ["ACCEPTED"]
    consumer.wait(operation)
    assert statuses(provider) == []


def test_project_numbers_in_paths_and_references(provider: Project, consumer: Project) -> None:
    """A project's number stands for its id in each name."""
    accept(provider, "200000000001")
    reserve(consumer)
    by_number = Project(consumer.endpoint, "200000000001", consumer.token)
    connect(
        by_number,
        IPAddress=by_number.path("addresses", "matching"),
        target="projects/200000000002/regions/asia-northeast1/serviceAttachments/matching-api",
    )
    assert (statuses(provider), status(consumer)) == (["ACCEPTED"], "ACCEPTED")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "load balancing scheme": ({"loadBalancingScheme": "INTERNAL"}, "invalid"),
    "ports": ({"ports": ["443"]}, "invalid"),
    "missing attachment": (
        {"target": "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/none"},
        "notFound",
    ),
    "attachment of another region": (
        {"target": "projects/recruiting-b/regions/europe-west3/serviceAttachments/matching-api"},
        "invalid",
    ),
    "no address": ({"IPAddress": ""}, "required"),
    "address that isn't reserved": ({"IPAddress": "10.0.77.7"}, "invalid"),
    "missing address": (
        {"IPAddress": "projects/recruiting-a/regions/asia-northeast1/addresses/none"},
        "notFound",
    ),
    "no network": ({"network": ""}, "required"),
    "network of somebody else": ({"network": "projects/recruiting-c/global/networks/main"}, "forbidden"),
    "unknown field": ({"colour": "red"}, "invalid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_endpoints(provider: Project, consumer: Project, case: str) -> None:
    reserve(consumer)
    changes, reason = REFUSED[case]
    assert refusal(connect, consumer, **{"IPAddress": consumer.path("addresses", "matching")} | changes)[1] == reason
    assert statuses(provider) == []


def test_network_of_the_service(provider: Project) -> None:
    """An endpoint lies in another network than the service; in another network of the same project it may."""
    assert refusal(connect, provider)[:2] == (400, "invalid")
    provider.write("networks", "insert", body={"name": "second", "autoCreateSubnetworks": False})
    subnet = {"name": "second", "network": provider.path("networks", "second"), "ipCidrRange": "10.0.0.0/24"}
    provider.write("subnetworks", "insert", body=subnet)
    reserve(provider, "second", subnetwork=provider.path("subnetworks", "second"))
    connect(
        provider, "second", network=provider.path("networks", "second"), IPAddress=provider.path("addresses", "second")
    )
    assert statuses(provider) == ["PENDING"]


def test_address_of_an_endpoint(consumer: Project) -> None:
    """The answer has the number, whichever was given; an address in use serves no second rule and isn't deleted."""
    reserve(consumer)
    number = consumer.get("addresses", "matching")["address"]
    assert connect(consumer, "by-number", IPAddress=number)["IPAddress"] == number
    shown = consumer.get("addresses", "matching")
    assert (shown["status"], shown["users"]) == ("IN_USE", [consumer.url(RULE, "by-number")])
    status_code, _, message = refusal(connect, consumer, "second", IPAddress=consumer.path("addresses", "matching"))
    assert status_code == 400
    assert "Specified IP address is in-use and would result in a conflict." in message
    assert refusal(consumer.delete, "addresses", "matching")[1] == "resourceInUseByAnotherResource"
    consumer.delete(RULE, "by-number")
    assert consumer.get("addresses", "matching")["status"] == "RESERVED"


def test_only_global_access_can_change(provider: Project, consumer: Project) -> None:
    """Toggled at any time; the connection stays."""
    accept(provider, "recruiting-a")
    before = connect(consumer)
    consumer.patch(RULE, "matching", allowPscGlobalAccess=True, fingerprint=before["fingerprint"])
    after = consumer.get(RULE, "matching")
    assert after["allowPscGlobalAccess"] is True
    assert after["fingerprint"] != before["fingerprint"]
    assert (after["pscConnectionId"], after["pscConnectionStatus"]) == (before["pscConnectionId"], "ACCEPTED")
    stale = refusal(consumer.patch, RULE, "matching", allowPscGlobalAccess=False, fingerprint=before["fingerprint"])
    assert stale[:2] == (412, "conditionNotMet")
    for change in (
        {"description": "other"},
        {"target": provider.path("serviceAttachments", "other")},
        {"noAutomateDnsZone": True},
        {"labels": {"team": "a"}},
    ):
        assert refusal(consumer.patch, RULE, "matching", **change)[:2] == (400, "invalid")


def test_target_is_not_replaced(provider: Project, consumer: Project) -> None:
    """terraform-provider-google#19189: setTarget between attachments is refused."""
    connect(consumer)
    target = {"target": provider.url("serviceAttachments", "other")}
    assert refusal(consumer.call, RULE, "setTarget", forwardingRule="matching", body=target)[0] == 400


def test_labels(consumer: Project) -> None:
    endpoint = connect(consumer, labels={"team": "a"})
    assert endpoint["labels"] == {"team": "a"}
    body = {"labels": {"team": "b"}, "labelFingerprint": endpoint["labelFingerprint"]}
    consumer.write(RULE, "setLabels", resource="matching", body=body)
    assert consumer.get(RULE, "matching")["labels"] == {"team": "b"}
    assert refusal(consumer.call, RULE, "setLabels", resource="matching", body=body)[:2] == (412, "conditionNotMet")


def test_domain_name_makes_a_zone(provider: Project, consumer: Project, other: Project) -> None:
    """configure-private-service-connect-services, DNS: zone NAMESPACE--REGION, unless noAutomateDnsZone."""
    provider.delete("serviceAttachments", "matching-api")
    attach(provider, domainNames=["p.example.com."])
    connect(consumer)
    zone = (
        consumer.dns.managedZones().get(project=consumer.id, managedZone="goog-psc-default--asia-northeast1").execute()
    )
    assert (zone["dnsName"], zone["visibility"]) == ("p.example.com.", "private")
    assert zone["privateVisibilityConfig"]["networks"][0]["networkUrl"] == consumer.url("networks", "main")
    connect(other, noAutomateDnsZone=True)
    assert other.dns.managedZones().list(project=other.id).execute()["managedZones"] == []
    consumer.delete(RULE, "matching")
    assert consumer.dns.managedZones().list(project=consumer.id).execute()["managedZones"] == []


@pytest.mark.parametrize(
    "left_out",
    [
        "compute.forwardingRules.create",
        "compute.forwardingRules.pscCreate",
        "compute.addresses.use",
        "compute.networks.use",
        "servicedirectory.namespaces.create",
        "servicedirectory.services.create",
    ],
)
def test_permissions(emulator: Emulator, consumer: Project, left_out: str) -> None:
    """configure-private-service-connect-services, Roles; permissions of the consumer in the IAM reference."""
    reserve(consumer)
    custom = Project(emulator.endpoint, consumer.id, lacking(left_out))
    status_code, reason, message = refusal(connect, custom, IPAddress=consumer.path("addresses", "matching"))
    assert (status_code, reason) == (403, "forbidden")
    assert f"Required '{left_out}' permission for" in message
    everything = Project(emulator.endpoint, consumer.id, lacking("nothing"))
    connect(everything, IPAddress=consumer.path("addresses", "matching"))


def test_deleting_needs_permissions_of_its_own(emulator: Emulator, consumer: Project) -> None:
    connect(consumer)
    custom = Project(emulator.endpoint, consumer.id, lacking("compute.forwardingRules.pscDelete"))
    assert "'compute.forwardingRules.pscDelete'" in refusal(custom.delete, RULE, "matching")[2]


def test_changing_needs_permissions_of_its_own(emulator: Emulator, consumer: Project) -> None:
    connect(consumer)
    custom = Project(emulator.endpoint, consumer.id, lacking("compute.forwardingRules.pscUpdate"))
    refused = refusal(custom.patch, RULE, "matching", allowPscGlobalAccess=True)
    assert "'compute.forwardingRules.pscUpdate'" in refused[2]


def test_who_knows_the_name_can_apply(emulator: Emulator, provider: Project, consumer: Project) -> None:
    """No permission in the provider's project is needed; the provider decides."""
    connect(consumer)
    assert statuses(provider) == ["PENDING"]
    projects = client(emulator.endpoint, "cloudresourcemanager", consumer.token).projects()
    assert refusal(projects.get(name=f"projects/{provider.id}").execute)[0] == 403


def test_same_request_id_creates_one_endpoint(provider: Project, consumer: Project) -> None:
    """Discovery document, requestId: the server ignores the second request."""
    reserve(consumer)
    body = {
        "name": "matching",
        "IPAddress": consumer.path("addresses", "matching"),
        "network": consumer.path("networks", "main"),
        "target": provider.path("serviceAttachments", "matching-api"),
    }
    request_id = "b8ba9a1f-5a3c-4d5a-8e3c-0a0f5b1c2d3e"
    first = consumer.wait(consumer.call(RULE, "insert", body=body, requestId=request_id))
    again = consumer.wait(consumer.call(RULE, "insert", body=body, requestId=request_id))
    assert first["name"] == again["name"]
    assert statuses(provider) == ["PENDING"]
    assert refusal(consumer.call, RULE, "insert", body=body)[:2] == (409, "alreadyExists")
