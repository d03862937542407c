# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Agreement of the modules' and the emulator's evaluators of IAM policies, written apart from the same pages."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import policy_evaluation
from emulator.iam.conditions import holds, resource_matches

TEXTS = st.sampled_from(
    ["", "a", "A", "ab", "a*", "?b", "*", "true", "false", "900", "901", "10.0.0.1", "10.0.0.0/8"]
    + ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "${aws:username}", "ann"]
)
ARNS = st.sampled_from(
    ["arn:aws:iam::111111111111:user/ann", "arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:user/${aws:username}"]
    + ["arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/*", "arn:aws:s3:::*"]
)
STRINGS = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"]
NUMBERS = [
    f"{kind}{how}" for kind in ("Numeric", "Date") for how in ("Equals", "NotEquals", "LessThan", "GreaterThanEquals")
]
PLAIN = [*STRINGS, *NUMBERS, "Bool", "IpAddress", "NotIpAddress"]
ARN = ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"]


def operators(names):
    quantified = st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])
    return st.builds("{}{}{}".format, quantified, st.sampled_from(names), st.sampled_from(["", "", "IfExists"]))


def values(texts):
    """Return a strategy for what a request has for a key: None, one value, or a tuple of values."""
    plain = texts.filter(lambda text: "${" not in text)
    return st.one_of(st.none(), plain, st.lists(plain, min_size=1, max_size=2).map(tuple))


CASES = st.one_of(
    st.tuples(operators(PLAIN), st.lists(TEXTS, min_size=1, max_size=3), values(TEXTS)),
    st.tuples(operators(ARN), st.lists(ARNS, min_size=1, max_size=3), values(ARNS)),
    st.tuples(st.just("Null"), st.sampled_from(["true", "false"]), values(TEXTS)),
)


@given(CASES)
@example(("ForAnyValue:StringNotEquals", ["a"], None))
@example(("Bool", ["${aws:username}"], "ann"))
def test_conditions(case):
    operator, wanted, value = case
    request = policy_evaluation.Request("s3:GetObject", "", None, {"some:key": value, "aws:username": "ann"})
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"some:key": wanted}}}
    context = {"aws:username": "ann"}
    if value is not None:
        context["some:key"] = list(value) if isinstance(value, tuple) else value
    ours, theirs = policy_evaluation.matches(statement, request), holds(statement["Condition"], context, True)
    # Ours may return None for what is no number, date or network; theirs takes it for no match.
    assert ours is None or ours == theirs


@given(st.one_of(ARNS, st.sampled_from(["*", "arn:aws:s3", "arn:aws:iam::111111111111"])), ARNS)
def test_resources(pattern, arn):
    arn = arn.replace("${aws:username}", "ann").replace("*", "x")
    request = policy_evaluation.Request("s3:GetObject", arn, None, {"aws:username": "ann"})
    ours = policy_evaluation.matches({"Effect": "Allow", "Action": "*", "Resource": pattern}, request)
    assert ours == resource_matches(pattern, arn, {"aws:username": "ann"}, True)
