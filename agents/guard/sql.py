"""The layer of SQL: sqlglot's tree of what the Jinja renders to, against an allow-list of statements and names."""

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from agents.guard.context import Context
from agents.guard.duckdb_tree import ONE_QUERY, serialised, tree_findings
from agents.guard.finding import Finding, shown
from agents.guard.names import function_findings, relation_findings

NODES = frozenset({
    "Add", "Alias", "Aliases", "All", "Any", "AtTimeZone", "Between", "BitwiseAnd", "BitwiseLeftShift", "BitwiseNot",
    "BitwiseOr", "BitwiseRightShift", "BitwiseXor", "Boolean", "Bracket", "ByteString", "CTE", "CharacterSet",
    "Collate", "Column", "ColumnDef", "ColumnPosition", "Comprehension", "Cube", "DPipe", "DataType",
    "DataTypeParam", "Distance",
    "Distinct", "Div", "Dot", "EQ", "Escape", "Except", "Fetch", "Filter", "From", "FromTimeZone", "GT", "GTE", "Glob",
    "Group", "GroupingSets", "Having", "HavingMax", "Heredoc", "HexString", "BitString", "ILike", "Identifier",
    "IgnoreNulls", "In", "IntDiv", "Intersect", "Interval", "IntervalSpan", "Is", "JSONPath", "JSONPathKey",
    "JSONPathRoot", "JSONPathSubscript", "JSONPathWildcard", "JSONPathSlice", "JSONPathUnion", "JSONPathRecursive",
    "JSONKeyValue", "Join", "Kwarg", "LT", "LTE", "Lambda", "Lateral", "Like", "Limit", "LimitOptions", "Literal",
    "Match", "Mod", "Mul", "NEQ", "National", "Neg", "Not", "Null", "NullSafeEQ", "NullSafeNEQ", "Offset", "Operator",
    "Order", "Ordered", "Overlaps", "Paren", "PartitionedByProperty", "Pivot", "PivotAlias", "PivotAny",
    "PositionalColumn", "PropertyEQ", "Pseudocolumn", "Qualify", "RawString", "RespectNulls", "Rollup", "Select",
    "SetOperation", "SimilarTo", "Slice", "Sort", "Star", "Sub", "Subquery", "Table", "TableAlias", "TableColumn",
    "TableFromRows", "TableSample", "Tuple", "Unary", "Union", "UnicodeString", "UnpivotColumns", "Values", "Var",
    "Where", "Window", "WindowSpec", "With", "WithinGroup", "Xor", "And", "Or", "Connector", "Binary", "Predicate",
    "Pow", "RegexpLike", "RegexpILike", "Nullif", "Adjacent", "ExtendsLeft", "ExtendsRight", "JSON", "PseudoType",
    "ArrayContainsAll", "ArrayOverlaps", "Reference", "OverflowTruncateBehavior", "Exists", "Semicolon",
})  # fmt: skip
"""Kinds of node that read and compute. Whatever changes, sets, calls or leaves the database is not among them."""
_STARTS = (exp.Query, exp.Pivot, exp.Values)
PARTS = 40_000


def sql_findings(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """What a query does beyond reading relations and computing.

    What sqlglot cannot parse and DuckDB can is judged by DuckDB's tree, with the same lists.
    """
    try:
        statements = _parsed(text)
    except (SqlglotError, RecursionError, ValueError) as error:
        tree = serialised(text)
        if isinstance(tree, str):
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            return (Finding(f"the SQL cannot be parsed: {shown(why, 160)}", ONE_QUERY),)
        several = [Finding(f"{len(tree)} statements", ONE_QUERY)] if len(tree) != 1 else []
        return (*several, *tree_findings(tree, context))
    if len(statements) != 1:
        return (Finding(f"{len(statements)} statements", ONE_QUERY),)
    if not isinstance(statements[0], _STARTS):
        return (Finding(f"a statement {shown(type(statements[0]).__name__.upper())}", ONE_QUERY),)
    return tuple(_walked(statements[0], context))


def _parsed(text: str) -> list[exp.Expr]:
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True  # it warns of what it takes for a command, which is refused here
    try:
        return [s for s in sqlglot.parse(text, dialect="duckdb") if s is not None and not isinstance(s, exp.Semicolon)]
    finally:
        logger.disabled = before


def _walked(tree: exp.Expr, context: Context) -> list[Finding]:
    found: list[Finding] = []
    for count, node in enumerate(tree.walk()):
        if count > PARTS:
            return [*found, Finding(f"the query has more than {PARTS:,} parts", f"up to {PARTS:,}")]
        if isinstance(node, exp.Table):
            found += _table(node, context)
        elif isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Binary | exp.Predicate):
            found += _function(node, context)
        elif type(node).__name__ not in NODES and not isinstance(node, exp.Func):
            found.append(Finding(f"the construct {shown(type(node).__name__)}", ONE_QUERY))
    return found


def _table(node: exp.Table, context: Context) -> list[Finding]:
    inner = node.this
    if isinstance(inner, exp.Func):
        return []  # judged by itself, as a function in place of a table
    if not isinstance(inner, exp.Identifier):
        return [Finding(f"a table that is {shown(inner.sql(dialect='duckdb') if inner else '')}", "names of relations")]
    parts = [p.name for p in node.parts if p.name]
    return relation_findings(parts)


def _function(node: exp.Func, context: Context) -> list[Finding]:
    table = isinstance(node.parent, exp.Table | exp.Lateral)
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return function_findings(node.name, context, table=table)
    names = [n.lower() for n in node.sql_names()]
    if type(node).__name__ in NODES or isinstance(node, exp.Cast | exp.Case | exp.If):
        return []
    first = function_findings(names[0], context, table=table)
    if not first or any(not function_findings(name, context, table=table) for name in names[1:]):
        return []
    # A function that sqlglot knows by a name of another database: DuckDB's own name for it decides.
    called = node.sql(dialect="duckdb").partition("(")[0].strip().lower()
    return function_findings(called, context, table=table) if called.isidentifier() else []
