# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of Private Service Connect, seen from both sides: a provider, its consumers, and who isn't one.

All networks are 10.0.0.0/16. What PENDING and REJECTED endpoints do rests on Google's documentation: "Manage published
services" and "About published services"; no public recording shows one.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract import google
from tests.contract.google import BALANCER, CONSUMER, CONSUMER_2, NETWORK, PROVIDER, REGION, STRANGER, SUBNETWORK
from tests.contract.psc_endpoint_cases import NAME, SERVICE, attach, decide, in_region, network, publish
from tests.contract.psc_service_cases import ACCEPTED, apply
from tests.contract.world import World, differences

YESTERDAY = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).date().isoformat()
EXPIRED = ACCEPTED | {"expires": YESTERDAY}
SECOND = ACCEPTED | {"project_id": CONSUMER_2}
PLAIN = {"name": "matching-api", "forwarding_rule": BALANCER, "nat_cidrs": ["192.168.0.0/28"]}
ENDPOINT = {"name": "matching", "service": SERVICE, "subnetwork": SUBNETWORK, "dns_name": NAME}
RULE = in_region(CONSUMER, "forwardingRules/matching")


def provide(world: World, *consumers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return world.run("psc_service", PROVIDER, {**PLAIN, "consumers": list(consumers), **more})


def connect(world: World, project: str = CONSUMER, **more: Any) -> dict[str, Any]:
    """Run the consumer's module and return its result."""
    return world.run("psc_endpoint", project, endpoint_options(**more))


def endpoint_options(**more: Any) -> dict[str, Any]:
    return {key: value for key, value in (ENDPOINT | more).items() if value is not None}


def refused(world: World, project: str = CONSUMER, **more: Any) -> str:
    """Return the failure of the consumer's module; nothing was written, in check mode neither."""
    text = str(world.failure("psc_endpoint", project, endpoint_options(**more)))
    assert "Nothing was written" in text or "nothing was read or written" in text, text
    assert world.writes == []
    return text


def addresses(result: dict[str, Any]) -> list[str]:
    return [step["address"] for step in result["plan"]]


def status(world: World, project: str = CONSUMER, name: str = "matching") -> str:
    return world.project(project).regional("GET", f"forwardingRules/{name}")["pscConnectionStatus"]


@pytest.fixture
def connected(world: World) -> str:
    """Id of the connection of an accepted endpoint."""
    provide(world, ACCEPTED)
    result = connect(world)
    assert result["status"] == "ACCEPTED"
    return result["connection_id"]


# ---- the ledger --------------------------------------------------------------------------------------------------


def test_apply_approve_expire_reject_and_withdraw(world: World) -> None:
    """The whole life of a connection, with a second run of each side that changes nothing after each turn."""

    def quiet(*consumers: dict[str, Any], **more: Any) -> None:
        assert not connect(world)["changed"] and world.writes == []
        assert not provide(world, *consumers, **more)["changed"] and world.writes == []

    provide(world)
    applied = connect(world)
    assert (applied["status"], applied["dns_name"]) == ("PENDING", NAME)
    again = connect(world)
    assert "is PENDING: the provider has to put project recruiting-a among" in again["findings"][0]
    quiet()

    (step,) = provide(world, ACCEPTED)["plan"]
    assert step["after"]["effect"] == [f"{CONSUMER}: PENDING -> ACCEPTED, its traffic begins"]
    answered = connect(world)
    assert (answered["status"], answered["findings"], answered["changed"]) == ("ACCEPTED", [], False)
    assert answered["connection_id"] == applied["connection_id"]
    quiet(ACCEPTED)

    (step,) = provide(world, EXPIRED)["plan"]
    assert step["after"]["effect"] == [f"{CONSUMER}: ACCEPTED -> PENDING, its traffic stops"]
    assert status(world) == "PENDING"
    quiet(EXPIRED)

    (step,) = provide(world, undeclared="reject")["plan"]
    assert step["after"]["effect"] == [f"{CONSUMER}: PENDING -> REJECTED"]
    assert "is REJECTED: the provider's reject list" in connect(world)["findings"][0]
    quiet(undeclared="reject")

    # Unlike on AWS, the same endpoint can be accepted again.
    provide(world, ACCEPTED, undeclared="reject")
    assert connect(world)["connection_id"] == applied["connection_id"] and status(world) == "ACCEPTED"
    quiet(ACCEPTED, undeclared="reject")

    provide(world, ACCEPTED, state="absent", allow_disconnect=True)
    assert status(world) == "CLOSED"
    assert provide(world, ACCEPTED, state="absent")["changed"] is False


def test_a_project_that_is_no_longer_declared_keeps_its_connection_until_that_is_confirmed(
    world: World, connected: str
) -> None:
    text = str(world.failure("psc_service", PROVIDER, {**PLAIN, "consumers": []}))
    assert f"-e confirm_removals=matching-api/{CONSUMER}." in text and world.writes == []
    assert status(world) == "ACCEPTED"
    provide(world, confirm_removals=[f"matching-api/{CONSUMER}"])
    assert status(world) == "PENDING"


def test_the_info_module_tells_the_ledgers_verdicts(world: World, connected: str) -> None:
    for project in (CONSUMER_2, STRANGER):
        apply(world, project)
    options = {"name": "matching-api", "consumers": [ACCEPTED, SECOND | {"expires": YESTERDAY}], "undeclared": "reject"}
    found = world.run("psc_service_info", PROVIDER, options)["connections"]
    assert [(one["project"], one["status"], one["verdict"]) for one in found] == [
        (CONSUMER, "ACCEPTED", "accepted"),
        (CONSUMER_2, "PENDING", "expired"),
        (STRANGER, "PENDING", "unknown"),
    ]
    assert found[0]["connection_id"] == connected


def test_one_endpoint_more_than_the_limit_waits(world: World, connected: str) -> None:
    provide(world, ACCEPTED | {"connection_limit": 1})
    assert status(world) == "ACCEPTED"
    apply(world, CONSUMER)
    assert status(world, name="by-hand") == "PENDING"
    (finding,) = provide(world, ACCEPTED | {"connection_limit": 1})["findings"]
    assert "over the project's connection_limit 1" in finding
    provide(world, ACCEPTED)
    assert status(world, name="by-hand") == "ACCEPTED"
    # "Existing connections aren't affected" by a lower limit.
    provide(world, ACCEPTED | {"connection_limit": 1})
    assert status(world) == status(world, name="by-hand") == "ACCEPTED"


# ---- isolation ---------------------------------------------------------------------------------------------------


def test_who_knows_the_uri_applies_and_gets_nothing(world: World, connected: str) -> None:
    assert connect(world, STRANGER)["status"] == "PENDING"
    result = provide(world, ACCEPTED)
    (note,) = result["notes"]
    assert STRANGER in note and "undeclared: reject" in note and not result["changed"]
    assert (status(world), status(world, STRANGER)) == ("ACCEPTED", "PENDING")
    provide(world, ACCEPTED, undeclared="reject")
    assert (status(world), status(world, STRANGER)) == ("ACCEPTED", "REJECTED")


def test_one_consumers_end_leaves_the_other_ones(world: World, connected: str) -> None:
    provide(world, ACCEPTED, SECOND)
    assert connect(world, CONSUMER_2)["status"] == "ACCEPTED"
    provide(world, EXPIRED, SECOND)
    assert (status(world), status(world, CONSUMER_2)) == ("PENDING", "ACCEPTED")
    there = world.contents(CONSUMER_2)
    connect(world, state="absent")
    assert differences(world.contents(CONSUMER_2), there) == []


def test_a_consumer_calls_only_its_own_project(world: World) -> None:
    """With a credential that has rights nowhere else."""
    provide(world, ACCEPTED)
    assert connect(world, access_token=google.owner(CONSUMER))["status"] == "ACCEPTED"
    assert {call["account"] for call in world.calls} == {CONSUMER}


@pytest.mark.parametrize("told_as", [google.NUMBERS[PROVIDER], PROVIDER])
def test_a_service_is_named_by_the_id_or_the_number_of_its_project(world: World, told_as: str) -> None:
    provide(world, ACCEPTED)
    service = SERVICE.replace(PROVIDER, told_as)
    assert connect(world, service=service)["status"] == "ACCEPTED"
    for given in (service, SERVICE, f"https://compute.googleapis.com/compute/v1/{SERVICE}"):
        assert not connect(world, service=given)["changed"]


# ---- closed endpoints --------------------------------------------------------------------------------------------


def test_a_closed_endpoint_is_created_anew_without_asking(world: World, connected: str) -> None:
    ip = connect(world)["ip_address"]
    provide(world, ACCEPTED, state="absent", allow_disconnect=True)
    provide(world, ACCEPTED)
    assert status(world) == "CLOSED"

    made = connect(world)

    # The name and the address stay, so callers find it where it was.
    assert addresses(made) == ["psc_endpoint.main", "psc_endpoint.main:replaced"]
    assert (made["status"], made["ip_address"]) == ("ACCEPTED", ip) and made["connection_id"] != connected
    assert not connect(world)["changed"]


def test_a_closed_endpoint_of_a_service_that_is_gone_fails_and_goes_on_later(world: World, connected: str) -> None:
    provide(world, ACCEPTED, state="absent", allow_disconnect=True)
    text = str(world.failure("psc_endpoint", CONSUMER, ENDPOINT, wait_timeout=1))
    assert SERVICE in text and "was not found" in text
    provide(world, ACCEPTED)
    assert connect(world)["status"] == "ACCEPTED"
    assert not connect(world)["changed"]


def test_an_endpoint_without_a_free_nat_address_is_reported_by_both_sides(world: World) -> None:
    """A /29 has four addresses for endpoints: "About published services", NAT subnet sizing."""
    publish(world, CONSUMER)
    decide(world, CONSUMER, limit=10)
    for number in range(4):
        apply(world, CONSUMER, f"by-hand-{number}")
    assert connect(world)["status"] == "NEEDS_ATTENTION"
    (finding,) = connect(world)["findings"]
    assert f"{RULE} is NEEDS_ATTENTION: the provider has to act" in finding
    told = world.run("psc_service_info", PROVIDER, {"name": "matching-api", "consumers": [ACCEPTED]})["connections"]
    assert [one["status"] for one in told] == ["ACCEPTED"] * 4 + ["NEEDS_ATTENTION"]


# ---- connections that would be cut -------------------------------------------------------------------------------


def test_neither_side_deletes_a_connection_that_works_unasked(world: World, connected: str) -> None:
    there = world.contents(CONSUMER, PROVIDER)
    text = refused(world, state="absent")
    assert f"allow_disconnect: This deletes {RULE}, which is ACCEPTED: its connections are cut" in text
    text = str(world.failure("psc_service", PROVIDER, {**PLAIN, "consumers": [ACCEPTED]}, state="absent"))
    assert "allow_disconnect" in text and CONSUMER in text and world.writes == []
    assert differences(world.contents(CONSUMER, PROVIDER), there) == []


def test_another_service_is_another_endpoint_at_the_same_address(world: World, connected: str) -> None:
    provider = world.project(PROVIDER)
    nat = {"purpose": "PRIVATE_SERVICE_CONNECT", "network": network(PROVIDER), "ipCidrRange": "192.168.1.0/29"}
    provider.regional("POST", "subnetworks", {"name": "by-hand-nat", **nat})
    target = in_region(PROVIDER, "forwardingRules/other-ilb")
    attach(world, CONSUMER, name="other-api", targetService=target)
    other = SERVICE.replace("matching-api", "other-api")
    ip = connect(world)["ip_address"]

    assert f"its service is {SERVICE}, declared is {other}" in refused(world, service=other)
    checked = world.run("psc_endpoint", CONSUMER, endpoint_options(service=other), check=True)
    (note,) = checked["notes"]
    assert "which is ACCEPTED: its connections are cut. It takes allow_disconnect: true" in note
    (deleted,) = [step for step in checked["plan"] if step["action"] == "delete"]
    assert deleted["before"]["status"] == "ACCEPTED"

    moved = connect(world, service=other, allow_disconnect=True)
    assert moved["plan"] == checked["plan"] and (moved["status"], moved["ip_address"]) == ("ACCEPTED", ip)
    assert not connect(world, service=other)["changed"]


def test_another_address_moves_endpoint_and_name(world: World, connected: str) -> None:
    assert "its address or subnetwork is another one" in refused(world, address="10.0.0.77")
    moved = connect(world, address="10.0.0.77", allow_disconnect=True)
    assert (moved["status"], moved["ip_address"]) == ("ACCEPTED", "10.0.0.77")
    elsewhere = connect(world, subnetwork="second", allow_disconnect=True)
    assert elsewhere["ip_address"].startswith("10.1.0.")
    (zone,) = world.project(CONSUMER).dns("GET", "")["managedZones"]
    (record,) = [
        one for one in world.project(CONSUMER).dns("GET", f"/{zone['name']}/rrsets")["rrsets"] if one["type"] == "A"
    ]
    assert record["rrdatas"] == [elsewhere["ip_address"]]
    assert not connect(world, subnetwork="second")["changed"]


def test_a_name_that_is_left_out_resolves_until_that_is_confirmed(world: World, connected: str) -> None:
    text = refused(world, dns_name=None)
    assert f"-e confirm_removals=matching/psc_zone.{NAME}." in text
    gone = connect(world, dns_name=None, confirm_removals=[f"matching/psc_zone.{NAME}"])
    assert gone["dns_name"] is None and not connect(world, dns_name=None)["changed"]


# ---- bad input and trouble ---------------------------------------------------------------------------------------


def test_an_endpoint_is_in_the_region_of_its_service(world: World) -> None:
    service = SERVICE.replace(REGION, "europe-west1")
    assert "is a service of europe-west1, not of the endpoint's region" in refused(world, service=service)
    assert world.calls == []


def test_a_consumer_in_the_services_own_network_is_refused(world: World) -> None:
    provide(world, ACCEPTED)
    text = refused(world, PROVIDER)
    assert f"{SERVICE} is a service of {network(PROVIDER)}, the endpoint's own network" in text


def test_another_network_of_the_services_project_connects(world: World) -> None:
    provide(world, ACCEPTED | {"project_id": PROVIDER})
    provider = world.project(PROVIDER)
    provider.compute("POST", "global/networks", {"name": "second", "autoCreateSubnetworks": False})
    subnetwork = {"name": "of-second", "network": network(PROVIDER, "second"), "ipCidrRange": "10.0.0.0/24"}
    provider.regional("POST", "subnetworks", subnetwork)
    options = {"network": "second", "subnetwork": "of-second", "name": "inside"}
    assert connect(world, PROVIDER, **options)["status"] == "ACCEPTED"
    assert not connect(world, PROVIDER, **options)["changed"]
    missing = options | {"service": SERVICE.replace("matching-api", "nothing")}
    assert "nothing doesn't exist" in refused(world, PROVIDER, **missing)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"subnetwork": "nothing"}, "project recruiting-a has no subnetwork nothing in asia-northeast1"),
        ({"network": "other"}, "is one of projects/recruiting-a/global/networks/main, not of projects/recruiting-a/gl"),
    ],
)
def test_a_place_that_does_not_exist(world: World, more: dict[str, str], text: str) -> None:
    assert text in refused(world, **more)


