# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Errors, accepted
from ansible_collections.closednet.aws.plugins.module_utils._core import apply as core
from ansible_collections.closednet.aws.plugins.module_utils._core.apply import StepFailed, apply
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import (
    OWN_ID,
    DuplicateCheck,
    Plan,
    Ref,
    Step,
    Wait,
)


def refused(code, status=400):
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


class Aws(Errors):
    """Answers by operation: a dict, an exception, or a list of these for one call after the other."""

    def __init__(self, **answers):
        self.answers = {name: list(a) if isinstance(a, list) else a for name, a in answers.items()}
        self.calls = []

    def delay(self, operation):
        return 0.0

    def call(self, operation, **params):
        self.calls.append((operation, params))
        answer = self.answers.get(operation.partition(".")[2], {})
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return accepted(answer, operation)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(core.time, "sleep", lambda seconds: None)


def test_a_made_id_reaches_the_step_that_needs_it():
    aws = Aws(create={"Vpc": {"Id": "vpc-1"}})
    use = Step("subnet.a", "x.use", {"VpcId": Ref("vpc.main")})
    applied = apply(Plan((use, Step("vpc.main", "x.create", {}, id_path="Vpc.Id"))), aws, 10)
    assert aws.calls == [("x.create", {}), ("x.use", {"VpcId": "vpc-1"})]
    assert applied.ids == {"vpc.main": "vpc-1"}


def test_independent_steps_run_at_the_same_time():
    both = threading.Barrier(2, timeout=10)  # passed only by two at once

    def meet():
        both.wait()
        return {}

    apply(Plan((Step("a", "x.meet", {}), Step("b", "x.meet", {}))), Aws(meet=meet), 10)


def test_a_step_is_done_when_its_wait_is_over():
    aws = Aws(create={"Id": "tgw-1"}, describe=[{"States": ["pending"]}, {"States": ["available"]}, {}])
    wait = Wait("x.describe", {"Ids": [OWN_ID]}, "States", until=("available",))
    steps = (Step("tgw.main", "x.create", {}, id_path="Id", wait=wait), Step("b", "x.use", {"Id": Ref("tgw.main")}))
    applied = apply(Plan(steps), aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.create", "x.describe", "x.describe", "x.use"]
    assert aws.calls[1][1] == {"Ids": ["tgw-1"]}
    assert applied.states == {"tgw.main": "available"}


def test_after_a_failure_what_depends_on_it_is_not_begun_and_both_are_said():
    aws = Aws(fail=refused("AccessDenied"))
    steps = (
        Step("first", "x.fine", {}),
        Step("second", "x.fail", {}, needs=("first",)),
        Step("third", "x.fine", {}, needs=("second",)),
    )
    with pytest.raises(StepFailed) as failed:
        apply(Plan(steps), aws, 10)
    assert (failed.value.step.address, failed.value.done, failed.value.left) == (
        "second",
        ["first"],
        ["second", "third"],
    )
    assert not failed.value.outcome_unknown


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (refused("InvalidParameterValue"), False),
        (refused("InternalError", 500), True),
        (refused("Unavailable", 503), True),
        (ConnectionClosedError(endpoint_url="http://x"), True),
    ],
)
def test_a_lost_answer_is_told_from_a_refusal(error, unknown):
    aws = Aws(create=error)
    with pytest.raises(StepFailed) as failed:
        apply(Plan((Step("a", "x.create", {}),)), aws, 10)
    assert failed.value.outcome_unknown is unknown
    assert len(aws.calls) == 1  # whatever it is, it isn't sent again


def test_what_never_arrived_is_sent_again():
    aws = Aws(create=[EndpointConnectionError(endpoint_url="http://x"), {}])
    apply(Plan((Step("a", "x.create", {}),)), aws, 10)
    assert len(aws.calls) == 2


