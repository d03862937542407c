# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances: moto's, with AWS's states and interfaces.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html: a terminated instance stays visible for
about an hour; its interfaces are deleted, if they are to be deleted on termination, or detached.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance as MotoInstance
from moto.ec2.models.instances import InstanceState, Reservation

from emulator.ec2.models.interfaces import security_groups
from emulator.transitions import StateClock, Transition

TERMINATED_IS_LISTED_MS = 3_600_000
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


class Instance(MotoInstance):
    """An instance that moto launched, which gets this class."""

    clock = StateClock("instance")
    # Terminated, and its interfaces have left it.
    gone = False

    @property
    def _state(self) -> InstanceState:
        return InstanceState(self.clock, CODES[self.clock])

    @_state.setter
    def _state(self, state: InstanceState) -> None:
        self.clock = state.name

    def _pass(self, *states: str) -> InstanceState:
        before = self._state
        self.clock = Transition(*states)
        return before

    def start(self) -> InstanceState:
        if self.state not in ("stopped", "stopping", "pending", "running"):
            raise incorrect_state(self.id, "started")
        if self.state in ("pending", "running"):
            return self._state
        for nic in self.nics.values():
            nic.start()
        before = self._pass("pending", "running")
        super().start()
        return before

    def stop(self) -> InstanceState:
        if self.state in ("shutting-down", "terminated"):
            raise incorrect_state(self.id, "stopped")
        if self.state in ("stopping", "stopped"):
            return self._state
        before = self._pass("stopping", "stopped")
        super().stop()
        return before

    def reboot(self) -> None:
        """Reboot the instance: its state stays."""

    def terminate(self) -> InstanceState:
        """Terminate the instance; one that is terminated stays so."""
        if self.state in ("shutting-down", "terminated"):
            return self._state
        before = self._pass("shutting-down", "terminated")
        self.ec2_backend.unsettled.append(self._settle)
        self._settle()
        return before

    def _settle(self) -> bool:
        """Leave the interfaces once the instance is terminated; return whether it is to be forgotten."""
        if self.state != "terminated":
            return False
        if not self.gone:
            super().terminate()
            for nic in list(self.nics.values()):
                self.detach_eni(nic)
            self.nics.clear()
            self.gone = True
        if type(self).clock.ms_in_state(self) <= TERMINATED_IS_LISTED_MS:
            return False
        for key, reservation in list(self.ec2_backend.reservations.items()):
            reservation.instances[:] = [one for one in reservation.instances if one is not self]
            if not reservation.instances:
                del self.ec2_backend.reservations[key]
        self.ec2_backend.tags.pop(self.id, None)
        return True

    def attach_eni(self, eni: Any, device_index: int) -> str:
        attachment_id = super().attach_eni(eni, device_index)
        for elastic in eni.associations.values():
            elastic.instance = self
        return attachment_id

    def detach_eni(self, eni: Any) -> None:
        for elastic in eni.associations.values():
            elastic.instance = None
        super().detach_eni(eni)

    # What a terminated instance has no more

    @property
    def _primary(self) -> Any:
        return self.nics.get(0)

    @property
    def subnet_id(self) -> str | None:
        return None if self.gone else super().subnet_id

    @property
    def vpc_id(self) -> str | None:
        return self._primary.subnet.vpc_id if self._primary else None

    @property
    def private_ip(self) -> str | None:
        return self._primary.private_ip_address if self._primary else None

    @property
    def private_ip_address(self) -> str | None:
        return self.private_ip

    @property
    def private_dns_name(self) -> str:
        return super().private_dns_name if self.private_ip else ""

    @property
    def public_ip(self) -> str | None:
        return self._primary.public_ip if self._primary else None

    @property
    def public_ip_address(self) -> str | None:
        return self.public_ip

    @property
    def public_dns_name(self) -> str | None:
        """Public name, where the VPC has DNS hostnames."""
        vpc = self._primary.subnet.ec2_backend.vpcs.get(self.vpc_id) if self._primary else None
        return super().public_dns_name if vpc and vpc.enable_dns_hostnames else None

    # What is the primary interface's (API_ModifyInstanceAttribute)

    @property
    def security_groups(self) -> list[Any]:
        return list(self._primary.group_set) if self._primary else []

    @security_groups.setter
    def security_groups(self, groups: list[Any]) -> None:
        self._changed()._group_set = list(groups)

    def _changed(self) -> Any:
        """Return the primary interface. Raises IncorrectInstanceState for a terminated instance."""
        if self._primary is None:
            raise incorrect_state(self.id, "modified")
        return self._primary

    @property
    def source_dest_check(self) -> bool | None:
        return self._primary.source_dest_check if self._primary else None

    @source_dest_check.setter
    def source_dest_check(self, value: bool) -> None:
        self._changed().source_dest_check = value


