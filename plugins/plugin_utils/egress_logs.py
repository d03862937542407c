# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads logs of traffic that leaves, of any format that the collection knows, from files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.egress import events, observations
from ..module_utils._domain.egress.importing import access_logs, kinds
from . import log_files

FIREWALL = "firewall"
CONFIGURATIONS = (kinds.SQUID, kinds.NGINX, kinds.LIST)
Seen = dict[observations.Flow, observations.Tally]


def kind(path: str) -> str:
    """Return FIREWALL, or as `kinds.kind` does. Raises OSError."""
    head = log_files.head(path)
    return FIREWALL if events.is_log(head) else kinds.kind(head)


def read(terms: Iterable[Any], log_format: str | None, observed: Iterable[Any]) -> tuple[Seen, list[str]]:
    """Return what was seen in the logs that terms name, as `log_files.named` has it, and in `observed`, and notes.

    observed: observations of the module egress_logs_info. Raises Invalid, OSError and EOFError.
    """
    given, of_module = [term for term in terms if term], list(observed)
    if not given and not of_module:
        raise Invalid("files", None, "names no file", "paths of logs, or observations of egress_logs_info")
    paths = list(dict.fromkeys(path for term in given for path in log_files.named("files", term)))
    seen, notes = tallied(paths, {path: kind(path) for path in paths}, log_format)
    for flow, one in observations.of_rows(of_module):
        seen.setdefault(flow, observations.Tally()).merge(one)
    return seen, notes


def tallied(
    paths: Iterable[str], kind_of: dict[str, str], log_format: str | None, option: str = "files"
) -> tuple[Seen, list[str]]:
    """Return what was seen in these logs, and notes on lines that could not be read.

    log_format: of those that aren't the firewall's; None: as `kind_of` says. Raises Invalid for what is no log.
    """
    seen: Seen = {}
    notes = []
    for path in paths:
        of_path = kind_of[path]
        if of_path in CONFIGURATIONS and not log_format:
            raise Invalid(option, path, "is no log that is known by its first line", "log_format, or other files")
        lines = log_files.lines(path)
        if of_path == FIREWALL:
            found, unread = observations.tally(events.observations(lines))
        else:
            found, unread = observations.tally(access_logs.observations(lines, log_format or of_path))
        for flow, one in found.items():
            seen.setdefault(flow, observations.Tally()).merge(one)
        if unread:
            notes.append(f"{path}: {unread} lines aren't of the format {log_format or of_path}")
    return seen, notes
