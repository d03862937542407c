# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies

ACCOUNT = "111111111111"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ANN = f"arn:aws:iam::{ACCOUNT}:user/pci/ann"
PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(principal=None, **conditions):
    return {"Effect": "Allow", "Principal": principal or ROOT, "Action": "sts:AssumeRole", "Condition": conditions}


def deny(**conditions):
    return {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": conditions}


@given(st.integers(1, 3600))
def test_what_is_written_is_judged_as_meant(age):
    judged = trust_policies.judge(trust_policies.policy("aws", ACCOUNT, ["pci/ann", "ben"], [], age))
    assert judged == trust_policies.Trust((ROOT["AWS"],), (), (), (), False, age, False)


def test_a_federated_role_gets_in_without_mfa_that_aws_could_see():
    judged = trust_policies.judge(
        trust_policies.policy("aws", ACCOUNT, ["ann"], ["aws-reserved/sso.amazonaws.com/Operator"], 900)
    )
    assert judged.without_mfa is True
    assert judged.whole_accounts == ()


# The operators of "Secure API access with MFA" and of the condition operators' page: what lets whom in.
TRAPS = {
    "Bool": (allow(Bool={PRESENT: "true"}), False, None),
    "BoolIfExists lets keys in": (allow(BoolIfExists={PRESENT: "true"}), True, None),
    "Null lets any temporary credential in": (allow(Null={PRESENT: "false"}), True, None),
    "age alone": (allow(NumericLessThan={AGE: "900"}), False, 899),
    "age if there is one": (allow(NumericLessThanEqualsIfExists={AGE: "900"}), True, 900),
    "no condition": (allow(), True, None),
}


@pytest.mark.parametrize("statement, without_mfa, age", TRAPS.values(), ids=TRAPS)
def test_mfa_is_judged_by_meaning(statement, without_mfa, age):
    judged = trust_policies.judge(document(statement))
    assert (judged.without_mfa, judged.mfa_age) == (without_mfa, age)


@pytest.mark.parametrize(
    "denial, without_mfa",
    [
        (deny(Bool={PRESENT: "false"}), True),  # long-term keys have no such key
        (deny(BoolIfExists={PRESENT: "false"}), False),
        (deny(Null={PRESENT: "true"}), True),
    ],
    ids=["Bool misses keys", "BoolIfExists", "Null misses false"],
)
def test_denials_without_mfa(denial, without_mfa):
    assert trust_policies.judge(document(allow(), denial)).without_mfa is without_mfa


def test_whole_accounts_and_names_of_sessions():
    anybody = trust_policies.judge(document(allow(Bool={PRESENT: "true"})))
    assert anybody.whole_accounts == (ACCOUNT,) and anybody.any_session_name is True
    named = allow(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/pci/*"})
    assert trust_policies.judge(document(named)).whole_accounts == ()
    bound = allow({"AWS": ANN}, StringLike={"sts:RoleSessionName": "${aws:username}"})
    assert trust_policies.judge(document(bound)).any_session_name is False
    assert trust_policies.judge(document(allow("*"))).whole_accounts == ("*",)


def test_a_source_that_nobody_knows_leaves_it_open():
    judged = trust_policies.judge(document(allow(IpAddress={"aws:SourceIp": "192.0.2.0/24"})))
    assert judged.without_mfa is None and judged.any_session_name is None


def test_services_are_no_people():
    judged = trust_policies.judge(document(allow({"Service": "ecs-tasks.amazonaws.com"})))
    assert judged.services == ("ecs-tasks.amazonaws.com",) and not judged.is_for_people
    with pytest.raises(ValueError, match="no Statement"):
        trust_policies.judge("{}")
