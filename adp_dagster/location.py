"""Everything Dagster shows for one dbt project, apart from the loop that heals it."""

import dagster as dg

from adp_dagster.assets.dbt import dbt_models, source_specs
from adp_dagster.assets.landing import key_of, landing_asset, read_by
from adp_dagster.assets.published import published_copy_of
from adp_dagster.assets.quality import data_quality_of
from adp_dagster.checks.landed import schema_check
from adp_dagster.jobs.build import build_job, land_job
from adp_dagster.manifest import manifest_of
from adp_dagster.reloading import reload_sensor_of
from adp_dagster.resources.dbt import dbt_of
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import warehouse_of
from adp_dagster.schedules.daily import daily_schedule_of


def location(platform: Platform) -> dg.Definitions:
    """Assets, checks, jobs, schedules and resources.

    The bundled data's tables are there only where the project reads them: of somebody's own project,
    Dagster shows the sources, the models and what is made of them.
    """
    project = platform.project()
    manifest = manifest_of(project)
    landed = read_by(manifest)
    models = dbt_models(project, manifest)
    schemas = [schema_check(table, manifest) for table in landed]
    published = published_copy_of(sorted(models.keys))
    checks = [key for made in (*schemas, models, published) for key in made.check_keys]
    quality = data_quality_of(
        [*(key_of(table) for table in landed), *models.keys],
        checks,
        [f"{s['schema']}.{s['identifier']}" for s in manifest.content["sources"].values()],
    )
    return dg.Definitions(
        assets=[
            *(landing_asset(table, project) for table in landed),
            *source_specs(manifest, without={key_of(table) for table in landed}),
            *(models, published, quality),
        ],
        asset_checks=schemas,
        jobs=[build_job, *([land_job] if landed else [])],
        schedules=[daily_schedule_of(landed)],
        sensors=[
            reload_sensor_of(project),
            dg.AutomationConditionSensorDefinition(
                "rebuild_sensor",
                target=dg.AssetSelection.all(),
                default_status=dg.DefaultSensorStatus.RUNNING,
                description="Rebuilds what is downstream of a table that was updated, a backfilled month say.",
            ),
        ],
        resources={"platform": platform, "warehouse": warehouse_of(project), "dbt": dbt_of(project)},
        # Runs share one writer, and each process of its own would load for seconds.
        executor=dg.in_process_executor,
    )
