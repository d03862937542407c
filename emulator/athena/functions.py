# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of Trino that queries may call, and DuckDB macros for those whose meaning differs.

Meanings: https://trino.io/docs/current/functions.html. A function is here only if it means the same, as it is, as
sqlglot translates it, or as translate.py does; another one ends the query, it never gives other rows.
"""

from __future__ import annotations

ALLOWED = frozenset(
    """
    abs any_match any_value approx_distinct approx_percentile arbitrary array_agg array_distinct array_join avg bool_and
    bool_or cardinality cast ceil ceiling coalesce concat contains count count_if cume_dist current_date
    current_timestamp date date_add date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year
    dense_rank dow doy element_at ends_with every extract filter first_value floor from_iso8601_date
    from_iso8601_timestamp from_unixtime greatest histogram hour if json_array_length json_extract json_extract_scalar
    json_format json_parse lag last_value lead least length lower ltrim map map_agg map_keys map_values max max_by
    min min_by minute mod month none_match now nth_value ntile nullif percent_rank position pow power quarter rank
    regexp_extract regexp_extract_all regexp_like regexp_replace regexp_split replace reverse round row row_number rtrim
    sign split split_part sqrt starts_with stddev strpos substr substring sum to_iso8601 to_unixtime transform
    trim try try_cast typeof upper url_extract_host url_extract_path variance week year all_match
    """.split()
) - {"typeof"}

# Words that come before a parenthesis without being functions.
WORDS = frozenset(
    """
    all and any as array between by case char cross cube decimal distinct else end except exists from group grouping
    having ignore in intersect interval into is join lateral like limit map nulls not null on or order ordinality over
    partition rollup row select sets some struct then timestamp time union unnest using values varchar when where with
    within filter recursive nulls first last offset fetch rows range preceding
    """.split()
)

# A Java regular expression and RE2 agree on what both accept; what RE2 doesn't accept ends the query.
MACROS = (
    # "json_path must evaluate to a scalar; null otherwise, and for a text that isn't JSON":
    # https://trino.io/docs/current/functions/json.html#json_extract_scalar
    """athena_json_scalar(text, path) AS
    CASE WHEN text IS NULL OR NOT json_valid(CAST(text AS VARCHAR)) THEN NULL
    WHEN json_type(json_extract(CAST(text AS JSON), path)) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
    ELSE json_extract_string(CAST(text AS JSON), path) END""",
    """athena_json(text, path) AS
    CASE WHEN text IS NULL OR NOT json_valid(CAST(text AS VARCHAR)) THEN NULL
    ELSE json_extract(CAST(text AS JSON), path) END""",
    """athena_json_array_length(text) AS
    CASE WHEN NOT json_valid(CAST(text AS VARCHAR)) OR json_type(CAST(text AS JSON)) <> 'ARRAY' THEN NULL
    ELSE CAST(json_array_length(CAST(text AS JSON)) AS BIGINT) END""",
    # null, where DuckDB gives an empty text: https://trino.io/docs/current/functions/regexp.html#regexp_extract
    """athena_regexp_extract(text, pattern, number) AS
    CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, number) END""",
    # A text cast to varchar is itself, JSON that is a text its content, and a timestamp has three digits of its second.
    # https://trino.io/docs/current/functions/json.html#cast-from-json
    """athena_varchar(value) AS
    CASE typeof(value)
    WHEN 'JSON' THEN CASE json_type(CAST(CAST(value AS VARCHAR) AS JSON))
        WHEN 'OBJECT' THEN error('INVALID_CAST_ARGUMENT: Cannot cast JSON object to varchar')
        WHEN 'ARRAY' THEN error('INVALID_CAST_ARGUMENT: Cannot cast JSON array to varchar')
        ELSE json_extract_string(CAST(CAST(value AS VARCHAR) AS JSON), '$') END
    WHEN 'TIMESTAMP' THEN rpad(CAST(value AS VARCHAR) || CASE WHEN contains(CAST(value AS VARCHAR), '.') THEN ''
        ELSE '.' END, 23, '0')
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN rpad(left(CAST(value AS VARCHAR), -3) ||
        CASE WHEN contains(CAST(value AS VARCHAR), '.') THEN '' ELSE '.' END, 23, '0') || ' UTC'
    WHEN 'DOUBLE' THEN error('NOT_SUPPORTED: the emulator has no cast of double to varchar')
    WHEN 'FLOAT' THEN error('NOT_SUPPORTED: the emulator has no cast of real to varchar')
    ELSE CAST(value AS VARCHAR) END""",
    # https://trino.io/docs/current/functions/datetime.html#from_iso8601_timestamp. The value keeps its zone there, and
    # is shown in it; here all is UTC, so another zone is an error.
    r"""athena_iso8601(text) AS
    CASE WHEN text IS NULL THEN NULL
    WHEN NOT regexp_matches(text, '^\d{4}-\d{2}-\d{2}(T\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$')
        THEN error('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || text || '"')
    WHEN NOT regexp_matches(text, '(Z|[+-]00(:?00)?|T[0-9:.,]*|^\d{4}-\d{2}-\d{2})$')
        THEN error('NOT_SUPPORTED: the emulator has no time zone other than UTC: ' || text)
    ELSE CAST(regexp_replace(replace(text, ',', '.'), '(T.*)[+-]00:?(00)?$', '\1Z') AS TIMESTAMPTZ) END""",
    # "to_iso8601(x): Formats x as an ISO 8601 string": 2020-01-02T03:04:05.000Z, of a timestamp without the Z.
    """athena_to_iso8601(value) AS
    CASE typeof(value) WHEN 'DATE' THEN CAST(value AS VARCHAR)
    WHEN 'TIMESTAMP' THEN strftime(CAST(value AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')
    ELSE strftime(CAST(value AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') END""",
    # https://trino.io/docs/current/functions/url.html
    r"""athena_url_host(url) AS
    nullif(regexp_extract(url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1), '')""",
    r"""athena_url_path(url) AS regexp_extract(url, '^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?([^?#]*)', 1)""",
    # "Array subscript must be less than or equal to array length": https://trino.io/docs/current/functions/array.html
    """athena_at(list, position) AS
    CASE WHEN list IS NULL THEN NULL
    WHEN position > len(list) THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to '
        || 'array length: ' || position || ' > ' || len(list))
    ELSE list[position] END""",
    """athena_of(entries, key) AS
    CASE WHEN entries IS NULL THEN NULL
    WHEN NOT map_contains(entries, key) THEN error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || key)
    ELSE entries[key] END""",
)
