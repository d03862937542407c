# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Malformed items of a snapshot are named, whatever is wrong with them."""

from __future__ import annotations

import copy
import random

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import shapes, snapshot, trace
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import Network
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import S3, World, acl

FLOWS = {
    World: [("i-app", "eni-dns"), ("8.8.8.8", "eni-web"), ("i-app", S3), ("i-app", "8.8.8.8")],
    Network: [("eni-app-beta", "8.8.8.8"), ("eni-app-beta", "eni-app-alpha")],
}
GONE = object()


def members(value, path=()):
    """Yield the path to each member and item below a value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from members(inner, (*path, key))


def spoilt(items, path, how):
    items = copy.deepcopy(items)
    *parents, last = path
    value = items
    for key in parents:
        value = value[key]
    if how is GONE:
        del value[last]
    else:
        value[last] = how
    return items


@pytest.mark.parametrize("make", FLOWS, ids=["world", "network"])
def test_nothing_that_is_malformed_is_an_error_of_its_own(make):
    """A sample of members, gone or of another type: a verdict, or Invalid."""
    chosen = random.Random(16)
    files = {(account, kind): items for account, kinds in make().files.items() for kind, items in kinds.items()}
    for place, items in files.items():
        paths = list(members(items))
        for path in chosen.sample(paths, min(len(paths), 25)):
            how = chosen.choice([GONE, None, "x", -1, [], {}, True])
            world = make()
            world.files[place[0]][place[1]] = spoilt(items, path, how)
            for source, destination in FLOWS[make]:
                try:
                    trace.trace(world.parsed(), source, destination, port=443)
                except Invalid as invalid:
                    assert str(invalid), (place, path, how)


WRONG = {
    "a member that is missing": ("Entries", [{"Egress": True}], "Entries.RuleNumber; expected a number"),
    "a number that is text": ("Entries", [{"Egress": True, "RuleNumber": "1"}], "Entries.RuleNumber"),
    "no list": ("Associations", {}, "Associations; expected a list"),
    "an item that is none": ("Associations", ["subnet-1"], "Associations; expected an object"),
    "a null": ("Associations", [{"SubnetId": None}], "Associations.SubnetId; expected a text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name):
    member, value, told = WRONG[name]
    item = {**acl("alpha", "app", "app"), member: value}
    with pytest.raises(Invalid) as raised:
        snapshot.parse({"us-east-1/NetworkAcls.json": {"NetworkAcls": [item]}})
    assert f"us-east-1/NetworkAcls.json: 'acl-app' is malformed at {told}" in str(raised.value)


@pytest.mark.parametrize(
    ("cidr", "fine"), [("10.0.0.0/8", True), ("2001:db8::/32", True), ("10.0.0.1/8", False), ("x", False), (8, False)]
)
def test_forms_of_cidrs(cidr, fine):
    assert shapes.FORMS[shapes.CIDR](cidr) == fine


def test_only_kinds_of_a_snapshot_have_shapes():
    assert set(shapes.SHAPES) <= {*snapshot.KINDS, snapshot.UNREAD}
