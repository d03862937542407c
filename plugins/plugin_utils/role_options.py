# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the roles, and the module that gets each: finds what is wrong with a host's variables before any call."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._core.capability import Capability
from ..module_utils._core.errors import Invalid, refusal
from ..module_utils._core.module import declare

ROLES = Path(__file__).parents[2] / "roles"
OURS = "closednet.aws."
Spec = Mapping[str, Any]
# Stand-ins for options that a role only knows when it runs.
STAND_INS = {
    "groups": {"any": {"sources": [{"name": "any", "cidrs": ["192.0.2.0/24"]}], "allow": [{"domain": "example.com"}]}},
    "hub_account_id": "0" * 12,
    "sources": ["192.0.2.0/24"],
    "service_name": "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0",
}


class Handed(NamedTuple):
    """Module and option that a role's option is passed to; option is "" where a task is run for each of its items.

    unless_empty: an empty value isn't passed.
    """

    module: str
    option: str
    spec: Spec
    unless_empty: bool = False


@cache
def options(role: str) -> dict[str, Spec]:
    text = (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["argument_specs"]["main"]["options"]


@cache
def defaults(role: str) -> dict[str, Any]:
    path = ROLES / role / "defaults" / "main.yml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def roles() -> list[str]:
    return sorted(path.name for path in ROLES.iterdir())


def capability(module: str) -> Capability:
    return importlib.import_module(f"ansible_collections.{OURS}plugins.module_utils._capabilities.{module}").CAPABILITY


@cache
def _validator(module: str) -> ArgumentSpecValidator:
    one = capability(module)
    return ArgumentSpecValidator(one.full_argument_spec(), **one.constraints)


@cache
def handed_on(role: str) -> list[tuple[str, Handed]]:
    """Return (option of the role, where it is passed to) pairs, from the expressions in its tasks."""
    found: list[tuple[str, Handed]] = []
    for path in sorted((ROLES / role / "tasks").glob("*.yml")):
        for task in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            for name, arguments in task.items():
                if name.startswith(OURS) and isinstance(arguments, dict):
                    found += _of_task(role, task, name.removeprefix(OURS), arguments)
    return found


def _of_task(
    role: str, task: Mapping[str, Any], module: str, arguments: Mapping[str, str]
) -> Iterator[tuple[str, Handed]]:
    one = capability(module)
    spec = one.specification
    for argument, expression in arguments.items():
        for option in options(role):
            simple = re.fullmatch(rf"\{{\{{ {option}( \| default\(omit\))? \}}\}}", str(expression).strip())
            if simple or (option.endswith(f"_{argument}") and re.search(rf"\b{option}\b", str(expression))):
                yield option, Handed(module, argument, spec[argument], "default(omit, true)" in str(expression))
    if "loop" not in task:
        return
    variable = task["loop_control"]["loop_var"]
    used = {name for value in arguments.values() for name in re.findall(rf"\b{variable}\.(\w+)", str(value))}
    items = {name: spec[name] for name in arguments if name in used}
    constraints = {key: _within(items, value) for key, value in one.constraints.items()}
    for option in _looped(role, str(task["loop"])):
        yield option, Handed(module, "", {"options": items, **{k: v for k, v in constraints.items() if v}})


def _within(items: Mapping[str, Any], constraint: list[Any]) -> list[Any]:
    """Parts of a module's constraint that are only about these options."""
    return [part for part in constraint if set(_words(part)) <= {*items, "present", "absent"}]


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from _words(item)


def _looped(role: str, loop: str) -> list[str]:
    """Options of the role that a loop iterates over, directly or by a variable of the role."""
    names = re.findall(r"\w+", loop)
    names += [name for other in names for name in re.findall(r"\w+", str(defaults(role).get(other, "")))]
    return [option for option, spec in options(role).items() if option in names and spec.get("elements") == "dict"]


def problems(host: str, role: str, given: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield what the role's modules would refuse of these variables, whatever exists in AWS.

    option of each Invalid is "<host>.<variable>...". given: variables that passed the role's specification. What a role
    makes of other hosts' variables isn't known here, so a module that lacks a required option isn't asked.
    """
    by_module: dict[str, dict[str, str]] = {}
    # Further variables of an option, which the role joins.
    joined: list[tuple[str, str, str]] = []
    for variable, handed in handed_on(role):
        if handed.option and not (handed.unless_empty and given.get(variable) == {}):
            of_module = by_module.setdefault(handed.module, {})
            if of_module.setdefault(handed.option, variable) != variable:
                joined.append((handed.module, handed.option, variable))
    of_all: dict[str, tuple[dict[str, Any], dict[str, str]]] = {}
    for module, variables in by_module.items():
        of_all[module] = _params(host, role, variables, given)
        yield from _of_module(host, module, *of_all[module])
    for module, option, variable in joined:
        found = _of_module(host, module, *_params(host, role, {**by_module[module], option: variable}, given))
        yield from (invalid for invalid in found if invalid.option.startswith(f"{host}.{variable}"))
    for variable, handed in handed_on(role):
        for index, item in enumerate(given.get(variable) or [] if not handed.option else []):
            known = {name: item[name] for name in handed.spec["options"] if item.get(name) is not None}
            params, where = of_all.get(handed.module, (_common(host, given), {}))
            where = {**where, **{name: f"{variable}[{index}].{name}" for name in known}}
            yield from _of_module(host, handed.module, {**params, **known}, where)


def _params(
    host: str, role: str, variables: Mapping[str, str], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the module's params and {option: variable that gives it}. variables: by option."""
    values = {option: _value(host, role, name, given) for option, name in variables.items()}
    known = {option: value for option, value in values.items() if value is not None}
    where = {option: name for option, name in variables.items() if given.get(name) is not None}
    return {**_common(host, given), **known}, where


def _common(host: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": host, **{option: given.get(option) for option in ("account_id", "project_id", "region")}}


def _value(host: str, role: str, variable: str, given: Mapping[str, Any]) -> Any:
    """Value of the variable, or the role's default where that is a value or another variable; else None."""
    if given.get(variable) is not None:
        return given[variable]
    default = defaults(role).get(variable)
    other = re.fullmatch(r"\{\{ (\w+) \}\}", default) if isinstance(default, str) else None
    if other:
        return host if other[1] == "inventory_hostname" else given.get(other[1])
    return None if isinstance(default, str) and "{{" in default else default


def _fits(value: Any, spec: Spec | None) -> bool:
    """Return true if a stand-in is of the type of a module's option of its name."""
    return spec is not None and (spec.get("type") == "dict") == isinstance(value, dict)


def _of_module(host: str, module: str, params: dict[str, Any], where: Mapping[str, str]) -> Iterator[Invalid]:
    """Yield what one module would refuse of these params. where: module's option -> variable that gives it."""
    if not where or params.get("state") == "absent":
        return
    one = capability(module)
    spec = one.specification
    fitting = {option: value for option, value in STAND_INS.items() if _fits(value, spec.get(option))}
    params = {**fitting, **params}
    validated = _validator(module).validate({option: value for option, value in params.items() if option in spec})
    invalid = None if validated.error_messages else refusal(declare, one, validated.validated_parameters)
    if invalid:
        option, rest = re.fullmatch(r"(\w*)(.*)", invalid.option, re.DOTALL).groups()
        if option in where:
            yield Invalid(f"{host}.{where[option]}{rest}", invalid.value, invalid.problem, invalid.expected)
        elif option not in spec:  # about a declared resource, by its name
            yield Invalid(f"{host}: {invalid.option}", invalid.value, invalid.problem, invalid.expected)
