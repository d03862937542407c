# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Definition of a case, and helpers that cases share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contract.world import NAME_TAG, OVER, OWNER_TAG, World, capability


@dataclass(frozen=True)
class Drift:
    """A change that somebody makes by hand to what a module declared.

    name    description of the change
    kind    resource kind
    fields  declared fields that the change affects; the plan must show each of them before and after
    action  the action of the plan's step on this kind: change, create or delete
    make    makes the change, with boto3
    others  what others do after the repair; after it and one more run all is as declared
    confirm names that the repair needs in confirm_removals, since the change looks like a lost declaration
    """

    name: str
    kind: str
    fields: tuple[str, ...]
    action: str
    make: Callable[[World], Any]
    others: Callable[[World], Any] | None = None
    confirm: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A module with options that use all of its features.

    before         creates what must exist before the first run
    between        what others do between two runs; after the last of them and one more run all is as declared
    before_absent  what others must delete before the module runs with state=absent
    drifts         at least one for each declared field
    accounts       accounts whose contents are compared
    stays          kinds of contents in which something of the module's stays after state=absent -> the reason
    keeps          kinds whose resources state=absent keeps
    foreign        name -> function that creates, with boto3 and after `before`, somebody else's resource that conflicts
                   with the first run; returns the id that the failure must name
    reads          service of some of its read calls, and a pattern of their operations
    """

    module: str
    account: str
    options: Mapping[str, Any]
    accounts: Sequence[str]
    drifts: Sequence[Drift] = ()
    before: Callable[[World], Any] = lambda world: None
    between: Sequence[Callable[[World], Any]] = ()
    before_absent: Callable[[World], Any] = lambda world: None
    stays: Mapping[str, str] = field(default_factory=dict)
    keeps: Sequence[str] = ()
    foreign: Mapping[str, Callable[[World], str]] = field(default_factory=dict)
    reads: tuple[str, str] = ("ec2", "Describe*")
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module} {self.name}".strip()

    def go_through(self, world: World, run: Callable[..., Any]) -> None:
        """Let the module do all that the case has: create, repair each drift, and delete. run: takes more options."""
        kind = capability(self.module)
        run()
        for others in self.between:
            others(world)
            run()
        for drift in self.drifts:
            drift.make(world)
            run(**({"confirm_removals": list(drift.confirm)} if drift.confirm else {}))
            if drift.others:
                drift.others(world)
                run()
        if not (kind.reads_only or kind.once):
            self.before_absent(world)
            run(state="absent")

    def contents(self, world: World) -> dict[str, list[Any]]:
        """Return the contents of the case's accounts, for the services that its module has permissions for."""
        permissions = {action for resource in capability(self.module).resources for action in resource.PERMISSIONS}
        return world.contents(*self.accounts, services={action.partition(":")[0] for action in permissions})


ZONES = ["euc1-az1", "euc1-az2"]
TAGS = {"team": "network", "cost-centre": "42"}


def tags(kind: str, account: str, find: Callable[[World], str], retag: Callable[..., Any] | None = None) -> list[Drift]:
    """Build two drifts of a kind's tags: a value changed, and a tag added. retag: in place of EC2's CreateTags."""

    def ec2_retag(world: World, id_: str, **values: str) -> None:
        pairs = [{"Key": key.replace("_", "-"), "Value": value} for key, value in values.items()]
        world.ec2(account).create_tags(Resources=[id_], Tags=pairs)

    put = retag or ec2_retag
    return [
        Drift(
            f"{kind}: tag changed", kind, ("tags",), "change", lambda world: put(world, find(world), team="somebody")
        ),
        Drift(f"{kind}: tag added", kind, ("tags",), "change", lambda world: put(world, find(world), extra="by hand")),
    ]


def only(items: list[dict[str, Any]], key: str) -> str:
    (item,) = items
    return item[key]


def by_tags(account: str, operation: str, result: str, key: str, owner: str, name: str) -> Callable[[World], str]:
    """Return a function that finds the id of the managed resource by its tags."""
    argument = "Filter" if operation in ("describe_nat_gateways", "describe_flow_logs") else "Filters"
    query = [{"Name": f"tag:{OWNER_TAG}", "Values": [owner]}, {"Name": f"tag:{NAME_TAG}", "Values": [name]}]

    def find(world: World) -> str:
        answer = getattr(world.ec2(account), operation)(**{argument: query})[result]
        return only([item for item in answer if item.get("State") not in OVER], key)

    return find


def subnets(world: World, account: str, vpc_name: str, tier: str) -> list[str]:
    """Ids of the tier's subnets, in the order of ZONES."""
    query = [{"Name": f"tag:{OWNER_TAG}", "Values": [f"tiered_vpc/{vpc_name}"]}]
    found = {
        tag["Value"]: item["SubnetId"]
        for item in world.ec2(account).describe_subnets(Filters=query)["Subnets"]
        for tag in item["Tags"]
        if tag["Key"] == NAME_TAG
    }
    return [found[f"{tier}.{zone}"] for zone in ZONES]
