# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of a saved snapshot: what is denied is noted by name, and what changes meanwhile."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.closednet.aws.plugins.module_utils._aws.errors import classify, code_of
from ansible_collections.closednet.aws.plugins.module_utils._core.parallel import gather
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._resources.facts import evidence
from ansible_collections.closednet.aws.plugins.module_utils._resources.facts.noted_reads import Reads, Wanted


class Aws:
    errors = (ClientError, EndpointConnectionError)
    gather = staticmethod(gather)
    classify = staticmethod(classify)
    code = staticmethod(code_of)


def refusing(code, operation="DescribeThings", status=400):
    def read():
        error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(error, operation)

    return read


def unresolved():
    raise EndpointConnectionError(endpoint_url="https://vpc-lattice.eu-central-1.amazonaws.com")


@pytest.mark.parametrize(
    "code", ["UnauthorizedOperation", "AccessDeniedException", "InvalidAction", "UnknownOperationException"]
)
def test_what_is_denied_or_missing_is_noted(code):
    reads = Reads(Aws(), goes_on=True)
    reads.take(Wanted("Things", "ec2.describe_things", refusing(code)), Wanted("Vpcs", "ec2.describe_vpcs", list))
    reads.take(Wanted("Parts", "ec2.describe_parts", list, ("Things",)))
    assert reads.kinds == {"Vpcs": []}
    assert list(reads.unread.values()) == [
        {"Kind": kind, "Operation": "DescribeThings", "Code": code} for kind in ("Things", "Parts")
    ]


@pytest.mark.parametrize("code", ["InternalError", "RequestLimitExceeded", "RequestExpired", "AuthFailure"])
def test_trouble_is_no_answer(code):
    with pytest.raises(ClientError):
        Reads(Aws(), goes_on=True).take(Wanted("Things", "ec2.describe_things", refusing(code, status=503)))


def test_what_a_trace_needs_is_never_left_out():
    with pytest.raises(ClientError):
        Reads(Aws(), goes_on=False).take(Wanted("Vpcs", "ec2.describe_vpcs", refusing("UnauthorizedOperation")))


def test_a_service_without_a_host_is_noted_and_ec2_is_not():
    reads = Reads(Aws(), goes_on=True)
    reads.take(Wanted("LatticeServices", "vpc-lattice.list_services", unresolved))
    noted = {"Kind": "LatticeServices", "Operation": "ListServices", "Code": "EndpointConnectionError"}
    assert list(reads.unread.values()) == [noted]
    with pytest.raises(EndpointConnectionError):
        reads.take(Wanted("Vpcs", "ec2.describe_vpcs", unresolved))


FOLDER = "accounts/111111111111/eu-central-1/"


def answers(*vpcs):
    """Return a function that returns the files of one read after the other, the last of them again and again."""
    left = list(vpcs)

    def describe():
        found = left.pop(0) if len(left) > 1 else left[0]
        return {
            f"{FOLDER}Vpcs.json": {"Vpcs": [{"VpcId": one, "CidrBlock": "10.0.0.0/16"} for one in found]},
            f"{FOLDER}Subnets.json": {"Subnets": []},
            f"{FOLDER}Unread.json": {"Unread": []},
        }

    return describe


def read(*vpcs, twice=True):
    files = evidence.read(answers(*vpcs), FOLDER, twice, {"botocore": "1"})
    (place,) = snapshot.parse(files).places
    return files, snapshot.parse(files).read[place], place


def test_one_read_is_told_as_one():
    _files, told, _place = read("a", twice=False)
    assert (told["Reads"], told["Equal"]) == (1, False)
    assert told["Start"] <= told["End"] and told["Start"].endswith("+00:00")
    assert told["Versions"].keys() == {"botocore", "closednet.aws"}


def test_two_equal_reads_end_it_whatever_their_order():
    files, told, _place = read("ab", "ba")
    assert (told["Reads"], told["Equal"]) == (2, True) and f"{FOLDER}Vpcs.json" in files


def test_a_change_between_reads_needs_another_one():
    _files, told, _place = read("a", "ab", "ab")
    assert (told["Reads"], told["Equal"]) == (3, True)


def test_what_changes_all_the_time_is_unread():
    files, told, place = read("a", "b", "c", "d", "e")
    assert (told["Reads"], told["Equal"]) == (evidence.READS, False)
    found = snapshot.parse(files)
    assert found.unread == {place: {"Vpcs": "ChangedWhileRead"}}
    assert found.places[place] == {"Subnets": ()}
    with pytest.raises(snapshot.Unknown, match="couldn't be read .ChangedWhileRead."):
        found.items("Vpcs", place)


def test_an_account_whose_vpcs_are_denied_is_not_read():
    with pytest.raises(ClientError):
        Reads(Aws(), goes_on=True).take(Wanted("Vpcs", "ec2.describe_vpcs", refusing("UnauthorizedOperation")))
