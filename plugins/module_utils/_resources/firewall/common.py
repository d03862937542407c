# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Network Firewall share: names, tags, the state of a firewall."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..._core.plan import Wait
from ..._core.reconcile import Call
from ..shared.ec2 import pairs

GONE = "ResourceNotFoundException"
TAGGING = ("network-firewall:TagResource", "network-firewall:UntagResource")
# A resource's name has letters, digits and hyphens, 128 at most (ResourceName); the rest is left to names of its parts.
LONGEST = 80
# FirewallStatusValue and ConfigurationSyncState of a firewall whose endpoints all have the rules of its policy.
READY = "READY"
# What FirewallStatus says in place of READY, and who has to act.
STATES = {
    "PROVISIONING": "AWS hasn't finished; run again",
    "PENDING": "AWS distributes the rules; run again",
    "CAPACITY_CONSTRAINED": (
        "the capacity of its reference sets is exhausted, so the endpoints don't have all rules; make the prefix lists"
        " smaller"
    ),
    "PENDING_ACCEPTANCE": "the account of the transit gateway has to accept the attachment, see the hub's",
    "FAILED": "AWS couldn't create an endpoint; see the status of each endpoint",
}
# FirewallStatus as one state: the attachment that waits for its acceptance hides the others, since nothing else moves.
_STATE = (
    "[FirewallStatus.TransitGatewayAttachmentSyncState.TransitGatewayAttachmentStatus == 'PENDING_ACCEPTANCE'"
    " && 'PENDING_ACCEPTANCE' || FirewallStatus.Status == 'READY' &&"
    " FirewallStatus.ConfigurationSyncStateSummary != 'IN_SYNC' && FirewallStatus.ConfigurationSyncStateSummary"
    " || FirewallStatus.Status]"
)


def aws_name(name: str) -> str:
    """Return the name in AWS for a module's name: itself if AWS takes it, else its words and a hash."""
    if re.fullmatch(rf"[A-Za-z0-9-]{{1,{LONGEST}}}", name):
        return name
    words = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
    return f"{words[: LONGEST - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def tag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("network-firewall.tag_resource", {"ResourceArn": arn, "Tags": pairs(tags)})


def untag(arn: str, tags: Mapping[str, str]) -> Call:
    return Call("network-firewall.untag_resource", {"ResourceArn": arn, "TagKeys": list(tags)})


def state_of(status: Mapping[str, Any]) -> str:
    """Return READY, or the state that keeps a firewall from it; status: FirewallStatus."""
    attachment = status.get("TransitGatewayAttachmentSyncState", {}).get("TransitGatewayAttachmentStatus")
    if attachment == "PENDING_ACCEPTANCE":
        return attachment
    state, sync = str(status["Status"]), str(status["ConfigurationSyncStateSummary"])
    return sync if state == READY and sync != "IN_SYNC" else state


def ready(firewall: Any) -> Wait:
    """Return the wait until a firewall filters everywhere; firewall: its name, its ARN, or a Ref to that.

    It ends too where the transit gateway's account has to accept the attachment: nobody here can.
    """
    by_name = isinstance(firewall, str) and not firewall.startswith("arn:")
    named = {"FirewallName" if by_name else "FirewallArn": firewall}
    return Wait(
        "network-firewall.describe_firewall",
        named,
        _STATE,
        until=(READY, "PENDING_ACCEPTANCE"),
        pending=("PROVISIONING", "PENDING"),
        failed=("FAILED", "DELETING", "CAPACITY_CONSTRAINED"),
        hint="creating the endpoints takes AWS several minutes",
    )


def gone(operation: str, named: Mapping[str, Any], states: str) -> Wait:
    """Return the wait for the end of a deletion: until then it holds what it uses, and its name."""
    pending = ("ACTIVE", "DELETING", "ERROR", "UPDATING")
    return Wait(f"network-firewall.{operation}", named, states, pending=pending, gone=True)


def distributed(step, found, declared):
    """Return the step; one that changes an existing firewall's rules waits until its endpoints have them."""
    there = found["firewall"].get("main")
    updates = step.operation.startswith("network-firewall.update_")
    return replace(step, wait=ready(declared.inputs.aws_name)) if updates and there and there.managed else step


def visible(fields, hidden):
    """Return what a step has before or after it, without what only its call needs; None stays None."""
    return None if fields is None else {key: value for key, value in fields.items() if key not in hidden}


def differing(before: Iterable[str], after: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return (lines of `before` that `after` lacks, lines of `after` that `before` lacks), each in its order."""
    before, after = list(before), list(after)
    had, has = set(before), set(after)
    return [line for line in before if line not in has], [line for line in after if line not in had]
