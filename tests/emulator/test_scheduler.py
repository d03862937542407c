# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EventBridge Scheduler: schedules of its default group."""

from __future__ import annotations

import pytest

from .conftest import SPOKE, error_of, refused
from .people import make_role

FUNCTION = f"arn:aws:lambda:eu-central-1:{SPOKE}:function:renew"


def trusting(service):
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


@pytest.fixture
def scheduler(client):
    return client(SPOKE, "scheduler")


@pytest.fixture
def schedule(emulator):
    role = make_role(emulator, SPOKE, "caller", trusting("scheduler.amazonaws.com"))
    return {
        "Name": "renew",
        "Description": "of the tests",
        "ScheduleExpression": "rate(5 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": FUNCTION, "RoleArn": role},
    }


def test_a_schedule_is_read_as_it_was_made(scheduler, schedule):
    arn = scheduler.create_schedule(**schedule)["ScheduleArn"]
    assert arn == f"arn:aws:scheduler:eu-central-1:{SPOKE}:schedule/default/renew"
    read = scheduler.get_schedule(Name="renew")
    assert {key: read[key] for key in schedule if key != "Target"} == {
        k: v for k, v in schedule.items() if k != "Target"
    }
    assert (read["State"], read["Target"]["RetryPolicy"]["MaximumRetryAttempts"]) == ("ENABLED", 185)
    assert refused(scheduler.create_schedule, **schedule)[0] == "ConflictException"


def test_what_an_update_does_not_give_becomes_its_default(scheduler, schedule):
    """API_UpdateSchedule"""
    scheduler.create_schedule(**schedule, State="DISABLED")
    scheduler.update_schedule(**{key: value for key, value in schedule.items() if key != "Description"})
    read = scheduler.get_schedule(Name="renew")
    assert (read["State"], read.get("Description")) == ("ENABLED", None)


def test_one_that_is_gone(scheduler, schedule):
    scheduler.create_schedule(**schedule)
    scheduler.delete_schedule(Name="renew")
    for call in (scheduler.get_schedule, scheduler.delete_schedule):
        assert refused(call, Name="renew") == ("ResourceNotFoundException", 404)
    assert refused(scheduler.update_schedule, **schedule) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(5 seconds)"])
def test_rates(scheduler, schedule, expression):
    """schedule-types"""
    wrong = schedule | {"ScheduleExpression": expression}
    assert refused(scheduler.create_schedule, **wrong) == ("ValidationException", 400)


def test_a_role_that_the_scheduler_may_not_assume(emulator, scheduler, schedule):
    other = make_role(emulator, SPOKE, "other", trusting("lambda.amazonaws.com"))
    for role in (other, f"arn:aws:iam::{SPOKE}:role/none"):
        target = {"Arn": FUNCTION, "RoleArn": role}
        assert refused(scheduler.create_schedule, **schedule | {"Target": target}) == ("ValidationException", 400)


def test_a_group_that_is_not_there(scheduler, schedule):
    assert refused(scheduler.create_schedule, **schedule, GroupName="none") == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    "expression",
    [
        *("cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)"),
        *("cron(71 8 1 * ? *)", "cron()", "rate(10)", "rate( 10 minutes )", " rate(10 minutes)"),
        *("at(2021-12-31T23:59:59Z)", "at(2021-12-31)"),
    ],
)
def test_invalid_expressions(scheduler, schedule, expression):
    """LocalStack's test_scheduler.snapshot.json (recorded on AWS)."""
    parameters = schedule | {"ScheduleExpression": expression}
    assert error_of(scheduler.create_schedule, **parameters) == (
        "ValidationException",
        f"Invalid Schedule Expression {expression}.",
    )


@pytest.mark.parametrize(
    "expression",
    [
        *("cron(15 10 ? * 6L 2022-2030)", "cron(0/15 8-17 ? JAN-JUN MON-FRI *)", "cron(0 0 L * ? *)"),
        *("cron(0 18 ? * TUE#2 *)", "at(2099-11-20T13:00:00)"),
    ],
)
def test_valid_expressions(scheduler, schedule, expression):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
    scheduler.create_schedule(**schedule | {"ScheduleExpression": expression})
