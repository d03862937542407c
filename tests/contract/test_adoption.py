# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption: what others created is observed, tagged, then owned; what an account had under another name is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.adopting import NAME_TAG, OWNER_TAG, owned_by_tags, strip
from tests.contract.case import Case
from tests.contract.cases import CASES, TGW_HUB, TGW_SPOKE, TIERED_VPC
from tests.contract.conftest import Converged
from tests.contract.world import World, capability

ADOPTING = [case for case in CASES if capability(case.module).adopts]
TAGGING = {"CreateTags", "TagResource", "AddTags"}


def of_others(world: World, case: Case) -> dict[str, dict[str, str]]:
    """Remove all tags of what is managed in the case's account; return {owner tag: {kind.name: id}} as they were."""
    clients = world.ec2(case.account), world.client(case.account, "ram")
    adopted = owned_by_tags(*clients, case.account)
    strip(*clients, adopted)
    return adopted


@pytest.mark.parametrize("case", ADOPTING, ids=str)
def test_what_others_created_is_observed_then_tagged_then_owned(
    converged: Callable[[Case], Converged], case: Case
) -> None:
    world = converged(case).of(case)
    before = world.contents(*case.accounts)
    settled = world.run(case.module, case.account, case.options, check=True)
    assert settled["plan"] == []
    adopted = of_others(world, case)
    assert adopted[f"{case.module}/{case.options['name']}"]

    observed = world.run(case.module, case.account, case.options, adoption="observe", adopted_ids=adopted)

    assert world.writes == [] and not observed["changed"] and observed["plan"] == []
    assert [line for line in observed["findings"] if "adoption" in line] == []
    assert observed["findings"] == settled["findings"]
    assert any(note.startswith("adoption: tags sets the tags of") for note in observed["notes"])

    planned = world.run(case.module, case.account, case.options, check=True, adoption="tags", adopted_ids=adopted)
    assert {step["address"].rpartition(":")[2] for step in planned["plan"]} == {"tags.add"}
    tagged = world.run(
        *(case.module, case.account, case.options),
        adoption="tags",
        adopted_ids=adopted,
        approved_plan=planned["plan"],
    )
    assert tagged["plan"] == planned["plan"] and set(world.writes) <= TAGGING
    again = world.run(case.module, case.account, case.options, adoption="tags", adopted_ids=adopted)
    assert again["plan"] == [] and world.writes == []

    # Others of the account that are adopted, too, have their own module.
    for owner, ids in adopted.items():
        if owner != f"{case.module}/{case.options['name']}":
            retag(world, case.account, owner, ids)
    owned = world.run(case.module, case.account, case.options)
    assert owned["plan"] == [] and world.writes == []
    assert tags_apart(world.contents(*case.accounts)) == tags_apart(before)


def retag(world: World, account: str, owner: str, ids: dict[str, str]) -> None:
    for address, id_ in ids.items():
        name = address.partition(".")[2]
        tags = [{"Key": OWNER_TAG, "Value": owner}, {"Key": NAME_TAG, "Value": name}]
        world.ec2(account).create_tags(Resources=[id_], Tags=tags)


def tags_apart(contents: dict[str, list[Any]]) -> dict[str, int]:
    """Return the number of items by kind: nothing was created or deleted."""
    return {kind: len(items) for kind, items in contents.items()}


@pytest.mark.parametrize("case", [TIERED_VPC, TGW_HUB, TGW_SPOKE], ids=str)
def test_ids_without_a_phase_are_not_owned_at_once(converged: Callable[[Case], Converged], case: Case) -> None:
    world = converged(case).of(case)
    adopted = of_others(world, case)

    text = str(world.failure(case.module, case.account, case.options, adopted_ids=adopted))

    assert "aren't set. Run with adoption: tags first" in text and world.writes == []
