# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan: the steps from what was read to what is declared. Data only: no Ansible, no cloud.

A step that needs an id which an earlier step creates holds a Ref to that step's address. So a plan made before
anything exists is the very plan that is applied.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class Address(str):
    """Address of what a step changes: `kind.name`, or `kind.name:field` for a change to one field.

    It is text, as in plans and results, and keeps its parts: names hold dots and slashes, and fields hold ARNs, so the
    text alone doesn't tell where a part ends.
    """

    __slots__ = ("field", "kind", "name")

    kind: str
    name: str
    field: str

    def __new__(cls, kind: str, name: str, field: str = "") -> Address:
        address = super().__new__(cls, kind + (f".{name}" if name else "") + (f":{field}" if field else ""))
        address.kind, address.name, address.field = kind, name, field
        return address

    def __getnewargs__(self) -> tuple[str, str, str]:  # type: ignore[override]
        return self.kind, self.name, self.field

    @classmethod
    def of(cls, text: str) -> Address:
        """Address of a resource from its text: all after the kind is its name."""
        kind, _dot, name = text.partition(".")
        return text if isinstance(text, Address) else cls(kind, name)

    @property
    def resource(self) -> Address:
        return Address(self.kind, self.name)

    def at(self, field: str) -> Address:
        """The address of a field of the same resource."""
        return Address(self.kind, self.name, field)


@dataclass(frozen=True)
class Ref:
    """The id of the resource at `address`, or one of its step's outputs, put into `form` (an ARN, say) once known.

    form: text, or another object with a method format.
    """

    address: str
    form: Any = "{}"
    output: str = ""

    @property
    def key(self) -> str:
        return Address.of(self.address).at(self.output) if self.output else self.address

    def __str__(self) -> str:
        return str(self.form.format(f"(known after {self.address})"))


# In a step's own wait: the id that the step itself creates.
OWN_ID = Ref("this step")


@dataclass(frozen=True)
class DuplicateCheck:
    """Call that finds duplicates of what a step creates, where the cloud lets two concurrent runs create it twice.

    operation  a describe call, `ec2.describe_vpcs`; params: its arguments, may hold Refs
    ids        JMESPath of their ids in the response, that of the one just created among them
    remove     operation and params of the call that deletes the one just created (OWN_ID)
    known      ids that existed when the step was planned; a concurrent run can't have created these
    """

    operation: str
    params: Mapping[str, Any]
    ids: str
    remove: tuple[str, Mapping[str, Any]] = ("", {})
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wait:
    """Polling for a state that a resource reaches by itself.

    operation  a describe call, `ec2.describe_transit_gateways`; params: its arguments, may hold Refs
    states     JMESPath of the list of states in the response
    until      the wait is over when there are states and each is one of these ...
    gone       ... or, for a deletion, when there are no states any more
    pending    the states on the way there, that before the step among them; any other one fails at once, as a state in
               `failed` does. (): not known, so the wait goes on in any state
    failed     the states from which no other follows
    within     seconds after which success can't be expected any more, where that is less than wait_timeout
    hint       what it takes to succeed, for the message when it fails
    missing    text of a reason that says that what a deletion fails for doesn't exist any more: the wait is over
    after      seconds to let pass before the first look
    reason     JMESPath of what the cloud says about a failure (FailureReason), for the message when it fails
    made       JMESPath of the id to poll, if it differs from the step's own id (a RequestId, say)
    """

    operation: str
    params: Mapping[str, Any]
    states: str
    until: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    gone: bool = False
    pending: tuple[str, ...] = ()
    within: float = math.inf
    hint: str = ""
    made: str = ""
    reason: str = ""
    missing: str = ""
    after: float = 0


