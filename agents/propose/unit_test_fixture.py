"""Keep unit tests of a repaired model true: their rows are what the source delivers, and it delivers otherwise now.

dbt refuses rows that name a column which the source lost, and gives values the types that it has today. Such rows are
written out as SQL over the source's own, empty relation: lost columns under their old names, retyped ones in their
old types, others as they are sent now. What the model is expected to make of them stays.
Only the `rows:` of the fixtures concerned change; the rest of the file stays byte for byte.
"""

import textwrap
from collections.abc import Mapping, Sequence

import yaml

from agents.contracts import CastColumn, ScaleColumn, ShiftMoment, SourceChange, SwapColumns
from agents.errors import FinalError
from agents.propose.yaml_text import items, value_of
from agents.readings import readings, sent
from agents.warehouse import literal, plain_or_quoted

_INVERTED = (CastColumn, ScaleColumn, ShiftMoment, SwapColumns)
"""Changes after which the old values are not read as they were."""
_CALLS = "source('{0}', '{1}')", 'source("{0}", "{1}")', "source('{0}','{1}')", 'source("{0}","{1}")'


def widen_fixtures(
    text: str,
    models: set[str],
    source: tuple[str, str],
    relation: str,
    lost: set[str],
    types: Mapping[str, str],
    changes: Sequence[SourceChange] = (),
) -> str:
    """The YAML text with fixtures of `models` over `source` (its name and table) as SQL that name a column concerned:
    a `lost` one, or one that `changes` read otherwise.

    `types` are the source's column types in the last good state. Raises FinalError where a fixture is
    written in a way that cannot be changed in place.
    """
    root = yaml.compose(text)
    concerned = {name.lower() for name in lost}
    concerned |= {c.lower() for x in changes if isinstance(x, _INVERTED) for c in readings(x)}
    edits: list[tuple[int, int, str]] = []
    for test in items(root, "unit_tests"):
        if _text(value_of(test, "model")) not in models:
            continue
        for given in items(test, "given"):
            called = (_text(value_of(given, "input")) or "").strip()
            rows = value_of(given, "rows")
            if called not in {c.format(*source) for c in _CALLS} or not isinstance(rows, yaml.SequenceNode):
                continue
            if any(key.value.lower() in concerned for row in rows.value for key, _ in getattr(row, "value", ())):
                edits.append(_edit(text, given, rows, relation, types, changes))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _edit(
    text: str,
    given: yaml.Node,
    rows: yaml.SequenceNode,
    relation: str,
    types: Mapping[str, str],
    changes: Sequence[SourceChange],
) -> tuple[int, int, str]:
    if getattr(given, "flow_style", False) or value_of(given, "format") is not None:
        raise FinalError(f"the unit test fixture at line {given.start_mark.line + 1} cannot be changed in place")
    key = next(k for k, _ in given.value if k.value == "rows")
    indent = " " * key.start_mark.column
    selects = "\n".join(f"union all by name\n{_select(row, types, changes)}" for row in rows.value)
    retyped = [f"null::{c.type} as {plain_or_quoted(c.column)}" for c in changes if isinstance(c, CastColumn)]
    replaced = f" replace ({', '.join(retyped)})" if retyped else ""
    body = textwrap.indent(f"select *{replaced} from {relation} where false\n{selects}", indent + "  ")
    end = rows.end_mark.index
    trailing = text[:end][len(text[:end].rstrip()) :]
    return key.start_mark.index, end, f"format: sql\n{indent}rows: |\n{body}{trailing}"


def _select(row: yaml.Node, types: Mapping[str, str], changes: Sequence[SourceChange]) -> str:
    known = {name.lower(): kind for name, kind in types.items()}
    values = []
    for key, value in row.value:
        kind = known.get(key.value.lower())
        if not isinstance(value, yaml.ScalarNode) or kind is None:
            raise FinalError(
                f"the unit test fixture at line {value.start_mark.line + 1} holds {key.value}, unknown here"
            )
        empty = value.tag == "tag:yaml.org,2002:null"
        name, sql = key.value, f"{'null' if empty else literal(value.value)}::{kind}"
        for change in changes:
            name, sql = sent(change, name, sql)
        values.append(f"{sql} as {plain_or_quoted(name)}")
    return "select " + ", ".join(values)


def _text(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None
