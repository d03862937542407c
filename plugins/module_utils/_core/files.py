# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens folders and writes files of the user alone, where others may have put a link or a FIFO. All raise OSError."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def open_folder(path: str) -> int:
    """Open a folder that the user chose, creating it (mode 0700) if it doesn't exist; return its file descriptor.

    The folder may be a link; what is in it may not.
    """
    missing = [parent for parent in (Path(path), *Path(path).parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
    return os.open(path, FOLDER)


def enter(folder: int, name: str) -> int:
    """Open a folder in `folder`, creating it (mode 0700) if it doesn't exist; return its file descriptor.

    Refuses a link. Closes `folder`, whatever happens.
    """
    try:
        if name == ".." or "/" in name:
            raise NotADirectoryError(f"{name!r} is no name of a folder")
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, mode=0o700, dir_fd=folder)
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def write(folder: int, name: str, text: str) -> None:
    """Write a file (mode 0600) as a whole or not at all. Replaces a file of that name, never writes to it."""
    written = f".{secrets.token_hex(8)}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(written, flags, 0o600, dir_fd=folder), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(written, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(written, dir_fd=folder)
        raise
