# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of what account_members declares: permission sets, groups and users, and who is a member of which account.

Patterns and lengths: botocore's models of sso-admin, identitystore and account-access. Quotas: "AWS IAM Identity Center
quotas" (https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html) and "Quotas and limits in account access
manager" (https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-quotas.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid, did_you_mean
from ..values import identifiers

# Policies of a set. A role takes 10 of them unless its account's quota "Managed policies attached to an IAM role" was
# raised, which is read nowhere here: provisioning fails then.
MOST_POLICIES, MOST_POLICIES_OF_A_ROLE = 20, 10
MOST_INLINE_BYTES, MOST_INLINE_CHARACTERS = 32_768, 10_240
MOST_SETS, MOST_SETS_OF_AN_ACCOUNT = 3_500, 500
MOST_GROUPS_OF_A_ROLE = 20
SHORTEST_SESSION, LONGEST_SESSION = 3600, 12 * 3600
# What a group of the identity store has in place of a tag: the end of its description.
MARK = " [closednet:managed={owner}]"
SET_NAME = r"[\w+=,.@-]{1,32}"
OF_AWS = r"arn:aws[a-z-]*:iam::aws:policy((/[\w.,+@=-]+)*)/[\w.,+@=-]+"
NOT_OF_AWS = (
    "is no managed policy of AWS",
    "arn:aws:iam::aws:policy/NAME; those of the account have names",
)
ROLE_NAME = rf"{identifiers.IN_IAM}{{1,64}}"

Options = Mapping[str, Any]


def document(policy: Mapping[str, Any]) -> str:
    """Return a policy's text as it is sent: whitespace counts."""
    return json.dumps(policy, separators=(",", ":"))


def marked(description: str, owner: str) -> str:
    """Return the description of a group as it is sent, with its owner."""
    return f"{description}{MARK.format(owner=owner)}".strip()


def owner_of(description: str) -> tuple[str, str]:
    """Return (description without the owner, the owner); "" if it names none."""
    found = re.fullmatch(r"(?s)(.*?) ?\[closednet:managed=([^\]\s]+)\]", description)
    return (found[1], found[2]) if found else (description, "")


def check(params: Options) -> None:
    """Check the options of account_members. Raises Invalid."""
    _match("name", params["name"], r"[A-Za-z0-9][\w.-]{0,63}", "is no name", "1 to 64 letters, digits or ._-")
    for quota in ("most_permission_sets", "most_sets_per_account"):
        if params[quota] < 1:
            raise Invalid(quota, params[quota], "is no quota", "1 or more")
    if params["state"] == "absent":
        return
    _check_sets(params["permission_sets"])
    _check_directory(params["groups"], params["users"])
    entitled = params["backend"] == "entitlement"
    if entitled and params["permission_sets"]:
        expected = "none with backend entitlement, whose members are of roles of their accounts"
        raise Invalid("permission_sets", [one["name"] for one in params["permission_sets"]], "aren't used", expected)
    known = {one["name"]: None for one in params["permission_sets"]}
    for account, declared in params["accounts"].items():
        _check_account(str(account), declared, None if entitled else known, params["most_sets_per_account"])
    if len(known) > params["most_permission_sets"]:
        raise _over("permission_sets", len(known), "permission sets", params["most_permission_sets"])


def _over(option: str, number: int, what: str, most: int) -> Invalid:
    return Invalid(option, number, f"are more {what} than AWS takes", f"{most} at most, or the quota that was raised")


