"""The tables as Dagster assets: landed sources, dbt's models, the published copy and its quality."""
