# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of a PCI account: its switch roles with what guards them, and a service control policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, only, tags
from tests.contract.world import World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2

IDENTITY, PCI = HUB, SPOKE
OPTIONS = {
    "name": "production",
    "identity_account_id": IDENTITY,
    "users": ["pci/ann"],
    "roles": [
        {"name": "admin", "permissions": "admin"},
        {"name": "auditor", "permissions": "auditor", "users": ["eve"], "federated_roles": ["sso/auditors"]},
    ],
    "revoke_sessions": {},
    "iam_users": "deactivate",
    # The user in the emulator's seed.
    "break_glass_users": ["operator"],
    "break_glass_arns": [f"arn:aws:iam::{PCI}:role/break-glass"],
    "tags": TAGS,
}
OWNER = "pci_role_guard/production"
BOUNDARY = f"arn:aws:iam::{PCI}:policy/pci/production-boundary"
FUNCTION = f"arn:aws:lambda:eu-central-1:{PCI}:function:closednet-pci-production"
ANYBODY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def iam(operation: str, **arguments: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.client(PCI, "iam"), operation)(**arguments)


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def retag_role(world: World, name: str, **values: str) -> None:
    world.client(PCI, "iam").tag_role(RoleName=name, Tags=pairs(values))


def retag_policy(world: World, arn: str, **values: str) -> None:
    world.client(PCI, "iam").tag_policy(PolicyArn=arn, Tags=pairs(values))


def retag_function(world: World, arn: str, **values: str) -> None:
    world.client(PCI, "lambda").tag_resource(Resource=arn, Tags=values)


def before(world: World) -> None:
    """Create a user with a password and a key in an account that should have roles only."""
    client = world.client(PCI, "iam")
    client.create_user(UserName="old")
    client.create_login_profile(UserName="old", Password="Not-a-secret-1234")
    world.made["key"] = client.create_access_key(UserName="old")["AccessKey"]["AccessKeyId"]


def reactivated(world: World) -> None:
    world.client(PCI, "iam").update_access_key(UserName="old", AccessKeyId=world.made["key"], Status="Active")


def role_removed(world: World) -> None:
    client = world.client(PCI, "iam")
    for policy in client.list_attached_role_policies(RoleName="auditor")["AttachedPolicies"]:
        client.detach_role_policy(RoleName="auditor", PolicyArn=policy["PolicyArn"])
    client.delete_role(RoleName="auditor")


def boundary_removed(world: World) -> None:
    client = world.client(PCI, "iam")
    for name in ("admin", "auditor"):
        client.delete_role_permissions_boundary(RoleName=name)
    for version in client.list_policy_versions(PolicyArn=BOUNDARY)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=BOUNDARY, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=BOUNDARY)


def boundary_of_many_versions(world: World) -> None:
    """Add versions to the boundary until it has five, as many as a policy may have."""
    client = world.client(PCI, "iam")
    others = len(client.list_policy_versions(PolicyArn=BOUNDARY)["Versions"])
    for _version in range(5 - others):
        client.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=EVERYTHING, SetAsDefault=True)


