# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paths of an account's log groups to the archive: which have one, which have none, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import subscriptions
from .subscriptions import SUBSCRIBABLE

ACCOUNT, FILTER, OTHER, RULE = "account", "filter", "other", "rule"
EXCLUDED, DELIVERY, CLASS, KEY, NONE = "excluded", "delivery", "class", "key", "none"
# Paths that end in the archive.
WHOLE = (ACCOUNT, FILTER, OTHER, RULE)


def excluded(declared: Any, found: Mapping[str, Any]) -> list[str]:
    """Return the log groups that the account-level policy leaves out, sorted.

    Those that are declared to be, those with a filter of their own, and those of the delivery itself.
    """
    return sorted({*declared.inputs.excluded, *declared.inputs.log_groups, *_of_delivery(declared, found)})


def _of_delivery(declared: Any, found: Mapping[str, Any]) -> set[str]:
    existing = found["source_log_group"]
    return {name for to in declared.inputs.destinations.values() for name in subscriptions.own_groups(to, existing)}


def of(declared: Any, found: Mapping[str, Any]) -> dict[str, str]:
    """Return each log group's path to the archive, as it is once the plan is applied.

    account: the account-level policy. filter: one of this source's. other: somebody else's filter or policy that sends
    everything to the archive. rule: the centralization rule. Without a path: excluded (declared), delivery (the
    archive's own groups), class (can't be subscribed), key (the rule skips groups with a KMS key), none.
    """
    inputs = declared.inputs
    delivery = _of_delivery(declared, found)
    by_others = _by_others(declared, found)
    paths = {}
    for name, there in found["source_log_group"].items():
        if there.details["class"] != SUBSCRIBABLE:
            paths[name] = CLASS
        elif name in inputs.log_groups:
            paths[name] = FILTER
        elif name in by_others:
            paths[name] = OTHER
        elif name in delivery:
            paths[name] = DELIVERY
        elif name in inputs.excluded:
            paths[name] = EXCLUDED
        else:
            paths[name] = _for_all(there, inputs)
    return paths


def _for_all(there: Any, inputs: Any) -> str:
    if "" in inputs.destinations:
        return ACCOUNT
    if not inputs.centralized:
        return NONE
    return RULE if inputs.takes_encrypted or not there.details["kms_key_arn"] else KEY


def _by_others(declared: Any, found: Mapping[str, Any]) -> set[str]:
    """Return the log groups whose events all get to the archive by a filter or policy of somebody else."""
    archive = {to.arn for to in declared.inputs.destinations.values()}

    def whole(there: Any) -> bool:
        return (
            not there.managed
            and there.fields["destination_arn"] in archive
            and not there.fields["filter_pattern"].strip()
        )

    reached = {there.fields["log_group"] for there in found["subscription_filter"].values() if whole(there)}
    for there in found["subscription_policy"].values():
        # Of criteria that aren't understood nobody knows what they leave out.
        if whole(there) and there.fields["excluded"] is not None:
            reached |= set(found["source_log_group"]) - set(there.fields["excluded"])
    return reached


def notes(declared: Any, found: Mapping[str, Any]) -> list[str]:
    """Return what is worth knowing about paths: groups left out as declared, keys that the events leave."""
    paths, groups = of(declared, found), found["source_log_group"]
    lines = []
    for path, text in (
        (EXCLUDED, "log groups that are excluded as declared, so nothing of them gets to the archive"),
        (DELIVERY, "log groups of the delivery itself, which are left out since they would feed themselves"),
    ):
        names = [name for name in sorted(paths) if paths[name] == path]
        if names:
            lines.append(f"{text}: {', '.join(names)}")
    missing = sorted(set(declared.inputs.excluded) - set(groups))
    if missing:
        lines.append(f"excluded_log_groups that don't exist: {', '.join(missing)}")
    keyed = [name for name in sorted(paths) if paths[name] in WHOLE and groups[name].details["kms_key_arn"]]
    if keyed:
        # "CloudWatch Logs must have permissions for the KMS key whenever encrypted data is requested": the user guide,
        # "Encrypt log data in CloudWatch Logs".
        lines.append(
            f"log groups with a KMS key of their own: {', '.join(keyed)}. CloudWatch Logs decrypts what it delivers,"
            " and in the archive it is under the archive's key; while their key is disabled, nothing is delivered"
        )
    return lines


def findings(declared: Any, found: Mapping[str, Any]) -> list[str]:
    """Return a line for each reason why log groups have no path to the archive, with their names."""
    paths, groups = of(declared, found), found["source_log_group"]
    lines = []
    none = [name for name in sorted(paths) if paths[name] == NONE]
    if none:
        lines.append(
            f"log groups without a path to the archive: {', '.join(none)}; declare them (log_groups), or"
            " destination_arn for all"
        )
    keyed = [name for name in sorted(paths) if paths[name] == KEY]
    if keyed:
        lines.append(
            f"log groups without a path to the archive: {', '.join(keyed)} have a KMS key of their own, and the"
            " centralization rule skips such groups (encrypted_log_groups)"
        )
    for name in sorted(paths):
        if paths[name] == CLASS and name not in declared.inputs.log_groups:
            lines.append(
                f"log group {name} has no path to the archive: its class is {groups[name].details['class']}, which"
                " can't be subscribed. Write to a group of the class STANDARD"
            )
    return lines
