# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies' elements, by the simulator. The pages named are the IAM User Guide's."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import HUB, SPOKE
from .people import allow, deny, policy, trust

USER = f"arn:aws:iam::{SPOKE}:user/alice"


@pytest.fixture
def iam(client):
    return client(SPOKE, "iam")


def entries(context):
    return [
        {
            "ContextKeyName": key,
            "ContextKeyValues": value if isinstance(value, list) else [value],
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
        }
        for key, value in context.items()
        if value is not None
    ]


def decide(iam, *documents, action="s3:GetObject", resource="*", context=None, **parameters):
    answer = iam.simulate_custom_policy(
        PolicyInputList=list(documents),
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=entries(context or {}),
        **parameters,
    )
    return answer["EvaluationResults"][0]["EvalDecision"]


def is_met(iam, operator, wanted, given_value, key="aws:x"):
    document = policy(allow("s3:GetObject", Condition={operator: {key: wanted}}))
    return decide(iam, document, context={key: given_value}) == "allowed"


@pytest.mark.parametrize(
    ("operator", "wanted", "given_value", "met"),
    [
        # reference_policies_elements_condition_operators#Conditions_String
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a", None, False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", "a", None, True),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringNotEqualsIgnoreCase", "a", "A", False),
        ("StringLike", "a*c", "abbc", True),
        ("StringLike", "a?c", "abbc", False),
        ("StringLike", "a.c", "abc", False),
        ("StringNotLike", "a*", "ab", False),
        ("StringNotLike", "a*", None, True),
        # #Conditions_Numeric
        ("NumericEquals", "900", "900.0", True),
        ("NumericNotEquals", "900", "901", True),
        ("NumericLessThan", "900", "900", False),
        ("NumericLessThanEquals", "900", "900", True),
        ("NumericGreaterThan", "900", "1000", True),
        ("NumericGreaterThanEquals", "900", "89", False),
        ("NumericLessThan", "900", None, False),
        # #Conditions_Date: ISO 8601 or seconds since 1970
        ("DateLessThan", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:00Z", "1577836801", True),
        ("DateEquals", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", True),
        ("DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "2020-01-01", "2020-01-01T00:00:00Z", True),
        ("DateLessThanEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", False),
        # #Conditions_Boolean
        ("Bool", "true", "true", True),
        ("Bool", "false", "true", False),
        ("Bool", "false", None, False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        # #Conditions_IPAddress
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
        # #Conditions_ARN: each of the six parts for itself; ArnEquals and ArnLike are the same
        ("ArnEquals", "arn:aws:iam::*:user/pci/*", "arn:aws:iam::111122223333:user/pci/alice", True),
        ("ArnLike", "arn:aws:iam::*:user/alice", "arn:aws:iam::111122223333:user/alice", True),
        ("ArnLike", "arn:aws:*:user/alice", "arn:aws:iam::111122223333:user/alice", False),
        ("ArnLike", "arn:aws:iam", "arn:aws:iam::111122223333:user/alice", False),
        ("ArnNotEquals", "arn:aws:iam::*:user/alice", "arn:aws:iam::111122223333:user/bob", True),
        ("ArnNotLike", "arn:aws:iam::*:user/*", None, True),
        # #Conditions_IfExists
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", "b", False),
        ("BoolIfExists", "true", None, True),
        ("NumericLessThanIfExists", "900", "901", False),
        ("StringNotEqualsIfExists", "a", None, True),
        # #Conditions_Null: "true" - the key is not there
        ("Null", "true", None, True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", "false", None, False),
        # reference_policies_condition-single-vs-multi-valued-context-keys
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a", "b"], None, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c"], False),
        ("ForAnyValue:StringEquals", ["a", "b"], None, False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], None, False),
        ("ForAllValues:StringNotLike", "a*", ["b", "ab"], False),
        ("ForAnyValue:StringNotLike", "a*", ["b", "ab"], True),
    ],
)
def test_condition_operators(iam, operator, wanted, given_value, met):
    assert is_met(iam, operator, wanted, given_value) is met


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        # reference_policies_condition-logic-multiple-context-keys-or-values: operators and keys AND, values OR
        ({"StringEquals": {"aws:a": ["0", "1"], "aws:b": "2"}}, True),
        ({"StringEquals": {"aws:a": "1", "aws:b": "0"}}, False),
        ({"StringEquals": {"aws:a": "1"}, "StringLike": {"aws:b": "3*"}}, False),
        # reference_policies_elements_condition: "Condition key names are not case-sensitive"
        ({"StringEquals": {"AWS:A": "1"}}, True),
    ],
)
def test_conditions_together(iam, condition, met):
    document = policy(allow("s3:GetObject", Condition=condition))
    assert (decide(iam, document, context={"aws:a": "1", "aws:b": "2"}) == "allowed") is met