def function_role(world: World) -> str:
    """Create the role of somebody else's function; return its ARN."""
    trust = json.loads(ANYBODY)
    trust["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    made = world.client(PCI, "iam").create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps(trust))
    return made["Role"]["Arn"]


def other_configuration(world: World) -> None:
    world.client(PCI, "lambda").update_function_configuration(
        FunctionName="closednet-pci-production",
        Runtime="python3.12",
        Handler="index.other",
        Timeout=3,
        Environment={"Variables": {"MAX_AGE": "43200"}},
    )


def other_role(world: World) -> None:
    own = world.client(PCI, "iam").get_role(RoleName="production-revoker-schedule")["Role"]["Arn"]
    world.client(PCI, "lambda").update_function_configuration(FunctionName="closednet-pci-production", Role=own)


def other_schedule(**changed: Any) -> Callable[[World], Any]:
    def change(world: World) -> None:
        scheduler = world.client(PCI, "scheduler")
        read = scheduler.get_schedule(Name="closednet-pci-production")
        keys = ("Name", "Description", "ScheduleExpression", "FlexibleTimeWindow", "Target", "State")
        scheduler.update_schedule(**{key: read[key] for key in keys} | changed)

    return change


def retargeted(world: World) -> None:
    target = world.client(PCI, "scheduler").get_schedule(Name="closednet-pci-production")["Target"]
    other_schedule(Target=target | {"Arn": FUNCTION.replace("production", "other")})(world)


def foreign_role(world: World) -> str:
    return iam("create_role", RoleName="admin", AssumeRolePolicyDocument=ANYBODY)(world)["Role"]["Arn"]


def foreign_role_under_the_path(world: World) -> str:
    made = iam("create_role", RoleName="admin", Path="/pci/", AssumeRolePolicyDocument=ANYBODY)(world)
    return made["Role"]["Arn"]


def foreign_policy(world: World) -> str:
    made = iam("create_policy", PolicyName="production-boundary", Path="/pci/", PolicyDocument=EVERYTHING)(world)
    return made["Policy"]["Arn"]


def foreign_function(world: World) -> str:
    made = world.client(PCI, "lambda").create_function(
        FunctionName="closednet-pci-production",
        Runtime="python3.13",
        Handler="index.handler",
        Role=function_role(world),
        Code={"ZipFile": b"not looked at"},
    )
    return made["FunctionArn"]


def foreign_schedule(world: World) -> str:
    trust = ANYBODY.replace('{"AWS": "*"}', '{"Service": "scheduler.amazonaws.com"}')
    role = iam("create_role", RoleName="theirs", AssumeRolePolicyDocument=trust)(world)["Role"]["Arn"]
    made = world.client(PCI, "scheduler").create_schedule(
        Name="closednet-pci-production",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": role},
    )
    return made["ScheduleArn"]


EVERY_NUMBER_AND_SWITCH = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
    "MaxPasswordAge": 365,
    "PasswordReusePrevention": 1,
    "HardExpiry": True,
}
PASSWORD_FIELDS = (
    "minimum_length",
    "require_symbols",
    "require_numbers",
    "require_uppercase",
    "require_lowercase",
    "users_may_change",
    "max_age_days",
    "remembered",
    "hard_expiry",
)
PCI_ROLE_GUARD = Case(
    "pci_role_guard",
    PCI,
    OPTIONS,
    [PCI],
    [
        Drift(
            "iam_policy: everything",
            "iam_policy",
            ("document",),
            "change",
            iam("create_policy_version", PolicyArn=BOUNDARY, PolicyDocument=EVERYTHING, SetAsDefault=True),
        ),
        Drift("iam_policy: of five versions", "iam_policy", ("document",), "change", boundary_of_many_versions),
        *tags("iam_policy", PCI, lambda world: BOUNDARY, retag_policy),
        Drift("iam_policy: removed", "iam_policy", ("policy_name", "path", "document"), "create", boundary_removed),
        Drift(
            "iam_role: anybody",
            "iam_role",
            ("trust",),
            "change",
            iam("update_assume_role_policy", RoleName="admin", PolicyDocument=ANYBODY),
        ),
        Drift(
            "iam_role: long sessions",
            "iam_role",
            ("max_session_duration",),
            "change",
            iam("update_role", RoleName="admin", MaxSessionDuration=43200),
        ),
        Drift(
            "iam_role: no boundary",
            "iam_role",
            ("boundary",),
            "change",
            iam("delete_role_permissions_boundary", RoleName="admin"),
        ),
        Drift(
            "iam_role: a policy more",
            "iam_role",
            ("policies",),
            "change",
            iam("attach_role_policy", RoleName="auditor", PolicyArn=ADMINISTRATOR),
        ),
        Drift(
            "iam_role: a policy less",
            "iam_role",
            ("policies",),
            "change",
            iam("detach_role_policy", RoleName="admin", PolicyArn=ADMINISTRATOR),
        ),
        Drift(
            "iam_role: an inline policy",
            "iam_role",
            ("inline",),
            "change",
            iam("put_role_policy", RoleName="auditor", PolicyName="by-hand", PolicyDocument=EVERYTHING),
        ),
        Drift(
            "iam_role: the revoker may everything",
            "iam_role",
            ("inline",),
            "change",
            iam("put_role_policy", RoleName="production-revoker", PolicyName="revoke", PolicyDocument=EVERYTHING),
        ),
        *tags("iam_role", PCI, lambda world: "auditor", retag_role),
        Drift("iam_role: removed", "iam_role", ("role_name", "path", "trust"), "create", role_removed),
        Drift("forbidden_user: an active key", "forbidden_user", ("active_keys",), "change", reactivated),
        Drift(
            "forbidden_user: a password",
            "forbidden_user",
            ("console",),
            "change",
            iam("create_login_profile", UserName="old", Password="Not-a-secret-1234"),
        ),
        Drift(
            "account_password_policy: weak",
            "account_password_policy",
            PASSWORD_FIELDS,
            "change",
            iam("update_account_password_policy", **EVERY_NUMBER_AND_SWITCH),
        ),
        Drift(
            "account_password_policy: none",
            "account_password_policy",
            PASSWORD_FIELDS[:1],
            "create",
            iam("delete_account_password_policy"),
        ),
        Drift(
            "lambda_function: other code",
            "lambda_function",
            ("code_sha256",),
            "change",
            lambda world: world.client(PCI, "lambda").update_function_code(
                FunctionName="closednet-pci-production", ZipFile=b"not looked at"
            ),
        ),
        Drift(
            "lambda_function: other configuration",
            "lambda_function",
            ("runtime", "handler", "timeout", "environment"),
            "change",
            other_configuration,
        ),
        Drift("lambda_function: another role", "lambda_function", ("role",), "change", other_role),
        *tags("lambda_function", PCI, lambda world: FUNCTION, retag_function),
        Drift(
            "lambda_function: removed",
            "lambda_function",
            ("function_name",),
            "create",
            lambda world: world.client(PCI, "lambda").delete_function(FunctionName="closednet-pci-production"),
        ),
        Drift("schedule: off", "schedule", ("state",), "change", other_schedule(State="DISABLED")),
        Drift(
            "schedule: once a day",
            "schedule",
            ("expression",),
            "change",
            other_schedule(ScheduleExpression="rate(1 day)"),
        ),
        Drift(
            "schedule: at any time",
            "schedule",
            ("flexible_time_window",),
            "change",
            other_schedule(FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}),
        ),
        Drift("schedule: of another function", "schedule", ("target",), "change", retargeted),
        Drift(
            "schedule: removed",
            "schedule",
            ("schedule_name", "description"),
            "create",
            lambda world: world.client(PCI, "scheduler").delete_schedule(Name="closednet-pci-production"),
        ),
    ],
    before=before,
    stays={
        "password-policy": "an account without one has AWS's default, which is weaker",
        "users": "what users had isn't given back",
    },
    foreign={
        "role": foreign_role,
        "role under the path": foreign_role_under_the_path,
        "policy": foreign_policy,
        "function": foreign_function,
        "schedule": foreign_schedule,
    },
    reads=("iam", "GetAccountAuthorizationDetails"),
)


