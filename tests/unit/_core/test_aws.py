# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential, the account guard, retries and the count of calls, against botocore's own stubs of the network."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectionClosedError

from ansible_collections.closednet.aws.plugins.module_utils._core import aws as core
from ansible_collections.closednet.aws.plugins.module_utils._core.aws import Aws, check_account
from ansible_collections.closednet.aws.plugins.module_utils._core.failure import Failure
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import refusal

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/network"
PARAMS = {
    "account_id": ACCOUNT,
    "region": "eu-central-1",
    "access_key": "AKIAOPERATOR",
    "secret_key": "very-secret",
    "endpoint_url": "http://127.0.0.1:1",
    "validate_certs": True,
}
XML = '<?xml version="1.0"?>'
IDENTITY = XML + "<R><GetCallerIdentityResult><Account>{}</Account></GetCallerIdentityResult></R>"
SESSION = XML + (
    "<R><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    "<AssumedRoleUser><Arn>arn:aws:sts::{}:assumed-role/network/x</Arn></AssumedRoleUser></AssumeRoleResult></R>"
)
VPC = XML + "<R><vpc><vpcId>vpc-1</vpcId></vpc></R>"
VPCS = XML + "<R><vpcSet/></R>"
ERROR = XML + "<Response><Errors><Error><Code>{}</Code><Message>m</Message></Error></Errors></Response>"

ERROR_OF_STS = XML + "<ErrorResponse><Error><Code>{}</Code><Message>m</Message></Error></ErrorResponse>"


class Raw:
    def __init__(self, body):
        self.body = body.encode()

    def stream(self, **_options):
        yield self.body


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Answers in order, instead of a network: (status, body) or an exception; the requests' actions are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(core.time, "sleep", lambda seconds: None)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    answers, actions = [], []

    def send(_session, request):
        body = request.body if isinstance(request.body, str) else request.body.decode()
        actions.append(dict(parse_qsl(body))["Action"])
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return AWSResponse(request.url, status, {}, Raw(body))

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    return answers, actions


def test_the_account_of_the_credential_is_asked_for_and_compared(network):
    answers, actions = network
    answers.append((200, IDENTITY.format(ACCOUNT)))
    assert Aws(PARAMS).account_id == ACCOUNT
    assert actions == ["GetCallerIdentity"]


def test_a_credential_of_another_account_stops_before_any_other_call(network):
    answers, actions = network
    answers.append((200, IDENTITY.format(OTHER)))
    with pytest.raises(Failure, match=f"account_id is {ACCOUNT}, but the credential is one of account {OTHER}"):
        Aws(PARAMS)
    assert actions == ["GetCallerIdentity"]


def test_a_role_is_assumed_once_for_all_tasks_and_its_session_is_private(network, tmp_path):
    answers, actions = network
    answers.append((200, SESSION.format(ACCOUNT)))
    params = {**PARAMS, "assume_role_arn": ROLE, "assume_role_external_id": "shared-secret"}
    assert Aws(params).calls == {"sts:AssumeRole": 1}
    assert Aws(params).calls == {}
    assert actions == ["AssumeRole"]
    (folder,) = (tmp_path / "closednet.aws" / "credentials").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "shared-secret" not in file.read_text() and "very-secret" not in file.read_text()


def test_a_role_is_assumed_though_sts_throttles_and_fails_for_a_while(network):
    answers, _actions = network
    answers += [(400, ERROR_OF_STS.format("Throttling"))] * 4 + [(503, ERROR_OF_STS.format("ServiceUnavailable"))] * 4
    answers.append((200, SESSION.format(ACCOUNT)))
    assert Aws({**PARAMS, "assume_role_arn": ROLE}).calls == {"sts:AssumeRole": 9}


def test_who_is_kept_out_is_told_by_whom_and_what_lets_in(network):
    answers, _actions = network
    denied = (403, ERROR_OF_STS.format("AccessDenied"))
    answers += [denied, denied]
    with pytest.raises(
        Failure, match=rf"account {ACCOUNT} \(eu-central-1\).* AssumeRole: AccessDenied.* Next: .*{ROLE}"
    ):
        Aws({**PARAMS, "assume_role_arn": ROLE})
    with pytest.raises(Failure, match="GetCallerIdentity: AccessDenied: .*Next: give a profile or an access_key"):
        Aws(PARAMS)


@pytest.mark.parametrize("other", [{"access_key": "AKIASOMEBODY"}, {"endpoint_url": "http://127.0.0.1:2"}])
def test_another_caller_or_endpoint_is_not_given_that_session(network, other):
    answers, actions = network
    answers += [(200, SESSION.format(ACCOUNT))] * 2
    Aws({**PARAMS, "assume_role_arn": ROLE})
    Aws({**PARAMS, "assume_role_arn": ROLE, **other})
    assert actions == ["AssumeRole", "AssumeRole"]


