# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subscriptions of an account's log groups: destinations, which groups a policy leaves out, which have no path."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import Invalid
from . import layout

# "Subscriptions are supported only for log groups in the Standard log class": the user guide's page of subscriptions.
SUBSCRIBABLE = "STANDARD"
# Log groups of this class keep events for two days, whatever is asked (CreateLogGroup, logGroupClass).
WITHOUT_RETENTION = "DELIVERY"
# "Each log group can have up to two subscription filters": PutSubscriptionFilter.
MOST_FILTERS = 2
# "The selectionCriteria string can be up to 25KB in length": PutAccountPolicy.
MOST_CRITERIA = 25_000
# LogGroup.retentionInDays, and what PutRetentionPolicy takes.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)
LOG_GROUP = r"[.\-_/#A-Za-z0-9]{1,512}"
_CRITERIA = re.compile(r"\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*", re.DOTALL)


@dataclass(frozen=True)
class Destination:
    """What a log group is subscribed to, by its ARN.

    stream: true for a Firehose stream of this account, which needs a role; false for another account's destination.
    """

    arn: str
    region: str
    account_id: str
    name: str
    stream: bool

    @property
    def archive(self) -> str:
        """Name of the archive: tables' names have no hyphen, and a stream's is ARCHIVE-TABLE."""
        return self.name.rpartition("-")[0]


def destination(option: str, value: Any, account_id: str) -> Destination:
    """Parse a destination's ARN; account_id: the source's. Raises Invalid.

    "A logical destination created with PutDestination that belongs to a different account", or "a Firehose stream in
    the same account as the subscription policy" (PutAccountPolicy).
    """
    region, account, name = r"([a-z0-9-]+)", r"([0-9]{12})", r"([A-Za-z0-9_.-]{1,64})"
    example = "arn:aws:logs:eu-central-1:111111111111:destination:ARCHIVE-TABLE"
    logical = re.fullmatch(rf"arn:aws[\w-]*:logs:{region}:{account}:destination:{name}", str(value), re.ASCII)
    stream = re.fullmatch(rf"arn:aws[\w-]*:firehose:{region}:{account}:deliverystream/{name}", str(value), re.ASCII)
    found = logical or stream
    if not isinstance(value, str) or not found:
        raise Invalid(option, value, "is no destination of a log archive", f"one such as {example}")
    parsed = Destination(value, found[1], found[2], found[3], bool(stream))
    if stream and parsed.account_id != account_id:
        raise Invalid(option, value, "is a stream of another account", f"its logical destination, such as {example}")
    if logical and parsed.account_id == account_id:
        own = f"arn:aws:firehose:{parsed.region}:{account_id}:deliverystream/{parsed.name}"
        raise Invalid(option, value, "is in the account itself, and is for others", f"the stream: {own}, with role_arn")
    return parsed


def check_group(option: str, value: Any) -> None:
    """Check a log group's name (CreateLogGroup). Raises Invalid."""
    if not isinstance(value, str) or not re.fullmatch(LOG_GROUP, value, re.ASCII):
        raise Invalid(option, value, "is no name of a log group", "1 to 512 letters, digits or ._-/#")


def criteria(names: Iterable[str]) -> str | None:
    """Return the selectionCriteria that leave out these log groups; None: all groups are subscribed."""
    listed = sorted(set(names))
    return f"LogGroupName NOT IN {json.dumps(listed)}" if listed else None


def excluded(text: str | None) -> list[str] | None:
    """Return the log groups that selectionCriteria leave out, sorted; None if the text is of another kind."""
    if not text:
        return []
    found = _CRITERIA.fullmatch(text)
    try:
        names = json.loads(found[1]) if found else None
    except ValueError:
        return None
    return sorted(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def own_groups(to: Destination, existing: Collection[str]) -> list[str]:
    """Return the log groups of the delivery itself, if it is in this account; subscribed, they would feed themselves.

    "We recommend that you don't apply subscription filters to log groups that are a part of your subscription delivery
    workflow": Log recursion prevention. The one that log_archive creates, and those that AWS names by itself, such as
    of a function or stream that somebody created by hand.
    """
    if not to.stream:
        return []
    errors = f"/aws/kinesisfirehose/{to.archive}-"
    named = {
        layout.log_group(to.archive),
        f"/aws/lambda/{layout.function_name(to.archive)}",
        f"/aws/kinesisfirehose/{to.name}",
    }
    return sorted(named | {name for name in existing if name.startswith(errors)})


def policy_name(name: str) -> str:
    """Return the name of a source's account-level policy. AWS's policies have no tags, so it says whose it is."""
    return f"closednet-log_source-{name}"


def filter_name(name: str) -> str:
    """Return the name of a source's subscription filters, which have no tags either."""
    return f"closednet/log_source/{name}"


def owner_name(text: str) -> str:
    """Return the source's name in the name of a policy or filter, "" in any other."""
    prefixes = [prefix for prefix in (policy_name(""), filter_name("")) if text.startswith(prefix)]
    return text.removeprefix(prefixes[0]) if prefixes else ""


def document(fields: Mapping[str, Any]) -> str:
    """Return the policyDocument of an account-level policy's fields."""
    role = {"RoleArn": fields["role_arn"]} if fields.get("role_arn") else {}
    values = {"DestinationArn": fields["destination_arn"], **role, "FilterPattern": fields["filter_pattern"]}
    return json.dumps({**values, "Distribution": "Random"})
