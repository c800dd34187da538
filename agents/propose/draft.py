"""The files of one candidate for a drifted source, written one change at a time."""

import re
from collections.abc import Iterable, Sequence

from agents import published
from agents.contracts import CastColumn, FileChange, MapColumn, QuarantineRows, RepointSource, SourceChange
from agents.errors import FinalError
from agents.graph import Node
from agents.propose import map_column, override_model, quarantine_rows, repoint_source
from agents.propose.looked import Looked
from agents.propose.read_value import read_value
from agents.propose.seed_types import typed
from agents.propose.source_tests import follow_tests
from agents.propose.unit_test_fixture import widen_fixtures
from agents.readings import readings
from agents.repository import Repository
from agents.warehouse import plain_or_quoted


class Draft:
    """Files over commit `base`; every method raises FinalError where the text gives no place for a change."""

    def __init__(self, looked: Looked, base: str) -> None:
        self.looked, self.base = looked, base
        self.repository = Repository(looked.project.repo)
        self.files: dict[str, FileChange] = {}
        """By path in the repository."""
        self.apart: RepointSource | None = None
        """Where the source is read, if not where dbt believes it to be."""

    def _before(self, path: str) -> str | None:
        return self.files[path].before if path in self.files else self.repository.read(self.base, path)

    def _now(self, path: str) -> str | None:
        return self.files[path].after if path in self.files else self.repository.read(self.base, path)

    def _write(self, path: str, after: str) -> None:
        self.files[path] = FileChange(path=path, before=self._before(path), after=after)

    def _new(self, path: str, after: str, taken: str) -> None:
        if self.repository.read(self.base, path) is not None:
            raise FinalError(f"{path} is there already{taken}")
        self._write(path, after)

    def _place(self, name: str, ending: str = "sql") -> str:
        """Where a text of the platform's own belongs in the repository."""
        project = self.looked.project
        return project.in_repo(override_model.override_path(project, name, ending))

    def repoint(self, change: RepointSource) -> None:
        """Declare the source where it is now; a package's, in a file of the project that overrides it."""
        project, source = self.looked.project, self.looked.source
        if source.package == project.name:
            path = project.in_repo(source.path)
            before = self._before(path) or ""
            self._write(path, repoint_source.repointed(before, change, source))
            self.apart = change if repoint_source.apart(before, change, source) else None
        else:
            path = self._place(f"{source.package}__{source.source_name}", "yml")
            self._new(path, repoint_source.overridden(change, source), f", and says where {source.label} is")

    def read(self, changes: Sequence[SourceChange]) -> list[Node]:
        """Let every model and singular test that the changes concern read the source by them; returns these."""
        graph, source = self.looked.graph, self.looked.source
        readers = (*graph.readers(source.unique_id), *(t for t in graph.tests(source.unique_id) if t.singular))
        concerned = [r for r in readers if any(_reads(r.raw, c) for c in changes)]
        for reader in concerned:
            self._repair(reader, changes)
        return concerned

    def _repair(self, reader: Node, changes: Sequence[SourceChange]) -> None:
        """One reader: its own text, or a model between it and the source."""
        project, source, called = self.looked.project, self.looked.source, self.looked.called
        path = project.in_repo(reader.path)
        before = self.repository.read(self.base, path) if reader.package == project.name else None
        if before is not None and len(called.mentions(before)) == len(called.calls(before)):
            self._write(path, self._applied(before, [c for c in changes if _reads(before, c)]))
            return
        known = self._applied(override_model.known_text(source, called), changes)
        self._new(self._place(override_model.known_name(source)), known, f", and {reader.path} does not read it")
        if before is not None:
            self._write(path, override_model.behind(before, source, called))
            return
        own = override_model.behind(override_model.override_text(project, reader), source, called)
        unread = f", so {reader.name} of package {reader.package} is not overridden"
        self._new(self._place(reader.name), own, unread)
        settings = project.in_repo("dbt_project.yml")
        self._write(settings, override_model.switched_off(self._now(settings) or "", reader))

    def _applied(self, text: str, changes: Iterable[SourceChange]) -> str:
        for change in changes:
            if isinstance(change, MapColumn):
                text = map_column.map_column(text, change, self.looked.called, self.looked.ahead_of(change.column))
            else:
                assert not isinstance(change, RepointSource)
                text = read_value(text, change, self.looked.called)
        return text

    def quarantine(self, change: QuarantineRows) -> None:
        """A table for the rows that no model reads any more."""
        path = self._place(quarantine_rows.quarantine_name(self.looked.source))
        waits = f": rows of {self.looked.source.label} wait in it for another reason"
        self._new(path, quarantine_rows.quarantine_text(change, self.looked.called), waits)

    def declare_types(self, changes: Iterable[SourceChange]) -> None:
        """Let dbt load a seed's columns as the types that they come in, where it cannot by itself."""
        project, source = self.looked.project, self.looked.source
        came = {c.name: c.after.name for c in self.looked.drift.columns if c.after}
        casts = [c for c in changes if isinstance(c, CastColumn) and c.declared]
        types = {came.get(c.column, c.column): c.arrives_as for c in casts}
        if types:
            path = project.in_repo("dbt_project.yml")
            described = self._now(project.in_repo(source.described_in)) if source.described_in else None
            self._write(path, typed(self._now(path) or "", described or "", source, types))

    def follow_fixtures(self, touched: Iterable[str], changes: Sequence[SourceChange]) -> None:
        """Unit tests of the touched models (dbt ids) whose rows name a column that is lost or comes otherwise.

        Where the source is read apart from its fellows, all that give it rows.
        """
        project, graph, source = self.looked.project, self.looked.graph, self.looked.source
        lost = {c.name for c in self.looked.drift.changed("missing")}
        ids = list(dict.fromkeys(touched))
        models = {graph.nodes[uid].name for uid in ids}
        tests = [graph.nodes[c] for uid in ids for c in graph.children.get(uid, ()) if c.startswith("unit_test.")]
        profile = published.required(project).state.table(source.unique_id)
        types = {c.name: c.type for c in profile.columns} if profile else {}
        called = (source.source_name, source.name)
        place = (self.apart.schema_name, self.apart.identifier) if self.apart else (source.schema, source.identifier)
        relation = ".".join(map(plain_or_quoted, place))
        if self.apart:
            lost |= set(types)
        for path in dict.fromkeys(project.in_repo(t.path) for t in tests):
            now = self._now(path)
            after = now and widen_fixtures(now, models, called, relation, lost, types, changes)
            if after and after != now:
                self._write(path, after)

    def follow_tests(self, change: SourceChange) -> bool:
        """YAML files of the project that declare tests on what the change concerns; whether any changed."""
        project, source = self.looked.project, self.looked.source
        gone = getattr(change, "column", "") in {c.name for c in self.looked.drift.changed("missing")}
        tests = [t for t in self.looked.graph.tests(source.unique_id) if t.package == project.name and not t.singular]
        found = False
        for path in dict.fromkeys(project.in_repo(t.path) for t in tests):
            now = self._now(path)
            after = follow_tests(now or "", source, change, gone=gone)
            if after != now:
                self._write(path, after)
                found = True
        return found


def _reads(text: str, change: SourceChange) -> bool:
    """Whether a text may read one of the columns that a change concerns."""
    columns = tuple(readings(change))
    return not columns or any(_names(text, column) for column in columns)


def _names(text: str, column: str) -> bool:
    named = rf"(?<!\w){re.escape(column)}(?!\w)"
    return bool(re.search(rf"{named}|(?:select|,)\s*(?:\w+\.)?\*", text, re.IGNORECASE))
