"""The whole loop through Dagster: real runs, real dbt, real DuckDB, real git."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.definitions.reconstruct import ReconstructableRepository

from adp_dagster.ops.observe import STATUS_TAG
from adp_dagster.ops.rerun import HEALED_BY_TAG
from adp_dagster.resources.platform import Platform
from sensors.failed_runs import failed_run_sensor
from sensors.requests import FAILED_RUN_TAG, ROOT_RUN_TAG, root_of
from sensors.source_drift import source_drift_sensor
from tests.agents.notify.conftest import hook_server
from tests.shop import Shop

LOCATION = str(Path(__file__).with_name("shop_location.py"))


class Dagster:
    """An instance, and the shop's code location in it."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursors: dict[str, str] = {}

    def run(self, job: str, config: dict[str, object] | None = None, **tags: str) -> dg.DagsterRun:
        """Run a job to its end, loaded anew as a run's own process would; `config` is of the op of its name."""
        # Dagster keeps the last definition by file and folder: another test's shop must be another folder.
        repository = ReconstructableRepository.for_file(LOCATION, "shop", os.environ["ADP_PROJECT_DIR"])
        given = {"ops": {job.removesuffix("_job"): {"config": config}}} if config else None
        result = dg.execute_job(repository.get_reconstructable_job(job), self.instance, tags=tags, run_config=given)
        return result.dagster_run

    def heal(self, failed: dg.DagsterRun | None = None) -> dg.DagsterRun:
        """Run the heal job as the sensors would ask for it."""
        if failed is None:
            return self.run("heal_job")
        return self.run("heal_job", **{FAILED_RUN_TAG: failed.run_id, ROOT_RUN_TAG: root_of(failed)})

    def tick(self, sensor: dg.SensorDefinition, resources: dict[str, object] | None = None) -> list[dict[str, str]]:
        """Tags of the heals that a sensor asks for; the next tick goes on from there."""
        cursor = self.cursors.get(sensor.name)
        with dg.build_sensor_context(self.instance, cursor=cursor, resources=resources) as context:
            result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        if result.cursor is not None:
            self.cursors[sensor.name] = result.cursor
        return [dict(request.tags) for request in result.run_requests or ()]

    def status(self, run: dg.DagsterRun) -> str | None:
        """What the heal came to."""
        found = self.instance.get_run_by_id(run.run_id)
        return found.tags.get(STATUS_TAG) if found else None

    def reruns(self, heal: dg.DagsterRun) -> list[dg.DagsterRun]:
        """The runs that a heal started, newest first."""
        return list(self.instance.get_runs(dg.RunsFilter(tags={HEALED_BY_TAG: heal.run_id})))

    def metadata(self, run: dg.DagsterRun, step: str) -> dict[str, dg.MetadataValue]:
        """What a step tells a person about its output."""
        for entry in self.instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event and event.is_successful_output and event.step_key == step:
                return dict(event.step_output_data.metadata)
        return {}

    def errors(self, run: dg.DagsterRun) -> list[str]:
        """What failed steps said."""
        events = (entry.dagster_event for entry in self.instance.all_logs(run.run_id))
        return [e.step_failure_data.error_display_string for e in events if e and e.is_step_failure]

    def skipped(self, run: dg.DagsterRun) -> set[str]:
        """Steps that were skipped."""
        events = (entry.dagster_event for entry in self.instance.all_logs(run.run_id))
        return {str(e.step_key) for e in events if e and e.is_step_skipped}


@pytest.fixture
def dagster() -> Iterator[Dagster]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Dagster(instance)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop.at(tmp_path / "shop")
    monkeypatch.setenv("ADP_PROJECT_DIR", str(made.root))
    monkeypatch.setenv("ADP_DAGSTER_URL", "http://127.0.0.1:1")  # nothing listens there
    return made


