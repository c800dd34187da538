"""Versions that came in from several branches are told apart, whichever order git lists them in."""

from datetime import UTC, datetime

from agents import lock
from agents.contracts import Frozen
from agents.frozen.history import history
from agents.frozen.undo import undo


def _freeze(shop, name, *others):
    path = shop.root / "models" / f"{name}.sql"
    path.write_text(path.read_text() + "-- proved\n")
    entries = [
        Frozen(
            asset=n, path=f"models/{n}.sql", version="1.0.1", parent="1.0.0", approver="ana",
            sha256=lock.digest((shop.root / f"models/{n}.sql").read_bytes()), certificate="c.json",
            certificate_sha256="0" * 64, frozen_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for n in (name, *others)
    ]  # fmt: skip
    shop.write("adp.lock", lock.render(entries))
    shop.commit(f"freeze {name}")
    return shop.git("rev-parse", "HEAD").strip()


def test_what_a_merge_brings_goes_back_without_what_the_branch_had(shop):
    shop.git("checkout", "-q", "-b", "side")
    beside = _freeze(shop, "fct_totals")
    shop.git("checkout", "-q", "main")
    own = _freeze(shop, "stg_orders")
    shop.git("merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "side")
    shop.git("checkout", "-q", "side", "--", "models/fct_totals.sql")
    text = (shop.root / "models/fct_totals.sql").read_text()
    (shop.root / "models/fct_totals.sql").write_text(text.removesuffix("-- proved\n"))
    merge = _freeze(shop, "fct_totals", "stg_orders")
    project = shop.project

    newest = history(project, "stg_orders")[0]
    assert (newest.version, newest.commit) == ("1.0.1", own)
    assert undo(project, "stg_orders", None).undone == (own,)
    brought = undo(project, "fct_totals", None)
    assert brought.moves == {"fct_totals": ("1.0.1", "1.0.0")}
    assert set(brought.undone) == {merge, beside}
    assert "-- proved" not in (brought.files["models/fct_totals.sql"] or "")
