# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about calls that a Route 53 Profile of the VPC leads to the hub's endpoints.

What is known of the hub is facts["Central"]: {"endpoints": {service: {"id", "state", "names", "addresses"}}, "sources":
CIDRs that the endpoints' security group admits, "network": a snapshot of both accounts' networks}; as the module
central_endpoints reports it and network_path_info reads it. Without, the account that is looked at shows the ids of the
hub's endpoints, and nothing else about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from typing import Any

from ..._core.errors import Invalid
from ..endpoints import proof, resolution
from ..endpoints.resolution import Answer
from ..network import snapshot
from ..network.packet_filters import Packet
from ..network.points import Lookups
from ..network.routes import route_text
from ..network.trip import UNKNOWN as NOT_READ
from ..network.trip import Way
from ..values import identifiers
from ..values.cidrs import is_ipv4_address
from . import egress_routes
from .facts import Item
from .filters import Filters
from .findings import CAUSE, NOTE, UNKNOWN, Finding
from .target import Target
from .vpc import Vpc

ANYWHERE = IPv4Address("0.0.0.0")  # routes don't look at the source
IN_USE = ("available", "modifying")


def check(option: str, central: Mapping[str, Any]) -> None:
    """Raise Invalid for what can't be a hub's central endpoints. option: its name, for the error"""
    if not central["profile_id"].startswith("rp-"):
        raise Invalid(f"{option}.profile_id", central["profile_id"], "is no Route 53 Profile", "an id such as rp-1234")
    for index, source in enumerate(central.get("sources") or ()):
        identifiers.destination(f"{option}.sources[{index}]", source, ("pl", "sg"))
    for service, endpoint in central["endpoints"].items():
        where = f"{option}.endpoints.{service}"
        if not isinstance(endpoint, Mapping):
            raise Invalid(
                where, endpoint, "is no mapping", "id, addresses and names, as central_endpoints returns them"
            )
        for address in resolution.addresses(endpoint):
            if not is_ipv4_address(address):
                raise Invalid(
                    f"{where}.addresses", address, "is no IPv4 address", "those that central_endpoints returns"
                )


def profiles_of(vpc: Vpc) -> list[str]:
    """Return the ids of the VPC's Profiles."""
    found = (item for item in vpc.facts.get("ProfileAssociations", ()) if item.get("Status") not in resolution.OVER)
    return sorted({item["ProfileId"] for item in found})


def profile_of(vpc: Vpc) -> str:
    """Return the hub's Profile if the VPC is associated with it, else ""."""
    wanted = vpc.facts.get("Central", {}).get("profile_id")
    return wanted if wanted in profiles_of(vpc) else ""


def answer(vpc: Vpc, service: str) -> Answer | None:
    """Return what answers for the service's names if a Profile decides that, or may; else None."""
    if not profiles_of(vpc) or "ProfileResourceAssociations" not in vpc.facts:
        return None
    found = vpc.answer(service)
    if found.by != resolution.UNKNOWN:
        return found if found.profile_id else None
    alone = Vpc({**vpc.facts, "ProfileAssociations": []}).answer(service)
    # Findings about the VPC's own zones and rules, and what wasn't read, are in dns.py and no_endpoint.py.
    return found if alone.by in (resolution.ENDPOINT, resolution.PUBLIC) else None


def unknown(vpc: Vpc, service: str, found: Answer) -> Finding:
    """Build the finding for a service whose names a Profile answers for with what can't be read, or may."""
    return Finding(
        "resolver_rule_or_phz_override",
        UNKNOWN,
        found.profile_id or ", ".join(profiles_of(vpc)),
        f"{found.says}; where that leads wasn't checked",
        "closed_vpc_doctor: central, what central_endpoints reports of the hub; or run this where the Profile is",
        {"ProfileAssociations[].ProfileId": profiles_of(vpc)},
        (service,),
    )


def shadowed(vpc: Vpc, service: str, endpoint: Item) -> Iterator[Finding]:
    """Yield a finding if an endpoint of the VPC answers in place of the hub's, which nothing in AWS shows."""
    of_hub = vpc.central.get(service, {}).get("id")
    arns = [item["ResourceArn"] for item in vpc.facts.get("ProfileResourceAssociations", ())]
    offered = of_hub and profile_of(vpc) and any(arn.endswith(f"/{of_hub}") for arn in arns)
    if offered and endpoint.get("PrivateDnsEnabled"):
        yield Finding(
            "central_endpoint_shadowed",
            NOTE,
            endpoint["VpcEndpointId"],
            f"this endpoint of the VPC answers for {service} in place of the hub's {of_hub}, which the Profile"
            f" {profile_of(vpc)} offers: the VPC's own settings come first",
            f"closed_network_endpoints: {{{service}: central}} deletes it; local keeps it",
            {"VpcEndpoints[].PrivateDnsEnabled": True, "ProfileResourceAssociations[].ResourceArn": arns},
            (service,),
        )


