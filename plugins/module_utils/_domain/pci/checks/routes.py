# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 1.3.2 and 1.4, as far as routes, addresses and endpoints of VPCs show them. Facts: see model.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...endpoints.policies import FULL_ACCESS
from ...iam.policy_evaluation import listed, statements_of
from ...values.internet import is_everywhere, public_ipv6
from .model import FAIL, UNKNOWN, Check, Facts, Item, Outcome, Scope, of_all, of_own_subnets, own_subnets

ROUTES = "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html"
ENDPOINTS = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"
# Targets of routes out of the VPC, by the prefix of their ids in DescribeRouteTables.
OUT = {
    "igw-": "an internet gateway",
    "nat-": "a NAT gateway",
    "eigw-": "an egress-only internet gateway",
    "cagw-": "a carrier gateway",
}


def _routes(facts: Facts, subnet: Item) -> list[Item]:
    """Routes, blackholes apart, of the route table that the subnet uses: its own, or the VPC's main one."""
    tables = [table for table in facts["RouteTables"] if table["VpcId"] == subnet["VpcId"]]
    linked = [(table, link) for table in tables for link in table.get("Associations", ())]
    found = [t for t, link in linked if link.get("SubnetId") == subnet["SubnetId"]]
    found = found or [table for table, link in linked if link.get("Main")]
    return [r for table in found for r in table["Routes"] if r.get("State") != "blackhole"]


def _target(route: Item) -> str:
    # EgressOnlyInternetGatewayId comes before GatewayId; a route has one of the two.
    keys = ("EgressOnlyInternetGatewayId", "NatGatewayId", "GatewayId", "TransitGatewayId", "VpcPeeringConnectionId")
    more = ("NetworkInterfaceId", "InstanceId", "CoreNetworkArn", "CarrierGatewayId", "LocalGatewayId")
    return str(next((route[key] for key in (*keys, *more) if route.get(key)), "an unknown target"))


def _destination(route: Item) -> str:
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return str(next(route[key] for key in keys if route.get(key)))


def _leads_everywhere(route: Item) -> bool:
    # The entries of prefix lists aren't read.
    return "DestinationPrefixListId" not in route and is_everywhere(_destination(route))


def _leading(facts: Facts, subnets: Sequence[Item], prefixes: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"SubnetId": subnet["SubnetId"], "Routes": f"{_destination(route)} -> {_target(route)}"}
        for subnet in subnets
        for route in _routes(facts, subnet)
        if _target(route).startswith(tuple(prefixes))
    ]


def _ways_out(facts: Facts, scope: Scope) -> Outcome:
    own = [s for s in own_subnets(facts) if s["SubnetId"] not in scope.public_subnets]
    bad = _leading(facts, [s for s in own if s["SubnetId"] in _data(facts, scope)], list(OUT))
    if bad:
        return Outcome(FAIL, "subnets of the data tier have a route to the internet", {"failing": bad})
    elsewhere = [
        {"SubnetId": subnet["SubnetId"], "Routes": f"{_destination(route)} -> {_target(route)}"}
        for subnet in own
        for route in _routes(facts, subnet)
        if _leads_everywhere(route) or _target(route).startswith(tuple(OUT))
    ]
    if elsewhere:
        message = "subnets have ways out; what controls them beyond security groups isn't followed"
        return Outcome(UNKNOWN, message, {"RouteTables": elsewhere})
    return of_all(own, [], "", "no subnet but public ones has a default route, or one to the internet", "no subnets")


def _endpoint_policies(facts: Facts, scope: Scope) -> Outcome:
    # Endpoints of some services accept no policy; AWS shows the default policy for them.
    without = {s["ServiceName"] for s in facts["ServiceDetails"] if not s.get("VpcEndpointPolicySupported", True)}
    judged = [
        endpoint
        for endpoint in facts["VpcEndpoints"]
        if endpoint.get("PolicyDocument") and endpoint["ServiceName"] not in without
    ]
    bad = [
        {"VpcEndpointId": e["VpcEndpointId"], "ServiceName": e["ServiceName"], "PolicyDocument": "full access"}
        for e in judged
        if _is_full_access(e["PolicyDocument"])
    ]
    return of_all(
        judged,
        bad,
        "endpoints let anybody reach anybody's resources, such as a bucket of another account",
        "no endpoint's policy gives full access",
        "no endpoint that takes a policy",
    )


def _is_full_access(document: str) -> bool:
    (full,) = FULL_ACCESS["Statement"]
    return any(
        statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and all(full[key] in listed(statement.get(key, ())) for key in ("Action", "Resource"))
        and "*" in listed(_anybody(statement.get("Principal", ())))
        for statement in statements_of(document)
    )


def _anybody(principal: Any) -> Any:
    return principal.get("AWS", ()) if isinstance(principal, Mapping) else principal


def _tiers_apart(facts: Facts, scope: Scope) -> Outcome:
    own = own_subnets(facts)
    public = _leading(facts, own, ["igw-"])
    bad = [found for found in public if found["SubnetId"] not in scope.public_subnets]
    if bad and not scope.public_subnets:
        message = "subnets have a route to an internet gateway; which are meant to isn't declared (public_tiers)"
        return Outcome(UNKNOWN, message, {"RouteTables": bad})
    return of_all(
        own,
        bad,
        "other subnets than the public ones have a route to an internet gateway",
        "only declared public subnets have a route to an internet gateway" if public else "no subnet has such a route",
        "no subnets",
    )


