# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service attachments, called by google-api-python-client.

Sources: discovery document compute v1 (ServiceAttachment), the recordings magic-modules#5031 and errors-from-users, and
Google's page configure-private-service-connect-producer. Texts without a source are not compared.
"""

from __future__ import annotations

from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import OPERATOR
from tests.emulator.psc.google_clients import Project, client, refusal
from tests.emulator.psc.world import attach, connect


@pytest.fixture
def attachment(provider: Project) -> dict[str, Any]:
    return attach(provider)


def patch(provider: Project, attachment: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Patch with what Terraform's provider always sends, too."""
    current = provider.get("serviceAttachments", attachment["name"])
    body = {
        "name": current["name"],
        "enableProxyProtocol": current["enableProxyProtocol"],
        "fingerprint": current["fingerprint"],
    } | changes
    body = {key: value for key, value in body.items() if value != "left out"}
    provider.patch("serviceAttachments", attachment["name"], **body)
    return provider.get("serviceAttachments", attachment["name"])


def test_answer_has_the_recorded_fields(provider: Project, attachment: dict[str, Any]) -> None:
    """magic-modules#5031; fields that came later: discovery document."""
    assert attachment["kind"] == "compute#serviceAttachment"
    assert attachment["targetService"] == provider.url("forwardingRules", "matching-api-ilb")
    assert attachment["producerForwardingRule"] == attachment["targetService"]
    assert attachment["natSubnets"] == [provider.url("subnetworks", "nat")]
    assert attachment["region"].endswith("/projects/recruiting-b/regions/asia-northeast1")
    assert all(half.isdigit() for half in attachment["pscServiceAttachmentId"].values())
    assert attachment["reconcileConnections"] is False
    assert attachment["fingerprint"]
    assert "connectedEndpoints" not in attachment


def test_operation(emulator: Emulator, provider: Project) -> None:
    emulator.control("POST", "settings", {"transition": {"google-operation": 100}})
    body = {
        "name": "matching-api",
        "connectionPreference": "ACCEPT_MANUAL",
        "targetService": provider.path("forwardingRules", "matching-api-ilb"),
        "natSubnets": [provider.path("subnetworks", "nat")],
    }
    operation = provider.call("serviceAttachments", "insert", body=body)
    assert (operation["status"], operation["operationType"]) == ("RUNNING", "insert")
    assert operation["targetLink"] == provider.url("serviceAttachments", "matching-api")
    assert refusal(provider.get, "serviceAttachments", "matching-api")[0] == 404
    assert provider.wait(operation)["status"] == "DONE"
    assert provider.get("serviceAttachments", "matching-api")["name"] == "matching-api"


def test_deleted_attachment_is_not_found(provider: Project, attachment: dict[str, Any]) -> None:
    provider.delete("serviceAttachments", "matching-api")
    path = provider.path("serviceAttachments", "matching-api")
    assert refusal(provider.get, "serviceAttachments", "matching-api") == (
        404,
        "notFound",
        f"The resource '{path}' was not found",
    )


def test_missing_target(provider: Project) -> None:
    """pulumi-gcp#840: also if the reference names another kind, the missing one is a forwarding rule."""
    target = "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/none"
    missing = provider.path("forwardingRules", "none")
    assert refusal(attach, provider, targetService=target) == (
        404,
        "notFound",
        f"The resource '{missing}' was not found",
    )


@pytest.mark.parametrize("region", ["europe-west3", "asia-northeast2"])
def test_target_of_another_region(provider: Project, region: str) -> None:
    elsewhere = Project(provider.endpoint, provider.id, provider.token, region)
    target = provider.path("forwardingRules", "matching-api-ilb")
    assert refusal(attach, elsewhere, targetService=target)[:2] == (400, "invalid")


@pytest.mark.parametrize("subnets", [["apps"], ["nat", "nat"], ["nat-elsewhere"]])
def test_nat_subnets_that_do_not_fit(provider: Project, subnets: list[str]) -> None:
    """Purpose PRIVATE_SERVICE_CONNECT, each once, in the service's network: about-vpc-hosted-services."""
    provider.write("networks", "insert", body={"name": "elsewhere", "autoCreateSubnetworks": False})
    provider.write(
        "subnetworks",
        "insert",
        body={
            "name": "nat-elsewhere",
            "network": provider.path("networks", "elsewhere"),
            "ipCidrRange": "192.168.9.0/29",
            "purpose": "PRIVATE_SERVICE_CONNECT",
        },
    )
    paths = [provider.path("subnetworks", name) for name in subnets]
    assert refusal(attach, provider, natSubnets=paths)[:2] == (400, "invalid")


def test_nat_subnet_serves_one_attachment(provider: Project, attachment: dict[str, Any]) -> None:
    """about-vpc-hosted-services: "a NAT subnet cannot be used in more than one service attachment"."""
    assert refusal(attach, provider, "second")[:2] == (400, "invalid")
    provider.delete("serviceAttachments", "matching-api")
    attach(provider, "second")


