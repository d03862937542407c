# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why calls of AWS's services time out in a VPC without internet: describe outputs of one VPC in, findings out.

facts (all but the first four missing where they weren't read):

    account_id, region, partition, vpc_id
    Subnets                        all of the VPC, as DescribeSubnets has them; this one is never missing
    Vpcs, DhcpOptions, VpcEndpoints, ServiceDetails, RouteTables, NetworkAcls, SecurityGroups, NetworkInterfaces,
    PrefixLists (of AWS and customers, each with Cidrs), HostedZones (HostedZoneSummaries)
                                   as the Describe or List operation has them
    VpcAttributes                  {"EnableDnsSupport": bool, "EnableDnsHostnames": bool}
    VpcBlockPublicAccessOptions    an object, of the account and region; VpcBlockPublicAccessExclusions: a list
    TransitGatewayVpcAttachments   only where a route leads to a transit gateway
    ResolverRules, ResolverRuleAssociations, FirewallRuleGroupAssociations, ProfileAssociations
                                   the first of the account, the others of the VPC
    Organization                   DescribeOrganization's, {} outside of one; only where a policy asks for it
    denied                         {one of these names: the IAM action that the credential lacks}
    unread                         {one of these names: why it wasn't read otherwise, in words}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from ..._core.errors import Invalid
from ..endpoints import profiles
from ..network.packet_filters import Ports
from ..network.snapshot import Place, Snapshot, Unknown
from ..network.trace import trace
from ..values.internet import is_everywhere
from ..values.ports import CLIENT_PORTS
from . import dns, egress_routes, policies
from . import error_text as doctor_errors
from .causes import CAUSE, NOTE, UNKNOWN, Finding, merged
from .filters import Filters, representatives

Facts = Mapping[str, Any]
Item = Mapping[str, Any]

# What a read that was denied hides.
HIDES = {
    "Vpcs": ("custom_dhcp_dns",),
    "DhcpOptions": ("custom_dhcp_dns",),
    "VpcAttributes": ("vpc_dns_attributes",),
    "VpcEndpoints": ("endpoint_missing", "endpoint_not_available", "private_dns_off", "endpoint_policy_denies"),
    "ServiceDetails": ("service_without_endpoint",),
    "RouteTables": ("gateway_not_associated", "blackhole_or_specific_route"),
    "NetworkAcls": ("nacl_workload_subnet", "nacl_endpoint_subnet", "nacl_gateway_endpoint"),
    "SecurityGroups": ("endpoint_sg_ingress", "workload_sg_egress"),
    "NetworkInterfaces": ("endpoint_sg_ingress", "workload_sg_egress", "nacl_workload_subnet", "nacl_endpoint_subnet"),
    "PrefixLists": ("workload_sg_egress", "nacl_gateway_endpoint", "blackhole_or_specific_route"),
    "HostedZones": ("resolver_rule_or_phz_override",),
    "ResolverRules": ("resolver_rule_or_phz_override",),
    "ResolverRuleAssociations": ("resolver_rule_or_phz_override",),
    "FirewallRuleGroupAssociations": ("resolver_rule_or_phz_override",),
    "ProfileAssociations": ("resolver_rule_or_phz_override",),
    "Organization": ("endpoint_policy_denies",),
}
# Routes by which endpoints in another VPC may be reached.
ELSEWHERE = ("TransitGatewayId", "VpcPeeringConnectionId", "CoreNetworkArn")
EVERYWHERE = "0.0.0.0/0"
# https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html; the third is the VPC's base plus two.
OF_AMAZON = {"AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"}
FEW_ADDRESSES = 8


@dataclass(frozen=True)
class Target:
    """What calls, and what it must reach.

    subnets, groups: ids; services: by suffix, see endpoint_profiles; objects: ARNs of AWS's own S3 objects that it
    reads; public_address: whether its interfaces have one, None: not known; elsewhere: findings of hosts that it calls
    and no endpoint answers to, whose status the routes decide
    """

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    services: tuple[str, ...]
    objects: tuple[str, ...] = ()
    role_arn: str | None = None
    client_ports: Ports = CLIENT_PORTS["linux"]
    error_text: str = ""
    public_address: bool | None = None
    elsewhere: tuple[Finding, ...] = ()


def diagnose(facts: Facts, target: Target) -> list[Finding]:
    """The findings, worst first. Raises Invalid."""
    _check(facts, target)
    shared = [s for s in _target_subnets(facts, target) if s.get("OwnerId", facts["account_id"]) != facts["account_id"]]
    if shared:
        return merged([*_blind(shared), *_addresses(facts, target)], target.error_text)
    return merged(list(_Doctor(facts, target).findings()), target.error_text)


def _check(facts: Facts, target: Target) -> None:
    for option, wanted, kind, key in (
        ("subnet_ids", target.subnets, "Subnets", "SubnetId"),
        ("security_group_ids", target.groups, "SecurityGroups", "GroupId"),
    ):
        known = {item[key] for item in facts.get(kind, ())}
        for index, id_ in enumerate(wanted):
            if kind in facts and id_ not in known:
                raise Invalid(f"{option}[{index}]", id_, f"isn't in {facts['vpc_id']}", "one of that VPC")
    offered = _offered(facts)
    if offered is not None:
        for service in target.services:
            if service not in offered and service not in profiles.KNOWN_SERVICES:
                like = profiles.nearest(service, [*offered, *profiles.KNOWN_SERVICES])
                raise Invalid("services", service, f"is no endpoint service of AWS in {facts['region']}", like)


def _target_subnets(facts: Facts, target: Target) -> list[Item]:
    return [subnet for subnet in facts["Subnets"] if subnet["SubnetId"] in target.subnets]


def _blind(shared: Sequence[Item]) -> Iterator[Finding]:
    for subnet in shared:
        yield Finding(
            "shared_vpc_blind",
            UNKNOWN,
            subnet["SubnetId"],
            f"the subnet is shared by account {subnet['OwnerId']}, and only that account sees the endpoints, route"
            " tables and network ACLs",
            f"run this in account {subnet['OwnerId']}",
            {"Subnets[].OwnerId": subnet["OwnerId"]},
        )


def _addresses(facts: Facts, target: Target) -> Iterator[Finding]:
    for subnet in _target_subnets(facts, target):
        free = subnet.get("AvailableIpAddressCount")
        if free is not None and free < FEW_ADDRESSES:
            yield Finding(
                "ip_exhaustion",
                NOTE if free else CAUSE,
                subnet["SubnetId"],
                f"the subnet has {free} free addresses; what needs one doesn't start",
                "more or larger subnets: tiered_vpc, tiers",
                {"Subnets[].AvailableIpAddressCount": free},
            )


def _offered(facts: Facts) -> dict[str, list[Item]] | None:
    """{suffix: services of that name}; None: not read."""
    if "ServiceDetails" not in facts:
        return None
    offered: dict[str, list[Item]] = {}
    for service in facts["ServiceDetails"]:
        offered.setdefault(profiles.suffix_of(service["ServiceName"], facts["region"]), []).append(service)
    return offered


class _Doctor:
    def __init__(self, facts: Facts, target: Target):
        self.facts, self.target = facts, target
        self.vpc_id = facts["vpc_id"]
        # What has IPv6 only has no CidrBlock.
        self.with_ipv4 = tuple(s["SubnetId"] for s in _target_subnets(facts, target) if not s.get("Ipv6Native"))
        self.filters = Filters(facts, replace(target, subnets=self.with_ipv4))
        self.offered = _offered(facts)
        self.endpoints: dict[str, list[Item]] = {}
        for item in facts.get("VpcEndpoints", ()):
            if item["State"].lower() != "deleted":
                suffix = profiles.suffix_of(item["ServiceName"], facts["region"])
                self.endpoints.setdefault(suffix, []).append(item)

    def findings(self) -> Iterator[Finding]:
        yield from self._not_read()
        yield from _addresses(self.facts, self.target)
        for asked in (*self.target.elsewhere, *self._hosts_of_error()):
            yield from self._without_endpoint(asked.id, asked.resource, "", asked.says, asked.fix, asked.evidence)
        if "VpcEndpoints" in self.facts:
            chosen = [endpoint for service in self.target.services if (endpoint := self._endpoint(service))]
            yield from self.filters.unseen(chosen)
            for service in self.target.services:
                yield from self._service(service)
        yield from self._dns_attributes()
        yield from self._dns_servers()
        yield from dns.attached(self.facts)
        yield from doctor_errors.stall(self.target.error_text, self.vpc_id)
        yield from self._unseen_by_ipv4()

    def _hosts_of_error(self) -> Iterator[Finding]:
        names = {service: self._names(service) for service in self.offered or {}}
        there = self.endpoints if "VpcEndpoints" in self.facts else None
        text, region = self.target.error_text, self.facts["region"]
        return doctor_errors.hosts(text, region, names, self.target.services, there)

    def _not_read(self) -> Iterator[Finding]:
        denied, unread = self.facts.get("denied", {}), self.facts.get("unread", {})
        # What isn't in HIDES is looked at only where a way needs it.
        hidden: dict[str, list[str]] = {}
        for kind in [*denied, *unread]:
            for cause in HIDES.get(kind, ()):
                hidden.setdefault(cause, []).append(kind)
        for cause, kinds in hidden.items():
            actions = ", ".join(denied[kind] for kind in kinds if kind in denied)
            missing = "; ".join(unread[kind] for kind in kinds if kind not in denied)
            why = [f"the credential may not call {actions}"] * bool(actions) + [missing] * bool(missing)
            fixes = [f"grant {actions}; docs/iam/closed_vpc_doctor.json has all that is read"] * bool(actions)
            fixes += ["a way to the API, or the file as closed_vpc_doctor saves it"] * bool(missing)
            yield Finding(
                cause,
                UNKNOWN,
                self.vpc_id,
                f"can't be said, since {'; '.join(why)}",
                "; and ".join(fixes),
                {key: text for key, text in (("denied", actions), ("missing", missing)) if text},
            )

    # One service

    def _service(self, service: str) -> Iterator[Finding]:
        endpoint = self._endpoint(service)
        if endpoint is None:
            yield from self._missing(service)
            return
        is_gateway = endpoint["VpcEndpointType"] == "Gateway"
        if endpoint["State"].lower() != "available" or not (is_gateway or endpoint.get("NetworkInterfaceIds")):
            yield self._not_available(service, endpoint)
            return
        if is_gateway:
            yield from self._gateway(service, endpoint)
            yield from dns.overrides(self.facts, [(service, self._regional_name(service), "")])
        else:
            yield from self._private_names(service, endpoint)
            yield from self._zones(service, endpoint)
            yield from self._address_type(service, endpoint)
            if not self._only_ipv6():
                yield from self.filters.of_interface(service, endpoint)
        yield from self._policy(service, endpoint)

    def _endpoint(self, service: str) -> Item | None:
        """The one that the service's name leads to."""
        return _best(self.endpoints.get(service, []))

    def _missing(self, service: str) -> Iterator[Finding]:
        offered = self.offered is None or service in self.offered
        cause = "endpoint_missing" if offered else "service_without_endpoint"
        says = (
            f"the VPC has no endpoint for {service}"
            if offered
            else f"{service} isn't offered as an endpoint in {self.facts['region']}"
        )
        fix = (
            "closed_vpc_endpoints with these `services`, or a workload that needs them"
            if offered
            else "another region, or a way out that is watched: a proxy or firewall"
        )
        yield from self._without_endpoint(cause, self.vpc_id, service, says, fix, {"VpcEndpoints[].ServiceName": None})

    def _without_endpoint(
        self,
        cause: str,
        resource: str,
        service: str,
        says: str,
        fix: str,
        evidence: Mapping[str, Any],
        subnets: Sequence[str] = (),
    ) -> Iterator[Finding]:
        """What it means that calls don't go to an endpoint here: by the other ways out of each of the subnets (none: of
        all of the target). An endpoint elsewhere is thought of only where there is none here.
        """
        zones = self._zones_for(service)
        if zones:
            yield Finding(
                "centralised_endpoints",
                UNKNOWN,
                resource,
                f"{says}, but the private zone {zones[0]['Name']} answers for it: its records, and the endpoint that"
                " they lead to, weren't looked at",
                "look at the zone's records, and run this where the endpoint is",
                {"HostedZoneSummaries[].Name": zones[0]["Name"], **evidence},
                (service,),
            )
            return
        if "RouteTables" not in self.facts:
            yield Finding(cause, UNKNOWN, resource, f"{says}; other ways weren't read", fix, evidence, (service,))
            return
        to_public = bool(subnets) or self._leads_to_public(service)
        for subnet_id in subnets or self.target.subnets:
            other, table, route = self._other_way(subnet_id, to_public)
            shown = {**evidence, "RouteTableId": table["RouteTableId"], "Routes": _route(route)}
            if other in ("public", "internet"):
                by_nat = other == "internet"
                yield from egress_routes.block_public_access(self.facts, subnet_id, by_nat, service)
            if route and route.get("TransitGatewayId") and other in ("elsewhere", "internet"):
                yield from egress_routes.transit_gateway_subnets(
                    self.facts, subnet_id, route["TransitGatewayId"], self.target.client_ports, service
                )
            if other == "none":
                yield Finding(
                    cause, CAUSE, resource, f"{says}, and {subnet_id} has no other way", fix, shown, (service,)
                )
            elif other == "blackhole":
                yield Finding(
                    "blackhole_or_specific_route",
                    CAUSE,
                    table["RouteTableId"],
                    f"calls leave by {_route(route)}, whose target is gone",
                    f"a target for the route, or none and an endpoint instead: {fix}",
                    shown,
                    (service,),
                )
            elif other == "elsewhere" and service in profiles.GATEWAYS and not subnets:
                yield Finding(
                    "gateway_used_across_vpc_boundary",
                    UNKNOWN,
                    resource,
                    f"{says}. Calls leave by {_route(route)}: a gateway endpoint there doesn't take them. Whether"
                    " an interface endpoint with its names in a private zone, or a NAT gateway does, wasn't looked at",
                    "a gateway endpoint here, which costs nothing: " + fix,
                    shown,
                    (service,),
                )
            elif other == "elsewhere":
                yield Finding(
                    "centralised_endpoints",
                    UNKNOWN,
                    resource,
                    f"{says}. Calls may reach one elsewhere by {_route(route)}, which wasn't looked at",
                    "run this where the endpoints are; or if there are none: " + fix,
                    shown,
                    (service,),
                )
            elif other == "public" and not self.target.public_address:
                unsure = self.target.public_address is None
                has_one = "; whether the workload's have one isn't known. Lambda's never have"
                yield Finding(
                    "eni_without_public_path",
                    UNKNOWN if unsure else CAUSE,
                    subnet_id,
                    f"calls leave by {_route(route)}, which takes only interfaces with a public address"
                    f"{has_one if unsure else '; the workload has none'}",
                    fix,
                    shown,
                    (service,),
                )
            else:
                yield Finding(
                    cause,
                    UNKNOWN,
                    resource,
                    f"{says}. Calls leave by {_route(route)}; whether they arrive wasn't looked at",
                    fix,
                    shown,
                    (service,),
                )

    def _table(self, subnet_id: str) -> Item:
        """The subnet's own route table, else the main one."""
        tables = self.facts["RouteTables"]
        for table in tables:
            if any(association.get("SubnetId") == subnet_id for association in table["Associations"]):
                return table
        for table in tables:
            if any(association.get("Main") for association in table["Associations"]):
                return table
        expected = "all of them, the main one among them"
        raise Invalid("RouteTables", subnet_id, "uses a table that wasn't among those read", expected)

    def _leads_to_public(self, service: str) -> bool:
        """Whether the name of a service with gateways surely leads to public addresses: all that could change it was
        read, and there is nothing.
        """
        facts = self.facts
        read = (
            "HostedZones",
            "ResolverRules",
            "ResolverRuleAssociations",
            "ProfileAssociations",
            "DhcpOptions",
            "Vpcs",
        )
        return (
            service in profiles.GATEWAYS
            and all(kind in facts for kind in read)
            and not facts["ProfileAssociations"]
            and not any(self._dns_servers())
            and not dns.rule_for(facts, self._regional_name(service))
            and not any(
                dns.is_within(self._regional_name(service), zone["Name"])
                or dns.is_within(zone["Name"], self._regional_name(service))
                for zone in facts["HostedZones"]
            )
        )

    def _other_way(self, subnet_id: str, to_public: bool) -> tuple[str, Item, Item | None]:
        """By which calls without an endpoint may leave: none, blackhole, elsewhere, public, else the internet.

        to_public: names lead to public addresses, so that routes to private ranges are no way
        """
        table = self._table(subnet_id)
        routes = [route for route in table["Routes"] if route.get("GatewayId") != "local"]
        defaults = [route for route in routes if route.get("DestinationCidrBlock") == EVERYWHERE]
        default = defaults[0] if defaults else None
        for route in defaults if to_public else routes:
            private = any(route.get(key) for key in ELSEWHERE) or route.get("GatewayId", "").startswith("vgw-")
            if private and route["State"] == "active":
                return "elsewhere", table, route
        by_ipv6 = [
            route
            for route in routes
            if is_everywhere(route.get("DestinationIpv6CidrBlock", "fd00::/8")) and route["State"] == "active"
        ]
        if by_ipv6 and (default is None or default["State"] != "active") and self._has_ipv6(subnet_id):
            # A service may answer by IPv6, at its names of both families.
            return "ipv6", table, by_ipv6[0]
        if default is None:
            return "none", table, None
        if default["State"] != "active":
            return "blackhole", table, default
        return "public" if default.get("GatewayId", "").startswith("igw-") else "internet", table, default

    def _has_ipv6(self, subnet_id: str) -> bool:
        return any(_has_ipv6(subnet) for subnet in self.facts["Subnets"] if subnet["SubnetId"] == subnet_id)

    def _not_available(self, service: str, endpoint: Item) -> Finding:
        error = endpoint.get("LastError") or {}
        available = endpoint["State"].lower() == "available"
        reason = "it has no address in any subnet" if available else error.get("Message") or ""
        return Finding(
            "endpoint_not_available",
            CAUSE,
            endpoint["VpcEndpointId"],
            f"the endpoint is {endpoint['State']}{': ' + reason if reason else ''}",
            "closed_vpc_endpoints gives it addresses in the subnets of `tier`"
            if available
            else "wait while it is pending; otherwise remove it and run closed_vpc_endpoints, which makes it anew",
            {
                "VpcEndpoints[].State": endpoint["State"],
                "VpcEndpoints[].NetworkInterfaceIds": list(endpoint.get("NetworkInterfaceIds", ())),
                **({"VpcEndpoints[].LastError": dict(error)} if error else {}),
            },
            (service,),
        )

    # Gateways

    def _gateway(self, service: str, endpoint: Item) -> Iterator[Finding]:
        lists = {item.get("PrefixListName"): item for item in self.facts.get("PrefixLists", ())}
        prefix_list = lists.get(endpoint["ServiceName"])
        if prefix_list and not self._only_ipv6():
            yield from self.filters.of_gateway(service, prefix_list)
        elif "PrefixLists" in self.facts and not prefix_list:
            yield Finding(
                "nacl_gateway_endpoint",
                UNKNOWN,
                endpoint["ServiceName"],
                "the addresses of the service aren't among AWS's prefix lists as read",
                "run it again",
                {"PrefixLists[].PrefixListName": None},
                (service,),
            )
        if "RouteTables" not in self.facts:
            return
        for subnet_id in self.target.subnets:
            table = self._table(subnet_id)
            if table["RouteTableId"] in endpoint.get("RouteTableIds", ()):
                if prefix_list and subnet_id in self.with_ipv4:
                    yield from self._way_to_gateway(service, endpoint, prefix_list, subnet_id, table)
                continue
            main = ", the main table, since it has none of its own" if _is_main(table, subnet_id) else ""
            yield from self._without_endpoint(
                "gateway_not_associated",
                table["RouteTableId"],
                service,
                f"{subnet_id} uses {table['RouteTableId']}{main}; {endpoint['VpcEndpointId']} isn't associated with it",
                "closed_vpc_endpoints associates the gateways with the tables of its `tiers`: with all, unless told",
                {"VpcEndpoints[].RouteTableIds": list(endpoint.get("RouteTableIds", ()))},
                [subnet_id],
            )

    def _way_to_gateway(
        self, service: str, endpoint: Item, prefix_list: Item, subnet_id: str, table: Item
    ) -> Iterator[Finding]:
        """Whether the routes lead to the gateway, whatever filters say: others may be more specific, or it is gone."""
        snapshot, sender = self._unfiltered(subnet_id)
        narrower = [
            IPv4Network(route["DestinationCidrBlock"])
            for route in table["Routes"]
            if "DestinationCidrBlock" in route and route["DestinationCidrBlock"] != EVERYWHERE
        ]
        for cidr in prefix_list["Cidrs"]:
            if ":" in cidr:
                continue
            for address in representatives(IPv4Network(cidr), narrower, is_subnet=False):
                status, way = CAUSE, ""
                try:
                    verdict = trace(snapshot, sender, str(address), "tcp", 443)
                    if endpoint["VpcEndpointId"] in verdict.path:
                        continue
                    way = verdict.decided_by.says
                except Unknown as unknown:
                    status, way = UNKNOWN, unknown.problem
                yield Finding(
                    "blackhole_or_specific_route",
                    status,
                    table["RouteTableId"],
                    f"calls from {subnet_id} to {address} of {service} don't go to {endpoint['VpcEndpointId']}: {way}",
                    "take the other route away, or narrow it; a missing route of the endpoint comes back when the table"
                    " is taken from the endpoint and given back",
                    {"RouteTableId": table["RouteTableId"], "Routes": way},
                    (service,),
                )

    def _unfiltered(self, subnet_id: str) -> tuple[Snapshot, str]:
        """The VPC with a workload in the subnet, and with filters that let everything through; the workload's id."""
        all_packets = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}
        entry = {"CidrBlock": EVERYWHERE, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 1}
        subnet = next(subnet for subnet in self.facts["Subnets"] if subnet["SubnetId"] == subnet_id)
        workload = {
            "NetworkInterfaceId": "eni-workload",
            "VpcId": self.vpc_id,
            "SubnetId": subnet_id,
            "PrivateIpAddress": str(representatives(IPv4Network(subnet["CidrBlock"]))[0]),
            "Groups": [{"GroupId": "sg-open"}],
        }
        group = {
            "GroupId": "sg-open",
            "VpcId": self.vpc_id,
            "IpPermissions": [all_packets],
            "IpPermissionsEgress": [all_packets],
        }
        acl = {
            "NetworkAclId": "acl-open",
            "VpcId": self.vpc_id,
            "Associations": [{"SubnetId": subnet["SubnetId"]} for subnet in self.facts["Subnets"]],
            "Entries": [{**entry, "Egress": egress} for egress in (True, False)],
        }
        kinds = {
            "Vpcs": self.facts.get("Vpcs") or [{"VpcId": self.vpc_id}],
            "NetworkInterfaces": [workload],
            "SecurityGroups": [group],
            "NetworkAcls": [acl],
            "Subnets": [subnet for subnet in self.facts["Subnets"] if not subnet.get("Ipv6Native")],
            **{kind: self.facts[kind] for kind in ("RouteTables", "VpcEndpoints", "PrefixLists")},
        }
        return Snapshot({Place(""): {kind: tuple(items) for kind, items in kinds.items()}}), "eni-workload"

    # Names

    def _names(self, service: str) -> list[str]:
        return _names_of((self.offered or {}).get(service, ()))

    def _regional_name(self, service: str) -> str:
        """Of a service without private names in its description, such as those with gateways."""
        end = ".cn" if self.facts["partition"] == "aws-cn" else ""
        return f"{service}.{self.facts['region']}.amazonaws.com{end}"

    def _zones_for(self, service: str) -> list[Item]:
        """The private hosted zones of the VPC that answer for a name of the service; AWS's own don't count."""
        names = [name.removeprefix("*.") for name in self._names(service)]
        return [
            zone
            for zone in self.facts.get("HostedZones", ())
            if not zone.get("Owner", {}).get("OwningService")
            and any(f".{name}".endswith(f".{zone['Name'].rstrip('.')}") for name in names)
        ]

    def _private_names(self, service: str, endpoint: Item) -> Iterator[Finding]:
        zones = self._zones_for(service)
        names = [name.removeprefix("*.") for name in self._names(service)]
        yield from dns.overrides(
            self.facts,
            (
                (service, name, name if endpoint.get("PrivateDnsEnabled") else zones[0]["Name"] if zones else "")
                for name in names
            ),
        )
        if zones:
            yield Finding(
                "resolver_rule_or_phz_override",
                UNKNOWN,
                zones[0]["HostedZoneId"],
                f"the private zone {zones[0]['Name']} answers for names of the service; its records weren't looked at",
                f"its records must lead to {endpoint['VpcEndpointId']}",
                {"HostedZoneSummaries[].Name": zones[0]["Name"]},
                (service,),
            )
        elif not endpoint.get("PrivateDnsEnabled") and (self._names(service) or self.offered is None):
            yield Finding(
                "private_dns_off",
                # A private zone of the VPC may answer instead.
                CAUSE if "HostedZones" in self.facts else UNKNOWN,
                endpoint["VpcEndpointId"],
                "the endpoint doesn't answer to the service's usual name, so that clients go to a public address",
                "closed_vpc_endpoints: private_dns: true",
                {"VpcEndpoints[].PrivateDnsEnabled": False},
                (service,),
            )

    def _dns_attributes(self) -> Iterator[Finding]:
        off = sorted(key for key, value in self.facts.get("VpcAttributes", {}).items() if not value)
        if off:
            yield Finding(
                "vpc_dns_attributes",
                CAUSE,
                self.vpc_id,
                f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} off, so that private names aren't answered",
                "closed_vpc_endpoints turns both on; tiered_vpc: dns_hostnames",
                {f"{key}.Value": False for key in off},
            )

    def _dns_servers(self) -> Iterator[Finding]:
        if "Vpcs" not in self.facts or "DhcpOptions" not in self.facts:
            return
        (vpc,) = (vpc for vpc in self.facts["Vpcs"] if vpc["VpcId"] == self.vpc_id)
        resolver = str(IPv4Network(vpc["CidrBlock"])[2])
        servers = [
            value["Value"]
            for options in self.facts["DhcpOptions"]
            for configuration in options["DhcpConfigurations"]
            if configuration["Key"] == "domain-name-servers"
            for value in configuration["Values"]
        ]
        others = [server for server in servers if server not in {*OF_AMAZON, resolver}]
        if others or not servers:
            yield Finding(
                "custom_dhcp_dns",
                UNKNOWN,
                vpc.get("DhcpOptionsId", self.vpc_id),
                f"names are asked of {', '.join(others)}; whether it forwards AWS's to the VPC's resolver can't be read"
                if others
                else "the DHCP options name no DNS server",
                f"forward amazonaws.com, api.aws and sagemaker.aws to {resolver}, tcp and udp 53; or AmazonProvidedDNS",
                {"DhcpConfigurations[domain-name-servers]": servers},
            )

    # Zones, address types

    def _zones(self, service: str, endpoint: Item) -> Iterator[Finding]:
        zone_of = {subnet["SubnetId"]: subnet.get("AvailabilityZoneId") for subnet in self.facts["Subnets"]}
        details = [d for d in (self.offered or {}).get(service, ()) if d["ServiceName"] == endpoint["ServiceName"]]
        offered = {zone for service in details for zone in service.get("AvailabilityZoneIds", ())}
        wanted = {zone_of[subnet_id] for subnet_id in self.target.subnets} & offered
        lacking = sorted(wanted - {zone_of.get(subnet_id) for subnet_id in endpoint.get("SubnetIds", ())})
        if lacking:
            yield Finding(
                "endpoint_az_coverage",
                NOTE,
                endpoint["VpcEndpointId"],
                f"the endpoint has no address in {', '.join(lacking)}. Others serve the workload there; if their zones"
                " fail, none does",
                "closed_vpc_endpoints: a `tier` with a subnet in each zone",
                {"VpcEndpoints[].SubnetIds": list(endpoint.get("SubnetIds", ()))},
                (service,),
            )

    def _only_ipv6(self) -> bool:
        return not self.with_ipv4

    def _address_type(self, service: str, endpoint: Item) -> Iterator[Finding]:
        of_endpoint = endpoint.get("IpAddressType", "ipv4")
        for subnet in _target_subnets(self.facts, self.target) if of_endpoint == "ipv6" else ():
            if not _has_ipv6(subnet):
                yield Finding(
                    "ipv6_or_dualstack",
                    CAUSE,
                    endpoint["VpcEndpointId"],
                    f"{subnet['SubnetId']} has IPv4 only, the endpoint IPv6 only",
                    "an endpoint with the address type ipv4 or dualstack, or a subnet with IPv6",
                    {"VpcEndpoints[].IpAddressType": "ipv6", "Subnets[].Ipv6CidrBlockAssociationSet": []},
                    (service,),
                )
        if of_endpoint != "ipv4":
            return
        for subnet in _target_subnets(self.facts, self.target):
            if subnet.get("Ipv6Native"):
                yield Finding(
                    "ipv6_or_dualstack",
                    CAUSE,
                    endpoint["VpcEndpointId"],
                    f"{subnet['SubnetId']} has IPv6 only, the endpoint IPv4 only",
                    "an endpoint with the address type ipv6 or dualstack, or a subnet with IPv4",
                    {
                        "VpcEndpoints[].IpAddressType": endpoint.get("IpAddressType", "ipv4"),
                        "Subnets[].Ipv6Native": True,
                    },
                    (service,),
                )

    def _unseen_by_ipv4(self) -> Iterator[Finding]:
        """Of subnets with IPv6 only; of those with both, where an endpoint has IPv6 addresses, which clients try."""
        targets = _target_subnets(self.facts, self.target)
        called = [endpoint for service in self.target.services if (endpoint := self._endpoint(service))]
        types = sorted({e.get("IpAddressType", "ipv4") for e in called} - {"ipv4"})
        native = [s["SubnetId"] for s in targets if s.get("Ipv6Native")]
        dual = [s["SubnetId"] for s in targets if types and s["SubnetId"] not in native and _has_ipv6(s)]
        if native or dual:
            yield Finding(
                "ipv6_or_dualstack",
                UNKNOWN,
                self.vpc_id,
                "security groups, network ACLs and routes of IPv6 aren't looked at",
                "look at them by hand",
                {
                    **({"Subnets[].Ipv6Native": True} if native else {}),
                    **({"VpcEndpoints[].IpAddressType": types, "Subnets[].SubnetId": dual} if dual else {}),
                },
            )

    # Policies

    def _policy(self, service: str, endpoint: Item) -> Iterator[Finding]:
        id_ = endpoint["VpcEndpointId"]
        request = policies.own_request(service, id_, self.facts, self.target.role_arn)
        objects = self.target.objects if service == "s3" else ()
        asked = [("endpoint_policy_denies", f"calls of {self.facts['account_id']}'s principals", request)]
        asked += [
            (
                "os_repo_or_update_host" if ":::al2023-repos-" in arn else "endpoint_policy_denies",
                f"reading {arn}, which AWS keeps",
                policies.request_for_object(arn, id_, self.vpc_id),
            )
            for arn in objects
        ]
        for cause, what, asked_for in asked:
            allowed, why = policies.judge(endpoint.get("PolicyDocument"), asked_for)
            if not allowed:
                yield Finding(
                    cause,
                    UNKNOWN if allowed is None else CAUSE,
                    id_,
                    f"the endpoint's policy {'denies' if allowed is False else 'may deny'} {what}: {why}",
                    f"closed_vpc_endpoints: policy_scope, or policies.{service}; without, it allows the organization"
                    " and what AWS keeps for the workloads",
                    {"VpcEndpoints[].PolicyDocument": endpoint["PolicyDocument"]},
                    (service,),
                )


