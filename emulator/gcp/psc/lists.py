# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accept and reject lists of a service attachment: their rules, and the policy that they make.

Sources: discovery document compute v1 (ServiceAttachment, ServiceAttachmentConsumerProjectLimit) and
https://cloud.google.com/vpc/docs/configure-private-service-connect-producer (one type of entries in both lists, at most
5,000 accepted and 64 rejected; Troubleshooting: a deleted project makes each update fail). The text about the
combination of a preference with lists is recorded (terraform-provider-google#17153), the others are not verified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.errors import Refused, invalid, not_found
from emulator.gcp.psc.connections import AUTOMATIC, MANUAL, Policy
from emulator.gcp.world import World

MOST_ACCEPTED, MOST_REJECTED = 5000, 64
# Fields of an accept list's entry: who is meant.
PROJECT, NETWORK, ENDPOINT = "projectIdOrNum", "networkUrl", "endpointUrl"
_COLLECTIONS = {NETWORK: "networks", ENDPOINT: "forwardingRules"}
_ACCEPT, _REJECT = "resource.consumerAcceptLists", "resource.consumerRejectLists"
_COMBINATION = "Incorrect combination of connection preference with accept and/or reject list"


def with_urls(body: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return a body whose lists' URLs are changed by a function, which leaves projects as they are."""

    def changed(value: str) -> str:
        return change(value) if "/" in value else value

    lists: dict[str, Any] = {}
    if body.get("consumerAcceptLists"):
        lists["consumerAcceptLists"] = [
            {key: changed(value) if isinstance(value, str) else value for key, value in entry.items()}
            for entry in body["consumerAcceptLists"]
        ]
    if body.get("consumerRejectLists"):
        lists["consumerRejectLists"] = [changed(value) for value in body["consumerRejectLists"]]
    return body | lists


def check(call: Call, body: dict[str, Any]) -> None:
    """Refuse lists that Google refuses. body: the attachment's, as it will be."""
    accept, reject = body.get("consumerAcceptLists") or [], body.get("consumerRejectLists") or []
    preference = body["connectionPreference"]
    if preference not in (AUTOMATIC, MANUAL):
        raise invalid("resource.connectionPreference", preference, "Must be ACCEPT_AUTOMATIC or ACCEPT_MANUAL.")
    if preference == AUTOMATIC and (accept or reject):
        raise Refused(
            400, "invalid", f"Invalid value for field 'resource.connectionPreference': '{preference}'. {_COMBINATION}"
        )
    if len(accept) > MOST_ACCEPTED:
        raise invalid(_ACCEPT, len(accept), f"At most {MOST_ACCEPTED} entries are allowed.")
    if len(reject) > MOST_REJECTED:
        raise invalid(_REJECT, len(reject), f"At most {MOST_REJECTED} entries are allowed.")
    kinds = {_kind(entry, number) for number, entry in enumerate(accept)} | set(map(_kind_of_rejected, reject))
    if len(kinds) > 1:
        text = "Accept and reject lists must contain only projects, only networks or only endpoints."
        raise invalid(_ACCEPT, "", text)
    for number, entry in enumerate(accept):
        _check_limit(entry, number)
    values = [entry[_kind(entry, 0)] for entry in accept]
    for field, listed in ((_ACCEPT, values), (_REJECT, reject)):
        for value, times in Counter(listed).items():
            if times > 1:
                raise invalid(field, value, "The entry is listed more than once.")
            _check_exists(call, value)


def _kind(entry: dict[str, Any], number: int) -> str:
    given = [kind for kind in (PROJECT, NETWORK, ENDPOINT) if entry.get(kind)]
    if len(given) != 1:
        raise invalid(f"{_ACCEPT}[{number}]", "", "Exactly one of a project, a network and an endpoint must be given.")
    return given[0]


def _kind_of_rejected(value: str) -> str:
    of = names.parts(value)
    return next((kind for kind, collection in _COLLECTIONS.items() if of and of.collection == collection), PROJECT)


def _check_limit(entry: dict[str, Any], number: int) -> None:
    limit = entry.get("connectionLimit", 0)
    field = f"{_ACCEPT}[{number}].connectionLimit"
    if entry.get(ENDPOINT):
        if limit > 1:
            raise invalid(field, limit, "The limit of an endpoint is at most 1.")
    elif limit < 1:
        raise invalid(field, limit, "The limit must be greater than 0.")


def _check_exists(call: Call, value: str) -> None:
    """Refuse a project that doesn't exist or is being deleted, as `The resource PROJECT was not found`."""
    name = value.split("/")[1] if "/" in value else value
    project = call.world.project(name)
    if project is None or project.state != "ACTIVE":
        raise not_found(f"projects/{name}")


def policy_of(world: World, body: dict[str, Any]) -> Policy:
    """Return what an attachment's body decides."""
    subnetworks = [world.find(path) for path in body["natSubnets"]]
    return Policy(
        preference=body["connectionPreference"],
        accept=tuple(
            (entry[_kind(entry, 0)], int(entry.get("connectionLimit") or 1))
            for entry in body.get("consumerAcceptLists") or []
        ),
        reject=tuple(body.get("consumerRejectLists") or []),
        reconcile=bool(body.get("reconcileConnections")),
        nat_ranges=tuple(subnetwork.body["ipCidrRange"] for subnetwork in subnetworks if subnetwork),
        ips_per_endpoint=int(body.get("natIpsPerEndpoint") or 1),
    )
