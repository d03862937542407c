# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena: moto's, with queries that run over the emulator's S3 by DuckDB.

A query: `query.parse` (sqlglot), `catalog` (Glue's table), `pruning` and `partitions` (which files), `storage` (reads
them with the caller's permissions), `formats` (rows by SerDe), `checks` and `translate` (Trino's SQL in DuckDB's),
`sandbox` (DuckDB without files, network and settings), `results`. `engine` calls them in this order.

It runs when it is started; its states follow by `transitions` ("query-execution"). What isn't emulated ends the query
as FAILED with NOT_SUPPORTED or FUNCTION_NOT_FOUND: functions that functions.py doesn't list, views, time zones other
than UTC, WITH RECURSIVE, ORC and other formats, DDL and writes (refused when started). Known differences: decimals are
divided as doubles; a subscript by an expression checks arrays only; approx_distinct's estimates; casts of doubles to
varchar are refused.
"""
