# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of PrivateLink, seen from both sides: a provider, its consumers, and accounts that aren't consumers."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.case import ZONES
from tests.contract.privatelink_cases import (
    ENDPOINT,
    PERMITTED,
    SERVICE,
    apply_by_hand,
    consumer_vpc,
    elbv2,
    leave,
    provider_vpc,
    public_zone,
    root,
    service,
    service_name,
    subnets,
)
from tests.contract.world import OWNER_TAG, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, STRANGER
from tests.emulator.endpoint_services import network_balancer

YESTERDAY = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).date().isoformat()
EXPIRED = PERMITTED | {"expires": YESTERDAY}
# Without a private DNS name, and with the defaults for connections that nobody declared.
PLAIN = {key: SERVICE[key] for key in ("name", "load_balancer")}
OF_BALANCERS = {"name": "billing"}


def provide(world: World, *consumers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return world.run("privatelink_service", HUB, {**PLAIN, "consumers": list(consumers), **more})


def endpoint_options(**more: Any) -> dict[str, Any]:
    return {key: value for key, value in (ENDPOINT | more).items() if value is not None}


def connect(world: World, account: str = SPOKE, **more: Any) -> dict[str, Any]:
    """Run the consumer's module and return its result."""
    return world.run("privatelink_endpoint", account, endpoint_options(**more))


def kinds(result: dict[str, Any]) -> set[str]:
    return {step["address"].partition(".")[0] for step in result["plan"]}


@pytest.fixture
def vpcs(world: World) -> None:
    """VPCs of a provider and two consumers, all of the same CIDR."""
    provider_vpc(world)
    for account in (SPOKE, SPOKE_2):
        consumer_vpc(world, account)


@pytest.fixture
def connected(world: World, vpcs: None) -> str:
    """Id of an accepted endpoint."""
    provide(world, PERMITTED)
    endpoint_id = connect(world)["vpc_endpoint_id"]
    provide(world, PERMITTED)
    assert connect(world)["state"] == "available"
    return endpoint_id


# ---- the ledger ---------------------------------------------------------------------------------------------------


def test_a_plan_says_why_a_connection_is_accepted(world: World, vpcs: None) -> None:
    provide(world, PERMITTED)
    applied = connect(world)
    assert applied["state"] == "pendingAcceptance" and applied["dns_name"] is None
    again = connect(world)
    assert not again["changed"] and "the provider has to accept it" in again["findings"][0]

    (step,) = provide(world, PERMITTED)["plan"]

    assert (step["before"]["state"], step["after"]["state"]) == ("pendingAcceptance", "available")
    assert PERMITTED["reason"] in step["after"]["reason"] and PERMITTED["requested_by"] in step["after"]["reason"]
    answered = connect(world)
    assert (answered["state"], answered["dns_name"]) == ("available", ENDPOINT["dns_name"])


def test_nothing_is_accepted_by_default(world: World, vpcs: None) -> None:
    provide(world, allowed_principals=[root(SPOKE_2)])
    apply_by_hand(world, SPOKE_2)
    result = provide(world, allowed_principals=[root(SPOKE_2)])
    (connection,) = result["connections"]
    assert (connection["state"], connection["verdict"]) == ("pendingAcceptance", "unknown")
    assert not result["changed"] and world.writes == []


@pytest.mark.parametrize("undeclared", ["report", "reject"])
def test_an_unknown_account_is_reported_or_rejected(world: World, vpcs: None, undeclared: str) -> None:
    options = {"allowed_principals": [root(SPOKE_2)], "undeclared": undeclared}
    provide(world, **options)
    endpoint_id = apply_by_hand(world, SPOKE_2)

    result = provide(world, **options)

    (found,) = world.ec2(SPOKE_2).describe_vpc_endpoints()["VpcEndpoints"]
    if undeclared == "report":
        (note,) = result["notes"]
        assert endpoint_id in note and SPOKE_2 in note and "undeclared: reject" in note
        assert found["State"] == "pendingAcceptance" and not result["changed"]
    else:
        assert [step["address"] for step in result["plan"]] == [f"endpoint_connection.{endpoint_id}"]
        assert found["State"] == "rejected" and result["notes"] == []


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [([EXPIRED], f"expired on {YESTERDAY}"), ([], "not in the ledger")],
    ids=["expired", "removed"],
)
def test_an_approval_that_ends_cuts_the_connection_and_withdraws_the_permission(
    world: World, connected: str, ledger: list[dict[str, Any]], reason: str
) -> None:
    name = service_name(world)
    if not ledger:
        # A missing entry may be a mistake; an expired one isn't.
        assert f"-e confirm_removals=billing/{SPOKE}." in str(world.failure("privatelink_service", HUB, {**PLAIN}))
        assert world.writes == []

    cut = provide(world, *ledger, confirm_removals=[] if ledger else [f"billing/{SPOKE}"])

    assert kinds(cut) == {"endpoint_connection", "endpoint_service"}
    (connection,) = [step for step in cut["plan"] if step["address"] == f"endpoint_connection.{connected}"]
    assert connection["after"]["state"] == "rejected" and reason in connection["after"]["reason"]
    (permission,) = [step for step in cut["plan"] if step["address"] == "endpoint_service.main:principals"]
    assert (permission["before"], permission["after"]) == ({"principals": [root(SPOKE)]}, {"principals": []})
    # A note tells of an expired entry until it is deleted.
    assert [reason in note and SPOKE in note for note in cut["notes"]] == [True] * len(ledger)
    again = provide(world, *ledger)
    assert not again["changed"] and world.writes == []
    unknown, rejected = connect(world, service_name=name)["findings"]
    assert "finds no" in unknown and f"{connected} is rejected: the provider refused it" in rejected
    leave(world, SPOKE)
    failure = world.failure("privatelink_endpoint", SPOKE, endpoint_options(service_name=name))
    assert "consumed_service.main doesn't exist" in str(failure) and f"account {SPOKE} finds no {name}" in str(failure)
    assert world.writes == []


