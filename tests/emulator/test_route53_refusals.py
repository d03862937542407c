# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records, zones and batches that Route 53 refuses. Marks as in test_route53.py.

D: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html and DNSLimitations.html, and
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import HUB, SPOKE, error_of, refused

LONG = "x" * 64
ALIAS = {"HostedZoneId": "Z215JYRZR1TBD5", "DNSName": "x.elb.amazonaws.com", "EvaluateTargetHealth": False}
Change = tuple[str, dict[str, Any]]


@pytest.fixture
def route53(client: Callable[..., Any]) -> Any:
    return client(SPOKE, "route53")


@pytest.fixture
def zone_id(route53: Any) -> str:
    return route53.create_hosted_zone(Name="example.com", CallerReference="zone")["HostedZone"]["Id"]


def record(name: str, kind: str, *values: str, **members: Any) -> dict[str, Any]:
    """Record of w.example.com: record("w", "A", "192.0.2.1", Weight=1)."""
    found = {"Name": f"{name}.example.com" if name else "example.com", "Type": kind, "TTL": 300}
    return {**found, "ResourceRecords": [{"Value": value} for value in values], **members}


def without(known: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name not in names}


def batch(zone_id: str, *changes: Change) -> dict[str, Any]:
    listed = [{"Action": action, "ResourceRecordSet": wanted} for action, wanted in changes]
    return {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": listed}}


ADDRESS = record("w", "A", "192.0.2.1")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("A", "1.2.3"),
        ("A", "1.2.3.256"),
        ("A", "2001:db8::1"),
        ("A", "192.0.2.1, 192.0.2.2"),
        ("A", "www.example.com"),
        ("AAAA", "192.0.2.1"),
        ("CAA", "issue"),
        ("CNAME", "a b"),
        ("CNAME", "a..b"),
        ("CNAME", f"{LONG}.example.net"),
        ("MX", "mail.example.com"),
        ("MX", "x mail.example.com"),
        ("SRV", "1 2 host.example.com"),
        ("SRV", "1 2 65536 host.example.com"),
        ("TXT", "no quotes"),
        ("TXT", '"' + "x" * 256 + '"'),
    ],
)
def test_a_bad_value(route53: Any, zone_id: str, kind: str, value: str) -> None:
    """D ResourceRecordTypes.html"""
    call = batch(zone_id, ("CREATE", record("w", kind, value)))
    code, text = error_of(route53.change_resource_record_sets, **call)
    assert code == "InvalidChangeBatch"
    assert text.startswith("[Invalid Resource Record: 'FATAL problem: ") and f"encountered with '{value}'" in text


def test_the_text_of_a_bad_address(route53: Any, zone_id: str) -> None:
    """V gomodules/dns#7; the quotes around it: ministryofjustice/cloud-platform-environments#7302"""
    call = batch(zone_id, ("CREATE", record("w", "A", "ns-738.awsdns-28.net.")))
    assert error_of(route53.change_resource_record_sets, **call)[1] == (
        "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) "
        "encountered with 'ns-738.awsdns-28.net.'']"
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("AAAA", "2001:db8::1"),
        ("CAA", '0 issue "letsencrypt.org"'),
        ("CNAME", "_x.acm-validations.aws."),
        ("MX", "10 mail.example.com"),
        ("NS", "ns1.example.net."),
        ("PTR", "host.example.com"),
        ("SRV", "1 10 5269 host.example.com."),
        ("TXT", '"a" "b \\"quoted\\""'),
        ("TXT", '"' + "x" * 255 + '"'),
    ],
)
def test_a_good_value(route53: Any, zone_id: str, kind: str, value: str) -> None:
    """D ResourceRecordTypes.html, the examples"""
    route53.change_resource_record_sets(**batch(zone_id, ("CREATE", record("w", kind, value))))


