# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import guard_policies

PCI, IDENTITY = "444444444444", "111111111111"
ADMIN = {"name": "admin", "permissions": "admin"}
GUARD = {"account_id": PCI, "name": "production", "identity_account_id": IDENTITY, "users": ["ann"], "roles": [ADMIN]}


@pytest.fixture
def guard(declare):
    return lambda **options: declare("pci_role_guard", **{**GUARD, **options})


def test_what_a_trust_policy_lets_in_is_what_was_declared(guard):
    roles = [ADMIN, {"name": "auditor", "permissions": "auditor", "users": ["pci/eve"], "federated_roles": ["sso/a"]}]
    declared = guard(roles=roles, mfa_max_age=600).resources["iam_role"]
    texts = [json.dumps(declared[name]["trust"]).replace("{partition}", "aws") for name in ("admin", "auditor")]
    admin, auditor = map(trust_policies.judge, texts)
    assert admin.whole_accounts == auditor.whole_accounts == ()
    assert (admin.without_mfa, admin.mfa_age, admin.any_session_name) == (False, 600, False)
    # A federated role's sessions have no MFA key.
    assert auditor.without_mfa is True


def test_a_schedule_brings_a_function_and_a_role_for_each(guard):
    resources = guard(revoke_sessions={"every": 1}).resources
    assert set(resources["iam_role"]) == {"admin", "production-revoker", "production-revoker-schedule"}
    (schedule,) = resources["schedule"].values()
    assert schedule["expression"] == "rate(1 minute)"
    (statement,) = resources["iam_role"]["production-revoker"]["inline"]["revoke"]["Statement"]
    assert statement["Action"] == "iam:PutRolePolicy"
    assert statement["Resource"] == [f"arn:{{partition}}:iam::{PCI}:role/pci/admin"]


def test_runs_that_renew_bring_nothing_else(guard):
    resources = guard(revoke_sessions={"by": "run", "max_age": 1200}).resources
    assert resources["session_revocation"] == {"admin": {"max_age": 1200, "every": 5}}
    assert (list(resources["iam_role"]), resources["lambda_function"], resources["schedule"]) == (["admin"], {}, {})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "my guard"}, "name: 'my guard' is no name of a guard"),
        ({"path": "/"}, "path: '/' is no IAM path"),
        ({"roles": []}, "roles: [] leave no way into the account"),
        ({"users": []}, "roles[0].users: [] let nobody in, and the whole account never is"),
        ({"users": ["*"]}, "users[0]: '*' is no name in IAM"),
        ({"identity_account_id": PCI}, f"identity_account_id: '{PCI}' is the guarded account"),
        ({"mfa_max_age": 3601}, "mfa_max_age: 3601 is no fresh MFA"),
        ({"mfa_max_age": 59}, "mfa_max_age: 59 is no fresh MFA"),
        ({"roles": [ADMIN, ADMIN]}, "roles[1].name: 'admin' is there twice"),
        ({"roles": [{**ADMIN, "name": "pci/admin"}]}, "roles[0].name: 'pci/admin' has a path"),
        ({"roles": [{"name": "a", "policy_arns": ["ReadOnly"]}]}, "roles[0].policy_arns[0]: 'ReadOnly' is no such ARN"),
        ({"revoke_sessions": {"max_age": 600}}, "revoke_sessions.max_age: 600 is no age to end a session at"),
        ({"revoke_sessions": {"every": 0}}, "revoke_sessions.every: 0 is no time between renewals"),
        (
            {"roles": [{**ADMIN, "name": "production-revoker"}], "revoke_sessions": {}},
            "roles[0].name: 'production-revoker' is the name of a role that revoke_sessions creates",
        ),
        (
            {"roles": [{**ADMIN, "name": f"{number:064}"} for number in range(70)], "revoke_sessions": {}},
            "too long for revoke_sessions; expected fewer roles",
        ),
        ({"password_policy": {"minimum_length": 8}}, "password_policy.minimum_length: 8 is not what PCI DSS asks for"),
        ({"roles": [{"name": "a", "policy_arns": ["arn:aws:iam::aws:policy/*"]}]}, "policy/*' is no such ARN"),
        (
            {"roles": [{"name": "a", "policy_arns": ["arn:aws:iam::999999999999:policy/x"]}]},
            "is a policy of account 9999",
        ),
        ({"break_glass_arns": [f"arn:aws:iam::{PCI}:role/*"]}, "break_glass_arns[0]: "),
        ({"break_glass_arns": ["root"]}, "break_glass_arns[0]: 'root' is no such ARN"),
        (
            {"break_glass_arns": [f"arn:aws:iam::{PCI}:role/way-in-{number}" for number in range(40)]},
            "break_glass_arns: make a service control policy of",
        ),
        ({"passable_roles": ["*"]}, "passable_roles[0]: '*' could be any role"),
        ({"passable_roles": ["pci/admin"]}, "passable_roles[0]: 'pci/admin' is under /pci/"),
        ({"break_glass_users": ["a b"]}, "break_glass_users[0]: 'a b' is no name in IAM"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(guard, options, text):
    with pytest.raises(Invalid) as invalid:
        guard(**options)
    assert text in str(invalid.value)


def test_absent_needs_only_a_name(declare):
    declared = declare("pci_role_guard", account_id=PCI, name="production", state="absent")
    assert list(declared.inputs.functions) == [guard_policies.function_name("production")]
