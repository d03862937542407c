# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write into plugins/modules/ what is the same in every module's RETURN, and the choices that the code has.

Ansible reads a module's docs from its file alone, and documentation fragments have no RETURN. Each module keeps its own
samples and the description of its notes.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

MODULES = Path(__file__).resolve().parents[1] / "plugins" / "modules"
MARKER = "# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.\n"
# {description} and the samples are the module's own.
OF_WRITERS = {
    "plan": """\
plan:
  description: The steps from what was read to what is declared, in the order in which they are shown. In check mode
    those that a run would take.
  returned: success, or when a step failed
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource; after a colon, the fields that change.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: Client and method of boto3 that makes the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) where something is created.
      type: dict
    after:
      description: The fields that change, as declared. C(null) where something is deleted. An ID that isn't known yet
        is shown as C((known after ADDRESS)).
      type: dict
""",
    "diff": """\
diff:
  description: What changed, or in check mode would, by address. With C(--diff) Ansible shows it.
  returned: success
  type: dict
  contains:
    before:
      description: The fields that change or are deleted, as they were.
      type: dict
    after:
      description: The fields that change or are created, as declared.
      type: dict
""",
    "notes": """\
notes:
{description}  returned: success
  type: list
  elements: str
""",
    "findings": """\
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
""",
    "ids": """\
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
""",
    "done": """\
done:
  description: Addresses of the steps that were done before the module failed.
  returned: when a step failed
  type: list
  elements: str
""",
    "left": """\
left:
  description: Addresses of the steps that are left.
  returned: when a step failed
  type: list
  elements: str
""",
}
OF_ALL = {
    "api_calls": """\
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: success, or when AWS was called
  type: dict
""",
    "error_code": """\
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
""",
}


def written(module: str) -> str:
    """Return the text that plugins/modules/MODULE.py should have."""
    name = f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
    capability = importlib.import_module(name).CAPABILITY
    text = (MODULES / f"{module}.py").read_text(encoding="utf-8")
    common = {**({} if capability.reads_only else OF_WRITERS), **OF_ALL}
    before, begin, rest = text.partition('RETURN = r"""\n')
    docs, end, after = rest.partition('"""\n')
    blocks = _blocks(docs)
    own = [block for key, block in blocks.items() if key not in common]
    same = [
        template.replace("{description}", _part("description", blocks.get(key, "")))
        + _part("sample", blocks.get(key, ""))
        for key, template in common.items()
    ]
    before = _with_choices(before, capability.specification)
    return before + begin + "".join([*own, MARKER, *same]) + end + after


def _blocks(docs: str) -> dict[str, str]:
    """Return {top-level key: its lines}."""
    return {block.partition(":")[0]: block for block in re.findall(r"^\w+:.*\n(?: .*\n|\n)*", docs, re.MULTILINE)}


def _part(key: str, block: str) -> str:
    """Lines of one key of a block, with those that are indented below it; "" if it isn't there."""
    found = re.search(rf"^  {key}:.*\n(?:    .*\n)*", block, re.MULTILINE)
    return found[0] if found else ""


def _with_choices(docs: str, specification: dict[str, dict]) -> str:
    """Return the docs with the specification's choices in top-level options that list them one per line."""
    for option, spec in specification.items():
        if "choices" in spec:
            lines = "".join(f"      - {choice}\n" for choice in spec["choices"])
            docs = re.sub(
                rf"(^  {option}:\n(?:    .*\n)*?    choices:\n)(?:      - .*\n)+",
                rf"\g<1>{lines}",
                docs,
                flags=re.MULTILINE,
            )
    return docs


def modules() -> list[str]:
    return sorted(path.stem for path in MODULES.glob("[a-z]*.py"))


if __name__ == "__main__":
    for module in modules():
        (MODULES / f"{module}.py").write_text(written(module), encoding="utf-8")