def test_an_endpoint_that_was_deleted_is_made_again_and_accepted_by_the_same_ledger(
    world: World, connected: str
) -> None:
    leave(world, SPOKE)
    assert not provide(world, PERMITTED)["changed"]

    remade = connect(world)

    assert remade["vpc_endpoint_id"] != connected and remade["state"] == "pendingAcceptance"
    assert kinds(provide(world, PERMITTED)) == {"endpoint_connection"}
    assert connect(world)["state"] == "available"


@pytest.mark.parametrize("account_id", ["22222222222", "2222222222222", "2222 2222 2222", "spoke"])
def test_a_typo_in_an_account_id_is_found_before_any_call(world: World, account_id: str) -> None:
    options = {**PLAIN, "consumers": [PERMITTED, PERMITTED | {"account_id": account_id}]}
    text = str(world.failure("privatelink_service", HUB, options))
    assert "consumers[1].account_id" in text and account_id in text and "12 digits" in text
    assert world.calls == []


def test_everybody_is_permitted_only_when_that_is_said_to_be_meant(world: World, vpcs: None) -> None:
    options = {**PLAIN, "allowed_principals": ["*"]}
    assert "allow_any_principal" in str(world.failure("privatelink_service", HUB, options))
    assert world.calls == []

    provide(world, allowed_principals=["*"], allow_any_principal=True)

    apply_by_hand(world, SPOKE_2)  # fails if the account can't find the service
    assert not provide(world, allowed_principals=["*"], allow_any_principal=True)["changed"]


def test_a_providers_reads_dont_grow_with_the_connections(world: World, connected: str) -> None:
    assert not provide(world, PERMITTED)["changed"]
    of_one = world.counted
    for _ in range(5):
        apply_by_hand(world, SPOKE)
    assert len(provide(world, PERMITTED)["plan"]) == 5
    result = provide(world, PERMITTED)
    assert (result["changed"], len(result["connections"])) == (False, 6)
    assert world.counted == of_one


