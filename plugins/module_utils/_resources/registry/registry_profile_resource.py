# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry's zone in a Route 53 Profile, which carries it to the Profile's VPCs. Other resources in it stay."""

from __future__ import annotations

from operator import itemgetter

from ..._core.plan import Ref
from ..._core.reconcile import Actual
from ..central import profiles

READ_AFTER = ("registry_zone",)
INPUTS = ("profile_id",)
PERMISSIONS = (
    "route53profiles:AssociateResourceToProfile",
    "route53profiles:DisassociateResourceFromProfile",
    "route53profiles:ListProfileResourceAssociations",
)
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
    items = profiles.resources_of(aws, profile) if profile and zones else []
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
    wanted = {
        name: {
            "profile": fields["profile"],
            "arn": _arn(fields["zone"], declared.place),
            "resource_name": fields["resource_name"],
        }
        for name, fields in wanted.items()
    }
    return profiles.plan_resources(KIND, wanted, found["registry_profile_resource"], declared, ARN_OF)


def findings(wanted, found, declared):
    return profiles.findings(wanted, found["registry_profile_resource"])


ARN_OF = itemgetter("arn")
# A zone leaves the Profile before it is deleted.
KIND = profiles.resource_kind("registry_profile_resource", ARN_OF, depends_on=("registry_zone",))
