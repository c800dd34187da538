"""What a run's own words are turned into."""

import dagster as dg

from adp_dagster.failures import failures_of, in_text

TWO = (
    "Errors parsed from dbt logs:\n\n"
    "\x1b[31mFailure in model stg_orders (models/stg_orders.sql)\x1b[0m\n\n"
    '  Runtime Error in model stg_orders (models/stg_orders.sql)\n  Binder Error: no column "amount"\n'
    "\x1b[31mFailure in test not_null_totals_total (models/_models.yml)\x1b[0m\n\n"
    "  Got 3 results, configured to fail if != 0\n"
)


def test_each_node_that_dbt_names_is_told_apart_without_colours() -> None:
    told = in_text(TWO, "dbt_models", None)

    assert [(node, path) for node, _, path in told] == [
        ("model.stg_orders", "models/stg_orders.sql"),
        ("test.not_null_totals_total", "models/_models.yml"),
    ]
    assert "Binder Error" in told[0][1]
    assert "Binder Error" not in told[1][1]
    assert "\x1b" not in "".join(message for _, message, _ in told)


def test_an_error_that_names_no_node_belongs_to_its_step() -> None:
    assert in_text("IO Error: Could not set lock on file", "dbt_models", None) == (
        ("dbt_models", "IO Error: Could not set lock on file", None),
    )


def test_a_run_that_was_marked_as_failed_from_outside_says_so() -> None:
    @dg.job
    def unfinished() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(unfinished)
        instance.report_run_failed(run)
        (told,) = failures_of(instance, run, None)

    assert told.node == "run"
    assert "marked as failed from outside" in told.message
