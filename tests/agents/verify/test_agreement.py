"""The right column is told from its rivals, on data whose distribution moves from drop to drop."""

import duckdb
import pytest

from agents.verify.agreement import Agreement, Measured, by_difference
from agents.verify.history_agrees import cut, history_agrees
from agents.verify.rows_agree import ROW, key_of, rows_agree, told_apart

MONTHS = """
select m as month, i as n, 'D' || m as batch,
    (hash(i, m) % 1000) / 10.0 * (1 + m * {season}) as delay,
    (hash(i, m) % 1000) / 10.0 * (1 + m * {season}) + (hash(i * 3, m) % 100) / 10.0 as arrival,
    400 + (hash(i, m, 2) % 1000) as distance,
    ['AA', 'UA', 'DL', 'WN'][1 + (hash(i, m, 3) % 4)::int] as carrier,
    timestamp '2026-01-01' + interval (m) month + interval (i) minute as at
from range({first}, {last}) as a(m), range(400) as b(i)
"""
STAYED = {"batch": "VARCHAR", "distance": "BIGINT", "n": "BIGINT"}


@pytest.fixture
def db():
    with duckdb.connect() as connection:
        connection.execute("create table good as " + MONTHS.format(season=0.15, first=1, last=7))
        connection.execute("create table fresh as " + MONTHS.format(season=0.15, first=7, last=8))
        yield connection


def judged(db, old, new, kinds=("number", "number")):
    history = cut(db, "good", "fresh", STAYED)
    return history_agrees(db, history, "fresh", old, new, kinds)


def test_the_cut_follows_the_column_that_names_the_drop(db):
    assert cut(db, "good", "fresh", STAYED).labels == ("D1", "D2", "D3", "D4", "D5", "D6")


def test_the_same_column_a_season_later_agrees(db):
    assert judged(db, "delay", "delay").passed


def test_another_number_does_not_agree(db):
    assert not judged(db, "delay", "distance").passed


def test_a_column_in_other_units_does_not_agree(db):
    db.execute("alter table fresh add column delay_seconds double")
    db.execute("update fresh set delay_seconds = delay * 60")

    assert not judged(db, "delay", "delay_seconds").passed


def test_a_column_that_advances_with_each_drop_agrees_with_itself(db):
    assert judged(db, "month", "month").passed
    assert judged(db, "at", "at", ("moment", "moment")).passed


def test_codes_agree_by_their_values_and_other_text_does_not(db):
    assert judged(db, "carrier", "carrier", ("text", "text")).passed
    assert not judged(db, "carrier", "batch", ("text", "text")).passed


def test_a_close_relative_is_behind_by_its_distribution_or_relations(db):
    right, rival = judged(db, "delay", "delay"), judged(db, "delay", "arrival")

    assert right.score < rival.score


def test_rows_with_the_same_key_decide_when_there_are_enough(db):
    db.execute("create table was as select row_number() over () as id, carrier, delay from good")
    db.execute("create table now_ as select id, carrier as airline, delay as wait, 'AA' as constant from was")

    assert key_of(db, "was", ("carrier", "id")) == ("id",)
    right = rows_agree(db, "was", "now_", ("id",), "carrier", "airline")
    wrong = rows_agree(db, "was", "now_", ("id",), "carrier", "constant")
    assert right is not None
    assert right.kappa == 1
    assert wrong is not None
    assert not wrong.passed
    db.execute("delete from now_ where id > 5")
    assert rows_agree(db, "was", "now_", ("id",), "carrier", "airline") is None, "two carriers in five rows, by luck?"


def test_a_few_rows_decide_where_luck_would_not_put_all_their_values_right(db):
    db.execute("create table was as select i as id, 'plan ' || i as code from range(5) t(i)")
    db.execute("create table now_ as select id, code as tariff, 'plan ' || least(id, 3) as nearly from was")

    right, wrong = (rows_agree(db, "was", "now_", ("id",), "code", c) for c in ("tariff", "nearly"))

    assert right is not None
    assert right.passed
    assert wrong is not None
    assert not wrong.passed


def test_rows_without_a_key_are_told_apart_by_all_that_stayed(db):
    db.execute("create table was as select carrier, distance, n, delay, timestamp '2026-01-01' as loaded from good")
    db.execute(
        "create table now_ as select carrier, distance, n, delay as wait, timestamp '2026-02-01' as loaded from was"
    )
    stayed = ("carrier", "distance", "n", "loaded")

    assert key_of(db, "was", stayed) == ()
    before, after = told_apart(db, "was", "now_", stayed, "delay") or ("", "")
    right = rows_agree(db, before, after, (ROW,), "delay", "wait")
    wrong = rows_agree(db, before, after, (ROW,), "delay", "distance")

    assert right is not None
    assert right.share == 1
    assert wrong is not None
    assert not wrong.passed
    db.execute("update now_ set distance = distance + 1")
    assert told_apart(db, "was", "now_", stayed, "delay") is None


@pytest.mark.parametrize(("corrected", "holds"), [(1, True), (4, False)])
def test_a_rare_value_corrected_in_a_few_rows_since_is_still_read_right_and_is_no_other_column(db, corrected, holds):
    db.execute("create table was as select month, n, n % 12 = 0 as missed from good")
    db.execute(f"create table now as select month, n, missed <> (n % 250 < {corrected}) as missed from was")

    agreed = rows_agree(db, "was", "now", ("month", "n"), "missed", "missed")

    assert agreed.holds is holds
    assert not agreed.passed


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        ("case when carrier = 'WN' and n % 9 = 0 then carrier || ' ' else carrier end", True),
        ("case when carrier = 'WN' and n < 5 and month = 1 then carrier || ' ' else carrier end", False),
    ],
    ids=["one code of four comes otherwise", "hardly a row does"],
)
def test_leaving_most_rows_as_they_come_is_no_rival_where_the_others_decide(db, written, ahead):
    db.execute(f"create table now as select month, n, {written} as raw, trim(raw) as trimmed from good")
    said = {
        name: rows_agree(db, "good", "now", ("month", "n"), "carrier", column)
        for name, column in (("trim", "trimmed"), ("as it comes", "raw"))
    }
    agreed = Agreement(
        "carrier", "rows", {n: Measured(r.passed, 1 - r.score, r.words) for n, r in said.items()}, 0.2, "kappa"
    )

    names = {"trim": "trimmed", "as it comes": "raw"}
    told = by_difference(db, "good", "now", ("month", "n"), agreed, names)

    assert told["trim"] == agreed.measured["trim"]
    assert (told["as it comes"].score >= 0.2) is ahead
    assert not (ahead and told["as it comes"].passed)
