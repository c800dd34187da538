"""What Dagster loads: the project that `ADP_PROJECT_DIR` names, or the bundled one, and the loop that heals it."""

import dagster as dg

from adp_dagster.jobs.heal import heal_job
from adp_dagster.jobs.review import review_job
from adp_dagster.jobs.snapshot import snapshot_job
from adp_dagster.jobs.train import train_job
from adp_dagster.location import location
from adp_dagster.resources.platform import Platform
from adp_dagster.schedules.snapshot import snapshot_schedule_of
from sensors.failed_runs import failed_run_sensor
from sensors.source_drift import source_drift_sensor

defs = dg.Definitions.merge(
    location(Platform.from_env()),
    dg.Definitions(
        jobs=[heal_job, review_job, snapshot_job, train_job],
        schedules=[snapshot_schedule_of()],
        sensors=[failed_run_sensor, source_drift_sensor],
    ),
)
