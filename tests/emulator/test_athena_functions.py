# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions and operators as Trino has them: https://trino.io/docs/current/functions.html.

Expected values are those of its pages' examples, or follow from their text; what the emulator can't do like Trino is an
error, never another value.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.athena import Lake
from tests.emulator.conftest import SEED, running

AT = "timestamp '2020-01-02 03:04:05'"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake for all: these tests only read."""
    with running(SEED, tmp_path_factory.mktemp("athena")) as emulator:
        yield Lake(emulator)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # functions/datetime.html
        (f"date_format({AT}, '%Y-%m-%d %H:%i:%s')", "2020-01-02 03:04:05"),
        (f"date_format({AT}, '%Y/%m/%d/%H')", "2020/01/02/03"),
        (
            f"date_format({AT}, '%M %b %W %a %j %y %e %k %h %p %T')",
            "January Jan Thursday Thu 002 20 2 3 03 AM 03:04:05",
        ),
        ("date_parse('2022/10/20/05', '%Y/%m/%d/%H')", "2022-10-20 05:00:00.000"),
        ("date_parse('2020-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2020-01-02 03:04:05.000"),
        ("from_unixtime(1600000000)", "2020-09-13 12:26:40.000 UTC"),
        ("from_unixtime(1600000000.5)", "2020-09-13 12:26:40.500 UTC"),
        ("to_unixtime(from_unixtime(1600000000))", "1.6E9"),
        ("from_iso8601_timestamp('2020-05-11')", "2020-05-11 00:00:00.000 UTC"),
        ("from_iso8601_timestamp('2020-05-11T11:15:05')", "2020-05-11 11:15:05.000 UTC"),
        ("from_iso8601_timestamp('2020-05-11T11:15:05.055Z')", "2020-05-11 11:15:05.055 UTC"),
        ("from_iso8601_timestamp('2020-05-11T11:15:05.055000+0000')", "2020-05-11 11:15:05.055 UTC"),
        ("from_iso8601_date('2020-05-11')", "2020-05-11"),
        ("to_iso8601(from_iso8601_timestamp('2020-05-11T11:15:05Z'))", "2020-05-11T11:15:05.000Z"),
        ("date_trunc('hour', timestamp '2022-10-20 05:10:00')", "2022-10-20 05:00:00.000"),
        ("date_trunc('month', date '2022-10-20')", "2022-10-01"),
        ("date_add('second', 86, timestamp '2020-03-01 00:00:00')", "2020-03-01 00:01:26.000"),
        ("date_add('hour', 9, timestamp '2020-03-01 00:00:00')", "2020-03-01 09:00:00.000"),
        ("date_diff('second', timestamp '2020-03-01 00:00:00', timestamp '2020-03-02 00:00:00')", "86400"),
        ("date_diff('hour', timestamp '2020-03-01 00:59:00', timestamp '2020-03-01 02:00:00')", "1"),
        ("date_diff('day', date '2020-03-01', date '2020-03-02')", "1"),
        ("date '2012-08-08' + interval '2' day", "2012-08-10"),
        ("date '2012-08-08' - interval '1' month", "2012-07-08"),
        ("timestamp '2012-08-08 01:00:00' + interval '29' hour", "2012-08-09 06:00:00.000"),
        (f"year({AT}), month({AT}), day({AT}), hour({AT}), minute({AT})", "2020"),
        ("day_of_week(date '2020-01-05')", "7"),
        (f"extract(hour FROM {AT})", "3"),
        # functions/json.html
        ("""json_extract_scalar('[1, 2, 3]', '$[2]')""", "3"),
        ("""json_extract_scalar('{"store":{"book":[{"price":8.95}]}}', '$.store.book[0].price')""", "8.95"),
        ("""json_extract_scalar('{"a":{"b":"x"}}', '$.a')""", None),
        ("""json_extract_scalar('{"a":[1]}', '$.a')""", None),
        ("""json_extract_scalar('{"a":true}', '$.a')""", "true"),
        ("""json_extract_scalar('{"a":null}', '$.a')""", None),
        ("""json_extract_scalar('{"a":1}', '$.b')""", None),
        ("""json_extract_scalar('no json', '$.a')""", None),
        ("""json_extract_scalar('{"a b":{"c.d":"x"}}', '$["a b"]["c.d"]')""", "x"),
        ("""json_extract_scalar('{"MFAUsed":"No"}', '$.MFAUsed') = 'No'""", "true"),
        ("""json_extract('{"a":{"b":"x"}}', '$.a')""", '{"b":"x"}'),
        ("""cast(json_extract('{"a":"x"}', '$.a') AS varchar)""", "x"),
        ("""json_array_length('[1, 2, 3]')""", "3"),
        ("""json_array_length('{"a":1}')""", None),
        # functions/regexp.html
        ("regexp_like('1a 2b 14m', '\\d+b')", "true"),
        ("regexp_extract('1a 2b 14m', '\\d+')", "1"),
        ("regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "a"),
        ("regexp_extract('abc', '\\d+')", None),
        ("regexp_extract_all('1a 2b 14m', '\\d+')", "[1, 2, 14]"),
        ("regexp_replace('1a 2b 14m', '\\d+[ab] ')", "14m"),
        ("regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m"),
        # functions/array.html, functions/map.html
        ("element_at(ARRAY[1, 2, 3], 2)", "2"),
        ("element_at(ARRAY[1, 2, 3], -1)", "3"),
        ("element_at(ARRAY[1, 2, 3], 4)", None),
        ("element_at(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), 'b')", "2"),
        ("element_at(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), 'c')", None),
        ("MAP(ARRAY['a', 'b'], ARRAY[1, 2])['b']", "2"),
        ("ARRAY[1, 2, 3][1]", "1"),
        ("cardinality(ARRAY[1, 2])", "2"),
        ("contains(ARRAY[1, 2], 2)", "true"),
        ("array_join(ARRAY['a', 'b'], '-')", "a-b"),
        ("any_match(ARRAY[1, 2], x -> x > 1)", "true"),
        ("all_match(ARRAY[1, 2], x -> x > 1)", "false"),
        ("none_match(ARRAY[1, 2], x -> x > 2)", "true"),
        ("filter(ARRAY[5, -6, NULL, 7], x -> x > 0)", "[5, 7]"),
        ("transform(ARRAY[5, 6], x -> x + 1)", "[6, 7]"),
        # functions/conversion.html, language/types.html
        ("try_cast('x' AS bigint)", None),
        ("cast('12' AS integer)", "12"),
        ("cast(12 AS varchar)", "12"),
        ("cast(true AS varchar)", "true"),
        ("cast(from_unixtime(1600000000) AS varchar)", "2020-09-13 12:26:40.000 UTC"),
        ("cast('abcdef' AS varchar(3))", "abc"),
        ("coalesce(NULL, 'a')", "a"),
        ("nullif('a', 'a')", None),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("try(1 / 0)", None),
        # functions/math.html: "Division (integer division performs truncation)"
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 / 2.0", "3.5"),
        ("7 % 2", "1"),
        # One in another
        ("100 / 3 / 2", "16"),
        ("coalesce(date_diff('day', date '2020-03-01', date(now() - interval '0' day)) / 100000, 1)", "0"),
        ("""lower(cast(json_extract('{"a":"X"}', '$.a') AS varchar)) || cast(7 / 2 AS varchar)""", "x3"),
        ("""cast(json_extract_scalar('{"a":"7"}', '$.a') AS integer) / 2""", "3"),
        ("coalesce(regexp_extract(regexp_replace('a1', '(a)(1)', '$2$1'), '^b'), 'none')", "none"),
        # "Athena types 1.5 as double": https://github.com/aoyagikouhei/athena-local, README
        ("0.1 + 0.2", "0.30000000000000004"),
        ("100.0 * 1 / 3", "33.333333333333336"),
        # functions/string.html
        ("lower('ABC') LIKE '%b%'", "true"),
        ("'ABC' LIKE '%b%'", "false"),
        ("split('a.b.c', '.')", "[a, b, c]"),
        ("split_part('a.b.c', '.', 2)", "b"),
        ("substr('abc', 2)", "bc"),
        ("strpos('abc', 'c')", "3"),
        ("concat('a', 'b') || 'c'", "abc"),
        ("'a' || NULL", None),
        ("starts_with('abc', 'a')", "true"),
        ("length('abc')", "3"),
        # functions/url.html
        ("url_extract_host('https://user@example.com:8080/a/b?c=d#e')", "example.com"),
        ("url_extract_path('https://example.com:8080/a/b?c=d#e')", "/a/b"),
        # "NULL omits the field"; rows, arrays and maps: athena-local's README
        ("CAST(ROW(1, 'x') AS ROW(id integer, name varchar))", "{id=1, name=x}"),
        ("ARRAY['a', NULL]", "[a, null]"),
        ("MAP(ARRAY['k'], ARRAY[1])", "{k=1}"),
        ("1.0E20", "1.0E20"),
        ("1.0E-7", "1.0E-7"),
    ],
)
def test_values(lake: Lake, expression: str, value: str | None) -> None:
    assert lake.rows(f"SELECT {expression}")[0][0] == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("approx_distinct(x)", "3"),
        ("count_if(x > 1)", "3"),
        ("count(*) FILTER (WHERE x > 1)", "3"),
        ("count(DISTINCT x)", "3"),
        ("count(x)", "4"),
        ("count(*)", "5"),
        ("sum(x)", "8"),
        ("avg(x)", "2.0"),
        ("max_by(y, x)", "c"),
        ("min(y)", "a"),
        ("arbitrary(1)", "1"),
        ("array_agg(y ORDER BY y)", "[a, b, c, d, e]"),
        ("bool_or(x = 3)", "true"),
        ("every(x > 0)", "true"),
        ("element_at(map_agg(y, x), 'c')", "3"),
        ("histogram(x) FILTER (WHERE x = 2)", "{2=2}"),
    ],
)
def test_aggregates(lake: Lake, expression: str, value: str) -> None:
    """functions/aggregate.html"""
    values = "(VALUES (1, 'a'), (2, 'b'), (3, 'c'), (2, 'd'), (NULL, 'e')) AS t(x, y)"
    assert lake.rows(f"SELECT {expression} FROM {values}")[0][0] == value


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT n FROM UNNEST(ARRAY[1, 2]) AS t(n)", [["1"], ["2"]]),
        (
            "SELECT a, n FROM (VALUES ('x', ARRAY[1, 2]), ('y', ARRAY[])) AS t(a, b) CROSS JOIN UNNEST(b) AS u(n)",
            [["x", "1"], ["x", "2"]],
        ),
        (
            "SELECT a, n FROM (VALUES ('y', NULL)) AS t(a, b) CROSS JOIN UNNEST(ARRAY[1]) WITH ORDINALITY AS u(m, n)",
            [["y", "1"]],
        ),
        ("SELECT x FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x DESC", [["2"], ["1"], [None]]),
        ("SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x OFFSET 1 LIMIT 1", [["2"]]),
        ("WITH a AS (SELECT 1 AS x UNION ALL SELECT 2) SELECT count(*) FROM a WHERE x > 1", [["1"]]),
        (
            "SELECT x, row_number() OVER (ORDER BY x DESC) AS n FROM (VALUES 1, 2) AS t(x) ORDER BY n",
            [["2", "1"], ["1", "2"]],
        ),
        ("SELECT current_timestamp - interval '1' day < now(), current_date = date(now())", [["true", "true"]]),
        ("SELECT 1 FROM (VALUES 1) AS t(x) WHERE x IN (SELECT 1)", [["1"]]),
    ],
)
def test_queries(lake: Lake, sql: str, rows: list[list[str | None]]) -> None:
    """https://trino.io/docs/current/sql/select.html: UNNEST, nulls come last, OFFSET before LIMIT."""
    assert lake.rows(sql) == rows


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT cast('x' AS integer)", "INVALID_CAST_ARGUMENT: "),
        ("SELECT date_parse('x', '%Y')", "INVALID_FUNCTION_ARGUMENT: "),
        ("SELECT from_iso8601_timestamp('2020-01-02 03:04:05')", "INVALID_FUNCTION_ARGUMENT: Invalid format: "),
        ("SELECT from_iso8601_timestamp('2020-01-02T03:04:05+02:00')", "NOT_SUPPORTED: "),
        ("SELECT now() AT TIME ZONE 'Europe/Berlin'", "NOT_SUPPORTED: "),
        (
            "SELECT ARRAY[1, 2][3]",
            "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length",
        ),
        ("SELECT MAP(ARRAY['a'], ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
        ("SELECT cast(json_extract('{\"a\":{}}', '$.a') AS varchar)", "INVALID_CAST_ARGUMENT: "),
        ("SELECT nosuchfunction(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nosuchfunction' not registered"),
        ("SELECT\n  strftime(now(), '%Y')", "FUNCTION_NOT_FOUND: line 2:3: Function 'strftime' not registered"),
        ("SELECT regexp_like('a', '(?=a)')", "INVALID_FUNCTION_ARGUMENT: "),
        (
            "SELECT x AS y FROM (VALUES 1) AS t(x) WHERE y = 1",
            "COLUMN_NOT_FOUND: line 1:45: Column 'y' cannot be resolved",
        ),
        ("SELECT x + 1 AS y, count(*) FROM (VALUES 1) AS t(x) GROUP BY y", "COLUMN_NOT_FOUND: line 1:62: Column 'y'"),
        ("SELECT 1 AS a, a + 1 FROM (VALUES 1) AS t(x)", "COLUMN_NOT_FOUND: line 1:16: Column 'a'"),
        ("SELECT nope FROM (VALUES 1) AS t(x)", "COLUMN_NOT_FOUND: "),
        ("SELECT x, count(*) FROM (VALUES 1) AS t(x)", "EXPRESSION_NOT_AGGREGATE: "),
        ("SELECT lower('a') = 1", "TYPE_MISMATCH: "),
        ("SELECT length('a') = '1'", "TYPE_MISMATCH: "),
        ("SELECT 'a' || 1", "TYPE_MISMATCH: "),
        ("SELECT lower(1)", "TYPE_MISMATCH: "),
        ("SELECT '1' + 1", "TYPE_MISMATCH: "),
        ("SELECT coalesce('a', 1)", "TYPE_MISMATCH: "),
        ("SELECT CASE WHEN true THEN 'a' ELSE 1 END", "TYPE_MISMATCH: "),
        ("SELECT if(true, 'a', 1)", "TYPE_MISMATCH: "),
    ],
)
def test_what_fails_in_athena_fails_here(lake: Lake, sql: str, reason: str) -> None:
    """Texts: those of Trino's errors; DuckDB would run several of these."""
    assert lake.failure(sql).startswith(reason), lake.failure(sql)
