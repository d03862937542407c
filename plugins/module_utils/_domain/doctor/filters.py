# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about security groups and network ACLs between a workload and VPC endpoints, for IPv4.

The doctor checks one address from each part of a CIDR that the rules treat differently, so that it finds a rule that
covers only a part of a subnet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..endpoints import profiles
from ..network import packet_filters
from ..network.packet_filters import Decision, Packet, Ports
from .facts import Facts, Item
from .findings import CAUSE, NOTE, UNKNOWN, Finding
from .target import Target


def representatives(
    network: IPv4Network, ranges: Iterable[IPv4Network] = (), is_subnet: bool = True
) -> list[IPv4Address]:
    """Return one address from each part that the CIDRs divide the network into, in ascending order.

    In a subnet, the five addresses that AWS reserves are left out
    (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
    """
    first, last = (network[4], network[-2]) if is_subnet else (network[0], network[-1])
    starts = {int(first)}
    for cut in ranges:
        starts |= {int(cut.network_address), int(cut.broadcast_address) + 1}
    return [IPv4Address(start) for start in sorted(starts) if int(first) <= start <= int(last)]


def cidrs_of_groups(groups: Iterable[Item], egress: bool) -> list[IPv4Network]:
    key = "IpPermissionsEgress" if egress else "IpPermissions"
    return [
        IPv4Network(peer["CidrIp"])
        for group in groups
        for permission in group.get(key, ())
        for peer in permission.get("IpRanges", ())
    ]


def cidrs_of_acl(acl: Item) -> list[IPv4Network]:
    return [IPv4Network(entry["CidrBlock"]) for entry in acl["Entries"] if "CidrBlock" in entry]


