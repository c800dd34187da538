"""Keep the tests on a source true, which YAML declares on its columns: they look where the column is delivered now.

Only the names and lists concerned change; the rest of the file stays byte for byte.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from agents.contracts import DeduplicateRows, MapColumn, QuarantineRows, RecodeValues, SourceChange
from agents.errors import FinalError
from agents.graph import Node
from agents.propose.map_column import PLAIN_NAME
from agents.propose.yaml_text import items, named, value_of
from agents.warehouse import plain_or_quoted

_TESTS = ("data_tests", "tests")
_Edit = tuple[int, int, str]


def follow_tests(text: str, source: Node, change: SourceChange, *, gone: bool) -> str:
    """The YAML text whose tests of the source (or seed) hold of what is delivered after the change.

    `gone`: no old name is delivered beside the new one. Then the column's entry takes the new name; else a value
    may stand under either. Raises FinalError where the tests are declared in a way that cannot be changed in place.
    """
    table = _declared(text, source)
    if isinstance(change, DeduplicateRows | QuarantineRows):
        edits = [] if table is None else [*_warned(table, change)]
        return _edited(text, edits)
    if table is None or not isinstance(change, MapColumn | RecodeValues):
        return text
    entry = _column(table, change.column)
    tests = list(_tests(entry))
    edits = list[_Edit]()
    if isinstance(change, RecodeValues):
        edits += [e for test in tests for e in _more_values(text, test, change)]
    elif gone:
        edits += _renamed(text, table, entry if tests else None, change)
    else:
        edits += [e for test in tests for e in _either(test, change)]
    return _edited(text, edits)


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _declared(text: str, source: Node) -> Any:
    root = yaml.compose(text)
    if source.kind == "seed":
        return named(items(root, "seeds"), source.name)
    return named(items(named(items(root, "sources"), source.source_name), "tables"), source.name)


def _column(table: Any, column: str) -> Any:
    for entry in items(table, "columns"):
        if _names(entry, column):
            return entry
    return None


def _names(entry: Any, column: str) -> bool:
    """Whether an entry is a column's, which dbt takes in quotes too."""
    name = value_of(entry, "name")
    return name is not None and name.value.strip('"').lower() == column.lower()


def _tests(node: Any) -> Iterator[Any]:
    for key in _TESTS:
        yield from items(node, key)


def _renamed(text: str, table: Any, entry: Any, change: MapColumn) -> Iterator[_Edit]:
    """The entry's name, and the column wherever tests of the whole table or of other columns name it."""
    if not PLAIN_NAME.fullmatch(change.arrives_as):
        raise FinalError(f"column name {change.arrives_as!r} is not plain text, so no test is moved to it")
    if entry is not None:
        if _column(table, change.arrives_as) is not None:
            raise FinalError(f"{change.arrives_as} has tests of its own beside those of {change.column}")
        name = value_of(entry, "name")
        yield name.start_mark.index, name.end_mark.index, _plain(change.arrives_as)
    others = [c for c in items(table, "columns") if c is not entry]
    word = re.compile(rf"(?<![\w]){re.escape(change.column)}(?![\w])", re.IGNORECASE)
    for test in (t for node in (table, *others) for t in _tests(node)):
        for scalar in _scalars(test):
            start, end = scalar.start_mark.index, scalar.end_mark.index
            if word.search(text[start:end]):
                yield start, end, word.sub(change.arrives_as, text[start:end])


def _scalars(node: Any) -> Iterator[Any]:
    """Plain values below a test; the names of tests and of their arguments are keys."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value not in ("to", "name", "description"):
                yield from ([value] if isinstance(value, yaml.ScalarNode) else _scalars(value))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from ([item] if isinstance(item, yaml.ScalarNode) else _scalars(item))


def _either(test: Any, change: MapColumn) -> Iterator[_Edit]:
    """`not_null` where old and new name stand side by side: the old one is asked of rows without the new one."""
    where = json.dumps(f"{plain_or_quoted(change.arrives_as)} is null")
    if isinstance(test, yaml.ScalarNode) and test.value == "not_null":
        yield test.start_mark.index, test.end_mark.index, f"{{not_null: {{config: {{where: {where}}}}}}}"
    elif isinstance(test, yaml.MappingNode) and test.value[0][0].value == "not_null":
        line = test.start_mark.line + 1
        raise FinalError(f"the test not_null at line {line} has settings of its own; `where: {where}` is for a person")


def _warned(table: Any, change: DeduplicateRows | QuarantineRows) -> Iterator[_Edit]:
    """The test that the source's own rows fail, though no model reads them so any more, warns; a failure would keep
    dbt from building what is below.
    """
    empty = isinstance(change, QuarantineRows) and change.reason == "null_key"
    for entry in items(table, "columns"):
        mine = isinstance(change, DeduplicateRows) or _names(entry, change.column)
        for test in (t for t in _tests(entry) if mine and isinstance(t, yaml.ScalarNode)):
            if test.value == ("not_null" if empty else "unique"):
                settings = f"{{{test.value}: {{config: {{severity: warn}}}}}}"
                yield test.start_mark.index, test.end_mark.index, settings


def _more_values(text: str, test: Any, change: RecodeValues) -> Iterator[_Edit]:
    """`accepted_values` takes the new codes beside the old ones."""
    settings = value_of(test, "accepted_values")
    listed = value_of(value_of(settings, "arguments"), "values") or value_of(settings, "values")
    if not isinstance(listed, yaml.SequenceNode) or not listed.value:
        return
    known = {v.value for v in listed.value}
    new = [json.dumps(code) for code in change.mapping if code not in known]
    last = listed.value[-1]
    if new and listed.flow_style:
        yield last.end_mark.index, last.end_mark.index, "".join(f", {code}" for code in new)
    elif new:
        indent = " " * listed.start_mark.column
        yield last.end_mark.index, last.end_mark.index, "".join(f"\n{indent}- {code}" for code in new)


def _plain(name: str) -> str:
    """The name as a YAML text: quoted where it would be something else."""
    return name if yaml.safe_load(name) == name else json.dumps(name)