@dataclass(frozen=True)
class Step:
    """One API call and what it changes.

    address    where: `kind.name`, or `kind.name:field` for a change to one field; unique within a plan
    operation  boto3 client and method: `ec2.create_vpc`
    params     the method's keyword arguments; may hold Refs
    before     the fields as read that this step changes; None when it creates something
    after      the same fields as declared; None when it deletes something
    removes    the id of the resource that this step deletes
    id_path    JMESPath of the created resource's id in the response; a Ref where it holds an id that isn't known yet
    outputs    name -> JMESPath of what else later steps need from the response: a token, a version, a name
    wait       a Wait to pass before the step counts as done
    needs      addresses of steps to be done first, beyond those in Refs
    reads_only reads an id that came along with an earlier step (a VPC's default security group); changes nothing
    duplicates how to find duplicates of what it creates, where the cloud itself doesn't refuse them
    alone      its failure stops only the steps that need it; all others are still applied
    """

    address: Address
    operation: str
    params: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    removes: str | None = None
    id_path: str | Ref = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    wait: Wait | None = None
    needs: tuple[str, ...] = ()
    reads_only: bool = False
    duplicates: DuplicateCheck | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        if ":" in self.address and not isinstance(self.address, Address):
            raise ValueError(f"{self.address}: only an Address tells where the name ends and the field begins")
        object.__setattr__(self, "address", Address.of(self.address))

    @property
    def action(self) -> str:
        if self.reads_only:
            return "look up"
        return "create" if self.before is None else "delete" if self.after is None else "change"


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = field(default=())
    # Differences from the declaration that no step changes, each with who has to act.
    findings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counted = Counter(step.address for step in self.steps)
        twice = sorted(address for address, number in counted.items() if number > 1)
        if twice:
            raise ValueError(f"a plan holds one step per address; twice: {', '.join(twice)}")

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if not step.reads_only]

    def describe(self) -> list[dict[str, Any]]:
        """The plan for people and for comparison: a list of {address, action, operation, before, after}."""
        return [
            {
                "address": str(step.address),
                "action": step.action,
                "operation": step.operation,
                "before": printable(step.before),
                "after": printable(step.after),
            }
            for step in self.changes
        ]

    def diff(self) -> dict[str, dict[str, Any]]:
        """Ansible's diff: before and after by address."""
        return {
            "before": {str(step.address): printable(step.before) for step in self.changes if step.before is not None},
            "after": {str(step.address): printable(step.after) for step in self.changes if step.after is not None},
        }

    def prerequisites(self) -> dict[str, set[str]]:
        """Return {address: addresses of the steps that must be done before it}.

        A resource is created before those that refer to it. It is deleted only after every step that deletes what
        refers to it, or makes that refer to another (its id is in that step's `before`), and after the changes to its
        own fields (a security group's rules that name others).
        """
        own = {step.address for step in self.steps}
        # A fleet's plan has thousands of steps, so they are looked up, not searched for.
        pointing: dict[Any, set[str]] = defaultdict(set)
        changing: dict[str, set[str]] = defaultdict(set)
        for step in self.steps:
            if step.address.field:
                changing[step.address.resource].add(step.address)
            for leaf in leaves(step.before):
                pointing[leaf].add(step.address)
        graph: dict[str, set[str]] = {}
        for step in self.steps:
            needs = {ref.address for ref in refs(step.params)} | set(step.needs)
            if step.removes:
                needs |= pointing.get(step.removes, set()) | changing[step.address]
            graph[step.address] = (needs & own) - {step.address}
        return graph


def walk(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """Copy nested dicts and lists, with `leaf` applied to everything else."""
    if isinstance(value, Mapping):
        return {key: walk(item, leaf) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [walk(item, leaf) for item in value]
    return leaf(value)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        yield value
        return
    for item in value:
        yield from leaves(item)


def refs(value: Any) -> Iterable[Ref]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, Ref))


def resolve(value: Any, ids: Mapping[Any, Any]) -> Any:
    """Return the value with every Ref whose key is in `ids` replaced by that id or output."""
    return walk(
        value,
        lambda leaf: leaf.form.format(ids[leaf.key]) if isinstance(leaf, Ref) and leaf.key in ids else leaf,
    )


def printable(value: Any) -> Any:
    return walk(value, lambda leaf: str(leaf) if isinstance(leaf, Ref) else leaf)


def summarise(addresses: Iterable[str]) -> str:
    """First eight addresses and the number of the others, for a message; "nothing" if there are none."""
    listed = list(addresses)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "") or "nothing"
