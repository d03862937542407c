# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rules of a VPC: https://cloud.google.com/compute/docs/reference/rest/v1/firewalls."""

from __future__ import annotations

import ipaddress
from typing import Any

from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register
from emulator.gcp.discovery import need
from emulator.gcp.errors import Refused, invalid
from emulator.gcp.world import Resource

_PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all")


class Firewalls(Collection):
    name, kind, noun, scope = "firewalls", "compute#firewall", "firewall", "global"
    references = ("network",)
    fixed = ("network", "direction")

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        body.setdefault("network", f"projects/{call.project_id}/global/networks/default")
        network = call.referred(body["network"], "networks", permission="compute.networks.updatePolicy")
        added = {"priority": 1000, "direction": "INGRESS", "disabled": False, "logConfig": {"enable": False}}
        return self._checked({**added, **body, "network": network.path})

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        call.need("compute.networks.updatePolicy", resource=resource.body["network"])
        return self._checked(body)

    def check_delete(self, call: Call, resource: Resource) -> None:
        call.need("compute.networks.updatePolicy", resource=resource.body["network"])

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        if bool(body.get("allowed")) == bool(body.get("denied")):
            raise invalid("resource", body.get("name"), "Exactly one of allowed and denied must be specified.")
        for rule in body.get("allowed") or body.get("denied") or []:
            _check_rule(rule)
        accounts = body.get("sourceServiceAccounts") or body.get("targetServiceAccounts")
        if accounts and (body.get("sourceTags") or body.get("targetTags")):
            message = "Service accounts and tags cannot be used in one firewall rule."
            raise invalid("resource.targetServiceAccounts", accounts, message)
        if not 0 <= body["priority"] <= 65535:
            raise invalid("resource.priority", body["priority"], "Must be between 0 and 65535.")
        ingress = body["direction"] == "INGRESS"
        if ingress and body.get("destinationRanges") and body.get("sourceRanges") is None:
            body["sourceRanges"] = ["0.0.0.0/0"]
        others = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
        if ingress and not any(body.get(field) for field in others):
            body["sourceRanges"] = ["0.0.0.0/0"]
        if not ingress and any(body.get(field) for field in others[1:]):
            raise invalid("resource.direction", "EGRESS", "Sources may be specified for INGRESS only.")
        for field in ("sourceRanges", "destinationRanges"):
            if field in body:
                body[field] = [_range(f"resource.{field}", text) for text in body[field]]
        return body


def _check_rule(rule: dict[str, Any]) -> None:
    need(rule, "IPProtocol")
    protocol = rule["IPProtocol"] = rule["IPProtocol"].lower()
    if protocol not in _PROTOCOLS and not (protocol.isdecimal() and int(protocol) <= 255):
        raise invalid("resource.allowed[0].IPProtocol", protocol, "Unknown IP protocol.")
    if rule.get("ports") and protocol not in ("tcp", "udp", "sctp", "6", "17", "132"):
        raise invalid("resource.allowed[0].ports", rule["ports"], f"Ports are not allowed with protocol {protocol}.")
    for port in rule.get("ports") or []:
        first, _, last = port.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first) <= 65535):
            raise invalid("resource.allowed[0].ports", port, "Must be a port or a range of ports.")


def _range(field: str, text: str) -> str:
    """Return a range as the API answers it: a single address as /32 stays a single address."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        message = f"Invalid value for field '{field}': '{text}'. Must be a valid CIDR range."
        raise Refused(400, "invalid", message) from None
    return text


register(Firewalls())
