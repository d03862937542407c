# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Segments that are inferred from route tables are those from which the tables were made, or the difference is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption import declared_segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption.gateways import TableFound
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub.segments import Attachment, others

NAMES = ("one", "two", "three", "four")


def tables_of(declared: dict[str, Any], members: dict[str, Attachment], blackholes: bool = False) -> list[TableFound]:
    """Return route tables as a hub with this declaration makes them."""
    ids = {member.name: id_ for id_, member in members.items()}
    found = []
    for name, table in segments.tables(declared, members.values(), blackholes).items():
        made = TableFound(f"tgw-rtb-{name}", name)
        made.associations = [ids[one] for one in table.associations]
        made.propagations = [ids[one] for one in table.propagations]
        made.static = dict.fromkeys(table.blackholes, "")
        made.static |= {route.destination: ids[route.attachment] for route in table.static_routes if route.attachment}
        found.append(made)
    return found


def members_of(declared: dict[str, Any], numbers: list[int]) -> dict[str, Attachment]:
    """Return attachments in these numbers of segments, each with an account of its own."""
    names = list(declared)
    return {
        f"tgw-attach-{index}": Attachment(
            f"host-{index}", names[number % len(names)], (f"10.{index}.0.0/16",), f"{index:012}"
        )
        for index, number in enumerate(numbers)
    }


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    names = NAMES[: draw(st.integers(1, 4))]
    declared: dict[str, Any] = {name: {"isolated": True} if draw(st.booleans()) else {} for name in names}
    for index, name in enumerate(names):
        if reached := [other for other in names[index + 1 :] if draw(st.booleans())]:
            declared[name]["reaches"] = reached
    if draw(st.booleans()):
        declared[names[0]]["static_routes"] = [{"destination": "192.0.2.0/24", "blackhole": True}]
    return declared


@settings(max_examples=60, deadline=None)
@given(declarations(), st.lists(st.integers(0, 3), min_size=1, max_size=8), st.booleans())
def test_the_same_segments(declared: dict[str, Any], numbers: list[int], blackholes: bool) -> None:
    members = members_of(declared, numbers)
    assume(not segments.check(declared, members.values()))
    found = declared_segments.infer(tables_of(declared, members, blackholes), members)
    assert found.differences == () and found.refused == ()
    assert segments.declared(found.segments, members.values()) == segments.declared(declared, members.values())
    # Of a segment without members, nothing shows whether it is isolated.
    inhabited = {member.segment for member in members.values()}
    isolated = {name for name, options in declared.items() if options.get("isolated")} & inhabited
    assert {name for name, options in found.segments.items() if options.get("isolated")} & inhabited == isolated


def test_an_exit_with_default_routes() -> None:
    declared = {"customers": {"isolated": True, "reaches": ["exit"]}, "exit": {"egress": True}}
    members = members_of(declared, [0, 0, 1])
    found = declared_segments.infer(tables_of(declared, members), members)
    assert found.differences == () and found.segments["exit"].get("egress") is True
    assert "static_routes" not in found.segments["customers"]


def test_a_peering_and_a_prefix_list() -> None:
    declared = {
        "customers": {"isolated": True, "reaches": ["abroad"]},
        "abroad": {"static_routes": [{"destination": "pl-0123456789abcdef0", "attachment": "host-0"}]},
    }
    members = members_of({"customers": {}}, [0])
    peering = {"name": "peer", "attachment_id": "tgw-attach-9", "resource_type": "peering", "segment": "abroad"}
    members["tgw-attach-9"] = others([peering | {"cidrs": ["10.200.0.0/16"]}])[0]
    found = declared_segments.infer(tables_of(declared, members), members)
    assert found.differences == () and found.refused == ()
    assert found.segments["abroad"]["static_routes"] == declared["abroad"]["static_routes"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one, two: one.propagations.remove("tgw-attach-1"), "would add the propagation of host-1"),
        (lambda one, two: two.static.update({"10.9.0.0/16": "tgw-attach-0"}), None),
        (lambda one, two: one.associations.append("tgw-attach-77"), "tgw-attach-77 is associated and can't be"),
        (lambda one, two: two.propagations.append("tgw-attach-78"), "would delete the propagation of tgw-attach-78"),
    ],
)
def test_what_no_segment_says(change: Any, told: str | None) -> None:
    declared = {"one": {}, "two": {"reaches": ["one"]}}
    members = members_of(declared, [0, 0, 0, 1])
    tables = tables_of(declared, members)
    change(*tables)
    found = declared_segments.infer(tables, members)
    assert [told in line for line in found.differences] == [True] if told else found.differences == ()


def test_one_way_only_is_a_difference() -> None:
    """A route there and none back is no declaration: it is told, and never silently opened or closed."""
    members = members_of({"one": {}, "two": {}}, [0, 1])
    one, two = TableFound("tgw-rtb-1", "one", ["tgw-attach-0"]), TableFound("tgw-rtb-2", "two", ["tgw-attach-1"])
    one.propagations = ["tgw-attach-1"]
    found = declared_segments.infer([one, two], members)
    assert found.differences and all("tgw-rtb-" in line for line in found.differences)
    assert segments.declared(found.segments, members.values()) == set()
