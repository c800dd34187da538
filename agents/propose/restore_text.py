"""The change `restore_text`: take a committed edit back to the text of the last good state."""

import itertools
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from agents import published
from agents.contracts import (
    FROM_VALUES,
    OPERATIONAL,
    Cause,
    Diagnosis,
    FileChange,
    FixToken,
    Options,
    Proposal,
    RestoreText,
    Risk,
)
from agents.edits import NOT_THE_TEXT, Edit, committed, differences, lines, suspects, touched, uncommitted
from agents.graph import Graph
from agents.project import Project
from agents.propose.declare_column import declared_columns
from agents.propose.fix_token import fixed_tokens, letters
from agents.propose.full_refresh import full_refreshes

CLAIMS = (
    "failure_reproduced",
    "failure_gone",
    "tests_pass",
    "results_identical",
    "rows_kept",
    "smallest_change",
    "rollback_rehearsed",
)
MAXIMUM_CANDIDATES = 12
MAXIMUM_HUNKS = 6
"""Single hunks of one file that are tried by themselves."""


Text = tuple[tuple[str, str | None], ...]
"""What a proposal's files hold after it, by path."""


def restore_text(now: str, good: str, hunks: Sequence[int]) -> str:
    """Today's text with some hunks as they were in the last good state; all of it where none is named.

    >>> restore_text("a\\nx\\nc\\ny\\n", "a\\nb\\nc\\nd\\n", [1])
    'a\\nx\\nc\\nd\\n'
    """
    if not hunks:
        return good
    ours, theirs = lines(now), lines(good)
    for number, (a, b, c, d) in reversed(list(enumerate(differences(ours, theirs)))):
        if number in hunks:
            ours[a:b] = theirs[c:d]
    return "".join(ours)


def text_options(diagnoses: Sequence[Diagnosis], project: Project, graph: Graph, base: str) -> tuple[Options, ...]:
    """Candidates for the diagnoses that committed edits explain; those of the same edits are one transaction.

    What no committed edit explains is refused with the reason. Uncommitted work is never touched.
    """
    good = published.required(project).state.commit
    edits = committed(project, good, base)
    loose = uncommitted(project, base)
    groups: list[tuple[list[Diagnosis], dict[str, Edit]]] = []
    refused = []
    for diagnosis in diagnoses:
        found = _suspects(diagnosis, edits, graph)
        if reason := _unanswerable(diagnosis, found, loose):
            refused.append(Options(diagnoses=(diagnosis,), refusal=reason))
            continue
        blocks = _stops_parsing(diagnosis)
        near = {e.path: e for e in found}
        joined = [g for g in groups if g[1].keys() & near.keys() or (blocks and _stops_parsing(g[0][0]))]
        together = [d for g in joined for d in g[0]], {p: e for g in joined for p, e in g[1].items()}
        groups = [g for g in groups if g not in joined]
        groups.append(([*together[0], diagnosis], {**together[1], **near}))
    groups.sort(key=lambda g: not _stops_parsing(g[0][0]))
    made = [_options(found, list(near.values()), edits, project, graph, good) for found, near in groups]
    return (*made, *refused)


def stops_parsing(options: Options) -> bool:
    """Whether nothing else can be proved before this fault is answered."""
    return any(_stops_parsing(d) for d in options.diagnoses)


def _suspects(diagnosis: Diagnosis, edits: Sequence[Edit], graph: Graph) -> list[Edit]:
    found: dict[str, Edit] = {}
    path = diagnosis.subject.rsplit(":", 1)[0]
    found.update({e.path: e for e in edits if e.path == path})
    if found:
        return list(found.values())
    for item in diagnosis.evidence:
        if NOT_THE_TEXT in item.message:
            continue
        node = graph.nodes.get(item.node)
        found.update({e.path: e for e in suspects(edits, item.message, node, graph).edits})
    return list(found.values())


def _stops_parsing(diagnosis: Diagnosis) -> bool:
    return any(e.node in ("dbt", "work tree") for e in diagnosis.evidence)


