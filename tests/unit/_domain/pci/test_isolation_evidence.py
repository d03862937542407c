# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of isolation among the evidence of PCI accounts."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.isolation_evidence import with_isolation_proof
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_verdicts import ALPHA, BETA, World, flow

ROW = {"requirement": "1.3.1", "old": "1.2.1", "title": "in", "verdict": "pass", "says": "nothing", "evidence": []}


def accounts(account):
    return {"pci": {"account_id": account, "pci_result": {"verdicts": {"pass": 1}, "requirements": [dict(ROW)]}}}


def verdicts(account, proof):
    told = with_isolation_proof(accounts(account), proof)["pci"]["pci_result"]
    return {row["requirement"]: row["verdict"] for row in told["requirements"]}, told


def test_what_is_proven_passes():
    found, told = verdicts(BETA, World().told())
    assert found == {"1.3.1": "pass", "11.4.5": "pass"} and told["verdicts"] == {"pass": 2}
    assert "doesn't replace them" in told["requirements"][1]["says"]


def test_a_leak_fails_the_side_that_it_is_of():
    world = World()
    world.leak(ALPHA, BETA, flow(ALPHA, BETA, 22), flow(ALPHA, BETA, 22))
    found, told = verdicts(BETA, world.told())
    assert found == {"1.3.1": "fail", "11.4.5": "fail"}
    (failing,) = told["requirements"][0]["evidence"][0]["fields"]["failing"]
    assert failing["from"] == "alpha" and failing["verdict"] == "counterexample"
    assert verdicts(ALPHA, world.told())[0] == {"1.3.1": "pass", "11.4.5": "fail"}


def test_an_account_that_the_proof_lacks_is_unknown():
    assert verdicts("9" * 12, World().told())[0] == {"1.3.1": "unknown", "11.4.5": "unknown"}


def test_a_changed_proof_is_refused():
    with pytest.raises(Invalid, match="it was changed"):
        with_isolation_proof(accounts(BETA), {**World().told(), "created": "now"})


def test_accounts_without_evidence_stay_as_they_are():
    given = {"other": {"account_id": BETA}}
    assert with_isolation_proof(given, World().told()) == given
