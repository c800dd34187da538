"""What speaks for a candidate and what against: names, roles, types, values and meanings as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agents.minds.match import roles
from agents.minds.match.align import Alignment, align
from agents.minds.match.names import Name
from agents.minds.match.sample import DATA, Sample, Seen, resemblance

NAMES = (
    "of_missing", "of_candidate", "both", "wholly", "spelled", "equal", "head", "by_glossary", "by_spelling", "left",
    "added", "added_role", "role", "role_apart", "opposed", "units", "numbers",
)  # fmt: skip
TYPES = ("type_role", "type_same", "type_apart")
MEANING = ("meaning", "meaning_best")
FEATURES = (*NAMES, *TYPES, *MEANING, *(f"data_{name}" for name in DATA))


@dataclass(frozen=True)
class Column:
    """A column or table as far as it is known."""

    name: Name
    kind: str = ""
    """DuckDB's name of the type; empty where it is unknown."""


@dataclass(frozen=True)
class Case:
    """What is missed, and what it may be now."""

    missing: Column
    candidates: Sequence[Column]
    missed: Sample | None = None
    """Its values in the last good state."""
    seen: Mapping[str, Seen] | None = None
    """Values of the candidates, by name."""
    meanings: Sequence[float] | None = None
    """Of each candidate, how near its meaning is to the missing one's: a cosine."""

    def with_meanings(self, meanings: Sequence[float] | None) -> "Case":
        """The same, and how near the meanings are."""
        return replace(self, meanings=meanings)


def evidence(case: Case) -> list[dict[str, float]]:
    """The features of each candidate."""
    found = []
    for position, candidate in enumerate(case.candidates):
        row = dict.fromkeys(FEATURES, 0.0)
        row |= _of_names(case.missing, candidate) | _of_types(case.missing, candidate)
        if case.meanings is not None:
            row["meaning"] = case.meanings[position]
            row["meaning_best"] = float(case.meanings[position] >= max(case.meanings))
        if case.missed is not None and case.seen and candidate.name.text in case.seen:
            values = resemblance(case.missed, case.seen[candidate.name.text])
            row |= {f"data_{name}": value for name, value in values.items()}
        found.append(row)
    return found


def _of_names(missing: Column, candidate: Column) -> dict[str, float]:
    one, other = missing.name, candidate.name
    aligned = align(one, other)
    roles_of = roles.role(one) or _role_of_type(missing.kind), roles.role(other)
    fit = roles.go_together(*roles_of)
    both = min(aligned.of_one, aligned.of_other)
    fitting = _fitting(missing, roles_of, other)
    return {
        "of_missing": aligned.of_one,
        "of_candidate": aligned.of_other,
        "both": both,
        "wholly": float(both >= 0.8),
        "spelled": fuzz.ratio(one.spelled, other.spelled) / 100,
        "equal": float(sorted(one.words) == sorted(other.words)),
        "head": _head(aligned, one, other),
        "by_glossary": _by("glossary", aligned),
        "by_spelling": _by("spelling", aligned),
        "left": min(len(aligned.left_one), 3) / 3,
        "added": min(sum(w not in fitting for w in aligned.left_other), 3) / 3,
        "added_role": float(any(w in fitting for w in aligned.left_other)),
        "role": max(fit, 0.0),
        "role_apart": min(fit, 0.0),
        "opposed": float(min(roles.opposed(one, other), 2)),
        "units": roles.units_differ(one, other),
        "numbers": roles.numbers_differ(one, other),
    }


def _fitting(missing: Column, roles_of: tuple[str, str], other: Name) -> set[str]:
    """Words that only say the role of the candidate, where that goes with what is missed: `guest`, `guest_name`."""
    goes = roles.go_together(*roles_of) if all(roles_of) else roles.holds(missing.kind, roles_of[1]) or 0.1
    if goes <= 0:
        return set()
    return {w for w, plain in zip(other.words, other.plain, strict=True) if any(roles.ROLE.get(p) == roles_of[1] for p in plain)}


def _role_of_type(kind: str) -> str:
    return {"moment": "moment", "boolean": "flag"}.get(roles.family(kind), "")


def _head(aligned: Alignment, one: Name, other: Name) -> float:
    """How sure it is that the last words, which name the thing, say the same."""
    last = len(one.words), len(other.words)
    return max((k.sure for k in aligned.links if (k.one.last, k.other.last) == last), default=0.0)


def _by(means: str, aligned: Alignment) -> float:
    """The share of the links that rest on this alone."""
    return sum(k.by == means for k in aligned.links) / max(len(aligned.links), 1)


def _of_types(missing: Column, candidate: Column) -> dict[str, float]:
    one, other = roles.family(missing.kind), roles.family(candidate.kind)
    known = bool(one and other)
    wanted = roles.holds(missing.kind, roles.role(candidate.name))
    return {
        "type_role": wanted,
        "type_same": float(known and one == other),
        "type_apart": float(known and one != other),
    }


def reasons(row: Mapping[str, float], missing: Column, candidate: Column) -> list[str]:
    """What speaks for and against a candidate, in words."""
    aligned = align(missing.name, candidate.name)
    said = [
        f"{' '.join(k.one.words)} = {' '.join(k.other.words)}" + (f" ({k.by} {k.sure:.2f})" if k.by != "word" else "")
        for k in aligned.links
    ]
    words = [f"names: {', '.join(said)}" if said else "names: no word in common"]
    words += [f"{len(aligned.left_one)} of its words not found: {', '.join(aligned.left_one)}"] if aligned.left_one else []
    words += [f"also says {', '.join(aligned.left_other)}"] if aligned.left_other else []
    told = {
        "role_apart": "is there for something else", "opposed": "names the opposite", "type_apart": "another type",
        "data_scaled": "the same rows hold a multiple of it",
    }  # fmt: skip
    words += [text for key, text in told.items() if abs(row[key]) >= 0.5]
    words += ["another unit"] if row["units"] == 1 else []
    words += [f"type {candidate.kind} as before"] if row["type_same"] else []
    words += [f"values shared {row['data_shared']:.0%}"] if row["data_shared"] else []
    words += [f"same rows equal {row['data_same']:.0%}"] if row["data_same"] else []
    return words
