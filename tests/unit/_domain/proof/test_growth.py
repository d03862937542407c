# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Growth of the prover's work with the number of accounts: twice as many take about twice as long, not four times.

Work is counted, in calls of what it is made of, so that no clock decides.
"""

from __future__ import annotations

import sys

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import edges, reachability
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.ways import INTERNET
from ansible_collections.closednet.aws.tests.unit._domain.proof import large_egress
from ansible_collections.closednet.aws.tests.unit._domain.proof.large_networks import HUB, network

FEW, MANY = 30, 60
# Work for each account stays the same, but for logarithms.
MOST = 2.4


def calls(size, level, snapshot=None, anything_unknown=False):
    """Return how many functions are called to find all open pairs and all that isn't known, and the open pairs."""
    snapshot, count = snapshot or network(size), 0

    def counted(_frame, event, _arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        reach = reachability.compute(snapshot, level)
        pairs = list(reach.open_pairs())
        unknown = list(reach.unknown_pairs())
    finally:
        sys.setprofile(None)
    # Whether services take UDP, and a load balancer's node answers a ping, isn't shown.
    assert bool(unknown) == anything_unknown
    return count, pairs


@pytest.mark.parametrize("level", [reachability.ROUTES, reachability.FILTERS])
def test_work_grows_with_accounts_not_with_pairs(level):
    (few, few_pairs), (many, many_pairs) = (calls(size, level) for size in (FEW, MANY))
    assert many / few < MOST, (few, many)
    # Each spoke with the hub, in both directions, and its own tiers with each other.
    assert len(many_pairs) - 2 == 2 * (len(few_pairs) - 2)
    between = {(a.account_id, b.account_id) for a, b in many_pairs if a.account_id != b.account_id}
    assert all(HUB in pair for pair in between)
    assert len(between) == 2 * MANY if level == reachability.ROUTES else MANY


@pytest.mark.parametrize("level", [reachability.ROUTES, reachability.FILTERS])
def test_work_grows_with_accounts_where_all_leave_by_one_and_have_endpoints(level):
    found = []
    for size in (FEW // 3, MANY // 3):
        shape = large_egress.network(size, egress=True, apart=True, endpoints=True)
        found.append(calls(size, level, shape, anything_unknown=level == reachability.FILTERS))
    (few, _few_pairs), (many, pairs) = found
    assert many / few < MOST, (few, many)
    spokes = [(a, b) for a, b in pairs if a.account_id != b.account_id and {a.account_id[0], b.account_id[0]} == {"2"}]
    assert not spokes
    out = {a.account_id for a, b in pairs if b == INTERNET}
    assert out >= {f"{200000000000 + at}" for at in range(size)}


def test_services_are_asked_for_flows_from_accounts_that_lead_there(monkeypatch):
    asked, direct = [], reachability.Reachability.direct
    monkeypatch.setattr(
        reachability.Reachability, "direct", lambda reach, a, b: asked.append((a, b)) or direct(reach, a, b)
    )
    counts = []
    for size in (10, 20):
        asked.clear()
        reach = reachability.compute(large_egress.network(size, egress=True, apart=True, endpoints=True))
        assert list(edges.further(reach))
        counts.append(len(asked))
    few, many = counts
    assert 0 < many < MOST * few, counts
