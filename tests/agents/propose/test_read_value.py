"""Values read otherwise: the text of a change does what the change means, whatever the model looks like."""

import duckdb
import pytest

from agents.contracts import (
    CastColumn,
    DeduplicateRows,
    NormaliseKey,
    RecodeValues,
    ScaleColumn,
    ShiftMoment,
    SwapColumns,
)
from agents.errors import FinalError
from agents.propose.cast_column import forms
from agents.propose.read_value import read_value
from agents.propose.sql_text import Called
from agents.readings import NUMBER_FORMS

CALLED = Called("t", "raw")
OF = {"source": "source.raw.t", "relation": "raw.t"}
ONE_PLACE = "select\n    id,\n    x,  -- what it is\n    y\nfrom {{ source('raw', 't') }}\n"
EVERYTHING = "with source as (\n    select * from {{ source('raw', 't') }}\n)\nselect id, x, y from source\n"
TWO_PLACES = "select t.id, t.x, t.y from {{ source('raw', 't') }} as t where t.x is not null\n"


def result(text: str, delivered: str) -> list[tuple[object, ...]]:
    """Rows of a model over one delivery."""
    with duckdb.connect() as db:
        db.execute(f"create table t as {delivered}")
        return db.execute(text.replace("{{ source('raw', 't') }}", "t") + " order by id").fetchall()


def row(x: str) -> str:
    """A delivery of one row."""
    return f"select 1 as id, {x} as x, 2 as y"


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        ("thousands_comma", "12,50", None),
        ("decimal_comma", "12.50", 12.5),
        ("unit", "12,50 EUR", None),
        ("unit_decimal_comma", "EUR 12.50", 12.5),
        ("thousands_comma", "-1,234,567", -1234567),
        ("unit_decimal_comma", "1.234.567,8 kg", 1234567.8),
    ],
)
def test_a_mark_that_parts_no_thousands_is_never_dropped_from_a_number(form, text, number):
    with duckdb.connect() as db:
        read = f"try_cast({NUMBER_FORMS[form].format(x='x')} as double)"
        assert db.execute(f"select {read} from (select ? as x)", [text]).fetchone() == (number,)


@pytest.mark.parametrize(
    ("form", "arrives", "number"),
    [
        ("unit", "'1,250.5 kg'", 1250.5),
        ("unit", "'kg12'", 12.0),
        ("unit", "'500 g'", None),
        ("unit_decimal_comma", "'1.250,5kg'", 1250.5),
    ],
)
def test_a_number_with_another_unit_is_never_read_as_one_of_the_known(form, arrives, number):
    change = CastColumn(**OF, column="x", type="DOUBLE", arrives_as="VARCHAR", form=form, unit="kg")
    text = read_value(ONE_PLACE, change, CALLED)

    if number is None:
        with pytest.raises(duckdb.ConversionException, match="500 g"):
            result(text, row(arrives))
    else:
        assert result(text, row(arrives)) == result(ONE_PLACE, row(f"{number}::double"))


@pytest.mark.parametrize(
    ("arrives", "number"), [("'12'", 12), ("'-12.0'", -12), ("'1200.'", 1200), ("'12.5'", None), ("null::varchar", "")]
)
def test_a_fraction_is_never_rounded_to_a_whole_number(arrives, number):
    change = CastColumn(**OF, column="x", type="BIGINT", arrives_as="VARCHAR", form="plain")
    text = read_value(ONE_PLACE, change, CALLED)

    if number is None:
        with pytest.raises(duckdb.ConversionException, match=r"12\.5"):
            result(text, row(arrives))
    else:
        assert result(text, row(arrives)) == result(ONE_PLACE, row(f"{number or 'null'}::bigint"))


