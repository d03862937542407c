# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Lambda function of a log archive: its source text with the tables' columns. Its code is index.py."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType

from . import index
from .tables import Column

# "Lambda runtimes": supported until 2029.
RUNTIME = "python3.13"
HANDLER = "index.handler"
# A record has 1,000 KiB before base64 ("Amazon Data Firehose Quota"), and its text up to DECOMPRESSED_BYTES: the
# response's copies of it, in base64 too, are what needs memory. Lambda's CPU grows with memory.
MEMORY_MIB = 512
# "Data transformation": Firehose waits up to 5 minutes.
TIMEOUT_SECONDS = 120
# Firehose's buffer for an invocation; its smallest. Log text compresses about 10 times and the response has 6 MB.
BUFFER_MIB = 0.2
_PLACE = "TABLES: dict[str, dict[str, str]] = {}\n"


def code(tables: Mapping[str, Iterable[Column]]) -> str:
    """Return the function's source text.

    tables  name of each stream -> Table.from_message of its table; for `raw` tables no function is invoked
    """
    data = {stream: {column.name: column.type for column in columns} for stream, columns in tables.items()}
    text = json.dumps(data, sort_keys=True, indent=1)
    return source(index).replace(_PLACE, f"{_PLACE.removesuffix('{}' + chr(10))}{text}\n", 1)


def source(module: ModuleType) -> str:
    """Return a module's text; its loader may read it from the ZIP file with which Ansible ships modules."""
    spec = module.__spec__ or sys.modules[module.__name__].__spec__
    text = spec.loader.get_source(module.__name__) if spec and spec.loader else None  # type: ignore[attr-defined]
    if not text:
        raise RuntimeError(f"{module.__name__} has no source text")
    # Ansible's loader of collections, in whose process an action plugin runs, returns bytes.
    return text.decode() if isinstance(text, bytes) else str(text)
