"""How a dbt node looks as a Dagster asset."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

LAYERS = ("bronze", "silver", "gold")

GOLD_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=48), warn_window=timedelta(hours=26))
"""A day and two hours of grace for the daily build; two days mean that it was missed."""


def rebuild_condition() -> dg.AutomationCondition:  # type: ignore[type-arg]
    """Rebuild when something upstream was updated, once, and not while it is being built.

    Like `eager`, but months that were never landed do not hold it back, and what was never built
    is not built by itself: a fresh clone with no data would only produce failed runs.
    """
    months = dg.AutomationCondition.any_deps_missing().ignore(dg.AssetSelection.groups("sources"))
    return (
        dg.AutomationCondition.in_latest_time_window()
        & dg.AutomationCondition.any_deps_updated().since_last_handled()
        & ~months
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress()
        # What failed is healed, or waits for a person: building it again meanwhile would only fail again,
        # and keep the heal's rerun out of the one writer's slot.
        & ~dg.AutomationCondition.execution_failed()
    ).with_label("an upstream table was updated")


class Layers(DagsterDbtTranslator):
    """Bare model names as keys, a group for each layer, owners from dbt's meta or group."""

    def __init__(self, closures: Mapping[str, str] | None = None) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self.closures = closures or {}

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`[source, table]` for sources, else the name, with the version of a model that has not the bare name."""
        node = dbt_resource_props
        if node["resource_type"] == "source":
            return dg.AssetKey([node["source_name"], node["name"]])
        number = node.get("version") if node.get("alias") != node["name"] else None
        return dg.AssetKey([f"{node['name']}_v{number}" if number else node["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer that a folder names, else dbt's group, the schema or the first folder."""
        node = dbt_resource_props
        if node["resource_type"] == "source":
            return "sources"
        folders = node["fqn"][1:-1]
        layer = next((part for part in folders if part in LAYERS), None)
        config = node.get("config", {})
        name = layer or config.get("group") or config.get("schema") or next(iter(folders), node["resource_type"])
        return re.sub(r"\W", "_", str(name))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """People and teams in `meta: {owner: ...}`, else the owner of dbt's group."""
        named = owners_in(_meta(dbt_resource_props))
        return named or list(super().get_owners(dbt_resource_props) or ())

    def get_code_version(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The closure, so that an asset is stale once a macro or variable that it reaches has changed."""
        closure = self.closures.get(dbt_resource_props["unique_id"])
        return closure[:16] if closure else None

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:  # type: ignore[type-arg]
        """Models and snapshots follow their parents; seeds have none."""
        return rebuild_condition() if dbt_resource_props["resource_type"] in ("model", "snapshot") else None

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The default one; gold also promises to be fresh."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if spec.group_name != "gold":
            return spec
        return spec.replace_attributes(freshness_policy=GOLD_FRESHNESS)


def _meta(node: Mapping[str, Any]) -> dict[str, Any]:
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def owners_in(meta: Mapping[str, Any]) -> list[str]:
    """Owners as Dagster wants them: an address, or `team:name`.

    >>> owners_in({"owner": "Fleet Desk"})
    ['team:fleet_desk']
    """
    named = (meta.get("dagster") or {}).get("owners") or meta.get("owners") or meta.get("owner") or ()
    return [_owner(name) for name in ([named] if isinstance(named, str) else named)]


def _owner(name: str) -> str:
    if "@" in name or name.startswith("team:"):
        return name
    return f"team:{re.sub(r'[^a-z0-9]+', '_', name.lower())}"