def _public_addresses(facts: Facts, scope: Scope) -> Outcome:
    bad = [
        {"NetworkInterfaceId": i["NetworkInterfaceId"], "SubnetId": i.get("SubnetId"), **address}
        for i, address in _with_public_address(facts)
        if i.get("SubnetId") not in scope.public_subnets
    ]
    if bad and not scope.public_subnets:
        message = "interfaces have public addresses; which subnets are public isn't declared (public_tiers)"
        return Outcome(UNKNOWN, message, {"NetworkInterfaces": bad})
    return of_all(
        facts["NetworkInterfaces"],
        bad,
        "interfaces outside of public subnets have public addresses",
        "no interface outside of public subnets has a public address",
        "no interfaces",
    )


def _with_public_address(facts: Facts) -> list[tuple[Item, dict[str, str]]]:
    """Return (interface, the field that shows it) for each interface that has a public address.

    An IPv6 address counts as public if the subnet has an IPv6 route to an internet gateway.
    """
    subnets = {subnet["SubnetId"]: subnet for subnet in facts["Subnets"]}
    found: list[tuple[Item, dict[str, str]]] = []
    for interface in facts["NetworkInterfaces"]:
        address, subnet = interface.get("Association", {}).get("PublicIp"), subnets.get(interface.get("SubnetId"))
        if address:
            found.append((interface, {"Association": address}))
        routes = _routes(facts, subnet) if subnet else ()
        if any("DestinationIpv6CidrBlock" in route and _target(route).startswith("igw-") for route in routes):
            found += [
                (interface, {"Ipv6Addresses": ", ".join(listed)}) for listed in [public_ipv6(interface)] if listed
            ]
    return found


def _anti_spoofing(facts: Facts, scope: Scope) -> Outcome:
    # Interfaces of gateways and load balancers belong to AWS.
    judged = [
        i
        for i in facts["NetworkInterfaces"]
        if i.get("InterfaceType", "interface") in ("interface", "efa") and not i.get("RequesterManaged")
    ]
    bad = [
        {"NetworkInterfaceId": i["NetworkInterfaceId"], "SourceDestCheck": False}
        for i in judged
        if i.get("SourceDestCheck") is False
    ]
    return of_all(
        judged,
        bad,
        "interfaces may send and get packets of other addresses than theirs",
        "each interface sends and gets only packets of its own addresses",
        "no interfaces of instances",
    )


def _data(facts: Facts, scope: Scope) -> set[str]:
    """Ids of the declared data subnets and of the subnets that a database may be in."""
    groups = [instance.get("DBSubnetGroup", {}) for instance in facts.get("DBInstances", ())]
    return {subnet["SubnetIdentifier"] for group in groups for subnet in group.get("Subnets", ())} | scope.data_subnets


def _of_data_tier(look: Callable[[Facts, list[Item]], list[dict[str, Any]]], wrong: str, right: str) -> Any:
    def judge(facts: Facts, scope: Scope) -> Outcome:
        ids = _data(facts, scope)
        if not ids:
            return Outcome(UNKNOWN, "which subnets hold data isn't declared (data_tiers), and no database tells")
        blind = sorted(ids - {subnet["SubnetId"] for subnet in own_subnets(facts)})
        if blind:
            return Outcome(
                UNKNOWN, "subnets of the data tier aren't of this account, or of its VPCs", {"Subnets": blind}
            )
        subnets = [subnet for subnet in facts["Subnets"] if subnet["SubnetId"] in ids]
        return of_all(subnets, look(facts, subnets), wrong, right, "")

    return judge


def _data_public(facts: Facts, subnets: Sequence[Item]) -> list[dict[str, Any]]:
    ids = {subnet["SubnetId"] for subnet in subnets}
    given = [{"SubnetId": s["SubnetId"], "MapPublicIpOnLaunch": True} for s in subnets if s.get("MapPublicIpOnLaunch")]
    return given + [
        {"NetworkInterfaceId": i["NetworkInterfaceId"], "SubnetId": i["SubnetId"], **address}
        for i, address in _with_public_address(facts)
        if i.get("SubnetId") in ids
    ]


def _databases(facts: Facts, scope: Scope) -> Outcome:
    bad = [
        {"DBInstanceIdentifier": d["DBInstanceIdentifier"], "PubliclyAccessible": True}
        for d in facts["DBInstances"]
        if d.get("PubliclyAccessible")
    ]
    return of_all(
        facts["DBInstances"],
        bad,
        "databases are publicly accessible",
        "no database is publicly accessible",
        "no databases",
    )


CHECKS = (
    Check("ways_out", ("1.3.2",), ("Subnets", "RouteTables"), of_own_subnets(_ways_out), ROUTES),
    Check("endpoint_policies", ("1.3.2",), ("VpcEndpoints", "ServiceDetails"), _endpoint_policies, ENDPOINTS),
    Check("tiers_apart", ("1.4.1",), ("Subnets", "RouteTables"), of_own_subnets(_tiers_apart), ROUTES),
    Check(
        "public_addresses",
        ("1.4.2",),
        ("Subnets", "RouteTables", "NetworkInterfaces"),
        _public_addresses,
        ROUTES,
    ),
    Check(
        "anti_spoofing",
        ("1.4.3",),
        ("NetworkInterfaces",),
        _anti_spoofing,
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html",
        "inferred",
    ),
    Check(
        "data_tier_routes",
        ("1.4.4",),
        ("Subnets", "RouteTables"),
        _of_data_tier(
            lambda facts, subnets: _leading(facts, subnets, ["igw-"]),
            "subnets of the data tier have a route to an internet gateway",
            "no subnet of the data tier has a route to an internet gateway",
        ),
        ROUTES,
    ),
    Check(
        "data_tier_addresses",
        ("1.4.4",),
        ("Subnets", "RouteTables", "NetworkInterfaces"),
        _of_data_tier(_data_public, "the data tier has public addresses", "the data tier has no public address"),
        ROUTES,
    ),
    Check(
        "databases",
        ("1.4.4",),
        ("DBInstances",),
        _databases,
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    ),
)
