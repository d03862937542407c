# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The emulator's own control API: what AWS has no word for. Its faults look like AWS's."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from emulator.ec2 import throttling

from .conftest import HUB, MANAGEMENT, SEED, SPOKE, error_of, filters, refused, running


def test_calls_are_logged(emulator, ec2):
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    refused(ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
    calls = emulator.control("GET", "calls")
    assert [(call["service"], call["operation"], call["status"], call["error"]) for call in calls] == [
        ("sts", "AssumeRole", 200, None),
        ("ec2", "CreateVpc", 200, None),
        ("ec2", "DescribeVpcs", 400, "InvalidVpcID.NotFound"),
    ]
    assert calls[1]["account"] == SPOKE
    assert calls[1]["principal"] == f"arn:aws:sts::{SPOKE}:assumed-role/OrganizationAccountAccessRole/tests"
    assert calls[1]["region"] == "eu-central-1"
    assert calls[1]["ms"] > 0
    assert emulator.control("GET", "calls?since=2") == calls[2:]
    assert emulator.control("GET", "stats")["ec2.CreateVpc"]["calls"] == 1
    emulator.control("DELETE", "calls")
    assert emulator.control("GET", "calls") == []


def test_calls_are_counted(emulator, client):
    for account_id in (SPOKE, HUB):
        ec2 = client(account_id, "ec2")
        for _ in range(2):
            ec2.describe_vpcs()
    assert emulator.control("GET", "calls?since=1&count=account,operation") == [
        {"account": SPOKE, "operation": "DescribeVpcs", "calls": 2},
        {"account": HUB, "operation": "DescribeVpcs", "calls": 2},
        {"account": MANAGEMENT, "operation": "AssumeRole", "calls": 1},
    ]
    assert emulator.control("GET", "calls?count=service")[0] == {"service": "ec2", "calls": 4}
    with pytest.raises(HTTPError, match="400"):
        emulator.control("GET", "calls?count=colour")


def test_own_cost(emulator, ec2):
    before = emulator.control("GET", "process")
    for _ in range(20):
        ec2.describe_vpcs()
    spent = emulator.control("GET", "process")["cpu_seconds"] - before["cpu_seconds"]
    of_calls = emulator.control("GET", "stats")["ec2.DescribeVpcs"]
    assert 0 < of_calls["cpu_ms_total"] <= of_calls["ms_total"] + 1
    # Of the process is more: HTTP, threads.
    assert spent * 1000 > of_calls["cpu_ms_total"] - of_calls["ms_max"]
    assert before["memory_mb"] > 10


def test_rest_calls_are_logged_by_operation(emulator, client):
    client(HUB, "ram").get_resource_shares(resourceOwner="SELF")
    call = emulator.control("GET", "calls")[-1]
    assert (call["service"], call["operation"], call["account"]) == ("ram", "GetResourceShares", HUB)


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        # https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
        ("ec2", "describe_vpcs", ("RequestLimitExceeded", 503)),
        # https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
        ("sts", "get_caller_identity", ("Throttling", 400)),
        # https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
        ("organizations", "describe_organization", ("TooManyRequestsException", 400)),
    ],
)
def test_throttling(emulator, client, service, operation, expected):
    call = getattr(client(SPOKE, service), operation)
    emulator.control("POST", "faults", {"service": service, "action": "throttle", "times": 1})
    assert refused(call) == expected
    call()


def test_throttled_calls_are_retried_by_the_sdk(emulator):
    """So the code is one that the SDK knows: botocore's standard retry mode."""
    emulator.control("POST", "faults", {"operation": "DescribeVpcs", "action": "throttle", "times": 2})
    config = Config(retries={"mode": "standard", "total_max_attempts": 4})
    session = emulator.session(SPOKE)
    session.client("ec2", "eu-central-1", endpoint_url=emulator.endpoint, config=config).describe_vpcs()
    assert [call["error"] for call in emulator.control("GET", "calls")] == [
        None,
        "RequestLimitExceeded",
        "RequestLimitExceeded",
        None,
    ]


