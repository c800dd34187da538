"""The change `repoint_source`: a table that was renamed or moved to another schema."""

import re

import yaml

from agents.contracts import Diagnosis, RepointSource, Risk
from agents.errors import FinalError
from agents.graph import Node
from agents.propose.claimed import NEW_DELIVERY, REPAIR
from agents.propose.looked import Looked
from agents.propose.yaml_text import items, named, set_key, value_of
from agents.warehouse import quoted

CLAIMS = (*REPAIR, NEW_DELIVERY)
RISK = Risk.medium
PLAIN = re.compile(r"\w{1,63}")


def repoint_source(diagnosis: Diagnosis, looked: Looked) -> tuple[RepointSource, ...]:
    """One candidate for each table that observation found in the lost one's place."""
    source = looked.source
    found = []
    for place in diagnosis.moved_to:
        schema, _, table = place.rpartition(".")
        if PLAIN.fullmatch(table) and PLAIN.fullmatch(schema):
            found.append(
                RepointSource(source=source.unique_id, relation=source.label, schema_name=schema, identifier=table)
            )
    return tuple(found)


def overridden(change: RepointSource, source: Node) -> str:
    """A YAML file of the project that says where a package's source is delivered now."""
    place = f"identifier: {change.identifier}"
    if change.schema_name != source.schema:
        place = f"meta: {{external_location: '{_elsewhere(change)}'}}"
    return (
        f"# where {source.source_name}.{source.name} of package {source.package} is delivered now\n"
        "sources:\n"
        f"  - name: {source.source_name}\n"
        f"    overrides: {source.package}\n"
        "    tables:\n"
        f"      - name: {source.name}\n"
        f"        {place}\n"
    )


def _elsewhere(change: RepointSource) -> str:
    return f"(select * from {quoted(change.schema_name, change.identifier)})".replace('"', "")


def apart(text: str, change: RepointSource, source: Node) -> bool:
    """Whether the table is read from another schema than its fellows in this YAML text, by an `external_location`.

    dbt then finds no table where the source is declared, and asks none there for the columns of a unit test's rows.
    """
    declared = named(items(yaml.compose(text), "sources"), source.source_name)
    return change.schema_name != source.schema and len(items(declared, "tables")) > 1


def repointed(text: str, change: RepointSource, source: Node) -> str:
    """The YAML text with the table's new place; the rest byte for byte as it was.

    A table in another schema than its fellows gets an `external_location`, which dbt-duckdb reads in its place.
    Raises FinalError where the source is not declared in this text.
    """
    declared = named(items(yaml.compose(text), "sources"), source.source_name)
    tables = items(declared, "tables")
    table = named(tables, source.name)
    if declared is None or table is None:
        raise FinalError(f"{source.path} does not declare source {source.source_name}.{source.name}")
    if change.schema_name == source.schema:
        return set_key(text, table, "identifier", change.identifier)
    if not apart(text, change, source):
        moved = (
            set_key(text, table, "identifier", change.identifier) if change.identifier != source.identifier else text
        )
        return set_key(
            moved, named(items(yaml.compose(moved), "sources"), source.source_name), "schema", change.schema_name
        )
    place = f"external_location: '{_elsewhere(change)}'"
    meta = value_of(table, "meta")
    if not isinstance(meta, yaml.MappingNode) or not meta.value or value_of(meta, "external_location") is not None:
        return set_key(text, table, "meta", f"{{{place}}}")
    first = meta.value[0][0].start_mark
    between = ", " if meta.flow_style else f"\n{' ' * first.column}"
    return text[: first.index] + place + between + text[first.index :]
