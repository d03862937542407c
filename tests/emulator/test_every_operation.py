# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every operation of every service that the emulator claims: each answer is one that botocore reads, none is a 500.

Requests are built from the API models: the required members with values that look right, without any, and with one
odd value at a time (`parameters.ODD`). An operation that isn't emulated is refused by its name.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from emulator import refusals
from emulator.app import UNSIGNED_OPERATIONS, Emulator
from tests.emulator.conftest import HUB, KEY, SEED, SPOKE
from tests.emulator.in_process import Clients
from tests.emulator.parameters import Parameters
from tests.emulator.whole_world import World
from tools import emulator_coverage as coverage

CLAIMED = sorted(coverage.CLAIMED)
ODD_ONES = 2
# Resources that later calls are about are deleted last.
LAST = re.compile("(Delete|Terminate|Remove|Disassociate|Detach|Deregister|Release|Cancel|Leave|Close|Stop|Schedule)")
OF_MANAGEMENT = {"organizations", "sso-admin", "identitystore", "account-access"}


@pytest.fixture(scope="module")
def world() -> World:
    made = World(Clients(Emulator(SEED)))
    assert made.failed == []
    return made


class Raised:
    """Exceptions that an operation raised, in place of their traceback on stderr."""

    def __init__(self) -> None:
        self.by_our_code: list[str] = []

    def note(self, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        if "/emulator/" in last.filename and "site-packages" not in last.filename:
            self.by_our_code.append(f"{type(error).__name__} in {last.filename}:{last.lineno}: {error}")


@pytest.fixture
def raised() -> Iterator[Raised]:
    found = Raised()
    with mock.patch.object(refusals, "tell", found.note):
        yield found


def fault_of(client: Any, operation: str, parameters: dict[str, Any]) -> tuple[str | None, str]:
    """Return (what is wrong with the answer, its error code): (None, "") for a success."""
    try:
        answer = client._make_api_call(operation, parameters)
        for member in answer.values():
            if hasattr(member, "read"):
                member.read()
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        # HEAD has no body.
        named = re.fullmatch(r"[A-Za-z][A-Za-z0-9.:_]+", code) or operation.startswith("Head")
        return (f"{status} {code}: {error}" if status >= 500 or not named else None), code
    except (ResponseParserError, AttributeError, KeyError, IndexError) as error:
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        of_answer = any("botocore/parsers" in name or "/emulator/" in name.partition("tests")[0] for name in frames)
        return (f"{type(error).__name__}: {error}" if of_answer else None), ""
    except (BotoCoreError, TypeError, ValueError):
        """The client can't send it."""
    return None, ""


def operations(client: Any) -> list[str]:
    return sorted(client.meta.service_model.operation_names, key=lambda name: (bool(LAST.match(name)), name))


@pytest.mark.parametrize("service", CLAIMED)
def test_each_answer_is_one_of_aws(service: str, world: World, raised: Raised) -> None:
    client = world.clients.client(service, **(KEY if service in OF_MANAGEMENT else world.keys[SPOKE]))
    built = Parameters(world.known.get(service, {}))
    faults = []
    refused, answered = set(), set()
    for operation in operations(client):
        shape = client.meta.service_model.operation_model(operation).input_shape
        fault, code = fault_of(client, operation, built.least(shape) if shape else {})
        faults += [f"{operation}: {fault}"] if fault else []
        if code == "InvalidAction":
            refused.add(operation)
            continue
        if not code:
            answered.add(operation)
        seed = f"{service}.{operation}"
        for what, parameters in [("nothing", {}), *built.odd(shape, ODD_ONES, seed)] if shape else ():
            fault, _ = fault_of(client, operation, parameters)
            faults += [f"{operation} with {what}: {fault}"] if fault else []
    assert faults == []
    assert raised.by_our_code == []
    # What checks parameters before the operation is looked up refuses by these first.
    assert refused <= coverage.refused(service) | coverage.PARTLY.get(service, set())
    assert not answered & coverage.refused(service)


@pytest.mark.parametrize("service", CLAIMED)
def test_callers_without_a_signature_or_with_an_unknown_key_are_refused(service: str, world: World) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html: MissingAuthenticationToken,
    InvalidClientTokenId; UnrecognizedClientException in services of JSON, AuthFailure in EC2
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html)."""
    unknown = {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "none"}
    built = Parameters(world.known.get(service, {}))
    for options in ({"config": {"signature_version": UNSIGNED}}, unknown):
        client = world.clients.client(service, **options)
        for operation in [name for name in operations(client) if name not in UNSIGNED_OPERATIONS][:8]:
            shape = client.meta.service_model.operation_model(operation).input_shape
            fault, code = fault_of(client, operation, built.least(shape) if shape else {})
            assert fault is None
            assert code in CALLER_CODES, operation


CALLER_CODES = {
    "MissingAuthenticationToken",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "AuthFailure",
    # S3's, of a bucket and without one.
    "AccessDenied",
}


@pytest.mark.parametrize(
    "service, operation, code",
    [
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. The text is that of AWS's other
        # services; EC2's is not verified.
        ("ec2", "describe_vpcs", "AuthFailure"),
        # aws/aws-sdk-php#732: 403 SignatureDoesNotMatch, "Credential should be scoped to a valid region, not
        # 'eu-central-1'."
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        # aws/aws-sdk-js#4545: InvalidSignatureException
        ("logs", "describe_log_groups", "InvalidSignatureException"),
        ("ram", "list_permissions", "InvalidSignatureException"),
        ("network-firewall", "list_firewalls", "InvalidSignatureException"),
        # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        ("s3", "list_buckets", "AuthorizationHeaderMalformed"),
    ],
)
def test_a_region_that_does_not_exist(service: str, operation: str, code: str, world: World) -> None:
    client = world.clients.client(service, MARS, **KEY)
    with pytest.raises(ClientError) as error:
        getattr(client, operation)()
    assert error.value.response["Error"]["Code"] == code
    assert MARS in error.value.response["Error"]["Message"]


MARS = "mars-north-1"


@pytest.mark.parametrize(
    "service, operation",
    [
        ("network-security-manager", "list_policies"),
        ("networkmonitor", "list_monitors"),
        ("rolesanywhere", "list_profiles"),
        ("fms", "list_policies"),
        ("arc-region-switch", "list_plans"),
    ],
)
def test_a_service_that_is_not_emulated_is_refused_by_name(service: str, operation: str, world: World) -> None:
    """Not AWS's answer, which has these services: a client reads it in the service's protocol."""
    with pytest.raises(ClientError) as error:
        getattr(world.clients.client(service, **KEY), operation)()
    assert error.value.response["Error"]["Code"] == "InvalidAction"
    assert service in error.value.response["Error"]["Message"]


def test_an_action_that_no_service_has(world: World) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: InvalidAction"""
    client = world.clients.client("ec2", **KEY)
    client.meta.events.register("before-call", lambda params, **_: params["body"].update(Action="DescribeUnicorns"))
    with pytest.raises(ClientError) as error:
        client.describe_vpcs()
    assert error.value.response["Error"]["Code"] == "InvalidAction"


def test_another_accounts_hosted_zone(world: World) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html: AccessDenied

    hashicorp/terraform-provider-aws#12570 has the text: "User: ... is not authorized to access this resource".
    """
    other = world.clients.client("route53", **world.keys[HUB])
    zone_id = other.create_hosted_zone(Name="hub.example", CallerReference="1")["HostedZone"]["Id"]
    own = world.clients.client("route53", **world.keys[SPOKE])
    for call in (own.get_hosted_zone, own.delete_hosted_zone):
        with pytest.raises(ClientError) as error:
            call(Id=zone_id)
        assert error.value.response["Error"]["Code"] == "AccessDenied"
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