def test_nth_call_of_an_account(emulator, client):
    spoke, hub = client(SPOKE, "ec2"), client(HUB, "ec2")
    rule = {"account": SPOKE, "operation": "Describe*", "nth": 2, "action": "error", "code": "Custom", "message": "no"}
    emulator.control("POST", "faults", rule)
    hub.describe_vpcs()
    spoke.describe_vpcs()
    hub.describe_vpcs()
    assert error_of(spoke.describe_subnets) == ("Custom", "no")
    spoke.describe_vpcs()
    assert emulator.control("GET", "faults")[0]["hits"] == 1


def test_rate(emulator, ec2):
    emulator.control("POST", "faults", {"service": "ec2", "rate": 0.5, "action": "unavailable", "status": 500})
    failed = 0
    for _ in range(40):
        try:
            ec2.describe_vpcs()
        except ec2.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            failed += 1
    assert 5 < failed < 35
    emulator.control("DELETE", "faults")
    ec2.describe_vpcs()


@pytest.mark.parametrize(("action", "vpcs"), [("drop_before", 1), ("drop_after", 2)])
def test_dropped_connection(emulator, ec2, action, vpcs):
    """Before the write nothing is there, after it all is: the default VPC and the one that was asked for."""
    emulator.control("POST", "faults", {"operation": "CreateVpc", "action": action, "times": 1})
    with pytest.raises(ConnectionClosedError):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert len(ec2.describe_vpcs()["Vpcs"]) == vpcs
    dropped = [call for call in emulator.control("GET", "calls") if call["operation"] == "CreateVpc"]
    assert [(call["status"], call["fault"]) for call in dropped] == [(None, action)]


def test_dropped_answer_and_client_token(emulator, vpc_id):
    """boto3 sends a client token of its own with CreateRouteTable, and the same one when it tries again:
    https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"""
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    ec2 = emulator.session(SPOKE).client("ec2", "eu-central-1", endpoint_url=emulator.endpoint, config=config)
    emulator.control("POST", "faults", {"operation": "CreateRouteTable", "action": "drop_after", "times": 1})
    made = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    tables = ec2.describe_route_tables(Filters=filters(vpc_id=vpc_id))["RouteTables"]
    assert [table["RouteTableId"] for table in tables if not table["Associations"]] == [made]


def test_latency(emulator, ec2):
    emulator.control("POST", "settings", {"latency": 120})
    started = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - started > 0.12
    assert emulator.control("GET", "calls")[-1]["ms"] < 120


def test_lag(emulator, ec2):
    """https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html: "you might get ... NotFound" """
    emulator.control("POST", "settings", {"lag": 300})
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert refused(ec2.describe_vpcs, VpcIds=[vpc_id]) == ("InvalidVpcID.NotFound", 400)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    while len(ec2.describe_vpcs()["Vpcs"]) == 1:
        pass
    assert ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"


def test_token_buckets(emulator, client):
    """By account and API: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"""
    spoke, hub = client(SPOKE, "ec2"), client(HUB, "ec2")
    emulator.control("POST", "settings", {"buckets": {"DescribeVpcs": [3, 5]}})
    for _ in range(3):
        spoke.describe_vpcs()
    assert refused(spoke.describe_vpcs) == ("RequestLimitExceeded", 503)
    spoke.describe_subnets()
    hub.describe_vpcs()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            spoke.describe_vpcs()
            break
        except spoke.exceptions.ClientError:
            continue
    else:
        raise AssertionError("the bucket was not refilled")


def count_until_throttled(call, most):
    """How many were let through. Tokens come back meanwhile, so more may be than the bucket holds."""
    for number in range(most):
        try:
            call()
        except ClientError as error:
            if error.response["Error"]["Code"] == "RequestLimitExceeded":
                return number
    raise AssertionError(f"{most} calls, none was throttled")


def test_documented_buckets(emulator, client, ec2):
    """The numbers of https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"""
    assert emulator.control("POST", "settings", {"buckets": "documented"})["buckets"] == "documented"
    endpoint = {"VpcId": "vpc-0123456789abcdef0", "ServiceName": "com.amazonaws.eu-central-1.s3"}
    assert 4 <= count_until_throttled(lambda: ec2.create_vpc_endpoint(**endpoint), 40) < 20
    assert count_until_throttled(ec2.describe_security_groups, 2000) >= 50
    # A filter, ids or pages take from another bucket, as other accounts and operations do.
    ec2.describe_security_groups(Filters=filters(group_name="default"))
    ec2.describe_security_groups(MaxResults=5)
    client(HUB, "ec2").describe_security_groups()
    ec2.describe_subnets()
    emulator.control("POST", "settings", {"buckets": {}})
    refused(ec2.create_vpc_endpoint, **endpoint)
    with pytest.raises(HTTPError, match="400"):
        emulator.control("POST", "settings", {"buckets": "generous"})


