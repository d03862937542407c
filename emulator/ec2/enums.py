# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of parameters with an enum in the API model: AWS refuses any other with InvalidParameterValue.

The code: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html ("A value specified in a parameter
is not valid, is unsupported, or cannot be used"); boto3 doesn't check them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from botocore.model import OperationNotFoundError, Shape
from moto.core.utils import get_service_model

from emulator.ec2.errors import invalid_value

# Checked where they are read, with texts of their own; the model's list of instance types is never complete.
_OTHERWISE = ("FlowLogsResourceType", "InstanceType", "ResourceType", "RuleAction", "VpcAttributeName")

# Values that AWS takes though the model lacks them: moto's test_delete_fleet, test_create_fleet_dryrun (aws_verified).
_ALSO = {"SpotAllocationStrategy": ("lowestPrice",), "FleetExcessCapacityTerminationPolicy": ("terminate",)}


def _enums(shape: Shape, place: str, inside: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield (name on the wire without indexes, values) of a structure's members, to any depth."""
    for name, member in shape.members.items():
        location = member.serialization.get("name", name)
        wire = place + (member.serialization.get("queryName") or location[:1].upper() + location[1:])
        while member.type_name == "list":
            member = member.member
        if member.type_name == "string" and getattr(member, "enum", None) and member.name not in _OTHERWISE:
            yield wire, frozenset((*member.enum, *_ALSO.get(member.name, ())))
        elif member.type_name == "structure" and member.name not in inside:
            yield from _enums(member, f"{wire}.", (*inside, member.name))


@functools.cache
def _of_operation(operation: str) -> dict[str, frozenset[str]]:
    try:
        shape = get_service_model("ec2").operation_model(operation).input_shape
    except OperationNotFoundError:
        return {}
    return dict(_enums(shape, "", ())) if shape else {}


def check_values(operation: str, parameters: Iterable[tuple[str, str]]) -> None:
    """Raise InvalidParameterValue for the first value that isn't in its parameter's enum.

    parameters: (name on the wire, value): ("Options.DnsSupport", "enable"), ...
    """
    if not _of_operation(operation):
        return
    for name, value in parameters:
        allowed = _allowed(operation, name)
        if allowed and value and value not in allowed:
            parameter = name.rpartition(".")[2]
            raise invalid_value(f"Value ({value}) for parameter {parameter[0].lower()}{parameter[1:]} is invalid.")


@functools.lru_cache(maxsize=65536)
def _allowed(operation: str, name: str) -> frozenset[str] | None:
    """Return the values of a parameter, None if any goes. name: on the wire, with indexes."""
    return _of_operation(operation).get(".".join(part for part in name.split(".") if not part.isdigit()))
