# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Joins the evidence of isolation_proof to that of pci_guard_info, for requirements 1.3 and 11.4.5.

pci_guard_info sees one account; which other accounts' packets get there, only a proof over all of them shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..proof import evidence
from .audit_evidence import SHOWN, join
from .checks.model import FAIL, PASS, UNKNOWN

# 1.3.1, 1.3.2: what comes in and goes out is restricted. 11.4.5: segmentation keeps other networks apart.
INBOUND, OUTBOUND, SEGMENTATION = "1.3.1", "1.3.2", "11.4.5"
TITLE = "what keeps the cardholder data environment apart from other networks works"
OLD = "11.3.4"
SOURCE = "https://docs-prv.pcisecuritystandards.org/PCI%20DSS/Standard/PCI-DSS-v4_0_1.pdf"
SUPPORTS = "; this supports the penetration tests that 11.4.5 asks for, and doesn't replace them"
VERDICTS = {"counterexample": FAIL, "unknown": UNKNOWN}


def with_isolation_proof(accounts: Mapping[str, Mapping[str, Any]], proof: Any) -> dict[str, dict[str, Any]]:
    """Return the accounts with the proof among the evidence of each PCI account's requirements. Raises Invalid.

    accounts: host -> its variables, with pci_result; proof: what isolation_proof wrote to proof_json
    Of an account that the proof doesn't have, nothing is proven: unknown.
    """
    evidence.check(proof, "isolation_proof")
    pairs: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for (one, other), verdict in evidence.verdicts_of(proof):
        pairs.setdefault(one, []).append((one, other, verdict))
        pairs.setdefault(other, []).append((one, other, verdict))
    joined = {}
    for host, variables in accounts.items():
        told = dict(variables)
        if "requirements" in (told.get("pci_result") or {}):
            account = str(told.get("account_id"))
            items = dict(_items(account, pairs.get(account, []), proof))
            told["pci_result"] = join(_with_row(told["pci_result"]), items)
        joined[host] = told
    return joined


def _with_row(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result with the requirement that only a proof shows evidence of."""
    requirements = list(result["requirements"])
    if not any(told["requirement"] == SEGMENTATION for told in requirements):
        row = {"requirement": SEGMENTATION, "old": OLD, "title": TITLE, "verdict": PASS, "says": "", "evidence": []}
        requirements.append(row)
    return {**result, "requirements": requirements}


def _items(
    account: str, pairs: list[tuple[str, str, Mapping[str, Any]]], proof: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requirement -> item of evidence, in the form of model.judge."""
    inbound = [one for one in pairs if one[1] == account]
    outbound = [one for one in pairs if one[0] == account]
    yield INBOUND, _item("isolation_in", inbound, proof, "gets into the account that isn't declared")
    yield OUTBOUND, _item("isolation_out", outbound, proof, "leaves the account for another that isn't declared")
    yield SEGMENTATION, _item("isolation", pairs, proof, "passes between it and others that isn't declared", SUPPORTS)


def _item(
    check: str, pairs: list[tuple[str, str, Mapping[str, Any]]], proof: Mapping[str, Any], what: str, more: str = ""
) -> dict[str, Any]:
    verdicts = {VERDICTS.get(verdict["verdict"], PASS) for _one, _other, verdict in pairs} or {UNKNOWN}
    verdict = next(word for word in (FAIL, UNKNOWN, PASS) if word in verdicts)
    says = {
        PASS: f"no packet {what}: proven of {len(pairs)} pairs",
        FAIL: f"a packet {what}",
        UNKNOWN: f"whether a packet {what} isn't proven",
    }[verdict]
    failing = [
        {"from": _name(proof, one), "to": _name(proof, other), "verdict": told["verdict"], "says": told["says"]}
        for one, other, told in pairs
        if VERDICTS.get(told["verdict"])
    ]
    fields = {
        "created": proof["created"],
        "checksum": proof["checksum"],
        "read": proof["read"]["checksum"],
        "failing": failing[:SHOWN],
        "more": max(0, len(failing) - SHOWN),
        "not_covered": proof["not_covered"],
    }
    return {
        "check": check,
        "verdict": verdict,
        "says": says + more,
        "fields": fields,
        "source": SOURCE,
        "confidence": "inferred",
    }


def _name(proof: Mapping[str, Any], end: str) -> str:
    return str(proof["ends"][end]["name"])
