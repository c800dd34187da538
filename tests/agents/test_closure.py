"""The closure of an asset moves with what decides its result, and with nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents import dbt
from agents.closure import closures
from agents.contracts import Frozen
from agents.variables import variables_of

FURTHER = pytest.mark.thorough
FILES = {
    "dbt_project.yml": (
        'name: shop\nversion: "1.0"\nprofile: shop\nmodels: {shop: {+materialized: table}}\n'
        "vars: {days: 3, city: Oslo, money: {rate: 2}}\n"
    ),
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
    "packages.yml": "packages: [{local: vendored/money}]\n",
    "dbt_packages/money/dbt_project.yml": 'name: money\nversion: "1.0"\nvars: {rate: 1, spare: 0}\n',
    "dbt_packages/money/macros/euros.sql": (
        "{% macro euros(x) %}{{ adapter.dispatch('euros', 'money')(x) }}{% endmacro %}\n"
        "{% macro default__euros(x) %}{{ x }} * {{ money.rate() }}{% endmacro %}\n"
        "{% macro rate() %}100{% endmacro %}\n{% macro unused() %}1{% endmacro %}\n"
    ),
    "dbt_packages/money/models/rated.sql": "select {{ var('rate') }} as rate\n",
    "macros/shop.sql": (
        "{% macro cents(x) %}{{ x }} * 100{% endmacro %}\n"
        "{% macro recent() %}at > now() - to_days({{ var('days') }}){% endmacro %}\n"
    ),
    "seeds/rates.csv": "a,b\n1,2\n",
    "models/models.yml": (
        "models:\n  - name: plain\n    description: Plain.\n    columns: [{name: at, data_tests: [not_null]}]\n"
        "  - name: strict\n    config: {contract: {enforced: true}, meta: {owner: Ada}}\n"
        "    columns: [{name: amount, data_type: integer}]\n"
        "sources: [{name: raw, tables: [{name: orders}]}]\n"
    ),
    "models/plain.sql": "select now() as at, 1 as amount\n",
    "models/strict.sql": "select amount from {{ source('raw', 'orders') }}\n",
    "models/inlined.sql": (
        "{{ config(materialized='ephemeral') }} select {{ cents('amount') }} as cents from {{ ref('plain') }}\n"
    ),
    "models/reads_inlined.sql": "select cents from {{ ref('inlined') }}\n",
    "models/below.sql": "select cents from {{ ref('reads_inlined') }}\n",
    "models/grows.sql": (
        "{{ config(materialized='incremental') }} select at from {{ ref('plain') }}"
        "{% if is_incremental() %} where {{ recent() }}{% endif %}\n"
    ),
    "models/packaged.sql": "select {{ money.euros('amount') }} as euros from {{ ref('plain') }}\n",
    "models/any_variable.sql": "{% set name = 'ci' ~ 'ty' %} select '{{ var(name) }}' as city\n",
    "models/of_region.sql": "select '{{ env_var('REGION', 'eu') }}' as region {# var('days') #}\n",
    "snapshots/kept.yml": (
        "snapshots:\n  - name: kept\n    relation: ref('plain')\n"
        "    config: {unique_key: amount, strategy: timestamp, updated_at: at}\n"
    ),
}  # fmt: skip
ALL = {
    *("plain", "strict", "inlined", "reads_inlined", "below", "grows", "packaged", "any_variable", "of_region"),
    *("kept", "rates", "rated"),
}
Hashes = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("closures")
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


def hashes(root: Path, frozen: dict[str, Frozen] | None = None, **environment: str) -> dict[str, str]:
    """Closures by name; dbt's object and its file say the same."""
    artifacts = root / "adp"
    parsed = dbt.parse(root, profiles_dir=root, artifacts=artifacts, written=True)
    written = json.loads((artifacts / "target" / "manifest.json").read_bytes())
    variables = variables_of(root)
    found = closures(written, frozen or {}, variables, environment)
    assert closures(parsed, frozen or {}, variables, environment) == found
    return {uid.split(".")[-1]: value for uid, value in found.items()}


@pytest.fixture(scope="module")
def before(root: Path) -> dict[str, str]:
    found = hashes(root)
    assert found.keys() == ALL
    assert len(set(found.values())) == len(found)
    return found


@pytest.mark.parametrize(
    ("file", "old", "new", "moved"),
    [
        ("models/plain.sql", "1 as amount", "2 as amount", {"plain"}),
        ("macros/shop.sql", "* 100", "* 1000", {"inlined", "reads_inlined"}),
        pytest.param("macros/shop.sql", "at >", "at >=", {"grows"}, marks=FURTHER),
        ("dbt_packages/money/macros/euros.sql", "100", "99", {"packaged"}),
        pytest.param("dbt_packages/money/macros/euros.sql", "unused() %}1", "unused() %}2", set(), marks=FURTHER),
        ("dbt_project.yml", "days: 3", "days: 4", {"grows", "any_variable"}),
        ("dbt_project.yml", "rate: 2", "rate: 3", {"rated", "any_variable"}),
        pytest.param("dbt_packages/money/dbt_project.yml", "rate: 1", "rate: 5", set(), marks=FURTHER),
        ("models/models.yml", "Plain.", "As plain as can be.", set()),
        pytest.param("models/models.yml", "not_null", "unique", set(), marks=FURTHER),
        pytest.param("models/models.yml", "Ada", "Eve", set(), marks=FURTHER),
        ("models/models.yml", "data_type: integer", "data_type: bigint", {"strict"}),
        ("models/models.yml", "{name: orders}", "{name: orders, identifier: new_orders}", {"strict"}),
        ("snapshots/kept.yml", "timestamp, updated_at: at", "check, check_cols: [at]", {"kept"}),
        ("seeds/rates.csv", "1,2", "1,3", {"rates"}),
        ("macros/shop.sql", "{% macro recent", "{% macro default__generate_alias_name(a=none, node=none) %}"
         "{{ a or node.name }}{% endmacro %}\n{% macro recent", ALL),
    ],
)  # fmt: skip
def test_exactly_what_a_change_reaches_moves(
    root: Path, before: dict[str, str], file: str, old: str, new: str, moved: set[str]
) -> None:
    text = (root / file).read_text()
    assert text.count(old) == 1
    (root / file).write_text(text.replace(old, new))
    try:
        after = hashes(root)
    finally:
        (root / file).write_text(text)
    assert {name for name in before if after[name] != before[name]} == moved


def test_an_environment_variable_moves_who_reads_it(root: Path, before: dict[str, str]) -> None:
    after = hashes(root, REGION="us", OTHER="1")
    assert {name for name in before if after[name] != before[name]} == {"of_region"}


def test_a_new_version_of_a_frozen_parent_moves_its_readers(root: Path, before: dict[str, str]) -> None:
    def frozen(version: str) -> dict[str, Frozen]:
        entry = Frozen(
            asset="plain", path="models/plain.sql", version=version, sha256="0" * 64, parent=None, approver="policy",
            certificate="c.json", certificate_sha256="0" * 64, frozen_at=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        return {"plain": entry}

    first, second = hashes(root, frozen("1.0.1")), hashes(root, frozen("1.0.2"))
    readers = {"inlined", "reads_inlined", "grows", "packaged", "kept"}
    assert {name for name in first if first[name] != second[name]} == readers
    assert {name for name in before if first[name] != before[name]} == readers


def test_the_place_of_the_project_is_not_in_it(root: Path, before: dict[str, str], tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("shop.duckdb", "elsewhere.duckdb"))
    assert hashes(tmp_path) == before
