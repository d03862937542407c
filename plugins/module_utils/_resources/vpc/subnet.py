# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets of one VPC, by closednet:name tag (tier.az_id)."""

from __future__ import annotations

from ..._core.plan import Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values.ipv6 import are_laid_out
from ..shared import states
from ..shared.ec2 import filters, interfaces, names, owned, tag, tag_specifications, tags_of, untag

READ_AFTER = ("vpc",)
INPUTS = ("ipv6", "ipv6_numbers")
# ipv6_cidr of a subnet that is to have none; None leaves it as it is.
NO_IPV6 = ""
ASSIGN = "AssignIpv6AddressOnCreation"
PERMISSIONS = (
    "ec2:AssociateSubnetCidrBlock",
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DisassociateSubnetCidrBlock",
    "ec2:ModifySubnetAttribute",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields vpc, cidr, az_id, map_public_ip, ipv6_cidr, assign_ipv6, tags.

    A name is tier.az_id, or the subnet's id; details: state, ipv6_associations. Raises Conflict for an AZ that isn't
    offered to the account.
    """
    vpc = found["vpc"].get("main")
    subnets = vpc and aws.read("ec2.describe_subnets", "Subnets", Filters=filters(vpc_id=vpc.id)) or []
    wanted = {} if declared.absent else declared.resources["subnet"]
    # A CIDR is a subnet's natural key: with it a declared subnet is found even if its tags were changed.
    declared_names = {fields["cidr"]: name for name, fields in wanted.items()}
    # An IPv6-only subnet has no CidrBlock.
    named = {declared_names[s["CidrBlock"]]: s for s in subnets if s.get("CidrBlock") in declared_names}
    others = names([s for s in subnets if s.get("CidrBlock") not in declared_names], "SubnetId")
    named.update({subnet["SubnetId"] if name in named else name: subnet for name, subnet in others.items()})
    missing = sorted({fields["az_id"] for name, fields in wanted.items() if name not in named})
    if missing:
        zones = aws.read("ec2.describe_availability_zones", "AvailabilityZones")
        offered = sorted(zone["ZoneId"] for zone in zones)
        unknown = [az_id for az_id in missing if az_id not in offered]
        if unknown:
            raise Conflict(
                f"availability_zone_ids: {unknown[0]!r} isn't offered to this account in {aws.region};"
                f" it has {', '.join(offered)}"
            )
    return {
        name: Actual(
            subnet["SubnetId"],
            {
                "vpc": subnet["VpcId"],
                "cidr": subnet.get("CidrBlock"),
                "az_id": subnet["AvailabilityZoneId"],
                "map_public_ip": subnet["MapPublicIpOnLaunch"],
                "ipv6_cidr": next(iter(_ipv6(subnet)), NO_IPV6),
                "assign_ipv6": subnet.get("AssignIpv6AddressOnCreation", False),
                "tags": tags_of(subnet),
            },
            managed=owned(subnet, declared.owner),
            details={"state": subnet["State"], "ipv6_associations": _ipv6(subnet)},
        )
        for name, subnet in named.items()
    }


def _ipv6(subnet):
    """Return {IPv6 CIDR: association id}; a subnet has one at most ("IPv6 CIDR blocks for subnets")."""
    return {
        block["Ipv6CidrBlock"]: block["AssociationId"]
        for block in subnet.get("Ipv6CidrBlockAssociationSet", [])
        if block["Ipv6CidrBlockState"]["State"] in ("associating", "associated")
    }


def holders(aws, id_):
    return interfaces(aws, subnet_id=id_)


def plan(wanted, found, declared):
    if wanted:
        # CreateVpc takes the first CIDR only; the others have to be associated before subnets in them are created.
        cidrs = [f"vpc.main:cidrs.add.{cidr}" for cidr in declared.resources["vpc"]["main"]["cidrs"][1:]]
        wanted = {name: {**fields, "needs": cidrs} for name, fields in wanted.items()}
        _refuse_taken_ipv6(wanted, found["subnet"])
        _refuse_forgotten_ipv6(wanted, found, declared)
    return reconcile(_kind(found["subnet"]), wanted, found["subnet"], purge_tags=declared.purge_tags)


def _refuse_taken_ipv6(wanted, there):
    """Raise Conflict where another subnet has the IPv6 CIDR of a declared one."""
    taken = {
        cidr: subnet.id
        for name, subnet in there.items()
        if not (name in wanted and subnet.managed)
        for cidr in subnet.details.get("ipv6_associations", ())
    }
    for name, fields in wanted.items():
        cidr = fields.get("ipv6_cidr")
        if isinstance(cidr, str) and cidr in taken and not (name in there and there[name].id == taken[cidr]):
            raise Conflict(
                f"subnet.{name}: its IPv6 range {cidr} is that of {taken[cidr]}, which isn't declared. Give the other"
                " subnet another one, or reserve this one by a tier with ipv6: false in this place"
            )


def _refuse_forgotten_ipv6(wanted, found, declared):
    """Raise Conflict where this module gave the subnets their IPv6 CIDRs, and ipv6 isn't declared any more.

    Flows, routes and groups would lose IPv6 with it.
    """
    if declared.inputs.ipv6 is not None or not found["vpc"].get("main"):
        return
    blocks = [block["Ipv6CidrBlock"] for block in found["vpc"]["main"].details.get("ipv6", ())]
    ranges = {
        name: subnet.fields["ipv6_cidr"]
        for name, subnet in found["subnet"].items()
        if name in wanted and subnet.managed and subnet.fields.get("ipv6_cidr")
    }
    if are_laid_out(ranges, declared.inputs.ipv6_numbers, blocks):
        raise Conflict(
            f"ipv6: isn't declared, but subnets were created with IPv6 CIDRs ({', '.join(sorted(ranges))}). Declare"
            " ipv6 as before; source: none if IPv6 is to be removed"
        )


def findings(wanted, found, declared):
    return states.findings(wanted, found["subnet"], ("available",), {})


def _create(fields):
    return Call(
        "ec2.create_subnet",
        {
            "VpcId": fields["vpc"],
            "CidrBlock": fields["cidr"],
            "AvailabilityZoneId": fields["az_id"],
            **({"Ipv6CidrBlock": fields["ipv6_cidr"]} if fields.get("ipv6_cidr") else {}),
            **tag_specifications("subnet", fields),
        },
        id_path="Subnet.SubnetId",
    )


def _map_public_ip(id_, before, after):
    return [_modify(id_, "MapPublicIpOnLaunch", after["map_public_ip"])]


def _modify(id_, attribute, value, suffix=""):
    return Call("ec2.modify_subnet_attribute", {"SubnetId": id_, attribute: {"Value": value}}, suffix=suffix)


def _ipv6_changes(associations):
    """Return a function of (id, before, after) -> Calls that change a subnet's IPv6 CIDR and assign_ipv6.

    associations: {subnet id: {IPv6 CIDR: association id}}
    """

    def changes(id_, before, after):
        had, wants, assign = before.get("ipv6_cidr", NO_IPV6), after["ipv6_cidr"], after["assign_ipv6"]
        moves, assigned = had != wants, before.get("assign_ipv6", False)
        calls = []
        # Addresses can only be assigned on creation where the subnet has a CIDR (ModifySubnetAttribute).
        if assigned and (moves or not assign):
            calls.append(_modify(id_, ASSIGN, False, "off"))
            assigned = False
        if moves and had:
            arguments = {"AssociationId": associations[id_][had]}
            calls.append(Call("ec2.disassociate_subnet_cidr_block", arguments, suffix="disassociate"))
        if moves and wants:
            calls.append(_associate(id_, wants))
        if assign and not assigned:
            calls.append(_modify(id_, ASSIGN, True, "on"))
        return calls

    return changes


def _associate(id_, cidr):
    return Call(
        "ec2.associate_subnet_cidr_block",
        {"SubnetId": id_, "Ipv6CidrBlock": cidr},
        wait=Wait(
            "ec2.describe_subnets",
            {"SubnetIds": [id_]},
            "Subnets[].Ipv6CidrBlockAssociationSet[?Ipv6CidrBlockState.State!='disassociated'][]"
            ".Ipv6CidrBlockState.State",
            until=("associated",),
            pending=("associating", "disassociating"),
            failed=("failing", "failed"),
        ),
        suffix="associate",
    )


def _kind(there):
    associations = {subnet.id: subnet.details.get("ipv6_associations", {}) for subnet in there.values()}
    return ResourceType(
        "subnet",
        create=_create,
        changes={
            ("map_public_ip",): _map_public_ip,
            ("ipv6_cidr", "assign_ipv6"): _ipv6_changes(associations),
        },
        delete=lambda id_, fields: Call("ec2.delete_subnet", {"SubnetId": id_}),
        tag=tag,
        untag=untag,
        defaults={"map_public_ip": False, "assign_ipv6": False},
        delete_before_create=True,
    )


KIND = _kind({})
