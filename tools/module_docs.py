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
# {description} and the samples are the module's own; {operation}, {cloud} and {exception} are WORDS.
OF_WRITERS = {
    "plan": """\
plan:
  description: The steps from the current to the declared state, in the order in which they are shown. In check mode,
    the steps that a run would take.
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
      description: {operation} for the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) for V(create).
      type: dict
    after:
      description: The fields that change, as declared. C(null) for V(delete). An ID that isn't known yet is shown as
        C((known after ADDRESS)).
      type: dict
""",
    "network_calls": """\
network_calls:
  description: Calls that decide what the network lets through, in the order in which a run would send them. Those of
    a later phase of the same run, once others have acted, come last. P(closednet.aws.plan_effect#filter) takes them.
  returned: success, in check mode
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource, as in RV(plan).
      type: str
    operation:
      description: {operation}. Empty if the call couldn't be foreseen.
      type: str
    params:
      description: Its arguments. An ID that isn't known yet is C((known after ADDRESS)).
      type: dict
    later:
      description: Whether a later phase sends it.
      type: bool
    unknown:
      description: Why a later phase's calls couldn't be foreseen.
      type: str
""",
    "diff": """\
diff:
  description: What changed, or in check mode would change, by address. Ansible shows it with C(--diff).
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
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
""",
    "ids": """\
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
""",
    "done": """\
done:
  description: Addresses of the steps that were completed before the module failed.
  returned: when a step failed
  type: list
  elements: str
""",
    "left": """\
left:
  description: Addresses of the remaining steps.
  returned: when a step failed
  type: list
  elements: str
""",
}
OF_ALL = {
    "api_calls": """\
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when {cloud} was called
  type: dict
""",
    "error_code": """\
error_code:
  description: {cloud}'s error code, or the name of {exception}.
  returned: when {cloud} or the connection to it failed
  type: str
""",
}

# By the option that names the account.
WORDS = {
    "account_id": {
        "{operation}": "Client and method of boto3",
        "{cloud}": "AWS",
        "{exception}": "botocore's exception",
    },
    "project_id": {
        "{operation}": "Id of the method of Google's API",
        "{cloud}": "Google",
        "{exception}": "the connection's exception",
    },
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
        _filled(template, capability.cloud.account_option).replace(
            "{description}", _part("description", blocks.get(key, ""))
        )
        + _part("sample", blocks.get(key, ""))
        for key, template in common.items()
    ]
    before = _with_choices(before, capability.specification)
    return before + begin + "".join([*own, MARKER, *same]) + end + after


def _filled(template: str, account_option: str) -> str:
    for word, text in WORDS[account_option].items():
        template = template.replace(word, text)
    return template


def _blocks(docs: str) -> dict[str, str]:
    """Return {top-level key: its lines}."""
    return {block.partition(":")[0]: block for block in re.findall(r"^\w+:.*\n(?: .*\n|\n)*", docs, re.MULTILINE)}


def _part(key: str, block: str) -> str:
    """Lines of one key of a block, with those that are indented below it; "" if there is none."""
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