def _unanswerable(diagnosis: Diagnosis, found: Sequence[Edit], loose: Sequence[str]) -> str:
    """Why no candidate can be made; empty where one can."""
    if diagnosis.cause in OPERATIONAL:
        return f"no change of code answers {diagnosis.cause.value}: free it and run `adp heal` again"
    path = diagnosis.subject.rsplit(":", 1)[0]
    concerned = [p for p in loose if p == path or any(p == e.path for e in diagnosis.evidence)]
    if any(e.node == "work tree" for e in diagnosis.evidence):
        concerned = concerned or list(loose)
    if concerned and not found:
        back = f"git checkout -- {' '.join(concerned)}"
        return f"uncommitted edits in {', '.join(concerned)}: commit them, or take them back with `{back}`"
    if not found:
        why = "no committed edit since the last good state explains it"
        if any(FROM_VALUES in e.message for e in diagnosis.evidence):
            why = "a source delivers such values, and no change of code may alter them: correct them there"
        return f"{diagnosis.cause.value}: {why}"
    if all(e.vendored for e in found):
        return f"{', '.join(e.path for e in found)} is part of a package and not ours to edit: run `dbt deps` again"
    return ""


def _options(
    diagnoses: Sequence[Diagnosis],
    near: Sequence[Edit],
    edits: Sequence[Edit],
    project: Project,
    graph: Graph,
    good: str,
) -> Options:
    ours = [e for e in near if not e.vendored]
    ordered = sorted(diagnoses, key=lambda d: -d.confidence)
    candidates = full_refreshes(ordered, ours, project, graph)
    texts: set[Text] = set()
    for parts in itertools.islice(_choices(ours, [e for e in edits if not e.vendored], ordered), MAXIMUM_CANDIDATES):
        proposal = _proposal(ordered, parts, project, graph, good)
        if _text(proposal) not in texts:
            texts.add(_text(proposal))
            candidates.append(proposal)
    fixes = _beside(fixed_tokens(ordered, ours, project, graph), texts)
    declared = declared_columns(ordered, ours, project, graph)
    return Options(diagnoses=tuple(ordered), candidates=(*fixes, *declared, *candidates))


def _beside(fixes: Sequence[Proposal], texts: Collection[Text]) -> list[Proposal]:
    """Corrections that keep the rest of an edit. One that is the last good text is left to restoring it, which says
    more; and where the whole edit is the slip of one name, no name farther away competes with the one that stood there.
    """
    kept, stood = [], dict[tuple[str, str], int]()
    for proposal in fixes:  # nearest name first
        (change,) = (c for c in proposal.changes if isinstance(c, FixToken))
        slip, steps = (change.path, change.token), letters(change)
        if _text(proposal) in texts:
            stood.setdefault(slip, steps)
        elif steps <= stood.get(slip, steps):
            kept.append(proposal)
    return kept


def _text(proposal: Proposal) -> Text:
    return tuple(sorted((f.path, f.after) for f in proposal.files))


Part = tuple[Edit, tuple[int, ...]]


def _choices(near: Sequence[Edit], edits: Sequence[Edit], diagnoses: Sequence[Diagnosis]) -> Iterable[tuple[Part, ...]]:
    """Smallest first: single hunks, whole files, what is concerned together, everything that was edited.

    A file that is new since the last good state is taken away only where something failed in it.
    """
    pointed: list[Part] = []
    for edit in near:
        order = _nearest(edit, diagnoses)
        yield from (((edit, (n,)),) for n in order[:MAXIMUM_HUNKS])
        wanted = _lines(edit, diagnoses)
        exact = tuple(sorted(n for n in order if not _distance(edit, n, wanted)[0]))
        pointed.append((edit, exact or tuple(order[:1])))
    if any(hunks for _, hunks in pointed):
        yield tuple(pointed)
    for edit in near:
        yield ((edit, ()),)
    if len(near) > 1:
        yield tuple((e, ()) for e in near)
    known = [e for e in edits if e.good is not None or e in near]
    if len(known) > len(near):
        yield tuple((e, ()) for e in known)


def _nearest(edit: Edit, diagnoses: Sequence[Diagnosis]) -> list[int]:
    """Numbers of an edit's hunks, nearest to what the diagnoses point at first; empty where it is one piece."""
    if edit.good is None or edit.now is None or len(edit.hunks) < 2:
        return []
    wanted = _lines(edit, diagnoses)
    return sorted(range(len(edit.hunks)), key=lambda n: _distance(edit, n, wanted))


