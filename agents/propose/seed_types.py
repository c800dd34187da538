"""A seed's columns as the types that they come in, where dbt takes them for others and cannot load the file.

dbt takes text with thousands separators, currency signs or decimal commas for numbers, and long numbers for short
ones; DuckDB, which loads the file, does not.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from agents.errors import FinalError
from agents.graph import Node
from agents.propose.yaml_text import items, named, set_path, value_of

KEYS = ("+column_types", "column_types")
PLAIN = re.compile(r"\w+")


def typed(text: str, described: str, seed: Node, types: Mapping[str, str]) -> str:
    """The text of `dbt_project.yml` with DuckDB's types of some of the seed's columns, beside those it has there.

    `described` is the YAML that describes the seed. Raises FinalError where types are declared where they would be
    hidden, or would hide these: in that YAML, or for the seed's whole folder.
    """
    path = ("seeds", seed.package, *Path(seed.path).with_suffix("").parts[1:])
    node, above = yaml.compose(text), []
    for step in path:
        above.append(node)
        node = value_of(node, step)
    entry = named(items(yaml.compose(described), "seeds"), seed.name) if described else None
    elsewhere = [value_of(n, key) for n in (entry, value_of(entry, "config"), *above) for key in KEYS]
    if any(elsewhere):
        raise FinalError(f"types of {seed.label} are declared where others cannot stand beside them")
    key = KEYS[1] if value_of(node, KEYS[1]) is not None else KEYS[0]
    for column, kind in types.items():
        if not (PLAIN.fullmatch(column) and PLAIN.fullmatch(kind)):
            raise FinalError(f"{seed.label}.{column} as {kind} is no plain name and type")
        text = set_path(text, (*path, key, column), kind.lower())
    return text
