# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forwarding rule of an internal load balancer that a published service has of its own.

Google can't change its ports, protocol and subnetwork, and doesn't delete it while a service attachment uses it. So its
name depends on them: a change creates another rule, moves the attachment to it, and deletes the former.
"""

from __future__ import annotations

import json
import zlib
from functools import partial

from ..._core.reconcile import Actual, Call, Conflict, ResourceType
from ..._domain.values import gcp_names
from . import existing_subnetwork, fingerprints, mark, named

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "compute.forwardingRules.create",
    "compute.forwardingRules.delete",
    "compute.forwardingRules.list",
    "compute.forwardingRules.update",
    "compute.networks.use",
    "compute.regionOperations.get",
    "compute.subnetworks.use",
)


def key(fields):
    """Return the name of a rule within its kind: its protocol, and a hash of what can't be changed in it."""
    fixed = [fields["protocol"], fields["ports"], fields["network"], fields["subnetwork"]]
    return f"{fields['protocol'].lower()}-{zlib.crc32(json.dumps(fixed).encode()):08x}"


def read(cloud, declared, found):
    """Return {name within the kind: Actual}: rules that are named SERVICE-NAME.

    Fields: name, protocol, ports (text, sorted), network, subnetwork, backend_service, global_access, tags; details:
    fingerprint.
    """
    start = f"{named.service(declared)}-"
    return {
        rule["name"][len(start) :]: Actual(
            named.relative(cloud, rule["selfLink"]),
            {
                "name": rule["name"],
                "protocol": rule.get("IPProtocol"),
                "ports": sorted(rule.get("ports", []), key=lambda port: (len(port), port)),
                "network": named.relative(cloud, rule.get("network")),
                "subnetwork": named.relative(cloud, rule.get("subnetwork")),
                "backend_service": named.relative(cloud, rule.get("backendService")),
                "global_access": bool(rule.get("allowGlobalAccess")),
                "tags": mark.read(rule),
            },
            managed=mark.is_owned(rule, declared.owner),
            details={"fingerprint": rule.get("fingerprint", "")},
        )
        for rule in cloud.items("compute.forwardingRules.list")
        if rule["name"].startswith(start)
    }


def plan(wanted, found, declared):
    there = found["balancer_rule"]
    mark.refuse_others(KIND, wanted, there, declared.owner)
    return fingerprints.steps(_kind, wanted, there)


def refuse(wanted, found, declared):
    """Raise Conflict if the subnet of a rule to create doesn't exist, or is of another network."""
    subnets = {there.id: there.fields for there in found["nat_subnet"].values()}
    for fields in wanted.values():
        there = subnets.get(fields["subnetwork"])
        if there is None:
            raise Conflict(f"load_balancer.subnetwork: {fields['subnetwork']} doesn't exist; it isn't created here")
        if there["network"] != fields["network"] or there["purpose"] not in existing_subnetwork.REGULAR:
            raise Conflict(
                f"load_balancer.subnetwork: {fields['subnetwork']} is of {there['network']}, purpose"
                f" {there['purpose']}; expected a regular subnet of {fields['network']}"
            )


def _create(fields):
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "loadBalancingScheme": "INTERNAL",
        "IPProtocol": fields["protocol"],
        "ports": fields["ports"],
        "network": fields["network"],
        "subnetwork": fields["subnetwork"],
        "backendService": fields["backend_service"],
        "allowGlobalAccess": fields["global_access"],
    }
    return Call("compute.forwardingRules.insert", {"body": body}, id_path="target")


def _global_access(fingerprint, id_, before, after):
    body = {"allowGlobalAccess": after["global_access"], "fingerprint": fingerprint}
    return [Call("compute.forwardingRules.patch", {"forwardingRule": gcp_names.last(id_), "body": body})]


def _delete(id_, fields):
    return Call("compute.forwardingRules.delete", {"forwardingRule": gcp_names.last(id_)})


def _kind(fingerprint):
    return ResourceType(
        "balancer_rule",
        create=_create,
        changes={("global_access",): partial(_global_access, fingerprint)},
        delete=_delete,
    )


KIND = _kind("")
