# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions of assumed roles, kept between tasks in files that are the user's alone."""

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
# What is no file (a FIFO, which would block, a link to somewhere else) is not opened.
OPENED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
TEXTS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def base() -> str:
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


class SessionFiles:
    """The cache that botocore's fetchers take: one file a session, in place of botocore's JSONFileCache.

    Hosts of one run and other runs read and write them at the same time. Older releases of botocore write in place, and
    what reads a file meanwhile, or after a kill in the middle, ends with a KeyError. Here a file is there as a whole or
    not at all. One that can't be read or isn't the user's own is as good as none, as is one that can't be written: then
    each task assumes the role anew.

    caller, endpoint: botocore's key names neither, so another credential or endpoint would be given these sessions.
    given: the access keys that AssumeRole answered in this process.
    """

    def __init__(self, caller: str, endpoint: str) -> None:
        self._caller = hashlib.sha256(f"{endpoint} {caller}".encode()).hexdigest()[:16]
        self._forgotten = False
        self.given: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return not self._forgotten and self._read(key) is not None

    def __getitem__(self, key: str) -> dict[str, Any]:
        # Where it went since it was asked for, botocore is to get a new one.
        return self._read(key) or {"Credentials": {"Expiration": "1970-01-01T00:00:00Z"}}

    def __setitem__(self, key: str, session: Mapping[str, Any]) -> None:
        self.given.add(session["Credentials"]["AccessKeyId"])
        text = json.dumps(session, default=lambda moment: moment.isoformat())
        with contextlib.suppress(OSError), self._folder() as folder:
            files.write(folder, f"{key}.json", text)

    def forget(self) -> None:
        """From here on all sessions are new ones."""
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
        """Its file descriptor, so that nobody can put another one in its place. Raises OSError."""
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
