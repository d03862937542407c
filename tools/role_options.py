# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write into roles/ROLE/meta/argument_specs.yml the choices and suboptions of module options that the role passes on.

So a value that no module accepts is refused before any host's first call. A role's tasks tell which option is passed on
to which. What is written follows the marker in each option; the rest of the file is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.closednet.aws.plugins.plugin_utils import role_options
from ansible_collections.closednet.aws.plugins.plugin_utils.role_options import (
    OURS,
    ROLES,
    Handed,
    Spec,
    options,
    roles,
)

MARKER = "        # What follows is {module}'s, written by tools/role_options.py.\n"
MARKED = re.compile(r"^ {8}# What follows is .*\n(?: {8}.*\n)*", re.MULTILINE)
# Keys of a module's option that are the same in a role's.
TAKEN = ("choices", "mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
# Options of a role's items that the module doesn't have, or not as such: the role makes the module's of them.
OF_ROLES: dict[str, dict[str, Any]] = {
    "psc_endpoints": {
        "service": {
            "description": "The service: its attachment as a URI or relative name, or C({host, name}).",
            "type": "raw",
        }
    },
    "privatelink_consumer_endpoints": {
        "service": {
            "description": "The service as an inventory knows it, in place of C(service_name).",
            "type": "dict",
            "options": {
                "host": {"description": "The provider's host.", "type": "str", "required": True},
                "name": {"description": "The service's name there.", "type": "str", "required": True},
            },
        }
    },
}
# Lines have 120 characters.
LONGEST = 80
WRITTEN = re.compile(rf"^ {{8}}(?:{'|'.join(TAKEN)}): .*\n", re.MULTILINE)


def handed_on() -> dict[str, Handed]:
    """Return {role option: where it is passed to}; an option's name means the same in every role."""
    return {option: handed for role in roles() for option, handed in role_options.handed_on(role)}


def written(option: str, handed: Handed) -> dict[str, Any]:
    """Return the part of a role's option that comes from the module."""
    taken: dict[str, Any] = {key: handed.spec[key] for key in TAKEN if key in handed.spec}
    if handed.option and handed.spec.get("default") == "":
        # It may be empty, as no other text may.
        taken["default"] = ""
    if not OF_ROLES.get(option, {}).keys() <= handed.spec.get("options", {}).keys():
        # The role makes what the module requires of another option.
        taken.pop("required_if", None)
    if "options" in handed.spec:
        path = f"{handed.option}[]." if handed.spec.get("type") == "list" else f"{handed.option}."
        nested = _nested(handed.module, "" if not handed.option else path, handed.spec["options"])
        of_role = OF_ROLES.get(option, {})
        taken["options"] = {**of_role, **{name: spec for name, spec in nested.items() if name not in of_role}}
    return taken


def _nested(module: str, path: str, specs: Mapping[str, Spec]) -> dict[str, Any]:
    found = {}
    for name, spec in specs.items():
        kept = {key: spec[key] for key in ("type", "elements", "required", "default", "no_log", *TAKEN) if key in spec}
        if "options" in spec:
            own = f"{path}{name}{'[]' if spec['type'] == 'list' else ''}."
            kept["options"] = _nested(module, own, spec["options"])
        where = f"O({OURS}{module}#module:{path}{name})"
        if len(where) > LONGEST:
            where = f"The module's C({path}{name})"
        found[name] = {"description": where, **kept}
    return found


def text(role: str, handed: Mapping[str, Handed]) -> str:
    """Return the text that the role's argument_specs.yml should have."""
    source = (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    source = MARKED.sub("", source)
    for option in options(role):
        taken = written(option, handed[option]) if option in handed else {}
        if taken:
            block = re.search(rf"^ {{6}}{option}:\n(?: {{8}}.*\n)*", source, re.MULTILINE)
            assert block, f"{role}: {option} isn't written as the others are"
            marker = MARKER.format(module=OURS + handed[option].module)
            by_hand = WRITTEN.sub("", block[0])
            source = source[: block.start()] + by_hand + marker + _dumped(taken) + source[block.end() :]
    return source


class _Dumper(yaml.SafeDumper):
    """YAML dumper: short lists on one line, long ones in yamllint's style, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent(dumper: _Dumper, data: Any) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=len(str(data)) < LONGEST)


for kind in (list, tuple):
    _Dumper.add_representer(kind, _represent)


def _dumped(taken: Mapping[str, Any]) -> str:
    lines = yaml.dump(taken, Dumper=_Dumper, sort_keys=False, width=100).splitlines()
    return "".join(f"        {line}\n" for line in lines)


def main() -> None:
    handed = handed_on()
    for role in roles():
        (ROLES / role / "meta" / "argument_specs.yml").write_text(text(role, handed), encoding="utf-8")


if __name__ == "__main__":
    main()
