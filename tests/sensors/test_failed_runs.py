"""Which failed runs are healed, on a real instance and through a real sensor context."""

from collections.abc import Iterator

import dagster as dg
import pytest

from sensors.failed_runs import Failure, decide, failed_run_sensor
from sensors.requests import FAILED_RUN_TAG, ROOT_RUN_TAG


@dg.op(config_schema={"fails": bool})
def work(context: dg.OpExecutionContext) -> None:
    if context.op_config["fails"]:
        raise dg.Failure("no")


@dg.job
def build_job() -> None:
    work()


@dg.job
def heal_job() -> None:
    work()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run(instance: dg.DagsterInstance, job: dg.JobDefinition, *, fails: bool, **tags: str) -> str:
    config = {"ops": {"work": {"config": {"fails": fails}}}}
    result = job.execute_in_process(config, instance=instance, raise_on_error=False, tags=tags)
    assert result.success is not fails
    return result.run_id


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = failed_run_sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def requests(result: dg.SensorResult) -> list[dg.RunRequest]:
    return [r for r in result.run_requests or [] if isinstance(r, dg.RunRequest)]


def test_a_failed_run_is_asked_to_be_healed_once(instance: dg.DagsterInstance) -> None:
    failed = run(instance, build_job, fails=True)

    first = tick(instance)
    (request,) = requests(first)
    assert request.run_key == failed
    assert request.tags[FAILED_RUN_TAG] == request.tags[ROOT_RUN_TAG] == failed

    second = tick(instance, first.cursor)
    assert not requests(second)
    assert second.skip_reason is not None
    assert f"after event {first.cursor}" in str(second.skip_reason.skip_message)


def test_a_heal_that_fails_is_never_healed(instance: dg.DagsterInstance) -> None:
    failed = run(instance, heal_job, fails=True)

    result = tick(instance)

    assert not requests(result)
    assert result.skip_reason is not None
    assert result.skip_reason.skip_message == f"run {failed} of heal_job: a heal is never healed"


def test_a_failure_counts_against_the_run_that_the_chain_began_with(instance: dg.DagsterInstance) -> None:
    run(instance, build_job, fails=True, **{ROOT_RUN_TAG: "the-first"})

    (request,) = requests(tick(instance))

    assert request.tags[ROOT_RUN_TAG] == "the-first"


def test_a_failure_whose_work_has_succeeded_since_is_left_alone(instance: dg.DagsterInstance) -> None:
    run(instance, build_job, fails=True)
    later = run(instance, build_job, fails=False)

    result = tick(instance)

    assert not requests(result)
    assert result.skip_reason is not None
    assert f"run {later} of the same work succeeded since" in str(result.skip_reason.skip_message)


def test_two_failures_are_healed_one_after_the_other(instance: dg.DagsterInstance) -> None:
    one, two = run(instance, build_job, fails=True), run(instance, build_job, fails=True)

    first = tick(instance)
    assert [r.run_key for r in requests(first)] == [one]
    assert [r.run_key for r in requests(tick(instance, first.cursor))] == [two]


def test_failures_wait_while_a_heal_is_under_way(instance: dg.DagsterInstance) -> None:
    run(instance, build_job, fails=True)
    config = {"ops": {"work": {"config": {"fails": False}}}}
    instance.create_run_for_job(heal_job, run_config=config, status=dg.DagsterRunStatus.STARTED)

    result = tick(instance)

    assert not requests(result)
    assert result.cursor is None
    assert result.skip_reason is not None
    assert "is under way; 1 failed run(s) wait for it" in str(result.skip_reason.skip_message)


def test_a_tick_without_failures_says_since_when() -> None:
    assert decide([], 12, None).reason == "no run failed after event 12"
    assert decide([], None, None).reason == "no run failed so far"


def test_what_was_passed_over_moves_the_position() -> None:
    passed = Failure(4, "r1", "r1", "build_job", answered="run r2 of the same work succeeded since")
    assert decide([passed], 3, None).position == 4
