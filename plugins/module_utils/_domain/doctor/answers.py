# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What answers for the names of services in a VPC, and with which addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..endpoints import resolution
from ..endpoints.resolution import Answer
from . import dns
from .facts import Facts, Item
from .vpc import Vpc

OF_SERVERS = ("DhcpOptions", "Vpcs", "VpcAttributes")


def by_service(facts: Facts, services: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return {service: {"by", "id", "domain", "profile_id", "says", "addresses"}}, see resolution.Answer.

    addresses: of the endpoint that answers, as far as they are known
    """
    vpc = Vpc(facts)
    return {service: _told(vpc, _answer(vpc, service)) for service in services}


def _answer(vpc: Vpc, service: str) -> Answer:
    unread = [kind for kind in OF_SERVERS if kind not in vpc.facts]
    if unread:
        return Answer(resolution.UNKNOWN, says=f"{', '.join(unread)} weren't read")
    # Without private DNS names and private zones, or with servers that may know neither, nothing is certain.
    for finding in (*dns.attributes(vpc), *dns.servers(vpc)):
        return Answer(resolution.UNKNOWN, says=finding.message)
    return vpc.answer(service)


def _told(vpc: Vpc, found: Answer) -> dict[str, Any]:
    told = {"by": found.by, "id": found.id, "domain": found.domain, "profile_id": found.profile_id, "says": found.says}
    return {**told, "addresses": _addresses(vpc, found)}


def _addresses(vpc: Vpc, found: Answer) -> list[str]:
    if found.by == resolution.PROFILE_ENDPOINT:
        of_hub: Item = next((item for item in vpc.central.values() if item.get("id") == found.id), {})
        return resolution.addresses(of_hub)
    ids = [
        interface_id
        for endpoint in vpc.facts.get("VpcEndpoints", ())
        if endpoint["VpcEndpointId"] == found.id
        for interface_id in endpoint.get("NetworkInterfaceIds", ())
    ]
    known = (item for item in vpc.facts.get("NetworkInterfaces", ()) if item["NetworkInterfaceId"] in ids)
    return sorted(item["PrivateIpAddress"] for item in known if item.get("PrivateIpAddress"))
