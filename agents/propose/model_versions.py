"""The property file of a model that gets versions: the old one as it was described, the newest under the bare name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from agents.errors import FinalError
from agents.propose.yaml_text import items, named, value_of
from agents.propose.yaml_values import dumped, with_item, with_keys, with_other

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Numbers:
    """dbt's `v` of each side."""

    kept: int
    newest: int
    known: str = ""
    """The `v` that the kept text has today; empty where the model has no versions yet."""


@dataclass(frozen=True)
class Shape:
    """How the kept version differs from what its description says."""

    identifier: str
    """The bare name of the relation."""
    stored: str
    """`table` or `view`: what it was published as."""
    description: str
    snapshot: bool = False
    """Its rows never change again, so nothing is left to test."""


def with_versions(text: str, then: str | None, name: str, numbers: Numbers, shape: Shape) -> str:
    """The YAML text in which a model has its old version; empty text makes a new file.

    `then` is the file in the commit that is kept. The old version gets columns, tests and settings from there; the
    top of the entry goes on describing the newest. Raises FinalError where the file does not describe the model.
    """
    before = _entry(then, name)
    if not text:
        entry = {"name": name, **_versions(name, {}, before, numbers, shape)}
        return dumped({"models": [entry]})
    model = named(items(yaml.compose(text), "models"), name)
    if model is None:
        raise FinalError(f"no entry `- name: {name}` under `models:` in the file that dbt says describes it")
    now = _entry(text, name)
    values = _versions(name, now, before, numbers, shape)
    known = value_of(model, "versions")
    if known is None:
        return with_keys(text, model, values)
    kept, newest = values["versions"]
    item = next((i for i in known.value if str(getattr(value_of(i, "v"), "value", "")) == numbers.known), None)
    if item is None:
        raise FinalError(f"`versions:` of {name} does not name v {numbers.known}, which dbt builds")
    text = with_other(text, item, kept)
    model = named(items(yaml.compose(text), "models"), name)
    text = with_item(text, value_of(model, "versions"), newest)
    model = named(items(yaml.compose(text), "models"), name)
    return with_keys(text, model, {"latest_version": numbers.newest})


def _versions(name: str, now: Entry, before: Entry, numbers: Numbers, shape: Shape) -> dict[str, Any]:
    newest = {**_version(now, numbers.known), "v": numbers.newest, "defined_in": name}
    newest["config"] = {**(newest.get("config") or {}), "alias": shape.identifier}
    return {"latest_version": numbers.newest, "versions": [_kept(name, now, before, numbers, shape), newest]}


def _kept(name: str, now: Entry, before: Entry, numbers: Numbers, shape: Shape) -> dict[str, Any]:
    own = _version(before, numbers.known)
    kept: dict[str, Any] = {"v": numbers.kept, "defined_in": f"{name}_v{numbers.kept}"}
    kept["description"] = " ".join(filter(None, (before.get("description"), shape.description)))
    if config := _config(name, now, before, own, numbers, shape):
        kept["config"] = config
    columns = _columns(before, own)
    if shape.snapshot:
        columns = [{k: v for k, v in c.items() if k not in ("tests", "data_tests", "constraints")} for c in columns]
    if columns or now.get("columns"):
        # Its own columns alone: what the newest says of a column later is not said of this one.
        kept["columns"] = [{"include": []}, *columns]
    tests = None if shape.snapshot else _tests(own) or _tests(before)
    if tests or _tests(now):
        kept["data_tests"] = tests or []
    if before.get("constraints") and not shape.snapshot:
        kept["constraints"] = before["constraints"]
    return kept


def _config(name: str, now: Entry, before: Entry, own: Entry, numbers: Numbers, shape: Shape) -> dict[str, Any]:
    today = now.get("config") or {}
    then = {**(before.get("config") or {}), **(own.get("config") or {})}
    config = {key: value for key, value in then.items() if key != "alias" and today.get(key) != value}
    if "materialized" in today and "materialized" not in then:
        config["materialized"] = shape.stored
    if "contract" in today and "contract" not in then:
        config["contract"] = {"enforced": False}
    if shape.identifier != name:
        config["alias"] = f"{shape.identifier}_v{numbers.kept}"
    return config


def _columns(entry: Entry, own: Entry) -> list[dict[str, Any]]:
    listed = own.get("columns") or []
    rule = next((c for c in listed if "include" in c), {"include": "*"})
    wanted, left_out = rule["include"], rule.get("exclude") or []
    inherited = [
        c for c in entry.get("columns") or []
        if (wanted in ("*", "all") or c["name"] in wanted) and c["name"] not in left_out
    ]  # fmt: skip
    return [*inherited, *(c for c in listed if "name" in c)]


def _tests(entry: Entry) -> list[Any] | None:
    found = entry.get("data_tests", entry.get("tests"))
    return list(found) if found is not None else None


def _entry(text: str | None, name: str) -> Entry:
    loaded = yaml.safe_load(text) if text else None
    models = (loaded.get("models") or []) if isinstance(loaded, dict) else []
    found: Entry = next((m for m in models if m.get("name") == name), {})
    return found


def _version(entry: Entry, number: str) -> dict[str, Any]:
    found = (v for v in entry.get("versions") or () if number and str(v.get("v")) == number)
    return dict(next(found, {}))


def with_pinned_tests(text: str, then: str | None, name: str, numbers: Numbers, *, copied: bool) -> str:
    """The YAML text whose unit tests of a model are of its newest version; with `copied`, those that the kept commit
    has are there once more, of the kept version."""
    loaded = yaml.safe_load(then) if then else None
    old = [t for t in ((loaded or {}).get("unit_tests") or ()) if t.get("model") == name and _is_of(t, numbers.known)]
    number = 0
    while number < len(tests := items(yaml.compose(text), "unit_tests")):
        test = yaml.safe_load(text)["unit_tests"][number]
        if test.get("model") == name and _is_of(test, numbers.known):
            text = with_keys(text, tests[number], {"versions": {"include": [numbers.newest]}})
        number += 1
    for test in old if copied else ():
        copy = {**test, "name": f"{test['name']}_v{numbers.kept}", "versions": {"include": [numbers.kept]}}
        listed = value_of(yaml.compose(text), "unit_tests")
        text = (
            with_item(text, listed, copy)
            if isinstance(listed, yaml.SequenceNode) and listed.value
            else with_keys(text, yaml.compose(text), {"unit_tests": [copy]})
        )
    return text


def _is_of(test: Entry, known: str) -> bool:
    """Whether a unit test is of the text that is today's newest."""
    wanted = test.get("versions")
    return not wanted or known in [str(v) for v in wanted.get("include") or ()]
