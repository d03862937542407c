# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credential report: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"""

from __future__ import annotations

import datetime

from moto.iam.models import IAMBackend, User
from moto.utilities.utils import get_partition

from emulator import clock

REPORT_STAYS = datetime.timedelta(hours=4)


class CredentialReport(IAMBackend):
    report: tuple[datetime.datetime, str] | None = None

    def generate_report(self) -> None:
        """Generate a report, "as often as once every four hours"; until then the last one stays."""
        if not self.report or clock.now() - self.report[0] >= REPORT_STAYS:
            super().generate_report()
            self.report = (clock.now(), self._report())

    def get_credential_report(self) -> str:
        super().get_credential_report()  # raises if there is no report
        return self.report[1]

    def _report(self) -> str:
        """Build the report's CSV; the first row is the root user's, who has neither keys nor MFA."""
        header, *_ = super().get_credential_report().partition("\n")
        columns = header.split(",")
        arn = f"arn:{get_partition(self.region_name)}:iam::{self.account_id}:"
        root = dict.fromkeys(columns, "N/A") | {
            "user": "<root_account>",
            "arn": f"{arn}root",
            "user_creation_time": "2024-01-01T00:00:00+00:00",
            "password_enabled": "not_supported",
            "password_last_used": "no_information",
            "password_last_changed": "not_supported",
            "password_next_rotation": "not_supported",
        }
        rows = [root, *(self._report_row(user, columns) for user in self.users.values())]
        flags = ("mfa_active", "access_key_1_active", "access_key_2_active", "cert_1_active", "cert_2_active")
        for flag in flags:
            root[flag] = "false"
        return "".join(",".join(line) + "\n" for line in (columns, *([row[name] for name in columns] for row in rows)))

    def _report_row(self, user: User, columns: list[str]) -> dict[str, str]:
        """Build a user's row: moto's, with the password's dates and the keys' last use, which moto leaves out."""
        form = "%Y-%m-%dT%H:%M:%S+00:00"
        row = dict(zip(columns, user.to_csv().strip().split(",")))
        if not user.password:
            row |= {"password_last_used": "N/A", "password_last_changed": "N/A"}
        else:
            row["password_last_changed"] = getattr(user, "password_changed", user.create_date).strftime(form)
        age = self.account_password_policy.max_password_age if self.account_password_policy else 0
        row["password_next_rotation"] = "N/A"
        if user.password and age:
            changed = getattr(user, "password_changed", user.create_date)
            row["password_next_rotation"] = (changed + datetime.timedelta(days=age)).strftime(form)
        for number in (1, 2):
            key = user.access_keys[number - 1] if len(user.access_keys) >= number else None
            used = key.last_used if key else None
            row[f"access_key_{number}_last_used_region"] = used.region if used else "N/A"
            row[f"access_key_{number}_last_used_service"] = used.service if used else "N/A"
        return row
