"""What people committed to the dbt project since the last good state, and which of it a failure speaks of."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from agents.errors import FinalError
from agents.graph import Graph, Node
from agents.project import Project
from agents.repository import Repository

TEXT = (".sql", ".yml", ".yaml", ".py", ".md")
"""Files whose text is code; seeds are data."""
NOT_CODE = ("adp.yml", "adp.lock", "adp_certificates/", "adp_changelog.md", "profiles.yml")
VENDORED = "dbt_packages/"
NOT_THE_TEXT = "The text of the last good commit fails in the same way on today's sources."
"""Said of a failure that no committed edit made."""


@dataclass(frozen=True)
class Hunk:
    """One stretch of lines that differs."""

    line: int
    """Where it stands in today's text, from 1."""
    added: str
    lost: str
    """The text of the last good commit in its place."""


@dataclass(frozen=True)
class Edit:
    """One file at the last good commit and now; None where it does not exist."""

    path: str
    """Relative to the dbt project."""
    good: str | None
    now: str | None

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """The differences in the order of today's text."""
        now, good = lines(self.now or ""), lines(self.good or "")
        return tuple(Hunk(a + 1, "".join(now[a:b]), "".join(good[c:d])) for a, b, c, d in differences(now, good))

    @property
    def vendored(self) -> bool:
        """Whether it is part of a package, which is not ours to edit."""
        return self.path.startswith(VENDORED)

    def line_of(self, names: Iterable[str], snippet: str = "") -> int:
        """The line that the names speak of: the quoted line itself, else the hunk that names one, else the first."""
        texts = [line.strip() for line in (self.now or "").splitlines()]
        if snippet and snippet in texts:
            return texts.index(snippet) + 1
        named = [h for h in self.hunks if any(mentions(h.added + h.lost, n) for n in names)]
        return next((h.line for h in (*named, *self.hunks)), 1)


def lines(text: str) -> list[str]:
    """Lines with their ends, whatever these are; only line feeds separate."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def differences(now: Sequence[str], good: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Stretches (from, to in `now`; from, to in `good`) that differ; lines that stand for each other one by one.

    >>> differences(["a", "x", "y", "c"], ["a", "b", "z", "c"])
    [(1, 2, 1, 2), (2, 3, 2, 3)]
    """
    found: list[tuple[int, int, int, int]] = []
    for tag, a, b, c, d in SequenceMatcher(None, now, good, autojunk=False).get_opcodes():
        if tag == "replace" and b - a == d - c:
            found += [(a + n, a + n + 1, c + n, c + n + 1) for n in range(b - a)]
        elif tag != "equal":
            found.append((a, b, c, d))
    return found


def mentions(text: str, name: str) -> bool:
    """Whether the text holds the name as a word, whatever its case."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))


def committed(project: Project, good: str, base: str) -> tuple[Edit, ...]:
    """Code of the dbt project that differs between two commits; empty where git does not know the first."""
    repository = Repository(project.repo)
    try:
        listed = repository.git("diff", "--name-only", "--no-renames", "-z", good, base, "--", project.prefix or ".")
    except FinalError:
        return ()
    prefix = f"{project.prefix}/" if project.prefix else ""
    paths = [p.removeprefix(prefix) for p in os.fsdecode(listed).split("\0") if p]
    return tuple(
        Edit(path, repository.read(good, prefix + path), repository.read(base, prefix + path))
        for path in paths
        if path.endswith(TEXT) and not path.startswith(NOT_CODE)
    )


def uncommitted(project: Project, base: str) -> tuple[str, ...]:
    """Code of the dbt project in the work tree that is not as committed; paths relative to it."""
    repository = Repository(project.repo)
    here = project.prefix or "."
    listed = repository.git("diff", "--name-only", "-z", base, "--", here)
    listed += repository.git("ls-files", "--full-name", "--others", "--exclude-standard", "-z", "--", here)
    prefix = f"{project.prefix}/" if project.prefix else ""
    paths = (p.removeprefix(prefix) for p in os.fsdecode(listed).split("\0") if p)
    return tuple(p for p in paths if p.endswith(TEXT) and not p.startswith(NOT_CODE))


def touched(edit: Edit, graph: Graph) -> tuple[str, ...]:
    """Ids of the nodes whose text an edit is part of: its own, those its YAML or its macros speak of.

    Errs towards more: a macro's users are found by its name.
    """
    models = [n for n in graph.nodes.values() if n.kind in ("model", "snapshot", "seed")]
    own = [n.unique_id for n in graph.nodes.values() if n.path == edit.path]
    if edit.path == "dbt_project.yml":
        return tuple(n.unique_id for n in models)
    if edit.path.endswith((".yml", ".yaml")):
        changed = "".join(h.added + h.lost for h in edit.hunks)
        texts = (changed, f"{edit.good or ''}\n{edit.now or ''}")
        named = next((found for t in texts if (found := [n.unique_id for n in models if mentions(t, n.name)])), [])
        return tuple(dict.fromkeys((*named, *own)))
    macros = re.findall(r"\{%-?\s*(?:macro|test)\s+(\w+)", f"{edit.good or ''}{edit.now or ''}")
    users = [n.unique_id for n in graph.nodes.values() if any(mentions(n.raw, m) for m in macros)]
    return tuple(dict.fromkeys((*own, *users)))


@dataclass(frozen=True)
class Words:
    """What an error's text names."""

    names: tuple[str, ...]
    """Columns, relations, macros and the like, likeliest first."""
    paths: tuple[str, ...]
    snippet: str
    """The line of SQL that DuckDB quotes."""