@pytest.mark.parametrize(
    ("collection", "name"), [("subnetworks", "nat"), ("forwardingRules", "matching-api-ilb"), ("networks", "main")]
)
def test_used_resources_are_not_deleted(
    provider: Project, attachment: dict[str, Any], collection: str, name: str
) -> None:
    """Code recorded: kcc-operation-failed-network-in-use."""
    with pytest.raises((HttpError, AssertionError), match="(?i)in_?use_?by_?another_?resource"):
        provider.delete(collection, name)
    assert provider.get(collection, name)["name"] == name


def test_patch_needs_fingerprint_name_and_proxy_protocol(provider: Project, attachment: dict[str, Any]) -> None:
    """Discovery document: 412 conditionNotMet; Terraform's provider: b/198329756, b/198308475."""
    lists = {"consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}]}
    for fingerprint in ("left out", "UeweFQz0Xm4="):
        assert refusal(patch, provider, attachment, **lists, fingerprint=fingerprint)[:2] == (412, "conditionNotMet")
    assert refusal(patch, provider, attachment, **lists, name="left out")[:2] == (400, "invalid")
    assert refusal(patch, provider, attachment, **lists, enableProxyProtocol="left out")[:2] == (400, "invalid")
    assert "consumerAcceptLists" not in provider.get("serviceAttachments", "matching-api")
    assert patch(provider, attachment, **lists)["consumerAcceptLists"] == lists["consumerAcceptLists"]


def test_lists_are_replaced_whole_and_emptied(provider: Project, attachment: dict[str, Any]) -> None:
    """RFC 7396: lists are replaced; [] empties. null against "" in Terraform: #26612."""
    two = [{"projectIdOrNum": name, "connectionLimit": 1} for name in ("recruiting-a", "recruiting-c")]
    changed = patch(provider, attachment, consumerAcceptLists=two, reconcileConnections=True)
    assert changed["consumerAcceptLists"] == two
    assert changed["fingerprint"] != attachment["fingerprint"]
    changed = patch(provider, attachment, consumerRejectLists=["recruiting-c"], consumerAcceptLists=two[:1])
    assert (changed["consumerAcceptLists"], changed["consumerRejectLists"]) == (two[:1], ["recruiting-c"])
    changed = patch(provider, attachment, consumerRejectLists=[], consumerAcceptLists=[])
    assert not {"consumerAcceptLists", "consumerRejectLists"} & changed.keys()
    assert changed["reconcileConnections"] is True


def test_automatic_with_lists(provider: Project, attachment: dict[str, Any]) -> None:
    """Text recorded: terraform-provider-google#17153. Both lists must be emptied in the same patch."""
    patch(provider, attachment, consumerRejectLists=["recruiting-a"])
    assert refusal(patch, provider, attachment, connectionPreference="ACCEPT_AUTOMATIC") == (
        400,
        "invalid",
        "Invalid value for field 'resource.connectionPreference': 'ACCEPT_AUTOMATIC'. Incorrect combination of "
        "connection preference with accept and/or reject list",
    )
    changed = patch(provider, attachment, connectionPreference="ACCEPT_AUTOMATIC", consumerRejectLists=[])
    assert changed["connectionPreference"] == "ACCEPT_AUTOMATIC"


NETWORK = "projects/recruiting-c/global/networks/main"


@pytest.mark.parametrize(
    "lists",
    [
        {
            "consumerAcceptLists": [
                {"projectIdOrNum": "recruiting-a", "connectionLimit": 1},
                {"networkUrl": NETWORK, "connectionLimit": 1},
            ]
        },
        {
            "consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}],
            "consumerRejectLists": [NETWORK],
        },
        {"consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "networkUrl": NETWORK, "connectionLimit": 1}]},
        {"consumerAcceptLists": [{"connectionLimit": 1}]},
        {"consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 0}]},
        {"consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}] * 2},
        {"consumerRejectLists": ["recruiting-a"] * 2},
        {"natIpsPerEndpoint": 3},
        {"domainNames": ["p.example.org."]},
    ],
)
def test_refused_patches(provider: Project, attachment: dict[str, Any], lists: dict[str, Any]) -> None:
    """One type in both lists, each entry once, one or two addresses, domain names only at insert."""
    assert refusal(patch, provider, attachment, **lists)[:2] == (400, "invalid")


@pytest.mark.parametrize("name", ["no-such-project", "recruiting-closed", "999999999999"])
def test_project_that_is_not_there(provider: Project, attachment: dict[str, Any], name: str) -> None:
    """configure-private-service-connect-producer, Troubleshooting: "The resource PROJECT was not found"."""
    message = f"The resource 'projects/{name}' was not found"
    lists = {"consumerAcceptLists": [{"projectIdOrNum": name, "connectionLimit": 1}]}
    assert refusal(patch, provider, attachment, **lists) == (404, "notFound", message)
    assert refusal(patch, provider, attachment, consumerRejectLists=[name]) == (404, "notFound", message)
    provider.delete("serviceAttachments", "matching-api")
    assert refusal(attach, provider, **lists)[2] == message


def test_each_patch_fails_while_a_list_has_a_deleted_project(provider: Project, attachment: dict[str, Any]) -> None:
    """configure-private-service-connect-producer, Troubleshooting: until it is taken off the list."""
    patch(provider, attachment, consumerAcceptLists=[{"projectIdOrNum": "recruiting-c", "connectionLimit": 1}])
    client(provider.endpoint, "cloudresourcemanager", OPERATOR).projects().delete(
        name="projects/recruiting-c"
    ).execute()
    message = "The resource 'projects/recruiting-c' was not found"
    assert refusal(patch, provider, attachment, description="changed") == (404, "notFound", message)
    assert patch(provider, attachment, consumerAcceptLists=[], description="changed")["description"] == "changed"


def test_lists_take_numbers_and_networks(provider: Project, attachment: dict[str, Any]) -> None:
    """Whether Google reads back an id or a number is not known: here as given."""
    number = [{"projectIdOrNum": "200000000001", "connectionLimit": 2}]
    assert patch(provider, attachment, consumerAcceptLists=number)["consumerAcceptLists"] == number
    networks = [{"networkUrl": NETWORK, "connectionLimit": 2}]
    shown = patch(provider, attachment, consumerAcceptLists=networks)["consumerAcceptLists"]
    assert shown[0]["networkUrl"] == f"https://www.googleapis.com/compute/v1/{NETWORK}"


def test_at_most_64_are_rejected(provider: Project, attachment: dict[str, Any]) -> None:
    networks = [f"projects/recruiting-a/global/networks/network-{number}" for number in range(65)]
    assert refusal(patch, provider, attachment, consumerRejectLists=networks)[:2] == (400, "invalid")
    assert len(patch(provider, attachment, consumerRejectLists=networks[:64])["consumerRejectLists"]) == 64


def test_addresses_per_endpoint_only_grow(provider: Project, attachment: dict[str, Any]) -> None:
    assert patch(provider, attachment, natIpsPerEndpoint=2)["natIpsPerEndpoint"] == 2
    assert refusal(patch, provider, attachment, natIpsPerEndpoint=1)[:2] == (400, "invalid")


def test_domain_name_needs_verified_ownership(provider: Project, stranger: Project) -> None:
    """Text recorded: terraform-provider-google#14626."""
    text = (
        "Invalid value for field 'resource.domainNames': ''. Please verify ownership of the PTR domain. See more "
        "information at https://cloud.google.com/compute/docs/instances/create-ptr-record#domain_ownership."
    )
    assert refusal(attach, provider, domainNames=["api.notmine.example."]) == (400, "invalid", text)
    assert refusal(attach, provider, domainNames=["notexample.com."])[2] == text
    assert attach(provider, domainNames=["p.example.com."])["domainNames"] == ["p.example.com."]


def test_target_is_replaced_in_place(provider: Project, consumer: Project, attachment: dict[str, Any]) -> None:
    """Release notes of 2026-03: connections stay."""
    patch(provider, attachment, connectionPreference="ACCEPT_AUTOMATIC")
    connect(consumer)
    rule = provider.get("forwardingRules", "matching-api-ilb")
    body = {
        "name": "second-ilb",
        "loadBalancingScheme": "INTERNAL",
        "backendService": rule["backendService"],
        "network": rule["network"],
        "subnetwork": rule["subnetwork"],
        "ports": ["443"],
    }
    provider.write("forwardingRules", "insert", body=body)
    changed = patch(provider, attachment, targetService=provider.path("forwardingRules", "second-ilb"))
    assert changed["targetService"] == provider.url("forwardingRules", "second-ilb")
    assert changed["producerForwardingRule"] == changed["targetService"]
    assert changed["connectedEndpoints"][0]["status"] == "ACCEPTED"


def test_aggregated(provider: Project, attachment: dict[str, Any]) -> None:
    """An empty scope has a warning: recorded, gcpdiag."""
    scopes = provider.call("serviceAttachments", "aggregatedList")["items"]
    assert [one["name"] for one in scopes["regions/asia-northeast1"]["serviceAttachments"]] == ["matching-api"]
    assert scopes["regions/europe-west3"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"


def test_permissions(reader: Project, provider: Project, attachment: dict[str, Any]) -> None:
    assert reader.get("serviceAttachments", "matching-api") == attachment
    for verb, arguments in (("delete", {}), ("patch", {"body": {"name": "matching-api"}})):
        status, reason, message = refusal(
            reader.call, "serviceAttachments", verb, serviceAttachment="matching-api", **arguments
        )
        assert (status, reason) == (403, "forbidden")
        needed = {"delete": "compute.serviceAttachments.delete", "patch": "compute.serviceAttachments.update"}[verb]
        assert f"Required '{needed}' permission for" in message
