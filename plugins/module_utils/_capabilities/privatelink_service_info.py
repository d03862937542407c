# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module privatelink_service_info: who is connected to an endpoint service, and what the ledger says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone

from .._aws.provider import AWS
from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._domain.privatelink import acceptance
from .._domain.values import identifiers
from .._resources.privatelink import endpoint_connection, endpoint_service

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "consumers": acceptance.CONSUMERS,
    "undeclared": acceptance.UNDECLARED,
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # account id -> its entry
    ledger: Mapping[str, acceptance.Entry]
    today: date
    undeclared: str


def desired(params):
    identifiers.name("name", params["name"])
    ledger = acceptance.parse("consumers", params["consumers"])
    inputs = Inputs(ledger, datetime.now(timezone.utc).date(), params["undeclared"])
    owner = f"privatelink_service/{params['name']}"
    return Declared(owner, {"endpoint_service": {}, "endpoint_connection": {}}, inputs)


def report(declared, found, ids, states):
    service = found["endpoint_service"].get("main")
    return {
        "service_id": ids.get(endpoint_service.ADDRESS),
        "service_name": service.details["service_name"] if service else None,
        "principals": service.fields["principals"] if service else [],
        "connections": endpoint_connection.printable(declared, found),
    }


CAPABILITY = Capability(
    "privatelink_service_info",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (endpoint_service, endpoint_connection),
    report,
    reads_only=True,
)