def _lines(edit: Edit, diagnoses: Sequence[Diagnosis]) -> list[int]:
    pairs = [d.subject.rsplit(":", 1) for d in diagnoses if ":" in d.subject]
    return [int(line) for path, line in pairs if path == edit.path and line.isdigit()]


def _distance(edit: Edit, number: int, wanted: Sequence[int]) -> tuple[int, int]:
    hunk = edit.hunks[number]
    last = hunk.line + max(hunk.added.count("\n") - 1, 0)
    return min((max(hunk.line - w, w - last, 0) for w in wanted), default=0), number


def _proposal(
    diagnoses: Sequence[Diagnosis], parts: Sequence[Part], project: Project, graph: Graph, good: str
) -> Proposal:
    files, changes, nodes = [], [], dict[str, None]()
    for edit, hunks in parts:
        path = project.in_repo(edit.path)
        after = edit.good if edit.good is None or edit.now is None else restore_text(edit.now, edit.good, hunks)
        files.append(FileChange(path=path, before=edit.now, after=after))
        changes.append(RestoreText(path=path, commit=good, hunks=hunks))
        nodes.update(dict.fromkeys(uid for uid in touched(edit, graph) if _is_model(graph, uid)))
    risk, why = _risk(diagnoses, parts, project)
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=_title(diagnoses, parts),
        diagnoses=tuple(diagnoses),
        changes=tuple(changes),
        files=tuple(files),
        nodes=tuple(nodes),
        claims=CLAIMS,
        reasons=tuple(dict.fromkeys(d.explanation for d in diagnoses)),
        risk=risk,
        risk_reasons=why,
        impact=f"below {_called(graph, nodes)}: {graph.reach(*nodes)}",
    )


def _is_model(graph: Graph, uid: str) -> bool:
    return uid in graph.nodes and graph.nodes[uid].kind in ("model", "snapshot")


def _questioned(diagnoses: Sequence[Diagnosis]) -> bool:
    return all(d.cause is Cause.logic_changed for d in diagnoses)


def _title(diagnoses: Sequence[Diagnosis], parts: Sequence[Part]) -> str:
    words, away = [], [e.path for e, _ in parts if e.good is None]
    for edit, hunks in parts:
        at = ", ".join(str(edit.hunks[n].line) for n in hunks)
        words += [f"line {at} of {edit.path}" if hunks else edit.path] if edit.good is not None else []
    if _questioned(diagnoses):
        return f"Was the change to {' and '.join([*words, *away])} meant?"
    removed = f"Remove {' and '.join(away)}, new since the last good state" if away else ""
    restored = f"Restore {' and '.join(words)} as last good" if words else ""
    return "; ".join(filter(None, (restored, removed)))


def _risk(diagnoses: Sequence[Diagnosis], parts: Sequence[Part], project: Project) -> tuple[Risk, tuple[str, ...]]:
    if any(d.cause is Cause.logic_changed for d in diagnoses):
        return Risk.high, ("a person's commit that builds is undone",)
    if any(edit.good is None for edit, _ in parts):
        return Risk.high, ("a file that a person added is removed",)
    if any(_adds(edit, hunks) for edit, hunks in parts):
        return Risk.high, ("work that a person added goes with what is wrong in it",)
    why = ["what a person committed no longer parses or binds, and is put back"]
    if project.other_targets:
        why.append(f"proved on DuckDB only; the profile also has {', '.join(project.other_targets)}")
    return Risk.medium, tuple(why)


def _adds(edit: Edit, hunks: Sequence[int]) -> bool:
    """Whether what is taken back says more than what comes again: lines that are new, or words beside the old ones."""
    for number, hunk in enumerate(edit.hunks):
        if hunks and number not in hunks:
            continue
        added, removed = (Counter(re.findall(r"\w+", text)) for text in (hunk.added, hunk.lost))
        if (added and not removed) or (added - removed).total() > (removed - added).total() + 1:
            return True
    return False


def _called(graph: Graph, nodes: Iterable[str]) -> str:
    return ", ".join(graph.nodes[uid].name for uid in nodes if uid in graph.nodes) or "no model"
