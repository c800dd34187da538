"""Ordinary dbt files against the guard: how many of them would wrongly be kept out."""

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from _projects import HERE
from _wide import write

from _freeze.idioms import IDIOMS, PROJECT
from agents.guard.context import Context
from agents.guard.guard import judge, kind_of
from agents.project import BUNDLED

NAME = "ordinary"
TARGET = "at most 2% of at least 300 ordinary models wrongly refused"
ALLOWED = 0.02
_NOT_MODELS = ("macros/", "tests/generic/", "dbt_packages/")


@cache
def _roots() -> dict[str, Path]:
    """Folders of dbt projects by name: those in this repository, those it writes at run time, and dbt's own."""
    folder = Path(tempfile.mkdtemp(prefix="adp-ordinary-"))
    roots = {"bundled": BUNDLED, "saas": HERE / "saas" / "repo", "clinic": HERE / "clinic" / "repo/analytics/clinic"}
    roots["wide"] = write(folder / "wide")
    roots["idioms"] = folder / "idioms"
    for path, text in {**PROJECT, **IDIOMS}.items():
        (folder / "idioms" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "idioms" / path).write_text(text)
    roots["starter"] = Path(str(find_spec("dbt.include").submodule_search_locations[0])) / "starter_project"
    packages = {f"{name}/{p.name}": p for name, root in roots.items() for p in (root / "dbt_packages").glob("*")}
    return {**roots, **packages}


@cache
def _context(name: str) -> Context:
    return Context.of(_roots()[name])


def _files(name: str, root: Path) -> Iterator[str]:
    for file in sorted(root.rglob("*.sql")):
        path = file.relative_to(root).as_posix()
        if not path.startswith(_NOT_MODELS):
            yield f"{name}:{path}"


def cases(seeds: int) -> Sequence[str]:
    """Every model, snapshot and test in SQL of every project."""
    return [case for name, root in _roots().items() for case in _files(name, root)]


def run(case: str) -> dict[str, Any]:
    """Whether the file is let in as if an agent had just written it."""
    name, _, path = case.partition(":")
    text = (_roots()[name] / path).read_text()
    ruling = judge(kind_of(path), text, path, _context(name.partition("/")[0]))
    return {"ok": ruling.allowed, "detail": f"{ruling.layer}: {ruling.words}" if not ruling.allowed else "let in"}
