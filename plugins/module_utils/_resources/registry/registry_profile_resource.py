# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry's zone in a Route 53 Profile, which carries it to the Profile's VPCs. Other resources in it stay."""

from __future__ import annotations

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, ResourceType
from ..central import profiles
from ..shared import in_transition, states

READ_AFTER = ("registry_zone",)
INPUTS = ("profile_id",)
PERMISSIONS = (
    "route53profiles:AssociateResourceToProfile",
    "route53profiles:DisassociateResourceFromProfile",
    "route53profiles:ListProfileResourceAssociations",
)
LIST, KEY = "route53profiles.list_profile_resource_associations", "ProfileResourceAssociations"
STATUSES = f"{KEY}[].Status"
# The id of a zone is its path: /hostedzone/Z0123.
ARN = "arn:{partition}:route53:::"


def read(aws, declared, found):
    """Return {zone's name: Actual} of the managed zones in the Profile. Fields: profile, arn, resource_name."""
    zones = {
        _arn(zone.id, {"partition": aws.partition}): name
        for name, zone in found["registry_zone"].items()
        if zone.managed
    }
    profile = declared.inputs.profile_id
    items = aws.read(LIST, KEY, ProfileId=profile) if profile and zones else []
    return {
        zones[item["ResourceArn"]]: Actual(
            item["Id"],
            {"profile": profile, "arn": item["ResourceArn"], "resource_name": item["Name"]},
            True,
            {"state": profiles.state(item["Status"]), "error": item.get("StatusMessage", "")},
        )
        for item in items
        if item["ResourceArn"] in zones and item["Status"] != "DELETED"
    }


def _arn(zone, place):
    form = ARN.format(**place) + "{}"
    return Ref(zone.address, _Path(form)) if isinstance(zone, Ref) else _Path(form).format(zone)


class _Path:
    """Form of a Ref to a zone: its ARN, whose last part is the id without its first slash."""

    def __init__(self, form):
        self._form = form

    def format(self, id_):
        return self._form.format(id_.removeprefix("/"))


def plan(wanted, found, declared):
    there = found["registry_profile_resource"]
    wanted = {
        name: {
            "profile": fields["profile"],
            "arn": _arn(fields["zone"], declared.place),
            # An association keeps the name that it has.
            "resource_name": there[name].fields["resource_name"] if name in there else fields["resource_name"],
        }
        for name, fields in wanted.items()
    }
    selects = {actual.id: _select(actual.fields) for actual in there.values()}
    return in_transition.reconcile_with_waits(
        KIND,
        wanted,
        there,
        declared,
        lambda id_: profiles.settled(LIST, selects[id_], STATUSES),
        lambda id_: profiles.removed(LIST, selects[id_], STATUSES),
    )


def findings(wanted, found, declared):
    return states.findings(wanted, found["registry_profile_resource"], ("available",), profiles.MEANINGS)


def _select(fields):
    return {"ProfileId": fields["profile"], "ResourceArn": fields["arn"]}


def _create(fields):
    select = _select(fields)
    return Call(
        "route53profiles.associate_resource_to_profile",
        {**select, "Name": fields["resource_name"]},
        id_path="ProfileResourceAssociation.Id",
        wait=profiles.settled(LIST, select, STATUSES),
    )


def _delete(id_, fields):
    select = _select(fields)
    wait = profiles.removed(LIST, select, STATUSES)
    return Call("route53profiles.disassociate_resource_from_profile", select, wait=wait)


KIND = ResourceType(
    "registry_profile_resource",
    create=_create,
    delete=_delete,
    # A zone leaves the Profile before it is deleted.
    depends_on=("registry_zone",),
)
