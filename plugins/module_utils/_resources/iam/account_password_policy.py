# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account's password policy. There is one, and it has no owner, so it stays when it is no longer declared."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("iam:GetAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy")
FIELDS = {
    "minimum_length": "MinimumPasswordLength",
    "require_symbols": "RequireSymbols",
    "require_numbers": "RequireNumbers",
    "require_uppercase": "RequireUppercaseCharacters",
    "require_lowercase": "RequireLowercaseCharacters",
    "users_may_change": "AllowUsersToChangePassword",
    "max_age_days": "MaxPasswordAge",
    "remembered": "PasswordReusePrevention",
    "hard_expiry": "HardExpiry",
}


def read(aws, declared, found):
    """Return {"main": Actual} with FIELDS, 0 for a number that AWS doesn't return; {} where AWS's default holds."""
    # A mapping of one policy, where read expects a list of items.
    policy = aws.read("iam.get_account_password_policy", "PasswordPolicy", none_if="NoSuchEntity")
    if not policy:
        return {}
    return {"main": Actual(None, {field: policy.get(key, 0) for field, key in FIELDS.items()})}


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["account_password_policy"])


def _put(fields):
    # AWS sets what isn't given to its default. It refuses 0, which means the same here.
    given = {key: fields[field] for field, key in FIELDS.items() if fields.get(field)}
    switches = {key: bool(fields.get(field)) for field, key in FIELDS.items() if key not in NUMBERS}
    return Call("iam.update_account_password_policy", {**given, **switches})


NUMBERS = ("MinimumPasswordLength", "MaxPasswordAge", "PasswordReusePrevention")
KIND = ResourceType(
    "account_password_policy",
    create=_put,
    changes={tuple(FIELDS): lambda id_, before, after: [_put(after)]},
)
