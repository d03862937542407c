# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_source: subscription of an account's log groups to a log archive, and their retention."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._domain.logs import layout, paths, subscriptions
from .._domain.logs.subscriptions import RETENTION_DAYS, Destination
from .._domain.values import identifiers
from .._resources.logs import probe_log_group, source_log_group, subscription_filter, subscription_policy
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "destination_arn": {"type": "str"},
    "role_arn": {"type": "str"},
    "filter_pattern": {"type": "str", "default": ""},
    "policy_name": {"type": "str"},
    "excluded_log_groups": {"type": "list", "elements": "str", "default": []},
    "log_groups": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "destination_arn": {"type": "str", "required": True},
            "role_arn": {"type": "str"},
            "filter_pattern": {"type": "str", "default": ""},
        },
    },
    "centralization": {
        "type": "dict",
        "options": {
            "excluded_log_groups": {"type": "list", "elements": "str", "default": []},
            "encrypted_log_groups": {"type": "bool", "default": True},
        },
    },
    "retention_days": {"type": "int"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
# Days that the probe's own events are kept.
PROBE_DAYS = 7


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    # By log group; "": of the account-level policy.
    destinations: Mapping[str, Destination]
    log_groups: Sequence[str]
    excluded: Sequence[str]
    # Whether a rule of CloudWatch Logs centralizes log groups, and those with a KMS key of their own.
    centralized: bool
    takes_encrypted: bool
    policy_name: str
    filter_name: str
    probe: str
    retention_days: int | None


def desired(params):
    destinations = _check(params)
    name, rule = params["name"], params["centralization"] or {}
    owner, filter_name = f"log_source/{name}", subscriptions.filter_name(name)
    inputs = Inputs(
        destinations,
        [group["name"] for group in params["log_groups"]],
        [*params["excluded_log_groups"], *rule.get("excluded_log_groups", ())],
        params["centralization"] is not None,
        rule.get("encrypted_log_groups", True),
        params["policy_name"] or subscriptions.policy_name(name),
        filter_name,
        layout.probe_group(name),
        params["retention_days"],
    )
    tags = owner_tags(owner, "main", params["tags"])
    policy = {"policy_name": inputs.policy_name, **_subscription(params)}
    resources = {
        "source_log_group": {},
        "probe_log_group": {"main": {"log_group": inputs.probe, "retention_days": PROBE_DAYS, "tags": tags}},
        "subscription_policy": {"main": policy} if params["destination_arn"] else {},
        "subscription_filter": {
            group["name"]: {"log_group": group["name"], "filter_name": filter_name, **_subscription(group)}
            for group in params["log_groups"]
        },
    }
    return Declared(owner, resources, inputs)


def _subscription(options):
    return {key: options[key] for key in ("destination_arn", "role_arn", "filter_pattern")}


def _check(params):
    """Check the options; return the destinations by log group, "" for that of the account. Raises Invalid."""
    _check_name("name", params["name"], 64)
    if params["policy_name"] is not None:
        _check_name("policy_name", params["policy_name"], 256)
        if params["policy_name"].startswith("aws/"):
            raise Invalid("policy_name", params["policy_name"], "begins with aws/, which is AWS's", "another name")
    destinations = {}
    if params["destination_arn"] is not None:
        destinations[""] = _destination("", params, params["account_id"])
    for index, group in enumerate(params["log_groups"]):
        option = f"log_groups[{index}]."
        subscriptions.check_group(f"{option}name", group["name"])
        to = _destination(option, group, params["account_id"])
        destinations[group["name"]] = to
        if group["name"] in subscriptions.own_groups(to, [group["name"]]):
            raise Invalid(f"{option}name", group["name"], "is of the delivery, and would feed itself", "another group")
    _check_groups(params)
    days = params["retention_days"]
    if days is not None and days not in RETENTION_DAYS:
        raise Invalid(
            "retention_days", days, "is no retention of AWS's", f"one of {', '.join(map(str, RETENTION_DAYS))}"
        )
    return destinations


def _check_name(option, value, most):
    if not re.fullmatch(
        rf"[A-Za-z0-9][A-Za-z0-9._/-]{{0,{most - 1}}}" if most > 64 else r"[A-Za-z0-9][\w.-]{0,63}", value, re.ASCII
    ):
        raise Invalid(option, value, "is no name", f"1 to {most} letters, digits or ._-, the first a letter or a digit")


def _destination(option, options, account_id):
    to = subscriptions.destination(f"{option}destination_arn", options["destination_arn"], account_id)
    role = options["role_arn"]
    if role is not None:
        identifiers.role_arn(f"{option}role_arn", role)
    elif to.stream:
        raise Invalid(f"{option}role_arn", None, "is missing", "the role by which CloudWatch Logs writes to the stream")
    if len(options["filter_pattern"]) > 1024:
        raise Invalid(f"{option}filter_pattern", options["filter_pattern"], "is too long", "1024 characters at most")
    return to


def _check_groups(params):
    names = [(f"log_groups[{index}].name", group["name"]) for index, group in enumerate(params["log_groups"])]
    left_out = [(f"excluded_log_groups[{index}]", name) for index, name in enumerate(params["excluded_log_groups"])]
    by_rule = (params["centralization"] or {}).get("excluded_log_groups", [])
    of_rule = [(f"centralization.excluded_log_groups[{index}]", name) for index, name in enumerate(by_rule)]
    for option, name in [*left_out, *of_rule]:
        subscriptions.check_group(option, name)
    identifiers.distinct(of_rule, "is there twice", "each log group once")
    identifiers.distinct(names, "is declared twice", "one entry for each log group")
    identifiers.distinct(left_out, "is there twice", "each log group once")
    identifiers.distinct([*names, *left_out], "is in log_groups, too", "a log group in one of both")


def report(declared, found, ids, states):
    reached = {} if declared.absent else paths.of(declared, found)
    groups = found["source_log_group"]
    return {
        "policy_name": ids.get("subscription_policy.main"),
        "probe_log_group": declared.inputs.probe if not declared.absent else None,
        "log_groups": {
            name: {
                "path": reached[name],
                "retention_days": groups[name].fields["retention_days"],
                "class": groups[name].details["class"],
                "kms_key_arn": groups[name].details["kms_key_arn"],
            }
            for name in sorted(reached)
        },
    }


CAPABILITY = Capability(
    "log_source",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (source_log_group, probe_log_group, subscription_policy, subscription_filter),
    report,
    {
        "mutually_exclusive": [["centralization", "destination_arn"]],
        "required_if": [["state", "present", ["destination_arn", "log_groups", "centralization"], True]],
    },
    removals=guard.deleted("subscription_policy", "subscription_filter"),
)
