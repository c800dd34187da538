"""A schema from YAML of many shapes: tables as list or mapping, columns as list or mapping, or dbt's properties."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from agents.errors import UsageError
from agents.minds.intent.schema import Column, Schema, Table
from agents.yaml_keys import given_twice

EXAMPLE = """tables:
  - name: orders
    description: one row per order
    columns:
      - {name: ordered_at, type: timestamp}
      - {name: status, type: varchar, values: [completed, cancelled]}
      - {name: amount, type: decimal, description: what the customer pays, US dollars}"""
_ALLOWED = (
    "Allowed are `tables:` or the tables themselves (a list with `name`, or a mapping by name), `columns:` of "
    "each (a list with `name`, or a mapping from name to type or to {type, description, values}), and dbt's `models:`, "
    f"`sources:`, `seeds:` and `snapshots:`. For example:\n{EXAMPLE}"
)
_VALUES = ("values", "samples", "sample_values", "examples", "sample", "example_values", "accepted_values", "enum",
           "allowed_values", "categories")  # fmt: skip
_TYPES = ("type", "data_type", "dtype")
_TABLES = ("tables", "models", "sources", "seeds", "snapshots")
_BYTES, _COLUMNS, _KEPT = 5_000_000, 20_000, 200


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if (twice := given_twice(node)) is not None:
            raise ValueError(f"{twice!r} stands twice")
        return super().construct_mapping(node, deep)


def schema_of(file: Path) -> Schema:
    """The schema of a YAML file. Raises UsageError where it is none."""
    try:
        if file.stat().st_size > _BYTES:
            raise UsageError(f"{file} has {file.stat().st_size} bytes; at most {_BYTES} are read as a schema.")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}. Name a YAML file with the schema.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not a text in UTF-8. Name a YAML file with the schema.") from None
    return schema_from(text, str(file))


def schema_from(text: str, source: str = "The schema") -> Schema:
    """The schema of a YAML text. Raises UsageError where it is none.

    >>> [c.kind for c in schema_from("orders: {columns: {id: int, paid_on: date}}").tables[0].columns]
    ['number', 'date']
    """
    try:
        value = yaml.load(text, Loader=_Loader)  # a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = str(error).partition("\n")[0][:200]
        raise UsageError(f"{source} is not YAML: {where}. {_ALLOWED}") from None
    of_dbt = isinstance(value, dict) and any(k in value for k in _TABLES[1:])  # a source may be called as a model
    tables: dict[str, Table] = {}
    columns = 0
    for name, body in _tables(value):
        table = _table(name, body)
        columns += len(table.columns)
        if columns > _COLUMNS:
            raise UsageError(f"{source} has more than {_COLUMNS} columns. Name fewer tables.")
        if table.columns and tables.setdefault(name, table) is not table and not of_dbt:
            raise UsageError(f"{source} names the table {name} twice. Give each table a name of its own.")
    if not tables:
        raise UsageError(f"{source} names no table with columns. {_ALLOWED}")
    return Schema(tables=tuple(tables.values()))


def _tables(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict) and any(k in value for k in _TABLES):
        for key in _TABLES:
            for name, body in _named(value.get(key)):
                if key == "sources" or "tables" in body:
                    yield from _named(body.get("tables"))
                else:
                    yield name, body
    elif isinstance(value, dict) and "columns" in value and isinstance(value.get("name", value.get("table")), str):
        yield str(value.get("name", value.get("table"))), value
    elif isinstance(value, dict) and isinstance(inner := value.get("schema"), dict | list):
        yield from _tables(inner)
    else:
        yield from _named(value)


def _named(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, body) of a list of objects or of a mapping; a plain text is a name without more, or its type."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                name = next((item[k] for k in ("name", "table", "column", "id") if isinstance(item.get(k), str)), None)
                odd = item.get("name")
                if name is None and odd is not None:
                    raise UsageError(f"A name in the schema is {odd!r} to YAML. Put names like on, yes or 5 in quotes.")
                if name is not None:
                    yield name, item
                elif len(item) == 1:
                    yield from _named(item)
            elif isinstance(item, str):
                name, _, kind = item.partition(":")
                yield name.strip(), {"type": kind.strip()}
    elif isinstance(value, dict):
        for name, body in value.items():
            if isinstance(body, dict):
                yield str(name), body
            elif isinstance(body, list):
                yield str(name), {"columns": body}
            elif isinstance(body, str) or body is None:
                yield str(name), {"type": body or ""}


def _table(name: str, body: dict[str, Any]) -> Table:
    given = body.get("columns", body.get("fields"))
    if given is None and body and all(isinstance(v, str | dict) for k, v in body.items() if k != "description"):
        given = {k: v for k, v in body.items() if k not in ("description", "name", "meta", "config", "type")}
    columns: dict[str, Column] = {}
    for column, inner in _named(given):
        if column in columns:
            raise UsageError(f"The table {name} has the column {column} twice. Leave one of them away.")
        columns[column] = _column(column, inner)
    return Table(name=name, description=_text(body.get("description")), columns=tuple(columns.values()))


def _column(name: str, body: dict[str, Any]) -> Column:
    given, config = body.get("meta"), body.get("config")
    inner = config.get("meta") if isinstance(config, dict) else None
    meta: dict[str, Any] = {**(inner if isinstance(inner, dict) else {}), **(given if isinstance(given, dict) else {})}
    kind = next((_text(b[k]) for b in (body, meta) for k in _TYPES if isinstance(b.get(k), str)), "")
    said = next((_text(b[k]) for b in (body, meta) for k in ("description", "comment") if b.get(k)), "")
    found = [_scalars(b[k]) for b in (body, meta) for k in _VALUES if k in b]
    found += [_accepted(test) for key in ("tests", "data_tests") for test in _listed(body.get(key))]
    values = [v for one in found for v in one]
    return Column(name=name, type=kind, description=said, values=tuple(dict.fromkeys(values))[:_KEPT])


def _accepted(test: Any) -> list[Any]:
    if not isinstance(test, dict) or not isinstance(inner := test.get("accepted_values"), dict):
        return []
    arguments = inner.get("arguments")
    return _scalars(arguments.get("values") if isinstance(arguments, dict) else inner.get("values"))


def _scalars(value: Any) -> list[str | int | float | bool]:
    if isinstance(value, str):
        value = value.split(",")
    kept: list[str | int | float | bool] = []
    for one in _listed(value):
        if isinstance(one, dict) and "value" in one:
            one = one["value"]
        if isinstance(one, bool | int | float):
            kept.append(one)
        elif isinstance(one, str | date) and str(one).strip():
            kept.append(str(one).strip()[:200])
    return kept


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else list(value) if isinstance(value, dict) else []


def _text(value: Any) -> str:
    return value[:2000] if isinstance(value, str) else ""
