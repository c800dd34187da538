"""Judge a kept version: the old contract is there again, with its contents, and nothing else is any different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.contracts import Check, Fingerprint, KeepVersion, Proposal, Verdict
from agents.edits import first_words
from agents.errors import RetryableError, SandboxError
from agents.graph import Graph, Node
from agents.sandbox.results import (
    Answer,
    Bench,
    difference,
    failing,
    mark_apart,
    prints,
    volatile,
)
from agents.sandbox.stage import opened
from agents.verify.text_checks import runtime, tests
from agents.warehouse import exists, fingerprint, quoted


@dataclass(frozen=True)
class Reference:
    """What the old version was last published as."""

    content: Fingerprint | None
    """None where no copy of it is kept: then nothing can be compared."""
    said: str
    """Of when it is, or why there is none."""
    moved: tuple[str, ...] = ()
    """Sources of the old text whose rows are others since."""


@dataclass(frozen=True)
class _Built:
    """What the two texts came to."""

    model: Node
    change: KeepVersion
    before: Answer
    after: Answer
    apart: Mapping[str, Sequence[str]]

    @property
    def kept(self) -> str:
        return _of(self.model, self.change.number)

    @property
    def newest(self) -> str:
        return _of(self.model, self.change.newest)

    def now(self, uid: str) -> str:
        """The id that a node has after the change."""
        return self.newest if uid == self.model.unique_id else uid


def _of(model: Node, number: int) -> str:
    return f"model.{model.package}.{model.name}.v{number}"


def lost(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Columns (name -> type) that are gone or have another type, in words.

    >>> lost({"id": "BIGINT", "tax": "DOUBLE"}, {"id": "VARCHAR"})
    ('id (BIGINT, now VARCHAR)', 'tax (DOUBLE)')
    """
    return tuple(
        f"{name} ({kind}, now {now[name]})" if name in now else f"{name} ({kind})"
        for name, kind in before.items()
        if now.get(name) != kind
    )


def verify_version(
    proposal: Proposal, graph: Graph, bench: Bench, ids: Sequence[str], texts: Sequence[Mapping[str, str | None]],
    reference: Reference,
) -> Verdict:  # fmt: skip
    """A verdict on one proposal; `ids` are built by the text before and the one after, which are `texts`.

    Leaves the sandbox with the text before. Raises RetryableError where that fails already: another fault comes first.
    """
    (change,) = (c for c in proposal.changes if isinstance(c, KeepVersion))
    try:
        return _verdict(proposal, change, graph, bench, ids, texts, reference)
    except SandboxError as error:
        check = Check(name="newest_unchanged", passed=False, measured=str(error), allowed="the sandbox runs it")
        return Verdict(proposal_id=proposal.id, accepted=False, checks=(check,))
    finally:
        bench.write(texts[0])


def _verdict(
    proposal: Proposal, change: KeepVersion, graph: Graph, bench: Bench, ids: Sequence[str],
    texts: Sequence[Mapping[str, str | None]], reference: Reference,
) -> Verdict:  # fmt: skip
    model = graph.nodes[change.model]
    before = bench.build(ids)
    if stops := [f"{uid}: {first_words(message)}" for uid, message in failing(before).items()]:
        raise RetryableError(f"{model.name}: answer first what fails without this change: {'; '.join(stops)}")
    # The bare name must come from the new text: what the old one left there goes.
    bench.worker.ask("reset", relations=[[model.schema, model.identifier]], fresh=True)
    bench.write(texts[1])
    after = bench.build(ids)
    built = _Built(model, change, before, after, {})
    if _differing(built) or _moved(built, reference):
        # From nothing again: an incremental model that goes on would differ from itself in everything.
        anew = [[model.schema, f"{model.identifier}_v{change.number}"]]
        bench.worker.ask("reset", relations=anew, fresh=True)
        apart = volatile(prints(after), prints(bench.build(ids)))
        built = _Built(model, change, before, after, apart)
    checks = (
        _broken(built, reference),
        _contract(built, reference),
        _contents(built, reference),
        _unchanged(built, bench),
        tests(after),
        _rollback(bench, texts),
        runtime(after),
    )
    held = {c.name for c in checks if c.passed}
    found = {uid: p for uid, p in prints(after).items() if not uid.startswith(("test.", "unit_test."))}
    return Verdict(
        proposal_id=proposal.id,
        accepted=held >= set(proposal.claims),
        checks=checks,
        affected=tuple(found),
        fingerprints=mark_apart(found, built.apart),
    )