def _match(option: str, value: Any, pattern: str, problem: str, expected: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise Invalid(option, value, problem, expected)


def _check_account(account: str, declared: Any, known: Mapping[str, Any] | None, most: int) -> None:
    """Check an account's members. known: the declared permission sets, None where members are of roles."""
    option = f"accounts.{account}"
    identifiers.account_id(option, account)
    members = declared.get("members") if isinstance(declared, Mapping) else None
    if not isinstance(members, Mapping):
        raise Invalid(f"{option}.members", members, "is no mapping", "{developers: [group-a]}")
    where = f"{option}.members" + (f" (host {declared['host']})" if declared.get("host") else "")
    if len(members) > most:
        raise _over(where, len(members), "permission sets of an account", most)
    for name, groups in members.items():
        if known is None:
            _match(where, name, ROLE_NAME, "is no name of a role", "a name such as app, or with its path")
        elif name not in known:
            told = ", ".join(known) or "none are declared"
            raise Invalid(
                where, name, f"is no permission set{did_you_mean(name, known)}", f"one of permission_sets: {told}"
            )
        _check_groups(f"{where}.{name}", groups, known is None)


def _check_groups(option: str, groups: Any, of_role: bool) -> None:
    if not isinstance(groups, Sequence) or isinstance(groups, str):
        raise Invalid(option, groups, "is no list", "a list of groups' display names, [] for nobody")
    for group in groups:
        check_display_name(option, group)
    identifiers.distinct([(option, group) for group in groups], "is there twice", "each group once")
    if of_role and len(groups) > MOST_GROUPS_OF_A_ROLE:
        raise _over(option, len(groups), "groups of a role", MOST_GROUPS_OF_A_ROLE)


def check_display_name(option: str, name: Any) -> None:
    """Check a group's display name (CreateGroup): no line, and no slash, which separates parts of addresses."""
    if not isinstance(name, str) or not 1 <= len(name) <= 1024 or name != name.strip() or "/" in name:
        raise Invalid(option, name, "is no display name of a group", "1 to 1024 characters without a slash")


def _check_sets(sets: Sequence[Options]) -> None:
    each = [(f"permission_sets[{index}].name", one["name"]) for index, one in enumerate(sets)]
    identifiers.distinct(each, "is declared twice", "each permission set once")
    for index, one in enumerate(sets):
        option = f"permission_sets[{index}]"
        expected = "1 to 32 letters, digits or +=,.@_-"
        _match(f"{option}.name", one["name"], SET_NAME, "is no name of a permission set", expected)
        check_session(f"{option}.session_duration", one["session_duration"])
        _check_texts(option, one)
        _check_policies(option, one)
        check_inline(f"{option}.inline_policy", one["inline_policy"])
        _check_boundary(f"{option}.permissions_boundary", one["permissions_boundary"])


def _check_texts(option: str, one: Options) -> None:
    if one["description"] is not None:
        expected = "at most 700 characters of Latin-1"
        latin = r"[\t\n\r\x20-\x7e\xa1-\xff]{1,700}"
        _match(f"{option}.description", one["description"], latin, "is no description of a set", expected)
    if one["relay_state"] is not None:
        url = r"""[a-zA-Z0-9&$@#\\/%?=~\-_'"|!:,.;*+\[\] (){}]{1,240}"""
        _match(f"{option}.relay_state", one["relay_state"], url, "is no relay state", "a URL of at most 240 characters")


def check_session(option: str, value: str) -> int:
    """Return the seconds of a session of 1 to 12 hours, written as in the API: PT8H, PT1H30M. Raises Invalid."""
    found = re.fullmatch(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", value)
    expected = "PT1H to PT12H, such as PT8H or PT1H30M"
    if not found:
        raise Invalid(option, value, "is no duration", expected)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if not SHORTEST_SESSION <= total <= LONGEST_SESSION:
        problem = "is longer than AWS takes" if total > LONGEST_SESSION else "is shorter than AWS takes"
        raise Invalid(option, value, problem, expected)
    return total


def _check_policies(option: str, one: Options) -> None:
    for index, arn in enumerate(one["managed_policies"]):
        _match(f"{option}.managed_policies[{index}]", arn, OF_AWS, *NOT_OF_AWS)
    for index, reference in enumerate(one["customer_managed_policies"]):
        _check_reference(f"{option}.customer_managed_policies[{index}]", reference)
    identifiers.distinct(
        [(f"{option}.managed_policies", arn) for arn in one["managed_policies"]], "is there twice", "each policy once"
    )
    named = [(f"{option}.customer_managed_policies", each["name"]) for each in one["customer_managed_policies"]]
    identifiers.distinct(named, "is there twice", "each policy once")
    number = len(one["managed_policies"]) + len(named)
    if number > MOST_POLICIES:
        raise Invalid(option, number, "managed policies are more than a set takes", f"{MOST_POLICIES} at most")


def _check_reference(option: str, reference: Options) -> None:
    _match(f"{option}.name", reference["name"], r"[\w+=,.@-]{1,128}", "is no name of a policy", "its name without path")
    _match(f"{option}.path", reference["path"], r"((/[\w.,+@=-]+)*)/", "is no path", "/ or one such as /team/")


def check_inline(option: str, policy: Any) -> None:
    """Check an inline policy's size. Raises Invalid."""
    if policy is None:
        return
    if not policy or "Statement" not in policy:
        raise Invalid(option, policy, "is no policy", "one with Version and Statement, or no such option")
    text = document(policy)
    if len(text.encode()) > MOST_INLINE_BYTES:
        raise Invalid(option, len(text.encode()), "bytes are more than AWS takes", f"{MOST_INLINE_BYTES} at most")
    characters = sum(not character.isspace() for character in text)
    if characters > MOST_INLINE_CHARACTERS:
        problem = "characters without whitespace are more than AWS takes"
        raise Invalid(option, characters, problem, f"{MOST_INLINE_CHARACTERS} at most")


def _check_boundary(option: str, boundary: Options | None) -> None:
    if boundary is None:
        return
    if boundary["name"] is not None:
        _check_reference(option, boundary)
    if boundary["managed_policy_arn"] is not None:
        _match(f"{option}.managed_policy_arn", boundary["managed_policy_arn"], OF_AWS, *NOT_OF_AWS)
    given = [key for key in ("managed_policy_arn", "name") if boundary[key] is not None]
    if len(given) != 1:
        expected = "managed_policy_arn of AWS, or name and path of the account's own"
        raise Invalid(option, given or None, "is not one policy", expected)


def _check_directory(groups: Sequence[Options], users: Sequence[Options]) -> None:
    _each_once("groups", groups)
    _each_once("users", users)
    for index, user in enumerate(users):
        option = f"users[{index}]"
        _match(f"{option}.name", user["name"], r"[^\s/]{1,128}", "is no name of a user", "1 to 128 characters")
        _match(f"{option}.email", user["email"], r"[^\s@]+@[^\s@]+", "is no address", "one such as ana@example.com")
    for index, group in enumerate(groups):
        option = f"groups[{index}]"
        check_display_name(f"{option}.name", group["name"])
        if len(group["description"] or "") > 900:
            raise Invalid(f"{option}.description", group["description"], "is too long", "at most 900 characters")
        identifiers.distinct([(f"{option}.users", name) for name in group["users"]], "is there twice", "each user once")


def _each_once(option: str, items: Iterable[Options]) -> None:
    """Check that no name is declared twice: the identity store ignores case (not verified)."""
    each = [(f"{option}[{index}].name", one["name"].casefold()) for index, one in enumerate(items)]
    identifiers.distinct(each, "is declared twice", "each once")
