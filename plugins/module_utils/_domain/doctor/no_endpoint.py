# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings for calls that don't go to an endpoint of the VPC, by the path on which they leave each subnet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..endpoints import profiles, resolution
from ..values.internet import EVERYWHERE_IPV4, is_everywhere
from . import dns, egress_routes
from .facts import Item
from .findings import CAUSE, UNKNOWN, Finding
from .target import Target
from .vpc import Vpc, has_ipv6

# Route targets through which calls may reach endpoints in another VPC.
ELSEWHERE = ("TransitGatewayId", "VpcPeeringConnectionId", "CoreNetworkArn")
ROUTE_TARGETS = (
    *("GatewayId", "NatGatewayId", *ELSEWHERE, "NetworkInterfaceId", "InstanceId", "VpcEndpointId"),
    *("EgressOnlyInternetGatewayId", "CarrierGatewayId", "LocalGatewayId"),
)
# Kinds that show which DNS servers the VPC has.
OF_SERVERS = ("DhcpOptions", "Vpcs")


@dataclass(frozen=True)
class _Exit:
    """Path by which calls leave a subnet.

    path: a key of OUTCOMES; route: None if none leads out; missing: the finding for calls without a path;
    takes_gateway: true if the VPC lacks a gateway endpoint for a service that can have one; public_address: true if the
    workload's interfaces have one, None if not known
    """

    path: str
    subnet_id: str
    table_id: str
    route: Item | None
    missing: Finding
    takes_gateway: bool
    public_address: bool | None

    @property
    def route_text(self) -> str:
        if self.route is None:
            return "no route"
        target = next((self.route[key] for key in ROUTE_TARGETS if self.route.get(key)), "nowhere")
        destination = next((self.route[key] for key in self.route if key.startswith("Destination")), "?")
        return f"{destination} to {target}"

    def finding(self, status: str, message: str, fix: str, cause: str = "", resource: str = "") -> Finding:
        """Build a finding with the path as evidence. cause, resource: taken from `missing` if empty"""
        return Finding(
            cause or self.missing.id,
            status,
            resource or self.missing.resource,
            message,
            fix,
            {**self.missing.evidence, "RouteTableId": self.table_id, "Routes": self.route_text},
            self.missing.services,
        )


def without_endpoint(vpc: Vpc, target: Target, missing: Finding, subnets: Sequence[str] = ()) -> Iterator[Finding]:
    """Findings about the other paths out of each subnet.

    missing: the finding for calls without another path, with at most one service; subnets: those whose calls don't
    reach the VPC's endpoint; empty: the VPC has no endpoint, which concerns all subnets of the target
    """
    service = next(iter(missing.services), "")
    zones = vpc.private_zones(service)
    if zones:
        yield _answered_by_zone(missing, zones[0])
        return
    if "RouteTables" not in vpc.facts:
        yield replace(
            missing,
            status=UNKNOWN,
            message=f"{missing.message}; other paths aren't known, since the route tables weren't read",
        )
        return
    to_public = bool(subnets) or _leads_to_public(vpc, service)
    takes_gateway = service in profiles.GATEWAYS and not subnets
    for subnet_id in subnets or target.subnets:
        table = vpc.route_table(subnet_id)
        path, route = _path_out(vpc, subnet_id, table, to_public)
        leaves = _Exit(path, subnet_id, table["RouteTableId"], route, missing, takes_gateway, target.public_address)
        if path in ("public", "internet"):
            yield from egress_routes.block_public_access(vpc.facts, subnet_id, path == "internet", service)
        if route and route.get("TransitGatewayId") and path in ("elsewhere", "internet"):
            yield from egress_routes.transit_gateway_subnets(
                vpc.facts, subnet_id, route["TransitGatewayId"], target.client_ports, service
            )
        yield OUTCOMES[path](leaves)


def _answered_by_zone(missing: Finding, zone: Item) -> Finding:
    return replace(
        missing,
        id="centralised_endpoints",
        status=UNKNOWN,
        message=f"{missing.message}, but the private zone {zone['Name']} answers for it: its records, and the endpoint"
        " that they lead to, weren't checked",
        fix="check the zone's records, and run this where the endpoint is",
        evidence={"HostedZoneSummaries[].Name": zone["Name"], **missing.evidence},
    )


