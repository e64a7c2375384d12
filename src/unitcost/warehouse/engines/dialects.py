"""The text of a mart, written for DuckDB, in the words of another engine.

sqlglot carries the portable subset over unchanged in meaning; what has no common form is a macro, replaced in the
parse tree, so that nobody needs the right to create functions. docs/engines.md lists the subset.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlglot
from sqlglot import exp

DIALECTS = ("spark", "bigquery", "snowflake", "postgres")
# Written in each engine's own words. `bits` is a whole number below 2^31, one bit a day of the month. Snowflake has no
# function for it: with x = bits - bits/2 - bits/4 on groups of three bits, each group holds its own count; neighbours
# are added to groups of six bits, and the remainder by 63 adds those up.
_COUNTED = (
    "bits - bitand(bitshiftright(bits, 1), 3681400539) - bitand(bitshiftright(bits, 2), 1227133513)"  # octal 3…, 1…
)
MACROS = {
    "days_in": {
        "spark": "bit_count(bits)",
        "bigquery": "bit_count(bits)",
        "snowflake": f"mod(bitand(({_COUNTED}) + bitshiftright({_COUNTED}, 3), 3340530119), 63)",  # octal 30707070707
        "postgres": "bit_count(cast(bits as bit(64)))",
    }
}
# Words that are no names there, although DuckDB takes them.
RESERVED: dict[str, Collection[str]] = {"snowflake": ("rows",)}


def carry(text: str, dialect: str, *, pretty: bool = False) -> str:
    """Return a SELECT of DuckDB in the words of `dialect`, one of DIALECTS.

    Raises sqlglot.errors.SqlglotError for what is no SQL, and for what the other engine cannot do.
    """
    tree = sqlglot.parse_one(text, read="duckdb").transform(lambda node: _replaced(node, dialect))
    return tree.sql(dialect, pretty=pretty, unsupported_level=sqlglot.ErrorLevel.RAISE)


def inputs(text: str) -> dict[str, frozenset[str] | None]:
    """Return the tables that a SELECT reads, each with the names of the columns it may need; None for all of them.

    A name counts for every table, so the sets may hold columns that a table does not have.
    """
    tree = sqlglot.parse_one(text, read="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    names = frozenset(column.name for column in tree.find_all(exp.Column))
    whole = {
        table.name
        for star in tree.find_all(exp.Star)
        if not isinstance(star.parent, exp.Count) and (select := star.find_ancestor(exp.Select)) is not None
        for table in select.find_all(exp.Table)
    }
    tables = {table.name for table in tree.find_all(exp.Table)} - own
    return {name: None if name in whole else names for name in sorted(tables)}


def _replaced(node: exp.Expression, dialect: str) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() in MACROS:
        [argument] = node.expressions
        value: exp.Expression = argument if isinstance(argument, exp.Column) else exp.paren(argument)

        def filled(part: exp.Expression) -> exp.Expression:
            return value.copy() if isinstance(part, exp.Column) and part.name == "bits" else part

        return sqlglot.parse_one(MACROS[node.name.lower()][dialect], read=dialect).transform(filled)
    if isinstance(node, exp.Identifier) and node.name.lower() in RESERVED.get(dialect, ()):
        node.set("quoted", True)
    return node
