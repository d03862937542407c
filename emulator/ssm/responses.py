# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

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
