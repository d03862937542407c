# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones, records, private zones across accounts. V: seen on AWS; D: documented; U: not verified.

D without a page: https://docs.aws.amazon.com/Route53/latest/APIReference/, the operation's page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of, refused


@pytest.fixture
def route53(client: Callable[..., Any]) -> Any:
    """Of the spoke account."""
    return client(SPOKE, "route53")


@pytest.fixture
def vpc(vpc_id: str) -> dict[str, str]:
    return {"VPCId": vpc_id, "VPCRegion": "eu-central-1"}


def public_zone(route53: Any, name: str = "example.com") -> str:
    return route53.create_hosted_zone(Name=name, CallerReference=f"public {name}")["HostedZone"]["Id"]


def private_zone(route53: Any, vpc: dict[str, str], name: str = "api.internal", reference: str = "first") -> str:
    made = route53.create_hosted_zone(Name=name, VPC=vpc, CallerReference=f"{reference} {name}")
    return made["HostedZone"]["Id"]


def record(name: str, kind: str, *values: str, ttl: int = 300) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def change(route53: Any, zone_id: str, *changes: tuple[str, dict[str, Any]]) -> Any:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": wanted} for action, wanted in changes]}
    return route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def records(route53: Any, zone_id: str) -> dict[tuple[str, str], list[str]]:
    """(name, type) -> values, but of the zone's own NS and SOA."""
    found = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {
        (one["Name"], one["Type"]): [value["Value"] for value in one.get("ResourceRecords", [])]
        for one in found
        if one["Type"] not in ("NS", "SOA")
    }


def test_a_record_is_created_changed_deleted(route53: Any) -> None:
    """D ChangeResourceRecordSets"""
    zone_id = public_zone(route53)
    change(route53, zone_id, ("CREATE", record("www.example.com", "A", "192.0.2.1")))
    change(route53, zone_id, ("UPSERT", record("WWW.example.com.", "A", "192.0.2.2")))
    assert records(route53, zone_id) == {("www.example.com.", "A"): ["192.0.2.2"]}
    change(route53, zone_id, ("DELETE", record("www.example.com", "A", "192.0.2.2")))
    assert records(route53, zone_id) == {}


def test_deleting_must_match(route53: Any) -> None:
    """V https://github.com/kubernetes-sigs/external-dns/issues/732"""
    zone_id = public_zone(route53)
    change(route53, zone_id, ("CREATE", record("www.example.com", "A", "192.0.2.1")))
    label = "Tried to delete resource record set [name='www.example.com.', type='A']"
    for wanted, problem in (
        (record("www.example.com", "A", "192.0.2.2"), "but the values provided do not match the current values"),
        (
            record("www.example.com", "A", "192.0.2.1", ttl=60),
            "but the values provided do not match the current values",
        ),
    ):
        batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": wanted}]}
        code, text = error_of(route53.change_resource_record_sets, HostedZoneId=zone_id, ChangeBatch=batch)
        assert (code, text) == ("InvalidChangeBatch", f"[{label} {problem}]")


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ("DELETE", record("other.example.com", "A", "192.0.2.1")),
        ("CREATE", record("www.example.com", "A", "192.0.2.2")),
        ("CREATE", record("www.example.com", "CNAME", "example.net")),
        ("CREATE", record("www.example.org", "A", "192.0.2.1")),
        ("CREATE", record("t.example.com", "TXT", "without quotes")),
    ],
)
def test_a_batch_is_all_or_nothing(route53: Any, action: str, wanted: dict[str, Any]) -> None:
    """D ChangeResourceRecordSets: 'either makes all or none of the changes'; InvalidChangeBatch"""
    zone_id = public_zone(route53)
    change(route53, zone_id, ("CREATE", record("www.example.com", "A", "192.0.2.1")))
    changes = [("CREATE", record("new.example.com", "A", "192.0.2.9")), (action, wanted)]
    batch = {"Changes": [{"Action": one, "ResourceRecordSet": of} for one, of in changes]}
    call = route53.change_resource_record_sets
    assert refused(call, HostedZoneId=zone_id, ChangeBatch=batch) == ("InvalidChangeBatch", 400)
    assert list(records(route53, zone_id)) == [("www.example.com.", "A")]


