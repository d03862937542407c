# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module psc_service_info: who is connected to a published service, and what the ledger says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone

from .._core.capability import Capability, Declared
from .._core.inputs import ModuleInputs
from .._domain.psc import consumers
from .._gcp.provider import GCP
from .._resources.psc import connection, service_attachment
from . import psc_service_checks as checks

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "consumers": consumers.CONSUMERS,
    "undeclared": consumers.UNDECLARED,
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # project id -> its entry
    ledger: Mapping[str, consumers.Approval]
    today: date
    undeclared: str
    nat_subnets: tuple[str, ...] = ()
    allow_disconnect: bool = False


def desired(params):
    checks.service_name(params["name"])
    ledger = consumers.parse("consumers", params["consumers"])
    inputs = Inputs(ledger, datetime.now(timezone.utc).date(), params["undeclared"])
    owner = f"psc_service/{params['name']}"
    return Declared(owner, {"service_attachment": {}, "connection": {}}, inputs)


def report(declared, found, ids, states):
    there = found["service_attachment"].get("main")
    return {
        "service_attachment": there.id if there else None,
        "service_uri": service_attachment.uri(there.id) if there else None,
        "service_attachment_id": there.details["id"] if there else None,
        "target_service": there.fields["target_service"] if there else None,
        "accept_list": there.fields["accept"] if there else [],
        "reject_list": there.fields["reject"] if there else [],
        "connections": connection.printable(declared, found),
    }


CAPABILITY = Capability(
    "psc_service_info",
    GCP,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (service_attachment, connection),
    report,
    reads_only=True,
)