class Filters:
    """Security groups and network ACLs between a target and its VPC's endpoints. The target's subnets all have IPv4."""

    def __init__(self, facts: Facts, target: Target) -> None:
        self.target = target
        self.read = frozenset(facts)
        self.subnets = {subnet["SubnetId"]: subnet for subnet in facts["Subnets"]}
        self.groups = {group["GroupId"]: group for group in facts.get("SecurityGroups", ())}
        self.acls = {
            association["SubnetId"]: acl for acl in facts.get("NetworkAcls", ()) for association in acl["Associations"]
        }
        self.interfaces = {item["NetworkInterfaceId"]: item for item in facts.get("NetworkInterfaces", ())}
        self.prefix_lists = {
            item["PrefixListId"]: [IPv4Network(cidr) for cidr in item["Cidrs"] if ":" not in cidr]
            for item in facts.get("PrefixLists", ())
        }
        self.own_groups = [self.groups[id_] for id_ in target.groups if id_ in self.groups]

    def unseen(self, endpoints: Iterable[Item]) -> Iterator[Finding]:
        """Findings for missing input: security groups that weren't given, and items that the facts lack."""
        if not self.target.groups:
            yield Finding(
                "workload_sg_egress",
                NOTE,
                "security_group_ids",
                "the workload's security groups weren't given, so their rules weren't checked",
                "closed_vpc_doctor: security_group_ids",
            )
        endpoints = [endpoint for endpoint in endpoints if endpoint["VpcEndpointType"] != "Gateway"]
        of_endpoints = {id_ for endpoint in endpoints for id_ in endpoint.get("SubnetIds", ())}
        for kind, known, wanted, cause in (
            (
                "NetworkInterfaces",
                self.interfaces,
                {id_ for endpoint in endpoints for id_ in endpoint.get("NetworkInterfaceIds", ())},
                "endpoint_sg_ingress",
            ),
            (
                "SecurityGroups",
                self.groups,
                {group["GroupId"] for endpoint in endpoints for group in endpoint.get("Groups", ())},
                "endpoint_sg_ingress",
            ),
            ("NetworkAcls", self.acls, {*self.target.subnets}, "nacl_workload_subnet"),
            ("NetworkAcls", self.acls, of_endpoints, "nacl_endpoint_subnet"),
        ):
            missing = _listed(wanted - known.keys())
            if kind in self.read and missing:
                yield Finding(
                    cause, UNKNOWN, missing, f"not among {kind} as read", "run the doctor again", {kind: None}
                )

    def of_interface(self, service: str, endpoint: Item) -> Iterator[Finding]:
        """Findings for rules that stop calls to an interface endpoint."""
        known = [self.interfaces[id_] for id_ in endpoint.get("NetworkInterfaceIds", ()) if id_ in self.interfaces]
        # Interfaces with IPv6 only have no such address.
        interfaces = [interface for interface in known if interface.get("PrivateIpAddress")]
        groups = [self.groups[g["GroupId"]] for g in endpoint.get("Groups", ()) if g["GroupId"] in self.groups]
        for port in profiles.ports([service]):
            for interface in interfaces:
                there = IPv4Address(interface["PrivateIpAddress"])
                yield from self._egress(service, [there], port, {group["GroupId"] for group in groups})
                for subnet_id in self.target.subnets:
                    if groups:
                        yield from self._ingress(service, endpoint, groups, subnet_id, there, port)
                    if subnet_id != interface["SubnetId"]:
                        # Network ACLs don't apply within a subnet.
                        far = self._network(interface["SubnetId"])
                        yield from self._acl_of_workload(service, "nacl_workload_subnet", subnet_id, far, [there], port)
                        yield from self._acl_of_endpoint(service, subnet_id, interface["SubnetId"], there, port)

    def of_central(self, service: str, addresses: Iterable[str]) -> Iterator[Finding]:
        """Findings for rules of the workload's side that stop calls to an endpoint of another VPC."""
        for there in map(IPv4Address, addresses):
            for port in profiles.ports([service]):
                yield from self._egress(service, [there], port, set())
                for subnet_id in self.target.subnets:
                    far = IPv4Network(there)
                    yield from self._acl_of_workload(service, "nacl_workload_subnet", subnet_id, far, [there], port)

    def of_gateway(self, service: str, prefix_list: Item) -> Iterator[Finding]:
        """Findings for rules that stop calls to the addresses of a gateway endpoint's service."""
        for network in self.prefix_lists[prefix_list["PrefixListId"]]:
            ranges = cidrs_of_groups(self.own_groups, egress=True)
            there = representatives(network, ranges, is_subnet=False)
            yield from self._egress(service, there, 443, set(), prefix_list["PrefixListId"])
            for subnet_id in self.target.subnets:
                ranges = cidrs_of_acl(self.acls[subnet_id]) if subnet_id in self.acls else []
                there = representatives(network, ranges, is_subnet=False)
                yield from self._acl_of_workload(service, "nacl_gateway_endpoint", subnet_id, network, there, 443)

    def _egress(
        self, service: str, destinations: list[IPv4Address], port: int, their_groups: set[str], list_id: str = ""
    ) -> Iterator[Finding]:
        if not self.own_groups:
            return
        source = representatives(self._network(self.target.subnets[0]))[0]
        groups = f"the groups of the endpoint, {_listed(their_groups)}" if their_groups else ""
        for address in destinations:
            wanted = f"the prefix list {list_id}" if list_id else groups or f"the hub's endpoints, such as {address}"
            packet = Packet(source, address, "tcp", (port, port))
            names = self._names(address, their_groups, list_id)
            admitted, decision = packet_filters.security_groups(self.own_groups, packet, True, names)
            if not admitted:
                yield _finding(
                    "workload_sg_egress",
                    admitted,
                    _listed(self.target.groups),
                    f"the workload's security groups don't let it call: {decision.message}",
                    f"an egress rule for tcp/{port} to {wanted}",
                    {"IpPermissionsEgress": decision.message, "GroupId": list(decision.ids)},
                    service,
                )

    def _ingress(
        self, service: str, endpoint: Item, groups: list[Item], subnet_id: str, there: IPv4Address, port: int
    ) -> Iterator[Finding]:
        sources = representatives(self._network(subnet_id), cidrs_of_groups(groups, egress=False))
        judged = [self._ingress_from(groups, source, there, port) for source in sources]
        shut = [(source, admitted, decision) for source, (admitted, decision) in zip(sources, judged) if not admitted]
        if not shut:
            return
        source, _admitted, decision = shut[0]
        part = "some addresses" if len(shut) < len(sources) else "the addresses"
        ids = _listed(group["GroupId"] for group in groups)
        is_default = any(group.get("GroupName") == "default" for group in groups)
        default = ". An endpoint that is given no group gets this one, the VPC's default" if is_default else ""
        yield _finding(
            "endpoint_sg_ingress",
            False if any(admitted is False for _source, admitted, _decision in shut) else None,
            ids,
            f"the endpoint's security groups don't admit {part} of {subnet_id}, such as {source}: {decision.message}"
            f"{default}",
            f"an ingress rule for tcp/{port} from {_listed(self.target.groups) or self._network(subnet_id)};"
            " closed_vpc_endpoints: sources",
            {
                "VpcEndpoints[].Groups": [group["GroupId"] for group in groups],
                "VpcEndpointId": endpoint["VpcEndpointId"],
                "IpPermissions": decision.message,
            },
            service,
        )

    def _ingress_from(
        self, groups: list[Item], source: IPv4Address, there: IPv4Address, port: int
    ) -> tuple[bool | None, Decision]:
        packet = Packet(source, there, "tcp", (port, port))
        return packet_filters.security_groups(groups, packet, False, self._names(source, set(self.target.groups)))

    def _acl_of_workload(
        self, service: str, cause: str, subnet_id: str, far: IPv4Network, there: list[IPv4Address], port: int
    ) -> Iterator[Finding]:
        """Findings for outbound calls and inbound answers. AWS's ECS page "Verify connectivity" has the other half."""
        acl = self.acls.get(subnet_id)
        if not acl:
            return
        here = representatives(self._network(subnet_id))[0]
        for address in there:
            for packet, egress in there_and_back(here, address, port, self.target.client_ports):
                admitted, decision = packet_filters.network_acl(acl, packet, egress)
                if not admitted:
                    yield self._acl_finding(cause, subnet_id, far, acl, packet, egress, decision, service)

    def _acl_of_endpoint(
        self, service: str, subnet_id: str, endpoint_subnet_id: str, there: IPv4Address, port: int
    ) -> Iterator[Finding]:
        acl = self.acls.get(endpoint_subnet_id)
        if not acl:
            return
        for source in representatives(self._network(subnet_id), cidrs_of_acl(acl)):
            for packet, egress in there_and_back(source, there, port, self.target.client_ports):
                admitted, decision = packet_filters.network_acl(acl, packet, not egress)
                if not admitted:
                    yield self._acl_finding(
                        "nacl_endpoint_subnet",
                        endpoint_subnet_id,
                        self._network(subnet_id),
                        acl,
                        packet,
                        not egress,
                        decision,
                        service,
                    )

    @staticmethod
    def _acl_finding(
        cause: str,
        subnet_id: str,
        far: IPv4Network,
        acl: Item,
        packet: Packet,
        egress: bool,
        decision: Decision,
        service: str,
    ) -> Finding:
        direction = "outbound" if egress else "inbound"
        message = (
            f"the network ACL of {subnet_id} stops {'the answer' if packet.answer else 'the call'}: {decision.message}"
        )
        if cause == "nacl_endpoint_subnet":
            message += (
                ". Names resolve to the endpoint's addresses in all zones in turn, so that only some calls time out"
            )
        first, last = packet.ports
        ports = first if first == last else f"{first}-{last}"
        whom = "to" if egress else "from"
        return _finding(
            cause,
            False,
            subnet_id,
            message,
            f"an {direction} rule, before any that denies, for tcp/{ports} {whom} {far}"
            + ("; ACLs take no prefix lists" if cause == "nacl_gateway_endpoint" else ""),
            {"NetworkAclId": acl["NetworkAclId"], "Entries": decision.message},
            service,
        )

    def _network(self, subnet_id: str) -> IPv4Network:
        return IPv4Network(self.subnets[subnet_id]["CidrBlock"])

    def _names(
        self, address: IPv4Address, groups: set[str], list_id: str = ""
    ) -> Callable[[Mapping[str, Any]], bool | None]:
        """Return a function that tells if an IpPermission names the other side by address, group or prefix list.

        The function returns None if that isn't known.
        """

        def names(permission: Mapping[str, Any]) -> bool | None:
            if any(address in IPv4Network(peer["CidrIp"]) for peer in permission.get("IpRanges", ())):
                return True
            if any(pair["GroupId"] in groups for pair in permission.get("UserIdGroupPairs", ())):
                return True
            listed = [peer["PrefixListId"] for peer in permission.get("PrefixListIds", ())]
            if list_id in listed or any(address in cidr for id_ in listed for cidr in self.prefix_lists.get(id_, ())):
                return True
            unsure = any(id_ not in self.prefix_lists for id_ in listed)
            # The pairs may name the workload's groups if these weren't given.
            unsure |= bool(permission.get("UserIdGroupPairs")) and not self.target.groups
            return None if unsure else False

        return names


def there_and_back(
    client: IPv4Address, there: IPv4Address, port: int, client_ports: Ports
) -> tuple[tuple[Packet, bool], tuple[Packet, bool]]:
    """Return the call and its answer, each with true if it leaves the client's subnet."""
    call = Packet(client, there, "tcp", (port, port))
    return (call, True), (Packet(there, client, "tcp", client_ports, answer=True), False)


def _finding(
    cause: str, admitted: bool | None, resource: str, message: str, fix: str, evidence: Mapping[str, Any], service: str
) -> Finding:
    if admitted is None:
        unsure = "a prefix list, by ec2:GetManagedPrefixListEntries, or groups of the workload"
        message = f"a rule names what wasn't read or given ({unsure}): {message}"
    return Finding(cause, UNKNOWN if admitted is None else CAUSE, resource, message, fix, evidence, (service,))


def _listed(ids: Iterable[str] | Sequence[str]) -> str:
    return ", ".join(sorted(ids))
