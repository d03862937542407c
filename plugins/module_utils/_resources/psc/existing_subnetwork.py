# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The subnetwork that holds an endpoint's address, with its network: read only."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.values import gcp_names
from . import named

READ_AFTER = ()
INPUTS = ("address", "network", "subnetwork")
PERMISSIONS = ("compute.subnetworks.get",)
KIND = ResourceType("existing_subnetwork")
ADDRESS = "existing_subnetwork.main"
# Of a regular subnetwork; the second is a former word for it (discovery document of Compute Engine).
REGULAR = ("PRIVATE", "PRIVATE_RFC_1918")
MISSING = (
    "project {account_id} has no subnetwork {subnetwork} in {region}. It has to be in the endpoint's region; the"
    " module creates none"
)


def read(cloud, declared, found):
    """Return {"main": Actual} whose id is the subnetwork's relative name; {} where it doesn't exist.

    details: network (relative name), cidr, purpose.
    """
    if declared.absent:
        return {}
    there = cloud.get("compute.subnetworks.get", subnetwork=declared.inputs.subnetwork)
    if there is None:
        return {}
    details = {
        "network": named.relative(cloud, there["network"]),
        "cidr": there.get("ipCidrRange", ""),
        # Left out, it is PRIVATE (discovery document of Compute Engine, Subnetwork.purpose).
        "purpose": there.get("purpose") or "PRIVATE",
    }
    return {"main": Actual(named.relative(cloud, there["selfLink"]), {}, False, details)}


def plan(wanted, found, declared):
    """Return no step; raise Conflict where the subnetwork can't hold the endpoint, or is of another network."""
    there = found["existing_subnetwork"].get("main")
    if not wanted:
        return []
    if there is None:
        _refuse_lost(found, declared)
        return []
    if there.details["purpose"] not in REGULAR:
        raise Conflict(
            f"subnetwork: {there.id} has the purpose {there.details['purpose']}; an endpoint's address has to be in a"
            " regular subnetwork"
        )
    network = declared.inputs.network
    if network and not gcp_names.same(network, there.details["network"]):
        raise Conflict(f"subnetwork: {there.id} is one of {there.details['network']}, not of {network}")
    _check_address(there, declared.inputs.address)
    return []


def _check_address(there, address):
    """Raise Conflict for a declared address that the subnetwork doesn't have, or that Google Cloud keeps for itself.

    "Unusable addresses in IPv4 subnet ranges": the first two and the last two
    (https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet).
    """
    if address is None:
        return
    first, last = (int(IPv4Network(there.details["cidr"])[index]) for index in (2, -3))
    if not first <= int(IPv4Address(address)) <= last:
        raise Conflict(
            f"address: {address} is no address that {there.id} ({there.details['cidr']}) has for an endpoint; expected"
            f" one from {IPv4Address(first)} to {IPv4Address(last)}"
        )


def _refuse_lost(found, declared):
    """Raise Conflict if the endpoint exists already: another subnetwork is declared than the one that it is in."""
    for kind in ("psc_endpoint", "psc_address"):
        for actual in found[kind].values():
            if actual.managed:
                raise Conflict(f"subnetwork: {MISSING.format_map(declared.words())}; {actual.id} exists")


def network(found):
    """Return the relative name of the network; None while the subnetwork doesn't exist."""
    there = found["existing_subnetwork"].get("main")
    return there.details["network"] if there else None
