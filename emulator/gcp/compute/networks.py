# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC networks in custom mode, as recorded (kcc-operation-failed-network-in-use)."""

from __future__ import annotations

from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register, users_of
from emulator.gcp.errors import Failed, in_use, invalid
from emulator.gcp.world import Resource


class Networks(Collection):
    name, kind, noun, scope = "networks", "compute#network", "network", "global"
    fixed = ("description", "autoCreateSubnetworks")

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("IPv4Range"):
            raise invalid("resource.IPv4Range", body["IPv4Range"], "Legacy networks cannot be created.")
        if body.setdefault("autoCreateSubnetworks", True):
            # Its subnets in all regions are not emulated.
            raise invalid("resource.autoCreateSubnetworks", "true", "The emulator has networks in custom mode only.")
        body.setdefault("networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL")
        routing = {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}
        body["routingConfig"] = {**routing, **body.get("routingConfig", {})}
        return body

    def check_delete(self, call: Call, resource: Resource) -> None:
        """Leave it to the operation, as recorded."""

    def deleted(self, call: Call, resource: Resource) -> None:
        if users := users_of(call.world, resource.path):
            message = in_use("network", resource.path, users[0].path)
            raise Failed("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", message)

    def shown(self, resource: Resource) -> dict[str, Any]:
        shown = super().shown(resource)
        shown["selfLinkWithId"] = names.url(f"projects/{resource.project_id}/global/networks/{resource.id}")
        subnetworks = [one for one in users_of(resource.world, resource.path, "subnetworks") if one.ready]
        if subnetworks:
            shown["subnetworks"] = [names.url(one.path) for one in subnetworks]
        return shown


register(Networks())
