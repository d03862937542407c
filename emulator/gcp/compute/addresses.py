# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regional internal addresses: https://cloud.google.com/compute/docs/reference/rest/v1/addresses."""

from __future__ import annotations

from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register
from emulator.gcp.compute import ranges
from emulator.gcp.discovery import need
from emulator.gcp.errors import Refused, in_use, invalid
from emulator.gcp.world import Resource


class Addresses(Collection):
    name, kind, noun = "addresses", "compute#address", "address"
    references = ("subnetwork", "network")
    labels = True
    # Internal ones need those with Internal: https://cloud.google.com/compute/docs/access/iam-permissions.
    permissions = {"insert": ("compute.addresses.createInternal",), "delete": ("compute.addresses.deleteInternal",)}

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if body.setdefault("addressType", "EXTERNAL") != "INTERNAL":
            raise invalid("resource.addressType", body["addressType"], "The emulator has internal addresses only.")
        need(body, "subnetwork")
        subnetwork = call.referred(body["subnetwork"], "subnetworks", permission="compute.subnetworks.use")
        ranges.same_region("resource.subnetwork", subnetwork, call.region)
        ranges.check_purpose("resource.subnetwork", subnetwork)
        if body.get("network"):
            raise invalid("resource.network", body["network"], "Network cannot be specified with a subnetwork.")
        if body.get("address"):
            ranges.check_inside("resource.address", body["address"], subnetwork)
        body["subnetwork"] = subnetwork.path
        # With labels, an insert needs setLabels, too.
        if body.get("labels"):
            call.need("compute.addresses.setLabels")
        return {"networkTier": "PREMIUM", "purpose": "GCE_ENDPOINT", **body}

    def created(self, call: Call, resource: Resource) -> None:
        subnetwork = call.world.resources[resource.body["subnetwork"]]
        address = resource.body.get("address") or ranges.next_free(call.world, subnetwork)
        ranges.in_conflict(call.world, address, subnetwork, resource)
        resource.body["address"] = address

    def check_delete(self, call: Call, resource: Resource) -> None:
        if using := users(resource):
            message = in_use("address", resource.path, using[0].path)
            raise Refused(400, "resourceInUseByAnotherResource", message)

    def shown(self, resource: Resource) -> dict[str, Any]:
        shown = super().shown(resource)
        using = users(resource)
        shown["status"] = "IN_USE" if using else "RESERVED"
        if using:
            shown["users"] = [names.url(one.path) for one in using]
        return shown


def users(address: Resource) -> list[Resource]:
    """Return the forwarding rules that have the address, by its name or its IP."""
    network = address.world.resources[address.body["subnetwork"]].body["network"]
    found = []
    for rule in address.world.all("forwardingRules", address.project_id):
        if (
            rule.body.get("IPAddress") in (address.path, address.body.get("address"))
            and rule.body["network"] == network
        ):
            found.append(rule)
    return found


register(Addresses())
