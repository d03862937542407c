# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests and lists of services with JSON: constraints of the API model, and pages of lists that moto answers whole.

Services whose classes have these by themselves (Constrained, @paged, page) aren't in the tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.utils import get_service_model

from emulator import constraints, refusals
from emulator.errors import error_response
from emulator.lists import start_of, token_of

# Services whose requests are held against their API models here.
CONSTRAINED = frozenset(
    {
        "athena",
        "dynamodb",
        "ecr",
        "firehose",
        "glue",
        "guardduty",
        "lambda",
        "sagemaker",
        "scheduler",
        "secretsmanager",
    }
)
# Lists whose size and token moto ignores -> the most items of a page, from the operation's page in the API reference.
# Lambda: "returns a maximum of 50 items in each response, even if you set the number higher".
WHOLE: dict[str, dict[str, int]] = {
    "application-autoscaling": {"DescribeScheduledActions": 50},
    "athena": {"ListCapacityReservations": 50, "ListDataCatalogs": 50},
    "cloudtrail": {"ListTrails": 1000, "ListPublicKeys": 1000, "ListTags": 1000},
    "ecr": {"DescribeImages": 100, "DescribeRepositories": 100, "ListImages": 100},
    "ecs": {
        "ListAccountSettings": 10,
        "ListAttributes": 100,
        "ListClusters": 100,
        "ListTaskDefinitionFamilies": 100,
        "ListTaskDefinitions": 100,
    },
    "glue": {
        "GetCrawlers": 100,
        "GetPartitionIndexes": 100,
        "GetPartitions": 1000,
        "GetSecurityConfigurations": 100,
        "GetTableVersions": 100,
        "ListCrawls": 20,
        "ListRegistries": 25,
    },
    "guardduty": {"ListDetectors": 50, "ListOrganizationAdminAccounts": 50},
    "lambda": dict.fromkeys(
        [
            "ListAliases",
            "ListEventSourceMappings",
            "ListFunctionEventInvokeConfigs",
            "ListFunctions",
            "ListLayerVersions",
            "ListLayers",
            "ListVersionsByFunction",
        ],
        50,
    ),
    "logs": dict.fromkeys(
        [
            "DescribeDeliveries",
            "DescribeDeliveryDestinations",
            "DescribeDeliverySources",
            "DescribeExportTasks",
            "DescribeResourcePolicies",
        ],
        50,
    )
    | {"DescribeQueries": 1000},
    "sagemaker": dict.fromkeys(
        ["ListDataQualityJobDefinitions", "ListModelBiasJobDefinitions", "ListModels", "Search"], 100
    ),
    "ssm": {"DescribeMaintenanceWindows": 100, "DescribePatchBaselines": 100, "ListCommands": 50},
}
# ECS's model has no bounds; the operations' pages: "This value can be between 1 and 100", ListAccountSettings' 10.
_ECS = {"ListAccountSettings": 10}
_SIZE = re.compile(r"(max(results|items|records)|limit)$", re.IGNORECASE)
_TOKEN = re.compile(r"(next)?(token|marker)$", re.IGNORECASE)

Parameters = Callable[[], dict[str, Any]]


def refusal(call: refusals.Call, parameters: Parameters) -> Any:
    """Return the refusal of a request that violates its API model, or asks for a page that no list has; else None."""
    shape = _input(call)
    if shape is None or not (call.service in CONSTRAINED or call.service == "ecs" or _whole(call)):
        return None
    given = parameters()
    if call.service in CONSTRAINED and (text := constraints.violation(call.service, shape, given)):
        return error_response(call.protocol, constraints.CODES[call.service], text)
    size = _named(shape, given, _SIZE)
    most = _ECS.get(call.operation, 100)
    if call.service == "ecs" and isinstance(size, int) and not 1 <= size <= most:
        text = f"maxResults must be between 1 and {most}."
        return error_response(call.protocol, "InvalidParameterException", text)
    token = _named(shape, given, _TOKEN)
    if token and _whole(call) and start_of(token) is None:
        return error_response(call.protocol, refusals.code_of_token(call), f"The token '{token}' is not valid.")
    return None


def _whole(call: refusals.Call) -> int | None:
    return WHOLE.get(call.service, {}).get(call.operation)


def _input(call: refusals.Call) -> Any:
    try:
        return get_service_model(call.service).operation_model(call.operation).input_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None


def _named(shape: Any, given: dict[str, Any], names: re.Pattern[str]) -> Any:
    return next((given[name] for name in shape.members if names.match(name) and given.get(name) is not None), None)


def cut(call: refusals.Call, answer: Any, parameters: Parameters) -> Any:
    """Return the answer with one page of its list, if the list is one that moto answers whole."""
    most = _whole(call)
    if most is None or answer.status_code >= 300:
        return answer
    given, output = parameters(), get_service_model(call.service).operation_model(call.operation).output_shape
    size = int(_named(_input(call), given, _SIZE) or most)
    start = start_of(_named(_input(call), given, _TOKEN) or "") or 0
    name = next(name for name, member in output.members.items() if member.type_name == "list")
    token = next(name for name in output.members if _TOKEN.match(name))
    name, token = (output.members[each].serialization.get("name", each) for each in (name, token))
    result = json.loads(answer.get_data(as_text=True))
    items = result.get(name) or []
    result.pop(token, None)
    result[name] = items[start : start + min(size, most)]
    if start + min(size, most) < len(items):
        result[token] = token_of(start + min(size, most))
    answer.set_data(json.dumps(result))
    return answer
