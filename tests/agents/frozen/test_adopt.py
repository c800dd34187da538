"""People edit generated models: a commit is enough, and the next build takes it as a version of theirs."""

import pytest

from agents import lock
from agents.errors import UsageError
from agents.frozen.adopt import adopt_path
from agents.frozen.verify import verify


def _edit(shop, old, new):
    text = (shop.root / "models/stg_orders.sql").read_text()
    assert old in text
    shop.write("models/stg_orders.sql", text.replace(old, new))


def _entry(shop):
    return lock.load(shop.root)["stg_orders"]


def test_a_committed_edit_that_adds_a_column_is_adopted_by_the_next_build(healed):
    _edit(healed, "    tax,\n", "    tax,\n    tax * 2 as double_tax,\n")
    healed.commit("more tax")
    assert verify(healed.project).state == "unverifiable"

    assert healed.build().published

    entry = _entry(healed)
    assert (entry.version, entry.parent, entry.author) == ("1.1.0", "1.0.1", "A Person <person@example.com>")
    assert healed.git("tag", "-l", "adp/stg_orders/*").split() == ["adp/stg_orders/1.0.1", "adp/stg_orders/1.1.0"]
    assert verify(healed.project).state == "valid", verify(healed.project).findings


def test_an_edit_that_changes_numbers_is_adopted_and_questioned_until_it_is_accepted(healed):
    _edit(healed, "    tax,\n", "    tax + 1 as tax,\n")
    healed.commit("tax is too low")
    for _ in range(2):
        built = healed.build()
        assert not built.published
        assert "says something else" in built.evidence[0].message
    assert _entry(healed).version == "1.0.2"
    assert _entry(healed).author.startswith("A Person")


def test_an_edit_that_fails_is_not_adopted(healed):
    _edit(healed, "    tax,\n", "    tax_that_is_not_there,\n")
    healed.commit("oops")
    assert not healed.build().succeeded
    assert _entry(healed).version == "1.0.1"
    with pytest.raises(UsageError, match="cannot be adopted, because it fails"):
        adopt_path(healed.project, "models/stg_orders.sql")


def test_uncommitted_bytes_are_adopted_where_a_person_names_them(healed):
    _edit(healed, "-- one row per order", "-- exactly one row per order")
    landed, question = adopt_path(healed.project, "models/stg_orders.sql")
    assert (landed.applied, question) == (True, "")
    assert healed.git("status", "--porcelain").strip() == ""
    assert _entry(healed).author == "A Person <person@example.com>"
    assert verify(healed.project).state == "valid", verify(healed.project).findings


def test_agents_only_propose_to_a_model_that_a_person_took_over(healed):
    _edit(healed, "-- one row per order", "-- exactly one row per order")
    healed.commit("a word")
    assert healed.build().published
    healed.deliver_orders(amount="grossValue")
    healed_again = healed.heal()
    assert healed_again.report.status == "pending"
    assert "A Person" in healed_again.applied[0].note
