# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module psc_endpoint: an endpoint of Private Service Connect to a provider's service, with a private name."""

from __future__ import annotations

from dataclasses import dataclass

from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.values import cidrs, gcp_names, identifiers
from .._gcp.provider import GCP
from .._resources.psc import (
    existing_subnetwork,
    mark,
    own_attachment,
    psc_address,
    psc_endpoint,
    psc_record,
    psc_zone,
)

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "service": {"type": "str"},
    "network": {"type": "str"},
    "subnetwork": {"type": "str"},
    "address": {"type": "str"},
    "global_access": {"type": "bool", "default": False},
    "dns_name": {"type": "str"},
    "wait_for_acceptance": {"type": "bool", "default": False},
    "allow_disconnect": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    """network: relative name or None; subnetwork: its name alone; service: relative name."""

    name: str
    service: str | None
    network: str | None
    subnetwork: str | None
    address: str | None
    dns_name: str | None
    wait_for_acceptance: bool
    allow_disconnect: bool


def desired(params):
    gcp_names.resource_name("name", params["name"])
    service = _service(params)
    network, subnetwork = _own(params, "network", "networks"), _own(params, "subnetwork", "subnetworks")
    address, dns_name = params["address"], params["dns_name"]
    if address is not None and not cidrs.is_ipv4_address(address):
        raise Invalid("address", address, "is no IPv4 address", "one of the subnetwork's range, such as 10.0.0.9")
    if dns_name is not None:
        _check_dns_name(dns_name)
    owner = f"psc_endpoint/{params['name']}"
    resources = {
        "existing_subnetwork": {"main": {}},
        "own_attachment": {"main": {}},
        "psc_address": {
            "main": {
                "name": params["name"],
                "subnetwork": Ref(existing_subnetwork.ADDRESS),
                "address": address,
                "tags": mark.tags(owner, "main"),
            }
        },
        "psc_endpoint": {
            "main": {
                "name": params["name"],
                "service": service,
                "address": Ref(psc_address.ADDRESS),
                "global_access": params["global_access"],
                "tags": mark.tags(owner, "main"),
            }
        },
        "psc_zone": {dns_name: {"name": dns_name, "tags": mark.tags(owner, dns_name)}} if dns_name else {},
        "psc_record": {dns_name: {}} if dns_name else {},
    }
    inputs = Inputs.of(
        params,
        service=service,
        network=network,
        subnetwork=gcp_names.last(subnetwork) if subnetwork else None,
    )
    return Declared(owner, resources, inputs)


def _service(params):
    """Return the relative name of the service attachment, None if none is given."""
    if params["service"] is None:
        return None
    named = gcp_names.parse("service", params["service"])
    if named.zonal or not named.region:
        raise Invalid(
            "service",
            params["service"],
            "is no service of a region",
            "projects/PROJECT/regions/REGION/serviceAttachments/NAME",
        )
    if named.region != params["region"]:
        expected = f"one of {params['region']}, or region: {named.region}; global_access lets callers of all regions in"
        raise Invalid("service", str(named), f"is a service of {named.region}, not of the endpoint's region", expected)
    return str(named)


def _own(params, option, kind):
    """Return the relative name of a network or subnetwork, None if none is given."""
    if params[option] is None:
        return None
    region = "" if kind == "networks" else params["region"]
    return gcp_names.own(option, params[option], kind, params["project_id"], region)


def _check_dns_name(dns_name):
    identifiers.domain("dns_name", dns_name)
    if dns_name.startswith("*"):
        raise Invalid(
            "dns_name", dns_name, "is a wildcard", "the name of one service, such as matching.example.internal"
        )


def report(declared, found, ids, states):
    """Return what is known of the endpoint: a new one's values from the run's look-up, else those read first."""
    there = found["psc_endpoint"].get("main")
    answer = psc_endpoint.ANSWER
    new = {key: ids.get(answer.at(key)) for key in ("ip", "status", "connection_id")}
    exists = psc_endpoint.ADDRESS in ids
    known = exists and not new["ip"] and there and there.managed
    status = states.get(psc_endpoint.ADDRESS) or new["status"] or (there.fields["status"] if known else None)
    connection = new["connection_id"] or (there.details["connection_id"] if known else None)
    names = [address.name for address in ids if address.kind == "psc_zone"]
    return {
        "forwarding_rule": ids.get(psc_endpoint.ADDRESS),
        "status": status if exists else None,
        "connection_id": connection if exists and connection != psc_endpoint.NO_ID else None,
        "ip_address": (new["ip"] or (there.details["ip"] if known else None)) if exists else None,
        "dns_name": names[0] if names else None,
    }


CAPABILITY = Capability(
    "psc_endpoint",
    GCP,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (existing_subnetwork, own_attachment, psc_address, psc_endpoint, psc_zone, psc_record),
    report,
    {"required_if": [["state", "present", ["service", "subnetwork"]]]},
    removals=guard.deleted("psc_zone"),
)
