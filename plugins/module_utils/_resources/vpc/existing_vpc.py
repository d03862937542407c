# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs that a module uses and doesn't create, with their subnets and route tables by tier: read only."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.plan import Ref
from ..._core.reconcile import OWNER_TAG, Actual, Conflict, ResourceType
from ..shared.ec2 import filters, names, owned, tags_of

READ_AFTER = ()
INPUTS = ("vpcs",)
# The permission for what only the hub reads is in spoke_attachment, which the hub uses, too.
PERMISSIONS = ("ec2:DescribeRouteTables", "ec2:DescribeSubnets")
KIND = ResourceType("existing_vpc")
MISSING = (
    "no VPC of this account has this vpc_id or was created by tiered_vpc with this vpc_name. Run tiered_vpc first;"
    f" where the host was renamed, set vpc_name to the name in the VPC's tag {OWNER_TAG}"
)
# An attachment never leaves these; a new one can be created (AWS: "Transit gateway attachment states").
TERMINAL_STATES = ("deleted", "rejected", "failed")


@dataclass(frozen=True)
class VpcSelector:
    """Selector of one VPC: its id, or the owner tag that tiered_vpc gave its subnets."""

    vpc_id: str | None = None
    owner: str | None = None

    @classmethod
    def of(cls, options):
        """Return the selector for a module's options: vpc_id, else vpc_name, else name."""
        return cls(options["vpc_id"], f"tiered_vpc/{options['vpc_name'] or options['name']}")


def read(aws, declared, found):
    """Return {name: Actual} of inputs.vpcs and the hub's own attachments.

    details: subnets, route_tables ({name: as described}). A VPC is found by its subnets, by id or by the tag that
    tiered_vpc gives them. Raises Conflict where several VPCs carry the tag.
    """
    selectors = {**_attached_by(declared, aws), **declared.inputs.vpcs}
    by_id = sorted({s.vpc_id for s in selectors.values() if s.vpc_id})
    by_owner = sorted({s.owner for s in selectors.values() if not s.vpc_id})
    queries = [filters(vpc_id=by_id)] if by_id else []
    queries += [filters(**{f"tag:{OWNER_TAG}": by_owner})] if by_owner else []
    reads = [
        lambda operation=operation, key=key, query=query: aws.read(operation, key, Filters=query)
        for query in queries
        for operation, key in (("ec2.describe_subnets", "Subnets"), ("ec2.describe_route_tables", "RouteTables"))
    ]
    items = [item for result in aws.gather(*reads) for item in result]
    vpcs = {}
    for name, selector in selectors.items():
        mine = [item for item in items if _selected(item, selector)]
        ids = sorted({item["VpcId"] for item in mine})
        if len(ids) > 1:
            raise Conflict(f"{len(ids)} VPCs carry {OWNER_TAG}={selector.owner}: {', '.join(ids)}; say vpc_id")
        if ids:
            details = {
                "subnets": names([item for item in mine if "SubnetId" in item], "SubnetId"),
                "route_tables": names([item for item in mine if "SubnetId" not in item], "RouteTableId"),
            }
            vpcs[name] = Actual(ids[0], {}, False, details)
    return vpcs


def _attached_by(declared, aws):
    """Return {name: VpcSelector} of VPCs that the hub attached, so that an undeclared one is found and detached."""
    if "spoke_attachment" not in declared.resources:
        return {}
    attachments = aws.read(
        "ec2.describe_transit_gateway_attachments",
        "TransitGatewayAttachments",
        Filters=filters(resource_type="vpc", resource_owner_id=aws.account_id),
    )
    alive = [a for a in attachments if a["State"] not in TERMINAL_STATES and owned(a, declared.owner)]
    return {
        name: VpcSelector(attachment["ResourceId"])
        for name, attachment in names(alive, "TransitGatewayAttachmentId").items()
    }


def cidrs_of(route_tables):
    """Return all CIDRs of the VPC, IPv6 ones too, sorted.

    Each of its route tables has a local route for each CIDR, which is created with the table and can't be deleted
    (https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html).
    """
    return sorted(
        {
            cidr
            for table in route_tables.values()
            for route in table.get("Routes", ())
            if route.get("Origin") == "CreateRouteTable"
            and (cidr := route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock"))
        }
    )


def _selected(item, selector):
    if selector.vpc_id:
        return item["VpcId"] == selector.vpc_id
    return tags_of(item).get(OWNER_TAG) == selector.owner


def of_tier(named, tier):
    """Return {name: item} of a tier: those named tier or tier.az_id; or just one, by its id."""
    return {name: item for name, item in named.items() if name == tier or name.startswith(f"{tier}.")}


def has_ipv6(vpc):
    """Return true if a subnet of the VPC has an IPv6 CIDR: a block that no subnet uses isn't found."""
    return any(map(ipv6_of, vpc.details["subnets"].values()))


def ipv6_of(subnet):
    """Return the IPv6 CIDRs of a subnet as described."""
    blocks = subnet.get("Ipv6CidrBlockAssociationSet", ())
    return [b["Ipv6CidrBlock"] for b in blocks if b["Ipv6CidrBlockState"]["State"] == "associated"]


def subnets_by_zone(option, tier, name, found):
    """Return {AZ id: subnet id} of a tier, one in each; None where the VPC doesn't exist yet.

    Raises Conflict for a tier without a subnet, or with two in one AZ.
    """
    vpc = found["existing_vpc"].get(name)
    if not vpc:
        return None
    subnets = of_tier(vpc.details["subnets"], tier)
    if not subnets:
        have = sorted({other.partition(".")[0] for other in vpc.details["subnets"]})
        raise Conflict(f"{option}: {tier!r} has no subnet in {vpc.id}; it has {', '.join(have)}")
    return _one_by_zone(option, repr(tier), list(subnets.values()))


def given_by_zone(option, ids, name, found):
    """Return {AZ id: subnet id} of subnets that are given by their ids, otherwise as subnets_by_zone."""
    vpc = found["existing_vpc"].get(name)
    if not vpc:
        return None
    there = {subnet["SubnetId"]: subnet for subnet in vpc.details["subnets"].values()}
    missing = [id_ for id_ in ids if id_ not in there]
    if missing:
        raise Conflict(f"{option}: {missing[0]} isn't in {vpc.id}; it has {', '.join(sorted(there))}")
    return _one_by_zone(option, "the list", [there[id_] for id_ in ids])


def _one_by_zone(option, what, subnets):
    zones = [subnet["AvailabilityZoneId"] for subnet in subnets]
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    if twice:
        raise Conflict(f"{option}: {what} has two subnets in {twice[0]}; it takes one per zone")
    return {subnet["AvailabilityZoneId"]: subnet["SubnetId"] for subnet in subnets}


def unknown_subnets(tier, name):
    """Return what a plan shows as the subnets of a VPC that doesn't exist yet."""
    return [Ref(f"existing_vpc.{name}", "subnets of tier " + tier + " in {}")]
