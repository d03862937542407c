# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders with saved answers of describe calls. Only the user can read what is saved here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core import files
from ..._core.errors import Invalid
from ..._domain.network import snapshot


def load(folder: Path) -> dict[str, Any]:
    """Return {path below the folder: the file's JSON}; raise Invalid where the folder or a file can't be read."""
    if not folder.is_dir():
        raise Invalid("snapshot_dir", str(folder), "is no folder that can be read", f"one with {snapshot.LAYOUT}")
    documents = {}
    for path in sorted(folder.rglob("*.json")):
        if not path.is_file():
            raise Invalid(str(path), None, "is no file, so reading it could block", "a file with JSON")
        try:
            documents[path.relative_to(folder).as_posix()] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise Invalid(str(path), None, f"can't be read: {error}", "a file with JSON") from error
    return documents


def every(documents: Mapping[str, Any], kind: str) -> list[Any]:
    """Return the items of a kind, of all accounts and regions."""
    return [
        item
        for path, document in documents.items()
        if path.rpartition("/")[2] == f"{kind}.json" and isinstance(document, dict)
        for item in document.get(kind, ())
    ]


def save_new(folder: Path, documents: Mapping[str, Any]) -> None:
    """Save as `save` does; raise Invalid where the folder has files of this account and VPC already."""
    there = next(iter(documents)).rpartition("/")[0]
    if (folder / there).exists():
        wrong = f"has {there} already, of another time or VPC"
        raise Invalid("save_snapshot_dir", str(folder), wrong, "a folder without it, such as one for each day")
    save(folder, documents)


def save(folder: Path, documents: Mapping[str, Any]) -> None:
    """Save documents, {path below the folder: content}, without following links; raise Invalid where that fails."""
    try:
        for name, document in documents.items():
            # Times are the only values that JSON doesn't know, and nothing here reads them.
            text = json.dumps(document, indent=1, default=str) + "\n"
            *parents, last = Path(name).parts
            inner = files.open_folder(str(folder))
            for parent in parents:
                inner = files.enter(inner, parent)
            try:
                files.write(inner, last, text)
            finally:
                os.close(inner)
    except OSError as error:
        raise Invalid("save_snapshot_dir", str(folder), f"can't be written: {error}", "a folder to write to") from error
