# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on instances, as far as they differ from moto's: launch, and what concerns interfaces."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import InstanceState

from emulator.ec2.describe import Describing
from emulator.ec2.models.addresses import insufficient

# Parameters of a new instance's interface that are not emulated.
NOT_LAUNCHED = (
    "AssociateCarrierIpAddress",
    "ConnectionTrackingSpecification",
    "EnaQueueCount",
    "EnaSrdSpecification",
    "NetworkCardIndex",
    "PrimaryIpv6",
)


class Pending:
    """An instance as RunInstances answers it: pending."""

    state = instance_state = InstanceState("pending", 0)

    def __init__(self, instance: Any):
        self._instance = instance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)


class InstanceResponse(Describing):
    def run_instances(self) -> ActionResult:
        """Launch as many instances as there are free addresses for, between MinCount and MaxCount."""
        least, most = int(self.required("MinCount")), int(self.required("MaxCount"))
        if not 1 <= least <= most:
            # The text is not verified.
            raise EC2ClientError(
                "InvalidParameterValue", f"Invalid value '{most}' for maxCount. Must be at least minCount."
            )
        nics = self._get_param("NetworkInterfaces", [])
        if nics and self._get_param("SecurityGroupIds"):
            # Code and text as users quote AWS's answer.
            raise EC2ClientError(
                "InvalidParameterCombination",
                "Network interfaces and an instance-level security groups may not be specified on the same request",
            )
        self._check_interfaces(nics, most)
        self.params["MinCount"] = self._count(least, most, nics)
        made = super().run_instances()
        reservation = made.result
        answer = {
            "ReservationId": reservation.id,
            "OwnerId": reservation.owner_id,
            "Groups": [],
            "Instances": [Pending(instance) for instance in reservation.instances],
        }
        return ActionResult(answer)

    def _check_interfaces(self, nics: list[dict[str, Any]], most: int) -> None:
        for nic in nics:
            for name in NOT_LAUNCHED:
                if nic.get(name):
                    raise NotImplementedError(f"RunInstances with {name} of NetworkInterfaces")
            if interface_id := nic.get("NetworkInterfaceId"):
                if not self.interface(interface_id).is_available:
                    raise EC2ClientError("InvalidNetworkInterface.InUse", f"Interface: [{interface_id}] in use.")
                if most > 1:
                    raise EC2ClientError(
                        "InvalidParameterCombination",
                        "Network interface IDs may only be specified when launching one instance",
                    )  # the text is not verified

    def _count(self, least: int, most: int, nics: list[dict[str, Any]]) -> int:
        subnet_id = self._get_param("SubnetId") or next((nic["SubnetId"] for nic in nics if nic.get("SubnetId")), None)
        if not subnet_id:
            return most
        pool = self.subnet(subnet_id).pool
        if pool is None:
            return most
        if pool.free < least:
            raise insufficient()
        return min(most, pool.free)
