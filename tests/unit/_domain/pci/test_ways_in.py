# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may get into an account by its own IAM."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.ways_in import ways_in

ACCOUNT, IDENTITY = "444444444444", "777777777777"
ANN = f"arn:aws:iam::{IDENTITY}:user/pci/ann"
ROOT = f"arn:aws:iam::{IDENTITY}:root"


def allow(principal, **conditions):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": conditions} if conditions else statement


def role(*statements, name="operator"):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "RoleName": name,
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": document,
    }


def of(*statements):
    (one,) = ways_in({"Roles": [role(*statements)], "Users": []})["roles"]
    return one["principals"], one["whole_accounts"], one["federated"]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow({"AWS": ANN})], ([ANN], [], [])),
        ([allow({"AWS": ROOT})], ([], [IDENTITY], [])),
        ([allow("*")], ([], ["*"], [])),
        ([allow({"AWS": ROOT}, ArnEquals={"aws:PrincipalArn": [ANN]})], ([ANN], [], [])),
        (
            [allow({"AWS": ROOT}, ArnLike={"aws:PrincipalArn": f"{ROOT[:-4]}user/pci/*"})],
            ([f"{ROOT[:-4]}user/pci/*"], [], []),
        ),
        ([allow({"Federated": "arn:aws:iam::1:saml-provider/x"})], ([], [], ["arn:aws:iam::1:saml-provider/x"])),
        # Who is refused whatever he does doesn't get in.
        ([allow({"AWS": ANN}), {**allow({"AWS": ANN}), "Effect": "Deny"}], ([], [], [])),
        # With MFA is enough.
        ([allow({"AWS": ANN}, Bool={"aws:MultiFactorAuthPresent": "true"})], ([ANN], [], [])),
    ],
)
def test_whom_a_trust_policy_admits(statements, expected):
    assert of(*statements) == expected


def test_roles_of_services_let_nobody_in():
    assert ways_in({"Roles": [role(allow({"Service": "ecs-tasks.amazonaws.com"}))], "Users": []})["roles"] == []


def test_account_access_manager_lets_people_in():
    """Its service principal stands for people, in whichever application somebody entitles them."""
    statement = {**allow({"Service": "account-access.amazonaws.com"}), "Action": ["sts:AssumeRole", "sts:SetContext"]}
    assert of(statement) == ([], [], ["account-access.amazonaws.com"])


def test_users_and_what_was_not_read():
    assert ways_in({"Users": [{"Arn": "b"}, {"Arn": "a"}]}) == {"roles": None, "users": ["a", "b"]}
    assert ways_in({"Roles": []}) == {"roles": [], "users": None}


def test_the_guards_own_policy_admits_exactly_its_users():
    document = trust_policies.policy("aws", IDENTITY, ["pci/ann", "pci/ben"], [], 900)
    assert trust_policies.admitted(document) == (ANN, ANN.replace("ann", "ben"))
