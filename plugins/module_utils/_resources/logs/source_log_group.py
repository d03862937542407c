# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All log groups of an account and region, and the retention of those that have none."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType, reconcile
from ..._domain.logs import paths
from ..._domain.logs.subscriptions import SUBSCRIBABLE, WITHOUT_RETENTION
from ..shared import log_groups

READ_AFTER = ()
INPUTS = (*("centralized", "destinations", "excluded", "log_groups", "probe", "retention_days", "takes_encrypted"),)
PERMISSIONS = ("logs:DescribeLogGroups", "logs:PutRetentionPolicy")


def read(aws, declared, found):
    """Return {name: Actual} with fields log_group (its name) and retention_days (None: for ever).

    details: arn, class, kms_key_arn (None: AWS's own), policy (name of the account-level policy that sets its
    retention, or None).
    """
    return {group["logGroupName"]: _read(group) for group in aws.read("logs.describe_log_groups", "logGroups")}


def _read(group):
    fields = {"log_group": group["logGroupName"], "retention_days": group.get("retentionInDays")}
    details = {
        "arn": group["arn"].removesuffix(":*"),
        # Those created before there were classes are of the standard one.
        "class": group.get("logGroupClass", SUBSCRIBABLE),
        "kms_key_arn": group.get("kmsKeyId"),
        "policy": group.get("retentionPolicyName"),
    }
    return Actual(None, fields, details=details)


def _unset(found):
    """Return the names of the groups that keep events for ever, but for those of which a policy of the account says so.

    An account-level policy overrides the group's own retention (PutAccountPolicy).
    """
    return [
        name
        for name, there in sorted(found["source_log_group"].items())
        if there.fields["retention_days"] is None
        and there.details["class"] != WITHOUT_RETENTION
        and not there.details["policy"]
    ]


def plan(wanted, found, declared):
    days, groups = declared.inputs.retention_days, found["source_log_group"]
    if declared.absent or days is None:
        return []
    changed = [name for name in _unset(found) if name != declared.inputs.probe]
    fields = {name: {"log_group": name, "retention_days": days} for name in changed}
    return reconcile(KIND, fields, {name: groups[name] for name in changed})


def notes(wanted, found, declared):
    if declared.absent:
        return []
    days, unset = declared.inputs.retention_days, _unset(found)
    cut = f"events older than {days} days are deleted in log groups that had no retention: {', '.join(unset)}"
    return [*([cut] if days is not None and unset else []), *paths.notes(declared, found)]


def findings(wanted, found, declared):
    if declared.absent:
        return []
    unset = _unset(found) if declared.inputs.retention_days is None else []
    kept = (
        f"log groups without retention, whose events cost for ever: {', '.join(unset)}; set retention_days, or theirs"
    )
    return [*([kept] if unset else []), *paths.findings(declared, found)]


KIND = ResourceType(
    "source_log_group",
    changes={("retention_days",): log_groups.put_retention},
)
