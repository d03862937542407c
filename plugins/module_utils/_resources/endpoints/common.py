# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of VPC endpoints share: how one is read, created, changed and deleted."""

from __future__ import annotations

import json

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType
from ..._domain.privatelink.acceptance import WAITING
from ..shared import states
from ..shared.ec2 import duplicate_check, members, owned, tag, tag_specifications, tags_of, untag
from ..vpc.existing_vpc import subnets_by_zone, unknown_subnets

PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteTags",
    "ec2:DeleteVpcEndpoints",
    "ec2:DescribeVpcEndpoints",
    "ec2:ModifyVpcEndpoint",
)
READ = ("ec2.describe_vpc_endpoints", "VpcEndpoints")
# States before available. EC2's reference for the CLI has both spellings (examples of create-vpc-endpoint).
PENDING = ("pending", "Pending")
# States of DescribeVpcEndpoints in which an endpoint doesn't work, or not everywhere.
MEANINGS = {
    "failed": "AWS couldn't create it. This account has to remove the cause, then state=absent, then run again",
    "partial": "AWS has it in some zones only; this account has to look at the free addresses of its subnets",
    WAITING: "the owner of the service has to accept it",
    "rejected": "the owner of the service refused it",
    "expired": "the owner of the service didn't answer in time",
}


def actual(endpoint, owner):
    """Return the Actual of an endpoint as DescribeVpcEndpoints has it.

    Fields: type (Interface, Gateway), vpc, service_name, service_region, subnets, groups and route_tables (ids,
    sorted), private_dns (bool), policy (parsed; None: it has none), tags; details: state, dns_entries, error.
    """
    return Actual(
        endpoint["VpcEndpointId"],
        {
            "type": endpoint["VpcEndpointType"],
            "vpc": endpoint["VpcId"],
            "service_name": endpoint["ServiceName"],
            "service_region": endpoint.get("ServiceRegion"),
            "subnets": sorted(endpoint.get("SubnetIds", [])),
            "groups": sorted(group["GroupId"] for group in endpoint.get("Groups", [])),
            "route_tables": sorted(endpoint.get("RouteTableIds", [])),
            "private_dns": endpoint.get("PrivateDnsEnabled", False),
            "policy": json.loads(endpoint["PolicyDocument"]) if endpoint.get("PolicyDocument") else None,
            "tags": tags_of(endpoint),
        },
        managed=owned(endpoint, owner),
        details={
            "state": state(endpoint["State"]),
            "dns_entries": endpoint.get("DnsEntries", []),
            "error": endpoint.get("LastError", {}).get("Message", ""),
        },
    )


def state(told):
    """Return the state, its first letter in lower case.

    EC2 answers pendingAcceptance where its model says PendingAcceptance (botocore's enum State).
    """
    return told[0].lower() + told[1:]


def subnets(tier, found, who, offered):
    """Return the ids, sorted, of the tier's subnets in the AZs of the service, which answers nowhere else.

    Raises Conflict where there are none; `who` says in it whose AZs `offered` are ("the service is"). offered is None
    where AZs don't matter.
    """
    there = subnets_by_zone("tier", tier, "main", found)
    if there is None:
        return unknown_subnets(tier, "main")
    common = sorted(subnet for zone, subnet in there.items() if offered is None or zone in offered)
    if not common:
        raise Conflict(
            f"tier: {tier!r} has subnets in {', '.join(sorted(there))}; {who} in {', '.join(offered)}."
            " An endpoint needs a subnet in one of the service's zones"
        )
    return common


def settled(id_):
    # pendingAcceptance is left to the provider's phase, so it ends this run's wait; what was rejected is reported.
    return Wait(
        READ[0],
        {"VpcEndpointIds": [id_]},
        f"{READ[1]}[].State",
        until=("available", WAITING, "rejected"),
        pending=PENDING,
        failed=("failed", "expired", "deleting", "deleted"),
    )


def removed(id_):
    return Wait(
        READ[0],
        {"VpcEndpointIds": [id_]},
        f"{READ[1]}[].State",
        until=("deleted",),
        # Any state that it had before.
        pending=(WAITING, *PENDING, "available", "partial", "rejected", "failed", "expired", "deleting"),
        gone=True,
    )


def findings(wanted, there):
    """Report declared endpoints that aren't available. there: endpoints as read, by name."""
    return states.findings(wanted, there, ("available",), MEANINGS)


def _create(fields):
    policy = {"PolicyDocument": json.dumps(fields["policy"])} if fields.get("policy") else {}
    region = {"ServiceRegion": fields["service_region"]} if fields.get("service_region") else {}
    if fields["type"] == "Gateway":
        members = {"RouteTableIds": fields["route_tables"]}
    else:
        members = {
            "SubnetIds": fields["subnets"],
            "SecurityGroupIds": fields["groups"],
            # Left out, it means yes for some services.
            "PrivateDnsEnabled": fields["private_dns"],
        }
    return Call(
        "ec2.create_vpc_endpoint",
        {
            "VpcEndpointType": fields["type"],
            "VpcId": fields["vpc"],
            "ServiceName": fields["service_name"],
            **region,
            **members,
            **policy,
            **tag_specifications("vpc-endpoint", fields),
        },
        id_path="VpcEndpoint.VpcEndpointId",
        wait=settled(OWN_ID),
    )


def _modify(id_, arguments):
    return Call("ec2.modify_vpc_endpoint", {"VpcEndpointId": id_, **arguments}, wait=settled(id_))


def _list(field, member):
    return lambda id_, before, after: [_modify(id_, members(member, before[field], after[field]))]


KIND = ResourceType(
    "vpc_endpoint",
    create=_create,
    changes={
        ("subnets",): _list("subnets", "SubnetIds"),
        ("groups",): _list("groups", "SecurityGroupIds"),
        ("route_tables",): _list("route_tables", "RouteTableIds"),
        ("private_dns",): lambda id_, before, after: [_modify(id_, {"PrivateDnsEnabled": after["private_dns"]})],
        ("policy",): lambda id_, before, after: [_modify(id_, {"PolicyDocument": json.dumps(after["policy"])})],
    },
    delete=lambda id_, fields: Call("ec2.delete_vpc_endpoints", {"VpcEndpointIds": [id_]}, wait=removed(id_)),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        READ[0], f"{READ[1]}[?!contains(State, 'elet')].VpcEndpointId", fields, vpc_id=fields["vpc"]
    ),
)
