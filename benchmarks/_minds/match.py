"""Which of the candidates is the missing column or table: renames written by hand, and what each evidence adds.

Half of the schemas are sealed: their cases count, and nobody who works on the matcher reads which of them fail.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from _lines import calibration, share, times

from _minds.match_values import COPIES, TYPE, type_of, values
from agents.minds.match.decide import judge_named
from agents.minds.match.delivered import compared
from agents.minds.match.evidence import Case, Column, evidence
from agents.minds.match.meaning import Embed, cosines, embedding, installed
from agents.minds.match.names import Name
from agents.minds.match.roles import family
from agents.minds.match.vocabulary import vocabulary
from agents.warehouse import quoted

NAME = "match"
FOLDER = Path(__file__).parent / "cases"
RIGHT, DECIDED, MS, MS_WITH_DATA = 0.95, 0.85, 100.0, 300.0
STEPS = {
    "words": "names alone: words, abbreviations, spelling",
    "glossary": "and synonyms, translations",
    "told": "and the missing one's type (what the command line knows without data)",
    "types": "and the candidates' types",
    "meanings": "and embeddings, where they are installed",
    "data": "names, glossary, types and values, without embeddings",
    "meanings+data": "and embeddings, where they are installed",
}
"""What each engine of this section knows, each more than the one before."""
OLD, LATER = range(400), range(400, 600)
"""Rows of the last good state, and rows that come after."""


@dataclass(frozen=True)
class Rename:
    """One case."""

    schema: str
    delivery: str
    """`rows`: old rows come again, with the table's key; `drop`: later rows alone."""
    sealed: bool
    missing: str
    kind: str
    right: str | None
    candidates: dict[str, str]
    """Name -> kind, the right one among them."""


@cache
def renames() -> dict[str, Rename]:
    """Every case by its name."""
    found = {}
    for part in ("open", "sealed"):
        schema = delivery = ""
        for line in (FOLDER / f"renames_{part}.txt").read_text().splitlines():
            if section := re.fullmatch(r"\[(\w+) (\w+)\]", line):
                schema, delivery = section.groups()
            elif " > " in line and not line.startswith("#"):
                one = _rename(line, schema, delivery, part == "sealed")
                found[f"{part}/{schema}/{one.missing}"] = one
    return found


def _rename(line: str, schema: str, delivery: str, sealed: bool) -> Rename:
    wanted, rest = line.split(" > ")
    right, others = rest.split(" | ")
    missing, kind = wanted.split(":")
    candidates = dict(other.split(":") for other in others.split())
    known = None if right == "-" else right
    return Rename(
        schema,
        delivery,
        sealed,
        missing,
        kind,
        known,
        dict(sorted({**candidates, **({known: kind} if known else {})}.items())),
    )


def cases(seeds: int) -> list[str]:
    """Nothing is drawn: the same for any seeds."""
    return list(renames())


def run(case: str) -> dict[str, Any]:
    """What is said of a case with each more evidence. Of a sealed one only whether it is right."""
    rename = renames()[case]
    embed = embedded()
    known = [s for s in STEPS if (embed or "meanings" not in s) and ("data" not in s or rename.kind != "table")]
    engines = {step: answered(rename, step) for step in known}
    for told in engines.values():
        if rename.sealed:
            told.pop("said")
    text = "sealed" if rename.sealed else f"{rename.missing} -> {rename.right} of {', '.join(rename.candidates)}"
    return {"text": text, "engines": engines}


def given(row: dict[str, Any]) -> dict[str, Any]:
    """`{"missing", "candidates": [...] or {name: type}, "right": name or null}`, and `type` where it is known."""
    kinds = row["candidates"] if isinstance(row["candidates"], dict) else dict.fromkeys(row["candidates"], "")
    one, case = row["missing"], _case(row["missing"], row.get("type", ""), kinds)
    told = _judged(case, "names", row["right"], time.process_time())
    return {
        "text": f"{one} -> {row['right']} of {', '.join(kinds)}",
        "engines": {"types" if any(kinds.values()) else "told": told},
    }


def answered(rename: Rename, step: str) -> dict[str, Any]:
    """The answer with so much evidence, and the CPU time it took."""
    table = rename.kind == "table"
    kind = "" if table or step in ("words", "glossary") else type_of(rename.kind)
    typed = step not in ("words", "glossary", "told") and not table
    kinds = {c: type_of(k, rename.kind) if typed else "" for c, k in rename.candidates.items()}
    case = _case(rename.missing, kind, kinds)
    if step == "words":
        case = case.knowing(_nothing())
    if "data" not in step:
        judge = {"words": "words", "glossary": "glossary", "meanings": "names+meanings"}.get(step, "names")
        return _judged(case, judge, rename.right, time.process_time())
    with delivered(rename) as db:
        begun = time.process_time()
        missed, seen = compared(db, "good.t", "now.t", rename.missing, list(kinds))
        judge = "names+meanings+data" if "meanings" in step else "names+data"
        return _judged(Case(case.missing, case.candidates, missed, seen), judge, rename.right, begun)


