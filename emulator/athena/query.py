# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A query as text and as a tree: parsed by sqlglot, checked for what Athena wouldn't run, parameters put in."""

from __future__ import annotations

from typing import Any

from emulator.athena.errors import AthenaError, QueryFailed, invalid
from emulator.athena.functions import ALLOWED, WORDS

UNSUPPORTED = "Queries of this type are not supported"


def parse(sql: str) -> Any:
    """Return the query's tree (sqlglot's). Raises AthenaError for what StartQueryExecution refuses.

    sqlglot's dialect of Athena reads such statements as Trino's. The texts: https://github.com/aoyagikouhei/athena-local
    """
    import sqlglot
    from sqlglot import exp

    try:
        parsed = [one for one in sqlglot.parse(sql, read="athena") if one is not None]
    except sqlglot.ParseError as error:
        raise _malformed(error) from None
    except sqlglot.errors.SqlglotError as error:
        raise invalid(f"line 1:1: {error}", "MALFORMED_QUERY") from None
    except RecursionError:
        raise invalid("statement is too large (stack overflow while parsing)", "MALFORMED_QUERY") from None
    if len(sql) > 262_144:
        # API_StartQueryExecution: QueryString's length. The text is not verified.
        raise invalid("Query string length exceeds the maximum of 262144 characters")
    if len(parsed) > 1:
        raise invalid("Only one sql statement is allowed. Got: " + sql[:200])
    if not parsed or not isinstance(parsed[0], exp.Query):
        raise invalid(UNSUPPORTED)
    _check_syntax(sql, parsed[0])
    return parsed[0]


# Of other systems' SQL, which sqlglot reads in any dialect.
_FOREIGN = ("DCOLON", "ILIKE", "RLIKE", "GLOB", "QUALIFY", "PIVOT", "UNPIVOT", "ASOF", "SEMI", "ANTI", "HASH_ARROW")


def _check_syntax(sql: str, tree: Any) -> None:
    """Raise AthenaError for syntax that isn't Trino's: https://trino.io/docs/current/sql/select.html"""
    import sqlglot
    from sqlglot import exp

    foreign = {getattr(sqlglot.TokenType, name, None) for name in _FOREIGN}
    tokens = sqlglot.tokenize(sql, read="trino")
    found = [one for one in tokens if one.token_type in foreign or one.text in ("->>", "#>>", "#>", "==")]
    if found:
        at = position(sql, found[0].start)
        raise invalid(f"{at}: mismatched input '{found[0].text}'", "MALFORMED_QUERY")
    for star in tree.find_all(exp.Star):
        if any(star.args.values()):
            raise invalid("line 1:1: mismatched input. * has no EXCEPT, EXCLUDE, REPLACE or RENAME", "MALFORMED_QUERY")


def _malformed(error: Any) -> AthenaError:
    """Build the error for what sqlglot can't parse; of the text, only the beginning is Athena's."""
    first = error.errors[0] if error.errors else {}
    line, column, token = first.get("line", 1), first.get("col", 1), first.get("highlight", "")
    return invalid(
        f"line {line}:{column}: mismatched input '{token}'. {first.get('description', '')}", "MALFORMED_QUERY"
    )


def check_functions(sql: str, tree: Any) -> None:
    """Raise QueryFailed for a function that isn't one of Trino's that are emulated.

    By the words before parentheses: the tree doesn't say how a function was written, and sqlglot knows other systems'.
    """
    import sqlglot
    from sqlglot import exp

    declared: dict[str, int] = {}
    for alias in tree.find_all(exp.TableAlias):
        if alias.args.get("columns"):
            declared[alias.name.lower()] = declared.get(alias.name.lower(), 0) + 1
    tokens = sqlglot.tokenize(sql, read="trino")
    for token, following in zip(tokens, tokens[1:]):
        name = token.text.lower()
        if following.token_type != sqlglot.TokenType.L_PAREN or not name.replace("_", "").isalnum():
            continue
        if token.token_type in (sqlglot.TokenType.STRING, sqlglot.TokenType.NUMBER) or name in ALLOWED | WORDS:
            continue
        if declared.get(name):
            declared[name] -= 1
            continue
        raise QueryFailed(f"FUNCTION_NOT_FOUND: {position(sql, token.start)}: Function '{name}' not registered")


def position(sql: str, offset: int) -> str:
    """Return "line 1:15" of an offset."""
    before = sql[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"


def position_of(sql: str, node: Any) -> str:
    from sqlglot import exp

    identifier = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
    return position(sql, identifier.meta.get("start", 0) if identifier is not None else 0)


def put_parameters(tree: Any, parameters: list[str] | None) -> Any:
    """Return the tree with ExecutionParameters in place of its question marks. Raises QueryFailed.

    "Parses as an expression without column references": the expression; else a text. Values for a query without
    question marks are ignored. Measured: https://github.com/aoyagikouhei/athena-local, README.
    """
    from sqlglot import exp

    marks = [node for node in tree.find_all(exp.Placeholder, bfs=False) if not node.args.get("this")]
    if not marks:
        return tree
    if len(parameters or []) != len(marks):
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(marks)} but found "
            f"{len(parameters or [])}"
        )
    for mark, text in zip(marks, parameters or []):
        mark.replace(_parameter(text))
    return tree


def _parameter(text: str) -> Any:
    import sqlglot
    from sqlglot import exp

    try:
        found = sqlglot.parse_one(f"SELECT ({text}\n)", read="trino")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return exp.Literal.string(text)
    alone = isinstance(found, exp.Select) and len(found.expressions) == 1 and not found.args.get("from_")
    value = found.expressions[0] if alone else None
    if not isinstance(value, exp.Paren) or value.find(exp.Column, exp.Star, exp.Query, exp.Placeholder):
        return exp.Literal.string(text)
    check_functions(f"SELECT ({text}\n)", found)
    return value.this if isinstance(value.this, exp.Literal) else value
