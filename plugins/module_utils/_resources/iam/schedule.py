# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schedules of EventBridge Scheduler, in its default group, by name.

A schedule takes no tags, so its description names its owner.
"""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile

READ_AFTER = ()
INPUTS = ("schedules",)
PERMISSIONS = (
    "iam:PassRole/scheduler.amazonaws.com",
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "scheduler:UpdateSchedule",
)
FIELDS = {
    "expression": "ScheduleExpression",
    "state": "State",
    "flexible_time_window": "FlexibleTimeWindow",
    "target": "Target",
}


def read(aws, declared, found):
    """Return {name: Actual} of the schedules in inputs.schedules that exist.

    Fields: schedule_name, description, expression, state, flexible_time_window, target.
    """
    names = declared.inputs.schedules
    reads = [lambda name=name: _read(aws, name, declared.owner) for name in names]
    return {name: there for name, there in zip(names, aws.gather(*reads)) if there}


def _read(aws, name, owner):
    listed = aws.read("scheduler.list_schedules", "Schedules", GroupName="default", NamePrefix=name)
    if name not in [schedule["Name"] for schedule in listed]:
        return None
    schedule = aws.call("scheduler.get_schedule", Name=name)
    description = schedule.get("Description", "")
    return Actual(
        schedule["Arn"],
        {
            "schedule_name": name,
            "description": description,
            **{field: schedule[key] for field, key in FIELDS.items()},
        },
        description == description_of(owner),
    )


def description_of(owner):
    return f"{OWNER_TAG}={owner}"


def plan(wanted, found, declared):
    there = found["schedule"]
    for name in wanted:
        if name in there and not there[name].managed:
            raise Conflict(
                f"schedule.{name}: {there[name].id} is in the way and isn't managed by this resource. Remove it, or"
                f" hand it over: give it the description {description_of(declared.owner)}"
            )
    return reconcile(KIND, wanted, there)


def _arguments(fields):
    return {
        "Name": fields["schedule_name"],
        "Description": fields["description"],
        **{key: fields[field] for field, key in FIELDS.items()},
    }


KIND = ResourceType(
    "schedule",
    create=lambda fields: Call("scheduler.create_schedule", _arguments(fields), id_path="ScheduleArn"),
    # UpdateSchedule sets what isn't given to its default.
    changes={tuple(FIELDS): lambda id_, before, after: [Call("scheduler.update_schedule", _arguments(after))]},
    delete=lambda id_, fields: Call("scheduler.delete_schedule", {"Name": fields["schedule_name"]}),
)
