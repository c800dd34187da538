"""Where a contract breaks, the old version stays queryable beside the newest, which keeps the bare name."""

import re

import pytest
import yaml

from agents import lock
from agents.build import audit
from agents.frozen.verify import verify
from agents.heal import Healed
from agents.inbox import every
from agents.kept_rows import kept_rows
from agents.offer import offer
from agents.proposals import approve
from agents.rollback import rollback

TAX_TESTED = "        data_tests: [unique, not_null]\n      - name: tax  # in dollars\n        data_tests: [not_null]\n"
UNIT_TEST = """
unit_tests:
  - name: reads_tax
    model: stg_orders
    given:
      - input: source('raw', 'orders')
        rows: [{order_id: 1, tax: 3}]
    expect: {rows: [{order_id: 1, tax: 3}]}
"""


def _replaced(shop, path, old, new):
    text = (shop.root / path).read_text()
    assert old in text, text
    shop.write(path, text.replace(old, new, 1))


def _described(shop):
    """A person describes `tax`, and tests it."""
    _replaced(shop, "models/models.yml", "        data_tests: [unique, not_null]\n", TAX_TESTED)
    shop.write("models/models.yml", (shop.root / "models/models.yml").read_text() + UNIT_TEST)
    shop.commit("describe tax")
    assert shop.build().published


def _drop(shop, column="tax"):
    """A person drops a column, and what is said of it; the next build adopts that."""
    _replaced(shop, "models/stg_orders.sql", f"    {column},\n", "")
    text = (shop.root / "models/models.yml").read_text()
    text = text.replace(f"      - name: {column}  # in dollars\n        data_tests: [not_null]\n", "")
    shop.write("models/models.yml", re.sub(r", tax: 3\}", "}", text))
    shop.commit(f"nobody needs {column}")
    assert not shop.build().published


def _accept(shop, *nodes):
    with shop.opened() as ledger:
        assert audit(shop.project, ledger, nodes).published


def _offered(shop):
    with shop.opened() as ledger:
        return offer(shop.project, ledger)


def _approve(shop):
    with shop.opened() as ledger:
        (waits,) = [k for k in every(ledger, shop.project, "pending") if k.proposal.title.startswith("Keep")]
        return approve(ledger, shop.project, waits.proposal.id)


def _checks(applied):
    best = applied.judgement.accepted
    return {c.name: c.measured for c in best.verdict.checks} if best else {}


def _entries(shop):
    return {name: (e.version, e.author.split()[0]) for name, e in lock.load(shop.root).items()}


def test_a_column_that_a_person_drops_stays_in_the_version_before(healed):
    _described(healed)
    before = healed.sql("select * from stg_orders order by order_id")
    _drop(healed)
    (offered,) = _offered(healed)
    assert (offered.state, offered.judgement.accepted.proposal.risk) == ("pending", "medium"), offered.note
    assert "is of A Person, who is asked" in offered.note or "risk medium" in offered.note
    assert "lacks tax (DOUBLE)" in _checks(offered)["failure_reproduced"]
    assert _offered(healed) == ()  # asked once

    applied, rebuilt = _approve(healed)
    assert (applied.state, rebuilt.compared) == ("applied", True), rebuilt

    assert healed.sql("select * from stg_orders_v1 order by order_id") == before
    assert "tax" not in [row[0] for row in healed.sql("describe stg_orders")]
    properties = (healed.root / "models/models.yml").read_text()
    model = yaml.safe_load(properties)["models"][0]
    old, newest = model["versions"]
    assert (model["latest_version"], newest["config"]) == (2, {"alias": "stg_orders"})
    assert [c.get("name") for c in old["columns"]] == [None, "order_id", "tax"]  # its test is of the old version alone
    tests = yaml.safe_load(properties)["unit_tests"]
    assert [(t["name"], t["versions"]["include"]) for t in tests] == [("reads_tax", [2]), ("reads_tax_v1", [1])]
    entries = _entries(healed)
    assert (entries["stg_orders"], entries["stg_orders_v1"][1]) == (("2.0.1", "A"), "adp")
    assert verify(healed.project).state == "valid", verify(healed.project).findings