def findings(vpc: Vpc, target: Target, filters: Filters, service: str, found: Answer) -> Iterator[Finding]:
    """Findings about what stops the target's calls to an endpoint of the hub."""
    endpoint: Item = next((item for item in vpc.central.values() if item.get("id") == found.id), {})
    addresses = resolution.addresses(endpoint)
    if (endpoint.get("state") or "available").lower() != "available" or not addresses:
        yield _not_available(service, found, endpoint)
        return
    yield from _zones(vpc, target, service, found, endpoint)
    with_ipv4 = vpc.with_ipv4(target.subnets)
    if not with_ipv4:
        return
    yield from _routes(vpc, target, service, addresses, with_ipv4)
    yield from filters.of_central(service, addresses)
    yield from _sources(vpc, service, found, with_ipv4)
    yield from _paths(vpc, service, found, addresses, with_ipv4)


def _not_available(service: str, found: Answer, endpoint: Item) -> Finding:
    state = endpoint.get("state") or "of a state that isn't known"
    return Finding(
        "endpoint_not_available",
        CAUSE if endpoint.get("state") else UNKNOWN,
        found.id,
        f"the hub's endpoint for {service} is {state}, and has {'an' if endpoint.get('addresses') else 'no'} address",
        "central_endpoints in the hub's account, which creates it again or gives it addresses",
        {"state": state, "addresses": resolution.addresses(endpoint)},
        (service,),
    )


def _zones(vpc: Vpc, target: Target, service: str, found: Answer, endpoint: Item) -> Iterator[Finding]:
    by_zone = endpoint.get("addresses")
    if not isinstance(by_zone, dict):
        return
    wanted = {subnet.get("AvailabilityZoneId", "") for subnet in vpc.subnets(target.subnets)}
    lacking = sorted(wanted - {zone for zone, listed in by_zone.items() if listed})
    if lacking:
        yield Finding(
            "endpoint_az_coverage",
            NOTE,
            found.id,
            f"the hub's endpoint has no address in {', '.join(lacking)}. Calls from there go to another zone, which"
            " may cost more (central_endpoints_report); if these zones fail, none answers",
            "central_endpoints: a `tier` with a subnet in each zone",
            {"addresses": sorted(by_zone)},
            (service,),
        )


def _routes(
    vpc: Vpc, target: Target, service: str, addresses: Sequence[str], subnets: Sequence[str]
) -> Iterator[Finding]:
    if "RouteTables" not in vpc.facts:
        return  # unread.py reports it
    kinds: dict[str, tuple[Item, ...]] = {
        "Vpcs": ({"VpcId": vpc.id},),
        "Subnets": tuple(vpc.facts["Subnets"]),
        "RouteTables": tuple(vpc.facts["RouteTables"]),
        "PrefixLists": tuple(vpc.facts.get("PrefixLists", ())),
    }
    lookups = Lookups(snapshot.Snapshot({snapshot.Place(""): kinds}))
    gateways = set()
    for subnet in vpc.subnets(subnets):
        for address in addresses:
            packet = Packet(ANYWHERE, IPv4Address(address), "tcp", (443, 443))
            status, why, route, table_id = _route(lookups, subnet, packet)
            if route.get("TransitGatewayId") and not status:
                gateways.add((subnet["SubnetId"], route["TransitGatewayId"]))
            elif status:
                yield _no_route(service, subnet["SubnetId"], address, status, why, table_id)
    for subnet_id, gateway_id in sorted(gateways):
        yield from _attachment(vpc, subnet_id, gateway_id, service)
        yield from egress_routes.transit_gateway_subnets(vpc.facts, subnet_id, gateway_id, target.client_ports, service)


def _route(lookups: Lookups, subnet: Item, packet: Packet) -> tuple[str, str, Item, str]:
    """Return "" or the status of a finding, why, the route, and its table's id."""
    try:
        table, route, dropped = lookups.route(subnet, packet)
    except snapshot.Unknown as reason:
        return UNKNOWN, reason.problem, {}, ""
    if dropped:
        return CAUSE, dropped.message, route, table["RouteTableId"]
    if route.get("TransitGatewayId") or route.get("VpcPeeringConnectionId"):
        return "", "", route, table["RouteTableId"]
    gateway = route.get("GatewayId") or ""
    lost = gateway == "local" or gateway.startswith(("igw-", "vpce-"))
    why = f"{route_text(route)} takes the calls{'' if lost else ', and where that leads is not known'}"
    return CAUSE if lost else UNKNOWN, why, route, table["RouteTableId"]


