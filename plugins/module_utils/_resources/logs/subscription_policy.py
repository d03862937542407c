# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account-level subscription policy: all log groups of the account and region but those that it leaves out."""

from __future__ import annotations

import json
from dataclasses import replace

from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, Conflict, Renamed, ResourceType, reconcile
from ..._domain.logs import layout, paths, subscriptions

READ_AFTER = ("source_log_group", "probe_log_group")
INPUTS = ("destinations", "excluded", "log_groups", "policy_name")
PERMISSIONS = (
    "logs:DeleteAccountPolicy",
    "logs:DescribeAccountPolicies",
    "logs:PutAccountPolicy",
    # "To create a subscription filter policy, you must have the logs:PutSubscriptionFilter and logs:PutAccountPolicy
    # permissions", "and the iam:PassRole permission" for a stream (PutAccountPolicy); likewise to see and to delete it.
    "logs:DeleteSubscriptionFilter",
    "logs:DescribeSubscriptionFilters",
    "logs:PutSubscriptionFilter",
    "iam:PassRole/logs.amazonaws.com",
)
TYPE = "SUBSCRIPTION_FILTER_POLICY"


def read(aws, declared, found):
    """Return {"main": Actual} of the declared name and, by their names, those of others; the id is the name.

    Fields: policy_name, destination_arn, role_arn (None: a destination of another account), filter_pattern, excluded
    (log groups left out, sorted; None: selection criteria of another kind).
    """
    listed = aws.read("logs.describe_account_policies", "accountPolicies", policyType=TYPE)
    return dict(_read(policy, declared, found) for policy in listed)


def _read(policy, declared, found):
    document, name = json.loads(policy["policyDocument"]), policy["policyName"]
    fields = {
        "policy_name": name,
        "destination_arn": document.get("DestinationArn"),
        "role_arn": document.get("RoleArn"),
        "filter_pattern": document.get("FilterPattern", ""),
        "excluded": subscriptions.excluded(policy.get("selectionCriteria")),
    }
    if name != declared.inputs.policy_name:
        return name, Actual(name, fields, False)
    # A policy has no tags. A name of the user's choice may be somebody else's policy, so the log group vouches for it.
    probe = found["probe_log_group"].get("main")
    default = subscriptions.policy_name(declared.owner.partition("/")[2])
    return "main", Actual(name, fields, name == default or bool(probe and probe.managed))


def plan(wanted, found, declared):
    there = found[KIND.name]
    others = [actual for name, actual in there.items() if name != "main"]
    refuse_other_region(wanted, declared)
    if wanted:
        _refuse_others(others, declared)
        excluded = paths.excluded(declared, found)
        size = len((subscriptions.criteria(excluded) or "").encode())
        if size > subscriptions.MOST_CRITERIA:
            raise Conflict(
                f"excluded_log_groups: {len(excluded)} names have {size} bytes, and AWS takes"
                f" {subscriptions.MOST_CRITERIA}; subscribe by log_groups instead"
            )
        # Another stream gets a group's events before this one doesn't any more.
        needs = [Address("subscription_filter", name) for name in declared.inputs.log_groups]
        wanted = {"main": {**wanted["main"], "excluded": excluded, "needs": needs}}
    own = {name: actual for name, actual in there.items() if name == "main"}
    if wanted and own and not own["main"].managed:
        _refuse_other_source(own["main"], found, declared.owner)
    steps = reconcile(KIND, wanted, own)
    if declared.absent:
        return steps
    filters = tuple(Address("subscription_filter", name) for name in declared.inputs.log_groups)
    return [replace(step, needs=(*step.needs, *filters)) if step.removes else step for step in steps]


def refuse_other_region(wanted, declared):
    """Raise Conflict for a destination elsewhere: it must be in the log groups' region (CreateSubscriptionFilter)."""
    region = declared.place["region"]
    for to in declared.inputs.destinations.values():
        if wanted and to.region != region:
            raise Conflict(
                f"the destination {to.arn} is in {to.region}, and the log groups are in {region}: declare the one of"
                f" the archive in {region}"
            )


def _refuse_other_source(there, found, owner):
    """Raise Renamed if the policy of the declared name is of another source, whose log group for probes exists."""
    for group in sorted(found["source_log_group"]):
        if name := layout.probed(group):
            raise Renamed(Address(KIND.name, "main"), there.id, owner, f"{owner.partition('/')[0]}/{name}")


def _refuse_others(others, declared):
    """Raise Conflict if somebody has the account's only slot: "Each account can have one ... policy per Region"."""
    for other in others:
        name, mine = subscriptions.owner_name(other.id), declared.owner
        if name:
            raise Renamed(Address(KIND.name, "main"), other.id, mine, f"{mine.partition('/')[0]}/{name}")
        raise Conflict(
            f"subscription_policy.main: the account-level subscription policy {other.id} is somebody else's, sends to"
            f" {other.fields['destination_arn']} and takes the only place in this account and region. Nothing is"
            " overwritten. Delete it, or subscribe by log_groups, of which each has two places"
        )


def _put(fields):
    selection = subscriptions.criteria(fields["excluded"])
    return Call(
        "logs.put_account_policy",
        {
            "policyName": fields["policy_name"],
            "policyType": TYPE,
            "policyDocument": subscriptions.document(fields),
            "scope": "ALL",
            **({"selectionCriteria": selection} if selection else {}),
        },
        id_path="accountPolicy.policyName",
    )


KIND = ResourceType(
    "subscription_policy",
    create=_put,
    changes={
        ("destination_arn", "role_arn", "filter_pattern", "excluded"): lambda id_, before, after: [
            replace(_put(after), id_path="")
        ]
    },
    delete=lambda id_, fields: Call("logs.delete_account_policy", {"policyName": id_, "policyType": TYPE}),
    # It vouches for a policy of the user's name: deleted first, it would leave a policy that nobody owns.
    depends_on=("probe_log_group",),
)
