"""What dbt and DuckDB say of a project that somebody broke: the faults of the healing benchmark, without the healing.

Failures of dbt's tests are among them. One failure of each fault is taken.
"""

import atexit
import hashlib
import shutil
import tempfile
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random

from _good import ROOT, Good, prepare
from _projects import BUILT_IN, HERE
from _scene import Scene
from faults import KINDS

from _minds.errors.kind import Kinds
from agents import dbt

SHELF = ROOT / ".adp" / "bench" / "minds"
TRIES = 12
CAUSES = {
    "syntax_error": "syntax_error", "missing_comma": "syntax_error unknown_column contract_violated",
    "parenthesis": "syntax_error",
    "misspelt_column": "unknown_column", "column_lost": "unknown_column contract_violated",
    "ambiguous_column": "ambiguous_column", "missing_group_by": "missing_group_by",
    "unknown_relation": "unknown_relation", "wrong_ref": "unknown_relation", "wrong_source": "unknown_relation",
    "cyclic_refs": "cyclic_refs", "missing_macro": "unknown_macro", "slip_in_new_lines": "unknown_column",
    "rename_synonym": "unknown_column", "column_dropped": "unknown_column payload", "table_renamed": "unknown_relation",
    "retyped_thousands": "column_retyped", "retyped_day_first": "column_retyped",
    "duplicate_identical": "duplicate_keys", "null_keys": "null_keys", "orphans": "orphans",
    "enum_recoded": "enum_recoded",
}  # fmt: skip
"""What the words of a failure name, which is less than the engine finds with the data at hand: a column that a
producer renamed is an unknown column to the model that reads it."""
SHOWS = {
    "duplicate_keys": "unique_", "null_keys": "not_null_", "orphans": "relationships_",
    "enum_recoded": "accepted_values",
}  # fmt: skip
"""Where a fault of the data shows in a test, the name of that test; what any other test says of a fault is the test's
name, and not what its kind names."""


def kinds() -> Kinds:
    """Each fault in two projects that are unlike each other."""
    return {
        f"{project}-{fault}": (frozenset(causes.split()), partial(_broken, project, fault))
        for fault, causes in CAUSES.items()
        for project in ("saas", "clinic")
        if fault in KINDS
    }


@cache
def _good(project: str) -> Good:
    """Made again only where the project's own files changed: what dbt says of it is not the engine's."""
    spec = next(s for s in BUILT_IN if s.name == project)
    digest = hashlib.sha256()
    for file in sorted(f for f in (HERE / project).rglob("*") if f.is_file()):
        digest.update(file.read_bytes())
    return prepare(spec, SHELF / digest.hexdigest()[:12])


@cache
def _work() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="adp-minds"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _broken(project: str, fault: str, rng: Random) -> str:
    good = _good(project)
    copy = good.copy(_work() / project)
    scene = Scene(copy, good.graph, good.spec.sources)
    assert scene.base
    wanted = SHOWS.get(CAUSES[fault], "")
    for one in islice(KINDS[fault](scene, rng), TRIES):
        one.apply()
        done = dbt.invoke("build", copy.root, profiles_dir=copy.profiles_dir, artifacts=copy.artifacts,
                          target=copy.target)  # fmt: skip
        failed = [f for f in done.failures if _fits(f.unique_id, wanted)]
        said = [f"{f.unique_id}: {f.message}" for f in failed]
        if said or done.error:
            return done.error or said[0]
        scene.reset(good.raw(1))
    raise LookupError(f"{project} has no place for {fault} that fails in words")


def _fits(unique_id: str, wanted: str) -> bool:
    return wanted in unique_id if wanted else not unique_id.startswith("test.")