@pytest.mark.parametrize("code", ["InvalidVpcID.NotFound", "IncorrectState"])
def test_what_this_run_just_made_may_not_be_visible_yet(code):
    aws = Aws(use=[refused(code), {}])
    apply(Plan((Step("first", "x.fine", {}), Step("second", "x.use", {}, needs=("first",)))), aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.fine", "x.use", "x.use"]


def test_what_is_not_there_without_this_run_having_made_it_is_an_error():
    aws = Aws(use=refused("InvalidVpcID.NotFound"))
    with pytest.raises(StepFailed):
        apply(Plan((Step("a", "x.use", {}),)), aws, 10)
    assert len(aws.calls) == 1


@pytest.mark.parametrize("code", ["IncorrectState", "DependencyViolation"])
def test_what_an_earlier_run_left_on_its_way_is_waited_for(code):
    aws = Aws(delete=[refused(code), {}])
    apply(Plan((Step("a", "x.delete", {}, before={}, removes="vpc-1"),)), aws, 10)
    assert len(aws.calls) == 2


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
        (
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        ),
    ],
)
def test_a_role_that_was_just_made_is_waited_for_and_no_other(code, message):
    error = ClientError({"Error": {"Code": code, "Message": message}}, "Operation")
    use = Step("b", "x.use", {"Role": Ref("a")})
    made = Plan((Step("a", "x.create", {}, id_path="Arn"), use))
    aws = Aws(create={"Arn": "arn"}, use=[error, {}])
    apply(made, aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.create", "x.use", "x.use"]
    with pytest.raises(StepFailed):
        apply(Plan((Step("b", "x.use", {"Role": "arn"}),)), Aws(use=error), 10)
    with pytest.raises(StepFailed):
        apply(made, Aws(create={"Arn": "arn"}, use=refused(code)), 10)


@pytest.mark.parametrize("code", ["InvalidPermission.NotFound", "InvalidPermission.Duplicate", "RouteAlreadyExists"])
def test_what_contradicts_the_reading_is_not_waited_out(code):
    aws = Aws(use=refused(code))
    with pytest.raises(StepFailed) as failed:
        apply(Plan((Step("first", "x.fine", {}), Step("second", "x.use", {}, needs=("first",)))), aws, 10)
    assert failed.value.already_done and not failed.value.outcome_unknown
    assert [operation for operation, _params in aws.calls] == ["x.fine", "x.use"]


@pytest.mark.parametrize(
    "answer",
    [
        refused("InvalidVpcID.NotFound"),
        refused("Gateway.NotAttached"),
        refused("NoSuchEntity"),
        refused("ResourceNotFoundException"),
        refused("UnknownResourceException"),
        {"Unsuccessful": [{"Error": {"Code": "InvalidFlowLogId.NotFound", "Message": "m"}}]},
    ],
)
def test_removing_what_is_gone_is_done(answer):
    apply(Plan((Step("a", "x.delete", {}, before={}, removes="vpc-1"),)), Aws(delete=answer), 10)


def test_what_was_just_let_go_may_still_hold_for_a_while():
    aws = Aws(delete=[refused("DependencyViolation"), {}])
    steps = (
        Step("subnet", "x.detach", {}, before={"vpc": "vpc-1"}, removes="subnet-1"),
        Step("vpc", "x.delete", {}, before={}, removes="vpc-1"),
    )
    apply(Plan(steps), aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.detach", "x.delete", "x.delete"]


def test_a_refusal_within_a_good_answer_is_a_failure():
    answer = {"FlowLogIds": [], "Unsuccessful": [{"Error": {"Code": "FlowLogAlreadyExists", "Message": "m"}}]}
    with pytest.raises(StepFailed, match="FlowLogAlreadyExists"):
        apply(Plan((Step("a", "x.create", {}, id_path="FlowLogIds[0]"),)), Aws(create=answer), 10)


def test_what_came_with_something_just_made_is_looked_up_until_it_is_seen():
    """A subnet's first network ACL association; an id that isn't known yet tells which of several it is."""
    others = [{"Subnet": "subnet-9", "Id": "assoc-9"}]
    aws = Aws(
        create={"Id": "subnet-1"},
        describe=[{"All": others}, {"All": [*others, {"Subnet": "subnet-1", "Id": "assoc-1"}]}],
    )
    which = Ref("subnet.a", "All[?Subnet=='{}'] | [0].Id")
    steps = (
        Step("subnet.a", "x.create", {}, id_path="Id"),
        Step("first.a", "x.describe", {"Subnet": Ref("subnet.a")}, id_path=which, reads_only=True),
    )
    assert apply(Plan(steps), aws, 10).ids == {"subnet.a": "subnet-1", "first.a": "assoc-1"}
    made = Plan((Step("subnet.a", "x.create", {}, id_path="Nothing"),))
    aws = Aws(create={})
    with pytest.raises(StepFailed, match="answered without Nothing"):
        apply(made, aws, 10)
    assert len(aws.calls) == 1  # what makes something is sent once


def test_a_later_step_gets_what_an_earlier_answer_had_besides_its_id():
    """A token, say, without which AWS takes no change."""
    aws = Aws(create={"Id": "p-1", "UpdateToken": "t-1"})
    make = Step("policy.main", "x.create", {}, id_path="Id", outputs={"token": "UpdateToken"})
    use = Step("rule.a", "x.use", {"Policy": Ref("policy.main"), "Token": Ref("policy.main", output="token")})
    applied = apply(Plan((use, make)), aws, 10)
    assert aws.calls == [("x.create", {}), ("x.use", {"Policy": "p-1", "Token": "t-1"})]
    assert (applied.ids, applied.outputs) == ({"policy.main": "p-1"}, {"policy.main:token": "t-1"})
    with pytest.raises(StepFailed, match="answered without UpdateToken"):
        apply(Plan((make,)), Aws(create={"Id": "p-1"}), 10)


def test_what_aws_has_throttled_lets_other_steps_pass(monkeypatch):
    monkeypatch.setattr(core, "PARALLEL", 1)
    aws = Aws()
    aws.delay = {"x.slow": 1.0, "x.quick": 0.0}.__getitem__
    steps = (Step("a", "x.slow", {}), Step("b", "x.slow", {}), Step("c", "x.quick", {}), Step("d", "x.quick", {}))
    apply(Plan(steps), aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.quick", "x.quick", "x.slow", "x.slow"]


TWINS = DuplicateCheck("x.describe", {"Name": "main"}, "Ids", ("x.delete", {"Id": OWN_ID}))
MAKE = Step("vpc.main", "x.create", {}, after={}, id_path="Id", duplicates=TWINS)


def test_what_is_there_once_stays():
    # The first answer is older than what was made.
    aws = Aws(create={"Id": "vpc-2"}, describe=[{"Ids": []}, {"Ids": ["vpc-2"]}])
    assert apply(Plan((MAKE,)), aws, 10).ids == {"vpc.main": "vpc-2"}
    assert aws.calls == [("x.create", {}), *[("x.describe", {"Name": "main"})] * 2]


def test_of_two_with_the_same_name_the_one_with_the_later_id_goes_by_the_run_that_made_it():
    aws = Aws(create={"Id": "vpc-2"}, describe={"Ids": ["vpc-1", "vpc-2"]})
    with pytest.raises(StepFailed) as failed:
        apply(Plan((MAKE, Step("subnet.a", "x.use", {"Id": Ref("vpc.main")}))), aws, 10)
    assert [operation for operation, _params in aws.calls] == ["x.create", "x.describe", "x.delete"]
    assert aws.calls[-1] == ("x.delete", {"Id": "vpc-2"})
    assert failed.value.already_done and not failed.value.outcome_unknown
    assert "vpc-1 stays, vpc-2 of this run was deleted again" in str(failed.value)


def test_the_one_with_the_first_id_waits_for_the_other_to_go():
    aws = Aws(create={"Id": "vpc-1"}, describe=[{"Ids": ["vpc-1", "vpc-2"]}, {"Ids": ["vpc-1"]}])
    assert apply(Plan((MAKE,)), aws, 10).ids == {"vpc.main": "vpc-1"}


def test_who_went_on_before_stays_whatever_its_id():
    aws = Aws(create={"Id": "vpc-1"}, describe={"Ids": ["vpc-1", "vpc-2"]})
    with pytest.raises(StepFailed) as failed:
        apply(Plan((MAKE,)), aws, 0.2)
    assert aws.calls[-1] == ("x.delete", {"Id": "vpc-1"})
    assert "vpc-2 stays, vpc-1 of this run was deleted again" in str(failed.value)


@pytest.mark.parametrize("others", [["vpc-1"], ["vpc-3"], []])
def test_who_fails_gives_way_to_another_of_the_same_name(others):
    """A NAT gateway fails if another has its address: that one's id may be the later one."""
    ready = Wait("x.state", {"Id": OWN_ID}, "States", until=("available",), failed=("failed",))
    aws = Aws(create={"Id": "vpc-2"}, state={"States": ["failed"]}, describe={"Ids": others})
    with pytest.raises(StepFailed, match="the state is failed") as failed:
        apply(Plan((replace(MAKE, wait=ready),)), aws, 10)
    assert failed.value.already_done is bool(others)
    assert (("x.delete", {"Id": "vpc-2"}) in aws.calls) is bool(others)
    assert others == [] or f"{others[0]} stays, vpc-2 of this run failed" in str(failed.value)


@pytest.mark.parametrize(
    ("error", "already_done"),
    [
        (refused("InvalidSubnet.Conflict"), True),
        (refused("InvalidGroup.Duplicate"), True),
        (refused("RouteAlreadyExists"), True),
        (refused("DeleteConflict"), False),
        (refused("InvalidParameterValue"), False),
    ],
)
def test_what_is_so_already_is_told_from_what_can_not_be(error, already_done):
    with pytest.raises(StepFailed) as failed:
        apply(Plan((Step("a", "x.create", {}),)), Aws(create=error), 10)
    assert failed.value.already_done is already_done


def test_a_state_that_somebody_else_changed_is_not_waited_for():
    aws = Aws(accept=refused("IncorrectState"))
    accept = Step("attachment.a", "x.accept", {}, before={"state": "pendingAcceptance"}, after={"state": "available"})
    with pytest.raises(StepFailed) as failed:
        apply(Plan((accept,)), aws, 10)
    assert failed.value.already_done and len(aws.calls) == 1


def test_a_failed_step_has_the_ids_that_were_made():
    aws = Aws(create={"Id": "vpc-1"}, use=refused("InvalidParameterValue"))
    steps = (Step("vpc.main", "x.create", {}, id_path="Id"), Step("b", "x.use", {"Id": Ref("vpc.main")}))
    with pytest.raises(StepFailed) as failed:
        apply(Plan(steps), aws, 10)
    assert failed.value.step.params == {"Id": "vpc-1"}


def failing(name, **more):
    return Step(name, f"x.{name}", {}, alone=True, **more)


def test_a_failure_of_a_step_that_is_alone_stops_only_what_needs_it():
    aws = Aws(bad=refused("ValidationException"), worse=refused("ValidationException"))
    steps = (
        failing("bad"),
        failing("worse"),
        Step("late", "x.late", {}, needs=("fine",)),
        Step("fine", "x.fine", {}),
        Step("held", "x.held", {}, needs=("bad",)),
    )
    with pytest.raises(StepFailed) as failed:
        apply(Plan(steps), aws, 10)
    assert sorted(failed.value.done) == ["fine", "late"]
    assert sorted(failed.value.left) == ["bad", "held", "worse"]
    assert [failed.value.step.address, *(step.address for step, _error in failed.value.others)] == ["bad", "worse"]


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken"])
def test_what_every_step_would_meet_stops_all(code, monkeypatch):
    monkeypatch.setattr(core, "PARALLEL", 1)
    aws = Aws(bad=refused(code, 403))
    with pytest.raises(StepFailed) as failed:
        apply(Plan((failing("bad"), failing("other"))), aws, 10)
    assert failed.value.left == ["bad", "other"]


def test_progress_is_told_but_not_too_often(monkeypatch):
    monkeypatch.setattr(core, "PARALLEL", 1)
    steps = tuple(Step(f"s{number}", "x.fine", {}) for number in range(4))
    told = []
    apply(Plan(steps), Aws(), 10, told.append)
    assert told == []
    monkeypatch.setattr(core, "PROGRESS_SECONDS", 0)
    apply(Plan(steps), Aws(), 10, told.append)
    assert told == ["1 of 4 steps", "2 of 4 steps", "3 of 4 steps"]


def test_what_was_deleted_already_leaves_no_request_to_wait_for():
    aws = Aws(delete=refused("ResourceNotFoundException"), describe=RuntimeError("asked"))
    made = Wait("x.describe", {"RequestId": OWN_ID}, "[Status]", until=("SUCCEEDED",), made="RequestId")
    applied = apply(Plan((Step("a", "x.delete", {}, before={}, removes="id-1", wait=made),)), aws, 10)
    assert applied.states == {"a": "deleted"}