WEIGHTED = {"SetIdentifier": "b", "Weight": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        # V community.aws#545, #434; ministryofjustice/modernisation-platform#10072 (none)
        ([("CREATE", without(ADDRESS, "ResourceRecords") | {"AliasTarget": ALIAS})], "InvalidInput"),
        ([("CREATE", ADDRESS | {"AliasTarget": ALIAS})], "InvalidInput"),
        ([("CREATE", without(ADDRESS, "TTL"))], "InvalidInput"),
        ([("CREATE", without(ADDRESS, "TTL", "ResourceRecords"))], "InvalidInput"),
        # D ResourceRecordSet: SetIdentifier
        ([("CREATE", ADDRESS | {"Weight": 1})], "InvalidInput"),
        ([("CREATE", ADDRESS | {"SetIdentifier": "a"})], "InvalidInput"),
        ([("CREATE", ADDRESS | WEIGHTED | {"Region": "eu-west-1"})], "InvalidInput"),
        ([("CREATE", ADDRESS | WEIGHTED | {"Weight": 256})], "InvalidInput"),
        ([("CREATE", ADDRESS | WEIGHTED | {"HealthCheckId": "none"})], "NoSuchHealthCheck"),
        # D "can't create non-simple beside simple", all of one policy (ResourceRecordSet)
        ([("CREATE", ADDRESS), ("CREATE", ADDRESS | WEIGHTED)], "InvalidChangeBatch"),
        ([("CREATE", ADDRESS), ("UPSERT", ADDRESS | WEIGHTED)], "InvalidChangeBatch"),
        (
            [("CREATE", ADDRESS | WEIGHTED), ("CREATE", ADDRESS | {"SetIdentifier": "c", "Region": "eu-west-1"})],
            "InvalidChangeBatch",
        ),
        ([("CREATE", record("w", "A", "192.0.2.1", "192.0.2.1"))], "InvalidChangeBatch"),
        ([("CREATE", record("w", "CNAME", "a.example.net", "b.example.net"))], "InvalidChangeBatch"),
        ([("CREATE", record("", "CNAME", "example.net"))], "InvalidChangeBatch"),
        ([("CREATE", record(LONG, "A", "192.0.2.1"))], "InvalidChangeBatch"),
        ([("CREATE", record("a.", "A", "192.0.2.1"))], "InvalidChangeBatch"),
        # U the text "contains an invalid set of changes for a resource record set 'A w.example.com.'"
        ([("UPSERT", ADDRESS), ("UPSERT", ADDRESS)], "InvalidChangeBatch"),
        ([("CREATE", ADDRESS | {"TTL": 2**31})], "InvalidInput"),
    ],
)
def test_a_refused_batch(route53: Any, zone_id: str, changes: list[Change], code: str) -> None:
    assert refused(route53.change_resource_record_sets, **batch(zone_id, *changes))[0] == code
    found = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    assert {each["Type"] for each in found} == {"NS", "SOA"}


def test_alias_with_ttl_has_the_text(route53: Any, zone_id: str) -> None:
    """V ansible-collections/community.aws#434"""
    call = batch(zone_id, ("UPSERT", {"Name": "myapp.example.com.", "Type": "A", "TTL": 60, "AliasTarget": ALIAS}))
    assert error_of(route53.change_resource_record_sets, **call)[1] == (
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
        "TrafficPolicyInstanceId], but found more than one in Change with [Action=UPSERT, Name=myapp.example.com., "
        "Type=A, SetIdentifier=null]"
    )


@pytest.mark.parametrize(
    ("action", "number", "value", "fits"),
    [
        ("CREATE", 1000, "192.0.2.1", True),
        ("CREATE", 1001, "192.0.2.1", False),
        ("UPSERT", 500, "192.0.2.1", True),
        ("UPSERT", 501, "192.0.2.1", False),
        ("CREATE", 128, '"' + "x" * 248 + '"', True),
        ("CREATE", 128, '"' + "x" * 249 + '"', False),
    ],
)
def test_the_size_of_a_batch(route53: Any, zone_id: str, action: str, number: int, value: str, fits: bool) -> None:
    """D DNSLimitations.html: 1,000 records, 32,000 characters, each twice for UPSERT"""
    kind = "TXT" if value.startswith('"') else "A"
    call = batch(zone_id, *((action, record(f"r{index}", kind, value)) for index in range(number)))
    if fits:
        route53.change_resource_record_sets(**call)
    else:
        assert refused(route53.change_resource_record_sets, **call) == ("InvalidChangeBatch", 400)


