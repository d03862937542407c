# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions of assumed roles, kept between tasks in files that only the user can read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .._core import files

FOLDERS = ("closednet.aws", "credentials")
# A session is about 2 KB.
LONGEST = 1 << 20
# Follows no link, and doesn't block on a FIFO, which is then ignored.
OPENED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
TEXTS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def base() -> str:
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


class SessionFiles:
    """Cache for botocore's fetchers: one file for each session, in place of botocore's JSONFileCache.

    Hosts of one run and other runs read and write the files at the same time. Older releases of botocore write in
    place, and a process that reads a file meanwhile, or after the writer was killed, fails with a KeyError. Here a file
    is written as a whole or not at all. A file that can't be read or written, or isn't the user's own, counts as none:
    then each task assumes the role again.

    caller, endpoint: botocore's key has neither, so another credential or endpoint would get these sessions.
    given: the access keys that AssumeRole returned in this process.
    """

    def __init__(self, caller: str, endpoint: str) -> None:
        self._caller = hashlib.sha256(f"{endpoint} {caller}".encode()).hexdigest()[:16]
        self._forgotten = False
        self.given: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return not self._forgotten and self._read(key) is not None

    def __getitem__(self, key: str) -> dict[str, Any]:
        # If the file was deleted since __contains__, an expired session makes botocore get a new one.
        return self._read(key) or {"Credentials": {"Expiration": "1970-01-01T00:00:00Z"}}

    def __setitem__(self, key: str, session: Mapping[str, Any]) -> None:
        self.given.add(session["Credentials"]["AccessKeyId"])
        text = json.dumps(session, default=lambda moment: moment.isoformat())
        with contextlib.suppress(OSError), self._folder() as folder:
            files.write(folder, f"{key}.json", text)

    def forget(self) -> None:
        """Ignore the stored sessions from here on, so that the next one is new."""
        self._forgotten = True

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            with self._folder() as folder:
                file = open(os.open(f"{key}.json", OPENED, dir_fd=folder), encoding="utf-8")  # noqa: SIM115
            with file:
                there = os.fstat(file.fileno())
                if not stat.S_ISREG(there.st_mode) or there.st_uid != os.geteuid() or there.st_mode & 0o077:
                    return None
                session = json.loads(file.read(LONGEST))
            texts = [session["Credentials"][name] for name in TEXTS]
            datetime.fromisoformat(session["Credentials"]["Expiration"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return session if all(isinstance(text, str) for text in texts) else None

    @contextlib.contextmanager
    def _folder(self) -> Iterator[int]:
        """Open the caller's folder as a file descriptor, so that nobody can replace it meanwhile. Raises OSError."""
        if not os.path.isabs(base()):  # of a user without a home
            raise FileNotFoundError(base())
        folder = files.open_folder(base())
        for name in (*FOLDERS, self._caller):
            folder = files.enter(folder, name)
            there = os.fstat(folder)
            if there.st_uid != os.geteuid() or there.st_mode & 0o022:
                os.close(folder)
                raise PermissionError(f"{name} is not the user's own")
            if there.st_mode & 0o077:
                os.fchmod(folder, 0o700)
        try:
            yield folder
        finally:
            os.close(folder)