@pytest.mark.parametrize(
    ("wanted", "given_value", "met"),
    [
        # reference_policies_variables
        ("${aws:username}", "alice", True),
        ("${aws:username}-*", "alice-1", True),
        ("${aws:PrincipalTag/team}", "cards", True),
        ("${aws:PrincipalTag/none}", "", False),
        ("${aws:PrincipalTag/none, 'nobody'}", "nobody", True),
        ("${aws:username, 'nobody'}", "alice", True),
        ("a${*}", "a*", True),
        ("a${*}", "ab", False),
        ("${$}{aws:username}", "${aws:username}", True),
    ],
)
def test_variables(iam, wanted, given_value, met):
    document = policy(allow("s3:GetObject", Condition={"StringLike": {"aws:x": wanted}}))
    context = {"aws:username": "alice", "aws:PrincipalTag/team": "cards", "aws:x": given_value}
    assert (decide(iam, document, context=context) == "allowed") is met


def test_variables_need_the_newer_version(iam):
    """reference_policies_elements_version: before 2012-10-17 "variables are treated as literal strings"."""
    condition = {"StringLike": {"aws:x": "${aws:username}"}}
    old = policy(allow("s3:GetObject", Condition=condition)).replace("2012-10-17", "2008-10-17")
    context = {"aws:username": "alice"}
    assert decide(iam, old, context=context | {"aws:x": "alice"}) == "implicitDeny"
    assert decide(iam, old, context=context | {"aws:x": "${aws:username}"}) == "allowed"