def _broken(built: _Built, reference: Reference) -> Check:
    """The failure: what people read of the old contract is not under the bare name."""
    now = prints(built.before).get(built.model.unique_id)
    words = ", ".join(lost(reference.content.types, now.types)) if reference.content and now else ""
    label = built.model.label
    unknown = "" if reference.content or not now else f"{label} has {', '.join(now.types)}; {reference.said}"
    return Check(
        name="failure_reproduced",
        passed=bool(words or unknown),
        measured=f"{label} lacks {words}" if words else unknown or f"{label} has every column as before",
        allowed="the newest version lacks a column of the old one, or has it in another type",
    )


def _contract(built: _Built, reference: Reference) -> Check:
    found = prints(built.after).get(built.kept)
    said = failing(built.after)
    allowed = f"its columns and their types, in their order, are those of {reference.said}"
    if found is None:
        words = "; ".join(f"{uid}: {first_words(m)}" for uid, m in said.items()) or f"{built.kept} was not built"
        return Check(name="contract_kept", passed=False, measured=words, allowed=allowed)
    if reference.content is None:
        words = f"it builds, with {', '.join(found.types)}; {reference.said}"
        return Check(name="contract_kept", passed=False, measured=words, allowed="a published copy to compare with")
    same = list(found.types.items()) == list(reference.content.types.items())
    words = f"{len(found.types)} columns, same names and types" if same else "; ".join(
        lost(reference.content.types, found.types)
    ) or f"columns are {', '.join(found.types)}"  # fmt: skip
    return Check(name="contract_kept", passed=same, measured=words, allowed=allowed)


def _moved(built: _Built, reference: Reference) -> str:
    """How the kept version's contents differ from what was published; empty where they do not."""
    found = prints(built.after).get(built.kept)
    if found is None or reference.content is None:
        return "nothing to compare"
    return str(difference(reference.content, found, apart=built.apart.get(built.kept, ())) or "")


def _contents(built: _Built, reference: Reference) -> Check:
    found, words = prints(built.after).get(built.kept), _moved(built, reference)
    if not words and found:
        aside = built.apart.get(built.kept)
        said = f"{found.rows:,} rows, {len(found.columns)} whole columns: same hashes"
        said += f"; set apart, they differ from run to run: {', '.join(aside)}" if aside else ""
        return Check(name="contents_kept", passed=True, measured=said, allowed=f"as in {reference.said}, hash for hash")
    changed = ", ".join(reference.moved)
    explained = bool(changed) and built.change.as_of is None and found is not None and reference.content is not None
    return Check(
        name="contents_kept",
        passed=explained,
        measured=f"{words}; its sources have other rows since: {changed}" if explained else words,
        allowed=f"as in {reference.said}, hash for hash, unless its sources have other rows since",
    )


def _differing(built: _Built) -> list[str]:
    before, after = prints(built.before), prints(built.after)
    words = []
    for uid, expected in before.items():
        found = after.get(built.now(uid))
        if found is None:
            words.append(f"{uid} is not built any more")
        elif d := difference(expected, found, apart=built.apart.get(built.now(uid), ())):
            words.append(f"{built.now(uid)}: {d}")
    return words


def _unchanged(built: _Built, bench: Bench) -> Check:
    """The newest under the bare name, and everything below, is what it is without the proposal."""
    words = [f"{uid}: {first_words(m)}" for uid, m in failing(built.after).items()]
    words += _differing(built)
    expected = prints(built.after).get(built.newest)
    name = quoted(built.model.schema, built.model.identifier)
    with opened(bench.stage) as db:
        found = fingerprint(db, name) if exists(db, name) else None
    if expected is None or found is None or difference(expected, found):
        words.append(f"{built.model.label} is not what {built.newest} makes")
    count = len(prints(built.before))
    return Check(
        name="newest_unchanged",
        passed=not words,
        measured="; ".join(words)
        or f"{built.model.label} is {built.newest}; {count} relations, each whole column: same hashes as without it",
        allowed="the bare name and everything below hold what they hold without this change",
    )


def _rollback(bench: Bench, texts: Sequence[Mapping[str, str | None]]) -> Check:
    bench.write(texts[0])
    back = bench.worker.ask("read", paths=list(texts[0]))
    parses = bench.worker.ask("parse")
    same = back == dict(texts[0]) and parses is None
    return Check(
        name="rollback_rehearsed",
        passed=same,
        measured=f"{len(back)} file(s) put back, byte for byte, and dbt parses them" if same else str(parses),
        allowed="putting the files back restores the committed text exactly",
    )