def endpoint_of(service: str, facts: Facts) -> Item | None:
    """The one that the service's name leads to."""
    region = facts["region"]
    alive = [item for item in facts.get("VpcEndpoints", ()) if item["State"].lower() != "deleted"]
    return _best([item for item in alive if profiles.suffix_of(item["ServiceName"], region) == service])


def hosts(facts: Facts, services: Sequence[str]) -> list[str]:
    """What clients call the services that have an endpoint, wildcards included."""
    offered = _offered(facts) or {}
    return [name for service in services if endpoint_of(service, facts) for name in _names_of(offered.get(service, ()))]


def _names_of(services: Sequence[Item]) -> list[str]:
    """What clients call a service, by the private names that its endpoints have."""
    return [
        name["PrivateDnsName"]
        for details in services
        for name in details.get("PrivateDnsNames") or [{"PrivateDnsName": details.get("PrivateDnsName", "")}]
        if name["PrivateDnsName"]
    ]


def _best(endpoints: Sequence[Item]) -> Item | None:
    def rank(endpoint: Item) -> tuple[bool, bool, bool]:
        inbound_only = endpoint.get("DnsOptions", {}).get("PrivateDnsOnlyForInboundResolverEndpoint", False)
        named = endpoint.get("PrivateDnsEnabled", False) and not inbound_only
        return endpoint["State"].lower() == "available", named, endpoint["VpcEndpointType"] == "Gateway"

    return max(endpoints, key=rank, default=None)


def _is_main(table: Item, subnet_id: str) -> bool:
    return not any(association.get("SubnetId") == subnet_id for association in table["Associations"])


def _has_ipv6(subnet: Item) -> bool:
    states = (block["Ipv6CidrBlockState"]["State"] for block in subnet.get("Ipv6CidrBlockAssociationSet", ()))
    return bool(subnet.get("Ipv6Native")) or "associated" in states


def _route(route: Item | None) -> str:
    if route is None:
        return "no route"
    targets = ("GatewayId", "NatGatewayId", *ELSEWHERE, "NetworkInterfaceId", "InstanceId", "VpcEndpointId")
    targets += ("EgressOnlyInternetGatewayId", "CarrierGatewayId", "LocalGatewayId")
    target = next((route[key] for key in targets if route.get(key)), "nowhere")
    destination = next((route[key] for key in route if key.startswith("Destination")), "?")
    return f"{destination} to {target}"
