# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

from moto.iam.models import iam_backends
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.responses import EventBridgeSchedulerResponse

from emulator.iam.authorization import role_by_arn
from emulator.iam.conditions import as_list
from emulator.scheduler.expressions import is_valid


class SchedulerResponses(EventBridgeSchedulerResponse):
    """Operations of EventBridge Scheduler, with AWS's checks of rate and role.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html, API_UpdateSchedule.html
    """

    def create_schedule(self) -> str:
        self._check()
        return super().create_schedule()

    def update_schedule(self) -> str:
        """Update a schedule; without State it becomes ENABLED, which moto leaves out."""
        self._check()
        answer = super().update_schedule()
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        schedule.state = schedule.state or "ENABLED"
        return answer

    def _check(self) -> None:
        """Raise ValidationException for an invalid rate, or a role that EventBridge Scheduler may not assume.

        Cron and at expressions are not checked. The role's text: https://github.com/aws/aws-sdk-js-v3/issues/6494; the
        rate's text is not verified.
        """
        self.scheduler_backend.get_schedule_group(self._get_param("GroupName"))
        expression = self._get_param("ScheduleExpression")
        if not is_valid(expression):
            raise ValidationException(f"Invalid Schedule Expression {expression}.")
        role = role_by_arn(iam_backends[self.current_account]["aws"], self._get_param("Target")["RoleArn"])
        statements = as_list(json.loads(role.assume_role_policy_document)["Statement"]) if role else []
        trusted = [
            service
            for statement in statements
            if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), dict)
            for service in as_list(statement["Principal"].get("Service", []))
        ]
        if "scheduler.amazonaws.com" not in trusted:
            raise ValidationException(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )
