# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC: created, or adopted by id (then never deleted)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import (
    OWNER_TAG,
    Actual,
    Call,
    Conflict,
    DuplicateResources,
    ResourceType,
    reconcile,
    refuse_renamed,
    refuse_unowned,
)
from ..._domain.vpc import cidr_blocks
from ..shared import states
from ..shared.ec2 import (
    dns_attributes,
    dns_in_order,
    duplicate_check,
    filters,
    interfaces,
    of_module,
    owned,
    tag,
    tag_specifications,
    tags_of,
    untag,
)

READ_AFTER = ()
INPUTS = ("cidrs_quota", "ipv6", "vpc_id")
PERMISSIONS = (
    "ec2:AssociateVpcCidrBlock",
    "ec2:CreateTags",
    "ec2:CreateVpc",
    "ec2:DeleteTags",
    "ec2:DeleteVpc",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
    "ec2:DisassociateVpcCidrBlock",
    "ec2:ModifyVpcAttribute",
)


def read(aws, declared, found):
    """Return {"main": Actual} with fields cidrs (the primary first), dns_support, dns_hostnames, tags.

    details: state, associations, ipv6. Without one: those of the module's other names and those of nobody with the
    declared CIDR, by id, with fields cidrs and tags, not managed. Raises DuplicateResources.
    """
    vpc_id = declared.inputs.vpc_id
    selector = {"VpcIds": [vpc_id]} if vpc_id else {"Filters": [of_module(declared.owner)]}
    vpcs = aws.read("ec2.describe_vpcs", "Vpcs", **selector)
    own = vpcs if vpc_id else [vpc for vpc in vpcs if owned(vpc, declared.owner)]
    if not own:
        return {
            vpc["VpcId"]: Actual(vpc["VpcId"], {"cidrs": sorted(_blocks(vpc)), "tags": tags_of(vpc)}, managed=False)
            for vpc in [*vpcs, *_of_nobody(aws, declared)]
        }
    if len(own) > 1:
        raise DuplicateResources("VPCs", declared.owner, (vpc["VpcId"] for vpc in own))
    (vpc,) = own
    support, hostnames = dns_attributes(aws, vpc["VpcId"])
    blocks = _blocks(vpc)
    primary = vpc["CidrBlock"]
    fields = {
        "cidrs": [primary] + sorted(cidr for cidr in blocks if cidr != primary),
        "dns_support": support,
        "dns_hostnames": hostnames,
        "tags": tags_of(vpc),
    }
    ipv6 = [
        block
        for block in vpc.get("Ipv6CidrBlockAssociationSet", [])
        if block["Ipv6CidrBlockState"]["State"] in ("associating", "associated")
    ]
    return {"main": Actual(vpc["VpcId"], fields, details={"state": vpc["State"], "associations": blocks, "ipv6": ipv6})}


def _of_nobody(aws, declared):
    """Return the account's VPCs without an owner whose primary CIDR is the one that is to be created."""
    wanted = {} if declared.absent or declared.inputs.vpc_id else declared.resources.get(KIND.name, {})
    cidrs = [fields["cidrs"][0] for fields in wanted.values()]
    there = aws.read("ec2.describe_vpcs", "Vpcs", Filters=filters(cidr=cidrs)) if cidrs else []
    return [vpc for vpc in there if OWNER_TAG not in tags_of(vpc)]


def _blocks(vpc):
    """Return {CIDR: association id}."""
    return {
        block["CidrBlock"]: block["AssociationId"]
        for block in vpc.get("CidrBlockAssociationSet", [])
        if block["CidrBlockState"]["State"] in ("associating", "associated")
    }


def holders(aws, id_):
    """Return what is in the VPC, in words: what usually holds one, and not all that can (a peering, say)."""
    subnets = aws.read("ec2.describe_subnets", "Subnets", Filters=filters(vpc_id=id_))
    groups = aws.read("ec2.describe_security_groups", "SecurityGroups", Filters=filters(vpc_id=id_))
    return [
        *interfaces(aws, vpc_id=id_),
        *(subnet["SubnetId"] for subnet in subnets),
        *(f"{group['GroupId']} ({group['GroupName']})" for group in groups if group["GroupName"] != "default"),
    ]


def plan(wanted, found, declared):
    there = found["vpc"]
    if not wanted and declared.inputs.vpc_id:
        return []  # adopted: left to its owner to delete
    refuse_renamed(KIND, wanted, there, _overlaps)
    refuse_unowned(KIND, wanted, there, lambda wanted, other: wanted["cidrs"][0] in other["cidrs"])
    if wanted and "main" in there:
        primary = there["main"].fields["cidrs"][0]
        if wanted["main"]["cidrs"][0] != primary:
            raise Conflict(
                f"vpc.main: the primary CIDR of {there['main'].id} is {primary}, declared first is"
                f" {wanted['main']['cidrs'][0]}; a VPC's primary CIDR can't be changed"
            )
        _check_ranges(wanted["main"]["cidrs"], there["main"])
        _check_in_use(wanted["main"]["cidrs"], there["main"], found, declared)
    steps = dns_in_order(
        reconcile(
            _kind(wanted, there, declared.inputs.cidrs_quota),
            wanted,
            there,
            purge_tags=declared.purge_tags,
        )
    )
    # AWS keeps a CIDR in which there is a subnet.
    subnets = tuple(f"subnet.{name}" for name in found["subnet"])
    return [replace(step, needs=step.needs + subnets) if ":cidrs.remove." in step.address else step for step in steps]


def notes(wanted, found, declared):
    """Report VPCs of other names that stay: a renamed host has nothing to delete under its new name."""
    others = [] if "main" in found["vpc"] or not declared.absent else found["vpc"].values()
    return [
        f"{other.id} stays: it has another name, its {OWNER_TAG} is {other.fields['tags'].get(OWNER_TAG)}"
        for other in others
    ]