def test_a_nat_range_that_is_too_small_is_counted_before_a_write(world: World) -> None:
    text = str(
        world.failure(
            "psc_service",
            PROVIDER,
            {**PLAIN, "nat_cidrs": ["192.168.0.0/29"], "consumers": [ACCEPTED | {"connection_limit": 5}]},
        )
    )
    assert "has 4 usable addresses" in text and "/28" in text and world.calls == []


def test_a_deleted_project_in_the_ledger_is_named(world: World, connected: str) -> None:
    failure = world.failure(
        "psc_service", PROVIDER, {**PLAIN, "consumers": [ACCEPTED, ACCEPTED | {"project_id": google.DELETED}]}
    )
    text = str(failure)
    assert google.DELETED in text and "consumers" in text and "Next: " in text
    assert status(world) == "ACCEPTED"


def test_an_api_that_is_not_enabled_is_told_with_the_command(world: World) -> None:
    text = str(world.failure("psc_endpoint", google.NO_COMPUTE, ENDPOINT))
    assert f"gcloud services enable compute.googleapis.com --project {google.NO_COMPUTE}" in text
    provide(world, ACCEPTED | {"project_id": google.NO_DNS})
    text = str(world.failure("psc_endpoint", google.NO_DNS, ENDPOINT))
    assert f"gcloud services enable dns.googleapis.com --project {google.NO_DNS}" in text and world.writes == []
    # Without a name the project needs no such API.
    assert connect(world, google.NO_DNS, dns_name=None)["status"] == "ACCEPTED"
    assert not connect(world, google.NO_DNS, dns_name=None)["changed"]
    assert connect(world, google.NO_DNS, dns_name=None, state="absent", allow_disconnect=True)["changed"]


