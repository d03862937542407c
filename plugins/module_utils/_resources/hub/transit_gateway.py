# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub's Transit Gateway, found by its owner tag in the owner's account."""

from __future__ import annotations

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
from ..shared import in_transition
from ..shared.ec2 import duplicate_check, filters, members, of_module, owned, tag, tag_specifications, tags_of, untag
from .gateway_attachment import TERMINAL_STATES, words

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateTransitGateway",
    "ec2:DeleteTags",
    "ec2:DeleteTransitGateway",
    "ec2:DescribeTransitGateways",
    "ec2:ModifyTransitGateway",
)
ALIVE = ["pending", "available", "modifying"]
# field -> option of CreateTransitGateway and ModifyTransitGateway whose values are enable and disable
SWITCHES = {
    "dns_support": "DnsSupport",
    "vpn_ecmp_support": "VpnEcmpSupport",
    "security_group_referencing": "SecurityGroupReferencingSupport",
    "auto_accept": "AutoAcceptSharedAttachments",
    "default_association": "DefaultRouteTableAssociation",
    "default_propagation": "DefaultRouteTablePropagation",
}


# A gateway without an owner that is declared with these has been adopted too early.
SAME = ("asn", "description")


def read(aws, declared, found):
    """Return {"main": Actual} with fields asn, description, cidr_blocks, tags and those of SWITCHES (bool).

    details: state. Those of the module's other names, and without "main" those of nobody, by id, not
    managed. Raises DuplicateResources.
    """
    gateways = aws.read(
        "ec2.describe_transit_gateways",
        "TransitGateways",
        Filters=[of_module(declared.owner), *filters(state=ALIVE)],
    )
    own = [gateway["TransitGatewayId"] for gateway in gateways if owned(gateway, declared.owner)]
    if len(own) > 1:
        raise DuplicateResources("transit gateways", declared.owner, own)
    if not own and not declared.absent:
        alive = aws.read("ec2.describe_transit_gateways", "TransitGateways", Filters=filters(state=ALIVE))
        gateways = [*gateways, *(g for g in alive if _of_nobody(g, declared.place["account_id"]))]
    return {
        "main" if gateway["TransitGatewayId"] in own else gateway["TransitGatewayId"]: Actual(
            gateway["TransitGatewayId"],
            {
                "asn": gateway["Options"]["AmazonSideAsn"],
                "description": gateway.get("Description", ""),
                "cidr_blocks": sorted(gateway["Options"].get("TransitGatewayCidrBlocks", [])),
                "tags": tags_of(gateway),
                **{field: gateway["Options"].get(option) == "enable" for field, option in SWITCHES.items()},
            },
            managed=gateway["TransitGatewayId"] in own,
            details={"state": gateway["State"]},
        )
        for gateway in gateways
    }


def _of_nobody(gateway, account_id):
    """Return true for the account's own gateway without an owner: one that is shared with it is another account's."""
    return OWNER_TAG not in tags_of(gateway) and gateway.get("OwnerId") == account_id


def refuse(wanted, found, declared):
    if held_by := _held(found, declared):
        raise Conflict(f"{held_by}; remove those first")


def notes(wanted, found, declared):
    """Report the attachments that have to be deleted before the Transit Gateway.

    Where a deletion is only planned, the spokes' attachments aren't deleted either.
    """
    held_by = _held(found, declared)
    return [f"{held_by}, which have to go first"] if held_by else []


def _held(found, declared):
    held_by = [f"{a.id} (account {a.details['account_id']})" for a in found["spoke_attachment"].values()]
    held_by += [
        words(there.details)
        for there in found["gateway_attachment"].values()
        if there.details["ResourceType"] != "vpc" and there.details["State"] not in TERMINAL_STATES
    ]
    if not (declared.absent and "main" in found["transit_gateway"] and held_by):
        return ""
    return f"transit_gateway.main: {found['transit_gateway']['main'].id} is held by attachments {', '.join(held_by)}"


def plan(wanted, found, declared):
    there = found["transit_gateway"]
    # An intended second Transit Gateway has its own ASN: routes between two need it.
    refuse_renamed(KIND, wanted, there, lambda wanted, other: wanted["asn"] == other["asn"])
    refuse_unowned(KIND, wanted, there, lambda wanted, other: all(wanted[key] == other[key] for key in SAME))
    return in_transition.settle(KIND.name, wanted, there, available) + reconcile(
        KIND, wanted, there, purge_tags=declared.purge_tags
    )


def available(id_):
    return Wait(
        "ec2.describe_transit_gateways",
        {"TransitGatewayIds": [id_]},
        "TransitGateways[].State",
        until=("available",),
        pending=("pending", "modifying"),
        failed=("deleting", "deleted"),
    )


def _options(fields, names):
    return {option: "enable" if fields[name] else "disable" for name, option in SWITCHES.items() if name in names}


def _create(fields):
    options = {"AmazonSideAsn": fields["asn"], **_options(fields, fields)}
    if fields["cidr_blocks"]:
        options["TransitGatewayCidrBlocks"] = fields["cidr_blocks"]
    return Call(
        "ec2.create_transit_gateway",
        {
            "Description": fields["description"],
            "Options": options,
            **tag_specifications("transit-gateway", fields),
        },
        id_path="TransitGateway.TransitGatewayId",
        wait=available(OWN_ID),
    )


def _modify(id_, before, after):
    changed = [name for name in after if before.get(name) != after[name]]
    options = _options(after, changed)
    if "asn" in changed:
        options["AmazonSideAsn"] = after["asn"]
    options |= members("TransitGatewayCidrBlocks", before["cidr_blocks"], after["cidr_blocks"])
    arguments = {"TransitGatewayId": id_, "Options": options}
    if "description" in changed:
        arguments["Description"] = after["description"]
    return [Call("ec2.modify_transit_gateway", arguments, wait=available(id_))]


KIND = ResourceType(
    "transit_gateway",
    create=_create,
    changes={("asn", "description", "cidr_blocks", *SWITCHES): _modify},
    delete=lambda id_, fields: Call(
        "ec2.delete_transit_gateway",
        {"TransitGatewayId": id_},
        wait=Wait(
            "ec2.describe_transit_gateways",
            {"TransitGatewayIds": [id_]},
            "TransitGateways[].State",
            until=("deleted",),
            pending=("pending", "available", "modifying", "deleting"),
            gone=True,
        ),
    ),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_transit_gateways", "TransitGateways[].TransitGatewayId", fields, state=ALIVE
    ),
)
