# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On its way from one state to another a role is never more open than in both."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from graphlib import TopologicalSorter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from ansible_collections.closednet.aws.plugins.module_utils._resources.iam import iam_policy, iam_role
from ansible_collections.closednet.aws.tests.unit.declaring import declaring

ARN = "arn:aws:iam::444444444444:role/pci/admin"
INPUTS = {
    "account_id": "444444444444",
    "region": "eu-central-1",
    "partition": "aws",
    "path": "/pci/",
    "remove_roles_in_use": False,
}
SUMMARY = {"account_summary": {"main": Actual(None, {}, False, {})}}
some = st.frozensets(st.sampled_from("abc"), max_size=3)
# What a role is: who gets in, its managed policies, its inline policies by name.
states = st.tuples(some, some, st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from("def"), max_size=2))


def fields(state, **more):
    people, policies, inline = state
    return {
        "role_name": "admin",
        "path": "/pci/",
        "trust": {"people": sorted(people)},
        "max_session_duration": 3600,
        "policies": sorted(policies),
        "inline": {name: {"may": may} for name, may in inline.items()},
        "tags": {},
        **more,
    }


def rights(people, policies, inline):
    return {(person, right) for person in people for right in (*policies, *inline.values())}


def planned(wanted, there, details=None, absent=False, **inputs):
    actual = Actual(ARN, there, True, {"inline": [], "instance_profiles": [], "last_used": None, **(details or {})})
    found = defaultdict(dict, {**SUMMARY, "iam_role": {"admin": actual}})
    declared = declaring({**INPUTS, **inputs}, {"iam_role": wanted}, "pci_role_guard/x", absent=absent)
    return Plan(tuple(iam_role.plan({} if absent else wanted, found, declared)))


@given(before=states, after=states, data=st.data())
def test_nobody_has_a_right_on_the_way_that_they_have_neither_before_nor_after(before, after, data):
    plan = planned({"admin": fields(after)}, fields(before))
    steps = {step.address: step for step in plan.steps}
    people, policies, inline = set(before[0]), set(before[1]), dict(before[2])
    allowed = rights(*before) | rights(*after)
    order = TopologicalSorter(plan.prerequisites())
    order.prepare()
    ready = []
    while order.is_active():
        ready += order.get_ready()
        address = data.draw(st.sampled_from(sorted(ready)))
        ready.remove(address)
        order.done(address)
        operation, params = steps[address].operation, steps[address].params
        if operation == "iam.update_assume_role_policy":
            people = set(json.loads(params["PolicyDocument"])["people"])
        elif operation == "iam.attach_role_policy":
            policies.add(params["PolicyArn"])
        elif operation == "iam.detach_role_policy":
            policies.remove(params["PolicyArn"])
        elif operation == "iam.put_role_policy":
            inline[params["PolicyName"]] = json.loads(params["PolicyDocument"])["may"]
        else:
            assert operation == "iam.delete_role_policy"
            del inline[params["PolicyName"]]
        assert rights(people, policies, inline) <= allowed, address
    assert (people, policies, inline) == (set(after[0]), set(after[1]), after[2])


NONE = (frozenset(), frozenset(), {})
FOR_PEOPLE = trust_policies.policy("aws", "111111111111", ["ann"], [], 900)


def minutes_ago(minutes):
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "removed"), [(None, True), (5, False), (55, False), (61, True)])
def test_a_role_of_people_that_was_used_in_the_last_hour_stays(minutes, removed):
    last_used = minutes and minutes_ago(minutes)
    there = fields(NONE, trust=FOR_PEOPLE)
    if removed:
        assert planned({}, there, {"last_used": last_used}, absent=True).steps[-1].operation == "iam.delete_role"
        return
    with pytest.raises(Conflict, match="was used at .* remove_roles_in_use"):
        planned({}, there, {"last_used": last_used}, absent=True)
    assert planned({}, there, {"last_used": last_used}, absent=True, remove_roles_in_use=True).steps


def test_a_role_of_a_service_goes_though_it_was_used():
    service = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:*"}]}
    assert planned({}, fields(NONE, trust=service), {"last_used": minutes_ago(1)}, absent=True).steps


def test_a_role_of_an_instance_profile_stays():
    with pytest.raises(Conflict, match="instance profiles have it: bastion"):
        planned({}, fields(NONE, trust=FOR_PEOPLE), {"instance_profiles": ["bastion"]}, absent=True)


def test_a_trust_policy_over_its_quota_is_refused():
    users = [f"user-{number}" for number in range(40)]
    long = fields(NONE, trust=trust_policies.policy("aws", "111111111111", users, [], 900))
    with pytest.raises(Conflict, match=r"roles.admin: its document has \d+ characters, .*AssumeRolePolicySizeQuota is"):
        planned({"admin": long}, fields(NONE))


def test_more_managed_policies_than_a_role_takes_are_refused():
    many = fields((frozenset(), [f"p{number}" for number in range(11)], {}))
    with pytest.raises(Conflict, match="it has 11 managed policies"):
        planned({"admin": many}, fields(NONE))


@pytest.mark.parametrize("holds", ["boundary", "attached"])
def test_a_policy_that_others_have_stays(holds):
    arn, holder = "arn:aws:iam::444444444444:policy/pci/x-boundary", "arn:aws:iam::444444444444:role/app"
    own = {"Arn": ARN, "AttachedManagedPolicies": [], "PermissionsBoundary": {"PermissionsBoundaryArn": arn}}
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": arn}} if holds == "boundary" else {}
    other = {"Arn": holder, "AttachedManagedPolicies": [] if boundary else [{"PolicyArn": arn}], **boundary}
    details = Actual(None, {}, False, {"RoleDetailList": [own, other], "UserDetailList": [], "GroupDetailList": []})
    policy = {"policy_name": "x-boundary", "path": "/pci/", "document": {}, "tags": {}}
    found = {
        **SUMMARY,
        "authorization_details": {"main": details},
        "iam_role": {"admin": Actual(ARN, {}, True)},
        "iam_policy": {"x-boundary": Actual(arn, policy, True, {"versions": []})},
    }
    declared = declaring(INPUTS, {}, "pci_role_guard/x", absent=True)
    with pytest.raises(Conflict, match=f"{holder} has it"):
        iam_policy.plan({}, found, declared)
    details.details["RoleDetailList"].remove(other)
    assert [step.operation for step in iam_policy.plan({}, found, declared)] == ["iam.delete_policy"]


def test_a_policy_over_its_quota_is_refused():
    long = {"policy_name": "x", "path": "/pci/", "document": {"Resource": "a" * 6200}, "tags": {}}
    found = {**SUMMARY, "iam_policy": {}, "iam_role": {}, "authorization_details": {}}
    with pytest.raises(Conflict, match="PolicySizeQuota is 6144"):
        iam_policy.plan({"x": long}, found, declaring(INPUTS, {}, "pci_role_guard/x"))