@pytest.mark.thorough
def test_a_version_whose_source_is_gone_is_kept_as_a_dated_snapshot(healed):
    before = healed.sql("select * from stg_orders order by order_id")
    _drop(healed)
    _accept(healed, "stg_orders")
    healed.sql("alter table raw.orders drop column tax")
    _accept(healed, "raw.orders")

    (offered,) = _offered(healed)
    rows = kept_rows(healed.project, "stg_orders_v1")
    dated = offered.judgement.accepted.proposal
    assert dated.title == f"Keep stg_orders v1 queryable as of {rows.state.published_at:%Y-%m-%d}"
    text = next(f.after for f in dated.files if f.path.endswith("_v1.sql"))
    assert f"published on {rows.state.published_at:%Y-%m-%d %H:%M} UTC" in text
    applied, rebuilt = _approve(healed)
    assert (applied.state, rebuilt.published) == ("applied", True), rebuilt
    assert healed.sql("select * from stg_orders_v1 order by order_id") == before

    healed.sql(f"drop view stg_orders_v1; drop table {rows.table}")
    assert healed.build().published  # nobody else could make these rows again
    assert healed.sql("select * from stg_orders_v1 order by order_id") == before


@pytest.mark.thorough
def test_a_second_break_keeps_both_old_versions_and_a_rollback_takes_one_back(healed):
    _described(healed)
    _drop(healed)
    _offered(healed)
    _approve(healed)
    _accept(healed, "stg_orders")
    assert healed.build().published
    status = healed.sql("select order_id, status from stg_orders order by order_id")
    _drop(healed, "status")
    assert _entries(healed)["stg_orders"] == ("3.0.0", "A")
    (offered,) = _offered(healed)
    assert offered.state == "pending", offered.note
    applied, rebuilt = _approve(healed)
    assert (applied.state, rebuilt.compared) == ("applied", True), rebuilt
    assert healed.sql("select order_id, status from stg_orders_v2 order by order_id") == status
    assert healed.sql("select count(tax) from stg_orders_v1") == [(2000,)]
    model = yaml.safe_load((healed.root / "models/models.yml").read_text())["models"][0]
    assert (model["latest_version"], [v["v"] for v in model["versions"]]) == (3, [1, 2, 3])
    _accept(healed, "stg_orders")

    with healed.opened() as ledger:
        done = rollback(healed.project, ledger, "stg_orders", by="A Person", why="nobody reads v2")
    assert done.moves["stg_orders"] == ("3.0.1", "3.0.0")
    assert not (healed.root / "models/stg_orders_v2.sql").exists()
    assert healed.build().succeeded
    assert healed.sql("select count(tax) from stg_orders_v1") == [(2000,)]


@pytest.mark.thorough
def test_a_model_that_no_yaml_describes_gets_a_file_of_its_own_and_a_merge_by_hand_counts(healed):
    text = (healed.root / "models/models.yml").read_text()
    healed.write("models/models.yml", re.sub(r"  - name: stg_orders\n.*?(?=  - name: fct)", "", text, flags=re.S))
    healed.commit("no words")
    assert healed.build().published
    _drop(healed)
    _accept(healed, "stg_orders")
    (offered,) = _offered(healed)
    healed.git("merge", "-q", "--no-edit", offered.branch)
    done = healed.heal()
    assert isinstance(done, Healed)
    assert done.report.status in ("healthy", "healed"), done.report
    assert healed.sql("select count(tax) from stg_orders_v1") == [(2000,)]
    assert "alias: stg_orders" in (healed.root / "models/_stg_orders__versions.yml").read_text()
    with healed.opened() as ledger:
        (kept,) = [k for k in every(ledger, healed.project) if k.proposal.id == offered.judgement.tried[0].proposal.id]
    assert kept.state == "applied", kept.note


@pytest.mark.thorough
def test_without_a_copy_of_the_old_rows_it_is_refused_with_the_reason(healed):
    healed.write("adp.yml", "kept_copies: 0\n")
    healed.commit("keep nothing")
    _drop(healed)
    _accept(healed, "stg_orders")
    (offered,) = _offered(healed)
    assert offered.state == "refused"
    assert "no copy of main.stg_orders 1.0.1 is kept" in offered.note
    assert _offered(healed) == ()