def test_what_the_profile_configures_holds_for_the_roles_clients(network, monkeypatch, tmp_path):
    network[0].append((200, SESSION.format(ACCOUNT)))
    config = tmp_path / "config"
    config.write_text("[profile operator]\naws_access_key_id=A\naws_secret_access_key=B\nuse_fips_endpoint=true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    without = {"access_key": None, "secret_key": None, "endpoint_url": None}
    aws = Aws({**PARAMS, **without, "profile": "operator", "assume_role_arn": ROLE})
    reading = aws._client("ec2", True)
    assert reading.meta.endpoint_url == "https://ec2-fips.eu-central-1.amazonaws.com"
    assert reading._get_credentials().access_key == "ASIA1"


def test_a_session_of_another_account_than_the_arns_is_refused(network):
    network[0].append((200, SESSION.format(OTHER)))
    with pytest.raises(Failure, match=f"credential is one of account {OTHER}"):
        Aws({**PARAMS, "assume_role_arn": ROLE})


def test_no_region_is_said_with_what_to_set(network, monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Failure, match="region: not given"):
        Aws({**PARAMS, "region": None})


@pytest.fixture
def aws(network):
    network[0].append((200, IDENTITY.format(ACCOUNT)))
    made = Aws(PARAMS)
    network[1].clear()
    made.calls.clear()
    return made


def test_a_throttled_write_is_sent_again_and_every_attempt_counts(aws, network):
    network[0].extend([(503, ERROR.format("RequestLimitExceeded")), (200, VPC)])
    assert aws.call("ec2.create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] == "vpc-1"
    assert aws.calls == {"ec2:CreateVpc": 2}
    assert aws.pace.delay("ec2.create_vpc") > 0


@pytest.mark.parametrize(
    ("lost", "raised"),
    [
        ((500, ERROR.format("InternalError")), ClientError),
        (ConnectionClosedError(endpoint_url="http://x"), ConnectionClosedError),
    ],
)
def test_a_write_whose_answer_was_lost_is_not_sent_again(aws, network, lost, raised):
    network[0].append(lost)
    with pytest.raises(raised):
        aws.call("ec2.create_vpc", CidrBlock="10.0.0.0/16")
    assert network[1] == ["CreateVpc"]


def test_nor_when_the_user_asks_botocore_for_retries(network):
    network[0].extend([(200, IDENTITY.format(ACCOUNT)), (500, ERROR.format("InternalError"))])
    aws = Aws({**PARAMS, "aws_config": {"retries": {"mode": "standard", "total_max_attempts": 5}}})
    with pytest.raises(ClientError):
        aws.call("ec2.create_vpc", CidrBlock="10.0.0.0/16")


def test_a_read_is_repeated(aws, network):
    network[0].extend([(500, ERROR.format("InternalError")), (200, VPCS)])
    assert aws.read("ec2.describe_vpcs", "Vpcs") == []
    assert aws.calls == {"ec2:DescribeVpcs": 2}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"account_id": "12"}, "account_id: '12' is no AWS account id"),
        ({"account_id": ACCOUNT, "assume_role_arn": "network"}, "assume_role_arn: 'network' is no such ARN"),
        ({"account_id": OTHER, "assume_role_arn": ROLE}, f"is a role of account {ACCOUNT}; expected one of account_id"),
        ({"account_id": ACCOUNT, "assume_role_arn": ROLE}, "None"),
    ],
)
def test_what_is_wrong_is_seen_without_a_call(params, problem):
    assert problem in str(refusal(check_account, params))


def test_a_session_is_read_as_a_whole_while_others_write_it(tmp_path):
    def session(size):
        return {"Credentials": {"SessionToken": "x" * size, "Expiration": "2099-01-01T00:00:00+00:00"}}

    sizes = (100, 100_000)
    cache = core.SessionFiles(str(tmp_path))
    cache["role"] = session(sizes[0])
    over = threading.Event()

    def write(size):
        while not over.is_set():
            cache["role"] = session(size)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, size) for size in sizes]
        seen = [("role" in cache, len(cache["role"]["Credentials"]["SessionToken"])) for _turn in range(300)]
        over.set()
        for writer in writers:
            writer.result()
    assert {there for there, _size in seen} == {True} and {size for _there, size in seen} <= {*sizes}
    assert [path.name for path in tmp_path.iterdir()] == ["role.json"]
    assert stat.S_IMODE((tmp_path / "role.json").stat().st_mode) == 0o600


def test_half_a_session_that_a_kill_left_is_none(network, tmp_path):
    answers, actions = network
    answers += [(200, SESSION.format(ACCOUNT)), (200, VPCS), (200, SESSION.format(ACCOUNT)), (200, VPCS)]
    for _turn in range(2):
        Aws({**PARAMS, "assume_role_arn": ROLE}).call("ec2.describe_vpcs")
        (kept,) = tmp_path.rglob("*.json")
        kept.write_text(kept.read_text()[:40])
    assert actions == ["AssumeRole", "DescribeVpcs"] * 2


def test_an_error_without_an_answer_names_its_call(network):
    answers, _actions = network
    answers += [(200, IDENTITY.format(ACCOUNT)), ConnectionClosedError(endpoint_url="http://x")]
    aws = Aws(PARAMS)
    with pytest.raises(ConnectionClosedError) as error:
        aws.call("ec2.create_vpc", CidrBlock="10.0.0.0/16")
    assert core.describe(error.value).startswith("CreateVpc: ConnectionClosedError: Connection was closed")
    assert core.describe(ConnectionClosedError(endpoint_url="http://x")).startswith("ConnectionClosedError: ")
