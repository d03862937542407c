# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about security groups and network ACLs between a workload and a database in the same VPC.

No endpoint is involved: SQL goes to the database's own address
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from itertools import product
from typing import Any

from ..network import packet_filters
from ..network.packet_filters import Packet
from . import workloads
from .facts import Facts, Item
from .filters import Filters, cidrs_of_acl, cidrs_of_groups, representatives, there_and_back
from .findings import CAUSE, UNKNOWN, Finding
from .target import Target

CAUSE_ID = "target_sg_or_port"


class ToDatabase(Filters):
    """Security groups and network ACLs between a target and a database. raw: the database as read."""

    def __init__(self, facts: Facts, target: Target, raw: Item) -> None:
        super().__init__(facts, target)
        database = raw.get("DBInstance") or raw.get("DBCluster") or {}
        self.name = raw["name"]
        endpoint = database.get("Endpoint") or {} if "DBInstance" in raw else database
        self.port = int(endpoint.get("Port") or 0)  # 0: not known
        ids = [item["VpcSecurityGroupId"] for item in database.get("VpcSecurityGroups", ())]
        self.their_groups = [self.groups[id_] for id_ in ids if id_ in self.groups]
        # Subnets in an instance's current and failover zones; all of the subnet group if these aren't known.
        zones = {database.get("AvailabilityZone"), database.get("SecondaryAvailabilityZone")} - {None}
        of_group = workloads.subnet_group(raw).get("Subnets", ())
        there = [item for item in of_group if item["SubnetAvailabilityZone"]["Name"] in zones and "DBInstance" in raw]
        ids = [item["SubnetIdentifier"] for item in there or of_group]
        self.their_subnets = [id_ for id_ in ids if self.subnets.get(id_, {}).get("CidrBlock")]

    def findings(self) -> Iterator[Finding]:
        if not self.port or not self.their_subnets or not self.their_groups:
            yield self._found(
                None,
                self.name,
                "its port, subnets or security groups weren't read",
                "run the doctor again when it is available",
                {},
            )
            return
        for there_id in self.their_subnets:
            for here_id in self.target.subnets:
                yield from self._between(here_id, there_id)

    def _between(self, here_id: str, there_id: str) -> Iterator[Finding]:
        if "SecurityGroups" in self.read:
            yield from self._groups(here_id, there_id)
        if here_id != there_id and "NetworkAcls" in self.read:
            here, there = self._network(here_id), self._network(there_id)
            for subnet_id, is_ours in ((here_id, True), (there_id, False)):
                if subnet_id in self.acls:
                    yield from self._acl(subnet_id, is_ours, here, there)

    def _acl(self, subnet_id: str, is_ours: bool, here: IPv4Network, there: IPv4Network) -> Iterator[Finding]:
        """Findings about the network ACL of the workload's subnet (is_ours) or of the database's."""
        acl = self.acls[subnet_id]
        ours = representatives(here, () if is_ours else cidrs_of_acl(acl))
        theirs = representatives(there, cidrs_of_acl(acl) if is_ours else ())
        for client, server in product(ours, theirs):
            for packet, leaves_client in there_and_back(client, server, self.port, self.target.client_ports):
                egress = leaves_client == is_ours
                admitted, decision = packet_filters.network_acl(acl, packet, egress)
                if not admitted:
                    what = "the answer" if packet.answer else "the call"
                    yield self._found(
                        False,
                        subnet_id,
                        f"the network ACL of {subnet_id} stops {what}: {decision.message}",
                        f"an {'outbound' if egress else 'inbound'} rule for these ports"
                        f" {'to' if egress else 'from'} {there if is_ours else here}",
                        {"NetworkAclId": acl["NetworkAclId"], "Entries": decision.message},
                    )

    def _groups(self, here_id: str, there_id: str) -> Iterator[Finding]:
        ours, theirs = ({group["GroupId"] for group in groups} for groups in (self.own_groups, self.their_groups))
        sources = representatives(self._network(here_id), cidrs_of_groups(self.their_groups, egress=False))
        addresses = representatives(self._network(there_id), cidrs_of_groups(self.own_groups, egress=True))
        for groups, egress, whom, pairs in (
            (self.own_groups, True, theirs, [(sources[0], address) for address in addresses]),
            (self.their_groups, False, {*self.target.groups}, [(source, addresses[0]) for source in sources]),
        ):
            judged = [self._judged(groups, source, there, egress, whom) for source, there in pairs] if groups else []
            shut = [(admitted, decision) for admitted, decision in judged if not admitted]
            if not shut:
                continue
            # The doctor doesn't read which address of its subnet the database has.
            unsure = all(admitted is None for admitted, _decision in shut) or egress and len(shut) < len(judged)
            direction, which = ("egress", "the workload's") if egress else ("ingress", "the database's")
            ids = ", ".join(sorted(ours if egress else theirs))
            yield self._found(
                None if unsure else False,
                ids,
                f"{which} security groups don't let calls of tcp/{self.port} through: {shut[0][1].message}",
                f"an {direction} rule for tcp/{self.port} {'to' if egress else 'from'}"
                f" {', '.join(sorted(whom)) or self._network(here_id)}",
                {"IpPermissionsEgress" if egress else "IpPermissions": shut[0][1].message, "Endpoint.Port": self.port},
            )

    def _judged(
        self, groups: list[Any], source: IPv4Address, there: IPv4Address, egress: bool, whom: set[str]
    ) -> tuple[bool | None, packet_filters.Decision]:
        packet = Packet(source, there, "tcp", (self.port, self.port))
        return packet_filters.security_groups(groups, packet, egress, self._names(there if egress else source, whom))

    def _found(
        self, admitted: bool | None, resource: str, message: str, fix: str, evidence: Mapping[str, Any]
    ) -> Finding:
        status = UNKNOWN if admitted is None else CAUSE
        return Finding(CAUSE_ID, status, resource, f"{self.name}: {message}", fix, evidence)
