# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what a file of this checkout imports, from its text."""

from __future__ import annotations

import ast

OURS = "ansible_collections.closednet.aws"


def imported(tree: ast.AST, path: str) -> set[str]:
    """Dotted names that the file at `path` (from the checkout's root) imports, relative ones made absolute."""
    package = [*OURS.split("."), *path.split("/")[:-1]] if path.startswith("plugins/") else path.split("/")[:-1]
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module or "").split(".")]
            names.update(".".join([*filter(None, base), alias.name]) for alias in node.names)
    return names
