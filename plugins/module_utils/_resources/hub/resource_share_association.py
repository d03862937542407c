# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that a RAM share holds, and principals that it is for."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref, Wait
from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ("resource_share",)
INPUTS = ()
PERMISSIONS = (
    "ram:AssociateResourceShare",
    "ram:DisassociateResourceShare",
    "ram:GetResourceShareAssociations",
)


def read(aws, declared, found):
    """Return {"PRINCIPAL ARN or account id" or "RESOURCE ARN": Actual} with fields share, type, entity."""
    share = found["resource_share"].get("main")
    if not share:
        return {}
    associations = aws.gather(
        *(
            lambda type_=type_: aws.read(
                "ram.get_resource_share_associations",
                "resourceShareAssociations",
                associationType=type_,
                resourceShareArns=[share.id],
            )
            for type_ in ("PRINCIPAL", "RESOURCE")
        )
    )
    # A failed association counts as none: it is tried again by associating again.
    return {
        f"{item['associationType']} {item['associatedEntity']}": Actual(
            f"{share.id}/{item['associatedEntity']}",
            {"share": share.id, "type": item["associationType"], "entity": item["associatedEntity"]},
        )
        for items in associations
        for item in items
        if item["status"] in ("ASSOCIATING", "ASSOCIATED")
    }


def plan(wanted, found, declared):
    # Named by what is associated, as read() names them.
    arn = "arn:{partition}:ec2:{region}:{account_id}:transit-gateway/".format(**declared.place) + "{}"
    entities = [
        {**fields, "entity": _formed(fields["entity"], arn)} if fields["type"] == "RESOURCE" else fields
        for fields in wanted.values()
    ]
    named = {f"{fields['type']} {fields['entity']}": fields for fields in entities}
    steps = reconcile(KIND, named, found["resource_share_association"])
    # An account that is declared by its organizational unit in place of its own id stays a member throughout.
    made = tuple(step.address for step in steps if not step.removes)
    return [replace(step, needs=made) if step.removes else step for step in steps]


# DISASSOCIATED and DISASSOCIATING: of an earlier association of the same entity, which AWS shows for a while.
PENDING = ("ASSOCIATING", "DISASSOCIATING", "DISASSOCIATED")


def _formed(gateway, arn):
    return replace(gateway, form=arn) if isinstance(gateway, Ref) else arn.format(gateway)


def _arguments(fields):
    key = "principals" if fields["type"] == "PRINCIPAL" else "resourceArns"
    return {"resourceShareArn": fields["share"], key: [fields["entity"]]}


def _wait(fields, **until):
    entity = {"principal": fields["entity"]} if fields["type"] == "PRINCIPAL" else {"resourceArn": fields["entity"]}
    return Wait(
        "ram.get_resource_share_associations",
        {"associationType": fields["type"], "resourceShareArns": [fields["share"]], **entity},
        "resourceShareAssociations[].status",
        **until,
    )


def _associate(fields):
    # An account that must be invited is associated once it accepts (UserGuide, "Sharing your AWS resources"), in the
    # spoke's phase. An account of the organisation is associated at once.
    invited = fields["type"] == "PRINCIPAL" and str(fields["entity"]).isdigit()
    wait = None if invited else _wait(fields, until=("ASSOCIATED",), pending=PENDING, failed=("FAILED",))
    return Call("ram.associate_resource_share", _arguments(fields), wait=wait)


KIND = ResourceType(
    "resource_share_association",
    create=_associate,
    delete=lambda id_, fields: Call(
        "ram.disassociate_resource_share",
        _arguments(fields),
        wait=_wait(
            fields,
            until=("DISASSOCIATED",),
            # Any state that it had before.
            pending=(
                *("ASSOCIATING", "ASSOCIATED", "FAILED", "DISASSOCIATING"),
                *("SUSPENDING", "SUSPENDED", "RESTORING"),
            ),
            gone=True,
        ),
    ),
)
