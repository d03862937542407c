# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Plan, Ref, Step, refs, resolve, shown


def make(address, **params):
    return Step(address, "ec2.make", params, after=params)


def remove(address, id_, **before):
    return Step(address, "ec2.remove", {}, before=before, removes=id_)


def test_an_id_that_is_not_known_yet_names_the_step_that_makes_it():
    assert shown({"vpc": Ref("vpc.main"), "cidrs": ["10.0.0.0/16"]}) == {
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
    moved = Step("association.a:table", "ec2.move", {}, before={"table": "rtb-1"}, after={"table": "rtb-2"})
    plan = Plan((remove("vpc.main", "vpc-1"), remove("table.old", "rtb-1", vpc="vpc-1"), moved))
    assert plan.prerequisites() == {
        "vpc.main": {"table.old"},
        "table.old": {"association.a:table"},
        "association.a:table": set(),
    }


def test_a_thing_goes_after_what_is_still_changed_of_itself():
    """Or AWS may say of the change that there is no such thing any more."""
    rules = Step("group.a:egress.remove", "ec2.revoke", {"Id": "sg-1"}, before={"peers": ["sg-2"]}, after={"peers": []})
    plan = Plan((remove("group.a", "sg-1"), remove("group.ab", "sg-3"), rules))
    assert plan.prerequisites()["group.a"] == {"group.a:egress.remove"}
    assert plan.prerequisites()["group.ab"] == set()


def test_a_look_up_is_part_of_the_plan_and_no_change():
    look_up = Step("group.default", "ec2.describe", {}, lookup=True)
    plan = Plan((look_up, make("vpc.main", cidr="10.0.0.0/16")))
    assert [step["address"] for step in plan.describe()] == ["vpc.main"]
    assert plan.diff() == {"before": {}, "after": {"vpc.main": {"cidr": "10.0.0.0/16"}}}


def test_what_is_shown_of_a_step():
    change = Step("vpc.main:dns", "ec2.modify", {"VpcId": "vpc-1"}, before={"dns": False}, after={"dns": True})
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
