# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloud DNS, called by google-api-python-client.

Sources: discovery document dns v1, https://cloud.google.com/dns/docs/reference/rest/v1, and error texts that users
paste: terraform-google-network#623, tetrate-service-bridge-sandbox#256, terraform-google-cloud-dns#31.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.psc.google_clients import Project, refusal

NAME = "matching.recruiting.internal."


def private(consumer: Project, name: str = "matching", **body: Any) -> dict[str, Any]:
    zone = {
        "name": name,
        "dnsName": NAME,
        "description": "",
        "visibility": "private",
        "privateVisibilityConfig": {"networks": [{"networkUrl": consumer.url("networks", "main")}]},
    }
    created: dict[str, Any] = consumer.dns.managedZones().create(project=consumer.id, body=zone | body).execute()
    return created


def records(consumer: Project, verb: str, **parameters: Any) -> Any:
    collection = consumer.dns.resourceRecordSets()
    return getattr(collection, verb)(project=consumer.id, managedZone="matching", **parameters).execute()


def add(consumer: Project, **record: Any) -> Any:
    return records(consumer, "create", body={"name": NAME, "type": "A", "ttl": 60, "rrdatas": ["10.0.0.9"]} | record)


def change(consumer: Project, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = (
        consumer.dns.changes().create(project=consumer.id, managedZone="matching", body=body).execute()
    )
    return made


def zones(consumer: Project) -> list[str]:
    answer = consumer.dns.managedZones().list(project=consumer.id).execute()
    return [zone["name"] for zone in answer["managedZones"]]


def test_private_zone(consumer: Project) -> None:
    zone = private(consumer)
    assert zone["kind"] == "dns#managedZone"
    assert zone["privateVisibilityConfig"]["networks"][0]["networkUrl"] == consumer.url("networks", "main")
    get = consumer.dns.managedZones().get
    assert get(project=consumer.id, managedZone="matching").execute() == zone
    assert get(project=consumer.id, managedZone=zone["id"]).execute() == zone
    kinds = {record["type"] for record in records(consumer, "list")["rrsets"]}
    assert kinds == {"NS", "SOA"}
    assert consumer.dns.managedZones().delete(project=consumer.id, managedZone="matching").execute() == ""
    assert zones(consumer) == []
    assert refusal(get(project=consumer.id, managedZone="matching").execute) == (
        404,
        "notFound",
        "The 'parameters.managedZone' resource named 'matching' does not exist.",
    )


def test_taken_name(consumer: Project) -> None:
    private(consumer)
    message = "The resource 'entity.managedZone' named 'matching' already exists"
    assert refusal(private, consumer, dnsName="other.example.") == (409, "alreadyExists", message)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"dnsName": "no-dot-at-the-end"}, (400, "invalid")),
        ({"name": "Upper"}, (400, "invalid")),
        ({"description": None}, (400, "required")),
        ({"visibility": "public"}, (400, "invalid")),
        ({"colour": "red"}, (400, "invalid")),
    ],
)
def test_refused_zones(consumer: Project, body: dict[str, Any], answer: tuple[int, str]) -> None:
    assert refusal(private, consumer, **body)[:2] == answer
    assert zones(consumer) == []


@pytest.mark.parametrize(
    ("network", "status"),
    [
        # "Forbidden" of a network that doesn't exist: terraform-google-cloud-dns#31.
        ("https://www.googleapis.com/compute/v1/projects/recruiting-a/global/networks/none", 403),
        # dns.networks.bindPrivateDNSZone is needed in the network's project.
        ("https://www.googleapis.com/compute/v1/projects/recruiting-c/global/networks/main", 403),
        # Only URLs are references: terraform-provider-google#8252.
        ("projects/recruiting-a/global/networks/main", 400),
    ],
)
def test_networks_that_a_zone_cannot_have(consumer: Project, network: str, status: int) -> None:
    config = {"networks": [{"networkUrl": network}]}
    answered, _, message = refusal(private, consumer, privateVisibilityConfig=config)
    assert answered == status
    assert status != 403 or message == "Forbidden"


def test_one_private_zone_of_a_name_for_a_network(consumer: Project) -> None:
    """https://cloud.google.com/dns/docs/overlapping-zones."""
    private(consumer)
    assert refusal(private, consumer, "second")[0] == 400
    private(consumer, "third", dnsName=f"below.{NAME}")


