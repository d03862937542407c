# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewalls of AWS on a path: endpoints of Network Firewall. Their rules are judged elsewhere."""

from __future__ import annotations

from .snapshot import Item

# Tags that Network Firewall gives to its endpoints; the second has the firewall's ARN.
MANAGED, OF_FIREWALL = "AWSNetworkFirewallManaged", "Firewall"


def name_of(endpoint: Item) -> str | None:
    """Return the name of the network firewall that an endpoint is of; None if it is of something else."""
    if endpoint.get("VpcEndpointType") != "GatewayLoadBalancer":
        return None
    tags = {tag["Key"]: tag.get("Value", "") for tag in endpoint.get("Tags", ())}
    if tags.get(MANAGED) != "true" and not endpoint.get("RequesterManaged"):
        return None
    return tags.get(OF_FIREWALL, "").rpartition("/")[2] or str(endpoint["VpcEndpointId"])


def note(name: str) -> str:
    return f"network firewall {name}: what its rules decide is not judged here"