@cache
def embedded() -> Embed | None:
    """The embedding, where it is installed."""
    return embedding() if installed() else None


def _case(missing: str, kind: str, kinds: dict[str, str]) -> Case:
    knows = vocabulary()
    return Case(Column(Name.of(missing, knows), kind), [Column(Name.of(c, knows), k) for c, k in kinds.items()])


@cache
def _nothing() -> Any:
    from random import Random

    return vocabulary().without(Random(0), 1.1)


def _judged(case: Case, judge: str, right: str | None, begun: float) -> dict[str, Any]:
    by = judge_named(judge)
    if "meanings" in judge and (embed := embedded()):
        vectors = embed([case.missing.name.spelled, *(c.name.spelled for c in case.candidates)])
        case = case.with_meanings(cosines(*vectors))
    shares = by.probabilities(evidence(case))
    decided = not by.decides(case, shares)
    spent = (time.process_time() - begun) * 1000
    best = case.candidates[shares.index(max(shares))].name.text
    return {
        "right": best == right if decided else right is None,
        "decided": decided,
        "first": best == right,
        "answerable": right is not None,
        "confidence": round(max(shares), 4),
        "cpu_ms": round(spent, 2),
        "said": best,
    }


def delivered(rename: Rename) -> duckdb.DuckDBPyConnection:
    """The table as it was (`good.t`) and as it is now (`now.t`)."""
    db = duckdb.connect()
    now = range(OLD.start, LATER.stop) if rename.delivery == "rows" else LATER
    _table(
        db,
        "good",
        {"row_key": ("BIGINT", list(OLD)), rename.missing: _column(rename, rename.missing, rename.kind, OLD)},
    )
    arrived = {
        c: _column(rename, rename.missing if c == rename.right else c, k, now) for c, k in rename.candidates.items()
    }
    _table(db, "now", {"row_key": ("BIGINT", list(now)), **arrived})
    return db


def _column(rename: Rename, name: str, kind: str, rows: range) -> tuple[str, list[object]]:
    if kind not in COPIES:
        return type_of(kind), values(name, kind, rows)
    same = values(rename.missing, rename.kind, rows)
    known = TYPE.get(rename.kind, "VARCHAR")
    if kind == "=" or family(known) != "number":
        return known, same
    return "DOUBLE", [v * COPIES[kind] if isinstance(v, int | float) else v for v in same]


def _table(db: duckdb.DuckDBPyConnection, schema: str, columns: dict[str, tuple[str, list[object]]]) -> None:
    parts = ", ".join(f"unnest(?::{kind}[]) as {quoted(name)}" for name, (kind, _) in columns.items())
    db.execute(f"create schema {schema}")
    db.execute(
        f"create table {schema}.t as select {parts}",
        [[None if v is None else str(v) for v in found] for _, found in columns.values()],
    )


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Right among decided, decided, undecided where none is right, calibration and CPU time, by evidence and half."""
    table: list[dict[str, Any]] = []
    for step in STEPS:
        every = [(r["case"], r["engines"][step]) for r in rows if step in r["engines"]]
        for half in ("", "open", "sealed"):
            mine = [told for case, told in every if case.startswith(half)]
            if mine:
                table += _lines(f"{step}{', ' + half if half else ''}", mine, step if not half else "")
    return table


def _lines(name: str, told: Sequence[dict[str, Any]], step: str) -> Iterator[dict[str, Any]]:
    decided = [t for t in told if t["decided"]]
    answerable, others = ([t for t in told if t["answerable"] is wanted] for wanted in (True, False))
    aimed = step not in ("", "words", "glossary")
    yield share(f"{name}: right among decided", [t["first"] for t in decided], RIGHT if aimed else None)
    yield share(f"{name}: decided, where one is right", [t["decided"] for t in answerable], DECIDED if aimed else None)
    if not step:
        return
    yield share(f"{name}: ranked first, where one is right", [t["first"] for t in answerable])
    if others:
        yield share(f"{name}: undecided, where none is right", [not t["decided"] for t in others])
    yield calibration(f"{name}: calibration error", [(t["confidence"], t["first"]) for t in told])
    limit = MS_WITH_DATA if "data" in step else MS
    yield times(f"{name}: CPU time, median / p95", [t["cpu_ms"] for t in told], limit)