def test_deleting_compares_the_weight(route53: Any, zone_id: str) -> None:
    """D Change: DELETE needs all the values of the record set"""
    route53.change_resource_record_sets(**batch(zone_id, ("CREATE", ADDRESS | WEIGHTED)))
    call = route53.change_resource_record_sets
    assert refused(call, **batch(zone_id, ("DELETE", ADDRESS | WEIGHTED | {"Weight": 2})))[0] == "InvalidChangeBatch"
    route53.change_resource_record_sets(**batch(zone_id, ("DELETE", ADDRESS | WEIGHTED)))


def test_a_record_is_replaced_by_delete_and_create(route53: Any, zone_id: str) -> None:
    """D ChangeResourceRecordSets: a batch may delete and create the same name and type"""
    route53.change_resource_record_sets(**batch(zone_id, ("CREATE", ADDRESS)))
    route53.change_resource_record_sets(
        **batch(zone_id, ("DELETE", ADDRESS), ("CREATE", record("w", "A", "192.0.2.2")))
    )


@pytest.mark.parametrize("name", ["a b", "a..b", f"{LONG}.com"])
def test_a_bad_zone_name(route53: Any, name: str) -> None:
    """D CreateHostedZone: InvalidDomainName"""
    assert refused(route53.create_hosted_zone, Name=name, CallerReference="x") == ("InvalidDomainName", 400)


ZONE_CALLS = {
    "get_hosted_zone": ("Id", {}),
    "delete_hosted_zone": ("Id", {}),
    "update_hosted_zone_comment": ("Id", {"Comment": "x"}),
    "get_dnssec": ("HostedZoneId", {}),
    "list_resource_record_sets": ("HostedZoneId", {}),
    "list_vpc_association_authorizations": ("HostedZoneId", {}),
    "list_tags_for_resource": ("ResourceId", {"ResourceType": "hostedzone"}),
    "change_tags_for_resource": ("ResourceId", {"ResourceType": "hostedzone", "RemoveTagKeys": ["a"]}),
}


@pytest.mark.parametrize("operation", ZONE_CALLS)
def test_an_unknown_zone_and_another_accounts(client: Callable[..., Any], route53: Any, operation: str) -> None:
    """D NoSuchHostedZone; V AccessDenied: hashicorp/terraform#24286"""
    other = client(HUB, "route53").create_hosted_zone(Name="hub.example.com", CallerReference="hub")
    member, more = ZONE_CALLS[operation]
    call = getattr(route53, operation)
    assert refused(call, **more, **{member: "Z0123456789"}) == ("NoSuchHostedZone", 404)
    its_id = other["HostedZone"]["Id"].rpartition("/")[2]
    assert refused(call, **more, **{member: its_id}) == ("AccessDenied", 403)


def test_an_unknown_delegation_set(route53: Any) -> None:
    """D CreateHostedZone: NoSuchDelegationSet"""
    call = {"Name": "example.com", "CallerReference": "x", "DelegationSetId": "N123"}
    assert refused(route53.create_hosted_zone, **call) == ("NoSuchDelegationSet", 400)


def test_a_health_check_is_created_once(route53: Any) -> None:
    """D CreateHealthCheck: CallerReference, HealthCheckAlreadyExists"""
    settings = {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
    first = route53.create_health_check(CallerReference="x", HealthCheckConfig=settings)["HealthCheck"]["Id"]
    again = route53.create_health_check(CallerReference="x", HealthCheckConfig=settings)["HealthCheck"]["Id"]
    assert again == first
    call = {"CallerReference": "x", "HealthCheckConfig": settings | {"Port": 81}}
    assert refused(route53.create_health_check, **call) == ("HealthCheckAlreadyExists", 409)


def test_a_health_check_has_versions(route53: Any) -> None:
    """D UpdateHealthCheck: HealthCheckVersion, HealthCheckVersionMismatch; what a change leaves out stays"""
    settings = {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
    made = route53.create_health_check(CallerReference="x", HealthCheckConfig=settings)["HealthCheck"]
    changed = route53.update_health_check(HealthCheckId=made["Id"], HealthCheckVersion=1, Port=81)["HealthCheck"]
    assert (changed["HealthCheckVersion"], changed["HealthCheckConfig"]["IPAddress"]) == (2, "192.0.2.1")
    call = {"HealthCheckId": made["Id"], "HealthCheckVersion": 1, "Port": 82}
    assert refused(route53.update_health_check, **call) == ("HealthCheckVersionMismatch", 409)
