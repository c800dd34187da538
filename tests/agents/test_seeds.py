"""Changed seeds are seen as dbt loads them, before anybody ran `dbt seed`."""

from datetime import date

import pytest

from agents.observe.observe import observe
from agents.repository import Repository

RATES = "code,rate\n" + "".join(f"C{i:02d},{i * 1.25}\n" for i in range(1, 40))
MODEL = "select code, rate from {{ ref('rates') }}\n"


@pytest.fixture
def seeded(make_shop):
    shop = make_shop()
    shop.write("seeds/rates.csv", RATES)
    shop.write("models/stg_rates.sql", MODEL)
    hook = "on-run-start: [select count(*) from raw.orders]\n"  # works in production only
    shop.write("dbt_project.yml", (shop.root / "dbt_project.yml").read_text() + hook)
    shop.commit("seeds")
    assert shop.build().published
    return shop


def seen(shop):
    project = shop.project
    return observe(project, project.graph, Repository(project.repo).head())


def test_an_unchanged_seed_is_no_drift(seeded):
    assert seen(seeded).evidence == ()


def test_a_column_renamed_in_a_seed_is_seen_before_dbt_seed(seeded):
    seeded.write("seeds/rates.csv", RATES.replace("rate\n", "factor\n"))
    seeded.commit("rename")

    (found,) = seen(seeded).evidence
    assert [(c.name, c.change) for c in found.drift.columns] == [("rate", "missing"), ("factor", "added")]
    (kept,) = (seeded.root / ".adp/root/seeds").iterdir()
    loaded = (kept / "seeds.json").stat().st_mtime_ns
    assert seen(seeded).evidence
    assert (kept / "seeds.json").stat().st_mtime_ns == loaded, "loaded once for a commit"


def test_a_file_that_dbt_cannot_load_is_evidence_and_no_crash(seeded):
    seeded.write("seeds/rates.csv", RATES + "C99,1,2,3\n")
    seeded.commit("torn")

    (found,) = seen(seeded).evidence
    assert (found.kind, found.path) == ("build_error", "seeds/rates.csv")


def test_values_that_a_declared_type_cannot_hold_are_seen_as_the_column_they_break(make_shop):
    shop = make_shop()
    shop.write("seeds/days.csv", "code,day\n" + "".join(f"C{i},2026-01-{i:02d}\n" for i in range(1, 29)))
    shop.write("models/stg_days.sql", "select code, day from {{ ref('days') }}\n")
    project = (shop.root / "dbt_project.yml").read_text()
    shop.write("dbt_project.yml", project + "seeds: {shop: {days: {+column_types: {day: date}}}}\n")
    shop.commit("seeds")
    assert shop.build().published
    shop.write("seeds/days.csv", "code,day\n" + "".join(f"C{i},{1767225600000 + i}\n" for i in range(1, 29)))
    shop.commit("epochs")

    (found,) = seen(shop).evidence
    assert [(c.name, c.change) for c in found.drift.columns] == [("day", "retyped")]


def test_rows_that_come_twice_in_a_seed_are_read_once_by_a_snapshot_too(seeded):
    seeded.write("adp.yml", "policy: {auto: medium}\n")
    seeded.write(
        "snapshots/rates_history.yml",
        "snapshots:\n  - name: rates_history\n    relation: ref('rates')\n"
        "    config: {unique_key: code, strategy: check, check_cols: [rate]}\n",
    )
    seeded.commit("a snapshot")
    assert seeded.build().published
    before = seeded.sql("select * from rates_history order by code")
    seeded.write("seeds/rates.csv", RATES + "C01,1.25\nC02,2.5\n")
    seeded.commit("rows twice")

    done = seeded.heal()

    assert done.report.status == "healed", [a.note for a in done.applied]
    assert seeded.sql("select * from rates_history order by code") == before
    assert seeded.sql("select count(*) from stg_rates") == [(39,)]


def test_a_date_written_otherwise_in_a_seed_that_a_snapshot_reads_is_loaded_as_in_the_sandbox(make_shop):
    shop = make_shop()
    days = [f"2026-{month:02d}-{day:02d}" for month in (1, 2) for day in range(1, 29)]
    shop.write("seeds/days.csv", "code,day\n" + "".join(f"C{i:02d},{d}\n" for i, d in enumerate(days)))
    shop.write("models/stg_days.sql", "select code, day from {{ ref('days') }}\n")
    shop.write(
        "snapshots/days_history.yml",
        "snapshots:\n  - name: days_history\n    relation: ref('days')\n"
        "    config: {unique_key: code, strategy: check, check_cols: [day]}\n",
    )
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit("a seed and its history")
    assert shop.build().published
    turned = ["/".join(reversed(d.split("-"))) for d in days]
    shop.write("seeds/days.csv", "code,day\n" + "".join(f"C{i:02d},{d}\n" for i, d in enumerate(turned)))
    shop.commit("day first")

    healed = shop.heal()
    assert healed.report.status == "healed", healed.report
    assert healed.rebuilt
    assert healed.rebuilt.compared
    assert shop.sql("select typeof(day), min(day)::varchar, count(*) from stg_days group by 1") == [
        ("DATE", "2026-01-01", 56)
    ]


@pytest.mark.parametrize(
    "days", [pytest.param(False, id="thousands"), pytest.param(True, id="millis", marks=pytest.mark.thorough)]
)
def test_a_seed_that_dbt_takes_for_numbers_it_cannot_load_is_given_its_type(make_shop, days):
    shop = make_shop()
    numbers = [17_000 + 37 * n for n in range(60)]
    file = "code,worth\n" + "".join(f"C{n:02d},{{}}\n" for n in range(60))
    first = [str(date.fromordinal(719163 + n)) for n in numbers] if days else [str(n) for n in numbers]
    later = [str(n * 86_400_000) for n in numbers] if days else [f'"{n:,}"' for n in numbers]
    shop.write("seeds/prices.csv", file.format(*first))
    shop.write("models/stg_prices.sql", "select code, worth from {{ ref('prices') }}\n")
    shop.commit("a seed")
    assert shop.build().published
    before = shop.sql("select * from stg_prices order by code")
    shop.write("seeds/prices.csv", file.format(*later))
    shop.commit("written otherwise")

    healed = shop.heal()

    assert healed.report.status == "healed", healed.report
    assert shop.sql("select * from stg_prices order by code") == before
    if not days:
        shop.write("seeds/prices.csv", file.format(*first))
        shop.commit("as it was")
        assert shop.build().published, "both deliveries are read"
        assert shop.sql("select * from stg_prices order by code") == before
