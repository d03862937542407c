# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential, the account guard, retries and the count of calls, against botocore's own stubs of the network."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

from ansible_collections.closednet.aws.plugins.module_utils._aws import answers as answering
from ansible_collections.closednet.aws.plugins.module_utils._aws import client as core
from ansible_collections.closednet.aws.plugins.module_utils._aws import preload, retries
from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Aws
from ansible_collections.closednet.aws.plugins.module_utils._aws.credentials import check_connection
from ansible_collections.closednet.aws.plugins.module_utils._aws.errors import describe
from ansible_collections.closednet.aws.plugins.module_utils._aws.sessions import SessionFiles
from ansible_collections.closednet.aws.plugins.module_utils._core import parallel
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure, refusal

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
    answers.append((200, IDENTITY.format(ACCOUNT)))
    assert Aws(params).calls == {"sts:AssumeRole": 1}
    # AssumeRole's own answer names the account; a file's word is not taken for it.
    assert Aws(params).calls == {"sts:GetCallerIdentity": 1}
    assert actions == ["AssumeRole", "GetCallerIdentity"]
    (folder,) = (tmp_path / "closednet.aws" / "credentials").iterdir()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent, folder.parent.parent)} == {0o700}
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
    assert aws._pace.delay("ec2.create_vpc") > 0


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
    assert problem in str(refusal(check_connection, params))


def session_of(size):
    texts = {"AccessKeyId": "ASIA1", "SecretAccessKey": "hidden", "SessionToken": "x" * size}
    return {"Credentials": {**texts, "Expiration": "2099-01-01T00:00:00+00:00"}}


def test_a_session_is_read_as_a_whole_while_others_write_it(network, tmp_path):
    session = session_of
    sizes = (100, 100_000)
    cache = SessionFiles("AKIA", "")
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
    (folder,) = (tmp_path / "closednet.aws" / "credentials").iterdir()
    assert [path.name for path in folder.iterdir()] == ["role.json"]
    assert stat.S_IMODE((folder / "role.json").stat().st_mode) == 0o600


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
    assert describe(error.value).startswith("CreateVpc: ConnectionClosedError: Connection was closed")
    assert describe(ConnectionClosedError(endpoint_url="http://x")).startswith("ConnectionClosedError: ")


def kept_session(tmp_path):
    (path,) = tmp_path.rglob("*.json")
    return path


@pytest.fixture
def assumed(network):
    """A run that assumed the role and left its session."""
    network[0].append((200, SESSION.format(ACCOUNT)))
    Aws({**PARAMS, "assume_role_arn": ROLE})
    network[1].clear()
    return network


def test_a_kept_session_is_one_of_the_account_that_aws_says(assumed, tmp_path):
    """Whatever its file says."""
    assumed[0].append((200, IDENTITY.format(OTHER)))
    assert OTHER not in kept_session(tmp_path).read_text()
    with pytest.raises(Failure, match=f"credential is one of account {OTHER}.*sessions of assumed roles are kept in"):
        Aws({**PARAMS, "assume_role_arn": ROLE})
    assert assumed[1] == ["GetCallerIdentity"]


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"])
def test_a_kept_session_that_aws_no_longer_knows_is_replaced(assumed, code):
    answers, actions = assumed
    answers += [(403, ERROR_OF_STS.format(code)), (200, SESSION.format(ACCOUNT))]
    assert Aws({**PARAMS, "assume_role_arn": ROLE}).account_id == ACCOUNT
    assert actions == ["GetCallerIdentity", "AssumeRole"]


def test_a_throttled_or_failing_sts_does_not_cost_a_kept_session(assumed):
    answers, actions = assumed
    answers += [(400, ERROR_OF_STS.format("Throttling")), (503, ERROR_OF_STS.format("ServiceUnavailable"))]
    answers.append((200, IDENTITY.format(ACCOUNT)))
    Aws({**PARAMS, "assume_role_arn": ROLE})
    assert actions == ["GetCallerIdentity"] * 3


def test_a_user_without_a_home_has_no_kept_sessions(network, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.chdir(tmp_path)
    network[0].extend([(200, SESSION.format(ACCOUNT))] * 2)
    for _turn in range(2):
        Aws({**PARAMS, "assume_role_arn": ROLE})
    assert network[1] == ["AssumeRole"] * 2 and list(tmp_path.iterdir()) == []


def as_others(path):
    os.chown(path, 65534, 65534)


def as_link(path):
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def as_fifo(path):
    path.unlink()
    os.mkfifo(path, 0o600)


root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "spoil",
    [pytest.param(as_others, marks=root), as_link, lambda path: path.chmod(0o777)],
    ids=["theirs", "link", "rwx"],
)
def test_a_session_in_a_file_or_folder_that_is_not_the_users_own_is_not_used(assumed, tmp_path, level, spoil):
    answers, actions = assumed
    spoil([kept_session(tmp_path), *kept_session(tmp_path).parents][level])
    answers.append((200, SESSION.format(ACCOUNT)))
    Aws({**PARAMS, "assume_role_arn": ROLE})
    assert actions == ["AssumeRole"]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"Credentials": "x"}',
        '{"Credentials": {}}',
        '{"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C", "Expiration": "never"}}',
        '{"Credentials": {"AccessKeyId": 1, "SecretAccessKey": "B", "SessionToken": "C", "Expiration": "2099-01-01"}}',
        "\x00",
    ],
)
def test_a_file_that_is_no_session_is_none(assumed, tmp_path, content):
    answers, actions = assumed
    kept_session(tmp_path).write_text(content)
    answers.append((200, SESSION.format(ACCOUNT)))
    Aws({**PARAMS, "assume_role_arn": ROLE})
    assert actions == ["AssumeRole"]


