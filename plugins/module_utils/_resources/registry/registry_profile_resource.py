# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry's zone in a Route 53 Profile, which carries it to the Profile's VPCs. Other resources in it stay."""

from __future__ import annotations

from operator import itemgetter

from ..._core.plan import Ref
from ..._core.reconcile import Actual
from ..central import profiles
from ..shared.partial_reads import unless_unreachable

READ_AFTER = ("registry_zone",)
INPUTS = ("profile_id",)
PERMISSIONS = (
    "route53profiles:AssociateResourceToProfile",
    "route53profiles:DisassociateResourceFromProfile",
    "route53profiles:ListProfileResourceAssociations",
    "route53profiles:ListProfiles",
)
# The id of a zone is its path: /hostedzone/Z0123.
ARN = "arn:{partition}:route53:::"


def read(aws, declared, found):
    """Return {zone's name: Actual} of the managed zones in the Profile. Fields: profile, arn, resource_name.

    Those in the account's other Profiles are in it as "ZONE in PROFILE", not managed: an earlier profile_id, say. A
    deletion of the registry takes its zones out of all Profiles.
    """
    zones = {
        _arn(zone.id, {"partition": aws.partition}): name
        for name, zone in found["registry_zone"].items()
        if zone.managed
    }
    ids = _profiles(aws, declared.inputs.profile_id) if zones else []
    pages = aws.gather(*(lambda id_=id_: _resources(aws, id_, declared) for id_ in ids))
    return {
        zone if profile == declared.inputs.profile_id else f"{zone} in {profile}": Actual(
            item["Id"],
            {"profile": profile, "arn": item["ResourceArn"], "resource_name": item["Name"]},
            declared.absent or profile == declared.inputs.profile_id,
            {"state": profiles.state(item["Status"]), "error": item.get("StatusMessage", ""), "zone": zone},
        )
        for profile, items in zip(ids, pages)
        for item in items
        if item["Status"] != "DELETED" and (zone := zones.get(item["ResourceArn"]))
    }


def _profiles(aws, profile_id):
    """Return the ids of all Profiles of the account, and of those shared with it; none in a region without them."""

    def listed():
        return aws.read("route53profiles.list_profiles", "ProfileSummaries")

    summaries = listed() if profile_id else unless_unreachable(listed, [])
    return list(dict.fromkeys([*([profile_id] if profile_id else ()), *(one["Id"] for one in summaries)]))


def _resources(aws, profile_id, declared):
    """Return what a Profile has. One that is listed may be deleted meanwhile, the declared one has to exist."""
    none_if = "" if profile_id == declared.inputs.profile_id else "ResourceNotFoundException"
    return profiles.resources_of(aws, profile_id, none_if=none_if)


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
    there = found["registry_profile_resource"]
    return profiles.findings(wanted, there) + [
        f"zone {one.details['zone']} is also in Route 53 Profile {one.fields['profile']}, which isn't profile_id: VPCs"
        f" of that Profile resolve the zone's names. If they shouldn't, disassociate {one.fields['arn']} from it"
        for one in there.values()
        if not one.managed and one.details["state"] != "deleting"
    ]


ARN_OF = itemgetter("arn")
# A zone leaves the Profile before it is deleted.
KIND = profiles.resource_kind("registry_profile_resource", ARN_OF, depends_on=("registry_zone",))
