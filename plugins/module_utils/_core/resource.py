# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protocols of a resource file: one kind of a cloud's resource, how it is read and how it is planned.

A resource file is a Python module with these names. A capability checks its files when it is created, so a file that
lacks a name, or doesn't fit the others, fails before any call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Protocol, runtime_checkable

from .cloud import Cloud
from .plan import Step
from .reconcile import Actual, ResourceType

Fields = Mapping[str, Any]
# name -> fields as declared
Wanted = Mapping[str, Fields]
# kind -> name -> resource as read
Found = dict[str, dict[str, Actual]]


@runtime_checkable
class ReadOnly(Protocol):
    """A kind that is only read.

    KIND         its name is the first part of an address, and the key in what was read and in what is declared
    READ_AFTER   kinds whose resources its read needs; those that a module doesn't declare are not waited for
    INPUTS       the fields of the module's inputs that it reads
    PERMISSIONS  the actions that its calls need
    read         (cloud, declared, found so far) -> name -> Actual; reads only, and all of the kind in few calls
    """

    @property
    def KIND(self) -> ResourceType: ...

    @property
    def READ_AFTER(self) -> Sequence[str]: ...

    @property
    def INPUTS(self) -> Sequence[str]: ...

    @property
    def PERMISSIONS(self) -> Sequence[str]: ...

    def read(self, cloud: Cloud, declared: Any, found: Found, /) -> Mapping[str, Actual]: ...


@runtime_checkable
class Resource(ReadOnly, Protocol):
    """A kind that is created, changed or deleted.

    plan  (wanted, found, declared) -> steps; pure. wanted: what is declared of the kind, {} where all is to be deleted
    """

    def plan(self, wanted: Wanted, found: Found, declared: Any, /) -> list[Step]: ...


@runtime_checkable
class HasNotes(Protocol):
    """A kind with notes: what is worth knowing about a plan; nobody has to act."""

    def notes(self, wanted: Wanted, found: Found, declared: Any, /) -> Sequence[str]: ...


@runtime_checkable
class HasFindings(Protocol):
    """A kind with findings: differences from the declaration that no step changes, each with who has to act."""

    def findings(self, wanted: Wanted, found: Found, declared: Any, /) -> Sequence[str]: ...


@runtime_checkable
class HasRefusal(Protocol):
    """A kind with refuse: raises Conflict for a plan that can be shown but not applied before somebody else acts."""

    def refuse(self, wanted: Wanted, found: Found, declared: Any, /) -> None: ...


@runtime_checkable
class HasHolders(Protocol):
    """A kind with holders: what still uses the resource of this id, in words, after the cloud refused to delete it."""

    def holders(self, cloud: Cloud, id_: str, /) -> Sequence[str]: ...


@runtime_checkable
class HasMissing(Protocol):
    """A kind with MISSING: what to do if the resource doesn't exist, with the module's inputs to be filled in."""

    @property
    def MISSING(self) -> str: ...


# Functions of a resource file that the engine calls; tests/repo/test_resources.py finds a misspelt one.
HOOKS = ("read", "plan", "notes", "findings", "refuse", "holders")


def check(module: str, resources: Sequence[ReadOnly], inputs: Set[str]) -> None:
    """Raise ValueError if a module's resource files can't be read and planned together.

    Each has the required names, and a plan if its kind can be created, changed or deleted; each kind has one file; the
    module has the inputs that they read; READ_AFTER has no cycle.
    """
    kinds: set[str] = set()
    for resource in resources:
        name = getattr(resource, "__name__", repr(resource))
        if not isinstance(resource, ReadOnly):
            lacking = [
                part for part in ("KIND", "READ_AFTER", "INPUTS", "PERMISSIONS", "read") if not hasattr(resource, part)
            ]
            raise ValueError(f"{module}: {name} has no {', '.join(lacking)}")
        if not isinstance(resource, Resource) and (
            resource.KIND.create or resource.KIND.changes or resource.KIND.delete
        ):
            raise ValueError(f"{module}: {name} has no plan, and its kind can be created, changed or deleted")
        if missing := set(resource.INPUTS) - inputs:
            raise ValueError(f"{module}: {name} reads the inputs {', '.join(sorted(missing))}, which it doesn't have")
        if resource.KIND.name in kinds:
            raise ValueError(f"{module}: two resource files have the kind {resource.KIND.name}")
        kinds.add(resource.KIND.name)
    layers(module, resources)


def layers(module: str, resources: Iterable[ReadOnly]) -> list[list[ReadOnly]]:
    """Return the files in groups that can be read at the same time, each behind those that it is read after.

    READ_AFTER counts for these files only. Raises ValueError for a cycle.
    """
    left = list(resources)
    kinds = {resource.KIND.name for resource in left}
    done: set[str] = set()
    layered = []
    while left:
        ready = [resource for resource in left if set(resource.READ_AFTER) & kinds <= done]
        if not ready:
            names = ", ".join(sorted(resource.KIND.name for resource in left))
            raise ValueError(f"{module}: none of {names} can be read first, by READ_AFTER")
        layered.append(ready)
        done |= {resource.KIND.name for resource in ready}
        left = [resource for resource in left if resource.KIND.name not in done]
    return layered
