# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of a module: its options, what they declare, and the resource files that read and plan it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from . import adoption, guard
from .adoption import Adoption
from .cloud import Place, Provider
from .inputs import ModuleInputs
from .resource import Found, ReadOnly, check


@dataclass(frozen=True)
class Declared:
    """Declaration of a module, from its options alone.

    owner      value of the closednet:managed tag
    resources  kind -> name -> fields; a kind that is absent here is neither read nor planned
    inputs     what its resource files and report need besides (an adopted VPC's id, a filter)
    purge_tags remove tags that aren't declared
    absent     delete what is declared
    ignored    tags of others that the module leaves alone, in the form of the option ignore_tags
    adoption   what the run may do, and what it takes over
    place      account, region and partition, known once there is a connection
    """

    owner: str
    resources: Mapping[str, Mapping[str, Mapping[str, Any]]]
    inputs: ModuleInputs
    purge_tags: bool = False
    absent: bool = False
    ignored: Mapping[str, Any] = field(default_factory=dict)
    adoption: Adoption = field(default_factory=Adoption)
    place: Place = field(default_factory=lambda: Place(account_id=None, region=None, partition=None))

    def words(self) -> dict[str, Any]:
        """Inputs and place by name, to be filled into a text."""
        return {**vars(self.inputs), **self.place}


@dataclass(frozen=True)
class Capability:
    """A module: its options, what it declares, the resource files that it uses, and what it reports.

    desired      options -> Declared; raises Invalid
    inputs       the type of what it declares besides resources
    resources    its resource files, each after those that it needs
    constraints  AnsibleModule's required_if, mutually_exclusive, required_one_of, ...
    report       (Declared, Found, ids and states by address after the run) -> result keys beyond
                 changed, plan, diff, ids and api_calls
    reads_only   an info module: declares nothing and reports what exists
    once         a module that does something and leaves it done: no state: absent undoes it, no approval precedes it
    offline      the option with which it reads files in place of an account: no account, no credential, no call
    removals     a guard.Judge: which removals of a plan have to be declared or confirmed (see guard)
    opens        a guard.OpensJudge: what a plan opens that has to be named in allow_opens
    limits       removals can be declared, so max_removals and max_removals_percent limit them
    foreseen     (Declared, Found) -> both as they are once the other accounts of the run have acted, for the effect of
                 a plan: what this module writes in a later phase. Ids that aren't known yet are texts as of Refs
    adopts       it takes over what others created, by adopted_ids, and what an account had under another name
    finish       (Declared, Found) -> what an info module does on this machine before it reports: reads never write

    Raises ValueError if the resource files don't fit together.
    """

    name: str
    cloud: Provider
    argument_spec: Mapping[str, Any]
    desired: Callable[[Mapping[str, Any]], Declared]
    inputs: type[ModuleInputs]
    resources: Sequence[ReadOnly]
    report: Callable[[Declared, Found, Mapping[Any, Any], Mapping[Any, str]], dict[str, Any]]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    reads_only: bool = False
    once: bool = False
    offline: str = ""
    removals: guard.Judge | None = None
    limits: bool = False
    opens: guard.OpensJudge | None = None
    adopts: bool = False
    finish: Callable[[Declared, Found], None] | None = None
    foreseen: Callable[[Declared, Found], tuple[Declared, Found]] | None = None

    def __post_init__(self) -> None:
        check(self.name, self.resources, {one.name for one in fields(self.inputs)})

    @property
    def tagging(self) -> frozenset[str]:
        """Permissions of the kinds that have tags."""
        return frozenset(action for one in self.resources if one.KIND.tag for action in one.PERMISSIONS)

    def declare(self, params: Mapping[str, Any]) -> Declared:
        """Return what these options declare. Raises Invalid, and ValueError for a kind without a resource file."""
        declared = self.desired(params)
        if self.adopts:
            adoption.check(params, declared.owner, (one.KIND.name for one in self.resources if one.KIND.tag))
        unknown = declared.resources.keys() - {one.KIND.name for one in self.resources}
        if unknown:
            raise ValueError(f"{self.name}: declares {', '.join(sorted(unknown))}, of which it has no resource file")
        return declared

    def full_argument_spec(self) -> dict[str, Any]:
        """Copy of the specification, for Ansible's check, which writes defaults into the defaults of mappings."""
        return copy.deepcopy(self.specification)

    @cached_property
    def specification(self) -> dict[str, Any]:
        """Argument spec of the module's own options and of those that modules share; not to be changed."""
        of_those_that_wait = {"wait_timeout": {"type": "int", "default": 600}}
        of_writers = {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **of_those_that_wait,
            "approved_plan": {"type": "list", "elements": "dict"},
        }
        texts = {"type": "list", "elements": "str", "default": [], "no_log": False}
        of_taggers = {"ignore_tags": {"type": "dict", "options": {"keys": texts, "key_prefixes": texts}}}
        return {
            **self.cloud.argument_spec,
            self.cloud.account_option: {"type": "str", "required": not self.offline},
            **({} if self.reads_only else of_those_that_wait if self.once else of_writers),
            **(of_taggers if "purge_tags" in self.argument_spec else {}),
            **(adoption.OPTIONS if self.adopts else {}),
            **(guard.OPTIONS if self.removals else {}),
            **(guard.LIMITS if self.limits else {}),
            **(guard.OPENS if self.opens else {}),
            **self.argument_spec,
        }
