# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from emulator.constraints import Constrained
from emulator.pages import page
from emulator.ssm.instances import managed

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformationStringFilter.html
FILTERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "AgentVersion": lambda item: item["AgentVersion"],
    "InstanceIds": lambda item: item["InstanceId"],
    "PingStatus": lambda item: item["PingStatus"],
    "PlatformType": lambda item: item["PlatformType"],
    "PlatformTypes": lambda item: item["PlatformType"],
    "ResourceType": lambda item: item["ResourceType"],
}
NAME = re.compile(r"[a-zA-Z0-9_.\-/]+|arn:aws[\w-]*:ssm:.*")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html and
# parameter-store-advanced-parameters.html
LEVELS, SIZES = 15, {"Standard": 4096, "Advanced": 8192}


class SsmError(ServiceException):
    """Error of Systems Manager: SsmError(code, message)."""


class SsmResponses(Constrained, SimpleSystemManagerResponse):
    def describe_instance_information(self) -> ActionResult:
        """Return one page of the instances whose agent has registered. Raises InvalidFilterKey."""
        wanted = [(rule["Key"], rule["Values"]) for rule in self._get_param("Filters") or []]
        wanted += [(rule["key"], rule["valueSet"]) for rule in self._get_param("InstanceInformationFilterList") or []]
        for key, _ in wanted:
            if key not in FILTERS:
                raise SsmError("InvalidFilterKey", f"The specified filter key is not valid: {key}")
        ec2 = ec2_backends[self.current_account][self.region]
        items = [
            _information(instance, managed[instance.id])
            for reservation in ec2.reservations.values()
            for instance in reservation.instances
            if instance.id in managed and instance.state != "terminated"
        ]
        items = [item for item in items if all(FILTERS[key](item) in values for key, values in wanted)]
        found, token = page(items, self._get_param("MaxResults"), self._get_param("NextToken"), most=50)
        return ActionResult({"InstanceInformationList": found, "NextToken": token})

    def describe_parameters(self) -> ActionResult:
        """Return one page of the parameters; without MaxResults of 50, API_DescribeParameters' maximum."""
        found = self.ssm_backend.describe_parameters(self._get_param("Filters"), self._get_param("ParameterFilters"))
        items, token = page(found, self._get_param("MaxResults"), self._get_param("NextToken"), most=50)
        shown = [each.describe_response_object(False) for each in items]
        return ActionResult({"Parameters": shown, "NextToken": token})

    def put_parameter(self) -> ActionResult:
        """Put a parameter: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"""
        name, value = self._get_param("Name"), self._get_param("Value") or ""
        stored = self.ssm_backend._parameters
        known = stored[name][-1] if name in stored and stored[name] else None
        check_parameter(name, value, self._get_param("AllowedPattern"), self._get_param("Tier"))
        kind = self._get_param("Type")
        if known is not None and self._get_param("Overwrite", False) and kind not in (None, known.parameter_type):
            raise SsmError(
                "HierarchyTypeMismatchException",
                f"The following parameter type is not supported for the existing parameter {name}: {kind}",
            )
        return super().put_parameter()

    def get_parameters_by_path(self) -> ActionResult:
        path = self._get_param("Path")
        if not path.startswith("/"):
            raise SsmError(
                "ValidationException",
                f"The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
                f'forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive): {path}',
            )
        return super().get_parameters_by_path()


def check_parameter(name: str, value: str, pattern: str | None, tier: str | None) -> None:
    """Raise the errors of API_PutParameter for a name or value. The texts are not verified."""
    if not NAME.fullmatch(name):
        raise SsmError(
            "ValidationException",
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
            "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
            "following 3 symbols .-_",
        )
    if name.count("/") > LEVELS:
        raise SsmError("HierarchyLevelLimitExceededException", f"A parameter has at most {LEVELS} levels.")
    largest = SIZES.get(tier or "Standard", SIZES["Advanced"])
    if len(value.encode()) > largest:
        raise SsmError(
            "ValidationException",
            f"Standard tier parameters support a maximum parameter value of {SIZES['Standard']} characters. To create "
            "a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
        )
    try:
        matches = pattern is None or re.search(pattern, value)
    except re.error:
        raise SsmError(
            "InvalidAllowedPatternException", "The request doesn't meet the regular expression requirement."
        ) from None
    if not matches:
        raise SsmError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


def _information(instance: Any, told: dict[str, Any]) -> dict[str, Any]:
    """Build an InstanceInformation from defaults and `told`; by default ConnectionLost if the instance doesn't run."""
    told = dict(told)
    last_ping = datetime.now(timezone.utc) - timedelta(seconds=told.pop("SecondsSinceLastPing", 60))
    ping = "Online" if instance.state == "running" else "ConnectionLost"
    return {
        "InstanceId": instance.id,
        "PingStatus": ping,
        "LastPingDateTime": last_ping,
        "AgentVersion": "3.3.1611.0",
        "IsLatestVersion": False,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        "ComputerName": instance.private_dns_name,
    } | told
