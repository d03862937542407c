# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about a gateway endpoint: filters, route tables, other routes to the same addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from ..network import snapshot
from ..network.trace import trace
from ..network.trip import UNKNOWN as NOT_KNOWN
from ..values.internet import EVERYWHERE_IPV4
from .facts import Item
from .filters import Filters, representatives
from .findings import CAUSE, UNKNOWN, Finding
from .no_endpoint import without_endpoint
from .target import Target
from .vpc import Vpc

WORKLOAD = "eni-workload"


def findings(vpc: Vpc, target: Target, filters: Filters, service: str, endpoint: Item) -> Iterator[Finding]:
    """Findings about what stops the target's calls to the service's addresses."""
    lists = {item.get("PrefixListName"): item for item in vpc.facts.get("PrefixLists", ())}
    prefix_list = lists.get(endpoint["ServiceName"])
    with_ipv4 = vpc.with_ipv4(target.subnets)
    if prefix_list and with_ipv4:
        yield from filters.of_gateway(service, prefix_list)
    elif "PrefixLists" in vpc.facts and not prefix_list:
        yield Finding(
            "nacl_gateway_endpoint",
            UNKNOWN,
            endpoint["ServiceName"],
            "AWS's prefix lists, as read, lack the addresses of the service",
            "run the doctor again",
            {"PrefixLists[].PrefixListName": None},
            (service,),
        )
    if "RouteTables" not in vpc.facts:
        return
    for subnet_id in target.subnets:
        table = vpc.route_table(subnet_id)
        if table["RouteTableId"] not in endpoint.get("RouteTableIds", ()):
            missing = _not_associated(service, endpoint, subnet_id, table)
            yield from without_endpoint(vpc, target, missing, [subnet_id])
        elif prefix_list and subnet_id in with_ipv4:
            yield from _other_routes(vpc, service, endpoint, prefix_list, subnet_id, table)


def _not_associated(service: str, endpoint: Item, subnet_id: str, table: Item) -> Finding:
    is_main = not any(association.get("SubnetId") == subnet_id for association in table["Associations"])
    main = ", the main table, since it has none of its own" if is_main else ""
    return Finding(
        "gateway_not_associated",
        CAUSE,
        table["RouteTableId"],
        f"{subnet_id} uses {table['RouteTableId']}{main}; {endpoint['VpcEndpointId']} isn't associated with it",
        "closed_vpc_endpoints associates gateway endpoints with the route tables of its `tiers` (default: all)",
        {"VpcEndpoints[].RouteTableIds": list(endpoint.get("RouteTableIds", ()))},
        (service,),
    )


def _other_routes(
    vpc: Vpc, service: str, endpoint: Item, prefix_list: Item, subnet_id: str, table: Item
) -> Iterator[Finding]:
    """Yield a finding for each part of the service's CIDRs whose calls take another route than the endpoint's."""
    unfiltered = _without_filters(vpc, subnet_id)
    narrower = [
        IPv4Network(route["DestinationCidrBlock"])
        for route in table["Routes"]
        if "DestinationCidrBlock" in route and route["DestinationCidrBlock"] != EVERYWHERE_IPV4
    ]
    for cidr in prefix_list["Cidrs"]:
        if ":" in cidr:
            continue
        for address in representatives(IPv4Network(cidr), narrower, is_subnet=False):
            verdict = trace(unfiltered, WORKLOAD, str(address), "tcp", 443)
            if endpoint["VpcEndpointId"] in verdict.path:
                continue
            status, why = UNKNOWN if verdict.verdict == NOT_KNOWN else CAUSE, verdict.decided_by.message
            yield Finding(
                "blackhole_or_specific_route",
                status,
                table["RouteTableId"],
                f"calls from {subnet_id} to {address} of {service} don't go to {endpoint['VpcEndpointId']}: {why}",
                "delete the other route, or narrow it; a missing route of the endpoint comes back when the route table"
                " is removed from the endpoint and added again",
                {"RouteTableId": table["RouteTableId"], "Routes": why},
                (service,),
            )


def _without_filters(vpc: Vpc, subnet_id: str) -> snapshot.Snapshot:
    """Build a snapshot of the VPC with the interface WORKLOAD in the subnet and filters that allow all traffic."""
    facts = vpc.facts
    all_packets = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE_IPV4}]}
    entry = {"CidrBlock": EVERYWHERE_IPV4, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 1}
    (subnet,) = vpc.subnets([subnet_id])
    workload = {
        "NetworkInterfaceId": WORKLOAD,
        "VpcId": vpc.id,
        "SubnetId": subnet_id,
        "PrivateIpAddress": str(representatives(IPv4Network(subnet["CidrBlock"]))[0]),
        "Groups": [{"GroupId": "sg-open"}],
    }
    group = {
        "GroupId": "sg-open",
        "VpcId": vpc.id,
        "IpPermissions": [all_packets],
        "IpPermissionsEgress": [all_packets],
    }
    acl = {
        "NetworkAclId": "acl-open",
        "VpcId": vpc.id,
        "Associations": [{"SubnetId": subnet["SubnetId"]} for subnet in facts["Subnets"]],
        "Entries": [{**entry, "Egress": egress} for egress in (True, False)],
    }
    kinds: dict[str, Iterable[Item]] = {
        "Vpcs": facts.get("Vpcs") or [{"VpcId": vpc.id}],
        "NetworkInterfaces": [workload],
        "SecurityGroups": [group],
        "NetworkAcls": [acl],
        "Subnets": [subnet for subnet in facts["Subnets"] if not subnet.get("Ipv6Native")],
        "RouteTables": facts["RouteTables"],
        "VpcEndpoints": facts["VpcEndpoints"],
        "PrefixLists": facts["PrefixLists"],
    }
    return snapshot.Snapshot({snapshot.Place(""): {kind: tuple(items) for kind, items in kinds.items()}})
