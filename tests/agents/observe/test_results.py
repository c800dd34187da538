"""A report that its history does not make plausible is held back, though no source shows anything odd."""

from contextlib import closing

import pytest

from agents.build import audit
from agents.contracts import Cause
from agents.graph import Graph
from agents.ledger import Ledger
from agents.observe.results import Measured, implausible, remembered
from agents.published import Result

ABOUT_100 = (100, 90, 110, 95, 100)
LAST_DAY = """
select * from {{ ref('stg_orders') }}
where ordered_at > (select max(ordered_at) from {{ ref('stg_orders') }}) - interval 1 day
"""


@pytest.fixture
def report(shop):
    shop.write("models/last_day.sql", LAST_DAY)
    shop.commit("a report")
    assert shop.build().published
    return shop


@pytest.fixture(scope="module")
def graph(built_shop):
    return built_shop.project.graph


def test_a_report_that_lost_its_rows_is_held_refused_and_published_once_a_person_accepts_it(report):
    report.sql(
        "insert into raw.orders by name select * replace (99999 as order_id, timestamp '2031-01-01' as ordered_at) "
        "from raw.orders limit 1"
    )

    built = report.build()

    assert built.succeeded
    assert not built.published
    assert [e.node for e in built.evidence] == ["model.shop.last_day"]
    assert "1 rows, in the 1 state before" in built.evidence[0].message
    done = report.heal()
    assert done.report.status == "refused"
    assert [(d.cause, d.subject) for d in done.diagnoses] == [(Cause.other, "main.last_day")]
    with closing(Ledger.at(report.project.state)) as ledger:
        assert audit(report.project, ledger, ("last_day",)).published
    assert report.heal().report.status == "healthy"


@pytest.mark.parametrize(
    ("rows", "now", "odd"),
    [
        ((100,), 0, True), ((100,), 12, False), ((0, 0, 0, 0, 0), 5000, False),
        (ABOUT_100, 40, True), (ABOUT_100, 60, False), (ABOUT_100, 230, True), ((100, 0, 110, 95, 100), 0, False),
        ((12, 9, 14, 8, 11), 0, False), ((100, 200, 400, 800, 1600), 3000, False),
        ((0, 0, 10, 35, 78), 160, False), ((1440, 700, 420, 232, 115), 45, False), ((900, 700, 500, 350, 232), 0, True),
        ((0, 0, 10, 35, 78), 900, True),
    ],
)  # fmt: skip
def test_only_what_no_state_before_and_no_source_explains_is_odd(graph, rows, now, odd):
    uid = "model.shop.fct_totals"
    found = implausible(graph, {uid: Measured(now, ())}, {uid: Result(rows=rows)}, ((), ()))
    assert bool(found) is odd


def test_a_column_without_a_value_is_odd_where_it_always_had_some():
    graph = Graph({}, {})
    was = remembered({}, {"m": Measured(50, ("note",))})
    assert was["m"] == Result(rows=(50,), without_value=("note",))
    again = remembered(was, {"m": Measured(0, ("note", "amount"))})
    assert again["m"].without_value == ("note",), "of no rows nothing is learned"
    assert implausible(graph, {"m": Measured(60, ("amount",))}, again, ((), ())) == (), "a model that is gone"
