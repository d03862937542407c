# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that a call needs: its action on each of its resources, and further actions such as iam:PassRole.

Actions, resource types and condition keys are those of the Service Authorization Reference (reference.py). A call on
several resources has to be allowed for each. A condition key that the reference doesn't list for an action is absent.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends

from emulator.iam import account_policies, ec2_keys, iam_calls, named, network_firewall, resources, service_keys
from emulator.iam.conditions import Context
from emulator.iam.dependent import dependent
from emulator.iam.ec2_resources import Ec2Call
from emulator.iam.own_tags import tags_of
from emulator.iam.parameters import pairs, request_tags, resource_tags
from emulator.iam.passed_roles import passed
from emulator.iam.reference import is_listed, keys_of
from emulator.principals import Principal


@dataclass(frozen=True)
class Asked:
    """Permission to check.

    `resource`: an ARN, or "*" for what no policy can name. `context`: the condition keys that this call brings.
    """

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)
    # Condition keys of the action that the reference lists and the emulator doesn't evaluate.
    unknown: frozenset[str] = frozenset()


def parameters_of(service: str, protocol: str, operation: str, environ: dict[str, Any]) -> dict[str, Any]:
    """Return a request's parameters by botocore's names; empty for an operation that botocore's model doesn't know."""
    request = MotoRequest(environ.copy())
    try:
        if protocol.startswith("rest"):
            model, in_path = get_service_router(service).match(request)
        else:
            model, in_path = get_service_model(service).operation_model(operation), {}
        parsed = PROTOCOL_PARSERS[protocol](model).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
        return parsed or {}
    except (NotFound, NotImplementedError, KeyError):
        return {}
    finally:
        environ["wsgi.input"].seek(0)


# For reads of services without a page in the reference the resource is "*".
READS = ("Describe", "Get", "List", "Search")
# Service -> the action that a call needs besides its own if it gives tags to what it creates. Sources: the reference's
# dependent actions (CloudTrail, ECR, Elastic Load Balancing, RDS); the developer guide of ECS, "Grant permission to tag
# resources on creation"; API_CreateDeliveryStream; API_CreateAccount of Organizations; API_CreateSecret; of Lambda
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html; of Systems Manager API_PutParameter; of
# CloudWatch Logs the error's text in https://github.com/DataDog/cloudformation-template/pull/61.
TAGGING = {
    "cloudtrail": "AddTags",
    "ecr": "TagResource",
    "ecs": "TagResource",
    "elasticloadbalancing": "AddTags",
    "firehose": "TagDeliveryStream",
    "lambda": "TagResource",
    "logs": "TagResource",
    "organizations": "TagResource",
    "rds": "AddTagsToResource",
    "secretsmanager": "TagResource",
    "ssm": "AddTagsToResource",
}
_CREATE = ("Create", "Register", "RunTask", "PutParameter", "InviteAccount")


def asked(principal: Principal, action: str, region: str, parameters: dict[str, Any]) -> list[Asked]:
    service, _, operation = action.partition(":")
    backend = iam_backends[principal.account_id]["aws"]
    if service == "iam":
        found = list(_of_iam(principal, operation, parameters))
    elif service == "ec2":
        found = list(_of_ec2(Ec2Call(principal.account_id, region, operation, parameters)))
    else:
        found = list(_of_other(principal.account_id, service, operation, region, parameters))
    if service == "network-firewall":
        more = network_firewall.further(principal.account_id, region, operation, parameters)
        found += [Asked(*one) for one in more]
    if service == "logs":
        more = account_policies.further_of_logs(principal.account_id, region, operation, parameters)
        found += [Asked(*one) for one in more]
    found += [Asked(*one) for one in dependent(principal.account_id, region, service, operation, parameters)]
    for arn, to in passed(backend, principal.account_id, action, parameters):
        found.append(Asked("iam:PassRole", arn, {"iam:passedtoservice": to}))
    return found


