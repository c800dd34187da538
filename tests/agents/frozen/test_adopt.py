"""People edit generated models: a commit is enough, and the next build takes it as a version of theirs."""

import pytest

from agents import lock
from agents.errors import UsageError
from agents.frozen.adopt import adopt_path
from agents.frozen.verify import verify
from tests.agents.notify.conftest import OWNED, Mailbox, hook_server, mail_server
from tests.agents.test_cli import asked


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


def test_an_edit_that_changes_numbers_is_adopted_and_questioned_and_its_author_and_owner_are_told_once(healed):
    box = Mailbox(answers=["451 busy"])
    with mail_server(box) as port:
        healed.write(
            "adp.yml", f"notify: {{email: {{host: 127.0.0.1, port: {port}, security: none, from: a@b.example}}}}"
        )
        healed.write("models/models.yml", OWNED)
        _edit(healed, "    tax,\n", "    tax + 1 as tax,\n")
        healed.commit("tax is too low")
        built = healed.build()
        again = asked("build", "--project", str(healed.root))

    assert not built.published
    assert "says something else" in built.evidence[0].message
    assert sorted(": failed: " in line for line in built.told) == [False, True], "a server that fails fails no build"
    assert (again.exit_code, again.stderr.count("notified email to ")) == (3, 1)
    assert {to for tos, _ in box.taken for to in tos} == {"orders@example.com", "person@example.com"}
    assert len(box.taken) == 2
    assert box.taken[0][1]["Subject"] == "[adp] shop: adopted and questioned: stg_orders 1.0.2"
    for words in ("2,000 -> 2,000 rows; columns that differ: tax", "sum of tax", "adp observe --accept stg_orders"):
        assert words in " ".join(box.texts[0].split())
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


@pytest.mark.thorough
def test_an_edit_that_is_adopted_by_its_path_is_questioned_too(healed):
    _edit(healed, "    tax,\n", "    tax + 1 as tax,\n")
    with hook_server() as hook:
        healed.write("adp.yml", f"notify: {{webhook: {{url: '{hook.url}'}}}}")
        adopted = asked("frozen", "adopt", "models/stg_orders.sql", "--project", str(healed.root), "--json")
        again = healed.build()

    assert (adopted.exit_code, adopted.stderr.count("notified webhook")) == (3, 1)
    assert again.told == ()
    ((_, body),) = hook.posted
    assert "columns that differ: tax" in body["text"]


def test_agents_only_propose_to_a_model_that_a_person_took_over(healed):
    _edit(healed, "-- one row per order", "-- exactly one row per order")
    healed.commit("a word")
    assert healed.build().published
    healed.deliver_orders(amount="grossValue")
    healed_again = healed.heal()
    assert healed_again.report.status == "pending"
    assert "A Person" in healed_again.applied[0].note
