# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An endpoint: a forwarding rule of the consumer whose target is a provider's service attachment."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref, Step, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.psc import effects
from ..._domain.values import gcp_names
from . import existing_subnetwork, interruption, mark, named, psc_address

READ_AFTER = ("existing_subnetwork", "psc_address")
INPUTS = ("address", "allow_disconnect", "name", "service", "wait_for_acceptance")
# Those of a consumer, "Access published services through endpoints", roles and permissions; Service Directory: each
# endpoint is registered there.
PERMISSIONS = (
    "compute.addresses.use",
    "compute.forwardingRules.create",
    "compute.forwardingRules.delete",
    "compute.forwardingRules.get",
    "compute.forwardingRules.list",
    "compute.forwardingRules.pscCreate",
    "compute.forwardingRules.pscDelete",
    "compute.forwardingRules.pscUpdate",
    "compute.forwardingRules.update",
    "compute.networks.use",
    "compute.regionOperations.get",
    "compute.subnetworks.use",
    "servicedirectory.namespaces.create",
    "servicedirectory.namespaces.delete",
    "servicedirectory.services.create",
    "servicedirectory.services.delete",
)
ADDRESS = Address("psc_endpoint", "main")
# Step that looks up what Google Cloud gave a new endpoint, and its output for one without a connection.
ANSWER = Address("psc_endpoint_answer", "main")
NO_ID = "none"
UNKNOWN = "STATUS_UNSPECIFIED"
MEANINGS = {
    "PENDING": "the provider has to put project {account_id} among the service's consumers, or to raise its"
    " connection_limit. The endpoint needs no further run then",
    "REJECTED": "the provider's reject list, or an organization policy, refuses project {account_id}. Once the provider"
    " accepts it, the same endpoint is connected, without a further run",
    "NEEDS_ATTENTION": "the provider has to act: most often its NAT subnets have no free address left",
    UNKNOWN: "Google Cloud hasn't told its status; run again",
}


def read(cloud, declared, found):
    """Return {"main": Actual} of the rule that has the endpoint's name, and the module's other endpoints by their ids.

    Fields: name, service, network (relative names), address (the relative name of the reserved address if it has that
    one, else the IP), global_access, status, tags; details: ip, connection_id.
    """
    rules = cloud.items("compute.forwardingRules.list")
    actuals = [(rule["name"], _actual(cloud, rule, declared, found)) for rule in rules]
    return {
        "main" if name == declared.inputs.name else actual.id: actual
        for name, actual in actuals
        if name == declared.inputs.name or (actual.fields["tags"] and actual.fields["service"])
    }


def _actual(cloud, rule, declared, found):
    reserved, ip = found["psc_address"].get("main"), rule.get("IPAddress")
    target = rule.get("target") or ""
    fields = {
        "name": rule["name"],
        "service": _service(target, declared) if "/serviceAttachments/" in target else None,
        "network": named.relative(cloud, rule.get("network")),
        "address": reserved.id if reserved and reserved.fields["address"] == ip else ip,
        "global_access": bool(rule.get("allowPscGlobalAccess")),
        "status": rule.get("pscConnectionStatus", UNKNOWN),
        "tags": mark.read(rule),
    }
    managed = rule["name"] == declared.inputs.name and mark.is_owned(rule, declared.owner)
    details = {"ip": ip, "connection_id": rule.get("pscConnectionId")}
    return Actual(named.relative(cloud, rule["selfLink"]), fields, managed, details)


def _service(target, declared):
    """Return the target's relative name, in the words of the declaration if it is the declared one.

    Google Cloud doesn't document whether an answer has the id or the number of a project. A consumer can't read which
    number belongs to the provider's id, so one of each counts as the same.
    """
    told, wanted = gcp_names.relative(target), declared.inputs.service
    if not wanted:
        return told
    projects = {gcp_names.project_of(told), gcp_names.project_of(wanted)}
    ids = {number: name for number in projects for name in projects - {number} if number.isdigit()}
    return wanted if gcp_names.same(told, wanted, ids) else told


def replaced_because(found, declared):
    """Return why the endpoint is deleted and created anew; "" if it stays.

    Nothing but its global access can be changed: Google Cloud refuses setTarget between attachments
    (hashicorp/terraform-provider-google#19189) and has no other method.
    """
    there, network = found["psc_endpoint"].get("main"), existing_subnetwork.network(found)
    if declared.absent or not there or not there.managed:
        return ""
    if there.fields["status"] == "CLOSED":
        return "its service was deleted, and a closed endpoint is never connected again"
    if there.fields["service"] != declared.inputs.service:
        return f"its service is {there.fields['service']}, declared is {declared.inputs.service}"
    if network and there.fields["network"] != network:
        return f"its network is {there.fields['network']}, declared is {network}"
    reserved = found["psc_address"].get("main")
    if psc_address.is_replaced(found, declared) or (reserved and reserved.id != there.fields["address"]):
        return "its address or subnetwork is another one than declared"
    return ""