def test_the_info_module_tells_the_ledgers_verdicts(world: World, vpcs: None) -> None:
    consumer_vpc(world, STRANGER)
    second = PERMITTED | {"account_id": SPOKE_2}
    permitting = {"allowed_principals": [root(STRANGER)]}
    provide(world, PERMITTED, second, **permitting)
    for account in (SPOKE, SPOKE_2, STRANGER):
        apply_by_hand(world, account)
    provide(world, PERMITTED, second, **permitting)

    def told(undeclared: str) -> dict[str, Any]:
        ledger = [PERMITTED, second | {"expires": YESTERDAY}]
        options = {"name": "billing", "consumers": ledger, "undeclared": undeclared}
        return world.run("privatelink_service_info", HUB, options)

    result = told("report")
    assert (result["service_id"], result["service_name"]) == (service(world), service_name(world))
    assert result["principals"] == [root(account) for account in (SPOKE, SPOKE_2, STRANGER)]
    keys = ("account_id", "state", "verdict", "decision", "age_days")
    assert [tuple(connection[key] for key in keys) for connection in result["connections"]] == [
        (SPOKE, "available", "accepted", None, 0),
        (SPOKE_2, "available", "expired", "reject", 0),
        (STRANGER, "pendingAcceptance", "unknown", None, 0),
    ]
    assert [connection["decision"] for connection in told("reject")["connections"]] == [None, "reject", "reject"]


def test_the_info_module_says_that_there_is_no_service(world: World) -> None:
    result = world.run("privatelink_service_info", HUB, {"name": "billing"})
    told = {key: result[key] for key in ("service_id", "service_name", "principals", "connections")}
    assert told == {"service_id": None, "service_name": None, "principals": [], "connections": []}


# ---- load balancers -----------------------------------------------------------------------------------------------


def balancer(world: World, name: str, vpc_name: str = "provider") -> str:
    return network_balancer(elbv2(world), subnets(world, HUB, vpc_name, "app"), name)


def refused(world: World, *arns: str) -> str:
    """Return the failure's message; nothing was written."""
    text = str(world.failure("privatelink_service", HUB, OF_BALANCERS | {"load_balancer_arns": list(arns)}))
    assert world.writes == []
    return text


def test_a_service_needs_a_load_balancer(world: World) -> None:
    with pytest.raises(AssertionError, match="any of the following are missing: load_balancer_arns, load_balancer"):
        world.run("privatelink_service", HUB, OF_BALANCERS)
    assert "leaves the service without a load balancer" in refused(world)


def test_a_load_balancer_must_be_there_and_a_network_load_balancer(world: World) -> None:
    provider_vpc(world)
    there = balancer(world, "api")
    missing = there.replace("/api/", "/other/")
    assert missing in refused(world, missing) and missing in refused(world, there, missing)
    made = elbv2(world).create_load_balancer(
        Name="web", Scheme="internal", Subnets=subnets(world, HUB, "provider", "app")
    )
    (web,) = made["LoadBalancers"]
    text = refused(world, web["LoadBalancerArn"])
    assert web["LoadBalancerArn"] in text and "loadbalancer/net/" in text
    assert world.calls == []
    assert "is of another account" in refused(world, there.replace(HUB, SPOKE))


def test_a_load_balancer_must_be_active(world: World) -> None:
    provider_vpc(world)
    world.emulator.control("POST", "settings", {"transition": {"load-balancer": 60_000}})
    made = elbv2(world).create_load_balancer(
        Name="api", Type="network", Scheme="internal", Subnets=subnets(world, HUB, "provider", "app")
    )
    (arn,) = [item["LoadBalancerArn"] for item in made["LoadBalancers"]]
    text = refused(world, arn)
    assert arn in text and "is provisioning; expected active" in text


