# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The internal address of an endpoint, reserved in a subnetwork."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from . import mark, named

READ_AFTER = ("existing_subnetwork",)
INPUTS = ("address", "name")
PERMISSIONS = (
    "compute.addresses.createInternal",
    "compute.addresses.deleteInternal",
    "compute.addresses.get",
    "compute.regionOperations.get",
    "compute.subnetworks.use",
)
ADDRESS = "psc_address.main"


def read(cloud, declared, found):
    """Return {"main": Actual} of the address that has the endpoint's name; it is managed if it has the owner's mark.

    Fields: name, subnetwork (relative name), address (IP), tags.
    """
    there = cloud.get("compute.addresses.get", address=declared.inputs.name)
    if there is None:
        return {}
    fields = {
        "name": there["name"],
        "subnetwork": named.relative(cloud, there.get("subnetwork")),
        "address": there.get("address"),
        "tags": mark.read(there),
    }
    return {"main": Actual(named.relative(cloud, there["selfLink"]), fields, mark.is_owned(there, declared.owner))}


def plan(wanted, found, declared):
    there = found["psc_address"]
    mark.refuse_others(KIND, wanted, there, declared.owner)
    return reconcile(KIND, wanted, there)


def ip(found, declared):
    """Return the IP that the endpoint has after the run; None where Google Cloud has yet to choose it."""
    there = found["psc_address"].get("main")
    stays = there and not is_replaced(found, declared)
    return there.fields["address"] if stays else declared.inputs.address


def is_replaced(found, declared):
    """Return true if the address is deleted and reserved anew: another subnetwork or IP is declared."""
    there, subnetwork = found["psc_address"].get("main"), found["existing_subnetwork"].get("main")
    if not there or not there.managed:
        return False
    moved = subnetwork and subnetwork.id != there.fields["subnetwork"]
    return bool(moved) or declared.inputs.address not in (None, there.fields["address"])


def _create(fields):
    given = {"address": fields["address"]} if fields.get("address") else {}
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "addressType": "INTERNAL",
        "subnetwork": fields["subnetwork"],
        **given,
    }
    return Call("compute.addresses.insert", {"body": body}, id_path="target")


# Nothing of an address can be changed, and a name is free again only once its bearer is deleted.
KIND = ResourceType(
    "psc_address",
    create=_create,
    delete=lambda id_, fields: Call("compute.addresses.delete", {"address": fields["name"]}),
    replace_on_change=True,
    delete_before_create=True,
)
