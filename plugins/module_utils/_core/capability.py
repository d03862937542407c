# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module is made of: its options, what they declare, and the resource files that read and plan it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from . import guard
from .cloud import Place, Provider
from .inputs import ModuleInputs
from .resource import Found, ReadOnly, check


@dataclass(frozen=True)
class Declared:
    """What a module wants, from its options alone.

    owner      value of the closednet:managed tag
    resources  kind -> name -> fields; a kind that is absent here is neither read nor planned
    inputs     what its resource files and report need besides (an adopted VPC's id, a filter)
    purge_tags remove tags that aren't declared
    absent     what is declared is to go
    ignored    the tags of others that are left alone, as the option ignore_tags has them
    place      known once there is a connection
    """

    owner: str
    resources: Mapping[str, Mapping[str, Mapping[str, Any]]]
    inputs: ModuleInputs
    purge_tags: bool = False
    absent: bool = False
    ignored: Mapping[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=lambda: Place(account_id=None, region=None, partition=None))

    def words(self) -> dict[str, Any]:
        """Inputs and place by name, for a text that names them."""
        return {**vars(self.inputs), **self.place}


@dataclass(frozen=True)
class Capability:
    """A module: its options, what it declares, the resource files that it uses (readers before those who need them),
    and what it reports beyond changed, plan, diff, ids and api_calls.

    desired      options -> Declared; raises Invalid
    inputs       the type of what it declares besides resources
    constraints  AnsibleModule's required_if, mutually_exclusive, required_one_of, ...
    report       (Declared, Found before the run, ids and states by address after the run) -> further result keys
    reads_only   it declares nothing and tells what is there: an info module
    offline      the option that has it read files in place of an account: no account, no credential, no call
    removals     what of a plan is removed only when it is declared or confirmed to leave (see guard)
    limits       whether leaving can be declared, so that there is a limit to it
    finish       what an info module does on this machine with what was read, before it reports: reads never write

    Raises ValueError where the resource files don't fit together.
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
    offline: str = ""
    removals: guard.Judge | None = None
    limits: bool = False
    finish: Callable[[Declared, Found], None] | None = None

    def __post_init__(self) -> None:
        check(self.name, self.resources, {one.name for one in fields(self.inputs)})

    @property
    def tagging(self) -> frozenset[str]:
        """The permissions of the kinds that have tags."""
        return frozenset(action for one in self.resources if one.KIND.tag for action in one.PERMISSIONS)

    def declare(self, params: Mapping[str, Any]) -> Declared:
        """What these options declare. Raises Invalid, and ValueError for a kind without a resource file."""
        declared = self.desired(params)
        unknown = declared.resources.keys() - {one.KIND.name for one in self.resources}
        if unknown:
            raise ValueError(f"{self.name}: declares {', '.join(sorted(unknown))}, of which it has no resource file")
        return declared

    def full_argument_spec(self) -> dict[str, Any]:
        """For Ansible's check, which writes defaults into the defaults of mappings: a copy of the specification."""
        return copy.deepcopy(self.specification)

    @cached_property
    def specification(self) -> dict[str, Any]:
        """The options of the module and those of all, to be read."""
        of_writers = {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "wait_timeout": {"type": "int", "default": 600},
            "approved_plan": {"type": "list", "elements": "dict"},
        }
        texts = {"type": "list", "elements": "str", "default": [], "no_log": False}
        of_taggers = {"ignore_tags": {"type": "dict", "options": {"keys": texts, "key_prefixes": texts}}}
        return {
            **self.cloud.argument_spec,
            self.cloud.account_option: {"type": "str", "required": not self.offline},
            **({} if self.reads_only else of_writers),
            **(of_taggers if "purge_tags" in self.argument_spec else {}),
            **(guard.OPTIONS if self.removals else {}),
            **(guard.LIMITS if self.limits else {}),
            **self.argument_spec,
        }
