# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers to "why does this reach that, or not": steps of a path, who decides each, and what would change it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

ALLOWED, DENIED, UNROUTED, UNKNOWN = "allowed", "denied", "unrouted", "unknown"
INVENTORY, AWS = "inventory", "aws"


@dataclass(frozen=True)
class Step:
    """One hop of a path.

    where    place: a tier's subnets, a Transit Gateway's table, a firewall
    what     what happens there, as a route or a rule
    decides  the variable, or the object of AWS, that decides it; "": AWS itself does
    owner    who answers for it; "": nobody is named
    source   source of this knowledge: inventory or aws
    passes   false: the path ends here; None: that isn't known
    """

    where: str
    what: str
    decides: str = ""
    owner: str = ""
    source: str = INVENTORY
    passes: bool | None = True


@dataclass(frozen=True)
class Answer:
    """Answer for one part of the senders.

    sender    who sends: hosts, tiers, CIDRs, in words
    verdict   allowed, denied (a rule stops it), unrouted (no route leads there) or unknown
    says      the answer in one sentence
    steps     hops up to where the path ends, or to the destination
    back      hops of what the destination answers
    fix       lines to add or change, as they stand in the inventory
    monitor   true: the verdict is only logged, nothing is dropped
    notes     what else a reader must know
    in_aws    hops as AWS has them, and in_aws_back those of the answer; () if AWS wasn't read
    hosts     hosts of the inventory whose accounts the path passes
    rules     how changes in words begin without which AWS doesn't let it pass, such as `payments: + api.stripe.com:443`
    groups    names of the egress groups that hold the sender
    passes_firewall  the declared path leads through the central egress
    """

    sender: str
    verdict: str
    says: str
    steps: tuple[Step, ...] = ()
    back: tuple[Step, ...] = ()
    fix: tuple[str, ...] = ()
    monitor: bool = False
    notes: tuple[str, ...] = ()
    in_aws: tuple[Step, ...] = ()
    in_aws_back: tuple[Step, ...] = ()
    hosts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    passes_firewall: bool = False


def as_data(question: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the answers as plain data: {question, verdict, hosts, answers}.

    verdict: mixed if they differ; hosts: those of all answers
    """
    verdicts = {effect(answer) for answer in answers}
    return {
        "question": question,
        "verdict": verdicts.pop() if len(verdicts) == 1 else "mixed",
        # Lists instead of tuples, as Ansible and JSON have them.
        "hosts": sorted({host for answer in answers for host in answer.hosts}),
        "answers": json.loads(json.dumps([asdict(answer) for answer in answers])),
    }


def effect(answer: Answer) -> str:
    """Return what happens to the packets: the verdict, unless it is only logged."""
    return ALLOWED if answer.monitor and answer.verdict == DENIED else answer.verdict
