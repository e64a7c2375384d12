"""The portable subset of SQL, as a check of the parse tree, and the marts in the words of other engines.

`python tests/material/sql_subset.py` writes the reviewed Spark texts in tests/warehouse/sql/spark/ anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

from unitcost.warehouse.engine import sql
from unitcost.warehouse.engines.dialects import MACROS, carry

SNAPSHOTS = Path(__file__).resolve().parents[1] / "warehouse" / "sql" / "spark"
MARTS = sorted(path.stem for path in (Path(sql.__code__.co_filename).parent / "sql" / "marts").glob("*.sql"))
# Whatever is not here is found out, be it a function of one engine or one that nobody has thought of.
SHAPES: tuple[type[exp.Expression], ...] = (
    exp.Select, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Subquery, exp.Distinct, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Null, exp.Var, exp.Paren,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Case, exp.If, exp.Coalesce, exp.Extract, exp.DateDiff,
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.BitwiseOrAgg, exp.BitwiseAnd, exp.BitwiseLeftShift, exp.Add, exp.Sub,
    exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
)  # fmt: skip
TYPES = ("BIGINT", "INT", "DATE", "DECIMAL")
DECIMALS = ("DECIMAL(38, 18)", "DECIMAL(38, 0)")
BITS = (exp.BitwiseAnd, exp.BitwiseLeftShift)
# Type and value are the same everywhere without a cast.
SAME_TYPE = (exp.Column, exp.Cast, exp.Is, exp.Not, exp.NEQ)


def flaws(text: str) -> list[str]:
    """What a SELECT uses beyond the subset, a line each; none for a portable one."""
    tree = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(tree, exp.Select):
        return [f"{type(tree).__name__}: a mart is one SELECT"]
    found = [flaw for node in tree.walk() for flaw in _flaws(node)]
    return found + [f"{column.sql()}: an output needs a type" for column in tree.selects if not _is_typed(column)]


def _flaws(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in MACROS:
            yield f"{node.name}: no function that every engine has"
    elif type(node) not in SHAPES:
        yield f"{type(node).__name__}: not in the subset ({node.sql('duckdb')[:60]})"
    for rule in (_plain_query, _typed_value, _plain_aggregate):
        yield from rule(node)


def _plain_query(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Table) and (not isinstance(node.this, exp.Identifier) or node.this.quoted):
        yield f"{node.sql('duckdb')}: a mart reads tables, never files or functions"
    if isinstance(node, exp.Join) and (node.args.get("using") or node.args.get("method") or not node.args.get("on")):
        yield f"{node.sql('duckdb')}: a join says ON what"
    if isinstance(node, exp.Join) and (node.kind, node.side) not in (("INNER", ""), ("", "LEFT")):
        yield f"{node.sql('duckdb')}: inner and left joins only"
    if isinstance(node, exp.Group) and (
        not node.expressions or any(not isinstance(one, exp.Column) for one in node.expressions)
    ):
        yield f"{node.sql('duckdb')}: groups are columns, by name"
    if isinstance(node, exp.Star) and isinstance(node.parent, exp.Select) and node.parent.parent is None:
        yield "*: an output is named"
    if isinstance(node, exp.Star) and any(node.args.values()):
        yield f"{node.sql('duckdb')}: a star without exceptions"
    if isinstance(node, exp.Distinct) and (node.args.get("on") or isinstance(node.parent, exp.AggFunc)):
        yield f"{node.sql('duckdb')}: distinct is for whole rows"


def _typed_value(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Cast) and node.to.this.name not in TYPES:
        yield f"{node.sql('duckdb')}: casts are to {', '.join(TYPES)}"
    if isinstance(node, exp.Cast) and node.to.this.name == "DECIMAL" and node.to.sql() not in DECIMALS:
        yield f"{node.sql('duckdb')}: a decimal has 38 digits and 18 places, or none"
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        yield f"{node.sql('duckdb')}: engines read texts differently"
    if isinstance(node, exp.TryCast):
        yield f"{node.sql('duckdb')}: a cast may fail"
    if isinstance(node, exp.Literal) and not node.is_string and not _is_in_cast(node):
        yield f"{node.sql('duckdb')}: a number needs a type ({node.parent.sql('duckdb') if node.parent else ''})"
    if isinstance(node, BITS) and any(isinstance(one, exp.Binary) for one in (node.parent, node.left, node.right)):
        yield f"{node.sql('duckdb')}: bits stand in parentheses, since their rank differs"


def _plain_aggregate(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.AggFunc) and any(isinstance(part, exp.Order) for part in node.walk()):
        yield f"{node.sql('duckdb')}: no aggregate depends on order"
    if isinstance(node.parent, exp.Filter) and isinstance(node, exp.AggFunc):
        yield f"{node.parent.sql('duckdb')}: use CASE instead"


def _is_in_cast(node: exp.Expression) -> bool:
    """Tell whether a number is typed: within a cast or an interval, before anything that mixes types."""
    parent = node.parent
    while isinstance(parent, exp.Sub | exp.Add | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Cast | exp.Interval | exp.DataTypeParam)


def _is_typed(output: exp.Expression) -> bool:
    value = output.unalias()
    if isinstance(value, exp.Min | exp.Max):
        value = value.this
        return isinstance(value, exp.Column)
    return isinstance(value, SAME_TYPE) and not isinstance(value, exp.Star)


def mart(name: str) -> str:
    """The text of a mart with two rule columns and two drivers, one of them with an awkward name."""
    drivers = ("requests", "storage, in GB")
    sums = "".join(
        f'cast(sum(coalesce("{driver}", cast(0 as decimal(38, 18)))) as decimal(38, 18)) as "{driver}",\n    '
        for driver in drivers
    )
    return sql(f"marts/{name}", rules="rule_0, rule_1, ", sums=sums)


def snapshot(name: str) -> str:
    """The text of a mart as Spark gets it."""
    return carry(mart(name), "spark", pretty=True) + "\n"


if __name__ == "__main__":
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    for old in SNAPSHOTS.glob("*.sql"):
        old.unlink()
    for each in MARTS:
        (SNAPSHOTS / f"{each}.sql").write_text(snapshot(each))
