# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answer of GetAccountSummary: the account's quotas of IAM, and its root user."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.pci import guard_policies

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("iam:GetAccountSummary",)
KIND = ResourceType("account_summary")


def read(aws, declared, found):
    """Return {"main": Actual} whose details are SummaryMap."""
    summary = aws.call("iam.get_account_summary")["SummaryMap"]
    return {"main": Actual(None, {}, False, summary)}


def notes(wanted, found, declared):
    if declared.absent:
        return []
    summary = found["account_summary"]["main"].details
    lines = []
    if summary.get("AccountAccessKeysPresent"):
        lines.append("the root user has access keys, which no policy of the account narrows: delete them")
    # Centrally managed root access leaves no password to protect; a summary without that key says nothing of it.
    if not summary.get("AccountMFAEnabled") and summary.get("AccountPasswordPresent", 1):
        lines.append("the root user has no MFA device")
    return lines


def quota(found, name):
    """Return a quota, by its name in GetAccountSummary; AWS's default where the answer lacks it."""
    return found["account_summary"]["main"].details.get(name, guard_policies.QUOTAS[name])


def check(found, option, document, name, remedy):
    """Raise Conflict where IAM would refuse the document for its size. name: of the quota."""
    size, most = guard_policies.characters(document), quota(found, name)
    if size > most:
        raise Conflict(f"{option}: its document has {size} characters, the account's {name} is {most}; {remedy}")
