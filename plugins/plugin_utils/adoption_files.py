# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML of an inventory that adopt writes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..module_utils._domain.adoption import infer, inventory, report
from ..module_utils._domain.adoption.model import Foreign
from ..module_utils._domain.network import snapshot
from ..module_utils._resources.shared import snapshot_folder


class _Dumper(yaml.SafeDumper):
    """Writes text from AWS with the tag by which Ansible never takes it for a template."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_str(str(text))


# Also text that Ansible has marked with where it comes from.
_Dumper.add_multi_representer(str, _text)
_Dumper.add_representer(Foreign, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def written(
    accounts: Mapping[str, Mapping[str, Any]], folder: str, released: list[str], inventory_dir: str
) -> dict[str, Any]:
    """Return {"files": {path: text}, "lines": text for a terminal, "differences": number, "hosts": names}."""
    network = infer.infer(snapshot.parse(snapshot_folder.load(Path(folder))), accounts, released)
    data = inventory.files(network, accounts, released)
    texts = {path: _yaml(inventory.HEADINGS.get(path, ""), content) for path, content in data.items()}
    return {
        "files": {**texts, "adoption.md": report.markdown(network, inventory_dir)},
        "lines": report.lines(network),
        "differences": sum(one.kind == "difference" for one in network.unexpressed),
        "hosts": sorted(network.hosts),
    }


def _yaml(heading: str, content: Any) -> str:
    comment = "".join(f"# {line}\n" for line in textwrap.wrap(heading, 110))
    return comment + "---\n" + yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=False)