def incorrect_state(instance_id: str, past: str) -> EC2ClientError:
    return EC2ClientError(
        "IncorrectInstanceState", f"The instance '{instance_id}' is not in a state from which it can be {past}."
    )


class Instances:
    """Instances of EC2's backend."""

    def __init__(self, *arguments: Any, **options: Any):
        # Parameters of the interfaces of the instance that is launched, by device index, which moto ignores.
        self._launching: dict[int, dict[str, Any]] = {}
        super().__init__(*arguments, **options)

    def run_instances(
        self: Any, image_id: str, count: int, user_data: Any, security_group_names: list[str], **options: Any
    ) -> Any:
        """Launch `count` instances, or none: raises AWS's error if there are not enough addresses.

        Interfaces that are created with an instance are deleted with it, unless the request says otherwise:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network-interface-attachments.html
        """
        nics = copy.deepcopy(options.get("nics") or [])
        if not options.get("subnet_id") and not any(
            nic.get("SubnetId") or nic.get("NetworkInterfaceId") for nic in nics
        ):
            self._put_default_subnet(options)
        if not nics and options.get("subnet_id"):
            nics = [{"DeviceIndex": 0}]
        for nic in nics:
            if not nic.get("NetworkInterfaceId"):
                nic["DeleteOnTermination"] = nic.get("DeleteOnTermination") is not False
        known = set(self.reservations)
        self._launching = {int(nic["DeviceIndex"]): nic for nic in nics}
        tags = (options.get("tags") or {}).get("network-interface", {})
        try:
            made = super().run_instances(  # type: ignore[misc]
                image_id, count, user_data, security_group_names, **options | {"nics": nics}
            )
        except EC2ClientError:
            for key in set(self.reservations) - known:
                self._take_back(self.reservations.pop(key))
            raise
        finally:
            self._launching = {}
        for instance in made.instances:
            self._launched(instance, tags)
        return made

    def modify_instance_security_groups(self: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
        """Set the groups of an instance's primary interface; refuses unknown ones and those of other VPCs."""
        instance = self.get_instance(instance_id)
        if instance._primary:
            instance.security_groups = security_groups(self, instance._primary.subnet, new_group_id_list)
        else:
            instance.security_groups = []
        return instance

    def _put_default_subnet(self: Any, options: dict[str, Any]) -> None:
        defaults = self.get_default_subnets()
        subnet = defaults.get(options.get("placement")) or next(iter(defaults.values()), None)
        if subnet is not None:
            options["subnet_id"] = subnet.id

    def _launched(self: Any, instance: Any, tags: dict[str, str]) -> None:
        """Give the instance its class and its first state; tag its new interfaces."""
        groups, check = instance.__dict__.pop("security_groups"), instance.__dict__.pop("source_dest_check")
        instance.__dict__.pop("_state")
        instance.__class__ = Instance
        instance.clock = Transition("pending", "running")
        if instance._primary is None:
            instance.__dict__.update(security_groups=groups, source_dest_check=check)
            return
        instance._placement.zone = instance._primary.subnet.availability_zone
        for nic in instance.nics.values():
            if nic.delete_on_termination and tags:
                nic.add_tags(tags)

    @staticmethod
    def _take_back(reservation: Reservation) -> None:
        for instance in reservation.instances:
            instance.terminate()

    def launch_options(self, device_index: int) -> dict[str, Any]:
        """Return the parameters of the interface that moto doesn't pass on, for `NetworkInterface`."""
        nic = self._launching.get(device_index)
        if nic is None:
            return {}
        addresses = [one for one in nic.get("PrivateIpAddresses") or [] if not one.get("Primary")]
        options = {
            "description": nic.get("Description"),
            "private_ip_addresses": addresses,
            "secondary_count": nic.get("SecondaryPrivateIpAddressCount") or 0,
            "ipv4_prefixes": prefixes(nic, "Ipv4"),
            "ipv6_prefixes": prefixes(nic, "Ipv6"),
            "ipv6_addresses": [one["Ipv6Address"] for one in nic.get("Ipv6Addresses") or []],
        }
        return options | ({"ipv6_address_count": nic["Ipv6AddressCount"]} if nic.get("Ipv6AddressCount") else {})


def prefixes(parameters: dict[str, Any], family: str) -> list[str] | int:
    """Return the prefixes that a request names, or how many it asks for. family: Ipv4 or Ipv6."""
    given = parameters.get(f"{family}Prefixes") or []
    named = [one[f"{family}Prefix"] if isinstance(one, dict) else one for one in given]
    return named or int(parameters.get(f"{family}PrefixCount") or 0)