def test_a_fifo_in_place_of_a_session_does_not_hang(assumed, tmp_path):
    as_fifo(kept_session(tmp_path))
    assumed[0].append((200, SESSION.format(ACCOUNT)))
    Aws({**PARAMS, "assume_role_arn": ROLE})
    assert kept_session(tmp_path).is_file()


@pytest.mark.parametrize("call", ["mkdir", "open", "replace"])
def test_a_disk_that_takes_nothing_loses_the_cache_only(network, monkeypatch, tmp_path, call):
    real = getattr(os, call)

    def full(*arguments, **options):
        if call == "open" and not arguments[1] & os.O_CREAT:
            return real(*arguments, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    network[0].append((200, SESSION.format(ACCOUNT)))
    assert Aws({**PARAMS, "assume_role_arn": ROLE}).account_id == ACCOUNT
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def silent(kind):
    return kind(endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize("kind", [ReadTimeoutError, ConnectTimeoutError])
def test_who_takes_the_connection_and_never_answers_is_given_up_soon(network, kind):
    answers, actions = network
    answers += [silent(kind)] * 10
    with pytest.raises(Failure, match=rf"GetCallerIdentity: {kind.__name__}.*Next: (what is at|see that this machine)"):
        Aws(PARAMS)
    assert actions == ["GetCallerIdentity"] * retries.SILENT_ATTEMPTS
    answers[:] = [silent(kind)] * 10
    with pytest.raises(Failure, match=rf"AssumeRole: {kind.__name__}(?!.*may assume)"):
        Aws({**PARAMS, "assume_role_arn": ROLE})
    # And a write that is read again afterwards: the write, botocore's pause, the read.
    assert (
        retries.TIMEOUTS["read_timeout"] * (1 + retries.SILENT_ATTEMPTS) + 2 * retries.TIMEOUTS["connect_timeout"] < 90
    )


def test_a_read_that_timed_out_once_is_repeated(aws, network):
    network[0].extend([silent(ReadTimeoutError), (200, VPCS)])
    assert aws.read("ec2.describe_vpcs", "Vpcs") == []


def test_the_users_timeouts_win(network):
    network[0].append((200, IDENTITY.format(ACCOUNT)))
    config = Aws({**PARAMS, "aws_config": {"read_timeout": 120}})._client("ec2", True).meta.config
    assert (config.connect_timeout, config.read_timeout) == (retries.TIMEOUTS["connect_timeout"], 120)


def test_what_waits_for_a_failed_read_is_not_begun(aws, monkeypatch):
    begun, over = [], threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True, **options):
            super().shutdown(wait=False, **options)
            over.set()
            super().shutdown(wait)

    def read(number):
        begun.append(number)
        if number:
            over.wait(5)
        raise silent(ReadTimeoutError)

    monkeypatch.setattr(parallel, "ThreadPoolExecutor", Pool)
    with pytest.raises(ReadTimeoutError):
        aws.gather(*(lambda number=number: read(number) for number in range(3 * core.PARALLEL)))
    # The first one's thread took one more.
    assert len(begun) <= core.PARALLEL + 1


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>Sign in</body></html>",
        "\n<!DOCTYPE html><html/>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html xmlns="x"/>',
        "",
        "<R><vpcSet>",
        "busy",
    ],
)
def test_what_is_no_answer_of_aws_is_not_taken_for_nothing_there(aws, network, body):
    network[0].append((200, body))
    with pytest.raises(answering.UnreadableAnswer, match="what answered isn't AWS") as error:
        aws.read("ec2.describe_vpcs", "Vpcs")
    assert describe(error.value).startswith("DescribeVpcs: UnreadableAnswer")
    network[0].append((200, body))
    with pytest.raises(Failure, match="GetCallerIdentity: UnreadableAnswer: .*Next: something else than AWS answers"):
        Aws(PARAMS)


@pytest.mark.parametrize("body", ['{"Accounts": [{"Id": "1', ""])
def test_half_an_answer_in_json_is_none_either(aws, monkeypatch, body):
    answer = AWSResponse("http://x", 200, {}, Raw(body))
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda _session, _request: answer)
    with pytest.raises(answering.UnreadableAnswer):
        aws.read("organizations.list_accounts", "Accounts")