@pytest.mark.parametrize("first", [{}, {"SetIdentifier": "a", "Weight": 1}])
def test_a_name_has_simple_records_or_those_with_identifiers(route53: Any, first: dict[str, Any]) -> None:
    """V https://github.com/chef-boneyard/route53/issues/100"""
    zone_id = public_zone(route53)
    second = {} if first else {"SetIdentifier": "a", "Weight": 1}
    change(route53, zone_id, ("CREATE", {**record("www.example.com", "A", "192.0.2.1"), **first}))
    other = record("www.example.com", "A", "192.0.2.2")
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": {**other, **second}}]}
    code, text = error_of(route53.change_resource_record_sets, HostedZoneId=zone_id, ChangeBatch=batch)
    assert code == "InvalidChangeBatch"
    assert text.endswith("cannot be created as other RRSets exist with the same name and type.]")
    # Another type, another name, and another identifier are no conflict.
    change(route53, zone_id, ("CREATE", {**record("www.example.com", "AAAA", "2001:db8::1"), **second}))
    change(route53, zone_id, ("CREATE", {**record("api.example.com", "A", "192.0.2.2"), **second}))
    if first:
        change(route53, zone_id, ("CREATE", {**other, **first, "SetIdentifier": "b"}))


def test_a_wildcard_is_answered_as_its_code(route53: Any) -> None:
    """D https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    zone_id = public_zone(route53)
    change(route53, zone_id, ("CREATE", record("*.example.com", "A", "192.0.2.1")))
    assert list(records(route53, zone_id)) == [("\\052.example.com.", "A")]


def test_a_change_is_pending_then_in_sync(emulator: Emulator, route53: Any) -> None:
    """D GetChange: PENDING, INSYNC"""
    zone_id = public_zone(route53)
    emulator.control("POST", "settings", {"transition": {"route53-change": 60_000}})
    made = change(route53, zone_id, ("CREATE", record("www.example.com", "A", "192.0.2.1")))["ChangeInfo"]
    assert route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "PENDING"
    emulator.control("POST", "settings", {"transition": {"route53-change": 0}})
    made = change(route53, zone_id, ("UPSERT", record("www.example.com", "A", "192.0.2.2")))["ChangeInfo"]
    assert route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC"


def test_a_zone_with_records_is_not_deleted(route53: Any) -> None:
    """V text: https://github.com/cloud-custodian/cloud-custodian/pull/9291"""
    zone_id = public_zone(route53)
    change(route53, zone_id, ("CREATE", record("www.example.com", "A", "192.0.2.1")))
    assert error_of(route53.delete_hosted_zone, Id=zone_id) == (
        "HostedZoneNotEmpty",
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
    )
    change(route53, zone_id, ("DELETE", record("www.example.com", "A", "192.0.2.1")))
    route53.delete_hosted_zone(Id=zone_id)
    assert refused(route53.get_hosted_zone, Id=zone_id) == ("NoSuchHostedZone", 404)


def test_a_caller_reference_is_for_one_zone(route53: Any) -> None:
    """D CreateHostedZone: HostedZoneAlreadyExists, 409; two zones may have one name"""
    route53.create_hosted_zone(Name="example.com", CallerReference="one")
    assert refused(route53.create_hosted_zone, Name="example.com", CallerReference="one") == (
        "HostedZoneAlreadyExists",
        409,
    )
    route53.create_hosted_zone(Name="example.com", CallerReference="two")


def test_zones_by_name_start_there(route53: Any) -> None:
    """D ListHostedZonesByName: in order of reversed labels, from DNSName on"""
    for name in ("example.com", "b.example.com", "a.example.com", "example.net"):
        public_zone(route53, name)
    answer = route53.list_hosted_zones_by_name(DNSName="b.example.com", MaxItems="1")
    assert [zone["Name"] for zone in answer["HostedZones"]] == ["b.example.com."]
    assert answer["IsTruncated"] and answer["NextDNSName"] == "example.net."
    every = route53.list_hosted_zones_by_name()["HostedZones"]
    assert [zone["Name"] for zone in every] == ["example.com.", "a.example.com.", "b.example.com.", "example.net."]


def test_a_private_zone_needs_a_vpc(route53: Any, vpc: dict[str, str]) -> None:
    """D CreateHostedZone: 'you must also specify values for VPCId and VPCRegion'; the code U. InvalidVPCId"""
    options = {"Name": "api.internal", "CallerReference": "x", "HostedZoneConfig": {"PrivateZone": True}}
    assert refused(route53.create_hosted_zone, **options) == ("InvalidInput", 400)
    nowhere = {"VPCId": "vpc-0123456789abcdef0", "VPCRegion": "eu-central-1"}
    assert refused(route53.create_hosted_zone, **options, VPC=nowhere) == ("InvalidVPCId", 400)
    zone = route53.get_hosted_zone(Id=private_zone(route53, vpc))
    assert zone["VPCs"] == [vpc] and zone["HostedZone"]["Config"]["PrivateZone"] and "DelegationSet" not in zone