def _overlaps(wanted, there):
    """Return true if CIDRs of the two VPCs overlap.

    Two VPCs of one account and region, each with its own name, have CIDRs of their own.
    """
    return any(ip_network(cidr).overlaps(ip_network(other)) for cidr in wanted["cidrs"] for other in there["cidrs"])


def _check_ranges(wanted, there):
    """Raise Conflict for a CIDR that AWS refuses beside the VPC's; those of an adopted VPC are known only now."""
    had = there.fields["cidrs"]
    for cidr in wanted:
        problem = cidr_blocks.restriction(had, cidr) if cidr not in had else ""
        if problem:
            raise Conflict(f"vpc.main: cidrs: {cidr} {problem}")


def _check_in_use(wanted, there, found, declared):
    """Raise Conflict for an undeclared CIDR of the VPC in which a subnet stays, since AWS keeps it.

    The module's own subnets that aren't declared any more are deleted before their CIDR.
    """
    for cidr in there.fields["cidrs"]:
        if cidr in wanted:
            continue
        held_by = [
            f"{subnet.id} ({subnet.fields['cidr']})"
            for name, subnet in found["subnet"].items()
            if not subnet.managed or name in declared.resources.get("subnet", {})
            if ip_network(subnet.fields["cidr"]).subnet_of(ip_network(cidr))
        ]
        if held_by:
            raise Conflict(
                f"vpc.main: cidrs: {cidr} of {there.id} isn't declared, but {', '.join(held_by)} stay in it; delete"
                " them first, or declare the range"
            )


def findings(wanted, found, declared):
    return states.findings(wanted, found["vpc"], ("available",), {}) + _undeclared_ipv6(found, declared)


def _undeclared_ipv6(found, declared):
    """Return a line for each IPv6 block that isn't declared: it stays, since somebody may use it."""
    there = found["vpc"].get("main")
    if not there or declared.absent:
        return []
    ours = [block.fields["cidr"] for name, block in found.get("vpc_ipv6", {}).items() if name == "main"]
    return [
        f"{there.id} has the IPv6 block {block['Ipv6CidrBlock']}, which isn't declared: it stays. Declare ipv6"
        " (source: none removes it)"
        for block in there.details.get("ipv6", ())
        if block["Ipv6CidrBlock"] not in ours and declared.inputs.ipv6 != "none"
    ]


def _create(fields):
    return Call(
        "ec2.create_vpc",
        {"CidrBlock": fields["cidrs"][0], **tag_specifications("vpc", fields)},
        id_path="Vpc.VpcId",
        # CreateVpc answers while the VPC is still pending.
        wait=Wait(
            "ec2.describe_vpcs", {"VpcIds": [OWN_ID]}, "Vpcs[].State", until=("available",), pending=("pending",)
        ),
    )


def _attribute(key, field):
    return lambda id_, before, after: [Call("ec2.modify_vpc_attribute", {"VpcId": id_, key: {"Value": after[field]}})]


def _associate(id_, cidr):
    state = f"Vpcs[].CidrBlockAssociationSet[?CidrBlock=='{cidr}' && CidrBlockState.State!='disassociated']"
    return Call(
        "ec2.associate_vpc_cidr_block",
        {"VpcId": id_, "CidrBlock": cidr},
        # Before that, no subnet can be created in it.
        wait=Wait(
            "ec2.describe_vpcs",
            {"VpcIds": [id_]},
            f"{state}[].CidrBlockState.State",
            until=("associated",),
            pending=("associating", "disassociating"),
            failed=("failing", "failed"),
        ),
        suffix=f"add.{cidr}",
    )


def _disassociated(id_, cidr):
    """Return the wait for the end of a disassociation; until then, the CIDR counts toward the quota."""
    return Wait(
        "ec2.describe_vpcs",
        {"VpcIds": [id_]},
        f"Vpcs[].CidrBlockAssociationSet[?CidrBlock=='{cidr}' && CidrBlockState.State!='disassociated'][]",
        gone=True,
    )


def _kind(wanted, there, quota=cidr_blocks.QUOTA):
    associations = there["main"].details["associations"] if "main" in there else {}

    def cidrs(id_, before, after):
        added = [cidr for cidr in after["cidrs"] if cidr not in before["cidrs"]]
        removed = [cidr for cidr in before["cidrs"] if cidr not in after["cidrs"]]
        adding = [_associate(id_, cidr) for cidr in added]
        removing = [
            Call(
                "ec2.disassociate_vpc_cidr_block",
                {"AssociationId": associations[cidr]},
                wait=_disassociated(id_, cidr),
                suffix=f"remove.{cidr}",
            )
            for cidr in removed
        ]
        return adding + removing if len(before["cidrs"]) + len(added) <= quota else removing + adding

    return ResourceType(
        "vpc",
        create=_create,
        changes={
            ("cidrs",): cidrs,
            ("dns_support",): _attribute("EnableDnsSupport", "dns_support"),
            ("dns_hostnames",): _attribute("EnableDnsHostnames", "dns_hostnames"),
        },
        delete=lambda id_, fields: Call("ec2.delete_vpc", {"VpcId": id_}),
        tag=tag,
        untag=untag,
        # CreateVpc: one CIDR, DNS resolution on, DNS hostnames off.
        defaults={
            "cidrs": wanted["main"]["cidrs"][:1] if wanted else [],
            "dns_support": True,
            "dns_hostnames": False,
        },
        duplicates=lambda fields: duplicate_check("ec2.describe_vpcs", "Vpcs[].VpcId", fields),
    )


KIND = _kind({}, {})
