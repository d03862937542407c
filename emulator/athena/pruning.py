# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a query's conditions say about partition columns: values they name, and partitions they rule out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Returns the text of an expression without columns, None if it can't be computed.
Constant = Callable[[Any], str | None]


class Conditions:
    """The conditions of one table of a SELECT. types: partition column -> "string", "int" or another Hive type."""

    def __init__(self, where: Any, belongs: Callable[[Any], str | None], types: dict[str, str], constant: Constant):
        self._conjuncts = list(where.this.flatten()) if where is not None and _is_and(where.this) else []
        if where is not None and not self._conjuncts:
            self._conjuncts = [where.this]
        self._belongs, self._types, self._constant = belongs, types, constant
        self._known: dict[int, str | None] = {}

    def keeps(self, values: dict[str, str]) -> bool:
        """Return false if no row of a partition with these values meets the conditions."""
        return all(self._truth(one, values) is not False for one in self._conjuncts)

    def given(self, column: str) -> set[str] | None:
        """Return the values that equality conditions name for the column, None if there are no such conditions."""
        from sqlglot import exp

        found: set[str] | None = None
        for one in self._conjuncts:
            one = one.unnest()
            values: set[str | None] | None = None
            if isinstance(one, exp.EQ):
                sides = ((one.this, one.expression), (one.expression, one.this))
                values = next(({self._text(b)} for a, b in sides if self._belongs(a) == column), None)
            elif isinstance(one, exp.In) and self._belongs(one.this) == column and one.expressions:
                values = {self._text(value) for value in one.expressions}
            if values and None not in values:
                known = {value for value in values if value is not None}
                found = known if found is None else found & known
        return found

    def _truth(self, node: Any, values: dict[str, str]) -> bool | None:
        """Return whether a condition holds, None if that isn't known (or null, which is as good as false: not kept as
        such, since NOT would turn it round)."""
        from sqlglot import exp

        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            sides = self._truth(node.this, values), self._truth(node.expression, values)
            decisive = isinstance(node, exp.Or)
            if decisive in sides:
                return decisive
            return None if None in sides else not decisive
        if isinstance(node, exp.Not):
            inner = self._truth(node.this, values)
            return None if inner is None else not inner
        if isinstance(node, exp.In):
            return self._among(node, values)
        if isinstance(node, exp.Between):
            low = self._compared(exp.GTE, node.this, node.args["low"], values)
            high = self._compared(exp.LTE, node.this, node.args["high"], values)
            return False if False in (low, high) else None if None in (low, high) else True
        if isinstance(node, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
            return self._compared(type(node), node.this, node.expression, values)
        return None

    def _among(self, node: Any, values: dict[str, str]) -> bool | None:
        from sqlglot import exp

        if not node.expressions:
            return None
        found = [self._compared(exp.EQ, node.this, one, values) for one in node.expressions]
        return True if True in found else None if None in found else False

    def _compared(self, operator: type, left: Any, right: Any, values: dict[str, str]) -> bool | None:
        from sqlglot import exp

        sides = self._value(left, values), self._value(right, values)
        if sides[0] is None or sides[1] is None:
            return None
        # Without a column of this table it isn't this table's condition, but as true as any constant.
        name = self._belongs(left) or self._belongs(right)
        kind = self._types.get(name or "", "string")
        a, b = sides
        if kind in ("tinyint", "smallint", "int", "integer", "bigint"):
            try:
                a, b = int(a), int(b)  # type: ignore[assignment]
            except ValueError:
                return None
        elif kind not in ("string", "varchar"):
            return None
        holds = {
            exp.EQ: a == b,
            exp.NEQ: a != b,
            exp.LT: a < b,
            exp.LTE: a <= b,
            exp.GT: a > b,
            exp.GTE: a >= b,
        }
        return holds[operator]

    def _value(self, node: Any, values: dict[str, str]) -> str | None:
        column = self._belongs(node)
        if column is not None:
            return values.get(column)
        return self._text(node)

    def _text(self, node: Any) -> str | None:
        if id(node) not in self._known:
            self._known[id(node)] = self._constant(node)
        return self._known[id(node)]


def _is_and(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.And)