def test_an_operation_that_answers_nothing_may_be_empty(aws, monkeypatch):
    answer = AWSResponse("http://x", 200, {}, Raw(""))
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda _session, _request: answer)
    aws.call("organizations.attach_policy", PolicyId="p-12345678", TargetId="r-abcd")


def test_a_wrong_profile_is_told_as_such(network, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    preload.load_service_models({"sts"})
    for params in ({"profile": "nobody"}, {}):
        with pytest.raises(Failure, match=r"profile \(nobody\).*Next: set aws_profile or AWS_PROFILE to a profile"):
            Aws({**PARAMS, "access_key": None, "secret_key": None, **params})
    done = subprocess.run(
        [sys.executable, "-c", f"import {core.__name__}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"region": "eu-central-1\n"}, "region: 'eu-central-1\\n' is no AWS region"),
        ({"region": "eu-central-1\n X-Other: 1"}, "is no AWS region"),
        ({"profile": "a\nb"}, "profile: 'a\\nb' is no line of text"),
        ({"profile": "a]"}, "profile: 'a]' is no name of a profile"),
        ({"endpoint_url": "http://x\r\nHost: y"}, "endpoint_url: 'http://x\\r\\nHost: y' is no address"),
        ({"endpoint_url": "ftp://x"}, "is no address"),
        ({"endpoint_url": "https://user@x"}, "is no address"),
        ({"endpoint_url": "https://user:hidden@x"}, "endpoint_url: '(not shown)' is no address"),
        ({"endpoint_url": "https://x:port"}, "is no address"),
        ({"endpoint_url": "https://x$(id)/"}, "is no address"),
        ({"access_key": "AKIA\nX-Other: hidden"}, "access_key: '(not shown)' has spaces, line ends"),
        ({"secret_key": "hidden\n"}, "secret_key: '(not shown)' has spaces, line ends"),
        ({"session_token": "hidden "}, "session_token: '(not shown)' has spaces, line ends"),
        ({"assume_role_external_id": "hidden\n"}, "assume_role_external_id: '(not shown)' is no external id"),
        ({"assume_role_arn": ROLE + "\n"}, "is no such ARN"),
        ({"assume_role_arn": f"arn:aws:iam::{ACCOUNT}:role/*"}, "is no such ARN"),
        ({"aws_ca_bundle": "/nowhere"}, "is no file that can be read"),
        ({"aws_ca_bundle": "/dev/null"}, "is no file that can be read"),
        ({"aws_config": {"user_agent": "a\nX-Other: 1"}}, "aws_config.user_agent: 'a\\nX-Other: 1' is no line"),
        ({"aws_config": {"proxies": {"https": "http://x\n"}}}, "aws_config.proxies.https"),
        ({"aws_config": {"read_timout": 1}}, "is not what botocore takes"),
        ({"aws_config": {"read_timout": 1, "proxies": {"https": "http://me:hidden@x"}}}, "is not what botocore takes"),
        ({"wait_timeout": 0}, "wait_timeout: 0 is no time to wait; expected 1 to 86400 seconds"),
        ({"wait_timeout": -1}, "wait_timeout: -1 is no time to wait"),
        ({"wait_timeout": 10**400}, "is no time to wait"),
        ({"wait_timeout": 1, "endpoint_url": "http://127.0.0.1:5000", "profile": "my/operator"}, "None"),
        ({"endpoint_url": "https://vpce-0a1.ec2.eu-central-1.vpce.amazonaws.com/", "region": "us-gov-west-1"}, "None"),
        ({"endpoint_url": "http://[::1]:80/a/b"}, "None"),
    ],
)
def test_what_becomes_a_header_or_a_path_is_checked_where_it_enters(params, problem):
    refused = refusal(check_connection, {**PARAMS, **params})
    assert problem in str(refused)
    assert "hidden" not in str(refused)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("AWS_REGION", "eu-central-1\n X-Other: 1", "region: 'eu-central-1.n X-Other: 1' is no AWS region"),
        ("AWS_SESSION_TOKEN", "hidden\n", "session_token: '.not shown.' has spaces"),
    ],
)
def test_so_is_what_the_environment_gives(network, monkeypatch, name, value, problem):
    for key, text in {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "B", name: value}.items():
        monkeypatch.setenv(key, text)
    monkeypatch.setenv("AWS_DEFAULT_REGION", value if name == "AWS_REGION" else "eu-central-1")
    with pytest.raises(Failure, match=problem) as failure:
        Aws({**PARAMS, "access_key": None, "secret_key": None, "region": None})
    assert network[1] == [] and "hidden" not in str(failure.value)


@pytest.mark.parametrize(
    "proxy", ["http://me:secret#x@127.0.0.1:1", "http://me:x@127.0.0.1:secret", "http://me:secret"]
)
def test_a_password_of_a_proxy_is_not_shown(monkeypatch, proxy):
    """Of an address that can't be read, urllib3's error quotes what it takes for its host."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = boto3.client("sts", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with pytest.raises(HTTPClientError, match="the address of a proxy") as failed:
        answering.watched(client).get_caller_identity()
    assert "secret" not in describe(failed.value) and "GetCallerIdentity" in describe(failed.value)