# ---- waiting for the provider ------------------------------------------------------------------------------------


@pytest.fixture
def decided(world: World) -> Iterator[Callable[..., None]]:
    """Return decided(lists of `decide`), which changes the lists by hand once there is an endpoint."""
    threads: list[threading.Thread] = []

    def begin(*accepted: str, rejected: tuple[str, ...] = ()) -> None:
        def change() -> None:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                if world.project(PROVIDER).regional("GET", "serviceAttachments/matching-api").get("connectedEndpoints"):
                    decide(world, *accepted, rejected=rejected)
                    return
                time.sleep(0.05)

        threads.append(threading.Thread(target=change))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()


def test_waiting_for_acceptance_ends_with_it_and_the_name_follows(world: World, decided: Callable[..., None]) -> None:
    publish(world)
    decided(CONSUMER)
    result = connect(world, wait_for_acceptance=True)
    assert (result["status"], result["dns_name"]) == ("ACCEPTED", NAME)
    made = [
        call["operation"]
        for call in world.calls
        if call["operation"] in ("serviceAttachments.patch", "managedZones.create")
    ]
    assert made == ["serviceAttachments.patch", "managedZones.create"]
    assert not connect(world, wait_for_acceptance=True)["changed"]


def test_waiting_for_acceptance_fails_when_it_is_rejected(world: World, decided: Callable[..., None]) -> None:
    publish(world)
    decided(rejected=(CONSUMER,))
    text = str(world.failure("psc_endpoint", CONSUMER, endpoint_options(wait_for_acceptance=True)))
    assert "waited for ACCEPTED" in text and "the state is REJECTED" in text


