# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Phases of adoption: what of a plan they let through, and what they say of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core import adoption
from ansible_collections.closednet.aws.plugins.module_utils._core.adoption import Adoption, Claimed
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Address, Plan, Ref, Step
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import NAME_TAG, OWNER_TAG, Actual, Conflict

OWN = {OWNER_TAG: "net/alpha", NAME_TAG: "main"}
VPC = Address("vpc", "main")
TAGGING = Step(VPC.at("tags.add"), "ec2.create_tags", {}, before={"tags": {}}, after={"tags": OWN}, needs=("route.a",))
UNTAGGING = Step(VPC.at("tags.remove"), "ec2.delete_tags", {}, before={"tags": {"a": "b"}}, after={"tags": {}})
CREATING = Step(
    Address("subnet", "app"), "ec2.create_subnet", {"VpcId": Ref("vpc.main")}, after={"cidr": "10.0.0.0/24"}
)
CHANGING = Step(VPC.at("dns"), "ec2.modify", {}, before={"dns": False, "x": 1}, after={"dns": True, "x": 1})
DELETING = Step(Address("route", "a/0.0.0.0/0"), "ec2.delete_route", {}, before={"via": "igw"}, removes="rtb/0.0.0.0/0")
LOOKING = Step(Address("group", "main"), "ec2.describe", {}, before={}, reads_only=True)
PLAN = Plan((TAGGING, UNTAGGING, CREATING, CHANGING, DELETING, LOOKING), ("a note",), ("a finding",))


def found(owner: str = "", id_: str = "vpc-1") -> dict[str, dict[str, Actual]]:
    details = {adoption.CLAIMED: Claimed({}, OWN, owner)}
    return {"vpc": {"main": Actual(id_, {"tags": {**OWN, "Name": "hand"}}, details=details)}, "subnet": {}}


def test_without_a_phase_the_plan_is_the_plan() -> None:
    assert adoption.restrict(PLAN, Adoption(), {}) is PLAN


def test_observing_does_nothing_and_tells_all() -> None:
    plan = adoption.restrict(PLAN, Adoption("observe"), found(), ["subnet.app: in the way"])
    assert plan.steps == ()
    assert plan.findings == (
        "a finding",
        "adoption: can't be planned: subnet.app: in the way",
        "adoption: declared, and doesn't exist: subnet.app. Once owned, it is created",
        "adoption: not as declared: vpc.main:dns (dns is false, declared is true). Once owned, it is changed",
        "adoption: exists, and isn't declared: route.a/0.0.0.0/0 (rtb/0.0.0.0/0). Once owned, it is deleted",
    )
    assert plan.notes == (
        "a note",
        "adoption: once owned, undeclared tags are removed of vpc.main; purge_tags: false keeps them",
        "adoption: tags sets the tags of 1 resources: vpc.main",
    )


def test_tags_sets_tags_and_waits_for_nothing_else() -> None:
    plan = adoption.restrict(PLAN, Adoption("tags"), found())
    assert [(step.address, step.needs) for step in plan.steps] == [("vpc.main:tags.add", ())]
    assert len(plan.findings) == 4 and len(plan.notes) == 2


def test_what_another_tool_manages() -> None:
    owner = "CloudFormation stack network"
    observed = adoption.restrict(PLAN, Adoption("observe"), found(owner))
    line = f"adoption: vpc.main is managed by {owner}; adoption: tags refuses it unless adopt_release names it"
    assert line in observed.findings
    with pytest.raises(Conflict, match=f"vpc.main is managed by {owner}.*adopt_release"):
        adoption.restrict(PLAN, Adoption("tags"), found(owner))


def test_an_id_that_no_read_of_its_kind_found() -> None:
    ids = {"vpc.main": "vpc-1", "subnet.app.euc1-az1": "subnet-1", "nat_gateway.a": "nat-1"}
    plan = adoption.restrict(Plan(), Adoption("observe", ids), found())
    # Nobody read NAT gateways.
    assert plan.findings == ("adoption: not found: subnet.app.euc1-az1, subnet-1 in adopted_ids",)


def test_ids_without_their_tags_are_not_owned() -> None:
    with pytest.raises(Conflict, match=r"adopted_ids: vpc\.main \(vpc-1\): their tags.*adoption: tags first"):
        adoption.restrict(Plan(), Adoption("", {"vpc.main": "vpc-1"}), found())
    # A moved host's resources are claimed, too, and aren't adopted.
    assert adoption.restrict(Plan(), Adoption("", {"subnet.a": "subnet-1"}), found()) == Plan()


def test_plans_get_real_tags_and_everything_else_the_shown_ones() -> None:
    read = {"vpc": {"main": Actual("vpc-1", {"tags": {**OWN, "Name": "hand"}}), "two": Actual("vpc-2", {"tags": OWN})}}

    class Cloud:
        claimed = {"vpc-1": Claimed({OWNER_TAG: "net/old"}, OWN)}

    marked = adoption.marked(read, Cloud())
    assert marked["vpc"]["main"].fields == read["vpc"]["main"].fields
    real = adoption.real(marked)
    assert real["vpc"]["main"].fields["tags"] == {OWNER_TAG: "net/old", "Name": "hand"}
    assert real["vpc"]["two"] == read["vpc"]["two"]
    assert adoption.marked(read, object()) is read and adoption.real(read) is read


def test_a_conflict_stops_a_run_unless_it_only_observes() -> None:
    class Resource:
        @staticmethod
        def plan(wanted: Any, there: Any, declared: Any) -> list[Step]:
            raise Conflict("vpc.main: another CIDR")

    class Declared:
        adoption = Adoption("observe")

    conflicts: list[str] = []
    assert adoption.planned(Resource, {}, {}, Declared, conflicts) == []  # type: ignore[arg-type]
    assert conflicts == ["vpc.main: another CIDR"]
    Declared.adoption = Adoption()
    with pytest.raises(Conflict):
        adoption.planned(Resource, {}, {}, Declared, conflicts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"adopted_ids": {"net": {}}}, "adopted_ids.net: is no owner; expected MODULE/NAME, such as net/alpha"),
        ({"adopted_ids": {"net/alpha": ["vpc-1"]}}, "is no mapping"),
        ({"adopted_ids": {"net/alpha": {"vpc.main": None}}}, "adopted_ids.net/alpha.vpc.main: is no id"),
        ({"adopted_ids": {"net/alpha": {"vpcs.main": "vpc-1"}}}, "(did you mean vpc?)"),
        (
            {"adopted_ids": {"net/alpha": {"vpc.main": "vpc-1"}, "net/beta": {"vpc.main": "vpc-1"}}},
            "'vpc-1' is that of net/alpha.vpc.main, too",
        ),
        ({"moved": {"old": ""}}, "moved.old"),
        ({"moved": {"a": "b", "b": "c"}}, "moved.a: 'b' is itself moved"),
    ],
)
def test_bad_input(params: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        adoption.check(params, "net/alpha", ["vpc", "subnet"])
    assert told in str(refused.value)


def test_ids_of_other_modules_are_of_any_kind() -> None:
    adoption.check({"adopted_ids": {"other/alpha": {"thing.main": "t-1"}}, "moved": {"a": "b"}}, "net/alpha", ["vpc"])
    adoption.check({}, "net/alpha", [])
