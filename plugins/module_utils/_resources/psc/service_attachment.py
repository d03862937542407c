# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service attachment: publishes a load balancer, and says by its lists which projects' endpoints are connected."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.psc import capacity, consumers, effects
from ..._domain.values import gcp_names
from . import interruption, mark, named, nat_subnet

READ_AFTER = ()
INPUTS = ("allow_disconnect", "ledger", "nat_subnets", "today", "undeclared")
PERMISSIONS = (
    "compute.regionOperations.get",
    "compute.serviceAttachments.create",
    "compute.serviceAttachments.delete",
    "compute.serviceAttachments.list",
    "compute.serviceAttachments.update",
)
ADDRESS = "service_attachment.main"
MANUAL = "ACCEPT_MANUAL"


def read(cloud, declared, found):
    """Return {"main": Actual} of the service's attachment, and others of the region by their relative names.

    Fields: name, target_service, nat_subnets, connection_preference, reconcile_connections, accept, reject,
    proxy_protocol, domain_names, tags; lists are sorted, projects have the ledger's ids. Details: connections
    (effects.Connection), fingerprint, id ({high, low} or None), per_endpoint (addresses for each).
    """
    name, ids = named.service(declared), consumers.ids(declared.inputs.ledger)
    attachments = {}
    for one in cloud.items("compute.serviceAttachments.list"):
        id_ = named.relative(cloud, one["selfLink"])
        attachments["main" if one["name"] == name else id_] = Actual(
            id_,
            _fields(cloud, one, ids),
            managed=one["name"] == name and mark.is_owned(one, declared.owner),
            details={
                "connections": [_connection(cloud, each, ids) for each in one.get("connectedEndpoints", [])],
                "fingerprint": one.get("fingerprint", ""),
                "id": one.get("pscServiceAttachmentId"),
                "per_endpoint": one.get("natIpsPerEndpoint") or 1,
            },
        )
    return attachments


def _fields(cloud, one, ids):
    accept = [_accepted(entry, ids) for entry in one.get("consumerAcceptLists", [])]
    return {
        "name": one["name"],
        "target_service": named.relative(cloud, one.get("targetService")),
        "nat_subnets": sorted(named.relative(cloud, url) for url in one.get("natSubnets", [])),
        "connection_preference": one.get("connectionPreference", ""),
        "reconcile_connections": bool(one.get("reconcileConnections")),
        "accept": sorted(accept, key=lambda entry: (entry.get("project_id", ""), str(entry))),
        "reject": sorted(ids.get(project, project) for project in one.get("consumerRejectLists", [])),
        "proxy_protocol": bool(one.get("enableProxyProtocol")),
        "domain_names": sorted(one.get("domainNames", [])),
        "tags": mark.read(one),
    }


def _accepted(entry, ids):
    """Entry of an accept list as declared, or, of a network or an endpoint, as no declaration has it."""
    if "projectIdOrNum" in entry:
        project = entry["projectIdOrNum"]
        return {"project_id": ids.get(project, project), "connection_limit": entry.get("connectionLimit", 0)}
    return {key: gcp_names.relative(value) if isinstance(value, str) else value for key, value in entry.items()}


def _connection(cloud, one, ids):
    endpoint = named.relative(cloud, one.get("endpoint"))
    project = gcp_names.project_of(endpoint)
    return effects.Connection(
        ids.get(project, project),
        endpoint,
        one.get("status", ""),
        one.get("pscConnectionId", ""),
        gcp_names.relative(one.get("endpointWithId")),
        gcp_names.relative(one.get("consumerNetwork")),
        one.get("propagatedConnectionCount", 0),
    )


def plan(wanted, found, declared):
    there = found["service_attachment"]
    own = {name: actual for name, actual in there.items() if name == "main"}
    whole = {name: _whole(fields, found, declared) for name, fields in wanted.items()}
    mark.refuse_others(KIND, whole, own, declared.owner)
    mark.refuse_renamed(KIND, whole, there, declared.owner, _same)
    _refuse_shared(whole, there)
    kind = _kind(own["main"].details["fingerprint"] if own else "", _replaced(declared, own.get("main")))
    return [_with_effect(step, found, declared) for step in reconcile(kind, whole, own)]


def _whole(fields, found, declared):
    """Fields with what depends on what was read: ids in place of Refs, NAT subnets, and the projects to reject."""
    made = nat_subnet.allot(found, declared)
    subnets = [_id(f"nat_subnet.{name}", found) for name in made]
    subnets += [_id(f"referenced_nat_subnet.{name}", found) for name in declared.inputs.nat_subnets]
    target = fields["target_service"]
    return {
        **fields,
        "target_service": _id(target.address, found) if isinstance(target, Ref) else target,
        "nat_subnets": sorted(subnets, key=str),
        "reject": rejected(found, declared)[0],
    }