@pytest.mark.parametrize(
    ("operation", "parameters", "limits"),
    [
        ("DescribeVpcs", {}, (100, 20)),
        ("SearchTransitGatewayRoutes", {}, (100, 20)),
        ("DescribeInstances", {"Action": "DescribeInstances", "Version": "2016-11-15"}, (50, 10)),
        ("DescribeInstances", {"InstanceId.1": "i-0123456789abcdef0"}, (100, 20)),
        ("DescribeInstances", {"MaxResults": "5"}, (100, 20)),
        ("CreateVpc", {}, (50, 5)),
        ("AuthorizeSecurityGroupIngress", {}, (50, 5)),
        ("CreateTags", {}, (100, 10)),
        ("CreateNatGateway", {}, (10, 1)),
        ("DeleteVpcEndpoints", {}, (4, 0.3)),
    ],
)
def test_documented_bucket_of_an_operation(operation, parameters, limits):
    assert throttling.documented(operation, parameters)[1] == limits


def test_documented_buckets_from_the_start(tmp_path):
    with running(SEED, tmp_path, "--buckets", "documented") as emulator:
        assert emulator.control("GET", "settings")["buckets"] == "documented"
        emulator.control("POST", "reset")
        assert emulator.control("GET", "settings")["buckets"] == "documented"


def test_reset(emulator, ec2):
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    changed = {"latency": 5, "transition": {"nat-gateway": 7}, "lag": 3, "target_health": {"10.0.0.1": "unhealthy"}}
    changed["managed_instances"] = {"i-0123456789abcdef0": {}}
    changed |= {"clock_ahead": 60, "log_delivery": {"scale": 0.5}}
    assert emulator.control("POST", "settings", changed)["target_health"] == changed["target_health"]
    emulator.control("POST", "faults", {"action": "throttle"})
    emulator.control("POST", "reset")
    assert emulator.control("GET", "settings") == {
        "latency": 0,
        "lag": 0,
        "transition": {"default": 0},
        "transition_call": 0,
        "buckets": {},
        "target_health": {},
        "vpc_block_public_access": {},
        "managed_instances": {},
        "clock_ahead": 0,
        "unsigned_context": {},
        "firewall_domains": {},
        "failing_images": {},
        "log_delivery": {"scale": 1.0},
    }
    assert emulator.control("GET", "faults") == emulator.control("GET", "calls") == []
    assert refused(ec2.describe_vpcs) == ("AuthFailure", 401)
    assert len(emulator.client(SPOKE, "ec2").describe_vpcs()["Vpcs"]) == 1


def test_wrong_control_calls_say_so(emulator):
    for name, body in (("faults", {"action": "nonsense"}), ("settings", {"colour": 1}), ("faults", {"nth": 1})):
        with pytest.raises(Exception, match="HTTP Error 400"):
            emulator.control("POST", name, body)
    with pytest.raises(Exception, match="HTTP Error 404"):
        emulator.control("GET", "nothing")


def test_many_callers_at_once(emulator, ec2):
    """boto3 clients are used from many threads; no answer is mixed up with another."""
    blocks = [f"10.{number}.0.0/16" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda block: ec2.create_vpc(CidrBlock=block)["Vpc"]["CidrBlock"], blocks))
    assert made == blocks


def test_time_of_states_that_counts_calls(emulator, ec2):
    """A state of 20 ms lasts four calls of 5 ms, whatever time passes between them."""
    emulator.control("POST", "settings", {"transition": {"prefix-list": 20}, "transition_call": 5})
    ec2.create_managed_prefix_list(PrefixListName="hub", AddressFamily="IPv4", MaxEntries=2)
    wanted = [{"Name": "prefix-list-name", "Values": ["hub"]}]
    states = [ec2.describe_managed_prefix_lists(Filters=wanted)["PrefixLists"][0]["State"] for _ in range(6)]
    assert states == ["create-in-progress"] * 3 + ["create-complete"] * 3


