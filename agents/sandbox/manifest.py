"""What dbt makes of the sandbox's project, parsed once for each text of it, and nothing in it that reaches outside."""

import pickle
import re
from dataclasses import fields
from typing import Any

from agents import dbt
from agents.sandbox.stage import Stage

_parsed: bytes | None = None
"""What dbt parsed of the sandbox's project since a file of it changed; pickled, because dbt fills in what it runs."""


def parsed(stage: Stage) -> Any:
    """dbt's manifest of the sandbox's project, the caller's own. Raises FinalError where it does not parse."""
    global _parsed
    if _parsed is not None:
        from dbt.contracts.graph.manifest import Manifest

        return Manifest(**pickle.loads(_parsed))
    manifest = dbt.parse(stage.project, profiles_dir=stage.folder, artifacts=stage.folder, target=stage.target)
    # A manifest itself comes back with its lookups in disorder (dbt 1.11); without them it makes them when asked.
    kept = [f.name for f in fields(manifest) if f.init and not f.name.startswith("_")]
    _parsed = pickle.dumps({name: getattr(manifest, name) for name in kept})
    return manifest


def forget() -> None:
    """A file of the project changed, or another sandbox is entered."""
    global _parsed
    _parsed = None


_ASKED = re.compile(r"\b(run_query|statement|load_relation|load_result|get_relation|adapter\s*\.|graph\s*\.)")
"""How Jinja asks the warehouse, or the rest of the project, what there is."""
_KNOWN_MACROS = ("macro.dbt.is_incremental", "macro.dbt.should_full_refresh")
"""They ask for the model's own table only, which the sandbox holds."""


def asks_warehouse(manifest: Any, node: Any) -> bool:
    """Whether the compiled text may depend on what the warehouse holds."""
    waiting, seen = list(node.depends_on.macros), set(_KNOWN_MACROS)
    texts = [node.raw_code or ""]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in manifest.macros:
            continue
        seen.add(name)
        macro = manifest.macros[name]
        texts.append(macro.macro_sql)
        waiting += macro.depends_on.macros
    return any(_ASKED.search(re.sub(r"adapter\s*\.\s*dispatch", "", text)) for text in texts)


_INSIDE = re.compile(r"\(select \* from \w+\.\w+\)")
"""The location of a source that a repair reads from another schema."""


def defuse(manifest: Any, catalog: str, *, moved: bool = False) -> None:
    """No hooks, no writing outside the catalog, and sources only from inside it, wherever they are attached.

    `moved`: a source that is read from another schema stays there; else it stands under its declared name.
    """
    for uid in [u for u, n in manifest.nodes.items() if str(n.resource_type) == "operation"]:
        del manifest.nodes[uid]
    for node in manifest.nodes.values():
        config = node.config
        if hasattr(config, "pre_hook"):
            config.pre_hook, config.post_hook = [], []
        if getattr(config, "materialized", "") == "external":
            config.materialized = "table"
    for source in manifest.sources.values():
        source.database = catalog
        for holder in (source.meta, source.source_meta, getattr(source.config, "meta", None)):
            for key in ("external_location", "plugin"):
                if holder and not (moved and _INSIDE.fullmatch(str(holder.get(key)))):
                    holder.pop(key, None)