@pytest.mark.parametrize(
    ("statement", "action", "resource", "decision"),
    [
        # reference_policies_elements_action: not case-sensitive, * and ?
        (allow("S3:getobject"), "s3:GetObject", "*", "allowed"),
        (allow("s3:Get*"), "s3:GetObject", "*", "allowed"),
        (allow("s3:Get"), "s3:GetObject", "*", "implicitDeny"),
        (allow("*"), "s3:GetObject", "*", "allowed"),
        # reference_policies_elements_notaction
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "s3:GetObject", "*", "allowed"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "iam:ListUsers", "*", "implicitDeny"),
        ({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}, "s3:GetObject", "*", "explicitDeny"),
        # reference_policies_elements_resource: wildcards within each part; missing parts match all
        (allow("s3:*", "arn:aws:s3:::bucket/*"), "s3:GetObject", "arn:aws:s3:::bucket/a/b", "allowed"),
        (allow("s3:*", "arn:aws:s3:::Bucket/*"), "s3:GetObject", "arn:aws:s3:::bucket/a", "implicitDeny"),
        (allow("sqs:*", "arn:aws:sqs"), "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", "allowed"),
        (allow("sqs:*", "arn:aws:sqs:*:q"), "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", "implicitDeny"),
        # reference_policies_elements_notresource
        (
            {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine/*"},
            "s3:GetObject",
            "arn:aws:s3:::yours/a",
            "explicitDeny",
        ),
        (
            {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine/*"},
            "s3:GetObject",
            "arn:aws:s3:::mine/a",
            "implicitDeny",
        ),
    ],
)
def test_actions_and_resources(iam, statement, action, resource, decision):
    assert decide(iam, policy(statement), action=action, resource=resource) == decision


def test_an_explicit_deny_wins(iam):
    """reference_policies_evaluation-logic_policy-eval-denyallow"""
    assert decide(iam, policy(allow("*"), deny("s3:*"))) == "explicitDeny"
    assert decide(iam, policy(allow("*")), policy(deny("s3:*"))) == "explicitDeny"
    assert decide(iam, policy(deny("iam:*"))) == "implicitDeny"


@pytest.mark.parametrize(
    ("principal", "in_own_account", "from_another"),
    [
        # reference_policies_elements_principal: an account's allow is for its administrators to hand on; its own
        # user, named, and everyone need nothing more; from another account both sides have to allow.
        (USER, "allowed", "implicitDeny"),
        ("*", "allowed", "implicitDeny"),
        (SPOKE, "implicitDeny", "implicitDeny"),
        (f"arn:aws:iam::{SPOKE}:root", "implicitDeny", "implicitDeny"),
        (f"arn:aws:iam::{SPOKE}:user/bob", "implicitDeny", "implicitDeny"),
    ],
)
def test_a_resources_policy_alone(iam, principal, in_own_account, from_another):
    given_policy = {"ResourcePolicy": policy(trust(principal, action="s3:*", Resource="*")), "CallerArn": USER}
    nothing = policy(allow("sns:Publish"))
    assert decide(iam, nothing, **given_policy) == in_own_account
    assert decide(iam, nothing, **given_policy, ResourceOwner=f"arn:aws:iam::{HUB}:root") == from_another


@pytest.mark.parametrize("principal", [USER, "*", SPOKE])
def test_both_sides_allow_from_another_account(iam, principal):
    """reference_policies_evaluation-logic-cross-account"""
    given_policy = {"ResourcePolicy": policy(trust(principal, action="s3:*", Resource="*")), "CallerArn": USER}
    owner = {"ResourceOwner": f"arn:aws:iam::{HUB}:root"}
    assert decide(iam, policy(allow("s3:*")), **given_policy, **owner) == "allowed"


@pytest.mark.parametrize(
    ("spared", "decision"),
    [
        # reference_policies_elements_notprincipal: with Deny "you must also specify the account ARN"
        ([USER, f"arn:aws:iam::{SPOKE}:root"], "allowed"),
        ([f"arn:aws:iam::{SPOKE}:user/bob", f"arn:aws:iam::{SPOKE}:root"], "explicitDeny"),
    ],
)
def test_not_principal(iam, spared, decision):
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": spared}, "Action": "s3:*", "Resource": "*"}
    given_policy = {"ResourcePolicy": policy(statement), "CallerArn": USER}
    assert decide(iam, policy(allow("s3:*")), **given_policy) == decision


STATEMENTS = st.builds(
    lambda make, action, resource, condition: make(action, resource, **condition),
    st.sampled_from([allow, deny]),
    st.sampled_from(["*", "s3:*", "s3:Get*", "iam:*"]),
    st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]),
    st.sampled_from(
        [
            {},
            {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
            {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "900"}}},
            {"Condition": {"Null": {"aws:MultiFactorAuthAge": "true"}}},
            {"Condition": {"StringNotLike": {"aws:username": "a*"}}},
        ]
    ),
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:MultiFactorAuthPresent": st.sampled_from(["true", "false"]),
        "aws:MultiFactorAuthAge": st.sampled_from(["0", "899", "900", "5000"]),
        "aws:username": st.sampled_from(["alice", "bob"]),
    },
)
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@given(
    st.lists(STATEMENTS, min_size=1, max_size=4), STATEMENTS, CONTEXTS, st.sampled_from(["s3:GetObject", "iam:GetUser"])
)
def test_one_more_deny_never_lets_more_in(iam, statements, more, context, action):
    more = more | {"Effect": "Deny"}
    asked = {"action": action, "resource": "arn:aws:s3:::a/b", "context": context}
    if decide(iam, policy(*statements, more), **asked) == "allowed":
        assert decide(iam, policy(*statements), **asked) == "allowed"


@EXAMPLES
@given(
    st.sampled_from(
        [
            ("StringEquals", "a"),
            ("StringLike", "a*"),
            ("StringNotEquals", "a"),
            ("NumericLessThan", "5"),
            ("Bool", "true"),
            ("IpAddress", "10.0.0.0/8"),
            ("DateLessThan", "2020-01-01T00:00:00Z"),
        ]
    ),
    st.sampled_from(["a", "ab", "1", "9", "true", "10.1.1.1", "2019-01-01T00:00:00Z"]),
)
def test_if_exists_is_the_operator_or_absence(iam, operator, value):
    """reference_policies_elements_condition_operators#Conditions_IfExists"""
    name, wanted = operator
    assert is_met(iam, f"{name}IfExists", wanted, value) is is_met(iam, name, wanted, value)
    assert is_met(iam, f"{name}IfExists", wanted, None)
