"""Put whole values into YAML text, written as people write them; what is there already stays byte for byte."""

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from agents.propose.yaml_text import value_of

WIDTH = 110


class _Indented(yaml.SafeDumper):
    """Lists stand further in than their key, and in one line where they hold plain values."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain or flow_style)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def dumped(value: Any) -> str:
    """A value as a block of YAML.

    >>> print(dumped({"columns": [{"name": "id"}]}), end="")
    columns:
      - name: id
    """
    return yaml.dump(value, Dumper=_Indented, sort_keys=False, allow_unicode=True, width=WIDTH)


def end_of(text: str, node: Any) -> int:
    """Where the last line of what a node holds ends, comment and all; blank lines and what is below are not its own."""
    last = node
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    at = max(len(text[: last.end_mark.index].rstrip()), last.start_mark.index)
    line = text.find("\n", at)
    return len(text) if line < 0 else line


def with_keys(text: str, node: Any, values: Mapping[str, Any]) -> str:
    """Add keys at the end of a mapping, in its own style; or set those that are there.

    >>> print(with_keys("models:\\n  - name: a\\n    tags: [x]  # why\\n\\n# end\\n",
    ...     yaml.compose("models:\\n  - name: a\\n    tags: [x]  # why\\n").value[0][1].value[0], {"n": 1}), end="")
    models:
      - name: a
        tags: [x]  # why
        n: 1
    <BLANKLINE>
    # end
    """
    known = [key for key in values if value_of(node, key) is not None]
    for key in sorted(known, key=lambda k: -value_of(node, k).start_mark.index):
        text = _with_value(text, node, key, values[key])
    if known:
        return with_keys(text, _same(text, node), {k: v for k, v in values.items() if k not in known})
    if not values:
        return text
    if node.flow_style:
        at = len(text[: node.end_mark.index - 1].rstrip().rstrip(","))
        return f"{text[:at]}, {_flow(dict(values))[1:-1]}{text[at:]}"
    at, column = end_of(text, node), node.start_mark.column
    return f"{text[:at]}\n{textwrap.indent(dumped(dict(values)).rstrip(), ' ' * column)}{text[at:]}"


def with_item(text: str, node: Any, value: Any) -> str:
    """Add an item at the end of a list that has some, in its own style."""
    if node.flow_style:
        at = len(text[: node.end_mark.index - 1].rstrip().rstrip(","))
        return f"{text[:at]}, {_flow(value)}{text[at:]}"
    at, column = end_of(text, node), node.start_mark.column
    return f"{text[:at]}\n{textwrap.indent(dumped([value]).rstrip(), ' ' * column)}{text[at:]}"


def with_other(text: str, node: Any, value: Any, *, flow: bool = False) -> str:
    """Write another value where a node stands; `flow` where it stands in one line with others."""
    start = node.start_mark.index
    if flow or getattr(node, "flow_style", True):
        return text[:start] + _flow(value) + text[node.end_mark.index :]
    body = textwrap.indent(dumped(value).rstrip(), " " * node.start_mark.column).lstrip()
    return text[:start] + body + text[end_of(text, node) :]


def _with_value(text: str, node: Any, key: str, value: Any) -> str:
    return with_other(text, value_of(node, key), value)


def _same(text: str, node: Any) -> Any:
    """The node that begins at the same place, in the text as it is now."""
    waiting: list[Any] = [yaml.compose(text)]
    while waiting:
        found = waiting.pop()
        if type(found) is type(node) and found.start_mark.index == node.start_mark.index:
            return found
        if isinstance(found, yaml.MappingNode):
            waiting += [part for pair in found.value for part in pair]
        elif isinstance(found, yaml.SequenceNode):
            waiting += found.value
    raise AssertionError("a key that was set is gone")


def _flow(value: Any) -> str:
    text = yaml.dump(value, Dumper=_Indented, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.rstrip().removesuffix("...").rstrip()