@pytest.mark.parametrize("model", [ONE_PLACE, EVERYTHING, TWO_PLACES])
@pytest.mark.parametrize(
    ("form", "arrives", "known"),
    [
        ("thousands_comma", "'1,234.50'", "1234.5::double"),
        ("decimal_comma", "'1.234,50'", "1234.5::double"),
        ("unit", "'1234.50 USD'", "1234.5::double"),
        ("%d/%m/%Y", "'31/12/2025'", "date '2025-12-31'"),
        ("boolean_words", "'Yes'", "true"),
    ],
)
def test_a_cast_reads_the_new_form_and_the_known_type(model, form, arrives, known):
    kind = {"boolean_words": "BOOLEAN", "%d/%m/%Y": "DATE"}.get(form, "DOUBLE")
    change = CastColumn(**OF, column="x", type=kind, arrives_as="VARCHAR", form=form)

    text = read_value(model, change, CALLED)

    assert result(text, row(arrives)) == result(model, row(known))
    assert result(text, row(known)) == result(model, row(known))


@pytest.mark.parametrize("model", [ONE_PLACE, EVERYTHING, TWO_PLACES])
@pytest.mark.parametrize(
    ("change", "arrives", "known"),
    [
        (ScaleColumn(**OF, column="x", type="DOUBLE", factor=100), "1250.0::double", "12.5::double"),
        (ScaleColumn(**OF, column="x", type="DOUBLE", factor=-1), "-12.5::double", "12.5::double"),
        (ScaleColumn(**OF, column="x", type="DOUBLE", factor=1.8, zero=32), "54.5::double", "12.5::double"),
        (
            ShiftMoment(**OF, column="x", type="TIMESTAMP", seconds=-18000),
            "timestamp '2026-01-01 05:30'",
            "timestamp '2026-01-01 10:30'",
        ),
        (
            ShiftMoment(**OF, column="x", type="TIMESTAMP", zone="America/New_York"),
            "timestamp '2026-07-01 12:00'",
            "timestamp '2026-07-01 08:00'",
        ),
        (RecodeValues(**OF, column="x", type="VARCHAR", mapping={"P": "paid"}), "'P'", "'paid'"),
        (NormaliseKey(**OF, column="x", type="VARCHAR", form="trim_upper"), "' ab '", "'AB'"),
    ],
)
def test_a_value_is_read_as_it_was(model, change, arrives, known):
    text = read_value(model, change, CALLED)

    assert result(text, row(arrives)) == result(model, row(known))


def test_what_is_not_concerned_stays_byte_for_byte():
    change = ScaleColumn(**OF, column="x", type="DOUBLE", factor=100)

    text = read_value(ONE_PLACE, change, CALLED)

    assert text == ONE_PLACE.replace("    x,  --", "    (x / 100)::DOUBLE as x,  --")


def test_swapped_columns_keep_their_places():
    text = read_value(EVERYTHING, SwapColumns(**OF, column="x", other="y"), CALLED)

    assert result(text, "select 1 as id, 'b' as x, 'a' as y") == [(1, "a", "b")]


def test_rows_that_are_the_same_in_every_column_are_read_once():
    text = read_value(ONE_PLACE, DeduplicateRows(**OF), CALLED)

    assert result(text, "select 1 as id, 2 as x, 3 as y from range(2)") == [(1, 2, 3)]


def test_a_hostile_column_name_is_not_written_into_sql():
    change = ScaleColumn(**OF, column="x'); drop table t; --", type="DOUBLE", factor=100)

    with pytest.raises(FinalError, match="not plain text"):
        read_value(EVERYTHING, change, CALLED)


def test_a_source_that_is_read_by_other_means_than_a_call_is_refused():
    with pytest.raises(FinalError, match="no literal source"):
        read_value("select x, x + 1 as z from {{ my_source('t') }}", DeduplicateRows(**OF), CALLED)


@pytest.mark.parametrize(
    ("known", "arrives", "values", "expected"),
    [
        ("BOOLEAN", "VARCHAR", ["yes", "no"], ("boolean_words",)),
        ("BOOLEAN", "VARCHAR", ["yes", "perhaps"], ()),
        ("TIMESTAMP", "BIGINT", [1767225600], ("epoch_s", "epoch_ms", "epoch_us")),
        ("DATE", "VARCHAR", ["2026-01-31"], ("plain",)),
        ("DATE", "VARCHAR", ["01/02/2026"], ("%d/%m/%Y", "%m/%d/%Y")),
        ("DOUBLE", "VARCHAR", ["abc"], ()),
    ],
)
def test_only_forms_that_read_the_values_are_candidates(known, arrives, values, expected):
    assert forms(known, arrives, values) == expected
