# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run would cut off from the hub's endpoints, to be confirmed: whole accounts, services, and single sources.

The hub's account can't list the VPCs of others that use its Profile, so each removal counts as one that cuts.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core import guard
from ..._domain.values import cidrs

KINDS = (
    "vpc_endpoint",
    "hub_zone",
    "route53_profile",
    "profile_resource",
    "profile_share",
    "profile_share_association",
)
FIRST = "run closed_network first, which gives their VPCs endpoints of their own"
SERVICE = f"{{}}; VPCs that use the hub's {{}} have no answer for its name from then on: {FIRST}"
WORDS = {
    "vpc_endpoint": SERVICE,
    "profile_resource": SERVICE,
    "route53_profile": f"{{}}; all VPCs that use it lose the hub's endpoints: {FIRST}",
    "profile_share": f"{{}}; all accounts lose the hub's endpoints: {FIRST}",
    "profile_share_association": f"{{}}; VPCs of {{}} that use the Profile lose the hub's endpoints at once: {FIRST}",
}


def removals(declared, found, steps):
    """Return the Removals of a plan: deletions, and sources that the endpoints' security group admits no longer.

    Without those of what has lost its purpose already: a Profile in the share, or an endpoint in the Profile, that was
    replaced or deleted by hand.
    """
    lost = {name for name, one in found.get("profile_resource", {}).items() if one.details["gone"]}
    counted = [step for step in steps if not _is_dead(step, lost)]
    judged = guard.deleted(*KINDS)(declared, found, counted)
    words = {guard.name_of(declared, step): _words(step) for step in counted if step.removes}
    told = {name: words.get(name, text) for name, text in judged.undeclared.items()}
    return replace(judged, undeclared={**told, **_sources(declared, found)})


def _is_dead(step, lost):
    kind, name = step.address.kind, step.address.name
    return name.startswith("RESOURCE ") and ":profile/" in name or kind == "profile_resource" and name in lost


def _words(step):
    name = step.address.name.removeprefix("PRINCIPAL ").rpartition("/")[2]
    return WORDS.get(step.address.kind, "{}").format(step.removes, name)


def _sources(declared, found):
    """Return {name for confirm_removals: in words} of sources that the security group admits no longer.

    A rule that somebody else added differs: it has a description, or another port.
    """
    there = found.get("security_group", {}).get("endpoints")
    if declared.absent or not there or not there.managed:
        return {}
    rules = declared.resources["security_group"]["endpoints"]["ingress"]
    ports = {(one["protocol"], one["from"], one["to"]) for one in rules}
    admitted = {one["peer"] for one in rules}
    before = {
        one["peer"]
        for one in there.fields["ingress"]
        if (one["protocol"], one["from"], one["to"]) in ports and not one["description"]
    }
    name = f"{declared.owner.partition('/')[2]}/security_group.endpoints"
    return {
        f"{name} {peer}": "its calls to the hub's endpoints time out"
        for peer in sorted(before - admitted)
        if not _is_within(peer, admitted)
    }


def _is_within(peer, admitted):
    ranges = [one for one in admitted if "/" in one]
    return "/" in peer and cidrs.is_within(peer, ranges)
