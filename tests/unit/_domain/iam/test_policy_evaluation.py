# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Expected values are those of the IAM User Guide's pages "Condition operators" and "Policy evaluation logic"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam.policy_evaluation import Request, judge

USER = "arn:aws:iam::111111111111:user/ann"


def verdict(request, *statements):
    return judge({"Version": "2012-10-17", "Statement": list(statements)}, request)[0]


def allow(**more):
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **more}


def identity(action="s3:GetObject", resource="arn:aws:s3:::bucket/key", **context):
    return Request(action, resource, None, context)


@pytest.mark.parametrize(
    "pattern, allowed",
    [
        ("*", True),
        ("s3:Get*", True),
        ("S3:getobject", True),  # actions don't mind the case
        ("s3:GetObject?", False),
        ("s3:[G]etObject", False),
        (["ec2:*", "s3:GetObject"], True),
    ],
)
def test_actions(pattern, allowed):
    assert verdict(identity(), allow(Action=pattern)) is allowed
    assert verdict(identity(), {"Effect": "Allow", "NotAction": pattern, "Resource": "*"}) is not allowed


@pytest.mark.parametrize(
    "pattern, allowed",
    [
        ("arn:aws:s3:::bucket/*", True),
        ("arn:aws:s3:::BUCKET/*", False),
        ("arn:aws:s3:::*/key", True),
        ("arn:aws:s3:::${aws:username}/key", True),
        ("arn:aws:s3:::${aws:principaltag/team}/key", False),
        ("arn:aws:s3:::${aws:principaltag/team, 'bucket'}/key", True),
        ("arn:aws:s3:::bucket${*}", None),
        ("arn:aws:s3:::${aws:unheardof}/key", None),
    ],
)
def test_resources(pattern, allowed):
    request = identity(**{"aws:username": "bucket", "aws:principaltag/team": None})
    assert verdict(request, allow(Resource=pattern)) is allowed


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": [USER]}])
def test_principals(principal):
    request = Request("sts:AssumeRole", None, (USER,))
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    assert verdict(request, statement) is True
    other = Request("sts:AssumeRole", None, (USER + "a",))
    assert verdict(other, statement) is (principal != {"AWS": [USER]})


def test_an_account_stands_for_all_in_it_and_may_be_meant_by_one_of_them():
    account = Request("s3:GetObject", "", ("111111111111", "arn:aws:iam::111111111111:root"))
    assert verdict(account, allow(Principal={"AWS": "111111111111"})) is True
    assert verdict(account, allow(Principal={"AWS": USER})) is None


# operator, the policy's values, the request's value -> matches
CONDITIONS = [
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "a", "A", False),
    ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringLike", "a*c", "abbc", True),
    ("StringNotLike", "a*", "b", True),
    ("ArnLike", "arn:aws:iam::*:user/pci/*", "arn:aws:iam::111111111111:user/pci/ann", True),
    ("ArnLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:2:user/ann", False),
    ("ArnEquals", "arn:aws:iam::111111111111:user/*", USER, True),
    ("ArnNotEquals", USER, USER, False),
    ("Bool", True, "true", True),
    ("Bool", "true", "false", False),
    ("NumericLessThanEquals", "900", "900", True),
    ("NumericLessThan", 900, "900", False),
    ("NumericGreaterThan", "900", "1000", True),
    ("NumericNotEquals", "900", "900", False),
    ("NumericLessThan", "many", "1", None),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateGreaterThan", "1767225600", "2026-01-01T00:00:01Z", True),
    ("IpAddress", ["10.0.0.0/8", "192.0.2.1"], "10.1.2.3", True),
    ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
    ("Null", "true", None, True),
    ("Null", False, "here", True),
    ("Null", "true", "here", False),
    ("StringEquals", "${aws:username}", "ann", True),
    ("StringEquals", "${aws:username}", "ben", False),
    # A key that the request hasn't: no match, but for the negated ones and IfExists.
    ("StringEquals", "a", None, False),
    ("Bool", "true", None, False),
    ("NumericLessThan", "900", None, False),
    ("NumericLessThanIfExists", "900", None, True),
    ("BoolIfExists", "true", None, True),
    ("StringNotEquals", "a", None, True),
    ("NotIpAddress", "10.0.0.0/8", None, True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", "a", None, True),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
    ("ForAnyValue:StringEquals", "a", None, False),
    ("BinaryEquals", "YQ==", "a", None),
]


@pytest.mark.parametrize("operator, values, value, matches", CONDITIONS)
def test_conditions(operator, values, value, matches):
    request = identity(**{"some:key": value, "aws:username": "ann"})
    assert verdict(request, allow(Condition={operator: {"Some:Key": values}})) is matches


def test_a_key_that_nobody_knows_leaves_it_open():
    assert verdict(identity(), allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})) is None


def test_a_denial_wins_and_nothing_is_allowed_by_itself():
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assert verdict(identity(), allow(), deny) is False
    assert verdict(identity()) is False
    assert verdict(identity(), allow(), {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}) is None
    assert judge("no JSON", identity()) == (None, "the policy can't be read")


ACTIONS = st.sampled_from(["*", "s3:*", "s3:GetObject", "ec2:*"])
STATEMENTS = st.lists(
    st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Deny"]), "Action": ACTIONS, "Resource": st.just("*")}),
    max_size=4,
)


@given(STATEMENTS, ACTIONS)
def test_one_denial_more_never_allows_more(statements, denied):
    before = verdict(identity(), *statements)
    after = verdict(identity(), *statements, {"Effect": "Deny", "Action": denied, "Resource": "*"})
    assert after is False or after == before