def test_a_run_that_fails_on_a_renamed_column_is_repaired_and_executed_again(shop: Shop, dagster: Dagster) -> None:
    assert dagster.run("build_job").is_success
    with duckdb.connect(str(shop.root / "shop.duckdb"), read_only=True) as db:
        before = db.execute("select sum(total) from main.fct_totals").fetchone()
    shop.deliver("order_total")
    failed = dagster.run("build_job")
    assert failed.is_failure

    (asked,) = dagster.tick(failed_run_sensor)
    heal = dagster.run("heal_job", **asked)

    assert heal.is_success
    assert dagster.status(heal) == "healed"
    (rerun,) = dagster.reruns(heal)
    assert (rerun.parent_run_id, rerun.root_run_id) == (failed.run_id, failed.run_id)
    assert rerun.is_success
    with duckdb.connect(str(shop.root / "shop.duckdb"), read_only=True) as db:
        assert db.execute("select sum(total) from main.fct_totals").fetchone() == before
    assert "order_total" in (shop.root / "models" / "stg_orders.sql").read_text()
    assert shop.git("log", "--format=%s").splitlines()[0].startswith("Read raw.orders")
    assert shop.git("status", "--short") == ""

    assert "matcher" in str(dagster.metadata(heal, "propose")["minds"].value)
    verified = dagster.metadata(heal, "verify")
    assert "every claim holds" in str(verified["tried"].value)
    assert any("column_agrees" in str(v.value) for k, v in verified.items() if k.startswith("certificate"))
    assert "+select" in str(dagster.metadata(heal, "commit")["diff"].value)
    assert dagster.metadata(heal, "rerun")["published"].value != "never"


@pytest.mark.thorough
def test_drift_that_no_run_failed_on_is_repaired_by_a_new_run(shop: Shop, dagster: Dagster) -> None:
    shop.write("models/_models.yml", "models: [{name: stg_orders}]\n")
    shop.build()
    shop.deliver("order_total")
    shop.sql("alter table raw.orders add column amount double")
    assert dagster.run("build_job").is_success, "the old column is still there, but empty, so nothing fails"
    assert not dagster.tick(failed_run_sensor), "no run failed"
    with closing(Platform.from_env().ledger()) as ledger:
        observed = ledger.latest("observe")
    assert observed is not None
    assert observed["executed"] is False, "drift is not published"

    (asked,) = dagster.tick(source_drift_sensor, {"platform": Platform.from_env()})
    heal = dagster.run("heal_job", **asked)

    assert dagster.status(heal) == "healed"
    (rerun,) = dagster.reruns(heal)
    assert rerun.is_success
    assert rerun.parent_run_id is None
    assert not dagster.tick(source_drift_sensor, {"platform": Platform.from_env()})
    with closing(Platform.from_env().ledger()) as ledger:
        observed = ledger.latest("observe")
    assert observed is not None
    assert observed["executed"] is True
    with duckdb.connect(str(shop.root / "shop.duckdb"), read_only=True) as db:
        assert db.execute("select count(total) from main.fct_totals").fetchone() == (100,)


def test_where_nothing_is_wrong_the_steps_after_observing_are_skipped(shop: Shop, dagster: Dagster) -> None:
    shop.build()

    heal = dagster.heal()

    assert heal.is_success
    assert dagster.skipped(heal) == {"diagnose", "propose", "verify", "freeze", "commit", "rerun"}
    assert dagster.status(heal) == "healthy"


def test_a_fault_is_not_tried_or_told_more_often_than_the_policy_allows(shop: Shop, dagster: Dagster) -> None:
    with hook_server() as hook:
        shop.write("adp.yml", f"policy: {{auto: none, attempts: 1}}\nnotify: {{webhook: {{url: '{hook.url}'}}}}\n")
        shop.build()
        shop.deliver("order_total")
        failed = dagster.run("build_job")

        first, second = dagster.heal(failed), dagster.heal(failed)

    assert ": sent: [adp] shop: please decide (low)" in str(dagster.metadata(first, "rerun")["notified"].value)
    assert len(hook.posted) == 1
    assert "notified" not in dagster.metadata(second, "rerun")

    assert (dagster.status(first), dagster.status(second)) == ("pending", "pending")
    assert "risk low, applied by itself up to none" in str(dagster.metadata(first, "freeze")["held back"].value)
    assert "raw.orders.amount" in str(dagster.metadata(second, "diagnose")["given up after 1 attempts"].value)
    assert len(shop.git("branch", "--list", "adp/*").splitlines()) == 1, "nothing was proposed again"
    assert not dagster.reruns(first)


