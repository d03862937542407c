# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.approval import is_same, unapproved
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import (
    Address,
    Plan,
    Ref,
    Step,
    printable,
    refs,
    resolve,
)


def make(address, **params):
    return Step(address, "ec2.make", params, after=params)


def remove(address, id_, **before):
    return Step(address, "ec2.remove", {}, before=before, removes=id_)


def test_an_id_that_is_not_known_yet_names_the_step_that_makes_it():
    assert printable({"vpc": Ref("vpc.main"), "cidrs": ["10.0.0.0/16"]}) == {
        "vpc": "(known after vpc.main)",
        "cidrs": ["10.0.0.0/16"],
    }


def test_a_ref_takes_its_id_wherever_it_stands():
    value = {"Resources": [Ref("vpc.main")], "Arn": Ref("vpc.main", "arn:x/{}"), "Other": Ref("subnet.a")}
    assert resolve(value, {"vpc.main": "vpc-1"}) == {
        "Resources": ["vpc-1"],
        "Arn": "arn:x/vpc-1",
        "Other": Ref("subnet.a"),
    }
    assert [ref.address for ref in refs(value)] == ["vpc.main", "vpc.main", "subnet.a"]


def test_one_address_stands_for_one_step():
    with pytest.raises(ValueError, match=r"vpc\.main"):
        Plan((make("vpc.main"), make("vpc.main")))


def test_makers_come_before_their_users():
    plan = Plan((make("subnet.a", vpc=Ref("vpc.main")), make("vpc.main")))
    assert plan.prerequisites() == {"subnet.a": {"vpc.main"}, "vpc.main": set()}


def test_an_id_of_somebody_else_is_no_prerequisite():
    assert Plan((make("subnet.a", vpc=Ref("vpc.elsewhere")),)).prerequisites() == {"subnet.a": set()}


def test_a_thing_goes_after_what_pointed_to_it_has_gone_or_points_elsewhere():
    moved = Step(
        Address("association", "a", "table"), "ec2.move", {}, before={"table": "rtb-1"}, after={"table": "rtb-2"}
    )
    plan = Plan((remove("vpc.main", "vpc-1"), remove("table.old", "rtb-1", vpc="vpc-1"), moved))
    assert plan.prerequisites() == {
        "vpc.main": {"table.old"},
        "table.old": {"association.a:table"},
        "association.a:table": set(),
    }


def test_a_thing_goes_after_what_is_still_changed_of_itself():
    """Or AWS may say of the change that there is no such thing any more."""
    at = Address("group", "a", "egress.remove")
    rules = Step(at, "ec2.revoke", {"Id": "sg-1"}, before={"peers": ["sg-2"]}, after={"peers": []})
    plan = Plan((remove("group.a", "sg-1"), remove("group.ab", "sg-3"), rules))
    assert plan.prerequisites()["group.a"] == {"group.a:egress.remove"}
    assert plan.prerequisites()["group.ab"] == set()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("admin", "policies.remove.arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("customers/2001:db8::/32", "target"),
        ("api.example.com", "tags.add"),
        ("a.b:c", "d.e:f"),
    ],
)
def test_an_address_knows_its_parts_whatever_is_in_them(name, field):
    address = Address("kind", name, field)
    assert address == f"kind.{name}:{field}" and not isinstance(str(address), Address)
    assert (address.kind, address.name, address.field) == ("kind", name, field)
    assert address.resource == f"kind.{name}" and address.at("x") == f"kind.{name}:x"
    copied = copy.deepcopy(address)
    assert (copied, copied.field) == (address, field)
    change = Step(address, "x.change", {}, before={}, after={})
    removal = remove(Address("kind", name), "id-1")
    assert Plan((removal, change)).prerequisites()[f"kind.{name}"] == {address}


def test_the_text_alone_is_no_address_where_it_holds_a_colon():
    """It may be of a name, as in an IPv6 CIDR, or before a field: to guess would lose the order of two steps."""
    for text in ("role.admin:remove.arn:aws:iam::aws:policy/ReadOnlyAccess", "route.customers/2001:db8::/32"):
        with pytest.raises(ValueError, match="only an Address tells"):
            Step(text, "x.change", {})


def test_the_address_of_a_resource_is_read_from_text():
    assert Address.of("vpc.main").name == "main"
    assert Address.of("route.customers/2001:db8::/32").name == "customers/2001:db8::/32"
    assert Address.of(Address("a", "b", "c")).field == "c"


def test_an_output_of_an_earlier_step_is_put_in():
    token = Ref("policy.main", output="token")
    assert resolve({"Token": token, "Id": Ref("policy.main")}, {"policy.main": "p-1", "policy.main:token": "t"}) == {
        "Token": "t",
        "Id": "p-1",
    }
    assert str(token) == "(known after policy.main)"


def test_a_look_up_is_part_of_the_plan_and_no_change():
    look_up = Step("group.default", "ec2.describe", {}, reads_only=True)
    plan = Plan((look_up, make("vpc.main", cidr="10.0.0.0/16")))
    assert [step["address"] for step in plan.describe()] == ["vpc.main"]
    assert plan.diff() == {"before": {}, "after": {"vpc.main": {"cidr": "10.0.0.0/16"}}}


