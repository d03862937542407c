# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan of a published service interrupts, in words."""

from __future__ import annotations

from ..._core import escape
from ..._domain.psc import effects
from . import mark

CONFIRM = (
    "If that is meant: -e allow_disconnect=true, which confirms it for all that the run changes; or, in the declaration"
    " of this one, allow_disconnect: true"
)


def live(there):
    """Return {endpoint: its label} of those that may carry traffic."""
    connections = there.details["connections"]
    labels = effects.labels(connections)
    return {one.endpoint: labels[one.endpoint] for one in connections if one.status not in effects.IDLE}


def words(there, whole, found, declared):
    """Return what a plan does that interrupts all connected endpoints, in words; "" if nothing does, or none is.

    there: the service attachment; whole: its fields as declared, None where it is deleted. Connections that end because
    the ledger says so are the guard's, see removals of connection.py.
    """
    connected = live(there)
    if not connected:
        return ""
    fields = there.fields
    if whole is None:
        what = "deletes the service attachment"
    elif whole["domain_names"] != fields["domain_names"]:
        what = _again(fields["domain_names"], whole["domain_names"])
    elif whole["target_service"] != fields["target_service"]:
        what = f"replaces the target service {fields['target_service']}"
    elif whole["connection_preference"] != fields["connection_preference"]:
        what = f"switches from {fields['connection_preference']} to {whole['connection_preference']}"
    elif not set(fields["nat_subnets"]) <= set(whole["nat_subnets"]):
        what = "takes away a NAT subnet"
    elif _loses_firewall(found, declared):
        what = f"deletes the firewall rule {found['nat_firewall']['main'].id}"
    else:
        return ""
    return f"{what} while endpoints are connected: {', '.join(sorted(connected.values()))}"


def _again(were, names):
    """Words for an attachment that is created again, since Google changes no domain name of one that exists."""
    if not names:
        return f"creates the service attachment again, without its domain name {escape.literal(were[0])},"
    return (
        f"creates the service attachment again, with domain_name {escape.literal(names[0])} (if Search Console doesn't"
        " show that domain as verified for this credential's principal, Google refuses it, and the service stays"
        " deleted),"
    )


def _loses_firewall(found, declared):
    """Return true if the option firewall was taken out, which an incomplete declaration looks like, too."""
    there = found["nat_firewall"].get("main")
    return bool(there and there.managed and not declared.resources["nat_firewall"])


def losing(kind, found, declared):
    """Return what an attachment of others would lose by a deletion of the service, in words; "" if there is none."""
    if not declared.absent:
        return ""
    kinds = ("nat_subnet", "balancer_rule", "nat_firewall")
    own = {one.id: name for name in kinds for one in found[name].values() if one.managed}
    firewall = {id_ for id_, name in own.items() if name == "nat_firewall"}
    for name, there in found["service_attachment"].items():
        used = {there.fields["target_service"], *there.fields["nat_subnets"]} & own.keys()
        if name == "main" or used:
            used |= firewall
        if used and not there.managed:
            return mark.losing(kind, there, name if name == "main" else "", declared.owner, sorted(used))
    return ""
