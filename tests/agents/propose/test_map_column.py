"""The repaired text must read old and new deliveries alike, whatever idiom the model is written in."""

import re

import duckdb
import pytest

from agents.contracts import MapColumn
from agents.errors import FinalError
from agents.propose.map_column import map_column
from agents.propose.sql_text import Called

CHANGE = MapColumn(source="source.p.raw.t", relation="raw.t", column="amt", arrives_as="amount_usd")
MODELS = {
    "plain": "select id, amt from {{ source('raw', 't') }}",
    "alias": "select id, amt as a -- what was paid\nfrom {{ source('raw', 't') }}",
    "expression": "select id, cast(amt as integer) * 2 as a from {{ source('raw', 't') }}",
    "qualified": "select x.id, x.amt as a from {{ source('raw', 't') }} as x",
    "quoted": 'select id, "amt" as a from {{ source("raw", "t") }}',
    "filtered": "select id, amt as a from {{ source('raw', 't') }} where amt > 0",
    "twice": "select id, amt as a, amt * 2 as b from {{ source('raw', 't') }}",
    "joined": "select l.id, r.amt as a from {{ source('raw', 't') }} l join {{ source('raw', 't') }} r on l.id = r.id",
    "cte": "with source as (\n    select * from {{ source('raw', 't') }}\n)\nselect id, amt as a from source",
    "unaliased join": "select t.id, t.amt as a from {{ source('raw', 't') }} join (select 1 as one) on true",
    "commented": "-- amt is money\nselect id, amt as a from {{ source('raw', 't') }}",
    "aggregate": "select id, sum(amt) as a from {{ source('raw', 't') }} group by id",
    "macro": "select id, {{ '' ~ 'amt' }} as a from {{ source('raw', 't') }}",
}


def run(text: str, names: str) -> list[tuple[object, ...]]:
    """Render just enough Jinja and run the model over a table whose columns are `names`."""
    sql = re.sub(r"\{\{\s*source\([^)]*\)\s*\}\}", "raw.t", text).replace("{{ '' ~ 'amt' }}", "amt")
    with duckdb.connect() as db:
        db.execute("create schema raw")
        db.execute(f"create table raw.t as select * from (values (1, 5.5), (2, -3.0), (3, 7.25)) as v({names})")
        return sorted(db.execute(sql).fetchall())


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_both_names_give_what_the_old_name_gave(model):
    repaired = map_column(model, CHANGE, Called("t", "raw"))

    expected = run(model, "id, amt")
    assert run(repaired, "id, amt") == expected
    assert run(repaired, "id, amount_usd") == expected


def test_a_single_read_is_changed_on_its_line_and_nowhere_else():
    text = "select\n    id,\n    amt as a,  -- paid\n    {{ x }}\nfrom {{ source('raw', 't') }}\n"

    repaired = map_column(text, CHANGE, Called("t", "raw"))

    before, after = text.splitlines(), repaired.splitlines()
    assert [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y] == [2]
    assert after[2] == "    coalesce(*columns('(?i)^(amt|amount_usd)$')) as a,  -- paid"


def test_side_by_side_names_are_read_row_by_row():
    repaired = map_column(MODELS["alias"], CHANGE, Called("t", "raw")).replace("{{ source('raw', 't') }}", "raw.t")
    with duckdb.connect() as db:
        db.execute("create schema raw")
        db.execute("create table raw.t as select * from (values (1, 5, null), (2, null, 6)) as v(id, amt, amount_usd)")
        assert sorted(db.execute(repaired).fetchall()) == [(1, 5), (2, 6)]


@pytest.mark.parametrize("idiom", ["alias", "joined"])
def test_a_further_name_joins_the_mapping_that_stands(idiom):
    once = map_column(MODELS[idiom], CHANGE, Called("t", "raw"))
    twice = map_column(once, CHANGE.model_copy(update={"arrives_as": "total"}), Called("t", "raw"))

    expected = run(MODELS[idiom], "id, amt")
    for names in ("id, amt", "id, amount_usd", "id, total"):
        assert run(twice, names) == expected
    assert twice.count("coalesce") == once.count("coalesce")


@pytest.mark.parametrize("ahead", [(), ("id",)])
def test_a_further_name_joins_the_mapping_of_a_model_that_passes_every_column_on(ahead):
    every = "select * from {{ source('raw', 't') }}"
    once = map_column(every, CHANGE, Called("t", "raw"), ahead)
    twice = map_column(once, CHANGE.model_copy(update={"arrives_as": "total"}), Called("t", "raw"), ahead)

    with duckdb.connect() as db:
        for name in ("amt", "amount_usd", "total"):
            db.execute(f"create or replace table t as select 1 as id, 2 as {name}, 3 as z")
            found = db.execute(f"describe {twice.replace(every.partition('from ')[2], 't')}").fetchall()
            assert [n for n, *_ in found] == (["id", "amt", "z"] if ahead else ["id", "z", "amt"])


@pytest.mark.parametrize("name", ["a'b", "x{{ y }}", "a;b", 'q"q', "", "x" * 80, "a\nb"])
def test_a_name_that_is_not_plain_is_never_written(name):
    with pytest.raises(FinalError, match="not plain text"):
        map_column(MODELS["plain"], CHANGE.model_copy(update={"arrives_as": name}), Called("t", "raw"))


def test_a_source_reached_only_through_a_macro_has_no_place_for_the_mapping():
    with pytest.raises(FinalError, match="no literal source"):
        map_column("select amt, amt + 1 as b from {{ my_source('t') }}", CHANGE, Called("t", "raw"))


def test_a_model_that_passes_every_column_on_keeps_their_order():
    text = map_column("select * from {{ source('raw', 't') }}", CHANGE, Called("t", "raw"), ahead=("id",))

    with duckdb.connect() as db:
        db.execute(f"create table t as select 1 as id, 2 as {CHANGE.arrives_as}, 3 as z")
        query = text.replace("{{ source('raw', 't') }}", "t")
        found = db.execute(f"describe {query}").fetchall()
    assert [name for name, *_ in found] == ["id", CHANGE.column, "z"]
