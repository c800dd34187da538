"""dbt is not asked again for what it said of the very same files; anything that it reads asks it again."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.graph import as_rows, from_rows
from agents.last_parse import key_of
from tests.conftest import STG_ORDERS, Shop

ASKED = """
import sys
from pathlib import Path
from agents.project import open_project
project = open_project(Path(sys.argv[1]))
print(len(project.graph.nodes), project.name, project.target, project.warehouse.name, "dbt.cli.main" in sys.modules)
"""


def _opened(root: Path) -> list[str]:
    """What a process of its own finds, and whether it had to import dbt for it."""
    done = subprocess.run([sys.executable, "-c", ASKED, str(root)], capture_output=True, text=True, check=True)
    return done.stdout.split()


def _key(root: Path, target: str | None = None) -> str | None:
    return key_of(root, root, target)


def _new_model(root: Path) -> None:
    (root / "models" / "other.sql").write_text("select 1 as one")


def _edited_model(root: Path) -> None:
    (root / "models" / "stg_orders.sql").write_text(STG_ORDERS.replace("tax,", ""))


def _gone_model(root: Path) -> None:
    (root / "models" / "fct_totals.sql").unlink()


def _seed(root: Path) -> None:
    (root / "seeds").mkdir()
    (root / "seeds" / "rates.csv").write_text("code,rate\na,1\n")


def _profile(root: Path) -> None:
    profile = root / "profiles.yml"
    profile.write_text(profile.read_text().replace("schema: main", "schema: other"))


def _package(root: Path) -> None:
    macros = root.parent / f"{root.name}_package" / "macros"
    macros.mkdir(parents=True)
    (macros / "one.sql").write_text("{% macro one() %}1{% endmacro %}")
    (root / "dbt_packages").mkdir()
    (root / "dbt_packages" / "local").symlink_to(macros.parent)  # as dbt deps does with a local package


def test_an_unchanged_project_is_known_without_dbt_wherever_it_lies(shop: Shop, tmp_path: Path) -> None:
    shutil.rmtree(shop.project.artifacts, ignore_errors=True)
    *first, imported = _opened(shop.root)
    assert imported == "True"
    assert [*first, "False"] == _opened(shop.root)
    shutil.copytree(shop.root, tmp_path / "moved", symlinks=True)
    assert [*first, "False"] == _opened(tmp_path / "moved")


def test_the_graph_comes_back_as_it_was(shop: Shop) -> None:
    made = shop.project.graph
    assert from_rows(json.loads(json.dumps(as_rows(made)))) == made


@pytest.mark.parametrize("change", [_new_model, _edited_model, _gone_model, _seed, _profile, _package])
def test_what_dbt_reads_asks_it_again(shop: Shop, change: Callable[[Path], None]) -> None:
    before = _key(shop.root)
    assert before
    change(shop.root)
    assert _key(shop.root) not in (before, None)


def test_a_change_inside_a_linked_package_counts(shop: Shop) -> None:
    _package(shop.root)
    before = _key(shop.root)
    (shop.root / "dbt_packages" / "local" / "macros" / "one.sql").write_text("{% macro one() %}2{% endmacro %}")
    assert _key(shop.root) != before


def test_a_new_graph_after_an_edit_is_dbts(shop: Shop) -> None:
    assert "model.shop.other" not in shop.project.graph.nodes
    _new_model(shop.root)
    assert "model.shop.other" in shop.project.graph.nodes


def test_only_variables_that_are_named_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write("models/tagged.sql", "{{ config(tags=[env_var('SHOP_TAG', 'none')]) }} select 1 as one")
    before = _key(shop.root)
    monkeypatch.setenv("ANOTHER", "1")
    assert _key(shop.root) == before
    monkeypatch.setenv("SHOP_TAG", "night")
    assert _key(shop.root) not in (before, None)
    assert shop.project.graph.nodes["model.shop.tagged"].tags == {"night"}
    monkeypatch.setenv("SHOP_TAG", "day")
    assert shop.project.graph.nodes["model.shop.tagged"].tags == {"day"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/made_up.sql", "{% set name = 'SHOP_' ~ 'TAG' %} select '{{ env_var(name) }}' as one"),
        ("models/called.sql", "{% set ask = env_var %} select '{{ ask('SHOP_TAG') }}' as one"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nmodel-paths: ['../elsewhere']\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nmacro-paths: [/srv/macros]\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nseed-paths: [.hidden/seeds]\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nmodel-paths: ['{{ env_var(\"FOLDER\") }}']\n"),
    ],
)
def test_what_cannot_be_told_without_dbt_is_parsed_each_time(shop: Shop, path: str, text: str) -> None:
    shop.write(path, text)
    assert _key(shop.root) is None


def test_where_dbt_writes_does_not_matter(shop: Shop) -> None:
    shop.write("dbt_project.yml", "name: shop\nprofile: shop\ntarget-path: ../built\nlog-path: logs\n")
    before = _key(shop.root)
    shop.write("target/compiled/one.sql", "select 1")
    assert _key(shop.root) == before is not None


def test_a_link_to_itself_ends(shop: Shop) -> None:
    (shop.root / "models" / "again").symlink_to(shop.root)
    assert _key(shop.root)


def test_targets_are_kept_apart(shop: Shop) -> None:
    assert _key(shop.root) != _key(shop.root, "dev")


def test_a_kept_file_that_is_broken_is_not_believed(shop: Shop) -> None:
    nodes = shop.project.graph.nodes
    for name in ("graph.json", "profile.json"):
        file = shop.project.artifacts / name
        file.write_text(file.read_text()[: file.stat().st_size // 2])
    assert shop.project.graph.nodes == nodes
