# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write operations of IAM, from botocore's service model, and calls of them that are valid enough to be authorized."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.utils import ArgumentGenerator

from tests.contract.world import REGION
from tests.emulator.conftest import Emulator

READS = ("Generate", "Get", "List", "Simulate")
MODEL = get_session().get_service_model("iam")
WRITES = [name for name in MODEL.operation_names if not name.startswith(READS)]


def client(emulator: Emulator, service: str, credentials: Mapping[str, str]) -> Any:
    """Return a client that doesn't validate parameters, since IAM authorizes a call before it checks them."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(service, REGION, endpoint_url=emulator.endpoint, config=config, **credentials)


def is_allowed(iam: Any, operation: str, named: Mapping[str, Any]) -> bool:
    """Call the operation; return false if IAM answers AccessDenied, true for any other answer or error.

    named: values of the parameters that say which resource the call is about. Values for one operation alone are under
    its name.
    """
    named = {**named, **named.get(operation, {})}
    shape = MODEL.operation_model(operation).input_shape
    parameters = ArgumentGenerator().generate_skeleton(shape) if shape else {}
    parameters = {
        name: named.get(name, value)
        for name, value in parameters.items()
        if name in named or name in shape.required_members
    }
    try:
        iam._make_api_call(operation, parameters)
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


def allowed(iam: Any, named: Mapping[str, Any]) -> set[str]:
    return {operation for operation in WRITES if is_allowed(iam, operation, named)}
