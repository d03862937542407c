# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DuckDB for one query: in memory, without files, network or extensions.

The text of a query is anybody's; sqlglot rebuilds it, so only SELECTs reach DuckDB, and only functions of functions.py.
https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

import threading
from typing import Any

from emulator.athena.catalog import Table
from emulator.athena.errors import QueryFailed
from emulator.athena.functions import MACROS

# A query holds up all calls of the emulator.
SECONDS = 20
_CONFIG = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "1GB",
    "temp_directory": "",
    "threads": "1",
    "default_null_order": "nulls_last",
}


class Sandbox:
    def __init__(self) -> None:
        import duckdb

        self._errors = duckdb.Error
        self._connection = duckdb.connect(":memory:", config=_CONFIG)
        # Names of Python's variables are no tables.
        self._connection.execute("SET python_enable_replacements = false")
        self._connection.execute("SET TimeZone = 'UTC'")
        for macro in MACROS:
            self._connection.execute(f"CREATE MACRO {macro}")
        self._connection.execute("SET lock_configuration = true")

    def load(self, name: str, table: Table, rows: Any) -> None:
        """Create a table of DuckDB from rows (pyarrow), typed by the Glue table."""
        columns = ", ".join(f'"{column}" {kind.duckdb}' for column, kind in table.all_columns.items())
        self._connection.execute(f'CREATE TABLE "{name}" ({columns})')
        if rows is not None and rows.num_rows:
            self._connection.register("given", rows)
            self._connection.execute(f'INSERT INTO "{name}" SELECT * FROM given')
            self._connection.unregister("given")

    def run(self, sql: str) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
        """Return [(column, DuckDB's type)] and the rows. Raises QueryFailed."""
        timer = threading.Timer(SECONDS, self._connection.interrupt)
        timer.start()
        try:
            cursor = self._connection.execute(sql)
            return [(name, str(kind)) for name, kind, *_rest in cursor.description], cursor.fetchall()
        except self._errors as error:
            raise _failed(error) from None
        finally:
            timer.cancel()

    def close(self) -> None:
        self._connection.close()


def _failed(error: Exception) -> QueryFailed:
    """Return Athena's reason for DuckDB's error. A reason that a macro gave is Athena's already."""
    import duckdb

    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    kind, _colon, message = text.partition(": ")
    message = message or kind
    head = message.partition(":")[0]
    if head.replace("_", "").isalpha() and head.isupper() and len(head) > 5:
        return QueryFailed(message)
    if "Division by zero" in text or "division by zero" in text:
        return QueryFailed("DIVISION_BY_ZERO: Division by zero")
    if isinstance(error, duckdb.InterruptException):
        return QueryFailed("EXCEEDED_TIME_LIMIT: Query exceeded the maximum run time")
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit")
    if isinstance(error, duckdb.ConversionException):
        return QueryFailed(f"INVALID_CAST_ARGUMENT: {message}")
    if isinstance(error, duckdb.BinderException) and "must appear in the GROUP BY clause" in message:
        return QueryFailed(f"EXPRESSION_NOT_AGGREGATE: line 1:1: {message}")
    if isinstance(error, duckdb.BinderException) and "column" in message and "not found" in message:
        return QueryFailed(f"COLUMN_NOT_FOUND: line 1:1: {message}")
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return QueryFailed(f"SYNTAX_ERROR: line 1:1: {message}")
    return QueryFailed(f"INVALID_FUNCTION_ARGUMENT: {message}")
