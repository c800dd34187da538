"""The closure of an asset: one hash of everything that decides what its code does, its own text and all it reaches.

In it: the text or the seed's checksum; the configuration, and columns where they are enforced, documented in the
warehouse or asked for; macros it reaches, those of packages too; values of variables and environment variables that
it or its macros read; ephemeral parents; the place of each source; the version and hash of each frozen parent; the
minor version of dbt, which stands for dbt's own macros, since a patch of dbt is not meant to change a result.

No lock has it: a lock is written before dbt parses what is committed, and the sandbox, which did parse it, has other
hooks and places. The build that publishes a version first writes its closure to the audit log: `agents.frozen.proved`.

Not in it, because it does not change what runs: descriptions, tests, tags, owners and access; and what belongs to the
machine or the target: database, schema of the target, paths, credentials.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from agents.called import Called, called
from agents.contracts import Frozen
from agents.variables import Variables

KINDS = ("model", "snapshot", "seed")
SECRET = "DBT_ENV_SECRET"
"""How names of environment variables begin whose values dbt itself keeps out of logs."""

_IDLE = frozenset({"access", "database", "docs", "enabled", "freshness", "grants", "group", "meta", "static_analysis",
                   "tags", "target_database", "target_schema"})  # fmt: skip
"""Configuration that does not change what runs; code that asks for `meta` or `tags` by name has it counted."""
_COLUMN = ("name", "data_type", "constraints", "quote")
_SECTIONS = ("nodes", "sources", "macros", "functions")


def closures(
    manifest: Any,
    frozen: Mapping[str, Frozen],
    variables: Variables | None = None,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """dbt id -> closure (sha256) of each model, snapshot and seed.

    `manifest` is dbt's, as the object or as the content of `manifest.json`: both give the same hashes. A macro that is
    called by a name which only a run would know is not found, unless it is dispatched: then every macro counts.
    """
    code = _Code(_content(manifest), frozen, variables or {}, environment)
    return {uid: code.closure(uid) for uid, node in code.nodes.items() if node["resource_type"] in KINDS}


def _content(manifest: Any) -> Mapping[str, Any]:
    """The manifest as JSON has it."""
    if isinstance(manifest, Mapping):
        return manifest
    plain = {
        section: {uid: node.to_dict(omit_none=False) for uid, node in getattr(manifest, section, {}).items()}
        for section in _SECTIONS
    }
    meta = manifest.metadata
    told = {"dbt_version": meta.dbt_version, "adapter_type": meta.adapter_type, "project_name": meta.project_name}
    content: dict[str, Any] = json.loads(json.dumps(plain | {"metadata": told}, default=str))
    return content


class _Code:
    """What a manifest holds, and the parts of it that were hashed already."""

    def __init__(
        self,
        content: Mapping[str, Any],
        frozen: Mapping[str, Frozen],
        variables: Variables,
        environment: Mapping[str, str],
    ) -> None:
        meta = content["metadata"]
        self.project: str = meta["project_name"]
        self.dbt = ".".join(str(meta["dbt_version"]).split(".")[:2])
        self.nodes: dict[str, dict[str, Any]] = {**content["nodes"], **(content.get("functions") or {})}
        self.sources: Mapping[str, dict[str, Any]] = content["sources"]
        self.frozen = {entry.path: entry for entry in frozen.values()}
        self.variables, self.environment = variables, environment
        dbts = {"dbt", f"dbt_{meta['adapter_type']}"}
        self.macros = {uid: m for uid, m in content["macros"].items() if m["package_name"] not in dbts}
        self.native = {m["name"] for m in content["macros"].values() if m["package_name"] in dbts}
        self._parts: dict[str, str] = {}

    def closure(self, unique_id: str) -> str:
        """One hash of a node and the ephemeral models and functions that it is made with."""
        inlined = _reached([unique_id], lambda uid: (p for p in self._parents(uid) if self._inlined(p)))
        return _hash({"dbt": self.dbt, "of": unique_id, "parts": {uid: self._part(uid) for uid in inlined}})

    def _parents(self, unique_id: str) -> list[str]:
        return list((self.nodes[unique_id].get("depends_on") or {}).get("nodes") or ())

    def _inlined(self, unique_id: str) -> bool:
        node = self.nodes.get(unique_id)
        if node is None:
            return False
        return node["resource_type"] == "function" or (node.get("config") or {}).get("materialized") == "ephemeral"

    def _part(self, unique_id: str) -> str:
        if unique_id not in self._parts:
            self._parts[unique_id] = _hash(self._own(self.nodes[unique_id], unique_id))
        return self._parts[unique_id]

    def _own(self, node: Mapping[str, Any], unique_id: str) -> dict[str, Any]:
        config: Mapping[str, Any] = node.get("config") or {}
        hooks = (hook for when in ("pre-hook", "post-hook") for hook in config.get(when) or ())
        texts = [*(str(hook.get("sql", "")) for hook in hooks)]
        if node.get("language") != "python":
            texts.append(node.get("raw_code") or "")
        macros = _reached(self._entered(node, texts), self._further)
        reads = Called()
        for text in (*texts, *(self.macros[uid]["macro_sql"] for uid in macros)):
            reads |= called(text)
        idle = {key for key in _IDLE if not (key in ("meta", "tags") and reads.mentions(key))}
        return {
            "raw": node.get("raw_code") or (node.get("checksum") or {}).get("checksum"),
            "checksum": node["checksum"] if node["resource_type"] == "seed" else None,
            "language": node.get("language"),
            "alias": node.get("alias"),
            "config": {k: v for k, v in config.items() if k not in idle and v is not None},
            "columns": self._columns(node, config, reads),
            "arguments": [node.get("arguments"), node.get("returns")] if node["resource_type"] == "function" else None,
            "macros": {uid: _hash(self.macros[uid]["macro_sql"]) for uid in macros},
            "variables": self._values(node["package_name"], reads),
            "environment": {n: self._read(n) for n in reads.environment if not n.startswith(SECRET)},
            "secrets": sorted(n for n in reads.environment if n.startswith(SECRET)),
            "parents": {uid: self._stands(uid) for uid in self._parents(unique_id)},
        }

    def _columns(self, node: Mapping[str, Any], config: Mapping[str, Any], reads: Called) -> Any:
        documented = bool(config.get("persist_docs"))
        if not (documented or (config.get("contract") or {}).get("enforced") or reads.mentions("columns")):
            return None
        kept = (*_COLUMN, "description") if documented else _COLUMN
        columns = [{key: column.get(key) for key in kept} for column in (node.get("columns") or {}).values()]
        return [columns, node.get("constraints"), node.get("description") if documented else None]

    def _values(self, package: str, reads: Called) -> Any:
        known = self.variables.get(package, {})
        return dict(known) if "var" in reads.open else {n: known[n] for n in reads.variables if n in known}

    def _read(self, name: str) -> str | None:
        value = self.environment.get(name)
        return None if value is None else _hash(value)

    def _stands(self, unique_id: str) -> Any:
        """What a reader knows of a parent beyond its name."""
        if source := self.sources.get(unique_id):
            meta = {**(source.get("source_meta") or {}), **(source.get("meta") or {})}
            return [source["schema"], source["identifier"], meta.get("external_location")]
        parent = self.nodes.get(unique_id)
        own = parent is not None and parent["package_name"] == self.project
        entry = self.frozen.get(parent["original_file_path"]) if own and parent else None
        return [entry.version, entry.sha256] if entry else None

    def _entered(self, node: Mapping[str, Any], texts: Iterable[str]) -> Iterator[str]:
        """Macros that a node's own texts name, that dbt saw it call, or that stand in for dbt's own."""
        for text in texts:
            yield from self._named(called(text), node["package_name"])
        yield from self._known((node.get("depends_on") or {}).get("macros"))
        yield from self._standing_in
        wanted = f"materialization_{(node.get('config') or {}).get('materialized')}_"
        yield from (uid for uid, macro in self.macros.items() if macro["name"].startswith(wanted))

    def _further(self, unique_id: str) -> Iterator[str]:
        macro = self.macros[unique_id]
        yield from self._named(called(macro["macro_sql"]), macro["package_name"])
        yield from self._known((macro.get("depends_on") or {}).get("macros"))

    def _known(self, ids: Iterable[str] | None) -> Iterator[str]:
        return (uid for uid in ids or () if uid in self.macros)

    def _named(self, reads: Called, package: str) -> Iterator[str]:
        """Also what dbt does not see when it parses: a macro in a branch that only runs where rows are there."""
        if "dispatch" in reads.open:
            yield from self.macros
        for owner, name in reads.names:
            packages = (owner,) if owner else (package, self.project)
            yield from self._known(f"macro.{place}.{name}" for place in packages)
        for uid, macro in self.macros.items() if reads.dispatched else ():
            if macro["name"].partition("__")[2] in reads.dispatched:
                yield uid

    @cached_property
    def _standing_in(self) -> tuple[str, ...]:
        """Macros of the project that dbt takes in place of its own, for every node."""
        own = ((uid, m["name"]) for uid, m in self.macros.items() if m["package_name"] == self.project)
        return tuple(
            uid
            for uid, name in own
            if not name.startswith("materialization_")
            and (name in self.native or name.partition("__")[2] in self.native)
        )


def _reached(start: Iterable[str], further: Callable[[str], Iterable[str]]) -> list[str]:
    """Everything from `start` on, sorted; what leads back to itself is met once."""
    seen: dict[str, None] = {}
    queue = list(start)
    while queue:
        current = queue.pop()
        if current not in seen:
            seen[current] = None
            queue.extend(further(current))
    return sorted(seen)


def _hash(value: Any) -> str:
    return hashlib.sha256(_dumped(value).encode()).hexdigest()


def _dumped(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