def test_waiting_for_acceptance_has_an_end(world: World) -> None:
    publish(world)
    options = endpoint_options(wait_for_acceptance=True)
    text = str(world.failure("psc_endpoint", CONSUMER, options, wait_timeout=1))
    assert "waited 1 s for ACCEPTED" in text and "PENDING" in text
    # No name leads to what doesn't answer.
    assert world.project(CONSUMER).dns("GET", "").get("managedZones", []) == []
    assert connect(world)["status"] == "PENDING"


# ---- what others have --------------------------------------------------------------------------------------------


def test_a_mark_that_somebody_deletes_takes_the_endpoint_out_of_the_modules_hands(world: World) -> None:
    """Whoever may change a description may say so; two marks are none."""
    provide(world, ACCEPTED)
    consumer = world.project(CONSUMER)
    where = in_region(CONSUMER, f"subnetworks/{SUBNETWORK}")
    marks = "closednet:managed=psc_endpoint/matching closednet:name=main"
    for number, description in enumerate(("", f"{marks}\n{marks}", f"{marks} and more", marks.replace("/", "/x"))):
        body = {"name": "matching", "addressType": "INTERNAL", "subnetwork": where, "description": description}
        consumer.regional("POST", "addresses", body)
        text = refused(world)
        assert in_region(CONSUMER, "addresses/matching") in text, number
        consumer.regional("DELETE", "addresses/matching")


