"""Set keys in YAML text; everything else stays byte for byte, comments and style too."""

from collections.abc import Sequence
from typing import Any

import yaml

from agents.errors import FinalError


def items(node: Any, key: str) -> list[Any]:
    """Nodes of the list under a key; empty where there is none."""
    value = value_of(node, key)
    return list(value.value) if isinstance(value, yaml.SequenceNode) else []


def value_of(node: Any, key: str) -> Any:
    """The node under a key; None where there is none."""
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((v for k, v in node.value if k.value == key), None)


def named(nodes: Sequence[Any], name: str) -> Any:
    """The node whose `name:` is `name`; None where there is none."""
    return next((n for n in nodes if value_of(n, "name") is not None and value_of(n, "name").value == name), None)


def set_key(text: str, node: Any, key: str, value: str) -> str:
    """Set one key of a mapping with a `name:`, in its own style. Raises FinalError where it holds more than text."""
    old = value_of(node, key)
    if old is not None:
        if not isinstance(old, yaml.ScalarNode):
            raise FinalError(f"{key}: is there already and is not a plain value")
        return text[: old.start_mark.index] + value + text[old.end_mark.index :]
    first, name = next((k, v) for k, v in node.value if k.value == "name")
    at = name.end_mark.index
    if node.flow_style:
        return f"{text[:at]}, {key}: {value}{text[at:]}"
    return f"{text[:at]}\n{' ' * first.start_mark.column}{key}: {value}{text[at:]}"


def set_path(text: str, path: Sequence[str], value: str) -> str:
    """Set a value under nested keys, those that are missing added.

    >>> print(set_path("name: a\\nmodels:\\n  a:\\n    +x: 1\\n", ("models", "b", "+enabled"), "false"))
    name: a
    models:
      b:
        +enabled: false
      a:
        +x: 1
    <BLANKLINE>
    """
    node, depth = yaml.compose(text), 0
    while depth < len(path) and isinstance(below := value_of(node, path[depth]), yaml.MappingNode):
        node, depth = below, depth + 1
    missing = path[depth:]
    if not missing or value_of(node, missing[0]) is not None or not isinstance(node, yaml.MappingNode):
        raise FinalError(f"{'.'.join(path)} cannot be set in YAML that holds something else there")
    if node.flow_style:
        nested = value
        for key in reversed(missing[1:]):
            nested = f"{{{key}: {nested}}}"
        at = node.start_mark.index + 1
        return f"{text[:at]}{missing[0]}: {nested}{', ' if node.value else ''}{text[at:]}"
    column = node.value[0][0].start_mark.column
    lines = [f"{' ' * (column + 2 * i)}{key}:" for i, key in enumerate(missing)]
    block = "\n".join(lines) + f" {value}\n"
    if depth == 0:
        return text + ("" if text.endswith("\n") else "\n") + block
    at = text.rfind("\n", 0, node.value[0][0].start_mark.index) + 1
    return text[:at] + block + text[at:]
