"""The layer of YAML: property files by an allow-list of keys, with everything in them that dbt runs taken out to be
judged by the other layers.

What a file of settings holds (`dbt_project.yml`) is refused leaf by leaf, so that only what was there already passes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

from agents.guard import allowed_jinja
from agents.guard import allowed_yaml as lists
from agents.guard.context import Context
from agents.guard.dialect import is_jinja
from agents.guard.finding import Finding, shown
from agents.guard.path import SETTINGS
from agents.yaml_keys import given_twice

SIZE, PARTS, DEPTH, ALIASES = 512_000, 60_000, 40, 200
_TAGS = re.compile(r"tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|seq|map|merge|value)")
_MOVED = re.compile(r"\(select \* from \w+\.\w+\)")
"""The location of a source that a repair reads from another schema of the warehouse."""
_TYPE = re.compile(r"\w{1,30}")
_BOUND = re.compile(r"\s*(=|!=|<>|<=?|>=?)\s*-?\d+(\.\d+)?\s*")
PROPERTIES = "keys of dbt's properties that describe models, sources, tests and their columns"


@dataclass
class Read:
    """A property file taken apart."""

    found: list[Finding] = field(default_factory=list)
    pieces: list[tuple[str, str]] = field(default_factory=list)
    """Kind and text of what other layers judge: `note`, `words`, `sql`."""


def yaml_findings(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """What a property file holds beyond the list."""
    return tuple(read(text, path, context).found)


def read(text: str, path: str, context: Context) -> Read:
    """The file's findings and what in it is for other layers."""
    made = Read()
    loaded = _loaded(text)
    if isinstance(loaded, Finding):
        made.found.append(loaded)
    elif PurePosixPath(path).name in SETTINGS:
        made.found += settings_findings(loaded)
        made.pieces += [("note", value) for value in _texts(loaded) if is_jinja(value)]
    elif loaded is not None:
        _Reader(made, context).visit(loaded, lists.FILE, "")
    return made


def settings_findings(loaded: Any) -> Iterator[Finding]:
    """Every setting, but for a model of a package that is switched off in favour of the project's own, and the plain
    type of a seed's column.
    """
    if not isinstance(loaded, dict):
        yield Finding(f"settings that are {shown(loaded)}", "a mapping")
    for keys, value in _leaves(loaded, ()):
        switched = keys[0] == "models" and keys[-1] == "+enabled" and value is False
        types = keys[0] == "seeds" and keys[-2:-1] in (("+column_types",), ("column_types",))
        if not (switched or (types and _TYPE.fullmatch(str(value)))):
            yield Finding(f"the setting {'.'.join(keys)}: {shown(value)}", "settings that are there already")


def _loaded(text: str) -> Any:
    """The values, or the finding why they are not looked at."""
    if len(text) > SIZE:
        return Finding(f"the file has {len(text):,} characters", f"up to {SIZE:,}")
    try:
        if strange := _bomb(text):
            return strange
        return yaml.load(text, _Once)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        return Finding(f"the YAML cannot be read: {shown(' '.join(str(error).split()), 160)}", "one plain document")


def _bomb(text: str) -> Finding | None:
    """Counted before anything is built: nodes, depth, aliases, and tags that make objects."""
    depth = aliases = 0
    for parts, event in enumerate(yaml.parse(text, yaml.SafeLoader), start=1):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!") and not _TAGS.fullmatch(str(tag)):
            return Finding(f"the tag {shown(tag)}", "plain values without tags")
        if parts > PARTS or depth > DEPTH or aliases > ALIASES:
            return Finding(
                f"the YAML has {parts:,} parts, {aliases} aliases and is {depth} deep",
                f"up to {PARTS:,} parts, {ALIASES} aliases, {DEPTH} levels",
            )
    return None


