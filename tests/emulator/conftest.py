# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: one emulator for all tests, reset to its seed before each; tests call its AWS APIs with boto3 alone."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# As the emulator does: moto reads it at import, and some tests import moto.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import boto3
import botocore.hooks
import botocore.useragent
import pytest
from botocore.client import ClientCreator
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.emulator import gcp_world


def _once_for_each_name(alias_event_name: Callable[..., str]) -> Callable[..., str]:
    known: dict[str, str] = {}

    @functools.wraps(alias_event_name)
    def alias(self: Any, name: str) -> str:
        if name not in known:
            known[name] = alias_event_name(self, name)
        return known[name]

    return alias


def _once_for_each_code(accepts_kwargs: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Cache by the handler's code, not by the handler, which would keep each client alive."""
    known: dict[Any, bool] = {}

    def accepts(handler: Any) -> bool:
        code = getattr(handler, "__code__", None)
        if code is None:
            return accepts_kwargs(handler)
        if code not in known:
            known[code] = accepts_kwargs(handler)
        return known[code]

    return accepts


def _once_for_each_model(create_methods: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    known: dict[tuple[str, ...], dict[str, Any]] = {}

    def methods(self: Any, model: Any) -> dict[str, Any]:
        of = (model.service_name, *model.operation_names)
        if of not in known:
            known[of] = create_methods(self, model)
        return dict(known[of])

    return methods


# botocore computes these for each session and client from nothing but its own handlers and models: most of their cost,
# and one process creates thousands of them here.
ClientCreator._create_methods = _once_for_each_model(ClientCreator._create_methods)
botocore.hooks.EventAliaser._alias_event_name = _once_for_each_name(botocore.hooks.EventAliaser._alias_event_name)
botocore.hooks.accepts_kwargs = _once_for_each_code(botocore.hooks.accepts_kwargs)
botocore.useragent.sanitize_user_agent_string_component = functools.cache(
    botocore.useragent.sanitize_user_agent_string_component
)

REPOSITORY = Path(__file__).parents[2]
MANAGEMENT, HUB, SPOKE, SPOKE_2 = "999999999999", "111111111111", "222222222222", "333333333333"
CLOSED, STRANGER = "444444444444", "555555555555"  # suspended; of no organization
KEY = {"aws_access_key_id": "AKIAEMULATOROPERATOR", "aws_secret_access_key": "not-a-secret-only-a-seed"}
SEED = {
    "organization": {"id": "o-demo123456", "management_account_id": MANAGEMENT, "ram_sharing": True},
    "organizational_units": [{"path": "/customers"}, {"path": "/infrastructure"}],
    "accounts": [
        {"id": MANAGEMENT, "name": "management", "email": "root@example.com"},
        {"id": HUB, "name": "shared-services", "email": "hub@example.com", "ou": "/infrastructure"},
        {
            "id": SPOKE,
            "name": "customer-a",
            "email": "a@example.com",
            "ou": "/customers",
            "tags": {"segment": "customers"},
        },
        {"id": SPOKE_2, "name": "customer-b", "email": "b@example.com", "ou": "/customers"},
        {"id": CLOSED, "name": "closed", "email": "c@example.com", "ou": "/customers", "status": "SUSPENDED"},
    ],
    "access_keys": [
        {
            "account_id": MANAGEMENT,
            "access_key_id": KEY["aws_access_key_id"],
            "secret_access_key": KEY["aws_secret_access_key"],
            "user_name": "operator",
        }
    ],
    "roles": [{"account_id": HUB, "name": "guarded", "external_id": "only-with-this"}],
    **gcp_world.SEED,
}


class Emulator:
    """The running emulator: its control API, and boto3 clients of it."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint

    def control(self, method: str, name: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_emulator/{name}", data, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def credentials(self, account_id: str, role: str = "OrganizationAccountAccessRole") -> dict[str, str]:
        """Assume a role in the account as the management account's operator; return boto3's credential parameters."""
        sts = self.plain_client("sts", **KEY)
        arn = f"arn:aws:iam::{account_id}:role/{role}"
        made = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }

    def session(self, account_id: str) -> boto3.Session:
        return boto3.Session(**self.credentials(account_id))

    def plain_client(self, service: str, region: str = "eu-central-1", **credentials: str) -> Any:
        """Return a client that tries once, so that each call of a test is one request."""
        return boto3.client(service, region, endpoint_url=self.endpoint, config=_config(), **credentials)

    def client(self, account_id: str, service: str, region: str = "eu-central-1") -> Any:
        # boto3's default session parses the service's model once for all clients.
        return self.plain_client(service, region, **self.credentials(account_id))


def _config() -> Config:
    return Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


@contextmanager
def running(seed: dict[str, Any], directory: Path, *options: str) -> Iterator[Emulator]:
    """Start an emulator in a process of its own; write its seed file to the directory."""
    file = directory / "seed.json"
    file.write_text(json.dumps(seed), encoding="utf-8")
    # EMULATOR_PYTHON is set where the tests' own botocore is older (noxfile.py) and lacks AWS's newer fields.
    python = os.environ.get("EMULATOR_PYTHON", sys.executable)
    command = [python, "-m", "emulator", "--port", "0", "--seed", str(file), *options]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = process.stdout.readline()
            assert ready.startswith("emulator ready on "), ready
            yield Emulator(ready.split()[-1])
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(SEED, tmp_path_factory.mktemp("emulator")) as process:
        yield process


@pytest.fixture
def emulator(emulator_process: Emulator) -> Emulator:
    emulator_process.control("POST", "reset")
    # Each test sees each passing state of 100 ms and more, however busy the machine is.
    emulator_process.control("POST", "settings", {"transition_call": 5})
    return emulator_process


@pytest.fixture
def google(emulator: Emulator) -> gcp_world.Google:
    """Raw requests to Google's APIs, in the provider's project, as the operator."""
    return gcp_world.Google(emulator.endpoint)


@pytest.fixture
def client(emulator: Emulator) -> Callable[..., Any]:
    """Return client(account_id, service, region="eu-central-1"), which creates a boto3 client."""
    return emulator.client


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int]:
    """Return (error code, HTTP status) of a call that AWS refuses."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def error_of(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Return (error code, message) of a call that AWS refuses."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def ec2(client: Callable[..., Any]) -> Any:
    """EC2 client of the spoke account."""
    return client(SPOKE, "ec2")


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    """Id of a VPC 10.1.0.0/16."""
    return ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet_id(ec2: Any, vpc_id: str) -> str:
    """Id of that VPC's subnet 10.1.0.0/24."""
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]


def filters(**values: Any) -> list[dict[str, Any]]:
    """Build EC2 filters: filters(vpc_id="vpc-1") -> [{"Name": "vpc-id", "Values": ["vpc-1"]}]; __ stands for a dot."""
    return [
        {"Name": name.replace("__", ".").replace("_", "-"), "Values": value if isinstance(value, list) else [value]}
        for name, value in values.items()
    ]


def free(ec2: Any, subnet_id: str) -> int:
    """Return the number of a subnet's free IPv4 addresses."""
    return ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["AvailableIpAddressCount"]


def interfaces(ec2: Any, subnet_id: str) -> list[dict[str, Any]]:
    return ec2.describe_network_interfaces(Filters=filters(subnet_id=subnet_id))["NetworkInterfaces"]