def _id(address, found):
    kind, _dot, name = address.partition(".")
    there = found.get(kind, {}).get(name)
    return there.id if there else Ref(address)


def rejected(found, declared):
    """Return (the projects to reject, those for which the list has no place), none unless `undeclared` says reject."""
    there = found["service_attachment"].get("main")
    if not there or declared.inputs.undeclared != "reject":
        return [], []
    already = frozenset(there.fields["reject"])
    unclear = numbers_unclear(found, declared)
    applying = [one for one in there.details["connections"] if one.project not in unclear]
    return effects.refused(applying, declared.inputs.ledger.keys(), already, consumers.MOST_REJECTED)


def numbers_unclear(found, declared):
    """Return the project numbers of applying endpoints that may be those of ledger entries without project_number.

    Such a project must not be rejected: it may be an approved one.
    """
    there = found["service_attachment"].get("main")
    connections = there.details["connections"] if there else []
    if not consumers.without_number(declared.inputs.ledger):
        return []
    return sorted({one.project for one in connections if one.project.isdigit() and one.status != effects.CLOSED})


def _same(wanted, there):
    """Return true if both need the same load balancer or NAT subnet, which serves one attachment."""
    return wanted["target_service"] == there["target_service"] or not set(there["nat_subnets"]).isdisjoint(
        wanted["nat_subnets"]
    )


def _refuse_shared(wanted, there):
    for fields in wanted.values():
        for name, actual in there.items():
            if name == "main":
                continue
            subnets = sorted(set(actual.fields["nat_subnets"]).intersection(fields["nat_subnets"]))
            if subnets or actual.fields["target_service"] == fields["target_service"]:
                shared = subnets[0] if subnets else fields["target_service"]
                raise Conflict(
                    f"{ADDRESS}: {shared} serves {actual.id} already; a load balancer and a NAT subnet serve one"
                    " service attachment. Declare another one"
                )


def _replaced(declared, there):
    """Return true if the attachment has to be created again: Google changes no domain name of one that exists."""
    wanted = declared.resources["service_attachment"].get("main")
    return bool(wanted and there and wanted["domain_names"] != there.fields["domain_names"])


def outcomes(found, declared):
    """Return the connections as read, and as they are once the ledger and the declaration hold.

    Where the lists are as declared, Google has decided already: nothing will change.
    """
    there = found["service_attachment"].get("main")
    before = there.details["connections"] if there else []
    if not (there and there.managed):
        return before, before
    if declared.absent or _replaced(declared, there):
        return before, effects.closed(before)
    valid = consumers.accept_list(declared.inputs.ledger, declared.inputs.today)
    reject = rejected(found, declared)[0]
    decided = {"accept": valid, "reject": reject, "connection_preference": MANUAL, "reconcile_connections": True}
    if all(there.fields[name] == value for name, value in decided.items()):
        return before, before
    accept = {entry["project_id"]: entry["connection_limit"] for entry in valid}
    listed = frozenset(entry.get("project_id") for entry in there.fields["accept"])
    return before, effects.outcomes(before, accept, frozenset(reject), listed)


def _with_effect(step, found, declared):
    """Return the step with what it does to each connected endpoint."""
    there = found["service_attachment"].get("main")
    if not there or step.action == "create":
        return step
    lines = effects.words(*outcomes(found, declared))
    if step.removes:
        return replace(step, before={**step.before, "effect": lines}) if lines else step
    if "target_service" in step.after:
        lines += [f"{label}: a short interruption" for label in interruption.live(there).values()]
    if "proxy_protocol" in step.after:
        begins = "begins" if step.after["proxy_protocol"] else "no longer begins"
        lines.append(f"each new connection {begins} with a PROXY protocol header, which the backends must know")
    return replace(step, after={**step.after, "effect": lines}) if lines else step


def _disconnecting(wanted, found, declared):
    there = found["service_attachment"].get("main")
    whole = _whole(wanted["main"], found, declared) if wanted else None
    return interruption.words(there, whole, found, declared) if there and there.managed else ""


def refuse(wanted, found, declared):
    """Raise Conflict for a plan that interrupts connected endpoints, unless allow_disconnect confirms it.

    No confirmation lets a deletion take from an attachment of others what it uses.
    """
    losing = interruption.losing(KIND, found, declared)
    if losing:
        raise Conflict(losing)
    what = _disconnecting(wanted, found, declared)
    if what and not declared.inputs.allow_disconnect:
        raise Conflict(f"allow_disconnect: this {what}. {interruption.CONFIRM}")
    short = _shortage(found, declared) if wanted else ""
    if short:
        raise Conflict(short)