def test_what_is_shown_of_a_step():
    at = Address("vpc", "main", "dns")
    change = Step(at, "ec2.modify", {"VpcId": "vpc-1"}, before={"dns": False}, after={"dns": True})
    assert Plan((change, remove("subnet.a", "subnet-1", cidr="10.0.0.0/24"))).describe() == [
        {
            "address": "vpc.main:dns",
            "action": "change",
            "operation": "ec2.modify",
            "before": {"dns": False},
            "after": {"dns": True},
        },
        {
            "address": "subnet.a",
            "action": "delete",
            "operation": "ec2.remove",
            "before": {"cidr": "10.0.0.0/24"},
            "after": None,
        },
    ]


def told(address, after=None, before=None, action="create", operation="x.create"):
    return {"address": address, "action": action, "operation": operation, "before": before, "after": after}


def test_the_same_steps_in_another_order_and_fewer_are_approved():
    steps = [told("vpc.main", {"cidr": "10.0.0.0/16"}), told("subnet.a", {"vpc": "(known after vpc.main)"})]
    assert unapproved(steps, steps[::-1]) == []
    assert unapproved(steps, steps[1:]) == []
    assert unapproved(steps, []) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (told("vpc.other", {"cidr": "10.0.0.0/16"}), "create vpc.other: wasn't planned"),
        (told("vpc.main", {"cidr": "10.9.0.0/16"}), "cidr after it was 10.0.0.0/16, is 10.9.0.0/16 now"),
        (told("vpc.main", {"cidr": "10.0.0.0/16", "more": 1}), "more after it was None, is 1 now"),
        (told("vpc.main", {}), "cidr after it was 10.0.0.0/16, is None now"),
        (told("vpc.main", {"cidr": "10.0.0.0/16"}, {"cidr": "x"}), "cidr before it was None, is x now"),
        (told("vpc.main", None, {"cidr": "x"}, "delete"), "delete vpc.main: action was create"),
        (told("vpc.main", {"cidr": "10.0.0.0/16"}, operation="x.other"), "operation was x.create"),
    ],
)
def test_a_step_that_nobody_approved_is_told(now, said):
    (line,) = unapproved([told("vpc.main", {"cidr": "10.0.0.0/16"})], [now])
    assert said in line


@pytest.mark.parametrize(
    ("approved", "planned"),
    [
        ("(known after vpc.main)", "vpc-1"),
        ("(known after vpc.main)", "(known after vpc.main)"),
        ("arn:aws:ec2:::gateway/(known after tgw.main)", "arn:aws:ec2:::gateway/tgw-1"),
        (["(known after subnet.b)", "subnet-a"], ["subnet-a", "subnet-b"]),
        (["subnets of tier app in (known after existing_vpc.main)"], ["subnet-a", "subnet-b"]),
        ("main/app(known after existing_vpc.main)/10.0.0.0/8", "main/app/10.0.0.0/8"),
        ({"to": [{"id": "(known after x.y)"}]}, {"to": [{"id": "i-1"}]}),
    ],
)
def test_an_id_that_was_not_known_may_be_any(approved, planned):
    assert is_same(approved, planned)
    assert unapproved([told("a.b", {"key": approved})], [told("a.b", {"key": planned})]) == []
    if isinstance(approved, str):
        assert unapproved([told(f"a.{approved}", {})], [told(f"a.{planned}", {})]) == []


@pytest.mark.parametrize(
    ("approved", "planned"),
    [
        ("vpc-1", "(known after vpc.main)"),
        ("arn:aws:ec2:::gateway/(known after tgw.main)", "arn:aws:ec2:::other/tgw-1"),
        ("a.b", "axb"),
        (["(known after subnet.b)", "subnet-a"], ["subnet-b", "subnet-c"]),
        (["(known after subnet.b)", "(known after subnet.c)"], ["subnet-b"]),
        (["a", "a", "(known after subnet.b)"], ["a", "subnet-b", "subnet-c"]),
        (["arn:(known after x.a)", "arn:(known after x.b)"], ["arn:a", "elsewhere"]),
        (["arn:(known after x.a)", "b"], ["b", "elsewhere"]),
        (["arn:(known after x.a)"], ["elsewhere"]),
        (["a", "b"], ["b", "a"]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ("1", 1),
    ],
)
def test_nothing_else_may_differ(approved, planned):
    assert not is_same(approved, planned)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_known_values_are_the_same_just_when_they_are_equal(one, other):
    assert is_same(one, one)
    assert is_same(one, other) == (one == other)


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=5), st.data())
def test_whichever_of_a_list_was_unknown_it_is_the_same(ids, data):
    unknown = data.draw(st.sets(st.sampled_from(ids)))
    approved = [f"(known after x.{id_})" if id_ in unknown else id_ for id_ in ids]
    assert is_same(data.draw(st.permutations(approved)) if unknown else approved, ids)
