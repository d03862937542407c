# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Place, Unknown

VPC = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "111111111111"}
VPCS = {"Vpcs": [VPC]}


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("", Place("")),
        ("eu-central-1/", Place("eu-central-1/", None, "eu-central-1")),
        ("us-gov-west-1/", Place("us-gov-west-1/", None, "us-gov-west-1")),
        (
            "accounts/111111111111/eu-central-1/",
            Place("accounts/111111111111/eu-central-1/", "111111111111", "eu-central-1"),
        ),
    ],
)
def test_layouts(folder, place):
    files = {f"{folder}Vpcs.json": VPCS, f"{folder}Other.json": [], "notes/Vpcs.json": "not read"}
    assert snapshot.parse(files).places == {place: {"Vpcs": (VPC,)}}


INTERFACE = {"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "Groups": []}
BAD = {
    "no files": ({}, "snapshot_dir: has none of a snapshot's files"),
    "another folder": ({"aws_configs/Vpcs.json": VPCS}, "us-east-1/Vpcs.json"),
    "no object": ({"Vpcs.json": [VPC]}, "Vpcs.json: is no list of Vpcs"),
    "another kind": ({"Vpcs.json": {"Subnets": []}}, "Vpcs.json: is no list of Vpcs"),
    "no ids": ({"Vpcs.json": {"Vpcs": [{"CidrBlock": "10.0.0.0/16"}]}}, "each item with its VpcId"),
    "a page": ({"Vpcs.json": {**VPCS, "NextToken": "more"}}, "further pages are missing"),
    "twice in a file": ({"Vpcs.json": {"Vpcs": [VPC, VPC]}}, "'vpc-1' is there twice"),
    "in two places": (
        {
            f"{region}/NetworkInterfaces.json": {"NetworkInterfaces": [INTERFACE]}
            for region in ("eu-central-1", "us-east-1")
        },
        "'eni-1' is there twice: in eu-central-1/NetworkInterfaces.json and us-east-1/NetworkInterfaces.json",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_snapshots(name):
    files, message = BAD[name]
    with pytest.raises(Invalid) as raised:
        snapshot.parse(files)
    assert message in str(raised.value)


def test_the_owners_view_of_a_vpc_comes_first():
    files = {f"accounts/{digit * 12}/eu-central-1/Vpcs.json": VPCS for digit in "012"}
    place, _vpc = snapshot.parse(files).vpcs["vpc-1"]
    assert place.account_id == "111111111111"


def test_what_was_not_read_is_unknown_and_what_is_empty_is_not():
    read = snapshot.parse({"Vpcs.json": VPCS, "Subnets.json": {"Subnets": []}})
    assert read.of_vpc("Subnets", "vpc-1") == []
    with pytest.raises(Unknown, match="RouteTables.json: the verdict is unknown"):
        read.of_vpc("RouteTables", "vpc-1")
    with pytest.raises(Unknown, match="vpc-2: the verdict is unknown"):
        read.of_vpc("Subnets", "vpc-2")


def test_the_owner_of_a_vpc_sees_interfaces_of_those_it_shares_subnets_with():
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-permissions.html"""
    interfaces = {"NetworkInterfaces": [INTERFACE]}
    paths = [f"accounts/{digit * 12}/eu-central-1/NetworkInterfaces.json" for digit in "12"]
    assert len(list(snapshot.parse(dict.fromkeys(paths, interfaces)).every("NetworkInterfaces"))) == 2


FOLDER = "accounts/111111111111/eu-central-1/"
DENIED = {"Kind": "Reservations", "Operation": "DescribeInstances", "Code": "UnauthorizedOperation"}


def test_what_was_denied_is_unknown_by_operation_and_code():
    """A file that an earlier run left isn't what is there now."""
    files = {f"{FOLDER}Vpcs.json": VPCS, f"{FOLDER}Reservations.json": {"Reservations": []}}
    read = snapshot.parse({**files, f"{FOLDER}Unread.json": {"Unread": [DENIED]}})
    (place,) = read.places
    assert read.places[place] == {"Vpcs": (VPC,)} and read.unread[place].keys() == {"Reservations"}
    with pytest.raises(Unknown, match="couldn't be read .DescribeInstances: UnauthorizedOperation."):
        read.items("Reservations", place)
    assert read.not_read("222222222222") == "account 222222222222 wasn't read"


@pytest.mark.parametrize("kind", snapshot.ESSENTIAL)
def test_a_place_of_which_an_essential_kind_was_denied_was_not_read(kind):
    """Who looks in it for senders, ways or filters would find none, and take the network for closed."""
    denied = {"Kind": kind, "Operation": f"Describe{kind}", "Code": "UnauthorizedOperation"}
    read = snapshot.parse({f"{FOLDER}Vpcs.json": VPCS, f"{FOLDER}Unread.json": {"Unread": [denied]}}).whole()
    assert not read.places and not read.vpcs
    why = f"account 111111111111 wasn't read (Describe{kind}: UnauthorizedOperation)"
    assert read.not_read("111111111111") == read.not_read("111111111111", "eu-central-1") == why
    assert read.not_read("111111111111", "eu-west-1") == "account 111111111111 wasn't read"


def test_a_kind_of_which_a_part_was_denied_is_there():
    part = {"Kind": "PrefixLists", "Operation": "GetManagedPrefixListEntries", "Code": "Denied", "Of": "pl-1"}
    files = {f"{FOLDER}PrefixLists.json": {"PrefixLists": []}, f"{FOLDER}Unread.json": {"Unread": [part]}}
    read = snapshot.parse(files)
    (place,) = read.places
    assert read.items("PrefixLists", place) == () and not read.unread[place]


def test_a_place_of_which_nothing_could_be_read_is_a_place():
    read = snapshot.parse({f"{FOLDER}Unread.json": {"Unread": [DENIED]}})
    assert [str(place) for place in read.places] == ["account 111111111111, eu-central-1"]


@pytest.mark.parametrize("bad", [[], {"Unread": [{"Kind": "Vpcs"}]}, {"Unread": [{**DENIED, "Code": 1}]}])
def test_a_malformed_list_of_what_was_not_read(bad):
    with pytest.raises(Invalid, match="Unread.json"):
        snapshot.parse({f"{FOLDER}Vpcs.json": VPCS, f"{FOLDER}Unread.json": bad})


def test_items_of_which_several_members_are_the_id():
    one = {"GroupId": "sg-1", "VpcId": "vpc-1", "State": "associated"}
    kind = "SecurityGroupVpcAssociations"
    files = {f"{kind}.json": {kind: [one, {**one, "VpcId": "vpc-2"}]}}
    assert len(list(snapshot.parse(files).every(kind))) == 2
    with pytest.raises(Invalid, match="'sg-1 vpc-1' is there twice"):
        snapshot.parse({f"{kind}.json": {kind: [one, one]}})


def test_the_hash_is_of_what_was_read():
    other = {**VPC, "VpcId": "vpc-2"}
    files = {f"{FOLDER}Vpcs.json": {"Vpcs": [VPC, other]}, "notes.json": {"a": 1}}
    first = snapshot.hash_of(files)
    turned = {f"{FOLDER}Vpcs.json": {"Vpcs": [other, dict(reversed(VPC.items()))]}}
    assert first == snapshot.hash_of({**turned, f"{FOLDER}Read.json": {"Start": "now"}})
    assert first.startswith("sha256:") and len(first) == 71
    assert first != snapshot.hash_of({f"{FOLDER}Vpcs.json": {"Vpcs": [VPC]}})
    assert first != snapshot.hash_of({**files, f"{FOLDER}Unread.json": {"Unread": [DENIED]}})
