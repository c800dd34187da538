"""What a dbt project holds: its nodes, and who reads whom."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agents import dbt


@dataclass(frozen=True)
class Node:
    """A source, seed, snapshot, model or test, as dbt knows it."""

    unique_id: str
    kind: str
    """dbt's resource type."""
    name: str
    path: str
    """Relative to the dbt project."""
    package: str
    relation: str
    """Quoted name with catalog and schema; empty for tests and ephemeral models."""
    database: str
    schema: str
    identifier: str
    raw: str
    parents: tuple[str, ...]
    materialized: str
    checksum: str
    external: str = ""
    """Where a source is read from that is not in the warehouse, as SQL: a file, or a table of an attached database."""
    personal: frozenset[str] = frozenset()
    """Lower-case names of columns with `meta: {personal: true}`."""
    source_name: str = ""
    columns: tuple[str, ...] = ()
    """Names of the columns that the YAML declares, in its order."""
    custom_schema: str = ""
    """The `schema` of the node's configuration, before dbt's macro makes a name of it."""
    column: str = ""
    """The column that a generic test is declared on; empty for all others."""
    tags: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()
    """Who answers for it, as the project writes it: `meta: {owner: ...}`, an exposure's owner, or a group's; the first
    that says anything."""
    refreshable: bool = True
    """False where `full_refresh: false` says that the table must never be built anew."""
    described_in: str = ""
    """Path of the YAML that describes it, relative to the dbt project; empty where none does."""
    contracted: bool = False
    """Whether dbt holds a model's columns against those that its YAML declares."""
    version: str = ""
    """dbt's `v` of a versioned model; empty for all others."""

    @property
    def continues(self) -> bool:
        """Whether its table goes on from earlier builds."""
        return self.materialized == "incremental" or self.kind == "snapshot"

    @property
    def singular(self) -> bool:
        """Whether it is a singular test: one that somebody wrote as SQL, and not one that YAML declares."""
        return self.kind == "test" and self.path.endswith(".sql")

    @property
    def label(self) -> str:
        """`schema.table`, unquoted."""
        return f"{self.schema}.{self.identifier}"


@dataclass(frozen=True)
class Graph:
    """Every node of a project and who reads whom."""

    nodes: dict[str, Node]
    children: dict[str, tuple[str, ...]]

    def sources(self) -> tuple[Node, ...]:
        """What comes in from outside: sources, and seeds that were edited by hand."""
        return tuple(n for n in self.nodes.values() if n.kind in ("source", "seed"))

    def relations(self) -> tuple[Node, ...]:
        """Nodes that stand in the warehouse, parents before those that read them."""
        ordered: dict[str, Node] = {}

        def visit(node: Node) -> None:
            stack = [(node, iter(node.parents))]
            entered = {node.unique_id}
            while stack:
                current, parents = stack[-1]
                above = next(
                    (self.nodes[p] for p in parents if p in self.nodes and p not in entered | ordered.keys()), None
                )
                if above is None:
                    ordered[current.unique_id] = current
                    stack.pop()
                else:
                    entered.add(above.unique_id)
                    stack.append((above, iter(above.parents)))

        for node in self.nodes.values():
            if node.unique_id not in ordered:
                visit(node)
        return tuple(n for n in ordered.values() if n.relation and n.kind != "test")

    def readers(self, unique_id: str) -> tuple[Node, ...]:
        """Models and snapshots that read `unique_id` directly."""
        nodes = (self.nodes[c] for c in self.children.get(unique_id, ()) if c in self.nodes)
        return tuple(n for n in nodes if n.kind in ("model", "snapshot"))

    def reading(self, sources: Iterable[str]) -> frozenset[str]:
        """Ids of the models and snapshots that read any of the sources, and of everything below them."""
        return frozenset(self.downstream(*(r.unique_id for uid in sources for r in self.readers(uid))))

    def tests(self, *ids: str) -> tuple[Node, ...]:
        """Tests and unit tests that read any of the nodes directly, each once."""
        found = dict.fromkeys(c for uid in ids for c in self.children.get(uid, ()) if c in self.nodes)
        return tuple(n for n in map(self.nodes.__getitem__, found) if n.kind in ("test", "unit_test"))

    def reach(self, *roots: str) -> str:
        """What lies below `roots` in words: models, tests, exposures and metrics, the exposures by name."""
        below = [self.nodes[uid] for uid in self.downstream(*roots) if uid in self.nodes and uid not in roots]
        counts = {
            kind: sum(n.kind == kind for n in below) for kind in ("model", "snapshot", "test", "unit_test", "metric")
        }
        words = [f"{n} {kind.replace('_', ' ')}{'s' * (n != 1)}" for kind, n in counts.items() if n]
        shown = sorted(n.name for n in below if n.kind == "exposure")
        return ", ".join([*words, *(f"exposure {name}" for name in shown)]) or "nothing"

    def above(self, unique_id: str) -> tuple[str, ...]:
        """Ids of everything that a node is made from, nearest first."""
        seen: dict[str, None] = {}
        level = [unique_id]
        while level:
            level = [p for uid in level for p in self.nodes[uid].parents if p in self.nodes and p not in seen]
            seen.update(dict.fromkeys(level))
        return tuple(seen)

    def downstream(self, *roots: str) -> tuple[str, ...]:
        """Ids below `roots`, themselves included, in no order that matters."""
        seen: dict[str, None] = {}
        queue = list(roots)
        while queue:
            current = queue.pop()
            if current not in seen:
                seen[current] = None
                queue.extend(self.children.get(current, ()))
        return tuple(seen)


