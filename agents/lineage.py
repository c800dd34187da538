"""Which columns follow from which, read out of the compiled SQL of the models in between."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema, Schema

from agents.graph import Graph

Cell = tuple[str, str]
"""Relation as `schema.table` and column, lower case."""
Columns = Mapping[str, Mapping[str, str]]
"""`schema.table` -> column -> type, of every relation that a text may read."""
EVERY = "*"
"""Stands for all columns of a relation."""


@dataclass(frozen=True)
class Query:
    """What one query makes of its inputs."""

    columns: dict[str, frozenset[Cell]]
    """Output column -> the cells its values come from."""
    rows: frozenset[Cell]
    """Cells that decide which rows there are: filters, joins, groups."""


def schema_of(known: Columns) -> Schema:
    """What `query` may be given in place of the columns, made once for many texts."""
    nested: dict[str, Any] = {}
    for relation, columns in known.items():
        schema, _, table_name = relation.rpartition(".")
        nested.setdefault(schema, {})[table_name] = dict(columns)
    return MappingSchema(nested, dialect="duckdb")


def query(sql: str, known: Columns | Schema) -> Query | None:
    """The inputs of each output column; None where the text cannot be followed: a star over what is not known, a
    table without its schema, a function in place of a table, a recursive query, a name that no table has.

    >>> known = {"raw.orders": {"id": "INT", "net": "INT", "tax": "INT", "paid": "BOOL"}}
    >>> found = query("with o as (select * from raw.orders) select id, net + tax as gross from o where paid", known)
    >>> sorted(found.columns["gross"]), sorted(found.rows)
    ([('raw.orders', 'net'), ('raw.orders', 'tax')], [('raw.orders', 'paid')])
    """
    try:
        parsed = sqlglot.parse_one(sql, dialect="duckdb")
        _refuse_unknown(parsed)
        for table in parsed.find_all(exp.Table):
            table.set("catalog", None)  # one warehouse; `known` speaks of schemas
        schema = known if isinstance(known, Schema) else schema_of(known)
        for select in list(parsed.find_all(exp.Select)):
            _name_columns(select, schema)
        whole = qualify(
            parsed, schema=schema, dialect="duckdb", validate_qualify_columns=False, quote_identifiers=False
        )
        scope = build_scope(whole)
        return _of(scope, {}) if scope else None
    except (SqlglotError, KeyError, RecursionError, AttributeError, re.error):
        return None


def _refuse_unknown(parsed: exp.Expr) -> None:
    """Raise KeyError for what would hide an input."""
    named = {cte.alias.lower() for cte in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or not (table.db or table.name.lower() in named):
            raise KeyError(f"{table.sql()} may be any table")
    if any(with_.args.get("recursive") for with_ in parsed.find_all(exp.With)):
        raise KeyError("a recursive query is not followed")


def _of(scope: Scope, seen: dict[int, Query]) -> Query:
    if id(scope) in seen:
        return seen[id(scope)]
    found = _of_union(scope, seen) if scope.set_operation_scopes else _of_select(scope, seen)
    seen[id(scope)] = found
    return found


def _of_union(scope: Scope, seen: dict[int, Query]) -> Query:
    parts = [_of(part, seen) for part in scope.set_operation_scopes]
    names = list(parts[0].columns)
    columns = {
        name: frozenset[Cell]().union(*(list(p.columns.values())[i] for p in parts)) for i, name in enumerate(names)
    }
    rows = frozenset[Cell]().union(*(p.rows for p in parts))
    if scope.expression.args.get("distinct"):  # a union without `all` drops equal rows
        rows = rows.union(*columns.values())
    return Query(columns, rows)


def _name_columns(select: exp.Select, schema: Schema) -> None:
    """Write the names for `columns('pattern')` where all that is selected from is a known table.

    A repaired model reads a renamed column so, under its old name or its new one.
    """
    patterns = [
        c for c in select.find_all(exp.Columns) if c.parent_select is select and isinstance(c.this, exp.Literal)
    ]
    from_ = select.args.get("from_")
    read = [part.this for part in (from_, *(select.args.get("joins") or ())) if part is not None]
    if not patterns or not all(
        isinstance(table, exp.Table) and table.db and schema.column_names(table) for table in read
    ):
        return
    names = [exp.column(n, table=table.alias_or_name) for table in read for n in schema.column_names(table)]
    for pattern in patterns:
        found = [name.copy() for name in names if re.search(pattern.this.this, name.name)]
        # Inside an expression any form will do that holds them all.
        pattern.replace(found if pattern.parent is select else exp.Tuple(expressions=found))


def _of_select(scope: Scope, seen: dict[int, Query]) -> Query:
    select = scope.expression
    if not isinstance(select, exp.Select):
        raise KeyError(f"{type(select).__name__} is not followed")
    columns: dict[str, frozenset[Cell]] = {}
    for projection in select.selects:
        stars = [s for s in projection.find_all(exp.Star, exp.Columns) if not isinstance(s.parent, exp.Count)]
        if stars:
            raise KeyError("a star that is not expanded")
        columns[projection.alias_or_name.lower()] = _cells(projection, scope, seen)
    clauses = [select.args.get(name) for name in ("where", "group", "having", "qualify", "distinct", "limit")]
    clauses += select.args.get("windows") or ()  # whichever column uses them
    clauses += (u for p in select.selects for u in p.find_all(exp.Unnest, exp.Explode, exp.UDTF))
    if select.args.get("limit") or select.args.get("distinct"):
        clauses.append(select.args.get("order"))
    clauses += [part for join in select.args.get("joins") or () for part in (join.args.get("on"), *_using(join))]
    rows = frozenset[Cell]().union(*(_cells(c, scope, seen) for c in clauses if isinstance(c, exp.Expr)))
    inner = [s for s in scope.sources.values() if isinstance(s, Scope)]
    rows = rows.union(*(_of(s, seen).rows for s in inner))
    if select.args.get("distinct"):
        rows = rows.union(*columns.values())
    group = select.args.get("group")
    if group and group.args.get("all"):
        plain = [p for p in select.selects if not p.find(exp.AggFunc)]
        rows = rows.union(*(columns[p.alias_or_name.lower()] for p in plain))
    return Query(columns, rows)


def _using(join: exp.Expr) -> Iterator[exp.Expr]:
    for name in join.args.get("using") or ():
        yield exp.column(name.name if isinstance(name, exp.Expr) else str(name))


def _cells(part: exp.Expr, scope: Scope, seen: dict[int, Query]) -> frozenset[Cell]:
    """Everything that a part of a query reads: its own columns, and all of the queries inside it."""
    inner = {id(s.expression): s for s in scope.subquery_scopes}
    found = frozenset[Cell]()
    arguments = {name.name.lower() for made in part.find_all(exp.Lambda) for name in made.expressions}
    waiting: list[exp.Expr] = [part]
    while waiting:
        node = waiting.pop()
        if id(node) in inner:
            asked = _of(inner[id(node)], seen)
            found = found.union(asked.rows, *asked.columns.values())
        elif isinstance(node, exp.Column):
            found |= _resolved(node, scope, seen, arguments)
        elif isinstance(node, exp.TableColumn):
            raise KeyError(f"{node.sql()} is a whole row")
        else:
            waiting += list(node.iter_expressions())
    return found


def _resolved(column: exp.Column, scope: Scope, seen: dict[int, Query], arguments: Collection[str]) -> frozenset[Cell]:
    """Where a column's values come from; without a table's name it may be any source that has it.

    `arguments` of a lambda around it come from nowhere else. Raises KeyError where nothing has it.
    """
    name, current = column.name.lower(), scope
    while True:
        sources = [current.sources[column.table]] if column.table in current.sources else []
        if not column.table:
            sources = list(current.sources.values())
        found = [cells for source in sources if (cells := _from(source, name, seen)) is not None]
        if found:
            return frozenset[Cell]().union(*found)
        if current.parent is None:
            if not column.table and name in arguments:
                return frozenset()
            raise KeyError(f"{column.sql()} is in no table")
        current = current.parent


def _from(source: exp.Expr | Scope, name: str, seen: dict[int, Query]) -> frozenset[Cell] | None:
    if isinstance(source, Scope):
        return _of(source, seen).columns.get(name)
    if isinstance(source, exp.Table):
        return frozenset({(f"{source.db}.{source.name}".lower(), name)})
    return None


def queries(compiled: Mapping[str, str], known: Columns) -> dict[str, Query | None]:
    """What the SQL of each model makes of its inputs, by dbt id; None where it cannot be followed."""
    schema = schema_of(known)
    return {uid: query(sql, schema) for uid, sql in compiled.items() if sql}


def follow(
    graph: Graph, start: Mapping[str, Iterable[str]], read: Mapping[str, Query | None]
) -> dict[str, frozenset[str]]:
    """Columns below `start` (node -> columns), by node; EVERY where the rows themselves may be others.

    `read` is what `queries` says of the models; one that it does not know is taken to pass everything on.
    """
    cells: dict[str, frozenset[str]] = {uid: frozenset(c.lower() for c in cs) for uid, cs in start.items()}
    relations = {f"{n.schema}.{n.identifier}".lower(): n.unique_id for n in graph.relations()}
    below = set(graph.downstream(*start)) - set(start)
    for node in (n for n in graph.relations() if n.unique_id in below):
        found = read.get(node.unique_id)
        if found is None:
            if any(p in cells for p in _parents(graph, node.unique_id)):
                cells[node.unique_id] = frozenset({EVERY})
            continue
        touched = {
            (relation, column)
            for column_cells in (*found.columns.values(), found.rows)
            for relation, column in column_cells
            if (uid := relations.get(relation)) in cells and {column, EVERY} & cells[uid]
        }
        if touched & found.rows:
            cells[node.unique_id] = frozenset({EVERY})
        elif hit := frozenset(name for name, inputs in found.columns.items() if inputs & touched):
            cells[node.unique_id] = hit
    return {uid: columns for uid, columns in cells.items() if uid not in start}


def _parents(graph: Graph, unique_id: str) -> Iterator[str]:
    """What a model reads, through ephemeral models too."""
    for parent in graph.nodes[unique_id].parents:
        node = graph.nodes.get(parent)
        if node is None:
            continue
        yield parent
        if not node.relation:
            yield from _parents(graph, parent)