def test_load_balancers_of_two_vpcs_are_named_with_them(world: World) -> None:
    provider_vpc(world)
    consumer_vpc(world, HUB, "second", cidrs=["10.60.0.0/16"])
    arns = [balancer(world, "api"), balancer(world, "other", "second")]
    found = elbv2(world).describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"]
    text = refused(world, *arns)
    assert all(item["VpcId"] in text for item in found) and "expected one VPC" in text


def test_an_unhealthy_target_is_reported_and_fails_nothing(world: World, vpcs: None) -> None:
    provide(world, PERMITTED)
    world.emulator.control("POST", "settings", {"target_health": {"10.20.0.10": "unhealthy"}})

    result = provide(world, PERMITTED)

    states = {target["target"]: target["state"] for target in result["targets"]}
    assert states == {"10.20.0.10:8443": "unhealthy", "10.50.1.10:8443": "healthy", "10.20.0.11:5353": "healthy"}
    (finding,) = result["findings"]
    assert "10.20.0.10:8443 is unhealthy (Health checks failed): whoever runs it has to make it answer" in finding
    assert not result["changed"]


# ---- the service's private DNS name -------------------------------------------------------------------------------

NAMED = {**PLAIN, "private_dns_name": "billing.example.com"}


def test_a_name_without_a_zone_is_told_with_the_record_to_publish(world: World, vpcs: None) -> None:
    public_zone(world)
    for result in (world.run("privatelink_service", HUB, NAMED), world.run("privatelink_service", HUB, NAMED)):
        told, (finding,) = result["private_dns"], result["findings"]
        assert told["state"] == "pendingVerification" and told["record"]["type"] == "TXT"
        assert told["record"]["name"].endswith(".billing.example.com")
        assert "private_dns_name is pendingVerification" in finding and "verify_private_dns" in finding
        assert told["record"]["name"] in finding and told["record"]["value"] in finding
    # Somebody publishes it.
    record = {
        "Name": told["record"]["name"],
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": f'"{told["record"]["value"]}"'}],
    }
    world.client(HUB, "route53").change_resource_record_sets(
        HostedZoneId=world.made["zone"], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )

    verified = world.run("privatelink_service", HUB, NAMED | {"verify_private_dns": True})

    assert verified["private_dns"]["state"] == "verified" and verified["findings"] == []


def test_a_domain_that_isnt_the_providers_fails_with_the_state_and_the_record(world: World, vpcs: None) -> None:
    options = NAMED | {"verify_private_dns": True}
    first = str(world.failure("privatelink_service", HUB, options))
    assert "the state is failed" in first and "private_dns.record" in first and "the zone given" not in first

    failure = world.failure("privatelink_service", HUB, options)

    record = world.run("privatelink_service", HUB, NAMED)["private_dns"]["record"]
    assert "the state is failed" in str(failure) and failure.details["left"] == ["private_dns_verification.main"]
    assert record["name"] in str(failure) and record["value"] in str(failure)


def test_a_zone_that_public_dns_doesnt_ask_fails_with_the_state_and_the_record(world: World, vpcs: None) -> None:
    public_zone(world)
    # The name is delegated to somebody else's zone, where nobody publishes the record.
    world.client(SPOKE, "route53").create_hosted_zone(Name="billing.example.com", CallerReference="theirs")
    options = NAMED | {"private_dns_zone_id": world.made["zone"]}
    text = str(world.failure("privatelink_service", HUB, options))
    assert "the state is failed" in text and "the zone given must be the one that public DNS asks for" in text

    text = str(world.failure("privatelink_service", HUB, options))

    (known,) = world.ec2(HUB).describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    told = known["PrivateDnsNameConfiguration"]
    assert told["State"] == "failed" and f"{told['Name']}.billing.example.com" in text and told["Value"] in text


def test_a_zone_of_another_domain_is_refused_by_name(world: World, vpcs: None) -> None:
    made = world.client(HUB, "route53").create_hosted_zone(Name="example.org", CallerReference="another")
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    failure = world.failure("privatelink_service", HUB, NAMED | {"private_dns_zone_id": zone})
    assert failure.details["error_code"] == "InvalidChangeBatch"
    assert "not permitted in zone example.org" in str(failure) and "verification_record.main" in str(failure)


