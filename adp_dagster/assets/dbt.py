"""dbt's models, seeds and snapshots as assets; its data tests and unit tests as their checks."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, build_dbt_asset_specs
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from adp_dagster.assets.described import described
from adp_dagster.manifest import Manifest
from adp_dagster.resources.warehouse import WRITER_POOL, retried_while_locked
from adp_dagster.translator import Layers
from agents.errors import Tampered
from agents.frozen.integrity import require_proved
from agents.project import Project

UNIQUE_ID = "dagster_dbt/unique_id"
RUNS_KEPT = 10


def dbt_models(project: Project, manifest: Manifest) -> dg.AssetsDefinition:
    """Everything dbt builds, as one step of a run.

    As `@dbt_assets` makes it, plus a check for each unit test, which that decorator leaves out.
    """
    content, translator = manifest.content, Layers()
    specs = build_dbt_asset_specs(manifest=content, dagster_dbt_translator=translator)
    by_id = {str(spec.metadata[UNIQUE_ID]): spec for spec in specs}

    @dg.multi_asset(
        name="dbt_models",
        specs=specs,
        check_specs=[*_data_tests(content, translator, by_id), *_unit_tests(content, by_id)],
        can_subset=True,
        pool=WRITER_POOL,
        op_tags={"dagster_dbt/select": "fqn:*"},
        allow_arbitrary_check_specs=True,
    )
    def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        """`dbt build` of what was selected, in the one writer's slot."""
        _require_proved(context, project)
        target = _target(project, manifest, f"{context.run.run_id}-{context.retry_number}")
        with retried_while_locked():
            # The plain op context: dagster-dbt asks it for what is deprecated in the asset's.
            call = dbt.cli(["build"], context=context.op_execution_context, target_path=target)
            yield from _events(call, context, project, content)

    return models


UNATTENDED = ("dagster/schedule_name", "dagster/sensor_name", "dagster/auto_materialize",
              "dagster/from_automation_condition", "adp/healed_by")  # fmt: skip
"""Tags of a run that nobody started by hand."""


def _require_proved(context: dg.AssetExecutionContext, project: Project) -> None:
    """Frozen bytes that are neither in git nor proved stop a run that nobody watches; a person's run is warned."""
    try:
        warning = require_proved(project, attended=not any(tag in context.run.tags for tag in UNATTENDED))
    except Tampered as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if warning:
        context.log.warning(warning)


def source_specs(manifest: Manifest, without: set[dg.AssetKey]) -> list[dg.AssetSpec]:
    """dbt's sources that no asset of ours lands: they come from elsewhere, and still have a place in the graph."""
    content, translator = manifest.content, Layers()
    specs = {}
    for unique_id in content["sources"]:
        spec = translator.get_asset_spec(content, unique_id, None)
        specs[spec.key] = dg.AssetSpec(
            spec.key,
            description=spec.description,
            group_name=spec.group_name,
            owners=spec.owners,
            kinds=spec.kinds,
        )
    return [spec for key, spec in specs.items() if key not in without]


def _data_tests(
    content: dict[str, Any], translator: Layers, by_id: dict[str, dg.AssetSpec]
) -> Iterator[dg.AssetCheckSpec]:
    for test in (n for n in content["nodes"].values() if n["resource_type"] == "test"):
        for parent in content["parent_map"].get(test["unique_id"], ()):
            if parent in by_id:
                spec = translator.get_asset_check_spec(by_id[parent], content, test["unique_id"], None)
                if spec:
                    yield spec


def _unit_tests(content: dict[str, Any], by_id: dict[str, dg.AssetSpec]) -> Iterator[dg.AssetCheckSpec]:
    for unit in content.get("unit_tests", {}).values():
        for parent in unit["depends_on"]["nodes"][:1]:
            if parent in by_id:
                yield dg.AssetCheckSpec(
                    name=unit["name"],
                    asset=by_id[parent].key,
                    description=unit.get("description") or "Unit test: given rows in, expected rows out.",
                    metadata={UNIQUE_ID: unit["unique_id"]},
                    blocking=True,
                )


def _events(
    call: DbtCliInvocation, context: dg.AssetExecutionContext, project: Project, content: dict[str, Any]
) -> Iterator[Any]:
    """All once dbt has ended, and left the file that the tables' rows and columns are read from."""
    told: list[Any] = []
    failure = None
    try:
        told.extend(call.stream())
    except DagsterDbtCliRuntimeError as error:
        failure = error
    yield from described(told, project, content, call.target_path, context.log.warning)
    yield from _unit_results(call, context)
    if failure:
        raise failure


def _unit_results(call: DbtCliInvocation, context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Results of the unit tests, which dagster-dbt's event stream passes over."""
    file = call.target_path / "run_results.json"
    if not file.is_file():
        return
    outcomes = {r["unique_id"]: r for r in json.loads(file.read_bytes())["results"]}
    for key in context.selected_asset_check_keys:
        spec = context.assets_def.get_spec_for_check_key(key)
        outcome = outcomes.get(str((spec.metadata or {}).get(UNIQUE_ID)))
        if outcome and outcome["unique_id"].startswith("unit_test.") and outcome["status"] != "skipped":
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=outcome["status"] == "pass",
                metadata={
                    "status": outcome["status"],
                    "difference": dg.MetadataValue.md(f"```\n{outcome['message'] or 'none'}\n```"),
                    "Execution Duration": outcome["execution_time"],
                },
            )


def _target(project: Project, manifest: Manifest, name: str) -> Path:
    """A target folder for one call, outside the user's tree, with what dbt needs to skip its parsing."""
    runs = project.state / "dagster_dbt" / "runs"
    target = runs / name
    target.mkdir(parents=True, exist_ok=True)
    parsed = manifest.folder / "partial_parse.msgpack"
    if parsed.is_file():
        shutil.copyfile(parsed, target / parsed.name)
    for old in sorted(runs.iterdir(), key=lambda folder: folder.stat().st_mtime)[:-RUNS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return target
