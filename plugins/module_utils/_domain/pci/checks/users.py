# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 8.2, 8.3, 8.4 and 8.6.1, as far as the root user, IAM users and the account's password policy show
them. model.py lists the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from .model import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, Check, Facts, Item, Outcome, Scope, of_all

REPORT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"
PASSWORDS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html"
ROOT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"
INACTIVE_AFTER = timedelta(days=90)
# An older report says little about the present.
REPORT_HOLDS = timedelta(days=7)


def _of_users(
    look: Callable[[Item, datetime], dict[str, Any]], wrong: str, right: str
) -> Callable[[Facts, Scope], Outcome]:
    """Build a check of the users in the credential report.

    look: returns the columns that fail a user; {}: the user passes.
    """

    def judge(facts: Facts, scope: Scope) -> Outcome:
        report = facts["CredentialReport"]
        if not report:
            return Outcome(UNKNOWN, "there is no credential report: aws iam generate-credential-report creates one")
        made = report["GeneratedTime"]
        if facts["now"] - made > REPORT_HOLDS:
            message = "the credential report is older than a week: aws iam generate-credential-report creates another"
            return Outcome(UNKNOWN, message, {"GeneratedTime": made.isoformat()})
        users = [row for row in report["Users"] if row["user"] != "<root_account>"]
        bad = [{"UserName": row["user"], **found} for row in users if (found := look(row, made))]
        outcome = of_all(users, bad, wrong, right, "no IAM users here")
        return Outcome(outcome.verdict, outcome.message, {**outcome.fields, "GeneratedTime": made.isoformat()})

    return judge


def _on(row: Item, column: str) -> bool:
    return str(row.get(column, "")).lower() == "true"


def _unused(row: Item, made: datetime) -> dict[str, Any]:
    return {column: value for column, value in _last_used(row) if made - _moment(value) > INACTIVE_AFTER}


def _last_used(row: Item) -> Iterator[tuple[str, str]]:
    """Yield (column, date) of each active credential's last use.

    If it was never used, the date is that of its last change, or of the user's creation.
    """
    for on, used, since in (
        ("password_enabled", "password_last_used", "password_last_changed"),
        ("access_key_1_active", "access_key_1_last_used_date", "access_key_1_last_rotated"),
        ("access_key_2_active", "access_key_2_last_used_date", "access_key_2_last_rotated"),
    ):
        if _on(row, on):
            column = next((c for c in (used, since) if row.get(c, "")[:1].isdigit()), "user_creation_time")
            yield column, row[column]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _no_mfa(row: Item, made: datetime) -> dict[str, Any]:
    if _on(row, "password_enabled") and not _on(row, "mfa_active"):
        return {"password_enabled": True, "mfa_active": False}
    return {}


def _both(row: Item, made: datetime) -> dict[str, Any]:
    keys = [column for column in ("access_key_1_active", "access_key_2_active") if _on(row, column)]
    return {"password_enabled": True, **dict.fromkeys(keys, True)} if keys and _on(row, "password_enabled") else {}


def _password_policy(wanted: Callable[[Item], dict[str, Any]], right: str) -> Callable[[Facts, Scope], Outcome]:
    """Build a check of the account's password policy.

    wanted: returns the fields that fail, with their values; {}: the policy passes.
    """

    def judge(facts: Facts, scope: Scope) -> Outcome:
        policy = facts["PasswordPolicy"]
        failing = wanted(policy)
        if not failing:
            return Outcome(PASS, right, {"PasswordPolicy": dict(policy)})
        users = facts["AccountSummary"].get("Users")
        if users == 0:
            return Outcome(NOT_APPLICABLE, "no IAM users here, so no passwords of theirs", {"Users": 0, **failing})
        message = "the account's password policy asks for less" if policy else "the account has no password policy"
        return Outcome(FAIL, message, failing)

    return judge


def _length(policy: Item) -> dict[str, Any]:
    # IAM's default policy: at least eight characters, of three of four kinds.
    length, numbers = policy.get("MinimumPasswordLength", 8), policy.get("RequireNumbers", False)
    letters = policy.get("RequireLowercaseCharacters", False) or policy.get("RequireUppercaseCharacters", False)
    fields = {"MinimumPasswordLength": length, "RequireNumbers": numbers, "letters required": letters}
    return {} if length >= 12 and numbers and letters else fields


def _reuse(policy: Item) -> dict[str, Any]:
    kept = policy.get("PasswordReusePrevention", 0)
    return {} if kept >= 4 else {"PasswordReusePrevention": kept}


def _password_age(facts: Facts, scope: Scope) -> Outcome:
    """Pass if every user with a password has MFA, else judge the maximum password age."""
    report = facts.get("CredentialReport") or {}
    rows = [r for r in report.get("Users", ()) if r["user"] != "<root_account>" and _on(r, "password_enabled")]
    if rows and all(_on(row, "mfa_active") for row in rows):
        return Outcome(PASS, "no password is the only factor", {"mfa_active": True, "looked_at": len(rows)})

    def too_old(policy: Item) -> dict[str, Any]:
        age = policy.get("MaxPasswordAge", 0)
        return {} if 0 < age <= 90 else {"MaxPasswordAge": age or None}

    return _password_policy(too_old, "passwords have to be changed every 90 days")(facts, scope)


def _root_mfa(facts: Facts, scope: Scope) -> Outcome:
    summary = facts["AccountSummary"]
    fields = {
        key: summary[key] for key in ("AccountMFAEnabled", "AccountPasswordPresent") if summary.get(key) is not None
    }
    if summary.get("AccountPasswordPresent") == 0 and not summary.get("AccountAccessKeysPresent"):
        return Outcome(PASS, "the root user has neither password nor keys", fields)
    if summary.get("AccountMFAEnabled"):
        return Outcome(PASS, "the root user has MFA", fields)
    return Outcome(FAIL, "the root user has no MFA", fields)


def _root_keys(facts: Facts, scope: Scope) -> Outcome:
    present = facts["AccountSummary"].get("AccountAccessKeysPresent", 0)
    fields = {"AccountAccessKeysPresent": present}
    if present:
        return Outcome(FAIL, "the root user has access keys", fields)
    return Outcome(PASS, "the root user has no access keys", fields)


POLICY = ("PasswordPolicy", "AccountSummary")
CHECKS = (
    Check("root_keys", ("8.2.2", "8.4.1"), ("AccountSummary",), _root_keys, ROOT),
    Check("root_mfa", ("8.4.1", "8.4.2"), ("AccountSummary",), _root_mfa, ROOT),
    Check(
        "inactive_credentials",
        ("8.2.6",),
        ("CredentialReport",),
        _of_users(_unused, "credentials unused for 90 days are on", "no credential unused for 90 days is on"),
        REPORT,
    ),
    Check(
        "password_length",
        ("8.3.6",),
        POLICY,
        _password_policy(_length, "passwords have at least 12 characters, letters and digits"),
        PASSWORDS,
    ),
    Check(
        "password_reuse", ("8.3.7",), POLICY, _password_policy(_reuse, "the last four can't be used again"), PASSWORDS
    ),
    Check("password_age", ("8.3.9",), POLICY, _password_age, PASSWORDS),
    Check(
        "mfa_of_users",
        ("8.4.2", "8.4.3"),
        ("CredentialReport",),
        _of_users(_no_mfa, "users log in to the console without MFA", "every user with a password has MFA"),
        REPORT,
    ),
    Check(
        "console_and_keys",
        ("8.6.1",),
        ("CredentialReport",),
        _of_users(_both, "users have both a password and access keys", "no user has both a password and access keys"),
        REPORT,
        "inferred",
    ),
)