# ---- the consumer -------------------------------------------------------------------------------------------------


def test_who_isnt_permitted_finds_no_service(world: World, vpcs: None) -> None:
    provide(world, PERMITTED)
    for name in (service_name(world), service_name(world)[:-1] + "0"):
        text = str(world.failure("privatelink_endpoint", SPOKE_2, endpoint_options(service_name=name)))
        assert f"account {SPOKE_2} finds no {name}" in text and "among the service's consumers" in text
        assert "Nothing was written" in text and world.writes == []


def test_zones_that_have_nothing_in_common_are_both_named(world: World) -> None:
    provider_vpc(world)
    consumer_vpc(world, SPOKE, availability_zone_ids=["euc1-az3"])
    provide(world, PERMITTED)
    text = str(world.failure("privatelink_endpoint", SPOKE, endpoint_options()))
    assert "'endpoint' has subnets in euc1-az3" in text and f"the service is in {', '.join(ZONES)}" in text
    assert world.writes == []


def test_an_endpoint_is_in_the_zones_that_both_have(world: World) -> None:
    provider_vpc(world)
    consumer_vpc(world, SPOKE, availability_zone_ids=["euc1-az2", "euc1-az3"])
    provide(world, PERMITTED)
    connect(world)
    ec2 = world.ec2(SPOKE)
    (made,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    found = ec2.describe_subnets(SubnetIds=made["SubnetIds"])["Subnets"]
    assert [subnet["AvailabilityZoneId"] for subnet in found] == ["euc1-az2"]


def test_a_rejected_endpoint_is_reported_with_what_to_do(world: World, connected: str) -> None:
    name = service_name(world)
    provide(world, allowed_principals=[root(SPOKE)], confirm_removals=[f"billing/{SPOKE}"])

    result = connect(world, service_name=name)

    (finding,) = result["findings"]
    assert (result["changed"], result["state"]) == (False, "rejected")
    assert f"{connected} is rejected" in finding and "state=absent, then run again" in finding
    # With the account in the ledger again, both sides still report the endpoint as rejected.
    (of_provider,) = provide(world, PERMITTED)["findings"]
    assert of_provider.startswith(f"{connected} of account {SPOKE} is rejected: account {SPOKE} is in the ledger, but")
    assert connect(world)["state"] == "rejected"
    connect(world, state="absent")
    assert connect(world)["state"] == "pendingAcceptance"


@pytest.fixture
def decided(world: World) -> Callable[[str], threading.Thread]:
    """Return decided("accept" or "reject"): a thread in which the provider does so once there is a connection."""
    threads: list[threading.Thread] = []

    def begin(decision: str) -> None:
        ec2, service_id = world.ec2(HUB), service(world)

        def decide() -> None:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                for found in ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"]:
                    getattr(ec2, f"{decision}_vpc_endpoint_connections")(
                        ServiceId=service_id, VpcEndpointIds=[found["VpcEndpointId"]]
                    )
                    return

        threads.append(threading.Thread(target=decide))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()


def test_waiting_for_acceptance_ends_with_it(world: World, vpcs: None, decided: Callable[[str], None]) -> None:
    provide(world, PERMITTED)
    decided("accept")
    assert connect(world, wait_for_acceptance=True)["state"] == "available"


def test_waiting_for_acceptance_fails_when_it_is_rejected(
    world: World, vpcs: None, decided: Callable[[str], None]
) -> None:
    provide(world, PERMITTED)
    options = endpoint_options(wait_for_acceptance=True)
    decided("reject")
    failure = world.failure("privatelink_endpoint", SPOKE, options)
    assert "waited for available" in str(failure) and "the state is rejected" in str(failure)


def test_waiting_for_acceptance_has_an_end(world: World, vpcs: None) -> None:
    provide(world, PERMITTED)
    options = endpoint_options(wait_for_acceptance=True)
    failure = world.failure("privatelink_endpoint", SPOKE, options, wait_timeout=1)
    assert "waited 1 s for available" in str(failure) and "pendingAcceptance" in str(failure)
    assert connect(world)["state"] == "pendingAcceptance"


@pytest.mark.parametrize("dns_name", [ENDPOINT["dns_name"], None], ids=["zone", "endpoint"])
def test_a_name_leads_to_one_service_in_a_vpc(world: World, vpcs: None, dns_name: str | None) -> None:
    public_zone(world)
    options = {key: SERVICE[key] for key in ("private_dns_name", "private_dns_zone_id")}
    first = provide(world, PERMITTED, **options)["service_name"]
    connect(world, service_name=first, dns_name=dns_name)
    provide(world, PERMITTED, **options)
    connected = connect(world, service_name=first, dns_name=dns_name)
    assert connected["dns_name"] == (dns_name or "billing.example.com")
    # The module would take a second service with that name for the first, renamed; so the first loses its owner tag.
    (service,) = world.ec2(HUB).describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    world.ec2(HUB).delete_tags(Resources=[service["ServiceId"]], Tags=[{"Key": OWNER_TAG}])
    second = provide(world, PERMITTED, name="ledger", **options)["service_name"]

    failure = world.failure(
        "privatelink_endpoint", SPOKE, endpoint_options(name="ledger", service_name=second, dns_name=dns_name)
    )

    owner = SPOKE if dns_name else "vpce.amazonaws.com"
    assert f"{connected['dns_name']} is answered in this VPC already" in str(failure) and owner in str(failure)
    assert "Nothing was written" in str(failure) and world.writes == []


# ---- another region -----------------------------------------------------------------------------------------------


def test_a_consumer_of_another_region_connects_where_the_service_supports_it(world: World) -> None:
    provider_vpc(world)
    elsewhere = {"region": "eu-west-1"}
    tiers = [{"name": "endpoint", "prefix": 24}]
    zones = ["euw1-az1", "euw1-az2"]
    vpc = {"name": "consumer", "cidrs": ["10.20.0.0/16"], "availability_zone_ids": zones, "tiers": tiers}
    world.run("tiered_vpc", SPOKE, vpc, **elsewhere)
    supporting = {"supported_regions": ["eu-west-1"]}
    provide(world, PERMITTED, **supporting)
    assert not provide(world, PERMITTED, **supporting)["changed"] and world.writes == []

    unnamed = world.failure("privatelink_endpoint", SPOKE, endpoint_options(), **elsewhere)
    assert "expected one of eu-west-1, or service_region: eu-central-1" in str(unnamed) and world.writes == []
    elsewhere["service_region"] = "eu-central-1"
    applied = connect(world, **elsewhere)
    assert applied["state"] == "pendingAcceptance"
    assert provide(world, PERMITTED, **supporting)["changed"]

    named = connect(world, **elsewhere)

    assert (named["state"], named["dns_name"], named["findings"]) == ("available", ENDPOINT["dns_name"], [])
    assert not connect(world, **elsewhere)["changed"] and world.writes == []
    (seen,) = world.ec2(HUB).describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert (seen["VpcEndpointRegion"], seen["VpcEndpointId"]) == ("eu-west-1", named["vpc_endpoint_id"])


def test_an_aws_service_may_be_permitted_by_its_principal(world: World, vpcs: None) -> None:
    permitting = {"allowed_principals": ["appflow.amazonaws.com"]}
    provide(world, PERMITTED, **permitting)
    (service_principal, account) = world.ec2(HUB).describe_vpc_endpoint_service_permissions(ServiceId=service(world))[
        "AllowedPrincipals"
    ]
    assert {service_principal["Principal"], account["Principal"]} == {"appflow.amazonaws.com", root(SPOKE)}
    assert not provide(world, PERMITTED, **permitting)["changed"]
    assert kinds(provide(world, PERMITTED)) == {"endpoint_service"}