def words_of(message: str) -> Words:
    """The names in an error's text.

    >>> words_of('Binder Error: Referenced column "amt" not found in FROM clause!\\nLINE 3:  select amt').names
    ('amt',)
    """
    said = re.split(r"Candidate bindings|Candidate tables|Did you mean|\(use:|This can happen|> in macro", message)[0]
    names = re.findall(r"\"([^\"\n]+)\"|'([^'\n]+)'|with name (\w+) does|at or near \"|-->\s*([\w.]+)", said)
    flat = [n.strip().split(".")[-1] for group in names for n in group if n.strip()]
    flat += re.findall(r"^\s*\| (\w+)\s+\| [\w() ,]*\s*\| [\w(), ]*\s*\| [a-z ]+\|", message, re.MULTILINE)
    flat += re.findall(r"column='(\w+)'", message)
    if "cycle" in said:
        flat += [n.split(".")[-1] for n in re.findall(r"\b(?:model|snapshot)\.[\w.]+", said)]
    paths = re.findall(r"[(\s]([\w./\- ]+\.(?:sql|yml|yaml|py|md))\b", message)
    snippet = re.search(r"LINE \d+: ?(.*)", message)
    text = snippet.group(1).strip() if snippet else ""
    return Words(tuple(dict.fromkeys(flat)), tuple(dict.fromkeys(p.strip() for p in paths)), text.strip("."))


def first_words(message: str) -> str:
    """The line of an error that says what is wrong, without dbt's preamble.

    >>> first_words("model.a: Runtime Error in model a (models/a.sql)\\n  Binder Error: no such column")
    'Binder Error: no such column'
    >>> first_words("An error occurred during execution of unit test 'u'.\\n  Binder Error: no such column")
    'Binder Error: no such column'
    """
    told = [line.strip() for line in message.splitlines() if line.strip()]
    bare = [re.sub(r"^[\w.]+: (?=\w)", "", line) for line in told[:1]] + told[1:]
    preamble = r"(Runtime|Compilation|Parsing|Database) Error( in [\w.]+ .*)?$|An error occurred during execution of "
    return next((line for line in bare if not re.match(preamble, line)), bare[0] if bare else "no message")


@dataclass(frozen=True)
class Suspects:
    """Edits that may have caused a failure, likeliest first."""

    edits: tuple[Edit, ...] = ()
    named: bool = False
    """Whether the error names something that the first of them changed."""


def suspects(edits: Sequence[Edit], message: str, node: Node | None = None, graph: Graph | None = None) -> Suspects:
    """Which edits a failure speaks of: by what it names, then by where it is, then all of them."""
    words = words_of(message)
    above = _above(node, graph) if node and graph else {}
    own = [e for e in edits if (node and e.path == node.path) or e.path in words.paths or _ends(e, words.paths)]
    if "Found a cycle" in message:
        own = [e for e in edits if _stem(e) in words.names]
    upward = [e for e in edits if e not in own and e.path in above]
    around = [e for e in edits if e not in own and e not in upward]
    if found := [e for e in own if _added(e, words)]:
        return Suspects(tuple(found), True)
    nearest = sorted(upward, key=lambda e: above[e.path])
    if found := [e for e in (*nearest, *around) if _lost(e, words)]:
        return Suspects(tuple(found), True)
    if found := [e for e in own if _lost(e, words)]:
        return Suspects(tuple(found), True)
    if own or nearest:
        return Suspects((*own, *nearest))
    if node and graph:
        around = [e for e in around if node.unique_id in graph.downstream(*touched(e, graph))]
    return Suspects(tuple(around))


def _added(edit: Edit, words: Words) -> bool:
    added = "".join(h.added for h in edit.hunks)
    quoted = [line.strip() for h in edit.hunks for line in h.added.splitlines()]
    if words.snippet in quoted:
        return True
    elsewhere = bool(words.snippet) and words.snippet in [line.strip() for line in (edit.now or "").splitlines()]
    return not elsewhere and any(mentions(added, n) for n in words.names)


def _lost(edit: Edit, words: Words) -> bool:
    lost = "".join(h.lost for h in edit.hunks)
    gone = edit.now is None or "enabled" in "".join(h.added for h in edit.hunks)
    return any(mentions(lost, n) or (gone and _stem(edit) == n) for n in words.names)


def _stem(edit: Edit) -> str:
    return edit.path.rsplit("/", 1)[-1].split(".")[0]


def _ends(edit: Edit, paths: Iterable[str]) -> bool:
    return any(edit.path.endswith(f"/{p}") for p in paths)


def _above(node: Node, graph: Graph) -> dict[str, int]:
    """Path of each node above -> how many steps away."""
    found: dict[str, int] = {}
    level, steps, seen = [node.unique_id], 0, {node.unique_id}
    while level:
        for uid in level:
            found.setdefault(graph.nodes[uid].path, steps)
        level = [p for uid in level for p in graph.nodes[uid].parents if p in graph.nodes and p not in seen]
        level = list(dict.fromkeys(level))
        seen.update(level)
        steps += 1
    return found
