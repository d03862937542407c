# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subscription filters of single log groups."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, Conflict, Renamed, ResourceType, reconcile
from ..._domain.logs.subscriptions import MOST_FILTERS, SUBSCRIBABLE, owner_name
from .subscription_policy import refuse_other_region

READ_AFTER = ("source_log_group", "subscription_policy")
INPUTS = ("destinations", "filter_name", "log_groups")
PERMISSIONS = (
    "logs:DeleteSubscriptionFilter",
    "logs:DescribeSubscriptionFilters",
    "logs:PutSubscriptionFilter",
    # "To perform a PutSubscriptionFilter operation for any destination except a Lambda function".
    "iam:PassRole/logs.amazonaws.com",
)


def read(aws, declared, found):
    """Return {log group: Actual} of this source's filters; others by GROUP:FILTER, which is every filter's id.

    Fields: log_group, filter_name, destination_arn, role_arn, filter_pattern.
    """
    groups = _asked(declared, found)
    answers = aws.gather(
        *(
            lambda group=group: aws.read(
                "logs.describe_subscription_filters",
                "subscriptionFilters",
                "ResourceNotFoundException",
                logGroupName=group,
            )
            for group in groups
        )
    )
    return dict(_read(item, declared) for answer in answers for item in answer)


def _asked(declared, found):
    """Return the log groups whose filters are read, since AWS answers those of one group in a call.

    Where a policy of this source exists, the groups that it leaves out: others have no filter of this source, unless
    somebody gave them one of its name. Else all of them.
    """
    existing = found["source_log_group"]
    policy = found["subscription_policy"].get("main")
    wanted = set(declared.inputs.log_groups)
    if (
        policy
        and policy.managed
        and declared.resources["subscription_policy"]
        and policy.fields["excluded"] is not None
    ):
        wanted |= set(policy.fields["excluded"])
    elif declared.absent and declared.resources["subscription_policy"]:
        pass
    else:
        wanted |= {name for name, there in existing.items() if there.details["class"] == SUBSCRIBABLE}
    return sorted(wanted & existing.keys())


def _read(item, declared):
    group, name = item["logGroupName"], item["filterName"]
    fields = {
        "log_group": group,
        "filter_name": name,
        "destination_arn": item["destinationArn"],
        "role_arn": item.get("roleArn"),
        "filter_pattern": item.get("filterPattern", ""),
    }
    mine = name == declared.inputs.filter_name
    return group if mine else f"{group}:{name}", Actual(f"{group}:{name}", fields, mine)


def plan(wanted, found, declared):
    there = found[KIND.name]
    own = {name: actual for name, actual in there.items() if actual.managed}
    refuse_other_region(wanted, declared)
    for name, fields in wanted.items():
        if name not in own:
            others = [actual for actual in there.values() if actual.fields["log_group"] == name]
            _refuse_renamed(name, others, declared.owner)
            _refuse_taken(name, fields, others)
    steps = reconcile(KIND, wanted, own)
    # The policy takes a group over before its filter is deleted.
    policy = [Address("subscription_policy", "main"), Address("subscription_policy", "main", "excluded")]
    return [replace(step, needs=(*step.needs, *policy)) if step.removes else step for step in steps]


def _refuse_renamed(group, others, owner):
    for other in others:
        if name := owner_name(other.fields["filter_name"]):
            raise Renamed(Address(KIND.name, group), other.id, owner, f"{owner.partition('/')[0]}/{name}")


def _refuse_taken(group, fields, others):
    """Raise Conflict if no place is left for this source's filter, or another one sends to the same destination."""
    named = [f"{other.fields['filter_name']} (to {other.fields['destination_arn']})" for other in others]
    if len(others) >= MOST_FILTERS:
        raise Conflict(
            f"log_groups: {group} has {MOST_FILTERS} subscription filters of others, which are all that AWS allows:"
            f" {', '.join(sorted(named))}. Nothing is overwritten. Delete one of them"
        )
    same = [other for other in others if other.fields["destination_arn"] == fields["destination_arn"]]
    if same:
        raise Conflict(
            f"log_groups: the subscription filter {same[0].id} is somebody else's and sends to"
            f" {fields['destination_arn']} already: each event would be there twice. Delete it, or don't declare the"
            " log group"
        )


def refuse(wanted, found, declared):
    """Raise Conflict for declared log groups that don't exist, or can't be subscribed."""
    lines = unsubscribable(wanted, found)
    if lines:
        raise Conflict("; ".join(lines))


def findings(wanted, found, declared):
    return unsubscribable(wanted, found)


def unsubscribable(wanted, found):
    groups = found["source_log_group"]
    lines = []
    for name in wanted:
        if name not in groups:
            lines.append(f"log_groups: {name} doesn't exist in this account and region; create it, or correct the name")
        elif groups[name].details["class"] != SUBSCRIBABLE:
            lines.append(
                f"log_groups: {name} is of the class {groups[name].details['class']}, which can't be subscribed; AWS"
                " can't change a group's class"
            )
    return lines


def _put(fields):
    role = {"roleArn": fields["role_arn"]} if fields.get("role_arn") else {}
    return Call(
        "logs.put_subscription_filter",
        {
            "logGroupName": fields["log_group"],
            "filterName": fields["filter_name"],
            "filterPattern": fields["filter_pattern"],
            "destinationArn": fields["destination_arn"],
            **role,
        },
        # It answers nothing.
        id_path=f"'{fields['log_group']}:{fields['filter_name']}'",
    )


KIND = ResourceType(
    "subscription_filter",
    create=_put,
    changes={
        ("destination_arn", "role_arn", "filter_pattern"): lambda id_, before, after: [replace(_put(after), id_path="")]
    },
    delete=lambda id_, fields: Call(
        "logs.delete_subscription_filter",
        {"logGroupName": fields["log_group"], "filterName": fields["filter_name"]},
    ),
)