# ---- service_control_policy ---------------------------------------------------------------------------------------

NO_USERS = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "NoUsers", "Effect": "Deny", "Action": ["iam:CreateUser"], "Resource": "*"}],
}


def organization(operation: str, **arguments: Any) -> Callable[[World], Any]:
    """Return a call of Organizations on the policy; the call adds PolicyId to the arguments."""

    def call(world: World) -> Any:
        client = world.client(MANAGEMENT, "organizations")
        return getattr(client, operation)(PolicyId=policy_id(world), **arguments)

    return call


def policy_id(world: World) -> str:
    listed = world.client(MANAGEMENT, "organizations").list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    return only([policy for policy in listed if policy["Name"] == "pci-no-users"], "Id")


def retag_policy_of_organization(world: World, id_: str, **values: str) -> None:
    world.client(MANAGEMENT, "organizations").tag_resource(ResourceId=id_, Tags=pairs(values))


def switched_on(world: World) -> None:
    client = world.client(MANAGEMENT, "organizations")
    (root,) = client.list_roots()["Roots"]
    client.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")


def policy_removed(world: World) -> None:
    for target in (SPOKE, SPOKE_2):
        organization("detach_policy", TargetId=target)(world)
    organization("delete_policy")(world)


def foreign_policy_of_organization(world: World) -> str:
    made = world.client(MANAGEMENT, "organizations").create_policy(
        Name="pci-no-users", Description="by hand", Type="SERVICE_CONTROL_POLICY", Content=EVERYTHING
    )
    return made["Policy"]["PolicySummary"]["Id"]


SERVICE_CONTROL_POLICY = Case(
    "service_control_policy",
    MANAGEMENT,
    {
        "name": "pci-no-users",
        "description": "No users",
        "content": NO_USERS,
        "target_ids": [SPOKE, SPOKE_2],
        "tags": TAGS,
    },
    [MANAGEMENT],
    [
        Drift(
            "service_control_policy: another text",
            "service_control_policy",
            ("description", "content"),
            "change",
            organization("update_policy", Description="by hand", Content=EVERYTHING),
        ),
        Drift(
            "service_control_policy: an account less",
            "service_control_policy",
            ("targets",),
            "change",
            organization("detach_policy", TargetId=SPOKE),
        ),
        Drift(
            "service_control_policy: an account more",
            "service_control_policy",
            ("targets",),
            "change",
            organization("attach_policy", TargetId=HUB),
        ),
        *tags("service_control_policy", MANAGEMENT, policy_id, retag_policy_of_organization),
        Drift(
            "service_control_policy: removed",
            "service_control_policy",
            ("policy_name", "content"),
            "create",
            policy_removed,
        ),
    ],
    before=switched_on,
    foreign={"policy": foreign_policy_of_organization},
    reads=("organizations", "List*"),
)

CASES = [PCI_ROLE_GUARD, SERVICE_CONTROL_POLICY]