class _Once(yaml.SafeLoader):
    """Refuses keys that are given twice, of which programs read the one or the other, and aliases that multiply."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.built = 0

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        self.built += 1
        if self.built > PARTS:
            raise ValueError(f"more than {PARTS:,} values")
        return super().construct_object(node, deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if (twice := given_twice(node)) is not None:
            raise ValueError(f"the key {twice!r} is given twice")
        return super().construct_mapping(node, deep)


class _Reader:
    """One pass over the values with the tree of allowed keys beside it."""

    def __init__(self, made: Read, context: Context) -> None:
        self.made, self.context, self.seen = made, context, 0

    def visit(self, value: Any, allowed: Any, place: str) -> None:
        """Judge a value; `allowed` is what may stand here, `place` its keys."""
        self.seen += 1
        if self.seen > PARTS:
            if self.seen == PARTS + 1:
                self._refuse(f"more than {PARTS:,} values", "a file that people read")
            return
        if isinstance(allowed, list):
            for item in value if isinstance(value, list) else [value]:
                self.visit(item, allowed[0], place)
        elif isinstance(allowed, dict):
            self._mapping(value, allowed, place)
        else:
            getattr(self, f"_{allowed}")(value, place)

    def _refuse(self, what: str, allowed: str) -> None:
        self.made.found.append(Finding(what, allowed))

    def _mapping(self, value: Any, allowed: dict[str, Any], place: str) -> None:
        if value is None:
            return None
        if not isinstance(value, dict):
            return self._refuse(f"{place or 'the file'} is {shown(value)}", "a mapping")
        for key, below in value.items():
            here = f"{place}.{key}".lstrip(".")
            if key in allowed:
                self.visit(below, allowed[key], here)
            else:
                self._refuse(f"the key {shown(here)}: {shown(below)}", PROPERTIES)
        return None

    def _note(self, value: Any, place: str) -> None:
        if isinstance(value, dict | list):
            return self._free(value, place)
        if isinstance(value, str) and is_jinja(value):
            self.made.pieces.append(("note", value))
        return None

    def _free(self, value: Any, place: str) -> None:
        self.made.pieces += [("note", text) for text in _texts(value) if is_jinja(text)]

    def _meta(self, value: Any, place: str) -> None:
        for keys, below in _leaves(value, ()):
            if allowed_jinja.PLACES & set(keys) and not (keys == ("external_location",) and _moved(below)):
                self._refuse(f"the key {shown('.'.join((place, *keys)))}: {shown(below)}", "meta that no adapter reads")
        self._free(value, place)

    def _words(self, value: Any, place: str) -> None:
        self.made.pieces += [("words", text) for text in _texts(value) if not _BOUND.fullmatch(text)]

    def _sql(self, value: Any, place: str) -> None:
        self.made.pieces += [("sql", text) for text in _texts(value)]

    def _query(self, value: Any, place: str) -> None:
        if isinstance(value, str) and re.match(r"\s*(select|with|from|values|\()", value, re.IGNORECASE):
            self.made.pieces.append(("jinja", value))
        else:
            self._free(value, place)

    def _config(self, value: Any, place: str) -> None:
        for key, below in (value if isinstance(value, dict) else {}).items():
            bare = str(key).removeprefix("+")
            here = f"{place}.{key}"
            if bare not in allowed_jinja.CONFIG:
                self._refuse(f"the key {shown(here)}: {shown(below)}", ", ".join(sorted(allowed_jinja.CONFIG)))
            elif bare == "materialized" and below not in allowed_jinja.MATERIALIZED:
                self._refuse(f"{here}: {shown(below)}", ", ".join(sorted(allowed_jinja.MATERIALIZED)))
            elif bare == "meta":
                self._meta(below, here)
            elif bare in lists.CODE:
                self._words(below, here)
            elif bare == "loaded_at_query":
                self._sql(below, here)
            else:
                self._free(below, here)

    def _tests(self, value: Any, place: str) -> None:
        for test in value if isinstance(value, list) else [value] if value else []:
            if isinstance(test, dict) and len(test) > 1 and "test_name" in test:
                name, given = str(test["test_name"]), {k: v for k, v in test.items() if k != "test_name"}
            elif isinstance(test, dict) and len(test) == 1:
                name, given = next((str(k), v) for k, v in test.items())
            else:
                name, given = str(test), {}
            if name.removeprefix("dbt.") not in lists.TESTS_OF_DBT and name not in self.context.tests:
                known = sorted(lists.TESTS_OF_DBT | self.context.tests)
                self._refuse(f"the test {shown(name)}", ", ".join(known[:30]))
            self._arguments(name, given if isinstance(given, dict) else {}, place)

    def _arguments(self, name: str, given: dict[Any, Any], place: str) -> None:
        for key, value in given.items():
            if key == "config":
                self._config(value, f"{place}.{name}.config")
            elif key == "arguments" and isinstance(value, dict):
                self._arguments(name, value, place)
            elif key in lists.LITERAL:
                self._literals(value, f"{place}.{name}.{key}")
            elif key in ("name", "description"):
                self._note(value, place)
            else:
                self._words(value, place)

    def _literals(self, value: Any, place: str) -> None:
        """They are put between single quotes, or stand as names."""
        for text in _texts(value):
            if is_jinja(text) or re.fullmatch(r"\s*(ref|source)\(.*\)\s*", text):
                self.made.pieces.append(("note", text if is_jinja(text) else f"{{{{ {text} }}}}"))
            elif "'" in text.replace("''", "") or "\n" in text or (";" in text and "(" in text):
                self._refuse(f"{place}: {shown(text)}", "values that need no escape between single quotes")


def _moved(value: Any) -> bool:
    return bool(_MOVED.fullmatch(str(value)))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys too."""
    waiting, count = [value], 0
    while waiting and (count := count + 1) <= PARTS:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, str):
            yield one


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves(below, (*keys, str(key)))
    elif isinstance(value, list) and value:
        for below in value:
            yield from _leaves(below, keys)
    elif keys:
        yield keys, value