def _no_route(service: str, subnet_id: str, address: str, status: str, why: str, table_id: str) -> Finding:
    return Finding(
        "central_endpoint_route",
        status,
        table_id or subnet_id,
        f"calls from {subnet_id} to {address}, the hub's endpoint for {service}, don't arrive: {why}",
        "spoke_destinations with the CIDR of the hub's endpoints: tgw_spoke, destinations",
        {"RouteTableId": table_id, "Routes": why},
        (service,),
    )


def _attachment(vpc: Vpc, subnet_id: str, gateway_id: str, service: str) -> Iterator[Finding]:
    """Yield a finding if the VPC, or the subnet's zone, isn't attached to the transit gateway of its route."""
    if "TransitGatewayVpcAttachments" not in vpc.facts:
        return  # egress_routes.transit_gateway_subnets reports it
    zones = {item["SubnetId"]: item.get("AvailabilityZoneId") for item in vpc.facts["Subnets"]}
    attached = {
        zones.get(id_)
        for item in vpc.facts["TransitGatewayVpcAttachments"]
        if item["TransitGatewayId"] == gateway_id and item["VpcId"] == vpc.id and item["State"] in IN_USE
        for id_ in item.get("SubnetIds", ())
    }
    if zones[subnet_id] not in attached:
        where = f"in {zones[subnet_id]} " if attached else ""
        yield Finding(
            "central_endpoint_route",
            CAUSE,
            subnet_id,
            f"the VPC isn't attached to {gateway_id} {where}, which calls of {subnet_id} to the hub's endpoints need",
            "tgw_spoke: an attachment with a subnet in each zone",
            {"TransitGatewayVpcAttachments[].SubnetIds": sorted(filter(None, attached))},
            (service,),
        )


def _sources(vpc: Vpc, service: str, found: Answer, subnets: Sequence[str]) -> Iterator[Finding]:
    """Findings for subnets that the security group of the hub's endpoints doesn't admit."""
    sources = vpc.facts["Central"].get("sources")
    if not sources:
        return
    cidrs = list(collapse_addresses(IPv4Network(source) for source in sources if _is_cidr(source)))
    named = [source for source in sources if source.startswith(("pl-", "sg-"))]
    for subnet in vpc.subnets(subnets):
        network = IPv4Network(subnet["CidrBlock"])
        if not any(network.subnet_of(cidr) for cidr in cidrs):
            yield Finding(
                "endpoint_sg_ingress",
                UNKNOWN if named else CAUSE,
                found.id,
                f"the security group of the hub's endpoints doesn't admit all of {network} ({subnet['SubnetId']})"
                + (f", unless {', '.join(named)} does" if named else ""),
                f"central_endpoints: sources, with {network}",
                {"sources": list(sources)},
                (service,),
            )


def _is_cidr(source: str) -> bool:
    return "." in source and "/" in source


def _paths(
    vpc: Vpc, service: str, found: Answer, addresses: Sequence[str], subnets: Sequence[str]
) -> Iterator[Finding]:
    """Findings for paths to the hub and back that the networks of both accounts don't have, or don't show."""
    network = vpc.facts["Central"].get("network")
    if network is None:
        yield Finding(
            "centralised_endpoints",
            UNKNOWN,
            found.id,
            "the hub's endpoints answer; the transit gateway's route tables, and the hub's filters and routes back,"
            " weren't read",
            "closed_vpc_doctor: central.snapshot_dir, a folder where network_path_info saved both accounts",
            {"ProfileResourceAssociations[].ResourceArn": found.id},
            (service,),
        )
        return
    for subnet_id, where, stopped in proof.blocked(network, subnets, service, addresses):
        yield _path(service, subnet_id, where, stopped)


def _path(service: str, subnet_id: str, where: str, stopped: Way) -> Finding:
    unknown_ = stopped.verdict == NOT_READ
    ids = stopped.decided_by.ids
    return Finding(
        "centralised_endpoints" if unknown_ else "central_endpoint_path",
        UNKNOWN if unknown_ else CAUSE,
        ids[0] if ids else subnet_id,
        f"calls from {subnet_id} to {where}, the hub's endpoint for {service}, or their answers: {stopped.verdict}:"
        f" {stopped.decided_by.message}",
        "the playbook path shows each hop; tgw_hub and tgw_spoke have the routes, vpc_flows the network ACLs",
        {"decided_by": list(ids)},
        (service,),
    )