def notes(wanted, found, declared):
    losing = interruption.losing(KIND, found, declared)
    lines = [f"{losing}. A run refuses that"] if losing else []
    what = _disconnecting(wanted, found, declared)
    if what and not declared.inputs.allow_disconnect:
        lines.append(f"allow_disconnect: this {what}. A run needs allow_disconnect: true for it")
    short = _shortage(found, declared) if wanted else ""
    lines += [f"{short}. A run refuses that"] if short else []
    return lines + _numbers(found, declared)


def _numbers(found, declared):
    """Say that a project's number, as which Google answers a declared project, isn't known."""
    there = found["service_attachment"].get("main")
    numbers = [
        entry["project_id"]
        for entry in (there.fields["accept"] if there and there.managed else [])
        if entry.get("project_id", "").isdigit()
    ]
    unknown = consumers.without_number(declared.inputs.ledger)
    if not numbers or not unknown:
        return []
    return [
        f"consumers: the accept list has the numbers {', '.join(numbers)}, which no entry has; if they are those of"
        f" {', '.join(unknown[:8])}, add project_number"
    ]


def _shortage(found, declared):
    """Return what is wrong with the NAT subnets' size, counted with the connections that exist; "" if nothing is."""
    cidrs = _cidrs(found, declared)
    if cidrs is None:
        return ""
    there = found["service_attachment"].get("main")
    per_endpoint = there.details["per_endpoint"] if there else 1
    short = capacity.shortage(cidrs, _approved(declared), nat(found, declared)["propagated"], per_endpoint)
    option = "nat_subnets" if declared.inputs.nat_subnets else "nat_cidrs"
    return f"{option}: {', '.join(cidrs)} {short[0]}; expected {short[1]}" if short else ""


def _approved(declared):
    return consumers.approved(declared.inputs.ledger, declared.inputs.today)


def _cidrs(found, declared):
    """CIDRs of the declared NAT subnets; None if somebody else's isn't found yet."""
    others = [found["referenced_nat_subnet"].get(name) for name in declared.inputs.nat_subnets]
    if None in others:
        return None
    return [*declared.resources["nat_subnet"], *(there.details["cidr"] for there in others)]


def nat(found, declared):
    """Return the NAT subnets' addresses: capacity (None if it isn't known), needed, used, propagated."""
    cidrs = _cidrs(found, declared)
    there = found["service_attachment"].get("main")
    connections = there.details["connections"] if there else []
    per_endpoint = there.details["per_endpoint"] if there else 1
    propagated = sum(one.propagated for one in connections)
    connected = sum(one.status == effects.ACCEPTED for one in connections)
    return {
        "capacity": None if cidrs is None else capacity.usable(cidrs),
        "needed": _approved(declared) * per_endpoint + propagated,
        "used": connected * per_endpoint + propagated,
        "propagated": propagated,
    }


def _lists(fields):
    return {
        "connectionPreference": MANUAL,
        "reconcileConnections": True,
        "natSubnets": fields["nat_subnets"],
        "consumerAcceptLists": [
            {"projectIdOrNum": entry["project_id"], "connectionLimit": entry["connection_limit"]}
            for entry in fields["accept"]
        ],
        "consumerRejectLists": fields["reject"],
        # A patch without its name and this one resets or refuses it: Terraform's provider sends both, b/198308475.
        "enableProxyProtocol": fields["proxy_protocol"],
        "name": fields["name"],
    }


def _create(fields):
    named_ = {"domainNames": fields["domain_names"]} if fields["domain_names"] else {}
    body = {
        "description": mark.text(fields["tags"]),
        "targetService": fields["target_service"],
        **_lists(fields),
        **named_,
    }
    return Call("compute.serviceAttachments.insert", {"body": body}, id_path="target")


def _change(fingerprint, id_, before, after):
    target = {"targetService": after["target_service"]} if before["target_service"] != after["target_service"] else {}
    body = {"fingerprint": fingerprint, **_lists(after), **target}
    return [Call("compute.serviceAttachments.patch", {"serviceAttachment": gcp_names.last(id_), "body": body})]


def _delete(id_, fields):
    return Call("compute.serviceAttachments.delete", {"serviceAttachment": gcp_names.last(id_)})


CHANGED = (
    "accept",
    "reject",
    "nat_subnets",
    "target_service",
    "connection_preference",
    "reconcile_connections",
    "proxy_protocol",
)


def _kind(fingerprint, replaced=False):
    return ResourceType(
        "service_attachment",
        create=_create,
        # One patch for all: each would need the fingerprint that the one before leaves.
        changes={CHANGED: partial(_change, fingerprint)},
        delete=_delete,
        delete_before_create=replaced,
        replace_on_change=replaced,
    )


KIND = _kind("")


def uri(name):
    """Return the URI of an attachment, with which consumers connect."""
    return gcp_names.url(name)