def test_a_person_approves_in_the_ui_and_the_asset_tells_its_version(shop: Shop, dagster: Dagster) -> None:
    with hook_server() as hook:
        notify = f"notify: {{webhook: {{url: '{hook.url}'}}}}\n"
        shop.write("adp.yml", f"policy: {{auto: none, required: 2}}\n{notify}")
        shop.build()
        shop.deliver("order_total")
        hook.answers = [(404, {})]
        assert dagster.status(dagster.heal(dagster.run("build_job"))) == "pending"
        with closing(Platform.from_env().ledger()) as ledger:
            waiting = next(p for p in ledger.proposals("", "pending"))
        first = dagster.run("review_job", {"proposal": waiting["proposal_id"], "by": "ana"})

        review = dagster.run("review_job", {"proposal": waiting["proposal_id"], "by": "bo"})

    assert dagster.metadata(first, "review")["state"].value == "pending"
    assert ": sent: [adp] shop: please decide" in str(dagster.metadata(first, "review")["notified"].value)
    assert len(hook.posted) == 1
    assert review.is_success, dagster.errors(review)
    assert dagster.metadata(review, "review")["state"].value == "applied"
    assert "Approved-By: ana (unauthenticated), bo (unauthenticated)" in shop.git("log", "-1", "--format=%B")
    graph = ReconstructableRepository.for_file(LOCATION, "shop").get_definition().asset_graph
    page = graph.get(dg.AssetKey("stg_orders")).metadata
    assert page["frozen version"] == "1.0.1"
    assert "column_agrees" in str(page["certificate"])
    assert dagster.run("review_job", {"proposal": waiting["proposal_id"]}).is_failure, "it is decided already"


def test_unproved_bytes_stop_a_schedule(shop: Shop, dagster: Dagster) -> None:
    shop.build()
    shop.deliver("order_total")
    assert dagster.status(dagster.heal()) == "healed"
    file = shop.root / "models" / "stg_orders.sql"
    file.write_text(file.read_text() + "limit 5\n")

    nightly = dagster.run("build_job", **{"dagster/schedule_name": "daily_schedule"})

    assert nightly.is_failure
    assert any("+limit 5" in e and "adp frozen rollback stg_orders" in e for e in dagster.errors(nightly))
    with duckdb.connect(str(shop.root / "shop.duckdb"), read_only=True) as db:
        assert db.execute("select count(*) from main.stg_orders").fetchone() == (2000,)


@pytest.mark.thorough
def test_a_held_lock_is_answered_by_running_again_and_never_by_a_change(shop: Shop, dagster: Dagster) -> None:
    shop.build()
    base = shop.git("rev-parse", "HEAD")
    (shop.root / "locked").touch()
    failed = dagster.run("contended_job")
    assert failed.is_failure

    heal = dagster.heal(failed)

    assert dagster.status(heal) == "healed"
    assert "lock" in str(dagster.metadata(heal, "diagnose")["to run again"].value)
    (rerun,) = dagster.reruns(heal)
    assert rerun.is_success
    assert rerun.parent_run_id == failed.run_id
    assert shop.git("rev-parse", "HEAD") == base


@pytest.mark.thorough
def test_a_run_that_was_ended_from_outside_is_run_again(shop: Shop, dagster: Dagster) -> None:
    shop.build()
    (shop.root / "ended").touch()
    failed = dagster.run("ended_job")
    assert failed.is_failure

    heal = dagster.heal(failed)

    assert dagster.status(heal) == "healed"
    assert "ended from outside" in str(dagster.metadata(heal, "diagnose")["diagnoses"].value)
    (rerun,) = dagster.reruns(heal)
    assert rerun.is_success
    assert rerun.parent_run_id == failed.run_id


def test_a_rerun_that_gives_other_rows_than_were_proved_is_taken_back(shop: Shop, dagster: Dagster) -> None:
    # Not what the text says decides here, but where it runs: nothing that two builds in the sandbox could show.
    place = "select amount, length(current_setting('temp_directory')) as place from {{ ref('stg_orders') }}\n"
    shop.write("models/fct_place.sql", place)
    shop.build()
    before = shop.git("rev-parse", "HEAD:models")
    shop.deliver("order_total")

    heal = dagster.heal(dagster.run("build_job"))

    assert heal.is_failure
    assert dagster.status(heal) == "refused"
    assert shop.git("rev-parse", "HEAD:models") == before
    assert not (shop.root / "adp.lock").exists()
    assert "`stg_orders` 1.0.1 taken back" in (shop.root / "adp_changelog.md").read_text()
    assert shop.git("log", "-1", "--format=%s").startswith("Take back")


def test_before_the_first_good_build_the_heal_says_what_to_run(shop: Shop, dagster: Dagster) -> None:
    shop.sql("drop table raw.orders")
    failed = dagster.run("build_job")
    assert failed.is_failure

    heal = dagster.heal(failed)

    assert heal.is_failure
    assert any("adp build" in message for message in dagster.errors(heal))