def load_graph(root: Path, profiles_dir: Path, artifacts: Path, target: str | None) -> Graph:
    """Parse the dbt project in `root`."""
    return graph_of(dbt.parse(root, profiles_dir=profiles_dir, artifacts=artifacts, target=target))


def graph_of(manifest: Any) -> Graph:
    """The graph of a dbt manifest."""
    homes = {n.database for n in manifest.nodes.values() if str(n.resource_type) in ("model", "seed", "snapshot")}
    groups = {g.name: g.owner for g in manifest.groups.values()}
    nodes = {uid: _node(n, homes, groups) for uid, n in (manifest.nodes | manifest.sources).items()}
    for uid, exposure in (manifest.exposures | manifest.metrics | manifest.unit_tests).items():
        nodes[uid] = _node(exposure)
    return _linked(nodes.values())


def _linked(nodes: Iterable[Node]) -> Graph:
    known = {n.unique_id: n for n in nodes}
    children: dict[str, list[str]] = {}
    for node in known.values():
        for parent in node.parents:
            children.setdefault(parent, []).append(node.unique_id)
    return Graph(known, {parent: tuple(below) for parent, below in children.items()})


def as_rows(graph: Graph) -> list[dict[str, Any]]:
    """The graph as JSON has it; `from_rows` undoes it."""
    return [{k: sorted(v) if isinstance(v, frozenset) else v for k, v in vars(n).items()} for n in graph.nodes.values()]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Graph:
    """The graph of `as_rows`."""
    lists = {"parents": tuple, "columns": tuple, "owners": tuple, "personal": frozenset, "tags": frozenset}
    return _linked(Node(**{k: lists[k](v) if k in lists else v for k, v in row.items()}) for row in rows)


def _node(node: Any, homes: Collection[str] = (), groups: Mapping[str, Any] = MappingProxyType({})) -> Node:
    depends = getattr(node, "depends_on", None)
    config = getattr(node, "config", None)
    checksum = getattr(node, "checksum", None)
    meta: dict[str, Any] = {**(getattr(node, "meta", None) or {}), **(getattr(config, "meta", None) or {})}
    personal = {name.lower() for name, column in (getattr(node, "columns", None) or {}).items() if _is_personal(column)}
    return Node(
        unique_id=node.unique_id,
        kind=str(getattr(node.resource_type, "value", node.resource_type)),
        name=node.name,
        path=node.original_file_path,
        package=node.package_name,
        relation=getattr(node, "relation_name", None) or "",
        database=getattr(node, "database", None) or "",
        schema=getattr(node, "schema", None) or "",
        identifier=getattr(node, "identifier", None) or getattr(node, "alias", None) or node.name,
        raw=getattr(node, "raw_code", None) or "",
        parents=tuple(getattr(depends, "nodes", ())),
        materialized=getattr(config, "materialized", None) or "",
        checksum=getattr(checksum, "checksum", None) or "",
        external=_external(node, meta, homes),
        personal=frozenset(personal),
        source_name=getattr(node, "source_name", "") or "",
        columns=tuple(getattr(node, "columns", None) or ()),
        custom_schema=getattr(config, "schema", None) or "",
        column=getattr(node, "column_name", None) or "",
        tags=frozenset(getattr(node, "tags", None) or ()),
        owners=_owners(
            meta.get("owner"), getattr(node, "owner", None), groups.get(getattr(config, "group", None) or "")
        ),
        refreshable=getattr(config, "full_refresh", None) is not False,
        contracted=bool(getattr(getattr(config, "contract", None), "enforced", False)),
        described_in=(getattr(node, "patch_path", None) or "").partition("://")[2],
        version="" if (number := getattr(node, "version", None)) is None else str(number),
    )


def _owners(*given: Any) -> tuple[str, ...]:
    """The first that says anything: a text, texts, or dbt's owner with `email` and `name`."""
    for owner in given:
        if owner is not None and not isinstance(owner, str | list | tuple | Mapping):
            owner = {"email": getattr(owner, "email", None), "name": getattr(owner, "name", None)}
        if isinstance(owner, Mapping):
            owner = owner.get("email") or owner.get("name")
        texts = [owner] if isinstance(owner, str) else owner or ()
        if found := tuple(str(text) for text in texts if text):
            return found
    return ()


def _is_personal(column: Any) -> bool:
    config = getattr(column, "config", None)
    meta = {**(column.meta or {}), **(getattr(config, "meta", None) or {})}
    return bool(meta.get("personal"))


def _external(node: Any, meta: dict[str, Any], homes: Collection[str]) -> str:
    if str(node.resource_type) != "source":
        return ""
    template = meta.get("external_location") or (node.source_meta or {}).get("external_location")
    if not template:
        elsewhere = homes and node.database not in homes
        return str(node.relation_name) if elsewhere else ""
    names = {"schema": node.schema, "name": node.name, "identifier": node.identifier, **meta}
    location = str(template).format_map(names)
    return location if "(" in location or location.startswith("'") else f"'{location}'"
