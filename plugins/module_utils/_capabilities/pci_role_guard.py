# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module pci_role_guard: an account that people enter by switch roles with fresh MFA, and that has no users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.provider import AWS
from .._core import guard
from .._core.capability import Capability, Declared
from .._core.errors import Invalid
from .._core.inputs import ModuleInputs
from .._core.plan import Ref
from .._domain.iam import trust_policies
from .._domain.pci import guard_policies
from .._domain.values import function_archive, identifiers
from .._resources.iam import (
    account_password_policy,
    account_summary,
    authorization_details,
    caller_identity,
    forbidden_user,
    iam_policy,
    iam_role,
    lambda_function,
    schedule,
    session_revocation,
)
from .._resources.shared.ec2 import owner_tags

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str", "default": "/pci/"},
    "identity_account_id": {"type": "str"},
    "users": {"type": "list", "elements": "str", "default": []},
    "roles": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "permissions": {"type": "str", "choices": list(guard_policies.PERMISSIONS)},
            "policy_arns": {"type": "list", "elements": "str", "default": []},
            "users": {"type": "list", "elements": "str", "default": []},
            "federated_roles": {"type": "list", "elements": "str", "default": []},
        },
        "required_one_of": [["permissions", "policy_arns"]],
    },
    "mfa_max_age": {"type": "int", "default": 900},
    "revoke_sessions": {
        "type": "dict",
        "options": {
            "max_age": {"type": "int", "default": 900},
            "by": {"type": "str", "choices": ["schedule", "run"], "default": "schedule"},
            "every": {"type": "int", "default": 5},
        },
    },
    "remove_roles_in_use": {"type": "bool", "default": False},
    "iam_users": {"type": "str", "choices": ["report", "deactivate"], "default": "report"},
    "break_glass_users": {"type": "list", "elements": "str", "default": []},
    "break_glass_arns": {"type": "list", "elements": "str", "default": []},
    "passable_roles": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "password_policy": {
        "type": "dict",
        "apply_defaults": True,
        "no_log": False,
        "options": {
            "minimum_length": {"type": "int", "default": 14},
            "require_symbols": {"type": "bool", "default": True},
            "require_numbers": {"type": "bool", "default": True},
            "require_uppercase": {"type": "bool", "default": True},
            "require_lowercase": {"type": "bool", "default": True},
            "users_may_change": {"type": "bool", "default": True},
            "max_age_days": {"type": "int", "default": 90},
            "remembered": {"type": "int", "default": 24},
            "hard_expiry": {"type": "bool", "default": False},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Inputs(ModuleInputs):
    name: str
    path: str
    guarded_roles: Sequence[str]
    foreign_inline: Sequence[str]
    # name -> source text
    functions: Mapping[str, str]
    schedules: Sequence[str]
    remove_roles_in_use: bool
    iam_users: str
    kept_users: Sequence[str]
    passable_roles: Sequence[str]
    boundary: str
    boundary_arn: str
    revoke: Mapping[str, Any] | None
    exempt: Sequence[str]
    service_roles: Sequence[str]


def desired(params):
    _check(params)
    owner = f"pci_role_guard/{params['name']}"
    boundary_name = _boundary_name(params)

    def tags(name):
        return owner_tags(owner, name, params["tags"])

    def role(name, trusted, **more):
        return {
            "role_name": name,
            "path": params["path"],
            "trust": trusted,
            "max_session_duration": 3600,  # IAM accepts no less
            "policies": [],
            "inline": {},
            "tags": tags(name),
            **more,
        }

    boundary = Ref(f"iam_policy.{boundary_name}")
    switch_roles = {
        one["name"]: role(one["name"], _trust(params, one), boundary=boundary, policies=_policies(one))
        for one in params["roles"]
    }
    revoke = params["revoke_sessions"]
    resources = {
        "caller_identity": {},
        "account_summary": {},
        "authorization_details": {},
        "forbidden_user": {},
        "account_password_policy": {"main": params["password_policy"]},
        "iam_policy": {boundary_name: _boundary(params, boundary_name, tags)},
        "iam_role": switch_roles,
        "session_revocation": {},
        "lambda_function": {},
        "schedule": {},
    }
    if revoke and revoke["by"] == "run":
        resources["session_revocation"] = {
            name: {"max_age": revoke["max_age"], "every": revoke["every"]} for name in switch_roles
        }
    elif revoke:
        _schedule(resources, params, owner, role, tags)
    return Declared(owner, resources, _inputs(params))


def _boundary(params, name, tags):
    return {
        "policy_name": name,
        "path": params["path"],
        "document": guard_policies.boundary(
            params["account_id"],
            params["path"],
            _boundary_arn(params),
            params["break_glass_arns"],
            params["passable_roles"],
        ),
        "tags": tags(name),
    }


def _inputs(params):
    function = guard_policies.function_name(params["name"])
    return Inputs.of(
        params,
        guarded_roles=[declared["name"] for declared in params["roles"]],
        foreign_inline=[guard_policies.REVOCATION],
        functions={function: guard_policies.HANDLER},
        schedules=[function],
        kept_users=params["break_glass_users"],
        boundary=_boundary_name(params),
        revoke=params["revoke_sessions"],
        exempt=params["break_glass_arns"],
        boundary_arn=_boundary_arn(params),
        service_roles=_service_roles(params) if params["revoke_sessions"] else (),
    )


def _boundary_name(params):
    return f"{params['name']}-boundary"


def _boundary_arn(params):
    return f"arn:{{partition}}:iam::{params['account_id']}:policy{params['path']}{_boundary_name(params)}"


def _schedule(resources, params, owner, role, tags):
    """Add to `resources` a function that renews the revocations, the schedule that calls it, and a role for each."""
    account_id, revoke = params["account_id"], params["revoke_sessions"]
    function = guard_policies.function_name(params["name"])
    arn = f"arn:{{partition}}:lambda:{{region}}:{account_id}:function:{function}"
    revoker, caller = _service_roles(params)
    names = list(resources["iam_role"])
    may = {
        revoker: ("lambda.amazonaws.com", {"revoke": guard_policies.may_revoke(account_id, params["path"], names)}),
        caller: ("scheduler.amazonaws.com", {"invoke": guard_policies.may_invoke(arn)}),
    }
    for name, (service, inline) in may.items():
        resources["iam_role"][name] = role(name, guard_policies.trusted_service(service, account_id), inline=inline)
    resources["lambda_function"][function] = {
        "function_name": function,
        "code_sha256": function_archive.sha256(guard_policies.HANDLER),
        "runtime": "python3.13",
        "handler": f"{function_archive.MODULE}.handler",
        "role": Ref(f"iam_role.{revoker}"),
        "timeout": 60,
        "environment": guard_policies.environment(names, revoke["max_age"]),
        "tags": tags(function),
    }
    resources["schedule"][function] = {
        "schedule_name": function,
        "description": schedule.description_of(owner),
        "expression": f"rate({revoke['every']} minute{'s' if revoke['every'] > 1 else ''})",
        "state": "ENABLED",
        "flexible_time_window": {"Mode": "OFF"},
        "target": {
            "Arn": Ref(f"lambda_function.{function}"),
            "RoleArn": Ref(f"iam_role.{caller}"),
            # The next call replaces one that is late.
            "RetryPolicy": {"MaximumEventAgeInSeconds": 60 * revoke["every"], "MaximumRetryAttempts": 3},
        },
    }


def _service_roles(params):
    return f"{params['name']}-revoker", f"{params['name']}-revoker-schedule"


def _trust(params, role):
    users = sorted({*params["users"], *role["users"]})
    return trust_policies.policy(
        "{partition}", params["identity_account_id"], users, role["federated_roles"], params["mfa_max_age"]
    )


def _policies(role):
    of_aws = [
        f"arn:{{partition}}:iam::aws:policy/{name}" for name in guard_policies.PERMISSIONS.get(role["permissions"], ())
    ]
    return sorted({*of_aws, *role["policy_arns"]})


def _check(params):
    identifiers.guard_name("name", params["name"])
    identifiers.iam_path("path", params["path"])
    if params["state"] == "absent":
        return
    if not params["roles"]:
        raise Invalid("roles", [], "leave no way into the account", "at least one role")
    identifiers.account_id("identity_account_id", params["identity_account_id"])
    if params["identity_account_id"] == params["account_id"]:
        raise Invalid(
            "identity_account_id",
            params["account_id"],
            "is the guarded account, which is to have no users",
            "another account",
        )
    if not 60 <= params["mfa_max_age"] <= 3600:
        raise Invalid("mfa_max_age", params["mfa_max_age"], "is no fresh MFA", "60 to 3600 seconds")
    identifiers.distinct(
        [(f"roles[{index}].name", role["name"]) for index, role in enumerate(params["roles"])],
        "is there twice",
        "each role once",
    )
    _check_revocation(params)
    _check_people("users", params["users"])
    for index, role in enumerate(params["roles"]):
        _check_role(f"roles[{index}]", role, params)
    _check_people("break_glass_users", params["break_glass_users"])
    for index, arn in enumerate(params["break_glass_arns"]):
        identifiers.break_glass(f"break_glass_arns[{index}]", arn)
    for index, pattern in enumerate(params["passable_roles"]):
        identifiers.passable_role(f"passable_roles[{index}]", pattern, params["path"])
    _check_size(params)
    _check_passwords(params["password_policy"])


def _check_role(option, role, params):
    identifiers.iam_name(f"{option}.name", role["name"])
    if "/" in role["name"]:
        raise Invalid(f"{option}.name", role["name"], "has a path", "a name; path is the one of all roles")
    _check_people(f"{option}.users", role["users"])
    _check_people(f"{option}.federated_roles", role["federated_roles"])
    if not (params["users"] or role["users"] or role["federated_roles"]):
        raise Invalid(f"{option}.users", [], "let nobody in, and the whole account never is", "at least one user")
    for position, arn in enumerate(role["policy_arns"]):
        identifiers.managed_policy(f"{option}.policy_arns[{position}]", arn, params["account_id"])


def _check_size(params):
    size = guard_policies.characters(_service_control_policy(_inputs(params), params["account_id"]))
    if size > guard_policies.SCP_CHARACTERS:
        most = f"fewer or shorter ones, for at most {guard_policies.SCP_CHARACTERS} characters"
        raise Invalid("break_glass_arns", None, f"make a service control policy of {size} characters", most)


def _check_revocation(params):
    revoke = params["revoke_sessions"]
    if not revoke:
        return
    # 900 s is the shortest session that STS grants (AssumeRole, DurationSeconds).
    if not 900 <= revoke["max_age"] <= 3600:
        raise Invalid("revoke_sessions.max_age", revoke["max_age"], "is no age to end a session at", "900 to 3600")
    if not 1 <= revoke["every"] <= 60:
        raise Invalid("revoke_sessions.every", revoke["every"], "is no time between renewals", "1 to 60 minutes")
    names = [role["name"] for role in params["roles"]]
    for index, name in enumerate(names):
        if name in _service_roles(params):
            raise Invalid(f"roles[{index}].name", name, "is the name of a role that revoke_sessions creates", "another")
    size = sum(len(key) + len(value) for key, value in guard_policies.environment(names, revoke["max_age"]).items())
    if size > guard_policies.ENVIRONMENT_BYTES:
        raise Invalid("roles", None, f"have names of {size} bytes, too long for revoke_sessions", "fewer roles")


def _check_people(option, names):
    for index, name in enumerate(names):
        identifiers.iam_name(f"{option}[{index}]", name)


def _check_passwords(policy):
    """Check against PCI DSS v4.0.1, 8.3.6, 8.3.7 and 8.3.9, and UpdateAccountPasswordPolicy. Raises Invalid."""
    for option, least, most in (("minimum_length", 12, 128), ("remembered", 4, 24), ("max_age_days", 1, 90)):
        if not least <= policy[option] <= most:
            expected = f"{least} to {most}"
            raise Invalid(f"password_policy.{option}", policy[option], "is not what PCI DSS asks for", expected)


def report(declared, found, ids, states):
    return {
        "roles": {name: ids[f"iam_role.{name}"] for name in declared.inputs.guarded_roles if f"iam_role.{name}" in ids},
        "boundary": ids.get(f"iam_policy.{declared.inputs.boundary}"),
        "service_control_policy": authorization_details.placed(
            _service_control_policy(declared.inputs, declared.place["account_id"]), declared
        ),
        "bound_operator": caller_identity.bound(found, declared.inputs.exempt),
    }


def _service_control_policy(inputs, account_id):
    """Service control policy of the guard, which doesn't bind the roles of the guard's own function and schedule."""
    own = f"arn:{{partition}}:iam::{account_id}:role{inputs.path}"
    by_schedule = inputs.revoke and inputs.revoke["by"] == "schedule"
    service_roles = [f"{own}{role}" for role in inputs.service_roles] if by_schedule else []
    return guard_policies.service_control_policy(
        account_id, inputs.path, inputs.boundary_arn, [*inputs.exempt, *service_roles], inputs.exempt
    )


def removals(declared, found, steps):
    """Return guard.Removals: the roles, those of the schedule too, unless runs revoke the sessions in its place."""
    lost = guard.deleted("iam_role")(declared, found, steps).undeclared
    replaced = declared.inputs.service_roles
    return guard.Removals({name: arn for name, arn in lost.items() if name.partition("/iam_role.")[2] not in replaced})


CAPABILITY = Capability(
    "pci_role_guard",
    AWS,
    ARGUMENT_SPEC,
    desired,
    Inputs,
    (
        caller_identity,
        account_summary,
        authorization_details,
        account_password_policy,
        forbidden_user,
        iam_policy,
        iam_role,
        session_revocation,
        lambda_function,
        schedule,
    ),
    report,
    {"required_if": [["state", "present", ["identity_account_id"]]]},
    removals=removals,
)