def test_states_outlive_a_change_of_their_clock(emulator, ec2):
    emulator.control("POST", "settings", {"transition": 20, "transition_call": 1e12})
    for name in ("first", "second"):
        ec2.create_managed_prefix_list(PrefixListName=name, AddressFamily="IPv4", MaxEntries=2)
    emulator.control("POST", "settings", {"transition_call": 0})
    wanted = [{"Name": "prefix-list-name", "Values": ["second"]}]
    assert ec2.describe_managed_prefix_lists(Filters=wanted)["PrefixLists"][0]["State"] == "create-in-progress"


def blocks(client):
    return sorted(vpc["CidrBlock"] for vpc in client.describe_vpcs()["Vpcs"])[:-1]  # but the default VPC's


def test_snapshots(emulator, ec2):
    """A state can be had again as often as wanted, with what tests set; the caller's connections don't outlive it."""
    before = emulator.control("GET", "settings")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    emulator.control("POST", "settings", {"lag": 60_000})
    emulator.control("POST", "snapshot")
    for block in ("10.1.0.0/16", "10.2.0.0/16"):
        ec2.create_vpc(CidrBlock=block)
        emulator.control("POST", "settings", {"lag": 0})
        assert blocks(ec2) == ["10.0.0.0/16", block]
        emulator.control("POST", "restore")
        assert emulator.control("GET", "settings")["lag"] == 60_000
    ec2.create_vpc(CidrBlock="10.3.0.0/16")
    emulator.control("POST", "settings", {"lag": 0})
    emulator.control("POST", "snapshot")
    ec2.create_vpc(CidrBlock="10.4.0.0/16")
    emulator.control("POST", "restore")
    assert blocks(ec2) == ["10.0.0.0/16", "10.3.0.0/16"]

    emulator.control("POST", "reset")
    assert emulator.control("GET", "settings") == before | {"transition_call": 0}
    assert blocks(emulator.client(SPOKE, "ec2")) == []
    with pytest.raises(Exception, match="HTTP Error 409"):
        emulator.control("POST", "restore")


@pytest.mark.parametrize(("when", "done"), [("before", []), ("after", ["10.0.0.0/16"])])
def test_a_held_call_whose_caller_goes(emulator, when, done):
    """What hadn't taken place by then doesn't; calls of others go on meanwhile."""
    emulator.control("POST", "faults", {"action": f"hold_{when}", "operation": "CreateVpc"})
    impatient = boto3.client(
        "ec2",
        "eu-central-1",
        endpoint_url=emulator.endpoint,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=0.5),
        **emulator.credentials(SPOKE),
    )
    with pytest.raises(ReadTimeoutError):
        impatient.create_vpc(CidrBlock="10.0.0.0/16")
    impatient.close()
    while emulator.control("GET", "faults")[0]["holding"]:
        pass
    assert blocks(emulator.client(SPOKE, "ec2")) == done
    (call,) = [call for call in emulator.control("GET", "calls") if call["operation"] == "CreateVpc"]
    assert (call["status"], call["fault"]) == (None, f"hold_{when}")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_held_call_goes_on_when_it_may(emulator, ec2, when):
    emulator.control("POST", "faults", {"action": f"hold_{when}", "operation": "CreateVpc"})
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(ec2.create_vpc, CidrBlock="10.0.0.0/16")
        while not emulator.control("GET", "faults")[0]["holding"]:
            assert not made.done()
        assert blocks(emulator.client(SPOKE, "ec2")) == ([] if when == "before" else ["10.0.0.0/16"])
        emulator.control("DELETE", "faults")
        assert made.result()["Vpc"]["CidrBlock"] == "10.0.0.0/16"


def test_reads_lag_behind_one_write(emulator, ec2):
    emulator.control("POST", "faults", {"action": "lag", "ms": 60_000, "operation": "CreateVpc", "nth": 2})
    for block in ("10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"):
        ec2.create_vpc(CidrBlock=block)
    assert blocks(ec2) == ["10.0.0.0/16", "10.2.0.0/16"]
    emulator.control("POST", "settings", {"lag": 0})
    assert blocks(ec2) == ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]
