# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queries of log_query: statements that only read, their parameters. "Use parameterized queries" (Athena)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import sql


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "select 1",
        "  -- a comment; DROP\n/* and\nmore */ (SELECT 'käse')",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SHOW TABLES",
    ],
)
def test_what_reads(query):
    sql.check("query", query)


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE a",
        "-- SELECT\nDELETE FROM a",
        "/* SELECT */ INSERT INTO a SELECT 1",
        "'SELECT'",
        "UNLOAD (SELECT 1) TO 's3://a/'",
        "CREATE TABLE a AS SELECT 1",
        "EXPLAIN ANALYZE INSERT INTO a SELECT 1",
        "EXECUTE prepared",
        "",
        ";",
        "SELECTED",
    ],
)
def test_what_may_write(query):
    with pytest.raises(Invalid, match="only reads"):
        sql.check("query", query)


@pytest.mark.parametrize("query", ["SELECT '\x1b[2J'", "SELECT 1 -- \u202e", "SELECT \x00"])
def test_what_nobody_sees(query):
    with pytest.raises(Invalid, match="can't be seen"):
        sql.check("query", query)


def test_the_longest():
    sql.check("query", "SELECT " + "1" * (sql.LONGEST - 7))
    with pytest.raises(Invalid, match="too long"):
        sql.check("query", "SELECT " + "1" * sql.LONGEST)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("SELECT ? FROM a WHERE b = ?", 2),
        ("SELECT '?' , \"?\" -- ?\n/* ? */", 0),
        ("SELECT 'it''s ?' = ?", 1),
    ],
)
def test_parameters(query, number):
    assert sql.parameters_of(query) == number
    sql.check_parameters("parameters", query, ["a"] * number)
    with pytest.raises(Invalid, match="parameters: .* are"):
        sql.check_parameters("parameters", query, ["a"] * (number + 1))


@given(st.text())
def test_a_text_stays_one_text(text):
    literal = sql.literal(text)
    assert literal[0] == literal[-1] == "'" and literal[1:-1].replace("''", "'") == text
    assert sql.parameters_of(literal) == 0
