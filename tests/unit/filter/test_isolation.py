# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over the proof of isolation: nothing read, wrong input, a prefix list that wasn't read."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.closednet.aws.plugins.filter.isolation import FilterModule

FILTERS = FilterModule().filters()
HOSTS = {"alpha": {"account_id": "222222222222"}, "beta": {"account_id": "333333333333"}}


@pytest.fixture
def told(tmp_path):
    return FILTERS["isolation_proof"](HOSTS, str(tmp_path))


def test_nothing_is_proven_of_what_was_not_read(told):
    assert told["summary"] == {"counterexample": 0, "closed": 0, "unknown": 6, "open": 0, "proven": 0}
    assert told["coverage"]["read"] == 0 and len(told["coverage"]["unread"]) == 2


@pytest.mark.parametrize("hours", [0, -1, "many", None, float("inf"), float("nan")])
def test_a_window_that_is_none(tmp_path, hours):
    with pytest.raises(AnsibleFilterError, match="window_hours: .*is no number of hours"):
        FILTERS["isolation_proof"](HOSTS, str(tmp_path), hours)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(AnsibleFilterError, match="is no folder that can be read"):
        FILTERS["isolation_proof"](HOSTS, str(tmp_path / "none"))


def test_a_file_that_is_no_snapshot(tmp_path):
    place = tmp_path / "accounts" / "222222222222" / "eu-central-1"
    place.mkdir(parents=True)
    (place / "Vpcs.json").write_text('{"Vpcs": [{}]}')
    with pytest.raises(AnsibleFilterError, match="is no list of Vpcs"):
        FILTERS["isolation_proof"](HOSTS, str(tmp_path))


@pytest.mark.parametrize("name", ["isolation_lines", "isolation_html"])
@pytest.mark.parametrize("given", [{}, [], None, "text", {"format": "else"}])
def test_no_evidence(name, given):
    with pytest.raises(AnsibleFilterError, match="is no evidence of a proof"):
        FILTERS[name](given)


def test_evidence_that_was_changed(told):
    changed = {**json.loads(json.dumps(told)), "pairs": []}
    for call in (
        lambda: FILTERS["isolation_lines"](changed),
        lambda: FILTERS["isolation_changes"](told, changed),
        lambda: FILTERS["with_isolation_proof"]({}, changed),
    ):
        with pytest.raises(AnsibleFilterError, match="it was changed"):
            call()
    assert FILTERS["isolation_changes"](told, json.loads(json.dumps(told))) == []