def test_patch_answers_an_operation(consumer: Project) -> None:
    private(consumer)
    patch = consumer.dns.managedZones().patch
    answer = patch(project=consumer.id, managedZone="matching", body={"description": "ours"}).execute()
    assert (answer["kind"], answer["type"]) == ("dns#operation", "update")
    assert answer["zoneContext"]["oldValue"]["description"] == ""
    assert answer["zoneContext"]["newValue"]["description"] == "ours"
    assert refusal(patch(project=consumer.id, managedZone="matching", body={"dnsName": "x.example."}).execute)[0] == 400


def test_records(consumer: Project) -> None:
    private(consumer)
    made = add(consumer)
    assert made == {
        "kind": "dns#resourceRecordSet",
        "name": NAME,
        "type": "A",
        "ttl": 60,
        "rrdatas": ["10.0.0.9"],
        "signatureRrdatas": [],
    }
    assert records(consumer, "list", name=NAME, type="A")["rrsets"] == [made]
    label = f"'{NAME} (A)'"
    assert refusal(add, consumer) == (409, "alreadyExists", f"The resource 'entity.rrset' named {label} already exists")
    changed = records(consumer, "patch", name=NAME, type="A", body={"rrdatas": ["10.0.0.10"]})
    assert changed == made | {"rrdatas": ["10.0.0.10"]}
    assert records(consumer, "get", name=NAME, type="A") == changed
    assert records(consumer, "delete", name=NAME, type="A") == {}
    assert refusal(records, consumer, "get", name=NAME, type="A")[:2] == (404, "notFound")
    assert refusal(records, consumer, "delete", name=NAME, type="SOA")[0] == 400


@pytest.mark.parametrize(
    "record",
    [{"rrdatas": ["10.0.0.300"]}, {"rrdatas": ["::1"]}, {"rrdatas": []}, {"name": "elsewhere.example."}, {"type": ""}],
)
def test_refused_records(consumer: Project, record: dict[str, Any]) -> None:
    private(consumer)
    assert refusal(add, consumer, **record)[0] == 400


def test_zone_with_records_is_not_deleted(consumer: Project) -> None:
    """Text recorded: tetrate-service-bridge-sandbox#256."""
    private(consumer)
    add(consumer)
    delete = consumer.dns.managedZones().delete(project=consumer.id, managedZone="matching")
    message = "The resource named 'matching' cannot be deleted because it contains one or more 'resource records'."
    assert refusal(delete.execute) == (400, "containerNotEmpty", message)


def test_change_is_all_or_nothing(emulator: Emulator, consumer: Project) -> None:
    """A replaced record: deleted as it is, and added, in one change, which is pending at first."""
    emulator.control("POST", "settings", {"transition": {"google-dns-change": 300}, "transition_call": 100})
    private(consumer)
    old = add(consumer)
    new = old | {"rrdatas": ["10.0.0.10"]}
    for body, answer in (
        ({"additions": [new]}, (409, "alreadyExists")),
        ({"deletions": [new], "additions": [new]}, (412, "conditionNotMet")),
        ({"deletions": [old, old | {"name": f"no.{NAME}"}]}, (404, "notFound")),
        ({}, (400, "required")),
    ):
        assert refusal(change, consumer, **body)[:2] == answer
        assert records(consumer, "get", name=NAME, type="A") == old
    made = change(consumer, deletions=[old], additions=[new])
    assert made["status"] == "pending"
    assert records(consumer, "get", name=NAME, type="A") == new
    get = consumer.dns.changes().get(project=consumer.id, managedZone="matching", changeId=made["id"])
    seen = [get.execute()["status"] for _ in range(4)]
    assert (seen[0], seen[-1]) == ("pending", "done")


def test_pages(consumer: Project) -> None:
    for number in range(3):
        private(consumer, f"zone-{number}", dnsName=f"zone-{number}.example.")
    zones_of = consumer.dns.managedZones()
    request, names = zones_of.list(project=consumer.id, maxResults=2), []
    while request is not None:
        answer = request.execute()
        assert len(answer["managedZones"]) <= 2
        names += [zone["name"] for zone in answer["managedZones"]]
        request = zones_of.list_next(request, answer)
    assert names == ["zone-0", "zone-1", "zone-2"]


def test_permissions(reader: Project, provider: Project) -> None:
    private(provider)
    assert zones(reader) == ["matching"]
    status, reason, message = refusal(private, reader, "second")
    assert (status, reason) == (403, "forbidden")
    assert "dns.managedZones.create" in message
    assert refusal(add, reader)[0] == 403