def test_a_zone_with_records_of_others_says_so(world: World, connected: str) -> None:
    consumer = world.project(CONSUMER)
    (zone,) = consumer.dns("GET", "")["managedZones"]
    theirs = {"name": f"theirs.{NAME}.", "type": "A", "ttl": 60, "rrdatas": ["10.0.0.88"]}
    consumer.dns("POST", f"/{zone['name']}/rrsets", theirs)
    failure = world.failure(
        "psc_endpoint", CONSUMER, endpoint_options(state="absent", allow_disconnect=True), wait_timeout=1
    )
    assert f"It is held by record theirs.{NAME}. (A)" in str(failure) and "Next: " in str(failure)
    assert f"psc_zone.{NAME}" in failure.details["left"]
    consumer.dns("DELETE", f"/{zone['name']}/rrsets/theirs.{NAME}./A")
    assert connect(world, state="absent", allow_disconnect=True)["changed"]
    assert not connect(world, state="absent")["changed"]


def test_two_names_lead_to_two_services_and_one_name_to_one(world: World, connected: str) -> None:
    provider = world.project(PROVIDER)
    nat = {"purpose": "PRIVATE_SERVICE_CONNECT", "network": network(PROVIDER), "ipCidrRange": "192.168.1.0/29"}
    provider.regional("POST", "subnetworks", {"name": "by-hand-nat", **nat})
    attach(world, CONSUMER, name="other-api", targetService=in_region(PROVIDER, "forwardingRules/other-ilb"))
    other = {"name": "other", "service": SERVICE.replace("matching-api", "other-api")}
    assert f"dns_name: {NAME} is answered in this network already" in refused(world, **other)
    assert connect(world, **other, dns_name="other.example.internal")["status"] == "ACCEPTED"
    assert not connect(world)["changed"]


def test_the_network_may_be_declared(world: World) -> None:
    provide(world, ACCEPTED)
    assert connect(world, network=NETWORK)["changed"] and not connect(world, network=network(CONSUMER))["changed"]
