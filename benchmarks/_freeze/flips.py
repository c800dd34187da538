"""One byte changed in lock, code, certificates, changelog or audit log, and a log cut short: all of it is found."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from _freeze import store
from _freeze.warm import Job, alone
from agents import lock
from agents.audit import FILE, HEAD
from agents.contracts import Frozen
from agents.freeze.changelog import CHANGELOG
from agents.freeze.package import CERTIFICATES
from agents.frozen.adopt import adopt_path
from agents.frozen.verify import verify
from agents.ledger import Ledger
from agents.project import Project, open_project
from agents.rollback import rollback

NAME = "flips"
TARGET = "at least 10,000 single-byte flips of lock, code, certificates and audit found, and every cut tail"
KINDS = ("lock", "code", "certificates", "changelog", "audit", "head")
BATCH = 50
"""Flips of one case; each is verified by itself."""
ROUNDS = 34
CUTS = 6


def cases(seeds: int) -> Sequence[str]:
    """`kind/n`: fifty flips of files of that kind; `cut/n`: the log cut at every line, and at fifty bytes."""
    flips = [f"{kind}/{n}" for kind in KINDS for n in range(ROUNDS * seeds)]
    return [*flips, *(f"cut/{n}" for n in range(CUTS * seeds))]


@cache
def _tampered() -> Path:
    root = store.parsed_copy("repaired", store.shelf() / "tampered")
    alone(Job("_freeze.flips:age", [str(root)]))
    return root


def age(root: str) -> None:
    """Give the shop a past: several versions of several assets, an adopted edit, a rollback."""
    project = open_project(Path(root))
    for n in range(3):
        store.land(project, {m: f"select {n} as c, {i} as d\n" for i, m in enumerate(store.MODELS[:3])}, f"past{n}")
    text = (project.root / store.STAGED).read_text()
    (project.root / store.STAGED).write_text(f"-- read by the shop\n{text}")
    landed, _ = adopt_path(project, store.STAGED)
    assert landed.applied, landed
    with closing(Ledger.at(project.state)) as ledger:
        rollback(project, ledger, "mart_2", by="ann", why="for a test")
        rollback(project, ledger, "stg_orders", by="ann", why="for a test")


def run(case: str) -> dict[str, Any]:
    """Change, verify, put back, by turns."""
    missed: list[str] = alone(Job("_freeze.flips:missed", [str(_tampered()), case, BATCH]))
    return {"ok": not missed, "detail": "; ".join(missed[:5]) or "all found"}


def missed(root: str, case: str, batch: int) -> list[str]:
    """The changes that `verify` did not see; and the untouched project, if it is not valid before and after."""
    project = open_project(Path(root))
    kind, _, _ = case.partition("/")
    draw = random.Random(case)
    sound = [f"untouched: {f.words}" for f in verify(project).findings if f.state != "valid"]
    changes = _cuts(project, draw, batch) if kind == "cut" else _flips(project, kind, draw, batch)
    found = [words for words, file, raw in changes if not _found(project, file, raw)]
    after = [f"put back: {f.words}" for f in verify(project).findings if f.state != "valid"]
    return [*sound, *found, *after]


def _found(project: Project, file: Path, raw: bytes) -> bool:
    whole = file.read_bytes()
    file.write_bytes(raw)
    try:
        return verify(project).state == "invalid"
    finally:
        file.write_bytes(whole)


def _flips(project: Project, kind: str, draw: random.Random, batch: int) -> Iterator[tuple[str, Path, bytes]]:
    entries = lock.load(project.root)
    files = _files(project, kind, tuple(entries.values()))
    for _ in range(batch):
        file = draw.choice(files)
        raw = bytearray(file.read_bytes())
        at, bit = draw.randrange(len(raw)), draw.randrange(8)
        raw[at] ^= 1 << bit
        yield f"{file.name}: bit {bit} of byte {at} of {len(raw)} was not seen", file, bytes(raw)


def _files(project: Project, kind: str, entries: tuple[Frozen, ...]) -> list[Path]:
    if kind == "code":
        return [project.root / e.path for e in entries]
    if kind == "certificates":
        return sorted((project.root / CERTIFICATES).glob("*.json"))
    return [{"lock": project.root / lock.LOCK_FILE, "changelog": project.root / CHANGELOG,
             "audit": project.state / FILE, "head": project.state / HEAD}[kind]]  # fmt: skip


def _cuts(project: Project, draw: random.Random, batch: int) -> Iterator[tuple[str, Path, bytes]]:
    file = project.state / FILE
    whole = file.read_bytes()
    ends = [n + 1 for n, byte in enumerate(whole) if byte == 10][:-1]
    for at in (0, *ends, *(draw.randrange(len(whole)) for _ in range(batch))):
        yield f"{FILE} cut after byte {at} of {len(whole)} was not seen", file, whole[:at]