def plan(wanted, found, declared):
    there = found["psc_endpoint"]
    mark.refuse_others(KIND, wanted, there, declared.owner)
    network = existing_subnetwork.network(found) or Ref(existing_subnetwork.ADDRESS, "network of {}")
    wanted = {name: {**fields, "network": network} for name, fields in wanted.items()}
    mark.refuse_renamed(KIND, wanted, there, declared.owner, _is_same)
    if replaced_because(found, declared):
        own = {name: actual for name, actual in there.items() if actual.managed}
        deleted = [replace(step, address=step.address.at("replaced")) for step in reconcile(KIND, {}, own)]
        needs = tuple(step.address for step in deleted)
        created = [replace(step, needs=step.needs + needs) for step in reconcile(KIND, wanted, {})]
        steps = created + deleted
    else:
        steps = reconcile(KIND, wanted, there)
    return steps + (_look_ups(steps, there.get("main"), declared) if wanted else [])


def _is_same(one, other):
    return all(one[key] == other[key] for key in ("network", "service"))


def _look_ups(steps, there, declared):
    """Return the step that waits for the acceptance, if it is to be awaited, and the one that reads a new endpoint."""
    operation, select = "compute.forwardingRules.get", {"forwardingRule": declared.inputs.name}
    created = any(step.action == "create" for step in steps)
    steps, needs = [], [ADDRESS]
    if declared.inputs.wait_for_acceptance and (created or there.fields["status"] != "ACCEPTED"):
        wait = Wait(
            operation,
            select,
            f"[pscConnectionStatus || '{UNKNOWN}']",
            until=("ACCEPTED",),
            pending=("PENDING", "NEEDS_ATTENTION", UNKNOWN),
            failed=("REJECTED", "CLOSED"),
            hint="the provider has to accept it",
        )
        accepted = ADDRESS.at("accepted")
        steps.append(Step(accepted, operation, select, wait=wait, needs=tuple(needs), reads_only=True))
        needs.append(accepted)
    if created:
        outputs = {
            "ip": "IPAddress",
            "status": f"pscConnectionStatus || '{UNKNOWN}'",
            "connection_id": f"pscConnectionId || '{NO_ID}'",
        }
        steps.append(Step(ANSWER, operation, select, outputs=outputs, needs=tuple(needs), reads_only=True))
    return steps


def disconnects(found, declared):
    """Return what the run does to a connection that carries traffic, as a sentence without its dot; "" if nothing."""
    there = found["psc_endpoint"].get("main")
    if not there or not there.managed or there.fields["status"] in effects.IDLE:
        return ""
    because = replaced_because(found, declared)
    if not (declared.absent or because):
        return ""
    done = f"deletes {there.id} and creates it anew ({because})" if because else f"deletes {there.id}"
    return f"This {done}, which is {there.fields['status']}: its connections are cut"


def notes(wanted, found, declared):
    """Report why an endpoint is created anew, and what that cuts."""
    losing = _losing(found, declared)
    if losing:
        return [f"{losing}. A run refuses that"]
    told = disconnects(found, declared)
    if told:
        return [told + ("" if declared.inputs.allow_disconnect else ". It takes allow_disconnect: true")]
    because = replaced_because(found, declared)
    there = found["psc_endpoint"].get("main")
    return [f"{there.id} is {there.fields['status']} and is created anew: {because}"] if because else []


def _losing(found, declared):
    """Return what an endpoint of others would lose by a deletion of this one, in words; "" if there is none."""
    there = found["psc_endpoint"].get("main")
    if not declared.absent or not there or there.managed:
        return ""
    lost = [one.id for kind in ("psc_address", "psc_zone") for one in found[kind].values() if one.managed]
    return mark.losing(KIND, there, "main", declared.owner, lost) if lost else ""


def refuse(wanted, found, declared):
    losing = _losing(found, declared)
    if losing:
        raise Conflict(losing)
    told = disconnects(found, declared)
    if told and not declared.inputs.allow_disconnect:
        raise Conflict(f"allow_disconnect: {told}. {interruption.CONFIRM}")


def findings(wanted, found, declared):
    """Report a declared endpoint that stays and isn't ACCEPTED, with who has to act."""
    there = found["psc_endpoint"].get("main")
    if not wanted or not there or not there.managed or replaced_because(found, declared):
        return []
    status = there.fields["status"]
    if status == "ACCEPTED":
        return []
    meaning = MEANINGS.get(status, "a status that is not known here; see what Google Cloud says of it")
    return [f"{there.id} is {status}: {meaning.format_map(declared.words())}"]


def _create(fields):
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "IPAddress": fields["address"],
        "network": fields["network"],
        "target": fields["service"],
        "allowPscGlobalAccess": fields["global_access"],
    }
    return Call("compute.forwardingRules.insert", {"body": body}, id_path="target")


def _set_global_access(id_, before, after):
    body = {"allowPscGlobalAccess": after["global_access"]}
    return [Call("compute.forwardingRules.patch", {"forwardingRule": after["name"], "body": body})]


KIND = ResourceType(
    "psc_endpoint",
    create=_create,
    changes={("global_access",): _set_global_access},
    delete=lambda id_, fields: Call("compute.forwardingRules.delete", {"forwardingRule": fields["name"]}),
    depends_on=("psc_address",),
)