def test_one_private_zone_of_a_name_for_each_vpc(route53: Any, vpc: dict[str, str]) -> None:
    """V https://github.com/hashicorp/terraform-provider-aws/issues/37783"""
    zone_id = private_zone(route53, vpc)
    assert error_of(route53.create_hosted_zone, Name="api.internal", VPC=vpc, CallerReference="again") == (
        "ConflictingDomainExists",
        f"The VPC {vpc['VPCId']} in region eu-central-1 has already been associated with the hosted zone "
        f"{zone_id.removeprefix('/hostedzone/')} with the same domain name.",
    )
    private_zone(route53, vpc, "other.api.internal")


def test_a_vpc_of_another_account(client: Callable[..., Any], route53: Any, vpc: dict[str, str]) -> None:
    """D AssociateVPCWithHostedZone: the zone's owner authorizes, the VPC's owner associates, the authorization goes;
    NotAuthorizedException 401 (V: hashicorp/terraform-provider-aws#617)"""
    owner, ec2 = client(HUB, "route53"), client(HUB, "ec2")
    own = {"VPCId": ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"], "VPCRegion": "eu-central-1"}
    zone_id = private_zone(owner, own)
    link = {"HostedZoneId": zone_id, "VPC": vpc}
    assert refused(route53.associate_vpc_with_hosted_zone, **link) == ("NotAuthorizedException", 401)
    owner.create_vpc_association_authorization(**link)
    assert owner.list_vpc_association_authorizations(HostedZoneId=zone_id)["VPCs"] == [vpc]
    assert refused(owner.associate_vpc_with_hosted_zone, **link) == ("NotAuthorizedException", 401)
    route53.associate_vpc_with_hosted_zone(**link)
    owner.delete_vpc_association_authorization(**link)
    assert owner.get_hosted_zone(Id=zone_id)["VPCs"] == [own, vpc]
    missing = refused(owner.delete_vpc_association_authorization, **link)
    assert missing == ("VPCAssociationAuthorizationNotFound", 404)
    summaries = route53.list_hosted_zones_by_vpc(**vpc)["HostedZoneSummaries"]
    assert [summary["Owner"] for summary in summaries] == [{"OwningAccount": HUB}]


def test_another_accounts_zone_is_denied(client: Callable[..., Any], route53: Any) -> None:
    """V hashicorp/terraform#24286: AccessDenied, 403"""
    zone_id = public_zone(client(HUB, "route53"))
    assert refused(route53.get_hosted_zone, Id=zone_id) == ("AccessDenied", 403)
    assert refused(route53.list_resource_record_sets, HostedZoneId=zone_id) == ("AccessDenied", 403)
    assert route53.list_hosted_zones()["HostedZones"] == []


def test_a_public_zone_has_no_vpcs(route53: Any, vpc: dict[str, str]) -> None:
    """D AssociateVPCWithHostedZone: PublicZoneVPCAssociation"""
    zone_id = public_zone(route53)
    call = route53.associate_vpc_with_hosted_zone
    assert refused(call, HostedZoneId=zone_id, VPC=vpc) == ("PublicZoneVPCAssociation", 400)


def test_the_last_vpc_stays(route53: Any, ec2: Any, vpc: dict[str, str]) -> None:
    """D DisassociateVPCFromHostedZone: LastVPCAssociation, VPCAssociationNotFound"""
    zone_id = private_zone(route53, vpc)
    other = {"VPCId": ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"], "VPCRegion": "eu-central-1"}
    call = route53.disassociate_vpc_from_hosted_zone
    assert refused(call, HostedZoneId=zone_id, VPC=other) == ("VPCAssociationNotFound", 404)
    assert refused(call, HostedZoneId=zone_id, VPC=vpc) == ("LastVPCAssociation", 400)
    route53.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=other)
    call(HostedZoneId=zone_id, VPC=vpc)
    assert route53.get_hosted_zone(Id=zone_id)["VPCs"] == [other]


def test_tags(route53: Any) -> None:
    """D ChangeTagsForResource"""
    zone_id = public_zone(route53).removeprefix("/hostedzone/")
    named = {"ResourceType": "hostedzone", "ResourceId": zone_id}
    route53.change_tags_for_resource(**named, AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    route53.change_tags_for_resource(**named, RemoveTagKeys=["a"])
    found = route53.list_tags_for_resource(**named)["ResourceTagSet"]["Tags"]
    assert found == [{"Key": "b", "Value": "2"}]
