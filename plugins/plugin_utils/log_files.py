# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that people name on a command line: folders, compressed ones, and logs of any size."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from typing import Any

from ..module_utils._core.errors import Invalid

LONGEST_LINE = 1 << 20
# A configuration is read as a whole.
LARGEST = 16 << 20
HEAD = 64 << 10


def named(option: str, given: Any) -> list[str]:
    """Return the paths of files: those that are named, and all files in folders that are. Raises Invalid.

    given: a list, or paths with commas between them.
    """
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given or ())
    found: list[str] = []
    for name in filter(None, names):
        path = os.path.expanduser(str(name))
        if os.path.isdir(path):
            inner = [os.path.join(where, one) for where, _folders, files in os.walk(path) for one in files]
            found += sorted(one for one in inner if os.path.isfile(one))
        elif os.path.isfile(path):
            found.append(path)
        else:
            raise Invalid(option, str(name), "is no file that can be read", "paths of files and folders")
    if not found:
        raise Invalid(option, given, "names no file", "paths of files and folders, with commas between them")
    return list(dict.fromkeys(found))


def opened(path: str) -> Any:
    """Open a text file, compressed or not. What isn't UTF-8 becomes U+FFFD."""
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return (gzip.open if is_gzip else open)(path, "rt", encoding="utf-8", errors="replace", newline=None)


def head(path: str) -> str:
    """Return the beginning of a file. Raises OSError."""
    with opened(path) as file:
        return file.read(HEAD)


def whole(option: str, path: str) -> str:
    """Return the text of a configuration. Raises Invalid if it is too large for one, and OSError."""
    with opened(path) as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise Invalid(option, path, "is too large for a configuration or list", f"at most {LARGEST >> 20} MB")
    return text


def lines(path: str) -> Iterator[str]:
    """Yield the lines of a log, each up to LONGEST_LINE. Raises OSError, and EOFError for a cut-off gzip file."""
    with opened(path) as file:
        while line := file.readline(LONGEST_LINE):
            yield line
