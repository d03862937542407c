# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53 Profiles: Profiles, associations with VPCs, resources, and who may do what with a shared one.

Sources: botocore's model of the service, https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html and
sharing-profiles.html; statuses: AWS's examples of the CLI.
"""

from __future__ import annotations

import pytest

from .conftest import HUB, SPOKE, refused

REGION = "eu-central-1"


@pytest.fixture
def owner(client):
    return client(HUB, "route53profiles", REGION)


@pytest.fixture
def consumer(client):
    return client(SPOKE, "route53profiles", REGION)


@pytest.fixture
def profile(owner):
    return owner.create_profile(Name="central", ClientToken="1")["Profile"]


def share(client, profile, account=SPOKE):
    ram = client(HUB, "ram", REGION)
    return ram.create_resource_share(name="central", principals=[account], resourceArns=[profile["Arn"]])[
        "resourceShare"
    ]["resourceShareArn"]


def associate(profiles, profile, vpc_id, **more):
    call = {"ProfileId": profile["Id"], "ResourceId": vpc_id, "Name": "central"}
    return profiles.associate_profile(**call | more)["ProfileAssociation"]


def hub_endpoint(client, service="ssm", private_dns=True, cidr="10.99.0.0/16"):
    ec2 = client(HUB, "ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.replace("/16", "/24"), AvailabilityZone=f"{REGION}a")
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=[subnet["Subnet"]["SubnetId"]],
        PrivateDnsEnabled=private_dns,
    )["VpcEndpoint"]
    return made["VpcEndpointId"], f"arn:aws:ec2:{REGION}:{HUB}:vpc-endpoint/{made['VpcEndpointId']}"


def test_a_profile(owner, consumer, profile):
    assert owner.get_profile(ProfileId=profile["Id"])["Profile"]["Status"] == "COMPLETE"
    (listed,) = owner.list_profiles()["ProfileSummaries"]
    assert listed == {
        "Id": profile["Id"],
        "Arn": profile["Arn"],
        "Name": "central",
        "ShareStatus": "NOT_SHARED",
    }
    assert consumer.list_profiles()["ProfileSummaries"] == []
    again = owner.create_profile(Name="central", ClientToken="1")["Profile"]
    assert again["Id"] == profile["Id"]
    wrong = {"Name": "a.b", "ClientToken": "2"}
    assert refused(owner.create_profile, **wrong) == ("ValidationException", 400)
    owner.tag_resource(ResourceArn=profile["Arn"], Tags={"a": "1", "b": "2"})
    owner.untag_resource(ResourceArn=profile["Arn"], TagKeys=["a"])
    assert owner.list_tags_for_resource(ResourceArn=profile["Arn"])["Tags"] == {"b": "2"}
    owner.delete_profile(ProfileId=profile["Id"])
    assert refused(owner.get_profile, ProfileId=profile["Id"]) == ("ResourceNotFoundException", 400)


def test_a_shared_profile_is_associated_by_the_consumer_and_not_changed(client, owner, consumer, profile, vpc_id):
    call = {"ProfileId": profile["Id"], "ResourceId": vpc_id, "Name": "central"}
    assert refused(consumer.associate_profile, **call) == ("ResourceNotFoundException", 400)
    arn = share(client, profile)
    assert [one["ShareStatus"] for one in owner.list_profiles()["ProfileSummaries"]] == ["SHARED_BY_ME"]
    assert [one["ShareStatus"] for one in consumer.list_profiles()["ProfileSummaries"]] == ["SHARED_WITH_ME"]
    made = associate(consumer, profile, vpc_id)
    assert (made["Status"], made["Priority"], made["OwnerId"]) == ("CREATING", 100, SPOKE)
    (there,) = consumer.list_profile_associations(ResourceId=vpc_id)["ProfileAssociations"]
    assert (there["Id"], there["Status"]) == (made["Id"], "COMPLETE")
    # "able to view and delete the VPC associations they own"
    assert owner.list_profile_associations(ProfileId=profile["Id"])["ProfileAssociations"] == []
    _, endpoint = hub_endpoint(client)
    add = {"ProfileId": profile["Id"], "ResourceArn": endpoint, "Name": "ssm"}
    assert refused(consumer.associate_resource_to_profile, **add) == ("AccessDeniedException", 400)
    assert refused(consumer.delete_profile, ProfileId=profile["Id"]) == ("AccessDeniedException", 400)
    assert refused(owner.delete_profile, ProfileId=profile["Id"]) == ("ConflictException", 400)
    # "When you unshare a Profile, and VPCs that have that Profile's configurations associated to them, will lose them"
    client(HUB, "ram", REGION).disassociate_resource_share(resourceShareArn=arn, principals=[SPOKE])
    assert consumer.list_profile_associations(ResourceId=vpc_id)["ProfileAssociations"] == []


def test_two_profiles_of_a_vpc_have_priorities_of_their_own(consumer, vpc_id):
    one, two, three = (
        consumer.create_profile(Name=name, ClientToken=name)["Profile"] for name in ("one", "two", "three")
    )
    first = associate(consumer, one, vpc_id)
    call = {"ProfileId": two["Id"], "ResourceId": vpc_id, "Name": "two"}
    assert refused(consumer.associate_profile, **call) == ("ValidationException", 400)
    assert refused(consumer.associate_profile, **call, Priority=100) == ("ValidationException", 400)
    assert refused(consumer.associate_profile, **call, Priority=9901) == ("ValidationException", 400)
    assert refused(consumer.associate_profile, **call | {"ProfileId": one["Id"]}) == ("ResourceExistsException", 400)
    second = associate(consumer, two, vpc_id, Priority=200)
    third = {**call, "ProfileId": three["Id"], "Priority": 300}
    assert refused(consumer.associate_profile, **third) == ("LimitExceededException", 400)
    update = {"ProfileAssociationId": second["Id"]}
    assert refused(consumer.update_profile_association, **update, Priority=100) == ("ValidationException", 400)
    changed = consumer.update_profile_association(**update, Priority=150)["ProfileAssociation"]
    assert (changed["Id"], changed["Priority"]) == (second["Id"], 150)
    ended = consumer.disassociate_profile(ProfileId=one["Id"], ResourceId=vpc_id)["ProfileAssociation"]
    assert (ended["Id"], ended["Status"]) == (first["Id"], "DELETING")
    gone = {"ProfileId": one["Id"], "ResourceId": vpc_id}
    assert refused(consumer.disassociate_profile, **gone) == ("ResourceNotFoundException", 400)


def test_resources_of_a_profile(client, owner, consumer, profile):
    id_, arn = hub_endpoint(client)
    of_profile = {"ProfileId": profile["Id"], "ResourceArn": arn}
    made = owner.associate_resource_to_profile(**of_profile, Name="ssm")["ProfileResourceAssociation"]
    assert (made["ResourceArn"], made["Status"]) == (arn, "CREATING")
    assert refused(owner.associate_resource_to_profile, **of_profile, Name="x") == ("ConflictException", 400)
    share(client, profile)
    (there,) = consumer.list_profile_resource_associations(ProfileId=profile["Id"])["ProfileResourceAssociations"]
    assert (there["Id"], there["Status"], there["OwnerId"]) == (made["Id"], "COMPLETE", HUB)
    other = arn.replace(id_, "vpce-0123456789abcdef0")
    missing = {"ProfileId": profile["Id"], "ResourceArn": other, "Name": "x"}
    assert refused(owner.associate_resource_to_profile, **missing) == ("ResourceNotFoundException", 400)
    rules = "arn:aws:route53resolver:eu-central-1:111111111111:firewall-rule-group/rslvr-frg-1"
    group = {"ProfileId": profile["Id"], "ResourceArn": rules, "Name": "x"}
    assert refused(owner.associate_resource_to_profile, **group) == ("InvalidParameterException", 400)
    owner.disassociate_resource_from_profile(**of_profile)
    assert refused(owner.disassociate_resource_from_profile, **of_profile) == ("ResourceNotFoundException", 400)


def test_states_that_pass(client, emulator, owner, profile, vpc_id):
    emulator.control("POST", "settings", {"transition": {"profile-resource": 60000}})
    _, arn = hub_endpoint(client)
    owner.associate_resource_to_profile(ProfileId=profile["Id"], ResourceArn=arn, Name="ssm")
    (one,) = owner.list_profile_resource_associations(ProfileId=profile["Id"])["ProfileResourceAssociations"]
    assert one["Status"] == "CREATING"


def test_what_a_name_resolves_to(client, emulator, owner, consumer, profile, vpc_id):
    def answer(name):
        asked = {"account_id": SPOKE, "region": REGION, "vpc_id": vpc_id, "name": name}
        told = emulator.control("POST", "resolve", asked)
        return told["kind"], told["source"]

    ssm, images = f"ssm.{REGION}.amazonaws.com", f"123.dkr.ecr.{REGION}.amazonaws.com"
    assert answer(ssm) == ("public", "")
    for service in ("ssm", "ecr.dkr"):
        _, arn = hub_endpoint(client, service)
        owner.associate_resource_to_profile(ProfileId=profile["Id"], ResourceArn=arn, Name=service.replace(".", "-"))
        if service == "ssm":
            of_hub = arn.rsplit("/", 1)[1]
    share(client, profile)
    assert answer(ssm) == ("public", "")  # not associated
    associate(consumer, profile, vpc_id)
    assert answer(ssm) == ("profile_endpoint", of_hub)
    assert answer(images)[0] == "profile_endpoint"
    assert answer(images.removeprefix("123."))[0] == "public"  # the wildcard's name isn't its domain
    ec2, route53 = client(SPOKE, "ec2", REGION), client(SPOKE, "route53", REGION)
    vpc = {"VPCId": vpc_id, "VPCRegion": REGION}
    parent = {"Name": "amazonaws.com", "CallerReference": "1", "VPC": vpc}
    route53.create_hosted_zone(**parent)
    assert answer(ssm) == ("profile_endpoint", of_hub)  # "the most specific one wins"
    assert answer(f"sqs.{REGION}.amazonaws.com")[0] == "zone"
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    own = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.ssm", PrivateDnsEnabled=True
    )["VpcEndpoint"]["VpcEndpointId"]
    assert answer(ssm) == ("endpoint", own)  # "the local DNS settings take precedence"
    ec2.modify_vpc_endpoint(VpcEndpointId=own, PrivateDnsEnabled=False)
    assert answer(ssm) == ("profile_endpoint", of_hub)


def test_of_two_profiles_the_lower_priority_answers(client, emulator, consumer, vpc_id):
    ec2, route53 = client(SPOKE, "ec2", REGION), client(SPOKE, "route53", REGION)
    other = ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]
    vpc = {"VPCId": other, "VPCRegion": REGION}
    for name, priority, address in (("one", 200, "10.0.0.1"), ("two", 100, "10.0.0.2")):
        reference = {"Name": "a.example.com", "CallerReference": name, "VPC": vpc}
        if name == "two":
            made = ec2.create_vpc(CidrBlock="10.97.0.0/16")["Vpc"]["VpcId"]
            reference["VPC"] = {"VPCId": made, "VPCRegion": REGION}
        zone = route53.create_hosted_zone(**reference)["HostedZone"]["Id"]
        record = {"Name": "a.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
        changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
        profile = consumer.create_profile(Name=name, ClientToken=name)["Profile"]
        arn = f"arn:aws:route53:::hostedzone/{zone.rsplit('/', 1)[1]}"
        consumer.associate_resource_to_profile(ProfileId=profile["Id"], ResourceArn=arn, Name=name)
        associate(consumer, profile, vpc_id, Priority=priority)
    asked = {"account_id": SPOKE, "region": REGION, "vpc_id": vpc_id, "name": "a.example.com"}
    told = emulator.control("POST", "resolve", asked)
    assert (told["kind"], told["addresses"]) == ("profile_zone", ["10.0.0.2"])