def _of_iam(principal: Principal, operation: str, parameters: dict[str, Any]) -> Iterator[Asked]:
    backend = iam_backends[principal.account_id]["aws"]
    resource = iam_calls.resource_of(backend, principal, operation, parameters)
    context = iam_calls.context_of(backend, parameters)
    yield Asked(f"iam:{operation}", resource, context)
    if operation in iam_calls.TAGGING and parameters.get("Tags"):
        yield Asked(f"iam:{iam_calls.TAGGING[operation]}", resource, context)


def _of_ec2(call: Ec2Call) -> Iterator[Asked]:
    """Yield the permissions of an EC2 call; of one that gives tags to what it creates also ec2:CreateTags.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    given, removed = pairs(call.parameters.get("Tags")), []
    if call.operation == "DeleteTags":
        given, removed = {}, list(given)
    common = {"ec2:region": call.region} | request_tags(given, removed)
    found = call.resources()
    for one in found:
        own = resource_tags(one.own) | {f"ec2:resourcetag/{key.lower()}": value for key, value in one.own.items()}
        context = common | own | one.keys | request_tags(one.specified or {})
        yield _asked("ec2", call.operation, one.arn, context, one.type)
        if one.specified:
            created = {"ec2:createaction": call.operation}
            yield _asked("ec2", "CreateTags", one.arn, common | one.keys | request_tags(one.specified) | created)
    if not found:
        yield _asked("ec2", call.operation, "*", common)


def _of_other(
    account_id: str, service: str, operation: str, region: str, parameters: dict[str, Any]
) -> Iterator[Asked]:
    """Yield the permissions of a call on existing resources, on those that it creates, and for tagging these."""
    tags = next((parameters[key] for key in ("Tags", "tags", "TagsList") if key in parameters), [])
    keys = next((parameters[key] for key in ("TagKeys", "tagKeys") if key in parameters), [])
    given, removed = pairs(tags), keys
    if (service, operation) == ("cloudtrail", "RemoveTags"):
        given, removed = {}, list(given)
    common = request_tags(given, removed) | service_keys.of_request(service, operation, parameters)
    found = resources_of(account_id, service, operation, region, parameters)
    for arn, own in found:
        more = service_keys.of_resource(service, account_id, region, arn, own)
        context = resource_tags(own) | more | common
        yield _asked(service, operation, arn, context)
        if given and service in TAGGING and operation.startswith(_CREATE):
            created = {f"{service}:createaction": operation}
            yield _asked(service, TAGGING[service], arn, context | created)
    if not found:
        yield _asked(service, operation, "*", common)


def resources_of(
    account_id: str, service: str, operation: str, region: str, parameters: dict[str, Any]
) -> list[tuple[str, dict[str, str]]]:
    """Return (ARN, tags) of a call's resources: as resources.py knows them, else as the reference's ARNs say."""
    found: list[tuple[str, dict[str, str]]] = []
    of_service = resources.OTHERS.get(service)
    if of_service and (service in resources.ALSO_READS or not operation.startswith(READS)):
        found = of_service(account_id, region, operation, parameters)
    if service == "elasticloadbalancing":
        arns = resources.new_of_elasticloadbalancing(account_id, region, operation, parameters)
        found += [(arn, {}) for arn in arns]
    if not found:
        arns = named.resources(service, account_id, region, operation, parameters)
        found = [(arn, tags_of(arn)) for arn in arns]
    return found


_REQUEST = ("aws:requesttag", "aws:tagkeys", "aws:resourcetag")


def _asked(service: str, operation: str, resource: str, context: Context, type_: str | None = None) -> Asked:
    """Build the permission to check: without the keys that the reference doesn't list for the action."""
    listed = keys_of(service, operation, type_)
    action = f"{service}:{operation}"
    if listed is None:
        return Asked(action, resource, context)
    kept = {
        key: value
        for key, value in context.items()
        if is_listed(key, listed) or not key.startswith((*_REQUEST, f"{service}:"))
    }
    return Asked(action, resource, kept, _unknown(service, listed))


@functools.cache
def _unknown(service: str, listed: frozenset[str]) -> frozenset[str]:
    evaluated = ec2_keys.EVALUATED if service == "ec2" else service_keys.EVALUATED.get(service, frozenset())
    return frozenset(key for key in listed if not key.startswith("aws:") and key not in evaluated)
