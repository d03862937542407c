# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of one VPC from which the doctor finds why calls time out: answers of Describe and List operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

Item = Mapping[str, Any]


class Place(TypedDict):
    """Account, region and partition that workloads run in."""

    account_id: str
    region: str
    partition: str


class _Always(Place):
    """Facts that are always read. Subnets: all of the VPC."""

    vpc_id: str
    Subnets: list[Item]


class Reads(TypedDict, total=False):
    """Answers of Describe and List operations about a VPC besides its subnets; a kind that wasn't read is missing.

    PrefixLists: AWS's and customers', each with Cidrs; HostedZones: HostedZoneSummaries; ResolverRules: the account's;
    ProfileResourceAssociations: of all Profiles of the VPC, read only if it has one; Organization: {} outside of one,
    read only if a policy has a condition on it; VpcBlockPublicAccess...: of the account and region;
    TransitGatewayVpcAttachments: read only if a route leads to a transit gateway
    """

    Vpcs: list[Item]
    DhcpOptions: list[Item]
    VpcAttributes: Mapping[str, bool]
    VpcEndpoints: list[Item]
    ServiceDetails: list[Item]
    RouteTables: list[Item]
    NetworkAcls: list[Item]
    SecurityGroups: list[Item]
    NetworkInterfaces: list[Item]
    PrefixLists: list[Item]
    HostedZones: list[Item]
    ResolverRules: list[Item]
    ResolverRuleAssociations: list[Item]
    FirewallRuleGroupAssociations: list[Item]
    ProfileAssociations: list[Item]
    ProfileResourceAssociations: list[Item]
    Organization: Item
    TransitGatewayVpcAttachments: list[Item]
    VpcBlockPublicAccessExclusions: list[Item]
    VpcBlockPublicAccessOptions: Item


class Facts(_Always, Reads, total=False):
    """Facts of a VPC and of named workloads.

    denied: {kind of Reads: the IAM action that the credential lacks}; unread: {kind: other reason why it wasn't read};
    Targets: workloads as read, see workloads.py; Access: what they refer to, see references.py; Central: what is known
    of the hub's endpoints, see central.py
    """

    denied: Mapping[str, str]
    unread: Mapping[str, str]
    Targets: list[Item]
    Access: Item
    Central: Item


KINDS = tuple(Reads.__annotations__)


def why_unread(facts: Facts, kind: str) -> str:
    """Return in words why a kind isn't in the facts; "" if it was read or wasn't needed."""
    action = facts.get("denied", {}).get(kind)
    return f"the credential may not call {action}" if action else facts.get("unread", {}).get(kind, "")
