# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A project of Google Cloud that answers what tests say, and runs of psc_service in it.

Shapes: discovery document compute v1, and the recorded attachment of magic-modules#5031 (URLs of a host; what is empty
is left out). Rules: https://cloud.google.com/vpc/docs/about-vpc-hosted-services.
"""

from __future__ import annotations

import copy
from collections import Counter

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import psc_service
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import NoCloud
from ansible_collections.closednet.aws.plugins.module_utils._core.runner import converge

B, NUMBER, REGION = "recruiting-b", "415104041264", "asia-northeast1"
HOST = "https://www.googleapis.com/compute/v1/"
IN_B = f"projects/{B}/regions/{REGION}"
MARK = "closednet:managed=psc_service/matching-api closednet:name="
CONSUMER = {"project_id": "recruiting-a", "reason": "db", "requested_by": "team-a"}
OPTIONS = {"forwarding_rule": "given", "nat_cidrs": ["192.168.0.0/29"], "consumers": [CONSUMER]}


class Google(NoCloud):
    """A project with resources as the API answers them: collection -> [resource]. Reads only."""

    account_id, region, partition, project_number = B, REGION, None, NUMBER

    def __init__(self, resources):
        self.resources, self.calls = resources, Counter()

    def items(self, operation, **params):
        self.calls[operation] += 1
        return copy.deepcopy(self.resources.get(operation.split(".")[1], []))

    def get(self, operation, **params):
        self.calls[operation] += 1
        name = next(name for option, name in params.items() if option not in ("zone", "region"))
        found = [one for one in self.resources.get(operation.split(".")[1], []) if one["name"] == name]
        return copy.deepcopy(found[0]) if found else None


def url(kind, name, project=B):
    where = "global" if kind in ("networks", "firewalls") else f"regions/{REGION}"
    return f"{HOST}projects/{project}/{where}/{kind}/{name}"


def resource(kind, name, **fields):
    return {"name": name, "selfLink": url(kind, name), **fields}


RULE = resource(
    "forwardingRules",
    "given",
    loadBalancingScheme="INTERNAL",
    network=url("networks", "main"),
    IPProtocol="TCP",
    ports=["443"],
)


def subnet(name="matching-api-nat-1", cidr="192.168.0.0/29", purpose="PRIVATE_SERVICE_CONNECT", **fields):
    described = {"description": f"{MARK}{name.partition('api-')[2]}"} if name.startswith("matching-api-") else {}
    own = {"ipCidrRange": cidr, "purpose": purpose, "network": url("networks", "main")}
    return resource("subnetworks", name, **{**own, **described, **fields})


def accepted(project="recruiting-a", limit=1):
    return {"projectIdOrNum": project, "connectionLimit": limit}


def attachment(**fields):
    given = {
        "description": f"{MARK}main",
        "targetService": url("forwardingRules", "given"),
        "natSubnets": [url("subnetworks", "matching-api-nat-1")],
        "connectionPreference": "ACCEPT_MANUAL",
        "consumerAcceptLists": [accepted()],
        "reconcileConnections": True,
        "enableProxyProtocol": False,
        "fingerprint": "abc=",
        "pscServiceAttachmentId": {"high": "36190541368524859", "low": "0"},
        **fields,
    }
    name = given.pop("name", "matching-api")
    return resource("serviceAttachments", name, **given)


def endpoint(status, project="recruiting-a", name="matching", **fields):
    return {"status": status, "endpoint": url("forwardingRules", name, project), "pscConnectionId": "1", **fields}


def published(*endpoints, **fields):
    connected = {"connectedEndpoints": list(endpoints)} if endpoints else {}
    return {
        "forwardingRules": [RULE],
        "subnetworks": [subnet()],
        "serviceAttachments": [attachment(**connected, **fields)],
    }


def read(resources, **options):
    """Return (Declared, found) of a service."""
    capability = psc_service.CAPABILITY
    given = {"project_id": B, "region": REGION, "name": "matching-api", **OPTIONS, **options}
    params = ArgumentSpecValidator(capability.full_argument_spec()).validate(given).validated_parameters
    declared, found = capability.declare(params), {}
    for one in capability.resources:
        found[one.KIND.name] = one.read(Google(resources), declared, found)
    return declared, found


def run(resources, check=True, capability=psc_service.CAPABILITY, **options):
    given = {"project_id": B, "region": REGION, "name": "matching-api", **options}
    if not capability.reads_only and given.get("state") != "absent":
        given = {**OPTIONS, **given}
    given = {name: value for name, value in given.items() if value is not None}
    result = ArgumentSpecValidator(capability.full_argument_spec(), **capability.constraints).validate(given)
    assert not result.error_messages, result.error_messages
    params = result.validated_parameters
    return converge(capability, capability.declare(params), Google(resources), params, check)


def plan(resources, **options):
    return [f"{step['action']} {step['address']}" for step in run(resources, **options)["plan"]]


def patch(resources, **options):
    (step,) = run(resources, **options)["plan"]
    assert step["operation"] == "compute.serviceAttachments.patch"
    return step


def body(resources, **options):
    """Body of the one call of the plan."""
    capability = psc_service.CAPABILITY
    given = {"project_id": B, "region": REGION, "name": "matching-api", **OPTIONS, **options}
    params = ArgumentSpecValidator(capability.full_argument_spec()).validate(given).validated_parameters
    sent = []

    class Recorder(Google):
        def call(self, operation, **params):
            sent.append((operation, params))
            return {"target": f"{IN_B}/x/y"}

    converge(capability, capability.declare(params), Recorder(resources), {**params, "confirm_removals": []}, False)
    ((operation, params),) = sent
    assert operation == "compute.serviceAttachments.patch"
    return params