def _leads_to_public(vpc: Vpc, service: str) -> bool:
    """Return true if the name of a service with gateway endpoints certainly resolves to public addresses.

    That is: all that could change the answer was read, and nothing does.
    """
    return (
        service in profiles.GATEWAYS
        and all(kind in vpc.facts for kind in OF_SERVERS)
        and not any(dns.servers(vpc))
        and vpc.answer(service).by == resolution.PUBLIC
    )


def _path_out(vpc: Vpc, subnet_id: str, table: Item, to_public: bool) -> tuple[str, Item | None]:
    """Return the path, a key of OUTCOMES, by which calls leave a subnet, and its route; None if no route leads out.

    to_public: names resolve to public addresses, so that routes to private CIDRs are no path
    """
    routes = [route for route in table["Routes"] if route.get("GatewayId") != "local"]
    defaults = [route for route in routes if route.get("DestinationCidrBlock") == EVERYWHERE_IPV4]
    default = defaults[0] if defaults else None
    for route in defaults if to_public else routes:
        private = any(route.get(key) for key in ELSEWHERE) or route.get("GatewayId", "").startswith("vgw-")
        if private and route["State"] == "active":
            return "elsewhere", route
    by_ipv6 = [
        route
        for route in routes
        if is_everywhere(route.get("DestinationIpv6CidrBlock", "fd00::/8")) and route["State"] == "active"
    ]
    if by_ipv6 and (default is None or default["State"] != "active") and any(map(has_ipv6, vpc.subnets([subnet_id]))):
        # A service may answer over IPv6 at its dual-stack names.
        return "ipv6", by_ipv6[0]
    if default is None:
        return "none", None
    if default["State"] != "active":
        return "blackhole", default
    return "public" if default.get("GatewayId", "").startswith("igw-") else "internet", default


def _no_path(leaves: _Exit) -> Finding:
    missing = leaves.missing
    return leaves.finding(CAUSE, f"{missing.message}, and {leaves.subnet_id} has no other route", missing.fix)


def _blackhole(leaves: _Exit) -> Finding:
    return leaves.finding(
        CAUSE,
        f"calls leave by {leaves.route_text}, whose target no longer exists",
        f"a working target for the route; or no route, and an endpoint: {leaves.missing.fix}",
        "blackhole_or_specific_route",
        leaves.table_id,
    )


def _elsewhere(leaves: _Exit) -> Finding:
    missing = leaves.missing
    if leaves.takes_gateway:
        return leaves.finding(
            UNKNOWN,
            f"{missing.message}. Calls leave by {leaves.route_text}: a gateway endpoint there doesn't take them."
            " Whether an interface endpoint with its names in a private zone, or a NAT gateway does, wasn't checked",
            f"a gateway endpoint here, which costs nothing: {missing.fix}",
            "gateway_used_across_vpc_boundary",
        )
    return leaves.finding(
        UNKNOWN,
        f"{missing.message}. Calls may reach one elsewhere by {leaves.route_text}, which wasn't checked",
        f"run this where the endpoints are; or if there are none: {missing.fix}",
        "centralised_endpoints",
    )


def _public(leaves: _Exit) -> Finding:
    if leaves.public_address:
        return _not_followed(leaves)
    unsure = leaves.public_address is None
    has_one = "; whether the workload's have one isn't known (Lambda's never have)"
    return leaves.finding(
        UNKNOWN if unsure else CAUSE,
        f"calls leave by {leaves.route_text}, which only interfaces with a public address can use"
        f"{has_one if unsure else '; the workload has none'}",
        leaves.missing.fix,
        "eni_without_public_path",
        leaves.subnet_id,
    )


def _not_followed(leaves: _Exit) -> Finding:
    missing = leaves.missing
    message = f"{missing.message}. Calls leave by {leaves.route_text}; whether they arrive wasn't checked"
    return leaves.finding(UNKNOWN, message, missing.fix)


# {path: function that builds its finding}. elsewhere: to another VPC or network; public: an internet gateway; internet:
# any other default route, such as a NAT gateway's.
OUTCOMES: dict[str, Callable[[_Exit], Finding]] = {
    "none": _no_path,
    "blackhole": _blackhole,
    "elsewhere": _elsewhere,
    "public": _public,
    "internet": _not_followed,
    "ipv6": _not_followed,
}
