# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a hub and its spokes find once the others of a run have acted, for the effect of a plan.

A hub accepts attachments that the spokes create in the same run, and a spoke's routes follow once the hub has accepted
its attachment. Ids that aren't known yet are texts, as Refs are shown.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref, resolve
from ..._core.reconcile import Actual
from ..._domain.values.internet import EVERYWHERE
from . import transit_gateway_attachment
from .gateway_attachment import ACCEPTED, TERMINAL_STATES


def of_hub(declared, found):
    """Return the declaration and what is found with every declared attachment there, and the ways out ready."""
    spokes = dict(found["spoke_attachment"])
    for name, fields in declared.resources["spoke_attachment"].items():
        there = spokes.get(name)
        if there is None:
            details = {"state": "available", "table": None, "declared": True, **declared.inputs.spokes[name]}
            spokes[name] = Actual(_unknown("spoke_attachment", name), fields, details=details)
        elif there.fields["state"] not in (*ACCEPTED, *TERMINAL_STATES, "pendingAcceptance"):
            spokes[name] = replace(there, fields={**there.fields, "state": "available"})
    others = dict(found["other_attachment"])
    for name, other in declared.inputs.others.items():
        if name not in others and not other["attachment_id"]:
            details = {"table": None, "accepts": True}
            others[name] = Actual(_unknown("other_attachment", name), {"state": "available"}, False, details)
    inputs = replace(declared.inputs, egress_ready=True, default_routes_in_use=(), ready_destinations=EVERYWHERE)
    return replace(declared, inputs=inputs), {**found, "spoke_attachment": spokes, "other_attachment": others}


def of_spoke(declared, found):
    """Return the declaration and what is found with the attachment accepted, and the hub's ways out ready."""
    gateways = dict(found["transit_gateway"])
    if "main" not in gateways:
        gateways["main"] = Actual(_unknown("transit_gateway", "main"), {}, False, {"owner": None})
    found = {**found, "transit_gateway": gateways}
    attachments = {
        name: replace(there, details={**there.details, "state": "available"})
        if there.details["state"] not in TERMINAL_STATES
        else there
        for name, there in found["transit_gateway_attachment"].items()
    }
    ids = {
        Address(kind, name): there.id
        for kind in ("transit_gateway", "existing_vpc")
        for name, there in found[kind].items()
        if isinstance(there.id, str)
    }
    wanted = resolve(declared.resources["transit_gateway_attachment"], ids)
    for step in transit_gateway_attachment.plan(wanted, found, declared):
        if step.action == "create":
            name = step.address.name
            attachments[name] = Actual(_unknown(step.address.kind, name), step.after, details={"state": "available"})
    inputs = replace(declared.inputs, ready_destinations=EVERYWHERE)
    return replace(declared, inputs=inputs), {**found, "transit_gateway_attachment": attachments}


def _unknown(kind, name):
    return str(Ref(Address(kind, name)))
