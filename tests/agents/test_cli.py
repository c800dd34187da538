"""The command line as other programs see it: JSON on standard output, exit codes, one clear error."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from agents.cli.main import app


def adp(*args: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `adp` as a process."""
    command = [sys.executable, "-m", "agents.cli", *args]
    where = str(Path(__file__).parents[2])
    full = {**os.environ, "PYTHONPATH": where, **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd or where, env=full)


def asked(*args: str) -> Result:
    """Run `adp` in this process, which has imported dbt already."""
    done = CliRunner().invoke(app, args)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_break_heal_and_list_over_the_command_line(shop):
    shop.deliver_orders(amount="orderTotal")
    where = ["--project", str(shop.root), "--json"]

    built = adp("build", *where)
    assert built.returncode == 1
    assert json.loads(built.stdout)["succeeded"] is False

    healed = adp("heal", *where)
    assert healed.returncode == 0, healed.stderr
    report = json.loads(healed.stdout)
    assert set(report) == {"status", "diagnoses", "proposals", "commit", "seconds"}
    assert report["status"] == "healed"
    assert report["commit"] == shop.git("rev-parse", "HEAD").strip()
    assert {"cause", "subject", "confidence", "evidence"} <= set(report["diagnoses"][0])
    assert report["diagnoses"][0]["subject"] == "raw.orders.amount"
    applied = report["proposals"][0]
    assert set(applied) == {"id", "title", "risk", "state", "files", "certificate"}
    assert applied["state"] == "applied"
    assert set(applied["certificate"]["checks"][0]) == {"name", "passed", "measured", "allowed"}

    listed = json.loads(asked("proposals", "list", *where).stdout)["proposals"]
    assert listed[0]["id"] == applied["id"]
    shown = asked("proposals", "diff", applied["id"], "--project", str(shop.root))
    assert "+    coalesce(*columns('(?i)^(amount|orderTotal)$'))" in shown.stdout
    frozen = json.loads(asked("frozen", "list", *where).stdout)["frozen"]
    assert [(f["asset"], f["version"]) for f in frozen] == [("stg_orders", "1.0.1")]
    assert asked("observe", *where).exit_code == 0


@pytest.mark.thorough
def test_drift_that_is_meant_can_be_accepted(shop):
    shop.sql("alter table raw.orders drop column tax")
    shop.write(
        "models/stg_orders.sql",
        (shop.root / "models/stg_orders.sql").read_text().replace("    tax,\n", "    0 as tax, -- tax\n"),
    )
    shop.commit()
    where = ["--project", str(shop.root), "--json"]

    assert asked("build", *where).exit_code == 3
    wrong = asked("observe", "--accept", "raw.nothing", *where)
    assert wrong.exit_code == 2
    assert "Changed: raw.orders" in wrong.stderr
    assert asked("observe", "--accept", "raw.orders", *where).exit_code == 0
    assert asked("heal", *where).exit_code == 0


def broken(shop, fault: str) -> tuple[list[str], str]:
    """Break the project; returns arguments and words that the error must hold."""
    root, where = shop.root, ["--project", str(shop.root)]
    if fault == "no git repository":
        shutil.rmtree(root / ".git")
        return where, "git repository"
    if fault == "no dbt project":
        (root / "dbt_project.yml").unlink()
        return where, "dbt_project.yml"
    if fault == "broken adp.yml":
        shop.write("adp.yml", "policy: {auto: always}\n")
        return where, "policy.auto = 'always'"
    if fault == "unreadable warehouse":
        (root / "shop.duckdb").write_bytes(b"this is not a database" * 1000)
        return where, "cannot be read as a DuckDB file"
    if fault == "never built":
        shutil.rmtree(root / ".adp")
        return where, "adp build"
    if fault == "not duckdb":
        output = "{type: postgres, host: h, user: u, pass: p, port: 5432, dbname: d, schema: s}"
        text = f"shop: {{target: dev, outputs: {{dev: {output}}}}}\n"
        shop.write("profiles.yml", text)
        return where, "DuckDB"
    if fault == "other dbt version":
        shop.write("dbt_project.yml", (root / "dbt_project.yml").read_text() + 'require-dbt-version: ">=2.0.0"\n')
        return where, "require-dbt-version"
    if fault == "no such target":
        return [*where, "--target", "prod"], "prod"
    if fault == "not committed":
        shop.git("rm", "-rq", "--cached", ".")
        shop.write("note.txt", "nothing else is committed")
        shop.git("add", "note.txt")
        shop.git("commit", "-qm", "only a note")
        return where, "is not committed"
    if fault == "in memory":
        shop.write("profiles.yml", (root / "profiles.yml").read_text().replace("shop.duckdb", "':memory:'"))
        return where, "a DuckDB file on this machine is needed"
    raise AssertionError(fault)


@pytest.mark.parametrize(
    "fault",
    [
        "no git repository", "no dbt project", "broken adp.yml", "unreadable warehouse", "never built", "not duckdb",
        "other dbt version", "no such target", "in memory", "not committed",
    ],
)  # fmt: skip
def test_bad_input_gets_one_clear_error_and_exit_code_2(shop, fault):
    arguments, words = broken(shop, fault)
    before = {p: p.read_bytes() for p in shop.root.rglob("*") if p.is_file() and ".adp" not in p.parts}

    done = asked("heal", *arguments)

    assert done.exit_code == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert {p: p.read_bytes() for p in shop.root.rglob("*") if p.is_file() and ".adp" not in p.parts} == before


def test_a_wrong_option_value_is_wrong_usage(shop):
    done = adp("heal", "--auto", "maximum", "--project", str(shop.root))

    assert done.returncode == 2
    assert "low, medium and high" in done.stderr


@pytest.mark.thorough
def test_the_score_of_an_approval_is_kept_and_one_out_of_bounds_changes_nothing(shop):
    shop.write("adp.yml", "policy: {auto: none}\n")
    shop.commit("policy")
    shop.deliver_orders(amount="orderTotal")
    assert shop.heal().report.status == "pending"
    with shop.opened() as ledger:
        waiting = ledger.proposals("", "pending")[0]["proposal_id"]
    call = ["proposals", "approve", waiting, "--project", str(shop.root)]

    refused = CliRunner().invoke(app, [*call, "--score", "2"])
    assert refused.exit_code == 2
    assert "0 to 1" in refused.output
    assert CliRunner().invoke(app, [*call, "--score", "0.5"]).exit_code == 0

    with shop.opened() as ledger:
        decision = ledger.decision_of(waiting)
    assert decision["feedback_score"] == 0.5
