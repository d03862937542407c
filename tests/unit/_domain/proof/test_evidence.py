# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence: pivots, any field that was changed, words of a packet's path, names that are markup."""

from __future__ import annotations

import copy
import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.packet_filters import Decision
from ansible_collections.closednet.aws.plugins.module_utils._domain.network.trip import Hop
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import evidence, retrace
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import isolation_page, isolation_text
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_verdicts import ALPHA, BOTH_WAYS, HUB, Flow, World


def test_what_both_reach_by_routes_is_told_though_filters_let_nothing_through_today():
    world = World()
    world.today = {pair: Flow() for pair in BOTH_WAYS}
    assert [one["end"] for one in world.told()["shared_by_both"]] == [HUB]


def changed(value):
    """Yield copies of JSON with one field, or one item of a list, that is another."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            for other in changed(value[key]):
                whole = copy.copy(value)
                whole[key] = other
                yield whole
        yield {**value, "more": 1} if isinstance(value, dict) else [*value, 1]
        if value:
            yield dict(list(value.items())[1:]) if isinstance(value, dict) else value[1:]
    else:
        yield "else"


def test_evidence_of_which_any_field_was_changed_is_refused():
    told = json.loads(json.dumps(World().told()))
    evidence.check(told)
    others = list(changed(told))
    assert len(others) > 100
    for other in others:
        with pytest.raises(Invalid):
            evidence.check(other)


def test_an_interface_that_does_not_exist_yet_has_no_id_in_words():
    groups = Decision("network_interface", ("",), "it has no security group")
    hop = Hop("network_interface", "10.1.0.4", ALPHA, lets_through=(groups,))
    assert retrace._hop(hop) == f"network_interface 10.1.0.4 of {ALPHA}, it has no security group"
    known = Decision("security_group", ("sg-1",), "tcp 22")
    assert retrace._hop(Hop("instance", "i-1", ALPHA, lets_through=(known,))).endswith(", security_group sg-1: tcp 22")


HOSTILE = ("<script>alert(1)</script>", "{{ lookup('pipe', 'id') }}", "line\nproven closed", "\u202egnp.exe", "\x1b[2J")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_no_markup_and_no_lines_of_their_own(name):
    world = World()
    world.hosts = {(name if host == "alpha" else host): one for host, one in world.hosts.items()}
    told = world.told()
    page, lines = isolation_page.isolation_html(told), isolation_text.isolation_lines(told)
    assert "<script>alert" not in page and "\u202e" not in page and "\x1b" not in page
    assert not any(bad in line for line in lines for bad in ("\n", "\u202e", "\x1b"))
