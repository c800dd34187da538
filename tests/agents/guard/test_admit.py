"""Hostile data through the whole heal: names and values stay text, and the guard's refusals say which layer and why."""

import pytest

from agents.contracts import FileChange
from agents.guard import admit
from agents.guard.guard import Ruling

NAMES = {
    "statement": '"; drop table raw.orders; --',
    "jinja": "{{ run_query('install httpfs') }}",
    "comment": "-- {{ 1 }}",
}


@pytest.mark.parametrize("name", [NAMES["jinja"], *(pytest.param(NAMES[n], marks=pytest.mark.thorough)
                                                    for n in ("statement", "comment"))])  # fmt: skip
def test_a_hostile_name_of_a_column_is_refused_and_nothing_is_written(shop, name):
    quoted = name.replace('"', '""')
    shop.sql(f'alter table raw.orders rename column amount to "{quoted}"')

    healed = shop.heal()

    assert healed.report.status == "refused"
    assert shop.git("status", "--short") == ""
    assert shop.sql("select count(*) from raw.orders") == [(2000,)]


def test_hostile_values_of_a_mapping_are_stopped_at_the_door_before_anything_runs(shop):
    head = shop.git("rev-parse", "HEAD")
    shop.sql(
        "update raw.orders set status = case status when 'new' then '{{ run_query(\"select 1\") }}' "
        "when 'paid' then '''; drop table x; --' else status end"
    )

    healed = shop.heal("medium")

    assert healed.report.status == "refused"
    assert "refused by the guard's layer jinja" in healed.applied[0].note
    assert "run_query" in healed.applied[0].note
    assert shop.git("rev-parse", "HEAD") == head


def test_what_the_guard_refuses_becomes_a_rejected_candidate_with_the_layers_words(shop, monkeypatch):
    monkeypatch.setattr(
        admit, "judge_change", lambda *a, **k: Ruling(allowed=False, layer="sql", words="no such thing")
    )
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "refused"
    (check,) = healed.report.proposals[0].certificate["checks"]
    assert check["name"] == "let_in"
    assert "layer sql: no such thing" in check["measured"]


@pytest.mark.parametrize("path", ["/etc/x", "../x.sql", ".git/config", "models/.GIT/x", "-x", "a\nb"])
def test_no_proposal_holds_a_file_outside_or_of_git(path):
    with pytest.raises(ValueError, match="proposal"):
        FileChange(path=path, before=None, after="x")
