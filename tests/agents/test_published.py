"""The published copy, put back into the warehouse."""

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb

from agents import published
from agents.project import open_project
from tests.shop import Shop


def test_tables_and_views_come_back_also_where_one_became_the_other(shop: Shop) -> None:
    project = open_project(shop.root)
    with duckdb.connect(str(project.warehouse)) as db:
        db.execute("create table kept as select 1 as n; create view seen as select n + 1 as m from kept")
    state = published.State(published_at="2026-01-01T00:00:00Z", commit="0", tables=(), checksums={})
    published.publish(project, state)
    with duckdb.connect(str(project.warehouse)) as db:
        db.execute(
            "drop view seen; drop table kept; create view kept as select 9 as n; create table seen as select 9 as m"
        )

    first = next(n for n in project.graph.nodes.values() if n.name == "stg_orders")
    nodes = [replace(first, unique_id=name, identifier=name) for name in ("kept", "seen", "never_built")]
    assert published.restore(project, nodes) == ("kept", "seen")

    with duckdb.connect(str(project.warehouse), read_only=True) as db:
        assert db.execute("select n, m from kept, seen").fetchall() == [(1, 2)]
        kinds = "select table_name, table_type from information_schema.tables where table_name in ('kept', 'seen')"
        assert dict(db.execute(kinds).fetchall()) == {"kept": "BASE TABLE", "seen": "VIEW"}


def test_a_project_that_was_copied_through_its_links_goes_on(shop: Shop, tmp_path: Path) -> None:
    root = tmp_path / "copied"
    shutil.copytree(shop.root, root)
    project = open_project(root)
    shelf = project.state / "published"
    assert (shelf / "current").is_dir()
    assert not (shelf / "current").is_symlink()
    before = published.required(project).state

    published.publish(project, before.model_copy(update={"commit": "1"}))

    assert (shelf / "current").is_symlink()
    assert published.required(project).state.commit == "1"
    assert {f.name for f in shelf.iterdir()} == {"current", (shelf / "current").readlink().name}

    shutil.copytree(shelf / "current", shelf / f"20260101T000000000000{published.COPIED}")
    (shelf / "current").unlink()
    assert published.required(project).state.commit == "1", "a process was killed between its two renames"
